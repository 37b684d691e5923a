import { OperatorError, refuse, type StewardError } from '../base/errors.ts';
import { abbreviated, cutToCharacters, escapeControls } from '../base/text.ts';
import { Remote, type RemoteAnswer, RemoteError, type RemoteOptions } from './remote.ts';

/** The auth service's answer for a valid token. */
export interface TokenAnswer {
  readonly user: string;
  /** The kind of token, such as `Login`. */
  readonly type?: string | undefined;
  /** When the token expires and was created, and for how many milliseconds the answer may be cached; all optional. */
  readonly expires: Date | undefined;
  readonly created: Date | undefined;
  readonly cacheForMs: number | undefined;
}

export class UnfitAuthServiceError extends OperatorError {}

/** Names of 100 characters each, so that the URL of a request stays below 8 kB. */
const NAMES_A_REQUEST = 50;
const MAX_SHOWN = 100;
const INVALID_TOKEN = 10020;
const REPORTED = 'KBase authentication service reported an error: ';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Calls to the KBase auth service (version 2 of its API). Failures have the messages of the KBase Workspace Service
 * 0.15. No message contains the token: if an answer repeats it, it is replaced.
 */
export class KbaseAuthService {
  /** Ends in a slash. */
  readonly #root: URL;
  readonly #remote: Remote;

  constructor(url: string, options: RemoteOptions = {}) {
    this.#root = new URL(url.endsWith('/') ? url : `${url}/`);
    this.#remote = new Remote(this.#root.protocol, options);
  }

  /**
   * Requests the root, as the workspace service does at start.
   *
   * @returns the name of the service
   * @throws UnfitAuthServiceError
   */
  async probe(): Promise<unknown> {
    try {
      const answer = await this.#remote.get(this.#root);
      const fields = roleFields(answer, '');
      const failure = errorIn(fields, '');
      if (failure !== undefined) throw new RolesFailure(`${REPORTED}${failure}`);
      return fields.servicename;
    } catch (error) {
      const why = roleFailure(error);
      if (why === undefined) throw error;
      throw new UnfitAuthServiceError(
        `auth2-service-url: ${this.#root.href} is not usable. ${why}. Correct the URL, or start again when it answers.`,
      );
    }
  }

  /** The user of a token. @throws token_invalid, auth_refused, auth_unavailable */
  async token(token: string): Promise<TokenAnswer> {
    const url = new URL('api/V2/token', this.#root);
    const answer = await this.#remote.get(url, { authorization: token }).catch((error: unknown) => {
      if (!(error instanceof RemoteError)) throw error;
      const what = `Could not contact the auth service at ${this.#root.href}`;
      throw refuse('auth_unavailable', `${what}: ${error.message}`);
    });
    const fields = parsed(answer.body);
    const exchange = { url, answer, token };
    if (fields === undefined) throw refuse('auth_unavailable', notJson(exchange));
    if (answer.status !== 200) throw refusalIn(exchange, fields);
    if (typeof fields.user !== 'string') {
      throw refuse('auth_unavailable', `The answer of auth url ${url.href} names no user`);
    }
    return {
      user: fields.user,
      type: typeof fields.type === 'string' ? fields.type : undefined,
      expires: instant(fields.expires),
      created: instant(fields.created),
      cacheForMs: typeof fields.cachefor === 'number' && fields.cachefor >= 0 ? fields.cachefor : undefined,
    };
  }

  /** The custom roles of the token's user. @throws token_invalid, roles_unavailable */
  async customRoles(token: string, user: string): Promise<readonly string[]> {
    try {
      const answer = await this.#remote.get(new URL('api/V2/me', this.#root), { authorization: token });
      const fields = roleFields(answer, token);
      const failure = errorIn(fields, token);
      if (failure !== undefined && isInvalidToken(answer, fields)) throw refuse('token_invalid');
      if (failure !== undefined) throw new RolesFailure(`${REPORTED}${failure}`);
      const roles = fields.customroles;
      if (answer.status !== 200 || fields.user !== user || !isTexts(roles)) throw invalidAnswer(answer);
      return roles;
    } catch (error) {
      const why = roleFailure(error);
      throw why === undefined ? error : refuse('roles_unavailable', why);
    }
  }

  /**
   * Those of these names that have a user; each must be valid by KBase's rule. @throws token_invalid, users_unavailable
   */
  async existing(token: string, names: readonly string[]): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (let at = 0; at < names.length; at += NAMES_A_REQUEST) {
      const batch = names.slice(at, at + NAMES_A_REQUEST);
      const answer = await this.#users(token, batch);
      for (const name of batch) if (Object.hasOwn(answer, name)) found.add(name);
    }
    return found;
  }

  async #users(token: string, names: readonly string[]): Promise<Fields> {
    const url = new URL(`api/V2/users/?list=${names.map(encodeURIComponent).join(',')}`, this.#root);
    const answer = await this.#remote.get(url, { authorization: token }).catch((error: unknown) => {
      if (error instanceof RemoteError) throw refuse('users_unavailable', error.message);
      throw error;
    });
    const fields = parsed(answer.body);
    const exchange = { url, answer, token };
    if (fields === undefined) throw refuse('users_unavailable', notJson(exchange));
    if (answer.status === 200) return fields;
    const refusal = refusalIn(exchange, fields);
    if (refusal.reason === 'token_invalid') throw refusal;
    throw refuse('users_unavailable', `Auth service returned an error: ${errorIn(fields, token) ?? answer.status}`);
  }
}

interface Exchange {
  readonly url: URL;
  readonly answer: RemoteAnswer;
  readonly token: string;
}

/** The roles are not available; the message is that of the workspace service. */
class RolesFailure extends Error {}

function roleFailure(error: unknown): string | undefined {
  if (error instanceof RolesFailure) return error.message;
  return error instanceof RemoteError
    ? `Unable to contact the KBase Authentication server: ${error.message}`
    : undefined;
}

function roleFields(answer: RemoteAnswer, token: string): Fields {
  const fields = parsed(answer.body);
  if (fields !== undefined) return fields;
  const body = shown(answer.body, token);
  throw new RolesFailure(`${invalidAnswer(answer).message} JSON parser said it is no JSON object: ${body}`);
}

const invalidAnswer = ({ status, statusText }: RemoteAnswer) =>
  new RolesFailure(`Invalid KBase authentication server response. Server said ${status} ${shown(statusText, '')}.`);

/** The error for an answer with another status than 200. */
function refusalIn({ url, answer, token }: Exchange, fields: Fields): StewardError {
  const failure = errorIn(fields, token);
  if (failure === undefined) {
    const what = `Unexpected error response from auth url ${url.href} with response code ${answer.status}`;
    return refuse('auth_unavailable', `${what}: ${shown(answer.body, token)}`);
  }
  if (isInvalidToken(answer, fields)) return refuse('token_invalid');
  return isRefusal(answer)
    ? refuse('auth_refused', failure)
    : refuse('auth_unavailable', `Auth service returned an error: ${failure}`);
}

function notJson({ url, answer: { status, body }, token }: Exchange): string {
  return `Failed reading from auth url ${url.href} with response code ${status} - response is not JSON: ${shown(body, token)}`;
}

/** The message of the error object in an answer of the auth service. */
function errorIn(fields: Fields, token: string): string | undefined {
  const { error } = fields;
  if (error === null || typeof error !== 'object') return undefined;
  const { message, appcode, apperror } = error as Fields;
  const text = typeof message === 'string' ? message : [appcode, apperror].filter((part) => part != null).join(' ');
  return shown(text, token) || 'unknown';
}

/** Any other status is a failure on the way, and says nothing about the token. */
const isRefusal = ({ status }: RemoteAnswer) => [400, 401, 403].includes(status);

const isInvalidToken = (answer: RemoteAnswer, { error }: Fields) =>
  isRefusal(answer) && (error as Fields).appcode === INVALID_TOKEN;

function parsed(body: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

/** The beginning of a text from the server, on one line and without the token. */
function shown(text: string, token: string): string {
  const without = token === '' ? text : text.replaceAll(token, '[token]');
  return abbreviated(escapeControls(cutToCharacters(without, MAX_SHOWN)), MAX_SHOWN - 3, '...');
}

const instant = (value: unknown) =>
  typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= 8.64e15 ? new Date(value) : undefined;

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

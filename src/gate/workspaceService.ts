import { defined } from '../base/defined.ts';
import { refuse } from '../base/errors.ts';
import { cutToCharacters } from '../base/text.ts';
import { MAX_INCLUDED } from '../domain/modules/compile.ts';
import type { IncludedElsewhere, ModuleElsewhere } from '../domain/modules/copy.ts';
import type { TypeElsewhere, TypeService } from '../domain/modules/delegatedTypes.ts';
import { bareToken } from '../identity/authorization.ts';
import { Remote, RemoteError } from '../identity/remote.ts';
import type { Origin } from './door.ts';

/** The most bytes of an answer; a specification and the schemas of its types are well below. */
const MAX_ANSWER = 8 * 1_048_576;
const TIMEOUT_MS = 20_000;

type Fields = Readonly<Record<string, unknown>>;

/** Parts of a workspace service's messages for a missing type, which are passed on unchanged, as in KBase. */
const SAYS_MISSING = [
  "Module doesn't exist: ",
  'was not initialized. For',
  "Module wasn't uploaded: ",
  "This type wasn't released yet",
  'Unable to locate type: ',
];
const FETCH_FAILED = 'Failed retrieving type info from remote type database: ';

/** Thrown with the message of an error that the service answered. */
export class ServiceRefusal extends Error {}

export interface ServiceCall {
  /** Full name, `Workspace.administer`. */
  readonly method: string;
  readonly params: readonly unknown[];
  readonly effect: 'read' | 'write';
}

/** Another service with the API of the KBase Workspace Service. Its answers are validated. */
export class WorkspaceService implements TypeService {
  readonly #url: URL;
  readonly #remote: Remote;

  constructor(url: string) {
    this.#url = new URL(url);
    this.#remote = new Remote(this.#url.protocol, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER });
  }

  /**
   * Calls a method there, with the caller's token if there is one.
   *
   * @returns the bare result, null for a void method
   * @throws type_service_refused with the message of that service; type_service_unreachable when nothing was changed;
   *   type_service_outcome_unknown when a write may have arrived and there is no valid answer
   */
  async call({ method, params, effect }: ServiceCall, token: string | undefined): Promise<unknown> {
    try {
      return await this.#call(method, params, token);
    } catch (error) {
      if (error instanceof ServiceRefusal) throw refuse('type_service_refused', error.message);
      if (!(error instanceof RemoteError)) throw error;
      const isUnknown = effect === 'write' && error.mayHaveArrived;
      throw refuse(isUnknown ? 'type_service_outcome_unknown' : 'type_service_unreachable', this.url, error.message);
    }
  }

  /** Its address. */
  get url(): string {
    return this.#url.href;
  }

  /**
   * A type as anonymous callers see it: no token is sent.
   *
   * @throws type_service_refused with the message of that service; type_service_unreachable without a valid answer
   */
  async type(typestring: string): Promise<TypeElsewhere> {
    try {
      const info = fieldsIn(await this.#call('Workspace.get_type_info', [typestring], undefined));
      const { type_def: found, json_schema: schema } = info;
      if (typeof found !== 'string' || typeof schema !== 'string') throw new RemoteError('its answer holds no type');
      return { typestring: found, schema };
    } catch (error) {
      if (error instanceof ServiceRefusal) {
        const isKnown = SAYS_MISSING.some((words) => error.message.includes(words));
        throw refuse('type_service_refused', `${isKnown ? '' : FETCH_FAILED}${error.message}`);
      }
      if (error instanceof RemoteError) throw refuse('type_service_unreachable', this.url, error.message);
      throw error;
    }
  }

  /** A module as anonymous callers see it: no token is sent. @throws RemoteError, ServiceRefusal */
  async module(mod: string, ver: number | undefined): Promise<ModuleElsewhere> {
    const { spec, types, included_spec_version: included } = await this.#moduleInfo(mod, ver);
    if (typeof spec !== 'string') throw new RemoteError('its answer holds no specification');
    const names = Object.keys(fieldsIn(types)).map((type) => /^[^.]*\.([^-]*)/.exec(type)?.[1] ?? type);
    return { spec, types: names, includes: await this.#included(Object.entries(fieldsIn(included))) };
  }

  async #included(versions: readonly (readonly [module: string, version: unknown])[]): Promise<IncludedElsewhere[]> {
    if (versions.length > MAX_INCLUDED) throw new RemoteError(`it includes more than ${MAX_INCLUDED} modules`);
    const found: IncludedElsewhere[] = [];
    for (const [module, version] of versions) {
      if (typeof version !== 'number') throw new RemoteError(`it includes no version of ${module}`);
      const { chsum: md5 } = await this.#moduleInfo(module, version);
      if (typeof md5 !== 'string') throw new RemoteError(`its answer holds no checksum of ${module}`);
      found.push({ module, version, md5 });
    }
    return found;
  }

  async #moduleInfo(mod: string, ver: number | undefined): Promise<Fields> {
    return fieldsIn(await this.#call('Workspace.get_module_info', [{ mod, ...defined({ ver }) }], undefined));
  }

  async #call(method: string, params: readonly unknown[], token: string | undefined): Promise<unknown> {
    const body = JSON.stringify({ version: '1.1', method, params, id: '1' });
    const answer = await this.#remote.post(this.#url, body, token === undefined ? {} : { authorization: token });
    const { result, error } = fieldsIn(parsed(answer.body));
    if (error !== null && error !== undefined) throw new ServiceRefusal(said(fieldsIn(error).message, token));
    if (answer.status !== 200 || result === undefined) {
      throw new RemoteError(`its answer is not that of a workspace service (status ${answer.status})`);
    }
    return Array.isArray(result) ? (result[0] ?? null) : null;
  }
}

/** The token of the header, without its scheme. */
export const tokenIn = ({ authorization }: Origin): string | undefined =>
  authorization === undefined ? undefined : bareToken(authorization);

const fieldsIn = (value: unknown): Fields =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : {};

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

const MAX_SAID = 10_000;

/** The message, without the token if the service repeats it. */
function said(message: unknown, token: string | undefined): string {
  const text = typeof message === 'string' ? message : 'null';
  return cutToCharacters(token === undefined || token === '' ? text : text.replaceAll(token, '[token]'), MAX_SAID);
}

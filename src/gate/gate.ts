import { refuse, StewardError } from '../base/errors.ts';
import type { UserAuthority } from '../identity/authority.ts';
import type { AccountLogin, Credential } from '../identity/credential.ts';
import type { Credentials } from '../identity/credentials.ts';
import { wireName } from '../identity/principal.ts';
import { profileNumber } from '../identity/profileNumber.ts';
import { NO_RANK } from '../identity/rank.ts';
import type { SignedIn, SignIn } from '../identity/signIn.ts';
import { allMethods } from '../operations/index.ts';
import type { Method } from '../operations/operation.ts';
import type { Reader } from '../store/collection.ts';
import { isUnavailable } from '../store/database.ts';
import { authorityOfUser } from './authorities.ts';
import type { Caller } from './callContext.ts';
import { Discovery } from './discovery.ts';
import type { Answer, DialectDoor, IdentifiedCall, MethodShape, Origin } from './door.ts';
import { administers, mayRunIn, rankIn, type Standing } from './methodStanding.ts';
import { runMethod, type Used } from './methods.ts';
import { validParams } from './params.ts';
import type { GateParts } from './parts.ts';
import { pass } from './pipeline.ts';
import { NO_REQUIREMENTS } from './policy/requirements.ts';
import { draftOf } from './records.ts';
import { ADMINISTER, shapeOf } from './shapes.ts';

/** The only way in: `administer` runs through the pipeline, and every other method with the caller's own rights. */
export class Gate implements DialectDoor<Caller> {
  readonly #parts: GateParts;
  readonly #signIn: SignIn;
  readonly #credentials: Credentials;
  readonly #discovery: Discovery;
  readonly #methods: ReadonlyMap<string, Method> = new Map(allMethods.map((m) => [m.name, m]));

  constructor(parts: GateParts, ways: { readonly signIn: SignIn; readonly credentials: Credentials }) {
    this.#parts = parts;
    this.#signIn = ways.signIn;
    this.#credentials = ways.credentials;
    this.#discovery = new Discovery(parts.commands.values(), parts.dependencies.version);
  }

  method(name: string): MethodShape | undefined {
    return shapeOf(name);
  }

  async identify(method: MethodShape, origin: Origin): Promise<Caller | undefined> {
    if (method.auth === 'none') return undefined;
    if (origin.credential !== undefined) {
      const signedIn = await available(this.#credentials.signIn(origin.credential, origin));
      return { ...callerOf(signedIn), profile: profileNumber(signedIn.principal._id) };
    }
    if (origin.authorization === undefined || origin.authorization === '') {
      if (method.auth === 'optional') return undefined;
      throw refuse('token_missing');
    }
    return callerOf(await available(this.#signIn.signIn(origin.authorization, origin)));
  }

  async call(method: MethodShape, call: IdentifiedCall<Caller>): Promise<Answer> {
    const { caller, params, origin } = call;
    if (method.name === ADMINISTER.name) {
      if (caller === undefined) throw refuse('token_missing');
      return available(pass(this.#parts, { caller, object: params[0], origin }));
    }
    const found = this.#methods.get(method.name);
    if (found === undefined) throw refuse('method_unknown', method.name);
    return available(this.#run(found, call));
  }

  async mayRun(caller: Caller, command: string, { address }: Pick<Origin, 'address'>): Promise<boolean> {
    const declared = this.#parts.commands.get(command);
    return declared !== undefined && (await administers(this.#parts, { caller, address }, declared));
  }

  async refuseNotification(method: MethodShape, caller: Caller | undefined, origin: Origin): Promise<void> {
    if (method.name !== ADMINISTER.name || caller === undefined) return;
    const { journal, auditKey, rights, now } = this.#parts;
    const context = {
      caller,
      origin,
      object: null,
      known: await rights.known(),
      roles: [],
      rank: NO_RANK,
      requirements: NO_REQUIREMENTS,
      named: new Map(),
    };
    await journal.append(draftOf(context, auditKey, { at: now(), outcome: 'denied', error: 'invalid_request' }));
  }

  async #run(method: Method, { caller, params, origin }: IdentifiedCall<Caller>): Promise<Answer> {
    const parts = this.#parts;
    const { database, dependencies, now } = parts;
    const get: Reader['get'] = (from, id) => database.get(from, id);
    const callUnder = (standing: Standing, used: Used) => ({
      ...dependencies,
      reader: database,
      now: now(),
      requestId: origin.requestId,
      principal: standing.caller?.principal,
      authority: standing.authority,
      rank: () => {
        used.more = true;
        return rankIn(parts, standing);
      },
      mayAdminister: async () => {
        used.more = true;
        const mayRun = await mayRunIn(parts, standing, origin);
        return [...parts.commands.values()].some(mayRun);
      },
      delegate: standing.caller?.delegate?.principal,
      tokenExpiresAt: standing.caller?.tokenExpiresAt,
      sentCode: standing.caller?.sentCode ?? {},
      discover: async () => {
        used.more = true;
        const rank = await rankIn(parts, standing);
        return this.#discovery.documentFor({
          caller: standing.caller,
          rank,
          mayRun: await mayRunIn(parts, standing, origin),
        });
      },
      confirm: async () => standing.caller?.confirm(get),
      credential: standing.caller?.credential,
      address: origin.address,
    });
    const bearerOf = (token: string) => this.#bearerOf(token, origin);
    const sent = oneParameter(method, params);
    const bearer = await this.#callerAmong(method, sent, { caller, origin });
    return runMethod(parts, { method, caller: bearer, sent, origin }, { callUnder, bearerOf });
  }

  /** The caller of the header, unless the parameters name another. */
  async #callerAmong(
    method: Method,
    sent: unknown,
    { caller, origin }: Pick<IdentifiedCall<Caller>, 'caller' | 'origin'>,
  ): Promise<Caller | undefined> {
    const account = accountAmong(method, sent);
    if (account !== undefined) return callerOf(await this.#credentials.signIn(account, origin));
    const token = caller === undefined ? undefined : tokenAmong(method, sent);
    return token === undefined ? caller : callerOf(await this.#signedIn(token, origin));
  }

  /** The bearer of a token that came as a parameter. Delegated tokens are refused: they are for the header only. */
  async #signedIn(token: string, origin: Origin): Promise<SignedIn> {
    const signedIn = await this.#signIn.signIn(token, origin).catch((error: unknown) => {
      throw error instanceof StewardError ? error.ofTokenParameter() : error;
    });
    const { principal, delegate } = signedIn;
    if (delegate !== undefined) throw refuse('delegation_refused', wireName(delegate.principal), wireName(principal));
    return signedIn;
  }

  async #bearerOf(token: string, origin: Origin): Promise<UserAuthority> {
    const { principal } = await this.#signedIn(token, origin);
    return authorityOfUser(this.#parts.dependencies.people, principal, this.#parts.now());
  }
}

/** The token in the parameters, whose bearer is then the caller, if the method takes one there. */
function tokenAmong({ tokenParam }: Method, sent: unknown): string | undefined {
  if (tokenParam === undefined || sent === null || typeof sent !== 'object') return undefined;
  const token = (sent as Readonly<Record<string, unknown>>)[tokenParam];
  return typeof token === 'string' ? token : undefined;
}

/** The account in the parameters whose holder is then the caller, if the method is for signing in. @throws invalid_params */
function accountAmong({ name, params: handle, signsIn }: Method, sent: unknown): Credential | undefined {
  if (signsIn === undefined || handle === undefined) return undefined;
  return { kind: 'account', ...(validParams(name, handle, sent) as Omit<AccountLogin, 'kind'>) };
}

/** The method's one parameter. Several positional parameters become one object, as the schema describes it. */
function oneParameter({ positional }: Method, params: readonly unknown[]): unknown {
  return positional === undefined ? params[0] : Object.fromEntries(positional.map((key, i) => [key, params[i]]));
}

const callerOf = (signedIn: SignedIn): Caller => ({ ...signedIn, id: idOf(signedIn), name: nameOf(signedIn) });

function idOf({ principal, delegate }: SignedIn): string {
  return delegate === undefined ? principal._id : `${principal._id} ${delegate.principal._id}`;
}

/** The caller's name in the log. */
function nameOf({ principal, delegate }: SignedIn): string {
  return delegate === undefined ? wireName(principal) : `${wireName(delegate.principal)} for ${wireName(principal)}`;
}

/** Replaces the driver's error for an unreachable server, which would tell a caller nothing. */
async function available<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw isUnavailable(error) ? refuse('database_unavailable') : error;
  }
}

import { refuse } from '../errors.ts';
import type { Credentials } from '../identity/credentials.ts';
import { type Principal, wireName } from '../identity/principal.ts';
import { profileNumber } from '../identity/profileNumber.ts';
import { NO_RANK, type Rank } from '../identity/rank.ts';
import type { SignedIn, SignIn } from '../identity/signIn.ts';
import { allMethods } from '../methods/index.ts';
import type { Method, MethodContext, ServiceInfo } from '../methods/method.ts';
import { isUnavailable } from '../store/database.ts';
import { Discovery } from './discovery.ts';
import type { Answer, DialectDoor, MethodShape, Origin } from './door.ts';
import { runMethod } from './methods.ts';
import type { Caller } from './passage.ts';
import { type GateParts, pass } from './pipeline.ts';
import { mayCallMethods, mayRun } from './policy.ts';
import { rankOfCaller, rolesFor } from './ranking.ts';
import { draftOf } from './records.ts';
import { serviceAt } from './workspaceService.ts';

const ADMINISTER: MethodShape = { name: 'Workspace.administer', auth: 'required', paramCount: 1, returnsValue: true };

/** The one way in: `administer` through the pipeline, the ordinary methods as oneself. */
export class Gate implements DialectDoor<Caller> {
  readonly #parts: GateParts;
  readonly #signIn: SignIn;
  readonly #credentials: Credentials;
  readonly #service: ServiceInfo;
  readonly #discovery: Discovery;
  readonly #methods: ReadonlyMap<string, Method> = new Map(allMethods.map((m) => [m.name, m]));

  constructor(
    parts: GateParts,
    ways: { readonly signIn: SignIn; readonly credentials: Credentials },
    service: ServiceInfo,
  ) {
    this.#parts = parts;
    this.#signIn = ways.signIn;
    this.#credentials = ways.credentials;
    this.#service = service;
    this.#discovery = new Discovery(parts.rooms.commands.values(), service.version);
  }

  method(name: string): MethodShape | undefined {
    if (name === ADMINISTER.name) return ADMINISTER;
    const found = this.#methods.get(name);
    return found && { ...found, paramCount: paramCountOf(found), heavy: isHeavy(found) };
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

  async call(
    method: MethodShape,
    caller: Caller | undefined,
    params: readonly unknown[],
    origin: Origin,
  ): Promise<Answer> {
    if (method.name === ADMINISTER.name) {
      if (caller === undefined) throw refuse('token_missing');
      return available(pass(this.#parts, caller, params[0], origin));
    }
    const found = this.#methods.get(method.name);
    if (found === undefined) throw refuse('method_unknown', method.name);
    return available(this.#run(found, caller, params, origin));
  }

  async mayRun(caller: Caller, command: string): Promise<boolean> {
    const declared = this.#parts.rooms.commands.get(command);
    return declared !== undefined && mayRun(await this.#rankOf(caller), declared);
  }

  async refuseNotification(method: MethodShape, caller: Caller | undefined, origin: Origin): Promise<void> {
    if (method.name !== ADMINISTER.name || caller === undefined) return;
    const { journal, auditKey, authority, now } = this.#parts;
    const roster = await authority.roster();
    const passage = { caller, origin, object: null, roster, roles: [], rank: NO_RANK };
    await journal.append(draftOf(passage, auditKey, { at: now(), outcome: 'denied', error: 'invalid_request' }));
  }

  async #run(method: Method, caller: Caller | undefined, params: readonly unknown[], origin: Origin): Promise<Answer> {
    const { database, rooms } = this.#parts;
    const context: MethodContext = {
      database,
      service: this.#service,
      people: rooms.people,
      contents: rooms.contents,
      staffTokens: rooms.staffTokens,
      now: this.#parts.now,
      caller: caller?.principal,
      rank: () => this.#rankOf(caller),
      discover: async () => this.#discovery.documentFor(caller, await this.#rankOf(caller)),
      bearerOf: (token) => this.#bearerOf(token, origin),
      moduleElsewhere: async (url, module, version) => serviceAt(url).module(module, version),
    };
    if (caller?.delegate !== undefined && method.auth !== 'none') {
      const { through = NO_RANK } = await context.rank();
      if (!mayCallMethods(through, method)) {
        throw refuse('delegation_refused', wireName(caller.delegate.principal), wireName(caller.principal));
      }
    }
    return runMethod(this.#parts, method, context, caller, oneParameter(method, params), origin);
  }

  /** Whose token came as a parameter: a person's own, since what a service may do for it is decided at the door. */
  async #bearerOf(token: string, origin: Origin): Promise<Principal> {
    const { principal, delegate } = await this.#signIn.signIn(token, origin);
    if (delegate !== undefined) throw refuse('delegation_refused', wireName(delegate.principal), wireName(principal));
    return principal;
  }

  async #rankOf(caller: Caller | undefined): Promise<Rank> {
    const { authority, rooms, now } = this.#parts;
    if (caller === undefined) return NO_RANK;
    const { rules } = rooms;
    const roles = await rolesFor(caller, rules);
    return rankOfCaller(caller, roles, { rules, roster: await authority.roster(), now: now() });
  }
}

const isHeavy = (method: Method): boolean => method.effect === 'write' && method.lane === undefined;

function paramCountOf({ params, positional }: Method): number {
  return positional?.length ?? (params === undefined ? 0 : 1);
}

/** What the method gets, whose schema has a key for each parameter where there are several. */
function oneParameter({ positional }: Method, params: readonly unknown[]): unknown {
  return positional === undefined ? params[0] : Object.fromEntries(positional.map((key, i) => [key, params[i]]));
}

const callerOf = (signedIn: SignedIn): Caller => ({ ...signedIn, id: idOf(signedIn), name: nameOf(signedIn) });

function idOf({ principal, delegate }: SignedIn): string {
  return delegate === undefined ? principal._id : `${principal._id} ${delegate.principal._id}`;
}

/** As the log names who calls. */
function nameOf({ principal, delegate }: SignedIn): string {
  return delegate === undefined ? wireName(principal) : `${wireName(delegate.principal)} for ${wireName(principal)}`;
}

/** What the driver throws when it cannot reach the server says nothing to a caller. */
async function available<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw isUnavailable(error) ? refuse('database_unavailable') : error;
  }
}

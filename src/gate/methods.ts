import { effectOf } from '../audit/record.ts';
import { refuse } from '../base/errors.ts';
import { MismatchError, type Read, readKbase } from '../base/schemas/kbase.ts';
import { schemaOf } from '../base/schemas/validator.ts';
import type { UserAuthority } from '../identity/authority.ts';
import type { MethodCall } from '../operations/calls.ts';
import type { Dependencies } from '../operations/dependencies.ts';
import type { Method } from '../operations/operation.ts';
import { assertAwaited } from '../store/awaited.ts';
import type { Change } from '../store/changes.ts';
import { isFresh } from '../store/instant.ts';
import { transact } from '../store/transact.ts';
import type { Transaction } from '../store/transaction.ts';
import { sameAuthority } from './authorities.ts';
import type { Caller } from './callContext.ts';
import type { Answer, Origin } from './door.ts';
import { readUnderCurrentRights } from './knowledge.ts';
import { laneOf } from './lanes.ts';
import {
  administratorOf,
  anonymousStanding,
  type KnownStanding,
  type Standing,
  standingIn,
  standingNow,
  standingOf,
} from './methodStanding.ts';
import { withNewcomers } from './newcomers.ts';
import { unexpectedArguments, validParams } from './params.ts';
import type { GateParts } from './parts.ts';
import { awaitedBy } from './pipeline.ts';
import { draftOfMethod, receiptOf } from './records.ts';
import { isDelegated, runDelegatedMethod } from './typeDelegation.ts';

/** A call of an ordinary method. */
export interface IncomingCall {
  readonly method: Method;
  /** Undefined for an anonymous caller. */
  readonly caller: Caller | undefined;
  readonly sent: unknown;
  readonly origin: Origin;
}

/** Whether a method has looked at more than the caller's authority. */
export interface Used {
  more: boolean;
}

/** How the calls of methods are put together. */
interface Calls {
  /** What a method's `run` gets under this standing. `used` records whether it looked at more than its authority. */
  readonly callUnder: (standing: Standing, used: Used) => MethodCall & Dependencies;
  /** The authority of the bearer of a token that came as a parameter. @throws as step 1 */
  readonly bearerOf: (token: string) => Promise<UserAuthority>;
}

/**
 * Runs an ordinary method with the caller's own rights. A write and its record are committed together.
 *
 * @throws params_type, invalid_params, caller_gone, account_disabled, account_closed, delegation_refused, and what the
 *   method throws
 */
export async function runMethod(parts: GateParts, call: IncomingCall, calls: Calls): Promise<Answer> {
  const { method, caller, sent, origin } = call;
  assertAwaited(origin.signal);
  if (caller === undefined) {
    const standing = anonymousStanding(await parts.rights.known(), parts.now());
    const params = readMethodParams(method, sent);
    if (isDelegated(parts, method)) return runDelegatedMethod(parts, { method, caller, params, origin }, sent);
    if (method.effect === 'write') throw refuse('token_missing');
    return { result: await read(method, { standing, used: { more: false }, params }, calls) };
  }
  const standing = await standingOf(parts, method, caller);
  const params = readMethodParams(method, sent);
  if (isDelegated(parts, method)) {
    if (!isFresh(standing.known.at)) await standingNow(parts, method, caller);
    return runDelegatedMethod(parts, { method, caller, params, origin }, sent);
  }
  if (method.effect === 'write') return runWrite(parts, { method, standing, params, origin }, calls);
  const { result } = await readUnderCurrentRights(
    { ...standing, used: { more: false } },
    {
      run: (under) => read(method, { standing: under, used: under.used, params }, calls),
      again: async () => ({ ...(await standingNow(parts, method, caller)), used: { more: false } }),
      same: (one, other) =>
        sameAuthority(one.authority, other.authority) &&
        (!one.used.more || one.known.roster.revision === other.known.roster.revision),
    },
  );
  return { result };
}

type ReadMethod = Extract<Method, { effect: 'read' }>;

/**
 * Runs a read with the caller's authority or, if the method declares it, that of the bearer of a token in the
 * parameters.
 */
async function read(
  method: ReadMethod,
  { standing, used, params }: { readonly standing: Standing; readonly used: Used; readonly params: unknown },
  { callUnder, bearerOf }: Calls,
): Promise<unknown> {
  const call = callUnder(standing, used);
  const token = typeof method.authority === 'object' ? keyOf(params, method.authority.bearerOf) : undefined;
  if (typeof token !== 'string') return method.run(call, params as never);
  used.more = true;
  return method.run({ ...call, authority: await bearerOf(token) }, params as never);
}

const keyOf = (params: unknown, key: string) => (params as Readonly<Record<string, unknown>>)[key];

interface Write {
  readonly method: Extract<Method, { effect: 'write' }>;
  readonly standing: KnownStanding;
  readonly params: unknown;
  readonly origin: Origin;
}

async function runWrite(
  parts: GateParts,
  { method, standing, params, origin }: Write,
  { callUnder }: Calls,
): Promise<Answer> {
  const { database, journal, committed, now, auditKey } = parts;
  const used = { more: false };
  const callOf = async (under: KnownStanding) => {
    const { caller, authority } = under;
    const administering =
      method.authority === 'administrator'
        ? await administratorOf(parts, under, { method, params, origin })
        : undefined;
    const call = {
      ...callUnder(under, used),
      principal: caller.principal,
      authority: (administering?.authority ?? authority) as UserAuthority,
    };
    return { call, ruling: administering?.ruling };
  };
  const ready = await method.prepare?.({ ...(await callOf(standing)).call, dryRun: false }, params as never);
  const prepared = method.prepare === undefined ? params : ready;
  let changes: readonly Change[] = [];
  const attempt = async (tx: Transaction, introduce: (tx: Transaction) => Promise<void>): Promise<Answer> => {
    await introduce(tx);
    const under = await standingIn(parts, { method, standing }, tx);
    const { call, ruling } = await callOf(under);
    const result = await method.run({ ...call, reader: tx, tx, now: tx.now }, prepared as never);
    const ending = { at: tx.now, outcome: 'success', ...effectOf(tx) } as const;
    const draft = draftOfMethod({ method, caller: under.caller, params, origin, ruling }, auditKey, ending);
    const record = await journal.appendIn(tx, draft);
    changes = tx.changes;
    return { result, receipt: receiptOf(record) };
  };
  const answer = await withNewcomers(parts, standing.caller, (introduce) =>
    transact(database, { now, ...laneOf(method, params, prepared), ...awaitedBy(origin) }, (tx) =>
      attempt(tx, introduce),
    ),
  );
  committed(changes);
  return answer;
}

function readMethodParams({ name, params: handle, className }: Method, sent: unknown): unknown {
  if (handle === undefined) return undefined;
  if (className === undefined) return validParams(name, handle, sent);
  if (sent === null || sent === undefined) throw refuse('invalid_params', `${className} may not be null`);
  let found: Read;
  try {
    found = readKbase(schemaOf(handle), sent, className);
  } catch (error) {
    throw error instanceof MismatchError ? refuse('params_type', name, error.message) : error;
  }
  const [unknown] = found.unknown;
  if (unknown !== undefined) throw unexpectedArguments(unknown.className, unknown.keys);
  return found.value;
}

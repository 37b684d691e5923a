import { refuse } from '../base/errors.ts';
import { type Principal, principals } from '../identity/principal.ts';
import type { Known } from '../identity/rightsCache.ts';
import { ROSTER_ID, type Roster, rosters } from '../identity/roster.ts';
import type { Reader } from '../store/collection.ts';
import { isFresh } from '../store/instant.ts';
import type { Transaction } from '../store/transaction.ts';
import type { GateParts } from './parts.ts';
import type { Caller } from './passage.ts';

/*
 * What a call is allowed by is known from before it runs. These have it read again: inside a write's transaction always,
 * and for a read once it is done and what it was allowed by is older than a second.
 */

/** So often a read is done again because rights change while it runs. */
export const MAX_ROUNDS = 5;

/**
 * The caller under this roster: where rights were withdrawn since step 1, their principals as `get` reads them now.
 * Whoever is gone is a former user.
 */
export async function callerUnder(get: Reader['get'], caller: Caller, { epoch }: Roster): Promise<Caller> {
  if (caller.bootstrap || caller.epoch === epoch) return caller;
  const now = async (principal: Principal): Promise<Principal> =>
    (await get(principals, principal._id)) ?? { ...principal, state: 'former', living: false };
  const { principal, delegate } = caller;
  return {
    ...caller,
    epoch,
    principal: await now(principal),
    ...(delegate === undefined ? {} : { delegate: { ...delegate, principal: await now(delegate.principal) } }),
  };
}

/** The roster as this transaction sees it, on which its commit relies, and the caller under it. */
export async function knownIn(tx: Transaction, caller: Caller): Promise<{ roster: Roster; caller: Caller }> {
  const roster = await tx.rely(rosters, ROSTER_ID);
  if (roster === null) throw new TypeError('the roster is missing: the database was not prepared');
  const get: Reader['get'] = (from, id) => tx.rely(from, id);
  await caller.confirm(get);
  return { roster, caller: await callerUnder(get, caller, roster) };
}

/** The roster as it is now, and the caller under it. What was presented is checked again. */
export async function knownNow(
  { database, rights }: Pick<GateParts, 'database' | 'rights'>,
  caller: Caller,
): Promise<{ known: Known; caller: Caller }> {
  const known = await rights.known();
  const get: Reader['get'] = (from, id) => database.get(from, id);
  await caller.confirm(get);
  return { known, caller: await callerUnder(get, caller, known.roster) };
}

/** What allows a read: it holds the moment from which that is known. */
interface Allowed {
  readonly known: Known;
}

/**
 * Runs a read, and when it is done, makes sure that what allowed it is not older than a second: else it is decided again,
 * and where that comes out otherwise, the read is done again under the new decision.
 *
 * @param again decides again; throws where the read is not allowed any more
 * @param same whether a read under the one shows what it shows under the other
 * @throws what `run` and `again` throw; conflict_busy where rights change faster than it is done
 */
export async function freshly<A extends Allowed, R>(
  allowed: A,
  run: (allowed: A) => Promise<R>,
  again: (allowed: A) => Promise<A>,
  same: (one: A, other: A) => boolean,
): Promise<{ readonly result: R; readonly allowed: A }> {
  let under = allowed;
  let result = await run(under);
  for (let round = 1; !isFresh(under.known.at); round += 1) {
    if (round > MAX_ROUNDS) throw refuse('conflict_busy');
    const renewed = await again(under);
    if (!same(under, renewed)) result = await run(renewed);
    under = renewed;
  }
  return { result, allowed: under };
}

import { refuse } from '../base/errors.ts';
import { type Principal, principals } from '../identity/principal.ts';
import type { Known } from '../identity/rightsCache.ts';
import { ROSTER_ID, type Roster, rosters } from '../identity/roster.ts';
import type { Reader } from '../store/collection.ts';
import { isFresh } from '../store/instant.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Caller } from './callContext.ts';
import type { GateParts } from './parts.ts';

/*
 * The data that allows a call was read before it runs. These functions read it again: always inside a write's transaction,
 * and after a read if it is older than a second by then.
 */

/** A decision is made again at least this often, and for at least this long, while each is too old once it is made. */
const MIN_ROUNDS = 5;
const MIN_PATIENCE_MS = 15_000;

/** How often a decision was made again for a call. On an overloaded machine, making one may take more than a second. */
export class Rounds {
  readonly #begun = performance.now();
  #made = 0;

  /** Call it before the decision is made again. @throws conflict_busy after many rounds and many seconds */
  begin(): void {
    this.#made += 1;
    // A process that was stopped has waited long, but not tried often.
    if (this.#made > MIN_ROUNDS && performance.now() - this.#begun > MIN_PATIENCE_MS) throw refuse('conflict_busy');
  }
}

/**
 * The caller under this roster. If rights were withdrawn since step 1, their principals are read again with `get`.
 * A principal that no longer exists counts as a former user.
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

/** The roster as this transaction sees it, and the caller under it. The commit fails if the roster changes. */
export async function knownIn(tx: Transaction, caller: Caller): Promise<{ roster: Roster; caller: Caller }> {
  const roster = await tx.rely(rosters, ROSTER_ID);
  if (roster === null) throw new TypeError('the roster is missing: the database was not prepared');
  const get: Reader['get'] = (from, id) => tx.rely(from, id);
  await caller.confirm(get);
  return { roster, caller: await callerUnder(get, caller, roster) };
}

/** The current roster and the caller under it. The caller's credential is checked again. */
export async function knownNow(
  { database, rights }: Pick<GateParts, 'database' | 'rights'>,
  caller: Caller,
): Promise<{ known: Known; caller: Caller }> {
  const known = await rights.known();
  const get: Reader['get'] = (from, id) => database.get(from, id);
  await caller.confirm(get);
  return { known, caller: await callerUnder(get, caller, known.roster) };
}

/** What allows a read, with the time at which that was known. */
interface Allowed {
  readonly known: Known;
}

interface Reading<A, R> {
  readonly run: (allowed: A) => Promise<R>;
  /** Decides again. @throws when the read is no longer allowed */
  readonly again: (allowed: A) => Promise<A>;
  /** Whether a read under one decision has the same result as under the other. */
  readonly same: (one: A, other: A) => boolean;
}

/**
 * Runs a read. If the decision that allowed it is older than a second by the end, decides again; if the new decision
 * differs, runs the read again under it.
 *
 * @throws what `run` and `again` throw; conflict_busy when each decision is too old once it is made
 */
export async function readUnderCurrentRights<A extends Allowed, R>(
  allowed: A,
  { run, again, same }: Reading<A, R>,
): Promise<{ readonly result: R; readonly allowed: A }> {
  let under = allowed;
  let result = await run(under);
  for (const rounds = new Rounds(); !isFresh(under.known.at); ) {
    rounds.begin();
    const renewed = await again(under);
    if (!same(under, renewed)) result = await run(renewed);
    under = renewed;
  }
  return { result, allowed: under };
}

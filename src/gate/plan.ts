import { defined } from '../base/defined.ts';
import { whyNotRevertible } from '../domain/ownership/revertRecord.ts';
import { rosters } from '../identity/roster.ts';
import { type Change, digest, keyedDigest, withPlaceholders } from '../store/changes.ts';
import { inSlices } from '../store/slices.ts';
import type { Transaction } from '../store/transaction.ts';
import type { CallContext } from './callContext.ts';

export interface Plan {
  /** Exactly what would change, with `<id>` and `<instant>` for what the server would assign. */
  readonly changes: readonly unknown[];
  /** Keyed digest of the call, the revisions it read and the changes. It reveals no secrets. */
  readonly plan: string;
  /** What else it would do or leave, as sentences with names. */
  readonly effects?: readonly string[];
  /** Why the changes could not be reverted, if they could not. */
  readonly notRevertible?: string;
}

/** The plan of what the transaction has done so far. `key` is the key of the digest. */
export async function planOf(key: Buffer, context: CallContext, tx: Transaction): Promise<Plan> {
  if (tx.laterWork !== undefined) {
    const { sealed, shown } = tx.laterWork;
    return { ...shown, changes: withPlaceholders(shown.changes, tx.assignments), plan: seal(key, context, [sealed]) };
  }
  const changes: unknown[] = [];
  const digests: string[] = [];
  await inSlices(tx.changes, async (slice) => {
    const shown = withPlaceholders(slice, tx.assignments);
    for (const change of shown) changes.push(change);
    digests.push(digest(shown));
  });
  const plan = seal(key, context, [context.validated?.params, readsOf(tx), digests, ...tx.remarks]);
  return {
    changes,
    plan,
    ...(tx.remarks.length === 0 ? {} : { effects: tx.remarks }),
    ...defined({ notRevertible: whyNotRevertible(tx.changes) }),
  };
}

/** What was read, without the places that only this transaction knows. */
function readsOf({ reads, assignments: { ids } }: Transaction): [string, number][] {
  return [...reads].filter(([place]) => !ids.has(place.slice(place.indexOf('/') + 1))).sort();
}

/** What a dry run found: the plan as it is shown, and a digest of its effect. */
export interface Preview {
  readonly plan: Plan;
  readonly effect: string;
}

/**
 * The plan of what the transaction has done, with a keyed digest of the changes alone: unlike the plan, this stays the same
 * when a document that was only read has changed, or the roster's epoch.
 */
export async function previewIn(key: Buffer, context: CallContext, tx: Transaction): Promise<Preview> {
  const plan = await planOf(key, context, tx);
  if (tx.laterWork !== undefined) return { plan, effect: plan.plan };
  const digests: string[] = [];
  await inSlices(plan.changes, async (slice) => {
    for (const change of slice) digests.push(digest(withoutEpoch(change as Change)));
  });
  return { plan, effect: keyedDigest(key, digests) };
}

/** Every withdrawal of a right raises it, whatever else it changes. */
function withoutEpoch(change: Change): unknown {
  if (change.op !== 'update' || change.collection !== rosters.name) return change;
  return { ...change, fields: change.fields.filter(({ path }) => path !== 'epoch') };
}

/** The plan of a read, which changes nothing. */
export function emptyPlan(key: Buffer, context: CallContext): Plan {
  return { changes: [], plan: seal(key, context, [context.validated?.params, [], []]) };
}

function seal(key: Buffer, { command, decoded }: CallContext, effect: readonly unknown[]): string {
  return keyedDigest(key, [command?.name, decoded?.user ?? null, ...effect]).replace('hmac:', '');
}

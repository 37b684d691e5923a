import type { Journal } from '../../audit/journal.ts';
import { effectOf } from '../../audit/record.ts';
import { holds } from '../../base/expiry.ts';
import { roles } from '../../identity/roles.ts';
import { advanceEpoch, rosterIn, rosters } from '../../identity/roster.ts';
import { STEWARD } from '../../identity/serviceNames.ts';
import type { Change } from '../../store/changes.ts';
import type { Collection } from '../../store/collection.ts';
import type { Database } from '../../store/database.ts';
import { transact } from '../../store/transact.ts';
import type { Transaction } from '../../store/transaction.ts';
import { resourceCollections } from '../resources/collections.ts';
import type { Resource } from '../resources/resource.ts';

/** About how many bytes of expired rights one transaction removes: its record holds all of them. */
const MAX_BYTES = 1_000_000;

export interface SweepParts {
  readonly database: Database;
  readonly journal: Journal;
  readonly now: () => Date;
  /** Called with the changes of every commit. */
  readonly committed: (changes: readonly Change[]) => void;
}

/** Removes some rights that have expired. */
type Removal = (tx: Transaction) => Promise<void>;

/**
 * Removes grants, memberships of roles and admin rights that have expired, in transactions of limited size, each with a
 * record. They give nothing since they expired, whether this runs or not.
 */
export async function sweepExpired(parts: SweepParts, signal: AbortSignal): Promise<void> {
  const removals: readonly Removal[] = [...resourceCollections.map(grantsIn), memberships, admins];
  for (const removal of removals) {
    let more = true;
    while (more && !signal.aborted) more = await removed(parts, removal);
  }
}

/** Whether anything was removed. */
async function removed({ database, journal, now, committed }: SweepParts, removal: Removal): Promise<boolean> {
  const changes = await transact(database, { now }, async (tx) => {
    await removal(tx);
    if (!tx.touched) return [];
    await journal.appendIn(tx, {
      ...{ at: tx.now, via: 'job', command: 'sweepExpired', outcome: 'success' },
      ...{ actor: STEWARD, authority: 'service', ...effectOf(tx), requestId: 'cycle', address: '-' },
    });
    return tx.changes;
  });
  committed(changes);
  return changes.length > 0;
}

const grantsIn =
  (from: Collection<Resource>): Removal =>
  async (tx) => {
    const found = await tx.parts(
      from,
      { 'grants.expires': { $lte: tx.now } },
      { fields: ['grants'], expiring: { grants: { until: tx.now } }, maxBytes: MAX_BYTES, limit: tx.limits.perPart },
    );
    await tx.updateEach(
      from,
      found.map((before) => ({ before, after: { ...before, grants: [] } })),
    );
  };

const memberships: Removal = async (tx) => {
  const found = await tx.parts(
    roles,
    { 'members.expires': { $lte: tx.now } },
    {
      ...{ fields: ['size', 'members'], expiring: { members: { until: tx.now } } },
      ...{ maxBytes: MAX_BYTES, limit: tx.limits.perPart },
    },
  );
  if (found.length === 0) return;
  await tx.updateEach(
    roles,
    found.map((before) => ({ before, after: { ...before, members: [], size: before.size - before.members.length } })),
  );
  // So that no instance remembers them, whatever its clock says later.
  await advanceEpoch(tx);
};

/** An admin right that expires is none of those of which one must remain. */
const admins: Removal = async (tx) => {
  const roster = await rosterIn(tx);
  await tx.update(rosters, roster, { ...roster, admins: roster.admins.filter((admin) => holds(admin, tx.now)) });
};

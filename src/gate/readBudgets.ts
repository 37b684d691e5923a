import type { Concern } from '../audit/record.ts';
import { refuse } from '../base/errors.ts';
import { wireName } from '../identity/principal.ts';
import type { Command } from '../operations/operation.ts';
import { digest } from '../store/changes.ts';
import { collection, type Stored } from '../store/collection.ts';
import type { PreviewCall } from './approvals.ts';
import type { CallContext } from './callContext.ts';
import type { CheckedCall } from './decision.ts';
import type { GateParts } from './parts.ts';
import { added, NO_REQUIREMENTS, type Requirements } from './policy/requirements.ts';
import { actorsFor } from './privileges.ts';
import { assertRequired } from './require.ts';

const WITHIN_SECONDS = 60 * 60;

/** Somebody whose data a caller read by a command, and when last. Both are named by digests of their ids alone. */
interface SeenOwner extends Stored {
  readonly reader: string;
  readonly at: Date;
}

export const seenOwners = collection<SeenOwner>('seenOwners', {
  indexes: [{ key: { reader: 1, at: 1 } }, { key: { at: 1 }, expireAfterSeconds: WITHIN_SECONDS }],
});

/**
 * Counts those whose data a command shows to the caller, before the answer is sent. Beyond a budget of the policy the
 * call needs what that requires.
 *
 * @throws what step 8 throws
 */
export async function assertWithinBudgets(
  parts: GateParts,
  { context, command, validated }: CheckedCall,
  { concerns = [], preview }: Shown,
): Promise<void> {
  const { caller, rank, roles: tokenRoles, origin, known } = context;
  const policy = parts.policy.current;
  const own = caller.principal._id;
  const owners = concerns.map(({ id }) => id).filter((id) => id !== own);
  if (policy.digest === undefined || owners.length === 0) return;
  const asking = { caller, rank, tokenRoles, address: origin.address };
  const actors = await actorsFor(parts, asking, { roster: known.roster, reader: parts.database });
  const budgets = actors.flatMap((actor) => policy.budgetsFor(actor));
  if (budgets.length === 0) return;
  const { count, takeBack } = await countSeen(parts, own, owners);
  const requirements = budgets
    .filter((budget) => count > budget.owners)
    .reduce((sum, budget) => added(sum, budget.requirements), NO_REQUIREMENTS);
  if (requirements === NO_REQUIREMENTS) return;
  context.requirements = added(context.requirements, requirements);
  try {
    if (validated.options.dryRun && requirements.approvals.length > 0)
      throw refusedDryRun(context, command, requirements);
    await assertRequired(parts, { context, command, validated }, preview);
  } catch (error) {
    await takeBack();
    throw error;
  }
}

/** A dry run is approved by nobody, so that none is made where approvals are required to see what it shows. */
function refusedDryRun({ caller }: CallContext, { name }: Command, { approvals }: Requirements) {
  return refuse('policy_denied', wireName(caller.principal), name, approvals[0]?.rule ?? '');
}

/** Whose data a call shows, and how to make its plan for a request for approval. */
interface Shown {
  readonly concerns: readonly Concern[] | undefined;
  readonly preview: PreviewCall;
}

/** Counts before the decision, so that reads at the same time are all counted. */
async function countSeen({ database, now }: GateParts, own: string, owners: readonly string[]) {
  const at = now();
  const reader = digest([own]);
  const seen = owners.map((owner) => ({ id: digest([own, owner]), raise: { at }, insert: { reader } }));
  const first = await database.upsertEach(seenOwners, seen);
  const since = new Date(at.getTime() - WITHIN_SECONDS * 1000);
  return {
    count: await database.count(seenOwners, { reader: { $eq: reader }, at: { $gt: since } }),
    /** For a read that was refused. */
    takeBack: async () => {
      for (const id of first) await database.removeOne(seenOwners, id, { at });
    },
  };
}

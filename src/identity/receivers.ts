import type { Transaction } from '../store/transaction.ts';
import { assertReceives, type Party, partyById } from './party.ts';
import { type Principal, principals } from './principal.ts';
import { roles } from './roles.ts';

/**
 * Makes sure that users and roles can still receive something when the transaction commits: a concurrent transaction
 * that disables, closes or erases one of them conflicts with it. A pending user is marked as named, and is never erased
 * again.
 *
 * @param ids of the new owners, users or roles
 * @throws user_unknown, role_unknown, recipient_unfit
 */
export async function pinReceivers(tx: Transaction, ids: readonly string[]): Promise<void> {
  for (const id of new Set(ids)) {
    // The plan shows who receives; what else changes in the account does not make it stale.
    const party = await partyById(tx.untracked, id);
    assertReceives(party);
    if (await markNamed(tx, [party])) continue;
    if (party.kind === 'user') await tx.touch(principals, party.user);
    else await tx.touch(roles, party.role);
  }
}

/**
 * Marks pending users who are given something, so that deleting them keeps them as former users instead of erasing
 * them. The mark is made once, and conflicts with a concurrent deletion.
 *
 * @returns whether anybody was marked
 */
export async function markNamed(tx: Transaction, parties: readonly Party[]): Promise<boolean> {
  const users = parties.flatMap((party) => (party.kind === 'user' && isErasable(party.user) ? [party.user] : []));
  if (users.length === 0) return false;
  // A user who is given several things in one transaction may be marked already.
  const present = await tx.untracked.find(principals, { _id: { $in: users.map((u) => u._id) }, named: { $ne: true } });
  await tx.updateEach(
    principals,
    present.map((before) => ({ before, after: { ...before, named: true } })),
  );
  return present.length > 0;
}

/** Whether deleting the user would erase them. */
const isErasable = ({ state, named }: Principal) => state === 'pending' && named !== true;

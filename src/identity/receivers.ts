import type { Transaction } from '../store/transaction.ts';
import { assertReceives, type Party, partyById } from './party.ts';
import { type Principal, principals } from './principal.ts';
import { roles } from './roles.ts';

/**
 * Makes sure that users and roles can still be given something when the transaction commits: whoever disables, closes or
 * erases one of them at the same time conflicts with it. A pending user is marked as named and is never erased again.
 *
 * @param ids of the users and roles that come to own something
 * @throws user_unknown, role_unknown, recipient_unfit
 */
export async function pinReceivers(tx: Transaction, ids: readonly string[]): Promise<void> {
  for (const id of new Set(ids)) {
    // The plan shows who receives; what else changes in the account does not make it stale.
    const party = await partyById(tx.aside, id);
    assertReceives(party);
    if (await markNamed(tx, [party])) continue;
    if (party.kind === 'user') await tx.touch(principals, party.user);
    else await tx.touch(roles, party.role);
  }
}

/**
 * Keeps users who are given something from vanishing: a pending user, whom nobody ever was, is erased when it is deleted
 * unless it was named. The mark is made once, and conflicts with a deletion at the same time.
 *
 * @returns whether anybody was marked
 */
export async function markNamed(tx: Transaction, parties: readonly Party[]): Promise<boolean> {
  const users = parties.flatMap((party) => (party.kind === 'user' && isErasable(party.user) ? [party.user] : []));
  if (users.length === 0) return false;
  // One who is given several things at once may be marked by now.
  const present = await tx.aside.find(principals, { _id: { $in: users.map((u) => u._id) }, named: { $ne: true } });
  await tx.updateEach(
    principals,
    present.map((before) => ({ before, after: { ...before, named: true } })),
  );
  return present.length > 0;
}

/** Whether the user would vanish on deletion. */
const isErasable = ({ state, named }: Principal) => state === 'pending' && named !== true;

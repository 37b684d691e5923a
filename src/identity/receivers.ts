import { refuse } from '../errors.ts';
import type { Transaction } from '../store/transaction.ts';
import { markNamed } from './kbaseUsers.ts';
import { type Principal, principals, wireName } from './principal.ts';
import { isRoleId, type RolePart, roles, roleWireName } from './roles.ts';

/** Whether a user may be given something: who is let in, or will be once they come. @throws recipient_unfit */
export function assertUserReceives(user: Pick<Principal, '_id' | 'username' | 'living' | 'state'>): void {
  if (user.state === 'disabled') throw refuse('recipient_unfit', wireName(user), 'the account is disabled');
  if (user.state === 'former') throw refuse('recipient_unfit', wireName(user), 'the account is closed');
}

/** @throws recipient_unfit */
export function assertRoleReceives(role: RolePart): void {
  if (!role.living) throw refuse('recipient_unfit', roleWireName(role), 'the role was deleted');
}

/**
 * Makes sure that users and roles can still be given something when the transaction commits: whoever disables, closes or
 * erases one of them at the same time conflicts with it. A pending user is marked as named and is never erased again.
 *
 * @param ids of the users and roles that come to own something
 * @throws user_unknown, role_unknown, recipient_unfit
 */
export async function pinReceivers(tx: Transaction, ids: readonly string[]): Promise<void> {
  for (const id of new Set(ids)) {
    if (isRoleId(id)) await pinRole(tx, id);
    else await pinUser(tx, id);
  }
}

async function pinUser(tx: Transaction, id: string): Promise<void> {
  // The plan shows who receives; what else changes in the account does not make it stale.
  const user = await tx.peek(principals, id);
  if (user === null) throw refuse('user_unknown', id);
  assertUserReceives(user);
  if (user.state === 'pending' && user.named !== true) await markNamed(tx, [user]);
  else await tx.touch(principals, user);
}

async function pinRole(tx: Transaction, id: string): Promise<void> {
  const wanted = { fields: ['name', 'living'] as const };
  const [role] = await tx.parts(roles, { _id: { $eq: id } }, wanted, { aside: true });
  if (role === undefined) throw refuse('role_unknown', id);
  assertRoleReceives(role);
  await tx.touch(roles, role);
}

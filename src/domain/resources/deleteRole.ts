import { refuse } from '../../base/errors.ts';
import { closeRole, type RoleView, roleToChange } from '../../identity/roleMembers.ts';
import { roleName } from '../../identity/roles.ts';
import type { Transaction } from '../../store/transaction.ts';
import { labelOf } from './reference.ts';
import { resources } from './resource.ts';

/** How many of the resources that it owns the error names. */
const NAMED = 5;

/**
 * Deletes a role that owns nothing. Its members lose what they had through it; grants to it remain without effect,
 * under the name of a former role.
 *
 * @throws role_unknown, role_owns
 */
export async function deleteRole(tx: Transaction, name: string): Promise<RoleView> {
  const role = await roleToChange(tx, name);
  const wanted = { fields: ['type', 'externalId'] as const };
  const owned = await tx.parts(resources, { owners: { $eq: role._id } }, { ...wanted, limit: NAMED + 1 });
  const named = owned.slice(0, NAMED).map(labelOf).join(', ');
  const more = owned.length > NAMED ? ' and more' : '';
  if (owned.length > 0) throw refuse('role_owns', roleName(role), `${named}${more}`);
  return closeRole(tx, role._id);
}

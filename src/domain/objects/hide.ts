import type { ObjectIdentity } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import type { Transaction } from '../../store/transaction.ts';
import { changeable, changeObjects } from './change.ts';
import { objectIdentifiersOf } from './identify.ts';

/**
 * Keeps objects out of lists that do not ask for hidden ones, or no longer does. The workspace does not count as changed.
 *
 * @throws object_not_named, object_name_invalid, reference_invalid, workspace_not_named, workspace_name_invalid,
 *   workspace_missing, workspace_deleted, workspace_locked, permission_denied, object_missing, object_deleted
 */
export async function hideObjects(
  tx: Transaction,
  who: Authority,
  identities: readonly (ObjectIdentity | null)[],
  hidden: boolean,
): Promise<void> {
  const identifiers = objectIdentifiersOf(identities);
  const verb = hidden ? 'hide objects from' : 'unhide objects from';
  const located = await changeable(tx, who, ['write', verb], identifiers);
  const others = located.filter(({ object }) => object.hidden !== hidden);
  await changeObjects(tx, others, ({ object }) => ({ ...object, hidden }), 'inObjectAlone');
}

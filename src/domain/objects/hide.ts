import type { ObjectIdentity } from '../../base/schemas/generated.ts';
import type { WriteAccess } from '../access/context.ts';
import { changeObjects, locateForChange } from './change.ts';
import { objectIdentifiersOf } from './identify.ts';

/**
 * Hides objects from lists that do not ask for hidden ones, or shows them again. This is no change of the workspace.
 *
 * @throws object_not_named, object_name_invalid, reference_invalid, workspace_not_named, workspace_name_invalid,
 *   workspace_missing, workspace_deleted, workspace_locked, permission_denied, object_missing, object_deleted
 */
export async function hideObjects(
  { tx, authority }: WriteAccess,
  identities: readonly (ObjectIdentity | null)[] | undefined,
  hidden: boolean,
): Promise<void> {
  const identifiers = objectIdentifiersOf(identities);
  const verb = hidden ? 'hide objects from' : 'unhide objects from';
  const located = await locateForChange({ tx, authority }, identifiers, { verb });
  const others = located.filter(({ object }) => object.hidden !== hidden);
  await changeObjects(tx, others, ({ object }) => ({ ...object, hidden }));
}

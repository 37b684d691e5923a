import { refuse } from '../../base/errors.ts';
import type { DeleteResource } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import { changeTooBig, MAX_CHANGE_BYTES, MAX_LARGE_CHANGE_BYTES } from '../../store/size.ts';
import type { Transaction } from '../../store/transaction.ts';
import { divide } from '../access/cascade.ts';
import { assertMay, callerLabel, type Guarded, guarding } from '../access/may.ts';
import { branch, type Node } from '../resources/branch.ts';
import { labelOf, readChildren, readResource } from '../resources/reference.ts';
import { type Resource, resources } from '../resources/resource.ts';
import { rulesOf } from '../resources/types.ts';

/**
 * Deletes a resource, with `recursive` also everything below it that has no other parent; the rest only loses its
 * deleted parents. A user must be allowed to delete each of them, or nothing is deleted.
 *
 * @throws invalid_params, resource_missing, permission_denied, owned_by_many, not_all_deletable, resource_not_empty,
 *   too_many_resources, change_too_big
 */
export async function deleteResource(
  tx: Transaction,
  authority: Authority,
  { recursive = false, ...reference }: DeleteResource['params'],
): Promise<DeleteResource['result']> {
  const wanted = guarding(authority);
  const root = await readResource(tx, reference, wanted);
  if (root.type === 'workspace') throw refuse('invalid_params', 'deleteWorkspace deletes workspaces');
  await assertMay({ reader: tx, authority }, 'delete', root);
  if (!recursive) await assertEmpty(tx, root);
  const found = await branch<Guarded>([root], {
    childrenOf: (parents, limit) => readChildren(tx, parents, { ...wanted, limit }),
    follow: () => true,
    max: tx.limits.perDeletion,
  });
  const deleted = deletedWith(root, found);
  const toDelete = found.filter(({ _id }) => deleted.has(_id));
  assertAllDeletable(authority, root, toDelete);
  await removeAll(tx, root, toDelete);
  const detached = found.filter((n) => !deleted.has(n._id) && n.parents?.some((id) => deleted.has(id)));
  const without = (node: Guarded) => (node.parents ?? []).filter((id) => !deleted.has(id));
  await tx.updateEach(
    resources,
    detached.map((before) => ({ before, after: { ...before, parents: without(before) } })),
  );
  return { deleted: toDelete.map(({ _id }) => _id), detached: detached.map(({ _id }) => _id) };
}

/**
 * Decides on each resource, but for those without rights of their own, which go with their parent.
 *
 * @throws not_all_deletable
 */
function assertAllDeletable(authority: Authority, root: Guarded, toDelete: readonly Guarded[]): void {
  const below = toDelete.filter(({ _id, type }) => _id !== root._id && rulesOf(type).accessFrom === 'self');
  const { refused } = divide(authority, ['delete'], below);
  const [first] = refused;
  if (first === undefined) return;
  const others = refused.length === 1 ? '' : ` and ${refused.length - 1} more`;
  throw refuse('not_all_deletable', callerLabel(authority), labelOf(first) + others, labelOf(root));
}

/** @throws resource_not_empty */
async function assertEmpty(tx: Transaction, root: Guarded): Promise<void> {
  const limit = tx.limits.perDeletion;
  const children = await readChildren(tx, [root], { fields: [], limit });
  const count = children.length < limit ? String(children.length) : `${limit} or more`;
  if (children.length > 0) throw refuse('resource_not_empty', labelOf(root), count);
}

/** The ids of the root and of all resources without a parent that stays. */
export function deletedWith(root: Node, found: readonly Node[]): ReadonlySet<string> {
  const deleted = new Set(found.map(({ _id }) => _id));
  const staying = (node: Node) => node._id !== root._id && node.parents?.some((id) => !deleted.has(id)) === true;
  let rescued = found.filter(staying);
  while (rescued.length > 0) {
    for (const { _id } of rescued) deleted.delete(_id);
    rescued = found.filter((node) => deleted.has(node._id) && staying(node));
  }
  return deleted;
}

async function removeAll(tx: Transaction, root: Guarded, toDelete: readonly Guarded[]): Promise<void> {
  const ids = { _id: { $in: toDelete.map(({ _id }) => _id) } };
  // The size is measured before they are read: thousands of resources may have a megabyte each.
  const bytes = await tx.bytesOf(resources, ids);
  const others = toDelete.length === 1 ? '' : ` and ${toDelete.length - 1} below it`;
  const max = rulesOf(root.type).large === true ? MAX_LARGE_CHANGE_BYTES : MAX_CHANGE_BYTES;
  if (bytes > max) throw changeTooBig(`Deleting ${labelOf(root)}${others}`, bytes, max);
  tx.allowChange(max);
  const whole: Resource[] = await tx.find(resources, ids);
  const order = new Map(toDelete.map(({ _id }, i) => [_id, i]));
  whole.sort((a, b) => (order.get(a._id) ?? 0) - (order.get(b._id) ?? 0));
  await tx.removeEach(resources, whole);
}

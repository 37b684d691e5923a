import { refuse } from '../../base/errors.ts';
import type { MoveResource, ResourceView } from '../../base/schemas/generated.ts';
import type { WriteContext } from '../access/context.ts';
import { assertMay, guarding } from '../access/may.ts';
import { orderBelow } from '../resources/order.ts';
import { readResource, readResources } from '../resources/reference.ts';
import { resources } from '../resources/resource.ts';
import { listFields, viewOf } from '../resources/view.ts';
import { assertMayChangeBelow, guardNewParents, readParents } from './parents.ts';

/**
 * Moves a resource, with everything below it, to exactly these parents. A user must be allowed to write to it and to
 * the parents that it gets and loses.
 *
 * @throws invalid_params, resource_missing, permission_denied, resource_cycle, too_many_resources
 */
export async function moveResource(
  { tx, people, authority }: WriteContext,
  { parents: wanted, ...reference }: MoveResource['params'],
): Promise<ResourceView> {
  const { fields, items } = guarding(authority);
  const present = await readResource(tx, reference, { fields: [...fields, ...listFields, 'order'], items });
  if (present.type === 'workspace') throw refuse('invalid_params', 'A workspace has no parents');
  await assertMay({ reader: tx, authority }, 'write', present);
  const before = present.parents ?? [];
  const parents = await readParents({ reader: tx, authority }, present.type, wanted);
  const coming = parents.filter(({ _id }) => !before.includes(_id));
  const left = before.filter((id) => !parents.some(({ _id }) => _id === id));
  await assertMayChangeBelow(tx, authority, [...coming, ...(await readResources(tx, left, guarding(authority)))]);
  if (coming.length > 0) await guardNewParents(tx, present, coming);
  const ids = parents.map(({ _id }) => _id);
  const { order: _, ...others } = present;
  const order = await orderBelow(tx, present, { parents: ids });
  const moved = await tx.update(resources, present, { ...others, ...order, parents: ids, modifiedAt: tx.now });
  return viewOf(moved, await people.names(moved.owners));
}

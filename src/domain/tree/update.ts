import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import type { ResourceView, UpdateResource } from '../../base/schemas/generated.ts';
import type { WriteAccess, WriteContext } from '../access/context.ts';
import type { Action } from '../access/decide.ts';
import { assertMay, type Guarded, guarding } from '../access/may.ts';
import { dataFields, dataFieldsOf, isHidden } from '../resources/data.ts';
import { externalIdToStore } from '../resources/iiifPath.ts';
import { orderBelow } from '../resources/order.ts';
import { assertOwners } from '../resources/owners.ts';
import { readResource } from '../resources/reference.ts';
import { type Resource, resources } from '../resources/resource.ts';
import { viewFields, viewOf } from '../resources/view.ts';
import { assertExternalIdFree, visibilityOf } from './create.ts';

type Wanted = UpdateResource['params'];

/**
 * Changes the given fields of a resource. Name and data need the right to write, the visibility needs the right to
 * share, and the external id can only be changed by the owner.
 *
 * @throws invalid_params, resource_missing, permission_denied, external_id_taken, owner_kind_not_allowed
 */
export async function updateResource(
  { tx, people, authority }: WriteContext,
  { name, visibility, data, ...given }: Wanted,
): Promise<ResourceView> {
  const { newExternalId: wantedId, ...reference } = given;
  const { fields, items } = guarding(authority);
  const present = await readResource(tx, reference, {
    fields: [...fields, ...viewFields, ...dataFields, 'order'],
    items,
  });
  if (present.type === 'workspace') throw refuse('invalid_params', 'A workspace has commands of its own');
  const newExternalId = wantedId === undefined ? undefined : externalIdToStore(present.type, wantedId);
  await assertMayAll({ tx, authority }, present, {
    write: name !== undefined || data !== undefined,
    rename: newExternalId !== undefined,
    publish: visibility !== undefined,
  });
  if (newExternalId !== undefined && newExternalId !== present.externalId) {
    await assertExternalIdFree(tx, present.type, newExternalId);
    assertOwners(present.type, newExternalId, present.owners);
  }
  const content = data === undefined ? {} : dataFieldsOf(present.type, data);
  const placement = { parents: present.parents ?? [], hidden: isHidden(data) };
  const order = data === undefined ? {} : await orderBelow(tx, present, placement);
  const changesItself = name !== undefined || data !== undefined || newExternalId !== undefined;
  const updated = await tx.update(resources, present, {
    ...(data === undefined ? present : withoutData(present)),
    ...content,
    ...order,
    name: name ?? present.name,
    ...defined({ externalId: newExternalId, visibility: visibility && visibilityOf(present.type, visibility) }),
    ...(changesItself ? { modifiedAt: tx.now } : {}),
  });
  return viewOf(updated, await people.names(updated.owners));
}

function withoutData<P extends Pick<Resource, (typeof dataFields)[number]>>(resource: P) {
  const { data: _, caption: __, ...others } = resource;
  return others;
}

async function assertMayAll(
  { tx, authority }: WriteAccess,
  present: Guarded,
  wanted: Readonly<Partial<Record<Action, boolean>>>,
): Promise<void> {
  const actions = (Object.keys(wanted) as Action[]).filter((action) => wanted[action]);
  // A call that changes nothing still shows the resource.
  for (const action of actions.length === 0 ? (['read'] as const) : actions)
    await assertMay({ reader: tx, authority }, action, present);
}

import { refuse } from '../../../base/errors.ts';
import type { CatalogItem, MoveCatalogItem } from '../../../base/schemas/generated.ts';
import { cutToCharacters } from '../../../base/text.ts';
import { divide } from '../../access/cascade.ts';
import { assertMay, callerLabel, type Guarded, guarding } from '../../access/may.ts';
import { assertOwners } from '../../resources/owners.ts';
import { labelOf, readResources } from '../../resources/reference.ts';
import { resources } from '../../resources/resource.ts';
import { type ResourceType, typesOf } from '../../resources/types.ts';
import type { CreateContext } from '../../tree/create.ts';
import { assertMayChangeBelow, guardNewParents } from '../../tree/parents.ts';
import { clearDestination, destinationOf } from './destination.ts';
import { getItem } from './item.ts';
import { below, rebased } from './path.ts';
import { readVisible } from './visible.ts';

/** The most items that one call moves: the audit record holds all of them. */
const MAX_MOVED = 20_000;

/** The types that Oracle's interface moves. */
const MOVED: readonly ResourceType[] = [
  'folders',
  'workbooks',
  'subjectAreas',
  'analysis',
  'dashboards',
  'dashboardpages',
  'reports',
];

/**
 * Moves an item into another folder, or renames it. Its id and those of everything below it change with the path;
 * owners, grants and everything else stay. A user must be allowed to write to the item, to both folders, and to
 * everything below the item.
 *
 * @throws invalid_params, resource_missing, permission_denied, external_id_taken, resource_not_empty, resource_cycle,
 *   owner_kind_not_allowed, too_many_resources, change_too_big
 */
export async function moveItem(by: CreateContext, params: MoveCatalogItem['params']): Promise<CatalogItem> {
  const { type, id, overwrite = false, ...wanted } = params;
  const { tx, people, authority } = by;
  if (!MOVED.includes(type)) {
    throw refuse('invalid_params', `Items of the type ${type} are not moved; these are: ${MOVED.join(', ')}`);
  }
  const { fields, items } = guarding(authority);
  const read = { fields: [...fields, 'name', 'externalId', 'parents', 'modifiedAt'] as const, items };
  const present = await readVisible({ reader: tx, authority }, { type, id }, read);
  const before = present.externalId ?? present._id;
  const { parent, ...to } = await destinationOf(by, present, wanted);
  const left = await readResources(tx, present.parents ?? [], guarding(authority));
  // The names in a folder are up to everybody who may write to it; without a folder, to the owner.
  await assertMay({ reader: tx, authority }, left.length === 0 && parent === undefined ? 'rename' : 'write', present);
  const comes = parent !== undefined && !left.some(({ _id }) => _id === parent._id);
  const stays = to.id === present.externalId && to.name === present.name && !comes && left.length <= 1;
  if (stays) return getItem({ reader: tx, people, authority }, { type, id: to.id });
  await assertMayChangeBelow(tx, authority, parent === undefined ? left : [...left, parent]);
  if (to.id !== present.externalId) await clearDestination(by, present, { id: to.id, overwrite });
  assertOwners(type, to.id, present.owners);
  if (comes) await guardNewParents(tx, present, [parent]);
  if (to.id !== before) await moveBelow(by, present, { from: before, to: to.id });
  await tx.update(resources, present, {
    ...present,
    name: to.name,
    externalId: to.id,
    parents: parent === undefined ? [] : [parent._id],
    modifiedAt: tx.now,
  });
  return getItem({ reader: tx, people, authority }, { type, id: to.id });
}

/** Changes the ids of the items below a path. @throws permission_denied, external_id_taken */
async function moveBelow(
  { tx, authority }: CreateContext,
  root: Guarded,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> {
  const ofType = { type: { $in: typesOf('oracle') } };
  const { fields, items } = guarding(authority);
  const wanted = { fields: [...fields, 'externalId', 'parents'] as const, items };
  const options = { limit: MAX_MOVED + 1 };
  const found: Guarded[] = await tx.parts(
    resources,
    { externalId: below(from), ...ofType },
    { ...wanted, fields: [...wanted.fields, 'name'], ...options },
  );
  if (found.length > MAX_MOVED) throw refuse('too_many_resources', labelOf(root), MAX_MOVED);
  const { allowed, refused } = divide(authority, ['write'], found);
  // An item with a path below this one that is not in it stays, if the caller may not write to it.
  const inside = insideOf(root, found);
  const [first] = refused.filter(({ _id }) => inside.has(_id));
  if (first !== undefined) {
    throw refuse(
      'permission_denied',
      `${callerLabel(authority)} may not write to ${labelOf(first)} below ${labelOf(root)}; nothing was moved`,
    );
  }
  const changes = allowed.map((node) => ({ before: node, after: movedNode(node, from, to) }));
  const ids = new Set(changes.map(({ after }) => `${after.type} ${after.externalId}`));
  const moving = new Set(allowed.map(({ _id }) => _id));
  const there = await tx.parts(
    resources,
    { externalId: below(to), ...ofType },
    { fields: ['type', 'externalId'], ...options },
  );
  const holder = there.find(({ _id, type, externalId }) => !moving.has(_id) && ids.has(`${type} ${externalId}`));
  if (holder !== undefined)
    throw refuse('external_id_taken', holder.type, cutToCharacters(holder.externalId ?? '', 200));
  await tx.updateEach(resources, changes);
}

function movedNode(node: Guarded, from: string, to: string): Guarded {
  const externalId = rebased(node.externalId, from, to);
  assertOwners(node.type, externalId, node.owners);
  return externalId === undefined ? node : { ...node, externalId };
}

/** The ids of the nodes that are below an item, at any depth. */
function insideOf(root: Guarded, nodes: readonly Guarded[]): ReadonlySet<string> {
  const inside = new Set([root._id]);
  let grown = true;
  while (grown) {
    const found = nodes.filter((n) => !inside.has(n._id) && n.parents?.some((id) => inside.has(id)));
    for (const { _id } of found) inside.add(_id);
    grown = found.length > 0;
  }
  return inside;
}

import { defined } from '../../../base/defined.ts';
import { refuse } from '../../../base/errors.ts';
import type { CatalogItem, CopyCatalogItem } from '../../../base/schemas/generated.ts';
import { cutToCharacters } from '../../../base/text.ts';
import { idAndName } from '../../../identity/principal.ts';
import { pinReceivers } from '../../../identity/receivers.ts';
import { changeTooBig, MAX_CHANGE_BYTES } from '../../../store/size.ts';
import { decide } from '../../access/decide.ts';
import { type Guarded, guarding } from '../../access/may.ts';
import { branch } from '../../resources/branch.ts';
import { labelOf, RESOURCE_ID, readChildren } from '../../resources/reference.ts';
import { type Resource, resources } from '../../resources/resource.ts';
import { rulesOf } from '../../resources/types.ts';
import type { CreateContext } from '../../tree/create.ts';
import { assertMayChangeBelow, touchParents } from '../../tree/parents.ts';
import { clearDestination, destinationOf } from './destination.ts';
import { getItem } from './item.ts';
import { idOfOwner, isPath, nameInId, pathBelow, rebased, segmentOf } from './path.ts';
import { readVisible } from './visible.ts';

/** The most items that one call copies; mostly the size of the audit record is reached before. */
const MAX_COPIED = 20_000;

/**
 * Copies an item, and with a folder or dashboard everything below it that the caller may read. The caller owns the
 * copies, which have no grants.
 *
 * @throws invalid_params, resource_missing, permission_denied, external_id_taken, resource_not_empty, resource_cycle,
 *   too_many_resources, change_too_big
 */
export async function copyItem(by: CreateContext, params: CopyCatalogItem['params']): Promise<CatalogItem> {
  const { type, id, overwrite = false, ...wanted } = params;
  const { tx, people, authority, principal } = by;
  const { fields, items } = guarding(authority);
  const read = { fields: [...fields, 'name', 'externalId', 'parents'] as const, items };
  const root = await readVisible({ reader: tx, authority }, { type, id }, read);
  const { parent, ...to } = await destinationOf(by, root, { ...wanted, isCopy: true });
  const parents = parent === undefined ? [] : [parent];
  await assertMayChangeBelow(tx, authority, parents);
  const found = await branch<Guarded>([root], {
    childrenOf: (above, limit) => readChildren(tx, above, { ...read, limit }),
    follow: (_, child) => decide(authority, 'read', child).allowed,
    max: MAX_COPIED,
  });
  if (found.some(({ _id }) => _id === parent?._id))
    throw refuse('resource_cycle', labelOf(root), labelOf(parent ?? root));
  await clearDestination(by, root, { id: to.id, overwrite });
  const whole = await readWhole(by, root, found);
  const copies = copiesOf(by, whole, { ...to, parents: parents.map(({ _id }) => _id) });
  await assertFree(by, copies.slice(1));
  await pinReceivers(tx, [principal._id]);
  await touchParents(tx, parents);
  await tx.insertEach(resources, copies);
  return getItem({ reader: tx, people, authority }, { type, id: to.id });
}

/** The items with all of their fields, in the same order. @throws change_too_big */
async function readWhole({ tx }: CreateContext, root: Guarded, found: readonly Guarded[]): Promise<Resource[]> {
  const ids = { _id: { $in: found.map(({ _id }) => _id) } };
  // The size is measured before they are read: thousands of items may have a megabyte each.
  const bytes = await tx.bytesOf(resources, ids);
  if (bytes > MAX_CHANGE_BYTES) throw changeTooBig(`Copying ${labelOf(root)}`, bytes, MAX_CHANGE_BYTES);
  const whole = new Map((await tx.find(resources, ids)).map((resource) => [resource._id, resource]));
  return found.flatMap(({ _id }) => whole.get(_id) ?? []);
}

interface CopiedRoot {
  readonly id: string;
  readonly name: string;
  readonly parents: readonly string[];
}

type Copy = Omit<Resource, 'revision'>;

/** Each below the copy of its parent; the root first. */
function copiesOf({ tx, principal }: CreateContext, [root, ...others]: readonly Resource[], to: CopiedRoot): Copy[] {
  if (root === undefined) return [];
  const copyOf = (item: Resource, placed: Pick<Copy, 'name' | 'parents' | 'externalId'>): Copy => {
    const { type, data, caption } = item;
    return {
      _id: tx.newId(RESOURCE_ID),
      type,
      ...placed,
      owners: [principal._id],
      grants: [],
      visibility: rulesOf(item.type).defaultVisibility,
      stamp: idAndName(principal),
      ...defined({ data, caption }),
      createdAt: tx.now,
      modifiedAt: tx.now,
    };
  };
  const copies = new Map([[root._id, copyOf(root, { name: to.name, externalId: to.id, parents: to.parents })]]);
  const from = root.externalId ?? root._id;
  for (const item of others) {
    const [above] = (item.parents ?? []).flatMap((id) => copies.get(id) ?? []);
    if (above === undefined) continue;
    const { externalId } = item;
    const named = nameInId(externalId ?? '');
    const elsewhere = () =>
      externalId !== undefined && isPath(externalId)
        ? pathBelow(above.externalId ?? above._id, segmentOf(externalId))
        : externalId;
    const id =
      named === undefined ? (rebased(externalId, from, to.id) ?? elsewhere()) : idOfOwner(principal.username, named);
    const placed = { name: item.name, parents: [above._id], ...defined({ externalId: id }) };
    copies.set(item._id, copyOf(item, placed));
  }
  return [...copies.values()];
}

/** @throws external_id_taken */
async function assertFree({ tx }: CreateContext, copies: readonly Copy[]): Promise<void> {
  const seen = new Set<string>();
  const taken = (type: Resource['type'], id: string) => refuse('external_id_taken', type, cutToCharacters(id, 200));
  for (const { type, externalId } of copies) {
    if (externalId === undefined) continue;
    if (seen.has(`${type} ${externalId}`)) throw taken(type, externalId);
    seen.add(`${type} ${externalId}`);
  }
  const ids = copies.flatMap(({ externalId }) => externalId ?? []);
  const there = await tx.parts(resources, { externalId: { $in: ids } }, { fields: ['type', 'externalId'] });
  const holder = there.find(({ type, externalId }) => seen.has(`${type} ${externalId}`));
  if (holder !== undefined) throw taken(holder.type, holder.externalId ?? '');
}

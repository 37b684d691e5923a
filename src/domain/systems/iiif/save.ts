import { setImmediate as immediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { defined } from '../../../base/defined.ts';
import { refuse } from '../../../base/errors.ts';
import { withSortedKeys } from '../../../base/json/sparse.ts';
import { cutToCharacters } from '../../../base/text.ts';
import { hasAllRights } from '../../../identity/genuineAuthority.ts';
import { idAndName, type Principal } from '../../../identity/principal.ts';
import { MAX_LARGE_CHANGE_BYTES } from '../../../store/size.ts';
import type { Transaction } from '../../../store/transaction.ts';
import type { WriteAccess } from '../../access/context.ts';
import { assertMay, callerLabel, may } from '../../access/may.ts';
import { dataFieldsOf, isHidden } from '../../resources/data.ts';
import { orderBelow } from '../../resources/order.ts';
import { labelOf, RESOURCE_ID } from '../../resources/reference.ts';
import { type Resource, resources } from '../../resources/resource.ts';
import { type Address, pathOf } from './address.ts';
import { type IiifType, kinds, TOP_COLLECTION } from './kinds.ts';
import { existing, fieldsOf, type GuardedObject, keyOf, objectsAt, type SavedObject } from './objects.ts';
import { ownersNamed, ownersOfNew, pinOwnersOfNew, withOwnersOf } from './owners.ts';
import { parentsNamed } from './parents.ts';
import type { TreeNode } from './tree.ts';
import { newTree, treeToChange } from './treeToChange.ts';

export interface SaveContext extends WriteAccess {
  readonly principal: Principal;
  /** Comes before the path in every `@id`. */
  readonly base: string;
}

/** The answer for an object that was saved. */
export interface Saved {
  readonly '@id': string;
  readonly '@type': string;
}

type Fields = Readonly<Record<string, unknown>>;

/** An object of the tree that is to be saved, which may occur in it several times. */
interface Planned {
  readonly address: Address;
  readonly externalId: string;
  readonly id: string;
  source: string | undefined;
  fields: Fields;
  ownedBy: readonly string[] | undefined;
  readonly present: SavedObject | undefined;
  /** Its position below each parent in the tree, by the parent's id. */
  readonly positions: Map<string, number>;
  /** The `@id`s of further parents that it was sent with. */
  readonly belongsTo: readonly string[] | undefined;
  /** The ids of those. */
  named: readonly string[];
}

const MAX_NAME = 255;

/**
 * Makes an object with all of its parts, which the caller owns. Parts that exist already are changed, and get the new
 * object as a further parent, if the caller may write to them.
 *
 * @throws iiif_invalid, iiif_ids_collide, iiif_object_taken, iiif_embedding_denied, iiif_top_collection,
 *   staff_name_unknown, change_too_big
 */
export async function createObject(context: SaveContext, address: Address, sent: unknown): Promise<Saved> {
  const planned = await plan(context, newTree(context.tx, address, sent));
  await save(context, planned);
  return savedAs(context.base + rootOf(planned).externalId, address.type);
}

/**
 * Changes an object and the parts that are sent with it. Fields that are not sent stay; only administrators change
 * `ownedBy`.
 *
 * @throws iiif_object_missing, permission_denied, iiif_invalid, iiif_ids_collide, iiif_object_taken,
 *   iiif_embedding_denied, iiif_top_collection, staff_name_unknown, change_too_big
 */
export async function updateObject(context: SaveContext, address: Address, sent: unknown): Promise<Saved> {
  assertNotTop(address, 'Top level Collection cannot be edited.');
  const { tx, authority, base } = context;
  const present = await existing(tx, address, 'saved');
  await assertMay({ reader: tx, authority }, 'write', present);
  const tree = await treeToChange(tx, address, sent);
  const externalId = pathOf(tree.address);
  const renamed = externalId !== present.externalId;
  if (renamed) await assertMay({ reader: tx, authority }, 'rename', present);
  if (renamed && (await objectsAt(tx, [{ type: address.type, externalId }], 'guarded')).length > 0) {
    throw refuse('iiif_object_taken', base + externalId);
  }
  if (tree.ownedBy !== undefined) await assertMayChangeOwners(context, present, tree.ownedBy);
  await save(context, await plan(context, tree, present));
  return savedAs(base + externalId, address.type);
}

/** Owners cannot give an object to others; only administrators can. @throws permission_denied */
async function assertMayChangeOwners(
  { tx, authority }: SaveContext,
  present: GuardedObject,
  ownedBy: readonly string[],
): Promise<void> {
  if (hasAllRights(authority)) return;
  const wanted = await ownersNamed(tx, present.type as IiifType, ownedBy).catch(() => undefined);
  if (wanted?.join() === present.owners.join()) return;
  throw refuse('permission_denied', `${callerLabel(authority)} may not change who owns ${labelOf(present)}`);
}

/**
 * Every object of the tree once, with what exists of it already; the root first.
 *
 * @param present the root, if it is to be changed
 */
async function plan({ tx, authority, base }: SaveContext, tree: TreeNode, present?: SavedObject): Promise<Planned[]> {
  const there = await presentOf(tx, tree);
  const planned = new Map<string, Planned>();
  const visit = (sent: TreeNode, parent: Planned | undefined, own?: SavedObject) => {
    const { address, ownedBy, belongsTo, source, place, children } = sent;
    const externalId = pathOf(address);
    const key = keyOf({ type: address.type, externalId });
    const found = own ?? there.get(key);
    const fields = onItsCanvas(sent, parent);
    const known = planned.get(key);
    const node: Planned = known ?? {
      ...{ address, externalId, source, fields, ownedBy, present: found, positions: new Map(), belongsTo, named: [] },
      id: found?._id ?? tx.newId(RESOURCE_ID),
    };
    planned.set(key, node);
    if (known !== undefined) {
      known.fields = { ...known.fields, ...fields };
      known.ownedBy ??= ownedBy;
    }
    if (parent !== undefined && !node.positions.has(parent.id)) node.positions.set(parent.id, place);
    for (const child of children) visit(child, node);
  };
  visit(tree, undefined, present);
  const [root, ...embedded] = planned.values();
  if (present === undefined && root?.present !== undefined) throw refuse('iiif_object_taken', base + root.externalId);
  for (const { present: object, source } of embedded) {
    if (object === undefined) continue;
    assertSame(base, object, source);
    if (!(await may({ reader: tx, authority }, 'write', object)))
      throw refuse('iiif_embedding_denied', base + (object.externalId ?? ''));
  }
  if (root?.belongsTo !== undefined) {
    const parents = await parentsNamed({ reader: tx, authority, base }, root.address, root.belongsTo);
    root.named = parents.map(({ _id }) => _id);
    // Makes the deletion of a parent at the same time conflict; parents that are also in the tree are changed anyway.
    const own = new Set([...planned.values()].map(({ id }) => id));
    for (const parent of parents) if (!own.has(parent._id)) await tx.touch(resources, parent);
  }
  // The request names the object by its path, so that its `@id` does not matter.
  if (root?.present !== undefined && root.externalId === root.present.externalId) root.source = root.present.source;
  return [...planned.values()];
}

/** The objects of the tree that exist already, by key. */
async function presentOf(tx: Transaction, tree: TreeNode): Promise<ReadonlyMap<string, SavedObject>> {
  const wanted = new Map<string, { type: IiifType; externalId: string }>();
  const collect = ({ address, children }: TreeNode) => {
    const named = { type: address.type, externalId: pathOf(address) };
    wanted.set(keyOf(named), named);
    for (const child of children) collect(child);
  };
  collect(tree);
  return new Map((await objectsAt(tx, [...wanted.values()], 'saved')).map((r) => [keyOf(r), r]));
}

/**
 * An `@id` means an existing object if it is the one that it was made with; others only end in the same path.
 *
 * @throws iiif_ids_collide
 */
function assertSame(base: string, { externalId = '', source: known }: SavedObject, source: string | undefined): void {
  // Objects from before `@id`s were stored have an empty source.
  if (source === undefined || known === source || known === '') return;
  throw refuse('iiif_ids_collide', known ?? base + externalId, cutToCharacters(source, 200), externalId);
}

/** An annotation below a canvas has the path of the canvas in `on`. */
function onItsCanvas({ address, fields }: TreeNode, parent: Planned | undefined): Fields {
  if (address.type !== 'annotation' || parent?.address.type !== 'canvas') return fields;
  return { ...fields, on: parent.externalId };
}

/** A book has thousands of objects: other calls get a turn after every 200. */
const letOthers = (i: number) => (i % 200 === 199 ? immediate() : undefined);

/** Saves all objects in a few writes, without those that do not change. */
async function save({ tx, authority, principal }: SaveContext, planned: readonly Planned[]): Promise<void> {
  const owners = new Map<Planned, readonly string[]>();
  // All names are resolved before anything is written.
  for (const [i, node] of planned.entries()) {
    await letOthers(i);
    const { present, ownedBy, address } = node;
    if (present === undefined) owners.set(node, await ownersOfNew({ tx, authority }, address.type, ownedBy));
    else if (hasAllRights(authority) && ownedBy !== undefined)
      owners.set(node, await ownersNamed(tx, address.type, ownedBy));
  }
  const newOwners = planned.flatMap((node) => (node.present === undefined ? (owners.get(node) ?? []) : []));
  await pinOwnersOfNew(tx, authority, newOwners);
  const made: Omit<Resource, 'revision'>[] = [];
  const changed: { before: SavedObject; after: SavedObject }[] = [];
  for (const [i, node] of planned.entries()) {
    await letOthers(i);
    const { present } = node;
    if (present === undefined) {
      made.push({ ...(await newObject(tx, node, owners.get(node) ?? [])), stamp: idAndName(principal) });
      continue;
    }
    const own = owners.get(node);
    const [change] = own === undefined ? [] : await withOwnersOf(tx, [{ object: present, owners: own }]);
    const { before, after: owned } = change ?? { before: present, after: present };
    const after = await changedObject(tx, node, owned);
    if (!isDeepStrictEqual(after, before)) changed.push({ before, after: { ...after, modifiedAt: tx.now } });
  }
  tx.allowChange(MAX_LARGE_CHANGE_BYTES);
  await tx.insertEach(resources, made);
  await tx.updateEach(resources, changed);
}

async function newObject(
  tx: Transaction,
  node: Planned,
  owners: readonly string[],
): Promise<Omit<Resource, 'revision'>> {
  const { address, externalId, source, fields, id, positions } = node;
  const { type } = address;
  const parents = [...new Set([...positions.keys(), ...node.named])];
  return {
    ...{ _id: id, type, name: nameOf(fields, address), externalId, parents, owners, grants: [] },
    ...defined({ source }),
    ...(await orderBelow(tx, { type, createdAt: tx.now }, { parents, positions, hidden: isHidden(fields) })),
    visibility: 'public',
    // With sorted keys, the text can be shown without parsing it.
    ...dataFieldsOf(type, withSortedKeys(fields)),
    createdAt: tx.now,
    modifiedAt: tx.now,
  };
}

async function changedObject(
  tx: Transaction,
  { address, externalId, source, fields: sent, positions, belongsTo, named }: Planned,
  present: SavedObject,
): Promise<SavedObject> {
  const fields = { ...fieldsOf(present), ...sent };
  const before = belongsTo === undefined ? (present.parents ?? []) : [];
  const parents = [...new Set([...before, ...named, ...positions.keys()])];
  const { order: _, data: __, caption: ___, source: ____, ...others } = present;
  const renamed = externalId !== present.externalId;
  const kept = renamed || present.source === '' ? source : present.source;
  return {
    ...others,
    ...(await orderBelow(tx, present, { parents, positions, hidden: isHidden(fields) })),
    ...dataFieldsOf(address.type, withSortedKeys(fields)),
    ...defined({ source: kept }),
    ...{ name: nameOf(fields, address), parents, externalId },
  };
}

function nameOf({ label }: Fields, { type, identifier, name }: Address): string {
  const text = typeof label === 'string' ? label.replace(/\p{Cc}/gu, ' ').trim() : '';
  if (text !== '') return cutToCharacters(text, MAX_NAME);
  return type === 'manifest' ? (identifier ?? '') : (name ?? '');
}

function rootOf([root]: readonly Planned[]): Planned {
  if (root === undefined) throw new TypeError('a tree has no root');
  return root;
}

/** @throws iiif_top_collection */
export function assertNotTop({ type, name }: Address, message: string): void {
  if (type === 'collection' && name === TOP_COLLECTION.name) throw refuse('iiif_top_collection', message);
}

const savedAs = (externalId: string, type: IiifType): Saved => ({ '@id': externalId, '@type': kinds[type].atType });

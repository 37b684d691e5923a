import type { Authority } from '../access/authority.ts';
import { hasAllRights } from '../access/genuine.ts';
import { assertMay, calledInErrors, may } from '../access/may.ts';
import { refuse } from '../errors.ts';
import { idAndName, type Principal } from '../identity/principal.ts';
import { withSortedKeys } from '../json/sparse.ts';
import { dataFieldsOf } from '../resources/data.ts';
import { orderBelow } from '../resources/order.ts';
import { labelOf, RESOURCE_ID } from '../resources/reference.ts';
import { resources } from '../resources/resource.ts';
import type { Transaction } from '../store/transaction.ts';
import { cutToCharacters } from '../text.ts';
import { type Address, pathOf } from './address.ts';
import { type IiifType, kinds, TOP_COLLECTION } from './kinds.ts';
import { existing, fieldsOf, type GuardedObject, keyOf, objectsAt, type SavedObject } from './objects.ts';
import { ownersNamed, ownersOfNew, pinOwnersOfNew, withOwnersOf } from './owners.ts';
import { grow, type Sprout } from './tree.ts';

/** Who saves, below which base. */
export interface Saver {
  readonly who: Authority;
  readonly maker: Principal;
  /** What stands before the path in every `@id`. */
  readonly base: string;
}

/** What is said of an object that was saved. */
export interface Saved {
  readonly '@id': string;
  readonly '@type': string;
}

type Fields = Readonly<Record<string, unknown>>;

/** One object of the tree that is to be saved, wherever in it it stands. */
interface Planned {
  readonly address: Address;
  readonly externalId: string;
  readonly id: string;
  fields: Fields;
  ownedBy: readonly string[] | undefined;
  readonly present: SavedObject | undefined;
  /** Where it stands in the tree: its place below each of these parents. */
  readonly places: Map<string, number>;
}

const MAX_NAME = 255;

/**
 * Makes an object with all that it carries: who makes it owns each. What is there already is changed and hung below the
 * new one too, where its maker may write to it.
 *
 * @throws iiif_invalid, iiif_object_taken, iiif_embedding_denied, iiif_top_collection, staff_name_unknown,
 *   too_many_resources
 */
export async function createObject(tx: Transaction, saver: Saver, address: Address, sent: unknown): Promise<Saved> {
  const tree = grow(address, sent, (type) => tx.newId(`${type}_`));
  const planned = await plan(tx, saver, tree);
  const root = rootOf(planned);
  assertNotTop(root.address, `Collection name cannot be: ${TOP_COLLECTION.name}.`);
  if (root.present !== undefined) throw refuse('iiif_object_taken', root.externalId);
  await save(tx, saver, planned);
  return savedAs(root.externalId, address.type);
}

/**
 * Changes an object, and what is sent with it. What is not sent stays; only an administrator changes `ownedBy`.
 *
 * @throws iiif_object_missing, permission_denied, iiif_invalid, iiif_object_taken, iiif_embedding_denied,
 *   iiif_top_collection, staff_name_unknown, too_many_resources
 */
export async function updateObject(tx: Transaction, saver: Saver, address: Address, sent: unknown): Promise<Saved> {
  assertNotTop(address, 'Top level Collection cannot be edited.');
  const { who, base } = saver;
  const present = await existing(tx, base, address, 'saved');
  await assertMay(tx, who, 'write', present);
  const tree = grow(address, sent, (type) => tx.newId(`${type}_`));
  const externalId = base + pathOf(tree.address);
  const renamed = externalId !== present.externalId && pathOf(tree.address) !== pathOf(address);
  if (renamed) await assertMay(tx, who, 'rename', present);
  if (renamed && (await objectsAt(tx, [{ type: address.type, externalId }], 'guarded')).length > 0) {
    throw refuse('iiif_object_taken', externalId);
  }
  if (tree.ownedBy !== undefined) await assertMayChangeOwners(tx, saver, present, tree.ownedBy);
  const planned = await plan(tx, saver, tree, present);
  await save(tx, saver, planned, renamed ? externalId : undefined);
  return savedAs(renamed ? externalId : (present.externalId ?? externalId), address.type);
}

/** Whoever owns an object gives it to nobody: only an administrator does. @throws permission_denied */
async function assertMayChangeOwners(
  tx: Transaction,
  { who }: Saver,
  present: GuardedObject,
  ownedBy: readonly string[],
): Promise<void> {
  if (hasAllRights(who)) return;
  const wanted = await ownersNamed(tx, present.type as IiifType, ownedBy).catch(() => undefined);
  if (wanted?.join() === present.owners.join()) return;
  throw refuse('permission_denied', `${calledInErrors(who)} may not change who owns ${labelOf(present)}`);
}

/** Every object of the tree once, with what is there of it already; the root first. */
async function plan(tx: Transaction, saver: Saver, tree: Sprout, present?: SavedObject): Promise<Planned[]> {
  const { base, who } = saver;
  const wanted = new Map<string, { type: IiifType; externalId: string }>();
  const collect = ({ address, children }: Sprout) => {
    const named = { type: address.type, externalId: base + pathOf(address) };
    wanted.set(keyOf(named), named);
    for (const child of children) collect(child);
  };
  collect(tree);
  const there = new Map((await objectsAt(tx, [...wanted.values()], 'saved')).map((r) => [keyOf(r), r]));
  const planned = new Map<string, Planned>();
  const visit = (sprout: Sprout, parent: string | undefined, own?: SavedObject) => {
    const { address, fields, ownedBy, place, children } = sprout;
    const externalId = base + pathOf(address);
    const key = keyOf({ type: address.type, externalId });
    const found = own ?? there.get(key);
    const known = planned.get(key);
    const node: Planned = known ?? {
      ...{ address, externalId, fields, ownedBy, present: found, places: new Map() },
      id: found?._id ?? tx.newId(RESOURCE_ID),
    };
    planned.set(key, node);
    if (known !== undefined) {
      known.fields = { ...known.fields, ...fields };
      known.ownedBy ??= ownedBy;
    }
    if (parent !== undefined && !node.places.has(parent)) node.places.set(parent, place);
    for (const child of children) visit(onItsCanvas(child, externalId), node.id);
  };
  visit(tree, undefined, present);
  const [, ...embedded] = planned.values();
  for (const { present: object } of embedded) {
    if (object === undefined) continue;
    if (!(await may(tx, who, 'write', object))) throw refuse('iiif_embedding_denied', object.externalId ?? '');
  }
  return [...planned.values()];
}

/** An annotation on a canvas says so. */
function onItsCanvas(child: Sprout, parent: string): Sprout {
  const onCanvas = child.address.type === 'annotation' && parent.includes('/canvas/');
  return onCanvas ? { ...child, fields: { ...child.fields, on: parent } } : child;
}

async function save(
  tx: Transaction,
  { who, maker }: Saver,
  planned: readonly Planned[],
  newExternalId?: string,
): Promise<void> {
  const owners = new Map<Planned, readonly string[]>();
  // Whoever is named is found before anything is written.
  for (const node of planned) {
    const { present, ownedBy, address } = node;
    if (present === undefined) owners.set(node, await ownersOfNew(tx, who, address.type, ownedBy));
    else if (hasAllRights(who) && ownedBy !== undefined) owners.set(node, await ownersNamed(tx, address.type, ownedBy));
  }
  const made = planned.flatMap((node) => (node.present === undefined ? (owners.get(node) ?? []) : []));
  await pinOwnersOfNew(tx, who, made);
  for (const [i, node] of planned.entries()) {
    const { present, address, externalId, id, places } = node;
    const { type } = address;
    const fields = { ...(present === undefined ? {} : fieldsOf(present)), ...node.fields };
    // In this order it is shown without being read.
    const content = dataFieldsOf(type, withSortedKeys(fields));
    const name = nameOf(fields, address);
    const own = owners.get(node);
    if (present === undefined) {
      const parents = [...places.keys()];
      await tx.insert(resources, {
        ...{ _id: id, type, name, externalId, parents, owners: own ?? [], grants: [] },
        ...(await orderBelow(tx, { type, createdAt: tx.now }, parents, places)),
        visibility: 'public',
        stamp: idAndName(maker),
        ...content,
        createdAt: tx.now,
        modifiedAt: tx.now,
      });
      continue;
    }
    const parents = [...new Set([...(present.parents ?? []), ...places.keys()])];
    const [change] = own === undefined ? [] : await withOwnersOf(tx, [{ object: present, owners: own }]);
    const { before, after } = change ?? { before: present, after: present };
    const { order: _, data: __, caption: ___, ...others } = after;
    const order = await orderBelow(tx, present, parents, places);
    const moved = i === 0 && newExternalId !== undefined ? { externalId: newExternalId } : {};
    const kept = { name, parents, modifiedAt: tx.now };
    await tx.update(resources, before, { ...others, ...order, ...content, ...kept, ...moved });
  }
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

import { refuse } from '../../../base/errors.ts';
import type { CatalogItem, CreateFolder } from '../../../base/schemas/generated.ts';
import { cutToCharacters } from '../../../base/text.ts';
import type { Authority } from '../../../identity/authority.ts';
import { hasAllRights } from '../../../identity/genuineAuthority.ts';
import type { People } from '../../../identity/people.ts';
import type { Principal } from '../../../identity/principal.ts';
import type { Reader } from '../../../store/collection.ts';
import type { Transaction } from '../../../store/transaction.ts';
import { type Guarded, guarding, may } from '../../access/may.ts';
import { isNativeId, readResource } from '../../resources/reference.ts';
import { resources } from '../../resources/resource.ts';
import { type ResourceType, rulesOf, typesOf } from '../../resources/types.ts';
import { createResource } from '../../tree/create.ts';
import { getItem } from './item.ts';
import { folderOf, isRoot, pathBelow, segmentOf } from './path.ts';

/** Who makes folders, and under which authority. */
export interface Maker {
  readonly tx: Transaction;
  readonly people: People;
  readonly authority: Authority;
  readonly principal: Principal;
}

/**
 * Makes a folder: by its name in another, whose id it gets with its name below it; or by its whole id. On request with
 * the folders above it that there are not.
 *
 * @throws invalid_params, resource_missing, permission_denied, external_id_taken
 */
export async function createFolder(by: Maker, params: CreateFolder['params']): Promise<CatalogItem> {
  const { name, parentId, id: given, createIntermediateFolders = false } = params;
  if (given === undefined ? name === undefined || parentId === undefined : (parentId ?? name) !== undefined) {
    throw refuse('invalid_params', 'A folder is made by name and parentId, or by id');
  }
  const wanted = given ?? pathBelow(parentId ?? '', name ?? '');
  const folder = folderOf(wanted);
  if (folder === undefined || isRoot(wanted)) throw refuse('invalid_params', 'The id of a folder is a path in another');
  const parent = await folderAt(by, { type: 'folders', path: folder, isMade: createIntermediateFolders });
  const id = await makeFolder(by, parent, pathBelow(idIn(parent, folder), segmentOf(wanted)));
  return getItem({ reader: by.tx, people: by.people, authority: by.authority }, { type: 'folders', id });
}

/**
 * What an item of this type is to hang below: the folder (or dashboard, for its pages) of this id, made where it is not
 * there and that is asked for. Undefined right below the root of a catalog, where only administrators make folders.
 *
 * @throws resource_missing, permission_denied, invalid_params
 */
export async function folderAt(by: Maker, sought: Sought): Promise<Guarded | undefined> {
  const { tx, authority } = by;
  const { path, isMade } = sought;
  const found = await container(tx, authority, sought);
  if (found !== undefined) return found;
  const above = folderOf(path);
  const missing = () => refuse('resource_missing', `folders ${cutToCharacters(path, 200)}`);
  if (!isMade || isNativeId(path)) throw missing();
  if (isRoot(path)) {
    if (hasAllRights(authority)) return undefined;
    throw missing();
  }
  if (above === undefined) throw missing();
  const parent = await folderAt(by, { type: 'folders', path: above, isMade });
  const id = await makeFolder(by, parent, pathBelow(above, segmentOf(path)));
  return readResource(tx, { type: 'folders', externalId: id }, guarding(authority));
}

/** Where an item of a type is to hang. */
interface Sought {
  readonly type: ResourceType;
  /** The id of what holds it. */
  readonly path: string;
  /** Whether folders are made that are not there. */
  readonly isMade: boolean;
}

/** The path of a folder that was found by it, or by its id here; the path itself where it is not there as a folder. */
export const idIn = (folder: Guarded | undefined, path: string): string => folder?.externalId ?? folder?._id ?? path;

/** What can hold an item of this type and has this id; a folder before others. Undefined for what one may not read. */
async function container(
  reader: Reader,
  authority: Authority,
  { type, path: id }: Sought,
): Promise<Guarded | undefined> {
  const holders = typesOf('oracle').filter((holder) => rulesOf(holder).contains.includes(type));
  const named = isNativeId(id) ? { _id: { $eq: id } } : { externalId: { $eq: id } };
  const { fields, items } = guarding(authority);
  const wanted = { fields: [...fields, 'name', 'externalId', 'parents'] as const, items };
  const found = await reader.parts(resources, { ...named, type: { $in: holders } }, wanted);
  const [first] = found.sort((a, b) => holders.indexOf(a.type) - holders.indexOf(b.type));
  return first !== undefined && (await may({ reader, authority }, 'read', first)) ? first : undefined;
}

/** A folder has one owner: where an administrator makes it, that one. @returns its id */
async function makeFolder(
  { tx, people, authority, principal }: Maker,
  parent: Guarded | undefined,
  id: string,
): Promise<string> {
  const owners = hasAllRights(authority) ? [{ accountType: 'User' as const, owner: `id:${principal._id}` }] : [];
  await createResource(
    { tx, people, authority, principal },
    {
      type: 'folders',
      name: segmentOf(id),
      externalId: id,
      parents: parent === undefined ? [] : [parent._id],
      owners,
    },
  );
  return id;
}

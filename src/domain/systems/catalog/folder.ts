import { refuse } from '../../../base/errors.ts';
import type { CatalogItem, CreateFolder } from '../../../base/schemas/generated.ts';
import { cutToCharacters } from '../../../base/text.ts';
import type { Authority } from '../../../identity/authority.ts';
import { hasAllRights } from '../../../identity/genuineAuthority.ts';
import type { Reader } from '../../../store/collection.ts';
import { type Guarded, guarding, may } from '../../access/may.ts';
import { isNativeId, readResource } from '../../resources/reference.ts';
import { resources } from '../../resources/resource.ts';
import { type ResourceType, rulesOf, typesOf } from '../../resources/types.ts';
import { type CreateContext, createResource } from '../../tree/create.ts';
import { getItem } from './item.ts';
import { folderOf, isRoot, pathBelow, segmentOf } from './path.ts';

/**
 * Makes a folder, named by its parent and its name, or by its whole id. On request, missing folders above it are made
 * too.
 *
 * @throws invalid_params, resource_missing, permission_denied, external_id_taken
 */
export async function createFolder(by: CreateContext, params: CreateFolder['params']): Promise<CatalogItem> {
  const { name, parentId, id: given, createIntermediateFolders = false } = params;
  if (given === undefined ? name === undefined || parentId === undefined : (parentId ?? name) !== undefined) {
    throw refuse('invalid_params', 'A folder is made by name and parentId, or by id');
  }
  const wanted = given ?? pathBelow(parentId ?? '', name ?? '');
  const folder = folderOf(wanted);
  if (folder === undefined || isRoot(wanted))
    throw refuse('invalid_params', 'The id of a folder must be a path below another folder');
  const parent = await folderAt(by, { type: 'folders', path: folder, isMade: createIntermediateFolders });
  const id = await makeFolder(by, parent, pathBelow(idIn(parent, folder), segmentOf(wanted)));
  return getItem({ reader: by.tx, people: by.people, authority: by.authority }, { type: 'folders', id });
}

/**
 * The folder (or dashboard, for its pages) with this id, which is made if it is missing and that is requested.
 * Undefined for the root of a catalog, below which only administrators make folders.
 *
 * @throws resource_missing, permission_denied, invalid_params
 */
export async function folderAt(by: CreateContext, wanted: WantedFolder): Promise<Guarded | undefined> {
  const { tx, authority } = by;
  const { path, isMade } = wanted;
  const found = await container(tx, authority, wanted);
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

interface WantedFolder {
  /** The type of the item that it is to hold. */
  readonly type: ResourceType;
  /** Its id. */
  readonly path: string;
  /** Whether missing folders are made. */
  readonly isMade: boolean;
}

/** The id of a folder; the path itself if there is no such folder. */
export const idIn = (folder: Guarded | undefined, path: string): string => folder?.externalId ?? folder?._id ?? path;

/** The item with this id that can hold the type, a folder before others; undefined if the caller may not read it. */
async function container(
  reader: Reader,
  authority: Authority,
  { type, path: id }: WantedFolder,
): Promise<Guarded | undefined> {
  const holders = typesOf('oracle').filter((holder) => rulesOf(holder).contains.includes(type));
  const named = isNativeId(id) ? { _id: { $eq: id } } : { externalId: { $eq: id } };
  const { fields, items } = guarding(authority);
  const wanted = { fields: [...fields, 'name', 'externalId', 'parents'] as const, items };
  const found = await reader.parts(resources, { ...named, type: { $in: holders } }, wanted);
  const [first] = found.sort((a, b) => holders.indexOf(a.type) - holders.indexOf(b.type));
  return first !== undefined && (await may({ reader, authority }, 'read', first)) ? first : undefined;
}

/** Makes a folder that the caller owns, even as an administrator. @returns its id */
async function makeFolder(
  { tx, people, authority, principal }: CreateContext,
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

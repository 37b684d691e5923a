import { refuse } from '../../../base/errors.ts';
import type { MoveCatalogItem } from '../../../base/schemas/generated.ts';
import { cutToCharacters } from '../../../base/text.ts';
import { type Guarded, guarding } from '../../access/may.ts';
import { isNativeId, readResource } from '../../resources/reference.ts';
import { resources } from '../../resources/resource.ts';
import { deleteResource } from '../../tree/remove.ts';
import { folderAt, idIn, type Maker } from './folder.ts';
import { folderOf, idOfOwner, isPath, nameInId, pathBelow, segmentOf } from './path.ts';

/** Where an item is to go, as Oracle has it: to an id, or into a folder; with another name, or with its own. */
export interface Wanted
  extends Pick<MoveCatalogItem['params'], 'destId' | 'destParentId' | 'newItemName' | 'createIntermediateFolders'> {
  /** Whether the item stays where it is, too. */
  readonly isCopy?: true;
}

/** Where an item goes. */
export interface Destination {
  /** Undefined at the top of a catalog. */
  readonly parent: Guarded | undefined;
  readonly id: string;
  readonly name: string;
}

/**
 * Where an item is to go. Without a destination that is where it is. The name of an item is the last part of its path. A
 * copy of what has an owner in its id instead of a path gets that of whoever makes it.
 *
 * @throws invalid_params, resource_missing, permission_denied
 */
export async function destinationOf(by: Maker, item: Guarded, wanted: Wanted): Promise<Destination> {
  const { destId, destParentId, newItemName, isCopy, createIntermediateFolders: isMade = false } = wanted;
  const present = item.externalId ?? item._id;
  if (destId !== undefined) {
    const folder = folderOf(destId);
    const last = lastOf(destId);
    assertAlike(wanted, destId, last);
    const name = newItemName ?? (last === lastOf(present) ? item.name : last);
    if (isNativeId(destId) || (isPath(destId) ? folder === undefined : !isCopy)) {
      throw refuse('invalid_params', 'destId must be the path of an item in a folder');
    }
    if (folder === undefined || !isPath(destId)) return { parent: await parentOf(by, item), id: destId, name };
    const parent = await folderAt(by, { type: item.type, path: folder, isMade });
    return { parent, id: pathBelow(idIn(parent, folder), last), name };
  }
  const name = newItemName ?? item.name;
  const parent =
    destParentId === undefined
      ? await parentOf(by, item)
      : await folderAt(by, { type: item.type, path: destParentId, isMade });
  if (isCopy && nameInId(present) !== undefined) return { parent, id: idOfOwner(by.principal.username, name), name };
  const folder = idIn(parent, destParentId ?? folderOf(present) ?? '');
  if (folder === '') throw refuse('invalid_params', 'The item is in no folder: give destParentId or destId');
  const last = newItemName ?? (isPath(present) ? segmentOf(present) : item.name);
  return { parent, id: pathBelow(folder, last), name };
}

const lastOf = (id: string): string => nameInId(id) ?? segmentOf(id);

/** @throws invalid_params where the folder or the name is said twice, and not alike */
function assertAlike({ destParentId, newItemName }: Wanted, destId: string, name: string): void {
  if (destParentId !== undefined && folderOf(destId) !== destParentId) {
    throw refuse('invalid_params', 'destId is not in destParentId: give one of them');
  }
  if (newItemName !== undefined && newItemName !== name) {
    throw refuse('invalid_params', 'destId does not end in newItemName: give one of them');
  }
}

/** What an item hangs below. */
async function parentOf({ tx, authority }: Maker, { parents: [parent] = [] }: Guarded): Promise<Guarded | undefined> {
  return parent === undefined ? undefined : readResource(tx, { id: parent }, guarding(authority));
}

/**
 * Makes sure that nothing else has the id that an item gets; on request by deleting what has it, if that is empty.
 *
 * @throws external_id_taken, permission_denied, resource_not_empty
 */
export async function free(
  { tx, authority }: Maker,
  item: Guarded,
  { id, overwrite }: { readonly id: string; readonly overwrite: boolean },
): Promise<void> {
  const taken = { externalId: { $eq: id }, type: { $eq: item.type } };
  const [holder] = await tx.parts(resources, taken, { fields: [] });
  if (holder === undefined) return;
  if (!overwrite || holder._id === item._id) throw refuse('external_id_taken', item.type, cutToCharacters(id, 200));
  await deleteResource(tx, authority, { id: holder._id });
}

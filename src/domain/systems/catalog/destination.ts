import { refuse } from '../../../base/errors.ts';
import type { MoveCatalogItem } from '../../../base/schemas/generated.ts';
import { cutToCharacters } from '../../../base/text.ts';
import { type Guarded, guarding } from '../../access/may.ts';
import { isNativeId, readResource } from '../../resources/reference.ts';
import { resources } from '../../resources/resource.ts';
import type { CreateContext } from '../../tree/create.ts';
import { deleteResource } from '../../tree/remove.ts';
import { folderAt, idIn } from './folder.ts';
import { folderOf, idOfOwner, isPath, nameInId, pathBelow, segmentOf } from './path.ts';

/** Oracle's parameters for where an item goes: to an id or into a folder, with a new name or its own. */
export interface Wanted
  extends Pick<MoveCatalogItem['params'], 'destId' | 'destParentId' | 'newItemName' | 'createIntermediateFolders'> {
  /** Whether the item itself stays. */
  readonly isCopy?: true;
}

export interface Destination {
  /** Undefined at the top of a catalog. */
  readonly parent: Guarded | undefined;
  readonly id: string;
  readonly name: string;
}

/**
 * Where an item goes; by default, it stays where it is. The last part of its path is its name. The copy of an item with
 * an owner in its id instead of a path gets the caller as its owner.
 *
 * @throws invalid_params, resource_missing, permission_denied
 */
export async function destinationOf(by: CreateContext, item: Guarded, wanted: Wanted): Promise<Destination> {
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
  if (folder === '') throw refuse('invalid_params', 'The item is not in a folder: give destParentId or destId');
  const last = newItemName ?? (isPath(present) ? segmentOf(present) : item.name);
  return { parent, id: pathBelow(folder, last), name };
}

const lastOf = (id: string): string => nameInId(id) ?? segmentOf(id);

/** @throws invalid_params when the folder or the name is given twice with different values */
function assertAlike({ destParentId, newItemName }: Wanted, destId: string, name: string): void {
  if (destParentId !== undefined && folderOf(destId) !== destParentId) {
    throw refuse('invalid_params', 'destId is not in destParentId: give one of them');
  }
  if (newItemName !== undefined && newItemName !== name) {
    throw refuse('invalid_params', 'destId does not end in newItemName: give one of them');
  }
}

async function parentOf(
  { tx, authority }: CreateContext,
  { parents: [parent] = [] }: Guarded,
): Promise<Guarded | undefined> {
  return parent === undefined ? undefined : readResource(tx, { id: parent }, guarding(authority));
}

/**
 * Makes sure that no other item has the id. With `overwrite`, deletes an empty item that has it.
 *
 * @throws external_id_taken, permission_denied, resource_not_empty
 */
export async function clearDestination(
  { tx, authority }: CreateContext,
  item: Guarded,
  { id, overwrite }: { readonly id: string; readonly overwrite: boolean },
): Promise<void> {
  const taken = { externalId: { $eq: id }, type: { $eq: item.type } };
  const [holder] = await tx.parts(resources, taken, { fields: [] });
  if (holder === undefined) return;
  if (!overwrite || holder._id === item._id) throw refuse('external_id_taken', item.type, cutToCharacters(id, 200));
  await deleteResource(tx, authority, { id: holder._id });
}

import type { Filter } from '../../store/collection.ts';
import type { Workspace } from '../resources/resource.ts';
import type { StoredObject } from './object.ts';

type Undeletions = Pick<Workspace, 'undeletions'>;

/** Whether the object counts as deleted in a workspace that is not. */
export function isDeleted({ deleted, deletedIn }: Pick<StoredObject, 'deleted' | 'deletedIn'>, workspace: Undeletions) {
  return deleted && (deletedIn ?? 0) === (workspace.undeletions ?? 0);
}

/** The fields of an object that is deleted now. */
export const deletion = ({ undeletions = 0 }: Undeletions): Pick<StoredObject, 'deleted' | 'deletedIn'> => ({
  deleted: true,
  deletedIn: undeletions,
});

/** The object with the fields of one that is not deleted. */
export function undeleted<T extends Pick<StoredObject, 'deleted' | 'deletedIn'>>({ deletedIn: _, ...object }: T) {
  return { ...object, deleted: false };
}

/** The objects of this workspace that do not count as deleted. */
export const presentFilter = ({ undeletions = 0 }: Undeletions): Filter =>
  undeletions === 0 ? { deleted: false } : { $or: [{ deleted: false }, { deletedIn: { $ne: undeletions } }] };

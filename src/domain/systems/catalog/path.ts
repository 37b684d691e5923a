import { refuse } from '../../../base/errors.ts';
import { cutToCharacters } from '../../../base/text.ts';
import type { Filter } from '../../../store/collection.ts';

/** Most ids of the catalog are paths, such as `/@Catalog/shared/Sales/Q4`: the id of a folder, and a name in it. */

/** As long as an external id may be. */
const MAX_LENGTH = 1_000;
const OWNER_AND_NAME = /^'(.+)'\.'(.+)'$/s;

/** The root of a catalog, which is no folder itself. */
export const isRoot = (path: string): boolean => /^\/@[^/]*$/.test(path);

export const isPath = (id: string): boolean => id.startsWith('/');

/** The path of the folder that a path is in; undefined where it has none. */
export function folderOf(path: string): string | undefined {
  const at = path.lastIndexOf('/');
  return at > 0 ? path.slice(0, at) : undefined;
}

/** The last segment of a path. */
export const segmentOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** @throws invalid_params where no item can have this name or be this deep down */
export function pathBelow(folder: string, name: string): string {
  if (name === '' || name.includes('/')) {
    throw refuse('invalid_params', `${cutToCharacters(name, 100)} cannot be a name in a path: it is empty or has a /`);
  }
  return assertLength(`${folder}/${name}`);
}

/** @throws invalid_params */
function assertLength(id: string): string {
  if (id.length <= MAX_LENGTH) return id;
  throw refuse('invalid_params', `The id would have ${id.length} characters, more than ${MAX_LENGTH}`);
}

/** Matches the ids that are paths below this one. */
export const below = (path: string): Filter => ({ $gte: `${path}/`, $lt: `${path}0` });

/** The id that what was below one path has below another; undefined for what was not below it. */
export function rebased(id: string | undefined, from: string, to: string): string | undefined {
  return id?.startsWith(`${from}/`) ? assertLength(to + id.slice(from.length)) : undefined;
}

/** The name in an id that says whose it is, as a dataset has: `'owner'.'name'`. Undefined for other ids. */
export const nameInId = (id: string): string | undefined => OWNER_AND_NAME.exec(id)?.[2];

export const idOfOwner = (owner: string, name: string): string => assertLength(`'${owner}'.'${name}'`);

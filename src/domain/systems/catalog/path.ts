import { refuse } from '../../../base/errors.ts';
import { cutToCharacters } from '../../../base/text.ts';
import type { Filter } from '../../../store/collection.ts';

/** Most ids of the catalog are paths, such as `/@Catalog/shared/Sales/Q4`: the id of a folder and a name in it. */

/** The greatest length of an external id. */
const MAX_LENGTH = 1_000;
const OWNER_AND_NAME = /^'(.+)'\.'(.+)'$/s;

/** The root of a catalog is not a folder. */
export const isRoot = (path: string): boolean => /^\/@[^/]*$/.test(path);

export const isPath = (id: string): boolean => id.startsWith('/');

/** The path of the folder that a path is in; undefined if there is none. */
export function folderOf(path: string): string | undefined {
  const at = path.lastIndexOf('/');
  return at > 0 ? path.slice(0, at) : undefined;
}

/** The last segment of a path. */
export const segmentOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** @throws invalid_params for an invalid name, or a path that is too long */
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

/** Matches ids that are paths below this one. */
export const below = (path: string): Filter => ({ $gte: `${path}/`, $lt: `${path}0` });

/** The id below another path; undefined for an id that is not below the first one. */
export function rebased(id: string | undefined, from: string, to: string): string | undefined {
  return id?.startsWith(`${from}/`) ? assertLength(to + id.slice(from.length)) : undefined;
}

/** The name in an id of the form `'owner'.'name'`, as datasets have; undefined for other ids. */
export const nameInId = (id: string): string | undefined => OWNER_AND_NAME.exec(id)?.[2];

export const idOfOwner = (owner: string, name: string): string => assertLength(`'${owner}'.'${name}'`);

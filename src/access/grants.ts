import { refuse } from '../errors.ts';
import { type Grant, type GrantLevel, resources } from '../resources/resource.ts';
import type { Visibility } from '../resources/types.ts';
import type { Reader } from '../store/collection.ts';
import type { AccessFields } from './decide.ts';

/** So many grants a resource may have. */
const MAX_GRANTS = 10_000;

/**
 * The grants with these principals' set to a level; `none` withdraws them.
 *
 * @param grants all of a resource's, or those of these principals
 */
export function withGrants(
  grants: readonly Grant[],
  principals: readonly string[],
  level: GrantLevel | 'none',
): readonly Grant[] {
  const others = grants.filter((g) => !principals.includes(g.principal));
  return level === 'none' ? others : [...others, ...principals.map((principal) => ({ principal, level }))];
}

/** What is to become of the rights on a resource. What is absent stays. */
export interface AclChange {
  readonly visibility?: Visibility;
  /** `replace`: these are all there are; `merge`: these are set, others stay; `remove`: these principals have none. */
  readonly mode: 'replace' | 'merge' | 'remove';
  readonly grants?: readonly Grant[];
}

/** The rights on a resource after the change. Owners need no grant, and get none. */
export function withAcl(
  { owners, grants, visibility }: Pick<AccessFields, 'owners' | 'grants' | 'visibility'>,
  change: AclChange,
): { readonly grants: readonly Grant[]; readonly visibility: Visibility } {
  const set = new Map((change.grants ?? []).map((grant) => [grant.principal, grant]));
  for (const owner of owners) set.delete(owner);
  const others = grants.filter((g) => !set.has(g.principal));
  const result = {
    replace: [...set.values()],
    merge: [...others, ...set.values()],
    remove: others,
  }[change.mode];
  return {
    grants: change.grants === undefined ? grants : result,
    visibility: change.visibility ?? visibility,
  };
}

/** @throws grants_full when so many more would be too many for the resource of this id */
export async function assertRoom(reader: Reader, id: string, added: number): Promise<void> {
  // Reads a long list only where one is: an item at this place is there only if it would be too many.
  const place = `grants.${Math.max(MAX_GRANTS - added, 0)}`;
  const full = await reader.parts(resources, { _id: { $eq: id }, [place]: { $exists: true } }, { fields: [] });
  if (added > MAX_GRANTS || full.length > 0) throw refuse('grants_full', MAX_GRANTS);
}

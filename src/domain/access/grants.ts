import { refuse } from '../../base/errors.ts';
import { isRoleId } from '../../identity/roles.ts';
import type { Reader } from '../../store/collection.ts';
import { bsonSize } from '../../store/size.ts';
import { byCollection } from '../resources/collections.ts';
import type { Grant, GrantLevel } from '../resources/resource.ts';
import type { Visibility } from '../resources/types.ts';
import type { AccessFields } from './decide.ts';

/** So many grants a resource may have. */
export const MAX_GRANTS = 10_000;

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
  const set = new Set(principals);
  const others = grants.filter((g) => !set.has(g.principal));
  return level === 'none' ? others : [...others, ...principals.map((principal) => ({ principal, level }))];
}

/** What is to become of the rights on a resource. What is absent stays. */
export interface AclChange {
  readonly visibility?: Visibility;
  /**
   * `replace`: these are all there are; `replaceUsers`: of users, while roles keep theirs; `merge`: these are set, others
   * stay; `remove`: these principals have none.
   */
  readonly mode: 'replace' | 'replaceUsers' | 'merge' | 'remove';
  readonly grants?: readonly Grant[];
  /**
   * The level that one of `grants` comes to on a resource where its principal holds a level, or none; undefined where it
   * comes to no grant at all. Absent where all are set as they are given.
   */
  readonly levelFor?: LevelFor;
}

export type LevelFor = (wanted: Grant, held: GrantLevel | undefined) => GrantLevel | undefined;

/** The rights on a resource after the change. Owners need no grant, and get none. */
export function withAcl(
  { owners, grants, visibility }: Pick<AccessFields, 'owners' | 'grants' | 'visibility'>,
  change: AclChange,
): { readonly grants: readonly Grant[]; readonly visibility: Visibility } {
  const set = new Map((change.grants ?? []).map((grant) => [grant.principal, grant]));
  for (const owner of owners) set.delete(owner);
  const others = grants.filter((g) => !set.has(g.principal));
  const wanted = settled([...set.values()], grants, change.levelFor);
  const result = {
    replace: wanted,
    replaceUsers: [...others.filter((g) => isRoleId(g.principal)), ...wanted],
    merge: [...others, ...wanted],
    remove: others,
  }[change.mode];
  return {
    grants: change.grants === undefined ? grants : result,
    visibility: change.visibility ?? visibility,
  };
}

function settled(
  wanted: readonly Grant[],
  present: readonly Grant[],
  levelFor: LevelFor | undefined,
): readonly Grant[] {
  if (levelFor === undefined) return wanted;
  const held = new Map(present.map((g) => [g.principal, g.level]));
  return wanted.flatMap((grant) => {
    const level = levelFor(grant, held.get(grant.principal));
    return level === undefined ? [] : [{ ...grant, level }];
  });
}

/** What the grants of a change take in its audit record, for each resource that has none of them yet: bytes of BSON. */
export function bytesOfGrants({ grants = [] }: AclChange): number {
  return grants.reduce((sum, after) => sum + bsonSize({ path: `grants[${after.principal}]`, after }), 0);
}

/** @throws grants_full when so many more would be too many for the resource of this id */
export function assertRoom(reader: Reader, id: string, added: number): Promise<void> {
  return assertRoomEach(reader, [{ id, added }]);
}

/** As {@link assertRoom} for many resources, in one query. @throws grants_full */
export async function assertRoomEach(reader: Reader, each: readonly MoreGrants[]): Promise<void> {
  if ((await withoutRoom(reader, each)).size > 0) throw refuse('grants_full', MAX_GRANTS);
}

/** How many grants more a resource is to have. */
export interface MoreGrants {
  readonly id: string;
  readonly added: number;
}

/** The ids of those resources for which so many more grants would be too many. */
export async function withoutRoom(reader: Reader, each: readonly MoreGrants[]): Promise<ReadonlySet<string>> {
  const full = new Set<string>();
  for (const { id, added } of each) if (added > MAX_GRANTS) full.add(id);
  const others = each.filter(({ id }) => !full.has(id));
  for (const [from, some] of byCollection(others, ({ id }) => id)) {
    const filter = [...new Set(some.map(({ added }) => added))].map((added) => ({
      _id: { $in: some.filter((more) => more.added === added).map(({ id }) => id) },
      // Reads a long list only where one is: an item at this place is there only if it would be too many.
      [`grants.${MAX_GRANTS - added}`]: { $exists: true },
    }));
    for (const { _id } of await reader.parts(from, { $or: filter }, { fields: [] })) full.add(_id);
  }
  return full;
}

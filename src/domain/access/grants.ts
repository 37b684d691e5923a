import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import { holds, laterEnd } from '../../base/expiry.ts';
import { isRoleId } from '../../identity/roles.ts';
import type { Reader } from '../../store/collection.ts';
import { bsonSize } from '../../store/size.ts';
import { byCollection } from '../resources/collections.ts';
import type { Grant, GrantLevel } from '../resources/resource.ts';
import type { Visibility } from '../resources/types.ts';
import { type AccessFields, isLower } from './decide.ts';

/** The most grants on a resource. */
export const MAX_GRANTS = 10_000;

/** The grants that hold at this instant. */
export const holdingGrants = <G extends Grant>(grants: readonly G[], at: Date): G[] =>
  grants.filter((grant) => holds(grant, at));

/**
 * The grants without those of these principals, and with the given ones.
 *
 * @param grants all grants on a resource, or those of these principals
 */
export function withGrants(
  grants: readonly Grant[],
  principals: readonly string[],
  given: readonly Grant[],
): readonly Grant[] {
  const set = new Set(principals);
  return [...grants.filter((g) => !set.has(g.principal)), ...given];
}

/** What bounds the grants that somebody gives on a resource. */
export interface Bound {
  /** When their own right to share it ends; undefined for one that lasts. */
  readonly end: Date | undefined;
  /** The resource, for messages. */
  readonly what: string;
}

/**
 * The grant as somebody may give it whose own right ends: it ends then too, unless it already was there and lasts longer.
 * So nobody gains by it, not even through somebody else.
 *
 * @param held the present grant of the same principal
 * @throws grant_outlasts
 */
export function limitedTo({ end, what }: Bound, wanted: Grant, held: Grant | undefined): Grant {
  const includes = held !== undefined && !isLower(wanted.level, held.level);
  const latest = includes ? laterEnd(end, held.expires) : end;
  if (latest === undefined) return wanted;
  if (wanted.expires === undefined) return { ...wanted, expires: latest };
  if (wanted.expires.getTime() > latest.getTime()) throw refuse('grant_outlasts', what, latest.toISOString());
  return wanted;
}

/** A change of the rights on a resource; what is absent stays. */
export interface AclChange {
  readonly visibility?: Visibility;
  /**
   * `replace`: these replace all grants; `replaceUsers`: they replace those of users; `merge`: they are set and the
   * others stay; `remove`: the grants of these principals are removed.
   */
  readonly mode: 'replace' | 'replaceUsers' | 'merge' | 'remove';
  readonly grants?: readonly Grant[];
  /** The level to set for one of `grants` where its principal holds a level or none; undefined for no grant. */
  readonly levelFor?: LevelFor;
  /** Whoever has a grant of at least the wanted level keeps its expiry: for systems that do not know expiries. */
  readonly keepsEnds?: boolean;
}

/** When rights are changed, and what bounds them. */
export interface Giving extends Bound {
  readonly at: Date;
}

export type LevelFor = (wanted: Grant, held: GrantLevel | undefined) => GrantLevel | undefined;

/** The rights on a resource after the change. Owners get no grant, since they need none. @throws grant_outlasts */
export function withAcl(
  { owners, grants, visibility }: Pick<AccessFields, 'owners' | 'grants' | 'visibility'>,
  change: AclChange,
  giving: Giving,
): { readonly grants: readonly Grant[]; readonly visibility: Visibility } {
  const set = new Map((change.grants ?? []).map((grant) => [grant.principal, grant]));
  for (const owner of owners) set.delete(owner);
  const others = grants.filter((g) => !set.has(g.principal));
  const wanted = change.mode === 'remove' ? [] : settled([...set.values()], grants, { ...change, ...giving });
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
  { levelFor, keepsEnds, at, ...bound }: Pick<AclChange, 'levelFor' | 'keepsEnds'> & Giving,
): readonly Grant[] {
  const holding = new Map(holdingGrants(present, at).map((g) => [g.principal, g]));
  return wanted.flatMap((grant) => {
    const held = holding.get(grant.principal);
    const level = levelFor === undefined ? grant.level : levelFor(grant, held?.level);
    if (level === undefined) return [];
    const kept = keepsEnds && held !== undefined && !isLower(level, held.level) ? held.expires : undefined;
    return [limitedTo(bound, { ...grant, level, ...defined({ expires: grant.expires ?? kept }) }, held)];
  });
}

/** The bytes of BSON that the grants of a change take in its audit record, for a resource that has none of them yet. */
export function bytesOfGrants({ grants = [] }: AclChange): number {
  return grants.reduce((sum, after) => sum + bsonSize({ path: `grants[${after.principal}]`, after }), 0);
}

/** @throws grants_full when the resource has no room for this many more grants */
export function assertRoom(reader: Reader, id: string, added: number): Promise<void> {
  return assertRoomEach(reader, [{ id, added }]);
}

/** As {@link assertRoom} for many resources, in one query. @throws grants_full */
export async function assertRoomEach(reader: Reader, each: readonly MoreGrants[]): Promise<void> {
  if ((await withoutRoom(reader, each)).size > 0) throw refuse('grants_full', MAX_GRANTS);
}

export interface MoreGrants {
  /** Of the resource. */
  readonly id: string;
  /** How many grants are added. */
  readonly added: number;
}

/** The ids of the resources without room for the added grants. */
export async function withoutRoom(reader: Reader, each: readonly MoreGrants[]): Promise<ReadonlySet<string>> {
  const full = new Set<string>();
  for (const { id, added } of each) if (added > MAX_GRANTS) full.add(id);
  const others = each.filter(({ id }) => !full.has(id));
  for (const [from, some] of byCollection(others, ({ id }) => id)) {
    const filter = [...new Set(some.map(({ added }) => added))].map((added) => ({
      _id: { $in: some.filter((more) => more.added === added).map(({ id }) => id) },
      // The list has an item at this position only if it would become too long, so that short lists are not read.
      [`grants.${MAX_GRANTS - added}`]: { $exists: true },
    }));
    for (const { _id } of await reader.parts(from, { $or: filter }, { fields: [] })) full.add(_id);
  }
  return full;
}

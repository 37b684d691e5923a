import { holdingAt } from '../../base/expiry.ts';
import type { Authority } from '../../identity/authority.ts';
import { idsOf, isUser } from '../../identity/genuineAuthority.ts';
import type { Filter } from '../../store/collection.ts';
import type { GrantLevel } from '../resources/resource.ts';
import { grantLevelsFrom } from './decide.ts';

const OPEN = { visibility: 'public' } as const;

interface Reach {
  /** The lowest level that counts. */
  readonly least: GrantLevel | 'none';
  /** Whether resources count that everybody can read. */
  readonly everybodyToo: boolean;
}

/**
 * The filter for resources on which somebody has at least this level, as {@link decide} decides; undefined if there can
 * be none.
 *
 * @param within further conditions; they are in every branch, so that each branch uses an index of its own
 */
export function accessFilter(authority: Authority, reach: Reach, within: readonly Filter[]): Filter | undefined {
  const ways = accessFilters(authority, reach, within);
  return ways.length === 0 ? undefined : { $or: ways };
}

/**
 * The same as one filter for each way to have the level; a resource may match several. For pages of lists: with one
 * `$or` the database would sort all matches in memory.
 */
export function accessFilters(
  authority: Authority,
  { least, everybodyToo }: Reach,
  within: readonly Filter[],
): Filter[] {
  const levels = grantLevelsFrom(least);
  const ways: Filter[] = [];
  if (isUser(authority)) {
    const ids = oneOf(idsOf(authority));
    ways.push(
      { owners: ids },
      {
        grants: { $elemMatch: { principal: ids, level: { $in: levels }, ...holdingAt(authority.at) } },
      },
    );
    // Friends can only read.
    if (levels.includes('read') && authority.friends.length > 0) {
      ways.push({ visibility: 'friendly', owners: oneOf(authority.friends) });
    }
  }
  if (everybodyToo && levels.includes('read')) ways.push(OPEN);
  return ways.map((way) => ({ $and: [way, ...within] }));
}

/** The same for what everybody can read; undefined if more than reading is asked for. */
export function openToAll(least: GrantLevel | 'none', within: readonly Filter[]): Filter | undefined {
  return grantLevelsFrom(least).includes('read') ? { $and: [OPEN, ...within] } : undefined;
}

const oneOf = (ids: readonly string[]) => (ids.length === 1 ? { $eq: ids[0] } : { $in: [...ids] });

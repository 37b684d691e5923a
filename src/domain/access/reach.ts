import type { Authority } from '../../identity/authority.ts';
import { idsOf, isUser } from '../../identity/genuineAuthority.ts';
import type { Filter } from '../../store/collection.ts';
import type { GrantLevel } from '../resources/resource.ts';
import { grantLevelsFrom } from './decide.ts';

const OPEN = { visibility: 'public' } as const;

/**
 * The resources on which somebody has at least this level: as owner, by a grant or, where `everybodyToo`, like everybody.
 * For lists: what {@link decide} says of one resource, as a filter. Undefined where there can be none.
 *
 * @param within what else they must match; it stands in every branch, so that each takes the index of its own
 */
export function reached(
  authority: Authority,
  least: GrantLevel | 'none',
  everybodyToo: boolean,
  within: readonly Filter[],
): Filter | undefined {
  const ways = waysTo(authority, least, everybodyToo, within);
  return ways.length === 0 ? undefined : { $or: ways };
}

/**
 * The same as a filter of each way by itself, of which a resource may match several: for pages of lists, since the server
 * sorts all that matches one of them in memory.
 */
export function waysTo(
  authority: Authority,
  least: GrantLevel | 'none',
  everybodyToo: boolean,
  within: readonly Filter[],
): Filter[] {
  const levels = grantLevelsFrom(least);
  const ways: Filter[] = [];
  if (isUser(authority)) {
    const ids = oneOf(idsOf(authority));
    ways.push({ owners: ids }, { grants: { $elemMatch: { principal: ids, level: { $in: levels } } } });
    // Friends, like everybody, can read at most: who asks for more gets only what it has of its own.
    if (levels.includes('read') && authority.friends.length > 0) {
      ways.push({ visibility: 'friendly', owners: oneOf(authority.friends) });
    }
  }
  if (everybodyToo && levels.includes('read')) ways.push(OPEN);
  return ways.map((way) => ({ $and: [way, ...within] }));
}

/** The same of everybody: what is open to all, where no more than reading is asked for. */
export function openToAll(least: GrantLevel | 'none', within: readonly Filter[]): Filter | undefined {
  return grantLevelsFrom(least).includes('read') ? { $and: [OPEN, ...within] } : undefined;
}

const oneOf = (ids: readonly string[]) => (ids.length === 1 ? { $eq: ids[0] } : { $in: [...ids] });

import type { GrantLevel } from '../resources/resource.ts';
import type { Filter } from '../store/collection.ts';
import type { ActingAs } from './actingAs.ts';
import { grantLevelsFrom } from './decide.ts';

/**
 * The resources on which somebody has at least this level: as owner, by a grant or, where `everybodyToo`, like everybody.
 * For lists: what {@link decide} says of one resource, as a filter. Undefined where there can be none.
 */
export function reached(who: ActingAs, least: GrantLevel | 'none', everybodyToo: boolean): Filter | undefined {
  const levels = grantLevelsFrom(least);
  const ways: Filter[] = [];
  if (who.as === 'user') {
    const id = { $eq: who.principal._id };
    ways.push({ owners: id }, { grants: { $elemMatch: { principal: id, level: { $in: levels } } } });
  }
  // Everybody can read at most: who asks for more gets only what it has of its own.
  if (everybodyToo && levels.includes('read')) ways.push({ visibility: 'public' });
  return ways.length === 0 ? undefined : { $or: ways };
}

import { earlierEnd, holds, laterEnd } from '../../base/expiry.ts';
import type { Authority, UserAuthority } from '../../identity/authority.ts';
import { hasAllRights, isUser } from '../../identity/genuineAuthority.ts';
import type { GrantLevel, Resource } from '../resources/resource.ts';
import { rulesOf } from '../resources/types.ts';

/** Each level includes those before it. */
export type Level = 'none' | GrantLevel | 'owner';

/** Actions on a resource, and the lowest level that allows each. */
const NEEDED = {
  read: 'read',
  write: 'write',
  seeGrants: 'write',
  share: 'admin',
  publish: 'admin',
  describe: 'admin',
  lock: 'admin',
  rename: 'owner',
  delete: 'owner',
} as const satisfies Record<string, Level>;

export type Action = keyof typeof NEEDED;

/** The fields that decide on access; for types without rights of their own, those of the parent. */
export type AccessFields = Pick<Resource, 'type' | 'owners' | 'grants' | 'visibility'>;

export const accessFields = ['type', 'owners', 'grants', 'visibility'] as const;

/** Where a level comes from; a role is given by its id. */
export type AccessReason = 'admin' | 'owner' | 'grant' | `role:${string}` | 'friend' | 'public' | 'nothing';

export interface Decision {
  readonly allowed: boolean;
  /** The highest level of the caller. */
  readonly level: Level;
  readonly reason: AccessReason;
  /** Set if the level is enough, but the resource has other owners too. */
  readonly shared?: true;
}

const ORDER: readonly Level[] = ['none', 'read', 'write', 'admin', 'owner'];

const covers = (level: Level, needed: Level) => ORDER.indexOf(level) >= ORDER.indexOf(needed);

/** Whether somebody may do something with a resource, and why. Nobody else compares levels. */
export function decide(authority: Authority, action: Action, resource: AccessFields): Decision {
  const [level, reason] = standing(authority, resource);
  const enough = covers(level, needed(action, resource));
  if (enough && sharesDeletion(authority, action, resource)) return { allowed: false, level, reason, shared: true };
  return { allowed: enough, level, reason };
}

/** Whether the level is the user's own, not everybody's or that of an administrator. */
export function isOwn({ reason }: Decision): boolean {
  return reason !== 'admin' && reason !== 'public' && reason !== 'nothing';
}

/**
 * When a right of the caller ends that is allowed now: with the last of their grants and memberships that give it.
 * Undefined for one that lasts.
 */
export function endOf(authority: Authority, action: Action, resource: AccessFields): Date | undefined {
  return endOfLevel(authority, needed(action, resource), resource);
}

/** The same for a level, if they have it by themselves or through a role. */
export function endOfLevel(
  authority: Authority,
  level: Level,
  { owners, grants }: Pick<AccessFields, 'owners' | 'grants'>,
): Date | undefined {
  if (!isUser(authority)) return undefined;
  const { principal, roles, ends, at } = authority;
  if (owners.includes(principal._id)) return undefined;
  const owning = roles.filter((role) => owners.includes(role)).map((role) => ends?.get(role));
  const granted = grants
    .filter((grant) => holds(grant, at) && covers(grant.level, level))
    .filter(({ principal: id }) => id === principal._id || roles.includes(id))
    .map(({ principal: id, expires }) => earlierEnd(expires, ends?.get(id)));
  const [first, ...others] = [...owning, ...granted];
  return others.reduce(laterEnd, first);
}

/** Whether `wanted` is a lower level than `present`. */
export function isLower(present: Level, wanted: Level): boolean {
  return !covers(wanted, present);
}

/** The levels of grants from this one on; every grant is at least `read`. */
export function grantLevelsFrom(level: GrantLevel | 'none'): GrantLevel[] {
  return (['read', 'write', 'admin'] as const).filter((granted) => covers(granted, level));
}

function needed(action: Action, { type }: AccessFields): Level {
  const { deletedBy, grantsSeenBy } = rulesOf(type);
  if (action === 'delete' && deletedBy === 'writer') return 'write';
  if (action === 'seeGrants' && grantsSeenBy === 'sharer') return NEEDED.share;
  return NEEDED[action];
}

/** Nobody deletes alone what several own. */
function sharesDeletion(authority: Authority, action: Action, { type, owners }: AccessFields): boolean {
  return (
    action === 'delete' && !hasAllRights(authority) && rulesOf(type).deletedBy === 'soleOwner' && owners.length > 1
  );
}

function standing(authority: Authority, resource: AccessFields): [Level, AccessReason] {
  if (hasAllRights(authority)) return ['owner', 'admin'];
  const given = isUser(authority) ? ownStanding(authority, resource) : undefined;
  if (given !== undefined) return given;
  return resource.visibility === 'public' ? ['read', 'public'] : ['none', 'nothing'];
}

/** The highest level that users have by themselves or through a role, or else as a friend of an owner. */
function ownStanding(
  { principal, roles, friends, at }: UserAuthority,
  { owners, grants, visibility }: AccessFields,
): [Level, AccessReason] | undefined {
  if (owners.includes(principal._id)) return ['owner', 'owner'];
  const owning = roles.find((role) => owners.includes(role));
  if (owning !== undefined) return ['owner', `role:${owning}`];
  let best: [Level, AccessReason] | undefined;
  for (const grant of grants) {
    const { principal: id, level } = grant;
    if (!holds(grant, at)) continue;
    const own = id === principal._id;
    if (!own && !roles.includes(id)) continue;
    const more = best === undefined || isLower(level, best[0]) || (own && !isLower(best[0], level));
    if (more) best = [level, own ? 'grant' : `role:${id}`];
  }
  if (best === undefined && visibility === 'friendly' && owners.some((owner) => friends.includes(owner))) {
    return ['read', 'friend'];
  }
  return best;
}

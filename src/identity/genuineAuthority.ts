import type { AllRights, Authority, UserAuthority } from './authority.ts';
import { isMinted } from './mintAuthority.ts';

/*
 * Questions about an authority. Each throws a TypeError for one that the gate did not make, whatever its type.
 */

function assertMinted(who: Authority): void {
  if (!isMinted(who)) throw new TypeError('an authority that the gate did not make');
}

export function hasAllRights(who: Authority): who is AllRights {
  assertMinted(who);
  return who.as === 'admin' || who.as === 'service';
}

export function isUser(who: Authority): who is UserAuthority {
  assertMinted(who);
  return who.as === 'user';
}

/** For operations that need all rights. @throws TypeError where one was declared to run under another authority */
export function assertAllRights(who: Authority): asserts who is AllRights {
  if (!hasAllRights(who)) throw new TypeError('this operation needs all rights, and was called without them');
}

/** For operations that only run as a user. @throws TypeError where one was declared to run under another authority */
export function asUser(who: Authority): UserAuthority {
  if (!isUser(who)) throw new TypeError('this operation runs as a user, and was called without one');
  return who;
}

/** The ids to which a grant reaches this authority: the user's own, and those of their roles. */
export function idsOf(who: Authority): string[] {
  return isUser(who) ? [who.principal._id, ...who.roles] : [];
}

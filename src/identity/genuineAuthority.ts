import type { AllRights, Authority, UserAuthority } from './authority.ts';
import { isMinted } from './mintAuthority.ts';

/*
 * What may be asked of an authority. Each question refuses an authority that the gate did not make.
 */

/**
 * Refuses what the gate did not make, however it came by its type.
 *
 * @throws TypeError
 */
function assertMinted(who: Authority): void {
  if (!isMinted(who)) throw new TypeError('an authority that the gate did not make');
}

/** Whether all rights come with it. */
export function hasAllRights(who: Authority): who is AllRights {
  assertMinted(who);
  return who.as === 'admin' || who.as === 'service';
}

/** Whether it is a user's. */
export function isUser(who: Authority): who is UserAuthority {
  assertMinted(who);
  return who.as === 'user';
}

/**
 * Keeps an operation that is an administrator's to who has all rights.
 *
 * @throws TypeError where it was declared to run under another authority
 */
export function assertAllRights(who: Authority): asserts who is AllRights {
  if (!hasAllRights(who)) throw new TypeError('this is done with all rights, and was called without them');
}

/**
 * The authority of an operation that only runs as a user.
 *
 * @throws TypeError where it was declared to run under another authority
 */
export function asOneUser(who: Authority): UserAuthority {
  if (!isUser(who)) throw new TypeError('this is done as a user, and was called without one');
  return who;
}

/** Under whose id something may be given to who acts: their own, and those of their roles. */
export function idsOf(who: Authority): string[] {
  return isUser(who) ? [who.principal._id, ...who.roles] : [];
}

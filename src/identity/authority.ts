import type { RolesAndFriends } from './people.ts';
import type { Principal } from './principal.ts';

/**
 * Makes the types nominal: the compiler does not take an object of the same shape for an authority. No value has it.
 */
declare const minted: unique symbol;

interface Mark {
  readonly [minted]: true;
  /** The instant of the call or transaction: what has expired by then gives nothing. */
  readonly at: Date;
}

/** A user, with the rights that they have themselves and through their roles and friends. */
export interface UserAuthority extends RolesAndFriends, Mark {
  readonly as: 'user';
  readonly principal: Principal;
}

/** An administrator whom the gate let through: all rights. */
export interface AdminAuthority extends Mark {
  readonly as: 'admin';
}

/** The service itself, for what its configuration has it do without a caller: all rights. */
export interface ServiceAuthority extends Mark {
  readonly as: 'service';
}

export type AllRights = AdminAuthority | ServiceAuthority;

/** An unidentified caller: the rights that everybody has. */
export interface AnonymousAuthority extends Mark {
  readonly as: 'anonymous';
}

/**
 * Under which right something is done: as a user, with that user's rights only; with all rights; or anonymously. Only
 * the gate makes one (`identity/mintAuthority.ts`), for one call. All other code passes it on, and reads it through
 * `identity/genuineAuthority.ts`.
 */
export type Authority = UserAuthority | AllRights | AnonymousAuthority;

import type { Circle } from './people.ts';
import type { Principal } from './principal.ts';

/** No value has it: it keeps an object of the same shape from passing for an authority when the code is compiled. */
declare const minted: unique symbol;

interface Mark {
  readonly [minted]: true;
}

/** A user, with what they have themselves and by their roles and friends. */
export interface UserAuthority extends Circle, Mark {
  readonly as: 'user';
  readonly principal: Principal;
}

/** An administrator whom the gate let through: all rights. */
export interface AdminAuthority extends Mark {
  readonly as: 'admin';
}

/** The service itself, where its configuration has it do something for nobody: all rights. */
export interface ServiceAuthority extends Mark {
  readonly as: 'service';
}

/** What may do everything. */
export type AllRights = AdminAuthority | ServiceAuthority;

/** Nobody known: the rights that everybody has. */
export interface AnonymousAuthority extends Mark {
  readonly as: 'anonymous';
}

/**
 * Under what something is done: as a user, with that user's rights and no others; with all rights; or as nobody known.
 * Only the gate makes one (`identity/mintAuthority.ts`), for one call; everybody else takes it and hands it on,
 * and asks about it with `identity/genuineAuthority.ts`.
 */
export type Authority = UserAuthority | AllRights | AnonymousAuthority;

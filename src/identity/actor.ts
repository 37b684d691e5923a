import type { Principal } from './principal.ts';
import type { Rank } from './rank.ts';
import type { AdminRules } from './roster.ts';

export interface Actor {
  readonly principal: Principal;
  readonly rank: Rank;
  /** The service that acts for the principal, if any. */
  readonly delegate?: Principal;
  /** The roles in the principal's token and in the service's part of it, as far as the gate knows them. */
  readonly tokenRoles?: readonly string[];
  readonly serviceRoles?: readonly string[];
}

/** An administrator at work, and the rules that say who is an administrator. */
export interface Administering {
  readonly rules: AdminRules;
  readonly actor: Actor;
}

/** Whether the actor is the target, and not a service that acts for them. */
export function isSelf({ principal, rank }: Actor, target: Principal): boolean {
  return principal._id === target._id && rank.through === undefined;
}

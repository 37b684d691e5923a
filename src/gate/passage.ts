import type { Principal } from '../identity/principal.ts';
import type { Rank } from '../identity/rank.ts';
import type { Known } from '../identity/rightsCache.ts';
import type { SignedIn } from '../identity/signIn.ts';
import type { Identity } from '../identity/token.ts';
import type { Command } from '../operations/operation.ts';
import type { CommandObject } from './decode.ts';
import type { Identified, Origin } from './door.ts';
import type { Options } from './options.ts';

/** An identified caller. */
export interface Caller extends Identified, SignedIn {}

/**
 * One call on its way through the gate. Each step adds what it found out; the record of a refused call holds what is
 * known by then.
 */
export interface Passage {
  /** Who calls, under the roster that is known. */
  caller: Caller;
  readonly origin: Origin;
  /** The parameter of `administer`, as it came. */
  readonly object: unknown;
  /** Step 2, where they decide the rank. */
  roles: readonly string[];
  /** Step 2; taken again inside a write's transaction, and for a read where it took long. */
  rank: Rank;
  known: Known;
  /** Step 3. */
  decoded?: CommandObject;
  command?: Command;
  /** Step 5. Until it is set, records hold nothing that was sent in readable form. */
  validated?: Validated;
  /** Step 6. */
  rule?: string;
  /** Step 9: the service that was asked to carry it out. */
  sentTo?: string;
}

/** The validated subject, parameters and options. */
export interface Validated {
  readonly params: unknown;
  readonly options: Options;
  readonly subject: Principal | undefined;
  /** The roster's epoch under which the subject was found. */
  readonly epoch?: number;
  /** Set when the subject is known to the issuer of the caller's token alone, and not stored here before step 9. */
  readonly newcomer?: Identity;
}

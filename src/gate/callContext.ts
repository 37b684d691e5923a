import type { Named } from '../audit/record.ts';
import type { ApprovalRequest } from '../domain/approvals/request.ts';
import type { Principal } from '../identity/principal.ts';
import type { Rank } from '../identity/rank.ts';
import type { Known } from '../identity/rightsCache.ts';
import type { BrokenGlass } from '../identity/roster.ts';
import type { SignedIn } from '../identity/signIn.ts';
import type { Identity } from '../identity/token.ts';
import type { Command } from '../operations/operation.ts';
import type { NamedDocuments } from '../store/witness.ts';
import type { CommandObject } from './decode.ts';
import type { Identified, Origin } from './door.ts';
import type { Options } from './options.ts';
import type { Requirements } from './policy/requirements.ts';

/** An identified caller. */
export interface Caller extends Identified, SignedIn {}

/** A call in the gate. Each step adds what it found; the record of a refused call contains what is known by then. */
export interface CallContext {
  /** The caller under the known roster. */
  caller: Caller;
  readonly origin: Origin;
  /** The parameter of `administer` as it was sent. */
  readonly object: unknown;
  /** Step 2, if the rank depends on them. */
  roles: readonly string[];
  /** Step 2, and again inside a write's transaction or after a long read. */
  rank: Rank;
  known: Known;
  /** Step 3. */
  decoded?: CommandObject;
  command?: Command;
  /** Step 5. Records of calls that were refused earlier contain only digests of what was sent. */
  validated?: Validated;
  /** Step 6. */
  rule?: string;
  /** The digest of the policy file. */
  policy?: string;
  requirements: Requirements;
  /** Step 9: the documents that the call named. */
  readonly named: NamedDocuments;
  /** Step 6, if the caller has broken the glass: nothing is required of them. */
  glass?: BrokenGlass | undefined;
  /** Step 8, if a use of the caller's ticket was spent on this call already. */
  hasUsedTicket?: true;
  /** Step 8: the approved request under which it runs. */
  approved?: Approved | undefined;
  /** Step 9: the service that was asked to carry it out. */
  sentTo?: string;
}

/** An approved request, and the approvers whose approvals count. */
export interface Approved {
  readonly request: ApprovalRequest;
  readonly approvers: readonly Named[];
}

/** The validated subject, parameters and options. */
export interface Validated {
  readonly params: unknown;
  readonly options: Options;
  readonly subject: Principal | undefined;
  /** The roster's epoch under which the subject was found. */
  readonly epoch?: number;
  /** Set when only the issuer of the caller's token knows the subject, who is then registered in step 9. */
  readonly newcomer?: Identity;
}

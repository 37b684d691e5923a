import type { OpenRpcDocument } from '../base/schemas/generated.ts';
import type { Actor } from '../identity/actor.ts';
import type { AdminAuthority, Authority, UserAuthority } from '../identity/authority.ts';
import type { Holder } from '../identity/holder.ts';
import type { Principal } from '../identity/principal.ts';
import type { Rank } from '../identity/rank.ts';
import type { SentCode } from '../identity/secondFactor.ts';
import type { Initiator } from '../jobs/job.ts';
import type { Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Privileges } from './privileges.ts';

/** What an operation gets in each of its forms. */
export interface ReadCall {
  readonly reader: Reader;
  readonly authority: Authority;
  /** The user acted as, or else the caller. Undefined for an anonymous caller of a method. */
  readonly principal: Principal | undefined;
  readonly now: Date;
  readonly requestId: string;
}

/** What a write gets. Its reader is the transaction, and its caller is never anonymous. */
export interface WriteCall extends ReadCall {
  readonly tx: Transaction;
  readonly principal: Principal;
}

/** What `prepare` gets. */
export interface PrepareCall extends ReadCall {
  readonly principal: Principal;
  /** In a dry run, nothing may be stored. */
  readonly dryRun: boolean;
}

/** What `prepare` gets in a command. */
export interface CommandPrepareCall extends PrepareCall {
  readonly holder: Holder;
}

/** What an operation gets as a command. */
export interface CommandCall extends ReadCall {
  readonly principal: Principal;
  readonly actor: Actor;
  /** The actor, with the credential of the call. */
  readonly holder: Holder;
  /** The key `user` of the command object, if it is a target. */
  readonly user: string | null | undefined;
  readonly privileges: Privileges;
  /** The actor's own authority, as an ordinary user. */
  readonly ownAuthority: () => Promise<UserAuthority>;
}

export interface CommandWriteCall extends CommandCall, WriteCall {
  readonly principal: Principal;
  /** The initiator of a job, which goes on after the call. */
  readonly initiator: Initiator;
  /** Whether this is a dry run or has a plan, so that it must plan what a job would do later. */
  readonly planned: boolean;
}

/** What an operation gets as a method. */
export interface MethodCall extends ReadCall {
  /** The caller's admin rank; `none` for an anonymous one. It may take a call to another service. */
  readonly rank: () => Promise<Rank>;
  /** Whether the caller may run any command of `administer`. As `rank`, it may take a call to another service. */
  readonly mayAdminister: () => Promise<boolean>;
  /** The service that acts for the caller, if any. */
  readonly delegate: Principal | undefined;
  /** When the caller's token expires, as far as its source says. */
  readonly tokenExpiresAt: Date | undefined;
  /** The code of an authenticator app that came with the caller's password, which is not used up yet. */
  readonly sentCode: SentCode;
  /** What the caller may call here. */
  readonly discover: () => Promise<OpenRpcDocument>;
  /** Checks the caller's credential again. @throws as step 1 */
  readonly confirm: () => Promise<void>;
  /** A digest of the caller's credential; undefined for an anonymous caller. */
  readonly credential: string | undefined;
  /** The client's address. */
  readonly address: string;
}

export interface MethodWriteCall extends MethodCall, WriteCall {
  readonly principal: Principal;
  readonly authority: UserAuthority;
}

/** What a write gets as a method that only administrators may call. */
export interface AdministratorCall extends MethodCall, WriteCall {
  readonly principal: Principal;
  readonly authority: AdminAuthority;
}

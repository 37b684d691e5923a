import type { Authority, UserAuthority } from '../access/authority.ts';
import type { AuditTrail } from '../audit/trail.ts';
import type { AdminNames } from '../identity/adminNames.ts';
import type { Actor } from '../identity/admins.ts';
import type { People } from '../identity/people.ts';
import type { Principal } from '../identity/principal.ts';
import type { Rank } from '../identity/rank.ts';
import type { AdminRules, AdminScope } from '../identity/roster.ts';
import type { StaffTokens } from '../identity/staffTokens.ts';
import type { Initiator } from '../jobs/job.ts';
import type { JsonText } from '../json/jsonText.ts';
import type { StorableTypes } from '../modules/storableTypes.ts';
import type { Contents } from '../objects/content.ts';
import type { SchemaHandle } from '../schemas/handle.ts';
import type { Spool } from '../spool/spool.ts';
import type { Reader } from '../store/collection.ts';
import type { Files } from '../store/files.ts';
import type { LaneName } from '../store/transact.ts';
import type { Transaction } from '../store/transaction.ts';

/**
 * What the key `user` of the command object means. `ignored`: nothing, and nobody looks at it. `target`: the user that
 * the command is about; the room checks it. `subject`: the user acted as, who must be given. `optionalSubject`: the user
 * acted as, or, when absent, the administrator itself with all rights.
 */
export type UserMeaning = 'ignored' | 'target' | 'subject' | 'optionalSubject';

/** What handlers need beside the database: put together once, at start-up. */
export interface Rooms {
  readonly rules: AdminRules;
  readonly adminNames: AdminNames;
  readonly people: People;
  /** What objects are checked against. */
  readonly types: StorableTypes;
  /** Where the data of objects is put before it is committed. */
  readonly contents: Contents;
  /** Where data goes that is too long for memory while it is prepared. */
  readonly spool: Spool;
  readonly trail: AuditTrail;
  /** Where contents are that are too large for a document. */
  readonly files: Files;
  readonly staffTokens: StaffTokens;
  /** The issuer of the tokens that are accepted here. */
  readonly issuer: string;
  readonly typeDelegationTarget: string | undefined;
  /** Every command by its name. */
  readonly commands: ReadonlyMap<string, Command>;
  /** Whether the gate would let this rank run the command at all. */
  readonly mayRun: (rank: Rank, command: Command) => boolean;
}

/** What every handler gets. */
export interface ReadContext {
  readonly rooms: Rooms;
  readonly reader: Reader;
  readonly actor: Actor;
  /** The key `user` where it is a target. */
  readonly user: string | null | undefined;
  /** The user acted as, where the command acts as one. */
  readonly subject: Principal | undefined;
  /** Under which it is done: the subject's where there is one, else the administrator's. */
  readonly authority: Authority;
  /** The actor's own, as an ordinary user. */
  readonly ownAuthority: () => Promise<UserAuthority>;
  readonly now: Date;
}

/** What a handler that writes gets besides: its reader is the transaction. */
export interface WriteContext extends ReadContext {
  readonly tx: Transaction;
  /** Who has it done: for a job, which goes on after the call. */
  readonly initiator: Initiator;
  /** Whether this is a dry run, or must keep to a plan: what follows later must be foreseen. */
  readonly planned: boolean;
}

/** What a handler gets that prepares a write. */
export interface PrepareContext extends ReadContext {
  /** Then nothing may be stored. */
  readonly dryRun: boolean;
}

/** A call as help and documentation show it; valid by the command's own schema. */
export interface Example<P> {
  readonly title: string;
  readonly user?: string;
  readonly params?: P;
}

interface Declaration<P, R> {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  readonly user: UserMeaning;
  /** Which error wins when both the subject and the parameters are wrong. */
  readonly order: 'userFirst' | 'paramsFirst';
  /**
   * What happens to parameters. `closed`: the schema decides. `extension`: KBase ignores them; keys of our own, and what
   * may be one misspelt, are validated when at least one is there. `ignored`: KBase ignores them. The others are read as KBase reads its class
   * of the name `className`, with its coercions: unknown keys are unexpected arguments (`struct`), break the reading
   * (`strict`), or are ignored (`tolerant`). `module`: they are the key `module` of the command object.
   */
  readonly takes: 'ignored' | 'closed' | 'extension' | 'struct' | 'strict' | 'tolerant' | 'module';
  /** The name of the parameters' class in KBase's messages. */
  readonly className?: string;
  /** Every administrator may run it, whatever its limits: it shows nothing but the caller's own rights. */
  readonly open?: true;
  /** It is about modules of types: where another service has them (`type-delegation-target`), that service runs it. */
  readonly delegated?: true;
  /** The system it belongs to, whose own administrators run it too. */
  readonly scope?: AdminScope;
  /** The holder of the secret key runs it. */
  readonly bootstrap?: true;
  readonly params: SchemaHandle<P>;
  readonly result: SchemaHandle<R>;
  readonly examples: readonly Example<P>[];
}

export interface ReadCommand<P, R> extends Declaration<P, R> {
  readonly effect: 'read';
  /** The result, or its JSON where that holds what callers stored. */
  readonly run: (ctx: ReadContext, params: P) => Promise<R | JsonText>;
}

export interface WriteCommand<P, R, Q = P> extends Declaration<P, R> {
  readonly effect: 'write';
  /**
   * What takes long and needs no transaction: checks, and putting data where only a commit makes it known. It runs once,
   * before the transaction, and `run` gets what it returns in place of the parameters.
   */
  readonly prepare?: (ctx: PrepareContext, params: P) => Promise<Q>;
  /**
   * With which other calls it shares transactions; it may depend on what it will do. When absent, with those that name
   * the same document; `none` where it only reads what it names, so that nobody who changes it waits for a long call.
   */
  readonly lane?: 'none' | LaneName | ((params: Q) => LaneName | undefined);
  readonly run: (ctx: WriteContext, params: Q) => Promise<R>;
}

type Erased<C> = Omit<C, 'params' | 'examples'> & {
  readonly params: SchemaHandle<unknown>;
  readonly examples: readonly Example<unknown>[];
};

/** A command as the gate sees it; parameters were validated against `params` before `run` gets them. */
export type Command =
  | Erased<ReadCommand<never, unknown>>
  | (Erased<Omit<WriteCommand<never, unknown, never>, 'prepare'>> & {
      readonly prepare?: (ctx: PrepareContext, params: never) => Promise<unknown>;
    });

/** Declares a command. Only `gate/` may call `run`. */
export function command<P, R>(declaration: ReadCommand<P, R>): ReadCommand<P, R>;
export function command<P, R, Q = P>(declaration: WriteCommand<P, R, Q>): WriteCommand<P, R, Q>;
export function command<C>(declaration: C): C {
  return declaration;
}

/** The user acted as, in a command that acts as one: the gate lets none through without. */
export function required(subject: Principal | undefined): Principal {
  if (subject === undefined) throw new Error('a command that acts as a user ran without one');
  return subject;
}

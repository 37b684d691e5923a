import type { AdminAuthority, AnonymousAuthority, UserAuthority } from '../access/authority.ts';
import type { People } from '../identity/people.ts';
import type { Principal } from '../identity/principal.ts';
import type { Rank } from '../identity/rank.ts';
import type { StaffTokens } from '../identity/staffTokens.ts';
import type { StorableTypes } from '../modules/storableTypes.ts';
import type { Contents } from '../objects/content.ts';
import type { OpenRpcDocument } from '../schemas/generated.ts';
import type { SchemaHandle } from '../schemas/handle.ts';
import type { Spool } from '../spool/spool.ts';
import type { Database } from '../store/database.ts';
import type { LaneName } from '../store/transact.ts';
import type { Transaction } from '../store/transaction.ts';

/** What an ordinary method gets. */
export interface MethodContext {
  readonly database: Database;
  readonly service: ServiceInfo;
  readonly people: People;
  /** What objects are checked against. */
  readonly types: StorableTypes;
  /** Where the data of objects is put before it is committed. */
  readonly contents: Contents;
  /** Where data goes that is too long for memory while it is prepared. */
  readonly spool: Spool;
  readonly staffTokens: StaffTokens;
  readonly now: () => Date;
  /** Undefined for an anonymous caller. */
  readonly caller: Principal | undefined;
  /** Under which it is done: the caller's own, or where there is none, that of anybody. */
  readonly authority: UserAuthority | AnonymousAuthority;
  /** The caller's admin rank; `none` for an anonymous one. Asked for alone where a method needs it: it may cost a call. */
  readonly rank: () => Promise<Rank>;
  /** What the caller may call here. */
  readonly discover: () => Promise<OpenRpcDocument>;
  /** The authority of the bearer of a token that came as a parameter. */
  readonly bearerOf: (token: string) => Promise<UserAuthority>;
  /** Has what the caller presented checked again. @throws as step 1 */
  readonly confirm: () => Promise<void>;
  /** A module as another workspace service shows it to anybody. @throws spec_source_unlisted, spec_unreachable */
  readonly moduleElsewhere: (url: string, module: string, version?: number) => Promise<ModuleElsewhere>;
}

/** What is had of a module that is at another service: nothing of it was looked at yet. */
export interface ModuleElsewhere {
  readonly spec: string;
  /** The names of its types. */
  readonly types: readonly string[];
}

/** What is known before a write begins. */
export interface KnownContext extends MethodContext {
  readonly caller: Principal;
  readonly authority: UserAuthority;
}

/** What a method that writes gets besides. Its caller is known: only a method that requires a token may write. */
export interface WriteMethodContext extends KnownContext {
  readonly tx: Transaction;
  /** The administrator's authority, where the caller is a full administrator. @throws full_rights_required */
  readonly administrator: () => Promise<AdminAuthority>;
}

export interface ServiceInfo {
  readonly version: string;
}

interface Declaration<P> {
  /** Full name, `Workspace.ver`; `rpc.` is JSON-RPC's own. */
  readonly name: string;
  readonly summary: string;
  /** False for KBase's void methods. */
  readonly returnsValue: boolean;
  /**
   * The one parameter, where the method takes one; read as KBase reads its class of the name `className`, or where there
   * is none, as the schema has it.
   */
  readonly params?: SchemaHandle<P>;
  readonly className?: string;
  readonly result: SchemaHandle<unknown>;
  /** The keys of the one parameter that are sent as parameters of their own, in this order. */
  readonly positional?: readonly string[];
  /** KBase keeps it for old clients; what to use instead. */
  readonly deprecated?: string;
  /** A service may call it for whomever it acts for, whatever its limits: it shows nothing but the caller's own rights. */
  readonly open?: true;
  /** It is about modules of types: where another service has them (`type-delegation-target`), that service runs it. */
  readonly delegated?: true;
  /** The key of its parameter that may hold a token: then its bearer calls, not that of the request's own token. */
  readonly tokenParam?: string;
  /** It has a meaning in the HTTP dialects alone: JSON-RPC does not know it. */
  readonly dialectOnly?: true;
}

export interface ReadMethod<P> extends Declaration<P> {
  readonly effect: 'read';
  readonly auth: 'required' | 'optional' | 'none';
  readonly run: (ctx: MethodContext, params: P) => Promise<unknown>;
}

export interface WriteMethod<P, Q = P> extends Declaration<P> {
  readonly effect: 'write';
  readonly auth: 'required';
  /** With which other calls it shares transactions, as a command's. */
  readonly lane?: 'none' | LaneName | ((params: Q) => LaneName | undefined);
  /** What takes long and needs no transaction, as a command's `prepare`: `run` gets what it returns. */
  readonly prepare?: (ctx: KnownContext, params: P) => Promise<Q>;
  readonly run: (ctx: WriteMethodContext, params: Q) => Promise<unknown>;
}

type Erased<M> = Omit<M, 'params' | 'prepare'> & {
  readonly params?: SchemaHandle<unknown>;
  readonly prepare?: (ctx: KnownContext, params: never) => Promise<unknown>;
};

/** An ordinary method: what anybody may call as oneself. */
export type Method = Erased<ReadMethod<never>> | Erased<WriteMethod<never, never>>;

/** Declares a method. Only `gate/` may call `run`. */
export function method<P>(declaration: ReadMethod<P>): ReadMethod<P>;
export function method<P, Q = P>(declaration: WriteMethod<P, Q>): WriteMethod<P, Q>;
export function method<M>(declaration: M): M {
  return declaration;
}

import type { People } from '../identity/people.ts';
import type { Principal } from '../identity/principal.ts';
import type { Rank } from '../identity/rank.ts';
import type { StaffTokens } from '../identity/staffTokens.ts';
import type { SchemaHandle } from '../schemas/handle.ts';
import type { Database } from '../store/database.ts';
import type { Transaction } from '../store/transaction.ts';

/** What an ordinary method gets. */
export interface MethodContext {
  readonly database: Database;
  readonly service: ServiceInfo;
  readonly people: People;
  readonly staffTokens: StaffTokens;
  readonly now: () => Date;
  /** Undefined for an anonymous caller. */
  readonly caller: Principal | undefined;
  /** The caller's admin rank; `none` for an anonymous one. Asked for alone where a method needs it: it may cost a call. */
  readonly rank: () => Promise<Rank>;
  /** The bearer of a token that came as a parameter. */
  readonly bearerOf: (token: string) => Promise<Principal>;
}

/** What a method that writes gets besides. Its caller is known: only a method that requires a token may write. */
export interface WriteMethodContext extends MethodContext {
  readonly tx: Transaction;
  readonly caller: Principal;
}

export interface ServiceInfo {
  readonly version: string;
}

interface Declaration<P> {
  /** Full name, `Workspace.ver`. */
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
  readonly result?: SchemaHandle<unknown>;
  /** KBase keeps it for old clients; what to use instead. */
  readonly deprecated?: string;
  /** A service may call it for whomever it acts for, whatever its limits: it shows nothing but the caller's own rights. */
  readonly open?: true;
  /** It has a meaning in the HTTP dialects alone: JSON-RPC does not know it. */
  readonly dialectOnly?: true;
}

export interface ReadMethod<P> extends Declaration<P> {
  readonly effect: 'read';
  readonly auth: 'required' | 'optional' | 'none';
  readonly run: (ctx: MethodContext, params: P) => Promise<unknown>;
}

export interface WriteMethod<P> extends Declaration<P> {
  readonly effect: 'write';
  readonly auth: 'required';
  /** As that of a command. */
  readonly lane?: 'roster';
  readonly run: (ctx: WriteMethodContext, params: P) => Promise<unknown>;
}

type Erased<M> = Omit<M, 'params'> & { readonly params?: SchemaHandle<unknown> };

/** An ordinary method: what anybody may call as oneself. */
export type Method = Erased<ReadMethod<never>> | Erased<WriteMethod<never>>;

/** Declares a method. Only `gate/` may call `run`. */
export function method<P>(declaration: ReadMethod<P>): ReadMethod<P>;
export function method<P>(declaration: WriteMethod<P>): WriteMethod<P>;
export function method<M>(declaration: M): M {
  return declaration;
}

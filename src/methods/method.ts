import type { People } from '../identity/people.ts';
import type { Principal } from '../identity/principal.ts';
import type { Rank } from '../identity/rank.ts';
import type { Contents } from '../objects/content.ts';
import type { SchemaHandle } from '../schemas/handle.ts';
import type { Database } from '../store/database.ts';
import type { Transaction } from '../store/transaction.ts';

/** What an ordinary method gets. */
export interface MethodContext {
  readonly database: Database;
  readonly service: ServiceInfo;
  readonly people: People;
  /** Where the data of objects is put before it is committed. */
  readonly contents: Contents;
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

/** What a method that writes gets before its transaction. */
export interface PreparingMethodContext extends MethodContext {
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
  /** The one parameter, where the method takes one; read as KBase reads its class of the name `className`. */
  readonly params?: SchemaHandle<P>;
  readonly className?: string;
  /** The keys of the one parameter that are sent as parameters of their own, in this order. */
  readonly positional?: readonly string[];
  readonly result?: SchemaHandle<unknown>;
  /** KBase keeps it for old clients; what to use instead. */
  readonly deprecated?: string;
  /** A service may call it for whomever it acts for, whatever its limits: it shows nothing but the caller's own rights. */
  readonly open?: true;
}

export interface ReadMethod<P> extends Declaration<P> {
  readonly effect: 'read';
  readonly auth: 'required' | 'optional' | 'none';
  readonly run: (ctx: MethodContext, params: P) => Promise<unknown>;
}

export interface WriteMethod<P, Q = P> extends Declaration<P> {
  readonly effect: 'write';
  readonly auth: 'required';
  /** What takes long and needs no transaction, as a command's `prepare`: `run` gets what it returns. */
  readonly prepare?: (ctx: PreparingMethodContext, params: P) => Promise<Q>;
  readonly run: (ctx: WriteMethodContext, params: Q) => Promise<unknown>;
}

type Erased<M> = Omit<M, 'params'> & { readonly params?: SchemaHandle<unknown> };

/** An ordinary method of the Workspace module: what anybody may call as oneself. */
export type Method =
  | Erased<ReadMethod<never>>
  | (Erased<Omit<WriteMethod<never, never>, 'prepare'>> & {
      readonly prepare?: (ctx: PreparingMethodContext, params: never) => Promise<unknown>;
    });

/** Declares a method. Only `gate/` may call `run`. */
export function method<P>(declaration: ReadMethod<P>): ReadMethod<P>;
export function method<P, Q = P>(declaration: WriteMethod<P, Q>): WriteMethod<P, Q>;
export function method<M>(declaration: M): M {
  return declaration;
}

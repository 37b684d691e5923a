import type { SchemaHandle } from '../base/schemas/handle.ts';
import type { AdminScope } from '../identity/roster.ts';
import type { LaneName } from '../store/transact.ts';

/**
 * What the key `user` of the command object means. `ignored`: nothing, and nobody looks at it. `target`: the user that
 * the command is about; the room checks it. `subject`: the user acted as, who must be given. `optionalSubject`: the user
 * acted as, or, when absent, the administrator itself with all rights.
 */
export type UserMeaning = 'ignored' | 'target' | 'subject' | 'optionalSubject';

/** A call as help and documentation show it; valid by the command's own schema. */
export interface Example<P> {
  readonly title: string;
  readonly user?: string;
  readonly params?: P;
}

/** What holds for an operation in each of its forms. A form may have a summary or a class name of its own. */
export interface Shared {
  /** One sentence. */
  readonly summary: string;
  readonly effect: 'read' | 'write';
  /**
   * The name of KBase's class of the parameters, by which they are read with KBase's coercions and called in KBase's
   * messages. A method without one takes its parameter as the schema has it.
   */
  readonly className?: string;
  /** It is about modules of types: where another service has them (`type-delegation-target`), that service runs it. */
  readonly delegated?: true;
}

/** With which other calls a write shares transactions. */
export type Lane<Q> = 'none' | LaneName | ((params: Q) => LaneName | undefined);

/** An operation as a command of `administer`. */
export interface CommandForm<P, R> {
  readonly name: string;
  readonly user: UserMeaning;
  /** Which error wins when both the subject and the parameters are wrong. */
  readonly order: 'userFirst' | 'paramsFirst';
  /**
   * What happens to parameters. `closed`: the schema decides. `extension`: KBase ignores them; keys of our own, and what
   * may be one misspelt, are validated when at least one is there. `ignored`: KBase ignores them. The others are read as
   * KBase reads its class of the name `className`, with its coercions: unknown keys are unexpected arguments (`struct`),
   * break the reading (`strict`), or are ignored (`tolerant`). `module`: they are the key `module` of the command object.
   */
  readonly takes: 'ignored' | 'closed' | 'extension' | 'struct' | 'strict' | 'tolerant' | 'module';
  /** Every administrator may run it, whatever its limits: it shows nothing but the caller's own rights. */
  readonly open?: true;
  /** The system it belongs to, whose own administrators run it too. */
  readonly scope?: AdminScope;
  /** The holder of the secret key runs it. */
  readonly bootstrap?: true;
  readonly params: SchemaHandle<P>;
  readonly result: SchemaHandle<R>;
  readonly examples: readonly Example<P>[];
}

/** An operation as a method that anybody may call as oneself. */
export interface MethodForm<P> {
  /** Full name, `Workspace.ver`; `rpc.` is JSON-RPC's own. */
  readonly name: string;
  readonly auth: 'required' | 'optional' | 'none';
  /** False for KBase's void methods. */
  readonly returnsValue: boolean;
  /** The one parameter, where the method takes one. */
  readonly params?: SchemaHandle<P>;
  readonly result: SchemaHandle<unknown>;
  /** The keys of the one parameter that are sent as parameters of their own, in this order. */
  readonly positional?: readonly string[];
  /** KBase keeps it for old clients; what to use instead. */
  readonly deprecated?: string;
  /** A service may call it for whomever it acts for, whatever its limits: it shows nothing but the caller's own rights. */
  readonly open?: true;
  /** The key of its parameter that may hold a token: then its bearer calls, not that of the request's own token. */
  readonly tokenParam?: string;
  /**
   * Under whose authority it is done, if not the caller's. For a write: an administrator's; the caller must be one with full
   * rights. For a read: that of the bearer of the token under this key of the parameter, if there is one.
   */
  readonly authority?: 'administrator' | { readonly bearerOf: string };
  /** It has a meaning in the HTTP dialects alone: JSON-RPC does not know it. */
  readonly dialectOnly?: true;
}

/** A command as it is declared, without what it does. */
export type DeclaredCommand = Shared &
  Omit<CommandForm<never, unknown>, 'params' | 'examples'> & {
    readonly params: SchemaHandle<unknown>;
    readonly examples: readonly Example<unknown>[];
  };

/** A method as it is declared, without what it does. */
export type DeclaredMethod = Shared & Omit<MethodForm<never>, 'params'> & { readonly params?: SchemaHandle<unknown> };

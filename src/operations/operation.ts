import type { JsonText } from '../base/json/jsonText.ts';
import type {
  AdministratorCall,
  CommandCall,
  CommandWriteCall,
  MethodCall,
  MethodWriteCall,
  PrepareCall,
  ReadCall,
  WriteCall,
} from './calls.ts';
import type { CommandForm, DeclaredCommand, DeclaredMethod, Lane, MethodForm, Shared } from './declared.ts';
import type { Dependencies, Need } from './dependencies.ts';

type Run<C, N extends Need, P, R> = (call: C & Pick<Dependencies, N>, params: P) => Promise<R>;

/** What `run` must return: the command's result, or its JSON where that holds what callers stored. */
type Result<R> = [R] extends [never] ? unknown : R | JsonText;

/** A form without what it has in common with the operation's other one. */
type Own<F> = F & Partial<Pick<Shared, 'summary' | 'className'>>;

interface Common<N extends Need> extends Omit<Shared, 'summary'> {
  /** Unless each form has one of its own. */
  readonly summary?: string;
  readonly needs?: readonly N[];
}

interface ReadOperation<N extends Need, P, R, M> extends Common<N> {
  readonly effect: 'read';
  readonly command?: Own<CommandForm<P, R>> & { readonly run?: Run<CommandCall, N, P, Result<R>> };
  readonly method?: Own<MethodForm<M>> & {
    readonly authority?: { readonly bearerOf: string };
    readonly run?: Run<MethodCall, N, M, unknown>;
  };
  /** What it does, unless each form has a `run` of its own. */
  readonly run?: Run<ReadCall, N, P | M, Result<R>>;
}

interface WriteOperation<N extends Need, P, R, M, Q> extends Common<N> {
  readonly effect: 'write';
  readonly command?: Own<CommandForm<P, R>> & {
    readonly run?: Run<CommandWriteCall, N, P, Result<R>>;
  };
  readonly method?: Own<MethodForm<M>> &
    (
      | { readonly authority?: never; readonly run?: Run<MethodWriteCall, N, M, unknown> }
      | { readonly authority: 'administrator'; readonly run: Run<AdministratorCall, N, M, unknown> }
    );
  /**
   * What takes long and needs no transaction: checks, and putting data where only a commit makes it known. It is done
   * once, before the transaction, and `run` gets what it returns in place of the parameters.
   */
  readonly prepare?: Run<PrepareCall, N, P | M, Q>;
  /**
   * With which other calls it shares transactions; it may depend on what it will do. When absent, with those that name
   * the same document; `none` where it only reads what it names, so that nobody who changes it waits for a long call.
   */
  readonly lane?: Lane<Q>;
  readonly run?: Run<WriteCall, N, Q, Result<R>>;
}

type Runs<R, W> =
  | { readonly effect: 'read'; readonly run: (call: R & Dependencies, params: never) => Promise<unknown> }
  | {
      readonly effect: 'write';
      readonly prepare?: (call: PrepareCall & Dependencies, params: never) => Promise<unknown>;
      readonly lane?: Lane<never>;
      readonly run: (call: W & Dependencies, params: never) => Promise<unknown>;
    };

/** A command as the gate sees it; parameters were validated against `params` before `run` gets them. */
export type Command = DeclaredCommand & Runs<CommandCall, CommandWriteCall>;

/** A method as the gate sees it. */
export type Method = DeclaredMethod & Runs<MethodCall, MethodWriteCall>;

/** An operation in its forms. */
export interface Operation {
  readonly command?: Command;
  readonly method?: Method;
}

/**
 * Declares an operation: what it does and needs, and how it is called, as a command of `administer`, as a method, or as
 * both. Where the two differ, a form has a field of its own. Only `gate/` may call `run`.
 */
export function operation<const N extends Need = never, P = never, R = never, M = never>(
  declaration: ReadOperation<N, P, R, M>,
): Operation;
export function operation<const N extends Need = never, P = never, R = never, M = never, Q = P | M>(
  declaration: WriteOperation<N, P, R, M, Q>,
): Operation;
export function operation({ command, method, needs: _, ...shared }: AnyDeclaration): Operation {
  return {
    ...(command === undefined ? {} : { command: { ...shared, ...command } as unknown as Command }),
    ...(method === undefined ? {} : { method: { ...shared, ...method } as unknown as Method }),
  };
}

type AnyDeclaration = Common<Need> & { readonly command?: object; readonly method?: object };

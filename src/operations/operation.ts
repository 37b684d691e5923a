import { defined } from '../base/defined.ts';
import type { JsonText } from '../base/json/jsonText.ts';
import type {
  AdministratorCall,
  CommandCall,
  CommandPrepareCall,
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

/** What `run` returns: the command's result, or its JSON text if that includes what callers stored. */
type Result<R> = [R] extends [never] ? unknown : R | JsonText;

/** The fields of a form, without those that both forms have in common. */
type Own<F> = F & Partial<Pick<Shared, 'summary' | 'className'>>;

interface Common<N extends Need> extends Omit<Shared, 'summary'> {
  /** Absent if each form has its own. */
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
  /** Absent if each form has its own. */
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
   * The part that takes long and needs no transaction, such as checks and storing data that only the commit refers to.
   * It runs once, before the transaction, and `run` gets its result instead of the parameters.
   */
  readonly prepare?: Run<PrepareCall, N, P | M, Q>;
  /**
   * The lane: calls in the same lane share transactions. When absent, it is that of the document that the call names.
   * `none` is for a call that only reads that document, so that changes of it do not wait for a long call.
   */
  readonly lane?: Lane<Q>;
  readonly run?: Run<WriteCall, N, Q, Result<R>>;
}

interface CommandOperation<N extends Need, P, R, Q> extends Common<N> {
  readonly effect: 'write';
  readonly command: Own<CommandForm<P, R>>;
  readonly prepare: Run<CommandPrepareCall, N, P, Q>;
  readonly lane?: Lane<Q>;
  readonly run: Run<CommandWriteCall, N, Q, Result<R>>;
}

type Runs<R, W> =
  | { readonly effect: 'read'; readonly run: (call: R & Dependencies, params: never) => Promise<unknown> }
  | {
      readonly effect: 'write';
      readonly prepare?: (call: PrepareCall & Dependencies, params: never) => Promise<unknown>;
      readonly lane?: Lane<never>;
      readonly run: (call: W & Dependencies, params: never) => Promise<unknown>;
    };

/** A command for the gate. Its `run` gets parameters that were validated against `params`. */
export type Command = DeclaredCommand & Runs<CommandCall, CommandWriteCall>;

/** A method for the gate. */
export type Method = DeclaredMethod & Runs<MethodCall, MethodWriteCall>;

export interface Operation {
  readonly command?: Command;
  readonly method?: Method;
}

/**
 * Declares an operation, as a command of `administer`, as a method, or as both. Where the two differ, a form has a
 * field of its own. Only `gate/` may call `run`.
 */
export function operation<const N extends Need = never, P = never, R = never, M = never>(
  declaration: ReadOperation<N, P, R, M>,
): Operation;
export function operation<const N extends Need = never, P = never, R = never, M = never, Q = P | M>(
  declaration: WriteOperation<N, P, R, M, Q>,
): Operation;
export function operation({ command, method, needs: _, ...shared }: AnyDeclaration): Operation {
  return defined({
    command: command && ({ user: 'ignored', takes: 'closed', ...shared, ...command } as unknown as Command),
    method: method && ({ returnsValue: true, ...shared, ...method } as unknown as Method),
  });
}

/** As {@link operation}, for a write that is only a command and must know its caller before the transaction. */
export function preparedCommand<const N extends Need, P, R, Q>(declaration: CommandOperation<N, P, R, Q>): Operation {
  return operation(declaration as never);
}

type AnyDeclaration = Common<Need> & { readonly command?: object; readonly method?: object };

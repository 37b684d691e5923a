import type { CommandMap, DryRun, MethodMap } from '../base/schemas/generated.ts';
import type { Answer } from './answer.ts';
import { BusyError, ConnectionError } from './errors.ts';
import { aborted, attempt, type TransportOptions } from './transport.ts';

export type { Answer } from './answer.ts';
export * from './errors.ts';

export interface ClientOptions extends TransportOptions {
  /** How often a call that may safely be repeated is repeated; 4 by default, 0 for never. */
  readonly retries?: number;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** How long one attempt may take, in milliseconds. */
  readonly timeoutMs?: number;
}

export interface CommandOptions extends CallOptions {
  /** Why; kept in the audit record. */
  readonly reason?: string;
  /** Makes the command safe to repeat: it is carried out only once. Without a key it is never repeated. */
  readonly idempotencyKey?: string;
  /** The plan of a dry run: the write is refused unless it does exactly that. */
  readonly plan?: string;
  /** The approved request for exactly this call, as in `request` of the error `approval_needed`. */
  readonly approval?: string;
  /** true: if the call needs approval, it runs by itself after the last one. */
  readonly runWhenApproved?: boolean;
}

type Name = keyof CommandMap;
/** A command's parameters, with the keys `user` and `module` of the command object. */
export type CommandArguments<N extends Name> = CommandMap[N]['params'] & {
  readonly user?: string;
  readonly module?: string;
};

/** The keys of a command object, besides the command's name. */
export interface CommandParts {
  readonly user?: string | undefined;
  readonly module?: string | undefined;
  readonly params?: object;
}

export type Administer = {
  readonly [N in Name]: (
    args?: CommandArguments<N>,
    options?: CommandOptions,
  ) => Promise<Answer<CommandMap[N]['result']>>;
};
export type DryRuns = {
  readonly [N in Name]: (args?: CommandArguments<N>, options?: CallOptions) => Promise<Answer<DryRun>>;
};

/** A function for each method, such as `methods.create_workspace`; one without a parameter takes null or nothing. */
export type Methods = {
  readonly [N in keyof MethodMap]: MethodMap[N]['params'] extends null
    ? (params?: null, options?: CallOptions) => Promise<Answer<MethodMap[N]['result']>>
    : (params: MethodMap[N]['params'], options?: CallOptions) => Promise<Answer<MethodMap[N]['result']>>;
};

const RETRIES = 4;
const FIRST_PAUSE_MS = 200;

/**
 * A client of Steward, for Node and browsers.
 *
 *     const steward = new StewardClient({ url: 'http://127.0.0.1:7058', token });
 *     const { receipt } = await steward.administer.addAdmin({ user: 'lolcats' }, { reason: 'on call' });
 *     const { result } = await steward.methods.create_workspace({ workspace: 'genomes' });
 */
export class StewardClient {
  /** Runs commands. */
  readonly administer: Administer;
  /** Shows what commands would change, and the plan. */
  readonly dryRun: DryRuns;
  /** Calls methods, as the user of the token. Never repeated: a method takes no idempotency key. */
  readonly methods: Methods;
  readonly #options: ClientOptions;

  /** @throws TypeError if the URL is not valid */
  constructor(options: ClientOptions) {
    this.#options = { ...options, url: new URL(options.url).href };
    this.administer = this.#commands({}) as Administer;
    this.dryRun = this.#commands({ dryRun: true }) as DryRuns;
    this.methods = functions((name) => (params?: object | null, options?: CallOptions) => {
      const method = methodNamed(name);
      return this.call(method, params === null || params === undefined ? [] : [params], options);
    }) as Methods;
  }

  /** Calls any method, such as `Workspace.ver`. Never repeated. @throws StewardCallError */
  call(method: string, params: readonly unknown[] = [], options: CallOptions = {}): Promise<Answer<unknown>> {
    return attempt({ method, params }, this.#options, options);
  }

  /** Runs a command by its name, which this client need not know. @throws StewardCallError */
  async command(
    name: string,
    { user, module, params = {} }: CommandParts = {},
    options: CommandOptions & { readonly dryRun?: boolean } = {},
  ): Promise<Answer<unknown>> {
    const { signal, timeoutMs, ...others } = options;
    // Empty parameters are sent too, since some commands require them.
    const call = { method: 'Workspace.administer', params: [{ command: name, user, module, params, ...others }] };
    const attempts = 1 + (others.idempotencyKey === undefined ? 0 : (this.#options.retries ?? RETRIES));
    for (let n = 1; ; n += 1) {
      try {
        return await attempt(call, this.#options, { signal, timeoutMs });
      } catch (error) {
        if (n >= attempts || !isPassing(error)) throw error;
        await pause(FIRST_PAUSE_MS * 2 ** (n - 1), signal);
      }
    }
  }

  #commands(fixed: { readonly dryRun?: boolean }): object {
    return functions(
      (name) =>
        ({ user, module, ...params }: CommandParts & object = {}, options?: CommandOptions) =>
          this.command(name, { user, module, params }, { ...options, ...fixed }),
    );
  }
}

/** An object with a function of every name but `then`, with which `await` would take it for a promise. */
function functions(make: (name: string) => unknown): object {
  return new Proxy(Object.create(null), {
    get: (_, name) => (typeof name === 'string' && name !== 'then' ? make(name) : undefined),
  });
}

function isPassing(error: unknown): boolean {
  return (
    error instanceof BusyError ||
    (error instanceof ConnectionError && (error.reason === 'connection' || error.reason === 'timeout'))
  );
}

/** Waits a random time between half and all of it, so that clients do not retry together. @throws ConnectionError */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      clearTimeout(timer);
      reject(aborted(signal?.reason));
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      },
      ms * (0.5 + Math.random() / 2),
    );
    if (signal?.aborted) giveUp();
    else signal?.addEventListener('abort', giveUp, { once: true });
  });
}

/**
 * `ver` is `Workspace.ver`; a name that begins with a capital contains the module: `Resource_get` is `Resource.get`.
 */
function methodNamed(name: string): string {
  if (name === 'discover') return 'rpc.discover';
  return /^[A-Z]/.test(name) ? name.replace('_', '.') : `Workspace.${name}`;
}

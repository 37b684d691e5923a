import type { CommandMap, CommandVariants, DryRun, JobWithItems, MethodMap } from '../base/schemas/generated.ts';
import type { Answer } from './answer.ts';
import { BusyError, ConnectionError } from './errors.ts';
import { commandsWithUser, methodsWithOptionalFields, pagedCommands, pagedMethods } from './generated.ts';
import { type Paging, pagesOf } from './pages.ts';
import { readingCommands, readingMethods } from './reads.ts';
import { type AttemptOptions, aborted, attempt, type RpcCall, type TransportOptions } from './transport.ts';

export type { Answer, Receipt } from './answer.ts';
export * from './errors.ts';

export interface ClientOptions extends TransportOptions {
  /**
   * How often a call that may safely be repeated is repeated: one with an idempotency key, and one that only reads if the
   * connection broke. 4 by default, 0 for never.
   */
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
  /** Makes the command safe to repeat: it is carried out only once. Without a key no write is repeated. */
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

type Run<A, R> = (args?: A, options?: CommandOptions) => Promise<Answer<R>>;

/** The parameter on which the result of a command depends. */
type Deciding<N extends keyof CommandVariants> = Exclude<keyof CommandVariants[N], 'otherwise'>;

/** A command whose result depends on whether a parameter is given, or true. */
interface RunVariant<N extends keyof CommandVariants> {
  (
    args: CommandArguments<N> & { readonly [K in Deciding<N>]: true | readonly unknown[] },
    options?: CommandOptions,
  ): Promise<Answer<CommandVariants[N][Deciding<N>]>>;
  (
    args?: CommandArguments<N> & { readonly [K in Deciding<N>]?: false },
    options?: CommandOptions,
  ): Promise<Answer<CommandVariants[N] extends { otherwise: infer R } ? R : never>>;
  (args?: CommandArguments<N>, options?: CommandOptions): Promise<Answer<CommandMap[N]['result']>>;
}

export type Administer = {
  readonly [N in Name]: N extends keyof CommandVariants
    ? RunVariant<N>
    : Run<CommandArguments<N>, CommandMap[N]['result']>;
};
export type DryRuns = {
  readonly [N in Name]: (args?: CommandArguments<N>, options?: CallOptions) => Promise<Answer<DryRun>>;
};

/**
 * A function for each method, such as `methods.create_workspace`; one without a parameter takes null or nothing, and one with a
 * parameter of which no field must be given takes it or nothing.
 */
export type Methods = {
  readonly [N in keyof MethodMap]: MethodMap[N]['params'] extends null
    ? (params?: null, options?: CallOptions) => Promise<Answer<MethodMap[N]['result']>>
    : Record<never, never> extends MethodMap[N]['params']
      ? (params?: MethodMap[N]['params'], options?: CallOptions) => Promise<Answer<MethodMap[N]['result']>>
      : (params: MethodMap[N]['params'], options?: CallOptions) => Promise<Answer<MethodMap[N]['result']>>;
};

type PagedCommand = keyof typeof pagedCommands;
type PagedMethod = keyof typeof pagedMethods;
type ListOf<R, P extends Paging> = P extends { items: infer K extends string }
  ? R extends { [Key in K]?: infer L }
    ? NonNullable<L>
    : never
  : R;
type ItemOf<R, P extends Paging> = ListOf<R, P> extends (infer I)[] ? I : never;

/** An iterator over all items of each command and method that answers in pages; `limit` is the size of a page. */
export type Pages = {
  readonly [N in PagedCommand]: (
    args?: CommandArguments<N>,
    options?: CommandOptions,
  ) => AsyncGenerator<ItemOf<CommandMap[N]['result'], (typeof pagedCommands)[N]>, void, undefined>;
} & {
  readonly [N in PagedMethod]: (
    params?: MethodMap[N]['params'],
    options?: CallOptions,
  ) => AsyncGenerator<ItemOf<MethodMap[N]['result'], (typeof pagedMethods)[N]>, void, undefined>;
};

export interface WaitOptions {
  /** Called with the job whenever it has changed. */
  readonly onProgress?: (job: JobWithItems) => void;
  /** Ends the waiting, and not the job. */
  readonly signal?: AbortSignal;
  /** The time between two looks at the job, in milliseconds; 500 by default. */
  readonly intervalMs?: number;
}

/** Whether another attempt may follow one that failed. */
interface Repeating {
  readonly mayRepeat: (error: unknown) => boolean;
}

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
  /** Calls methods, as the user of the token. Those that write are never repeated: they take no idempotency key. */
  readonly methods: Methods;
  /** Iterates over the items of commands and methods that answer in pages: `for await (const user of pages.listUsers())`. */
  readonly pages: Pages;
  readonly #options: ClientOptions;

  /** @throws TypeError if the URL is none of http or https */
  constructor(options: ClientOptions) {
    const { url } = options;
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw new TypeError(`${url} is not the URL of a service: it must look like http://127.0.0.1:7058`);
    }
    this.#options = { ...options, url: new URL(url).href };
    this.administer = this.#commands({}) as Administer;
    this.dryRun = this.#commands({ dryRun: true }) as DryRuns;
    this.methods = functions((name) => (params?: object | null, options?: CallOptions) => {
      const method = methodNamed(name);
      const sent = params ?? (methodsWithOptionalFields.has(name) ? {} : undefined);
      return this.call(method, sent === undefined ? [] : [sent], options);
    }) as Methods;
    this.pages = functions((name) => this.#pages(name)) as Pages;
  }

  /**
   * Waits until a job is no longer running: its state is then done, failed, cancelled or paused. While the service is busy or
   * not reached, waiting goes on, and so does the job. A signal ends the waiting, such as `AbortSignal.timeout(60_000)`.
   *
   * @throws StewardCallError; ConnectionError with the reason `aborted` if the signal ends it
   */
  async waitForJob(id: string, { onProgress, signal, intervalMs = 500 }: WaitOptions = {}): Promise<JobWithItems> {
    let seen = '';
    for (;;) {
      const job = await this.#job(id, signal);
      const text = JSON.stringify(job);
      if (job !== undefined && text !== seen) onProgress?.(job);
      if (job !== undefined && job.state !== 'running') return job;
      seen = text ?? seen;
      await pause(intervalMs, signal);
    }
  }

  /** The job; undefined if the service is busy or not reached. */
  async #job(id: string, signal: AbortSignal | undefined): Promise<JobWithItems | undefined> {
    try {
      return (await this.administer.getJob({ id }, signal === undefined ? {} : { signal })).result;
    } catch (error) {
      if (isPassing(error)) return undefined;
      throw error;
    }
  }

  #pages(name: string): unknown {
    const command = Object.hasOwn(pagedCommands, name) ? pagedCommands[name as PagedCommand] : undefined;
    if (command !== undefined) {
      const run = this.administer[name as 'listUsers'];
      return (args?: object, options?: CommandOptions) =>
        pagesOf({ name, paging: command, run: (page) => run(page, options) }, args);
    }
    if (!Object.hasOwn(pagedMethods, name)) return undefined;
    const run = this.methods[name as 'list_notices'];
    const paging = pagedMethods[name as PagedMethod];
    return (params?: object, options?: CallOptions) =>
      pagesOf({ name, paging, run: (page) => run(page, options) }, params);
  }

  /** Calls any method, such as `Workspace.ver`. @throws StewardCallError */
  call(method: string, params: readonly unknown[] = [], options: CallOptions = {}): Promise<Answer<unknown>> {
    const mayRepeat = readingMethods.has(method) ? isBroken : never;
    return this.#attempts({ method, params }, { ...options, mayRepeat });
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
    const onlyReads = others.dryRun === true || readingCommands.has(name);
    const mayRepeat = others.idempotencyKey !== undefined ? isPassing : onlyReads ? isBroken : never;
    return this.#attempts(call, { signal, timeoutMs, mayRepeat });
  }

  /** Attempts a call until it is answered, or fails in a way that another attempt does not mend. */
  async #attempts(call: RpcCall, { mayRepeat, ...options }: AttemptOptions & Repeating): Promise<Answer<unknown>> {
    const attempts = 1 + (this.#options.retries ?? RETRIES);
    for (let n = 1; ; n += 1) {
      try {
        return await attempt(call, this.#options, options);
      } catch (error) {
        if (n >= attempts || !mayRepeat(error)) throw error;
        await pause(FIRST_PAUSE_MS * 2 ** (n - 1), options.signal);
      }
    }
  }

  #commands(fixed: { readonly dryRun?: boolean }): object {
    return functions((name) => async (args: CommandParts & object = {}, options?: CommandOptions) => {
      if (!isObject(args)) throw new TypeError(`${name} takes an object with its parameters`);
      const { user, module, ...params } = args;
      const parts = commandsWithUser.includes(name)
        ? { module, params: { ...(user === undefined ? {} : { user }), ...params } }
        : { user, module, params };
      return this.command(name, parts, { ...options, ...fixed });
    });
  }
}

/** What JavaScript itself calls of any object: to wait for it, to print it or to compare it. */
const OWN_TO_LANGUAGE: ReadonlySet<string> = new Set(['then', 'toJSON', 'toString', 'valueOf', 'asymmetricMatch']);

/** An object with a function of every name that can be one of the service. */
function functions(make: (name: string) => unknown): object {
  return new Proxy(Object.create(null), {
    get: (_, name) => (typeof name === 'string' && !OWN_TO_LANGUAGE.has(name) ? make(name) : undefined),
  });
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isPassing(error: unknown): boolean {
  return (
    error instanceof BusyError ||
    (error instanceof ConnectionError && (error.reason === 'connection' || error.reason === 'timeout'))
  );
}

const never = () => false;

/** What Node says of a connection that broke after it was made. */
const BROKEN: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Whether the connection broke; browsers do not tell. */
function isBroken(error: unknown): boolean {
  if (!(error instanceof ConnectionError) || error.reason !== 'connection') return false;
  const { cause } = (error.cause ?? {}) as { readonly cause?: { readonly code?: unknown } };
  return BROKEN.has(cause?.code);
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

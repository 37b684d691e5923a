import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, isUnavailable } from '../store/database.ts';
import { underLease } from '../store/underLease.ts';

/** Work that is done in the background, repeatedly. */
export interface BackgroundTask {
  readonly name: string;
  /** The pause between two turns. */
  readonly everyMs: number;
  /** `one`: one instance at a time, under a lease with this name; `each`: every instance, which takes leases itself. */
  readonly by: 'one' | 'each';
  /** One turn. It may take any time, and ends soon after the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Resolves when the work that turns have begun has ended. */
  readonly ended?: () => Promise<void>;
}

const MAX_PAUSE_MS = 30_000;

/**
 * The background work of one instance. A failed turn is reported and repeated after a pause, which grows while it keeps
 * failing. An unreachable database is not reported: the worker waits for it.
 */
export class Worker {
  readonly #database: Database;
  readonly #tasks: ReadonlyMap<string, BackgroundTask>;
  readonly #onError: (error: unknown, task: string) => void;
  readonly #stop = new AbortController();
  readonly #bells = new Map<string, AbortController>();
  #loops: Promise<void>[] = [];

  constructor(
    database: Database,
    tasks: readonly BackgroundTask[],
    onError: (error: unknown, task: string) => void = () => undefined,
  ) {
    this.#database = database;
    this.#tasks = new Map(tasks.map((task) => [task.name, task]));
    this.#onError = onError;
  }

  start(): void {
    this.#loops = [...this.#tasks.values()].map((task) => this.#loop(task));
  }

  /** Begins the task's next turn at once, because there is something to do. */
  wake(name: string): void {
    this.#bells.get(name)?.abort();
    this.#bells.set(name, new AbortController());
  }

  /** Runs one turn of the task and all that it begins; false when another instance holds its lease. */
  async turn(name: string): Promise<boolean> {
    const task = this.#tasks.get(name);
    if (task === undefined) throw new TypeError(`there is no task ${name}`);
    const did = await this.#turn(task);
    await task.ended?.();
    return did;
  }

  async #turn(task: BackgroundTask): Promise<boolean> {
    if (task.by === 'one')
      return underLease(this.#database, { name: `task:${task.name}`, stop: this.#stop.signal }, task.run);
    await task.run(this.#stop.signal);
    return true;
  }

  /** Aborts every running turn, and resolves when they have ended. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
    for (const task of this.#tasks.values()) await task.ended?.();
  }

  async #loop(task: BackgroundTask): Promise<void> {
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      // Taken before the turn, so that a request during the turn causes another turn.
      const bell = this.#bell(task.name);
      try {
        await this.#turn(task);
        failures = 0;
      } catch (error) {
        failures += 1;
        if (!isUnavailable(error) && !this.#stop.signal.aborted) this.#onError(error, task.name);
      }
      const pause = Math.min(task.everyMs * 2 ** failures, Math.max(task.everyMs, MAX_PAUSE_MS));
      await sleep(pause, undefined, { signal: AbortSignal.any([this.#stop.signal, bell]) }).catch(() => undefined);
    }
  }

  #bell(name: string): AbortSignal {
    const bell = this.#bells.get(name) ?? new AbortController();
    this.#bells.set(name, bell);
    return bell.signal;
  }
}

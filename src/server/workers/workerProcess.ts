import type { ChildProcess, SendHandle, Serializable } from 'node:child_process';
import cluster, { type Worker } from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ToSupervisor, ToWorker } from './messages.ts';

/** How often a worker is to be asked whether its event loop runs. */
export const PING_EVERY_MS = 1_000;
/** How long what a worker said may still arrive after its end. */
const LAST_WORDS_MS = 1_000;

/** How a process ended: with a status of its own, or by a signal. */
export type Ending = { readonly status: number } | { readonly signal: string };

/** A worker, from its start to its end. */
export class WorkerProcess {
  /** Resolves once it has ended and everything that it said was taken. */
  readonly ended: Promise<Ending>;
  readonly #worker: Worker;
  /** How many pings it has not answered yet; undefined before it takes messages, and once it is killed. */
  #unanswered: number | undefined;

  /** Starts the program that `cluster.setupPrimary` names. */
  constructor(take: (message: ToSupervisor, from: WorkerProcess) => void) {
    const worker = cluster.fork();
    this.#worker = worker;
    worker.on('message', (message: ToSupervisor) => {
      if (message.kind === 'up' || message.kind === 'pong') this.#unanswered = 0;
      take(message, this);
    });
    const handed = lastHanded(worker.process);
    const disconnected = new Promise((resolve) => worker.once('disconnect', resolve));
    this.ended = new Promise((resolve) => {
      worker.once('exit', (status: number | null, signal: string | null) => {
        handed()?.close();
        // Node.js never tells of the disconnection if the worker had not taken a connection that it was given.
        void Promise.race([disconnected, sleep(LAST_WORDS_MS)]).then(() =>
          resolve(signal === null ? { status: status ?? 1 } : { signal }),
        );
      });
      // The system had no room for another process. Other errors are of messages to a worker that has just ended.
      worker.on('error', () => {
        if (worker.process.pid === undefined) resolve({ status: 1 });
      });
    });
  }

  get pid(): number | undefined {
    return this.#worker.process.pid;
  }

  get isAlive(): boolean {
    return !this.#worker.isDead();
  }

  /** Sends the message, unless the worker has ended. */
  tell(message: ToWorker): void {
    if (this.#worker.isConnected()) this.#worker.send(message, () => undefined);
  }

  /**
   * Asks whether its event loop runs. To be called every {@link PING_EVERY_MS}: calls are counted instead of time, so that a worker
   * is not taken to hang because the host, or this process, stood still.
   *
   * @returns for how many seconds it has not answered
   */
  ping(): number {
    if (this.#unanswered === undefined) return 0;
    const seconds = (this.#unanswered * PING_EVERY_MS) / 1_000;
    this.#unanswered += 1;
    this.tell({ kind: 'ping' });
    return seconds;
  }

  kill(): void {
    this.#unanswered = undefined;
    this.#worker.process.kill('SIGKILL');
  }
}

/**
 * The connection that the process was given last. Node.js gives a worker one connection after the other, and closes its own end
 * once the worker has taken it: if the worker ends before, nobody would ever answer or close that connection.
 */
function lastHanded(process: ChildProcess): () => Closable | undefined {
  let last: Closable | undefined;
  const send = process.send.bind(process);
  process.send = (message: Serializable, handle?: unknown, ...rest: []) => {
    if (isClosable(handle)) last = handle;
    return send(message, handle as SendHandle, ...rest);
  };
  return () => last;
}

interface Closable {
  /** Does nothing if it is closed already. */
  close(): void;
}

const isClosable = (handle: unknown): handle is Closable =>
  typeof handle === 'object' && handle !== null && 'close' in handle && typeof handle.close === 'function';

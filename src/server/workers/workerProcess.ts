import cluster, { type Worker } from 'node:cluster';
import type { ToSupervisor, ToWorker } from './messages.ts';

/** How a process ended: with a status of its own, or by a signal. */
export type Ending = { readonly status: number } | { readonly signal: string };

/** A worker, from its start to its end. */
export class WorkerProcess {
  /** Resolves once it has ended and everything that it said was taken. */
  readonly ended: Promise<Ending>;
  readonly #worker: Worker;

  /** Starts the program that `cluster.setupPrimary` names. */
  constructor(take: (message: ToSupervisor, from: WorkerProcess) => void) {
    const worker = cluster.fork();
    this.#worker = worker;
    worker.on('message', (message: ToSupervisor) => take(message, this));
    const disconnected = new Promise((resolve) => worker.once('disconnect', resolve));
    this.ended = new Promise((resolve) => {
      worker.once('exit', (status: number | null, signal: string | null) => {
        void disconnected.then(() => resolve(signal === null ? { status: status ?? 1 } : { signal }));
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

  /** Sends the message, unless the worker has ended. */
  tell(message: ToWorker): void {
    if (this.#worker.isConnected()) this.#worker.send(message, () => undefined);
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL');
  }
}

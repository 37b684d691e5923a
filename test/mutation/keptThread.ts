import { ThreadsPoolWorker } from 'vitest/node';

type Options = ConstructorParameters<typeof ThreadsPoolWorker>[0];
type Request = Parameters<ThreadsPoolWorker['send']>[0];

/** So many runs one thread serves: what the mutants in them left behind is gone after that. */
const MAX_RUNS = 40;

let kept: { readonly worker: ThreadsPoolWorker; runs: number } | undefined;

/**
 * A thread that outlives the run of one mutant. To load the service, and to make its collections, takes many times as
 * long as the tests that look at one mutant.
 */
export class KeptThread {
  readonly name = 'kept';
  private readonly thread: NonNullable<typeof kept>;
  private readonly listeners: { event: string; callback: (value: unknown) => void }[] = [];
  private stopsInOrder = false;

  constructor(options: Options) {
    this.thread = kept ?? { worker: new ThreadsPoolWorker(options), runs: 0 };
    kept = undefined;
  }

  on(event: string, callback: (value: unknown) => void): void {
    this.listeners.push({ event, callback });
    this.thread.worker.on(event, callback);
  }

  off(event: string, callback: (value: unknown) => void): void {
    this.thread.worker.off(event, callback);
  }

  send(message: Request): void {
    if (message.type === 'stop') this.answerStop();
    else this.thread.worker.send(message);
  }

  /** In place of the thread, which would end if it were told. */
  private answerStop(): void {
    this.stopsInOrder = true;
    const answer = { __vitest_worker_response__: true, type: 'stopped' };
    for (const { event, callback } of this.listeners) if (event === 'message') callback(answer);
  }

  deserialize(data: unknown): unknown {
    return this.thread.worker.deserialize(data);
  }

  async start(): Promise<void> {
    this.thread.runs += 1;
    if (this.thread.runs === 1) await this.thread.worker.start();
  }

  async stop(): Promise<void> {
    for (const { event, callback } of this.listeners) this.thread.worker.off(event, callback);
    if (this.stopsInOrder && this.thread.runs < MAX_RUNS && kept === undefined) kept = this.thread;
    else await this.thread.worker.stop();
  }
}

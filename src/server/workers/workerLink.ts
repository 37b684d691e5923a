import { OperatorError } from '../../base/errors.ts';
import type { Metrics } from '../rpc/metrics.ts';
import type { Beginning, Started, ToSupervisor, ToWorker, WorkersView } from './messages.ts';

/** A worker's connection to its supervisor. If the supervisor ends, Node ends the worker. */
export class WorkerLink {
  /** Resolves with what the worker needs to start. */
  readonly begun: Promise<Beginning>;
  readonly #stop = new AbortController();
  readonly #asked = new Map<number, (text: string) => void>();
  #requests = 0;
  #view: WorkersView | undefined;
  #metrics: Metrics | undefined;

  /** @throws OperatorError if no supervisor has started this process */
  constructor() {
    if (process.send === undefined) {
      throw new OperatorError('A worker is started by the service itself: set server-workers, and run steward serve.');
    }
    this.begun = new Promise((resolve) => {
      process.on('message', (message: ToWorker) => this.#take(message, resolve));
    });
    void this.#say({ kind: 'up' });
  }

  /** Aborts when the worker is to end. */
  get stopping(): AbortSignal {
    return this.#stop.signal;
  }

  /** Ends the worker after the calls in flight. */
  stop(): void {
    this.#stop.abort();
  }

  /** How many workers there are, as the supervisor sees it. */
  get view(): WorkersView | undefined {
    return this.#view;
  }

  /** Lets the supervisor read the metrics of this worker. */
  provide(metrics: Metrics): void {
    this.#metrics = metrics;
  }

  /** The metrics of all workers together. */
  metricsOfAll(): Promise<string> {
    this.#requests += 1;
    const request = this.#requests;
    return new Promise((resolve) => {
      this.#asked.set(request, resolve);
      void this.#say({ kind: 'ask', request });
    });
  }

  started({ url, ownKey }: Started): void {
    void this.#say({ kind: 'started', url, ownKey });
  }

  /** Tells why the worker cannot start or go on. Resolves once that is sent. */
  failed(message: string, hadStarted: boolean): Promise<void> {
    return this.#say({ kind: 'failed', message, hadStarted });
  }

  #take(message: ToWorker, begin: (beginning: Beginning) => void): void {
    switch (message.kind) {
      case 'begin':
        begin(message);
        break;
      case 'view':
        this.#view = { configured: message.configured, running: message.running };
        break;
      case 'stop':
        this.stop();
        break;
      case 'reload':
        process.emit('SIGHUP');
        break;
      case 'ping':
        void this.#say({ kind: 'pong' });
        break;
      case 'measure':
        void this.#measure(message.request);
        break;
      case 'metrics':
        this.#asked.get(message.request)?.(message.text);
        this.#asked.delete(message.request);
        break;
    }
  }

  async #measure(request: number): Promise<void> {
    if (this.#metrics !== undefined)
      await this.#say({ kind: 'measured', request, values: await this.#metrics.values() });
  }

  #say(message: ToSupervisor): Promise<void> {
    return new Promise((resolve) => {
      process.send?.(message, undefined, undefined, () => resolve());
    });
  }
}

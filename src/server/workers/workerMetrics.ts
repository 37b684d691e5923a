import { AggregatorRegistry, type Registry } from 'prom-client';
import type { MetricValues } from '../rpc/metrics.ts';

/** A worker that does not say its metrics within this time counts with those that it said last. */
const PATIENCE_MS = 1_000;
/** The types of metrics that only rise, and whose sum must not fall when a worker ends. */
const RISING: readonly unknown[] = ['counter', 'histogram'];

/** Says its values when it is asked for them. */
export type AskWorker = (request: number) => void;

/**
 * The metrics of all workers of an instance, each of which counts for itself. What a worker that ended had counted when it
 * was asked last is kept, since Prometheus would take a smaller sum for a new start.
 */
export class WorkerMetrics {
  readonly #own: () => Promise<MetricValues>;
  readonly #last = new Map<number, MetricValues>();
  readonly #waiting = new Map<number, () => void>();
  #ended: readonly object[] = [];
  #requests = 0;

  /** @param own what the supervisor itself counts */
  constructor(own: () => Promise<MetricValues>) {
    this.#own = own;
  }

  /** Asks the workers, and adds up what they say. */
  async text(workers: readonly AskWorker[]): Promise<string> {
    await Promise.all(workers.map((ask) => this.#answered(ask)));
    return together([...this.#last.values(), this.#ended, await this.#own()]).metrics();
  }

  /** Notes what a worker has said. */
  measured(worker: number, request: number, values: MetricValues): void {
    this.#last.set(worker, values);
    this.#waiting.get(request)?.();
  }

  /** Keeps the counts of a worker that has ended. */
  ended(worker: number): void {
    const rising = (this.#last.get(worker) ?? []).filter(({ type }) => RISING.includes(type));
    this.#last.delete(worker);
    this.#ended = together([this.#ended, rising]).getMetricsAsArray();
  }

  #answered(ask: AskWorker): Promise<void> {
    this.#requests += 1;
    const request = this.#requests;
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(request);
        resolve();
      };
      const timer = setTimeout(done, PATIENCE_MS);
      this.#waiting.set(request, done);
      ask(request);
    });
  }
}

const together = (values: readonly (readonly object[])[]): Registry => AggregatorRegistry.aggregate([...values]);

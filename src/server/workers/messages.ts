import type { LoadedConfig } from '../../base/config/load.ts';
import type { MetricValues } from '../rpc/metrics.ts';

/** What health shows of the workers of an instance. */
export interface WorkersView {
  /** How many there should be. */
  readonly configured: number;
  /** How many answer calls. */
  readonly running: number;
}

/** What a worker needs to start. */
export interface Beginning {
  /** The configuration as the supervisor read it, so that all workers have the same until the service is started again. */
  readonly loaded: LoadedConfig;
  /** Where the embedded MongoDB is, if the supervisor runs one. */
  readonly embeddedUri: string | undefined;
  /**
   * Whether it listens only when it can answer calls. At the start of the service one worker listens from the beginning, and
   * says what the service is waiting for.
   */
  readonly listensLate: boolean;
  /** The number of the worker, for the log. */
  readonly number: number;
}

/** What a worker says once it answers calls. */
export interface Started {
  readonly url: string;
  readonly ownKey: string | undefined;
}

/** What the supervisor tells a worker. */
export type ToWorker =
  | ({ readonly kind: 'begin' } & Beginning)
  | ({ readonly kind: 'view' } & WorkersView)
  /** To finish the calls in flight, and to end. */
  | { readonly kind: 'stop' }
  /** To read the policy file again. */
  | { readonly kind: 'reload' }
  /** To say that its event loop runs. */
  | { readonly kind: 'ping' }
  /** To say its metrics. */
  | { readonly kind: 'measure'; readonly request: number }
  /** The metrics of all workers. */
  | { readonly kind: 'metrics'; readonly request: number; readonly text: string };

/** What a worker tells the supervisor. */
export type ToSupervisor =
  /** That it waits for its configuration. */
  | { readonly kind: 'up' }
  | ({ readonly kind: 'started' } & Started)
  | { readonly kind: 'pong' }
  /** Why it cannot start, or cannot go on, as a sentence for the operator. */
  | { readonly kind: 'failed'; readonly message: string; readonly hadStarted: boolean }
  | { readonly kind: 'measured'; readonly request: number; readonly values: MetricValues }
  /** Asks for the metrics of all workers. */
  | { readonly kind: 'ask'; readonly request: number };

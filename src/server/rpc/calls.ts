import { randomUUID } from 'node:crypto';
import { refuse, StewardError } from '../../base/errors.ts';
import { errorFields, type Logger } from '../../base/log.ts';
import type { Identified, Origin } from '../../gate/door.ts';
import { CallDeadline, type DeadlineRules } from './callDeadline.ts';
import type { CallTraces } from './callTraces.ts';
import type { HangUp } from './hangUp.ts';
import type { Metrics } from './metrics.ts';

/** Where an HTTP request came from. */
export interface RequestOrigin extends Omit<Origin, 'requestId' | 'signal'> {
  readonly forwarded: string | undefined;
  /** The header of W3C Trace Context. */
  readonly traceparent?: string | undefined;
  readonly hangUp?: HangUp;
}

/** Where a call came from, and the signal that aborts when nobody waits for its answer any more. */
type CallOrigin = Omit<Origin, 'requestId'> & Pick<RequestOrigin, 'forwarded' | 'traceparent'>;

export interface Call {
  readonly requestId: string;
  readonly startedAt: number;
  /** Its signal aborts if the caller hangs up, and when the time is over. */
  readonly origin: CallOrigin;
  readonly deadline: CallDeadline;
  /** Set once the caller is identified. */
  caller?: Identified | undefined;
}

/** The names of a call in log and metrics. */
export interface CallNames {
  /** For the log, as it was sent; undefined if it could not be read. */
  readonly method: string | undefined;
  /** For the metrics, one of a bounded set. */
  readonly label: string;
  readonly command?: { readonly name: string; readonly label: string } | undefined;
}

/** How a call ended: `ok`, or the reason of the refusal. */
interface Ending {
  readonly outcome: string;
  readonly detail: string | undefined;
  readonly isFault: boolean;
}

export interface CallsOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly deadlines: DeadlineRules;
  /** Gets each call when it has ended, if calls are traced. */
  readonly traces?: CallTraces | undefined;
}

/** Counts and logs the calls of all transports, and turns errors into what may be sent. */
export class Calls {
  readonly #log: Logger;
  readonly #metrics: Metrics;
  readonly #deadlines: DeadlineRules;
  readonly #traces: CallTraces | undefined;

  constructor({ log, metrics, deadlines, traces }: CallsOptions) {
    this.#log = log;
    this.#metrics = metrics;
    this.#deadlines = deadlines;
    this.#traces = traces;
  }

  begin({ hangUp, ...origin }: RequestOrigin): Call {
    const deadline = new CallDeadline(this.#deadlines, hangUp);
    return {
      requestId: randomUUID(),
      startedAt: performance.now(),
      origin: { ...origin, signal: deadline.signal },
      deadline,
    };
  }

  /** Counts a call as in flight; call the result when it has ended. */
  working(): () => void {
    return this.#metrics.begin();
  }

  succeeded(call: Call, names: CallNames): void {
    this.#note(call, names, { outcome: 'ok', detail: undefined, isFault: false });
  }

  /**
   * The one place where an error becomes what is sent. An unexpected one is logged in full, and only its request id is
   * sent.
   *
   * @returns the error, for the transport to send in its own format
   */
  failed(call: Call, names: CallNames, thrown: unknown): StewardError {
    const { requestId } = call;
    const isRefusal = thrown instanceof StewardError;
    if (!isRefusal) this.#log.error('unexpected error', { requestId, ...errorFields(thrown) });
    const error = isRefusal ? thrown : refuse('internal', requestId);
    this.#metrics.refused(error.reason);
    this.#note(call, names, { outcome: error.reason, detail: error.detail, isFault: error.kind === 'internal' });
    return error;
  }

  #note(
    { requestId, startedAt, origin, caller }: Call,
    { method, label, command }: CallNames,
    { outcome, detail, isFault }: Ending,
  ): void {
    const milliseconds = performance.now() - startedAt;
    this.#metrics.request(label, outcome, milliseconds / 1000);
    if (command !== undefined) this.#metrics.command(command.label, outcome);
    this.#traces?.ended({
      ...{ requestId, startedAt, method: label, command: command?.label, outcome, isFault },
      traceparent: origin.traceparent,
    });
    this.#log.info('call', {
      requestId,
      method,
      command: command?.name,
      actor: caller?.name,
      outcome,
      detail,
      ms: Math.round(milliseconds * 1000) / 1000,
      address: origin.address,
      socketAddress: origin.socketAddress,
      forwarded: origin.forwarded,
    });
  }
}

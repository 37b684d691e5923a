import { randomUUID } from 'node:crypto';
import { refuse, StewardError } from '../../base/errors.ts';
import { errorFields, type Logger } from '../../base/log.ts';
import type { Identified, Origin } from '../../gate/door.ts';
import type { Metrics } from './metrics.ts';

/** What is known of the HTTP request that a call came with. */
export type RequestOrigin = Omit<Origin, 'requestId'> & { readonly forwarded: string | undefined };

/** One call, whichever transport it came by. */
export interface Call {
  readonly requestId: string;
  readonly startedAt: number;
  readonly origin: RequestOrigin;
  /** Set as soon as it is known. */
  caller?: Identified | undefined;
}

/** What a call is called. */
export interface Named {
  /** In the log, as it was sent; undefined where it could not be read. */
  readonly method: string | undefined;
  /** In the metrics: one of a bounded set. */
  readonly label: string;
  readonly command?: { readonly name: string; readonly label: string } | undefined;
}

/** What every transport does with its calls: it counts them, logs them, and turns what was thrown into what may be sent. */
export class Calls {
  readonly #log: Logger;
  readonly #metrics: Metrics;

  constructor({ log, metrics }: { readonly log: Logger; readonly metrics: Metrics }) {
    this.#log = log;
    this.#metrics = metrics;
  }

  begin(origin: RequestOrigin): Call {
    return { requestId: randomUUID(), startedAt: performance.now(), origin };
  }

  /** Counts a call as one that is worked on; call the result when it has ended. */
  working(): () => void {
    return this.#metrics.begin();
  }

  succeeded(call: Call, named: Named): void {
    this.#note(call, named, { outcome: 'ok', detail: undefined });
  }

  /**
   * The one place where what was thrown becomes what is sent: a bug is logged whole, and sent as a request id alone.
   *
   * @returns the refusal, for the transport to put into its own words
   */
  failed(call: Call, named: Named, thrown: unknown): StewardError {
    const { requestId } = call;
    const isRefusal = thrown instanceof StewardError;
    if (!isRefusal) this.#log.error('unexpected error', { requestId, ...errorFields(thrown) });
    const error = isRefusal ? thrown : refuse('internal', requestId);
    this.#metrics.refused(error.reason);
    this.#note(call, named, { outcome: error.reason, detail: error.detail });
    return error;
  }

  #note(
    { requestId, startedAt, origin, caller }: Call,
    { method, label, command }: Named,
    { outcome, detail }: { readonly outcome: string; readonly detail: string | undefined },
  ): void {
    const milliseconds = performance.now() - startedAt;
    this.#metrics.request(label, outcome, milliseconds / 1000);
    if (command !== undefined) this.#metrics.command(command.label, outcome);
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

/** A call that has ended, without anything that its caller sent but names of a bounded set. */
export interface EndedCall {
  readonly requestId: string;
  /** On the clock of `performance.now()`. */
  readonly startedAt: number;
  /** The method, or the route of a dialect; `other` for an unknown one. */
  readonly method: string;
  readonly command: string | undefined;
  /** `ok`, or the reason of the refusal. */
  readonly outcome: string;
  /** Whether the service is at fault, and not the caller. */
  readonly isFault: boolean;
  /** The header of W3C Trace Context, as it was sent. */
  readonly traceparent: string | undefined;
}

/** Takes calls that have ended, to send them to a collector of traces. */
export interface CallTraces {
  ended(call: EndedCall): void;
}

export interface Tracing extends CallTraces {
  /** Sends what was not sent yet, and stops. */
  stop(): Promise<void>;
}

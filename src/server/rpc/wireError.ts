import { catalogue, type ErrorKind, type Reason, retryAfter, type StewardError } from '../../base/errors.ts';

/** An error as both envelopes carry it. */
export interface WireError {
  readonly code: number;
  readonly message: string;
  readonly reason: Reason;
  /** The class of the reason, for callers that do not know it. */
  readonly kind: ErrorKind;
  readonly advice: string;
  readonly detail?: string;
  /** After how many seconds it may be tried again. */
  readonly retryAfter?: number;
}

/** A refusal as both envelopes send it. */
export function wireError(error: StewardError): WireError {
  const { code, message, reason, kind, detail } = error;
  const seconds = retryAfter(error);
  return {
    code,
    message,
    reason,
    kind,
    advice: catalogue[reason].advice,
    ...(detail === undefined ? {} : { detail }),
    ...(seconds === undefined ? {} : { retryAfter: seconds }),
  };
}

import { catalogue, type ErrorKind, type Reason, requestIn, retryAfter, type StewardError } from '../../base/errors.ts';

export interface WireError {
  readonly code: number;
  readonly message: string;
  readonly reason: Reason;
  /** The class of the reason, for callers that do not know the reason. */
  readonly kind: ErrorKind;
  readonly advice: string;
  readonly detail: string | undefined;
  /** After how many seconds the call may be repeated. */
  readonly retryAfter: number | undefined;
  /** The request for approval that the call left. */
  readonly request: string | undefined;
}

export function wireError(error: StewardError): WireError {
  const { code, message, reason, kind, detail } = error;
  const { advice } = catalogue[reason];
  return { code, message, reason, kind, advice, detail, retryAfter: retryAfter(error), request: requestIn(error) };
}

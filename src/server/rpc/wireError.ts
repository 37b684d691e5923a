import { catalogue, type ErrorKind, type Reason, refuse, retryAfter, StewardError } from '../../base/errors.ts';
import { errorFields, type Logger } from '../../base/log.ts';

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

/** The one place where what was thrown becomes what is sent. A bug is logged whole and sent as a request id alone. */
export function wireError(thrown: unknown, requestId: string, log: Logger): WireError {
  if (!(thrown instanceof StewardError)) log.error('unexpected error', { requestId, ...errorFields(thrown) });
  const error = thrown instanceof StewardError ? thrown : refuse('internal', requestId);
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

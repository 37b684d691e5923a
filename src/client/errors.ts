import type { ErrorKind } from '../base/errors.ts';
import type { CommandReasons, Reason } from './reasons.ts';

/** A reason of the service, of this version or a later one; or why there is no answer. */
export type FailureReason =
  | Reason
  | 'connection'
  | 'timeout'
  | 'aborted'
  | 'protocol'
  | (string & Record<never, never>);

/** The reasons for which this command may be refused, beside those of every call: `ReasonOf<'addAdmin'>`. */
export type ReasonOf<C extends keyof CommandReasons> = CommandReasons[C];

/** A failed call. `reason` is stable: branch on it, and not on the message. */
export class StewardCallError extends Error {
  /** The service's reason, or `connection`, `timeout`, `aborted` or `protocol` if the service did not answer. */
  readonly reason: FailureReason;
  /** The JSON-RPC code; undefined if the service did not answer. */
  readonly code: number | undefined;
  /** The id of the call in the service's log and audit. */
  readonly requestId: string | undefined;
  /** What the caller can do, in a sentence. */
  readonly advice: string | undefined;
  /** The request for approval that the call left (`approval_needed`). */
  readonly request: string | undefined;

  constructor(message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.reason = details.reason;
    this.code = details.code;
    this.requestId = details.requestId;
    this.advice = details.advice;
    this.request = details.request;
  }
}

export interface ErrorDetails {
  readonly reason: FailureReason;
  readonly code?: number | undefined;
  readonly requestId?: string | undefined;
  readonly advice?: string | undefined;
  readonly request?: string | undefined;
  readonly cause?: unknown;
}

/** The token was not accepted. */
export class UnauthenticatedError extends StewardCallError {}
/** You may not do this. */
export class ForbiddenError extends StewardCallError {}
/** The call or its parameters are invalid. */
export class InvalidError extends StewardCallError {}
/** Something that the call names does not exist. */
export class NotFoundError extends StewardCallError {}
/** The state of the data does not allow it: a stale plan, a taken name, the last admin. */
export class ConflictError extends StewardCallError {}
/** The service or its database is busy or not available. Nothing is known to have been done. */
export class BusyError extends StewardCallError {}
/** A fault of the service; give the request id to its operator. */
export class InternalError extends StewardCallError {}
/** The service was not reached, did not answer in time, or what answered does not speak the protocol. */
export class ConnectionError extends StewardCallError {}

const CLASSES: Readonly<Record<ErrorKind, typeof StewardCallError>> = {
  unauthenticated: UnauthenticatedError,
  forbidden: ForbiddenError,
  invalid: InvalidError,
  notFound: NotFoundError,
  conflict: ConflictError,
  busy: BusyError,
  internal: InternalError,
};

/** The error for an answer. An unknown kind is an `InternalError`. */
export function errorOf(message: string, kind: string | undefined, details: ErrorDetails): StewardCallError {
  const known = kind !== undefined && Object.hasOwn(CLASSES, kind) ? CLASSES[kind as ErrorKind] : InternalError;
  return new known(message, details);
}

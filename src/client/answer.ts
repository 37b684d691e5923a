import type { ErrorKind } from '../base/errors.ts';
import { ConnectionError, errorOf } from './errors.ts';

/** Names the audit record of a call. */
export interface Receipt {
  readonly record: string;
  readonly hash: string;
}

/** The answer to a call: the result, and the receipt of its audit record, if there is one. */
export interface Answer<R> {
  readonly result: R;
  readonly receipt: Receipt | undefined;
}

interface ErrorData {
  readonly reason?: string;
  readonly kind?: string;
  readonly requestId?: string;
  readonly advice?: string;
  readonly request?: string;
}

interface Envelope {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly receipt?: Receipt;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data?: ErrorData | string;
  };
}

/** The kinds of errors that the service may answer in JSON-RPC 1.1, without a kind, before it knows the envelope. */
const KINDS: Readonly<Record<string, ErrorKind>> = {
  parse_error: 'invalid',
  too_big: 'invalid',
  server_busy: 'busy',
  rate_limited: 'busy',
  body_too_slow: 'busy',
};

/** The statuses of a proxy that does not reach the service. */
const NOT_REACHED = [502, 503, 504];

export interface ReceivedResponse {
  readonly url: string;
  readonly response: Response;
  readonly text: string;
}

/** The answer to the call with this id. @throws StewardCallError */
export function answerOf({ url, response, text }: ReceivedResponse, id: number): Answer<unknown> {
  const envelope = parsed(text);
  if (envelope === undefined || !isFor(envelope, id)) throw foreign(url, response);
  const { error } = envelope;
  if (error === undefined) return { result: envelope.result, receipt: envelope.receipt };
  const data: ErrorData = typeof error.data === 'string' ? { reason: error.data } : (error.data ?? {});
  const reason = data.reason ?? 'internal';
  const kind = data.kind ?? (Object.hasOwn(KINDS, reason) ? KINDS[reason] : undefined);
  throw errorOf(error.message, kind, { ...data, reason, code: error.code });
}

function parsed(text: string): Envelope | undefined {
  let envelope: unknown;
  try {
    envelope = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (envelope === null || typeof envelope !== 'object') return undefined;
  if (!('error' in envelope)) return 'result' in envelope ? envelope : undefined;
  const { error } = envelope;
  const isError =
    error !== null && typeof error === 'object' && 'message' in error && typeof error.message === 'string';
  return isError ? (envelope as Envelope) : undefined;
}

/** Whether the answer has the id. Only errors may come without it: in JSON-RPC 1.1, or if the request was not read. */
function isFor({ id, error }: Envelope, sent: number): boolean {
  return id === sent || (error !== undefined && (id === undefined || id === null));
}

function foreign(url: string, { status, type }: Response): ConnectionError {
  // A browser does not show the status of a redirect.
  if (type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    return new ConnectionError(`${url} redirects elsewhere: give the address at which Steward itself answers`, {
      reason: 'protocol',
    });
  }
  if (NOT_REACHED.includes(status)) {
    return new ConnectionError(`${url} does not reach the service now (HTTP ${status})`, { reason: 'connection' });
  }
  return new ConnectionError(`What answers at ${url} is not Steward (HTTP ${status})`, { reason: 'protocol' });
}

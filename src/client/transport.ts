import type { Receipt } from '../gate/door.ts';
import { ConnectionError, errorOf } from './errors.ts';

export interface TransportOptions {
  /** Where the service answers, such as `http://127.0.0.1:7058`. */
  readonly url: string;
  /** A token, or what gets a fresh one for each call. Without one only public methods can be called. */
  readonly token?: string | (() => string | Promise<string>);
  /** How long one attempt may take, in milliseconds; 60,000 by default. */
  readonly timeoutMs?: number;
  /** Another `fetch`, for tests or proxies. */
  readonly fetch?: typeof fetch;
}

/** What a call came to: the result, and the proof of its audit record where there is one. */
export interface Answer<R> {
  readonly result: R;
  readonly receipt: Receipt | undefined;
}

const TIMEOUT_MS = 60_000;
let lastId = 0;

/**
 * One attempt at one JSON-RPC 2.0 call.
 *
 * @throws StewardCallError
 */
export async function attempt(
  options: TransportOptions,
  method: string,
  params: readonly unknown[],
  signal: AbortSignal | undefined,
  timeoutMs: number | undefined,
): Promise<Answer<unknown>> {
  lastId += 1;
  const timeout = AbortSignal.timeout(timeoutMs ?? options.timeoutMs ?? TIMEOUT_MS);
  const body = JSON.stringify({ jsonrpc: '2.0', id: lastId, method, params });
  const token = typeof options.token === 'function' ? await options.token() : options.token;
  let text: string;
  try {
    const response = await (options.fetch ?? fetch)(options.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: token }) },
      body,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    text = await response.text();
  } catch (cause) {
    throw unanswered(options.url, cause, signal, timeout);
  }
  return answerOf(options.url, text);
}

function unanswered(
  url: string,
  cause: unknown,
  signal: AbortSignal | undefined,
  timeout: AbortSignal,
): ConnectionError {
  if (signal?.aborted)
    return new ConnectionError('The call was aborted; it may have been carried out', { reason: 'aborted', cause });
  if (timeout.aborted) {
    return new ConnectionError(`${url} did not answer in time; the call may have been carried out`, {
      reason: 'timeout',
      cause,
    });
  }
  return new ConnectionError(`${url} was not reached, or the connection broke`, { reason: 'connection', cause });
}

interface ErrorData {
  readonly reason?: string;
  readonly kind?: string;
  readonly requestId?: string;
  readonly advice?: string;
}

interface Envelope {
  readonly result?: unknown;
  readonly receipt?: Receipt;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data?: ErrorData | string;
  };
}

function answerOf(url: string, text: string): Answer<unknown> {
  const envelope = parsed(url, text);
  const { error } = envelope;
  if (error === undefined) return { result: envelope.result, receipt: envelope.receipt };
  const data: ErrorData = typeof error.data === 'string' ? { reason: error.data } : (error.data ?? {});
  throw errorOf(error.message, data.kind, { ...data, reason: data.reason ?? 'internal', code: error.code });
}

function parsed(url: string, text: string): Envelope {
  try {
    const envelope: unknown = JSON.parse(text);
    if (envelope !== null && typeof envelope === 'object' && ('result' in envelope || 'error' in envelope))
      return envelope as unknown as Envelope;
  } catch {
    // Told below, in a sentence.
  }
  throw new ConnectionError(`What answers at ${url} is not Steward`, { reason: 'protocol' });
}

import { type Answer, answerOf } from './answer.ts';
import { ConnectionError } from './errors.ts';

export interface TransportOptions {
  /** Where the service answers, such as `http://127.0.0.1:7058`. */
  readonly url: string;
  /** A token, or what gets a fresh one for each call. Without one only public methods can be called. */
  readonly token?: string | (() => string | Promise<string>);
  /** How long one attempt may take, in milliseconds; 60,000 by default. */
  readonly timeoutMs?: number;
  /** How long an answer may be, in bytes; 256 MiB by default. */
  readonly maxBytes?: number;
  /** Another `fetch`, for tests or proxies. */
  readonly fetch?: typeof fetch;
}

const TIMEOUT_MS = 60_000;
const MAX_BYTES = 256 * 1024 * 1024;
let lastId = 0;

/**
 * One attempt at one JSON-RPC 2.0 call. A redirect is not followed: it would take the token to another address.
 *
 * @throws StewardCallError, and what the function that gets the token throws
 */
export async function attempt(
  options: TransportOptions,
  method: string,
  params: readonly unknown[],
  signal: AbortSignal | undefined,
  timeoutMs: number | undefined,
): Promise<Answer<unknown>> {
  lastId += 1;
  const id = lastId;
  const body = JSON.stringify({ jsonrpc: '2.0', id, method, params });
  const token = typeof options.token === 'function' ? await options.token() : options.token;
  const headers = new Headers({ 'content-type': 'application/json' });
  if (token !== undefined) headers.set('authorization', token);
  const timeout = AbortSignal.timeout(timeoutMs ?? options.timeoutMs ?? TIMEOUT_MS);
  const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  let response: Response;
  let text: string | undefined;
  try {
    const request: RequestInit = { method: 'POST', headers, body, signal: either, redirect: 'manual' };
    response = await (options.fetch ?? fetch)(options.url, request);
    text = await textOf(response, options.maxBytes ?? MAX_BYTES);
  } catch (cause) {
    throw unanswered(options.url, cause, signal, timeout);
  }
  if (text === undefined) {
    throw new ConnectionError(`${options.url} sent more than maxBytes allows`, { reason: 'protocol' });
  }
  return answerOf(options.url, response, text, id);
}

/** The body; undefined when it is longer than this. Reading it stops there. */
async function textOf({ body }: Response, maxBytes: number): Promise<string | undefined> {
  const reader = body?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let left = maxBytes;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return parts.join('') + decoder.decode();
    left -= value.byteLength;
    if (left < 0) {
      await reader.cancel();
      return undefined;
    }
    parts.push(decoder.decode(value, { stream: true }));
  }
}

function unanswered(
  url: string,
  cause: unknown,
  signal: AbortSignal | undefined,
  timeout: AbortSignal,
): ConnectionError {
  if (signal?.aborted) return aborted(cause);
  if (timeout.aborted) {
    return new ConnectionError(`${url} did not answer in time; the call may have been carried out`, {
      reason: 'timeout',
      cause,
    });
  }
  return new ConnectionError(`${url} was not reached, or the connection broke`, { reason: 'connection', cause });
}

/** What a call that its caller gave up comes to. */
export function aborted(cause: unknown): ConnectionError {
  return new ConnectionError('The call was aborted; it may have been carried out', { reason: 'aborted', cause });
}

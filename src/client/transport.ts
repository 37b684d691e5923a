import { type Answer, answerOf } from './answer.ts';
import { ConnectionError } from './errors.ts';
import { bareToken } from './token.ts';

export interface TransportOptions {
  /** Where the service answers, such as `http://127.0.0.1:7058`. */
  readonly url: string;
  /** A token, or a function that returns one for each call. Without it only public methods can be called. */
  readonly token?: string | (() => string | Promise<string>);
  /** How long one attempt may take, in milliseconds; 60,000 by default. */
  readonly timeoutMs?: number;
  /** The largest answer, in bytes; 256 MiB by default. */
  readonly maxBytes?: number;
  /** Another `fetch`, for tests or proxies. */
  readonly fetch?: typeof fetch;
}

const TIMEOUT_MS = 60_000;
const MAX_BYTES = 256 * 1024 * 1024;
let lastId = 0;

export interface RpcCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

export interface AttemptOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/**
 * One attempt at one JSON-RPC 2.0 call. Redirects are not followed, so that the token goes to no other address.
 *
 * @throws StewardCallError, TypeError for what cannot be a token, and what the function that returns the token throws
 */
export async function attempt(
  { method, params }: RpcCall,
  options: TransportOptions,
  { signal, timeoutMs }: AttemptOptions,
): Promise<Answer<unknown>> {
  lastId += 1;
  const id = lastId;
  const body = JSON.stringify({ jsonrpc: '2.0', id, method, params });
  const token = typeof options.token === 'function' ? await options.token() : options.token;
  const headers = new Headers({ 'content-type': 'application/json' });
  if (token !== undefined) headers.set('authorization', headerOf(token));
  const timeout = AbortSignal.timeout(timeoutMs ?? options.timeoutMs ?? TIMEOUT_MS);
  const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  let response: Response;
  let text: string | undefined;
  try {
    const request: RequestInit = { method: 'POST', headers, body, signal: either, redirect: 'manual' };
    response = await (options.fetch ?? fetch)(options.url, request);
    text = await textOf(response, options.maxBytes ?? MAX_BYTES);
  } catch (cause) {
    if (signal?.aborted) throw aborted(cause);
    throw unanswered(options.url, cause, timeout.aborted);
  }
  if (text === undefined) {
    throw new ConnectionError(`${options.url} sent more than maxBytes allows`, { reason: 'protocol' });
  }
  return answerOf({ url: options.url, response, text }, id);
}

/** The header of a token. The error does not contain it. @throws TypeError */
function headerOf(token: string): string {
  const bare = bareToken(token);
  if (bare === undefined) throw new TypeError('the token has characters that no token has, such as a line break');
  return bare;
}

/** The body; undefined if it is longer than `maxBytes`, after which reading stops. */
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

function unanswered(url: string, cause: unknown, isLate: boolean): ConnectionError {
  return isLate
    ? new ConnectionError(`${url} did not answer in time; the call may have been carried out`, {
        reason: 'timeout',
        cause,
      })
    : new ConnectionError(`${url} was not reached, or the connection broke`, { reason: 'connection', cause });
}

export function aborted(cause: unknown): ConnectionError {
  return new ConnectionError('The call was aborted; it may have been carried out', { reason: 'aborted', cause });
}

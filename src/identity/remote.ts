import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { errorCode } from '../base/errorCode.ts';

const MAX_CONNECTIONS = 32;

export interface RemoteOptions {
  /** For one request, including the wait for a connection. */
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}

export interface RemoteAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly body: string;
}

/** There is no usable answer. The message says why, and contains nothing that was sent. */
export class RemoteError extends Error {
  /** False if no connection was made: then the request cannot have been carried out. */
  readonly mayHaveArrived: boolean;

  constructor(message: string, mayHaveArrived = true) {
    super(message);
    this.mayHaveArrived = mayHaveArrived;
  }
}

/**
 * Requests to one server. GET uses a few connections that are kept alive. Waits and answers are bounded. Redirects are
 * not followed, so that the credentials in a request go to no other address.
 */
export class Remote {
  readonly #agent: HttpAgent;
  readonly #timeoutMs: number;
  readonly #maxBytes: number;

  constructor(protocol: string, { timeoutMs = 10_000, maxBytes = 1_048_576 }: RemoteOptions = {}) {
    const options = { keepAlive: true, maxSockets: MAX_CONNECTIONS };
    this.#agent = protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
    this.#timeoutMs = timeoutMs;
    this.#maxBytes = maxBytes;
  }

  /** @throws RemoteError */
  get(url: URL, headers: Readonly<Record<string, string>> = {}): Promise<RemoteAnswer> {
    return this.#bounded((attempt) =>
      this.#send(url, { headers }, { ...attempt, agent: this.#agent }).catch((error: unknown) => {
        // The server had closed the kept connection: that says nothing about this request.
        if (error instanceof StaleConnection) return this.#send(url, { headers }, { ...attempt, agent: false });
        throw error;
      }),
    );
  }

  /** Over a connection of its own, so that it is never sent twice. @throws RemoteError */
  post(url: URL, body: string, headers: Readonly<Record<string, string>> = {}): Promise<RemoteAnswer> {
    const sent = { body, headers: { 'content-type': 'application/json', ...headers } };
    return this.#bounded((attempt) => this.#send(url, sent, { ...attempt, agent: false }));
  }

  async #bounded(request: (attempt: Omit<SendAttempt, 'agent'>) => Promise<RemoteAnswer>): Promise<RemoteAnswer> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    let connected = false;
    const onConnected = () => {
      connected = true;
    };
    try {
      return await request({ signal, onConnected });
    } catch (error) {
      if (error instanceof RemoteError) throw error;
      if (signal.aborted) throw new RemoteError(`no answer within ${this.#timeoutMs / 1000} seconds`, connected);
      throw new RemoteError(reasonOf(error), connected);
    }
  }

  #send(
    url: URL,
    { body, headers }: { readonly body?: string; readonly headers: Readonly<Record<string, string>> },
    { agent, signal, onConnected }: SendAttempt,
  ): Promise<RemoteAnswer> {
    return new Promise((resolve, reject) => {
      const isSecure = url.protocol === 'https:';
      const request = (isSecure ? requestHttps : requestHttp)(url, {
        agent,
        signal,
        method: body === undefined ? 'GET' : 'POST',
        headers: { accept: 'application/json', 'accept-encoding': 'identity', ...headers },
      });
      request.on('socket', (socket) => {
        if (request.reusedSocket) onConnected();
        else socket.once(isSecure ? 'secureConnect' : 'connect', onConnected);
      });
      request.on('error', (error) => {
        reject(request.reusedSocket && isClosed(error) ? new StaleConnection() : error);
      });
      request.on('response', (response) => {
        this.#read(response).then(resolve, (error) => {
          request.destroy();
          reject(error);
        });
      });
      request.end(body);
    });
  }

  async #read(response: IncomingMessage): Promise<RemoteAnswer> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response) {
      bytes += chunk.length;
      if (bytes > this.#maxBytes) throw new RemoteError(`the answer is larger than ${this.#maxBytes} bytes`);
      chunks.push(chunk);
    }
    return {
      status: response.statusCode ?? 0,
      statusText: response.statusMessage ?? '',
      body: Buffer.concat(chunks).toString('utf8'),
    };
  }
}

class StaleConnection extends Error {}

interface SendAttempt {
  readonly agent: HttpAgent | false;
  readonly signal: AbortSignal;
  /** Called once the request may have been sent. */
  readonly onConnected: () => void;
}

const isClosed = (error: unknown) => ['ECONNRESET', 'EPIPE'].includes(errorCode(error) ?? '');

/** One of our own messages: that of the error could contain parts of the request. */
function reasonOf(error: unknown): string {
  const code = errorCode(error) ?? 'unknown';
  return REASONS.get(code) ?? `the request failed (${code})`;
}

const UNTRUSTED = 'its certificate is not signed by an authority trusted here (NODE_EXTRA_CA_CERTS adds one)';

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'the connection was refused'],
  ['ECONNRESET', 'the connection was closed before the answer was whole'],
  ['ENOTFOUND', 'there is no host of this name'],
  ['EAI_AGAIN', 'the name of the host cannot be looked up right now'],
  ['ETIMEDOUT', 'the host does not answer'],
  ['EHOSTUNREACH', 'the host cannot be reached'],
  ['ENETUNREACH', 'the network cannot be reached'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNTRUSTED],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNTRUSTED],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNTRUSTED],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another host'],
]);

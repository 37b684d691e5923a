import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { refuse } from '../errors.ts';
import { errorFields } from '../log.ts';
import { addressesOf } from './address.ts';
import { AbortedError, BodyReader } from './body.ts';
import { Dispatcher, type DispatchOptions, type RequestOrigin } from './dispatch.ts';

export interface RpcServerOptions extends DispatchOptions {
  readonly maxBodyBytes: number;
  /** Whether X-Forwarded-For and X-Real-IP are believed. */
  readonly trustForwarded: boolean;
  /** Whether the service could answer a call now. */
  readonly ready: () => Promise<boolean>;
}

export interface RpcServer {
  listen(at: { readonly port: number; readonly host: string }): Promise<{ readonly port: number }>;
  /** Takes no new requests, lets those in flight finish for at most `graceMs`, and closes. */
  stop(graceMs: number): Promise<void>;
}

const CORS_HEADER = 'http_access_control_request_headers';
const JSON_TYPE = 'application/json';
/** A body may take its time; an answer may take as long as it takes (KBase's clients wait for half an hour). */
const HEADERS_TIMEOUT_MS = 30_000;
const BODY_TIMEOUT_MS = 600_000;
const KEEP_ALIVE_MS = 65_000;

/** The HTTP door. A request is matched in this order: health and metrics, JSON-RPC for any POST, KBase's GET, nothing. */
export function createRpcServer(options: RpcServerOptions): RpcServer {
  const dispatcher = new Dispatcher(options);
  const bodies = new BodyReader(options.maxBodyBytes);
  let stopping = false;
  let inFlight = 0;

  const server = http.createServer((request, response) => {
    inFlight += 1;
    response.once('close', () => {
      inFlight -= 1;
    });
    if (stopping) response.setHeader('Connection', 'close');
    handle(request, response).catch((error) => {
      options.log.error('a request could not be answered', errorFields(error));
      response.destroy();
    });
  });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = BODY_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?', 1)[0];
    switch (request.method) {
      case 'POST':
        return answerRpc(request, response);
      case 'GET':
        if (path === '/healthz') return send(response, 200, '{"status":"ok"}');
        if (path === '/readyz') return answerReady(response);
        if (path === '/metrics') return answerMetrics(response);
        if (path === '/') return send(response, 500, dispatcher.refused(refuse('http_get'), originOf(request)).body);
        return send(response, 405, undefined, { Allow: 'POST' });
      case 'HEAD':
        return send(response, path === '/' ? 500 : 405, undefined);
      case 'OPTIONS':
        return send(response, 200, undefined, corsHeaders(request));
      default:
        return send(response, 405, undefined, { Allow: 'POST' });
    }
  }

  async function answerRpc(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const origin = originOf(request);
    let body: Buffer;
    try {
      body = await bodies.read(request);
    } catch (error) {
      if (error instanceof AbortedError) return;
      // What was not read is in the way of whatever would come next on this connection.
      send(response, 500, dispatcher.refused(error, origin).body, { ...corsHeaders(request), Connection: 'close' });
      response.once('finish', () => request.destroy());
      return;
    }
    const reply = await dispatcher.dispatch(body, origin);
    send(response, reply.status, reply.body, corsHeaders(request));
  }

  async function answerReady(response: ServerResponse): Promise<void> {
    const ready = !stopping && (await options.ready());
    send(response, ready ? 200 : 503, JSON.stringify({ status: ready ? 'ready' : 'not ready' }));
  }

  async function answerMetrics(response: ServerResponse): Promise<void> {
    send(response, 200, await options.metrics.text(), { 'Content-Type': options.metrics.contentType });
  }

  function originOf(request: IncomingMessage): RequestOrigin {
    return { authorization: request.headers.authorization, ...addressesOf(request, options.trustForwarded) };
  }

  return {
    listen: ({ port, host }) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          const address = server.address();
          resolve({ port: typeof address === 'object' && address !== null ? address.port : port });
        });
      }),
    stop: async (graceMs) => {
      stopping = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const deadline = performance.now() + graceMs;
      while (inFlight > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
      server.closeAllConnections();
      await closed;
    },
  };
}

function corsHeaders(request: IncomingMessage): http.OutgoingHttpHeaders {
  const asked = request.headers[CORS_HEADER];
  return {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Headers': typeof asked === 'string' ? asked : 'authorization',
  };
}

function send(
  response: ServerResponse,
  status: number,
  body: string | undefined,
  headers: http.OutgoingHttpHeaders = {},
): void {
  const type = body === undefined ? {} : { 'Content-Type': JSON_TYPE };
  const length = status === 204 ? {} : { 'Content-Length': Buffer.byteLength(body ?? '') };
  response.writeHead(status, { ...type, ...length, ...headers });
  response.end(body);
}

import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { refuse } from '../errors.ts';
import { errorFields } from '../log.ts';
import { ClientAddresses, type ProxyRules } from './address.ts';
import { AbortedError, BodyReader } from './body.ts';
import { Connections } from './connections.ts';
import { Dispatcher, type DispatchOptions, type RequestOrigin } from './dispatch.ts';
import type { Body } from './envelope.ts';
import type { RouteHandler, RouteReply, Routes } from './routes.ts';

export interface RpcServerOptions extends DispatchOptions {
  readonly maxBodyBytes: number;
  /** Whose X-Forwarded-For and X-Real-IP are believed. */
  readonly proxies: ProxyRules;
  /** Whether the service could answer a call now. */
  readonly ready: () => Promise<boolean>;
  /** What it does while it is not ready, such as `migrating`; undefined where there is no word for it. */
  readonly unready?: () => string | undefined;
  /** What is answered beside JSON-RPC. */
  readonly routes?: Routes;
}

export interface RpcServer {
  listen(at: { readonly port: number; readonly host: string }): Promise<{ readonly port: number }>;
  /** Takes no new connections, lets the requests in flight finish for at most `graceMs`, and closes. */
  stop(graceMs: number): Promise<void>;
}

const CORS_HEADER = 'http_access_control_request_headers';
const JSON_TYPE = 'application/json';
/** A body may take its time; an answer may take as long as it takes (KBase's clients wait for half an hour). */
const HEADERS_TIMEOUT_MS = 30_000;
const BODY_TIMEOUT_MS = 600_000;
const KEEP_ALIVE_MS = 65_000;
/** How long the rest of a body that is not wanted is still taken and thrown away. */
const LINGER_MS = 5_000;

/**
 * The HTTP door. A request is matched in this order: health and metrics, the routes of other systems, JSON-RPC for any
 * POST, KBase's GET, nothing.
 */
export function createRpcServer(options: RpcServerOptions): RpcServer {
  const { routes } = options;
  const dispatcher = new Dispatcher(options);
  const addresses = new ClientAddresses(options.proxies);
  const bodies = new BodyReader(options.maxBodyBytes);
  let stopped: Promise<void> | undefined;

  const server = http.createServer(serve);
  const connections = new Connections(server);
  // A client that asks first is told before it sends what nobody wants.
  server.on('checkContinue', (request, response) => {
    if (!bodies.declaredTooLong(request)) response.writeContinue();
    serve(request, response);
  });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = BODY_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;

  function serve(request: IncomingMessage, response: ServerResponse): void {
    connections.owe(response, request.socket);
    if (stopped !== undefined) response.setHeader('Connection', 'close');
    handle(request, response).catch((error) => {
      if (response.headersSent) {
        options.log.error('an answer could not be sent', errorFields(error));
        response.destroy();
      } else {
        send(response, 500, dispatcher.refused(error, originOf(request)).body, corsHeaders(request));
      }
    });
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?', 1)[0];
    const route = path === undefined || path === '/' ? undefined : routes?.handlerOf(request.method ?? '', path);
    if (route !== undefined) return answerRoute(route, request, response);
    switch (request.method) {
      case 'POST':
        return answerRpc(request, response);
      case 'GET':
        if (path === '/healthz') return send(response, 200, ['{"status":"ok"}']);
        if (path === '/readyz') return answerReady(response);
        if (path === '/metrics') return answerMetrics(response);
        if (path === '/') return send(response, 500, dispatcher.refused(refuse('http_get'), originOf(request)).body);
        return answerNowhere(response);
      case 'HEAD':
        return send(response, path === '/' ? 500 : 405, undefined);
      case 'OPTIONS':
        return send(response, 200, undefined, corsHeaders(request));
      default:
        return answerNowhere(response);
    }
  }

  function answerNowhere(response: ServerResponse): void {
    const { status, headers, body } = routes?.nowhere ?? { status: 405, headers: { Allow: 'POST' }, body: undefined };
    send(response, status, body === undefined ? undefined : [body], headers);
  }

  async function answerRoute(route: RouteHandler, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '/', headers } = request;
    const known = { url, headers, origin: originOf(request) };
    let body: Buffer;
    try {
      body = await bodies.read(request);
    } catch (error) {
      if (error instanceof AbortedError) return;
      turnAway(request, response, route.refused(error, known));
      return;
    }
    const reply = await route.answer({ ...known, body });
    send(response, reply.status, reply.body === undefined ? undefined : [reply.body], reply.headers);
  }

  async function answerRpc(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const origin = originOf(request);
    let body: Buffer;
    try {
      body = await bodies.read(request);
    } catch (error) {
      if (error instanceof AbortedError) return;
      const { body: refusal } = dispatcher.refused(error, origin);
      turnAway(request, response, { status: 500, headers: corsHeaders(request), body: (refusal ?? []).join('') });
      return;
    }
    const reply = await dispatcher.dispatch(body, origin);
    send(response, reply.status, reply.body, corsHeaders(request));
  }

  async function answerReady(response: ServerResponse): Promise<void> {
    const ready = stopped === undefined && (await options.ready().catch(() => false));
    const status = ready ? 'ready' : (options.unready?.() ?? 'not ready');
    send(response, ready ? 200 : 503, [JSON.stringify({ status })]);
  }

  async function answerMetrics(response: ServerResponse): Promise<void> {
    send(response, 200, [await options.metrics.text()], { 'Content-Type': options.metrics.contentType });
  }

  function originOf(request: IncomingMessage): RequestOrigin {
    return { authorization: request.headers.authorization, ...addresses.of(request) };
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
    stop: (graceMs) => {
      stopped ??= connections.drain(graceMs);
      return stopped;
    },
  };
}

/**
 * Answers a request whose body is not wanted, or no longer. To close at once would reset the connection while the client
 * still sends, and it would never read why.
 */
function turnAway(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body = '' }: RouteReply,
): void {
  response.writeHead(status, {
    'Content-Type': JSON_TYPE,
    'Content-Length': Buffer.byteLength(body),
    ...headers,
    Connection: 'close',
  });
  response.write(body);
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  request.once('end', end).once('close', end).resume();
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
  body: Body | undefined,
  headers: http.OutgoingHttpHeaders = {},
): void {
  const type = body === undefined ? {} : { 'Content-Type': JSON_TYPE };
  const length = status === 204 ? {} : { 'Content-Length': lengthOf(body ?? []) };
  response.writeHead(status, { ...type, ...length, ...headers });
  if (body === undefined || body.every((chunk) => typeof chunk === 'string')) {
    response.end(body?.join(''));
    return;
  }
  response.cork();
  for (const chunk of body) response.write(chunk);
  response.end();
}

function lengthOf(body: Body): number {
  return body.reduce((sum, chunk) => sum + Buffer.byteLength(chunk), 0);
}

import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { siteOf } from '../../base/addresses.ts';
import { defined } from '../../base/defined.ts';
import { refuse, StewardError } from '../../base/errors.ts';
import { wholeOf } from '../../base/json/bytes.ts';
import { errorFields } from '../../base/log.ts';
import type { Identified } from '../../gate/door.ts';
import { ClientAddresses, type ProxyRules } from './address.ts';
import { AbortedError, type BodyBounds, BodyReader, type IncomingBody, maxMemoryBody } from './body.ts';
import type { RequestOrigin } from './calls.ts';
import { Connections } from './connections.ts';
import type { ConsoleFiles } from './consoleFiles.ts';
import { Cors } from './cors.ts';
import { Dispatcher, type DispatchOptions } from './dispatch.ts';
import { type Body, isInMemory, lengthOf, type Reply } from './envelope.ts';
import type { HangUp } from './hangUp.ts';
import { HeldAnswers } from './heldAnswers.ts';
import { PAGE, PAGE_HEADERS, wantsPage } from './page.ts';
import { logRequest } from './requestLog.ts';
import { assertPlainBody, type RequestTarget, targetOf } from './requestTarget.ts';
import type { RouteHandler, RouteHead, Routes } from './routes.ts';
import { cutIfStalled, STALL_MS, sendPieces, sendStreamed } from './streamed.ts';

export interface RpcServerOptions extends DispatchOptions {
  readonly bodies: BodyBounds;
  /** How many bytes of answers may be in memory until clients have read them. */
  readonly maxHeldAnswerBytes: number;
  /** After how long a client is disconnected that reads nothing of an answer; 30 seconds by default. */
  readonly stallMs?: number;
  readonly proxies: ProxyRules;
  readonly ready: () => Promise<boolean>;
  /** What it does while it is not ready, such as `migrating`, if it can tell. */
  readonly unready?: () => string | undefined;
  /** How many processes answer at the port and how many should, for health, if there are several. */
  readonly workers?: () => { readonly configured: number; readonly running: number } | undefined;
  /** The metrics of all of them together. */
  readonly metricsOfAll?: () => Promise<string>;
  /** What is wrong with the policy file, for `readyz`. */
  readonly policyTrouble?: () => string | undefined;
  /** The origins whose pages may do more than KBase lets any page do. */
  readonly corsOrigins?: readonly string[];
  readonly routes?: Routes;
  /** The operator's console, if it is served. */
  readonly console?: ConsoleFiles;
  /** Texts that everybody may read, by path; a text is undefined while there is none. */
  readonly texts?: () => ReadonlyMap<string, () => Promise<string | undefined>> | undefined;
}

export interface RpcServer {
  listen(at: { readonly port: number; readonly host: string }): Promise<{ readonly port: number }>;
  /** Accepts no new connections, waits at most `graceMs` for the requests in flight, and closes. */
  stop(graceMs: number): Promise<void>;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly origin: RequestOrigin;
  /** Sends `100 Continue` if the client waits for it. */
  readonly begin: () => void;
}

const OWN_PATHS: ReadonlySet<string> = new Set([
  ...['/', '/healthz', '/readyz', '/metrics', '/openapi.json'],
  ...['/audit/checkpoint', '/audit/key'],
]);
const TEXT_HEADERS = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' };
/** In an answer, the receipts; in a request, `header` keeps them out of the body of the answer. */
const RECEIPT_HEADER = 'steward-receipt';
const JSON_TYPE = 'application/json';
/**
 * Bounds for headers and bodies, which also have a lowest rate (BodyReader); KBase's clients wait half an hour for
 * answers.
 */
const HEADERS_TIMEOUT_MS = 30_000;
const BODY_TIMEOUT_MS = 1_800_000;
const TIMEOUTS_CHECKED_MS = 5_000;
const KEEP_ALIVE_MS = 65_000;
/** Readiness is answered within a second. */
const READY_MS = 900;
/** Says that encoded bodies are not accepted, as RFC 9110 section 12.5.3 recommends for status 415. */
const ONLY_PLAIN_BODIES = { 'Accept-Encoding': 'identity' };
/** For how long the rest of a refused body is still read and dropped. */
const LINGER_MS = 5_000;

/**
 * The HTTP server. A request is matched in this order: the routes of other systems, JSON-RPC for any POST, health and
 * metrics, the page or KBase's answer to GET.
 */
export function createRpcServer(options: RpcServerOptions): RpcServer {
  const { routes, stallMs = STALL_MS } = options;
  const dispatcher = new Dispatcher(options);
  const addresses = new ClientAddresses(options.proxies);
  const bodies = new BodyReader(options.bodies);
  const answers = new HeldAnswers({
    maxHeldAnswerBytes: options.maxHeldAnswerBytes,
    spool: options.bodies.files?.spool,
  });
  const cors = new Cors(options.corsOrigins ?? []);
  const { metrics, limits } = options;
  metrics.measure('bodyBytes', () => bodies.held);
  metrics.measure('answerBytes', () => answers.held);
  metrics.measure('spoolBytes', () => options.bodies.files?.spool.held ?? 0);
  metrics.measure('callsWaiting', () => limits.waiting);
  metrics.measure('bodiesWaiting', () => limits.waitingToParse);
  let stopped: Promise<void> | undefined;

  const server = http.createServer({ connectionsCheckingInterval: TIMEOUTS_CHECKED_MS }, (request, response) =>
    serve(request, response, () => undefined),
  );
  const connections = new Connections(server);
  // A client that waits for `100 Continue` gets it when its body is about to be read, and otherwise not at all.
  server.on('checkContinue', (request, response) => {
    response.setHeader('Connection', 'close');
    serve(request, response, () => {
      if (stopped === undefined) response.removeHeader('Connection');
      response.writeContinue();
    });
  });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = BODY_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;

  function serve(request: IncomingMessage, response: ServerResponse, begin: () => void): void {
    const hangUp = connections.track(response, request.socket);
    const exchange: Exchange = { request, response, begin, origin: originOf(request, hangUp) };
    handle(exchange).catch((error) => {
      if (response.headersSent) {
        options.log.error('an answer could not be sent', errorFields(error));
        response.destroy();
      } else {
        void reply(exchange, dispatcher.refused(error, exchange.origin), siteOf(exchange.origin.address));
      }
    });
  }

  async function handle(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    let target: RequestTarget;
    try {
      target = targetOf(request);
    } catch (error) {
      const { body } = dispatcher.refused(error, exchange.origin);
      return turnAway(exchange, { status: 400, body });
    }
    const { path } = target;
    const route = path === '/' ? undefined : routes?.handlerOf(request.method ?? '', path);
    if (route !== undefined) return answerRoute(route, exchange, target);
    if (request.method === 'POST') return answerRpc(exchange);
    logRequest(options.log, exchange, path);
    switch (request.method) {
      case 'HEAD':
      case 'GET':
        if (path === '/healthz') return send(response, { status: 200, body: [health({ status: 'ok' })] });
        if (path === '/readyz') return answerReady(response);
        if (path === '/metrics') return answerMetrics(response);
        if (path === '/') return answerRoot(exchange);
        if (path === '/audit/checkpoint' || path === '/audit/key') return answerText(response, path);
        return answerConsole(exchange, path) ?? answerNotFound(response, path);
      case 'OPTIONS':
        return send(response, { status: 200, headers: cors.preflight(request) });
      default:
        return answerNotFound(response, path);
    }
  }

  /** Undefined if the path is not the console's, or the console is not served. */
  function answerConsole({ request, response }: Exchange, path: string): Promise<void> | undefined {
    const answer = options.console?.answer(path, request.headers['accept-encoding']?.toString());
    if (answer === undefined) return undefined;
    return send(response, { ...answer, body: answer.body === undefined ? undefined : [answer.body] });
  }

  /** For HEAD, Node sends the length of the body and not the body. */
  function answerRoot({ request, response, origin }: Exchange): Promise<void> {
    if (wantsPage(request)) return send(response, { status: 200, body: [PAGE], headers: PAGE_HEADERS });
    if (request.method === 'HEAD') return send(response, { status: 500 });
    const { body } = dispatcher.refused(refuse('http_get'), origin);
    return send(response, { status: 500, body, headers: { Vary: 'Accept' } });
  }

  function answerNotFound(response: ServerResponse, path: string): Promise<void> {
    if (OWN_PATHS.has(path)) return send(response, { status: 405, headers: { Allow: 'GET, HEAD, POST' } });
    const { status, headers, body } = routes?.notFound ?? { status: 405, headers: { Allow: 'POST' }, body: undefined };
    return send(response, { status, headers, body: body === undefined ? body : [body] });
  }

  async function answerRoute(route: RouteHandler, exchange: Exchange, { url, host }: RequestTarget): Promise<void> {
    const { request, response, origin } = exchange;
    const { headers } = request;
    const head: RouteHead = { url, headers: { ...headers, host }, origin };
    const allowed = Object.entries(cors.route(request, route.isPublic));
    for (const [name, value] of allowed) response.setHeader(name, value ?? '');
    const refuseBody = (error: unknown, more?: http.OutgoingHttpHeaders) => {
      const { status, headers, body = '' } = route.refused(error, head);
      turnAway(exchange, { status, headers: { ...headers, ...more }, body: [body] });
    };
    try {
      assertPlainBody(request);
    } catch (error) {
      return refuseBody(error, ONLY_PLAIN_BODIES);
    }
    const maxBytes = Math.min(route.maxBodyBytes, maxMemoryBody(options.bodies));
    const body = bodyOf(exchange, maxBytes, () => route.identify(head));
    try {
      const bytes = await body.whole.then(wholeOf).catch((error) => {
        if (!(error instanceof AbortedError)) refuseBody(error);
      });
      if (bytes === undefined) return;
      const answer = await route.answer({ ...head, body: bytes, sender: body.holder() });
      if ('pieces' in answer) await sendStreamed(response, answer, { isHead: request.method === 'HEAD', stallMs });
      else
        await sendHeld(
          response,
          { ...answer, body: answer.body === undefined ? undefined : [answer.body] },
          body.holder(),
        );
    } finally {
      body.release();
    }
  }

  async function answerRpc(exchange: Exchange): Promise<void> {
    const { origin, request } = exchange;
    try {
      assertPlainBody(request);
    } catch (error) {
      const { body } = dispatcher.refused(error, origin);
      return turnAway(exchange, { status: 415, headers: { ...cors.rpc(request), ...ONLY_PLAIN_BODIES }, body });
    }
    const body = bodyOf(exchange, Number.POSITIVE_INFINITY, () => dispatcher.identify(origin));
    origin.hangUp?.listen(() => body.abandon());
    try {
      const bytes = await body.whole.catch((error) => {
        if (error instanceof AbortedError) return;
        const refusal = dispatcher.refused(error, origin, body.head());
        const isSlow = error instanceof StewardError && error.reason === 'body_too_slow';
        const headers = { ...cors.rpc(request), ...retryHeader(refusal) };
        turnAway(exchange, { status: isSlow ? 408 : refusal.status, headers, body: refusal.body });
      });
      if (bytes === undefined) return;
      const strict = request.headers[RECEIPT_HEADER] === 'header';
      const sender = body.holder();
      await reply(exchange, await dispatcher.dispatch({ bytes, sender, strict }, origin), sender);
    } finally {
      body.release();
    }
  }

  function bodyOf(
    { request, begin, origin }: Exchange,
    maxBytes: number,
    identify: () => Promise<Identified | undefined>,
  ): IncomingBody {
    const { maxBodyBytes, maxAnonymousBodyBytes } = options.bodies;
    return bodies.read(request, {
      identified: Math.min(maxBytes, maxBodyBytes),
      anonymous: Math.min(maxBytes, maxBodyBytes, maxAnonymousBodyBytes),
      address: siteOf(origin.address),
      identify,
      begin,
    });
  }

  /** @param holder whom the answer counts for until it is read */
  function reply(
    { request, response }: Exchange,
    { status, body, retryAfter, receipts }: Reply,
    holder: string,
  ): Promise<void> {
    const headers = {
      ...cors.rpc(request),
      ...retryHeader({ retryAfter }),
      ...defined({ 'Steward-Receipt': receipts }),
    };
    return sendHeld(response, { status, body, headers }, holder);
  }

  /** Sends an answer that may be long. What of it is in memory counts until the client has read it. */
  async function sendHeld(response: ServerResponse, answer: HttpAnswer, holder: string): Promise<void> {
    const { body } = answer;
    if (body === undefined || answers.isSmall(body)) return send(response, answer);
    const held = await answers.hold(response, body, holder);
    cutIfStalled(response, stallMs);
    return send(response, { ...answer, body: held });
  }

  async function answerReady(response: ServerResponse): Promise<void> {
    const ready = stopped === undefined && (await within(READY_MS, options.ready()));
    const status = ready ? 'ready' : (options.unready?.() ?? 'not ready');
    const policy = options.policyTrouble?.();
    await send(response, { status: ready ? 200 : 503, body: [health({ status, ...defined({ policy }) })] });
  }

  function health(found: { readonly status: string; readonly policy?: string }): string {
    return JSON.stringify({ ...found, ...defined({ workers: options.workers?.() }) });
  }

  async function answerMetrics(response: ServerResponse): Promise<void> {
    const headers = { 'Content-Type': metrics.contentType };
    await send(response, { status: 200, body: [await (options.metricsOfAll ?? metrics.text)()], headers });
  }

  async function answerText(response: ServerResponse, path: string): Promise<void> {
    const text = await options
      .texts?.()
      ?.get(path)?.()
      .catch(() => undefined);
    if (text !== undefined) return send(response, { status: 200, body: [text], headers: TEXT_HEADERS });
    await send(response, { status: 503, body: ['There is none at the moment.\n'], headers: TEXT_HEADERS });
  }

  function originOf(request: IncomingMessage, hangUp: HangUp): RequestOrigin {
    const traceparent = request.headers.traceparent?.toString();
    return { authorization: request.headers.authorization, ...addresses.of(request), traceparent, hangUp };
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
 * Answers a request whose body is not read completely. Closing the connection at once would reset it while the client
 * still sends, and the client would not read the answer.
 */
function turnAway({ request, response }: Exchange, { status, headers, body = [] }: HttpAnswer): void {
  const own = { 'Content-Type': JSON_TYPE, 'Content-Length': lengthOf(body) };
  response.writeHead(status, { ...own, ...headers, Connection: 'close' });
  response.write(body.join(''));
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  request.once('end', end).once('close', end).resume();
}

const retryHeader = ({ retryAfter }: { readonly retryAfter?: number | undefined }): http.OutgoingHttpHeaders =>
  defined({ 'Retry-After': retryAfter?.toString() });

/** False if the promise rejects or does not resolve in time. */
async function within(milliseconds: number, question: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const answer = await Promise.race([question.catch(() => false), late]);
  clearTimeout(timer);
  return answer;
}

/** An answer of HTTP; with a body, its type is JSON unless the headers say otherwise. */
interface HttpAnswer {
  readonly status: number;
  readonly body?: Body | undefined;
  readonly headers?: http.OutgoingHttpHeaders;
}

/** Sends an answer, whose body may be partly in a file. Resolves once all of it is written. */
async function send(response: ServerResponse, { status, body, headers }: HttpAnswer): Promise<void> {
  const type = body === undefined ? {} : { 'Content-Type': JSON_TYPE };
  const length = status === 204 ? {} : { 'Content-Length': lengthOf(body ?? []) };
  response.writeHead(status, { ...type, ...length, ...headers });
  if (body === undefined || body.every((chunk) => typeof chunk === 'string')) {
    response.end(body?.join(''));
    return;
  }
  if (!body.every(isInMemory)) return sendPieces(response, body);
  response.cork();
  for (const chunk of body) response.write(chunk);
  response.end();
}

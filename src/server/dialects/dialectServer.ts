import { randomUUID } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import { defined } from '../../base/defined.ts';
import { refuse, retryAfter } from '../../base/errors.ts';
import { JsonStream } from '../../base/json/jsonStream.ts';
import { cutToCharacters } from '../../base/text.ts';
import type { Answer, DialectDoor, Identified, Origin } from '../../gate/door.ts';
import type { CallLimits } from '../rpc/callLimits.ts';
import { type Call, type CallNames, Calls, type CallsOptions } from '../rpc/calls.ts';
import { parseJson } from '../rpc/json.ts';
import type { RouteHandler, RouteHead, RouteReply, RouteRequest, Routes, StreamedReply } from '../rpc/routes.ts';
import { type Dialect, type DialectReply, type DialectRequest, FORM_BYTES, LIST_BYTES, type Route } from './dialect.ts';
import { type Match, Matcher } from './match.ts';
import { openApi } from './openApi.ts';
import { header } from './words.ts';

export interface DialectServerOptions extends CallsOptions {
  readonly door: DialectDoor;
  readonly dialects: readonly Dialect[];
  readonly limits: CallLimits;
  readonly version: string;
  /** The public URL of the service; by default that of the request's host. */
  readonly serviceUrl?: string;
}

/** The answer of the University of Toronto's IIIF API on unknown paths. */
const NOT_FOUND: RouteReply = {
  status: 405,
  headers: { Allow: 'POST', 'Content-Type': 'application/json' },
  body: '{"error":"This API endpoint is invalid."}',
};

function handlerWith(reply: RouteReply): RouteHandler {
  return {
    isPublic: true,
    maxBodyBytes: LIST_BYTES,
    identify: async () => undefined,
    answer: async () => reply,
    refused: () => reply,
  };
}

/** Stored content may have more values than other bodies. */
const MAX_CONTENT_VALUES = 1_000_000;
const ADMINISTER = 'Workspace.administer';

/** Answers the requests of other systems' clients, as their dialects say, through the gate. */
export class DialectServer implements Routes {
  readonly notFound = NOT_FOUND;
  readonly #options: DialectServerOptions;
  readonly #calls: Calls;
  readonly #matcher: Matcher;
  readonly #openApi: RouteHandler;

  constructor(options: DialectServerOptions) {
    this.#options = options;
    this.#calls = new Calls(options);
    this.#matcher = new Matcher(options.dialects);
    const body = JSON.stringify(openApi(options.dialects, options.version));
    this.#openApi = handlerWith({ status: 200, headers: { 'Content-Type': 'application/json' }, body });
  }

  handlerOf(verb: string, path: string): RouteHandler | undefined {
    const isRead = verb === 'GET' || verb === 'HEAD';
    if (path === '/openapi.json' && isRead) return this.#openApi;
    // HEAD is answered as GET, and OPTIONS by the server.
    const match = verb === 'OPTIONS' ? undefined : this.#matcher.match(verb === 'HEAD' ? 'GET' : verb, path);
    if (match === undefined) return undefined;
    // Without a route, the body is read and dropped, so that the answer is about the path and not about the size.
    const { maxBody = FORM_BYTES } = match.route ?? { maxBody: LIST_BYTES };
    return {
      isPublic: isRead && match.route?.open === true,
      maxBodyBytes: maxBody === 'content' ? Number.POSITIVE_INFINITY : maxBody,
      identify: (head) => this.#identify(match, head),
      answer: (request) => this.#answer(match, verb, request),
      refused: (error, head) => this.#failed({ match, verb, head, call: this.#calls.begin(head.origin) }, error),
    };
  }

  async #identify({ dialect, route }: Match, { headers, origin }: RouteHead): Promise<Identified | undefined> {
    const proof = dialect.credential(headers);
    // A credential in the body comes too late.
    const isBare = proof.authorization === undefined && proof.credential === undefined;
    if (isBare || route?.credential !== undefined) return undefined;
    const { address, socketAddress } = origin;
    const { door } = this.#options;
    const method = { ...shapeOf(door, ADMINISTER), auth: 'required' as const };
    return door.identify(method, { requestId: randomUUID(), address, socketAddress, ...proof });
  }

  async #answer(match: Match, verb: string, request: RouteRequest): Promise<RouteReply | StreamedReply> {
    const { dialect, route, verbs } = match;
    if (route === undefined) {
      const answer = verbs.length === 0 ? dialect.unknownPaths?.answer(pathOf(request.url)) : undefined;
      return withHead(written(dialect, answer ?? dialect.wrongVerb(verb, verbs), request));
    }
    const task: Task = { match, verb, head: request, call: this.#calls.begin(request.origin) };
    const ended = this.#calls.working();
    try {
      const head = this.#headOf(match, request);
      task.parsed = { ...head, body: undefined };
      dialect.assertGenuine?.(route, head.headers, head.base);
      const names = [route.calls.method, route.calls.command];
      const { parsed, answered } = await task.call.deadline.run(names, () =>
        this.#run(task, { dialect, route }, request),
      );
      const { result, receipt } = answered;
      const answer = route.answer(result as never, parsed, task.call.caller);
      const receiptText = receipt && `${receipt.record} ${receipt.hash}`;
      const headers = { ...defined({ 'Steward-Receipt': receiptText }), ...answer.headers };
      const { body, status } = answer;
      // A stream already is JSON text, as this dialect writes it.
      const reply =
        body instanceof JsonStream
          ? { status, headers: headersOf(dialect, headers, true), pieces: body.pieces }
          : written(dialect, { ...answer, headers }, request);
      this.#calls.succeeded(task.call, namesOf(task));
      return reply;
    } catch (thrown) {
      return this.#failed(task, thrown);
    } finally {
      ended();
    }
  }

  async #run(task: Task, served: Served, request: RouteRequest) {
    const { call } = task;
    const { dialect, route } = served;
    // The credential is checked before the body is parsed.
    if (route.credential === undefined) await this.#identifyCaller(call, route, dialect.credential(request.headers));
    const parsed = { ...this.#headOf(task.match, request), body: await this.#read(dialect, route, request) };
    task.parsed = parsed;
    return { parsed, answered: await this.#call(call, served, parsed) };
  }

  async #call(call: Call, { dialect, route }: Served, parsed: DialectRequest): Promise<Answer> {
    const { door, limits } = this.#options;
    const { credential } = route;
    const calls = route.callsFor?.(parsed) ?? route.calls;
    const proof = credential?.(parsed) ?? dialect.credential(parsed.headers);
    const origin = originOf(call, proof);
    if (credential !== undefined) await this.#identifyCaller(call, route, proof);
    const { caller } = call;
    const administer = shapeOf(door, ADMINISTER);
    const method = calls.method === undefined ? administer : shapeOf(door, calls.method);
    const mayRun = async () => calls.command !== undefined && (await this.#mayRun(caller, calls.command, origin));
    const sent = await paramsOf(route, parsed, async () => calls.method !== undefined || (await mayRun()));
    const commands = calls.command !== undefined && (calls.method === undefined || (await mayRun()));
    return limits.run({ method: commands ? administer : method, caller, origin }, () =>
      commands
        ? door.call(administer, { caller, params: [{ command: calls.command, params: sent }], origin })
        : door.call(method, { caller, params: sent === undefined ? [] : [sent], origin }),
    );
  }

  /** Identifies the caller, and notes them in the call. @throws what a credential is refused for */
  async #identifyCaller(call: Call, { calls, open }: Route, proof: Proof): Promise<void> {
    const { door, limits } = this.#options;
    const origin = originOf(call, proof);
    const method = shapeOf(door, calls.method ?? ADMINISTER);
    const identify = () => door.identify(open ? method : { ...method, auth: 'required' }, origin);
    // Checking a password costs time, and anybody can ask for it: it counts as an anonymous call.
    const caller = await (isGuess(proof) ? limits.run({ method, caller: undefined, origin }, identify) : identify());
    if (caller !== undefined) call.caller = caller;
  }

  #headOf({ path }: Match, { url, headers }: RouteRequest): Omit<DialectRequest, 'body'> {
    const at = url.indexOf('?');
    const query = new URLSearchParams(at < 0 ? '' : url.slice(at + 1));
    return { path, query, headers, base: baseOf(headers, this.#options.serviceUrl) };
  }

  /** @throws parse_error, media_type_unsupported */
  async #read({ jsonOnly }: Dialect, route: Route, request: RouteRequest): Promise<unknown> {
    const { headers, body, sender, origin } = request;
    if (jsonOnly && route.body !== undefined) assertJson(headers);
    const limited = { bytes: body.length, sender, hangUp: origin.hangUp };
    return this.#options.limits.parse(limited, () => bodyOf(route, headers, body));
  }

  async #mayRun(caller: Identified | undefined, command: string, origin: Origin): Promise<boolean> {
    return caller !== undefined && this.#options.door.mayRun(caller, command, origin);
  }

  #failed(task: Task, thrown: unknown): RouteReply {
    const { match, call, parsed, head } = task;
    const error = this.#calls.failed(call, namesOf(task), thrown);
    const own = parsed === undefined ? undefined : match.route?.refusal?.(error, parsed);
    const answer = own ?? match.dialect.refusal(error, call.caller);
    const wait = defined({ 'Retry-After': retryAfter(error)?.toString() });
    return written(match.dialect, { ...answer, headers: { ...wait, ...answer.headers } }, head);
  }
}

interface Task {
  readonly match: Match;
  readonly verb: string;
  readonly head: RouteHead;
  readonly call: Call;
  /** Set once the request is parsed. */
  parsed?: DialectRequest;
}

interface Served {
  readonly dialect: Dialect;
  readonly route: Route;
}

function namesOf({ match: { dialect, route }, verb }: Task): CallNames {
  const name = `${dialect.system} ${verb} ${route?.path ?? ''}`;
  return { method: name, label: name };
}

/**
 * The parameters of a call. Callers who may not run a command are told so, whatever is wrong with their request: their
 * call goes to the gate without parameters, which refuses and records it.
 */
async function paramsOf({ params }: Route, request: DialectRequest, mayCall: () => Promise<boolean>): Promise<unknown> {
  try {
    return params?.(request);
  } catch (error) {
    if (await mayCall()) throw error;
    return undefined;
  }
}

type Proof = Pick<Origin, 'authorization' | 'credential'>;

function originOf({ requestId, origin: { address, socketAddress, signal } }: Call, proof: Proof): Origin {
  return { requestId, address, socketAddress, ...defined({ signal }), ...proof };
}

function shapeOf(door: DialectDoor, name: string) {
  const method = door.method(name);
  if (method === undefined) throw new TypeError(`a dialect calls the unknown method ${name}`);
  return method;
}

const isGuess = ({ credential }: Pick<Origin, 'credential'>) =>
  credential?.kind === 'password' || credential?.kind === 'secretKey';

const pathOf = (url: string): string => url.split('?', 1)[0] ?? url;

/** @throws media_type_unsupported */
function assertJson(headers: DialectRequest['headers']): void {
  const type = header(headers, 'content-type');
  if (type === undefined || /^application\/json *(;|$)/i.test(type.trim())) return;
  throw refuse('media_type_unsupported', cutToCharacters(type, 100));
}

function baseOf(headers: DialectRequest['headers'], serviceUrl: string | undefined): string {
  if (serviceUrl !== undefined) return serviceUrl.replace(/\/+$/, '');
  const host = header(headers, 'host') ?? '';
  return /^[\w.:[\]-]{1,255}$/.test(host) ? `http://${host}` : 'http://localhost';
}

const FORM = /^(?:application\/x-www-form-urlencoded|multipart\/form-data) *(?:;|$)/i;
const OPEN_BRACE = 0x7b;

/** The texts of a form; the last one of each name counts. @throws parse_error */
async function formOf(type: string, body: Uint8Array): Promise<Readonly<Record<string, unknown>>> {
  try {
    const form = await new Response(body, { headers: { 'Content-Type': type } }).formData();
    return Object.fromEntries([...form].filter(([, value]) => typeof value === 'string'));
  } catch {
    throw refuse('parse_error', 'the body is not a form of its Content-Type');
  }
}

async function bodyOf(
  { body: shape, takes, maxBody }: Route,
  headers: DialectRequest['headers'],
  body: Uint8Array,
): Promise<unknown> {
  if (shape === undefined) return {};
  const type = header(headers, 'content-type') ?? '';
  const isJson = /^application\/json/i.test(type);
  if (takes === 'form' && !isJson) return Object.fromEntries(new URLSearchParams(new TextDecoder().decode(body)));
  // `curl -d` declares JSON as a form.
  if (takes === 'formOrJson' && FORM.test(type) && body[0] !== OPEN_BRACE) return formOf(type, body);
  return parseJson(body, maxBody === 'content' ? { maxValues: MAX_CONTENT_VALUES, isStored: true } : {});
}

function written(
  dialect: Dialect,
  { status, body, headers }: DialectReply,
  parsed: Pick<DialectRequest, 'headers'>,
): RouteReply {
  const json = body === undefined ? undefined : (dialect.write?.(body, parsed) ?? JSON.stringify(body));
  return { status, headers: headersOf(dialect, headers, json !== undefined), body: json };
}

/** Adds HEAD to the allowed verbs if GET is among them. */
function withHead(reply: RouteReply): RouteReply {
  const { Allow: allowed } = reply.headers;
  if (typeof allowed !== 'string' || !allowed.split(', ').includes('GET')) return reply;
  return { ...reply, headers: { ...reply.headers, Allow: allowed.replace('GET', 'GET, HEAD') } };
}

function headersOf(dialect: Dialect, headers: DialectReply['headers'], hasBody: boolean): OutgoingHttpHeaders {
  return { ...(hasBody ? { 'Content-Type': 'application/json' } : {}), ...dialect.headers, ...headers };
}

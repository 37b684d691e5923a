import { randomUUID } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import { refuse, retryAfter } from '../../base/errors.ts';
import { JsonStream } from '../../base/json/jsonStream.ts';
import type { Logger } from '../../base/log.ts';
import { cutToCharacters } from '../../base/text.ts';
import type { Answer, DialectDoor, Identified, Origin } from '../../gate/door.ts';
import type { CallLimits } from '../rpc/callLimits.ts';
import { type Call, Calls, type Named } from '../rpc/calls.ts';
import { parseJson } from '../rpc/json.ts';
import type { Metrics } from '../rpc/metrics.ts';
import type { RouteHandler, RouteHead, RouteReply, RouteRequest, Routes, StreamedReply } from '../rpc/routes.ts';
import { type Dialect, type DialectReply, type DialectRequest, FORM_BYTES, LIST_BYTES, type Route } from './dialect.ts';
import { type Match, Matcher } from './match.ts';
import { openApi } from './openApi.ts';
import { header } from './words.ts';

export interface DeskOptions {
  readonly door: DialectDoor;
  readonly dialects: readonly Dialect[];
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly limits: CallLimits;
  readonly version: string;
  /** The public URL of the service; where absent, the host that the request names. */
  readonly serviceUrl?: string;
}

/** What the University of Toronto's IIIF API says on every path that it does not have. */
const NOWHERE: RouteReply = {
  status: 405,
  headers: { Allow: 'POST', 'Content-Type': 'application/json' },
  body: '{"error":"This API endpoint is invalid."}',
};

/** Gives everybody the same answer. */
function handlerWith(reply: RouteReply): RouteHandler {
  return {
    isPublic: true,
    maxBodyBytes: LIST_BYTES,
    identify: async () => undefined,
    answer: async () => reply,
    refused: () => reply,
  };
}

/** Stored content may hold more values than a call: it is stored as it is. */
const MAX_CONTENT_VALUES = 1_000_000;
const ADMINISTER = 'Workspace.administer';

/** Where the requests of other systems' clients are taken, passed through the gate, and answered in their own words. */
export class DialectServer implements Routes {
  readonly nowhere = NOWHERE;
  readonly #options: DeskOptions;
  readonly #calls: Calls;
  readonly #matcher: Matcher;
  readonly #openApi: RouteHandler;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#calls = new Calls(options);
    this.#matcher = new Matcher(options.dialects);
    const body = JSON.stringify(openApi(options.dialects, options.version));
    const reply = { status: 200, headers: { 'Content-Type': 'application/json' }, body };
    this.#openApi = handlerWith(reply);
  }

  handlerOf(verb: string, path: string): RouteHandler | undefined {
    const isRead = verb === 'GET' || verb === 'HEAD';
    if (path === '/openapi.json' && isRead) return this.#openApi;
    // What can be read can be asked for without its body.
    const match = verb === 'OPTIONS' ? undefined : this.#matcher.match(verb === 'HEAD' ? 'GET' : verb, path);
    if (match === undefined) return undefined;
    // The body of what is not served is read and thrown away: its size is not what is wrong with the request.
    const { maxBody = FORM_BYTES } = match.route ?? { maxBody: LIST_BYTES };
    return {
      isPublic: isRead && match.route?.open === true,
      maxBodyBytes: maxBody === 'content' ? Number.POSITIVE_INFINITY : maxBody,
      identify: (head) => this.#identify(match, head),
      answer: (request) => this.#answer(match, verb, request),
      refused: (error, head) => this.#failed({ match, verb, head, call: this.#calls.begin(head.origin) }, error),
    };
  }

  /** Who sends a body that is too large for strangers. */
  async #identify({ dialect, route }: Match, { headers, origin }: RouteHead): Promise<Identified | undefined> {
    const shown = dialect.credential(headers);
    // A credential that stands in the body comes too late.
    const isBare = shown.authorization === undefined && shown.credential === undefined;
    if (isBare || route?.credential !== undefined) return undefined;
    const { address, socketAddress } = origin;
    const { door } = this.#options;
    const method = { ...shapeOf(door, ADMINISTER), auth: 'required' as const };
    return door.identify(method, { requestId: randomUUID(), address, socketAddress, ...shown });
  }

  async #answer(match: Match, verb: string, request: RouteRequest): Promise<RouteReply | StreamedReply> {
    const { dialect, route, verbs } = match;
    if (route === undefined) {
      const said = verbs.length === 0 ? dialect.unserved?.answer(pathOf(request.url)) : undefined;
      return withHead(written(dialect, said ?? dialect.wrongVerb(verb, verbs), request));
    }
    const task: Task = { match, verb, head: request, call: this.#calls.begin(request.origin) };
    const ended = this.#calls.working();
    try {
      const head = this.#headOf(match, request);
      task.asked = { ...head, body: undefined };
      dialect.assertGenuine?.(route, head.headers, head.base);
      // A stranger is told to say who they are before anything is said of the body.
      if (route.credential === undefined) await this.#admit(task.call, route, dialect.credential(request.headers));
      const asked = { ...head, body: await this.#read(dialect, route, request) };
      task.asked = asked;
      const { result, receipt } = await this.#call(task.call, { dialect, route }, asked);
      const said = route.answer(result as never, asked, task.call.caller);
      const proof = receipt === undefined ? {} : { 'Steward-Receipt': `${receipt.record} ${receipt.hash}` };
      const headers = { ...proof, ...said.headers };
      const { body, status } = said;
      // It is JSON text already, as this dialect writes it.
      const reply =
        body instanceof JsonStream
          ? { status, headers: headersOf(dialect, headers, true), pieces: body.pieces }
          : written(dialect, { ...said, headers }, request);
      this.#calls.succeeded(task.call, named(task));
      return reply;
    } catch (thrown) {
      return this.#failed(task, thrown);
    } finally {
      ended();
    }
  }

  async #call(call: Call, { dialect, route }: Served, asked: DialectRequest): Promise<Answer> {
    const { door, limits } = this.#options;
    const { params, credential } = route;
    const calls = route.callsFor?.(asked) ?? route.calls;
    const shown = credential?.(asked) ?? dialect.credential(asked.headers);
    const origin = originOf(call, shown);
    if (credential !== undefined) await this.#admit(call, route, shown);
    const { caller } = call;
    const administer = shapeOf(door, ADMINISTER);
    const method = calls.method === undefined ? administer : shapeOf(door, calls.method);
    const sent = params?.(asked);
    const commands =
      calls.command !== undefined && (calls.method === undefined || (await this.#mayRun(caller, calls.command)));
    return limits.run({ method: commands ? administer : method, caller, origin }, () =>
      commands
        ? door.call(administer, { caller, params: [{ command: calls.command, params: sent }], origin })
        : door.call(method, { caller, params: sent === undefined ? [] : [sent], origin }),
    );
  }

  /** Finds out who calls, and notes it in the call. @throws what a credential is refused for */
  async #admit(call: Call, { calls, open }: Route, shown: Shown): Promise<void> {
    const { door, limits } = this.#options;
    const origin = originOf(call, shown);
    const method = shapeOf(door, calls.method ?? ADMINISTER);
    const identified = () => door.identify(open ? method : { ...method, auth: 'required' }, origin);
    // To check a password is work that strangers ask for.
    const caller = await (isGuess(shown)
      ? limits.run({ method, caller: undefined, origin }, identified)
      : identified());
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
    return this.#options.limits.parse(body.length, sender, origin, () => bodyOf(route, headers, body));
  }

  async #mayRun(caller: Identified | undefined, command: string): Promise<boolean> {
    return caller !== undefined && this.#options.door.mayRun(caller, command);
  }

  #failed(task: Task, thrown: unknown): RouteReply {
    const { match, call, asked, head } = task;
    const error = this.#calls.failed(call, named(task), thrown);
    const own = asked === undefined ? undefined : match.route?.refusal?.(error, asked);
    const said = own ?? match.dialect.refusal(error, call.caller);
    const seconds = retryAfter(error);
    const wait = seconds === undefined ? {} : { 'Retry-After': String(seconds) };
    return written(match.dialect, { ...said, headers: { ...wait, ...said.headers } }, head);
  }
}

/** One request on its way. */
interface Task {
  readonly match: Match;
  readonly verb: string;
  readonly head: RouteHead;
  readonly call: Call;
  /** Set as soon as it is read. */
  asked?: DialectRequest;
}

/** A route, and whose it is. */
interface Served {
  readonly dialect: Dialect;
  readonly route: Route;
}

function named({ match: { dialect, route }, verb }: Task): Named {
  const name = `${dialect.system} ${verb} ${route?.path ?? ''}`;
  return { method: name, label: name };
}

type Shown = Pick<Origin, 'authorization' | 'credential'>;

function originOf({ requestId, origin: { address, socketAddress, signal } }: Call, shown: Shown): Origin {
  return { requestId, address, socketAddress, ...(signal === undefined ? {} : { signal }), ...shown };
}

function shapeOf(door: DialectDoor, name: string) {
  const method = door.method(name);
  if (method === undefined) throw new TypeError(`a dialect calls ${name}, which there is not`);
  return method;
}

/** Whether the credential is one that can be guessed at. */
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

/** The texts of a form, of each name the last. @throws parse_error */
async function formOf(type: string, body: Uint8Array): Promise<Readonly<Record<string, unknown>>> {
  try {
    const form = await new Response(body, { headers: { 'Content-Type': type } }).formData();
    return Object.fromEntries([...form].filter(([, value]) => typeof value === 'string'));
  } catch {
    throw refuse('parse_error', 'the body is no form as its Content-Type says');
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
  // `curl -d` calls JSON a form, too.
  if (takes === 'formOrJson' && FORM.test(type) && body[0] !== OPEN_BRACE) return formOf(type, body);
  return parseJson(body, maxBody === 'content' ? { maxValues: MAX_CONTENT_VALUES, isKept: true } : {});
}

function written(
  dialect: Dialect,
  { status, body, headers }: DialectReply,
  asked: Pick<DialectRequest, 'headers'>,
): RouteReply {
  const json = body === undefined ? undefined : (dialect.write?.(body, asked) ?? JSON.stringify(body));
  return { status, headers: headersOf(dialect, headers, json !== undefined), body: json };
}

/** What can be read can be asked for without its body too. */
function withHead(reply: RouteReply): RouteReply {
  const { Allow: allowed } = reply.headers;
  if (typeof allowed !== 'string' || !allowed.split(', ').includes('GET')) return reply;
  return { ...reply, headers: { ...reply.headers, Allow: allowed.replace('GET', 'GET, HEAD') } };
}

function headersOf(dialect: Dialect, headers: DialectReply['headers'], hasBody: boolean): OutgoingHttpHeaders {
  return { ...(hasBody ? { 'Content-Type': 'application/json' } : {}), ...dialect.headers, ...headers };
}

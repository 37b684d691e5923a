import { randomUUID } from 'node:crypto';
import jayson from 'jayson';
import { refuse } from '../../base/errors.ts';
import { wholeOf } from '../../base/json/bytes.ts';
import { JsonText } from '../../base/json/jsonText.ts';
import { cutToCharacters } from '../../base/text.ts';
import type { Answer, Door, Identified, MethodShape, Origin } from '../../gate/door.ts';
import { announces20, END, MAX_EXAMINED_BYTES } from './announcedEnvelope.ts';
import type { CallLimits } from './callLimits.ts';
import { type Call, type CallNames, Calls, type CallsOptions, type RequestOrigin } from './calls.ts';
import { type Body, type Outcome, type Reply, type RpcCall, receiptsOf, receiptsOfBatch, retryOf } from './envelope.ts';
import { callOf11, readRequest11, reply11 } from './envelope11.ts';
import { assertBatch, type Id20, idOf, isRequest20, readRequest20, reply20 } from './envelope20.ts';
import { type JsonSource, parseJson } from './json.ts';
import { asUtf8 } from './transcode.ts';
import { wireError } from './wireError.ts';

export interface DispatchOptions extends CallsOptions {
  readonly door: Door;
  readonly limits: CallLimits;
  /** Whether a command of this name exists: no other name becomes a label of the metrics. */
  readonly knownCommand: (name: string) => boolean;
}

interface Context {
  /** Runs the call, and never rejects. */
  readonly run: () => Promise<unknown>;
}

/** The reply to a 2.0 call: a notification has no body. */
type Reply20 = Pick<Reply, 'body' | 'retryAfter' | 'receipts'>;

export interface Received {
  readonly bytes: JsonSource;
  /** The caller or the site that the body is charged to. */
  readonly sender: string;
  /** Whether a 2.0 answer must have only the keys of the specification: then the receipt is only in the header. */
  readonly strict?: boolean;
}

/** What all calls of one body share. */
interface Conversation {
  readonly origin: RequestOrigin;
  readonly strict: boolean;
}

const MAX_NAME = 64;
/** The sender of a large body must have a valid credential, whatever the body then calls. */
const LARGE_BODY: MethodShape = { name: 'a large body', auth: 'required', paramCount: 0, returnsValue: true };

/** Answers bodies, in either envelope. Never rejects. */
export class Dispatcher {
  readonly #options: DispatchOptions;
  readonly #calls: Calls;
  readonly #jayson: jayson.Server;

  constructor(options: DispatchOptions) {
    this.#options = options;
    this.#calls = new Calls(options);
    // jayson gets one method, which runs whatever call it is given: its own table of methods cannot have methods that
    // only some callers may use, and refuses unknown ones before the caller is identified, with messages that are not
    // KBase's. It would send a part of a rejection, and a throw would crash it, so that results and errors do not pass
    // through it.
    const handler: jayson.MethodHandlerContext = (_params, context, done) => {
      void (context as Context).run().then(() => done(null, null));
    };
    const method = new jayson.Method({ handler, useContext: true });
    this.#jayson = new jayson.Server({}, { router: () => method });
  }

  async dispatch({ bytes, sender, strict = false }: Received, origin: RequestOrigin): Promise<Reply> {
    let value: unknown;
    try {
      const body = { bytes: bytes.length, sender, hangUp: origin.hangUp };
      value = await this.#options.limits.parse(body, async () => parseJson(await asUtf8(bytes), { hasId: true }));
    } catch (error) {
      return this.#refuseBody(error, origin, bytes);
    }
    if (!isRequest20(value)) return this.#dispatch11(value, origin);
    const conversation = { origin, strict };
    return Array.isArray(value) ? this.#dispatchBatch(value, conversation) : this.#dispatch20(value, conversation);
  }

  /** Identifies the sender of a large body; undefined for an anonymous one. Rejects if the token is not valid. */
  async identify(origin: RequestOrigin): Promise<Identified | undefined> {
    const { authorization = '' } = origin;
    if (authorization === '') return undefined;
    return this.#options.door.identify(LARGE_BODY, { ...origin, requestId: randomUUID() });
  }

  /** The answer to a request that was not read completely, in the envelope that its beginning announces. */
  refused(error: unknown, origin: RequestOrigin, head: Uint8Array = new Uint8Array()): Reply {
    return this.#refused(error, origin, announces20(head));
  }

  async #refuseBody(error: unknown, origin: RequestOrigin, bytes: JsonSource): Promise<Reply> {
    if (bytes instanceof Uint8Array) return this.refused(error, origin, bytes);
    const [begin, end] = await Promise.all([
      wholeOf(bytes.slice(0, MAX_EXAMINED_BYTES)),
      wholeOf(bytes.slice(Math.max(0, bytes.length - END), bytes.length)),
    ]);
    return this.#refused(error, origin, announces20(begin, end));
  }

  #refused(error: unknown, origin: RequestOrigin, is20: boolean): Reply {
    const outcome = this.#failed(this.#calls.begin(origin), undefined, error);
    if (!is20) return reply11(outcome, undefined);
    return { status: 200, body: reply20(outcome, null), ...retryOf(outcome) };
  }

  async #dispatch11(value: unknown, origin: RequestOrigin): Promise<Reply> {
    const call = this.#calls.begin(origin);
    let id: string | undefined;
    let rpcCall: RpcCall;
    try {
      const request = readRequest11(value);
      id = request.id;
      rpcCall = callOf11(request);
    } catch (error) {
      return reply11(this.#failed(call, undefined, error), id);
    }
    return reply11(await this.#perform(call, rpcCall, false), id);
  }

  async #dispatch20(value: unknown, conversation: Conversation): Promise<Reply> {
    const reply = await this.#answer20(value, conversation);
    return { status: reply.body === undefined ? 204 : 200, ...reply };
  }

  async #dispatchBatch(batch: readonly unknown[], conversation: Conversation): Promise<Reply> {
    const { origin } = conversation;
    try {
      assertBatch(batch);
    } catch (error) {
      return { status: 200, body: reply20(this.#failed(this.#calls.begin(origin), undefined, error), null) };
    }
    const replies: Reply20[] = [];
    for (const value of batch) replies.push(await this.#answer20(value, conversation));
    const bodies = replies.flatMap(({ body }) => (body === undefined ? [] : [body]));
    const receipts = receiptsOfBatch(replies);
    if (bodies.length === 0) return { status: 204, body: undefined, ...receipts };
    const body = ['[', ...bodies.flatMap((item, i) => (i === 0 ? item : [',', ...item])), ']'];
    return { status: 200, body, ...receipts };
  }

  async #answer20(value: unknown, { origin, strict }: Conversation): Promise<Reply20> {
    const call = this.#calls.begin(origin);
    let id: Id20 | undefined;
    let rpcCall: RpcCall;
    try {
      ({ id, call: rpcCall } = readRequest20(value));
    } catch (error) {
      return { body: reply20(this.#failed(call, undefined, error), idOf(value)) };
    }
    const notification = id === undefined;
    const outcome = await this.#perform(call, rpcCall, notification);
    // Nobody would see the result of a privileged call, so that a notification of one is invalid, which is answered.
    if (notification && !('error' in outcome && outcome.error.reason === 'invalid_request')) {
      return { body: undefined, ...receiptsOf(outcome) };
    }
    return { body: reply20(outcome, id ?? null, !strict), ...retryOf(outcome), ...receiptsOf(outcome) };
  }

  async #perform(call: Call, rpcCall: RpcCall, notification: boolean): Promise<Outcome> {
    let answering: Promise<Answer> | undefined;
    const run = () => {
      const names = [rpcCall.method, commandOf(rpcCall.params[0])];
      answering = call.deadline.run(names, () => this.#run(call, rpcCall, notification));
      return answering.catch(() => undefined);
    };
    const ended = this.#calls.working();
    try {
      await this.#jayson.callp({ jsonrpc: '2.0', id: 1, method: 'call', params: [] }, { run } satisfies Context);
      if (answering === undefined) throw new Error('jayson did not run the call');
      const { result, receipt } = await answering;
      const json = jsonOf(result);
      this.#calls.succeeded(call, this.#namesOf(rpcCall));
      const { returnsValue = true } = this.#options.door.method(rpcCall.method) ?? {};
      return { json, receipt, returnsValue };
    } catch (thrown) {
      return this.#failed(call, rpcCall, thrown);
    } finally {
      ended();
    }
  }

  async #run(call: Call, { method: name, params }: RpcCall, notification: boolean): Promise<Answer> {
    const { door, limits } = this.#options;
    const origin: Origin = { ...call.origin, requestId: call.requestId };
    const method = door.method(name);
    if (method === undefined || method.dialectOnly) throw refuse('method_unknown', cutToCharacters(name, 256));
    const caller = await door.identify(method, origin);
    call.caller = caller;
    if (notification && method.name === 'Workspace.administer') {
      await door.refuseNotification(method, caller, origin);
      throw refuse('invalid_request', 'administer needs an id');
    }
    if (params.length !== method.paramCount) throw refuse('params_count', method.name);
    return limits.run({ method, caller, origin }, () => door.call(method, { caller, params, origin }));
  }

  #failed(call: Call, rpcCall: RpcCall | undefined, thrown: unknown): Outcome {
    const error = wireError(this.#calls.failed(call, this.#namesOf(rpcCall), thrown));
    return { error, requestId: call.requestId };
  }

  #namesOf(rpcCall: RpcCall | undefined): CallNames {
    if (rpcCall === undefined) return { method: undefined, label: 'other' };
    const { door, knownCommand } = this.#options;
    const { method, params } = rpcCall;
    const command = method === 'Workspace.administer' ? commandOf(params[0]) : undefined;
    return {
      method: cutToCharacters(method, MAX_NAME),
      label: door.method(method) === undefined ? 'other' : method,
      command: command === undefined ? undefined : { name: command, label: knownCommand(command) ? command : 'other' },
    };
  }
}

/** The result as JSON; what already is JSON is not changed. */
function jsonOf(result: unknown): Body {
  return result instanceof JsonText ? result.chunks : [JSON.stringify(result ?? null) ?? 'null'];
}

function commandOf(params: unknown): string | undefined {
  if (params === null || typeof params !== 'object' || !Object.hasOwn(params, 'command')) return undefined;
  const { command } = params as { command: unknown };
  return typeof command === 'string' ? cutToCharacters(command, MAX_NAME) : undefined;
}

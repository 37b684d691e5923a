import { randomUUID } from 'node:crypto';
import jayson from 'jayson';
import { refuse } from '../../base/errors.ts';
import { wholeOf } from '../../base/json/bytes.ts';
import { JsonText } from '../../base/json/jsonText.ts';
import type { Logger } from '../../base/log.ts';
import { cutToCharacters } from '../../base/text.ts';
import type { Answer, Door, Identified, MethodShape, Origin } from '../../gate/door.ts';
import { announces20, END, LOOKED_AT } from './announcedEnvelope.ts';
import type { CallLimits } from './callLimits.ts';
import { type Call, Calls, type Named, type RequestOrigin } from './calls.ts';
import { type Body, type Outcome, type Reply, type RpcCall, receiptsOf, receiptsOfBatch, retryOf } from './envelope.ts';
import { callOf11, readRequest11, reply11 } from './envelope11.ts';
import { assertBatch, type Id20, idOf, isRequest20, readRequest20, reply20 } from './envelope20.ts';
import { type JsonSource, parseJson } from './json.ts';
import type { Metrics } from './metrics.ts';
import { asUtf8 } from './transcode.ts';
import { wireError } from './wireError.ts';

export interface DispatchOptions {
  readonly door: Door;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly limits: CallLimits;
  /** Whether a command of this name exists: no other name becomes a label of the metrics. */
  readonly knownCommand: (name: string) => boolean;
}

/** What jayson hands through to a method's handler, and gets back from it. */
interface Context {
  readonly run: () => Promise<Answer>;
  ended: Ended | undefined;
}

/** What a 2.0 call came to, as it is sent: a notification has no body. */
type Answered = Pick<Reply, 'body' | 'retryAfter' | 'receipts'>;

type Ended = { readonly answer: Answer } | { readonly thrown: unknown };

/** A body, and whom it counts for. */
export interface Received {
  readonly bytes: JsonSource;
  readonly sender: string;
  /** Whether a 2.0 caller takes nothing beside the keys of its specification: then a receipt stands in the header alone. */
  readonly strict?: boolean;
}

/** What is the same for all calls of one body. */
interface Conversation {
  readonly origin: RequestOrigin;
  readonly strict: boolean;
}

const MAX_NAME = 64;
/** Who sends a large body must hold a credential that holds, whatever the body then asks for. */
const LARGE_BODY: MethodShape = { name: 'a large body', auth: 'required', paramCount: 0, returnsValue: true };

/** From a body to its answer, whichever envelope it came in. Never rejects. */
export class Dispatcher {
  readonly #options: DispatchOptions;
  readonly #calls: Calls;
  readonly #jayson: jayson.Server;

  constructor(options: DispatchOptions) {
    this.#options = options;
    this.#calls = new Calls(options);
    // jayson is given one method, which runs whatever call it is handed: its own table has no place for methods that only
    // some callers have, refuses an unknown one before it is known who calls, and in words that are not KBase's.
    // jayson sends a part of whatever a promise is rejected with, and dies of a throw: it is told of neither.
    const handler: jayson.MethodHandlerContext = (_params, context, done) => {
      const call = context as Context;
      const end = (ended: Ended) => {
        call.ended = ended;
        done(null, null);
      };
      call.run().then(
        (answer) => end({ answer }),
        (thrown) => end({ thrown }),
      );
    };
    const method = new jayson.Method({ handler, useContext: true });
    this.#jayson = new jayson.Server({}, { router: () => method });
  }

  async dispatch({ bytes, sender, strict = false }: Received, origin: RequestOrigin): Promise<Reply> {
    let value: unknown;
    try {
      value = await this.#options.limits.parse(bytes.length, sender, origin, async () =>
        parseJson(await asUtf8(bytes), { hasId: true }),
      );
    } catch (error) {
      return this.#refusedWhole(error, origin, bytes);
    }
    if (!isRequest20(value)) return this.#dispatch11(value, origin);
    const conversation = { origin, strict };
    return Array.isArray(value) ? this.#dispatchBatch(value, conversation) : this.#dispatch20(value, conversation);
  }

  /** Who sends a body that is too large for strangers; undefined for nobody. Rejects where the token does not hold. */
  async identify(origin: RequestOrigin): Promise<Identified | undefined> {
    const { authorization = '' } = origin;
    if (authorization === '') return undefined;
    return this.#options.door.identify(LARGE_BODY, { ...origin, requestId: randomUUID() });
  }

  /** The answer to a request that was not read to its end, in the envelope that its beginning announces. */
  refused(error: unknown, origin: RequestOrigin, head: Uint8Array = new Uint8Array()): Reply {
    return this.#refused(error, origin, announces20(head));
  }

  async #refusedWhole(error: unknown, origin: RequestOrigin, bytes: JsonSource): Promise<Reply> {
    if (bytes instanceof Uint8Array) return this.refused(error, origin, bytes);
    const [begin, end] = await Promise.all([
      wholeOf(bytes.slice(0, LOOKED_AT)),
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
    let asked: RpcCall;
    try {
      const request = readRequest11(value);
      id = request.id;
      asked = callOf11(request);
    } catch (error) {
      return reply11(this.#failed(call, undefined, error), id);
    }
    return reply11(await this.#perform(call, asked, false), id);
  }

  async #dispatch20(value: unknown, conversation: Conversation): Promise<Reply> {
    const answered = await this.#answer20(value, conversation);
    return { status: answered.body === undefined ? 204 : 200, ...answered };
  }

  async #dispatchBatch(batch: readonly unknown[], conversation: Conversation): Promise<Reply> {
    const { origin } = conversation;
    try {
      assertBatch(batch);
    } catch (error) {
      return { status: 200, body: reply20(this.#failed(this.#calls.begin(origin), undefined, error), null) };
    }
    const answers: Answered[] = [];
    for (const value of batch) answers.push(await this.#answer20(value, conversation));
    const replies = answers.flatMap(({ body }) => (body === undefined ? [] : [body]));
    const receipts = receiptsOfBatch(answers);
    if (replies.length === 0) return { status: 204, body: undefined, ...receipts };
    const body = ['[', ...replies.flatMap((reply, i) => (i === 0 ? reply : [',', ...reply])), ']'];
    return { status: 200, body, ...receipts };
  }

  async #answer20(value: unknown, { origin, strict }: Conversation): Promise<Answered> {
    const call = this.#calls.begin(origin);
    let id: Id20 | undefined;
    let asked: RpcCall;
    try {
      ({ id, call: asked } = readRequest20(value));
    } catch (error) {
      return { body: reply20(this.#failed(call, undefined, error), idOf(value)) };
    }
    const notification = id === undefined;
    const outcome = await this.#perform(call, asked, notification);
    // Nobody would see what a privileged call did, so a notification of one is no valid request, and is answered.
    if (notification && !('error' in outcome && outcome.error.reason === 'invalid_request')) {
      return { body: undefined, ...receiptsOf(outcome) };
    }
    return { body: reply20(outcome, id ?? null, !strict), ...retryOf(outcome), ...receiptsOf(outcome) };
  }

  async #perform(call: Call, asked: RpcCall, notification: boolean): Promise<Outcome> {
    const origin: Origin = { ...call.origin, requestId: call.requestId };
    const context: Context = {
      ended: undefined,
      run: async () => {
        const { door, limits } = this.#options;
        const method = door.method(asked.method);
        if (method === undefined || method.dialectOnly)
          throw refuse('method_unknown', cutToCharacters(asked.method, 256));
        const caller = await door.identify(method, origin);
        call.caller = caller;
        if (notification && method.name === 'Workspace.administer')
          return this.#refuseNotification(method, caller, origin);
        const { params } = asked;
        if (params.length !== method.paramCount) throw refuse('params_count', method.name);
        return limits.run({ method, caller, origin }, () => door.call(method, { caller, params, origin }));
      },
    };
    const ended = this.#calls.working();
    try {
      await this.#jayson.callp({ jsonrpc: '2.0', id: 1, method: 'call', params: [] }, context);
      const answer = answerIn(context);
      const json = jsonOf(answer.result);
      this.#calls.succeeded(call, this.#named(asked));
      return {
        json,
        receipt: answer.receipt,
        returnsValue: this.#options.door.method(asked.method)?.returnsValue ?? true,
      };
    } catch (thrown) {
      return this.#failed(call, asked, thrown);
    } finally {
      ended();
    }
  }

  async #refuseNotification(method: MethodShape, caller: Identified | undefined, origin: Origin): Promise<never> {
    await this.#options.door.refuseNotification(method, caller, origin);
    throw refuse('invalid_request', 'administer needs an id');
  }

  #failed(call: Call, asked: RpcCall | undefined, thrown: unknown): Outcome {
    const error = wireError(this.#calls.failed(call, this.#named(asked), thrown));
    return { error, requestId: call.requestId };
  }

  #named(asked: RpcCall | undefined): Named {
    if (asked === undefined) return { method: undefined, label: 'other' };
    const { door, knownCommand } = this.#options;
    const { method, params } = asked;
    const command = method === 'Workspace.administer' ? commandOf(params[0]) : undefined;
    return {
      method: cutToCharacters(method, MAX_NAME),
      label: door.method(method) === undefined ? 'other' : method,
      command: command === undefined ? undefined : { name: command, label: knownCommand(command) ? command : 'other' },
    };
  }
}

function answerIn({ ended }: Context): Answer {
  if (ended === undefined) throw new Error('the call has ended without an answer');
  if ('thrown' in ended) throw ended.thrown;
  return ended.answer;
}

/** The result as JSON; what is JSON already is not looked into. */
function jsonOf(result: unknown): Body {
  return result instanceof JsonText ? result.chunks : [JSON.stringify(result ?? null) ?? 'null'];
}

function commandOf(params: unknown): string | undefined {
  if (params === null || typeof params !== 'object' || !Object.hasOwn(params, 'command')) return undefined;
  const { command } = params as { command: unknown };
  return typeof command === 'string' ? cutToCharacters(command, MAX_NAME) : undefined;
}

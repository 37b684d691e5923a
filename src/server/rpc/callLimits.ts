import { siteOf } from '../../base/addresses.ts';
import type { Identified, MethodShape, Origin } from '../../gate/door.ts';
import type { CallRates } from './callRates.ts';
import type { HangUp } from './hangUp.ts';
import { Limiter } from './limiter.ts';

export interface CallBounds {
  /** Of all identified callers together. */
  readonly maxCalls: number;
  readonly maxCallsPerCaller: number;
  /** Of those calls, the ordinary writes that may take long. */
  readonly maxWritesPerCaller: number;
  /** Of all anonymous callers together. */
  readonly maxAnonymousCalls: number;
  readonly maxAnonymousCallsPerAddress: number;
}

/** A call that waits longer is refused. */
const PATIENCE_MS = 10_000;
/** How many calls of one caller may wait, and of one address. */
const WAITING = 64;
const WAITING_ANONYMOUS = 16;
/** How many calls of all callers may wait, and of all addresses: what waits longer than that is answered too late. */
const ALL_WAITING = 512;
const ALL_WAITING_ANONYMOUS = 128;
/** A body of at most this many bytes is parsed at once, in a few milliseconds at worst. */
const SMALL_BODY = 16 * 1024;
/** How many larger bodies are parsed at a time. */
const PARSING_PER_CALLER = 2;
const PARSING = 6;
const PARSING_PATIENCE_MS = 60_000;
/** Longer bodies take up to minutes: they have a queue of their own, so that nobody else waits for them. */
const HUGE_BODY = 64 * 1024 * 1024;
const PARSING_HUGE_PER_CALLER = 1;
const PARSING_HUGE = 2;
const WAITING_HUGE = 16;
const HUGE_PATIENCE_MS = 600_000;

/** A call for which there must be room. */
export interface LimitedCall {
  readonly method: Pick<MethodShape, 'heavy'>;
  readonly caller: Identified | undefined;
  readonly origin: Pick<Origin, 'address' | 'signal'>;
}

export interface LimitedBody {
  readonly bytes: number;
  /** The caller or the site that sent the body. */
  readonly sender: string;
  readonly hangUp: HangUp | undefined;
}

/** Limits on what callers do at once, on all transports together. */
export class CallLimits {
  readonly #identified: Limiter;
  readonly #writes: Limiter;
  readonly #anonymous: Limiter;
  readonly #parsing: Limiter;
  readonly #parsingHuge: Limiter;
  readonly #rates: CallRates | undefined;

  /** @param rates bounds how often callers call; without it, only what they do at once is bounded */
  constructor(bounds: CallBounds, rates?: CallRates) {
    this.#rates = rates;
    const { maxCalls: total, maxCallsPerCaller, maxWritesPerCaller } = bounds;
    const identified = { total, waitingPerClient: WAITING, waiting: ALL_WAITING, patienceMs: PATIENCE_MS };
    this.#identified = new Limiter({ ...identified, perClient: maxCallsPerCaller });
    this.#writes = new Limiter({ ...identified, perClient: maxWritesPerCaller });
    this.#anonymous = new Limiter({
      perClient: bounds.maxAnonymousCallsPerAddress,
      total: bounds.maxAnonymousCalls,
      waitingPerClient: WAITING_ANONYMOUS,
      waiting: ALL_WAITING_ANONYMOUS,
      patienceMs: PATIENCE_MS,
    });
    this.#parsing = new Limiter({
      perClient: PARSING_PER_CALLER,
      total: PARSING,
      waitingPerClient: maxCallsPerCaller + WAITING,
      waiting: ALL_WAITING,
      patienceMs: PARSING_PATIENCE_MS,
    });
    this.#parsingHuge = new Limiter({
      perClient: PARSING_HUGE_PER_CALLER,
      total: PARSING_HUGE,
      waitingPerClient: WAITING_HUGE,
      waiting: ALL_WAITING,
      patienceMs: HUGE_PATIENCE_MS,
    });
  }

  get waiting(): number {
    return this.#identified.waiting + this.#writes.waiting + this.#anonymous.waiting;
  }

  get waitingToParse(): number {
    return this.#parsing.waiting + this.#parsingHuge.waiting;
  }

  /** Runs the call once there is room. @throws rate_limited, server_busy, caller_gone before the call has begun */
  async run<R>({ method, caller, origin }: LimitedCall, call: () => Promise<R>): Promise<R> {
    const { signal } = origin;
    await this.#rates?.count(caller?.id, siteOf(origin.address));
    if (caller === undefined) return within(await this.#anonymous.enter(siteOf(origin.address), signal), call);
    const limited = async () => within(await this.#identified.enter(caller.id, signal), call);
    return method.heavy ? within(await this.#writes.enter(caller.id, signal), limited) : limited();
  }

  /** Parses a body once there is room. @throws rate_limited, server_busy, caller_gone before the parsing has begun */
  async parse<R>({ bytes, sender, hangUp }: LimitedBody, parse: () => Promise<R>): Promise<R> {
    if (bytes <= SMALL_BODY) return parse();
    const parsers = bytes > HUGE_BODY ? this.#parsingHuge : this.#parsing;
    return within(await parsers.enter(sender, hangUp?.signal), parse);
  }
}

async function within<R>(leave: () => void, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } finally {
    leave();
  }
}

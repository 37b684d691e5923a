import { siteOf } from '../../base/addresses.ts';
import type { Identified, MethodShape, Origin } from '../../gate/door.ts';
import { Limiter } from './limiter.ts';

/** How many calls may be under way at once. */
export interface CallBounds {
  /** Of all identified callers together. */
  readonly maxCalls: number;
  readonly maxCallsPerCaller: number;
  /** Of these the ordinary writes that may be long. */
  readonly maxWritesPerCaller: number;
  /** Of all callers who are not identified together. */
  readonly maxAnonymousCalls: number;
  readonly maxAnonymousCallsPerAddress: number;
}

/** Who waits longer than this is refused. */
const PATIENCE_MS = 10_000;
/** So many calls of one caller may wait, and of one address. */
const WAITING = 64;
const WAITING_ANONYMOUS = 16;
/** A body of at most so many bytes is parsed as it comes: that takes a few milliseconds at worst. */
const SMALL_BODY = 16 * 1024;
/** Of the larger ones so many are parsed at a time. */
const PARSING_PER_CALLER = 2;
const PARSING = 6;
const PARSING_PATIENCE_MS = 60_000;
/** A longer one takes up to minutes: those have a queue of their own, so that nobody else waits for them. */
const HUGE_BODY = 64 * 1024 * 1024;
const PARSING_HUGE_PER_CALLER = 1;
const PARSING_HUGE = 2;
const WAITING_HUGE = 16;
const HUGE_PATIENCE_MS = 600_000;

/** Whose call it is: what limits count by. */
export type CallOrigin = Pick<Origin, 'address' | 'signal'>;

/** Who wants to call what. */
export interface Applicant {
  readonly method: Pick<MethodShape, 'heavy'>;
  readonly caller: Identified | undefined;
  readonly origin: CallOrigin;
}

/** Who may do how much at once, whichever way they come in. */
export class CallLimits {
  readonly #identified: Limiter;
  readonly #writes: Limiter;
  readonly #anonymous: Limiter;
  readonly #parsing: Limiter;
  readonly #parsingHuge: Limiter;

  constructor(bounds: CallBounds) {
    const { maxCalls: total, maxCallsPerCaller, maxWritesPerCaller } = bounds;
    const identified = { total, waitingPerParty: WAITING, patienceMs: PATIENCE_MS };
    this.#identified = new Limiter({ ...identified, perParty: maxCallsPerCaller });
    this.#writes = new Limiter({ ...identified, perParty: maxWritesPerCaller });
    this.#anonymous = new Limiter({
      perParty: bounds.maxAnonymousCallsPerAddress,
      total: bounds.maxAnonymousCalls,
      waitingPerParty: WAITING_ANONYMOUS,
      patienceMs: PATIENCE_MS,
    });
    this.#parsing = new Limiter({
      perParty: PARSING_PER_CALLER,
      total: PARSING,
      waitingPerParty: maxCallsPerCaller + WAITING,
      patienceMs: PARSING_PATIENCE_MS,
    });
    this.#parsingHuge = new Limiter({
      perParty: PARSING_HUGE_PER_CALLER,
      total: PARSING_HUGE,
      waitingPerParty: WAITING_HUGE,
      patienceMs: HUGE_PATIENCE_MS,
    });
  }

  /** How many calls wait for others to end. */
  get waiting(): number {
    return this.#identified.waiting + this.#writes.waiting + this.#anonymous.waiting;
  }

  /** How many large bodies wait to be parsed. */
  get waitingToParse(): number {
    return this.#parsing.waiting + this.#parsingHuge.waiting;
  }

  /**
   * Runs the call when there is room for it.
   *
   * @throws rate_limited, server_busy, caller_gone before it has begun
   */
  async run<R>({ method, caller, origin }: Applicant, call: () => Promise<R>): Promise<R> {
    const { signal } = origin;
    if (caller === undefined) return within(await this.#anonymous.enter(siteOf(origin.address), signal), call);
    const worked = async () => within(await this.#identified.enter(caller.id, signal), call);
    return method.heavy ? within(await this.#writes.enter(caller.id, signal), worked) : worked();
  }

  /**
   * Runs the parsing of a body of this length when its turn has come.
   *
   * @throws rate_limited, server_busy, caller_gone before it has begun
   */
  async parse<R>(bytes: number, sender: string, origin: CallOrigin, parsing: () => Promise<R>): Promise<R> {
    if (bytes <= SMALL_BODY) return parsing();
    const parsers = bytes > HUGE_BODY ? this.#parsingHuge : this.#parsing;
    return within(await parsers.enter(sender, origin.signal), parsing);
  }
}

async function within<R>(leave: () => void, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } finally {
    leave();
  }
}

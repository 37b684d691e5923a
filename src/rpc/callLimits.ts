import type { Identified, Origin } from '../gate/door.ts';
import { networkOf } from './address.ts';
import { Limiter, type LimiterOptions } from './limiter.ts';

/** How many calls may be under way at once. */
export interface CallBounds {
  /** Of all identified callers together. */
  readonly maxCalls: number;
  readonly maxCallsPerCaller: number;
  /** Of all callers who are not identified together. */
  readonly maxAnonymousCalls: number;
  readonly maxAnonymousCallsPerAddress: number;
}

/** Who waits longer than this is refused. */
const PATIENCE_MS = 10_000;
/** For each that may be under way so many may wait. */
const WAITING = 2;
/** A body of at most so many bytes is parsed as it comes: that takes a few milliseconds at worst. */
const SMALL_BODY = 16 * 1024;
/** Of the larger ones so many are parsed at a time. */
const PARSING_PER_CALLER = 2;
const PARSING = 6;
const PARSING_PATIENCE_MS = 60_000;

/** Whose call it is: what limits count by. */
export type CallOrigin = Pick<Origin, 'address' | 'signal'>;

/** Who may do how much at once, whichever way they come in. */
export class CallLimits {
  readonly #identified: Limiter;
  readonly #anonymous: Limiter;
  readonly #parsing: Limiter;

  constructor({ maxCalls, maxCallsPerCaller, maxAnonymousCalls, maxAnonymousCallsPerAddress }: CallBounds) {
    this.#identified = new Limiter(limitsOf(maxCallsPerCaller, maxCalls));
    this.#anonymous = new Limiter(limitsOf(maxAnonymousCallsPerAddress, maxAnonymousCalls));
    this.#parsing = new Limiter({
      ...limitsOf(PARSING_PER_CALLER, PARSING),
      waitingPerParty: maxCallsPerCaller * (1 + WAITING),
      patienceMs: PARSING_PATIENCE_MS,
    });
  }

  /** How many calls wait for others to end. */
  get waiting(): number {
    return this.#identified.waiting + this.#anonymous.waiting;
  }

  /** How many large bodies wait to be parsed. */
  get waitingToParse(): number {
    return this.#parsing.waiting;
  }

  /**
   * Runs the call when there is room for it.
   *
   * @throws rate_limited, server_busy, caller_gone before it has begun
   */
  async run<R>(caller: Identified | undefined, origin: CallOrigin, call: () => Promise<R>): Promise<R> {
    const leave =
      caller === undefined
        ? await this.#anonymous.enter(networkOf(origin.address), origin.signal)
        : await this.#identified.enter(caller.id, origin.signal);
    try {
      return await call();
    } finally {
      leave();
    }
  }

  /**
   * Runs the parsing of a body of this length when its turn has come.
   *
   * @throws rate_limited, server_busy, caller_gone before it has begun
   */
  async parse<R>(bytes: number, sender: string, origin: CallOrigin, parsing: () => Promise<R>): Promise<R> {
    if (bytes <= SMALL_BODY) return parsing();
    const leave = await this.#parsing.enter(sender, origin.signal);
    try {
      return await parsing();
    } finally {
      leave();
    }
  }
}

function limitsOf(perParty: number, total: number): LimiterOptions {
  return { perParty, total, waitingPerParty: WAITING * perParty, patienceMs: PATIENCE_MS };
}

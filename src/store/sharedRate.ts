import { type RateLimiterMongo, RateLimiterRes } from 'rate-limiter-flexible';
import { cacheOf } from '../base/cache.ts';
import { digestOf, limiterOf } from './attempts.ts';
import { type Database, isUnavailable } from './database.ts';

export interface RateBounds {
  /** Names what is bounded; each kind is counted separately. */
  readonly what: string;
  /** How many may happen in one period. */
  readonly points: number;
  /** The period, which begins with the first. */
  readonly withinSeconds: number;
}

/** Which part of the points an instance takes from the database at a time. */
const BLOCKS = 20;
const MAX_REMEMBERED = 10_000;

/** The points of one key that this instance has taken. */
interface Held {
  left: number;
  /** When the period ends, by `performance.now()`. */
  readonly until: number;
  /** Whether the database has no more points for this period. */
  readonly isLast: boolean;
}

/**
 * Bounds by key how often something happens in a period, over all instances together. So that not each time costs a write, an
 * instance takes a block of points at a time. Never more happens than the bound allows; and less, by at most one block for
 * each other instance, if these keep points that they do not use.
 */
export class SharedRate {
  readonly #points: number;
  /** How many points a block has. */
  readonly #size: number;
  readonly #limiter: RateLimiterMongo;
  readonly #held = cacheOf<Held>(MAX_REMEMBERED);
  /** The requests for blocks that are under way, by key. */
  readonly #asking = new Map<string, Promise<void>>();

  constructor(database: Database, { what, points, withinSeconds }: RateBounds) {
    this.#points = points;
    this.#size = Math.ceil(points / BLOCKS);
    this.#limiter = limiterOf(database, { keyPrefix: what, points, duration: withinSeconds });
  }

  /**
   * Takes one point. While the database is away, everything is let through, since it needs the database itself.
   *
   * @returns how many milliseconds later there are points again; 0 if one was taken
   */
  async take(key: string): Promise<number> {
    for (;;) {
      const now = performance.now();
      const held = this.#held.get(key);
      if (held !== undefined && now < held.until) {
        if (held.left > 0) {
          held.left -= 1;
          return 0;
        }
        if (held.isLast) return held.until - now;
      }
      try {
        await this.#askOnce(key);
      } catch (error) {
        if (isUnavailable(error)) return 0;
        throw error;
      }
    }
  }

  /** Calls that come together take one block. */
  #askOnce(key: string): Promise<void> {
    const asking = this.#asking.get(key) ?? this.#ask(key).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  async #ask(key: string): Promise<void> {
    const hold = (left: number, { msBeforeNext }: RateLimiterRes, isLast: boolean) =>
      this.#held.set(key, { left, until: performance.now() + msBeforeNext, isLast });
    try {
      hold(this.#size, await this.#limiter.consume(digestOf(key), this.#size), false);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      // Of the last block, only a part may be left.
      const before = error.consumedPoints - this.#size;
      hold(Math.max(0, this.#points - before), error, true);
    }
  }
}

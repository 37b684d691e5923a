import { createHash } from 'node:crypto';
import { RateLimiterMongo, RateLimiterRes } from 'rate-limiter-flexible';
import { cacheOf } from '../base/cache.ts';
import { refuse } from '../base/errors.ts';
import { collection, type Stored } from './collection.ts';
import type { Database } from './database.ts';

/** Where attempts are counted, for all instances together: no part of what the service keeps, and gone with its window. */
export const attempts = collection<Stored>('attempts', {
  indexes: [
    { key: { expire: -1 }, expireAfterSeconds: 0 },
    { key: { key: 1 }, unique: true },
  ],
});

/** Counts what was attempted within a while, for each key, in the database: all instances count together. */
export class Tally {
  readonly #limiter: RateLimiterMongo;

  /** @param what is attempted: counted apart from other things. */
  constructor(database: Database, what: string, withinSeconds: number) {
    this.#limiter = limiterOf(database, { keyPrefix: what, points: UNLIMITED, duration: withinSeconds });
  }

  /**
   * Counts one more, before it is known whether it succeeds: a thousand at once are a thousand.
   *
   * @returns how many there are now
   */
  async add(key: string): Promise<number> {
    return (await this.#limiter.consume(digestOf(key))).consumedPoints;
  }

  /** It succeeded, or was never made, so it was no guess; those before it still count. */
  async takeBack(key: string): Promise<void> {
    await this.#limiter.reward(digestOf(key));
  }
}

export interface AttemptLimits {
  /** What is attempted: counted apart from other things. */
  readonly what: string;
  /** So many are made without a pause. */
  readonly free: number;
  /** How long one counts. */
  readonly withinSeconds: number;
  /** The pause after the last free one; each that follows doubles it. */
  readonly firstPauseSeconds: number;
  readonly longestPauseSeconds: number;
}

/**
 * Slows attempts down, for each key: after the free ones there is a pause before each, which grows, up to a length that
 * somebody with the right password can wait for. There is no number of attempts after which none is possible.
 */
export class Attempts {
  readonly #limits: AttemptLimits;
  readonly #tally: Tally;
  readonly #pauses: RateLimiterMongo;
  /** Until when the pause of a key lasts, in ms: whoever does not wait costs the database nothing. */
  readonly #pausing = cacheOf<number>(MAX_REMEMBERED);

  constructor(database: Database, limits: AttemptLimits) {
    this.#limits = limits;
    this.#tally = new Tally(database, limits.what, limits.withinSeconds);
    this.#pauses = limiterOf(database, { keyPrefix: `${limits.what}Pause`, points: 1, duration: 1 });
  }

  /**
   * Counts one more, before it is known whether it succeeds.
   *
   * @param free how many are made without a pause, where fewer than usual
   * @throws too_many_attempts, and then it does not count
   */
  async count(key: string, free = this.#limits.free): Promise<void> {
    const left = (this.#pausing.get(key) ?? 0) - performance.now();
    if (left > 0) throw tooMany(left);
    const made = await this.#tally.add(key);
    if (made < free) return;
    const { firstPauseSeconds, longestPauseSeconds } = this.#limits;
    const pause = Math.min(firstPauseSeconds * 2 ** (made - free), longestPauseSeconds);
    try {
      const options = { attrs: {}, customDuration: pause };
      await this.#pauses.consume(digestOf(key), 1, options);
    } catch (error) {
      await this.#tally.takeBack(key);
      if (!(error instanceof RateLimiterRes)) throw error;
      this.#pausing.set(key, performance.now() + error.msBeforeNext);
      throw tooMany(error.msBeforeNext);
    }
  }

  /** It succeeded, or was never made, so it was no guess; those before it still count. */
  async takeBack(key: string): Promise<void> {
    await this.#tally.takeBack(key);
  }
}

const UNLIMITED = 1_000_000_000;
const MAX_REMEMBERED = 10_000;

const tooMany = (ms: number) => refuse('too_many_attempts', Math.max(1, Math.ceil(ms / 1000)));

function limiterOf(database: Database, options: { keyPrefix: string; points: number; duration: number }) {
  return new RateLimiterMongo({
    storeClient: database.client,
    dbName: database.db.databaseName,
    tableName: attempts.name,
    disableIndexesCreation: true,
    ...options,
  });
}

/** Names and addresses are stored as digests, whatever their length. */
const digestOf = (key: string) => createHash('sha256').update(key).digest('base64');

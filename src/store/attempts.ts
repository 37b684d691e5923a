import { hash } from 'node:crypto';
import { RateLimiterMongo, RateLimiterRes } from 'rate-limiter-flexible';
import { cacheOf } from '../base/cache.ts';
import { refuse } from '../base/errors.ts';
import { collection, type Stored } from './collection.ts';
import type { Database } from './database.ts';

/** The counts of attempts and calls, shared by all instances. They are not part of the data, and expire with their time window. */
export const attempts = collection<Stored>('attempts', {
  indexes: [
    { key: { expire: -1 }, expireAfterSeconds: 0 },
    { key: { key: 1 }, unique: true },
  ],
});

/** Counts the attempts of a recent period by key, in the database, so that all instances count together. */
export class AttemptCounter {
  readonly #limiter: RateLimiterMongo;

  /** @param what names the kind of attempt; each kind is counted separately. */
  constructor(database: Database, what: string, withinSeconds: number) {
    this.#limiter = limiterOf(database, { keyPrefix: what, points: UNLIMITED, duration: withinSeconds });
  }

  /**
   * Counts an attempt before it is known whether it succeeds, so that concurrent attempts are all counted.
   *
   * @returns the count including this one
   */
  async add(key: string): Promise<number> {
    return (await this.#limiter.consume(digestOf(key))).consumedPoints;
  }

  /** Uncounts one attempt that succeeded or was never made. Earlier attempts still count. */
  async takeBack(key: string): Promise<void> {
    await this.#limiter.reward(digestOf(key));
  }
}

export interface AttemptLimits {
  /** Names the kind of attempt; each kind is counted separately. */
  readonly what: string;
  /** The number of attempts without a pause. */
  readonly unpaused: number;
  /** How long an attempt counts. */
  readonly withinSeconds: number;
  /** The pause after the last attempt without one; it doubles with every further attempt. */
  readonly firstPauseSeconds: number;
  readonly longestPauseSeconds: number;
}

/**
 * Slows down attempts by key: after the first few, each must wait for a pause. Pauses grow up to a length that somebody
 * with the right password can wait for, and nobody is ever locked out.
 */
export class Attempts {
  readonly #limits: AttemptLimits;
  readonly #counter: AttemptCounter;
  readonly #pauses: RateLimiterMongo;
  /** When the pause of each key ends, in ms, so that attempts within a pause cost the database nothing. */
  readonly #pausing = cacheOf<number>(MAX_REMEMBERED);

  constructor(database: Database, limits: AttemptLimits) {
    this.#limits = limits;
    this.#counter = new AttemptCounter(database, limits.what, limits.withinSeconds);
    this.#pauses = limiterOf(database, { keyPrefix: `${limits.what}Pause`, points: 1, duration: 1 });
  }

  /**
   * Counts an attempt before it is known whether it succeeds.
   *
   * @param unpaused the number of attempts without a pause, if lower than usual
   * @throws too_many_attempts, and then the attempt does not count
   */
  async count(key: string, unpaused = this.#limits.unpaused): Promise<void> {
    const left = (this.#pausing.get(key) ?? 0) - performance.now();
    if (left > 0) throw tooMany(left);
    const made = await this.#counter.add(key);
    if (made < unpaused) return;
    const { firstPauseSeconds, longestPauseSeconds } = this.#limits;
    const pause = Math.min(firstPauseSeconds * 2 ** (made - unpaused), longestPauseSeconds);
    try {
      const options = { attrs: {}, customDuration: pause };
      await this.#pauses.consume(digestOf(key), 1, options);
    } catch (error) {
      await this.#counter.takeBack(key);
      if (!(error instanceof RateLimiterRes)) throw error;
      this.#pausing.set(key, performance.now() + error.msBeforeNext);
      throw tooMany(error.msBeforeNext);
    }
  }

  /** Uncounts one attempt that succeeded or was never made. Earlier attempts still count. */
  async takeBack(key: string): Promise<void> {
    await this.#counter.takeBack(key);
  }
}

const UNLIMITED = 1_000_000_000;
const MAX_REMEMBERED = 10_000;

const tooMany = (ms: number) => refuse('too_many_attempts', Math.max(1, Math.ceil(ms / 1000)));

/** Counts by key in the collection of attempts. */
export function limiterOf(database: Database, options: { keyPrefix: string; points: number; duration: number }) {
  return new RateLimiterMongo({
    storeClient: database.client,
    dbName: database.db.databaseName,
    tableName: attempts.name,
    disableIndexesCreation: true,
    ...options,
  });
}

/** Names and addresses are stored as digests, whatever their length. */
export const digestOf = (key: string) => hash('sha256', key, 'base64');

import { createHash } from 'node:crypto';
import { RateLimiterMongo, RateLimiterRes } from 'rate-limiter-flexible';
import { refuse } from '../errors.ts';
import { collection, type Stored } from './collection.ts';
import type { Database } from './database.ts';

/** Where attempts are counted, for all instances together: no part of what the service keeps, and gone with its window. */
export const attempts = collection<Stored>('attempts', {
  indexes: [
    { key: { expire: -1 }, expireAfterSeconds: 0 },
    { key: { key: 1 }, unique: true },
  ],
});

export interface AttemptLimits {
  /** What is attempted: counted apart from other things. */
  readonly what: string;
  readonly max: number;
  readonly withinSeconds: number;
}

/** So many attempts within a while, for each key. They are counted in the database, so that all instances count together. */
export class Attempts {
  readonly #limiter: RateLimiterMongo;

  constructor(database: Database, { what, max, withinSeconds }: AttemptLimits) {
    this.#limiter = new RateLimiterMongo({
      storeClient: database.client,
      dbName: database.db.databaseName,
      tableName: attempts.name,
      disableIndexesCreation: true,
      keyPrefix: what,
      points: max,
      duration: withinSeconds,
      // Who is past the limit costs the database nothing more.
      inMemoryBlockOnConsumed: max + 1,
    });
  }

  /** Counts one more, before it is known whether it succeeds: a thousand at once are a thousand. @throws too_many_attempts */
  async count(key: string): Promise<void> {
    try {
      await this.#limiter.consume(digestOf(key));
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      throw refuse('too_many_attempts', Math.ceil(error.msBeforeNext / 1000));
    }
  }

  /** It succeeded, so it was no guess; those before it still count. */
  async takeBack(key: string): Promise<void> {
    await this.#limiter.reward(digestOf(key));
  }
}

/** Names and addresses are stored as digests, whatever their length. */
const digestOf = (key: string) => createHash('sha256').update(key).digest('base64');

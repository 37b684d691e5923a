import { randomBytes } from 'node:crypto';
import type { ClientSession, MongoClient } from 'mongodb';
import { ageOf, instant, LONG_AGO } from './instant.ts';
import { SingleFlight } from './singleFlight.ts';

/** A moment by the clock of the database, which only ever goes forward: seconds since 1970, and a count within them. */
export interface ClusterTime {
  readonly t: number;
  readonly i: number;
}

/** An id outside of a transaction is made of a time that was read at most this long ago. */
const MAX_AGE_MS = 1_000;

/**
 * Makes ids that sort by the cluster time at which they were made. Whatever is stored under such an id is committed at
 * the second that stands in it or later, whichever clock an instance has.
 */
export class ClusterClock {
  readonly #client: MongoClient;
  #latest: ClusterTime = { t: 0, i: 0 };
  #readAt = LONG_AGO;
  readonly #reading = new SingleFlight(() => this.#read());

  constructor(client: MongoClient) {
    this.#client = client;
  }

  /** The cluster time now, asked of the database. */
  async now(): Promise<ClusterTime> {
    const { operationTime } = await this.#client.db('admin').command({ ping: 1 });
    const { t, i } = operationTime as ClusterTime;
    return { t, i };
  }

  /** An id for what is stored at once. */
  async newId(): Promise<string> {
    if (ageOf(this.#readAt) > MAX_AGE_MS) await this.#reading.run();
    return this.#next();
  }

  /** An id for what commits with the transaction of this session, in which something has been read or written. */
  newIdIn(session: ClientSession): string {
    const known = session.clusterTime?.clusterTime;
    if (known === undefined) throw new TypeError('nothing was asked of the database in this transaction yet');
    this.#advance(known);
    return this.#next();
  }

  async #read(): Promise<void> {
    const startedAt = instant();
    this.#advance(await this.now());
    this.#readAt = startedAt;
  }

  #advance({ t, i }: ClusterTime): void {
    if (t > this.#latest.t || (t === this.#latest.t && i > this.#latest.i)) this.#latest = { t, i };
  }

  /** Within the second ids count on, so that those of one process are in order, and those of two never the same. */
  #next(): string {
    const { t, i } = this.#latest;
    this.#latest = { t, i: i + 1 };
    return `${hex(t)}${hex(i + 1)}${randomBytes(4).toString('hex')}`;
  }
}

/** Ids begin with four bytes of seconds: what is before 1970 or after 2106 counts as these. */
const LAST_SECOND = 2 ** 32 - 1;

/** The lowest id that is made at or after this second since 1970. */
export const firstIdOf = (second: number): string =>
  `${hex(Math.min(Math.max(second, 0), LAST_SECOND))}${'0'.repeat(16)}`;

const hex = (value: number) => value.toString(16).padStart(8, '0');

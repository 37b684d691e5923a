import { randomBytes } from 'node:crypto';
import type { ClientSession, MongoClient } from 'mongodb';
import { ageOf, instant, LONG_AGO } from './instant.ts';
import { SingleFlight } from './singleFlight.ts';

/** A time of the database's monotonic clock: seconds since 1970 and a count within the second. */
export interface ClusterTime {
  readonly t: number;
  readonly i: number;
}

/** The maximum age of the cluster time that an id outside of transactions is made from. */
const MAX_AGE_MS = 1_000;

/**
 * Makes ids that sort by the cluster time at which they were made. A document is committed in the second that its id
 * names, or later, regardless of the clocks of the instances.
 */
export class ClusterClock {
  readonly #client: MongoClient;
  #latest: ClusterTime = { t: 0, i: 0 };
  #readAt = LONG_AGO;
  readonly #reading = new SingleFlight(() => this.#read());

  constructor(client: MongoClient) {
    this.#client = client;
  }

  /** Asks the database for the current cluster time. */
  async now(): Promise<ClusterTime> {
    const { operationTime } = await this.#client.db('admin').command({ ping: 1 });
    const { t, i } = operationTime as ClusterTime;
    return { t, i };
  }

  /** An id for a document that is stored immediately, outside of transactions. */
  async newId(): Promise<string> {
    if (ageOf(this.#readAt) > MAX_AGE_MS) await this.#reading.run();
    return this.#next();
  }

  /** An id for a document of this session's transaction, in which something must have been read or written before. */
  newIdIn(session: ClientSession): string {
    const known = session.clusterTime?.clusterTime;
    if (known === undefined) throw new TypeError('nothing was read or written in this transaction yet');
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

  /** Ids count up within the second, so that those of one process are in order; random digits tell processes apart. */
  #next(): string {
    const { t, i } = this.#latest;
    this.#latest = { t, i: i + 1 };
    return `${hex(t)}${hex(i + 1)}${randomBytes(4).toString('hex')}`;
  }
}

/** Ids begin with the seconds in four bytes, so times before 1970 or after 2106 are clamped. */
const LAST_SECOND = 2 ** 32 - 1;

/** The lowest id that can be made in this second since 1970. */
export const firstIdOf = (second: number): string =>
  `${hex(Math.min(Math.max(second, 0), LAST_SECOND))}${'0'.repeat(16)}`;

const hex = (value: number) => value.toString(16).padStart(8, '0');

import { cacheOf } from '../base/cache.ts';
import type { Change } from '../store/changes.ts';
import type { Database } from '../store/database.ts';
import { ageOf, type Instant, instant, LONG_AGO, MAX_RIGHTS_AGE_MS } from '../store/instant.ts';
import { SingleFlight } from '../store/singleFlight.ts';
import { type Principal, principals } from './principal.ts';
import { emptyRoster, ROSTER_ID, type Roster, rosters } from './roster.ts';

/** No decision of this instance uses a roster that was read longer ago. */
const MAX_AGE_MS = MAX_RIGHTS_AGE_MS / 2;
const MAX_PRINCIPALS = 10_000;

/** The roster, and an instant at which the database had it. */
export interface Known {
  readonly roster: Roster;
  readonly at: Instant;
}

/**
 * This instance's cache of rights. Whatever withdraws a right changes the roster; if it changes a principal, also the
 * roster's `epoch`. Before a decision the roster is read again if it is older than half a second, and the cached
 * principals are dropped if the epoch changed. So a right that another instance withdrew is gone here within a second,
 * and one that this instance withdrew before the answer leaves ({@link invalidate}).
 */
export class RightsCache {
  readonly #database: Database;
  readonly #principals = cacheOf<Principal>(MAX_PRINCIPALS);
  #roster: Roster = emptyRoster();
  #readAt = LONG_AGO;
  #generation = 0;
  readonly #loading = new SingleFlight(() => this.#load());

  constructor(database: Database) {
    this.#database = database;
  }

  /** The roster, read at most half a second ago. */
  async roster(): Promise<Roster> {
    return (await this.known()).roster;
  }

  /** The same, and when it was read. */
  async known(): Promise<Known> {
    while (ageOf(this.#readAt) > MAX_AGE_MS) await this.#loading.run();
    return { roster: this.#roster, at: this.#readAt };
  }

  /** Call after every commit, before its answer leaves: invalidates if the roster or a principal changed. */
  committed(changes: readonly Change[]): void {
    if (changes.some((c) => c.collection === rosters.name || c.collection === principals.name)) this.invalidate();
  }

  /** Call after every commit that changed the roster or a principal, before its answer leaves. */
  invalidate(): void {
    this.#generation += 1;
    this.#readAt = LONG_AGO;
  }

  /** The active principal of this identity, if they were kept since the epoch last changed. */
  cached(identity: string): Principal | undefined {
    return this.#principals.get(identity);
  }

  /** Keeps an active principal who was read while the roster had this epoch. */
  keep(identity: string, principal: Principal, epoch: number): void {
    if (epoch === this.#roster.epoch && principal.state === 'active') this.#principals.set(identity, principal);
  }

  async #load(): Promise<void> {
    const generation = this.#generation;
    const startedAt = instant();
    const roster = (await this.#database.get(rosters, ROSTER_ID)) ?? emptyRoster();
    if (generation !== this.#generation) return;
    if (roster.epoch !== this.#roster.epoch) this.#principals.clear();
    this.#roster = roster;
    this.#readAt = startedAt;
  }
}

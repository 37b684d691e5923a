import { cacheOf } from '../base/cache.ts';
import type { Change } from '../store/changes.ts';
import type { Database } from '../store/database.ts';
import { ageOf, BELIEVED_MS, type Instant, instant, LONG_AGO } from '../store/instant.ts';
import { SingleFlight } from '../store/singleFlight.ts';
import { type Principal, principals } from './principal.ts';
import { emptyRoster, ROSTER_ID, type Roster, rosters } from './roster.ts';

/** No decision of this instance rests on a roster read longer ago than this. */
const MAX_AGE_MS = BELIEVED_MS / 2;
const MAX_PRINCIPALS = 10_000;

/** The roster, and a moment at which the database had it. */
export interface Known {
  readonly roster: Roster;
  readonly at: Instant;
}

/**
 * What this instance knows of rights. Whatever withdraws a right changes the roster, and its `epoch` where a principal
 * was concerned; an instance whose knowledge is older than half a second looks before it decides, and forgets its
 * principals when the epoch moved. So a right withdrawn elsewhere is gone here within a second, and one withdrawn here
 * before that answer leaves ({@link invalidate}).
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

  /** Call after every commit, before its answer leaves: where it changed the roster or a principal, this instance looks. */
  committed(changes: readonly Change[]): void {
    if (changes.some((c) => c.collection === rosters.name || c.collection === principals.name)) this.invalidate();
  }

  /** Call after every commit that changed the roster or a principal, before its answer leaves. */
  invalidate(): void {
    this.#generation += 1;
    this.#readAt = LONG_AGO;
  }

  /** The active principal of this identity, if it is known since a principal's rights last changed. */
  cached(identity: string): Principal | undefined {
    return this.#principals.get(identity);
  }

  /** Keeps an active principal that was read while the roster had this epoch. */
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

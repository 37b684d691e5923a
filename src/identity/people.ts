import { LRUCache } from 'lru-cache';
import type { Database } from '../store/database.ts';
import type { Authority } from './authority.ts';
import { livingByName, livingByNames, type Principal, principals, wireName } from './principal.ts';

const MAX_NAMES = 50_000;
const MAX_PEOPLE = 10_000;

/**
 * Names for ids and users for names, which almost every answer needs: remembered until the roster's epoch moves, as it
 * does with every rename and every account that is disabled or closed.
 */
export class People {
  readonly #database: Database;
  readonly #authority: Authority;
  readonly #names = new LRUCache<string, string>({ max: MAX_NAMES });
  readonly #living = new LRUCache<string, Principal>({ max: MAX_PEOPLE });
  #epoch = -1;

  constructor(database: Database, authority: Authority) {
    this.#database = database;
    this.#authority = authority;
  }

  /** The wire names of these principals; an id that nobody has stands for itself. */
  async names(ids: Iterable<string>): Promise<(id: string) => string> {
    const epoch = await this.epoch();
    const found = new Map<string, string>();
    const missing: string[] = [];
    for (const id of new Set(ids)) {
      const name = this.#names.get(id);
      if (name === undefined) missing.push(id);
      else found.set(id, name);
    }
    if (missing.length > 0) {
      for (const principal of await this.#database.find(principals, { _id: { $in: missing } })) {
        const name = wireName(principal);
        found.set(principal._id, name);
        if (epoch === this.#epoch) this.#names.set(principal._id, name);
      }
    }
    return (id) => found.get(id) ?? id;
  }

  /** Those of these users who are active, by name, unless a right was withdrawn this very moment. */
  async active(usernames: readonly string[]): Promise<ReadonlyMap<string, Principal>> {
    const epoch = await this.epoch();
    const found = new Map<string, Principal>();
    const missing: string[] = [];
    for (const name of usernames) {
      const known = this.#living.get(name);
      if (known === undefined) missing.push(name);
      else found.set(name, known);
    }
    if (missing.length > 0) {
      for (const principal of await livingByNames(this.#database, missing)) {
        if (principal.state !== 'active') continue;
        found.set(principal.username, principal);
        if (epoch === this.#epoch) this.#living.set(principal.username, principal);
      }
    }
    return found;
  }

  /** The living principal of this name. */
  async byName(username: string): Promise<Principal | undefined> {
    const epoch = await this.epoch();
    const known = this.#living.get(username);
    if (known !== undefined) return known;
    const found = await livingByName(this.#database, username);
    // A pending one may be claimed, which moves no epoch.
    if (found?.state === 'active' && epoch === this.#epoch) this.#living.set(username, found);
    return found;
  }

  /** As long as it is the same, every name still belongs to whom it belonged to. */
  async epoch(): Promise<number> {
    const { epoch } = await this.#authority.roster();
    if (epoch !== this.#epoch) {
      this.#names.clear();
      this.#living.clear();
      this.#epoch = epoch;
    }
    return epoch;
  }
}

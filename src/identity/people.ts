import { cacheOf } from '../base/cache.ts';
import type { Database } from '../store/database.ts';
import type { Transaction } from '../store/transaction.ts';
import { friendsOf } from './friends.ts';
import { livingByNames, type Principal, principals, wireName } from './principal.ts';
import type { RightsCache } from './rightsCache.ts';
import { isRoleId, rolesByIds, rolesOf, roleWireName } from './roles.ts';

const MAX_NAMES = 50_000;
const MAX_PEOPLE = 10_000;

/** Whom a user acts with: what they have, or share with their friends, it has too. */
export interface Circle {
  /** The ids of the roles that it is in. */
  readonly roles: readonly string[];
  /** The ids of those who let it read what is for their friends. */
  readonly friends: readonly string[];
}

/**
 * Names for ids and users for names, which almost every answer needs: remembered until the roster's epoch moves, as it
 * does with every rename, every account that is disabled or closed, and whenever somebody comes to a role or a friend or
 * leaves them.
 */
export class People {
  readonly #database: Database;
  readonly #rights: RightsCache;
  readonly #names = cacheOf<string>(MAX_NAMES);
  readonly #living = cacheOf<Principal>(MAX_PEOPLE);
  readonly #circles = cacheOf<Circle>(MAX_PEOPLE);
  #epoch = -1;

  constructor(database: Database, rights: RightsCache) {
    this.#database = database;
    this.#rights = rights;
  }

  /** The wire names of these users and roles; an id that nobody has stands for itself. */
  async names(ids: Iterable<string>): Promise<(id: string) => string> {
    const epoch = await this.epoch();
    const found = new Map<string, string>();
    const missing: string[] = [];
    for (const id of new Set(ids)) {
      const name = this.#names.get(id);
      if (name === undefined) missing.push(id);
      else found.set(id, name);
    }
    for (const [id, name] of await this.#read(missing)) {
      found.set(id, name);
      if (epoch === this.#epoch) this.#names.set(id, name);
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

  async #read(ids: readonly string[]): Promise<[id: string, name: string][]> {
    const ofRoles = ids.filter(isRoleId);
    const ofUsers = ids.filter((id) => !isRoleId(id));
    const users = ofUsers.length === 0 ? [] : await this.#database.find(principals, { _id: { $in: ofUsers } });
    const roles = ofRoles.length === 0 ? [] : await rolesByIds(this.#database, ofRoles);
    return [
      ...users.map((user): [string, string] => [user._id, wireName(user)]),
      ...roles.map((role): [string, string] => [role._id, roleWireName(role)]),
    ];
  }

  /** The roles and friends of this user. */
  async circle(principal: string): Promise<Circle> {
    const epoch = await this.epoch();
    const known = this.#circles.get(principal);
    if (known !== undefined) return known;
    const [roles, friends] = await Promise.all([
      rolesOf(this.#database, principal),
      friendsOf(this.#database, principal),
    ]);
    const circle = { roles, friends };
    if (epoch === this.#epoch) this.#circles.set(principal, circle);
    return circle;
  }

  /** The same as a transaction sees it, in which the roster has this epoch. */
  async circleIn(tx: Transaction, epoch: number, principal: string): Promise<Circle> {
    const known = epoch === this.#epoch ? this.#circles.get(principal) : undefined;
    if (known !== undefined) return known;
    // A plan must not depend on where this was read.
    return { roles: await rolesOf(tx.aside, principal), friends: await friendsOf(tx.aside, principal) };
  }

  /** As long as it is the same, every name still belongs to whom it belonged to. */
  async epoch(): Promise<number> {
    const { epoch } = await this.#rights.roster();
    if (epoch !== this.#epoch) {
      this.#names.clear();
      this.#living.clear();
      this.#circles.clear();
      this.#epoch = epoch;
    }
    return epoch;
  }
}

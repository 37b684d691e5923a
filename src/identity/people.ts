import { type Cache, cacheOf } from '../base/cache.ts';
import { holds } from '../base/expiry.ts';
import type { Database } from '../store/database.ts';
import type { Transaction } from '../store/transaction.ts';
import { friendsOf } from './friends.ts';
import { livingByNames, type Principal, principals, wireName } from './principal.ts';
import type { RightsCache } from './rightsCache.ts';
import { isRoleId, type RoleOfUser, rolesByIds, rolesOf, roleWireName } from './roles.ts';

const MAX_NAMES = 50_000;
const MAX_PEOPLE = 10_000;

/** The roles and friends through which a user has rights. */
export interface RolesAndFriends {
  /** The ids of their roles. */
  readonly roles: readonly string[];
  /** When they leave those of these roles that they are in for a time. */
  readonly ends?: ReadonlyMap<string, Date>;
  /** The ids of those who let them read their `friendly` resources. */
  readonly friends: readonly string[];
}

/** What a user's rights follow from, those included that have expired. */
interface Kept {
  readonly memberships: readonly RoleOfUser[];
  readonly friends: readonly string[];
}

/**
 * A cache of names by id and of users by name, which almost every answer needs. It is cleared when the roster's epoch
 * changes: on every rename, when an account is disabled or closed, and when a role or a friendship changes.
 */
export class People {
  readonly #database: Database;
  readonly #rights: RightsCache;
  readonly #names = cacheOf<string>(MAX_NAMES);
  readonly #living = cacheOf<Principal>(MAX_PEOPLE);
  readonly #kept = cacheOf<Kept>(MAX_PEOPLE);
  #epoch = -1;

  constructor(database: Database, rights: RightsCache) {
    this.#database = database;
    this.#rights = rights;
  }

  /** The wire names of these users and roles; an unknown id is its own name. */
  async names(ids: Iterable<string>): Promise<(id: string) => string> {
    const epoch = await this.epoch();
    const { found, missing } = cachedIn(this.#names, new Set(ids));
    for (const [id, name] of await this.#read(missing)) {
      found.set(id, name);
      if (epoch === this.#epoch) this.#names.set(id, name);
    }
    return (id) => found.get(id) ?? id;
  }

  /** Those of these users who are active, by name. */
  async active(usernames: readonly string[]): Promise<ReadonlyMap<string, Principal>> {
    const epoch = await this.epoch();
    const { found, missing } = cachedIn(this.#living, usernames);
    if (missing.length === 0) return found;
    for (const principal of await livingByNames(this.#database, missing)) {
      if (principal.state !== 'active') continue;
      found.set(principal.username, principal);
      if (epoch === this.#epoch) this.#living.set(principal.username, principal);
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

  /** The roles and friends of a user at this instant. */
  async rolesAndFriends(principal: string, at: Date): Promise<RolesAndFriends> {
    const epoch = await this.epoch();
    const known = this.#kept.get(principal);
    if (known !== undefined) return holdingOf(known, at);
    const [memberships, friends] = await Promise.all([
      rolesOf(this.#database, principal),
      friendsOf(this.#database, principal),
    ]);
    const kept = { memberships, friends };
    if (epoch === this.#epoch) this.#kept.set(principal, kept);
    return holdingOf(kept, at);
  }

  /** The same in a transaction in which the roster has this epoch. */
  async rolesAndFriendsIn(tx: Transaction, epoch: number, principal: string): Promise<RolesAndFriends> {
    const known = epoch === this.#epoch ? this.#kept.get(principal) : undefined;
    if (known !== undefined) return holdingOf(known, tx.now);
    // Read with `untracked`, so that a plan does not depend on whether this was cached.
    const memberships = await rolesOf(tx.untracked, principal);
    return holdingOf({ memberships, friends: await friendsOf(tx.untracked, principal) }, tx.now);
  }

  /** The roster's epoch: while it does not change, every name means the same principal. */
  async epoch(): Promise<number> {
    const { epoch } = await this.#rights.roster();
    if (epoch !== this.#epoch) {
      this.#names.clear();
      this.#living.clear();
      this.#kept.clear();
      this.#epoch = epoch;
    }
    return epoch;
  }
}

function holdingOf({ memberships, friends }: Kept, at: Date): RolesAndFriends {
  const held = memberships.filter((membership) => holds(membership, at));
  const ends = held.flatMap(({ role, expires }) => (expires === undefined ? [] : [[role, expires] as const]));
  return { roles: held.map(({ role }) => role), ...(ends.length === 0 ? {} : { ends: new Map(ends) }), friends };
}

function cachedIn<V extends string | Principal>(cache: Cache<V>, keys: Iterable<string>) {
  const found = new Map<string, V>();
  const missing: string[] = [];
  for (const key of keys) {
    const value = cache.get(key);
    if (value === undefined) missing.push(key);
    else found.set(key, value);
  }
  return { found, missing };
}

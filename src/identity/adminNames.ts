import { refuse } from '../base/errors.ts';
import type { Database } from '../store/database.ts';
import { type AdminDetail, adminListing, isCurrent } from './admins.ts';
import type { RightsCache } from './rightsCache.ts';
import type { AdminRules } from './roster.ts';

/**
 * The names of the admins, cached because callers ask often. Every change of the roster and every rename gives the
 * roster a new revision, which makes the cache stale.
 */
export class AdminNames {
  readonly #database: Database;
  readonly #rights: RightsCache;
  readonly #rules: AdminRules;
  #revision = -1;
  #listing: readonly AdminDetail[] = [];

  constructor(database: Database, rights: RightsCache, rules: AdminRules) {
    this.#database = database;
    this.#rights = rights;
    this.#rules = rules;
  }

  /** The names of the current admins, without those of a single system. @throws roles_delegated */
  async list(now: Date): Promise<string[]> {
    if (this.#rules.tokenRoles !== undefined) throw refuse('roles_delegated');
    const roster = await this.#rights.roster();
    if (roster.revision !== this.#revision) {
      this.#listing = await adminListing(this.#database, this.#rules, roster);
      this.#revision = roster.revision;
    }
    return this.#listing.filter((a) => a.scope === undefined && isCurrent(a, now)).map((a) => a.user);
  }
}

import type { Journal } from '../audit/journal.ts';
import { effectOf } from '../audit/record.ts';
import { collection, type Stored } from '../store/collection.ts';
import type { Database } from '../store/database.ts';
import { transact } from '../store/transact.ts';
import { isUnclaimed, mayBind } from './configuredAdmins.ts';
import { idAndName, livingByNames, type Principal, principals, wireName } from './principal.ts';
import type { AdminRules } from './roster.ts';
import { STEWARD } from './serviceNames.ts';

/**
 * A user name in the policy, and the principal whom it means. It is bound once, to the first principal of a configured
 * token source who has the name, so that nobody inherits rights with a name. It stays bound when the account is closed.
 */
interface BoundName extends Stored {
  readonly principal: string;
  readonly at: Date;
}

export const boundNames = collection<BoundName>('boundNames', {});

export interface BoundNamesParts {
  readonly database: Database;
  readonly journal: Journal;
  readonly rules: AdminRules;
  readonly now: () => Date;
}

/** This instance's cache of the names in the policy that are bound. Bindings never change. */
export class BoundNames {
  readonly #parts: BoundNamesParts;
  readonly #principals = new Map<string, string>();
  readonly #names = new Map<string, string[]>();

  constructor(parts: BoundNamesParts) {
    this.#parts = parts;
  }

  /**
   * Binds those of these names that somebody has.
   *
   * @returns sentences about names that mean nobody who could call
   */
  async bindAll(names: ReadonlySet<string>): Promise<string[]> {
    const { database, rules } = this.#parts;
    for (const bound of await database.find(boundNames, {})) this.#keep(bound._id, bound.principal);
    for (const holder of await livingByNames(database, [...names])) {
      if (!this.#principals.has(holder.username) && mayBind(rules, holder)) await this.#bind(holder);
    }
    const ids = [...names].flatMap((name) => this.#principals.get(name) ?? []);
    const known = await database.find(principals, { _id: { $in: ids } });
    return known
      .filter(({ living }) => !living)
      .map(
        (closed) =>
          `the policy names ${closed.username}, which is the closed account ${wireName(closed)}: name id:<id>`,
      );
  }

  /** Those of these names that mean this principal. Binds their own name if it is among them and not bound yet. */
  async of(principal: Principal, names: ReadonlySet<string>): Promise<readonly string[]> {
    const own = this.#names.get(principal._id) ?? [];
    const { username } = principal;
    if (!names.has(username) || own.includes(username)) return own;
    const bound = this.#principals.get(username);
    if (bound !== undefined) return own;
    if (isUnclaimed(principal)) return [...own, username];
    if (!principal.living || !mayBind(this.#parts.rules, principal)) return own;
    await this.#bind(principal);
    return this.#names.get(principal._id) ?? [];
  }

  async #bind(principal: Principal): Promise<void> {
    const { database, journal, now } = this.#parts;
    const { username: name, _id: id } = principal;
    const bound = await transact(database, { now }, async (tx) => {
      const present = await tx.get(boundNames, name);
      if (present !== null) return present;
      const inserted = await tx.insert(boundNames, { _id: name, principal: id, at: tx.now });
      await journal.appendIn(tx, {
        at: tx.now,
        via: 'job',
        command: 'bindPolicyName',
        outcome: 'success',
        actor: STEWARD,
        subject: idAndName(principal),
        authority: 'service',
        ...effectOf(tx),
        requestId: 'policy',
        address: '-',
      });
      return inserted;
    });
    this.#keep(name, bound.principal);
  }

  #keep(name: string, principal: string): void {
    if (this.#principals.has(name)) return;
    this.#principals.set(name, principal);
    this.#names.set(principal, [...(this.#names.get(principal) ?? []), name]);
  }
}

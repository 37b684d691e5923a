import { OperatorError } from '../../base/errors.ts';
import { makeFormerPrincipal, makePrincipal } from '../../identity/makePrincipal.ts';
import { holdersByNames, type Principal, principals } from '../../identity/principal.ts';
import type { AdminRules } from '../../identity/roster.ts';
import type { Transaction } from '../../store/transaction.ts';

/** How the users sign in here. */
export interface Accounts {
  /**
   * The identities of those of these names who still have an account; `unknown` if nobody can tell. A user without one
   * becomes a former user.
   */
  identitiesOf(names: readonly string[]): Promise<ReadonlyMap<string, TokenIdentity> | 'unknown'>;
}

export interface TokenIdentity {
  readonly issuer: string;
  readonly subject: string;
}

/** Finds or makes the users whom the other database names. */
export class ImportedUsers {
  readonly #accounts: Accounts;
  readonly #rules: AdminRules;
  /** The ids of users that are committed, by name. */
  readonly #ids = new Map<string, string>();
  readonly #identities = new Map<string, TokenIdentity | 'former' | 'pending'>();

  constructor(accounts: Accounts, rules: AdminRules) {
    this.#accounts = accounts;
    this.#rules = rules;
  }

  /** Looks up, outside of any transaction, how these users sign in. */
  async prepare(names: Iterable<string>): Promise<void> {
    const missing = [...new Set(names)].filter((name) => !this.#identities.has(name));
    if (missing.length === 0) return;
    const found = await this.#accounts.identitiesOf(missing);
    for (const name of missing) {
      this.#identities.set(name, found === 'unknown' ? 'pending' : (found.get(name) ?? 'former'));
    }
  }

  /**
   * The ids of these users by name, who are made in the transaction if they are missing. Call {@link prepare} first and
   * {@link keep} after the commit.
   */
  async idsIn(tx: Transaction, names: Iterable<string>): Promise<ReadonlyMap<string, string>> {
    const ids = new Map<string, string>();
    const missing = new Set<string>();
    for (const name of names) {
      const known = this.#ids.get(name);
      if (known === undefined) missing.add(name);
      else ids.set(name, known);
    }
    if (missing.size === 0) return ids;
    const byName = await holdersByNames(tx, [...missing]);
    for (const name of [...missing].sort()) {
      const identity = this.#identities.get(name) ?? 'pending';
      const present = byName.get(name);
      const principal = present === undefined ? await this.#made(tx, name, identity) : same(present, identity);
      ids.set(name, principal._id);
    }
    return ids;
  }

  /** Whether the user of this name has no account any more. */
  isFormer(name: string): boolean {
    return this.#identities.get(name) === 'former';
  }

  /** Keeps in memory what a committed transaction found or made. */
  keep(ids: ReadonlyMap<string, string>): void {
    for (const [name, id] of ids) this.#ids.set(name, id);
  }

  async #made(tx: Transaction, username: string, identity: TokenIdentity | 'former' | 'pending'): Promise<Principal> {
    if (identity === 'former') return makeFormerPrincipal(tx, username);
    const user = { username, kind: 'person' } as const;
    if (identity !== 'pending') {
      return makePrincipal(tx, this.#rules, { ...user, ...identity, state: 'active', by: 'issuer' });
    }
    const made = await makePrincipal(tx, this.#rules, { ...user, state: 'pending', by: 'administrator' });
    return tx.update(principals, made, { ...made, named: true });
  }
}

/** @throws OperatorError if somebody else has the name here */
function same(present: Principal, identity: TokenIdentity | 'former' | 'pending'): Principal {
  if (typeof identity === 'string' || present.subject === undefined) return present;
  if (present.subject === identity.subject && present.issuer === identity.issuer) return present;
  throw new OperatorError(
    `The user ${present.username} is somebody else here: the id is ${present.subject} of ${present.issuer}, and not ` +
      `${identity.subject} of ${identity.issuer}. Correct the file of --users, or rename the user here.`,
  );
}

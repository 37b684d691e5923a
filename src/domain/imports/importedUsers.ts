import { OperatorError } from '../../base/errors.ts';
import { makePrincipals } from '../../identity/makePrincipal.ts';
import { holdersByNames, type Principal } from '../../identity/principal.ts';
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
    const identityOf = (name: string) => this.#identities.get(name) ?? 'pending';
    for (const [name, present] of byName) ids.set(name, same(present, identityOf(name))._id);
    const newNames = [...missing].filter((name) => !byName.has(name)).sort();
    const users = newNames.map((name) => newUser(name, identityOf(name)));
    for (const { username, _id } of await makePrincipals(tx, this.#rules, users)) ids.set(username, _id);
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
}

/** A user to make. With neither an account nor word that there is none, they wait for the first token with their name. */
function newUser(username: string, identity: TokenIdentity | 'former' | 'pending') {
  const user = { username, kind: 'person' } as const;
  if (identity === 'former') return { ...user, state: 'former', by: 'administrator' } as const;
  if (identity === 'pending') return { ...user, state: 'pending', named: true, by: 'administrator' } as const;
  return { ...user, ...identity, state: 'active', by: 'issuer' } as const;
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

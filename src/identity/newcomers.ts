import { refuse } from '../base/errors.ts';
import type { Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { makePrincipal } from './makePrincipal.ts';
import { livingByName, type Principal, principals } from './principal.ts';
import type { AdminRules } from './roster.ts';
import { idOfUnstored } from './serviceNames.ts';
import type { Identity } from './token.ts';

/** Stores a user who is new to the directory, under the name that their issuer gave them at `namedAt`. */
export async function admitNewcomer(
  tx: Transaction,
  rules: AdminRules,
  { issuer, subject, username, namedAt }: Identity & { readonly namedAt: Date },
): Promise<Principal> {
  const token = { tokenName: username, tokenNameAt: namedAt };
  const identity = { issuer, subject, username };
  return makePrincipal(tx, rules, { by: 'issuer', kind: 'person', state: 'active', ...identity, ...token });
}

/**
 * Stores a user that the issuer knows, before their first sign-in, unless somebody has the name by now.
 *
 * @throws account_is_closed if the identity had an account here before, which is never reopened
 */
export async function register(tx: Transaction, rules: AdminRules, identity: Identity): Promise<Principal> {
  const holder = await livingByName(tx, identity.username);
  if (holder !== undefined) return holder;
  await assertNeverClosed(tx, identity);
  return admitNewcomer(tx, rules, { ...identity, namedAt: tx.now });
}

/**
 * The principal that {@link register} would make, for decisions before it is stored. It has revision 0 and an id made
 * from the identity.
 *
 * @throws account_is_closed
 */
export async function newcomer(reader: Reader, { issuer, subject, username }: Identity, now: Date): Promise<Principal> {
  await assertNeverClosed(reader, { issuer, subject, username });
  return {
    _id: idOfUnstored(issuer, subject),
    revision: 0,
    ...{ username, kind: 'person', state: 'active', living: true, issuer, subject, createdAt: now },
  };
}

export const isNewcomer = ({ revision }: Principal): boolean => revision === 0;

async function assertNeverClosed(reader: Reader, { issuer, subject, username }: Identity): Promise<void> {
  if ((await formerBySubject(reader, issuer, subject)) !== undefined) throw refuse('account_is_closed', username);
}

export async function formerBySubject(reader: Reader, issuer: string, subject: string): Promise<Principal | undefined> {
  const filter = { issuer: { $eq: issuer }, subject: { $eq: subject }, living: false };
  const [found] = await reader.find(principals, filter, { limit: 1 });
  return found;
}

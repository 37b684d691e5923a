import { refuse } from '../base/errors.ts';
import type { Transaction } from '../store/transaction.ts';
import { bindName, bindsByName, isSubject } from './configuredAdmins.ts';
import { ACCOUNTS_ISSUER, isLocalAccount, type Principal, principals } from './principal.ts';
import { type AdminRules, rosterIn } from './roster.ts';
import { assertIdNotReserved, isReservedId, isServiceName } from './serviceNames.ts';
import { KBASE_ISSUER } from './token.ts';

/*
 * The one place where a principal is made, named, renamed or given an identity. It alone knows which names and ids are
 * nobody's to give: those of `ws-admin`, and those under which the service itself acts.
 */

/** Who chose the name: a token's issuer, by a token or by its word, or somebody here. */
export type NamedBy = 'issuer' | 'administrator';

export type NewPrincipal = Pick<Principal, 'username' | 'kind' | 'state'> &
  Partial<Pick<Principal, 'email' | 'issuer' | 'subject' | 'tokenName' | 'tokenNameAt'>>;

/** The name that an issuer gave, in a token issued at that time. */
export interface TokenName {
  readonly tokenName: string;
  readonly tokenNameAt: Date;
}

/**
 * Inserts a living principal, and binds its name where `ws-admin` has it. Its id is its subject where that is free and
 * not reserved, else a new one: an issuer may call its subjects what it likes.
 *
 * @throws name_reserved, id_reserved; of an issuer's names username_conflict
 */
export async function makePrincipal(
  tx: Transaction,
  rules: AdminRules,
  { by, ...fields }: NewPrincipal & { readonly by: NamedBy },
): Promise<Principal> {
  const { subject } = fields;
  if (by === 'administrator' && subject !== undefined) assertIdNotReserved(subject);
  await assertMayHold(tx, rules, { ...fields, by });
  const usable = subject !== undefined && !isReservedId(subject) && (await tx.get(principals, subject)) === null;
  const made = await tx.insert(principals, {
    _id: usable ? subject : tx.newId(),
    ...fields,
    living: true,
    createdAt: tx.now,
  });
  await bindName(tx, rules, made);
  return made;
}

/**
 * Gives a living principal another name, and binds it where `ws-admin` has it. The caller has seen to it that the name is
 * free, and tells all instances (`withdrawn`).
 *
 * @throws name_reserved; where a token brings the name username_conflict
 */
export async function renamePrincipal(
  tx: Transaction,
  rules: AdminRules,
  { present, username, token }: { readonly present: Principal; readonly username: string; readonly token?: TokenName },
): Promise<Principal> {
  const by = token === undefined ? 'administrator' : 'issuer';
  await assertMayHold(tx, rules, { ...present, username, by });
  const renamed = await tx.update(principals, present, { ...present, ...token, username });
  await bindName(tx, rules, renamed);
  return renamed;
}

/** Makes a pending principal that of a token with its name. A disabled one stays so. @throws username_conflict */
export async function claimPrincipal(
  tx: Transaction,
  rules: AdminRules,
  { pending, identity }: { readonly pending: Principal; readonly identity: TokenName & Identified },
): Promise<Principal> {
  await assertMayHold(tx, rules, { ...pending, ...identity, by: 'issuer' });
  const state = pending.state === 'disabled' ? 'disabled' : 'active';
  const claimed = await tx.update(principals, pending, { ...pending, ...identity, state });
  await bindName(tx, rules, claimed);
  return claimed;
}

interface Identified {
  readonly issuer: string;
  readonly subject: string;
}

/**
 * Makes an unclaimed principal an account that this service keeps itself: no token can claim it any more.
 *
 * @throws name_reserved
 */
export async function keepAsAccount(tx: Transaction, rules: AdminRules, present: Principal): Promise<Principal> {
  const identity = { issuer: ACCOUNTS_ISSUER, subject: present._id };
  await assertMayHold(tx, rules, { ...present, ...identity, by: 'administrator' });
  const state = present.state === 'pending' ? 'active' : present.state;
  return tx.update(principals, present, { ...present, ...identity, state });
}

/**
 * Who holds a name of `ws-admin` that is not bound yet becomes a protected full administrator, and keeps others from
 * signing in under it: only a configured token source says who that is. Accounts of staff hold none, bound or not.
 *
 * @throws name_reserved; where an issuer gave the name username_conflict, which its bearer is told at sign-in
 */
async function assertMayHold(
  tx: Transaction,
  rules: AdminRules,
  holder: Pick<NewPrincipal, 'username' | 'kind' | 'issuer' | 'subject'> & { readonly by: NamedBy },
): Promise<void> {
  const { username, by } = holder;
  const reserved = (whose: string) =>
    by === 'issuer' ? refuse('username_conflict', username) : refuse('name_reserved', username, whose);
  if (by === 'administrator' && isServiceName(username)) throw reserved('the service itself');
  const configured = 'an administrator of the configuration file (ws-admin), who comes with a token';
  if (isLocalAccount(holder)) {
    // An account of staff under the very subject would keep it from the administrator whom the entry means.
    const person = { ...holder, kind: 'person' } as const;
    if (rules.configured.some((entry) => entry === username || isSubject(rules, entry, person)))
      throw reserved(configured);
  } else if (by === 'administrator' && holder.subject !== undefined && !comesWithName(holder)) {
    // Where roles come from the token, nothing is bound.
    const free = rules.tokenRoles === undefined && bindsByName(rules, await rosterIn(tx), username);
    if (free) throw reserved(configured);
  }
}

/** In KBase's tokens the name is the id: whoever has this id has this name. */
const comesWithName = ({ issuer, subject, username }: Pick<NewPrincipal, 'issuer' | 'subject' | 'username'>) =>
  issuer === KBASE_ISSUER && subject === username;

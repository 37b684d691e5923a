import { refuse } from '../base/errors.ts';
import type { Transaction } from '../store/transaction.ts';
import { bindName, bindsByName, isSubject } from './configuredAdmins.ts';
import { ACCOUNTS_ISSUER, isLocalAccount, type Principal, principals } from './principal.ts';
import { type AdminRules, rosterIn } from './roster.ts';
import { assertIdNotReserved, isReservedId, isServiceName } from './serviceNames.ts';
import { type Identity, KBASE_ISSUER } from './token.ts';

/*
 * The one place where a principal is made, renamed or given an identity, and where it is decided which names and ids
 * are reserved: those of `ws-admin`, and those of the service itself.
 */

/** Who chose the name: the issuer of tokens, in a token or in an answer, or an administrator here. */
export type NamedBy = 'issuer' | 'administrator';

export type NewPrincipal = Pick<Principal, 'username' | 'kind' | 'state'> &
  Partial<Pick<Principal, 'email' | 'issuer' | 'subject' | 'tokenName' | 'tokenNameAt'>>;

/** The name that an issuer gave, in a token issued at that time. */
export interface TokenName {
  readonly tokenName: string;
  readonly tokenNameAt: Date;
}

/**
 * Inserts a living principal, and binds the name if `ws-admin` has it. The id is the subject if that is free and not
 * reserved, else a new one: issuers choose subjects freely.
 *
 * @throws name_reserved, id_reserved; username_conflict if an issuer chose the name
 */
export async function makePrincipal(
  tx: Transaction,
  rules: AdminRules,
  user: NewPrincipal & { readonly by: NamedBy },
): Promise<Principal> {
  const isTaken = async (id: string) => (await tx.get(principals, id)) !== null;
  const made = await tx.insert(principals, await newDocument(tx, user, { rules, isTaken }));
  await bindName(tx, rules, made);
  return made;
}

/**
 * Inserts principals as {@link makePrincipal} does, many in one write. Those whose state is `former` left before this
 * house knew them, and own what they owned: they hold no name, and their id is the name if that is free.
 *
 * @throws name_reserved, id_reserved; username_conflict if an issuer chose the name
 */
export async function makePrincipals(
  tx: Transaction,
  rules: AdminRules,
  users: readonly NamedPrincipal[],
): Promise<Principal[]> {
  const wanted = users.map(wantedId).filter((id) => id !== undefined);
  const found = await tx.parts(principals, { _id: { $in: wanted } }, { fields: [] });
  const taken = new Set(found.map(({ _id }) => _id));
  const made: Principal[] = [];
  for (const user of users) {
    const document = await newDocument(tx, user, { rules, isTaken: async (id) => taken.has(id) });
    taken.add(document._id);
    made.push({ ...document, revision: 1 });
  }
  await tx.insertEach(principals, made);
  for (const principal of made) if (principal.living) await bindName(tx, rules, principal);
  return made;
}

type NamedPrincipal = NewPrincipal & Pick<Principal, 'named'> & { readonly by: NamedBy };

const wantedId = ({ state, username, subject }: NewPrincipal) => (state === 'former' ? username : subject);

/** The document of a new principal. @throws name_reserved, id_reserved; username_conflict if an issuer chose the name */
async function newDocument(
  tx: Transaction,
  { by, ...fields }: NamedPrincipal,
  { rules, isTaken }: { readonly rules: AdminRules; readonly isTaken: (id: string) => Promise<boolean> },
): Promise<Omit<Principal, 'revision'>> {
  const living = fields.state !== 'former';
  if (living && by === 'administrator' && fields.subject !== undefined) assertIdNotReserved(fields.subject);
  if (living) await assertMayHold(tx, rules, { ...fields, by });
  const id = wantedId(fields);
  const _id = id !== undefined && !isReservedId(id) && !(await isTaken(id)) ? id : tx.newId();
  return { _id, ...fields, living, createdAt: tx.now, ...(living ? {} : { closedAt: tx.now }) };
}

/** Inserts an unclaimed principal again who was erased, with the same id. @throws name_reserved */
export async function remakePrincipal(tx: Transaction, rules: AdminRules, erased: Principal): Promise<void> {
  const { revision: _, ...fields } = erased;
  await assertMayHold(tx, rules, { ...erased, by: 'administrator' });
  await tx.insert(principals, fields);
}

/**
 * Gives a living principal another name, and binds it if `ws-admin` has it. The caller must have checked that the name
 * is free, and must call `advanceEpoch`.
 *
 * @throws name_reserved; username_conflict if a token brings the name
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

/**
 * Gives a pending principal the identity of a token with their name. A disabled one stays so. @throws username_conflict
 */
export async function claimPrincipal(
  tx: Transaction,
  rules: AdminRules,
  { pending, identity }: { readonly pending: Principal; readonly identity: TokenName & Omit<Identity, 'username'> },
): Promise<Principal> {
  await assertMayHold(tx, rules, { ...pending, ...identity, by: 'issuer' });
  const state = pending.state === 'disabled' ? 'disabled' : 'active';
  const claimed = await tx.update(principals, pending, { ...pending, ...identity, state });
  await bindName(tx, rules, claimed);
  return claimed;
}

/** Makes an unclaimed principal a local account, which no token can claim any more. @throws name_reserved */
export async function makeLocalAccount(tx: Transaction, rules: AdminRules, present: Principal): Promise<Principal> {
  const identity = { issuer: ACCOUNTS_ISSUER, subject: present._id };
  await assertMayHold(tx, rules, { ...present, ...identity, by: 'administrator' });
  const state = present.state === 'pending' ? 'active' : present.state;
  return tx.update(principals, present, { ...present, ...identity, state });
}

/**
 * Protects the names of `ws-admin`: the holder of one that is not bound yet becomes a protected full administrator, and
 * nobody else can sign in under it, so only a configured token source may give it. Staff never have such a name.
 *
 * @throws name_reserved; username_conflict if an issuer gave the name, which its bearer is told at sign-in
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
    // A staff account with this subject would take it from the administrator whom the entry names.
    const person = { ...holder, kind: 'person' } as const;
    if (rules.configured.some((entry) => entry === username || isSubject(rules, entry, person)))
      throw reserved(configured);
  } else if (by === 'administrator' && holder.subject !== undefined && !comesWithName(holder)) {
    // If roles come from the token, no name is bound.
    const isUnbound = rules.tokenRoles === undefined && bindsByName(rules, await rosterIn(tx), username);
    if (isUnbound) throw reserved(configured);
  }
}

/** KBase's tokens have no id: the name is the identity. */
const comesWithName = ({ issuer, subject, username }: Pick<NewPrincipal, 'issuer' | 'subject' | 'username'>) =>
  issuer === KBASE_ISSUER && subject === username;

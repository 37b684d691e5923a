import type { Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { isLocalAccount, livingByName, livingByNames, type Principal, principals, wireName } from './principal.ts';
import { type AdminRules, type Roster, rosterIn, rosters } from './roster.ts';
import { KBASE_ISSUER } from './token.ts';

/*
 * The administrators named by the configuration (`ws-admin`). An entry is `id:SUBJECT`, for this subject of the issuer of
 * JSON Web Tokens, or a name, which is bound once to the first principal of a configured token source who has it. Entries
 * never refer to staff accounts.
 */

const ID = 'id:';

/** The subject in an entry of `ws-admin`; undefined if the entry is a user name. */
export const subjectIn = (entry: string): string | undefined =>
  entry.startsWith(ID) ? entry.slice(ID.length) : undefined;

/** The issuer of the subjects in `id:SUBJECT`; KBase's tokens have no subject. */
const jwtIssuer = ({ issuers }: AdminRules): string | undefined => issuers.find((issuer) => issuer !== KBASE_ISSUER);

/** The rules without the entries of `ws-admin` that can never match: subjects, if tokens have none. */
export function withoutIdleEntries(rules: AdminRules): AdminRules {
  if (jwtIssuer(rules) !== undefined) return rules;
  return { ...rules, configured: rules.configured.filter((entry) => subjectIn(entry) === undefined) };
}

/** Whether an entry `id:SUBJECT` refers to this principal. */
export function isSubject(rules: AdminRules, entry: string, principal: Pick<Principal, 'kind' | 'issuer' | 'subject'>) {
  const subject = subjectIn(entry);
  return (
    subject !== undefined &&
    principal.subject === subject &&
    principal.issuer === jwtIssuer(rules) &&
    !isLocalAccount(principal)
  );
}

/**
 * Whether the configuration names this principal, who then is a full, protected administrator. So is a pending user
 * with a name that is not bound yet: the first token with the name will claim them.
 */
export function isConfigured(rules: AdminRules, roster: Roster, principal: Principal): boolean {
  if (isLocalAccount(principal)) return false;
  if (roster.bindings.some((b) => b.principal === principal._id && rules.configured.includes(b.entry))) return true;
  if (rules.configured.some((entry) => isSubject(rules, entry, principal))) return true;
  return isUnclaimed(principal) && bindsByName(rules, roster, principal.username);
}

/** Whether this is a pending user, whom the first token with the name will claim. */
export const isUnclaimed = ({ living, subject }: Principal): boolean => living && subject === undefined;

/** Whether a principal of this name would become a configured administrator. */
export function bindsByName(rules: AdminRules, roster: Roster, username: string): boolean {
  return rules.configured.includes(username) && !roster.bindings.some((b) => b.entry === username);
}

/** Binds the name of this principal if `ws-admin` has it, it is not bound yet, and the principal may be bound. */
export async function bindName(tx: Transaction, rules: AdminRules, principal: Principal): Promise<void> {
  if (rules.tokenRoles !== undefined || !mayBind(rules, principal)) return;
  const roster = await rosterIn(tx);
  if (!bindsByName(rules, roster, principal.username)) return;
  const bindings = [...roster.bindings, { entry: principal.username, principal: principal._id }];
  await tx.update(rosters, roster, { ...roster, bindings });
}

/**
 * At start: binds each unbound name to its holder, if they may be bound, and drops the bindings of names that `ws-admin`
 * no longer has and of staff accounts, which earlier versions bound.
 */
export async function bindConfigured(tx: Transaction, rules: AdminRules): Promise<void> {
  if (rules.tokenRoles !== undefined) return;
  const roster = await rosterIn(tx);
  const bound = await tx.find(principals, { _id: { $in: roster.bindings.map((b) => b.principal) } });
  const isStaff = (id: string) => bound.some((p) => p._id === id && isLocalAccount(p));
  const bindings = roster.bindings.filter((b) => rules.configured.includes(b.entry) && !isStaff(b.principal));
  const unbound = rules.configured.filter((e) => subjectIn(e) === undefined && !bindings.some((b) => b.entry === e));
  for (const entry of unbound) {
    const holder = await livingByName(tx, entry);
    if (holder !== undefined && mayBind(rules, holder)) bindings.push({ entry, principal: holder._id });
  }
  await tx.update(rosters, roster, { ...roster, bindings });
}

/** Whether a name in the configuration can be bound to this principal. */
export function mayBind(rules: AdminRules, principal: Principal): boolean {
  return principal.issuer !== undefined && rules.issuers.includes(principal.issuer) && !isLocalAccount(principal);
}

/** Warnings for the operator about names in `ws-admin` that cannot become administrators. */
export async function configuredWarnings(reader: Reader, rules: AdminRules, roster: Roster): Promise<string[]> {
  const bound = await reader.find(principals, { _id: { $in: roster.bindings.map((b) => b.principal) } });
  const unbound = rules.configured.filter((e) => bindsByName(rules, roster, e));
  const holders = await livingByNames(reader, unbound);
  return [
    ...roster.bindings.flatMap(({ entry, principal }) => {
      const closed = bound.find((p) => p._id === principal && !p.living);
      if (closed === undefined) return [];
      return `ws-admin names ${entry}, which is the closed account ${wireName(closed)}: name another, or id:<subject>`;
    }),
    ...holders.flatMap((p) => unfitHolder(rules, p) ?? []),
  ];
}

function unfitHolder(rules: AdminRules, holder: Principal): string | undefined {
  if (mayBind(rules, holder) || (holder.issuer === undefined && !isLocalAccount(holder))) return undefined;
  const name = holder.username;
  const what = isLocalAccount(holder)
    ? 'a staff account or a local account'
    : `an account of the issuer ${holder.issuer}, whose tokens are not taken any more`;
  return (
    `ws-admin names ${name}, but the user of this name is ${what}, which cannot be an administrator by ws-admin. ` +
    'Nobody else can sign in under the name meanwhile. Have an administrator rename or delete the account (renameUser, ' +
    `updateStaff, deleteUser); if there is none, name another user in ws-admin until that is done`
  );
}

import { refuse } from '../base/errors.ts';
import { holds } from '../base/expiry.ts';
import type { Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { type Administering, isSelf } from './actor.ts';
import { isConfigured } from './configuredAdmins.ts';
import { USERS } from './nameRules.ts';
import { ACCOUNTS_ISSUER, type Principal, principals, wireName } from './principal.ts';
import { covers, type Limits } from './rank.ts';
import { one, resolveToShow } from './resolver.ts';
import { type AdminRules, type Roster, rosterIn } from './roster.ts';

/**
 * The living user of this name, for any change of the account. Nobody may change the account of somebody with more
 * rights than themselves: enabling it gives those rights back, and its password, address, or unclaimed name decides who
 * gets them.
 *
 * @throws user_null, user_unknown, account_is_closed, exceeds_own_rights
 */
export async function userToChange(
  tx: Transaction,
  by: Administering,
  user: string | null | undefined,
): Promise<Principal> {
  return changeable(tx, by, await livingUser(tx, user));
}

/**
 * As {@link userToChange}, where the user is to lose access.
 *
 * @throws user_null, user_unknown, account_is_closed, protected_admin, exceeds_own_rights
 */
export async function userToCutOff(
  tx: Transaction,
  by: Administering,
  user: string | null | undefined,
): Promise<Principal> {
  const target = await livingUser(tx, user);
  if (by.rules.tokenRoles === undefined && isConfigured(by.rules, await rosterIn(tx), target)) {
    throw refuse('protected_admin', wireName(target));
  }
  return changeable(tx, by, target);
}

/**
 * The user whose account is to be changed, in any state but closed. @throws user_null, user_unknown, account_is_closed
 */
export async function livingUser(tx: Transaction, name: string | null | undefined): Promise<Principal> {
  const { user } = await one(resolveToShow(tx, [name], USERS));
  if (!user.living) throw refuse('account_is_closed', name ?? '');
  return user;
}

/** As {@link userToChange}, for the staff account with this id. @throws staff_unknown, exceeds_own_rights */
export async function staffToChange(tx: Transaction, by: Administering, id: string): Promise<Principal> {
  return changeable(tx, by, await staffById(tx, id));
}

/** The living staff account with this id. @throws staff_unknown */
export async function staffById(reader: Reader, id: string): Promise<Principal> {
  const found = await reader.get(principals, id);
  if (found === null || !found.living || found.kind !== 'staff') throw refuse('staff_unknown', id);
  return found;
}

async function changeable(tx: Transaction, { rules, actor }: Administering, target: Principal): Promise<Principal> {
  if (isSelf(actor, target)) return target;
  const rights = rightsOf(rules, await rosterIn(tx), { target, now: tx.now });
  if (rights !== undefined && !covers(actor.rank, rights)) {
    throw refuse('exceeds_own_rights', wireName(actor.principal));
  }
  return target;
}

/** The admin rights that the account gives, or may give: roles in its token are not known here. */
function rightsOf(
  rules: AdminRules,
  roster: Roster,
  { target, now }: { readonly target: Principal; readonly now: Date },
): Limits | undefined {
  const entry = roster.admins.find((a) => a.principal === target._id && holds(a, now));
  if (entry?.scope !== undefined) return entry;
  const hasToken = target.subject !== undefined && target.issuer !== ACCOUNTS_ISSUER;
  if (rules.tokenRoles !== undefined) return hasToken ? { role: 'full' } : undefined;
  return isConfigured(rules, roster, target) ? { role: 'full' } : entry;
}

import { refuse } from '../base/errors.ts';
import type { Transaction } from '../store/transaction.ts';
import { isConfigured } from './configuredAdmins.ts';
import { close, livingBySubject } from './directory.ts';
import { claimPrincipal, renamePrincipal } from './makePrincipal.ts';
import { admitNewcomer, formerBySubject } from './newcomers.ts';
import { ACCOUNTS_ISSUER, livingByName, type Principal, principals } from './principal.ts';
import { type AdminRules, adminRemains, advanceEpoch, forgetOnRoster, rosterIn } from './roster.ts';
import type { Claims } from './token.ts';
import { assertUsername } from './usernames.ts';

type NamedBearer = Pick<Claims, 'issuer' | 'subject' | 'username' | 'issuedAt'>;

/** Whom a token names: the subject, or the service that acts for them, whose name may be missing. */
export type Bearer = Omit<NamedBearer, 'username'> & { readonly username?: string };

/** The principal that these claims name. Stores, claims or renames them if the claims are news. */
export async function introduce(tx: Transaction, rules: AdminRules, bearer: Bearer): Promise<Principal> {
  const known = await livingBySubject(tx, bearer.issuer, bearer.subject);
  if (known !== undefined && !hasNewName(known, bearer)) return known;
  const claims = named(bearer);
  const identity = { issuer: claims.issuer, subject: claims.subject };
  const token = { tokenName: claims.username, tokenNameAt: claims.issuedAt };
  if (known !== undefined) {
    if (known.username === claims.username) {
      return tx.update(principals, known, { ...known, ...token });
    }
    await freeName(tx, rules, claims);
    const renamed = await renamePrincipal(tx, rules, { present: known, username: claims.username, token });
    await advanceEpoch(tx);
    return renamed;
  }
  const pending = await livingByName(tx, claims.username);
  if (pending !== undefined && pending.subject === undefined) {
    return claimPrincipal(tx, rules, { pending, identity: { ...identity, ...token } });
  }
  const closed = await formerBySubject(tx, claims.issuer, claims.subject);
  if (closed !== undefined) return closed;
  await freeName(tx, rules, claims);
  return admitNewcomer(tx, rules, { ...claims, namedAt: claims.issuedAt });
}

/**
 * Frees a name that the issuer gave to another subject: the old holder becomes a former user, and the new one inherits
 * nothing from them.
 *
 * @throws username_conflict if the holder has another issuer, or got the name from an administrator, or is a configured
 *   admin or the last one
 */
async function freeName(tx: Transaction, rules: AdminRules, claims: NamedBearer): Promise<void> {
  const holder = await livingByName(tx, claims.username);
  if (holder === undefined) return;
  const roster = await rosterIn(tx);
  // A name that an administrator gave may belong to somebody else at the issuer.
  const namedByIssuer = holder.issuer === claims.issuer && holder.tokenName === claims.username;
  if (!namedByIssuer || (rules.tokenRoles === undefined && isConfigured(rules, roster, holder))) {
    throw refuse('username_conflict', claims.username);
  }
  await forgetOnRoster(tx, roster, holder._id);
  await close(tx, holder);
  await advanceEpoch(tx);
  if (!(await adminRemains(tx, rules))) throw refuse('username_conflict', claims.username);
}

/** Whether the token is newer than any seen before, and gives the principal another name. Local accounts are named here. */
export function hasNewName(principal: Principal, claims: Bearer): boolean {
  if (claims.issuer === ACCOUNTS_ISSUER) return false;
  if (claims.username === undefined || principal.tokenName === claims.username) return false;
  return principal.tokenNameAt === undefined || claims.issuedAt > principal.tokenNameAt;
}

export function requireActive(principal: Principal): Principal {
  if (principal.state === 'disabled') throw refuse('account_disabled', principal.username);
  if (principal.state !== 'active') throw refuse('account_closed', principal.username);
  return principal;
}

/** Uses the subject as the name of a bearer without one. @throws token_invalid if it is not a valid name */
function named({ issuer, subject, username = subject, issuedAt }: Bearer): NamedBearer {
  try {
    assertUsername(username);
  } catch {
    throw refuse('token_invalid').because('its act names a service unknown here without a preferred_username');
  }
  return { issuer, subject, username, issuedAt };
}

import { createHash } from 'node:crypto';
import type { Journal } from '../audit/journal.ts';
import { touched } from '../audit/record.ts';
import { refuse, StewardError } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { transact } from '../store/transact.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Authority } from './authority.ts';
import { close, livingBySubject } from './directory.ts';
import { admitNewcomer, formerBySubject } from './newcomers.ts';
import { livingByName, type Principal, principals, wireName } from './principal.ts';
import { Remembered } from './remembered.ts';
import {
  type AdminRules,
  assertAdminRemains,
  bindConfigured,
  dropFromRoster,
  isConfigured,
  rosterIn,
  withdrawn,
} from './roster.ts';
import type { Claims, Identity, TokenSource } from './token.ts';

const MAX_TOKENS = 10_000;

/** Somebody whose credential was checked, for as long as the request lasts. */
export interface SignedIn {
  readonly principal: Principal;
  /** The roles of its bearer: those in the token, or those that its issuer says. @throws roles_unavailable */
  roles(): Promise<readonly string[]>;
  /** Those of these names that the token's issuer knows as users. @throws token_invalid, users_unavailable */
  identities(names: readonly string[]): Promise<readonly Identity[]>;
}

/** Where a sign-in came from, for its record. */
export interface SignInOrigin {
  readonly requestId: string;
  readonly address: string;
}

/**
 * Step 1 of the gate: credential → principal. A token is verified once and remembered by its digest until it expires;
 * the directory learns of its bearer on first sight, in a transaction of its own with its record.
 */
export class SignIn {
  readonly #source: TokenSource;
  readonly #database: Database;
  readonly #journal: Journal;
  readonly #authority: Authority;
  readonly #rules: AdminRules;
  readonly #now: () => Date;
  readonly #claims = new Remembered<Claims>(MAX_TOKENS);

  constructor(deps: {
    source: TokenSource;
    database: Database;
    journal: Journal;
    authority: Authority;
    rules: AdminRules;
    now: () => Date;
  }) {
    this.#source = deps.source;
    this.#database = deps.database;
    this.#journal = deps.journal;
    this.#authority = deps.authority;
    this.#rules = deps.rules;
    this.#now = deps.now;
  }

  /**
   * The principal of the value of an Authorization header: the token, bare or after `Bearer `.
   *
   * @throws token_blank, token_invalid, auth_refused, auth_unavailable, account_disabled, account_closed,
   *   username_conflict
   */
  async signIn(authorization: string, origin: SignInOrigin): Promise<SignedIn> {
    const token = authorization.replace(/^Bearer +/i, '').trim();
    if (token === '') throw refuse('token_blank');
    const digest = createHash('sha256').update(token).digest('base64');
    const now = this.#now();
    const claims = this.#claims.get(digest, now) ?? (await this.#verify(token, digest, now));
    const { epoch } = await this.#authority.roster();
    const identity = JSON.stringify([claims.issuer, claims.subject]);
    let principal = this.#authority.cached(identity);
    if (principal === undefined || bringsNewName(principal, claims)) {
      principal = await this.#recognise(claims, origin);
      this.#authority.keep(identity, principal, epoch);
    }
    const inquiry = this.#source.inquiry?.(token, claims, now, () => this.#claims.forget(digest));
    return {
      principal,
      roles: async () => inquiry?.roles() ?? claims.roles,
      identities: async (names) => inquiry?.identities(names) ?? [],
    };
  }

  async #verify(token: string, digest: string, now: Date): Promise<Claims> {
    const claims = await this.#source.verify(token, now);
    this.#claims.set(digest, claims, now, claims.expiresAt);
    return claims;
  }

  async #recognise(claims: Claims, origin: SignInOrigin): Promise<Principal> {
    const known = await livingBySubject(this.#database, claims.issuer, claims.subject);
    if (known !== undefined && known.state !== 'pending' && !bringsNewName(known, claims)) return admitted(known);
    return admitted(await this.#introduce(claims, origin));
  }

  async #introduce(claims: Claims, origin: SignInOrigin): Promise<Principal> {
    const principal = await transact(this.#database, { now: this.#now }, async (tx) => {
      const found = await introduce(tx, this.#rules, claims);
      if (tx.changes.length > 0) {
        const actor = { id: found._id, name: wireName(found) };
        this.#journal.appendIn(tx, {
          at: tx.now,
          via: 'signIn',
          command: 'signIn',
          outcome: 'success',
          actor,
          authority: 'service',
          changes: tx.changes,
          resources: touched(tx.changes),
          requestId: origin.requestId,
          address: origin.address,
        });
      }
      return found;
    });
    this.#authority.invalidate();
    return principal;
  }
}

/** The principal that these claims mean, made known, claimed or renamed where they say so. */
async function introduce(tx: Transaction, rules: AdminRules, claims: Claims): Promise<Principal> {
  const identity = { issuer: claims.issuer, subject: claims.subject };
  const token = { tokenName: claims.username, tokenNameAt: claims.issuedAt };
  const known = await livingBySubject(tx, claims.issuer, claims.subject);
  if (known !== undefined) {
    if (!bringsNewName(known, claims)) return known;
    if (known.username === claims.username) {
      return tx.update(principals, known, { ...known, ...token });
    }
    await freeName(tx, rules, claims, known);
    const renamed = await tx.update(principals, known, { ...known, ...token, username: claims.username });
    await bindConfigured(tx, rules);
    await withdrawn(tx);
    return renamed;
  }
  const pending = await livingByName(tx, claims.username);
  if (pending !== undefined && pending.subject === undefined) {
    const state = pending.state === 'disabled' ? 'disabled' : 'active';
    return tx.update(principals, pending, { ...pending, ...identity, ...token, state });
  }
  const closed = await formerBySubject(tx, claims.issuer, claims.subject);
  if (closed !== undefined) return closed;
  await freeName(tx, rules, claims, undefined);
  return admitNewcomer(tx, rules, claims, claims.issuedAt);
}

/**
 * Makes room for a name that its issuer gave to another subject: the old holder becomes a former user and the new one
 * inherits nothing. Refused where the holder is somebody else's to name, or has the name from an administrator rather
 * than from the issuer, or the service would lose its last admin.
 */
async function freeName(
  tx: Transaction,
  rules: AdminRules,
  claims: Claims,
  unless: Principal | undefined,
): Promise<void> {
  const holder = await livingByName(tx, claims.username);
  if (holder === undefined || holder._id === unless?._id) return;
  const roster = await rosterIn(tx);
  // A name that an administrator gave, rather than a token, says nothing about who holds it at the issuer.
  const namedByIssuer = holder.issuer === claims.issuer && holder.tokenName === claims.username;
  if (!namedByIssuer || (rules.tokenRoles === undefined && isConfigured(rules, roster, holder))) {
    throw refuse('username_conflict', claims.username);
  }
  await dropFromRoster(tx, roster, holder._id);
  await close(tx, holder);
  await withdrawn(tx);
  try {
    await assertAdminRemains(tx, rules);
  } catch (error) {
    throw error instanceof StewardError && error.reason === 'last_admin'
      ? refuse('username_conflict', claims.username)
      : error;
  }
}

/** True when a token newer than any seen gives the principal another name than the newest did. */
function bringsNewName(principal: Principal, claims: Claims): boolean {
  if (principal.tokenName === claims.username) return false;
  return principal.tokenNameAt === undefined || claims.issuedAt > principal.tokenNameAt;
}

function admitted(principal: Principal): Principal {
  if (principal.state === 'disabled') throw refuse('account_disabled', principal.username);
  if (principal.state !== 'active') throw refuse('account_closed', principal.username);
  return principal;
}

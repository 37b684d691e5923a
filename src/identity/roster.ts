import { refuse } from '../base/errors.ts';
import { collection, type Reader, type Stored } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { principals } from './principal.ts';

export type AdminRole = 'full' | 'readOnly';

/** A system that can have administrators of its own, who have no other rights. */
export type AdminScope = 'iiif';

/** What an admin on the roster may do: everything that the role may, except for the limits. */
export interface RosterEntry {
  readonly principal: string;
  readonly role: AdminRole;
  readonly commands?: readonly string[];
  /**
   * The only principals (ids) whom they may act as, or for whom they may act with a delegated token; empty where only
   * `asRoles` names some. Commands that run with admin rights must then be listed in `commands`.
   */
  readonly as?: readonly string[];
  /** They may also act for anybody whose delegated token has one of these roles. */
  readonly asRoles?: readonly string[];
  /** The rights only hold when acting for somebody. */
  readonly delegatedOnly?: true;
  readonly expires?: Date;
  /** They may only run the commands of this system, on its resources. */
  readonly scope?: AdminScope;
  readonly addedAt: Date;
  readonly addedBy: string;
}

/** A name in `ws-admin` binds once, to the first principal of a configured token source who has it. */
export interface Binding {
  readonly entry: string;
  readonly principal: string;
}

/**
 * A use of break-glass that nobody has reviewed yet. Until then its holder is blocked, once it is over.
 */
export interface BrokenGlass {
  readonly principal: string;
  readonly id: string;
  readonly reason: string;
  readonly at: Date;
  readonly until: Date;
  /** Set once `until` has passed, so that it stays over if a clock is set back. */
  readonly over?: true;
}

/**
 * The admins, in one document: two transactions that each remove the other admin conflict on it, where snapshot
 * isolation over many documents would let both commit. `epoch` counts what else withdraws rights (a user is disabled,
 * closed or renamed), so that the revision alone tells an instance whether its cache of rights is stale.
 */
export interface Roster extends Stored {
  readonly admins: readonly RosterEntry[];
  readonly bindings: readonly Binding[];
  readonly epoch: number;
  /** Absent until break-glass is used for the first time. */
  readonly broken?: readonly BrokenGlass[];
}

export const rosters = collection<Roster>('roster', {
  keyedLists: { admins: 'principal', bindings: 'entry', broken: 'principal' },
  internal: ['epoch'],
});

export const ROSTER_ID = 'roster';

export interface AdminRules {
  /** `ws-admin`: user names, or `id:<subject>`; see `configuredAdmins.ts`. */
  readonly configured: readonly string[];
  /** The issuers of the configured token sources. */
  readonly issuers: readonly string[];
  /** If set, admin roles come from the token, and the roster and `ws-admin` are ignored. */
  readonly tokenRoles?: { readonly full: readonly string[]; readonly readOnly: readonly string[] };
  /** Accounts (user names, or `id:ID`) of one person each, which count as one where two people are needed. */
  readonly linkedAccounts?: readonly (readonly string[])[];
}

export function emptyRoster(): Roster {
  return { _id: ROSTER_ID, revision: 0, admins: [], bindings: [], epoch: 0 };
}

/** The roster, which is made when the service first starts. */
export async function rosterIn(tx: Transaction): Promise<Roster> {
  const roster = await tx.get(rosters, ROSTER_ID);
  if (roster === null) throw new TypeError('the roster is missing: the database was not prepared');
  return roster;
}

/** Takes a principal off the roster, if they are on it. */
export async function dropFromRoster(tx: Transaction, roster: Roster, principal: string): Promise<void> {
  await tx.update(rosters, roster, { ...roster, admins: roster.admins.filter((a) => a.principal !== principal) });
}

/** Takes a principal whose account is closed off the roster, and whatever they would have to be reviewed for. */
export async function forgetOnRoster(tx: Transaction, roster: Roster, principal: string): Promise<void> {
  const admins = roster.admins.filter((a) => a.principal !== principal);
  const broken = roster.broken?.filter((b) => b.principal !== principal);
  await tx.update(rosters, roster, { ...roster, admins, ...(broken === undefined ? {} : { broken }) });
}

/** Raises the epoch, so that every instance reads rights again that were withdrawn by a change outside of the roster. */
export async function advanceEpoch(tx: Transaction): Promise<void> {
  const roster = await rosterIn(tx);
  await tx.update(rosters, roster, { ...roster, epoch: roster.epoch + 1 });
}

/**
 * Call last in every transaction that may withdraw an admin right.
 *
 * @throws last_admin if no full, unlimited, active admin without expiry is left
 */
export async function assertAdminRemains(tx: Transaction, rules: AdminRules): Promise<void> {
  if (!(await adminRemains(tx, rules))) throw refuse('last_admin');
}

/** Whether {@link assertAdminRemains} finds a full, unlimited, active admin without expiry, or needs none. */
export async function adminRemains(tx: Transaction, rules: AdminRules): Promise<boolean> {
  if (rules.tokenRoles !== undefined || rules.configured.length > 0) return true;
  return hasLastingAdmin(tx, await rosterIn(tx));
}

/** Whether the entry is of a full administrator without limits, whose right does not expire. */
export const isLasting = (a: RosterEntry): boolean =>
  a.role === 'full' && !a.commands && !a.as && !a.delegatedOnly && !a.expires && !a.scope;

/** Whether the roster has a full, unlimited, active admin whose right does not expire. */
export async function hasLastingAdmin(reader: Reader, roster: Roster): Promise<boolean> {
  const lasting = roster.admins.filter(isLasting);
  if (lasting.length === 0) return false;
  const ids = lasting.map((a) => a.principal);
  const active = await reader.find(principals, { _id: { $in: ids }, state: 'active' }, { limit: 1 });
  return active.length > 0;
}

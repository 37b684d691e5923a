import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import { readExpires, sameEnd } from '../../base/expiry.ts';
import type { SetGlobalPermissionsParams, SetPermissionsParams } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import { hasAllRights, isUser } from '../../identity/genuineAuthority.ts';
import { KBASE_ACCOUNTS } from '../../identity/nameRules.ts';
import type { Party } from '../../identity/party.ts';
import { wireName } from '../../identity/principal.ts';
import { resolveToGive, resolveToTake } from '../../identity/resolver.ts';
import type { Transaction } from '../../store/transaction.ts';
import type { WriteAccess, WriteContext } from '../access/context.ts';
import { type AccessFields, accessFields, decide, endOf, endOfLevel, isLower, type Level } from '../access/decide.ts';
import { assertRoom, type Bound, holdingGrants, limitedTo, withGrants } from '../access/grants.ts';
import { letterOf, levelOfLetter, visibilityOfLetter } from '../access/kbase.ts';
import { type Grant, type Workspace, workspaces } from '../resources/resource.ts';
import { assertUnlocked, type Identifier, identifierOf, readWorkspace } from './identity.ts';
import { ownerOf } from './info.ts';
import { assertPermitted, ownGrant, readPermitted } from './permit.ts';

export interface Shared {
  /** The workspace's number. */
  readonly id: number;
  /** The names of those whose permission changed. */
  readonly changed: string[];
}

/**
 * Gives users and roles a permission on a workspace, which may be locked, or withdraws it. The owner is skipped, with a
 * remark in the audit.
 *
 * @throws permission_unknown, invalid_params, username_invalid, user_unknown, role_unknown, recipient_unfit,
 *   workspace_not_named, workspace_name_invalid, workspace_missing, workspace_deleted, permission_denied,
 *   grant_outlasts, grants_full
 */
export async function setPermissions(
  { tx, people, authority }: WriteContext,
  { new_permission: letter, users, expires, ...identity }: SetPermissionsParams,
): Promise<Shared> {
  const identifier = identifierOf(identity);
  return share(
    { tx, authority },
    identifier,
    await sharingOf({ tx, people }, { letter, ...defined({ users, expires }) }),
  );
}

/** The level that is to be set, and for whom. */
interface Sharing {
  readonly level: Exclude<Level, 'owner'>;
  readonly parties: readonly Party[];
  /** Until when; absent for ever. */
  readonly expires?: Date;
}

interface SharingGiven {
  readonly letter: string | undefined;
  readonly users?: SetPermissionsParams['users'];
  readonly expires?: string;
}

/** @throws permission_unknown, invalid_params, username_invalid, user_unknown, role_unknown, recipient_unfit */
export async function sharingOf(
  { tx, people }: Pick<WriteContext, 'tx' | 'people'>,
  { letter, users, expires: end }: SharingGiven,
): Promise<Sharing> {
  const level = levelOfLetter(letter);
  if (users === undefined) throw refuse('invalid_params', 'users cannot be null');
  if (users.length === 0) throw refuse('invalid_params', 'Must provide at least one user');
  const names = users.map((name) => name ?? '');
  const expires = readExpires(end, tx.now);
  if (level === 'none' && expires !== undefined) {
    throw refuse('invalid_params', 'expires is for a permission that is given: r, w or a');
  }
  if (level === 'none') return { level, parties: await resolveToTake(tx, names, KBASE_ACCOUNTS) };
  return { level, parties: await resolveToGive(tx, names, { ...KBASE_ACCOUNTS, people }), ...defined({ expires }) };
}

export async function share({ tx, authority }: WriteAccess, identifier: Identifier, sharing: Sharing): Promise<Shared> {
  const { level, parties } = sharing;
  const ids = parties.map(({ id }) => id);
  const items = { grants: [...ids, ...ownGrant(authority).grants] };
  const present = await readWorkspace(tx, identifier, { fields: accessFields, items });
  const end = assertMayShare(authority, { identifier, workspace: present }, { level, ids });
  const owner = ownerOf(present);
  const kept = parties.find(({ id }) => id === owner);
  const others = parties.filter(({ id }) => id !== owner);
  const stored = new Map(present.grants.map((g) => [g.principal, g]));
  const held = new Map(holdingGrants(present.grants, authority.at).map((g) => [g.principal, g]));
  const bound = { end, what: `workspace ${identifier.given}` };
  const given = grantsFor(sharing, { ids: others.map(({ id }) => id), bound, held });
  const differing = others.filter(({ id }) => !sameGrant(stored.get(id), given.get(id)));
  const added = differing.filter(({ id }) => !stored.has(id));
  if (added.length > 0) await assertRoom(tx, present._id, added.length);
  const grants = withGrants(
    present.grants,
    differing.map(({ id }) => id),
    differing.flatMap(({ id }) => given.get(id) ?? []),
  );
  await tx.update(workspaces, present, { ...present, grants });
  const changed = differing.filter(({ id }) => !sameGrant(held.get(id), given.get(id)));
  if (hasAllRights(authority)) notifyOfLevel(tx, present, { ...sharing, parties: changed });
  if (kept !== undefined) tx.remark(`${kept.wire} owns workspace ${identifier.given}: the permission stays`);
  return { id: present.number, changed: changed.map(({ wire }) => wire) };
}

/** The grants to set, by principal; none if a permission is withdrawn. @throws grant_outlasts */
function grantsFor(
  { level, expires }: Sharing,
  { ids, bound, held }: { readonly ids: readonly string[]; readonly bound: Bound; readonly held: Held },
): Held {
  if (level === 'none') return new Map();
  const wanted = ids.map((principal): Grant => ({ principal, level, ...defined({ expires }) }));
  return new Map(wanted.map((grant) => [grant.principal, limitedTo(bound, grant, held.get(grant.principal))]));
}

type Held = ReadonlyMap<string, Grant>;

function sameGrant(one: Grant | undefined, other: Grant | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.level === other.level && sameEnd(one, other);
}

/** The members of a role are not notified. */
function notifyOfLevel(
  tx: Transaction,
  { number, name }: Pick<Workspace, 'number' | 'name'>,
  { level, parties, expires }: Sharing,
): void {
  const until = expires === undefined ? '' : ` until ${expires.toISOString()}`;
  const what = level === 'none' ? 'no permission any more' : `the permission ${letterOf(level)} (${level})${until}`;
  const text = `You have ${what} on workspace ${name} (id ${number}).`;
  for (const { kind, id } of parties) if (kind === 'user') tx.notify({ to: id, about: 'permissionChanged', text });
}

/**
 * Those who administer a workspace may set all permissions; others may only lower their own.
 *
 * @returns when what they give ends at the latest; undefined if it need not
 */
function assertMayShare(
  authority: Authority,
  { identifier, workspace }: { readonly identifier: Identifier; readonly workspace: AccessFields },
  { level, ids }: Pick<Sharing, 'level'> & { readonly ids: readonly string[] },
): Date | undefined {
  assertPermitted(authority, { verb: 'set permissions on', identifier, workspace });
  const decision = decide(authority, 'share', workspace);
  if (decision.allowed || !isUser(authority)) return endOf(authority, 'share', workspace);
  const name = wireName(authority.principal);
  if (ids.length !== 1 || ids[0] !== authority.principal._id) {
    const what = `alter other user's permissions on workspace ${identifier.given}`;
    throw refuse('permission_denied', `User ${name} may not ${what}`);
  }
  if (!isLower(decision.level, level)) {
    const what = `only reduce their permission level on workspace ${identifier.given}`;
    throw refuse('permission_denied', `User ${name} may ${what}`);
  }
  return endOfLevel(authority, level, workspace);
}

/**
 * Sets whether everybody may read a workspace. A locked workspace can be opened, but not closed.
 *
 * @throws permission_unknown, invalid_params, workspace_not_named, workspace_name_invalid, workspace_missing,
 *   workspace_deleted, workspace_locked, permission_denied
 */
export async function setGlobalPermission(
  tx: Transaction,
  authority: Authority,
  { new_permission: letter, ...identity }: SetGlobalPermissionsParams,
): Promise<void> {
  identifierOf(identity);
  const visibility = visibilityOfLetter(letter);
  const present = await readPermitted({ reader: tx, authority }, identity, {
    verb: 'set global permission on',
    fields: ['locked'],
  });
  if (visibility === 'private') assertUnlocked(present);
  await tx.update(workspaces, present, { ...present, visibility });
}

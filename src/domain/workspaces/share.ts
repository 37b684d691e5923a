import { refuse } from '../../base/errors.ts';
import type { SetGlobalPermissionsParams, SetPermissionsParams } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import { hasAllRights, isUser } from '../../identity/genuineAuthority.ts';
import { KBASE_ACCOUNTS } from '../../identity/nameRules.ts';
import type { Party } from '../../identity/party.ts';
import { wireName } from '../../identity/principal.ts';
import { resolveToGive, resolveToTake } from '../../identity/resolver.ts';
import type { Transaction } from '../../store/transaction.ts';
import type { WriteAccess, WriteContext } from '../access/context.ts';
import { type AccessFields, accessFields, decide, isLower, type Level } from '../access/decide.ts';
import { assertRoom, withGrants } from '../access/grants.ts';
import { letterOf, levelOfLetter, visibilityOfLetter } from '../access/kbase.ts';
import { type Workspace, workspaces } from '../resources/resource.ts';
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
 *   workspace_not_named, workspace_name_invalid, workspace_missing, workspace_deleted, permission_denied, grants_full
 */
export async function setPermissions(
  { tx, people, authority }: WriteContext,
  { new_permission: letter, users, ...identity }: SetPermissionsParams,
): Promise<Shared> {
  const identifier = identifierOf(identity);
  return share({ tx, authority }, identifier, await sharingOf({ tx, people }, letter, users));
}

/** The level that is to be set, and for whom. */
interface Sharing {
  readonly level: Exclude<Level, 'owner'>;
  readonly parties: readonly Party[];
}

/** @throws permission_unknown, invalid_params, username_invalid, user_unknown, role_unknown, recipient_unfit */
export async function sharingOf(
  { tx, people }: Pick<WriteContext, 'tx' | 'people'>,
  letter: string | undefined,
  users: SetPermissionsParams['users'],
): Promise<Sharing> {
  const level = levelOfLetter(letter);
  if (users === undefined) throw refuse('invalid_params', 'users cannot be null');
  if (users.length === 0) throw refuse('invalid_params', 'Must provide at least one user');
  const names = users.map((name) => name ?? '');
  if (level === 'none') return { level, parties: await resolveToTake(tx, names, KBASE_ACCOUNTS) };
  return { level, parties: await resolveToGive(tx, names, { ...KBASE_ACCOUNTS, people }) };
}

export async function share(
  { tx, authority }: WriteAccess,
  identifier: Identifier,
  { level, parties }: Sharing,
): Promise<Shared> {
  const ids = parties.map(({ id }) => id);
  const items = { grants: [...ids, ...ownGrant(authority).grants] };
  const present = await readWorkspace(tx, identifier, { fields: accessFields, items });
  assertMayShare(authority, { identifier, workspace: present }, { level, ids });
  const owner = ownerOf(present);
  const kept = parties.find(({ id }) => id === owner);
  const others = parties.filter(({ id }) => id !== owner);
  const held = new Map(present.grants.map((g) => [g.principal, g.level]));
  const changed = others.filter(({ id }) => (held.get(id) ?? 'none') !== level);
  const added = changed.filter(({ id }) => !held.has(id));
  if (added.length > 0 && level !== 'none') await assertRoom(tx, present._id, added.length);
  const grants = withGrants(
    present.grants,
    changed.map(({ id }) => id),
    level,
  );
  await tx.update(workspaces, present, { ...present, grants });
  if (hasAllRights(authority)) notifyOfLevel(tx, present, { level, parties: changed });
  if (kept !== undefined) tx.remark(`${kept.wire} owns workspace ${identifier.given}: the permission stays`);
  return { id: present.number, changed: changed.map(({ wire }) => wire) };
}

/** The members of a role are not notified. */
function notifyOfLevel(
  tx: Transaction,
  { number, name }: Pick<Workspace, 'number' | 'name'>,
  { level, parties }: Sharing,
): void {
  const what = level === 'none' ? 'no permission any more' : `the permission ${letterOf(level)} (${level})`;
  const text = `You have ${what} on workspace ${name} (id ${number}).`;
  for (const { kind, id } of parties) if (kind === 'user') tx.tell({ to: id, about: 'permissionChanged', text });
}

/** Those who administer a workspace may set all permissions; others may only lower their own. */
function assertMayShare(
  authority: Authority,
  { identifier, workspace }: { readonly identifier: Identifier; readonly workspace: AccessFields },
  { level, ids }: Pick<Sharing, 'level'> & { readonly ids: readonly string[] },
): void {
  assertPermitted(authority, { verb: 'set permissions on', identifier, workspace });
  const decision = decide(authority, 'share', workspace);
  if (decision.allowed || !isUser(authority)) return;
  const name = wireName(authority.principal);
  if (ids.length !== 1 || ids[0] !== authority.principal._id) {
    const what = `alter other user's permissions on workspace ${identifier.given}`;
    throw refuse('permission_denied', `User ${name} may not ${what}`);
  }
  if (!isLower(decision.level, level)) {
    const what = `only reduce their permission level on workspace ${identifier.given}`;
    throw refuse('permission_denied', `User ${name} may ${what}`);
  }
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

import { refuse } from '../../base/errors.ts';
import type { SetWorkspaceOwner, WorkspaceInfo } from '../../base/schemas/generated.ts';
import { assertAllRights } from '../../identity/genuineAuthority.ts';
import { KBASE_USERS } from '../../identity/nameRules.ts';
import { type Principal, principals, wireName } from '../../identity/principal.ts';
import { one, resolveToGive } from '../../identity/resolver.ts';
import type { Transaction } from '../../store/transaction.ts';
import { settleAllOwners, withOwners } from '../access/changeOwners.ts';
import type { WriteContext } from '../access/context.ts';
import { type Workspace, workspaces } from '../resources/resource.ts';
import { headsOf } from './head.ts';
import { identifierOf, readWorkspace } from './identity.ts';
import { infoFields, ownerOf, ownersInfo } from './info.ts';
import { assertWorkspaceName, nameWithOwner } from './names.ts';
import { assertUntaken } from './taken.ts';

/**
 * Gives a workspace, which may be locked, to another user, as an administrator. The previous owner keeps the right to
 * administer it. Without a new name it keeps its name, in which a prefix becomes the new owner's name.
 *
 * @returns its info as the new owner sees it
 * @throws workspace_not_named, workspace_name_invalid, invalid_params, username_invalid, user_unknown,
 *   workspace_missing, workspace_deleted, already_owner, workspace_name_taken, recipient_unfit, grants_full
 */
export async function setWorkspaceOwner(
  { tx, people, authority }: WriteContext,
  { wsi, new_user: newUser, new_name: newName }: SetWorkspaceOwner['params'],
): Promise<WorkspaceInfo> {
  assertAllRights(authority);
  const identifier = identifierOf(wsi);
  if (newUser === undefined) throw refuse('invalid_params', 'newUser cannot be null');
  const { user: owner, wire } = await one(resolveToGive(tx, [newUser], { ...KBASE_USERS, people }));
  // The previous owner has no grant to read.
  const present = await readWorkspace(tx, identifier, { fields: infoFields, items: { grants: [owner._id] } });
  const oldOwner = ownerOf(present);
  if (oldOwner === owner._id) throw refuse('already_owner', wire, present.name);
  const name = newName ?? nameWithOwner(present.name, owner.username);
  if (newName !== undefined) assertWorkspaceName(newName, owner.username);
  else if (name !== present.name) assertWorkspaceName(name);
  if (name !== present.name) await assertUntaken(tx, name);
  // A closed account keeps nothing.
  const previousOwner = (await tx.peek(principals, oldOwner))?.living === false ? 'drop' : 'keep';
  const next = (before: typeof present) => ({
    ...withOwners(before, [owner._id], previousOwner),
    name,
    modifiedAt: tx.now,
  });
  const [change] = await settleAllOwners(tx, [{ before: present, next }]);
  if (change === undefined) throw new TypeError('settleAllOwners returned no change');
  const changed = await tx.update(workspaces, change.before, change.after);
  notifyOfOwner(tx, changed, { oldOwner, owner });
  const headOf = await headsOf(tx, [changed._id]);
  return ownersInfo(changed, headOf(changed._id), owner);
}

function notifyOfOwner(
  tx: Transaction,
  { number, name }: Pick<Workspace, 'number' | 'name'>,
  { oldOwner, owner }: { readonly oldOwner: string; readonly owner: Principal },
): void {
  const text = `Workspace ${name} (id ${number}) now belongs to`;
  tx.notify({ to: owner._id, about: 'workspaceGiven', text: `${text} you.` });
  const kept = 'you may still administer it';
  tx.notify({ to: oldOwner, about: 'workspaceTaken', text: `${text} ${wireName(owner)}; ${kept}.` });
}

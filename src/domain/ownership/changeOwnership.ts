import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import type { ChangedOwnership } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import { assertAllRights } from '../../identity/genuineAuthority.ts';
import { OWNERS } from '../../identity/nameRules.ts';
import { isLiving, type Party, partyById } from '../../identity/party.ts';
import { one, resolveToGive } from '../../identity/resolver.ts';
import type { Reader } from '../../store/collection.ts';
import type { Transaction } from '../../store/transaction.ts';
import { type PreviousOwner, settleAllOwners } from '../access/changeOwners.ts';
import { collectionOf, partsOf } from '../resources/collections.ts';
import { externalIdForLookup } from '../resources/iiifPath.ts';
import { resources } from '../resources/resource.ts';
import type { ResourceType } from '../resources/types.ts';
import { assertWorkspaceName } from '../workspaces/names.ts';
import { assertUntaken } from '../workspaces/taken.ts';
import { notifyOfTransfer } from './notify.ts';
import { assertMayOwn, type Movable, nameFor, readMovable, withOwnership } from './transfer.ts';

export interface ChangeOwnership {
  readonly type: ResourceType;
  /** Steward's id, or the one of its own system. */
  readonly id: string;
  readonly accountType: 'User' | 'ApplicationRole';
  readonly owner: string;
  readonly previousOwner?: PreviousOwner;
  /** For a workspace: its new name, if that is not to be derived from the present one. */
  readonly new_name?: string;
}

/**
 * Makes a user or a role the only owner of a resource. Nothing changes if they are that already.
 *
 * @throws resource_missing, user_unknown, role_unknown, recipient_unfit, owner_kind_not_allowed,
 *   workspace_name_invalid, workspace_name_taken, invalid_params, grants_full
 */
export async function changeOwnership(
  tx: Transaction,
  authority: Authority,
  { type, id, accountType, owner, previousOwner, new_name: newName }: ChangeOwnership,
): Promise<ChangedOwnership> {
  assertAllRights(authority);
  if (newName !== undefined && type !== 'workspace') {
    throw refuse('invalid_params', `new_name is only for workspaces: the name of ${type} does not depend on the owner`);
  }
  const resource = await resourceOf(tx, type, id);
  const to = await one(resolveToGive(tx, [{ accountType, account: owner }], OWNERS));
  assertMayOwn(resource, to);
  const shown = { id: resource._id, type, accountType, owner: to.wire };
  if (resource.owners.length === 1 && resource.owners[0] === to.id) return { ...shown, changed: false };
  const [present] = await readMovable(tx, [resource._id], [...resource.owners, to.id]);
  if (present === undefined) throw refuse('resource_missing', `${type} ${id}`);
  const givers: Party[] = [];
  for (const giver of present.owners) givers.push(await partyById(tx.untracked, giver));
  const name = newName ?? nameFor(present, to);
  if (newName !== undefined) assertWorkspaceName(newName, to.kind === 'user' ? to.user.username : undefined);
  const ownership = { owners: [to.id], name, now: tx.now, ...defined({ previousOwner }) };
  const next = (before: Movable) => withoutClosed(withOwnership(before, ownership), givers);
  const [change] = await settleAllOwners(tx, [{ before: present, next }]);
  if (change === undefined) throw new TypeError('settleAllOwners returned no change');
  if (type === 'workspace' && name !== present.name) await assertUntaken(tx, name);
  await tx.update(collectionOf(resource._id), change.before, change.after);
  for (const from of givers) if (from.id !== to.id) notifyOfTransfer(tx, { from, to }, `${type} ${name}`);
  return { ...shown, changed: true };
}

/** The resource without grants to closed accounts, which keep nothing. */
function withoutClosed(after: Movable, givers: readonly Party[]): Movable {
  const closed = givers.filter((giver) => giver.kind === 'user' && !isLiving(giver)).map(({ id }) => id);
  return { ...after, grants: after.grants.filter(({ principal }) => !closed.includes(principal)) };
}

async function resourceOf(reader: Reader, type: ResourceType, id: string) {
  const wanted = { fields: ['type', 'externalId', 'owners'] as const };
  const filter = { externalId: { $eq: externalIdForLookup(type, id) }, type: { $eq: type } };
  const [external] = await reader.parts(resources, filter, wanted);
  const [native] = external === undefined ? await partsOf(reader, [id], wanted) : [];
  const found = external ?? native;
  if (found === undefined || found.type !== type) throw refuse('resource_missing', `${type} ${id}`);
  return found;
}

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
import { externalIdSought } from '../resources/iiifPath.ts';
import { resources } from '../resources/resource.ts';
import type { ResourceType } from '../resources/types.ts';
import { assertWorkspaceName } from '../workspaces/names.ts';
import { assertUntaken } from '../workspaces/taken.ts';
import { tellOfTransfer } from './tell.ts';
import { assertMayOwn, type Movable, nameFor, readMovable, reowned } from './transfer.ts';

export interface ChangeOwnership {
  readonly type: ResourceType;
  /** The native id, or the one that its own system has. */
  readonly id: string;
  readonly accountType: 'User' | 'ApplicationRole';
  readonly owner: string;
  readonly previousOwner?: PreviousOwner;
  /** Of a workspace: its name from then on, where it is not to follow from the present one. */
  readonly new_name?: string;
}

/**
 * Makes a user or a role the one owner of a resource; of one that they own already nothing changes. A role can only own
 * what has an id that begins with `/@Catalog/`, and what Oracle's datasets and the like have for one: `'owner'.'name'`.
 *
 * @throws resource_missing, user_unknown, role_unknown, recipient_unfit, owner_kind_not_allowed, workspace_name_invalid,
 *   workspace_name_taken, invalid_params, grants_full
 */
export async function changeOwnership(
  tx: Transaction,
  authority: Authority,
  { type, id, accountType, owner, previousOwner, new_name: newName }: ChangeOwnership,
): Promise<ChangedOwnership> {
  assertAllRights(authority);
  if (newName !== undefined && type !== 'workspace') {
    throw refuse('invalid_params', `new_name is for workspaces only: the name of ${type} does not depend on the owner`);
  }
  const resource = await resourceOf(tx, type, id);
  const to = await one(resolveToGive(tx, [{ accountType, account: owner }], OWNERS));
  assertMayOwn(resource, to);
  const shown = { id: resource._id, type, accountType, owner: to.wire };
  if (resource.owners.length === 1 && resource.owners[0] === to.id) return { ...shown, changed: false };
  const [present] = await readMovable(tx, [resource._id], [...resource.owners, to.id]);
  if (present === undefined) throw refuse('resource_missing', `${type} ${id}`);
  const givers: Party[] = [];
  for (const giver of present.owners) givers.push(await partyById(tx.aside, giver));
  const name = newName ?? nameFor(present, to);
  if (newName !== undefined) assertWorkspaceName(newName, to.kind === 'user' ? to.user.username : undefined);
  const how = previousOwner === undefined ? {} : { previousOwner };
  const next = (before: Movable) =>
    withoutClosed(reowned(before, { owners: [to.id], name, now: tx.now, ...how }), givers);
  const [change] = await settleAllOwners(tx, [{ before: present, next }]);
  if (change === undefined) throw new TypeError('one change was settled and none came back');
  if (type === 'workspace' && name !== present.name) await assertUntaken(tx, name);
  await tx.update(collectionOf(resource._id), change.before, change.after);
  for (const giver of givers) if (giver.id !== to.id) tellOfTransfer(tx, giver, to, `${type} ${name}`);
  return { ...shown, changed: true };
}

/** A closed account keeps nothing. */
function withoutClosed(after: Movable, givers: readonly Party[]): Movable {
  const closed = givers.filter((giver) => giver.kind === 'user' && !isLiving(giver)).map(({ id }) => id);
  return { ...after, grants: after.grants.filter(({ principal }) => !closed.includes(principal)) };
}

async function resourceOf(reader: Reader, type: ResourceType, id: string) {
  const wanted = { fields: ['type', 'externalId', 'owners'] as const };
  const filter = { externalId: { $eq: externalIdSought(type, id) }, type: { $eq: type } };
  const [external] = await reader.parts(resources, filter, wanted);
  const [native] = external === undefined ? await partsOf(reader, [id], wanted) : [];
  const found = external ?? native;
  if (found === undefined || found.type !== type) throw refuse('resource_missing', `${type} ${id}`);
  return found;
}

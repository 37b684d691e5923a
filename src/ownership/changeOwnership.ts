import type { Authority } from '../access/authority.ts';
import { assertAllRights } from '../access/genuine.ts';
import { refuse } from '../errors.ts';
import { friendsOf } from '../identity/friends.ts';
import { markNamed } from '../identity/kbaseUsers.ts';
import { externalIdSought } from '../resources/iiifPath.ts';
import { type Resource, resources } from '../resources/resource.ts';
import type { ResourceType } from '../resources/types.ts';
import type { ChangedOwnership } from '../schemas/generated.ts';
import type { Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { assertUntaken } from '../workspaces/taken.ts';
import { partyById, recipientOfKind } from './party.ts';
import { tellOfTransfer } from './tell.ts';
import { assertMayOwn, type Movable, moved, type PreviousOwner, readMovable } from './transfer.ts';

export interface ChangeOwnership {
  readonly type: ResourceType;
  /** The native id, or the one that its own system has. */
  readonly id: string;
  readonly accountType: 'User' | 'ApplicationRole';
  readonly owner: string;
  readonly previousOwner?: PreviousOwner;
}

/**
 * Makes a user or a role the one owner of a resource; of one that it owns already nothing changes. A role can only own
 * what has an id that begins with `/@Catalog/`.
 *
 * @throws resource_missing, user_unknown, role_unknown, recipient_unfit, owner_kind_not_allowed, workspace_name_invalid,
 *   workspace_name_taken
 */
export async function changeOwnership(
  tx: Transaction,
  who: Authority,
  { type, id, accountType, owner, previousOwner }: ChangeOwnership,
): Promise<ChangedOwnership> {
  assertAllRights(who);
  const resource = await resourceOf(tx, type, id);
  const to = await recipientOfKind(tx, accountType, owner);
  assertMayOwn(resource, to);
  const shown = { id: resource._id, type, accountType, owner: to.wire };
  if (resource.owners.length === 1 && resource.owners[0] === to.id) return { ...shown, changed: false };
  const [before] = await readMovable(tx, [resource._id], await concerned(tx, resource, to.id));
  if (before === undefined) throw refuse('resource_missing', `${type} ${id}`);
  let after: Movable = { ...before, owners: [to.id] };
  for (const from of before.owners.filter((o) => o !== to.id)) {
    const how = previousOwner === undefined ? {} : { previousOwner };
    const transfer = { from, to, friends: await friendsOf(tx, from), ...how };
    after = { ...moved({ ...after, owners: [from] }, transfer, tx.now), owners: [to.id] };
  }
  if (type === 'workspace' && after.name !== before.name) await assertUntaken(tx, after.name);
  if (to.kind === 'user') await markNamed(tx, [to.user]);
  await tx.update(resources, before, after);
  const what = `${type} ${after.name}`;
  for (const owner of before.owners) tellOfTransfer(tx, await partyById(tx, owner), to, what);
  return { ...shown, changed: true };
}

async function resourceOf(reader: Reader, type: ResourceType, id: string) {
  const wanted = { fields: ['type', 'externalId', 'owners', 'visibility'] as const };
  const filter = { externalId: { $eq: externalIdSought(type, id) }, type: { $eq: type } };
  const [external] = await reader.parts(resources, filter, wanted);
  const [native] = external === undefined ? await reader.parts(resources, { _id: { $eq: id } }, wanted) : [];
  const found = external ?? native;
  if (found === undefined || found.type !== type) throw refuse('resource_missing', `${type} ${id}`);
  return found;
}

/** Whose grants a change of owner may touch. */
async function concerned(
  reader: Reader,
  { owners, visibility }: Pick<Resource, 'owners' | 'visibility'>,
  to: string,
): Promise<string[]> {
  const friends = visibility === 'friendly' ? await Promise.all(owners.map((owner) => friendsOf(reader, owner))) : [];
  return [...new Set([...owners, to, ...friends.flat()])];
}

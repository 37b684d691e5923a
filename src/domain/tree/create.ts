import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import type { CreateResource, ResourceView } from '../../base/schemas/generated.ts';
import { namesWith } from '../../identity/accounts.ts';
import type { Authority } from '../../identity/authority.ts';
import { hasAllRights, isUser } from '../../identity/genuineAuthority.ts';
import { ACCOUNTS } from '../../identity/nameRules.ts';
import { type Party, userParty } from '../../identity/party.ts';
import { idAndName, type Principal, wireName } from '../../identity/principal.ts';
import { pinReceivers } from '../../identity/receivers.ts';
import { resolveToGive } from '../../identity/resolver.ts';
import { roleName } from '../../identity/roles.ts';
import type { Reader } from '../../store/collection.ts';
import type { Transaction } from '../../store/transaction.ts';
import type { WriteContext } from '../access/context.ts';
import { dataFieldsOf, isHidden } from '../resources/data.ts';
import { externalIdToStore } from '../resources/iiifPath.ts';
import { orderBelow } from '../resources/order.ts';
import { assertOwners } from '../resources/owners.ts';
import { isNativeId, RESOURCE_ID } from '../resources/reference.ts';
import { resources, type Stamp } from '../resources/resource.ts';
import { type ResourceType, rulesOf } from '../resources/types.ts';
import { viewOf } from '../resources/view.ts';
import { assertMayChangeBelow, readParents, touchParents } from './parents.ts';

/** `principal` is the caller, or the user acted as. */
export interface CreateContext extends WriteContext {
  readonly principal: Principal;
}

/**
 * Makes a resource. Users make resources of their own, below those that they may write to; administrators make them for
 * anybody. The stamp names the first owner, or else the caller.
 *
 * @throws invalid_params, username_invalid, user_unknown, role_unknown, recipient_unfit, owner_kind_not_allowed,
 *   resource_missing, permission_denied, external_id_taken
 */
export async function createResource(
  { tx, people, authority, principal }: CreateContext,
  params: CreateResource['params'],
): Promise<ResourceView> {
  const { type, name, visibility } = params;
  const externalId = params.externalId === undefined ? undefined : externalIdToStore(type, params.externalId);
  if (type === 'workspace') throw refuse('invalid_params', 'createWorkspace makes workspaces');
  const data = dataFieldsOf(type, params.data);
  const named = await namedOwners(tx, params);
  assertOwn(authority, type, named);
  const owners = ownersOf(authority, type, { named, principal });
  const ownerIds = owners.map(({ id }) => id);
  assertOwners(type, externalId, ownerIds);
  const parents = await readParents({ reader: tx, authority }, type, params.parents ?? []);
  await assertMayChangeBelow(tx, authority, parents);
  if (externalId !== undefined) await assertExternalIdFree(tx, type, externalId);
  await pinReceivers(
    tx,
    ownerIds.filter((id) => id !== principal._id),
  );
  await touchParents(tx, parents);
  const ids = parents.map(({ _id }) => _id);
  const made = await tx.insert(resources, {
    _id: tx.newId(RESOURCE_ID),
    type,
    name,
    ...defined({ externalId }),
    parents: ids,
    ...(await orderBelow(tx, { type, createdAt: tx.now }, { parents: ids, hidden: isHidden(params.data) })),
    owners: ownerIds,
    grants: [],
    visibility: visibilityOf(type, visibility),
    stamp: stampOf(named, principal),
    ...data,
    createdAt: tx.now,
    modifiedAt: tx.now,
  });
  return viewOf(made, await namesWith(people, owners, []));
}

async function namedOwners(tx: Transaction, { type, owners = [] }: CreateResource['params']): Promise<Party[]> {
  const given = owners.map(({ accountType, owner }) => ({ accountType, account: owner }));
  const named = await resolveToGive(tx, given, ACCOUNTS);
  if (rulesOf(type).owners.max > 0 || named.length === 0) return named;
  // It has no owner of its own, only its parent has: the user named as owner is the one who made it.
  const [only, ...others] = named;
  if (only?.kind === 'user' && others.length === 0) return named;
  throw refuse('owner_kind_not_allowed', `A resource of type ${type} has the stamp of one user, and no owner`);
}

/** Users cannot make resources for others. @throws permission_denied */
function assertOwn(authority: Authority, type: ResourceType, named: readonly Party[]): void {
  if (!isUser(authority) || named.every(({ id }) => id === authority.principal._id)) return;
  throw refuse(
    'permission_denied',
    `User ${wireName(authority.principal)} may not make a resource of type ${type} for others`,
  );
}

function ownersOf(
  authority: Authority,
  type: ResourceType,
  { named, principal }: { readonly named: readonly Party[]; readonly principal: Principal },
): readonly Party[] {
  const { owners } = rulesOf(type);
  if (owners.max === 0) return [];
  // Administrators may leave a resource that needs no owner without one.
  if (named.length > 0 || (owners.min === 0 && hasAllRights(authority))) return named;
  return [userParty(principal)];
}

function stampOf([first]: readonly Party[], principal: Principal): Stamp {
  if (first === undefined) return idAndName(principal);
  return { id: first.id, name: first.kind === 'role' ? roleName(first.role) : first.wire };
}

/** A resource without rights of its own has no visibility either. @throws invalid_params */
export function visibilityOf(type: ResourceType, wanted: CreateResource['params']['visibility']) {
  const { accessFrom, defaultVisibility } = rulesOf(type);
  if (wanted !== undefined && accessFrom === 'parent') {
    throw refuse(
      'invalid_params',
      `A resource of type ${type} has no visibility of its own: its parent decides who may read it`,
    );
  }
  return wanted ?? defaultVisibility;
}

/** @throws external_id_taken, invalid_params */
export async function assertExternalIdFree(reader: Reader, type: ResourceType, externalId: string): Promise<void> {
  if (isNativeId(externalId)) throw refuse('invalid_params', 'externalId must not look like an id of this service');
  const filter = { externalId: { $eq: externalId }, type: { $eq: type } };
  const [holder] = await reader.parts(resources, filter, { fields: [], limit: 1 });
  if (holder !== undefined) throw refuse('external_id_taken', type, externalId);
}

import { refuse } from '../../base/errors.ts';
import type { GrantModuleOwnershipParams, RemoveModuleOwnershipParams } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import { hasAllRights } from '../../identity/genuineAuthority.ts';
import { ANY_USERS, KBASE_USERS } from '../../identity/nameRules.ts';
import { type Principal, wireName } from '../../identity/principal.ts';
import { one, resolveToGive, resolveToTake } from '../../identity/resolver.ts';
import type { Transaction } from '../../store/transaction.ts';
import type { WriteContext } from '../access/context.ts';
import { type ModuleOwner, modules, type TypeModule } from './module.ts';

/**
 * Makes a user an owner of a module, or changes whether they may make others owners. At least one owner always may.
 *
 * @throws module_missing, module_not_owned, module_grant_denied, last_module_owner, username_invalid, user_unknown
 */
export async function grantModuleOwnership(
  { tx, people, authority }: WriteContext,
  { mod, new_owner: newOwner, with_grant_option: option = 0 }: GrantModuleOwnershipParams,
): Promise<void> {
  const present = await tx.get(modules, mod ?? '');
  if (present === null) throw refuse('module_missing', mod ?? 'null');
  assertMayGrant(present, authority);
  const { id } = await one(resolveToGive(tx, [newOwner ?? ''], { ...KBASE_USERS, people }));
  const owner: ModuleOwner = { principal: id, canGrant: option !== 0 };
  const others = present.owners.filter((o) => o.principal !== id);
  await changeOwners(
    tx,
    present,
    others.length < present.owners.length ? replaced(present, owner) : [...others, owner],
  );
}

/**
 * Takes the ownership of a module from a user. A missing module, or a user who does not own it, is ignored.
 *
 * @throws module_not_owned, module_grant_denied, last_module_owner, invalid_params
 */
export async function removeModuleOwnership(
  tx: Transaction,
  authority: Authority,
  { mod, old_owner: oldOwner }: RemoveModuleOwnershipParams,
): Promise<void> {
  if (oldOwner === undefined || oldOwner === '') throw refuse('invalid_params', 'old_owner cannot be null or empty');
  const present = await tx.get(modules, mod ?? '');
  if (present === null) return;
  assertMayGrant(present, authority);
  const [user] = await resolveToTake(tx, [oldOwner], ANY_USERS);
  if (user === undefined) return;
  await changeOwners(
    tx,
    present,
    present.owners.filter((o) => o.principal !== user.id),
  );
}

const replaced = ({ owners }: TypeModule, owner: ModuleOwner) =>
  owners.map((o) => (o.principal === owner.principal ? owner : o));

async function changeOwners(tx: Transaction, present: TypeModule, owners: readonly ModuleOwner[]): Promise<void> {
  await tx.update(modules, present, withOwners(present, owners));
}

/** @throws last_module_owner */
function withOwners(module: TypeModule, owners: readonly ModuleOwner[]): TypeModule {
  if (!owners.some((owner) => owner.canGrant)) throw refuse('last_module_owner', module._id);
  return { ...module, owners };
}

/**
 * The module with the owner `from` replaced by `to`, who gets the same rights, or without that owner.
 *
 * @throws last_module_owner
 */
export function passOwnership(module: TypeModule, from: string, to: string | undefined): TypeModule {
  const owners = module.owners.filter((owner) => owner.principal !== to);
  if (to === undefined)
    return withOwners(
      module,
      owners.filter((owner) => owner.principal !== from),
    );
  const canGrant = module.owners.some((owner) => owner.canGrant && [from, to].includes(owner.principal));
  return withOwners(
    module,
    owners.map((owner) => (owner.principal === from ? { principal: to, canGrant } : owner)),
  );
}

/** @throws module_not_owned, module_grant_denied, token_missing */
function assertMayGrant(module: TypeModule, authority: Authority): void {
  if (hasAllRights(authority)) return;
  if (authority.as === 'anonymous') throw refuse('token_missing');
  const owner = assertOwner(module, authority.principal);
  if (!owner.canGrant) throw refuse('module_grant_denied', wireName(authority.principal), module._id);
}

/** @throws module_not_owned */
export function assertOwner(module: TypeModule, user: Principal): ModuleOwner {
  const owner = ownerIn(module, user);
  if (owner === undefined) throw refuse('module_not_owned', wireName(user), module._id);
  return owner;
}

/** The user's entry among the owners; undefined if they do not own the module. */
export const ownerIn = (module: TypeModule, user: Principal | undefined): ModuleOwner | undefined =>
  module.owners.find((owner) => owner.principal === user?._id);

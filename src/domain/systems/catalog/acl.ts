import { refuse } from '../../../base/errors.ts';
import type { CatalogAcl, ResourceAcl, SetAcl, UpdateCatalogAcl } from '../../../base/schemas/generated.ts';
import type { AccountGiven } from '../../../identity/resolver.ts';
import { getAcl } from '../../access/acl.ts';
import type { ReadContext, WriteContext } from '../../access/context.ts';
import { guarding } from '../../access/may.ts';
import { setAcl } from '../../access/setAcl.ts';
import type { KeptGrants } from '../../access/wantedAcl.ts';
import { accountsOf } from './accounts.ts';
import { levelOf, permissionsOf } from './permissions.ts';
import { type ItemName, readVisible } from './visible.ts';

/**
 * The grants on an item of Oracle's catalog. The owner, who needs none, is not among them.
 *
 * @throws resource_missing, permission_denied
 */
export async function getCatalogAcl({ reader, people, authority }: ReadContext, item: ItemName): Promise<CatalogAcl> {
  const { _id } = await readVisible({ reader, authority }, item, guarding(authority));
  return shown(await getAcl({ reader, people, authority }, { id: _id }));
}

/**
 * Changes the grants on an item: replaces all of them or those of the named accounts, or removes the latter. With
 * `recursive` also on everything below a folder or dashboard. An account without permissions loses its grant.
 *
 * @throws what setAcl throws; recipient_unfit
 */
export async function updateCatalogAcl(
  { tx, people, authority }: WriteContext,
  { aclList, updateMode = 'ReplaceAll', recursive = false, ...item }: UpdateCatalogAcl['params'],
): Promise<UpdateCatalogAcl['result']> {
  const { _id } = await readVisible({ reader: tx, authority }, item, guarding(authority));
  const deletes = updateMode === 'DeleteMatchingAccounts';
  const named = aclList.map((entry) => ({
    ...entry,
    level: deletes ? undefined : levelOf(entry.permissions ?? {}, entry.accountGuid),
  }));
  const given = named.flatMap(({ level, ...entry }) => (level === undefined ? [] : [{ ...entry, level }]));
  const receiving = await accountsOf(tx, given, 'give');
  const losing = await accountsOf(
    tx,
    named.filter(({ level }) => level === undefined),
    'take',
  );
  assertEachOnce([...receiving, ...losing], aclList.length);
  const grants = given.flatMap(({ level }, i) => {
    const account = receiving[i];
    return account === undefined ? [] : [{ ...account, level }];
  });
  const changes: readonly (Pick<SetAcl['params'], 'mode' | 'grants'> & KeptGrants)[] = {
    ReplaceAll: [{ mode: 'replace' as const, grants, keepsEnds: true }],
    ReplaceMatchingAccounts: [
      { mode: 'merge' as const, grants },
      { mode: 'remove' as const, grants: losing },
    ],
    DeleteMatchingAccounts: [{ mode: 'remove' as const, grants: losing }],
  }[updateMode];
  const changed = new Set<string>();
  for (const change of changes) {
    const set = await setAcl({ tx, people, authority }, { id: _id, cascade: recursive, ...change });
    for (const id of set.changed) changed.add(id);
  }
  const { acl } = shown(await getAcl({ reader: tx, people, authority }, { id: _id }));
  return { acl, changed: [...changed] };
}

/** @throws invalid_params */
function assertEachOnce(accounts: readonly AccountGiven[], count: number): void {
  const distinct = new Set(accounts.map(({ accountType, account }) => `${accountType} ${account}`));
  if (distinct.size < count) throw refuse('invalid_params', 'aclList names an account twice');
}

function shown({ grants }: ResourceAcl): CatalogAcl {
  return {
    acl: grants.map(({ id, accountType, account, level }) => ({
      // Roles are named by name, users by their id, which is never used again.
      accountGuid: accountType === 'User' ? (id ?? account) : account,
      accountType,
      accountDisplayName: account,
      permissions: permissionsOf(level),
    })),
  };
}

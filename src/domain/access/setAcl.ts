import type { SetAcl } from '../../base/schemas/generated.ts';
import { namesWith } from '../../identity/accounts.ts';
import { readResource } from '../resources/reference.ts';
import { aclShown, holdingAt, principalsOf } from './acl.ts';
import { applyAcl, readTarget } from './applyAcl.ts';
import type { WriteContext } from './context.ts';
import { accessFields } from './decide.ts';
import { type KeptGrants, wantedAcl } from './wantedAcl.ts';

/**
 * Sets the rights on a resource and, with `cascade`, on all that the rule of its type reaches below it. The caller must
 * be allowed to share it; everybody may give up their own grant. If the cascade meets a resource that the caller may
 * not change, nothing is changed, or on request that resource is skipped and named.
 *
 * @returns the new rights, and what was reached
 * @throws invalid_params, user_unknown, role_unknown, resource_missing, access_inherited, permission_denied,
 *   grant_outlasts, workspace_locked, grants_full, too_many_resources, change_too_big
 */
export async function setAcl(
  { tx, people, authority }: WriteContext,
  params: SetAcl['params'] & KeptGrants,
): Promise<SetAcl['result']> {
  const wanted = await wantedAcl(tx, params);
  const root = await readTarget({ tx, authority }, params, wanted);
  const { changed, skipped, unchanged } = await applyAcl({ tx, authority }, root, wanted);
  const now = holdingAt(await readResource(tx, { id: root._id }, { fields: accessFields }), authority.at);
  const nameOf = await namesWith(people, wanted.accounts, principalsOf(now));
  return { ...aclShown(now, nameOf), changed: changed.map(({ id }) => id), skipped: [...skipped], unchanged };
}

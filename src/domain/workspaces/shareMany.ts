import { refuse, StewardError } from '../../base/errors.ts';
import type { ItemError, SetPermissions } from '../../base/schemas/generated.ts';
import { assertAllRights } from '../../identity/genuineAuthority.ts';
import type { WriteContext } from '../access/context.ts';
import { identifierOf } from './identity.ts';
import { itemError, MAX_WORKSPACES } from './permissions.ts';
import { type Shared, setPermissions, share, sharingOf } from './share.ts';

/**
 * Gives users a permission on one workspace, or on up to 1,000 at once, as an administrator. Of many, all are changed
 * or none; with `ignoreErrors`, those that can be, and the result has the outcome of each.
 *
 * @returns null for one workspace
 * @throws what setPermissions throws; invalid_params
 */
export async function setPermissionsOnMany(
  { tx, people, authority }: WriteContext,
  { workspaces, ignoreErrors = 0, ...params }: SetPermissions['params'],
): Promise<SetPermissions['result']> {
  assertAllRights(authority);
  if (workspaces === undefined) {
    await setPermissions({ tx, people, authority }, params);
    return null;
  }
  if (params.workspace !== undefined || params.id !== undefined) {
    throw refuse('workspace_not_named', 'Must provide either workspaces or one workspace name or id, not both');
  }
  if (workspaces.length > MAX_WORKSPACES) {
    throw refuse('invalid_params', `Maximum number of workspaces allowed for input is ${MAX_WORKSPACES}`);
  }
  const sharing = await sharingOf({ tx, people }, { ...params, letter: params.new_permission });
  const outcomes: (Shared | { error: ItemError })[] = [];
  for (const identity of workspaces) {
    try {
      outcomes.push(await share({ tx, authority }, identifierOf(identity), sharing));
    } catch (error) {
      // An error is thrown before the workspace is changed.
      if (ignoreErrors === 0 || !(error instanceof StewardError)) throw error;
      outcomes.push({ error: itemError(error) });
    }
  }
  return { outcomes };
}

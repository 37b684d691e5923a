import { refuse } from '../../base/errors.ts';
import type { WorkspaceIdentity } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import { idsOf } from '../../identity/genuineAuthority.ts';
import type { Reader } from '../../store/collection.ts';
import { type AccessFields, type Action, accessFields, decide } from '../access/decide.ts';
import { calledInErrors } from '../access/may.ts';
import type { Workspace } from '../resources/resource.ts';
import { type Identifier, identifierOf, readWorkspace, type WorkspacePart } from './identity.ts';

/** What somebody may not do, in the words of the KBase Workspace Service. */
export type Verb =
  | 'read'
  | 'rename'
  | 'delete'
  | 'lock'
  | 'set permissions on'
  | 'set description on'
  | 'alter metadata for'
  | 'set global permission on'
  | 'write to'
  | 'hide objects from'
  | 'unhide objects from'
  | 'delete objects from'
  | 'undelete objects from'
  | 'rename objects in';

/** @throws permission_denied */
export function permit(
  who: Authority,
  action: Action,
  verb: Verb,
  identifier: Identifier,
  workspace: AccessFields,
): void {
  if (decide(who, action, workspace).allowed) return;
  throw refuse('permission_denied', `${calledInErrors(who)} may not ${verb} workspace ${identifier.given}`);
}

/** What must be read of a workspace's grants to decide: those of who asks, and of its roles. */
export const ownGrant = (who: Authority) => ({ grants: idsOf(who) });

/**
 * These fields of the workspace that a caller names, for somebody who may do this with it; of its grants, its own alone.
 *
 * @throws workspace_not_named, workspace_name_invalid, workspace_missing, workspace_deleted, permission_denied
 */
export async function permitted<K extends keyof Workspace & string>(
  reader: Reader,
  who: Authority,
  [action, verb]: readonly [Action, Verb],
  identity: WorkspaceIdentity | undefined,
  fields: readonly K[],
): Promise<WorkspacePart<K | (typeof accessFields)[number]>> {
  const identifier = identifierOf(identity);
  const wanted = { fields: [...accessFields, ...fields], items: ownGrant(who) };
  const workspace = await readWorkspace(reader, identifier, wanted);
  permit(who, action, verb, identifier, workspace);
  return workspace;
}

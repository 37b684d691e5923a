import { refuse } from '../../base/errors.ts';
import type { WorkspaceIdentity } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import { idsOf } from '../../identity/genuineAuthority.ts';
import type { ReadAccess } from '../access/context.ts';
import { type AccessFields, type Action, accessFields, decide } from '../access/decide.ts';
import { callerLabel } from '../access/may.ts';
import type { Workspace } from '../resources/resource.ts';
import { type Identifier, identifierOf, readWorkspace, type WorkspacePart } from './identity.ts';

/**
 * What may be done with a workspace, in the words of the KBase Workspace Service's errors, and the action that allows
 * it.
 */
const ACTIONS = {
  read: 'read',
  rename: 'rename',
  delete: 'delete',
  lock: 'lock',
  // Everybody who may read a workspace may give up their own permission.
  'set permissions on': 'read',
  'set description on': 'describe',
  'alter metadata for': 'describe',
  'set global permission on': 'publish',
  'write to': 'write',
  'hide objects from': 'write',
  'unhide objects from': 'write',
  'delete objects from': 'write',
  'undelete objects from': 'write',
  'rename objects in': 'write',
} as const satisfies Readonly<Record<string, Action>>;

export type Verb = keyof typeof ACTIONS;

interface Attempt {
  readonly verb: Verb;
  /** How the caller named the workspace. */
  readonly identifier: Identifier;
  readonly workspace: AccessFields;
}

/** @throws permission_denied */
export function assertPermitted(authority: Authority, { verb, identifier, workspace }: Attempt): void {
  if (decide(authority, ACTIONS[verb], workspace).allowed) return;
  throw refuse('permission_denied', `${callerLabel(authority)} may not ${verb} workspace ${identifier.given}`);
}

/** The grants of a workspace that a decision needs: those of the caller and of their roles. */
export const ownGrant = (authority: Authority) => ({ grants: idsOf(authority) });

/**
 * These fields of a workspace on which the caller may do this; of its grants only the caller's own.
 *
 * @throws workspace_not_named, workspace_name_invalid, workspace_missing, workspace_deleted, permission_denied
 */
export async function readPermitted<K extends keyof Workspace & string>(
  { reader, authority }: ReadAccess,
  identity: WorkspaceIdentity | undefined,
  { verb, fields }: { readonly verb: Verb; readonly fields: readonly K[] },
): Promise<WorkspacePart<K | (typeof accessFields)[number]>> {
  const identifier = identifierOf(identity);
  const wanted = { fields: [...accessFields, ...fields], items: ownGrant(authority) };
  const workspace = await readWorkspace(reader, identifier, wanted);
  assertPermitted(authority, { verb, identifier, workspace });
  return workspace;
}

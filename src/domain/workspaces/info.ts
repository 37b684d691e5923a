import type {
  KBaseLockState,
  KBasePermission,
  WorkspaceIdentity,
  WorkspaceInfo,
  WorkspaceMeta,
} from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import { type Principal, wireName } from '../../identity/principal.ts';
import type { Reader } from '../../store/collection.ts';
import type { ReadContext } from '../access/context.ts';
import { accessFields, decide, isOwn } from '../access/decide.ts';
import { letterOf } from '../access/kbase.ts';
import type { Workspace } from '../resources/resource.ts';
import { changedAt, headsOf, type ShownHead } from './head.ts';
import type { WorkspacePart } from './identity.ts';
import { metaObject } from './meta.ts';
import { readPermitted } from './permit.ts';
import { kbaseTime } from './time.ts';

/** The fields of a workspace that its info shows. */
export const infoFields = [...accessFields, 'locked', 'meta', 'modifiedAt'] as const;

export type InfoPart = WorkspacePart<(typeof infoFields)[number]>;

interface Shown {
  readonly head: ShownHead;
  readonly nameOf: (id: string) => string;
}

/** The tuple `workspace_info` as the caller sees it; administrators have no permission of their own in it. */
export function workspaceInfo(authority: Authority, workspace: InfoPart, shown: Shown): WorkspaceInfo {
  return infoShowing(permissionOf(authority, workspace), workspace, shown);
}

/** The tuple as the owner sees it. */
export function ownersInfo(workspace: InfoPart, head: ShownHead, owner: Principal): WorkspaceInfo {
  return infoShowing(letterOf('owner'), workspace, { head, nameOf: () => wireName(owner) });
}

function infoShowing(permission: KBasePermission, workspace: InfoPart, { head, nameOf }: Shown): WorkspaceInfo {
  return [
    workspace.number,
    workspace.name,
    nameOf(ownerOf(workspace)),
    kbaseTime(changedAt(workspace, head)),
    head?.lastObject ?? 0,
    permission,
    workspace.visibility === 'public' ? 'r' : 'n',
    lockState(workspace),
    metaObject(workspace.meta),
  ];
}

/** The tuple of the deprecated methods. */
export function workspaceMeta(info: WorkspaceInfo): WorkspaceMeta {
  const [number, name, owner, modified, objects, permission, global] = info;
  return [name, owner, modified, objects, permission, global, number];
}

/** The user's own permission, without what everybody may do. */
export function permissionOf(authority: Authority, workspace: InfoPart) {
  const decision = decide(authority, 'read', workspace);
  return isOwn(decision) ? letterOf(decision.level) : 'n';
}

export function ownerOf({ owners }: Pick<Workspace, 'owners'>): string {
  const [owner] = owners;
  if (owner === undefined) throw new Error('a workspace has no owner');
  return owner;
}

export function lockState({ locked, visibility }: Pick<Workspace, 'locked' | 'visibility'>): KBaseLockState {
  if (!locked) return 'unlocked';
  return visibility === 'public' ? 'published' : 'locked';
}

/** @throws workspace_not_named, workspace_name_invalid, workspace_missing, workspace_deleted, permission_denied */
export async function getWorkspaceInfo(
  { reader, people, authority }: ReadContext,
  identity: WorkspaceIdentity,
): Promise<WorkspaceInfo> {
  const workspace = await readPermitted({ reader, authority }, identity, { verb: 'read', fields: infoFields });
  const headOf = await headsOf(reader, [workspace._id]);
  return workspaceInfo(authority, workspace, {
    head: headOf(workspace._id),
    nameOf: await people.names(workspace.owners),
  });
}

/** @throws workspace_not_named, workspace_name_invalid, workspace_missing, workspace_deleted, permission_denied */
export async function getWorkspaceDescription(
  reader: Reader,
  authority: Authority,
  identity: WorkspaceIdentity,
): Promise<string | null> {
  const workspace = await readPermitted({ reader, authority }, identity, { verb: 'read', fields: ['description'] });
  return workspace.description ?? null;
}

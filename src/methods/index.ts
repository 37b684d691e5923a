import { bySubject } from '../subjects.ts';
import { discover } from './discover.ts';
import { getAdminRole } from './getAdminRole.ts';
import type { Method } from './method.ts';
import { getAllFuncInfo } from './modules/getAllFuncInfo.ts';
import { getAllTypeInfo } from './modules/getAllTypeInfo.ts';
import { getFuncInfo } from './modules/getFuncInfo.ts';
import { getJsonschema } from './modules/getJsonschema.ts';
import { getModuleInfo } from './modules/getModuleInfo.ts';
import { getTypeInfo } from './modules/getTypeInfo.ts';
import { grantModuleOwnership } from './modules/grantModuleOwnership.ts';
import { listAllTypes } from './modules/listAllTypes.ts';
import { listModules } from './modules/listModules.ts';
import { listModuleVersions } from './modules/listModuleVersions.ts';
import { registerTypespec } from './modules/registerTypespec.ts';
import { registerTypespecCopy } from './modules/registerTypespecCopy.ts';
import { releaseModule } from './modules/releaseModule.ts';
import { removeModuleOwnership } from './modules/removeModuleOwnership.ts';
import { requestModuleOwnership } from './modules/requestModuleOwnership.ts';
import { translateFromMd5Types } from './modules/translateFromMd5Types.ts';
import { translateToMd5Types } from './modules/translateToMd5Types.ts';
import { listNotices } from './notices/listNotices.ts';
import { status } from './status.ts';
import { ver } from './ver.ts';
import { alterWorkspaceMetadata } from './workspaces/alterWorkspaceMetadata.ts';
import { cloneWorkspace } from './workspaces/cloneWorkspace.ts';
import { createWorkspace } from './workspaces/createWorkspace.ts';
import { deleteWorkspace } from './workspaces/deleteWorkspace.ts';
import { getPermissions } from './workspaces/getPermissions.ts';
import { getPermissionsMass } from './workspaces/getPermissionsMass.ts';
import { getWorkspaceDescription } from './workspaces/getWorkspaceDescription.ts';
import { getWorkspaceInfo } from './workspaces/getWorkspaceInfo.ts';
import { getWorkspacemeta } from './workspaces/getWorkspacemeta.ts';
import { listWorkspaceIds } from './workspaces/listWorkspaceIds.ts';
import { listWorkspaceInfo } from './workspaces/listWorkspaceInfo.ts';
import { listWorkspaces } from './workspaces/listWorkspaces.ts';
import { lockWorkspace } from './workspaces/lockWorkspace.ts';
import { renameWorkspace } from './workspaces/renameWorkspace.ts';
import { setGlobalPermission } from './workspaces/setGlobalPermission.ts';
import { setPermissions } from './workspaces/setPermissions.ts';
import { setWorkspaceDescription } from './workspaces/setWorkspaceDescription.ts';

/** Every ordinary method there is, under the subject it belongs to. A new one takes a line here. */
const list: readonly (string | Method)[] = [
  'The service',
  discover,
  getAdminRole,
  status,
  ver,
  // Notices
  listNotices,
  // Workspaces
  'Workspaces',
  alterWorkspaceMetadata,
  cloneWorkspace,
  createWorkspace,
  deleteWorkspace,
  getPermissions,
  getPermissionsMass,
  getWorkspaceDescription,
  getWorkspaceInfo,
  getWorkspacemeta,
  listWorkspaceIds,
  listWorkspaceInfo,
  listWorkspaces,
  lockWorkspace,
  renameWorkspace,
  setGlobalPermission,
  setPermissions,
  setWorkspaceDescription,
  // Modules of types
  getAllFuncInfo,
  getAllTypeInfo,
  getFuncInfo,
  getJsonschema,
  getModuleInfo,
  getTypeInfo,
  grantModuleOwnership,
  listAllTypes,
  listModules,
  listModuleVersions,
  registerTypespec,
  registerTypespecCopy,
  releaseModule,
  removeModuleOwnership,
  requestModuleOwnership,
  translateFromMd5Types,
  translateToMd5Types,
];

/** Every method by its subject, in the order of the list. */
export const methodsBySubject: ReadonlyMap<string, readonly Method[]> = bySubject(list);

export const allMethods: readonly Method[] = [...methodsBySubject.values()].flat();

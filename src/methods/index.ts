import { closeSession } from './accounts/closeSession.ts';
import { createToken } from './accounts/createToken.ts';
import { openSession } from './accounts/openSession.ts';
import { whoAmI } from './accounts/whoAmI.ts';
import { createFolder } from './catalog/createFolder.ts';
import { getCatalogItem } from './catalog/getCatalogItem.ts';
import { listCatalog } from './catalog/listCatalog.ts';
import { addFriend } from './friends/addFriend.ts';
import { listFriends } from './friends/listFriends.ts';
import { removeFriend } from './friends/removeFriend.ts';
import { getAdminRole } from './getAdminRole.ts';
import { getGnodeObject } from './gnode/getGnodeObject.ts';
import { getSharing } from './gnode/getSharing.ts';
import { setSharing } from './gnode/setSharing.ts';
import { setSharingMass } from './gnode/setSharingMass.ts';
import { updateGnodeObject } from './gnode/updateGnodeObject.ts';
import { createObject } from './iiif/createObject.ts';
import { deleteObject } from './iiif/deleteObject.ts';
import { getObject } from './iiif/getObject.ts';
import { listObjects } from './iiif/listObjects.ts';
import { searchObjects } from './iiif/searchObjects.ts';
import { updateObject } from './iiif/updateObject.ts';
import type { Method } from './method.ts';
import { createResource } from './resources/createResource.ts';
import { deleteResource } from './resources/deleteResource.ts';
import { getAcl } from './resources/getAcl.ts';
import { getResource } from './resources/getResource.ts';
import { listResources } from './resources/listResources.ts';
import { moveResource } from './resources/moveResource.ts';
import { setAcl } from './resources/setAcl.ts';
import { updateResource } from './resources/updateResource.ts';
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

/** Every ordinary method there is. A new one takes a line here. */
export const allMethods: readonly Method[] = [
  // The service
  getAdminRole,
  status,
  ver,
  // Accounts
  closeSession,
  createToken,
  openSession,
  whoAmI,
  // G-Node
  getSharing,
  setSharing,
  setSharingMass,
  getGnodeObject,
  updateGnodeObject,
  // Oracle's catalog
  createFolder,
  getCatalogItem,
  listCatalog,
  // IIIF
  createObject,
  deleteObject,
  getObject,
  listObjects,
  searchObjects,
  updateObject,
  // Friends
  addFriend,
  listFriends,
  removeFriend,
  // Resources of all systems
  createResource,
  deleteResource,
  getAcl,
  getResource,
  listResources,
  moveResource,
  setAcl,
  updateResource,
  // Workspaces
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
];

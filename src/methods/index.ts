import { bySubject } from '../subjects.ts';
import { closeSession } from './accounts/closeSession.ts';
import { createToken } from './accounts/createToken.ts';
import { openSession } from './accounts/openSession.ts';
import { whoAmI } from './accounts/whoAmI.ts';
import { copyCatalogItem } from './catalog/copyCatalogItem.ts';
import { createFolder } from './catalog/createFolder.ts';
import { getCatalogAcl } from './catalog/getCatalogAcl.ts';
import { getCatalogItem } from './catalog/getCatalogItem.ts';
import { listCatalog } from './catalog/listCatalog.ts';
import { moveCatalogItem } from './catalog/moveCatalogItem.ts';
import { updateCatalogAcl } from './catalog/updateCatalogAcl.ts';
import { discover } from './discover.ts';
import { addFriend } from './friends/addFriend.ts';
import { listFriends } from './friends/listFriends.ts';
import { removeFriend } from './friends/removeFriend.ts';
import { getAdminRole } from './getAdminRole.ts';
import { createGnodeObject } from './gnode/createGnodeObject.ts';
import { deleteGnodeObject } from './gnode/deleteGnodeObject.ts';
import { getGnodeObject } from './gnode/getGnodeObject.ts';
import { getSharing } from './gnode/getSharing.ts';
import { listGnodeObjects } from './gnode/listGnodeObjects.ts';
import { setSharing } from './gnode/setSharing.ts';
import { setSharingMass } from './gnode/setSharingMass.ts';
import { updateGnodeObject } from './gnode/updateGnodeObject.ts';
import { createIiifObject } from './iiif/createIiifObject.ts';
import { deleteIiifObject } from './iiif/deleteIiifObject.ts';
import { getIiifObject } from './iiif/getIiifObject.ts';
import { listIiifObjects } from './iiif/listIiifObjects.ts';
import { searchIiifManifest } from './iiif/searchIiifManifest.ts';
import { searchIiifObjects } from './iiif/searchIiifObjects.ts';
import { updateIiifObject } from './iiif/updateIiifObject.ts';
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
import { alterAdminObjectMetadata } from './objects/alterAdminObjectMetadata.ts';
import { copyObject } from './objects/copyObject.ts';
import { deleteObjects } from './objects/deleteObjects.ts';
import { getNamesByPrefix } from './objects/getNamesByPrefix.ts';
import { getObject } from './objects/getObject.ts';
import { getObjectHistory } from './objects/getObjectHistory.ts';
import { getObjectInfo } from './objects/getObjectInfo.ts';
import { getObjectInfo3 } from './objects/getObjectInfo3.ts';
import { getObjectInfoNew } from './objects/getObjectInfoNew.ts';
import { getObjectmeta } from './objects/getObjectmeta.ts';
import { getObjectProvenance } from './objects/getObjectProvenance.ts';
import { getObjectSubset } from './objects/getObjectSubset.ts';
import { getObjects } from './objects/getObjects.ts';
import { getObjects2 } from './objects/getObjects2.ts';
import { getReferencedObjects } from './objects/getReferencedObjects.ts';
import { hideObjects } from './objects/hideObjects.ts';
import { listObjects } from './objects/listObjects.ts';
import { listReferencingObjectCounts } from './objects/listReferencingObjectCounts.ts';
import { listReferencingObjects } from './objects/listReferencingObjects.ts';
import { listWorkspaceObjects } from './objects/listWorkspaceObjects.ts';
import { renameObject } from './objects/renameObject.ts';
import { revertObject } from './objects/revertObject.ts';
import { saveObject } from './objects/saveObject.ts';
import { saveObjects } from './objects/saveObjects.ts';
import { undeleteObjects } from './objects/undeleteObjects.ts';
import { unhideObjects } from './objects/unhideObjects.ts';
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

/** Every ordinary method there is, under the subject it belongs to. A new one takes a line here. */
const list: readonly (string | Method)[] = [
  'The service',
  discover,
  getAdminRole,
  status,
  ver,
  'Notices',
  listNotices,
  'Accounts',
  closeSession,
  createToken,
  openSession,
  whoAmI,
  'G-Node',
  getSharing,
  setSharing,
  setSharingMass,
  getGnodeObject,
  listGnodeObjects,
  createGnodeObject,
  updateGnodeObject,
  deleteGnodeObject,
  "Oracle's catalog",
  copyCatalogItem,
  createFolder,
  getCatalogAcl,
  getCatalogItem,
  listCatalog,
  moveCatalogItem,
  updateCatalogAcl,
  'IIIF',
  createIiifObject,
  deleteIiifObject,
  getIiifObject,
  listIiifObjects,
  searchIiifManifest,
  searchIiifObjects,
  updateIiifObject,
  'Friends',
  addFriend,
  listFriends,
  removeFriend,
  'Resources of all systems',
  createResource,
  deleteResource,
  getAcl,
  getResource,
  listResources,
  moveResource,
  setAcl,
  updateResource,
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
  'Objects',
  alterAdminObjectMetadata,
  copyObject,
  deleteObjects,
  getNamesByPrefix,
  getObject,
  getObjectHistory,
  getObjectInfo,
  getObjectInfo3,
  getObjectInfoNew,
  getObjectProvenance,
  getObjectSubset,
  getObjectmeta,
  getObjects,
  getObjects2,
  getReferencedObjects,
  hideObjects,
  listObjects,
  listReferencingObjectCounts,
  listReferencingObjects,
  listWorkspaceObjects,
  renameObject,
  revertObject,
  saveObject,
  saveObjects,
  undeleteObjects,
  unhideObjects,
  'Modules of types',
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

/** Those that JSON-RPC knows: the others have a meaning in the HTTP dialects alone. */
export const rpcMethods: readonly Method[] = allMethods.filter((method) => !method.dialectOnly);

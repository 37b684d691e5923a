import { closeSession } from './accounts/closeSession.ts';
import { createToken } from './accounts/createToken.ts';
import { endSession } from './accounts/endSession.ts';
import { listSessions } from './accounts/listSessions.ts';
import { openSession } from './accounts/openSession.ts';
import { showCaller } from './accounts/showCaller.ts';
import { signIn } from './accounts/signIn.ts';
import { whoAmI } from './accounts/whoAmI.ts';
import { addAdmin } from './admins/addAdmin.ts';
import { explain } from './admins/explain.ts';
import { listAdmins } from './admins/listAdmins.ts';
import { listMyPrivileges } from './admins/listMyPrivileges.ts';
import { removeAdmin } from './admins/removeAdmin.ts';
import { approve } from './approvals/approve.ts';
import { breakGlass } from './approvals/breakGlass.ts';
import { cancelApproval } from './approvals/cancelApproval.ts';
import { denyApproval } from './approvals/denyApproval.ts';
import { getApproval } from './approvals/getApproval.ts';
import { listApprovals } from './approvals/listApprovals.ts';
import { reviewBreakGlass } from './approvals/reviewBreakGlass.ts';
import { runApproved } from './approvals/runApproved.ts';
import { auditHash } from './audit/auditHash.ts';
import { exportAudit } from './audit/exportAudit.ts';
import { getAudit } from './audit/getAudit.ts';
import { listAdminActions } from './audit/listAdminActions.ts';
import { proveConsistency } from './audit/proveConsistency.ts';
import { proveRecord } from './audit/proveRecord.ts';
import { pruneAudit } from './audit/pruneAudit.ts';
import { revert } from './audit/revert.ts';
import { verifyAudit } from './audit/verifyAudit.ts';
import { verifyState } from './audit/verifyState.ts';
import { bySubject } from './bySubject.ts';
import { copyCatalogItem } from './catalog/copyCatalogItem.ts';
import { createFolder } from './catalog/createFolder.ts';
import { getCatalogAcl } from './catalog/getCatalogAcl.ts';
import { getCatalogItem } from './catalog/getCatalogItem.ts';
import { listCatalog } from './catalog/listCatalog.ts';
import { moveCatalogItem } from './catalog/moveCatalogItem.ts';
import { updateCatalogAcl } from './catalog/updateCatalogAcl.ts';
import { addUser } from './directory/addUser.ts';
import { deleteUser } from './directory/deleteUser.ts';
import { disableUser } from './directory/disableUser.ts';
import { enableUser } from './directory/enableUser.ts';
import { listUsers } from './directory/listUsers.ts';
import { renameUser } from './directory/renameUser.ts';
import { addFriend } from './friends/addFriend.ts';
import { listFriends } from './friends/listFriends.ts';
import { removeFriend } from './friends/removeFriend.ts';
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
import { cancelJob } from './jobs/cancelJob.ts';
import { getJob } from './jobs/getJob.ts';
import { listJobs } from './jobs/listJobs.ts';
import { pauseJob } from './jobs/pauseJob.ts';
import { resumeJob } from './jobs/resumeJob.ts';
import { revertJob } from './jobs/revertJob.ts';
import { approveModRequest } from './modules/approveModRequest.ts';
import { denyModRequest } from './modules/denyModRequest.ts';
import { getAllFuncInfo } from './modules/getAllFuncInfo.ts';
import { getAllTypeInfo } from './modules/getAllTypeInfo.ts';
import { getFuncInfo } from './modules/getFuncInfo.ts';
import { getJsonschema } from './modules/getJsonschema.ts';
import { getModuleInfo } from './modules/getModuleInfo.ts';
import { getTypeInfo } from './modules/getTypeInfo.ts';
import { grantModuleOwnership } from './modules/grantModuleOwnership.ts';
import { listAllTypes } from './modules/listAllTypes.ts';
import { listModRequests } from './modules/listModRequests.ts';
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
import { getObjectInfoDeprecated } from './objects/getObjectInfoDeprecated.ts';
import { getObjectInfoNew } from './objects/getObjectInfoNew.ts';
import { getObjectmeta } from './objects/getObjectmeta.ts';
import { getObjectProvenance } from './objects/getObjectProvenance.ts';
import { getObjectSubset } from './objects/getObjectSubset.ts';
import { getObjects } from './objects/getObjects.ts';
import { getObjectsDeprecated } from './objects/getObjectsDeprecated.ts';
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
import type { Command, Method, Operation } from './operation.ts';
import { changeOwner } from './ownership/changeOwner.ts';
import { changeOwnership } from './ownership/changeOwnership.ts';
import { listExpiring } from './ownership/listExpiring.ts';
import { listOwned } from './ownership/listOwned.ts';
import { offboard } from './ownership/offboard.ts';
import { reclaim } from './ownership/reclaim.ts';
import { createResource } from './resources/createResource.ts';
import { deleteResource } from './resources/deleteResource.ts';
import { getAcl } from './resources/getAcl.ts';
import { getResource } from './resources/getResource.ts';
import { listResources } from './resources/listResources.ts';
import { moveResource } from './resources/moveResource.ts';
import { setAcl } from './resources/setAcl.ts';
import { setAclMass } from './resources/setAclMass.ts';
import { updateResource } from './resources/updateResource.ts';
import { addRoleMembers } from './roles/addRoleMembers.ts';
import { createRole } from './roles/createRole.ts';
import { deleteRole } from './roles/deleteRole.ts';
import { listRoles } from './roles/listRoles.ts';
import { removeRoleMembers } from './roles/removeRoleMembers.ts';
import { discover } from './service/discover.ts';
import { getAdminRole } from './service/getAdminRole.ts';
import { getConfig } from './service/getConfig.ts';
import { getTypeDelegationTarget } from './service/getTypeDelegationTarget.ts';
import { listCommands } from './service/listCommands.ts';
import { setConfig } from './service/setConfig.ts';
import { status } from './service/status.ts';
import { ver } from './service/ver.ts';
import { createAdmin } from './staff/createAdmin.ts';
import { createStaff } from './staff/createStaff.ts';
import { deleteStaff } from './staff/deleteStaff.ts';
import { listStaff } from './staff/listStaff.ts';
import { setOwnedBy } from './staff/setOwnedBy.ts';
import { setPassword } from './staff/setPassword.ts';
import { updateStaff } from './staff/updateStaff.ts';
import { updateStaffPermissions } from './staff/updateStaffPermissions.ts';
import { challengePasskey } from './stepUp/challengePasskey.ts';
import { confirmPasskey } from './stepUp/confirmPasskey.ts';
import { confirmTotp } from './stepUp/confirmTotp.ts';
import { dropTickets } from './stepUp/dropTickets.ts';
import { enrolPasskey } from './stepUp/enrolPasskey.ts';
import { enrolTotp } from './stepUp/enrolTotp.ts';
import { listMyTickets } from './stepUp/listMyTickets.ts';
import { openTicket } from './stepUp/openTicket.ts';
import { regenerateRecoveryCodes } from './stepUp/regenerateRecoveryCodes.ts';
import { removePasskey } from './stepUp/removePasskey.ts';
import { removeTotp } from './stepUp/removeTotp.ts';
import { resetTotp } from './stepUp/resetTotp.ts';
import { alterWorkspaceMetadata } from './workspaces/alterWorkspaceMetadata.ts';
import { cloneWorkspace } from './workspaces/cloneWorkspace.ts';
import { createWorkspace } from './workspaces/createWorkspace.ts';
import { deleteWorkspace } from './workspaces/deleteWorkspace.ts';
import { getPermissions } from './workspaces/getPermissions.ts';
import { getPermissionsMass } from './workspaces/getPermissionsMass.ts';
import { getWorkspaceDescription } from './workspaces/getWorkspaceDescription.ts';
import { getWorkspaceInfo } from './workspaces/getWorkspaceInfo.ts';
import { getWorkspacemeta } from './workspaces/getWorkspacemeta.ts';
import { listAllWorkspaces } from './workspaces/listAllWorkspaces.ts';
import { listWorkspaceIDs } from './workspaces/listWorkspaceIDs.ts';
import { listWorkspaceOwners } from './workspaces/listWorkspaceOwners.ts';
import { listWorkspaces } from './workspaces/listWorkspaces.ts';
import { listWorkspacesDeprecated } from './workspaces/listWorkspacesDeprecated.ts';
import { lockWorkspace } from './workspaces/lockWorkspace.ts';
import { renameWorkspace } from './workspaces/renameWorkspace.ts';
import { setGlobalPermission } from './workspaces/setGlobalPermission.ts';
import { setPermissions } from './workspaces/setPermissions.ts';
import { setWorkspaceDescription } from './workspaces/setWorkspaceDescription.ts';
import { setWorkspaceOwner } from './workspaces/setWorkspaceOwner.ts';
import { undeleteWorkspace } from './workspaces/undeleteWorkspace.ts';
import { unlockWorkspace } from './workspaces/unlockWorkspace.ts';

/** Every operation there is, under the subject it belongs to. A new one takes a line here. */
const list: readonly (string | Operation)[] = [
  'Administrators',
  addAdmin,
  explain,
  listAdmins,
  listMyPrivileges,
  removeAdmin,
  'Tickets and proofs of identity',
  openTicket,
  dropTickets,
  listMyTickets,
  confirmTotp,
  enrolTotp,
  regenerateRecoveryCodes,
  removeTotp,
  challengePasskey,
  confirmPasskey,
  enrolPasskey,
  removePasskey,
  resetTotp,
  'Sessions',
  signIn,
  showCaller,
  endSession,
  listSessions,
  'Approvals and break-glass',
  listApprovals,
  getApproval,
  approve,
  denyApproval,
  cancelApproval,
  runApproved,
  breakGlass,
  reviewBreakGlass,
  'The directory of users',
  addUser,
  deleteUser,
  disableUser,
  enableUser,
  listUsers,
  renameUser,
  'Roles and friends',
  addRoleMembers,
  createRole,
  deleteRole,
  listRoles,
  removeRoleMembers,
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
  setAclMass,
  updateResource,
  'Workspaces',
  createWorkspace,
  deleteWorkspace,
  getPermissions,
  getPermissionsMass,
  getWorkspaceDescription,
  getWorkspaceInfo,
  listAllWorkspaces,
  listWorkspaceIDs,
  listWorkspaceOwners,
  listWorkspaces,
  lockWorkspace,
  renameWorkspace,
  setGlobalPermission,
  setPermissions,
  setWorkspaceDescription,
  setWorkspaceOwner,
  undeleteWorkspace,
  unlockWorkspace,
  alterWorkspaceMetadata,
  cloneWorkspace,
  getWorkspacemeta,
  listWorkspacesDeprecated,
  'Objects',
  deleteObjects,
  getObjectHistory,
  getObjectInfo,
  getObjects,
  listObjects,
  renameObject,
  saveObjects,
  undeleteObjects,
  alterAdminObjectMetadata,
  copyObject,
  getNamesByPrefix,
  getObject,
  getObjectInfoDeprecated,
  getObjectInfoNew,
  getObjectProvenance,
  getObjectSubset,
  getObjectmeta,
  getObjectsDeprecated,
  getReferencedObjects,
  hideObjects,
  listReferencingObjectCounts,
  listReferencingObjects,
  listWorkspaceObjects,
  revertObject,
  saveObject,
  unhideObjects,
  'Modules of types',
  approveModRequest,
  denyModRequest,
  grantModuleOwnership,
  listModRequests,
  removeModuleOwnership,
  getAllFuncInfo,
  getAllTypeInfo,
  getFuncInfo,
  getJsonschema,
  getModuleInfo,
  getTypeInfo,
  listAllTypes,
  listModules,
  listModuleVersions,
  registerTypespec,
  registerTypespecCopy,
  releaseModule,
  requestModuleOwnership,
  translateFromMd5Types,
  translateToMd5Types,
  'Staff and passwords',
  createAdmin,
  createStaff,
  deleteStaff,
  listStaff,
  setOwnedBy,
  setPassword,
  updateStaff,
  updateStaffPermissions,
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
  updateIiifObject,
  getIiifObject,
  listIiifObjects,
  searchIiifManifest,
  searchIiifObjects,
  'Ownership',
  changeOwner,
  changeOwnership,
  listExpiring,
  listOwned,
  offboard,
  reclaim,
  'Jobs',
  cancelJob,
  getJob,
  listJobs,
  pauseJob,
  resumeJob,
  revertJob,
  'The audit',
  getAudit,
  auditHash,
  revert,
  verifyState,
  pruneAudit,
  verifyAudit,
  proveRecord,
  proveConsistency,
  exportAudit,
  listAdminActions,
  'The service itself',
  getConfig,
  getTypeDelegationTarget,
  listCommands,
  setConfig,
  discover,
  getAdminRole,
  status,
  ver,
];

/** The operations that have a form, in that form: by subject, in the order of the list. */
function inForm<F extends keyof Operation>(form: F): ReadonlyMap<string, readonly NonNullable<Operation[F]>[]> {
  const found = [...bySubject(list)].map(
    ([subject, all]) => [subject, all.flatMap((operation) => operation[form] ?? [])] as const,
  );
  return new Map(found.filter(([, all]) => all.length > 0));
}

export const commandsBySubject: ReadonlyMap<string, readonly Command[]> = inForm('command');

export const methodsBySubject: ReadonlyMap<string, readonly Method[]> = inForm('method');

export const allCommands: readonly Command[] = [...commandsBySubject.values()].flat();

export const allMethods: readonly Method[] = [...methodsBySubject.values()].flat();

/** Those that JSON-RPC knows: the others have a meaning in the HTTP dialects alone. */
export const rpcMethods: readonly Method[] = allMethods.filter((method) => !method.dialectOnly);

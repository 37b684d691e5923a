import { bySubject } from '../subjects.ts';
import { addAdmin } from './admins/addAdmin.ts';
import { listAdmins } from './admins/listAdmins.ts';
import { listMyPrivileges } from './admins/listMyPrivileges.ts';
import { removeAdmin } from './admins/removeAdmin.ts';
import { getAudit } from './audit/getAudit.ts';
import { copyCatalogItem } from './catalog/copyCatalogItem.ts';
import { createFolder } from './catalog/createFolder.ts';
import { getCatalogAcl } from './catalog/getCatalogAcl.ts';
import { getCatalogItem } from './catalog/getCatalogItem.ts';
import { listCatalog } from './catalog/listCatalog.ts';
import { moveCatalogItem } from './catalog/moveCatalogItem.ts';
import { updateCatalogAcl } from './catalog/updateCatalogAcl.ts';
import type { Command } from './command.ts';
import { addUser } from './directory/addUser.ts';
import { deleteUser } from './directory/deleteUser.ts';
import { disableUser } from './directory/disableUser.ts';
import { enableUser } from './directory/enableUser.ts';
import { listUsers } from './directory/listUsers.ts';
import { renameUser } from './directory/renameUser.ts';
import { addFriend } from './friends/addFriend.ts';
import { listFriends } from './friends/listFriends.ts';
import { removeFriend } from './friends/removeFriend.ts';
import { createIiifObject } from './iiif/createIiifObject.ts';
import { deleteIiifObject } from './iiif/deleteIiifObject.ts';
import { updateIiifObject } from './iiif/updateIiifObject.ts';
import { cancelJob } from './jobs/cancelJob.ts';
import { getJob } from './jobs/getJob.ts';
import { listJobs } from './jobs/listJobs.ts';
import { pauseJob } from './jobs/pauseJob.ts';
import { resumeJob } from './jobs/resumeJob.ts';
import { revertJob } from './jobs/revertJob.ts';
import { approveModRequest } from './modules/approveModRequest.ts';
import { denyModRequest } from './modules/denyModRequest.ts';
import { grantModuleOwnership } from './modules/grantModuleOwnership.ts';
import { listModRequests } from './modules/listModRequests.ts';
import { removeModuleOwnership } from './modules/removeModuleOwnership.ts';
import { deleteObjects } from './objects/deleteObjects.ts';
import { getObjectHistory } from './objects/getObjectHistory.ts';
import { getObjectInfo } from './objects/getObjectInfo.ts';
import { getObjects } from './objects/getObjects.ts';
import { listObjects } from './objects/listObjects.ts';
import { renameObject } from './objects/renameObject.ts';
import { saveObjects } from './objects/saveObjects.ts';
import { undeleteObjects } from './objects/undeleteObjects.ts';
import { changeOwner } from './ownership/changeOwner.ts';
import { changeOwnership } from './ownership/changeOwnership.ts';
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
import { getConfig } from './service/getConfig.ts';
import { getTypeDelegationTarget } from './service/getTypeDelegationTarget.ts';
import { listCommands } from './service/listCommands.ts';
import { setConfig } from './service/setConfig.ts';
import { createAdmin } from './staff/createAdmin.ts';
import { createStaff } from './staff/createStaff.ts';
import { deleteStaff } from './staff/deleteStaff.ts';
import { listStaff } from './staff/listStaff.ts';
import { setOwnedBy } from './staff/setOwnedBy.ts';
import { setPassword } from './staff/setPassword.ts';
import { updateStaff } from './staff/updateStaff.ts';
import { updateStaffPermissions } from './staff/updateStaffPermissions.ts';
import { createWorkspace } from './workspaces/createWorkspace.ts';
import { deleteWorkspace } from './workspaces/deleteWorkspace.ts';
import { getPermissions } from './workspaces/getPermissions.ts';
import { getPermissionsMass } from './workspaces/getPermissionsMass.ts';
import { getWorkspaceDescription } from './workspaces/getWorkspaceDescription.ts';
import { getWorkspaceInfo } from './workspaces/getWorkspaceInfo.ts';
import { listAllWorkspaces } from './workspaces/listAllWorkspaces.ts';
import { listWorkspaceIDs } from './workspaces/listWorkspaceIDs.ts';
import { listWorkspaceOwners } from './workspaces/listWorkspaceOwners.ts';
import { listWorkspaces } from './workspaces/listWorkspaces.ts';
import { lockWorkspace } from './workspaces/lockWorkspace.ts';
import { renameWorkspace } from './workspaces/renameWorkspace.ts';
import { setGlobalPermission } from './workspaces/setGlobalPermission.ts';
import { setPermissions } from './workspaces/setPermissions.ts';
import { setWorkspaceDescription } from './workspaces/setWorkspaceDescription.ts';
import { setWorkspaceOwner } from './workspaces/setWorkspaceOwner.ts';
import { undeleteWorkspace } from './workspaces/undeleteWorkspace.ts';
import { unlockWorkspace } from './workspaces/unlockWorkspace.ts';

/** Every command there is, under the subject it belongs to. A new one takes a line here. */
const list: readonly (string | Command)[] = [
  'Administrators',
  addAdmin,
  listAdmins,
  listMyPrivileges,
  removeAdmin,
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
  'Objects',
  deleteObjects,
  getObjectHistory,
  getObjectInfo,
  getObjects,
  listObjects,
  renameObject,
  saveObjects,
  undeleteObjects,
  'Modules of types',
  approveModRequest,
  denyModRequest,
  grantModuleOwnership,
  listModRequests,
  removeModuleOwnership,
  'Staff and passwords',
  createAdmin,
  createStaff,
  deleteStaff,
  listStaff,
  setOwnedBy,
  setPassword,
  updateStaff,
  updateStaffPermissions,
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
  'Ownership',
  changeOwner,
  changeOwnership,
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
  'The service itself',
  getConfig,
  getTypeDelegationTarget,
  listCommands,
  setConfig,
];

/** Every command by its subject, in the order of the list. */
export const commandsBySubject: ReadonlyMap<string, readonly Command[]> = bySubject(list);

export const allCommands: readonly Command[] = [...commandsBySubject.values()].flat();

import { addAdmin } from './admins/addAdmin.ts';
import { listAdmins } from './admins/listAdmins.ts';
import { listMyPrivileges } from './admins/listMyPrivileges.ts';
import { removeAdmin } from './admins/removeAdmin.ts';
import { getAudit } from './audit/getAudit.ts';
import type { Command } from './command.ts';
import { addUser } from './directory/addUser.ts';
import { deleteUser } from './directory/deleteUser.ts';
import { disableUser } from './directory/disableUser.ts';
import { enableUser } from './directory/enableUser.ts';
import { listUsers } from './directory/listUsers.ts';
import { renameUser } from './directory/renameUser.ts';
import { getConfig } from './service/getConfig.ts';
import { getTypeDelegationTarget } from './service/getTypeDelegationTarget.ts';
import { listCommands } from './service/listCommands.ts';
import { setConfig } from './service/setConfig.ts';

/** Every command there is. A new one takes a line here. */
export const allCommands: readonly Command[] = [
  // Administrators
  addAdmin,
  listAdmins,
  listMyPrivileges,
  removeAdmin,
  // The directory of users
  addUser,
  deleteUser,
  disableUser,
  enableUser,
  listUsers,
  renameUser,
  // The audit
  getAudit,
  // The service itself
  getConfig,
  getTypeDelegationTarget,
  listCommands,
  setConfig,
];

/**
 * How commands are written on the command line: by subject and verb, as in `steward job pause ID`, with what is written
 * without an option after the name of the command. The same arguments follow `steward sudo NAME`.
 *
 * `<name>` must be given, `[name]` may be given, and `...` takes several words. Each is a parameter of the command,
 * `user` is the user that it is about, and `workspace` takes a name or a number. All of them are options, too.
 */
export interface Group {
  readonly name: string;
  readonly summary: string;
  /** The command, and its arguments, for each verb. */
  readonly verbs: Readonly<Record<string, string>>;
  /** Further verbs for commands that have one, with arguments of their own. */
  readonly more?: Readonly<Record<string, string>>;
}

export const GROUPS: readonly Group[] = [
  {
    name: 'admin',
    summary: 'administrators, and who may run what',
    verbs: {
      list: 'listAdmins',
      add: 'addAdmin <user>',
      remove: 'removeAdmin <user>',
      explain: 'explain <command>',
      privileges: 'listMyPrivileges',
    },
  },
  {
    name: 'user',
    summary: 'users, their friends and passwords',
    verbs: {
      list: 'listUsers',
      add: 'addUser <user>',
      rename: 'renameUser <user> <newName>',
      disable: 'disableUser <user>',
      enable: 'enableUser <user>',
      delete: 'deleteUser <user>',
      offboard: 'offboard <user> <to>',
      password: 'setPassword <user>',
      sessions: 'listSessions <user>',
      'end-session': 'endSession <user>',
      friends: 'listFriends <user>',
      befriend: 'addFriend <user> <friend>',
      unfriend: 'removeFriend <user> <friend>',
    },
    more: { show: 'listUsers <name>' },
  },
  {
    name: 'role',
    summary: 'roles and their members',
    verbs: {
      list: 'listRoles [name]',
      create: 'createRole <name>',
      'add-members': 'addRoleMembers <name> <members...>',
      'remove-members': 'removeRoleMembers <name> <members...>',
      delete: 'deleteRole <name>',
    },
    more: { show: 'listRoles <name>' },
  },
  {
    name: 'workspace',
    summary: 'workspaces, and who may read and write them',
    verbs: {
      list: 'listAllWorkspaces',
      show: 'getWorkspaceInfo <workspace>',
      create: 'createWorkspace <workspace>',
      give: 'setWorkspaceOwner <workspace> <new_user>',
      rename: 'renameWorkspace <workspace> <new_name>',
      lock: 'lockWorkspace <workspace>',
      unlock: 'unlockWorkspace <workspace>',
      delete: 'deleteWorkspace <workspace>',
      undelete: 'undeleteWorkspace <workspace>',
      permissions: 'getPermissions <workspace>',
      'permissions-of': 'getPermissionsMass',
      share: 'setPermissions [workspace]',
      'share-globally': 'setGlobalPermission <workspace>',
      description: 'getWorkspaceDescription <workspace>',
      describe: 'setWorkspaceDescription <workspace>',
      metadata: 'alterWorkspaceMetadata <workspace>',
      owners: 'listWorkspaceOwners',
      visible: 'listWorkspaces',
      'visible-ids': 'listWorkspaceIDs',
    },
  },
  {
    name: 'object',
    summary: 'objects in workspaces',
    verbs: {
      list: 'listObjects [workspace...]',
      show: 'getObjectInfo',
      data: 'getObjects',
      history: 'getObjectHistory',
      save: 'saveObjects [workspace]',
      rename: 'renameObject',
      delete: 'deleteObjects',
      undelete: 'undeleteObjects',
      hide: 'hideObjects',
      unhide: 'unhideObjects',
    },
  },
  {
    name: 'module',
    summary: 'modules of types, and who owns them',
    verbs: {
      requests: 'listModRequests',
      approve: 'approveModRequest <module>',
      deny: 'denyModRequest <module>',
      grant: 'grantModuleOwnership <mod> <new_owner>',
      revoke: 'removeModuleOwnership <mod> <old_owner>',
    },
  },
  {
    name: 'resource',
    summary: 'resources of all systems but KBase',
    verbs: {
      list: 'listResources',
      show: 'getResource [id]',
      create: 'createResource <type> <name>',
      update: 'updateResource [id]',
      move: 'moveResource [id]',
      delete: 'deleteResource [id]',
      acl: 'getAcl [id]',
      'set-acl': 'setAcl [id]',
      'set-acl-of': 'setAclMass',
    },
  },
  {
    name: 'catalog',
    summary: "Oracle's catalog",
    verbs: {
      list: 'listCatalog',
      show: 'getCatalogItem <type> <id>',
      'create-folder': 'createFolder',
      copy: 'copyCatalogItem <type> <id>',
      move: 'moveCatalogItem <type> <id>',
      acl: 'getCatalogAcl <type> <id>',
      'set-acl': 'updateCatalogAcl <type> <id>',
    },
  },
  {
    name: 'iiif',
    summary: 'objects of IIIF',
    verbs: {
      create: 'createIiifObject',
      update: 'updateIiifObject',
      delete: 'deleteIiifObject',
      'set-owners': 'setOwnedBy',
    },
  },
  {
    name: 'staff',
    summary: 'accounts of staff of IIIF',
    verbs: {
      list: 'listStaff',
      add: 'createStaff [username]',
      'add-admin': 'createAdmin [username]',
      update: 'updateStaff <id>',
      delete: 'deleteStaff <id>',
      permit: 'updateStaffPermissions',
    },
  },
  {
    name: 'owner',
    summary: 'changes of owner, and what somebody owns',
    verbs: {
      list: 'listOwned [user]',
      change: 'changeOwner <from> <to>',
      set: 'changeOwnership <type> <id>',
      reclaim: 'reclaim <from> <to>',
      expiring: 'listExpiring',
    },
  },
  {
    name: 'job',
    summary: 'work in the background',
    verbs: {
      list: 'listJobs',
      show: 'getJob <id>',
      pause: 'pauseJob <id>',
      resume: 'resumeJob <id>',
      cancel: 'cancelJob <id>',
      revert: 'revertJob <id>',
    },
  },
  {
    name: 'approval',
    summary: 'requests for approval, and break-glass',
    verbs: {
      list: 'listApprovals',
      show: 'getApproval <request>',
      approve: 'approve <request>',
      deny: 'denyApproval <request>',
      cancel: 'cancelApproval <request>',
      run: 'runApproved <request>',
      'break-glass': 'breakGlass',
      review: 'reviewBreakGlass <user>',
    },
  },
  {
    name: 'ticket',
    summary: 'your tickets, and your authenticator app',
    verbs: {
      list: 'listMyTickets',
      open: 'openTicket',
      drop: 'dropTickets',
      'enrol-totp': 'enrolTotp',
      'confirm-totp': 'confirmTotp',
      'remove-totp': 'removeTotp',
      'reset-totp': 'resetTotp <user>',
      'enrol-passkey': 'enrolPasskey',
      'confirm-passkey': 'confirmPasskey <name> <answer>',
      'remove-passkey': 'removePasskey <passkey>',
      'challenge-passkey': 'challengePasskey',
      'recovery-codes': 'regenerateRecoveryCodes',
    },
  },
  {
    name: 'audit',
    summary: 'show the newest audit records, follow new ones, revert what one changed',
    verbs: {
      search: 'getAudit',
      revert: 'revert <record>',
      hash: 'auditHash',
      prune: 'pruneAudit <before>',
      'verify-log': 'verifyAudit',
      'verify-state': 'verifyState',
      prove: 'proveRecord <record> <hash>',
      'prove-consistency': 'proveConsistency <from>',
      'export-page': 'exportAudit',
    },
  },
  {
    name: 'service',
    summary: 'settings and commands of the service',
    verbs: {
      settings: 'getConfig',
      set: 'setConfig <set>',
      commands: 'listCommands',
      'type-delegation': 'getTypeDelegationTarget',
    },
  },
];

/** What is written without an option after a command's name. */
export interface CommandArgument {
  readonly name: string;
  readonly isRequired: boolean;
  readonly isVariadic: boolean;
}

/** Where a command stands: below `steward sudo` by its own name, or as a verb of a group. */
export interface Place {
  readonly group: string;
  readonly verb: string;
}

/** All verbs of a group, with their commands and arguments. */
export const verbsOf = ({ verbs, more }: Group): Readonly<Record<string, string>> => ({ ...verbs, ...more });

/** The verb that shows one thing. */
export const SHOW = 'show';

/** The arguments of a command as this verb, or else by its own name, in their order. */
export function argumentsOf(command: string, place?: Place): CommandArgument[] {
  const group = GROUPS.find(({ name }) => name === place?.group);
  const rows = GROUPS.flatMap(({ verbs }) => Object.values(verbs));
  const ofPlace = group === undefined || place === undefined ? undefined : verbsOf(group)[place.verb];
  const row = ofPlace ?? rows.find((text) => commandIn(text) === command) ?? command;
  return row
    .split(' ')
    .slice(1)
    .map((word) => ({
      name: word.replace(/[<>[\].]/g, ''),
      isRequired: word.startsWith('<'),
      isVariadic: word.includes('...'),
    }));
}

/** The command that a row of a group names. */
export const commandIn = (row: string): string => row.split(' ')[0] ?? '';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StewardError } from '../../src/base/errors.ts';
import { type JsonSchema, schemaOf } from '../../src/base/schemas/validator.ts';
import { shortId } from '../../src/identity/principal.ts';
import { allCommands, allMethods } from '../../src/operations/index.ts';
import { saveParams } from '../domain/objects/savingWorld.ts';
import { peopledHouse } from '../gate/calls.ts';
import { originOf, type TestHouse } from '../support/house.ts';
import { inTurn } from '../support/long.ts';

/**
 * Every form of name of a user or a role, in every parameter of every command and method that takes one. The outcome only
 * depends on the purpose of the parameter and on the system whose errors it uses.
 */

/**
 * `give`: something is given to them. `take`: something is taken from them. `show`: they are looked up. `seek`: a list is
 * filtered by them; an unknown name matches nothing. `drop`: as `take`, and an unknown name is no error. `act`: the call
 * acts as them. `change`: their account is changed.
 */
type Purpose = 'give' | 'take' | 'show' | 'seek' | 'drop' | 'act' | 'change';
type Words = 'steward' | 'kbase' | 'iiif' | 'gnode';

/** The reasons for refusing a name. A call that fails later, or succeeds, has `taken` it. */
const REFUSALS = ['user_unknown', 'username_invalid', 'user_null', 'role_unknown', 'recipient_unfit'].concat([
  'staff_name_unknown',
  'gnode_data_invalid',
  'account_is_closed',
  'invalid_params',
  'command_malformed',
]);

type Kind =
  | 'open'
  | 'disabled'
  | 'closed'
  | 'unknown'
  | 'onceNamed'
  | 'spaced'
  | 'noKbaseName'
  | 'noName'
  | 'role'
  | 'deletedRole'
  | 'unknownRole';

/** The forms of names; `<id>` stands for the id of the account, `<short>` for the short id in a former user's name. */
const FORMS: readonly (readonly [what: string, name: string, kind: Kind])[] = [
  ['the name', 'cec', 'open'],
  ['the id', 'id:cec', 'open'],
  ['the name of a pending user', 'pat', 'open'],
  ['the id of a pending user', 'id:<pat>', 'open'],
  ['the name of a disabled user', 'dan', 'disabled'],
  ['the id of a disabled user', 'id:dan', 'disabled'],
  ['the former name of a closed account', 'gus~<gus>', 'closed'],
  ['the id of a closed account', 'id:gus', 'closed'],
  ['the bare name that a closed account had', 'gus', 'onceNamed'],
  ['the former name of nobody', 'gus~00000000', 'unknown'],
  ['a name that nobody has', 'nobody', 'unknown'],
  ['an id that nobody has', 'id:nobody', 'unknown'],
  ['the subject of tokens, where the id is another', 'id:sub-of-sue', 'unknown'],
  ['the name in another case', 'CEC', 'noKbaseName'],
  ['an email address', 'cec@example.org', 'noKbaseName'],
  ['the name between spaces', ' cec ', 'spaced'],
  ['an empty text', '', 'noName'],
  ['a role', 'role:curators', 'role'],
  ['the id of a role', 'role:id:<curators>', 'role'],
  ['the former name of a deleted role', 'role:gone~<gone>', 'deletedRole'],
  ['the name of no role', 'role:nobody', 'unknownRole'],
];

/** The outcomes with Steward's own errors, by purpose. */
const OUTCOMES: Readonly<Record<Kind, Readonly<Record<Purpose, string>>>> = {
  open: row('taken', 'taken', 'taken', 'taken', 'taken', 'taken', 'taken'),
  disabled: row('recipient_unfit', 'taken', 'taken', 'taken', 'taken', 'user_unknown', 'taken'),
  closed: row('recipient_unfit', 'taken', 'taken', 'taken', 'taken', 'user_unknown', 'account_is_closed'),
  unknown: row('user_unknown', 'user_unknown', 'user_unknown', 'taken', 'taken', 'user_unknown', 'user_unknown'),
  onceNamed: row('user_unknown', 'user_unknown', 'user_unknown', 'taken', 'taken', 'user_unknown', 'user_unknown'),
  noKbaseName: row('user_unknown', 'user_unknown', 'user_unknown', 'taken', 'taken', 'user_unknown', 'user_unknown'),
  spaced: row('user_unknown', 'user_unknown', 'user_unknown', 'username_invalid', 'taken', ...invalidToAct()),
  noName: row('user_unknown', 'user_unknown', 'user_unknown', 'username_invalid', 'taken', ...invalidToAct()),
  // If roles cannot be meant.
  role: row('user_unknown', 'user_unknown', 'user_unknown', 'username_invalid', 'taken', ...invalidToAct()),
  // As a closed account of the name `role:gone`.
  deletedRole: row('user_unknown', 'user_unknown', 'user_unknown', 'taken', 'taken', 'user_unknown', 'user_unknown'),
  unknownRole: row('user_unknown', 'user_unknown', 'user_unknown', 'username_invalid', 'taken', ...invalidToAct()),
};

function row(...[give, take, show, seek, drop, act, change]: string[]): Record<Purpose, string> {
  return { give, take, show, seek, drop, act, change } as Record<Purpose, string>;
}

function invalidToAct(): [string, string] {
  return ['username_invalid', 'user_unknown'];
}

/** The outcomes if roles can be meant. */
const OF_ROLES: Partial<Record<Kind, Partial<Record<Purpose, string>>>> = {
  role: { give: 'taken', take: 'taken', show: 'taken' },
  deletedRole: { give: 'recipient_unfit', take: 'taken', show: 'taken' },
  unknownRole: { give: 'role_unknown', take: 'role_unknown', show: 'role_unknown' },
};

const KBASE_REFUSES: readonly Purpose[] = ['give', 'take', 'act'];

function expected({ purpose, words = 'steward', roles, bareIds }: Slot, kind: Kind): string {
  const ofRole = roles === true ? OF_ROLES[kind]?.[purpose] : undefined;
  if (roles === 'ofTokens' && kind in OF_ROLES) return 'taken';
  if (bareIds && kind === 'onceNamed') return OUTCOMES.closed[purpose];
  const own = ofRole ?? OUTCOMES[kind][purpose];
  if (words === 'gnode') return own === 'taken' ? own : 'gnode_data_invalid';
  if (words === 'iiif') {
    // Spaces are removed from names; and a name from which something is taken means everybody who had it.
    if (kind === 'spaced' || (kind === 'onceNamed' && purpose === 'take')) return 'taken';
    return own === 'user_unknown' ? 'staff_name_unknown' : own;
  }
  if (words === 'kbase' && KBASE_REFUSES.includes(purpose) && ofRole === undefined) {
    if (own === 'recipient_unfit') return 'user_unknown';
    if (own === 'user_unknown' && !['unknown', 'onceNamed', 'disabled', 'closed', 'deletedRole'].includes(kind))
      return 'username_invalid';
  }
  return own;
}

/** A parameter that takes names. */
interface Slot {
  readonly purpose: Purpose;
  /** The system whose errors are used; Steward's own by default. */
  readonly words?: Words;
  /** Whether a role can be meant; or a role in tokens, which is not known here. */
  readonly roles?: true | 'ofTokens';
  /** Whether a bare text that is a user's id means that user. */
  readonly bareIds?: true;
  /** Whether the user is only named on the roster, from which deleting them removes them. */
  readonly onRoster?: true;
  /** The call: of a command by a full administrator, or of a method by `ann`. */
  readonly call: (name: unknown) => { readonly user?: unknown; readonly params?: unknown };
  /** The reason why the call is refused after the name was taken. */
  readonly refused?: 'invalid_params';
}

const IIIF = 'https://iiif.example.org';
const BOOK = { type: 'workbooks', externalId: '/@Catalog/shared/book' } as const;
const SHARED_BOOK = { type: BOOK.type, id: BOOK.externalId } as const;
const MINE = { type: 'block', externalId: 'B1' } as const;
const WORKBOOK = { type: 'workbooks', name: 'new', externalId: '/@Catalog/new' };

/** A name with the kind of account, as in Oracle Analytics. */
const typed = (name: unknown) => (String(name).startsWith('role:') ? 'ApplicationRole' : 'User');
const acting = (params: unknown, words?: 'kbase'): Slot => ({
  purpose: 'act',
  ...(words === undefined ? {} : { words }),
  call: (user) => ({ user, params }),
});
const changing = (params?: unknown): Slot => ({ purpose: 'change', call: (user) => ({ user, params }) });
const grants = (account: unknown) => [{ accountType: typed(account), account, level: 'read' }];
const aclOf = (accountGuid: unknown) => [{ accountType: typed(accountGuid), accountGuid, permissions: { read: true } }];
const owners = (owner: unknown) => [{ accountType: typed(owner), owner }];

/** All parameters that take names, by command or method and by path. */
const SLOTS: Readonly<Record<string, Readonly<Record<string, Slot>>>> = {
  addAdmin: {
    user: { purpose: 'give', words: 'kbase', onRoster: true, call: (user) => ({ user }) },
    'as[]': { purpose: 'give', roles: 'ofTokens', call: (name) => ({ user: 'ann', params: { as: [name] } }) },
  },
  removeAdmin: { user: { purpose: 'take', words: 'kbase', call: (user) => ({ user }) } },
  reviewBreakGlass: {
    user: { purpose: 'take', call: (user) => ({ user, params: { verdict: 'justified', comment: 'as it was' } }) },
  },
  deleteUser: { user: changing() },
  disableUser: { user: changing() },
  enableUser: { user: changing() },
  renameUser: { user: changing({ newName: 'new' }) },
  resetTotp: { user: changing() },
  setPassword: { user: changing({ password: 'a password' }) },
  addRoleMembers: {
    'members[]': { purpose: 'give', call: (name) => ({ params: { name: 'curators', members: [name] } }) },
  },
  createRole: { 'members[]': { purpose: 'give', call: (name) => ({ params: { name: 'readers', members: [name] } }) } },
  removeRoleMembers: {
    'members[]': { purpose: 'take', call: (name) => ({ params: { name: 'curators', members: [name] } }) },
  },
  listUsers: { name: { purpose: 'show', call: (name) => ({ params: { name } }) } },
  listRoles: { member: { purpose: 'show', call: (member) => ({ params: { member } }) } },
  addFriend: {
    user: { purpose: 'give', call: (user) => ({ user, params: { friend: 'ann' } }) },
    friend: { purpose: 'give', call: (friend) => ({ user: 'ann', params: { friend } }) },
  },
  explain: {
    user: { purpose: 'act', call: (user) => ({ params: { command: 'getAcl', user } }) },
    for: { purpose: 'show', call: (name) => ({ params: { command: 'lockWorkspace', for: name } }) },
  },
  listSessions: { user: { purpose: 'show', call: (user) => ({ user }) } },
  endSession: { user: changing({}) },
  listFriends: { user: { purpose: 'show', call: (user) => ({ user }) } },
  removeFriend: {
    user: { purpose: 'take', call: (user) => ({ user, params: { friend: 'ann' } }) },
    friend: { purpose: 'take', call: (friend) => ({ user: 'ann', params: { friend } }) },
  },
  createResource: {
    user: acting({ type: 'block', name: 'new' }),
    'owners[].owner': {
      ...{ purpose: 'give', roles: true },
      call: (name) => ({ params: { ...WORKBOOK, owners: owners(name) } }),
    },
  },
  deleteResource: { user: acting(BOOK) },
  getAcl: { user: acting(BOOK) },
  getResource: { user: acting(BOOK) },
  listResources: {
    user: acting({ limit: 1 }),
    owner: { purpose: 'show', roles: true, call: (owner) => ({ params: { owner } }) },
  },
  moveResource: { user: acting({ ...BOOK, parents: [] }) },
  setAcl: {
    user: acting({ ...BOOK, visibility: 'public' }),
    'grants[].account': {
      ...{ purpose: 'give', roles: true },
      call: (name) => ({ params: { ...BOOK, grants: grants(name) } }),
    },
    'grants[].account to remove': {
      ...{ purpose: 'take', roles: true },
      call: (name) => ({ params: { ...BOOK, mode: 'remove', grants: grants(name) } }),
    },
  },
  setAclMass: {
    user: acting({ resources: [BOOK], visibility: 'public' }),
    'grants[].account': {
      ...{ purpose: 'give', roles: true },
      call: (name) => ({ params: { resources: [BOOK], grants: grants(name) } }),
    },
  },
  updateResource: { user: acting({ ...BOOK, name: 'renamed' }) },
  createWorkspace: { user: acting({ workspace: 'new' }, 'kbase') },
  getPermissions: { user: acting({ id: 1 }, 'kbase') },
  listAllWorkspaces: { owner: { purpose: 'show', call: (owner) => ({ params: { owner } }) } },
  listWorkspaceIDs: { user: acting({}, 'kbase') },
  listWorkspaces: {
    user: acting({}, 'kbase'),
    'owners[]': { purpose: 'seek', call: (name) => ({ user: 'ann', params: { owners: [name] } }) },
  },
  setGlobalPermission: { user: acting({ id: 1, new_permission: 'r' }, 'kbase') },
  setPermissions: {
    'users[]': {
      ...{ purpose: 'give', words: 'kbase', roles: true },
      call: (name) => ({ params: { id: 1, new_permission: 'w', users: [name] } }),
    },
    'users[] to remove': {
      ...{ purpose: 'take', words: 'kbase', roles: true },
      call: (name) => ({ params: { id: 1, new_permission: 'n', users: [name] } }),
    },
  },
  setWorkspaceOwner: {
    new_user: { purpose: 'give', words: 'kbase', call: (name) => ({ params: { wsi: { id: 1 }, new_user: name } }) },
  },
  listObjects: {
    user: acting({ ids: [1] }, 'kbase'),
    'savedby[]': { purpose: 'seek', call: (name) => ({ params: { ids: [1], savedby: [name] } }) },
  },
  saveObjects: { user: acting(saveParams([{ type: 'Owned.Thing', data: { n: 1 }, name: 'new' }]), 'kbase') },
  grantModuleOwnership: {
    new_owner: { purpose: 'give', words: 'kbase', call: (name) => ({ params: { mod: 'Owned', new_owner: name } }) },
  },
  removeModuleOwnership: {
    old_owner: {
      ...{ purpose: 'drop', refused: 'invalid_params' },
      call: (name) => ({ params: { mod: 'Owned', old_owner: name } }),
    },
  },
  setOwnedBy: {
    'ownedBy[]': {
      ...{ purpose: 'give', words: 'iiif' },
      call: (name) => ({ params: { type: 'manifest', object: `${IIIF}/b1/manifest`, ownedBy: [name] } }),
    },
  },
  updateStaffPermissions: {
    username: {
      ...{ purpose: 'give', words: 'iiif' },
      call: (username) => ({ params: { manifests: [`${IIIF}/b1/manifest`], username, action: 'ADD' } }),
    },
    'username to remove': {
      ...{ purpose: 'take', words: 'iiif' },
      call: (username) => ({ params: { manifests: [`${IIIF}/b1/manifest`], username, action: 'REMOVE' } }),
    },
  },
  createIiifObject: {
    'object.ownedBy[]': {
      ...{ purpose: 'give', words: 'iiif' },
      call: (name) => ({
        params: { base: IIIF, type: 'manifest', identifier: 'b2', object: { label: 'B', ownedBy: [name] } },
      }),
    },
  },
  updateIiifObject: {
    'object.ownedBy[]': {
      ...{ purpose: 'give', words: 'iiif' },
      call: (name) => ({ params: { base: IIIF, type: 'manifest', identifier: 'b1', object: { ownedBy: [name] } } }),
    },
  },
  changeOwner: {
    from: { purpose: 'take', roles: true, call: (from) => ({ params: { from, to: 'ann' } }) },
    to: { purpose: 'give', roles: true, call: (to) => ({ params: { from: 'bea', to } }) },
  },
  changeOwnership: {
    owner: {
      ...{ purpose: 'give', roles: true, bareIds: true },
      call: (owner) => ({ params: { type: BOOK.type, id: BOOK.externalId, accountType: typed(owner), owner } }),
    },
  },
  updateCatalogAcl: {
    'aclList[].accountGuid': {
      ...{ purpose: 'give', roles: true, bareIds: true },
      call: (name) => ({ params: { ...SHARED_BOOK, updateMode: 'ReplaceMatchingAccounts', aclList: aclOf(name) } }),
    },
    'aclList[].accountGuid to remove': {
      ...{ purpose: 'take', roles: true, bareIds: true },
      call: (name) => ({ params: { ...SHARED_BOOK, updateMode: 'DeleteMatchingAccounts', aclList: aclOf(name) } }),
    },
  },
  listExpiring: {
    user: { purpose: 'show', roles: true, call: (user) => ({ params: { user } }) },
  },
  listOwned: {
    user: { purpose: 'show', roles: true, call: (user) => ({ params: { user } }) },
  },
  offboard: {
    user: { purpose: 'change', call: (user) => ({ user, params: { to: 'ann' } }) },
    // Only users own modules, of which bea has one.
    to: { purpose: 'give', roles: true, call: (to) => ({ user: 'limited', params: { to } }) },
  },
  reclaim: {
    from: {
      ...{ purpose: 'take', roles: true, refused: 'invalid_params' },
      call: (from) => ({ params: { from, to: 'ann' } }),
    },
    to: { purpose: 'give', roles: true, call: (to) => ({ params: { from: 'id:gus', to } }) },
  },
  revertJob: { to: { purpose: 'give', roles: true, call: (to) => ({ params: { id: '3'.repeat(24), to } }) } },
  getAudit: {
    actor: { purpose: 'show', call: (actor) => ({ params: { actor, limit: 1 } }) },
    onBehalfOf: { purpose: 'show', call: (onBehalfOf) => ({ params: { onBehalfOf, limit: 1 } }) },
    subject: { purpose: 'show', call: (subject) => ({ params: { subject, limit: 1 } }) },
  },
  'Gnode.set_sharing': {
    shared_with: {
      ...{ purpose: 'give', words: 'gnode' },
      call: (name) => ({ params: { type: MINE.type, id: MINE.externalId, shared_with: { [String(name)]: 1 } } }),
    },
  },
  'Gnode.set_sharing_mass': {
    shared_with: {
      ...{ purpose: 'give', words: 'gnode' },
      call: (name) => ({ params: { type: MINE.type, ids: [MINE.externalId], shared_with: { [String(name)]: 1 } } }),
    },
  },
  'Gnode.list_objects': {
    filters: { purpose: 'drop', call: (name) => ({ params: { type: MINE.type, filters: { owner: name } } }) },
  },
  'Catalog.update_acl': {
    'aclList[].accountGuid': {
      ...{ purpose: 'give', roles: true, bareIds: true },
      call: (name) => ({ params: { ...SHARED_BOOK, updateMode: 'ReplaceMatchingAccounts', aclList: aclOf(name) } }),
    },
  },
  'Iiif.search': {
    ownedBy: { purpose: 'drop', call: (ownedBy) => ({ params: { base: IIIF, type: 'manifest', query: { ownedBy } } }) },
  },
  'Friend.add': { friend: { purpose: 'give', call: (friend) => ({ params: { friend } }) } },
  'Friend.remove': { friend: { purpose: 'take', call: (friend) => ({ params: { friend } }) } },
  'Resource.create': {
    'owners[].owner': {
      ...{ purpose: 'give', roles: true },
      call: (name) => ({ params: { type: 'workbooks', name: 'new', owners: owners(name) } }),
    },
  },
  'Resource.list': { owner: { purpose: 'show', roles: true, call: (owner) => ({ params: { owner } }) } },
  'Resource.set_acl': {
    'grants[].account': {
      ...{ purpose: 'give', roles: true },
      call: (name) => ({ params: { ...MINE, grants: grants(name) } }),
    },
  },
  'Workspace.list_workspace_info': {
    'owners[]': { purpose: 'seek', call: (name) => ({ params: { owners: [name] } }) },
  },
  'Workspace.set_permissions': {
    'users[]': {
      ...{ purpose: 'give', words: 'kbase', roles: true },
      call: (name) => ({ params: { id: 1, new_permission: 'r', users: [name] } }),
    },
  },
  'Workspace.list_objects': {
    'savedby[]': { purpose: 'seek', call: (name) => ({ params: { ids: [1], savedby: [name] } }) },
  },
  'Workspace.grant_module_ownership': {
    new_owner: {
      ...{ purpose: 'give', words: 'kbase' },
      call: (name) => ({ params: { mod: 'Owned', new_owner: name, with_grant_option: 0 } }),
    },
  },
  'Workspace.list_modules': { owner: { purpose: 'drop', call: (owner) => ({ params: { owner } }) } },
  'Workspace.remove_module_ownership': {
    old_owner: {
      ...{ purpose: 'drop', refused: 'invalid_params' },
      call: (name) => ({ params: { mod: 'Owned', old_owner: name } }),
    },
  },
};

/** Commands and methods that take no names. A new one must be here or in {@link SLOTS}. */
const OF_NOBODY = `
  listApprovals getApproval approve denyApproval cancelApproval runApproved breakGlass
  copyCatalogItem getCatalogAcl moveCatalogItem Catalog.copy_item Catalog.get_acl Catalog.move_item
  Gnode.create_object Gnode.delete_object Iiif.search_manifest
  verifyState pruneAudit
  auditHash revert verifyAudit proveRecord proveConsistency exportAudit Workspace.list_admin_actions openTicket
  dropTickets listMyTickets confirmTotp enrolTotp challengePasskey confirmPasskey enrolPasskey removePasskey
  regenerateRecoveryCodes removeTotp listAdmins listMyPrivileges deleteRole addUser createAdmin createStaff
  deleteStaff listStaff updateStaff
  deleteWorkspace getPermissionsMass getWorkspaceDescription getWorkspaceInfo listWorkspaceOwners lockWorkspace
  renameWorkspace setWorkspaceDescription alterWorkspaceMetadata hideObjects unhideObjects undeleteWorkspace unlockWorkspace deleteObjects getObjectHistory getObjectInfo
  getObjects renameObject undeleteObjects approveModRequest denyModRequest listModRequests createFolder getCatalogItem
  listCatalog deleteIiifObject cancelJob getJob listJobs pauseJob resumeJob getConfig getTypeDelegationTarget
  listCommands setConfig rpc.discover Workspace.get_admin_role Workspace.status Workspace.ver Workspace.list_notices
  Accounts.close_session Accounts.create_token Accounts.open_session Accounts.who_am_i Gnode.get_sharing
  Session.sign_in Session.sign_out Session.list Session.who_am_i
  Gnode.get_object Gnode.update_object Catalog.create_folder Catalog.get_item Catalog.list_items Iiif.create_object
  Iiif.delete_object Iiif.get_object Iiif.list_objects Iiif.update_object Friend.list Resource.delete Resource.get_acl
  Resource.get Resource.move Resource.update Workspace.alter_workspace_metadata Workspace.clone_workspace
  Workspace.create_workspace Workspace.delete_workspace Workspace.get_permissions Workspace.get_permissions_mass
  Workspace.get_workspace_description Workspace.get_workspace_info Workspace.get_workspacemeta
  Workspace.list_workspace_ids Workspace.list_workspaces Workspace.lock_workspace Workspace.rename_workspace
  Workspace.set_global_permission Workspace.set_workspace_description Workspace.alter_admin_object_metadata
  Workspace.copy_object Workspace.delete_objects Workspace.get_names_by_prefix Workspace.get_object
  Workspace.get_object_history Workspace.get_object_info Workspace.get_object_info3 Workspace.get_object_info_new
  Workspace.get_object_provenance Workspace.get_object_subset Workspace.get_objectmeta Workspace.get_objects
  Workspace.get_objects2 Workspace.get_referenced_objects Workspace.hide_objects
  Workspace.list_referencing_object_counts Workspace.list_referencing_objects Workspace.list_workspace_objects
  Workspace.rename_object Workspace.revert_object Workspace.save_object Workspace.save_objects
  Workspace.undelete_objects Workspace.unhide_objects Workspace.get_all_func_info Workspace.get_all_type_info
  Workspace.get_func_info Workspace.get_jsonschema Workspace.get_module_info Workspace.get_type_info
  Workspace.list_all_types Workspace.list_module_versions Workspace.register_typespec
  Workspace.register_typespec_copy Workspace.release_module Workspace.request_module_ownership
  Workspace.translate_from_MD5_types Workspace.translate_to_MD5_types
`
  .trim()
  .split(/\s+/);

/** Keys of texts that are not names of users; a new key must be here, or its path in {@link SLOTS}. */
const KEYS_OF_OTHERS = new Set(
  `
  accountDisplayName action after answer asked auth base before beside caller checkpoints client code_url collections command commands comment commit contains cursor custom data data_id data_url
  description destId destParentId email endpoint_url expires externalId external_workspace_url globalread id identifier ids included
  input_ws_objects intermediate_incoming intermediate_outgoing manifests meta metadata method mod module name motivation new
  hash newExternalId newItemName new_name new_permission new_types obj_ref_path object parent parentId parents passkey password recoveryCode token totp pathPrefix perm
  prefix q query reason record ref request remove remove_types resolved_ws_objects resource resource_name resource_release_date
  resource_url resource_version safety_level script script_command_line script_ver search service service_ver session
  spec startafter time to_obj_ref_path type under value ver withReason witnessKeys workspace workspaces
  `
    .trim()
    .split(/\s+/),
);

/** Other texts: new names, instants, objects, and roles, which the last test covers. */
const OTHER_PLACES = [
  ...['addUser user', 'renameUser newName', 'createAdmin username', 'createStaff username', 'updateStaff username'],
  ...['Workspace.list_admin_actions from', 'Workspace.list_admin_actions to'],
  ...['getAudit from', 'getAudit to', 'listOwned role', 'createResource owners[].id', 'Resource.create owners[].id'],
  ...['Workspace.copy_object from', 'Workspace.copy_object to'],
];

type Declared = (typeof allCommands)[number] | (typeof allMethods)[number];

/** The paths at which a declaration takes a text with a key that may name users. */
function placesIn(declared: Declared): string[] {
  const places = new Set<string>();
  if ('user' in declared && declared.user !== 'ignored') places.add('user');
  const visit = (schema: JsonSchema | undefined, path: string): void => {
    if (schema === undefined || schema === null || typeof schema !== 'object') return;
    for (const key of ['anyOf', 'oneOf', 'allOf'])
      for (const one of (schema[key] ?? []) as JsonSchema[]) visit(one, path);
    const types = [schema.type ?? []].flat();
    const key = path.split('.').at(-1)?.replace(/\[\]$/, '') ?? '';
    if (types.includes('string') && schema.enum === undefined && key !== '' && !KEYS_OF_OTHERS.has(key))
      places.add(path);
    visit(schema.items as JsonSchema | undefined, `${path}[]`);
    visit(schema.additionalProperties as JsonSchema | undefined, path);
    for (const [name, one] of Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>)) {
      visit(one, path === '' ? name : `${path}.${name}`);
    }
  };
  if (declared.params !== undefined) visit(schemaOf(declared.params), '');
  return [...places].filter((place) => !OTHER_PLACES.includes(`${declared.name} ${place}`));
}

describe('the table', () => {
  it.each([...allCommands, ...allMethods].map((declared) => [declared.name, declared] as const))(
    'covers the names in %s',
    (name, declared) => {
      expect(name in SLOTS !== OF_NOBODY.includes(name), 'it stands in SLOTS or in OF_NOBODY').toBe(true);
      const known = Object.keys(SLOTS[name] ?? {}).map((place) => place.replace(/ to remove$/, ''));
      expect(placesIn(declared).filter((place) => !known.includes(place))).toEqual([]);
    },
  );

  it('only names existing parameters', () => {
    const names = [...allCommands, ...allMethods].map(({ name }) => name);
    expect([...Object.keys(SLOTS), ...OF_NOBODY].filter((name) => !names.includes(name))).toEqual([]);
  });
});

let house: TestHouse;
let inFull: (name: string) => string;
/** The id of a pending user whom nothing names. */
let pal: string;

beforeAll(async () => {
  house = await peopledHouse();
  const run = async (command: string, params: unknown, user?: string) =>
    (await house.administer('boss', { command, params, ...(user === undefined ? {} : { user }) })).result as {
      id: string;
    };
  const pat = await run('addUser', {}, 'pat');
  await run('addUser', {}, 'sue');
  pal = (await run('addUser', {}, 'pal')).id;
  await house.signIn({ sub: 'sub-of-sue', name: 'sue' });
  const gone = await run('createRole', { name: 'gone' });
  await run('deleteRole', { name: 'gone' });
  const { roles } = (await house.administer('boss', { command: 'listRoles' })).result as {
    roles: { name: string; id: string }[];
  };
  const curators = roles.find(({ name }) => name === 'curators')?.id ?? '';
  await run('createResource', { ...MINE, name: 'B1', owners: owners('ann') });
  inFull = (name) =>
    name
      .replace('<pat>', pat.id)
      .replace('<gus>', shortId('gus'))
      .replace('<curators>', curators)
      .replace('<gone>', shortId(gone.id));
}, 600_000);
afterAll(() => house[Symbol.asyncDispose]());

/** The reason of a refusal, if the call is refused. Commands that write run as dry runs. */
async function reasonOf(name: string, call: ReturnType<Slot['call']>): Promise<string | undefined> {
  const command = allCommands.find((c) => c.name === name);
  const object = { command: name, ...call, ...(command?.effect === 'write' ? { dryRun: true } : {}) };
  const made = command === undefined ? asAnn(name, call.params) : house.administer('boss', object);
  return made.then(
    () => undefined,
    (error) => (error instanceof StewardError ? error.reason : Promise.reject(error)),
  );
}

/** `taken`, or the reason why the name was refused. */
async function outcomeOf(name: string, call: ReturnType<Slot['call']>): Promise<string> {
  const reason = await reasonOf(name, call);
  return reason !== undefined && REFUSALS.includes(reason) ? reason : 'taken';
}

async function asAnn(name: string, params: unknown): Promise<unknown> {
  const method = house.gate.method(name);
  if (method === undefined) throw new Error(`there is no method ${name}`);
  const origin = originOf('ann');
  return house.gate.call(method, { caller: await house.gate.identify(method, origin), params: [params], origin });
}

const slots = Object.entries(SLOTS).flatMap(([name, places]) =>
  Object.entries(places).map(([place, slot]) => [name, place, slot] as const),
);

/** Forms at each place; all places together have them all. */
const forms = inTurn(FORMS, 2);

describe('a name', () => {
  it.each(slots)('in %s, in %s, is accepted or refused as everywhere', async (name, _, slot) => {
    const found = new Map<string, string>();
    const wanted = new Map<string, string>();
    const attempt = async ([what, text, kind]: (typeof FORMS)[number]) => {
      const outcome = await outcomeOf(name, slot.call(inFull(text)));
      const right = expected(slot, kind);
      // A schema may have refused an empty text before the look-up.
      const early = text === '' && outcome === 'invalid_params' && right !== 'taken';
      wanted.set(what, right);
      found.set(what, early ? right : outcome === slot.refused ? 'taken' : outcome);
    };
    // Commands run as dry runs, so that they can run concurrently.
    if (allCommands.some((command) => command.name === name)) await Promise.all(forms().map(attempt));
    else for (const form of forms()) await attempt(form);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
  });

  const noTexts = inTurn([{}, { $ne: null }, [['cec']]], 1);

  it.each(slots)('in %s, in %s, must be a text', async (name, _, slot) => {
    if (slot.words === 'gnode') return;
    for (const value of noTexts()) {
      expect(await reasonOf(name, slot.call(value))).toMatch(
        /^(invalid_params|command_malformed|params_type|iiif_invalid)$/,
      );
    }
  });
});

/** Commands whose dry run shows the outcome for each item instead of the changes of the call itself. */
const JOBS = ['changeOwner', 'offboard', 'reclaim', 'revertJob'];

describe('a pending user', () => {
  const isMade = (name: string, { purpose }: Slot) =>
    purpose === 'give' || (purpose === 'act' && ['createWorkspace', 'createResource'].includes(name));
  const given = slots.filter(
    ([name, , slot]) =>
      allCommands.some((c) => c.name === name) && !JOBS.includes(name) && !slot.onRoster && isMade(name, slot),
  );

  it.each(given)('who is named in %s, in %s, is not erased later', async (command, _, slot) => {
    const { result } = await house.administer('boss', { command, ...slot.call('pal'), dryRun: true });
    const { changes } = result as { changes: { collection: string; id: string }[] };
    const marked = changes.filter(({ collection }) => collection === 'principals');
    expect(marked).toEqual([
      { collection: 'principals', id: pal, op: 'update', fields: [{ path: 'named', after: true }] },
    ]);
  });
});

describe('a role', () => {
  const ROLES: readonly (readonly [command: string, call: (name: string) => object, deleted: string])[] = [
    ['addRoleMembers', (name) => ({ name, members: ['cec'] }), 'role_unknown'],
    ['removeRoleMembers', (name) => ({ name, members: ['cec'] }), 'role_unknown'],
    ['deleteRole', (name) => ({ name }), 'role_unknown'],
    ['listRoles', (name) => ({ name }), 'taken'],
    ['listOwned', (role) => ({ role }), 'taken'],
  ];

  it.each(ROLES)('of %s is named in the same forms', async (command, params, deleted) => {
    const outcome = (name: string) => outcomeOf(command, { params: params(inFull(name)) });
    for (const name of ['curators', 'role:curators', 'id:<curators>', 'role:id:<curators>']) {
      expect([name, await outcome(name)]).toEqual([name, 'taken']);
    }
    for (const name of ['gone~<gone>', 'role:gone~<gone>'])
      expect([name, await outcome(name)]).toEqual([name, deleted]);
    for (const name of ['gone', 'Curators', 'nobody', 'id:nobody', 'cec', 'id:cec', 'role:']) {
      expect([name, await outcome(name)]).toEqual([name, 'role_unknown']);
    }
  });

  it.each(['role:x', 'id:x', 'x~00000000', ' x'])('cannot be called %s', async (name) => {
    expect(await house.refusal('boss', { command: 'createRole', params: { name } })).toBe('invalid_params');
  });
});

describe('the service itself', () => {
  it.each(['steward', 'id:steward', 'secret-key'])(
    'is found in the audit as %s, and can be given nothing',
    async (name) => {
      expect(await outcomeOf('getAudit', { params: { actor: name } })).toBe('taken');
      expect(await outcomeOf('addFriend', { user: name, params: { friend: 'ann' } })).toBe('user_unknown');
    },
  );
});

// Made by `npm run docs` from the catalogue of errors; do not edit.

/** The reasons of errors that this version of the service answers. A later one may have more. */
export type Reason =
  | 'parse_error'
  | 'too_big'
  | 'request_malformed'
  | 'encoding_unsupported'
  | 'media_type_unsupported'
  | 'invalid_request'
  | 'method_missing'
  | 'params_missing'
  | 'method_unknown'
  | 'method_malformed'
  | 'params_count'
  | 'body_too_slow'
  | 'rate_limited'
  | 'server_busy'
  | 'spool_full'
  | 'caller_gone'
  | 'token_missing'
  | 'token_blank'
  | 'token_invalid'
  | 'auth_refused'
  | 'auth_unavailable'
  | 'token_outdated'
  | 'token_expired'
  | 'session_missing'
  | 'session_unknown'
  | 'login_refused'
  | 'totp_required'
  | 'too_many_attempts'
  | 'secret_key_missing'
  | 'secret_key_wrong'
  | 'account_disabled'
  | 'account_closed'
  | 'delegation_nested'
  | 'username_conflict'
  | 'not_admin'
  | 'roles_unavailable'
  | 'command_malformed'
  | 'command_unknown'
  | 'rights_required'
  | 'reason_required'
  | 'policy_denied'
  | 'ticket_required'
  | 'proof_refused'
  | 'proof_unsupported'
  | 'totp_not_begun'
  | 'totp_not_set_up'
  | 'proofs_of_person'
  | 'passkeys_not_configured'
  | 'passkey_not_begun'
  | 'passkey_refused'
  | 'passkey_taken'
  | 'passkeys_too_many'
  | 'passkey_unknown'
  | 'reset_own_totp'
  | 'approval_needed'
  | 'approval_incomplete'
  | 'approval_unknown'
  | 'approval_state'
  | 'approval_differs'
  | 'approval_not_runnable'
  | 'approval_impossible'
  | 'approval_requests_full'
  | 'approver_unfit'
  | 'break_glass_refused'
  | 'break_glass_unreviewed'
  | 'break_glass_over'
  | 'break_glass_unknown'
  | 'reviewer_unfit'
  | 'command_not_allowed'
  | 'subject_not_allowed'
  | 'delegation_refused'
  | 'delegation_chain'
  | 'option_invalid'
  | 'idempotency_key_reused'
  | 'plan_stale'
  | 'audit_unavailable'
  | 'database_unavailable'
  | 'not_ready'
  | 'format_changed'
  | 'conflict_busy'
  | 'deadline_exceeded'
  | 'took_too_long'
  | 'outcome_unknown'
  | 'internal'
  | 'invalid_params'
  | 'not_sealed'
  | 'receipt_wrong'
  | 'size_unknown'
  | 'checkpoint_unfit'
  | 'log_damaged'
  | 'cursor_outdated'
  | 'user_null'
  | 'username_invalid'
  | 'user_unknown'
  | 'users_unavailable'
  | 'protected_admin'
  | 'last_admin'
  | 'exceeds_own_rights'
  | 'roles_delegated'
  | 'account_is_closed'
  | 'username_taken'
  | 'name_reserved'
  | 'id_reserved'
  | 'id_taken'
  | 'staff_unknown'
  | 'staff_name_unknown'
  | 'staff_name_taken'
  | 'staff_email_taken'
  | 'staff_fields_invalid'
  | 'gnode_data_invalid'
  | 'gnode_file_shared'
  | 'cross_site'
  | 'catalog_id_invalid'
  | 'catalog_type_unknown'
  | 'iiif_object_missing'
  | 'iiif_invalid'
  | 'iiif_fields_invalid'
  | 'iiif_object_taken'
  | 'iiif_ids_collide'
  | 'iiif_embedding_denied'
  | 'iiif_top_collection'
  | 'iiif_search_invalid'
  | 'role_unknown'
  | 'role_name_taken'
  | 'role_owns'
  | 'recipient_unfit'
  | 'same_owner'
  | 'not_the_owner'
  | 'already_reverted'
  | 'record_unknown'
  | 'record_pruned'
  | 'nothing_to_prune'
  | 'record_missing'
  | 'prune_unauthorized'
  | 'prune_running'
  | 'snapshot_changed'
  | 'record_not_revertible'
  | 'changed_since'
  | 'changed_meanwhile'
  | 'job_unknown'
  | 'job_state'
  | 'items_left'
  | 'resource_missing'
  | 'external_id_taken'
  | 'resource_not_empty'
  | 'resource_cycle'
  | 'owner_kind_not_allowed'
  | 'access_inherited'
  | 'owned_by_many'
  | 'not_all_deletable'
  | 'too_many_resources'
  | 'change_too_big'
  | 'params_type'
  | 'workspace_not_named'
  | 'workspace_name_invalid'
  | 'workspace_missing'
  | 'workspace_deleted'
  | 'workspace_locked'
  | 'workspace_name_taken'
  | 'already_owner'
  | 'permission_denied'
  | 'permission_unknown'
  | 'globalread_invalid'
  | 'metadata_invalid'
  | 'grant_outlasts'
  | 'grants_full'
  | 'typestring_invalid'
  | 'module_missing'
  | 'module_empty'
  | 'module_version_missing'
  | 'module_name_invalid'
  | 'module_registered'
  | 'module_exists'
  | 'module_requested'
  | 'module_requests_full'
  | 'module_not_requested'
  | 'module_not_initialized'
  | 'module_not_owned'
  | 'module_grant_denied'
  | 'last_module_owner'
  | 'spec_missing'
  | 'spec_invalid'
  | 'spec_refused'
  | 'modules_incompatible'
  | 'module_not_synchronized'
  | 'spec_unchanged'
  | 'spec_source_unlisted'
  | 'spec_unreachable'
  | 'type_service_refused'
  | 'type_service_unreachable'
  | 'type_service_outcome_unknown'
  | 'types_invalid'
  | 'module_moved'
  | 'function_missing'
  | 'function_unreleased'
  | 'type_missing'
  | 'type_md5_missing'
  | 'type_unreleased'
  | 'type_not_storable'
  | 'object_not_named'
  | 'object_name_invalid'
  | 'reference_invalid'
  | 'object_invalid'
  | 'object_reference_invalid'
  | 'object_missing'
  | 'object_deleted'
  | 'object_name_taken'
  | 'reference_path_broken'
  | 'reference_path_missing'
  | 'reference_search_limit'
  | 'subset_invalid'
  | 'clone_too_large'
  | 'full_rights_required'
  | 'data_too_much';

/** The reasons for which each command may be refused, beside those of every call. */
export interface CommandReasons {
  addAdmin: 'command_unknown' | 'invalid_params' | 'user_null' | 'username_invalid' | 'user_unknown' | 'protected_admin' | 'last_admin' | 'exceeds_own_rights' | 'roles_delegated' | 'role_unknown' | 'recipient_unfit';
  addFriend: 'invalid_params' | 'user_null' | 'user_unknown' | 'role_unknown' | 'recipient_unfit';
  addRoleMembers: 'invalid_params' | 'user_null' | 'user_unknown' | 'role_unknown' | 'recipient_unfit';
  addUser: 'username_conflict' | 'invalid_params' | 'user_null' | 'username_invalid' | 'exceeds_own_rights' | 'username_taken' | 'name_reserved' | 'id_reserved' | 'id_taken';
  alterWorkspaceMetadata: 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted' | 'workspace_locked' | 'permission_denied' | 'metadata_invalid';
  approve: 'approval_unknown' | 'approval_state' | 'approver_unfit';
  approveModRequest: 'account_is_closed' | 'module_registered' | 'module_not_requested';
  auditHash: never;
  breakGlass: 'break_glass_refused';
  cancelApproval: 'approval_unknown' | 'approval_state';
  cancelJob: 'job_unknown' | 'job_state';
  challengePasskey: 'proof_unsupported' | 'passkeys_not_configured';
  changeOwner: 'rate_limited' | 'server_busy' | 'spool_full' | 'caller_gone' | 'user_null' | 'user_unknown' | 'protected_admin' | 'last_admin' | 'role_unknown' | 'recipient_unfit' | 'same_owner' | 'not_the_owner' | 'record_missing' | 'prune_unauthorized' | 'snapshot_changed' | 'changed_meanwhile' | 'items_left' | 'resource_missing' | 'owner_kind_not_allowed' | 'too_many_resources' | 'workspace_name_invalid' | 'workspace_name_taken' | 'grants_full' | 'last_module_owner';
  changeOwnership: 'invalid_params' | 'user_null' | 'user_unknown' | 'role_unknown' | 'recipient_unfit' | 'resource_missing' | 'owner_kind_not_allowed' | 'workspace_name_invalid' | 'workspace_name_taken' | 'grants_full';
  confirmPasskey: 'proofs_of_person' | 'passkeys_not_configured' | 'passkey_not_begun' | 'passkey_refused' | 'passkey_taken' | 'passkeys_too_many';
  confirmTotp: 'proof_refused' | 'proof_unsupported' | 'totp_not_begun' | 'proofs_of_person';
  copyCatalogItem: 'invalid_params' | 'user_null' | 'user_unknown' | 'role_unknown' | 'recipient_unfit' | 'resource_missing' | 'external_id_taken' | 'resource_not_empty' | 'resource_cycle' | 'owner_kind_not_allowed' | 'owned_by_many' | 'not_all_deletable' | 'too_many_resources' | 'permission_denied';
  createAdmin: 'username_conflict' | 'username_invalid' | 'exceeds_own_rights' | 'name_reserved' | 'id_reserved' | 'staff_name_taken' | 'staff_email_taken' | 'staff_fields_invalid' | 'recipient_unfit';
  createFolder: 'invalid_params' | 'user_null' | 'user_unknown' | 'role_unknown' | 'recipient_unfit' | 'resource_missing' | 'external_id_taken' | 'owner_kind_not_allowed' | 'owned_by_many' | 'permission_denied';
  createIiifObject: 'invalid_params' | 'user_null' | 'user_unknown' | 'staff_name_unknown' | 'iiif_invalid' | 'iiif_fields_invalid' | 'iiif_object_taken' | 'iiif_ids_collide' | 'iiif_embedding_denied' | 'iiif_top_collection' | 'role_unknown' | 'recipient_unfit' | 'resource_missing' | 'owner_kind_not_allowed' | 'grants_full';
  createResource: 'invalid_params' | 'user_null' | 'user_unknown' | 'role_unknown' | 'recipient_unfit' | 'resource_missing' | 'external_id_taken' | 'owner_kind_not_allowed' | 'owned_by_many' | 'permission_denied';
  createRole: 'invalid_params' | 'user_null' | 'user_unknown' | 'role_unknown' | 'role_name_taken' | 'recipient_unfit';
  createStaff: 'username_conflict' | 'username_invalid' | 'exceeds_own_rights' | 'name_reserved' | 'id_reserved' | 'staff_name_taken' | 'staff_email_taken' | 'staff_fields_invalid' | 'recipient_unfit';
  createWorkspace: 'workspace_name_invalid' | 'workspace_name_taken' | 'globalread_invalid' | 'metadata_invalid';
  deleteIiifObject: 'invalid_params' | 'iiif_object_missing' | 'iiif_top_collection' | 'resource_missing' | 'resource_not_empty' | 'owned_by_many' | 'not_all_deletable' | 'too_many_resources' | 'permission_denied';
  deleteObjects: 'invalid_params' | 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted' | 'workspace_locked' | 'permission_denied' | 'object_not_named' | 'object_name_invalid' | 'reference_invalid' | 'object_missing' | 'object_deleted';
  deleteResource: 'invalid_params' | 'resource_missing' | 'resource_not_empty' | 'owned_by_many' | 'not_all_deletable' | 'too_many_resources' | 'permission_denied';
  deleteRole: 'user_null' | 'user_unknown' | 'role_unknown' | 'role_owns';
  deleteStaff: 'user_null' | 'user_unknown' | 'protected_admin' | 'last_admin' | 'exceeds_own_rights' | 'account_is_closed' | 'staff_unknown' | 'role_unknown';
  deleteUser: 'user_null' | 'user_unknown' | 'protected_admin' | 'last_admin' | 'exceeds_own_rights' | 'account_is_closed' | 'role_unknown';
  deleteWorkspace: 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted' | 'workspace_locked' | 'permission_denied';
  denyApproval: 'approval_unknown' | 'approval_state' | 'approver_unfit';
  denyModRequest: 'module_not_requested';
  disableUser: 'user_null' | 'user_unknown' | 'protected_admin' | 'last_admin' | 'exceeds_own_rights' | 'account_is_closed' | 'role_unknown';
  dropTickets: never;
  enableUser: 'user_null' | 'user_unknown' | 'exceeds_own_rights' | 'account_is_closed' | 'role_unknown';
  endSession: 'session_unknown' | 'invalid_params' | 'user_null' | 'user_unknown' | 'exceeds_own_rights' | 'account_is_closed' | 'role_unknown';
  enrolPasskey: 'token_invalid' | 'auth_refused' | 'auth_unavailable' | 'session_missing' | 'proof_refused' | 'proof_unsupported' | 'proofs_of_person' | 'passkeys_not_configured' | 'username_invalid';
  enrolTotp: 'token_invalid' | 'auth_refused' | 'auth_unavailable' | 'session_missing' | 'proof_refused' | 'proof_unsupported' | 'proofs_of_person' | 'passkeys_not_configured' | 'username_invalid';
  explain: never;
  exportAudit: 'snapshot_changed';
  getAcl: 'invalid_params' | 'resource_missing' | 'owned_by_many' | 'permission_denied';
  getApproval: 'approval_unknown';
  getAudit: 'user_null' | 'user_unknown' | 'role_unknown' | 'record_pruned';
  getCatalogAcl: 'invalid_params' | 'resource_missing' | 'owned_by_many' | 'permission_denied';
  getCatalogItem: 'invalid_params' | 'resource_missing' | 'owned_by_many' | 'permission_denied';
  getConfig: never;
  getJob: 'job_unknown';
  getObjectHistory: 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted' | 'permission_denied' | 'object_not_named' | 'object_name_invalid' | 'reference_invalid' | 'object_missing' | 'object_deleted';
  getObjectInfo: 'invalid_params' | 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted' | 'permission_denied' | 'object_not_named' | 'object_name_invalid' | 'reference_invalid' | 'object_missing' | 'object_deleted' | 'reference_path_broken' | 'reference_path_missing' | 'reference_search_limit';
  getObjects: 'invalid_params' | 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted' | 'permission_denied' | 'object_not_named' | 'object_name_invalid' | 'reference_invalid' | 'object_missing' | 'object_deleted' | 'reference_path_broken' | 'reference_path_missing' | 'reference_search_limit' | 'data_too_much';
  getPermissions: 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted';
  getPermissionsMass: 'invalid_params' | 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted';
  getResource: 'invalid_params' | 'resource_missing' | 'owned_by_many' | 'permission_denied';
  getTypeDelegationTarget: never;
  getWorkspaceDescription: 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted' | 'permission_denied';
  getWorkspaceInfo: 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted' | 'permission_denied';
  grantModuleOwnership: 'token_missing' | 'user_null' | 'username_invalid' | 'user_unknown' | 'role_unknown' | 'recipient_unfit' | 'module_missing' | 'module_not_owned' | 'module_grant_denied' | 'last_module_owner';
  hideObjects: 'invalid_params' | 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted' | 'workspace_locked' | 'permission_denied' | 'object_not_named' | 'object_name_invalid' | 'reference_invalid' | 'object_missing' | 'object_deleted';
  listAdmins: 'roles_delegated';
  listAllWorkspaces: 'user_null' | 'user_unknown' | 'role_unknown';
  listApprovals: never;
  listCatalog: 'invalid_params' | 'resource_missing';
  listCommands: never;
  listExpiring: 'user_null' | 'user_unknown' | 'role_unknown';
  listFriends: 'user_null' | 'user_unknown' | 'role_unknown';
  listJobs: never;
  listModRequests: never;
  listMyPrivileges: never;
  listMyTickets: never;
  listObjects: 'invalid_params' | 'user_null' | 'username_invalid' | 'user_unknown' | 'role_unknown' | 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted' | 'permission_denied' | 'metadata_invalid' | 'typestring_invalid';
  listOwned: 'invalid_params' | 'user_null' | 'user_unknown' | 'role_unknown';
  listResources: 'invalid_params' | 'user_null' | 'user_unknown' | 'role_unknown' | 'resource_missing' | 'owned_by_many' | 'permission_denied';
  listRoles: 'user_null' | 'user_unknown' | 'role_unknown';
  listSessions: 'user_null' | 'user_unknown' | 'role_unknown';
  listStaff: never;
  listUsers: 'user_null' | 'user_unknown' | 'role_unknown';
  listWorkspaceIDs: 'permission_unknown';
  listWorkspaceOwners: never;
  listWorkspaces: 'invalid_params' | 'user_null' | 'username_invalid' | 'user_unknown' | 'role_unknown' | 'permission_unknown' | 'metadata_invalid';
  lockWorkspace: 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted' | 'workspace_locked' | 'permission_denied';
  moveCatalogItem: 'invalid_params' | 'user_null' | 'user_unknown' | 'role_unknown' | 'recipient_unfit' | 'resource_missing' | 'external_id_taken' | 'resource_not_empty' | 'resource_cycle' | 'owner_kind_not_allowed' | 'owned_by_many' | 'not_all_deletable' | 'too_many_resources' | 'permission_denied';
  moveResource: 'invalid_params' | 'resource_missing' | 'resource_cycle' | 'owned_by_many' | 'too_many_resources' | 'permission_denied';
  offboard: 'invalid_params' | 'user_null' | 'user_unknown' | 'protected_admin' | 'last_admin' | 'exceeds_own_rights' | 'account_is_closed' | 'role_unknown' | 'recipient_unfit' | 'same_owner' | 'not_the_owner' | 'changed_meanwhile' | 'resource_missing' | 'owner_kind_not_allowed' | 'too_many_resources' | 'workspace_name_invalid' | 'workspace_name_taken' | 'grants_full' | 'last_module_owner';
  openTicket: 'token_invalid' | 'auth_refused' | 'auth_unavailable' | 'session_missing' | 'command_unknown' | 'proof_refused' | 'proof_unsupported' | 'passkeys_not_configured' | 'invalid_params' | 'username_invalid';
  pauseJob: 'job_unknown' | 'job_state';
  proveConsistency: 'size_unknown' | 'log_damaged';
  proveRecord: 'not_sealed' | 'receipt_wrong' | 'log_damaged' | 'record_unknown';
  pruneAudit: 'invalid_params' | 'nothing_to_prune' | 'prune_unauthorized' | 'prune_running' | 'snapshot_changed';
  reclaim: 'rate_limited' | 'server_busy' | 'spool_full' | 'caller_gone' | 'invalid_params' | 'user_null' | 'user_unknown' | 'protected_admin' | 'last_admin' | 'role_unknown' | 'recipient_unfit' | 'same_owner' | 'not_the_owner' | 'record_missing' | 'prune_unauthorized' | 'snapshot_changed' | 'changed_meanwhile' | 'items_left' | 'resource_missing' | 'owner_kind_not_allowed' | 'too_many_resources' | 'workspace_name_invalid' | 'workspace_name_taken' | 'grants_full' | 'last_module_owner';
  regenerateRecoveryCodes: 'token_invalid' | 'auth_refused' | 'auth_unavailable' | 'session_missing' | 'proof_refused' | 'proof_unsupported' | 'totp_not_set_up' | 'proofs_of_person' | 'passkeys_not_configured' | 'username_invalid';
  removeAdmin: 'user_null' | 'username_invalid' | 'user_unknown' | 'protected_admin' | 'last_admin' | 'exceeds_own_rights' | 'roles_delegated' | 'role_unknown';
  removeFriend: 'user_null' | 'user_unknown' | 'role_unknown';
  removeModuleOwnership: 'token_missing' | 'invalid_params' | 'user_null' | 'user_unknown' | 'role_unknown' | 'module_not_owned' | 'module_grant_denied' | 'last_module_owner';
  removePasskey: 'token_invalid' | 'auth_refused' | 'auth_unavailable' | 'session_missing' | 'proof_refused' | 'proof_unsupported' | 'proofs_of_person' | 'passkeys_not_configured' | 'passkey_unknown' | 'username_invalid';
  removeRoleMembers: 'user_null' | 'user_unknown' | 'role_unknown';
  removeTotp: 'token_invalid' | 'auth_refused' | 'auth_unavailable' | 'session_missing' | 'proof_refused' | 'proof_unsupported' | 'proofs_of_person' | 'passkeys_not_configured' | 'username_invalid';
  renameObject: 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted' | 'workspace_locked' | 'permission_denied' | 'object_not_named' | 'object_name_invalid' | 'reference_invalid' | 'object_missing' | 'object_deleted' | 'object_name_taken';
  renameUser: 'username_conflict' | 'user_null' | 'username_invalid' | 'user_unknown' | 'exceeds_own_rights' | 'account_is_closed' | 'username_taken' | 'name_reserved' | 'role_unknown';
  renameWorkspace: 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted' | 'workspace_locked' | 'workspace_name_taken' | 'permission_denied';
  resetTotp: 'reset_own_totp' | 'user_null' | 'user_unknown' | 'exceeds_own_rights' | 'account_is_closed' | 'role_unknown';
  resumeJob: 'job_unknown' | 'job_state';
  revert: 'username_conflict' | 'invalid_params' | 'user_null' | 'username_invalid' | 'user_unknown' | 'protected_admin' | 'last_admin' | 'exceeds_own_rights' | 'roles_delegated' | 'account_is_closed' | 'username_taken' | 'name_reserved' | 'role_unknown' | 'role_name_taken' | 'role_owns' | 'recipient_unfit' | 'record_unknown' | 'record_pruned' | 'record_not_revertible' | 'changed_since' | 'resource_missing' | 'external_id_taken' | 'resource_not_empty' | 'resource_cycle' | 'owner_kind_not_allowed' | 'too_many_resources' | 'workspace_locked' | 'workspace_name_taken' | 'metadata_invalid' | 'grants_full' | 'last_module_owner' | 'object_name_taken';
  revertJob: 'rate_limited' | 'server_busy' | 'spool_full' | 'caller_gone' | 'invalid_params' | 'user_null' | 'user_unknown' | 'protected_admin' | 'last_admin' | 'role_unknown' | 'recipient_unfit' | 'same_owner' | 'not_the_owner' | 'already_reverted' | 'record_pruned' | 'record_missing' | 'prune_unauthorized' | 'snapshot_changed' | 'changed_meanwhile' | 'job_unknown' | 'job_state' | 'items_left' | 'resource_missing' | 'owner_kind_not_allowed' | 'too_many_resources' | 'workspace_name_invalid' | 'workspace_name_taken' | 'grants_full' | 'last_module_owner';
  reviewBreakGlass: 'break_glass_unknown' | 'reviewer_unfit' | 'user_null' | 'user_unknown' | 'role_unknown';
  runApproved: never;
  saveObjects: 'rate_limited' | 'server_busy' | 'conflict_busy' | 'invalid_params' | 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted' | 'workspace_locked' | 'permission_denied' | 'metadata_invalid' | 'typestring_invalid' | 'module_missing' | 'module_version_missing' | 'spec_invalid' | 'spec_refused' | 'modules_incompatible' | 'type_service_refused' | 'type_service_unreachable' | 'type_missing' | 'type_unreleased' | 'type_not_storable' | 'object_not_named' | 'object_name_invalid' | 'reference_invalid' | 'object_invalid' | 'object_reference_invalid' | 'object_missing' | 'object_deleted' | 'reference_path_broken' | 'reference_path_missing' | 'reference_search_limit';
  setAcl: 'invalid_params' | 'user_null' | 'user_unknown' | 'role_unknown' | 'recipient_unfit' | 'resource_missing' | 'access_inherited' | 'owned_by_many' | 'too_many_resources' | 'workspace_locked' | 'permission_denied' | 'grant_outlasts' | 'grants_full';
  setAclMass: 'invalid_params' | 'user_null' | 'user_unknown' | 'role_unknown' | 'recipient_unfit' | 'resource_missing' | 'access_inherited' | 'owned_by_many' | 'too_many_resources' | 'workspace_locked' | 'permission_denied' | 'grant_outlasts' | 'grants_full';
  setConfig: 'invalid_params';
  setGlobalPermission: 'invalid_params' | 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted' | 'workspace_locked' | 'permission_denied' | 'permission_unknown';
  setOwnedBy: 'user_null' | 'user_unknown' | 'staff_name_unknown' | 'iiif_object_missing' | 'role_unknown' | 'recipient_unfit' | 'owner_kind_not_allowed' | 'grants_full';
  setPassword: 'username_conflict' | 'user_null' | 'user_unknown' | 'exceeds_own_rights' | 'account_is_closed' | 'name_reserved' | 'role_unknown';
  setPermissions: 'invalid_params' | 'user_null' | 'username_invalid' | 'user_unknown' | 'role_unknown' | 'recipient_unfit' | 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted' | 'permission_denied' | 'permission_unknown' | 'grant_outlasts' | 'grants_full';
  setWorkspaceDescription: 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted' | 'workspace_locked' | 'permission_denied';
  setWorkspaceOwner: 'invalid_params' | 'user_null' | 'username_invalid' | 'user_unknown' | 'role_unknown' | 'recipient_unfit' | 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted' | 'workspace_name_taken' | 'already_owner' | 'grants_full';
  undeleteObjects: 'invalid_params' | 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted' | 'workspace_locked' | 'permission_denied' | 'object_not_named' | 'object_name_invalid' | 'reference_invalid' | 'object_missing' | 'object_deleted';
  undeleteWorkspace: 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted' | 'workspace_locked';
  unhideObjects: 'invalid_params' | 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted' | 'workspace_locked' | 'permission_denied' | 'object_not_named' | 'object_name_invalid' | 'reference_invalid' | 'object_missing' | 'object_deleted';
  unlockWorkspace: 'workspace_not_named' | 'workspace_name_invalid' | 'workspace_missing' | 'workspace_deleted';
  updateCatalogAcl: 'invalid_params' | 'user_null' | 'user_unknown' | 'role_unknown' | 'recipient_unfit' | 'resource_missing' | 'access_inherited' | 'owned_by_many' | 'too_many_resources' | 'workspace_locked' | 'permission_denied' | 'grant_outlasts' | 'grants_full';
  updateIiifObject: 'invalid_params' | 'user_null' | 'user_unknown' | 'staff_name_unknown' | 'iiif_object_missing' | 'iiif_invalid' | 'iiif_fields_invalid' | 'iiif_object_taken' | 'iiif_ids_collide' | 'iiif_embedding_denied' | 'iiif_top_collection' | 'role_unknown' | 'recipient_unfit' | 'resource_missing' | 'owner_kind_not_allowed' | 'owned_by_many' | 'permission_denied' | 'grants_full';
  updateResource: 'invalid_params' | 'resource_missing' | 'external_id_taken' | 'owner_kind_not_allowed' | 'owned_by_many' | 'permission_denied';
  updateStaff: 'username_conflict' | 'user_null' | 'username_invalid' | 'user_unknown' | 'exceeds_own_rights' | 'account_is_closed' | 'username_taken' | 'name_reserved' | 'staff_unknown' | 'staff_name_taken' | 'staff_email_taken' | 'staff_fields_invalid' | 'role_unknown' | 'recipient_unfit';
  updateStaffPermissions: 'user_null' | 'user_unknown' | 'staff_name_unknown' | 'iiif_object_missing' | 'iiif_invalid' | 'role_unknown' | 'recipient_unfit' | 'owner_kind_not_allowed' | 'too_many_resources' | 'grants_full';
  verifyAudit: 'invalid_params' | 'size_unknown' | 'checkpoint_unfit' | 'snapshot_changed';
  verifyState: 'rate_limited' | 'server_busy' | 'spool_full' | 'caller_gone' | 'snapshot_changed';
}

/**
 * The catalogue of all errors that callers can get.
 *
 * The key of an entry is the stable, machine-readable `reason`. `code` is the JSON-RPC code in both envelopes. `kind`
 * is the class from which an HTTP dialect derives its status. `message` builds the text; KBase's own texts must stay
 * exactly as they are, since clients match on them. `advice` says what the caller can do.
 *
 * Any other exception is a bug, and is answered as `internal` with nothing but a request id.
 */

/** The class of an error, from which each HTTP dialect derives its status. */
export type ErrorKind = 'invalid' | 'unauthenticated' | 'forbidden' | 'notFound' | 'conflict' | 'busy' | 'internal';

interface Entry {
  /** KBase's code for errors of a method when absent. */
  readonly code?: number;
  readonly kind: ErrorKind;
  readonly message: Message<never>;
  readonly advice: string;
}

/** How a message is built. */
interface Message<A extends readonly unknown[]> {
  /** The names of the arguments that the message shows, in order. */
  readonly places: readonly string[];
  readonly text: (...args: A) => string;
}

/** A message as a template, whose placeholders name its arguments in order. */
function says<const P extends readonly string[]>(
  strings: TemplateStringsArray,
  ...places: P
): Message<{ readonly [K in keyof P]: string | number }> {
  return { places, text: (...args) => String.raw({ raw: strings }, ...args) };
}

const fixed = (message: string): Message<[]> => ({ places: [], text: () => message });

/** A message that a template cannot build. */
const built = <A extends readonly unknown[]>(places: readonly string[], text: (...args: A) => string): Message<A> => ({
  places,
  text,
});

export const catalogue = {
  // The envelope
  parse_error: {
    code: -32700,
    kind: 'invalid',
    message: says`Parse error (${'detail'})`,
    advice: 'Send one JSON object (or, in JSON-RPC 2.0, one batch) with the keys the envelope knows.',
  },
  too_big: {
    code: -32700,
    kind: 'invalid',
    message: says`Object is too big, length is more than ${'limit'} bytes`,
    advice:
      'Send less at a time, or send a valid token: anonymous callers may send less. The operator can raise max-body-bytes.',
  },
  request_malformed: {
    code: -32700,
    kind: 'invalid',
    message: says`The HTTP request is malformed: ${'detail'}`,
    advice: 'Send a request that follows RFC 9112, with exactly one Host header.',
  },
  encoding_unsupported: {
    code: -32700,
    kind: 'invalid',
    message: fixed('The body is compressed, which is not supported here'),
    advice: 'Send the body uncompressed, without Content-Encoding.',
  },
  media_type_unsupported: {
    code: -32700,
    kind: 'invalid',
    message: says`A body of the type ${'type'} is not supported`,
    advice: 'Send JSON, with Content-Type: application/json.',
  },
  invalid_request: {
    code: -32600,
    kind: 'invalid',
    message: says`Invalid request: ${'detail'}`,
    advice: 'Follow JSON-RPC 2.0; `administer` needs an id, because notifications get no answer.',
  },
  method_missing: {
    code: -32601,
    kind: 'invalid',
    message: fixed('JSON RPC method property is not defined'),
    advice: 'Name the method, such as Workspace.administer.',
  },
  params_missing: {
    code: -32601,
    kind: 'invalid',
    message: fixed('JSON RPC params property is not defined'),
    advice: 'Send params as a list, empty for a method that takes none.',
  },
  method_unknown: {
    code: -32601,
    kind: 'notFound',
    message: says`Can not find method [${'method'}] in server class us.kbase.workspace.WorkspaceServer`,
    advice: 'Check the spelling and the case; a name without a dot is taken as Workspace.<name>.',
  },
  method_malformed: {
    code: -32400,
    kind: 'invalid',
    message: fixed('Unexpected internal error (the method has an empty name)'),
    advice: 'Name the method, such as Workspace.administer.',
  },
  params_count: {
    code: -32602,
    kind: 'invalid',
    message: says`Wrong parameter count for method ${'method'}`,
    advice: 'Send exactly as many parameters as the method takes: one for administer, none for ver.',
  },
  http_get: {
    code: -32300,
    kind: 'invalid',
    message: fixed('HTTP GET not allowed.'),
    advice: 'Send a POST.',
  },
  body_too_slow: {
    kind: 'busy',
    message: says`The body came slower than ${'bytesPerSecond'} bytes per second`,
    advice: 'Send it without pauses, or ask the operator to lower min-body-bytes-per-second.',
  },
  rate_limited: {
    kind: 'busy',
    message: says`You make too many calls: try again in ${'seconds'} seconds`,
    advice:
      'Make fewer calls at the same time or in a minute, or ask the operator to raise max-calls-per-caller or ' +
      'max-calls-per-minute.',
  },
  server_busy: {
    kind: 'busy',
    message: says`The service is overloaded: try again in ${'seconds'} seconds`,
    advice: 'Try again after the time in the message.',
  },
  spool_full: {
    kind: 'busy',
    message: fixed('The temporary files of this job would take more than all temporary files may (max-spool-bytes)'),
    advice: 'Try again when fewer large bodies are arriving, or ask the operator to raise max-spool-bytes.',
  },
  caller_gone: {
    kind: 'busy',
    message: fixed('The caller disconnected before anything was done'),
    advice: 'Nothing was changed: call again, and wait for the answer.',
  },

  // Identity
  token_missing: {
    code: -32400,
    kind: 'unauthenticated',
    message: fixed(
      'Token validation failed: Authorization is required for this method but no credentials were provided',
    ),
    advice: 'Send the token in the Authorization header, bare or after "Bearer ".',
  },
  token_blank: {
    code: -32400,
    kind: 'unauthenticated',
    message: fixed('Token validation failed: token must be a non-whitespace string'),
    advice: 'Send the token in the Authorization header, bare or after "Bearer ".',
  },
  token_invalid: {
    code: -32400,
    kind: 'unauthenticated',
    message: fixed('Token validation failed: Auth service returned an error: 10020 Invalid token'),
    advice: 'Get a new token that this service trusts.',
  },
  auth_refused: {
    code: -32400,
    kind: 'unauthenticated',
    message: says`Token validation failed: Auth service returned an error: ${'said'}`,
    advice: 'The auth service does not accept this token; its message says why.',
  },
  auth_unavailable: {
    code: -32400,
    kind: 'busy',
    message: says`Token validation failed: ${'why'}`,
    advice: 'Try again in a moment; if that does not help, the operator must check the auth service.',
  },
  token_outdated: {
    code: -32400,
    kind: 'unauthenticated',
    message: fixed('Token validation failed: the account was renamed, closed or given another password since then'),
    advice: 'Log in again.',
  },
  token_expired: {
    code: -32400,
    kind: 'unauthenticated',
    message: fixed('Token validation failed: it has expired'),
    advice: 'Log in again.',
  },
  session_missing: {
    code: -32400,
    kind: 'unauthenticated',
    message: fixed('There is no such session, or it has ended'),
    advice: 'Log in again.',
  },
  session_unknown: {
    kind: 'notFound',
    message: says`There is no session ${'session'}, or it has ended`,
    advice: 'listSessions shows the sessions of a user, and Session.list those of the caller.',
  },
  login_refused: {
    code: -32400,
    kind: 'unauthenticated',
    message: fixed('Unable to log in with provided credentials.'),
    advice: 'Check name and password; an administrator may run setPassword.',
  },
  totp_required: {
    code: -32400,
    kind: 'unauthenticated',
    message: fixed('This account has an authenticator app: its code is needed too'),
    advice: 'Send the same call again with totp, the code that the app shows, or with a recoveryCode.',
  },
  too_many_attempts: {
    code: -32400,
    kind: 'busy',
    message: says`Too many attempts: try again in ${'seconds'} seconds`,
    advice: 'Wait for the time in the message.',
  },
  secret_key_missing: {
    code: -32400,
    kind: 'unauthenticated',
    message: fixed('Param secretKey is required.'),
    advice: 'Send the secret key that the operator configured (register-secret-key).',
  },
  secret_key_wrong: {
    code: -32400,
    kind: 'unauthenticated',
    message: fixed('Invalid secretKey provided.'),
    advice: 'Ask the operator for the secret key; without register-secret-key none is valid.',
  },
  account_disabled: {
    code: -32400,
    kind: 'unauthenticated',
    message: says`Token validation failed: the account ${'user'} is disabled`,
    advice: 'Ask an administrator to run enableUser.',
  },
  account_closed: {
    code: -32400,
    kind: 'unauthenticated',
    message: says`Token validation failed: the account ${'user'} is closed`,
    advice: 'A closed account does not come back; ask an administrator for a new one.',
  },
  delegation_nested: {
    code: -32400,
    kind: 'forbidden',
    message: fixed(
      'Token validation failed: a service may act for a user, but not through another service ' +
        '(the token has an act within its act)',
    ),
    advice: 'Get a token in which the service that calls is the only one that acts for the user.',
  },
  username_conflict: {
    code: -32400,
    kind: 'conflict',
    message: says`Token validation failed: the name ${'user'} belongs to another account, which this token cannot take over`,
    advice: 'Ask an administrator to rename or delete the account that holds the name.',
  },

  // The gate
  not_admin: {
    kind: 'forbidden',
    message: says`User ${'user'} is not an admin`,
    advice: 'Ask a full administrator to run addAdmin.',
  },
  roles_unavailable: {
    kind: 'busy',
    message: says`${'message'}`,
    advice: 'Try again in a moment; if that does not help, the operator must check the auth service.',
  },
  command_malformed: {
    kind: 'invalid',
    message: says`Unable to deserialize a workspace admin command from the input: ${'detail'}`,
    advice:
      'Send one object with the keys command, user, module, params, and the options reason, dryRun, idempotencyKey, plan, approval, runWhenApproved.',
  },
  command_unknown: {
    kind: 'notFound',
    message: says`I don't know how to process the command: ${'command'}`,
    advice: 'Check the spelling and the case; listCommands names them all.',
  },
  rights_required: {
    kind: 'forbidden',
    message: fixed('Full administration rights required for this command'),
    advice: 'Ask a full administrator to run it.',
  },
  reason_required: {
    kind: 'forbidden',
    message: says`The policy asks for a reason${'detail'} for ${'command'} (rule ${'rule'})`,
    advice: 'Send the key reason, beside command and params.',
  },
  policy_denied: {
    kind: 'forbidden',
    message: says`The policy does not let ${'user'} run ${'command'} in this way (rule ${'rule'})`,
    advice: 'Run explain with the same command and parameters, which says what the rules allow.',
  },
  ticket_required: {
    kind: 'forbidden',
    message: says`The policy asks for a ticket for ${'command'} (rule ${'rule'})${'detail'}`,
    advice: 'Run openTicket with the proof that the message names, and then this call again; steward sudo asks for it.',
  },
  proof_refused: {
    kind: 'forbidden',
    message: says`The proof was refused: ${'why'}`,
    advice: 'Send another proof; listMyTickets shows which proofs you have.',
  },
  proof_unsupported: {
    kind: 'forbidden',
    message: says`You cannot prove your identity with ${'proof'} here: ${'why'}`,
    advice: 'listMyTickets shows which proofs you have.',
  },
  totp_not_begun: {
    kind: 'conflict',
    message: fixed('There is no enrolment to confirm: none was begun in the last ten minutes'),
    advice: 'Begin one with enrolTotp, and confirm it with the first code of the app.',
  },
  totp_not_set_up: {
    kind: 'conflict',
    message: fixed('The account has no authenticator app'),
    advice: 'Set one up with enrolTotp and confirmTotp.',
  },
  proofs_of_person: {
    kind: 'forbidden',
    message: says`The service ${'service'} may not change the proofs of ${'user'}, for whom it acts`,
    advice: 'Call with a token of your own, without the service.',
  },
  passkeys_not_configured: {
    kind: 'invalid',
    message: fixed('There are no passkeys here'),
    advice: 'The operator must set webauthn-rp-id and webauthn-origins; use another proof.',
  },
  passkey_not_begun: {
    kind: 'conflict',
    message: fixed('No passkey is being added, or the time to confirm it is over'),
    advice: 'Run enrolPasskey, and answer within ten minutes.',
  },
  passkey_refused: {
    kind: 'invalid',
    message: says`The passkey was refused: ${'why'}`,
    advice: 'Run enrolPasskey again, in a browser on a page of this service.',
  },
  passkey_taken: {
    kind: 'conflict',
    message: fixed('This passkey is yours already'),
    advice: 'listMyTickets shows your passkeys.',
  },
  passkeys_too_many: {
    kind: 'conflict',
    message: says`You have ${'count'} passkeys, and cannot add another`,
    advice: 'Remove one that you no longer use with removePasskey.',
  },
  passkey_unknown: {
    kind: 'notFound',
    message: says`You have no passkey ${'id'}`,
    advice: 'listMyTickets shows your passkeys.',
  },
  reset_own_totp: {
    kind: 'forbidden',
    message: fixed('resetTotp is for others: nobody removes their own authenticator app without a proof'),
    advice: 'Run removeTotp, or ask another administrator to run resetTotp for you.',
  },
  approval_needed: {
    kind: 'forbidden',
    message: says`${'command'} needs approval (${'rule'}): the request ${'request'} ${'status'}`,
    advice:
      'Those who may decide run approve or denyApproval with the id of the request; then run it with runApproved, or send the same call again with the id as approval.',
  },
  approval_incomplete: {
    kind: 'forbidden',
    message: says`The request ${'request'} has ${'given'} of the ${'count'} approvals that the policy requires (${'rule'})`,
    advice: 'getApproval shows what is missing, and whose approval does not count any more.',
  },
  approval_unknown: {
    kind: 'notFound',
    message: says`There is no request ${'request'} that you made or may decide about`,
    advice: 'listApprovals shows those that there are.',
  },
  approval_state: {
    kind: 'conflict',
    message: says`The request ${'request'} is ${'state'} and cannot be ${'verb'}`,
    advice: 'getApproval shows what became of it. Send the call again to make another request.',
  },
  approval_differs: {
    kind: 'conflict',
    message: says`The request ${'request'} is for another call: ${'what'} differs`,
    advice: 'Send exactly the call that was approved, which getApproval shows, or run it with runApproved.',
  },
  approval_not_runnable: {
    kind: 'invalid',
    message: says`The call of the request ${'request'} cannot be run from what is stored: it has secrets or content in its parameters, or is too long`,
    advice: 'Send the same call again, with the id of the request as approval beside command and params.',
  },
  approval_impossible: {
    kind: 'forbidden',
    message: says`${'command'} needs approval (${'rule'}), but another service runs it, so that there is no plan to approve`,
    advice: 'Ask the operator to leave the command out of the rule, or run it at that service.',
  },
  approval_requests_full: {
    kind: 'conflict',
    message: says`The user ${'user'} has ${'count'} open requests for approval, which is the most that one may have`,
    advice: 'Withdraw some with cancelApproval, or wait until they are decided or expire.',
  },
  approver_unfit: {
    kind: 'forbidden',
    message: says`The administrator ${'user'} may not decide about the request ${'request'}: ${'why'}`,
    advice: 'Somebody else has to decide; getApproval shows who may.',
  },
  break_glass_refused: {
    kind: 'forbidden',
    message: says`The administrator ${'user'} may not break the glass: ${'why'}`,
    advice: 'Ask another administrator, or whoever writes the policy.',
  },
  break_glass_unreviewed: {
    kind: 'forbidden',
    message: says`The administrator ${'user'} broke the glass at ${'time'}, and nobody has reviewed it yet`,
    advice: 'Ask another full administrator to run reviewBreakGlass.',
  },
  break_glass_over: {
    kind: 'forbidden',
    message: says`The job was begun while the glass was broken, which ended at ${'time'}`,
    advice: 'Whoever meets what the policy requires can continue it with resumeJob.',
  },
  break_glass_unknown: {
    kind: 'notFound',
    message: says`The user ${'user'} has not broken the glass, or it was reviewed already`,
    advice: 'listAdmins with detail shows whose use of break-glass waits for a review.',
  },
  reviewer_unfit: {
    kind: 'forbidden',
    message: says`The administrator ${'user'} may not review the use of break-glass by ${'holder'}: ${'why'}`,
    advice: 'Another full administrator without limits has to review it, in person.',
  },
  command_not_allowed: {
    kind: 'forbidden',
    message: says`The administrator ${'user'} is limited to certain commands and may not run ${'command'}`,
    advice: 'listMyPrivileges shows what you may run.',
  },
  subject_not_allowed: {
    kind: 'forbidden',
    message: says`The administrator ${'user'} may not run ${'command'} as ${'subject'}`,
    advice: 'listMyPrivileges shows as whom you may act.',
  },
  delegation_refused: {
    kind: 'forbidden',
    message: says`The service ${'service'} may not act for ${'user'}`,
    advice: 'Ask a full administrator to run addAdmin for the service, with the user in `as`.',
  },
  delegation_chain: {
    kind: 'forbidden',
    message: says`The service ${'service'} acts for ${'user'} and may not act as ${'subject'} as well`,
    advice: 'Name the user for whom the service acts, or call with a token of your own.',
  },
  option_invalid: {
    kind: 'invalid',
    message: says`${'message'}`,
    advice: 'Send the option in the form that the message names.',
  },
  idempotency_key_reused: {
    kind: 'conflict',
    message: says`The idempotency key ${'key'} was already used for another call`,
    advice: 'Use a new key for a new call, and the same key only to repeat the very same call.',
  },
  plan_stale: {
    kind: 'conflict',
    message: built(
      ['changed'],
      (changed?: string) =>
        `The plan is stale: running the command now would not do what the plan showed. Nothing was changed.${changed === undefined ? '' : ` ${changed}`}`,
    ),
    advice: 'Run the command again with dryRun, look at the changes, and send the new plan.',
  },
  audit_unavailable: {
    kind: 'busy',
    message: fixed(
      'The audit record could not be confirmed: nothing was changed and no result is given, but a record of the call may exist',
    ),
    advice: 'Try again; if that does not help, the operator must check the database.',
  },
  database_unavailable: {
    kind: 'busy',
    message: fixed('The database cannot be reached right now'),
    advice: 'Try again in a moment. With an idempotencyKey, a repeated write is carried out only once.',
  },
  not_ready: {
    kind: 'busy',
    message: says`The service cannot answer yet: it is ${'state'}`,
    advice: 'Try again in a few seconds; GET /readyz answers with 200 once it is ready.',
  },
  format_changed: {
    kind: 'busy',
    message: fixed(
      'The database was migrated or restored, and this instance of the service stops; nothing was changed',
    ),
    advice: 'Try again in a few seconds, when an instance that knows the new format answers.',
  },
  conflict_busy: {
    kind: 'busy',
    message: fixed('Too many changes at once to the same data; nothing was changed'),
    advice: 'Try again in a moment.',
  },
  deadline_exceeded: {
    kind: 'busy',
    message: says`There was no answer within ${'seconds'} seconds; nothing was changed`,
    advice: 'Try again in a moment; GET /readyz tells whether the database answers.',
  },
  took_too_long: {
    kind: 'busy',
    message: says`It took longer than the ${'seconds'} seconds that the database gives to one change; nothing was changed`,
    advice: 'Repeat it when the service is less busy. If it takes too long again, change less in one call.',
  },
  outcome_unknown: {
    kind: 'busy',
    message: fixed('The database did not say whether the command was carried out'),
    advice:
      'Look it up with getAudit, or repeat the call with the same idempotencyKey, which never carries it out twice.',
  },
  internal: {
    code: -32400,
    kind: 'internal',
    message: says`Unexpected internal error (request ${'requestId'})`,
    advice: 'Give the request id to the operator.',
  },

  // Parameters
  invalid_params: {
    kind: 'invalid',
    message: says`${'message'}`,
    advice: 'Correct the field that the message names.',
  },
  not_sealed: {
    kind: 'conflict',
    message: says`The audit record ${'record'} is not sealed yet`,
    advice: 'Records are sealed within seconds: try again. If that does not help, look at the log of the service.',
  },
  receipt_wrong: {
    kind: 'conflict',
    message: says`The audit record ${'record'} in the log has another hash than the receipt`,
    advice: 'Compare the hash with the receipt. If it is right, the record was changed: run verifyAudit.',
  },
  size_unknown: {
    kind: 'invalid',
    message: says`There is no checkpoint of ${'size'} records: the log has ${'records'}`,
    advice: 'Take the sizes from checkpoints of this log.',
  },
  checkpoint_unfit: {
    kind: 'invalid',
    message: says`The checkpoint cannot be compared with this log: ${'why'}`,
    advice: 'Send the signed note as the service gave it, with all its lines.',
  },
  log_damaged: {
    kind: 'conflict',
    message: says`The log of the audit is damaged: ${'why'}`,
    advice: 'Run verifyAudit, which says where.',
  },
  cursor_outdated: {
    kind: 'invalid',
    message: fixed('The database no longer keeps what was committed since this cursor was given'),
    advice: 'Begin again without a cursor, with `from` set to the time of the last record that you have.',
  },
  user_null: {
    kind: 'invalid',
    message: fixed('User may not be null'),
    advice: 'Name the user in the key `user` of the command object.',
  },
  username_invalid: {
    kind: 'invalid',
    message: says`${'message'}`,
    advice: 'Check the spelling of the user name.',
  },
  user_unknown: {
    kind: 'notFound',
    /** All unknown names are arguments, since the gate looks them up together. */
    message: built(['user'], (user: string, ..._others: string[]) => `User ${user} is not a valid user`),
    advice: 'Check the spelling; addUser makes a user known before the first sign-in.',
  },
  users_unavailable: {
    kind: 'busy',
    message: says`Could not contact Authorization Service host to validate user names: ${'why'}`,
    advice: 'Try again in a moment; if that does not help, the operator must check the auth service.',
  },

  // Admins and the directory
  protected_admin: {
    kind: 'forbidden',
    message: says`The administrator ${'user'} is named in the configuration file and cannot be removed, disabled or demoted here`,
    advice: 'Take the name out of ws-admin in deploy.cfg and restart the service.',
  },
  last_admin: {
    kind: 'conflict',
    message: fixed('This would leave the service without an active full administrator whose right does not expire'),
    advice: 'Make somebody else a full administrator first.',
  },
  exceeds_own_rights: {
    kind: 'forbidden',
    message: says`The administrator ${'user'} may not give, change or take away rights beyond their own`,
    advice: 'Ask an administrator without limits.',
  },
  roles_delegated: {
    kind: 'forbidden',
    message: fixed('This operation is delegated to the KBase Authentication service'),
    advice: 'Admin roles come from the token here: change them where the token is issued.',
  },
  account_is_closed: {
    kind: 'conflict',
    message: says`The account ${'user'} is closed`,
    advice: 'A closed account does not come back: addUser makes a new one.',
  },
  username_taken: {
    kind: 'conflict',
    message: says`User ${'user'} already exists`,
    advice: 'Choose another name.',
  },
  name_reserved: {
    kind: 'conflict',
    message: says`The name ${'user'} is reserved for ${'whose'}`,
    advice:
      'Choose another name. Users that the configuration file names are registered when they first sign in with a token.',
  },
  id_reserved: {
    kind: 'conflict',
    message: says`The id ${'id'} is reserved for the service itself or for roles`,
    advice: 'Leave the id out: the first token with the name then claims the user.',
  },
  id_taken: {
    kind: 'conflict',
    message: says`A user with the id ${'id'} already exists`,
    advice: 'listUsers shows who holds the id.',
  },

  // Staff
  staff_unknown: {
    kind: 'notFound',
    message: says`User with id '${'id'}' does not exist.`,
    advice: 'listStaff shows the ids.',
  },
  staff_name_unknown: {
    kind: 'notFound',
    message: says`User with username '${'name'}' does not exist.`,
    advice: 'Check the spelling; createStaff makes an account.',
  },
  staff_name_taken: {
    kind: 'conflict',
    message: fixed('User with username already exists.'),
    advice: 'Choose another name.',
  },
  staff_email_taken: {
    kind: 'conflict',
    message: fixed('User with email already exists.'),
    advice: 'Give another address, or none.',
  },
  staff_fields_invalid: {
    kind: 'invalid',
    message: built(
      ['sentences'],
      (sentences: string, _fields?: Readonly<Record<string, readonly string[]>>) => sentences,
    ),
    advice: 'Correct the fields that the message names.',
  },

  // G-Node
  gnode_data_invalid: {
    kind: 'invalid',
    message: says`${'message'}`,
    advice: 'Send safety_level 1, 2 or 3, and in shared_with users with 1 (read) or 2 (read and write).',
  },
  gnode_file_shared: {
    kind: 'invalid',
    message: built(
      ['file', 'users'],
      (file: string, users: number) =>
        `${file} is shared with ${users === 1 ? 'a user' : `${users} users`}, and is deleted only with force=true`,
    ),
    advice: 'Send force=true, or withdraw the shares first.',
  },
  cross_site: {
    code: -32400,
    kind: 'forbidden',
    message: says`A page of ${'origin'} may not act for the user who is logged in here`,
    advice: 'Send the request from a page of this service, or from no page at all.',
  },

  // Oracle's catalog
  catalog_id_invalid: {
    kind: 'invalid',
    message: says`The id ${'id'} is not base64url (UTF-8, without padding)`,
    advice: 'Encode the object id as base64url without padding.',
  },
  catalog_type_unknown: {
    kind: 'invalid',
    message: says`There is no type ${'type'}`,
    advice: 'GET /api/20210901/catalog lists the types.',
  },

  // IIIF
  iiif_object_missing: {
    kind: 'notFound',
    message: says`${'message'}`,
    advice: 'Check the @id, or search for the object.',
  },
  iiif_invalid: {
    kind: 'invalid',
    message: says`${'message'}`,
    advice: 'Correct what the message names.',
  },
  iiif_fields_invalid: {
    kind: 'invalid',
    message: built(
      ['sentences'],
      (sentences: string, _fields?: Readonly<Record<string, readonly string[]>>) => sentences,
    ),
    advice: 'Correct the fields that the message names.',
  },
  iiif_object_taken: {
    kind: 'conflict',
    message: says`There is already an object with @id '${'atId'}'.`,
    advice: 'Change the existing object, or choose another @id.',
  },
  iiif_ids_collide: {
    kind: 'invalid',
    message: says`The @ids '${'first'}' and '${'second'}' are different, but both would become '${'path'}' here.`,
    advice:
      'Give each object an @id that ends in /{identifier}/{type}/{name}, with a name of its own, or leave the @id out to get a new name.',
  },
  iiif_embedding_denied: {
    kind: 'forbidden',
    message: says`You may not write to '${'atId'}', so you cannot make it part of another object.`,
    advice: 'Ask an administrator of staff, or leave it out.',
  },
  iiif_top_collection: {
    kind: 'conflict',
    message: says`${'message'}`,
    advice: 'The top level collection has all objects without a parent, and cannot be changed.',
  },
  iiif_search_invalid: {
    kind: 'invalid',
    message: fixed('The search query format is invalid.'),
    advice: 'Search a type of IIIF object by ownedBy, label, or another field of it with text.',
  },

  // Roles
  role_unknown: {
    kind: 'notFound',
    message: says`Role ${'role'} does not exist`,
    advice: 'Check the spelling; listRoles shows every role, createRole makes one.',
  },
  role_name_taken: {
    kind: 'conflict',
    message: says`Role ${'role'} already exists`,
    advice: 'Choose another name, or use addRoleMembers.',
  },
  role_owns: {
    kind: 'conflict',
    message: says`Role ${'role'} still owns ${'what'}`,
    advice: 'Give what it owns to somebody else first (changeOwner).',
  },

  // Ownership and jobs
  recipient_unfit: {
    kind: 'conflict',
    message: says`${'who'} cannot be given anything: ${'why'}`,
    advice: 'Name an account that is not closed, or run enableUser first if it is disabled.',
  },
  same_owner: {
    kind: 'invalid',
    message: says`${'who'} is both the present owner and the receiver`,
    advice: 'Name another to give it to.',
  },
  not_the_owner: {
    kind: 'conflict',
    message: says`${'who'} does not own ${'what'}`,
    advice: 'Look up who owns it with getResource, and name that owner.',
  },
  already_reverted: {
    kind: 'conflict',
    message: says`The job ${'job'} was already reverted by the job ${'by'} (audit record ${'record'})`,
    advice: 'Nothing was changed. To undo that, run revertJob with the id of that job.',
  },
  record_unknown: {
    kind: 'notFound',
    message: says`There is no audit record ${'record'}`,
    advice: 'Take the id from a receipt or from getAudit.',
  },
  record_pruned: {
    kind: 'notFound',
    message: says`The text of ${'what'} was removed by pruneAudit`,
    advice: 'A receipt of it still proves that it was in the log: see proveRecord.',
  },
  nothing_to_prune: {
    kind: 'conflict',
    message: says`No further records were sealed before ${'before'}`,
    advice: 'Whole segments are pruned: give a later instant, or wait until the records are sealed.',
  },
  record_missing: {
    kind: 'conflict',
    message: says`The record ${'record'} is not in the database, so that no snapshot of the records can be made`,
    advice: 'Somebody has removed it past the service. verifyAudit shows all that are missing.',
  },
  prune_unauthorized: {
    kind: 'conflict',
    message: fixed('The database account of the service may not delete audit records, and so cannot prune them'),
    advice:
      'Let the operator set audit-prune-user and audit-prune-pwd: an account that has no other use and may remove from the collection audit.',
  },
  prune_running: {
    kind: 'conflict',
    message: says`The job ${'job'} prunes the audit already`,
    advice: 'Wait until it has ended (getJob), or end it with cancelJob.',
  },
  snapshot_changed: {
    kind: 'conflict',
    message: says`The snapshot ${'snapshot'} of the pruned records was changed: ${'why'}`,
    advice:
      'Somebody has changed it past the service. Restore it from a backup: without it, nothing says what the pruned records said.',
  },
  record_not_revertible: {
    kind: 'conflict',
    message: says`The record ${'record'} of ${'command'} cannot be reverted: ${'why'}`,
    advice:
      'Nothing was changed. Look at the record with getAudit, and make the changes that you want with other commands.',
  },
  changed_since: {
    kind: 'conflict',
    message: says`The record ${'record'} of ${'command'} cannot be reverted: ${'what'} has changed since, and its ${'field'} is ${'found'} instead of ${'expected'}`,
    advice:
      'Nothing was changed. Revert the later change first, or make the change that you want with another command.',
  },
  changed_meanwhile: {
    kind: 'conflict',
    message: says`${'what'} has changed meanwhile and was left as it is`,
    advice: 'Check it, and change it separately if necessary.',
  },
  job_unknown: {
    kind: 'notFound',
    message: says`There is no job ${'job'}`,
    advice: 'listJobs shows every job.',
  },
  job_state: {
    kind: 'conflict',
    message: says`The job ${'job'} is ${'state'} and cannot be ${'verb'}`,
    advice: 'getJob shows how far it is.',
  },
  items_left: {
    kind: 'conflict',
    message: says`${'count'} resources of ${'user'} could not be moved, so the account is not closed`,
    advice: 'getJob with items shows which and why: change these, then run resumeJob.',
  },

  // Resources
  resource_missing: {
    kind: 'notFound',
    message: says`There is no ${'what'}`,
    advice: 'Check the id and the type; listResources shows what there is.',
  },
  external_id_taken: {
    kind: 'conflict',
    message: says`There is already a resource of type ${'type'} with the id ${'externalId'}`,
    advice: 'An external id is unique within its type: choose another, or use the resource that has it.',
  },
  resource_not_empty: {
    kind: 'conflict',
    message: says`${'what'} has ${'children'} below it`,
    advice: 'Delete or move what is below it first, or delete it with `recursive`.',
  },
  resource_cycle: {
    kind: 'conflict',
    message: says`${'what'} cannot be a child of ${'parent'}, which is below it`,
    advice: 'Choose another parent.',
  },
  owner_kind_not_allowed: {
    kind: 'invalid',
    message: says`${'message'}`,
    advice: 'Name an owner of the kind, and as many, as the message says.',
  },
  access_inherited: {
    kind: 'invalid',
    message: says`${'what'} has no rights of its own: they come from ${'parent'}`,
    advice: 'Change the rights of the resource that the message names.',
  },
  owned_by_many: {
    kind: 'forbidden',
    message: says`${'what'} is owned by several: none of them may delete it alone`,
    advice: 'Ask an administrator.',
  },
  not_all_deletable: {
    kind: 'forbidden',
    message: says`${'who'} may not delete ${'what'} below ${'root'}; nothing was deleted`,
    advice: 'Move what belongs to others elsewhere first, or ask an administrator to delete all of it.',
  },
  too_many_resources: {
    kind: 'invalid',
    message: says`${'what'} would reach more than ${'max'} resources`,
    advice: 'Start further down in the tree, or set a depth.',
  },
  change_too_big: {
    kind: 'invalid',
    message: says`${'detail'}; nothing was changed`,
    advice:
      'Change less in one call: fewer resources, grants or objects, or one part of a branch at a time. One grant to a role can replace many to users.',
  },

  // Workspaces
  params_type: {
    code: -32602,
    kind: 'invalid',
    message: says`Wrong type of parameter 0 for method ${'method'} (${'detail'})`,
    advice: 'Send the parameter in the shape that the documentation of the method shows.',
  },
  workspace_not_named: {
    kind: 'invalid',
    message: says`${'message'}`,
    advice: 'Give either the name or the id of the workspace.',
  },
  workspace_name_invalid: {
    kind: 'invalid',
    message: says`${'message'}`,
    advice: 'Use 1 to 255 of A-Z a-z 0-9 _ . - and at most one : after the name of the owner; not an integer.',
  },
  workspace_missing: {
    kind: 'notFound',
    message: says`No workspace with ${'by'} ${'given'} exists`,
    advice: 'Check the name or id; listAllWorkspaces shows every workspace.',
  },
  workspace_deleted: {
    kind: 'notFound',
    message: says`Workspace ${'given'} is deleted`,
    advice: 'An administrator may run undeleteWorkspace.',
  },
  workspace_locked: {
    kind: 'conflict',
    message: says`The workspace with id ${'number'}, name ${'name'}, is locked and may not be modified`,
    advice: 'Only an administrator can unlock it, with unlockWorkspace.',
  },
  workspace_name_taken: {
    kind: 'conflict',
    message: says`${'message'}`,
    advice: 'Choose another name; the name of a deleted workspace stays taken.',
  },
  already_owner: {
    kind: 'conflict',
    message: says`${'user'} already owns workspace ${'given'}`,
    advice: 'Nothing needs to be done; renameWorkspace changes only the name.',
  },
  permission_denied: {
    kind: 'forbidden',
    message: says`${'message'}`,
    advice: 'Ask the owner, or an administrator.',
  },
  permission_unknown: {
    kind: 'invalid',
    message: says`No such permission: ${'permission'}`,
    advice: 'Use n (none), r (read), w (write) or a (administer).',
  },
  globalread_invalid: {
    kind: 'invalid',
    message: fixed('globalread must be n or r'),
    advice: 'Use n (only those with a permission may read it) or r (everybody may).',
  },
  metadata_invalid: {
    kind: 'invalid',
    message: says`${'message'}`,
    advice: 'Shorten the metadata: 900 bytes for a key and its value, 16,000 for all of it as JSON.',
  },
  grant_outlasts: {
    kind: 'forbidden',
    message: says`Your own right to share ${'resource'} ends at ${'end'}: what you give cannot last longer`,
    advice: 'Give an earlier expires, or none: then it ends with your right. An owner can give it for longer.',
  },
  grants_full: {
    kind: 'conflict',
    message: says`A resource can have at most ${'max'} grants`,
    advice: 'Grant to a role, and make the users members of it.',
  },
  // Modules of types
  typestring_invalid: {
    kind: 'invalid',
    message: says`${'message'}`,
    advice: 'Name a type as Module.Type, Module.Type-1 or Module.Type-1.0.',
  },
  module_missing: {
    kind: 'notFound',
    message: says`Module doesn't exist: ${'module'}`,
    advice: 'list_modules names every module.',
  },
  module_empty: {
    kind: 'notFound',
    message: says`Module wasn't uploaded: ${'module'}`,
    advice: 'An owner of the module has to run register_typespec.',
  },
  module_version_missing: {
    kind: 'notFound',
    message: says`There is no information about module ${'module'} for version ${'version'}`,
    advice: 'list_module_versions shows the versions.',
  },
  module_name_invalid: {
    kind: 'invalid',
    message: says`${'message'}`,
    advice: 'Use 1 to 255 of A-Z a-z 0-9 _.',
  },
  module_registered: {
    kind: 'conflict',
    message: says`Module ${'module'} was already registered`,
    advice: 'Ask an owner of the module, whom get_module_info shows, to run grant_module_ownership.',
  },
  module_exists: {
    kind: 'conflict',
    message: says`${'module'} module already exists`,
    advice: 'Ask an owner of the module, whom get_module_info shows, to run grant_module_ownership.',
  },
  module_requested: {
    kind: 'conflict',
    message: says`Registration of module ${'module'} was already requested`,
    advice: 'An administrator decides with approveModRequest or denyModRequest.',
  },
  module_requests_full: {
    kind: 'conflict',
    message: says`User ${'user'} has maximal count of requests: ${'max'}`,
    advice: 'Wait until an administrator has decided about some of them.',
  },
  module_not_requested: {
    kind: 'notFound',
    message: says`There is no request for module ${'module'}`,
    advice: 'listModRequests shows the pending requests.',
  },
  module_not_initialized: {
    kind: 'notFound',
    message: says`Module ${'module'} was not initialized. For that you must request ownership of the module, and your request must be approved.`,
    advice: 'Run request_module_ownership; an administrator then runs approveModRequest.',
  },
  module_not_owned: {
    kind: 'forbidden',
    message: says`User ${'user'} is not in list of owners of module ${'module'}`,
    advice: 'Ask an owner of the module, or an administrator, to run grant_module_ownership.',
  },
  module_grant_denied: {
    kind: 'forbidden',
    message: says`User ${'user'} can not change privileges for module ${'module'}`,
    advice: 'Ask an owner with the grant option, or an administrator.',
  },
  last_module_owner: {
    kind: 'conflict',
    message: says`This would leave module ${'module'} without an owner who can make others owners`,
    advice: 'Grant the ownership with with_grant_option to somebody else first.',
  },
  spec_missing: {
    kind: 'invalid',
    message: fixed('Must provide either a spec or module name'),
    advice: 'Send the specification in spec, or in mod the name of a module whose newest one is to be compiled again.',
  },
  spec_invalid: {
    kind: 'invalid',
    message: says`Unexpected error during spec-file parsing: ${'why'}`,
    advice: 'Correct the specification where the message says.',
  },
  spec_refused: {
    kind: 'invalid',
    message: says`${'message'}`,
    advice: 'Correct what the message names in the specification.',
  },
  modules_incompatible: {
    kind: 'conflict',
    message: says`${'message'}`,
    advice:
      'Name in dependencies versions that include each other, or register and release the included modules again, so that ' +
      'all of them include the same version.',
  },
  module_not_synchronized: {
    kind: 'notFound',
    message: says`Can not find local module ${'module'} synchronized with external version ${'version'} (md5=${'md5'})`,
    advice: 'Copy that version of the included module first, and release it.',
  },
  spec_unchanged: {
    kind: 'conflict',
    message: says`There is no difference between previous and current versions of module ${'module'}`,
    advice: 'Nothing needs to be done.',
  },
  spec_source_unlisted: {
    kind: 'forbidden',
    message: fixed('Specifications are copied only from the services that the operator names in typespec-copy-sources'),
    advice: 'Ask the operator to name the URL there, or send the specification itself with register_typespec.',
  },
  spec_unreachable: {
    kind: 'busy',
    message: says`The workspace service at ${'url'} returned no specification`,
    advice: 'Check that the module is there; the cause is in the log of the service, under the id of the request.',
  },
  type_service_refused: {
    kind: 'invalid',
    message: says`${'message'}`,
    advice: 'The service that has the modules of types says why; getTypeDelegationTarget names it.',
  },
  type_service_unreachable: {
    kind: 'busy',
    message: says`Could not contact the type service at ${'url'}: ${'why'}`,
    advice: 'Try again in a moment; if that does not help, the operator must check that service.',
  },
  type_service_outcome_unknown: {
    kind: 'busy',
    message: says`The call was sent to the type service at ${'url'}, and it is not known whether it was carried out: ${'why'}`,
    advice: 'Look at that service (get_module_info, list_modules) before you repeat the call.',
  },
  types_invalid: {
    kind: 'invalid',
    message: says`${'message'}`,
    advice: 'get_module_info shows the types that are registered.',
  },
  module_moved: {
    kind: 'conflict',
    message: says`Concurrent modification: previous module version is ${'is'} (but should be ${'should'})`,
    advice: 'Look at what the newest version changed, and register again with it in prev_ver.',
  },
  function_missing: {
    kind: 'notFound',
    message: built(
      ['func', 'version'],
      (func: string, version?: string) =>
        `Unable to locate function: '${func}'${version === undefined ? '' : ` for version ${version}`}`,
    ),
    advice: 'get_module_info names the functions of a module.',
  },
  function_unreleased: {
    kind: 'forbidden',
    message: fixed(
      "This function wasn't released yet and you should be an owner to access unreleased version information",
    ),
    advice: 'An owner of the module has to run release_module.',
  },
  type_missing: {
    kind: 'notFound',
    message: says`Unable to locate type: ${'type'}`,
    advice: 'list_all_types shows the newest released version of every type.',
  },
  type_md5_missing: {
    kind: 'invalid',
    message: says`MD5 part is not defined for type ${'type'}`,
    advice: 'Name the type as Module.Type-<md5>, the form that translate_to_MD5_types answers.',
  },
  type_unreleased: {
    kind: 'forbidden',
    message: fixed("This type wasn't released yet and you should be an owner to access unreleased version information"),
    advice: 'An owner of the module has to run release_module.',
  },
  type_not_storable: {
    kind: 'invalid',
    message: fixed("Data of type other than structure couldn't be stored in workspace"),
    advice: 'Name a type that is a structure.',
  },
  // Objects
  object_not_named: {
    kind: 'invalid',
    message: says`${'message'}`,
    advice: 'Give the workspace and the object each by name or by id, or only a reference.',
  },
  object_name_invalid: {
    kind: 'invalid',
    message: says`${'message'}`,
    advice: 'Use 1 to 255 of A-Z a-z 0-9 _ | . -; not an integer.',
  },
  reference_invalid: {
    kind: 'invalid',
    message: says`${'message'}`,
    advice: 'Write a reference as workspace/object or workspace/object/version.',
  },
  object_invalid: {
    kind: 'invalid',
    message: says`${'message'}`,
    advice: 'Correct the object that the message names; nothing was saved.',
  },
  object_reference_invalid: {
    kind: 'invalid',
    message: says`${'message'}`,
    advice: 'Refer to objects that the user can read, of a type that is allowed there; nothing was saved.',
  },
  object_missing: {
    kind: 'notFound',
    message: says`${'message'}`,
    advice: 'Check the name or id; listObjects shows what is there.',
  },
  object_deleted: {
    kind: 'notFound',
    message: says`${'object'} has been deleted`,
    advice: 'Users who may write to the workspace can run undelete_objects.',
  },
  object_name_taken: {
    kind: 'conflict',
    message: says`${'message'}`,
    advice: 'Choose another name; the name of a deleted object stays taken.',
  },
  reference_path_broken: {
    kind: 'notFound',
    message: says`${'message'}`,
    advice: 'Give a path in which each object refers to the next, or find_reference_path.',
  },
  reference_path_missing: {
    kind: 'forbidden',
    message: says`${'message'}`,
    advice: 'Nothing that can be read refers to the object: ask for access to its workspace.',
  },
  reference_search_limit: {
    kind: 'conflict',
    message: fixed('Reached reference search limit'),
    advice: 'Too many objects refer to this one: give the path.',
  },
  subset_invalid: {
    kind: 'invalid',
    message: says`${'message'}`,
    advice: 'Give paths into the data such as /features/[*]/id, or leave out strict_maps and strict_arrays.',
  },
  clone_too_large: {
    kind: 'conflict',
    message: says`The workspace has ${'count'} versions of objects; at most ${'max'} can be cloned at once`,
    advice: 'Exclude objects from the clone, and copy them with copy_object.',
  },
  full_rights_required: {
    kind: 'forbidden',
    message: fixed('Full workspace serivce administrator permissions are required to alter object metadata'),
    advice: 'Ask a full administrator to run it.',
  },
  data_too_much: {
    kind: 'invalid',
    message: says`${'message'}`,
    advice: 'Ask for fewer objects at once, or with no_data.',
  },
} as const satisfies Record<string, Entry>;

/** The stable, machine-readable name of an error. */
export type Reason = keyof typeof catalogue;

const METHOD_ERROR = -32500;
const TOKEN_PREFIX = 'Token validation failed: ';

/** The JSON-RPC code of an error. */
export function codeOf(reason: Reason): number {
  const { code = METHOD_ERROR }: Entry = catalogue[reason];
  return code;
}

/**
 * A problem that the operator can solve, at the start or on the command line. The message says how. Callers of the
 * service never get one.
 */
export class OperatorError extends Error {}

/** An error that is safe to show to the caller. */
export class StewardError extends Error {
  readonly reason: Reason;
  readonly code: number;
  readonly kind: ErrorKind;
  /** More than KBase's fixed message says, for `error.data` of JSON-RPC 2.0 and the log. */
  readonly detail: string | undefined;
  /** The arguments of the message. */
  readonly args: readonly unknown[];

  /** Use {@link refuse}, which checks the message's arguments. */
  constructor(
    reason: Reason,
    message: string,
    {
      args,
      detail,
      code = codeOf(reason),
    }: Pick<StewardError, 'args' | 'detail'> & Partial<Pick<StewardError, 'code'>>,
  ) {
    super(message);
    this.name = 'StewardError';
    this.reason = reason;
    this.code = code;
    this.kind = catalogue[reason].kind;
    this.detail = detail;
    this.args = args;
  }

  /** The same error with a prefix to its message, such as which item of a list it is about. */
  of(item: string): StewardError {
    return new StewardError(this.reason, `${item}${this.message}`, this);
  }

  /** The same error about a token that came as a parameter instead of in the header. KBase words and numbers it otherwise. */
  ofTokenParameter(): StewardError {
    const { args, detail } = this;
    return new StewardError(this.reason, this.message.replace(TOKEN_PREFIX, ''), { args, detail, code: METHOD_ERROR });
  }

  /** The same error, with a detail. */
  because(detail: string): StewardError {
    return new StewardError(this.reason, this.message, { args: this.args, code: this.code, detail });
  }
}

/** Makes, but does not throw, the error of this reason; `args` are the arguments of its message. */
export function refuse<R extends Reason>(
  reason: R,
  ...args: Parameters<(typeof catalogue)[R]['message']['text']>
): StewardError {
  const { text }: Message<never> = catalogue[reason].message;
  return new StewardError(reason, text(...(args as never)), { args, detail: undefined });
}

/** About how long a start or a short migration takes. */
const START_SECONDS = 5;

/** The seconds after which the call may be repeated; undefined if the error does not say. */
export function retryAfter({ reason, args }: StewardError): number | undefined {
  switch (reason) {
    case 'too_many_attempts':
    case 'rate_limited':
    case 'server_busy':
      return Number(args[0]);
    case 'not_ready':
    case 'format_changed':
      return START_SECONDS;
    default:
      return undefined;
  }
}

/** The request for approval that a refused call left. */
export const requestIn = ({ reason, args }: StewardError): string | undefined =>
  reason === 'approval_needed' ? String(args[2]) : undefined;

/** The error for invalid fields. */
export function fieldsInvalid(wrong: Readonly<Record<string, readonly string[]>>): StewardError {
  const sentences = Object.entries(wrong).map(([field, each]) => `${field}: ${each.join(' ')}`);
  return refuse('staff_fields_invalid', sentences.join(' '), wrong);
}

// Made by `npm run generate` from schemas/. Do not edit: a test makes it anew and compares.
import { handle } from './handle.ts';

/**
 * The one parameter of `administer`.
 */
export interface CommandObject {
  /**
   * The command's name.
   */
  command?: string | null;
  /**
   * What it means, the command says.
   */
  user?: string | null;
  module?: string | null;
  /**
   * The command's parameters.
   */
  params?: {
    [k: string]: unknown;
  };
  /**
   * Why; kept in the audit record.
   */
  reason?: string;
  /**
   * true: do everything, answer with the changes and their plan, and undo it.
   */
  dryRun?: boolean;
  /**
   * A repeated call with the same key is carried out once and answered alike, for 24 hours.
   */
  idempotencyKey?: string;
  /**
   * The plan of a dry run: the write is refused unless it would do exactly that.
   */
  plan?: string;
}

/**
 * The keys of deploy.cfg. A list is written with commas.
 */
export interface DeployConfig {
  /**
   * The TCP port to listen on; 0 takes any free one.
   */
  port: number;
  /**
   * The IP address or host name to listen on. 0.0.0.0 or :: listens on every address of the host.
   */
  "listen-address": string;
  /**
   * The public URL, as callers see it; used in the examples that are printed at start.
   */
  "service-url"?: string;
  /**
   * The full administrators that no command can remove: user names, or id:SUBJECT for a token's subject. When mongodb-host, auth2-service-url or auth-jwks-url is set, the default is none. Ignored when roles come from the token.
   */
  "ws-admin": string[];
  /**
   * The root URL of the KBase auth service, which then says whose an opaque token is. https, or http on a loopback address. With it and no key for JSON Web Tokens, its tokens are the only ones; with both, what has the form of a signed token goes to the key. The service does not start unless it answers.
   */
  "auth2-service-url"?: string;
  /**
   * Token roles that make their holder a read-only administrator: those in a JSON Web Token, the custom roles that the KBase auth service names. With this or the next key set, only the token's roles make administrators.
   */
  "auth2-ws-admin-read-only-roles": string[];
  /**
   * Token roles that make their holder a full administrator.
   */
  "auth2-ws-admin-full-roles": string[];
  /**
   * The file with the secret of HS256 tokens: its text, without one line break at its end; 32 bytes or more. Only one of this key and the next two. With none of them, nor auth2-service-url, the service makes a signing key of its own in data-dir.
   */
  "auth-jwt-secret-file"?: string;
  /**
   * The PEM file with the public key of RS256 (RSA, 2048 bits or more), ES256 (EC P-256) or EdDSA (Ed25519) tokens.
   */
  "auth-jwt-public-key-file"?: string;
  /**
   * The URL of the JWK Set with the public keys of RS256, ES256 or EdDSA tokens, in place of a file: https, or http on a loopback address. Keys that are published or withdrawn there count within five minutes; while it is away, those last seen are trusted for one hour. The service does not start unless it answers.
   */
  "auth-jwks-url"?: string;
  /**
   * The issuer (iss) that every token must name; not checked when not set.
   */
  "auth-jwt-issuer"?: string;
  /**
   * The audience (aud) that every token must name; not checked when not set.
   */
  "auth-jwt-audience"?: string;
  /**
   * The folder of the embedded MongoDB and of the service's own signing key, relative to the working directory.
   */
  "data-dir": string;
  /**
   * MongoDB: host:port (several with commas), or a mongodb:// or mongodb+srv:// URI. A replica set or a sharded cluster. When not set, the service runs an embedded MongoDB in data-dir.
   */
  "mongodb-host"?: string;
  /**
   * The name of the MongoDB database.
   */
  "mongodb-database": string;
  /**
   * The MongoDB account, with readWrite on the database. Needs mongodb-pwd.
   */
  "mongodb-user"?: string;
  /**
   * The password of mongodb-user; better in the environment, as STEWARD_MONGODB_PWD. In the file a backslash is written twice.
   */
  "mongodb-pwd"?: string;
  /**
   * Whether MongoDB retries a write once after a network error; false for servers that cannot.
   */
  "mongodb-retrywrites": boolean;
  /**
   * The URL of the workspace service to which types are delegated; getTypeDelegationTarget answers with it.
   */
  "type-delegation-target"?: string;
  /**
   * true: what a former user owned goes to the user whom the same issuer gave the same name since, under another id; the next cycle in the background does it, as a recorded job. Also taken from the environment as CHANGE_OWNERSHIP_OF_CHANGED_USER_IDS. false: it stays, and an administrator can reclaim it.
   */
  "change-ownership-of-changed-user-ids": boolean;
  /**
   * true: the client's address is the socket's, whatever X-Forwarded-For and X-Real-IP say. Also written dont_trust_x_ip_headers.
   */
  "dont-trust-x-ip-headers": boolean;
  /**
   * The largest request body, in bytes.
   */
  "max-body-bytes": number;
  /**
   * What is logged: error, warn, info or debug, each with those before it.
   */
  "log-level": "error" | "warn" | "info" | "debug";
  /**
   * How long requests in flight may take to finish once the service is told to stop, in seconds.
   */
  "shutdown-grace-seconds": number;
}

/**
 * What a dry run answers.
 */
export interface DryRun {
  changes: RecordedChange[];
  plan: string;
  /**
   * For a job: how many items it would take.
   */
  total?: number;
  types?: PlannedCount[];
  /**
   * For a job: what would become of each item; `changes` are those of the items shown.
   */
  items?: PlannedItem[];
  /**
   * The cursor of the next page; absent on the last.
   */
  next?: string;
}

/**
 * What happened to one document.
 */
export interface RecordedChange {
  collection: string;
  id: string;
  op: "insert" | "update" | "remove";
  /**
   * The document that was removed.
   */
  before?: {
    [k: string]: unknown;
  };
  /**
   * The document that was inserted.
   */
  after?: {
    [k: string]: unknown;
  };
  fields?: {
    path: string;
    before?: unknown;
    after?: unknown;
  }[];
}

export interface PlannedCount {
  type: string;
  total: number;
}

export interface PlannedItem {
  id: string;
  type: string;
  name?: string;
  outcome: "moved" | "failed" | "skipped";
  reason?: string;
}

export type AdminRoleName = "full" | "readOnly";

/**
 * An instant as RFC 3339 has it, such as 2027-01-31T12:00:00Z.
 */
export type Instant = string;

/**
 * The command, or the full name of the method.
 */
export type CommandName = string;

/**
 * A user's name; `name~<short id>` for a former one.
 */
export type UserName = string;

export interface AddAdmin {
  /**
   * Absent or empty: full and unlimited, as KBase has it.
   */
  params: {
    role?: AdminRoleName;
    expires?: Instant;
    /**
     * The only commands the new admin may run.
     *
     * @minItems 1
     * @maxItems 200
     */
    commands?: CommandName[];
    /**
     * true: for a service that has these rights only where it acts for somebody with a delegated token, and none of its own.
     */
    delegatedOnly?: boolean;
    /**
     * The only users the new admin may act as, or for with a delegated token; role:NAME stands for whoever has that role in the delegated token. With it, a command that acts as admin must stand in `commands`.
     *
     * @minItems 1
     * @maxItems 1000
     */
    as?: UserName[];
  };
  result: null;
}

export interface AddFriend {
  params: {
    friend: UserName;
  };
  result: Friend;
}

export interface Friend {
  friend: UserName;
  /**
   * Who lets the other read what is for friends.
   */
  agreed: "both" | "user" | "friend";
}

export interface AddRoleMembers {
  params: {
    /**
     * 1 to 100 characters; `name~<short id>` for a former role.
     */
    name: string;
    /**
     * @minItems 1
     * @maxItems 10000
     */
    members: UserName[];
  };
  result: ApplicationRole;
}

export interface ApplicationRole {
  /**
   * 1 to 100 characters; `name~<short id>` for a former role.
   */
  name: string;
  id: string;
  /**
   * How many members it has.
   */
  size: number;
  /**
   * Their names, in order; where one role is asked for.
   *
   * @maxItems 10000
   */
  members?: UserName[];
  created: Instant;
}

export type UserKind = "person" | "staff" | "service";

export type UserKind1 = "person" | "staff" | "service";

/**
 * pending: made known by name, not yet claimed by a token; former: closed for ever.
 */
export type UserState = "pending" | "active" | "disabled" | "former";

export interface AddUser {
  params: {
    /**
     * The `sub` of the user's tokens, where it is known already.
     */
    id?: string;
    /**
     * Where the user is written to.
     */
    email?: string;
    kind?: UserKind;
  };
  result: User;
}

/**
 * A user as the directory shows it.
 */
export interface User {
  user: UserName;
  /**
   * Immutable: rights are bound to it.
   */
  id: string;
  kind: UserKind;
  state: UserState;
  email?: string;
  /**
   * The `sub` of its tokens.
   */
  subject?: string;
  issuer?: string;
  created: Instant;
  closed?: Instant;
}

/**
 * The job's id, as it was answered when it began.
 */
export type JobId = string;

/**
 * The command that began it; changedUserIds: the service itself.
 */
export type JobKindName = "changeOwner" | "reclaim" | "changedUserIds" | "offboard" | "revertJob";

/**
 * failed: it cannot go on as things are, and says why; resumeJob has it try again.
 */
export type JobStateName = "running" | "paused" | "done" | "failed" | "cancelled";

export interface CancelJob {
  params: {
    id: JobId;
  };
  result: JobView;
}

export interface JobView {
  job: JobId;
  kind: JobKindName;
  state: JobStateName;
  /**
   * The administrator, or the service that acted for one.
   */
  by: string;
  for?: string;
  reason?: string;
  /**
   * Whose things, as it was called then.
   */
  from?: string;
  to?: string;
  total: number;
  moved: number;
  /**
   * Those that could not be moved; getJob with items says why.
   */
  failed: number;
  /**
   * Those that were gone, or had another owner, when they were reached.
   */
  skipped: number;
  types: JobTypeCount[];
  /**
   * Why it failed.
   */
  error?: {
    reason: string;
    message: string;
  };
  /**
   * The job that this one takes back.
   */
  reverts?: string;
  revertedBy?: string;
  started: Instant;
  finished?: Instant;
}

export interface JobTypeCount {
  type: string;
  total: number;
  moved: number;
  failed: number;
  skipped: number;
}

/**
 * A user's name, name~SHORT ID of a former one, role:NAME, or id:ID.
 */
export type PartyName = string;

/**
 * A type of KBase, Oracle Analytics, IIIF, Image Artist or G-Node, in the word of that system.
 */
export type ResourceTypeName =
  | "workspace"
  | "folders"
  | "workbooks"
  | "subjectAreas"
  | "datasets"
  | "connections"
  | "dataflows"
  | "models"
  | "sequences"
  | "analysis"
  | "reports"
  | "dashboards"
  | "dashboardpages"
  | "dashboardgroupfolders"
  | "scripts"
  | "collection"
  | "manifest"
  | "sequence"
  | "canvas"
  | "annotation"
  | "list"
  | "range"
  | "layer"
  | "screen"
  | "plate"
  | "measurement"
  | "resultFile"
  | "analysisFile"
  | "assayDefinitionFile"
  | "annotationFile"
  | "section"
  | "property"
  | "value"
  | "datafile"
  | "block"
  | "segment"
  | "event"
  | "eventarray"
  | "epoch"
  | "epocharray"
  | "spike"
  | "spiketrain"
  | "analogsignal"
  | "irsaanalogsignal"
  | "analogsignalarray"
  | "recordingchannelgroup"
  | "recordingchannel"
  | "unit";

/**
 * What the old owner has of it afterwards: keep, the right to administer it; read; drop, nothing. When absent, keep for workspaces and drop for all others.
 */
export type PreviousOwnerName = "keep" | "read" | "drop";

export interface ChangeOwner {
  params: {
    from: PartyName;
    to: PartyName;
    /**
     * Only resources of these types.
     *
     * @minItems 1
     * @maxItems 100
     */
    types?: ResourceTypeName[];
    /**
     * Only these resources: their ids, or the ones that their own system has.
     *
     * @minItems 1
     * @maxItems 10000
     */
    ids?: string[];
    /**
     * Only those with a name like this, where * stands for any run of characters.
     */
    name?: string;
    /**
     * Only this resource (its id) and what hangs below it.
     */
    under?: string;
    previousOwner?: PreviousOwnerName;
    page?: PlanPage;
  };
  result: JobView;
}

/**
 * Which part of its plan a dry run shows; the plan is of all of it.
 */
export interface PlanPage {
  /**
   * The `next` of the page before.
   */
  cursor?: string;
  /**
   * 100 when absent.
   */
  limit?: number;
}

export type AccountTypeName = "User" | "ApplicationRole";

export interface ChangeOwnership {
  params: {
    type: ResourceTypeName;
    /**
     * The resource's id, or the one that its own system has.
     */
    id: string;
    accountType: AccountTypeName;
    /**
     * The user's name or id:ID, or the role's name.
     */
    owner: string;
    previousOwner?: PreviousOwnerName;
  };
  result: ChangedOwnership;
}

export interface ChangedOwnership {
  id: string;
  type: string;
  accountType: AccountTypeName;
  owner: string;
  /**
   * false: it had this owner already.
   */
  changed: boolean;
}

export type ResourceName = string;

/**
 * The identifier of the resource in its own system, unique within its type.
 */
export type ExternalId = string;

/**
 * The id that Steward gave it. A resource is named by it, or by `type` and `externalId`.
 */
export type ResourceId = string;

/**
 * The name of a user or of a role, or `id:` and the id.
 */
export type AccountName = string;

/**
 * Who may read it without a grant: everybody, the friends of its owners, nobody.
 */
export type VisibilityName = "public" | "friendly" | "private";

/**
 * Who may read it without a grant: everybody, the friends of its owners, nobody.
 */
export type VisibilityName1 = "public" | "friendly" | "private";

export interface CreateResource {
  params: {
    type: ResourceTypeName;
    name: ResourceName;
    externalId?: ExternalId;
    /**
     * What it hangs below, in order.
     *
     * @maxItems 100
     */
    parents?: ResourceId[];
    /**
     * Absent: who makes it, where its type needs an owner.
     *
     * @maxItems 1000
     */
    owners?: ResourceOwner[];
    visibility?: VisibilityName;
    /**
     * What else its system keeps of it: any JSON, up to 1,000,000 bytes; null for nothing.
     */
    data?: {} | unknown[] | string | number | boolean | null;
  };
  result: ResourceView;
}

export interface ResourceOwner {
  accountType: AccountTypeName;
  owner: AccountName;
  /**
   * Of the user or role; given in answers.
   */
  id?: string;
}

export interface ResourceView {
  id: ResourceId;
  type: ResourceTypeName;
  name: ResourceName;
  externalId?: ExternalId;
  /**
   * What it hangs below, in order.
   */
  parents: ResourceId[];
  owners: ResourceOwner[];
  visibility: VisibilityName;
  stamp?: ResourceStamp;
  /**
   * What else its system keeps of it: any JSON.
   */
  data?: {} | unknown[] | string | number | boolean | null;
  created: Instant;
  modified: Instant;
}

/**
 * Who made it, as it was called then: it stays, whoever owns it.
 */
export interface ResourceStamp {
  id: string;
  name: string;
}

export interface CreateRole {
  params: {
    /**
     * 1 to 100 characters; `name~<short id>` for a former role.
     */
    name: string;
    /**
     * @maxItems 10000
     */
    members?: UserName[];
  };
  result: ApplicationRole;
}

/**
 * id, name, owner, time of the last change, highest object id, the permission of the user, the global permission, the lock, the metadata.
 *
 * @minItems 9
 * @maxItems 9
 */
export type WorkspaceInfo = [
  number,
  string,
  string,
  KBaseTimestamp,
  number,
  KBasePermission,
  KBaseGlobalPermission,
  KBaseLockState,
  KBaseUserMetadata
];

/**
 * An instant such as 2026-11-23T18:05:07+0000. Taken also with Z, +HH:MM and up to three decimals of a second.
 */
export type KBaseTimestamp = string;

/**
 * n: none, r: read, w: write, a: administer. An owner shows as a.
 */
export type KBasePermission = "n" | "r" | "w" | "a";

/**
 * r: everybody may read it.
 */
export type KBaseGlobalPermission = "n" | "r";

/**
 * published: locked and readable by everybody.
 */
export type KBaseLockState = "unlocked" | "locked" | "published";

export interface CreateWorkspace {
  params: CreateWorkspaceParams;
  result: WorkspaceInfo;
}

export interface CreateWorkspaceParams {
  /**
   * The name: 1 to 255 of A-Z a-z 0-9 _ : . -, not an integer; before a : stands the owner's name.
   */
  workspace?: string;
  /**
   * n (when absent) or r.
   */
  globalread?: string;
  /**
   * Cut at 1,000 characters.
   */
  description?: string;
  meta?: KBaseUserMetadata;
}

/**
 * A key and its value together take 900 bytes at most, all of them as JSON 16,000.
 */
export interface KBaseUserMetadata {
  [k: string]: string;
}

export interface DeleteResource {
  params: {
    id?: ResourceId;
    type?: ResourceTypeName;
    externalId?: ExternalId;
    /**
     * Also everything below it that hangs below nothing else.
     */
    recursive?: boolean;
  };
  result: {
    /**
     * What is gone, the resource itself first.
     */
    deleted: ResourceId[];
    /**
     * What hung below it and also hangs below something else, and stays there.
     */
    detached: ResourceId[];
  };
}

export interface DeleteRole {
  params: {
    /**
     * 1 to 100 characters; `name~<short id>` for a former role.
     */
    name: string;
  };
  result: ApplicationRole;
}

export interface DeleteUser {
  /**
   * None: whatever is sent is ignored, as KBase does.
   */
  params: {};
  result: User;
}

export interface DeleteWorkspace {
  params: WorkspaceIdentity;
  result: null;
}

/**
 * One workspace: exactly one of the two.
 */
export interface WorkspaceIdentity {
  /**
   * The name; or else `id`.
   */
  workspace?: string;
  /**
   * The number; or else `workspace`.
   */
  id?: number;
}

export interface DisableUser {
  /**
   * None: whatever is sent is ignored, as KBase does.
   */
  params: {};
  result: User;
}

export interface EnableUser {
  /**
   * None: whatever is sent is ignored, as KBase does.
   */
  params: {};
  result: User;
}

/**
 * Not needed to withdraw.
 */
export type GrantLevelName = "read" | "write" | "admin";

export interface GetAcl {
  params: {
    id?: ResourceId;
    type?: ResourceTypeName;
    externalId?: ExternalId;
  };
  result: ResourceAcl;
}

/**
 * Who may do what with a resource.
 */
export interface ResourceAcl {
  id: ResourceId;
  type: ResourceTypeName;
  externalId?: ExternalId;
  owners: ResourceOwner[];
  visibility: VisibilityName;
  grants: ResourceGrant[];
}

export interface ResourceGrant {
  accountType: AccountTypeName;
  account: AccountName;
  level: GrantLevelName1;
  /**
   * Of the user or role; given in answers.
   */
  id?: string;
}

/**
 * A user's name; `name~<short id>` for a former one.
 */
export type UserName1 = string;

/**
 * The user acted as.
 */
export type UserName2 = string;

/**
 * What became of it.
 */
export type OutcomeName = "success" | "denied" | "failed" | "dryRun" | "replayed";

/**
 * Before this instant.
 */
export type Instant1 = string;

/**
 * An instant as RFC 3339 has it, such as 2027-01-31T12:00:00Z.
 */
export type Instant2 = string;

export type OutcomeName1 = "success" | "denied" | "failed" | "dryRun" | "replayed";

export interface GetAudit {
  /**
   * All that are given must hold. `from` is included, `to` is not.
   */
  params: {
    actor?: UserName;
    onBehalfOf?: UserName1;
    subject?: UserName2;
    command?: CommandName;
    outcome?: OutcomeName;
    /**
     * `<collection>/<id>`, as records name it.
     */
    resource?: string;
    /**
     * The id of one record, as receipts name it.
     */
    record?: string;
    from?: Instant;
    to?: Instant1;
    /**
     * true: the newest first, in place of the oldest.
     */
    newestFirst?: boolean;
    /**
     * The `next` of the page before.
     */
    cursor?: string;
    /**
     * 100 when absent.
     */
    limit?: number;
  };
  result: {
    records: AuditEntry[];
    /**
     * The cursor of the next page; absent on the last.
     */
    next?: string;
  };
}

export interface AuditEntry {
  /**
   * The id that receipts name.
   */
  record: string;
  /**
   * SHA-256 of the record.
   */
  hash: string;
  at: Instant2;
  via: "command" | "method" | "job" | "signIn";
  command: string;
  outcome: OutcomeName1;
  /**
   * The reason it was refused for.
   */
  error?: string;
  actor: NamedUser;
  onBehalfOf?: NamedUser1;
  subject?: NamedUser;
  authority: "user" | "admin" | "service";
  /**
   * As validated; secrets are replaced by an HMAC.
   */
  params?: {
    [k: string]: unknown;
  };
  paramsDigest?: string;
  reason?: string;
  rule?: string;
  /**
   * The record of the call that a repeated one was answered with.
   */
  original?: string;
  changes: RecordedChange[];
  /**
   * What the changes do not show, such as what was left out.
   */
  remarks?: string[];
  resources: string[];
  requestId: string;
  address: string;
}

/**
 * The service that acts for you with this token: what is shown is what both may.
 */
export interface NamedUser {
  id: string;
  name: string;
}

/**
 * A user as a record names it: the name is the one held at that time.
 */
export interface NamedUser1 {
  id: string;
  name: string;
}

export interface GetConfig {
  /**
   * None: whatever is sent is ignored, as KBase does.
   */
  params: {};
  result: {
    config: {
      "backend-file-retrieval-scaling": number;
    };
  };
}

export interface GetJob {
  params: {
    id: JobId;
    /**
     * Lists the items too, a page at a time.
     */
    items?: {
      /**
       * Only those that came to this; open: not reached yet.
       */
      outcome?: "moved" | "failed" | "skipped" | "open";
      /**
       * The `next` of the page before.
       */
      cursor?: string;
      /**
       * 100 when absent.
       */
      limit?: number;
    };
  };
  result: JobWithItems;
}

export interface JobWithItems {
  job: JobId;
  kind: JobKindName;
  state: JobStateName;
  /**
   * The administrator, or the service that acted for one.
   */
  by: string;
  for?: string;
  reason?: string;
  /**
   * Whose things, as it was called then.
   */
  from?: string;
  to?: string;
  total: number;
  moved: number;
  /**
   * Those that could not be moved; getJob with items says why.
   */
  failed: number;
  /**
   * Those that were gone, or had another owner, when they were reached.
   */
  skipped: number;
  types: JobTypeCount[];
  /**
   * Why it failed.
   */
  error?: {
    reason: string;
    message: string;
  };
  /**
   * The job that this one takes back.
   */
  reverts?: string;
  revertedBy?: string;
  started: Instant;
  finished?: Instant;
  items?: JobItem[];
  next?: string;
}

export interface JobItem {
  id: string;
  type: string;
  outcome: "moved" | "failed" | "skipped" | "open";
  reason?: string;
}

export interface GetPermissions {
  params: WorkspaceIdentity;
  result: KBasePermissions;
}

/**
 * By user name; * for everybody.
 */
export interface KBasePermissions {
  [k: string]: KBasePermission;
}

export interface GetPermissionsMass {
  params: {
    /**
     * At most 1,000.
     */
    workspaces?: (WorkspaceIdentity | null)[];
    /**
     * A workspace that is missing, deleted or badly named gives null in `perms`, and its error in `errors`, instead of failing the call. 0 or 1.
     */
    ignoreErrors?: number;
  };
  result: {
    perms: (KBasePermissions | null)[];
    /**
     * Only with `ignoreErrors`.
     */
    errors?: (ItemError | null)[];
  };
}

/**
 * Why one item of many failed; the reason is the one that a call for it alone would fail with.
 */
export interface ItemError {
  reason: string;
  message: string;
}

export interface GetResource {
  params: {
    id?: ResourceId;
    type?: ResourceTypeName;
    externalId?: ExternalId;
  };
  result: ResourceView;
}

export interface GetTypeDelegationTarget {
  /**
   * None: whatever is sent is ignored, as KBase does.
   */
  params: {};
  result: {
    delegateTarget: string | null;
  };
}

export interface GetWorkspaceDescription {
  params: WorkspaceIdentity;
  result: string | null;
}

export interface GetWorkspaceInfo {
  params: WorkspaceIdentity;
  result: WorkspaceInfo;
}

export interface ListAdmins {
  params: {
    /**
     * true: not only the names.
     */
    detail?: boolean;
  };
  /**
   * Names; with `detail` one object an admin.
   */
  result: string[] | AdminListing[];
}

export interface AdminListing {
  user: string;
  id?: string;
  role: AdminRoleName;
  /**
   * config: named in deploy.cfg and protected.
   */
  source: "config" | "roster";
  /**
   * unknown: nobody of this name has been seen yet.
   */
  state: "pending" | "active" | "disabled" | "former" | "unknown";
  /**
   * The only commands it may run; absent: all.
   */
  commands?: string[];
  /**
   * The only users it may act as or for, and as role:NAME whom of a role it may act for; absent: all.
   */
  as?: string[];
  /**
   * true: it has these rights only where it acts for somebody with a delegated token.
   */
  delegatedOnly?: boolean;
  expires?: Instant;
  addedAt?: Instant;
  addedBy?: string;
}

/**
 * The `next` of the page before.
 */
export type Cursor = string;

export interface ListAllWorkspaces {
  /**
   * All that are given must hold. `after` is included, `before` is not; both mean the last change, and without `owner` and `prefix` list by it.
   */
  params: {
    owner?: UserName;
    /**
     * The beginning of the name; then listed by name instead of by id.
     */
    prefix?: string;
    /**
     * Absent: all, deleted ones included.
     */
    state?: "active" | "deleted" | "locked" | "public";
    after?: Instant;
    before?: Instant;
    cursor?: Cursor;
    /**
     * 100 when absent.
     */
    limit?: number;
  };
  result: {
    workspaces: WorkspaceListing[];
    next?: Cursor;
  };
}

/**
 * A workspace as an administrator sees it.
 */
export interface WorkspaceListing {
  id: number;
  name: string;
  owner: string;
  moddate: KBaseTimestamp;
  max_objid: number;
  globalread: KBaseGlobalPermission;
  lockstat: KBaseLockState;
  deleted: boolean;
  meta: KBaseUserMetadata;
}

export interface ListCommands {
  /**
   * None: whatever is sent is ignored, as KBase does.
   */
  params: {};
  result: CommandListing[];
}

export interface CommandListing {
  name: string;
  summary: string;
  effect: "read" | "write";
  /**
   * What the key `user` of the command object means.
   */
  user: "ignored" | "target" | "subject" | "optionalSubject";
  /**
   * Whether you may run it.
   */
  allowed: boolean;
  /**
   * JSON Schema of the parameters.
   */
  params: {
    [k: string]: unknown;
  };
  /**
   * JSON Schema of the result.
   */
  result: {
    [k: string]: unknown;
  };
}

export interface ListFriends {
  params: {};
  result: {
    friends: Friend[];
  };
}

export interface ListJobs {
  params: {
    state?: JobStateName;
    kind?: JobKindName;
    cursor?: Cursor;
    /**
     * 100 when absent.
     */
    limit?: number;
  };
  result: {
    jobs: JobView[];
    next?: Cursor;
  };
}

export interface ListMyPrivileges {
  /**
   * None: whatever is sent is ignored, as KBase does.
   */
  params: {};
  result: {
    user: string;
    id: string;
    through?: NamedUser;
    role: AdminRoleName;
    source: "config" | "roster" | "token";
    /**
     * The commands you may run.
     */
    commands: string[];
    /**
     * The only users you may act as or for; absent: all.
     */
    as?: string[];
    expires?: Instant;
  };
}

export interface ListOwned {
  params: {
    /**
     * The user's name, name~SHORT ID of a former one, or id:ID.
     */
    user?: string;
    /**
     * The role's name, in place of a user.
     */
    role?: string;
    type?: ResourceTypeName;
    /**
     * Only what it owns, or only what it was given. With type and without this: what it owns.
     */
    having?: "owned" | "granted";
    cursor?: Cursor;
    /**
     * 100 when absent.
     */
    limit?: number;
  };
  result: OwnedListing;
}

export interface OwnedListing {
  who: string;
  id: string;
  /**
   * Whose things count as its own.
   */
  roles?: string[];
  types: OwnedCount[];
  items?: OwnedItem[];
  next?: string;
}

export interface OwnedCount {
  type: string;
  having: "owned" | "granted";
  count: number;
  examples: OwnedItem[];
}

export interface OwnedItem {
  id: string;
  name: string;
  externalId?: string;
  level?: "owner" | "admin" | "write" | "read";
}

export interface ListResources {
  params: {
    /**
     * A user's name, `role:NAME`, or `id:` and the id of either.
     */
    owner?: string;
    type?: ResourceTypeName;
    parent?: ResourceId;
    /**
     * The beginning of the external id.
     */
    pathPrefix?: string;
    /**
     * The `next` of the page before.
     */
    cursor?: string;
    /**
     * 100 when absent.
     */
    limit?: number;
  };
  result: {
    /**
     * Without their `data`.
     */
    resources: ResourceView[];
    /**
     * The `next` of the page before.
     */
    next?: string;
  };
}

export interface ListRoles {
  params: {
    /**
     * This role alone, with its members.
     */
    name?: string;
    member?: UserName;
    /**
     * The `next` of the page before.
     */
    cursor?: string;
    /**
     * 100 when absent.
     */
    limit?: number;
  };
  result: {
    roles: ApplicationRole[];
    next?: Cursor;
  };
}

export interface ListUsers {
  params: {
    state?: UserState;
    kind?: UserKind;
    /**
     * The beginning of the name.
     */
    prefix?: string;
    cursor?: Cursor;
    /**
     * 100 when absent.
     */
    limit?: number;
  };
  result: {
    users: User[];
    next?: Cursor;
  };
}

export interface ListWorkspaceIDs {
  params: ListWorkspaceIDsParams;
  result: ListWorkspaceIDsResult;
}

export interface ListWorkspaceIDsParams {
  /**
   * The least permission of the user.
   */
  perm?: string;
  /**
   * 1 when absent: leave out those that everybody may read. 0 or 1.
   */
  excludeGlobal?: number;
  /**
   * Only those that everybody may read. 0 or 1.
   */
  onlyGlobal?: number;
}

export interface ListWorkspaceIDsResult {
  /**
   * Those the user owns or shares, ascending.
   */
  workspaces: number[];
  /**
   * Others that everybody may read, ascending.
   */
  pub: number[];
}

export interface ListWorkspaceOwners {
  /**
   * None: whatever is sent is ignored, as KBase does.
   */
  params: {};
  result: string[];
}

/**
 * Milliseconds since 1970.
 */
export type EpochMilliseconds = number;

export interface ListWorkspaces {
  params: ListWorkspaceInfoParams;
  result: WorkspaceInfo[];
}

export interface ListWorkspaceInfoParams {
  /**
   * The least permission of the user: w or a leaves out what is only readable by everybody.
   */
  perm?: string;
  /**
   * Only those of these users.
   */
  owners?: string[];
  /**
   * Only those with this one key and value.
   */
  meta?: {
    [k: string]: string;
  };
  after?: KBaseTimestamp;
  before?: KBaseTimestamp;
  after_epoch?: EpochMilliseconds;
  before_epoch?: EpochMilliseconds;
  /**
   * Leave out what is readable only because everybody may read it. 0 or 1.
   */
  excludeGlobal?: number;
  /**
   * Also the user's own deleted ones. 0 or 1.
   */
  showDeleted?: number;
  /**
   * Only the user's own deleted ones. 0 or 1.
   */
  showOnlyDeleted?: number;
}

export interface LockWorkspace {
  params: WorkspaceIdentity;
  result: WorkspaceInfo;
}

export interface MoveResource {
  params: {
    id?: ResourceId;
    type?: ResourceTypeName;
    externalId?: ExternalId;
    /**
     * What it hangs below, in order.
     *
     * @maxItems 100
     */
    parents: ResourceId[];
  };
  result: ResourceView;
}

export interface OffboardUser {
  params: {
    to: PartyName;
    /**
     * Only drop, which is the default: a closed account keeps nothing.
     */
    previousOwner?: "keep" | "read" | "drop";
    page?: PlanPage;
  };
  result: JobView;
}

export interface PauseJob {
  params: {
    id: JobId;
  };
  result: JobView;
}

export interface Reclaim {
  params: {
    from: PartyName;
    to: PartyName;
    page?: PlanPage;
  };
  result: JobView;
}

export interface RemoveAdmin {
  /**
   * None: whatever is sent is ignored, as KBase does.
   */
  params: {};
  result: null;
}

export interface RemoveFriend {
  params: {
    friend: UserName;
  };
  result: null;
}

export interface RemoveRoleMembers {
  params: {
    /**
     * 1 to 100 characters; `name~<short id>` for a former role.
     */
    name: string;
    /**
     * @minItems 1
     * @maxItems 10000
     */
    members: UserName[];
  };
  result: ApplicationRole;
}

/**
 * 1 to 100 characters of A-Z a-z 0-9 _ . @ -.
 */
export type NewUserName = string;

export interface RenameUser {
  params: {
    newName: NewUserName;
  };
  result: User;
}

export interface RenameWorkspace {
  params: RenameWorkspaceParams;
  result: WorkspaceInfo;
}

export interface RenameWorkspaceParams {
  wsi?: WorkspaceIdentity;
  /**
   * As for a new workspace.
   */
  new_name?: string;
}

export interface ResumeJob {
  params: {
    id: JobId;
  };
  result: JobView;
}

export interface RevertJob {
  params: {
    id: JobId;
    page?: PlanPage;
  };
  result: JobView;
}

/**
 * Each includes those before it; admin may share it.
 */
export type GrantLevelName1 = "read" | "write" | "admin";

export interface SetAcl {
  params: {
    id?: ResourceId;
    type?: ResourceTypeName;
    externalId?: ExternalId;
    visibility?: VisibilityName;
    /**
     * Absent: they stay, unless `mode` is remove.
     *
     * @maxItems 10000
     */
    grants?: ResourceGrantChange[];
    /**
     * replace (when absent): `grants` are all there are; merge: those named are set; remove: those named are withdrawn.
     */
    mode?: "replace" | "merge" | "remove";
    /**
     * Also everything below that the rule of its type reaches, each resource once.
     */
    cascade?: boolean;
    /**
     * How many levels below a cascade goes; 100 when absent.
     */
    depth?: number;
    /**
     * What becomes of a cascade that meets what the caller may not change: nothing is changed (refuse, when absent), or that is left out and named (skip).
     */
    unchangeable?: "refuse" | "skip";
  };
  /**
   * The rights of the resource now, and what was reached.
   */
  result: {
    id: ResourceId;
    type: ResourceTypeName;
    externalId?: ExternalId;
    owners: ResourceOwner[];
    visibility: VisibilityName1;
    grants: ResourceGrant[];
    /**
     * What was changed, the resource itself first.
     */
    changed: ResourceId[];
    /**
     * What a cascade left out, since the caller may not change it.
     */
    skipped: ResourceId[];
    /**
     * How many had these rights already.
     */
    unchanged: number;
  };
}

export interface ResourceGrantChange {
  accountType: AccountTypeName;
  account: AccountName;
  level?: GrantLevelName;
  /**
   * Nobody looks at it: the account is meant.
   */
  id?: string;
}

export interface SetAclMass {
  params: {
    /**
     * All are changed or none, unless `ignoreErrors`.
     *
     * @minItems 1
     * @maxItems 1000
     */
    resources: ResourceReference[];
    visibility?: VisibilityName;
    /**
     * Absent: they stay, unless `mode` is remove.
     *
     * @maxItems 10000
     */
    grants?: ResourceGrantChange[];
    /**
     * replace (when absent): `grants` are all there are; merge: those named are set; remove: those named are withdrawn.
     */
    mode?: "replace" | "merge" | "remove";
    /**
     * Also everything below that the rule of its type reaches, each resource once.
     */
    cascade?: boolean;
    /**
     * How many levels below a cascade goes; 100 when absent.
     */
    depth?: number;
    /**
     * What becomes of a cascade that meets what the caller may not change: nothing is changed (refuse, when absent), or that is left out and named (skip).
     */
    unchangeable?: "refuse" | "skip";
    /**
     * Change those that can be changed, and say of each what became of it.
     */
    ignoreErrors?: boolean;
  };
  result: {
    /**
     * In the order of `resources`.
     */
    outcomes: {
      id?: ResourceId;
      /**
       * What was changed, the resource itself first.
       */
      changed?: ResourceId[];
      /**
       * What a cascade left out, since the caller may not change it.
       */
      skipped?: ResourceId[];
      /**
       * How many had these rights already.
       */
      unchanged?: number;
      error?: ItemError;
    }[];
  };
}

/**
 * By `id`, or by `type` and `externalId`.
 */
export interface ResourceReference {
  id?: ResourceId;
  type?: ResourceTypeName;
  externalId?: ExternalId;
}

export interface SetConfig {
  params: {
    /**
     * Key to value; `backend-file-retrieval-scaling`: an integer > 0.
     */
    set?: {
      [k: string]: unknown;
    } | null;
  };
  result: null;
}

export interface SetGlobalPermission {
  params: SetGlobalPermissionsParams;
  result: null;
}

export interface SetGlobalPermissionsParams {
  /**
   * The name; or else `id`.
   */
  workspace?: string;
  /**
   * The number; or else `workspace`.
   */
  id?: number;
  /**
   * n or r.
   */
  new_permission?: string;
}

export interface SetPermissions {
  params: {
    /**
     * The name; or else `id`.
     */
    workspace?: string;
    /**
     * The number; or else `workspace`.
     */
    id?: number;
    /**
     * n, r, w or a; n withdraws.
     */
    new_permission?: string;
    /**
     * The users who get it; the owner's own is never set.
     */
    users?: (string | null)[];
    /**
     * Instead of one workspace: up to 1,000. All are changed or none, unless `ignoreErrors`.
     */
    workspaces?: (WorkspaceIdentity | null)[];
    /**
     * With `workspaces`: change those that can be changed, and say of each what became of it. 0 or 1.
     */
    ignoreErrors?: number;
  };
  /**
   * null for one workspace.
   */
  result: null | {
    /**
     * In the order of `workspaces`.
     */
    outcomes: {
      id?: number;
      /**
       * The users whose permission changed.
       */
      changed?: string[];
      error?: ItemError;
    }[];
  };
}

export interface SetWorkspaceDescription {
  params: SetWorkspaceDescriptionParams;
  result: null;
}

export interface SetWorkspaceDescriptionParams {
  /**
   * The name; or else `id`.
   */
  workspace?: string;
  /**
   * The number; or else `workspace`.
   */
  id?: number;
  /**
   * Cut at 1,000 characters; absent or null: none.
   */
  description?: string | null;
}

export interface SetWorkspaceOwner {
  params: {
    wsi?: WorkspaceIdentity;
    /**
     * The new owner.
     */
    new_user?: string;
    /**
     * Absent: the name stays, but for the owner's name before a : in it.
     */
    new_name?: string;
  };
  result: WorkspaceInfo;
}

export interface UndeleteWorkspace {
  params: WorkspaceIdentity;
  result: null;
}

export interface UnlockWorkspace {
  params: WorkspaceIdentity;
  result: WorkspaceInfo;
}

/**
 * The identifier of the resource in its own system, unique within its type.
 */
export type ExternalId1 = string;

export interface UpdateResource {
  params: {
    id?: ResourceId;
    type?: ResourceTypeName;
    externalId?: ExternalId;
    name?: ResourceName;
    newExternalId?: ExternalId1;
    visibility?: VisibilityName;
    /**
     * What else its system keeps of it: any JSON, up to 1,000,000 bytes; null for nothing.
     */
    data?: {} | unknown[] | string | number | boolean | null;
  };
  result: ResourceView;
}

export interface AlterWorkspaceMetadataMethod {
  params: {
    wsi?: WorkspaceIdentity;
    /**
     * Keys to set.
     */
    new?: {
      [k: string]: string;
    };
    /**
     * Keys to remove.
     */
    remove?: string[];
  };
  result: null;
}

export interface CloneWorkspaceMethod {
  params: {
    wsi?: WorkspaceIdentity;
    /**
     * The clone's name.
     */
    workspace?: string;
    /**
     * n (when absent) or r.
     */
    globalread?: string;
    /**
     * Cut at 1,000 characters.
     */
    description?: string;
    meta?: KBaseUserMetadata;
    /**
     * Objects to leave out.
     */
    exclude?: {
      name?: string;
      objid?: number;
    }[];
  };
  result: WorkspaceInfo;
}

export interface CreateWorkspaceMethod {
  params: CreateWorkspaceParams;
  result: WorkspaceInfo;
}

export interface DeleteWorkspaceMethod {
  params: WorkspaceIdentity;
  result: null;
}

export interface DiscoverMethod {
  /**
   * It takes no parameter.
   */
  params: null;
  result: OpenRpcDocument;
}

/**
 * A document as the OpenRPC specification 1.3 has it.
 */
export interface OpenRpcDocument {
  openrpc: string;
  info: {
    title: string;
    version: string;
    description: string;
  };
  /**
   * What the caller may call.
   */
  methods: {
    name: string;
    [k: string]: unknown;
  }[];
  /**
   * The commands of `administer` that the caller may run.
   */
  "x-commands": DiscoveredCommand[];
  components: {
    schemas: {
      [k: string]: unknown;
    };
    errors: {
      [k: string]: unknown;
    };
  };
}

export interface DiscoveredCommand {
  name: string;
  summary: string;
  effect: "read" | "write";
  [k: string]: unknown;
}

export interface GetAdminRoleMethod {
  /**
   * It takes no parameter.
   */
  params: null;
  result: {
    adminrole: "none" | "read" | "full";
  };
}

export interface GetPermissionsMethod {
  params: WorkspaceIdentity;
  result: KBasePermissions;
}

export interface GetPermissionsMassMethod {
  params: GetPermissionsMassParams;
  result: {
    perms: KBasePermissions[];
  };
}

export interface GetPermissionsMassParams {
  /**
   * At most 1,000.
   */
  workspaces?: (WorkspaceIdentity | null)[];
}

export interface GetWorkspaceDescriptionMethod {
  params: WorkspaceIdentity;
  result: string | null;
}

export interface GetWorkspaceInfoMethod {
  params: WorkspaceIdentity;
  result: WorkspaceInfo;
}

/**
 * name, owner, time of the last change, highest object id, the permission of the user, the global permission, id.
 *
 * @minItems 7
 * @maxItems 7
 */
export type WorkspaceMeta = [string, string, KBaseTimestamp, number, KBasePermission, KBaseGlobalPermission, number];

export interface GetWorkspacemetaMethod {
  params: {
    /**
     * The name; or else `id`.
     */
    workspace?: string;
    /**
     * The number; or else `workspace`.
     */
    id?: number;
    /**
     * A token, which goes before the one in the Authorization header.
     */
    auth?: string;
  };
  result: WorkspaceMeta;
}

export interface ListWorkspaceIdsMethod {
  params: ListWorkspaceIDsParams;
  result: ListWorkspaceIDsResult;
}

export interface ListWorkspaceInfoMethod {
  params: ListWorkspaceInfoParams;
  result: WorkspaceInfo[];
}

export interface ListWorkspacesMethod {
  params: {
    /**
     * A token, which goes before the one in the Authorization header.
     */
    auth?: string;
    /**
     * Leave out what is readable only because everybody may read it. 0 or 1.
     */
    excludeGlobal?: number;
  };
  result: WorkspaceMeta[];
}

export interface LockWorkspaceMethod {
  params: WorkspaceIdentity;
  result: WorkspaceInfo;
}

export interface RenameWorkspaceMethod {
  params: RenameWorkspaceParams;
  result: WorkspaceInfo;
}

export interface SetGlobalPermissionMethod {
  params: SetGlobalPermissionsParams;
  result: null;
}

export interface SetPermissionsMethod {
  params: SetPermissionsParams;
  result: null;
}

export interface SetPermissionsParams {
  /**
   * The name; or else `id`.
   */
  workspace?: string;
  /**
   * The number; or else `workspace`.
   */
  id?: number;
  /**
   * n, r, w or a; n withdraws.
   */
  new_permission?: string;
  /**
   * The users who get it; the owner's own is never set.
   */
  users?: (string | null)[];
}

export interface SetWorkspaceDescriptionMethod {
  params: SetWorkspaceDescriptionParams;
  result: null;
}

export interface StatusMethod {
  /**
   * It takes no parameter.
   */
  params: null;
  result: {
    state: "OK" | "Fail";
    message: string;
    dependencies: {
      name: string;
      state: "OK" | "Fail";
      message: string;
      version: string;
    }[];
    version: string;
    /**
     * In bytes, as the next two.
     */
    freemem: number;
    totalmem: number;
    maxmem: number;
  };
}

export interface VerMethod {
  /**
   * It takes no parameter.
   */
  params: null;
  /**
   * Such as 0.15.0.
   */
  result: string;
}

export interface CommandMap {
  addAdmin: AddAdmin;
  addFriend: AddFriend;
  addRoleMembers: AddRoleMembers;
  addUser: AddUser;
  cancelJob: CancelJob;
  changeOwner: ChangeOwner;
  changeOwnership: ChangeOwnership;
  createResource: CreateResource;
  createRole: CreateRole;
  createWorkspace: CreateWorkspace;
  deleteResource: DeleteResource;
  deleteRole: DeleteRole;
  deleteUser: DeleteUser;
  deleteWorkspace: DeleteWorkspace;
  disableUser: DisableUser;
  enableUser: EnableUser;
  getAcl: GetAcl;
  getAudit: GetAudit;
  getConfig: GetConfig;
  getJob: GetJob;
  getPermissions: GetPermissions;
  getPermissionsMass: GetPermissionsMass;
  getResource: GetResource;
  getTypeDelegationTarget: GetTypeDelegationTarget;
  getWorkspaceDescription: GetWorkspaceDescription;
  getWorkspaceInfo: GetWorkspaceInfo;
  listAdmins: ListAdmins;
  listAllWorkspaces: ListAllWorkspaces;
  listCommands: ListCommands;
  listFriends: ListFriends;
  listJobs: ListJobs;
  listMyPrivileges: ListMyPrivileges;
  listOwned: ListOwned;
  listResources: ListResources;
  listRoles: ListRoles;
  listUsers: ListUsers;
  listWorkspaceIDs: ListWorkspaceIDs;
  listWorkspaceOwners: ListWorkspaceOwners;
  listWorkspaces: ListWorkspaces;
  lockWorkspace: LockWorkspace;
  moveResource: MoveResource;
  offboard: OffboardUser;
  pauseJob: PauseJob;
  reclaim: Reclaim;
  removeAdmin: RemoveAdmin;
  removeFriend: RemoveFriend;
  removeRoleMembers: RemoveRoleMembers;
  renameUser: RenameUser;
  renameWorkspace: RenameWorkspace;
  resumeJob: ResumeJob;
  revertJob: RevertJob;
  setAcl: SetAcl;
  setAclMass: SetAclMass;
  setConfig: SetConfig;
  setGlobalPermission: SetGlobalPermission;
  setPermissions: SetPermissions;
  setWorkspaceDescription: SetWorkspaceDescription;
  setWorkspaceOwner: SetWorkspaceOwner;
  undeleteWorkspace: UndeleteWorkspace;
  unlockWorkspace: UnlockWorkspace;
  updateResource: UpdateResource;
}

export interface MethodMap {
  alter_workspace_metadata: AlterWorkspaceMetadataMethod;
  clone_workspace: CloneWorkspaceMethod;
  create_workspace: CreateWorkspaceMethod;
  delete_workspace: DeleteWorkspaceMethod;
  discover: DiscoverMethod;
  get_admin_role: GetAdminRoleMethod;
  get_permissions: GetPermissionsMethod;
  get_permissions_mass: GetPermissionsMassMethod;
  get_workspace_description: GetWorkspaceDescriptionMethod;
  get_workspace_info: GetWorkspaceInfoMethod;
  get_workspacemeta: GetWorkspacemetaMethod;
  list_workspace_ids: ListWorkspaceIdsMethod;
  list_workspace_info: ListWorkspaceInfoMethod;
  list_workspaces: ListWorkspacesMethod;
  lock_workspace: LockWorkspaceMethod;
  rename_workspace: RenameWorkspaceMethod;
  set_global_permission: SetGlobalPermissionMethod;
  set_permissions: SetPermissionsMethod;
  set_workspace_description: SetWorkspaceDescriptionMethod;
  status: StatusMethod;
  ver: VerMethod;
}

export const commands = {
  addAdmin: {
    params: handle<AddAdmin['params']>('addAdmin.json#/properties/params'),
    result: handle<AddAdmin['result']>('addAdmin.json#/properties/result'),
  },
  addFriend: {
    params: handle<AddFriend['params']>('addFriend.json#/properties/params'),
    result: handle<AddFriend['result']>('addFriend.json#/properties/result'),
  },
  addRoleMembers: {
    params: handle<AddRoleMembers['params']>('addRoleMembers.json#/properties/params'),
    result: handle<AddRoleMembers['result']>('addRoleMembers.json#/properties/result'),
  },
  addUser: {
    params: handle<AddUser['params']>('addUser.json#/properties/params'),
    result: handle<AddUser['result']>('addUser.json#/properties/result'),
  },
  cancelJob: {
    params: handle<CancelJob['params']>('cancelJob.json#/properties/params'),
    result: handle<CancelJob['result']>('cancelJob.json#/properties/result'),
  },
  changeOwner: {
    params: handle<ChangeOwner['params']>('changeOwner.json#/properties/params'),
    result: handle<ChangeOwner['result']>('changeOwner.json#/properties/result'),
  },
  changeOwnership: {
    params: handle<ChangeOwnership['params']>('changeOwnership.json#/properties/params'),
    result: handle<ChangeOwnership['result']>('changeOwnership.json#/properties/result'),
  },
  createResource: {
    params: handle<CreateResource['params']>('createResource.json#/properties/params'),
    result: handle<CreateResource['result']>('createResource.json#/properties/result'),
  },
  createRole: {
    params: handle<CreateRole['params']>('createRole.json#/properties/params'),
    result: handle<CreateRole['result']>('createRole.json#/properties/result'),
  },
  createWorkspace: {
    params: handle<CreateWorkspace['params']>('createWorkspace.json#/properties/params'),
    result: handle<CreateWorkspace['result']>('createWorkspace.json#/properties/result'),
  },
  deleteResource: {
    params: handle<DeleteResource['params']>('deleteResource.json#/properties/params'),
    result: handle<DeleteResource['result']>('deleteResource.json#/properties/result'),
  },
  deleteRole: {
    params: handle<DeleteRole['params']>('deleteRole.json#/properties/params'),
    result: handle<DeleteRole['result']>('deleteRole.json#/properties/result'),
  },
  deleteUser: {
    params: handle<DeleteUser['params']>('deleteUser.json#/properties/params'),
    result: handle<DeleteUser['result']>('deleteUser.json#/properties/result'),
  },
  deleteWorkspace: {
    params: handle<DeleteWorkspace['params']>('deleteWorkspace.json#/properties/params'),
    result: handle<DeleteWorkspace['result']>('deleteWorkspace.json#/properties/result'),
  },
  disableUser: {
    params: handle<DisableUser['params']>('disableUser.json#/properties/params'),
    result: handle<DisableUser['result']>('disableUser.json#/properties/result'),
  },
  enableUser: {
    params: handle<EnableUser['params']>('enableUser.json#/properties/params'),
    result: handle<EnableUser['result']>('enableUser.json#/properties/result'),
  },
  getAcl: {
    params: handle<GetAcl['params']>('getAcl.json#/properties/params'),
    result: handle<GetAcl['result']>('getAcl.json#/properties/result'),
  },
  getAudit: {
    params: handle<GetAudit['params']>('getAudit.json#/properties/params'),
    result: handle<GetAudit['result']>('getAudit.json#/properties/result'),
  },
  getConfig: {
    params: handle<GetConfig['params']>('getConfig.json#/properties/params'),
    result: handle<GetConfig['result']>('getConfig.json#/properties/result'),
  },
  getJob: {
    params: handle<GetJob['params']>('getJob.json#/properties/params'),
    result: handle<GetJob['result']>('getJob.json#/properties/result'),
  },
  getPermissions: {
    params: handle<GetPermissions['params']>('getPermissions.json#/properties/params'),
    result: handle<GetPermissions['result']>('getPermissions.json#/properties/result'),
  },
  getPermissionsMass: {
    params: handle<GetPermissionsMass['params']>('getPermissionsMass.json#/properties/params'),
    result: handle<GetPermissionsMass['result']>('getPermissionsMass.json#/properties/result'),
  },
  getResource: {
    params: handle<GetResource['params']>('getResource.json#/properties/params'),
    result: handle<GetResource['result']>('getResource.json#/properties/result'),
  },
  getTypeDelegationTarget: {
    params: handle<GetTypeDelegationTarget['params']>('getTypeDelegationTarget.json#/properties/params'),
    result: handle<GetTypeDelegationTarget['result']>('getTypeDelegationTarget.json#/properties/result'),
  },
  getWorkspaceDescription: {
    params: handle<GetWorkspaceDescription['params']>('getWorkspaceDescription.json#/properties/params'),
    result: handle<GetWorkspaceDescription['result']>('getWorkspaceDescription.json#/properties/result'),
  },
  getWorkspaceInfo: {
    params: handle<GetWorkspaceInfo['params']>('getWorkspaceInfo.json#/properties/params'),
    result: handle<GetWorkspaceInfo['result']>('getWorkspaceInfo.json#/properties/result'),
  },
  listAdmins: {
    params: handle<ListAdmins['params']>('listAdmins.json#/properties/params'),
    result: handle<ListAdmins['result']>('listAdmins.json#/properties/result'),
  },
  listAllWorkspaces: {
    params: handle<ListAllWorkspaces['params']>('listAllWorkspaces.json#/properties/params'),
    result: handle<ListAllWorkspaces['result']>('listAllWorkspaces.json#/properties/result'),
  },
  listCommands: {
    params: handle<ListCommands['params']>('listCommands.json#/properties/params'),
    result: handle<ListCommands['result']>('listCommands.json#/properties/result'),
  },
  listFriends: {
    params: handle<ListFriends['params']>('listFriends.json#/properties/params'),
    result: handle<ListFriends['result']>('listFriends.json#/properties/result'),
  },
  listJobs: {
    params: handle<ListJobs['params']>('listJobs.json#/properties/params'),
    result: handle<ListJobs['result']>('listJobs.json#/properties/result'),
  },
  listMyPrivileges: {
    params: handle<ListMyPrivileges['params']>('listMyPrivileges.json#/properties/params'),
    result: handle<ListMyPrivileges['result']>('listMyPrivileges.json#/properties/result'),
  },
  listOwned: {
    params: handle<ListOwned['params']>('listOwned.json#/properties/params'),
    result: handle<ListOwned['result']>('listOwned.json#/properties/result'),
  },
  listResources: {
    params: handle<ListResources['params']>('listResources.json#/properties/params'),
    result: handle<ListResources['result']>('listResources.json#/properties/result'),
  },
  listRoles: {
    params: handle<ListRoles['params']>('listRoles.json#/properties/params'),
    result: handle<ListRoles['result']>('listRoles.json#/properties/result'),
  },
  listUsers: {
    params: handle<ListUsers['params']>('listUsers.json#/properties/params'),
    result: handle<ListUsers['result']>('listUsers.json#/properties/result'),
  },
  listWorkspaceIDs: {
    params: handle<ListWorkspaceIDs['params']>('listWorkspaceIDs.json#/properties/params'),
    result: handle<ListWorkspaceIDs['result']>('listWorkspaceIDs.json#/properties/result'),
  },
  listWorkspaceOwners: {
    params: handle<ListWorkspaceOwners['params']>('listWorkspaceOwners.json#/properties/params'),
    result: handle<ListWorkspaceOwners['result']>('listWorkspaceOwners.json#/properties/result'),
  },
  listWorkspaces: {
    params: handle<ListWorkspaces['params']>('listWorkspaces.json#/properties/params'),
    result: handle<ListWorkspaces['result']>('listWorkspaces.json#/properties/result'),
  },
  lockWorkspace: {
    params: handle<LockWorkspace['params']>('lockWorkspace.json#/properties/params'),
    result: handle<LockWorkspace['result']>('lockWorkspace.json#/properties/result'),
  },
  moveResource: {
    params: handle<MoveResource['params']>('moveResource.json#/properties/params'),
    result: handle<MoveResource['result']>('moveResource.json#/properties/result'),
  },
  offboard: {
    params: handle<OffboardUser['params']>('offboard.json#/properties/params'),
    result: handle<OffboardUser['result']>('offboard.json#/properties/result'),
  },
  pauseJob: {
    params: handle<PauseJob['params']>('pauseJob.json#/properties/params'),
    result: handle<PauseJob['result']>('pauseJob.json#/properties/result'),
  },
  reclaim: {
    params: handle<Reclaim['params']>('reclaim.json#/properties/params'),
    result: handle<Reclaim['result']>('reclaim.json#/properties/result'),
  },
  removeAdmin: {
    params: handle<RemoveAdmin['params']>('removeAdmin.json#/properties/params'),
    result: handle<RemoveAdmin['result']>('removeAdmin.json#/properties/result'),
  },
  removeFriend: {
    params: handle<RemoveFriend['params']>('removeFriend.json#/properties/params'),
    result: handle<RemoveFriend['result']>('removeFriend.json#/properties/result'),
  },
  removeRoleMembers: {
    params: handle<RemoveRoleMembers['params']>('removeRoleMembers.json#/properties/params'),
    result: handle<RemoveRoleMembers['result']>('removeRoleMembers.json#/properties/result'),
  },
  renameUser: {
    params: handle<RenameUser['params']>('renameUser.json#/properties/params'),
    result: handle<RenameUser['result']>('renameUser.json#/properties/result'),
  },
  renameWorkspace: {
    params: handle<RenameWorkspace['params']>('renameWorkspace.json#/properties/params'),
    result: handle<RenameWorkspace['result']>('renameWorkspace.json#/properties/result'),
  },
  resumeJob: {
    params: handle<ResumeJob['params']>('resumeJob.json#/properties/params'),
    result: handle<ResumeJob['result']>('resumeJob.json#/properties/result'),
  },
  revertJob: {
    params: handle<RevertJob['params']>('revertJob.json#/properties/params'),
    result: handle<RevertJob['result']>('revertJob.json#/properties/result'),
  },
  setAcl: {
    params: handle<SetAcl['params']>('setAcl.json#/properties/params'),
    result: handle<SetAcl['result']>('setAcl.json#/properties/result'),
  },
  setAclMass: {
    params: handle<SetAclMass['params']>('setAclMass.json#/properties/params'),
    result: handle<SetAclMass['result']>('setAclMass.json#/properties/result'),
  },
  setConfig: {
    params: handle<SetConfig['params']>('setConfig.json#/properties/params'),
    result: handle<SetConfig['result']>('setConfig.json#/properties/result'),
  },
  setGlobalPermission: {
    params: handle<SetGlobalPermission['params']>('setGlobalPermission.json#/properties/params'),
    result: handle<SetGlobalPermission['result']>('setGlobalPermission.json#/properties/result'),
  },
  setPermissions: {
    params: handle<SetPermissions['params']>('setPermissions.json#/properties/params'),
    result: handle<SetPermissions['result']>('setPermissions.json#/properties/result'),
  },
  setWorkspaceDescription: {
    params: handle<SetWorkspaceDescription['params']>('setWorkspaceDescription.json#/properties/params'),
    result: handle<SetWorkspaceDescription['result']>('setWorkspaceDescription.json#/properties/result'),
  },
  setWorkspaceOwner: {
    params: handle<SetWorkspaceOwner['params']>('setWorkspaceOwner.json#/properties/params'),
    result: handle<SetWorkspaceOwner['result']>('setWorkspaceOwner.json#/properties/result'),
  },
  undeleteWorkspace: {
    params: handle<UndeleteWorkspace['params']>('undeleteWorkspace.json#/properties/params'),
    result: handle<UndeleteWorkspace['result']>('undeleteWorkspace.json#/properties/result'),
  },
  unlockWorkspace: {
    params: handle<UnlockWorkspace['params']>('unlockWorkspace.json#/properties/params'),
    result: handle<UnlockWorkspace['result']>('unlockWorkspace.json#/properties/result'),
  },
  updateResource: {
    params: handle<UpdateResource['params']>('updateResource.json#/properties/params'),
    result: handle<UpdateResource['result']>('updateResource.json#/properties/result'),
  },
} as const;

export const methods = {
  alter_workspace_metadata: {
    params: handle<AlterWorkspaceMetadataMethod['params']>('alter_workspace_metadata.json#/properties/params'),
    result: handle<AlterWorkspaceMetadataMethod['result']>('alter_workspace_metadata.json#/properties/result'),
  },
  clone_workspace: {
    params: handle<CloneWorkspaceMethod['params']>('clone_workspace.json#/properties/params'),
    result: handle<CloneWorkspaceMethod['result']>('clone_workspace.json#/properties/result'),
  },
  create_workspace: {
    params: handle<CreateWorkspaceMethod['params']>('create_workspace.json#/properties/params'),
    result: handle<CreateWorkspaceMethod['result']>('create_workspace.json#/properties/result'),
  },
  delete_workspace: {
    params: handle<DeleteWorkspaceMethod['params']>('delete_workspace.json#/properties/params'),
    result: handle<DeleteWorkspaceMethod['result']>('delete_workspace.json#/properties/result'),
  },
  discover: {
    params: handle<DiscoverMethod['params']>('discover.json#/properties/params'),
    result: handle<DiscoverMethod['result']>('discover.json#/properties/result'),
  },
  get_admin_role: {
    params: handle<GetAdminRoleMethod['params']>('get_admin_role.json#/properties/params'),
    result: handle<GetAdminRoleMethod['result']>('get_admin_role.json#/properties/result'),
  },
  get_permissions: {
    params: handle<GetPermissionsMethod['params']>('get_permissions.json#/properties/params'),
    result: handle<GetPermissionsMethod['result']>('get_permissions.json#/properties/result'),
  },
  get_permissions_mass: {
    params: handle<GetPermissionsMassMethod['params']>('get_permissions_mass.json#/properties/params'),
    result: handle<GetPermissionsMassMethod['result']>('get_permissions_mass.json#/properties/result'),
  },
  get_workspace_description: {
    params: handle<GetWorkspaceDescriptionMethod['params']>('get_workspace_description.json#/properties/params'),
    result: handle<GetWorkspaceDescriptionMethod['result']>('get_workspace_description.json#/properties/result'),
  },
  get_workspace_info: {
    params: handle<GetWorkspaceInfoMethod['params']>('get_workspace_info.json#/properties/params'),
    result: handle<GetWorkspaceInfoMethod['result']>('get_workspace_info.json#/properties/result'),
  },
  get_workspacemeta: {
    params: handle<GetWorkspacemetaMethod['params']>('get_workspacemeta.json#/properties/params'),
    result: handle<GetWorkspacemetaMethod['result']>('get_workspacemeta.json#/properties/result'),
  },
  list_workspace_ids: {
    params: handle<ListWorkspaceIdsMethod['params']>('list_workspace_ids.json#/properties/params'),
    result: handle<ListWorkspaceIdsMethod['result']>('list_workspace_ids.json#/properties/result'),
  },
  list_workspace_info: {
    params: handle<ListWorkspaceInfoMethod['params']>('list_workspace_info.json#/properties/params'),
    result: handle<ListWorkspaceInfoMethod['result']>('list_workspace_info.json#/properties/result'),
  },
  list_workspaces: {
    params: handle<ListWorkspacesMethod['params']>('list_workspaces.json#/properties/params'),
    result: handle<ListWorkspacesMethod['result']>('list_workspaces.json#/properties/result'),
  },
  lock_workspace: {
    params: handle<LockWorkspaceMethod['params']>('lock_workspace.json#/properties/params'),
    result: handle<LockWorkspaceMethod['result']>('lock_workspace.json#/properties/result'),
  },
  rename_workspace: {
    params: handle<RenameWorkspaceMethod['params']>('rename_workspace.json#/properties/params'),
    result: handle<RenameWorkspaceMethod['result']>('rename_workspace.json#/properties/result'),
  },
  set_global_permission: {
    params: handle<SetGlobalPermissionMethod['params']>('set_global_permission.json#/properties/params'),
    result: handle<SetGlobalPermissionMethod['result']>('set_global_permission.json#/properties/result'),
  },
  set_permissions: {
    params: handle<SetPermissionsMethod['params']>('set_permissions.json#/properties/params'),
    result: handle<SetPermissionsMethod['result']>('set_permissions.json#/properties/result'),
  },
  set_workspace_description: {
    params: handle<SetWorkspaceDescriptionMethod['params']>('set_workspace_description.json#/properties/params'),
    result: handle<SetWorkspaceDescriptionMethod['result']>('set_workspace_description.json#/properties/result'),
  },
  status: {
    params: handle<StatusMethod['params']>('status.json#/properties/params'),
    result: handle<StatusMethod['result']>('status.json#/properties/result'),
  },
  ver: {
    params: handle<VerMethod['params']>('ver.json#/properties/params'),
    result: handle<VerMethod['result']>('ver.json#/properties/result'),
  },
} as const;

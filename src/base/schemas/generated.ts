// Made by `npm run generate` from schemas/. Do not edit: a test makes it anew and compares.
import { handles } from './handle.ts';

/** The parameter of `administer`. */
export interface CommandObject {
  /** The command's name. */
  command?: string | null;
  /** The user that the command is about or acts as; which of the two depends on the command. */
  user?: string | null;
  module?: string | null;
  /** The command's parameters. */
  params?: {
    [k: string]: unknown;
  };
  /** The reason; kept in the audit record. */
  reason?: string;
  /** true: carry the command out, answer with the changes and their plan, and undo it. */
  dryRun?: boolean;
  /** A call that is repeated with the same key within 24 hours is carried out once and gets the same answer. */
  idempotencyKey?: string;
  /** The plan of a dry run: the write is refused unless it does exactly that. */
  plan?: string;
  /** The approved request for exactly this call, as in the error `approval_needed`. */
  approval?: string;
  /** true: if the call needs approval, it runs by itself after the last one. */
  runWhenApproved?: boolean;
}

/** The keys of deploy.cfg. A list is written with commas. */
export interface DeployConfig {
  /** The TCP port to listen on; 0 takes any free one. */
  port: number;
  /** How many processes answer calls at the port, from 1 to 64; auto takes one for each processor but one. With more than one, a supervising process starts them, restarts those that end or hang, and runs the embedded MongoDB. Limits of calls in progress, memory and temporary files hold for each of them. */
  "server-workers": string;
  /** After how many seconds a worker process that does not respond is killed and started again, if server-workers is above 1. A worker responds while calls are in progress, however long these take. */
  "worker-timeout-seconds": number;
  /** The IP address or host name to listen on. 0.0.0.0 or :: listens on every address of the host. */
  "listen-address": string;
  /** The public URL, as callers see it; used in the examples that are printed at start. */
  "service-url"?: string;
  /** The full administrators that no command can remove: user names, or id:SUBJECT for the subject of a JSON Web Token (never a KBase user, who has no id). A name means the first user of a configured token source who has it; an account of staff never becomes one by it, nor is one made under it. When mongodb-host, auth2-service-url or auth-jwks-url is set, the default is none. Ignored when roles come from the token. */
  "ws-admin": string[];
  /** The root URL of the KBase auth service, which then says whose an opaque token is. https, or http on a loopback address. With it and no key for JSON Web Tokens, its tokens are the only ones; with both, what has the form of a signed token goes to the key. The service does not start unless it answers. */
  "auth2-service-url"?: string;
  /** Token roles that make their holder a read-only administrator: those in a JSON Web Token, the custom roles that the KBase auth service names. With this or the next key set, only the token's roles make administrators. */
  "auth2-ws-admin-read-only-roles": string[];
  /** Token roles that make their holder a full administrator. */
  "auth2-ws-admin-full-roles": string[];
  /** The file with the rules of the policy, in YAML; without it, the default policy holds. It is read again when it changes and on SIGHUP; a file that cannot be used leaves the policy loaded before. */
  "policy-file"?: string;
  /** The PEM file with the Ed25519 private key that signs the checkpoints of the audit log. Without it, the service makes a key at its first start and keeps it in the database, where whoever can change the records can also sign. */
  "audit-signing-key-file"?: string;
  /** When the signing key of the audit log is changed: the PEM file with the private key that signed it before. The service then records the change with the signatures of both keys, and no longer needs the file after its next start. */
  "audit-previous-signing-key-file"?: string;
  /** The name of the audit log, which its checkpoints and keys have; without spaces and +. When not set, steward/ and an id of the database. */
  "audit-origin"?: string;
  /** The witnesses of the audit log, as URLs that /add-checkpoint is added to: servers of others, such as steward witness, that cosign its checkpoints. Needs audit-witness-keys. */
  "audit-witness-urls": string[];
  /** The public keys of these witnesses, as each prints its own. */
  "audit-witness-keys": string[];
  /** The public keys with which the audit log was signed before, as GET /audit/key showed them, and for which no later key vouches (audit-previous-signing-key-file). verifyAudit reports every other key that the database names. */
  "audit-earlier-keys": string[];
  /** A MongoDB account of the same server that may remove from the collection audit, for pruneAudit alone; needed if mongodb-user may not. Needs audit-prune-pwd. */
  "audit-prune-user"?: string;
  /** The password of audit-prune-user; better in the environment, as STEWARD_AUDIT_PRUNE_PWD. */
  "audit-prune-pwd"?: string;
  /** Accounts that belong to one person, as NAME=NAME or id:ID=id:ID: where two people are needed, for approvals and the review of break-glass, they count as one. Accounts with the same email address are recognised without it. */
  "linked-accounts": string[];
  /** For how many days a job is kept after its end. Then it is removed with its list of items, and cannot be shown or reverted any more; its records stay in the audit. */
  "job-days": number;
  /** How long a request for approval can be decided about and used, in hours. */
  "approval-hours": number;
  /** How long break-glass lifts what the policy requires, in minutes. */
  "break-glass-minutes": number;
  /** The file with the secret of HS256 tokens: its text, without a line break at its end; at least 32 random bytes, or else the service does not start. Only one of this key and the next two may be set. With none of them, nor auth2-service-url, the service makes a signing key of its own in data-dir. */
  "auth-jwt-secret-file"?: string;
  /** The PEM file with the public key of RS256 (RSA, 2048 bits or more), ES256 (EC P-256) or EdDSA (Ed25519) tokens. */
  "auth-jwt-public-key-file"?: string;
  /** The URL of the JWK Set with the public keys of RS256, ES256 or EdDSA tokens, instead of a file: https, or http on a loopback address. Keys that are published or withdrawn there take effect within five minutes; while it cannot be reached, the last keys are trusted for one hour. The service does not start unless it answers. */
  "auth-jwks-url"?: string;
  /** The issuer (iss) that every token must name; not checked when not set. */
  "auth-jwt-issuer"?: string;
  /** The audience (aud) that every token must name; not checked when not set. */
  "auth-jwt-audience"?: string;
  /** The secret key with which POST /auth/admin makes administrators of IIIF staff; 16 characters or more, better in the environment, as STEWARD_REGISTER_SECRET_KEY. When not set, no key is accepted. */
  "register-secret-key"?: string;
  /** The folder of the embedded MongoDB and of the service's own signing key, relative to the working directory. Only this user may have access to it (mode 0700): if others can change it, the service does not start. */
  "data-dir": string;
  /** MongoDB: host:port (several with commas), or a mongodb:// or mongodb+srv:// URI. A replica set or a sharded cluster. When not set, the service runs an embedded MongoDB in data-dir. */
  "mongodb-host"?: string;
  /** The name of the MongoDB database. */
  "mongodb-database": string;
  /** The MongoDB account, with readWrite on the database or the role that steward setup-database makes. Needs mongodb-pwd. */
  "mongodb-user"?: string;
  /** The password of mongodb-user; better in the environment, as STEWARD_MONGODB_PWD. In the file a backslash is written twice. */
  "mongodb-pwd"?: string;
  /** Whether MongoDB retries a write once after a network error; false for servers that cannot. */
  "mongodb-retrywrites": boolean;
  /** The URL of the workspace service that has the modules of types: calls about them are sent there with the caller's token (https, or http on this host). */
  "type-delegation-target"?: string;
  /** The URLs of the workspace services that register_typespec_copy may fetch specifications from (https, or http on this host). With none, it is refused. */
  "typespec-copy-sources": string[];
  /** true: what a former user owned goes to the user whom the same issuer has since given the same name under another id, as a recorded job in the background. Also read from the environment, as CHANGE_OWNERSHIP_OF_CHANGED_USER_IDS. false: it stays, and an administrator can reclaim it. */
  "change-ownership-of-changed-user-ids": boolean;
  /** The reverse proxies in front of the service: IP addresses and networks. Only from these, the client's address is taken from X-Forwarded-For (the last entry that is not one of them) or, without it, X-Real-IP; otherwise it is the socket's. */
  "trusted-proxies": string[];
  /** The hosts at which other services may be reached with http:// (auth2-service-url, auth-jwks-url, type-delegation-target, typespec-copy-sources). Tokens and keys are sent to them unencrypted: name only hosts of a network of your own, such as the services of one docker-compose file. This host need not be named. */
  "plain-http-hosts": string[];
  /** The origins whose pages may call the service in a browser: they may send JSON, and read the answers of other systems' routes. Any other page can call JSON-RPC as at KBase (without Content-Type: application/json) and read public IIIF objects. Cookies are never allowed. */
  "cors-origins": string[];
  /** Whether the console for administrators is served at /console. Its files contain no data, and everything that it does is a call with the token of whoever signs in. */
  console: boolean;
  /** true: the client's address is always the socket's, even from trusted-proxies. Also written dont_trust_x_ip_headers. KBase's key; unlike in KBase, false trusts only trusted-proxies. */
  "dont-trust-x-ip-headers": boolean;
  /** The largest request body of an identified caller, in bytes; the default is KBase's limit. Routes of other systems take bodies up to max-memory-body-bytes. */
  "max-body-bytes": number;
  /** The largest request body of an anonymous caller, in bytes. Callers who send more must be identified before it is read. */
  "max-anonymous-body-bytes": number;
  /** The largest request body that is kept in memory, in bytes. A longer one is written to a temporary file in spool-dir while it arrives. */
  "max-memory-body-bytes": number;
  /** How many bytes of request bodies the service holds in memory at a time. When they would be more, the largest body that is still arriving, of the caller with the most bytes, is refused. */
  "max-held-body-bytes": number;
  /** How many bytes of answers the service holds in memory until clients have read them. Further answers wait in temporary files. A client that reads nothing for 30 seconds is disconnected. */
  "max-held-answer-bytes": number;
  /** The folder of the temporary files for request bodies and object data that are too long for memory. They are unlinked while in use, so that none is left however the service ends. When not set, the folder spool in data-dir. */
  "spool-dir"?: string;
  /** How many bytes all temporary files together may take. When they would be more, the largest body that is still arriving, of the caller with the most bytes, is refused. Saving an object of one gigabyte takes up to three gigabytes, and verifyState and pruneAudit about a kilobyte for each record and document. */
  "max-spool-bytes": number;
  /** How many bytes the temporary files of one caller may take. When they would be more, the caller's largest body that is still arriving is refused. The files of verifyState and pruneAudit do not count. */
  "max-spool-bytes-per-caller": number;
  /** How long a request body may arrive at less than min-body-bytes-per-second before it is refused, in seconds. */
  "body-grace-seconds": number;
  /** The least rate at which a request body must arrive, in bytes per second. */
  "min-body-bytes-per-second": number;
  /** How many calls of identified callers run at a time. More wait for a moment, each caller in turn, and are then refused. */
  "max-calls": number;
  /** Within how many seconds a call is answered, with an error at the latest; nothing is changed after that. Calls that transfer much data, and dry runs of what becomes a job, have twenty times as long. */
  "call-deadline-seconds": number;
  /** How many calls of one identified caller run at a time. */
  "max-calls-per-caller": number;
  /** How many of these may be writes by ordinary methods that can be long, such as a change of rights with a cascade. Commands of administer and saves of few objects do not count. */
  "max-writes-per-caller": number;
  /** How many calls without a token run at a time: public reads and logins. */
  "max-anonymous-calls": number;
  /** How many calls without a token run at a time from one address (IPv6: from one /64 network). */
  "max-anonymous-calls-per-address": number;
  /** How many calls an identified caller may make in a minute, over all instances together; not bounded when not set. An instance takes a twentieth of them at a time from the database, so that a caller whose calls reach several instances may be refused that much earlier for each further instance. */
  "max-calls-per-minute"?: number;
  /** The same for calls without a token, public reads and logins, from one address (IPv6: from one /64 network). */
  "max-anonymous-calls-per-minute"?: number;
  /** How many hours a session lasts that begins with the name and the password of a local account. */
  "session-hours": number;
  /** The domain that passkeys belong to (the relying party id of WebAuthn): the host of the console, or a domain above it. Without it there are no passkeys. */
  "webauthn-rp-id"?: string;
  /** The origins whose pages may use passkeys: that of the console. */
  "webauthn-origins": string[];
  /** How many minutes a ticket (openTicket) lasts, at most and by default. */
  "ticket-minutes": number;
  /** How long ago the sign-in (auth_time) of a token may be that opens a ticket, in seconds. */
  "ticket-auth-age-seconds": number;
  /** A signed token opens a ticket only if its acr is one of these; any, when empty. */
  "ticket-acr": string[];
  /** A signed token opens a ticket only if its amr has one of these; any, when empty. */
  "ticket-amr": string[];
  /** What is logged: error, warn, info or debug, each with those before it. */
  "log-level": "error" | "warn" | "info" | "debug";
  /** How long requests in flight may take to finish once the service is told to stop, in seconds. */
  "shutdown-grace-seconds": number;
  /** The mail server that sends notices, as smtp://HOST:PORT or smtps://HOST:PORT, with an account as smtp://USER:PASSWORD@HOST:PORT; better in the environment, as STEWARD_SMTP_URL. When not set, notices are stored but not sent. Needs smtp-from. */
  "smtp-url"?: string;
  /** The sender of notices. Needs smtp-url. */
  "smtp-from"?: string;
}

/** The answer of a dry run. */
export interface DryRun {
  changes: RecordedChange[];
  names?: ShownNames;
  plan: string;
  /** Why `revert` could not revert this; absent if it could, and for jobs, which revertJob reverts. */
  notRevertible?: string;
  /** For a job: the number of its items. */
  total?: number;
  types?: PlannedCount[];
  /** For a job: what would happen to each item; `changes` are those of the items shown. */
  items?: PlannedItem[];
  /** What else it would do, leave or skip, as sentences with names. Only the first 1000 are shown; the plan covers all. */
  effects?: string[];
  /** The cursor of the next page; absent on the last. */
  next?: string;
}

/** What happened to one document. */
export interface RecordedChange {
  collection: string;
  id: string;
  op: "insert" | "update" | "remove";
  /** The document that was removed. */
  before?: {
    [k: string]: unknown;
  };
  /** The document that was inserted. */
  after?: {
    [k: string]: unknown;
  };
  fields?: {
    path: string;
    before?: unknown;
    after?: unknown;
  }[];
}

/** The names, by id, of the users and roles in `changes`, and of the workspaces, resources and objects that these change. At most 1000 of each kind are named; absent if there are none. */
export interface ShownNames {
  [k: string]: string;
}

export interface PlannedCount {
  type: string;
  total: number;
}

export interface PlannedItem {
  id: string;
  type: string;
  name?: string;
  outcome: "wouldMove" | "wouldFail" | "wouldSkip";
  reason?: string;
}

/**
 * @minItems 1
 * @maxItems 1000
 *
 * Items: A user name, `id:ID`, `role:NAME` for the members of a role, `token-role:NAME` for callers with this role in their token, `service:NAME`, `admins` (full administrators), `readOnlyAdmins`, or `anybody`.
 */
export type Callers = string[];

/** The policy file: who may do what, as whom, on what, when, with which proof, reason and approvals. */
export interface PolicyFile {
  /**
   * In any order: a matching `deny` wins, and the requirements of all matching rules add up.
   *
   * @maxItems 1000
   */
  rules?: PolicyRule[];
  /**
   * Cases that the rules must decide as written here, or else the file is refused.
   *
   * @maxItems 1000
   */
  expect?: PolicyExpectation[];
  /**
   * Bounds on whose data callers read by commands within an hour.
   *
   * @maxItems 100
   */
  budgets?: PolicyBudget[];
}

export interface PolicyRule {
  /** Names the rule in records and refusals; unique in the file. */
  name: string;
  /** The callers to whom the rule applies. */
  who: Callers;
  /**
   * Names of commands, `group:NAME`, or `*` for all.
   *
   * @minItems 1
   * @maxItems 1000
   */
  commands: string[];
  /**
   * The rule applies only to calls that act as, or are about, one of these users; `*` is everybody. An `allow` reaches administrators only where it names them.
   *
   * @minItems 1
   * @maxItems 1000
   *
   * Items: A user name, `id:ID`, or `role:NAME` for the members of a role.
   */
  as?: string[];
  /** A JSON Schema that the parameters must match. */
  where?: {};
  when?: PolicyTimes;
  /**
   * Addresses and networks of callers, such as `10.0.0.0/8`.
   *
   * @minItems 1
   * @maxItems 1000
   */
  from?: string[];
  /** Gives the commands to the callers. */
  allow?: true;
  /** Refuses the commands to the callers, whatever other rules say. */
  deny?: true;
  require?: PolicyRequirements;
}

export interface PolicyTimes {
  /** The first instant. */
  from?: string;
  /** The instant from which the rule no longer applies. */
  until?: string;
  /** @minItems 1 */
  weekdays?: ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[];
  /** From and to, such as `09:00-17:00`; `22:00-06:00` goes over midnight and belongs to the day on which it begins. */
  hours?: string;
  /** Of `weekdays` and `hours`, as `Europe/Berlin`; UTC when absent. */
  timezone?: string;
}

export interface PolicyRequirements {
  /** `true` for any reason, or a regular expression (RE2) that must match somewhere in it. */
  reason?: true | string;
  ticket?: PolicyTicket;
  approvals?: PolicyApprovals;
}

export interface PolicyTicket {
  /** How old the second proof may be. */
  maxMinutes: number;
}

export interface PolicyApprovals {
  /** How many people must approve. */
  count: number;
  /** Who may approve; full administrators when absent. */
  by?: Callers;
}

export interface PolicyExpectation {
  /** The caller: a user name or `id:ID`. */
  user: string;
  /** The caller's admin right. When absent: full for users in `ws-admin`, else none. */
  rank?: "full" | "readOnly" | "none";
  /** @maxItems 100 */
  roles?: string[];
  /** @maxItems 100 */
  tokenRoles?: string[];
  /** The caller is a service. */
  service?: true;
  command: string;
  /** The user acted as, or the target. */
  as?: string;
  /** The user in `as` is an administrator. */
  asAdmin?: true;
  params?: {};
  /** The time of the call; now when absent. */
  at?: string;
  /** 127.0.0.1 when absent. */
  address?: string;
  verdict: "allow" | "deny";
  /** The rule that decides. */
  rule?: string;
  /** Exactly what is required; not compared when absent. */
  requires?: ("reason" | "ticket" | "approvals")[];
}

export interface PolicyBudget {
  /** Names the budget in refusals; no rule has the same name. */
  name: string;
  /** The callers to whom the budget applies, each by themselves. */
  who: Callers;
  /** Reads that would make it more distinct owners within an hour need what `require` says. */
  owners: number;
  require: PolicyRequirements;
}

export type AdminRoleName = "full" | "readOnly";

/** A time by RFC 3339, such as 2027-01-31T12:00:00Z. */
export type Instant = string;

export type CommandName = string;

/** A user's name; `name~<short id>` for a former one. */
export type UserName = string;

export interface AddAdmin {
  /** Absent or empty: full and without limits, as in KBase. */
  params: {
    role?: AdminRoleName;
    expires?: Instant;
    /**
     * The only commands that the new administrator may run.
     *
     * @minItems 1
     * @maxItems 200
     */
    commands?: CommandName[];
    /** true: for a service that has these rights only when it acts for a user with a delegated token. */
    delegatedOnly?: boolean;
    /**
     * The only users that the new administrator may act as, or for with a delegated token; role:NAME stands for all users who have that role in the delegated token. With it, commands that do not act as a user must be listed in `commands`.
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
  /** Who of the two lets the other read what is for friends. */
  agreed: "both" | "user" | "friend";
}

/** An instant in the future, such as 2027-01-31T12:00:00Z, rounded down to a second, from which on the right gives nothing. Absent: no end. */
export type Expires = string;

export interface AddRoleMembers {
  params: {
    /** 1 to 100 characters; `name~<short id>` for a former role. */
    name: string;
    /**
     * The users to add. Those who are members already get the new `expires`.
     *
     * @minItems 1
     * @maxItems 10000
     */
    members: UserName[];
    expires?: Expires;
  };
  result: ApplicationRole;
}

export interface ApplicationRole {
  /** 1 to 100 characters; `name~<short id>` for a former role. */
  name: string;
  id: string;
  /** The number of members. */
  size: number;
  /**
   * Their names, in order, if one role is asked for.
   *
   * @maxItems 10000
   */
  members?: UserName[];
  /** Those of the members who are in it for a time, soonest first. */
  expiring?: {
    user: UserName;
    expires: Instant;
  }[];
  created: Instant;
}

export type UserKind = "person" | "staff" | "service";

/** pending: added by name, not signed in yet; former: closed for ever. */
export type UserState = "pending" | "active" | "disabled" | "former";

export interface AddUser {
  params: {
    /** The `sub` of the user's tokens, if it is known. */
    id?: string;
    /** The user's e-mail address. */
    email?: string;
    kind?: UserKind;
  };
  result: User;
}

/** A user of the directory. */
export interface User {
  user: UserName;
  /** It never changes: rights refer to it. */
  id: string;
  kind: UserKind;
  state: UserState;
  email?: string;
  /** The `sub` of the user's tokens. */
  subject?: string;
  issuer?: string;
  created: Instant;
  closed?: Instant;
}

export interface AlterWorkspaceMetadata {
  params: {
    wsi?: WorkspaceIdentity;
    /** Keys to set. */
    new?: {
      [k: string]: string;
    };
    /** Keys to remove. */
    remove?: string[];
  };
  result: null;
}

/** A workspace, by exactly one of the two. */
export interface WorkspaceIdentity {
  /** The name; alternatively, give `id`. */
  workspace?: string;
  /** The number; alternatively, give `workspace`. */
  id?: number;
}

/** The id of the request, as in the error `approval_needed`. */
export type ApprovalRequestId = string;

/** Only requests in this state. */
export type ApprovalStateName = "open" | "used" | "denied" | "cancelled" | "expired" | "stale" | "failed";

export interface Approve {
  params: {
    request: ApprovalRequestId;
    /** Why; kept in the audit record. */
    reason: string;
  };
  result: ApprovalRequestView;
}

/** A request for approval. */
export interface ApprovalRequestView {
  request: ApprovalRequestId;
  state: ApprovalStateName;
  command: string;
  user?: string;
  module?: string;
  /** The parameters; secrets are replaced by an HMAC. */
  params: {
    [k: string]: unknown;
  };
  reason?: string;
  /** Who asks for it. */
  by: string;
  /** The service that acted for them. */
  through?: string;
  /** The plan that a dry run of the same call returns. */
  plan: string;
  /** The first changes of the plan (getApproval only). */
  changes?: {}[];
  names?: ShownNames;
  /** How many more changes the plan has. */
  moreChanges?: number;
  /** What the policy requires. */
  requires: {
    rule: string;
    /** How many people must approve. */
    count: number;
    /** Who may approve, as the policy names them; every full administrator without limits when absent. */
    by?: string[];
    /** How many approvals count now. */
    given: number;
  }[];
  approvals: {
    by: string;
    through?: string;
    at: Instant;
    reason: string;
    /** Whether the approver is still qualified. */
    counts: boolean;
  }[];
  /** Whether you may approve or deny it. */
  mayDecide: boolean;
  /** true: it runs by itself after the last approval. */
  runsItself?: boolean;
  /** Whether runApproved can run it; otherwise send the same call again, with the request as `approval`. */
  runnable: boolean;
  requested: Instant;
  expires: Instant;
  /** Who denied or cancelled it. */
  decided?: {
    by: string;
    through?: string;
    at: Instant;
    reason?: string;
  };
  /** Why it could not run by itself, or what has changed since. */
  error?: {
    reason: string;
    message: string;
  };
}

export interface ApproveModRequest {
  params: ModuleParams;
  result: null;
}

export interface ModuleParams {
  /** The module's name; it may also be sent as the key module of the command object. */
  module?: string;
}

export interface AuditHash {
  params: {
    /** The password, token, e-mail address or other value, exactly as it was sent. */
    value: string;
  };
  result: {
    /** `hmac:` and the HMAC, for `contains` of getAudit. */
    hash: string;
  };
}

export interface BreakGlass {
  params: {
    /** Why; kept in the audit record. */
    reason: string;
  };
  result: {
    /** The id that marks every record made under it. */
    id: string;
    until: Instant;
  };
}

export interface CancelApproval {
  params: {
    request: ApprovalRequestId;
    /** Why; kept in the audit record. */
    reason?: string;
  };
  result: ApprovalRequestView;
}

/** The job's id, as in the answer that began it. */
export type JobId = string;

/** The command that began it; changedUserIds: the service itself did. */
export type JobKindName =
  | "changeOwner"
  | "reclaim"
  | "changedUserIds"
  | "offboard"
  | "revertJob"
  | "verifyAudit"
  | "verifyState"
  | "pruneAudit";

/** failed: it could not go on, for the reason in `error`; resumeJob makes it try again. */
export type JobStateName = "running" | "paused" | "done" | "failed" | "cancelled";

export type SequenceNumber = number;

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
  /** The administrator, or the service that acted for one. */
  by: string;
  for?: string;
  reason?: string;
  /** The previous owner, under the name of that time. */
  from?: string;
  to?: string;
  total: number;
  moved: number;
  /** Items that could not be moved; getJob with items says why. */
  failed: number;
  /** Items that were missing, or had another owner. */
  skipped: number;
  types: JobTypeCount[];
  /** Why it failed. */
  error?: {
    reason: string;
    message: string;
  };
  /** The job that this one reverts. */
  reverts?: string;
  verification?: AuditReport;
  stateVerification?: StateReport;
  pruning?: AuditPruning;
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

/** Of verifyAudit: what it has found so far. */
export interface AuditReport {
  /** Whether nothing is wrong with what was checked. */
  ok: boolean;
  checked: CheckedRange;
  size: SequenceNumber;
  /** Its root in Base64; absent if the tree could not be computed. */
  root?: string;
  /** Records whose text the retention has removed: their places were checked. */
  pruned: number;
  /** How many checkpoints the log agrees with. */
  checkpoints: number;
  /** How many receipts the log agrees with. */
  receipts: number;
  /** How far each witness has cosigned, by the checkpoints that were given. */
  cosigned?: CosignedUpTo[];
  findings: AuditFinding[];
  /** How many findings are not listed. */
  more?: number;
}

/** The records that were checked: from the first to before `to`. The log is checked by whole segments. */
export interface CheckedRange {
  from: SequenceNumber;
  to: SequenceNumber;
}

export interface CosignedUpTo {
  witness: string;
  size: SequenceNumber;
  at: Instant;
}

export interface AuditFinding {
  kind:
    | "edited"
    | "missing"
    | "inserted"
    | "reordered"
    | "fork"
    | "truncated"
    | "rewritten"
    | "part_edited"
    | "part_missing"
    | "seal_edited"
    | "checkpoint_invalid"
    | "signature_invalid"
    | "receipt_not_found"
    | "receipt_differs"
    | "torn"
    | "gap";
  seq?: SequenceNumber;
  /** The id of the record. */
  record?: string;
  message: string;
}

/** Of verifyState, once it is done: what it has found. */
export interface StateReport {
  /** Whether everything that is covered is what the records say. */
  ok: boolean;
  from: SequenceNumber;
  /** How many records were read. */
  records: number;
  /** How many documents were compared. */
  documents: number;
  /** Records of the log that are not in the database: verifyAudit names them. */
  missingRecords: number;
  /** What differs; the first 1000. `expected` is what the records say, `actual` what is in the database; each is absent if there is nothing. */
  findings: StateFinding[];
  /** How many documents differ beside those in the findings. */
  more: number;
  /** How many documents could not be compared because they were being changed all the time. */
  unsettled: number;
  /** What is held against the records. */
  covered: CoveredFields[];
  /** Why the other collections are not. */
  notCovered: {
    [k: string]: string;
  };
}

export interface StateFinding {
  /** changed: a field differs; missing: the document is gone; inserted: no record made it. */
  kind: "changed" | "missing" | "inserted";
  collection: string;
  id: string;
  /** For changed: the field, or LIST[KEY] for an item of a list. */
  field?: string;
  expected?: unknown;
  actual?: unknown;
}

export interface CoveredFields {
  collection: string;
  fields: string[];
}

/** Of pruneAudit: how far it is. */
export interface AuditPruning {
  size: SequenceNumber;
  /** The id of the signed snapshot of what the pruned records said, from which verifyState begins; absent until it is made, and then the records count as pruned. */
  snapshot?: string;
  /** How many records from the beginning of the log are removed so far. */
  removed: number;
}

export interface ChallengePasskey {
  /** None. */
  params: {};
  result: {
    /** What a passkey is to sign: PublicKeyCredentialRequestOptionsJSON (WebAuthn Level 3). */
    options: {
      [k: string]: unknown;
    };
    until: Instant;
  };
}

/** Who gets what the job moved, if its previous owner can no longer be given anything. They get the resources as they are now: names and rights stay as a change of owner leaves them. */
export type PartyName = string;

/** A type of one of the systems, as that system names it. */
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

/** What the previous owner keeps: the right to administer it (keep), to read it (read), or nothing (drop). When absent, keep for workspaces and drop for all others. */
export type PreviousOwnerName = "keep" | "read" | "drop";

/** The `next` of the previous page. */
export type Cursor = string;

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
     * Only these resources: their ids here or in their own system.
     *
     * @minItems 1
     * @maxItems 10000
     */
    ids?: string[];
    /** Only resources whose name matches this pattern, in which * stands for any characters. */
    name?: string;
    /** Only this resource (its id) and everything below it. */
    under?: string;
    previousOwner?: PreviousOwnerName;
    page?: PlanPage;
  };
  result: JobView;
}

/** The part of the plan that a dry run shows; the plan itself covers everything. */
export interface PlanPage {
  cursor?: Cursor;
  /** 100 when absent. */
  limit?: number;
}

/** Whether `owner` names a user or an application role. */
export type AccountTypeName = "User" | "ApplicationRole";

export interface ChangeOwnership {
  params: {
    type: ResourceTypeName;
    /** The resource's id here or in its own system. */
    id: string;
    accountType: AccountTypeName;
    /** The user's name or id:ID, or the role's name. */
    owner: string;
    previousOwner?: PreviousOwnerName;
    /** For a workspace: its new name. When absent, it keeps its name, in which a prefix becomes the new owner's name. */
    new_name?: string;
  };
  result: ChangedOwnership;
}

export interface ChangedOwnership {
  id: string;
  type: string;
  accountType: AccountTypeName;
  owner: string;
  /** false: they owned it already. */
  changed: boolean;
}

export interface ConfirmPasskey {
  params: {
    /** What you call it, such as the name of the device. */
    name: string;
    /** What the browser made, as JSON: RegistrationResponseJSON (WebAuthn Level 3). */
    answer: string;
  };
  result: PasskeyView;
}

export interface PasskeyView {
  id: string;
  name: string;
  added: Instant;
}

/** Each replaces a code of the app once. They are not shown again. */
export type RecoveryCodes = string[];

export interface ConfirmTotp {
  params: {
    proof: ProofOfIdentity;
  };
  result: {
    recoveryCodes: RecoveryCodes;
  };
}

/** A second proof of your identity: exactly one of passkey, password, totp, recoveryCode and token. listMyTickets shows which you have. */
export interface ProofOfIdentity {
  /** The password of a local account that has no authenticator app. */
  password?: string;
  /** The code that your authenticator app shows. */
  totp?: string;
  /** One of your recovery codes. */
  recoveryCode?: string;
  /** Another token of yours, from a new sign-in. */
  token?: string;
  /** What one of your passkeys has signed, after challengePasskey, as JSON: AuthenticationResponseJSON (WebAuthn Level 3). */
  passkey?: string;
}

/** A type of catalog items, as Oracle names it. */
export type CatalogType =
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
  | "scripts";

/** The item's id in the catalog, such as /@Catalog/shared/Sales, or its id here. */
export type CatalogId = string;

/** The new id of the item, such as /@Catalog/shared/Sales/2024. */
export type CatalogNewId = string;

/** The id of a folder in the catalog, or its id here. */
export type CatalogFolderId = string;

/** true: missing folders above it are made. */
export type CreateIntermediateFolders = boolean;

export interface CopyCatalogItem {
  params: {
    type: CatalogType;
    id: CatalogId;
    destId?: CatalogNewId;
    destParentId?: CatalogFolderId;
    /** Its new name, which is also the last part of its id; when absent, it keeps its name. */
    newItemName?: string;
    /** true: an item of the same type that already has the id is deleted, if nothing is below it. */
    overwrite?: boolean;
    createIntermediateFolders?: CreateIntermediateFolders;
  };
  result: CatalogItem;
}

/** An item of Oracle's catalog as its own API shows it. */
export interface CatalogItem {
  id: string;
  name: string;
  type: string;
  parentId?: string;
  /** The name of a user or of a role. */
  owner?: string;
  description?: string;
  lastModified: Instant;
}

/** At most 1,024 characters; the audit keeps an HMAC of it. */
export type PasswordText = string;

export interface CreateAdmin {
  params: {
    /** Spaces are removed. */
    username?: string;
    /** Spaces are removed. */
    email?: string;
    password?: PasswordText;
  };
  result: StaffAccount;
}

/** An account of staff, in the words of the IIIF API. */
export interface StaffAccount {
  id: string;
  username: string;
  email?: string;
  is_staff: true;
  is_active: boolean;
  is_superuser: boolean;
  date_joined: Instant;
}

export interface CreateFolder {
  /** The folder by name and parent, or by its new id. */
  params: {
    /** The name to display. */
    name?: string;
    parentId?: CatalogFolderId;
    id?: CatalogNewId;
    createIntermediateFolders?: CreateIntermediateFolders;
  };
  result: CatalogItem;
}

/** What comes before the path in every @id, such as https://iiif.example.org. */
export type IiifBase = string;

/** The type of the object. */
export type IiifTypeName =
  "collection" | "manifest" | "sequence" | "canvas" | "annotation" | "list" | "range" | "layer";

/** A part of the path in the @id: letters, digits and a few signs. */
export type IiifSegment = string;

export interface CreateIiifObject {
  params: {
    base: IiifBase;
    type: IiifTypeName;
    identifier?: IiifSegment;
    name?: IiifSegment;
    object: IiifContent;
  };
  result: IiifSaved;
}

/** The object in the form of the Presentation API 2. */
export interface IiifContent {
  [k: string]: unknown;
}

export interface IiifSaved {
  "@id": string;
  "@type": string;
}

/** The name to display; it need not be unique. */
export type ResourceName = string;

/** The resource's id in its own system, unique within its type. */
export type ExternalId = string;

/** Steward's id. A resource is named by it, or by `type` and `externalId`. */
export type ResourceId = string;

/** The name of a user or of a role, or `id:` and the id. */
export type AccountName = string;

/** Who may read it without a grant: everybody, the friends of its owners, or nobody. */
export type VisibilityName = "public" | "friendly" | "private";

export interface CreateResource {
  params: {
    type: ResourceTypeName;
    name: ResourceName;
    externalId?: ExternalId;
    /**
     * The ids of its parents, in order.
     *
     * @maxItems 100
     */
    parents?: ResourceId[];
    /**
     * Absent: the caller, if its type needs an owner.
     *
     * @maxItems 1000
     */
    owners?: ResourceOwner[];
    visibility?: VisibilityName;
    /** Further data of its system: any JSON, up to 1,000,000 bytes; null for none. */
    data?: {} | unknown[] | string | number | boolean | null;
  };
  result: ResourceView;
}

export interface ResourceOwner {
  accountType: AccountTypeName;
  owner: AccountName;
  /** The id of the user or role; only in answers. */
  id?: string;
  expires?: Instant;
}

export interface ResourceView {
  id: ResourceId;
  type: ResourceTypeName;
  name: ResourceName;
  externalId?: ExternalId;
  /** The ids of its parents, in order. */
  parents: ResourceId[];
  owners: ResourceOwner[];
  visibility: VisibilityName;
  stamp?: ResourceStamp;
  /** Further data of its system: any JSON. */
  data?: {} | unknown[] | string | number | boolean | null;
  created: Instant;
  modified: Instant;
}

/** Who made it, under their name of that time; it never changes. */
export interface ResourceStamp {
  id: string;
  name: string;
}

export interface CreateRole {
  params: {
    /** 1 to 100 characters; `name~<short id>` for a former role. */
    name: string;
    /**
     * The members; none when absent.
     *
     * @maxItems 10000
     */
    members?: UserName[];
    expires?: Expires;
  };
  result: ApplicationRole;
}

export interface CreateStaff {
  params: {
    /** Spaces are removed. */
    username?: string;
    /** Spaces are removed. */
    email?: string;
    password?: PasswordText;
  };
  result: StaffAccount;
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

/** A time such as 2026-11-23T18:05:07+0000. Z, +HH:MM and up to three decimals of a second are accepted too. */
export type KBaseTimestamp = string;

/** n: none, r: read, w: write, a: administer. Owners are shown as a. */
export type KBasePermission = "n" | "r" | "w" | "a";

/** r: everybody may read it. */
export type KBaseGlobalPermission = "n" | "r";

/** published: locked and readable by everybody. */
export type KBaseLockState = "unlocked" | "locked" | "published";

export interface CreateWorkspace {
  params: CreateWorkspaceParams;
  result: WorkspaceInfo;
}

export interface CreateWorkspaceParams {
  /** The name: 1 to 255 of A-Z a-z 0-9 _ : . -, not an integer; only the owner's name may come before a :. */
  workspace?: string;
  /** n (the default) or r. */
  globalread?: string;
  /** At most 1,000 characters are kept. */
  description?: string;
  meta?: KBaseUserMetadata;
}

/** A key and its value have at most 900 bytes together; all of them have at most 16,000 as JSON. */
export interface KBaseUserMetadata {
  [k: string]: string;
}

export interface DeleteIiifObject {
  params: {
    base: IiifBase;
    type: IiifTypeName;
    identifier?: IiifSegment;
    name?: IiifSegment;
  };
  result: null;
}

export interface DeleteObjects {
  params: {
    /** All versions of each are deleted. */
    objects?: (ListedObjectIdentity | null)[];
  };
  result: null;
}

/** An object of a list. Errors for other keys name the position in the list. */
export interface ListedObjectIdentity {
  /** The workspace's name; alternatively, give `wsid`. */
  workspace?: string;
  /** The workspace's id; alternatively, give `workspace`. */
  wsid?: number;
  /** The object's name; alternatively, give `objid`. */
  name?: string;
  /** The object's id; alternatively, give `name`. */
  objid?: number;
  /** The version; the newest when absent. */
  ver?: number;
  /** A reference, `workspace/object` or `workspace/object/version`, instead of all other keys. */
  ref?: string;
  [k: string]: unknown;
}

export interface DeleteResource {
  params: {
    id?: ResourceId;
    type?: ResourceTypeName;
    externalId?: ExternalId;
    /** Also everything below it that has no other parent. */
    recursive?: boolean;
  };
  result: {
    /** The ids of the deleted resources, the resource itself first. */
    deleted: ResourceId[];
    /** The ids of resources that were below it and stay, because they have other parents. */
    detached: ResourceId[];
  };
}

export interface DeleteRole {
  params: {
    /** 1 to 100 characters; `name~<short id>` for a former role. */
    name: string;
  };
  result: ApplicationRole;
}

export interface DeleteStaff {
  params: {
    /** The account's id, as listStaff shows it. */
    id: string;
  };
  result: null;
}

export interface DeleteUser {
  /** None. */
  params: {};
  result: User;
}

export interface DeleteWorkspace {
  params: WorkspaceIdentity;
  result: null;
}

export interface DenyApproval {
  params: {
    request: ApprovalRequestId;
    /** Why; kept in the audit record. */
    reason: string;
  };
  result: ApprovalRequestView;
}

export interface DenyModRequest {
  params: ModuleParams;
  result: null;
}

export interface DisableUser {
  /** None. */
  params: {};
  result: User;
}

export interface DropTickets {
  /** None. */
  params: {};
  result: {
    /** How many tickets there were. */
    dropped: number;
  };
}

export interface EnableUser {
  /** None. */
  params: {};
  result: User;
}

/** The id of another session of the caller, as Session.list shows it; absent: the session of the call. */
export type SessionId = string;

export interface EndSession {
  params: {
    session?: SessionId;
  };
  result: EndedSessions;
}

export interface EndedSessions {
  /** How many sessions have ended. */
  ended: number;
}

export interface EnrolPasskey {
  params: {
    proof: ProofOfIdentity;
  };
  result: {
    /** What the browser makes the passkey from: PublicKeyCredentialCreationOptionsJSON (WebAuthn Level 3). */
    options: {
      [k: string]: unknown;
    };
    confirmBefore: Instant;
  };
}

export interface EnrolTotp {
  params: {
    proof: ProofOfIdentity;
  };
  result: {
    /** What the app needs to know, in base32. */
    secret: string;
    /** The same as an otpauth: URI. */
    uri: string;
    /** The URI as a QR code, drawn in characters, for the app's camera. */
    qrCode: string;
    confirmBefore: Instant;
  };
}

export interface Explain {
  params: {
    /** The command that would be called. */
    command: string;
    /** The key `user` of the call. Without it and `params`, any user is considered. */
    user?: string;
    /** The parameters of the call. Without them, any parameters are considered. The audit keeps an HMAC of them, since they may have secrets. */
    params?: {};
    /** The key `reason` of the call. */
    withReason?: string;
    for?: UserName;
  };
  result: {
    verdict: "allow" | "deny";
    /** The rule that decides: `policy:NAME`, or `default:…` for the default policy. */
    rule: string;
    /** Where the rule begins in the policy file. */
    line?: number;
    /** The digest of the policy file; absent without one. */
    policy?: string;
    /** The error with which the call would be refused. */
    refusal?: {
      reason: string;
      message: string;
    };
    /** What the call needs besides rights, and what of it is there already. */
    requires: PolicyRequirement[];
    /** Rules that could change the answer, depending on the user or the parameters that were left out. */
    depends: NamedPolicyRule[];
    /** What the user acted as may do with the resource. */
    access?: {
      /** The id of the resource that the parameters name. */
      resource: string;
      level: "none" | "read" | "write" | "admin" | "owner";
      /** Where the level comes from: `owner`, `grant`, `role:ID`, `friend`, `public`, `admin` or `nothing`. */
      reason: string;
    };
  };
}

export interface PolicyRequirement {
  kind: "reason" | "ticket" | "approvals";
  rule: string;
  /** What the reason must match. */
  pattern?: string;
  /** How old the proof of a ticket may be. */
  maxMinutes?: number;
  /** How many people must approve. */
  count?: number;
  /** Who may approve; full administrators when absent. */
  by?: string[];
  /** In an answer of `explain`: whether the call has it already. Absent if that is not known: a ticket of somebody else, or approvals if the question names no `params`. An approval holds for the plan of its request, which is compared when the command runs. */
  met?: boolean;
  /** What is still missing. */
  missing?: string;
  /** The ticket that would be used. */
  ticket?: string;
  /** The open request for approval of exactly this call. */
  request?: string;
}

export interface NamedPolicyRule {
  name: string;
  /** Where the rule begins in the policy file. */
  line: number;
  effect: "allow" | "deny" | "require";
  requires?: PolicyRequirement[];
}

/** A signed note: name, size and root of the log, and signatures. */
export type SignedNote = string;

export interface ExportAudit {
  params: {
    after?: SequenceNumber;
    /** 1,000 when absent. Fewer records are returned if they are large. */
    limit?: number;
    /** Instead of the log, export what is stored beside it: records that are not in the log. Empty to begin, and then `nextBeside`. */
    beside?: string;
  };
  result: {
    /** JSON lines, in the order of sequence numbers. */
    lines: string[];
    next?: SequenceNumber;
    /** Where to go on looking for what is stored beside the log; absent at the end. */
    nextBeside?: string;
    /** With `beside`: how many records were found that are not sealed yet, and so are in no export. */
    unsealed?: number;
    checkpoint: SignedNote;
    /** The public keys of the log, the newest last. */
    keys: string[];
    /** For each change of the key, the note that both keys have signed. */
    keyRotations: SignedNote[];
    /** For each witness the newest checkpoint that it has cosigned. */
    cosigned: SignedNote[];
  };
}

/** Each includes those before it; admin includes sharing. */
export type GrantLevelName = "read" | "write" | "admin";

export interface GetAcl {
  params: {
    id?: ResourceId;
    type?: ResourceTypeName;
    externalId?: ExternalId;
  };
  result: ResourceAcl;
}

/** The owners, grants and visibility of a resource. */
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
  level: GrantLevelName;
  /** The id of the user or role; only in answers. */
  id?: string;
  expires?: Instant;
}

export interface GetApproval {
  params: {
    request: ApprovalRequestId;
  };
  result: ApprovalRequestView;
}

export type OutcomeName = "success" | "denied" | "failed" | "dryRun" | "replayed" | "unknown";

/** write: everything but calls of commands that only read. read: only these. */
export type CalledEffect = "read" | "write";

export type NoticeSubjectName =
  | "moduleApproved"
  | "moduleDenied"
  | "workspaceGiven"
  | "workspaceTaken"
  | "permissionChanged"
  | "resourcesGiven"
  | "resourcesTaken"
  | "proofsReset"
  | "approvalRequested"
  | "approvalDecided"
  | "glassBroken"
  | "glassReviewed";

export interface GetAudit {
  /** All given conditions must hold. `from` is inclusive, `to` is exclusive. */
  params: {
    actor?: UserName;
    onBehalfOf?: UserName;
    subject?: UserName;
    command?: CommandName;
    outcome?: OutcomeName;
    effect?: CalledEffect;
    /** `<collection>/<id>`, as in records. */
    resource?: string;
    /** An HMAC, as auditHash returns it: records of calls in which this secret or personal value was sent or replaced. Records of earlier versions are found only together with `command`. */
    contains?: string;
    /** The id of one record, as in receipts. */
    record?: string;
    from?: Instant;
    to?: Instant;
    /** true: the newest first, instead of the oldest. */
    newestFirst?: boolean;
    /** true: also `names`, as they are now. */
    withNames?: boolean;
    cursor?: Cursor;
    /** 100 when absent. */
    limit?: number;
  };
  result: {
    records: AuditEntry[];
    names?: ShownNames;
    /** The cursor of the next page; absent on the last. */
    next?: string;
    /** The cursor with which the same search, oldest first, later goes on with what is committed after this page. It is on the last page, or on the first if the newest come first. */
    follow?: string;
  };
}

export interface AuditEntry {
  /** The id in receipts. */
  record: string;
  /** SHA-256 of the record. In format 2 it is the record's leaf in the log. */
  hash: string;
  /** The format of the record: how its hash is made. Records of earlier versions have none. */
  format?: 2;
  at: Instant;
  via: "command" | "method" | "job" | "signIn" | "import";
  command: string;
  outcome: OutcomeName;
  /** The reason for which it was refused. */
  error?: string;
  actor: NamedUser;
  onBehalfOf?: NamedUser;
  subject?: NamedUser;
  authority: "user" | "admin" | "service";
  /** As validated; secrets and personal data are replaced by HMACs, which depend on the actor too if the call was not carried out. */
  params?: {
    [k: string]: unknown;
  };
  /** `hmac:` and the HMAC of what was sent, if it was not validated, is too long to store, or has more than params (KBase ignores some of it). It is the same for the same calls of one actor. */
  paramsDigest?: string;
  /** The HMACs of the secret and personal values in the parameters and changes. */
  hmacs?: string[];
  reason?: string;
  rule?: string;
  /** The digest of the policy file that was in force. */
  policy?: string;
  /** The request for approval under which it ran, and who approved it. */
  approval?: {
    request: string;
    approvers: NamedUser[];
  };
  /** Set if the actor had broken the glass: the id of that use. */
  breakGlass?: string;
  /** The record of the first call, whose answer a repeated call got. */
  original?: string;
  changes: RecordedChange[];
  /** The documents that hold the changes, in order, if these are many. The record's hash is then that of the record with an empty list of changes. */
  changeParts?: {
    id: string;
    /** The SHA-256 of its salt, if it has one, and its changes as JSON. */
    hash: string;
    /** The number of its changes. */
    count: number;
    /** The number of characters of its changes as JSON. */
    characters: number;
  }[];
  /** What the changes do not show, such as what was skipped. */
  remarks?: string[];
  /** The notices that were sent about it. */
  notices?: NoticeEntry[];
  resources: string[];
  /** Of an act of an administrator: whom it concerns, who can find it with list_admin_actions. */
  concerns?: {
    /** The id of the user or role. */
    id: string;
    /** At most 100 of the documents that are theirs or give them a right. */
    resources: string[];
    /** How many more there are. */
    more?: number;
  }[];
  requestId: string;
  address: string;
}

/** The service that acts for you with this token. */
export interface NamedUser {
  id: string;
  name: string;
}

export interface NoticeEntry {
  /** The id of the principal who is notified. */
  to: string;
  about: NoticeSubjectName;
  text: string;
}

export interface GetCatalogAcl {
  params: {
    type: CatalogType;
    id: CatalogId;
  };
  result: CatalogAcl;
}

/** The grants on an item. */
export interface CatalogAcl {
  acl: CatalogAclEntry[];
}

/** The permissions of one account on an item. */
export interface CatalogAclEntry {
  /** The user's id or name, or the role's name. */
  accountGuid: string;
  accountType: AccountTypeName;
  /** The name to display; ignored when it is sent. */
  accountDisplayName?: string;
  permissions?: CatalogPermissions;
}

/** What an account may do with an item; absent means not set. */
export interface CatalogPermissions {
  /** Read the item. */
  read?: boolean;
  /** Change the item. */
  write?: boolean;
  /** No grant allows it: only the owner deletes an item. */
  delete?: boolean;
  /** Included in read. */
  list?: boolean;
  /** Included in read. */
  execute?: boolean;
  /** Change the permissions on the item. */
  changePermission?: boolean;
  /** No grant allows it: only an administrator changes the owner. */
  takeOwnership?: boolean;
}

export interface GetCatalogItem {
  params: {
    type: CatalogType;
    id: CatalogId;
  };
  result: CatalogItem;
}

export interface GetConfig {
  /** None: whatever is sent is ignored, as in KBase. */
  params: {};
  result: {
    config: {
      /** How many files with object data one call reads at a time; small data is read together. */
      "backend-file-retrieval-scaling": number;
    };
  };
}

export interface GetJob {
  params: {
    id: JobId;
    /** true: list the items too, a page at a time. */
    items?: {
      /** Only items with this outcome; open: not done yet. */
      outcome?: "moved" | "failed" | "skipped" | "open";
      cursor?: Cursor;
      /** 100 when absent. */
      limit?: number;
    };
  };
  result: JobWithItems;
}

export interface JobWithItems {
  job: JobId;
  kind: JobKindName;
  state: JobStateName;
  /** The administrator, or the service that acted for one. */
  by: string;
  for?: string;
  reason?: string;
  /** The previous owner, under the name of that time. */
  from?: string;
  to?: string;
  total: number;
  moved: number;
  /** Items that could not be moved; getJob with items says why. */
  failed: number;
  /** Items that were missing, or had another owner. */
  skipped: number;
  types: JobTypeCount[];
  /** Why it failed. */
  error?: {
    reason: string;
    message: string;
  };
  /** The job that this one reverts. */
  reverts?: string;
  verification?: AuditReport;
  stateVerification?: StateReport;
  pruning?: AuditPruning;
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
  /** More than the reason says. */
  message?: string;
}

/**
 * Object id, name, type, time of saving, version, who saved it, workspace id, workspace name, MD5 of the data, its size in bytes, the metadata if it was asked for.
 *
 * @minItems 11
 * @maxItems 11
 */
export type ObjectInfo = [
  number,
  string,
  string,
  KBaseTimestamp,
  number,
  string,
  number,
  string,
  string,
  number,
  {
    [k: string]: string;
  } | null
];

export interface GetObjectHistory {
  params: ObjectIdentity;
  result: ObjectInfo[];
}

/** An object, or a version of it. */
export interface ObjectIdentity {
  /** The workspace's name; alternatively, give `wsid`. */
  workspace?: string;
  /** The workspace's id; alternatively, give `workspace`. */
  wsid?: number;
  /** The object's name; alternatively, give `objid`. */
  name?: string;
  /** The object's id; alternatively, give `name`. */
  objid?: number;
  /** The version; the newest when absent. */
  ver?: number;
  /** A reference, `workspace/object` or `workspace/object/version`, instead of all other keys. */
  ref?: string;
}

export interface GetObjectInfo {
  params: {
    /** At most 10,000 if data is asked for. */
    objects?: (ObjectSpecification | null)[];
    /** Answer with objects instead of tuples. 0 or 1. */
    infostruct?: number;
    /** Include the metadata. 0 or 1. */
    includeMetadata?: number;
    /** Answer null for an object that cannot be shown, instead of failing. 0 or 1. */
    ignoreErrors?: number;
  };
  result: {
    infos?: (ObjectInfo | null)[];
    /** The path of references to each. */
    paths?: (string[] | null)[];
    /** Only with `infostruct`. */
    infostructs?: (ObjectInfoStruct | null)[];
  };
}

/** An object, the path to it, and the selected parts of its data. Errors for other keys name the position in the list. */
export interface ObjectSpecification {
  /** The workspace's name; alternatively, give `wsid`. */
  workspace?: string;
  /** The workspace's id; alternatively, give `workspace`. */
  wsid?: number;
  /** The object's name; alternatively, give `objid`. */
  name?: string;
  /** The object's id; alternatively, give `name`. */
  objid?: number;
  /** The version; the newest when absent. */
  ver?: number;
  /** A reference, `workspace/object` or `workspace/object/version`, instead of all other keys. */
  ref?: string;
  /** References to follow from this object to the requested one. */
  obj_path?: (ListedObjectIdentity | null)[];
  /** As `obj_path`, each as a reference. */
  obj_ref_path?: (string | null)[];
  /** References to follow to this object from a readable one. */
  to_obj_path?: (ListedObjectIdentity | null)[];
  /** As `to_obj_path`, each as a reference. */
  to_obj_ref_path?: (string | null)[];
  /** Search for a path of references to this object from a readable one. 0 or 1. */
  find_reference_path?: number;
  /** Paths to the selected parts of the data, such as `/features/[*]/id`. */
  included?: (string | null)[];
  /** Fail for a path with a missing key, instead of ignoring it. 0 or 1. */
  strict_maps?: number;
  /** Fail for a path with a missing item, instead of ignoring it. 0 or 1; 1 when absent. */
  strict_arrays?: number;
  [k: string]: unknown;
}

/** A version of an object, with named fields. */
export interface ObjectInfoStruct {
  objid: number;
  name: string;
  type: string;
  save_date: KBaseTimestamp;
  version: number;
  saved_by: string;
  wsid: number;
  workspace: string;
  chsum: string;
  size: number;
  meta?: {
    [k: string]: string;
  };
  adminmeta?: {
    [k: string]: string;
  };
  /** The path of references to it. */
  path: string[];
}

/** Milliseconds since 1970. */
export type EpochMilliseconds = number;

export interface GetObjects {
  params: {
    /** At most 10,000 if data is asked for. */
    objects?: (ObjectSpecification | null)[];
    /** Answer null for an object that cannot be shown, instead of failing. 0 or 1. */
    ignoreErrors?: number;
    /** Answer with objects instead of tuples. 0 or 1. */
    infostruct?: number;
    /** Leave out the data. 0 or 1. */
    no_data?: number;
    /** Ignored. 0 or 1. */
    skip_external_system_updates?: number;
    /** Ignored. 0 or 1. */
    batch_external_system_updates?: number;
  };
  result: {
    data: (ObjectData | null)[];
  };
}

/** A version of an object with its data. */
export interface ObjectData {
  /** As it was saved, with sorted keys. */
  data?: {
    [k: string]: unknown;
  };
  info?: ObjectInfo;
  infostruct?: ObjectInfoStruct;
  /** The path of references to it. */
  path?: string[];
  /** The steps that made the object. */
  provenance: {}[];
  /** Who saved the object's first version. */
  creator: string;
  /** The workspace that it was first saved in. */
  orig_wsid: number;
  created: KBaseTimestamp;
  epoch: EpochMilliseconds;
  /** The objects that it refers to. */
  refs: string[];
  /** The object that it is a copy of, if the caller can read that. */
  copied?: string;
  /** Whether it is a copy of an object that the caller cannot read. 0 or 1. */
  copy_source_inaccessible: number;
  /** The ids in the data, by type. */
  extracted_ids: {
    [k: string]: string[];
  };
}

export interface GetPermissions {
  params: WorkspaceIdentity;
  result: KBasePermissions;
}

/** By user name; * for everybody. */
export interface KBasePermissions {
  [k: string]: KBasePermission;
}

export interface GetPermissionsMass {
  params: {
    /** At most 1,000. */
    workspaces?: (WorkspaceIdentity | null)[];
    /** For a workspace that is missing, deleted or badly named, answer null in `perms` and its error in `errors`, instead of failing. 0 or 1. */
    ignoreErrors?: number;
  };
  result: {
    perms: (KBasePermissions | null)[];
    /** Only with `ignoreErrors`. */
    errors?: (ItemError | null)[];
  };
}

/** Why one item of many failed; the reason is that of a call for only this item. */
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
  /** None: whatever is sent is ignored, as in KBase. */
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

export interface GrantModuleOwnership {
  params: GrantModuleOwnershipParams;
  result: null;
}

export interface GrantModuleOwnershipParams {
  /** The module's name. */
  mod?: string;
  /** The user's name. */
  new_owner?: string;
  /** 1: they may make others owners too; 0 by default. */
  with_grant_option?: number;
}

export interface HideObjects {
  params: {
    /** Each is hidden from lists that do not ask for hidden ones. */
    objects?: (ListedObjectIdentity | null)[];
  };
  result: null;
}

export interface ListAdmins {
  params: {
    /** true: not only names. */
    detail?: boolean;
  };
  /** Names; with `detail`, an object for each administrator. */
  result: string[] | AdminListing[];
}

export interface AdminListing {
  user: string;
  id?: string;
  role: AdminRoleName;
  /** config: named in deploy.cfg, and protected. */
  source: "config" | "roster";
  /** unknown: no user of this name has signed in yet. */
  state: "pending" | "active" | "disabled" | "former" | "unknown";
  /** The only commands that they may run; absent: all. */
  commands?: string[];
  /** The only users that they may act as or for, and as role:NAME the roles whose users they may act for; absent: all. */
  as?: string[];
  /** true: it has these rights only when it acts for a user with a delegated token. */
  delegatedOnly?: boolean;
  expires?: Instant;
  addedAt?: Instant;
  addedBy?: string;
  /** They administer only what belongs to this system. */
  scope?: "iiif";
  /** Their use of break-glass that nobody has reviewed yet. */
  brokeGlass?: {
    at: Instant;
    until: Instant;
    reason: string;
  };
}

export interface ListAdminsVariants {
  otherwise: string[];
  detail: AdminListing[];
}

export interface ListAllWorkspaces {
  /** All given conditions must hold. `after` is inclusive, `before` is exclusive; both are for the last change, by which the list is ordered if neither `owner` nor `prefix` is given. */
  params: {
    owner?: UserName;
    /** A prefix of the name; the list is then ordered by name instead of id. */
    prefix?: string;
    /** Absent: all, including deleted ones. */
    state?: "active" | "deleted" | "locked" | "public";
    after?: Instant;
    before?: Instant;
    cursor?: Cursor;
    /** 100 when absent. */
    limit?: number;
  };
  result: {
    workspaces: WorkspaceListing[];
    next?: Cursor;
  };
}

/** A workspace as administrators see it. */
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

export interface ListApprovals {
  params: {
    state?: ApprovalStateName;
    cursor?: Cursor;
    /** 100 when absent. */
    limit?: number;
  };
  result: {
    requests: ApprovalRequestView[];
    next?: Cursor;
  };
}

export interface ListCatalog {
  params: {
    type?: CatalogType;
    /** A part of the name, ignoring case; with `*` (any characters) or `?` (any one character), a pattern for the whole name. `\` escapes them. */
    search?: string;
    /** Only items directly in this folder or dashboard. */
    inside?: {
      type: CatalogType;
      id: CatalogId;
    };
    /** name when absent. */
    sortBy?: "name" | "type" | "owner" | "lastModified" | "id";
    /** 1 when absent. */
    page?: number;
    /** 100 when absent. */
    limit?: number;
    /** true: in descending order. */
    descending?: boolean;
  };
  result: {
    items: CatalogItem[];
    page: number;
    /** The number of pages. */
    pages: number;
  };
}

export interface ListCommands {
  /** None. */
  params: {};
  result: CommandListing[];
}

export interface CommandListing {
  name: string;
  summary: string;
  effect: "read" | "write";
  /** The meaning of the key `user` of the command object. */
  user: "ignored" | "target" | "subject" | "optionalSubject";
  /** Whether you may run the command. */
  allowed: boolean;
  /** Why `revert` cannot revert what the command did; absent if it can. */
  notRevertible?: string;
  /** JSON Schema of the parameters. */
  params: {
    [k: string]: unknown;
  };
  /** JSON Schema of the result. */
  result: {
    [k: string]: unknown;
  };
}

export interface ListExpiring {
  params: {
    /** The rights that end in so many days; 30 when absent. */
    within?: number;
    /** Only the rights that this user has themselves; or role:NAME, for those of a role. */
    user?: string;
    type?: ResourceTypeName;
    cursor?: Cursor;
    /** 100 when absent. */
    limit?: number;
  };
  result: {
    /** Soonest first. */
    expiring: ExpiringRight[];
    next?: Cursor;
  };
}

export interface ExpiringRight {
  expires: Instant;
  /** A grant on a resource, the membership of a role, or the right of an administrator. */
  right: "grant" | "membership" | "admin";
  accountType: AccountTypeName;
  account: AccountName;
  /** The id of the user or role who has it. */
  id: string;
  level?: GrantLevelName;
  /** Of a grant. */
  resource?: {
    id: ResourceId;
    type: ResourceTypeName;
    name: string;
    externalId?: string;
  };
  /** The role, of a membership. */
  role?: string;
  adminRole?: AdminRoleName;
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
    /** 100 when absent. */
    limit?: number;
  };
  result: {
    jobs: JobView[];
    next?: Cursor;
  };
}

export interface ListModRequests {
  /** None: whatever is sent is ignored, as in KBase. */
  params: {};
  result: {
    ownerUserId: string;
    withChangeOwnersPrivilege: true;
    moduleName: string;
  }[];
}

export interface ListMyPrivileges {
  /** None. */
  params: {};
  result: {
    user: string;
    id: string;
    through?: NamedUser;
    /** none: only rules of the policy give you something. */
    role: "full" | "readOnly" | "none";
    source: "config" | "roster" | "token" | "policy";
    /** The commands that you may run. */
    commands: string[];
    /** The only users that you may act as or for; absent: all. */
    as?: string[];
    expires?: Instant;
    /** The digest of the policy file; absent without one. */
    policy?: string;
    /** The rules of the policy that name you. */
    rules?: NamedPolicyRule[];
    /** The budgets of the policy for your reads. */
    budgets?: NamedPolicyBudget[];
  };
}

export interface NamedPolicyBudget {
  name: string;
  /** Where the budget begins in the policy file. */
  line: number;
  /** Reads that would make it more distinct owners within an hour need something. */
  owners: number;
  requires: PolicyRequirement[];
}

export interface ListMyTickets {
  /** None. */
  params: {};
  result: {
    /** What you can open a ticket with. */
    proofs: ("passkey" | "password" | "totp" | "recoveryCode" | "token")[];
    /** How many recovery codes you have left, if you have an authenticator app. */
    recoveryCodesLeft?: number;
    /** Your tickets, the oldest first. */
    tickets: TicketView[];
    /** Your passkeys, if you have any. */
    passkeys?: PasskeyView[];
  };
}

export interface TicketView {
  id: string;
  /** The only commands that it is for; absent: all. */
  commands?: string[];
  /** The proof that it was opened with. */
  provedBy: "passkey" | "password" | "totp" | "recoveryCode" | "token";
  proved: Instant;
  opened: Instant;
  expires: Instant;
  /** How often it can still be used; absent: as often as you want. */
  usesLeft?: number;
  /** The service that opened it for you, if one did. */
  through?: string;
  /** Whether this call's own credential could use it now. */
  usable: boolean;
}

export interface ListObjects {
  params: {
    /** Names of workspaces; together with `ids`, 1 to 10,000. */
    workspaces?: (string | null)[];
    /** Ids of workspaces. */
    ids?: (number | null)[];
    /** `Module.Type`, or with a version, `Module.Type-1` or `Module.Type-1.0`. */
    type?: string;
    /** No longer used. */
    perm?: string;
    /** Only objects that one of these users saved. */
    savedby?: (string | null)[];
    /** One key with its value. */
    meta?: {
      [k: string]: string | null;
    };
    after?: KBaseTimestamp;
    before?: KBaseTimestamp;
    after_epoch?: EpochMilliseconds;
    before_epoch?: EpochMilliseconds;
    /** Where the next page begins: `workspace`, `workspace/object` or `workspace/object/version`, as numbers. With a version, after it; else at the object or workspace. */
    startafter?: string;
    /** The least object id. */
    minObjectID?: number;
    /** The greatest object id. */
    maxObjectID?: number;
    /** Include deleted objects. 0 or 1. */
    showDeleted?: number;
    /** Only deleted objects. 0 or 1. */
    showOnlyDeleted?: number;
    /** Include hidden objects. 0 or 1. */
    showHidden?: number;
    /** All versions, not only the newest. 0 or 1. */
    showAllVersions?: number;
    /** Include the metadata. 0 or 1. */
    includeMetadata?: number;
    /** No longer used. 0 or 1. */
    excludeGlobal?: number;
    /** At most 10,000, which is also the default. */
    limit?: number;
  };
  result: ObjectInfo[];
}

export interface ListOwned {
  params: {
    /** The user's name, name~SHORT ID of a former one, or id:ID. */
    user?: string;
    /** The role's name, instead of a user. */
    role?: string;
    type?: ResourceTypeName;
    /** Only what they own, or only what they were granted. With `type` and without this: what they own. */
    having?: "owned" | "granted";
    cursor?: Cursor;
    /** 100 when absent. */
    limit?: number;
  };
  result: OwnedListing;
}

export interface OwnedListing {
  who: string;
  id: string;
  /** The roles of the user, whose resources count as their own. */
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
    /** A user's name, `role:NAME`, or `id:` and the id of either. */
    owner?: string;
    type?: ResourceTypeName;
    /**
     * Several types instead of one.
     *
     * @minItems 1
     * @maxItems 100
     */
    types?: ResourceTypeName[];
    parent?: ResourceId;
    /** A prefix of the external id. */
    pathPrefix?: string;
    /** The `next` of the previous page. */
    cursor?: string;
    /** 100 when absent. */
    limit?: number;
  };
  result: {
    /** Without their `data`. */
    resources: ResourceView[];
    /** The `next` of the previous page. */
    next?: string;
  };
}

export interface ListRoles {
  params: {
    /** Only this role, with its members. */
    name?: string;
    member?: UserName;
    /** The `next` of the previous page. */
    cursor?: string;
    /** 100 when absent. */
    limit?: number;
  };
  result: {
    roles: ApplicationRole[];
    next?: Cursor;
  };
}

export interface ListSessions {
  params: {};
  result: {
    sessions: SessionView[];
  };
}

export interface SessionView {
  id: SessionId;
  /** token: begun with Session.sign_in; cookie: a login to the G-Node portal. */
  kind: "token" | "cookie";
  /** The program that signed in, as it called itself. */
  client?: string;
  /** Where the sign-in came from. */
  address?: string;
  /** Whether a code of an authenticator app, or a recovery code, was given with the password. */
  withCode?: boolean;
  started?: Instant;
  lastUsed?: Instant;
  expires: Instant;
  /** Set for the session of the call itself. */
  current?: true;
}

export interface ListStaff {
  params: {};
  /** The accounts that are not administrators. */
  result: StaffAccount[];
}

export interface ListUsers {
  params: {
    name?: UserName;
    state?: UserState;
    kind?: UserKind;
    /** A prefix of the name. */
    prefix?: string;
    cursor?: Cursor;
    /** 100 when absent. */
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
  /** The least permission of the user. */
  perm?: string;
  /** Exclude workspaces that everybody may read. 0 or 1; 1 when absent. */
  excludeGlobal?: number;
  /** Only workspaces that everybody may read. 0 or 1. */
  onlyGlobal?: number;
}

export interface ListWorkspaceIDsResult {
  /** Those that the user owns or has a permission on, in ascending order. */
  workspaces: number[];
  /** Others that everybody may read, in ascending order. */
  pub: number[];
}

export interface ListWorkspaceOwners {
  /** None: whatever is sent is ignored, as in KBase. */
  params: {};
  result: string[];
}

export interface ListWorkspaces {
  params: ListWorkspaceInfoParams;
  result: WorkspaceInfo[];
}

export interface ListWorkspaceInfoParams {
  /** The least permission of the user: w and a exclude workspaces that are only readable by everybody. */
  perm?: string;
  /** Only workspaces of these users. */
  owners?: string[];
  /** Only those with this key and value. */
  meta?: {
    [k: string]: string;
  };
  after?: KBaseTimestamp;
  before?: KBaseTimestamp;
  after_epoch?: EpochMilliseconds;
  before_epoch?: EpochMilliseconds;
  /** Exclude workspaces that are readable only because everybody may read them. 0 or 1. */
  excludeGlobal?: number;
  /** Include the user's own deleted workspaces. 0 or 1. */
  showDeleted?: number;
  /** Only the user's own deleted workspaces. 0 or 1. */
  showOnlyDeleted?: number;
}

export interface LockWorkspace {
  params: WorkspaceIdentity;
  result: WorkspaceInfo;
}

export interface MoveCatalogItem {
  params: {
    type: CatalogType;
    id: CatalogId;
    destId?: CatalogNewId;
    destParentId?: CatalogFolderId;
    /** Its new name, which is also the last part of its id; when absent, it keeps its name. */
    newItemName?: string;
    /** true: an item of the same type that already has the id is deleted, if nothing is below it. */
    overwrite?: boolean;
    createIntermediateFolders?: CreateIntermediateFolders;
  };
  result: CatalogItem;
}

export interface MoveResource {
  params: {
    id?: ResourceId;
    type?: ResourceTypeName;
    externalId?: ExternalId;
    /**
     * The ids of its parents, in order.
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
    /** Only `drop`, which is the default: a closed account keeps nothing. */
    previousOwner?: "keep" | "read" | "drop";
    page?: PlanPage;
  };
  result: JobView;
}

export interface OpenTicket {
  params: {
    proof: ProofOfIdentity;
    /**
     * The only commands that the ticket is for, or `group:NAME` for groups of them as in the policy; all when absent.
     *
     * @minItems 1
     * @maxItems 200
     */
    commands?: CommandName[];
    /** How long it lasts; at most, and when absent, as long as the operator configured (ticket-minutes). */
    minutes?: number;
    /** How often it can be used; as often as you want when absent. */
    uses?: number;
  };
  result: TicketView;
}

export interface PauseJob {
  params: {
    id: JobId;
  };
  result: JobView;
}

/** Hashes of nodes of the tree in Base64, as in RFC 6962. */
export type MerkleProof = string[];

export interface ProveConsistency {
  params: {
    from: SequenceNumber;
    to?: SequenceNumber;
  };
  result: {
    from: SequenceNumber;
    to: SequenceNumber;
    proof: MerkleProof;
    checkpoint: SignedNote;
    /** For each change of the key, the note that both keys have signed: whoever has an earlier key can verify the checkpoint. */
    keyRotations: SignedNote[];
  };
}

export type HexHash = string;

export interface ProveRecord {
  params: {
    /** The id of the record, as in the receipt. */
    record: string;
    hash: HexHash;
  };
  result: {
    seq: SequenceNumber;
    leaf: HexHash;
    size: SequenceNumber;
    proof: MerkleProof;
    checkpoint: SignedNote;
    /** For each change of the key, the note that both keys have signed: whoever has an earlier key can verify the checkpoint. */
    keyRotations: SignedNote[];
  };
}

export interface PruneAudit {
  params: {
    before: Instant;
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

export interface RegenerateRecoveryCodes {
  params: {
    proof: ProofOfIdentity;
  };
  result: {
    recoveryCodes: RecoveryCodes;
  };
}

export interface RemoveAdmin {
  /** None: whatever is sent is ignored, as in KBase. */
  params: {};
  result: null;
}

export interface RemoveFriend {
  params: {
    friend: UserName;
  };
  result: null;
}

export interface RemoveModuleOwnership {
  params: RemoveModuleOwnershipParams;
  result: null;
}

export interface RemoveModuleOwnershipParams {
  /** The module's name. */
  mod?: string;
  /** The user's name. */
  old_owner?: string;
}

export interface RemovePasskey {
  params: {
    /** The id of the passkey, as listMyTickets shows it. */
    passkey: string;
    proof: ProofOfIdentity;
  };
  result: null;
}

export interface RemoveRoleMembers {
  params: {
    /** 1 to 100 characters; `name~<short id>` for a former role. */
    name: string;
    /**
     * The users to remove.
     *
     * @minItems 1
     * @maxItems 10000
     */
    members: UserName[];
  };
  result: ApplicationRole;
}

export interface RemoveTotp {
  params: {
    proof: ProofOfIdentity;
  };
  result: null;
}

export interface RenameObject {
  params: {
    obj?: ObjectIdentity;
    /** The new name. */
    new_name?: string;
  };
  result: ObjectInfo;
}

/** 1 to 100 characters of A-Z a-z 0-9 _ . @ -. */
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
  /** As for a new workspace. */
  new_name?: string;
}

export interface ResetTotp {
  /** None. */
  params: {};
  result: User;
}

export interface ResumeJob {
  params: {
    id: JobId;
  };
  result: JobView;
}

export interface Revert {
  params: {
    /** The id of the audit record, as in its receipt. */
    record: string;
  };
  result: {
    /** The id of the record whose changes were reverted. */
    reverted: string;
    /** The documents that are as they were before the record, as COLLECTION/ID. */
    changed: string[];
  };
}

export interface RevertJob {
  params: {
    id: JobId;
    to?: PartyName;
    page?: PlanPage;
  };
  result: JobView;
}

/** Whether it was justified. */
export type BreakGlassVerdict = "justified" | "unjustified";

export interface ReviewBreakGlass {
  params: {
    verdict: BreakGlassVerdict;
    /** What the review found; kept in the audit record. */
    comment: string;
  };
  result: null;
}

export interface RunApproved {
  params: {
    request: ApprovalRequestId;
  };
  /** What the approved command returns. */
  result: {} | unknown[] | string | number | boolean | null;
}

/** An object, by name or by the id of an existing one. Errors for other keys name the position in the list. */
export type ObjectSaveData = {
  /** Module.Type, Module.Type-1 or Module.Type-1.0. */
  type?: string;
  /** A JSON object that fits the type. It is stored unchanged; the audit has its size and digest. */
  data?: {
    [k: string]: unknown;
  };
  /** 1 to 255 of A-Z a-z 0-9 _ | . -, not an integer. */
  name?: string;
  /** The id of an existing object; alternatively, give `name`. */
  objid?: number;
  meta?: KBaseUserMetadata;
  provenance?: ProvenanceAction[];
  /** 0 or 1. */
  hidden?: number;
  [k: string]: unknown;
} | null;

/** A step by which the data was made. */
export type ProvenanceAction = {
  time?: KBaseTimestamp;
  epoch?: EpochMilliseconds;
  caller?: string;
  service?: string;
  service_ver?: string;
  method?: string;
  /** Values of any type. */
  method_params?: unknown[];
  script?: string;
  script_ver?: string;
  script_command_line?: string;
  /** References to objects that the action read. */
  input_ws_objects?: (string | null)[];
  /** Ignored: the service finds them. */
  resolved_ws_objects?: (string | null)[];
  intermediate_incoming?: (string | null)[];
  intermediate_outgoing?: (string | null)[];
  external_data?: ExternalDataUnit[];
  subactions?: SubAction[];
  custom?: {
    [k: string]: string;
  };
  description?: string;
  [k: string]: unknown;
} | null;

export type ExternalDataUnit = {
  resource_name?: string;
  resource_url?: string;
  resource_version?: string;
  resource_release_date?: KBaseTimestamp;
  resource_release_epoch?: EpochMilliseconds;
  data_url?: string;
  data_id?: string;
  description?: string;
  [k: string]: unknown;
} | null;

export type SubAction = {
  name?: string;
  ver?: string;
  code_url?: string;
  commit?: string;
  endpoint_url?: string;
  [k: string]: unknown;
} | null;

export interface SaveObjects {
  params: SaveObjectsParams;
  result: ObjectInfo[];
}

export interface SaveObjectsParams {
  /** The name; alternatively, give `id`. */
  workspace?: string;
  /** The number; alternatively, give `workspace`. */
  id?: number;
  /** At most 10,000. */
  objects?: ObjectSaveData[];
}

export interface SetAcl {
  params: {
    id?: ResourceId;
    type?: ResourceTypeName;
    externalId?: ExternalId;
    visibility?: VisibilityName;
    /**
     * Absent: no change.
     *
     * @maxItems 10000
     */
    grants?: ResourceGrantChange[];
    /** replace (when absent): `grants` replaces all grants; replaceUsers: it replaces those of users; merge: the named grants are set; remove: the named grants are removed. */
    mode?: "replace" | "replaceUsers" | "merge" | "remove";
    /** Also everything below it that the rule of its type reaches. */
    cascade?: boolean;
    /** How many levels down a cascade goes; 100 when absent. */
    depth?: number;
    /** What happens when a cascade reaches a resource that the caller may not change: nothing is changed (refuse, when absent), or the resource is skipped and listed (skip). */
    unchangeable?: "refuse" | "skip";
    /** true: users get a notice about what they are granted. They always do if an administrator grants it with all rights. */
    notify?: boolean;
  };
  /** The new rights on the resource, and what was reached. */
  result: {
    id: ResourceId;
    type: ResourceTypeName;
    externalId?: ExternalId;
    owners: ResourceOwner[];
    visibility: VisibilityName;
    grants: ResourceGrant[];
    /** The ids of the changed resources, the resource itself first. */
    changed: ResourceId[];
    /** The ids of resources that a cascade skipped because the caller may not change them. */
    skipped: ResourceId[];
    /** How many resources had these rights already. */
    unchanged: number;
  };
}

export interface ResourceGrantChange {
  accountType: AccountTypeName;
  account: AccountName;
  level?: GrantLevelName;
  /** Ignored: the account counts. */
  id?: string;
  expires?: Expires;
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
     * Absent: no change.
     *
     * @maxItems 10000
     */
    grants?: ResourceGrantChange[];
    /** replace (when absent): `grants` replaces all grants; replaceUsers: it replaces those of users; merge: the named grants are set; remove: the named grants are removed. */
    mode?: "replace" | "replaceUsers" | "merge" | "remove";
    /** Also everything below it that the rule of its type reaches. */
    cascade?: boolean;
    /** How many levels down a cascade goes; 100 when absent. */
    depth?: number;
    /** What happens when a cascade reaches a resource that the caller may not change: nothing is changed (refuse, when absent), or the resource is skipped and listed (skip). */
    unchangeable?: "refuse" | "skip";
    /** Change those that can be changed, and list the outcome of each. */
    ignoreErrors?: boolean;
    /** true: users get a notice about what they are granted. They always do if an administrator grants it with all rights. */
    notify?: boolean;
  };
  result: {
    /** In the order of `resources`. */
    outcomes: {
      id?: ResourceId;
      /** The ids of the changed resources, the resource itself first. */
      changed?: ResourceId[];
      /** The ids of resources that a cascade skipped because the caller may not change them. */
      skipped?: ResourceId[];
      /** How many resources had these rights already. */
      unchanged?: number;
      error?: ItemError;
    }[];
  };
}

/** By `id`, or by `type` and `externalId`. */
export interface ResourceReference {
  id?: ResourceId;
  type?: ResourceTypeName;
  externalId?: ExternalId;
}

export interface SetConfig {
  params: {
    /** Key to value; `backend-file-retrieval-scaling`: an integer > 0. */
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
  /** The name; alternatively, give `id`. */
  workspace?: string;
  /** The number; alternatively, give `workspace`. */
  id?: number;
  /** n or r. */
  new_permission?: string;
}

/** An @id. */
export type IiifAtId = string;

export interface SetOwnedBy {
  params: {
    base?: IiifBase;
    type: IiifTypeName;
    object: IiifAtId;
    /**
     * Accounts of staff, in order; if there are none, only administrators write to it.
     *
     * @maxItems 1000
     */
    ownedBy: string[];
  };
  result: null;
}

/** 1 to 1,024 characters; the audit keeps an HMAC of it. */
export type NewPassword = string;

export interface SetPassword {
  params: {
    password: NewPassword;
  };
  result: User;
}

export interface SetPermissions {
  params: {
    /** The name; alternatively, give `id`. */
    workspace?: string;
    /** The number; alternatively, give `workspace`. */
    id?: number;
    /** n, r, w or a; n withdraws. */
    new_permission?: string;
    /** The users who get it; the owner is skipped. */
    users?: (string | null)[];
    expires?: Expires;
    /** Up to 1,000 workspaces, instead of one. All are changed or none, unless `ignoreErrors`. */
    workspaces?: (WorkspaceIdentity | null)[];
    /** With `workspaces`: change those that can be changed, and list the outcome of each. 0 or 1. */
    ignoreErrors?: number;
  };
  /** null for one workspace. */
  result: null | {
    /** In the order of `workspaces`. */
    outcomes: {
      id?: number;
      /** The users whose permission changed. */
      changed?: string[];
      error?: ItemError;
    }[];
  };
}

export interface SetPermissionsVariants {
  otherwise: null;
  workspaces: {
    /** In the order of `workspaces`. */
    outcomes: {
      id?: number;
      /** The users whose permission changed. */
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
  /** The name; alternatively, give `id`. */
  workspace?: string;
  /** The number; alternatively, give `workspace`. */
  id?: number;
  /** At most 1,000 characters are kept; absent or null: none. */
  description?: string | null;
}

export interface SetWorkspaceOwner {
  params: {
    wsi?: WorkspaceIdentity;
    /** The new owner. */
    new_user?: string;
    /** Absent: the workspace keeps its name, in which the owner's name before a : changes. */
    new_name?: string;
  };
  result: WorkspaceInfo;
}

export interface UndeleteObjects {
  params: {
    /** All versions of each are deleted. */
    objects?: (ListedObjectIdentity | null)[];
  };
  result: null;
}

export interface UndeleteWorkspace {
  params: WorkspaceIdentity;
  result: null;
}

export interface UnhideObjects {
  params: {
    /** Each is shown in lists again. */
    objects?: (ListedObjectIdentity | null)[];
  };
  result: null;
}

export interface UnlockWorkspace {
  params: WorkspaceIdentity;
  result: WorkspaceInfo;
}

export interface UpdateCatalogAcl {
  params: {
    type: CatalogType;
    id: CatalogId;
    /**
     * Each account once.
     *
     * @maxItems 10000
     */
    aclList: CatalogAclEntry[];
    /** ReplaceAll (when absent): these replace all grants; ReplaceMatchingAccounts: these are set, other accounts keep theirs; DeleteMatchingAccounts: the grants of these accounts are removed. */
    updateMode?: "ReplaceAll" | "ReplaceMatchingAccounts" | "DeleteMatchingAccounts";
    /** Also everything below a folder or dashboard. */
    recursive?: boolean;
  };
  /** The new grants on the item. */
  result: {
    acl: CatalogAclEntry[];
    /** The ids of the changed resources. */
    changed: ResourceId[];
  };
}

export interface UpdateIiifObject {
  params: {
    base: IiifBase;
    type: IiifTypeName;
    identifier?: IiifSegment;
    name?: IiifSegment;
    object: IiifContent;
  };
  result: IiifSaved;
}

export interface UpdateResource {
  params: {
    id?: ResourceId;
    type?: ResourceTypeName;
    externalId?: ExternalId;
    name?: ResourceName;
    newExternalId?: ExternalId;
    visibility?: VisibilityName;
    /** Further data of its system: any JSON, up to 1,000,000 bytes; null for none. */
    data?: {} | unknown[] | string | number | boolean | null;
  };
  result: ResourceView;
}

export interface UpdateStaff {
  params: {
    /** The account's id, as listStaff shows it. */
    id: string;
    /** Spaces are removed. */
    username?: string;
    /** Spaces are removed. */
    email?: string;
    /** Whether the account administers what belongs to IIIF. */
    is_superuser?: boolean;
  };
  result: StaffAccount;
}

export interface UpdateStaffPermissions {
  params: {
    base?: IiifBase;
    /**
     * With their sub-collections and manifests, but not the manifests of those sub-collections.
     *
     * @maxItems 5000
     */
    collections?: IiifAtId[];
    /**
     * With all of their parts.
     *
     * @maxItems 5000
     */
    manifests?: IiifAtId[];
    /** The account of staff. Spaces are removed. */
    username?: string;
    /** ADD or REMOVE. */
    action?: string;
    /** deep: everything below a collection. */
    recursive?: "deep";
  };
  result: {
    /** For how many objects the owners changed. */
    changed: number;
  };
}

export interface VerifyAudit {
  params: {
    from?: SequenceNumber;
    to?: SequenceNumber;
    /**
     * Receipts that were kept: their records must be in the log, and unchanged.
     *
     * @maxItems 1000
     */
    receipts?: AuditReceipt[];
    /**
     * Signed checkpoints that were kept elsewhere: the log must go on from them. Cosignatures on them by known witnesses must be right.
     *
     * @maxItems 100
     */
    checkpoints?: string[];
    /**
     * Keys of witnesses, NAME+ID+BASE64, beside those in audit-witness-keys: each of them must have cosigned one of the checkpoints.
     *
     * @maxItems 32
     */
    witnessKeys?: string[];
  };
  result: JobView;
}

export interface AuditReceipt {
  /** The id of the record. */
  record: string;
  hash: HexHash;
}

export interface VerifyState {
  params: {};
  result: JobView;
}

export interface CloseSessionMethod {
  params: {
    /** The value of the cookie. */
    session: string;
  };
  result: null;
}

export interface AccountsCreateTokenMethod {
  params: null;
  result: {
    token: string;
  };
}

export interface AccountsOpenSessionMethod {
  params: null;
  result: {
    /** The value of the cookie. */
    session: string;
    /** How long it is valid. */
    seconds: number;
  };
}

export interface AccountsWhoAmIMethod {
  params: null;
  result: {
    username: string;
  };
}

/** A type of objects, as the portal names it. */
export type GnodeTypeName = string;

export interface CreateGnodeObjectMethod {
  params: {
    type: GnodeTypeName;
    /** Its fields, including its parents. */
    fields: {
      [k: string]: unknown;
    };
  };
  result: GnodeObject;
}

export interface GnodeObject {
  id: string;
  type: string;
  fields: {
    [k: string]: unknown;
  };
}

/** The object's id in the portal, or its id here. */
export type GnodeId = string;

export interface DeleteGnodeObjectMethod {
  params: {
    type: GnodeTypeName;
    id: GnodeId;
    /** true: also a file that is shared with others. */
    force?: boolean;
  };
  result: null;
}

export interface GetGnodeObjectMethod {
  params: {
    type: GnodeTypeName;
    id: GnodeId;
  };
  result: GnodeObject;
}

export interface GetGnodeSharingMethod {
  params: {
    type: GnodeTypeName;
    id: GnodeId;
  };
  result: GnodeSharing;
}

export interface GnodeSharing {
  safety_level: number;
  shared_with: {
    [k: string]: number;
  };
}

export interface ListGnodeObjectsMethod {
  params: {
    type: GnodeTypeName;
    /** The parameters of the query by name. */
    filters: {
      [k: string]: string;
    };
  };
  result: {
    objects: GnodeObject[];
    offset: number;
  };
}

/** 1 public, 2 friendly, 3 private; a number or its digit. */
export type GnodeSafetyLevel = string | number | boolean | {} | unknown[] | null;

/** Users, by id, number of profile or name, with 1 (read) or 2 (read and write). */
export type GnodeSharedWith = string | number | boolean | {} | unknown[] | null;

export interface SetGnodeSharingMethod {
  params: {
    type: GnodeTypeName;
    id: GnodeId;
    safety_level?: GnodeSafetyLevel;
    shared_with?: GnodeSharedWith;
    /** true: also all nested objects. */
    cascade?: boolean;
    /** true: skip objects that the caller may not share, instead of changing nothing. */
    skip?: boolean;
    /** true: users get a notice about what is shared with them. */
    notify?: boolean;
  };
  result: GnodeSharing;
}

export interface SetGnodeSharingMassMethod {
  params: {
    type: GnodeTypeName;
    /**
     * The objects to change.
     *
     * @minItems 1
     * @maxItems 1000
     */
    ids: GnodeId[];
    safety_level?: GnodeSafetyLevel;
    shared_with?: GnodeSharedWith;
    /** true: also all nested objects. */
    cascade?: boolean;
    /** true: skip objects that the caller may not share, instead of changing nothing. */
    skip?: boolean;
    /** true: users get a notice about what is shared with them. */
    notify?: boolean;
  };
  result: GnodeSharedObject[];
}

export interface GnodeSharedObject {
  id: string;
  type: string;
  fields: GnodeSharing;
}

export interface UpdateGnodeObjectMethod {
  params: {
    type: GnodeTypeName;
    id: GnodeId;
    /** The fields to set. */
    fields: {
      [k: string]: unknown;
    };
  };
  result: GnodeObject;
}

export interface CreateIiifObjectMethod {
  params: {
    base: IiifBase;
    type: IiifTypeName;
    identifier?: IiifSegment;
    name?: IiifSegment;
    object: IiifContent;
  };
  result: IiifSaved;
}

export interface DeleteIiifObjectMethod {
  params: {
    base: IiifBase;
    type: IiifTypeName;
    identifier?: IiifSegment;
    name?: IiifSegment;
  };
  result: null;
}

/** The number of the page, from 1. */
export type IiifPage = number;

export interface GetIiifObjectMethod {
  params: {
    base: IiifBase;
    type: IiifTypeName;
    identifier?: IiifSegment;
    name?: IiifSegment;
    page?: IiifPage;
  };
  result: IiifContent;
}

export interface ListIiifObjectsMethod {
  params: {
    base: IiifBase;
    type: IiifTypeName;
    identifier: IiifSegment;
    page?: IiifPage;
  };
  result: {
    /** Their short forms. */
    objects: IiifContent[];
    /** The number of the next page; absent on the last. */
    next?: number;
  };
}

export interface SearchIiifMethod {
  params: {
    base: IiifBase;
    /** The type of objects to search, as in the path. */
    type: string;
    /** The conditions, by field. */
    query: {
      [k: string]: string;
    };
  };
  result: {
    /** Their short forms. */
    objects: IiifContent[];
    /** The number of the next page; absent on the last. */
    next?: number;
  };
}

export interface SearchIiifManifestMethod {
  params: {
    base: IiifBase;
    identifier: IiifSegment;
    /** Words and URIs, separated by spaces: an annotation is found by any of them. */
    q?: string;
    /** A text that its motivation contains. */
    motivation?: string;
    /** The query string, which is part of the answer's @id. */
    asked: string;
  };
  result: IiifContent;
}

export interface UpdateIiifObjectMethod {
  params: {
    base: IiifBase;
    type: IiifTypeName;
    identifier?: IiifSegment;
    name?: IiifSegment;
    object: IiifContent;
  };
  result: IiifSaved;
}

export interface CatalogCopyItemMethod {
  params: CopyCatalogItem["params"];
  result: CatalogItem;
}

export interface CatalogCreateFolderMethod {
  params: CreateFolder["params"];
  result: CatalogItem;
}

export interface CatalogGetAclMethod {
  params: GetCatalogAcl["params"];
  result: CatalogAcl;
}

export interface CatalogGetItemMethod {
  params: GetCatalogItem["params"];
  result: CatalogItem;
}

export interface CatalogListItemsMethod {
  params: ListCatalog["params"];
  result: ListCatalog["result"];
}

export interface CatalogMoveItemMethod {
  params: MoveCatalogItem["params"];
  result: CatalogItem;
}

export interface CatalogUpdateAclMethod {
  params: UpdateCatalogAcl["params"];
  result: UpdateCatalogAcl["result"];
}

export interface FriendAddMethod {
  params: AddFriend["params"];
  result: Friend;
}

export interface FriendListMethod {
  params: ListFriends["params"];
  result: ListFriends["result"];
}

export interface FriendRemoveMethod {
  params: RemoveFriend["params"];
  result: null;
}

export interface ResourceCreateMethod {
  params: CreateResource["params"];
  result: ResourceView;
}

export interface ResourceDeleteMethod {
  params: DeleteResource["params"];
  result: DeleteResource["result"];
}

export interface ResourceGetMethod {
  params: GetResource["params"];
  result: ResourceView;
}

export interface ResourceGetAclMethod {
  params: GetAcl["params"];
  result: ResourceAcl;
}

export interface ResourceListMethod {
  params: ListResources["params"];
  result: ListResources["result"];
}

export interface ResourceMoveMethod {
  params: MoveResource["params"];
  result: ResourceView;
}

export interface ResourceSetAclMethod {
  params: SetAcl["params"];
  result: SetAcl["result"];
}

export interface ResourceUpdateMethod {
  params: UpdateResource["params"];
  result: ResourceView;
}

export interface SessionListMethod {
  params: ListSessions["params"];
  result: ListSessions["result"];
}

export interface SessionSignInMethod {
  params: {
    /** The name of a local account: one of staff, or one that an administrator gave a password. */
    name: string;
    /** Its password; the audit keeps an HMAC of it. */
    password: string;
    /** The code that the authenticator app shows. An account with an app needs this or a recoveryCode. */
    totp?: string;
    /** A recovery code, instead of totp. */
    recoveryCode?: string;
    /** What the list of sessions calls the program that signs in. */
    client?: string;
  };
  result: {
    /** For the Authorization header of other calls. It is shown this once. */
    token: string;
    session: SessionId;
    user: string;
    expires: Instant;
  };
}

export interface SessionSignOutMethod {
  params: {
    session?: SessionId;
    /** true: all sessions of the caller. */
    all?: boolean;
  };
  result: EndedSessions;
}

export interface SessionWhoAmIMethod {
  params: ListSessions["params"];
  result: {
    user: string;
    id: string;
    kind: UserKind;
    through?: NamedUser;
    /** The application roles that you are in. */
    roles: string[];
    /** Your right as an administrator. */
    role: "full" | "readOnly" | "none";
    /** Whether you may run any command of administer, be it by a rule of the policy alone; listMyPrivileges shows which. */
    mayAdminister: boolean;
    expires?: Instant;
  };
}

export interface AlterAdminObjectMetadataMethod {
  params: {
    /** At most 1,000. */
    updates?: (ObjectMetadataUpdate | null)[];
  };
  result: null;
}

/** The changes of one version's metadata that only administrators may set. */
export interface ObjectMetadataUpdate {
  oi?: ListedObjectIdentity;
  /** Keys to set. */
  new?: {
    [k: string]: string | null;
  };
  /** Keys to remove. */
  remove?: (string | null)[];
  [k: string]: unknown;
}

export interface AlterWorkspaceMetadataMethod {
  params: {
    wsi?: WorkspaceIdentity;
    /** Keys to set. */
    new?: {
      [k: string]: string;
    };
    /** Keys to remove. */
    remove?: string[];
  };
  result: null;
}

export interface CloneWorkspaceMethod {
  params: {
    wsi?: WorkspaceIdentity;
    /** The clone's name. */
    workspace?: string;
    /** n (the default) or r. */
    globalread?: string;
    /** At most 1,000 characters are kept. */
    description?: string;
    meta?: KBaseUserMetadata;
    /** Objects to leave out. */
    exclude?: {
      name?: string;
      objid?: number;
    }[];
  };
  result: WorkspaceInfo;
}

export interface CopyObjectMethod {
  params: {
    from?: ObjectIdentity;
    to?: ObjectIdentity;
  };
  result: ObjectInfo;
}

export interface CreateWorkspaceMethod {
  params: CreateWorkspaceParams;
  result: WorkspaceInfo;
}

export interface DeleteObjectsMethod {
  params: (ListedObjectIdentity | null)[];
  result: null;
}

export interface DeleteWorkspaceMethod {
  params: WorkspaceIdentity;
  result: null;
}

export interface DiscoverMethod {
  /** No parameter. */
  params: null;
  result: OpenRpcDocument;
}

/** A document by the OpenRPC specification 1.3. */
export interface OpenRpcDocument {
  openrpc: string;
  info: {
    title: string;
    version: string;
    description: string;
  };
  /** What the caller may call. */
  methods: {
    name: string;
    [k: string]: unknown;
  }[];
  /** The commands of `administer` that the caller may run. */
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
  /** No parameter. */
  params: null;
  result: {
    adminrole: "none" | "read" | "full";
  };
}

export interface GetAllFuncInfoMethod {
  /** The module's name. */
  params: string;
  result: FuncInfo[];
}

export interface FuncInfo {
  func_def: string;
  description: string;
  spec_def: string;
  parsing_structure: string;
  module_vers: number[];
  released_module_vers: number[];
  func_vers: string[];
  released_func_vers: string[];
  used_type_defs: string[];
}

export interface GetAllTypeInfoMethod {
  /** The module's name. */
  params: string;
  result: TypeInfo[];
}

export interface TypeInfo {
  type_def: string;
  description: string;
  spec_def: string;
  json_schema: string;
  parsing_structure: string;
  module_vers: number[];
  released_module_vers: number[];
  type_vers: string[];
  released_type_vers: string[];
  using_func_defs: string[];
  using_type_defs: string[];
  used_type_defs: string[];
}

export interface GetFuncInfoMethod {
  /** A function: Module.name-1.0 or Module.name. */
  params: string;
  result: FuncInfo;
}

export interface GetJsonschemaMethod {
  /** A type: Module.Type-1.0, Module.Type-1 or Module.Type. */
  params: string;
  /** The text of its JSON Schema. */
  result: string;
}

export interface GetModuleInfoMethod {
  params: {
    /** The module's name. */
    mod?: string;
    /** By default the newest released one; for owners, the newest. */
    ver?: number;
  };
  result: ModuleInfo;
}

export interface ModuleInfo {
  owners: string[];
  /** Milliseconds since 1970. */
  ver: number;
  spec: string;
  description: string;
  /** The JSON Schema of each type, by name with version. */
  types: {
    [k: string]: string;
  };
  /** The versions of the modules that it includes. */
  included_spec_version: {
    [k: string]: number;
  };
  /** The MD5 of its definitions. */
  chsum: string;
  functions: string[];
  /** 0 or 1. */
  is_released: number;
}

export interface GetNamesByPrefixMethod {
  params: {
    /** At most 1,000. */
    workspaces?: (WorkspaceIdentity | null)[];
    /** The prefix of the names; empty for all. */
    prefix?: string;
    /** Include hidden objects. 0 or 1. */
    includeHidden?: number;
  };
  result: {
    /** At most 1,000 for each workspace. */
    names: string[][];
  };
}

/**
 * The tuple of the deprecated methods: name, type, time of saving, version, an empty text, who saved it (twice), workspace name, an empty text, MD5 of the data, metadata, object id.
 *
 * @minItems 12
 * @maxItems 12
 */
export type ObjectMetadata = [
  string,
  string,
  KBaseTimestamp,
  number,
  string,
  string,
  string,
  string,
  string,
  string,
  {
    [k: string]: string;
  } | null,
  number
];

export interface GetObjectMethod {
  params: {
    /** The object's name. */
    id?: string;
    /** The workspace's name. */
    workspace?: string;
    /** The version. */
    instance?: number;
    /** A token, which takes precedence over the one in the Authorization header. */
    auth?: string;
  };
  result: {
    /** As it was saved, with sorted keys. */
    data: {
      [k: string]: unknown;
    };
    metadata: ObjectMetadata;
  };
}

export interface GetObjectHistoryMethod {
  params: ObjectIdentity;
  result: GetObjectHistory["result"];
}

export interface GetObjectInfoMethod {
  params: {
    /** The objects. */
    object_ids?: (ListedObjectIdentity | null)[];
    /** Include the metadata. 0 or 1. */
    includeMetadata?: number;
  };
  result: ObjectInfo[];
}

export interface GetObjectInfo3Method {
  params: GetObjectInfo["params"];
  result: GetObjectInfo["result"];
}

export interface GetObjectInfoNewMethod {
  params: {
    /** At most 10,000 if data is asked for. */
    objects?: (ObjectSpecification | null)[];
    /** Include the metadata. 0 or 1. */
    includeMetadata?: number;
    /** Answer null for an object that cannot be shown, instead of failing. 0 or 1. */
    ignoreErrors?: number;
  };
  result: (ObjectInfo | null)[];
}

export interface GetObjectProvenanceMethod {
  params: (ListedObjectIdentity | null)[];
  result: ObjectProvenanceInfo[];
}

/** A version of an object with its provenance. */
export interface ObjectProvenanceInfo {
  info: ObjectInfo;
  /** The steps that made the object. */
  provenance: {}[];
  /** Who saved the object's first version. */
  creator: string;
  /** The workspace that it was first saved in. */
  orig_wsid: number;
  created: KBaseTimestamp;
  epoch: EpochMilliseconds;
  /** The objects that it refers to. */
  refs: string[];
  /** The object that it is a copy of, if the caller can read that. */
  copied?: string;
  /** Whether it is a copy of an object that the caller cannot read. 0 or 1. */
  copy_source_inaccessible: number;
  /** The ids in the data, by type. */
  extracted_ids: {
    [k: string]: string[];
  };
}

export interface GetObjectSubsetMethod {
  params: (SubObjectIdentity | null)[];
  result: ObjectData[];
}

/** An object, and the selected parts of its data. Errors for other keys name the position in the list. */
export interface SubObjectIdentity {
  /** The workspace's name; alternatively, give `wsid`. */
  workspace?: string;
  /** The workspace's id; alternatively, give `workspace`. */
  wsid?: number;
  /** The object's name; alternatively, give `objid`. */
  name?: string;
  /** The object's id; alternatively, give `name`. */
  objid?: number;
  /** The version; the newest when absent. */
  ver?: number;
  /** A reference, `workspace/object` or `workspace/object/version`, instead of all other keys. */
  ref?: string;
  /** Paths to the selected parts of the data, such as `/features/[*]/id`. */
  included?: (string | null)[];
  /** Fail for a path with a missing key, instead of ignoring it. 0 or 1. */
  strict_maps?: number;
  /** Fail for a path with a missing item, instead of ignoring it. 0 or 1; 1 when absent. */
  strict_arrays?: number;
  [k: string]: unknown;
}

export interface GetObjectmetaMethod {
  params: {
    /** The object's name. */
    id?: string;
    /** The workspace's name. */
    workspace?: string;
    /** The version. */
    instance?: number;
    /** A token, which takes precedence over the one in the Authorization header. */
    auth?: string;
  };
  result: ObjectMetadata;
}

export interface GetObjectsMethod {
  params: (ListedObjectIdentity | null)[];
  result: ObjectData[];
}

export interface GetObjects2Method {
  params: GetObjects["params"];
  result: GetObjects["result"];
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
  /** At most 1,000. */
  workspaces?: (WorkspaceIdentity | null)[];
}

export interface GetReferencedObjectsMethod {
  /** Chains of references, each from a readable object to the requested one. */
  params: ((ListedObjectIdentity | null)[] | null)[];
  result: ObjectData[];
}

export interface GetTypeInfoMethod {
  /** A type: Module.Type-1.0, Module.Type-1 or Module.Type. */
  params: string;
  result: TypeInfo;
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
    /** The name; alternatively, give `id`. */
    workspace?: string;
    /** The number; alternatively, give `workspace`. */
    id?: number;
    /** A token, which takes precedence over the one in the Authorization header. */
    auth?: string;
  };
  result: WorkspaceMeta;
}

export interface GrantModuleOwnershipMethod {
  params: GrantModuleOwnershipParams;
  result: null;
}

export interface HideObjectsMethod {
  params: (ListedObjectIdentity | null)[];
  result: null;
}

export interface ListAdminActionsMethod {
  params: {
    from?: Instant;
    to?: Instant;
    cursor?: Cursor;
    /** 100 when absent. */
    limit?: number;
  };
  result: {
    actions: AdminAction[];
    /** The cursor of the next page; absent on the last. */
    next?: string;
  };
}

/** What an administrator did, as whom it concerns may know it. */
export interface AdminAction {
  /** The id of the audit record: with the hash, its receipt. */
  record: string;
  /** SHA-256 of the record. */
  hash: string;
  at: Instant;
  via: "command" | "method" | "job";
  command: string;
  outcome: OutcomeName;
  /** The reason for which it was refused. */
  error?: string;
  /** The actor. */
  by: string;
  /** The user for whom the actor, a service, acted. */
  onBehalfOf?: string;
  /** true: the actor acted as the caller. */
  asYou?: true;
  /** The reason that the actor gave. */
  reason?: string;
  /** Those of the documents concerned, as `<collection>/<id>`, that are the caller's or give the caller a right. */
  resources: string[];
  /** How many more there are. */
  more?: number;
}

export interface ListAllTypesMethod {
  params: {
    /** Include modules without a released type. 0 or 1. */
    with_empty_modules?: number;
  };
  /** The newest released version of each type, by module. */
  result: {
    [k: string]: {
      [k: string]: string;
    };
  };
}

export interface ListModuleVersionsMethod {
  params: {
    /** The module's name. */
    mod?: string;
    /** Instead of mod: only the versions that have this version of a type. */
    type?: string;
  };
  result: {
    mod: string;
    vers: number[];
  };
}

export interface ListModulesMethod {
  params: {
    /** Only the modules of this user. */
    owner?: string;
  };
  result: string[];
}

export interface ListNoticesMethod {
  params: {
    cursor?: Cursor;
    /** 100 when absent. */
    limit?: number;
  };
  result: {
    notices: NoticeView[];
    /** The cursor of the next page; absent on the last. */
    next?: string;
  };
}

/** A notice to a user about the act of another. */
export interface NoticeView {
  /** The audit record of the act. */
  record: string;
  at: Instant;
  about: NoticeSubjectName;
  /** A sentence. */
  text: string;
  /** The actor. */
  by: string;
  reason?: string;
}

export interface ListObjectsMethod {
  params: ListObjects["params"];
  result: ListObjects["result"];
}

export interface ListReferencingObjectCountsMethod {
  params: (ListedObjectIdentity | null)[];
  result: number[];
}

export interface ListReferencingObjectsMethod {
  params: (ListedObjectIdentity | null)[];
  result: ObjectInfo[][];
}

export interface ListWorkspaceIdsMethod {
  params: ListWorkspaceIDsParams;
  result: ListWorkspaceIDsResult;
}

export interface ListWorkspaceInfoMethod {
  params: ListWorkspaceInfoParams;
  result: WorkspaceInfo[];
}

export interface ListWorkspaceObjectsMethod {
  params: {
    /** The workspace's name. */
    workspace?: string;
    /** `Module.Type`, or with a version. */
    type?: string;
    /** Include deleted objects. 0 or 1. */
    showDeletedObject?: number;
    /** A token, which takes precedence over the one in the Authorization header. */
    auth?: string;
  };
  result: ObjectMetadata[];
}

export interface ListWorkspacesMethod {
  params: {
    /** A token, which takes precedence over the one in the Authorization header. */
    auth?: string;
    /** Exclude workspaces that are readable only because everybody may read them. 0 or 1. */
    excludeGlobal?: number;
  };
  result: WorkspaceMeta[];
}

export interface LockWorkspaceMethod {
  params: WorkspaceIdentity;
  result: WorkspaceInfo;
}

export interface RegisterTypespecMethod {
  params: {
    /** The specification, in KBase's interface language. */
    spec?: string;
    /** Instead of spec: the module whose newest specification is compiled again. */
    mod?: string;
    /** Types to be registered, so that objects can be saved as them. */
    new_types?: string[];
    /** Registered types to remove. */
    remove_types?: string[];
    /** The versions of included modules, if not the newest released ones. */
    dependencies?: {
      [k: string]: number;
    };
    /** 1, the default: only show what would change. 0: register it. */
    dryrun?: number;
    /** The expected newest version of the module; refused if it is another one. */
    prev_ver?: number;
  };
  /** The JSON Schema of each type that has a new version. */
  result: {
    [k: string]: string;
  };
}

export interface RegisterTypespecCopyMethod {
  params: {
    /** The workspace service to copy from: https, or http on this host. */
    external_workspace_url?: string;
    /** The module's name. */
    mod?: string;
    /** Its version there; by default the newest released one. */
    version?: number;
  };
  /** The version of the module here. */
  result: number;
}

export interface ReleaseModuleMethod {
  /** The module's name. */
  params: string;
  result: string[];
}

export interface RemoveModuleOwnershipMethod {
  params: RemoveModuleOwnershipParams;
  result: null;
}

export interface RenameObjectMethod {
  params: {
    obj?: ObjectIdentity;
    /** The new name. */
    new_name?: string;
  };
  result: ObjectInfo;
}

export interface RenameWorkspaceMethod {
  params: RenameWorkspaceParams;
  result: WorkspaceInfo;
}

export interface RequestModuleOwnershipMethod {
  /** The module's name. */
  params: string;
  result: null;
}

export interface RevertObjectMethod {
  params: ObjectIdentity;
  result: ObjectInfo;
}

export interface SaveObjectMethod {
  params: {
    /** The object's name. */
    id?: string;
    /** Module.Type, Module.Type-1 or Module.Type-1.0. */
    type?: string;
    /** A JSON object that fits the type. The audit has its size and digest. */
    data?: {
      [k: string]: unknown;
    };
    /** The workspace's name. */
    workspace?: string;
    metadata?: KBaseUserMetadata;
    /** A token, which takes precedence over the one in the Authorization header. */
    auth?: string;
  };
  result: ObjectMetadata;
}

export interface SaveObjectsMethod {
  params: SaveObjectsParams;
  result: SaveObjects["result"];
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
  /** The name; alternatively, give `id`. */
  workspace?: string;
  /** The number; alternatively, give `workspace`. */
  id?: number;
  /** n, r, w or a; n withdraws. */
  new_permission?: string;
  /** The users who get it; the owner is skipped. */
  users?: (string | null)[];
  expires?: Expires;
}

export interface SetWorkspaceDescriptionMethod {
  params: SetWorkspaceDescriptionParams;
  result: null;
}

export interface StatusMethod {
  /** No parameter. */
  params: null;
  result: {
    state: "OK" | "Fail";
    message: string;
    /** The database, and in it what holds the data of large objects. */
    dependencies: {
      name: string;
      state: "OK" | "Fail";
      message: string;
      version: string;
    }[];
    /** The version of the KBase Workspace Service whose interface this is, as in `ver`. */
    version: string;
    /** The version of this service. */
    steward: string;
    /** Where KBase names its source code: `unknown` here. */
    git_url: string;
    /** As `git_url`; `steward` tells the version. */
    git_commit: string;
    /** In bytes, as the next two. */
    freemem: number;
    totalmem: number;
    maxmem: number;
  };
}

export interface TranslateFromMD5TypesMethod {
  params: string[];
  result: {
    [k: string]: string[];
  };
}

export interface TranslateToMD5TypesMethod {
  params: string[];
  result: {
    [k: string]: string;
  };
}

export interface UndeleteObjectsMethod {
  params: (ListedObjectIdentity | null)[];
  result: null;
}

export interface UnhideObjectsMethod {
  params: (ListedObjectIdentity | null)[];
  result: null;
}

export interface VerMethod {
  /** No parameter. */
  params: null;
  /** Such as 0.15.0. */
  result: string;
}

export interface CommandMap {
  addAdmin: AddAdmin;
  addFriend: AddFriend;
  addRoleMembers: AddRoleMembers;
  addUser: AddUser;
  alterWorkspaceMetadata: AlterWorkspaceMetadata;
  approve: Approve;
  approveModRequest: ApproveModRequest;
  auditHash: AuditHash;
  breakGlass: BreakGlass;
  cancelApproval: CancelApproval;
  cancelJob: CancelJob;
  challengePasskey: ChallengePasskey;
  changeOwner: ChangeOwner;
  changeOwnership: ChangeOwnership;
  confirmPasskey: ConfirmPasskey;
  confirmTotp: ConfirmTotp;
  copyCatalogItem: CopyCatalogItem;
  createAdmin: CreateAdmin;
  createFolder: CreateFolder;
  createIiifObject: CreateIiifObject;
  createResource: CreateResource;
  createRole: CreateRole;
  createStaff: CreateStaff;
  createWorkspace: CreateWorkspace;
  deleteIiifObject: DeleteIiifObject;
  deleteObjects: DeleteObjects;
  deleteResource: DeleteResource;
  deleteRole: DeleteRole;
  deleteStaff: DeleteStaff;
  deleteUser: DeleteUser;
  deleteWorkspace: DeleteWorkspace;
  denyApproval: DenyApproval;
  denyModRequest: DenyModRequest;
  disableUser: DisableUser;
  dropTickets: DropTickets;
  enableUser: EnableUser;
  endSession: EndSession;
  enrolPasskey: EnrolPasskey;
  enrolTotp: EnrolTotp;
  explain: Explain;
  exportAudit: ExportAudit;
  getAcl: GetAcl;
  getApproval: GetApproval;
  getAudit: GetAudit;
  getCatalogAcl: GetCatalogAcl;
  getCatalogItem: GetCatalogItem;
  getConfig: GetConfig;
  getJob: GetJob;
  getObjectHistory: GetObjectHistory;
  getObjectInfo: GetObjectInfo;
  getObjects: GetObjects;
  getPermissions: GetPermissions;
  getPermissionsMass: GetPermissionsMass;
  getResource: GetResource;
  getTypeDelegationTarget: GetTypeDelegationTarget;
  getWorkspaceDescription: GetWorkspaceDescription;
  getWorkspaceInfo: GetWorkspaceInfo;
  grantModuleOwnership: GrantModuleOwnership;
  hideObjects: HideObjects;
  listAdmins: ListAdmins;
  listAllWorkspaces: ListAllWorkspaces;
  listApprovals: ListApprovals;
  listCatalog: ListCatalog;
  listCommands: ListCommands;
  listExpiring: ListExpiring;
  listFriends: ListFriends;
  listJobs: ListJobs;
  listModRequests: ListModRequests;
  listMyPrivileges: ListMyPrivileges;
  listMyTickets: ListMyTickets;
  listObjects: ListObjects;
  listOwned: ListOwned;
  listResources: ListResources;
  listRoles: ListRoles;
  listSessions: ListSessions;
  listStaff: ListStaff;
  listUsers: ListUsers;
  listWorkspaceIDs: ListWorkspaceIDs;
  listWorkspaceOwners: ListWorkspaceOwners;
  listWorkspaces: ListWorkspaces;
  lockWorkspace: LockWorkspace;
  moveCatalogItem: MoveCatalogItem;
  moveResource: MoveResource;
  offboard: OffboardUser;
  openTicket: OpenTicket;
  pauseJob: PauseJob;
  proveConsistency: ProveConsistency;
  proveRecord: ProveRecord;
  pruneAudit: PruneAudit;
  reclaim: Reclaim;
  regenerateRecoveryCodes: RegenerateRecoveryCodes;
  removeAdmin: RemoveAdmin;
  removeFriend: RemoveFriend;
  removeModuleOwnership: RemoveModuleOwnership;
  removePasskey: RemovePasskey;
  removeRoleMembers: RemoveRoleMembers;
  removeTotp: RemoveTotp;
  renameObject: RenameObject;
  renameUser: RenameUser;
  renameWorkspace: RenameWorkspace;
  resetTotp: ResetTotp;
  resumeJob: ResumeJob;
  revert: Revert;
  revertJob: RevertJob;
  reviewBreakGlass: ReviewBreakGlass;
  runApproved: RunApproved;
  saveObjects: SaveObjects;
  setAcl: SetAcl;
  setAclMass: SetAclMass;
  setConfig: SetConfig;
  setGlobalPermission: SetGlobalPermission;
  setOwnedBy: SetOwnedBy;
  setPassword: SetPassword;
  setPermissions: SetPermissions;
  setWorkspaceDescription: SetWorkspaceDescription;
  setWorkspaceOwner: SetWorkspaceOwner;
  undeleteObjects: UndeleteObjects;
  undeleteWorkspace: UndeleteWorkspace;
  unhideObjects: UnhideObjects;
  unlockWorkspace: UnlockWorkspace;
  updateCatalogAcl: UpdateCatalogAcl;
  updateIiifObject: UpdateIiifObject;
  updateResource: UpdateResource;
  updateStaff: UpdateStaff;
  updateStaffPermissions: UpdateStaffPermissions;
  verifyAudit: VerifyAudit;
  verifyState: VerifyState;
}

export interface DialectMap {
  Accounts_close_session: CloseSessionMethod;
  Accounts_create_token: AccountsCreateTokenMethod;
  Accounts_open_session: AccountsOpenSessionMethod;
  Accounts_who_am_i: AccountsWhoAmIMethod;
  Gnode_create_object: CreateGnodeObjectMethod;
  Gnode_delete_object: DeleteGnodeObjectMethod;
  Gnode_get_object: GetGnodeObjectMethod;
  Gnode_get_sharing: GetGnodeSharingMethod;
  Gnode_list_objects: ListGnodeObjectsMethod;
  Gnode_set_sharing: SetGnodeSharingMethod;
  Gnode_set_sharing_mass: SetGnodeSharingMassMethod;
  Gnode_update_object: UpdateGnodeObjectMethod;
  Iiif_create_object: CreateIiifObjectMethod;
  Iiif_delete_object: DeleteIiifObjectMethod;
  Iiif_get_object: GetIiifObjectMethod;
  Iiif_list_objects: ListIiifObjectsMethod;
  Iiif_search: SearchIiifMethod;
  Iiif_search_manifest: SearchIiifManifestMethod;
  Iiif_update_object: UpdateIiifObjectMethod;
}

export interface MethodMap {
  Catalog_copy_item: CatalogCopyItemMethod;
  Catalog_create_folder: CatalogCreateFolderMethod;
  Catalog_get_acl: CatalogGetAclMethod;
  Catalog_get_item: CatalogGetItemMethod;
  Catalog_list_items: CatalogListItemsMethod;
  Catalog_move_item: CatalogMoveItemMethod;
  Catalog_update_acl: CatalogUpdateAclMethod;
  Friend_add: FriendAddMethod;
  Friend_list: FriendListMethod;
  Friend_remove: FriendRemoveMethod;
  Resource_create: ResourceCreateMethod;
  Resource_delete: ResourceDeleteMethod;
  Resource_get: ResourceGetMethod;
  Resource_get_acl: ResourceGetAclMethod;
  Resource_list: ResourceListMethod;
  Resource_move: ResourceMoveMethod;
  Resource_set_acl: ResourceSetAclMethod;
  Resource_update: ResourceUpdateMethod;
  Session_list: SessionListMethod;
  Session_sign_in: SessionSignInMethod;
  Session_sign_out: SessionSignOutMethod;
  Session_who_am_i: SessionWhoAmIMethod;
  alter_admin_object_metadata: AlterAdminObjectMetadataMethod;
  alter_workspace_metadata: AlterWorkspaceMetadataMethod;
  clone_workspace: CloneWorkspaceMethod;
  copy_object: CopyObjectMethod;
  create_workspace: CreateWorkspaceMethod;
  delete_objects: DeleteObjectsMethod;
  delete_workspace: DeleteWorkspaceMethod;
  discover: DiscoverMethod;
  get_admin_role: GetAdminRoleMethod;
  get_all_func_info: GetAllFuncInfoMethod;
  get_all_type_info: GetAllTypeInfoMethod;
  get_func_info: GetFuncInfoMethod;
  get_jsonschema: GetJsonschemaMethod;
  get_module_info: GetModuleInfoMethod;
  get_names_by_prefix: GetNamesByPrefixMethod;
  get_object: GetObjectMethod;
  get_object_history: GetObjectHistoryMethod;
  get_object_info: GetObjectInfoMethod;
  get_object_info3: GetObjectInfo3Method;
  get_object_info_new: GetObjectInfoNewMethod;
  get_object_provenance: GetObjectProvenanceMethod;
  get_object_subset: GetObjectSubsetMethod;
  get_objectmeta: GetObjectmetaMethod;
  get_objects: GetObjectsMethod;
  get_objects2: GetObjects2Method;
  get_permissions: GetPermissionsMethod;
  get_permissions_mass: GetPermissionsMassMethod;
  get_referenced_objects: GetReferencedObjectsMethod;
  get_type_info: GetTypeInfoMethod;
  get_workspace_description: GetWorkspaceDescriptionMethod;
  get_workspace_info: GetWorkspaceInfoMethod;
  get_workspacemeta: GetWorkspacemetaMethod;
  grant_module_ownership: GrantModuleOwnershipMethod;
  hide_objects: HideObjectsMethod;
  list_admin_actions: ListAdminActionsMethod;
  list_all_types: ListAllTypesMethod;
  list_module_versions: ListModuleVersionsMethod;
  list_modules: ListModulesMethod;
  list_notices: ListNoticesMethod;
  list_objects: ListObjectsMethod;
  list_referencing_object_counts: ListReferencingObjectCountsMethod;
  list_referencing_objects: ListReferencingObjectsMethod;
  list_workspace_ids: ListWorkspaceIdsMethod;
  list_workspace_info: ListWorkspaceInfoMethod;
  list_workspace_objects: ListWorkspaceObjectsMethod;
  list_workspaces: ListWorkspacesMethod;
  lock_workspace: LockWorkspaceMethod;
  register_typespec: RegisterTypespecMethod;
  register_typespec_copy: RegisterTypespecCopyMethod;
  release_module: ReleaseModuleMethod;
  remove_module_ownership: RemoveModuleOwnershipMethod;
  rename_object: RenameObjectMethod;
  rename_workspace: RenameWorkspaceMethod;
  request_module_ownership: RequestModuleOwnershipMethod;
  revert_object: RevertObjectMethod;
  save_object: SaveObjectMethod;
  save_objects: SaveObjectsMethod;
  set_global_permission: SetGlobalPermissionMethod;
  set_permissions: SetPermissionsMethod;
  set_workspace_description: SetWorkspaceDescriptionMethod;
  status: StatusMethod;
  translate_from_MD5_types: TranslateFromMD5TypesMethod;
  translate_to_MD5_types: TranslateToMD5TypesMethod;
  undelete_objects: UndeleteObjectsMethod;
  unhide_objects: UnhideObjectsMethod;
  ver: VerMethod;
}

/** The results that depend on a parameter: by the parameter, and without it. */
export interface CommandVariants {
  listAdmins: ListAdminsVariants;
  setPermissions: SetPermissionsVariants;
}

export const commands = {
  addAdmin: handles<AddAdmin>('addAdmin.json'),
  addFriend: handles<AddFriend>('addFriend.json'),
  addRoleMembers: handles<AddRoleMembers>('addRoleMembers.json'),
  addUser: handles<AddUser>('addUser.json'),
  alterWorkspaceMetadata: handles<AlterWorkspaceMetadata>('alterWorkspaceMetadata.json'),
  approve: handles<Approve>('approve.json'),
  approveModRequest: handles<ApproveModRequest>('approveModRequest.json'),
  auditHash: handles<AuditHash>('auditHash.json'),
  breakGlass: handles<BreakGlass>('breakGlass.json'),
  cancelApproval: handles<CancelApproval>('cancelApproval.json'),
  cancelJob: handles<CancelJob>('cancelJob.json'),
  challengePasskey: handles<ChallengePasskey>('challengePasskey.json'),
  changeOwner: handles<ChangeOwner>('changeOwner.json'),
  changeOwnership: handles<ChangeOwnership>('changeOwnership.json'),
  confirmPasskey: handles<ConfirmPasskey>('confirmPasskey.json'),
  confirmTotp: handles<ConfirmTotp>('confirmTotp.json'),
  copyCatalogItem: handles<CopyCatalogItem>('copyCatalogItem.json'),
  createAdmin: handles<CreateAdmin>('createAdmin.json'),
  createFolder: handles<CreateFolder>('createFolder.json'),
  createIiifObject: handles<CreateIiifObject>('createIiifObject.json'),
  createResource: handles<CreateResource>('createResource.json'),
  createRole: handles<CreateRole>('createRole.json'),
  createStaff: handles<CreateStaff>('createStaff.json'),
  createWorkspace: handles<CreateWorkspace>('createWorkspace.json'),
  deleteIiifObject: handles<DeleteIiifObject>('deleteIiifObject.json'),
  deleteObjects: handles<DeleteObjects>('deleteObjects.json'),
  deleteResource: handles<DeleteResource>('deleteResource.json'),
  deleteRole: handles<DeleteRole>('deleteRole.json'),
  deleteStaff: handles<DeleteStaff>('deleteStaff.json'),
  deleteUser: handles<DeleteUser>('deleteUser.json'),
  deleteWorkspace: handles<DeleteWorkspace>('deleteWorkspace.json'),
  denyApproval: handles<DenyApproval>('denyApproval.json'),
  denyModRequest: handles<DenyModRequest>('denyModRequest.json'),
  disableUser: handles<DisableUser>('disableUser.json'),
  dropTickets: handles<DropTickets>('dropTickets.json'),
  enableUser: handles<EnableUser>('enableUser.json'),
  endSession: handles<EndSession>('endSession.json'),
  enrolPasskey: handles<EnrolPasskey>('enrolPasskey.json'),
  enrolTotp: handles<EnrolTotp>('enrolTotp.json'),
  explain: handles<Explain>('explain.json'),
  exportAudit: handles<ExportAudit>('exportAudit.json'),
  getAcl: handles<GetAcl>('getAcl.json'),
  getApproval: handles<GetApproval>('getApproval.json'),
  getAudit: handles<GetAudit>('getAudit.json'),
  getCatalogAcl: handles<GetCatalogAcl>('getCatalogAcl.json'),
  getCatalogItem: handles<GetCatalogItem>('getCatalogItem.json'),
  getConfig: handles<GetConfig>('getConfig.json'),
  getJob: handles<GetJob>('getJob.json'),
  getObjectHistory: handles<GetObjectHistory>('getObjectHistory.json'),
  getObjectInfo: handles<GetObjectInfo>('getObjectInfo.json'),
  getObjects: handles<GetObjects>('getObjects.json'),
  getPermissions: handles<GetPermissions>('getPermissions.json'),
  getPermissionsMass: handles<GetPermissionsMass>('getPermissionsMass.json'),
  getResource: handles<GetResource>('getResource.json'),
  getTypeDelegationTarget: handles<GetTypeDelegationTarget>('getTypeDelegationTarget.json'),
  getWorkspaceDescription: handles<GetWorkspaceDescription>('getWorkspaceDescription.json'),
  getWorkspaceInfo: handles<GetWorkspaceInfo>('getWorkspaceInfo.json'),
  grantModuleOwnership: handles<GrantModuleOwnership>('grantModuleOwnership.json'),
  hideObjects: handles<HideObjects>('hideObjects.json'),
  listAdmins: handles<ListAdmins>('listAdmins.json'),
  listAllWorkspaces: handles<ListAllWorkspaces>('listAllWorkspaces.json'),
  listApprovals: handles<ListApprovals>('listApprovals.json'),
  listCatalog: handles<ListCatalog>('listCatalog.json'),
  listCommands: handles<ListCommands>('listCommands.json'),
  listExpiring: handles<ListExpiring>('listExpiring.json'),
  listFriends: handles<ListFriends>('listFriends.json'),
  listJobs: handles<ListJobs>('listJobs.json'),
  listModRequests: handles<ListModRequests>('listModRequests.json'),
  listMyPrivileges: handles<ListMyPrivileges>('listMyPrivileges.json'),
  listMyTickets: handles<ListMyTickets>('listMyTickets.json'),
  listObjects: handles<ListObjects>('listObjects.json'),
  listOwned: handles<ListOwned>('listOwned.json'),
  listResources: handles<ListResources>('listResources.json'),
  listRoles: handles<ListRoles>('listRoles.json'),
  listSessions: handles<ListSessions>('listSessions.json'),
  listStaff: handles<ListStaff>('listStaff.json'),
  listUsers: handles<ListUsers>('listUsers.json'),
  listWorkspaceIDs: handles<ListWorkspaceIDs>('listWorkspaceIDs.json'),
  listWorkspaceOwners: handles<ListWorkspaceOwners>('listWorkspaceOwners.json'),
  listWorkspaces: handles<ListWorkspaces>('listWorkspaces.json'),
  lockWorkspace: handles<LockWorkspace>('lockWorkspace.json'),
  moveCatalogItem: handles<MoveCatalogItem>('moveCatalogItem.json'),
  moveResource: handles<MoveResource>('moveResource.json'),
  offboard: handles<OffboardUser>('offboard.json'),
  openTicket: handles<OpenTicket>('openTicket.json'),
  pauseJob: handles<PauseJob>('pauseJob.json'),
  proveConsistency: handles<ProveConsistency>('proveConsistency.json'),
  proveRecord: handles<ProveRecord>('proveRecord.json'),
  pruneAudit: handles<PruneAudit>('pruneAudit.json'),
  reclaim: handles<Reclaim>('reclaim.json'),
  regenerateRecoveryCodes: handles<RegenerateRecoveryCodes>('regenerateRecoveryCodes.json'),
  removeAdmin: handles<RemoveAdmin>('removeAdmin.json'),
  removeFriend: handles<RemoveFriend>('removeFriend.json'),
  removeModuleOwnership: handles<RemoveModuleOwnership>('removeModuleOwnership.json'),
  removePasskey: handles<RemovePasskey>('removePasskey.json'),
  removeRoleMembers: handles<RemoveRoleMembers>('removeRoleMembers.json'),
  removeTotp: handles<RemoveTotp>('removeTotp.json'),
  renameObject: handles<RenameObject>('renameObject.json'),
  renameUser: handles<RenameUser>('renameUser.json'),
  renameWorkspace: handles<RenameWorkspace>('renameWorkspace.json'),
  resetTotp: handles<ResetTotp>('resetTotp.json'),
  resumeJob: handles<ResumeJob>('resumeJob.json'),
  revert: handles<Revert>('revert.json'),
  revertJob: handles<RevertJob>('revertJob.json'),
  reviewBreakGlass: handles<ReviewBreakGlass>('reviewBreakGlass.json'),
  runApproved: handles<RunApproved>('runApproved.json'),
  saveObjects: handles<SaveObjects>('saveObjects.json'),
  setAcl: handles<SetAcl>('setAcl.json'),
  setAclMass: handles<SetAclMass>('setAclMass.json'),
  setConfig: handles<SetConfig>('setConfig.json'),
  setGlobalPermission: handles<SetGlobalPermission>('setGlobalPermission.json'),
  setOwnedBy: handles<SetOwnedBy>('setOwnedBy.json'),
  setPassword: handles<SetPassword>('setPassword.json'),
  setPermissions: handles<SetPermissions>('setPermissions.json'),
  setWorkspaceDescription: handles<SetWorkspaceDescription>('setWorkspaceDescription.json'),
  setWorkspaceOwner: handles<SetWorkspaceOwner>('setWorkspaceOwner.json'),
  undeleteObjects: handles<UndeleteObjects>('undeleteObjects.json'),
  undeleteWorkspace: handles<UndeleteWorkspace>('undeleteWorkspace.json'),
  unhideObjects: handles<UnhideObjects>('unhideObjects.json'),
  unlockWorkspace: handles<UnlockWorkspace>('unlockWorkspace.json'),
  updateCatalogAcl: handles<UpdateCatalogAcl>('updateCatalogAcl.json'),
  updateIiifObject: handles<UpdateIiifObject>('updateIiifObject.json'),
  updateResource: handles<UpdateResource>('updateResource.json'),
  updateStaff: handles<UpdateStaff>('updateStaff.json'),
  updateStaffPermissions: handles<UpdateStaffPermissions>('updateStaffPermissions.json'),
  verifyAudit: handles<VerifyAudit>('verifyAudit.json'),
  verifyState: handles<VerifyState>('verifyState.json'),
} as const;

export const dialects = {
  Accounts_close_session: handles<CloseSessionMethod>('Accounts_close_session.json'),
  Accounts_create_token: handles<AccountsCreateTokenMethod>('Accounts_create_token.json'),
  Accounts_open_session: handles<AccountsOpenSessionMethod>('Accounts_open_session.json'),
  Accounts_who_am_i: handles<AccountsWhoAmIMethod>('Accounts_who_am_i.json'),
  Gnode_create_object: handles<CreateGnodeObjectMethod>('Gnode_create_object.json'),
  Gnode_delete_object: handles<DeleteGnodeObjectMethod>('Gnode_delete_object.json'),
  Gnode_get_object: handles<GetGnodeObjectMethod>('Gnode_get_object.json'),
  Gnode_get_sharing: handles<GetGnodeSharingMethod>('Gnode_get_sharing.json'),
  Gnode_list_objects: handles<ListGnodeObjectsMethod>('Gnode_list_objects.json'),
  Gnode_set_sharing: handles<SetGnodeSharingMethod>('Gnode_set_sharing.json'),
  Gnode_set_sharing_mass: handles<SetGnodeSharingMassMethod>('Gnode_set_sharing_mass.json'),
  Gnode_update_object: handles<UpdateGnodeObjectMethod>('Gnode_update_object.json'),
  Iiif_create_object: handles<CreateIiifObjectMethod>('Iiif_create_object.json'),
  Iiif_delete_object: handles<DeleteIiifObjectMethod>('Iiif_delete_object.json'),
  Iiif_get_object: handles<GetIiifObjectMethod>('Iiif_get_object.json'),
  Iiif_list_objects: handles<ListIiifObjectsMethod>('Iiif_list_objects.json'),
  Iiif_search: handles<SearchIiifMethod>('Iiif_search.json'),
  Iiif_search_manifest: handles<SearchIiifManifestMethod>('Iiif_search_manifest.json'),
  Iiif_update_object: handles<UpdateIiifObjectMethod>('Iiif_update_object.json'),
} as const;

export const methods = {
  Catalog_copy_item: handles<CatalogCopyItemMethod>('Catalog_copy_item.json'),
  Catalog_create_folder: handles<CatalogCreateFolderMethod>('Catalog_create_folder.json'),
  Catalog_get_acl: handles<CatalogGetAclMethod>('Catalog_get_acl.json'),
  Catalog_get_item: handles<CatalogGetItemMethod>('Catalog_get_item.json'),
  Catalog_list_items: handles<CatalogListItemsMethod>('Catalog_list_items.json'),
  Catalog_move_item: handles<CatalogMoveItemMethod>('Catalog_move_item.json'),
  Catalog_update_acl: handles<CatalogUpdateAclMethod>('Catalog_update_acl.json'),
  Friend_add: handles<FriendAddMethod>('Friend_add.json'),
  Friend_list: handles<FriendListMethod>('Friend_list.json'),
  Friend_remove: handles<FriendRemoveMethod>('Friend_remove.json'),
  Resource_create: handles<ResourceCreateMethod>('Resource_create.json'),
  Resource_delete: handles<ResourceDeleteMethod>('Resource_delete.json'),
  Resource_get: handles<ResourceGetMethod>('Resource_get.json'),
  Resource_get_acl: handles<ResourceGetAclMethod>('Resource_get_acl.json'),
  Resource_list: handles<ResourceListMethod>('Resource_list.json'),
  Resource_move: handles<ResourceMoveMethod>('Resource_move.json'),
  Resource_set_acl: handles<ResourceSetAclMethod>('Resource_set_acl.json'),
  Resource_update: handles<ResourceUpdateMethod>('Resource_update.json'),
  Session_list: handles<SessionListMethod>('Session_list.json'),
  Session_sign_in: handles<SessionSignInMethod>('Session_sign_in.json'),
  Session_sign_out: handles<SessionSignOutMethod>('Session_sign_out.json'),
  Session_who_am_i: handles<SessionWhoAmIMethod>('Session_who_am_i.json'),
  alter_admin_object_metadata: handles<AlterAdminObjectMetadataMethod>('alter_admin_object_metadata.json'),
  alter_workspace_metadata: handles<AlterWorkspaceMetadataMethod>('alter_workspace_metadata.json'),
  clone_workspace: handles<CloneWorkspaceMethod>('clone_workspace.json'),
  copy_object: handles<CopyObjectMethod>('copy_object.json'),
  create_workspace: handles<CreateWorkspaceMethod>('create_workspace.json'),
  delete_objects: handles<DeleteObjectsMethod>('delete_objects.json'),
  delete_workspace: handles<DeleteWorkspaceMethod>('delete_workspace.json'),
  discover: handles<DiscoverMethod>('discover.json'),
  get_admin_role: handles<GetAdminRoleMethod>('get_admin_role.json'),
  get_all_func_info: handles<GetAllFuncInfoMethod>('get_all_func_info.json'),
  get_all_type_info: handles<GetAllTypeInfoMethod>('get_all_type_info.json'),
  get_func_info: handles<GetFuncInfoMethod>('get_func_info.json'),
  get_jsonschema: handles<GetJsonschemaMethod>('get_jsonschema.json'),
  get_module_info: handles<GetModuleInfoMethod>('get_module_info.json'),
  get_names_by_prefix: handles<GetNamesByPrefixMethod>('get_names_by_prefix.json'),
  get_object: handles<GetObjectMethod>('get_object.json'),
  get_object_history: handles<GetObjectHistoryMethod>('get_object_history.json'),
  get_object_info: handles<GetObjectInfoMethod>('get_object_info.json'),
  get_object_info3: handles<GetObjectInfo3Method>('get_object_info3.json'),
  get_object_info_new: handles<GetObjectInfoNewMethod>('get_object_info_new.json'),
  get_object_provenance: handles<GetObjectProvenanceMethod>('get_object_provenance.json'),
  get_object_subset: handles<GetObjectSubsetMethod>('get_object_subset.json'),
  get_objectmeta: handles<GetObjectmetaMethod>('get_objectmeta.json'),
  get_objects: handles<GetObjectsMethod>('get_objects.json'),
  get_objects2: handles<GetObjects2Method>('get_objects2.json'),
  get_permissions: handles<GetPermissionsMethod>('get_permissions.json'),
  get_permissions_mass: handles<GetPermissionsMassMethod>('get_permissions_mass.json'),
  get_referenced_objects: handles<GetReferencedObjectsMethod>('get_referenced_objects.json'),
  get_type_info: handles<GetTypeInfoMethod>('get_type_info.json'),
  get_workspace_description: handles<GetWorkspaceDescriptionMethod>('get_workspace_description.json'),
  get_workspace_info: handles<GetWorkspaceInfoMethod>('get_workspace_info.json'),
  get_workspacemeta: handles<GetWorkspacemetaMethod>('get_workspacemeta.json'),
  grant_module_ownership: handles<GrantModuleOwnershipMethod>('grant_module_ownership.json'),
  hide_objects: handles<HideObjectsMethod>('hide_objects.json'),
  list_admin_actions: handles<ListAdminActionsMethod>('list_admin_actions.json'),
  list_all_types: handles<ListAllTypesMethod>('list_all_types.json'),
  list_module_versions: handles<ListModuleVersionsMethod>('list_module_versions.json'),
  list_modules: handles<ListModulesMethod>('list_modules.json'),
  list_notices: handles<ListNoticesMethod>('list_notices.json'),
  list_objects: handles<ListObjectsMethod>('list_objects.json'),
  list_referencing_object_counts: handles<ListReferencingObjectCountsMethod>('list_referencing_object_counts.json'),
  list_referencing_objects: handles<ListReferencingObjectsMethod>('list_referencing_objects.json'),
  list_workspace_ids: handles<ListWorkspaceIdsMethod>('list_workspace_ids.json'),
  list_workspace_info: handles<ListWorkspaceInfoMethod>('list_workspace_info.json'),
  list_workspace_objects: handles<ListWorkspaceObjectsMethod>('list_workspace_objects.json'),
  list_workspaces: handles<ListWorkspacesMethod>('list_workspaces.json'),
  lock_workspace: handles<LockWorkspaceMethod>('lock_workspace.json'),
  register_typespec: handles<RegisterTypespecMethod>('register_typespec.json'),
  register_typespec_copy: handles<RegisterTypespecCopyMethod>('register_typespec_copy.json'),
  release_module: handles<ReleaseModuleMethod>('release_module.json'),
  remove_module_ownership: handles<RemoveModuleOwnershipMethod>('remove_module_ownership.json'),
  rename_object: handles<RenameObjectMethod>('rename_object.json'),
  rename_workspace: handles<RenameWorkspaceMethod>('rename_workspace.json'),
  request_module_ownership: handles<RequestModuleOwnershipMethod>('request_module_ownership.json'),
  revert_object: handles<RevertObjectMethod>('revert_object.json'),
  save_object: handles<SaveObjectMethod>('save_object.json'),
  save_objects: handles<SaveObjectsMethod>('save_objects.json'),
  set_global_permission: handles<SetGlobalPermissionMethod>('set_global_permission.json'),
  set_permissions: handles<SetPermissionsMethod>('set_permissions.json'),
  set_workspace_description: handles<SetWorkspaceDescriptionMethod>('set_workspace_description.json'),
  status: handles<StatusMethod>('status.json'),
  translate_from_MD5_types: handles<TranslateFromMD5TypesMethod>('translate_from_MD5_types.json'),
  translate_to_MD5_types: handles<TranslateToMD5TypesMethod>('translate_to_MD5_types.json'),
  undelete_objects: handles<UndeleteObjectsMethod>('undelete_objects.json'),
  unhide_objects: handles<UnhideObjectsMethod>('unhide_objects.json'),
  ver: handles<VerMethod>('ver.json'),
} as const;

/** Where in the parameters of each command and method stands what its caller stores as it is (`x-class: content`). */
export const contentPaths: Readonly<Record<'commands' | 'dialects' | 'methods', Readonly<Record<string, readonly (readonly string[])[]>>>> = {
  "commands": {
    "saveObjects": [
      [
        "objects",
        "*",
        "data"
      ]
    ]
  },
  "dialects": {},
  "methods": {
    "save_object": [
      [
        "data"
      ]
    ],
    "save_objects": [
      [
        "objects",
        "*",
        "data"
      ]
    ]
  }
};

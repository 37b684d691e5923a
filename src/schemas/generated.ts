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

export type AdminRoleName = "full" | "readOnly";

/**
 * An instant as RFC 3339 has it, such as 2027-01-31T12:00:00Z.
 */
export type Instant = string;

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

export type UserKind = "person" | "staff" | "service";

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

export interface DeleteUser {
  /**
   * None: whatever is sent is ignored, as KBase does.
   */
  params: {};
  result: User;
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

export type OutcomeName = "success" | "denied" | "failed" | "dryRun" | "replayed";

export interface GetAudit {
  /**
   * All that are given must hold. `from` is included, `to` is not.
   */
  params: {
    actor?: UserName;
    onBehalfOf?: UserName;
    subject?: UserName;
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
    to?: Instant;
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
  at: Instant;
  via: "command" | "method" | "job" | "signIn";
  command: string;
  outcome: OutcomeName;
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

export interface GetTypeDelegationTarget {
  /**
   * None: whatever is sent is ignored, as KBase does.
   */
  params: {};
  result: {
    delegateTarget: string | null;
  };
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

/**
 * The `next` of the page before.
 */
export type Cursor = string;

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

export interface RemoveAdmin {
  /**
   * None: whatever is sent is ignored, as KBase does.
   */
  params: {};
  result: null;
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

export interface CommandMap {
  addAdmin: AddAdmin;
  addUser: AddUser;
  deleteUser: DeleteUser;
  disableUser: DisableUser;
  enableUser: EnableUser;
  getAudit: GetAudit;
  getConfig: GetConfig;
  getTypeDelegationTarget: GetTypeDelegationTarget;
  listAdmins: ListAdmins;
  listCommands: ListCommands;
  listMyPrivileges: ListMyPrivileges;
  listUsers: ListUsers;
  removeAdmin: RemoveAdmin;
  renameUser: RenameUser;
  setConfig: SetConfig;
}

export const commands = {
  addAdmin: {
    params: handle<AddAdmin['params']>('addAdmin.json#/properties/params'),
    result: handle<AddAdmin['result']>('addAdmin.json#/properties/result'),
  },
  addUser: {
    params: handle<AddUser['params']>('addUser.json#/properties/params'),
    result: handle<AddUser['result']>('addUser.json#/properties/result'),
  },
  deleteUser: {
    params: handle<DeleteUser['params']>('deleteUser.json#/properties/params'),
    result: handle<DeleteUser['result']>('deleteUser.json#/properties/result'),
  },
  disableUser: {
    params: handle<DisableUser['params']>('disableUser.json#/properties/params'),
    result: handle<DisableUser['result']>('disableUser.json#/properties/result'),
  },
  enableUser: {
    params: handle<EnableUser['params']>('enableUser.json#/properties/params'),
    result: handle<EnableUser['result']>('enableUser.json#/properties/result'),
  },
  getAudit: {
    params: handle<GetAudit['params']>('getAudit.json#/properties/params'),
    result: handle<GetAudit['result']>('getAudit.json#/properties/result'),
  },
  getConfig: {
    params: handle<GetConfig['params']>('getConfig.json#/properties/params'),
    result: handle<GetConfig['result']>('getConfig.json#/properties/result'),
  },
  getTypeDelegationTarget: {
    params: handle<GetTypeDelegationTarget['params']>('getTypeDelegationTarget.json#/properties/params'),
    result: handle<GetTypeDelegationTarget['result']>('getTypeDelegationTarget.json#/properties/result'),
  },
  listAdmins: {
    params: handle<ListAdmins['params']>('listAdmins.json#/properties/params'),
    result: handle<ListAdmins['result']>('listAdmins.json#/properties/result'),
  },
  listCommands: {
    params: handle<ListCommands['params']>('listCommands.json#/properties/params'),
    result: handle<ListCommands['result']>('listCommands.json#/properties/result'),
  },
  listMyPrivileges: {
    params: handle<ListMyPrivileges['params']>('listMyPrivileges.json#/properties/params'),
    result: handle<ListMyPrivileges['result']>('listMyPrivileges.json#/properties/result'),
  },
  listUsers: {
    params: handle<ListUsers['params']>('listUsers.json#/properties/params'),
    result: handle<ListUsers['result']>('listUsers.json#/properties/result'),
  },
  removeAdmin: {
    params: handle<RemoveAdmin['params']>('removeAdmin.json#/properties/params'),
    result: handle<RemoveAdmin['result']>('removeAdmin.json#/properties/result'),
  },
  renameUser: {
    params: handle<RenameUser['params']>('renameUser.json#/properties/params'),
    result: handle<RenameUser['result']>('renameUser.json#/properties/result'),
  },
  setConfig: {
    params: handle<SetConfig['params']>('setConfig.json#/properties/params'),
    result: handle<SetConfig['result']>('setConfig.json#/properties/result'),
  },
} as const;

import type { Credential } from '../identity/credential.ts';

/* The interface between a transport (`server/rpc`, `server/dialects`) and the gate, without JSON-RPC and HTTP. */

/** What a transport knows of one request before anybody is identified. */
export interface Origin {
  /** Made by the transport for each call; in the answer of an error, the log and the audit record. */
  readonly requestId: string;
  /** The raw value of the Authorization header; undefined when there was none. */
  readonly authorization: string | undefined;
  /** Another credential than a token of the configured source: then the header counts for nothing. */
  readonly credential?: Credential;
  /** The client's address: the forwarded one where it is trusted, else the socket's. */
  readonly address: string;
  /** The address at the other end of the socket. */
  readonly socketAddress: string;
  /** Aborts when the caller hangs up before the answer. */
  readonly signal?: AbortSignal;
}

/** Proof of an audit record that a caller can keep. */
export interface Receipt {
  /** The record's id, as `getAudit` shows it. */
  readonly record: string;
  /** SHA-256 of the record, hexadecimal. */
  readonly hash: string;
}

/** The outcome of a call. `result` is the bare value, which the transport wraps in its envelope. */
export interface Answer {
  readonly result: unknown;
  readonly receipt?: Receipt;
}

/** How a method is called; what a transport must know to check the shape of a call before running it. */
export interface MethodShape {
  /** Full name, `Workspace.administer`. */
  readonly name: string;
  /** `optional`: without a header the caller is anonymous, but a bad header is still refused. `none`: never read. */
  readonly auth: 'required' | 'optional' | 'none';
  /** Set for a method of the HTTP dialects that JSON-RPC does not have. */
  readonly dialectOnly?: true;
  /** How many parameters the method takes, exactly. */
  readonly paramCount: number;
  /** Set for a write of ordinary callers that may be long. */
  readonly heavy?: boolean;
  /** False for KBase's void methods, whose 1.1 result is `null` instead of a list of one. */
  readonly returnsValue: boolean;
}

/** The bearer of a credential. Transports use only `name` and `profile`. */
export interface Identified {
  /** Of the principal who calls, and of the service that calls for them. */
  readonly id: string;
  readonly name: string;
  /** The number of their profile, if they signed in with a session or a password. */
  readonly profile?: number;
}

export interface IdentifiedCall<I extends Identified = Identified> {
  /** Undefined for an anonymous caller. */
  readonly caller: I | undefined;
  readonly params: readonly unknown[];
  readonly origin: Origin;
}

/** The gate as a transport sees it. Every method rejects with a `StewardError` (or a bug). */
export interface Door<I extends Identified = Identified> {
  /** The method of this full name, case-sensitive; undefined when there is none. */
  method(name: string): MethodShape | undefined;
  /**
   * Step 1: the credential becomes a principal. Resolves to undefined for an anonymous caller of an optional method.
   */
  identify(method: MethodShape, origin: Origin): Promise<I | undefined>;
  /** Runs the method with `paramCount` parameters for the identified caller. */
  call(method: MethodShape, call: IdentifiedCall<I>): Promise<Answer>;
  /** Leaves a record that `administer` came as a notification and was refused (JSON-RPC 2.0 only). */
  refuseNotification(method: MethodShape, caller: I | undefined, origin: Origin): Promise<void>;
}

/** The gate as a dialect sees it, where one route serves administrators and everybody else. */
export interface DialectDoor<I extends Identified = Identified> extends Door<I> {
  /** Whether the gate would let this administrator run the command at all; the gate itself decides again when it is run. */
  mayRun(caller: I, command: string, origin: Pick<Origin, 'address'>): Promise<boolean>;
}

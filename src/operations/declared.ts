import type { SchemaHandle } from '../base/schemas/handle.ts';
import type { ImpliedCall } from '../domain/ownership/inverseRules.ts';
import type { AdminScope } from '../identity/roster.ts';
import type { Reader } from '../store/collection.ts';
import type { LaneName } from '../store/transact.ts';

/**
 * The meaning of the key `user` of the command object. `ignored`: none. `target`: the user that the command is about,
 * whom its `run` checks. `subject`: the user acted as, who must be given. `optionalSubject`: the user acted as; when
 * absent, the command runs with all rights.
 */
export type UserMeaning = 'ignored' | 'target' | 'subject' | 'optionalSubject';

/** An example for help and documentation, which is valid by the command's schema. */
export interface Example<P> {
  readonly title: string;
  readonly user?: string;
  readonly params?: P;
}

/** How a person confirms a command before it runs. */
export interface Confirmation {
  /** What they type again: the key `user` of the command object, or this parameter. A yes is enough without it. */
  readonly typed?: string;
  /** The parameter without which no confirmation is needed. */
  readonly onlyWith?: string;
}

/** Why `revert` does not revert a command whose job `revertJob` reverts. */
export const REVERTED_AS_JOB = 'what the job did is reverted with revertJob';

/** What both forms of an operation have in common. A form may have a summary or a class name of its own. */
export interface Shared {
  /** One sentence. */
  readonly summary: string;
  readonly effect: 'read' | 'write';
  /**
   * The name of KBase's class for the parameters, which KBase's messages show. The parameters are then read with
   * KBase's coercions; those of a method without it must match the schema.
   */
  readonly className?: string;
  /** Whether it is about modules of types: if another service has them (`type-delegation-target`), that one runs it. */
  readonly delegated?: true;
  /** Whether it may take long, since it transfers much data or looks at much: its calls have a later deadline. */
  readonly long?: true;
}

export type Lane<Q> = 'none' | LaneName | ((params: Q) => LaneName | undefined);

/** An operation as a command of `administer`. */
export interface CommandForm<P, R> {
  readonly name: string;
  /** `ignored` when absent. */
  readonly user?: UserMeaning;
  /** For a command with a subject: which error is reported if both the subject and the parameters are invalid. */
  readonly order?: 'userFirst' | 'paramsFirst';
  /**
   * How parameters are read. `closed`, when absent: by the schema. `extension`: KBase ignores them; they are validated
   * if one of the keys is ours, or similar to one. `ignored`: KBase ignores them. The others are read as KBase reads
   * its class `className`, with its coercions: unknown keys are unexpected arguments (`struct`), an error in reading
   * (`strict`), or ignored (`tolerant`). `module`: the parameter is the key `module` of the command object.
   */
  readonly takes?: 'ignored' | 'closed' | 'extension' | 'struct' | 'strict' | 'tolerant' | 'module';
  /**
   * Whether every administrator may run it, whatever their role and limits, because it only concerns the caller's own
   * rights, requests and proofs of identity.
   */
  readonly open?: true;
  /** Set for a command that writes and that read-only administrators may run too: it changes nothing but its own job. */
  readonly readOnly?: true;
  /**
   * Whether no rule of the policy can deny it, because it only gives up what the caller has, or shows them their own rights.
   * `unlessFor`: a call whose parameter `for` names somebody else can be denied.
   */
  readonly undeniable?: true | 'unlessFor';
  /** Set for a command that reads and that read-only administrators may not run. */
  readonly fullOnly?: true;
  /** Whether only a rule of the policy gives it to an administrator, and the default policy to nobody. */
  readonly onlyByRule?: true;
  /** Whether it never needs approval, because approvals and break-glass depend on it. */
  readonly withoutApproval?: true;
  /** The system whose own administrators may run it too. */
  readonly scope?: AdminScope;
  /** Whether it may be run with the secret key. */
  readonly bootstrap?: true;
  /**
   * Whether it concerns the gate itself: the roster, credentials, the policy. No rule of the policy can give it to
   * anybody.
   */
  readonly reserved?: true;
  /**
   * The calls of other commands that would have the same effect, if that depends on the parameters. The gate lets the call
   * through only if it would let each of these through, and requires of it what it would require of them.
   */
  readonly implies?: (reader: Reader, params: P, now: Date) => Promise<readonly ImpliedCall[]>;
  /** Why `revert` cannot revert what it did; {@link REVERTED_AS_JOB} where `revertJob` does. */
  readonly notRevertible?: string;
  /** Set if a person should see its effect and confirm it first: the command line shows the dry run, and asks. */
  readonly confirm?: Confirmation;
  /** Whether it begins a job, which the command line follows to its end. */
  readonly beginsJob?: true;
  readonly params: SchemaHandle<P>;
  readonly result: SchemaHandle<R>;
  readonly examples: readonly Example<P>[];
}

/** An operation as a method that everybody may call as themselves. */
export interface MethodForm<P> {
  /** Full name, `Workspace.ver`; `rpc.` is JSON-RPC's own. */
  readonly name: string;
  readonly auth: 'required' | 'optional' | 'none';
  /** Set for KBase's void methods. */
  readonly returnsValue?: false;
  /** The schema of the parameter, if the method takes one. */
  readonly params?: SchemaHandle<P>;
  readonly result: SchemaHandle<unknown>;
  /** The keys of the parameter that are sent as positional parameters, in this order. */
  readonly positional?: readonly string[];
  /** Set if KBase keeps it only for old clients: what to use instead. */
  readonly deprecated?: string;
  /**
   * Whether every service may call it for a user, whatever its limits, because it only shows the caller's own rights.
   */
  readonly open?: true;
  /** The key of its parameter that may hold a token, whose bearer is then the caller. */
  readonly tokenParam?: string;
  /** Set for the method whose parameters are the name and the password of a local account, whose holder is then the caller. */
  readonly signsIn?: true;
  /**
   * The authority, if not the caller's. For a write: an administrator's; the caller must be one with full rights. For a
   * read: that of the bearer of the token under this key of the parameter, if there is one.
   */
  readonly authority?: 'administrator' | { readonly bearerOf: string };
  /** Whether it is only for the HTTP dialects, and not for JSON-RPC. */
  readonly dialectOnly?: true;
}

/** A declared command without its `run`. */
export type DeclaredCommand = Shared &
  Omit<CommandForm<never, unknown>, 'user' | 'takes' | 'params' | 'examples'> & {
    readonly user: UserMeaning;
    readonly takes: NonNullable<CommandForm<never, unknown>['takes']>;
    readonly params: SchemaHandle<unknown>;
    readonly examples: readonly Example<unknown>[];
  };

/** A declared method without its `run`. */
export type DeclaredMethod = Shared &
  Omit<MethodForm<never>, 'returnsValue' | 'params'> & {
    readonly returnsValue: boolean;
    readonly params?: SchemaHandle<unknown>;
  };

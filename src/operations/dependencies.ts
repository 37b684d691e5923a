import type { AuditHashes } from '../audit/hashes.ts';
import type { AuditLog } from '../audit/log/log.ts';
import type { AuditTrail } from '../audit/trail.ts';
import type { Spool } from '../base/spool/spool.ts';
import type { CopySource } from '../domain/modules/copy.ts';
import type { StorableTypes } from '../domain/modules/storableTypes.ts';
import type { Contents } from '../domain/objects/content.ts';
import type { PruneParts } from '../domain/state/pruneAudit.ts';
import type { Verifying } from '../domain/state/verifyState.ts';
import type { AdminNames } from '../identity/adminNames.ts';
import type { People } from '../identity/people.ts';
import type { Proofs } from '../identity/proofs.ts';
import type { NamesOf } from '../identity/qualified.ts';
import type { AdminRules } from '../identity/roster.ts';
import type { StaffTokens } from '../identity/staffTokens.ts';
import type { WebAuthn } from '../identity/webauthn.ts';
import type { Digester } from '../store/changes.ts';
import type { Files } from '../store/files.ts';
import type { DeclaredCommand } from './declared.ts';

/** What operations may need beside the database; assembled once, at the start. Each gets what it names in `needs`. */
export interface Dependencies {
  readonly rules: AdminRules;
  readonly adminNames: AdminNames;
  readonly people: People;
  /** The types that objects are checked against. */
  readonly types: StorableTypes;
  /** Stores the data of objects before their commit. */
  readonly contents: Contents;
  /** For data that is too long for memory. */
  readonly spool: Spool;
  readonly trail: AuditTrail;
  /** The sealed log of the audit. */
  readonly log: AuditLog;
  readonly auditHashes: AuditHashes;
  /** What comparing the data with the records needs. */
  readonly verifying: Verifying;
  /** What pruning the audit needs. */
  readonly pruning: PruneParts;
  /** For contents that are too large for a document. */
  readonly files: Files;
  readonly staffTokens: StaffTokens;
  /** Makes challenges for passkeys, and checks their answers. */
  readonly webauthn: WebAuthn;
  /** Checks second proofs of identity. */
  readonly proofs: Proofs;
  /** How long a session lasts that begins with a name and a password. */
  readonly sessionHours: number;
  /** The keyed digest of a value. */
  readonly digestOf: Digester['digest'];
  /** The issuer of the tokens that are accepted here. */
  readonly issuer: string;
  readonly typeDelegationTarget: string | undefined;
  /** The workspace services that specifications may be copied from. */
  readonly copySources: CopySource;
  /** The version of this program. */
  readonly version: string;
  /** Whether the database answers, and its version. */
  readonly server: { readonly version: string; ping(): Promise<boolean> };
  /** The names in the policy that are bound to somebody. */
  readonly policyNamesOf: NamesOf;
  /** How long break-glass lifts what the policy requires. */
  readonly breakGlassMinutes: number;
  readonly declaredCommands: readonly DeclaredCommand[];
  /** The commands that a name, `group:NAME` or `*` stands for; undefined for an unknown one. */
  readonly commandsOf: (entry: string) => ReadonlySet<string> | undefined;
}

export type Need = keyof Dependencies;

import type { AuditTrail } from '../audit/trail.ts';
import type { Spool } from '../base/spool/spool.ts';
import type { CopySource } from '../domain/modules/copy.ts';
import type { StorableTypes } from '../domain/modules/storableTypes.ts';
import type { Contents } from '../domain/objects/content.ts';
import type { AdminNames } from '../identity/adminNames.ts';
import type { People } from '../identity/people.ts';
import type { Rank } from '../identity/rank.ts';
import type { AdminRules } from '../identity/roster.ts';
import type { StaffTokens } from '../identity/staffTokens.ts';
import type { Files } from '../store/files.ts';
import type { DeclaredCommand } from './declared.ts';

/** What operations may need beside the database: put together once, at start-up. Each gets what it names in `needs`. */
export interface Dependencies {
  readonly rules: AdminRules;
  readonly adminNames: AdminNames;
  readonly people: People;
  /** What objects are checked against. */
  readonly types: StorableTypes;
  /** Where the data of objects is put before it is committed. */
  readonly contents: Contents;
  /** Where data goes that is too long for memory while it is prepared. */
  readonly spool: Spool;
  readonly trail: AuditTrail;
  /** Where contents are that are too large for a document. */
  readonly files: Files;
  readonly staffTokens: StaffTokens;
  /** The issuer of the tokens that are accepted here. */
  readonly issuer: string;
  readonly typeDelegationTarget: string | undefined;
  /** The workspace services that specifications may be copied from. */
  readonly copySources: CopySource;
  /** The version of this program. */
  readonly version: string;
  /** Whether the database answers, and its version. */
  readonly server: { readonly version: string; ping(): Promise<boolean> };
  /** Every command there is. */
  readonly declaredCommands: readonly DeclaredCommand[];
  /** Whether the gate would let this rank run the command at all. */
  readonly mayRun: (rank: Rank, command: DeclaredCommand) => boolean;
}

export type Need = keyof Dependencies;

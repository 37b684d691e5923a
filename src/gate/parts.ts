import type { Journal } from '../audit/journal.ts';
import type { BoundNames } from '../identity/boundNames.ts';
import type { RightsCache } from '../identity/rightsCache.ts';
import type { Dependencies } from '../operations/dependencies.ts';
import type { Command } from '../operations/operation.ts';
import type { Change } from '../store/changes.ts';
import type { Database } from '../store/database.ts';
import type { PolicyHolder } from './policy/policyHolder.ts';
import type { WorkspaceService } from './workspaceService.ts';

/** What the gate depends on; assembled once, at the start. */
export interface GateParts {
  readonly database: Database;
  readonly journal: Journal;
  readonly rights: RightsCache;
  readonly dependencies: Dependencies;
  /** Every command by its name. */
  readonly commands: ReadonlyMap<string, Command>;
  /** The rules of the policy file. */
  readonly policy: PolicyHolder;
  readonly boundNames: BoundNames;
  /** How long a request for approval waits. */
  readonly approvalHours: number;
  readonly auditKey: Buffer;
  /** The service that has the modules of types, if that is another. */
  readonly typeService: WorkspaceService | undefined;
  readonly now: () => Date;
  /** Called with the changes of every commit, before the answer is sent. */
  readonly committed: (changes: readonly Change[]) => void;
}

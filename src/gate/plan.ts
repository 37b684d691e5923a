import type { Command } from '../commands/command.ts';
import { digest, withPlaceholders } from '../store/changes.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Passage } from './passage.ts';

export interface Plan {
  /** Exactly what would change, with `<id>` and `<instant>` for what the server would assign. */
  readonly changes: readonly unknown[];
  /** SHA-256 over the call, the revisions it read and the changes. */
  readonly plan: string;
}

/** What the transaction has done so far, as a plan. */
export function planOf({ decoded, judged }: Passage, command: Command, tx: Transaction): Plan {
  if (tx.foreseen !== undefined) {
    const { sealed, shown } = tx.foreseen;
    const changes = withPlaceholders(shown.changes, tx.assigned);
    return { ...shown, changes, plan: digest([command.name, decoded?.user ?? null, sealed]) };
  }
  return seal(command, decoded?.user, judged?.params, [...tx.reads].sort(), withPlaceholders(tx.changes, tx.assigned));
}

/** The plan of a read: nothing changes. */
export function emptyPlan({ decoded, judged }: Passage, command: Command): Plan {
  return seal(command, decoded?.user, judged?.params, [], []);
}

function seal(command: Command, user: unknown, params: unknown, reads: unknown, changes: readonly unknown[]): Plan {
  return { changes, plan: digest([command.name, user ?? null, params, reads, changes]) };
}

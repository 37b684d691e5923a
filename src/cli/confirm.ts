import { createInterface } from 'node:readline/promises';
import type { DryRun } from '../base/schemas/generated.ts';
import { UsageError } from './failure.ts';
import { renderResult } from './render.ts';

/** @throws UsageError if input or output is not a terminal */
export function assertInteractive(): void {
  if (process.stdin.isTTY && process.stdout.isTTY) return;
  throw new UsageError(
    'there is no terminal for the question: look at the plan with --dry-run, then run it with --yes',
  );
}

/** Shows what would be done, and asks for confirmation. */
export async function confirmed({ total = 0, types = [], items = [], next }: DryRun): Promise<boolean> {
  console.log(renderResult([...items]));
  if (next !== undefined) console.log(`… and ${total - items.length} more (--dry-run with --page shows them)`);
  console.log(`\n${renderResult([...types])}`);
  const ask = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await ask.question(`\n${total} in all. Go on? [y/N] `)).trim());
  } catch {
    // Ctrl-C or Ctrl-D.
    return false;
  } finally {
    ask.close();
  }
}

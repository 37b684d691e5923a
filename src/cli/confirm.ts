import { createInterface } from 'node:readline/promises';
import { UsageError } from './failure.ts';

/** @throws UsageError if input or output is not a terminal */
export function assertInteractive(): void {
  if (process.stdin.isTTY && process.stdout.isTTY) return;
  throw new UsageError(
    'there is no terminal for the question: look at the plan with --dry-run, then run it with --yes',
  );
}

interface Question {
  /** What stands before the question. */
  readonly about: string;
  /** What must be typed; without it, a yes is enough. */
  readonly typed?: string;
}

/** Asks for a confirmation at the terminal. */
export async function confirmed({ about, typed }: Question): Promise<boolean> {
  const ask = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const how = typed === undefined ? 'Go on? [y/N] ' : `Type ${typed} to go on: `;
    const answer = (await ask.question(`\n${about}${how}`)).trim();
    return typed === undefined ? /^y(es)?$/i.test(answer) : answer === typed;
  } catch {
    // Ctrl-C or Ctrl-D.
    return false;
  } finally {
    ask.close();
  }
}

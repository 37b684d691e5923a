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
  const how = typed === undefined ? 'Go on? [y/N] ' : `Type ${typed} to go on: `;
  const answer = await answered(`\n${about}${how}`);
  return typed === undefined ? /^y(es)?$/i.test(answer ?? '') : answer === typed;
}

/** What is typed at the terminal after this question; undefined after Ctrl-C or Ctrl-D. */
export async function answered(question: string): Promise<string | undefined> {
  const ask = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await ask.question(question)).trim();
  } catch {
    return undefined;
  } finally {
    ask.close();
  }
}

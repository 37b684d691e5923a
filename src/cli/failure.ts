import { CommanderError } from 'commander';
import { exitWith, INVALID } from './exitCodes.ts';

/** A sentence for whoever sits at the terminal, without a stack: what was typed, or set, is not as it must be. */
export class UsageError extends Error {}

/**
 * Ends the process: with status 2 where the command line is wrong, else 1. A foreseen failure is told by its sentence
 * alone, anything else with its stack.
 */
export async function failWith(error: unknown): Promise<never> {
  const json = process.argv.includes('--json');
  if (error instanceof CommanderError) {
    // Help was asked for, or nothing at all was: it has been shown.
    if (/^commander\.(help|version)/.test(error.code)) process.exit(error.exitCode);
    exitWith(INVALID, { message: error.message.replace(/^error: /, ''), reason: 'usage' }, json);
  } else if (error instanceof UsageError) {
    exitWith(INVALID, { message: error.message, reason: 'usage' }, json);
  } else if (await isForeseen(error)) {
    exitWith(1, { message: (error as Error).message }, json);
  } else {
    console.error(error);
    process.exitCode = 1;
  }
  process.exit();
}

/** What can be foreseen is asked late: it takes the whole service to name it. */
async function isForeseen(error: unknown): Promise<boolean> {
  const { FORESEEN } = await import('./foreseen.ts');
  return FORESEEN.some((kind) => error instanceof kind) || isListenError(error);
}

function isListenError(error: unknown): boolean {
  return (
    error instanceof Error && 'syscall' in error && (error.syscall === 'listen' || error.syscall === 'getaddrinfo')
  );
}

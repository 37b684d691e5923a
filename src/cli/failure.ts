import { CommanderError } from 'commander';
import { OperatorError } from '../base/errors.ts';
import { exitWith, INVALID } from './exitCodes.ts';

/** A sentence for whoever sits at the terminal, without a stack: what was typed, or set, is not as it must be. */
export class UsageError extends Error {}

/**
 * Ends the process: with status 2 where the command line is wrong, else 1. What an operator can mend is told by its sentence
 * alone, anything else with its stack.
 */
export function failWith(error: unknown): never {
  const json = process.argv.includes('--json');
  if (error instanceof CommanderError) {
    // Help was asked for, or nothing at all was: it has been shown.
    if (/^commander\.(help|version)/.test(error.code)) process.exit(error.exitCode);
    exitWith(INVALID, { message: error.message.replace(/^error: /, ''), reason: 'usage' }, json);
  } else if (error instanceof UsageError) {
    exitWith(INVALID, { message: error.message, reason: 'usage' }, json);
  } else if (error instanceof OperatorError || isListenError(error)) {
    exitWith(1, { message: error.message }, json);
  } else {
    console.error(error);
    process.exitCode = 1;
  }
  process.exit();
}

function isListenError(error: unknown): error is Error {
  return (
    error instanceof Error && 'syscall' in error && (error.syscall === 'listen' || error.syscall === 'getaddrinfo')
  );
}

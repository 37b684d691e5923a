import { CommanderError } from 'commander';
import { OperatorError } from '../base/errors.ts';
import { exitWith, INVALID } from './exitCodes.ts';

/** The command line or a setting is wrong. Reported by its message, without a stack. */
export class UsageError extends Error {}

/**
 * Reports an error, and ends the process: with status 2 if the command line is wrong, else 1. Errors that an operator
 * can solve are reported by their messages, others with their stacks.
 */
export function failWith(error: unknown): never {
  const json = process.argv.includes('--json');
  if (error instanceof CommanderError) {
    // Help or the version was printed already.
    if (/^commander\.(help|version)/.test(error.code)) process.exit(error.exitCode);
    exitWith(INVALID, { message: error.message.replace(/^error: /, ''), reason: 'usage' }, json);
  } else if (error instanceof UsageError) {
    exitWith(INVALID, { message: error.message, reason: 'usage' }, json);
  } else if (isForOperator(error)) {
    exitWith(1, { message: error.message }, json);
  } else {
    console.error(error);
    process.exitCode = 1;
  }
  process.exit();
}

/** Whether an operator can solve what the error's message says. */
export const isForOperator = (error: unknown): error is Error => error instanceof OperatorError || isListenError(error);

/** Of several workers, the supervisor binds the port. */
const LISTENING = ['listen', 'bind', 'getaddrinfo'];

function isListenError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && LISTENING.includes(String(error.syscall));
}

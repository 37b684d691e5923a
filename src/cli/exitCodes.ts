import {
  BusyError,
  ConflictError,
  ConnectionError,
  ForbiddenError,
  InvalidError,
  NotFoundError,
  type StewardCallError,
  UnauthenticatedError,
} from '../client/errors.ts';

/** What scripts can tell apart; anything else ends with 1. */
export const EXIT_CODES = [
  { code: 2, meaning: 'the call or its parameters are wrong', of: [InvalidError] },
  { code: 3, meaning: 'refused: the token, or the right to do it', of: [UnauthenticatedError, ForbiddenError] },
  { code: 4, meaning: 'what was named is not there', of: [NotFoundError] },
  { code: 5, meaning: 'the state of the data does not allow it, such as a stale plan', of: [ConflictError] },
  { code: 6, meaning: 'busy or not reached: try again', of: [BusyError, ConnectionError] },
] as const;

function exitCodeOf(error: StewardCallError): number {
  return EXIT_CODES.find(({ of }) => of.some((kind) => error instanceof kind))?.code ?? 1;
}

/** Tells what went wrong and what to do about it, and sets the exit status. */
export function reportFailure(error: StewardCallError, json: boolean): void {
  const { message, reason, requestId, advice } = error;
  if (json) console.error(JSON.stringify({ error: { message, reason, requestId, advice } }));
  else console.error(`steward: ${message} (${reason})${advice === undefined ? '' : `\n${advice}`}`);
  process.exitCode = exitCodeOf(error);
}

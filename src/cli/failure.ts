import { NoAdministratorError } from '../assemble.ts';
import { ConfigError } from '../config/problems.ts';
import { UnfitKeySetError } from '../identity/jwks.ts';
import { UnfitAuthServiceError } from '../identity/kbaseAuthService.ts';
import { UnfitDatabaseError } from '../store/database.ts';

/** A sentence for whoever sits at the terminal, without a stack. */
export class UsageError extends Error {}

const FORESEEN = [
  ConfigError,
  NoAdministratorError,
  UnfitAuthServiceError,
  UnfitDatabaseError,
  UnfitKeySetError,
  UsageError,
];

/** Ends the process with status 1: a foreseen failure with its sentence alone, anything else with its stack. */
export function failWith(error: unknown): never {
  const foreseen = FORESEEN.some((kind) => error instanceof kind) || isListenError(error);
  console.error(foreseen ? `steward: ${(error as Error).message}` : error);
  process.exit(1);
}

function isListenError(error: unknown): boolean {
  return (
    error instanceof Error && 'syscall' in error && (error.syscall === 'listen' || error.syscall === 'getaddrinfo')
  );
}

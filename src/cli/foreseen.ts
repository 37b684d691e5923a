import { NoAdministratorError } from '../assemble.ts';
import { ConfigError } from '../config/problems.ts';
import { UnfitKeySetError } from '../identity/jwks.ts';
import { UnfitAuthServiceError } from '../identity/kbaseAuthService.ts';
import { UnfitDatabaseError } from '../store/database.ts';
import { FormatError } from '../store/migrations/format.ts';
import { MigrationInterrupted } from '../store/migrations/migration.ts';

/** What an operator can mend; the message is a sentence that says how. */
export const FORESEEN = [
  ConfigError,
  FormatError,
  MigrationInterrupted,
  NoAdministratorError,
  UnfitAuthServiceError,
  UnfitDatabaseError,
  UnfitKeySetError,
] as const;

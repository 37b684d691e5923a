import { NoAdministratorError } from '../assemble.ts';
import { ConfigError } from '../config/problems.ts';
import { UnfitKeySetError } from '../identity/jwks.ts';
import { UnfitAuthServiceError } from '../identity/kbaseAuthService.ts';
import { UnfitDatabaseError } from '../store/database.ts';

/** What an operator can mend; the message is a sentence that says how. */
export const FORESEEN = [
  ConfigError,
  NoAdministratorError,
  UnfitAuthServiceError,
  UnfitDatabaseError,
  UnfitKeySetError,
] as const;

import { allMethods, commandsBySubject } from '../../operations/index.ts';
import { configuredActors } from './configuredActors.ts';
import { commandNames } from './groups.ts';
import { parsePolicy } from './policyFile.ts';

/**
 * Checks a policy without a database, where only the administrators of `ws-admin` are known.
 *
 * @returns how many rules it has
 * @throws PolicyError with everything that is wrong, and where
 */
export function checkPolicyFile({ file, text, configured }: PolicyToCheck): number {
  const admins = { admins: configuredActors(configured), complete: false };
  return parsePolicy(text, {
    file,
    names: commandNames(commandsBySubject, allMethods),
    configured,
    admins,
    now: new Date(),
  }).rules.length;
}

interface PolicyToCheck {
  readonly file: string;
  readonly text: string;
  /** The entries of `ws-admin`. */
  readonly configured: readonly string[];
}

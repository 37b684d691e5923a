import type { Change } from './kidl/compatibility.ts';
import type { Definition } from './module.ts';

/**
 * The version after this one, by KBase's rule: a new type begins at 0.1. Once it is released, an incompatible change
 * raises the major version, any other the minor one.
 */
export function nextVersion(before: Definition | undefined, change: Change): string {
  if (before === undefined) return '0.1';
  const { major, minor } = numbersOf(before.version);
  return major > 0 && change === 'incompatible' ? `${major + 1}.0` : `${major}.${minor + 1}`;
}

/** The version after a release. */
export const releasedVersion = (version: string): string => (numbersOf(version).major === 0 ? '1.0' : version);

export function numbersOf(version: string): { major: number; minor: number } {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return { major, minor };
}

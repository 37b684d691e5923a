import { refuse } from '../../base/errors.ts';
import type { KBasePermission } from '../../base/schemas/generated.ts';
import type { GrantLevel } from '../resources/resource.ts';
import type { Visibility } from '../resources/types.ts';
import type { Level } from './decide.ts';

/** KBase's letters for levels; owners are shown as `a`. */
const LETTERS: Readonly<Record<Level, KBasePermission>> = { none: 'n', read: 'r', write: 'w', admin: 'a', owner: 'a' };

const LEVELS: ReadonlyMap<string, GrantLevel | 'none'> = new Map([
  ['n', 'none'],
  ['r', 'read'],
  ['w', 'write'],
  ['a', 'admin'],
] as const);

export const letterOf = (level: Level): KBasePermission => LETTERS[level];

/** @throws permission_unknown */
export function levelOfLetter(letter: string | undefined): GrantLevel | 'none' {
  const level = LEVELS.get(letter ?? 'null');
  if (level === undefined) throw refuse('permission_unknown', letter ?? 'null');
  return level;
}

/**
 * The visibility for the letter of a global permission, which is read or none.
 *
 * @throws permission_unknown, invalid_params
 */
export function visibilityOfLetter(letter: string | undefined): Visibility {
  levelOfLetter(letter);
  if (letter === 'r') return 'public';
  if (letter === 'n') return 'private';
  throw refuse('invalid_params', 'Global permissions cannot be greater than read');
}

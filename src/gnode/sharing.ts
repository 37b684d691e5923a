import { refuse } from '../errors.ts';
import { GNODE_USERS } from '../identity/nameRules.ts';
import { whyUnfit } from '../identity/party.ts';
import type { Principal } from '../identity/principal.ts';
import { resolveToShow } from '../identity/resolver.ts';
import type { GrantLevel } from '../resources/resource.ts';
import type { Visibility } from '../resources/types.ts';
import type { ResourceGrantChange } from '../schemas/generated.ts';
import type { Reader } from '../store/collection.ts';
import { cutToCharacters } from '../text.ts';

/** G-Node's words for rights: a safety level, and with whom something is shared at 1 (read) or 2 (read and write). */

const SAFETY: readonly Visibility[] = ['public', 'friendly', 'private'];
const WRONG_USERS = 'Wrong user data.';
const WORDS: readonly (readonly [word: string, level: GrantLevel])[] = [
  ['Read-only', 'read'],
  ['Edit', 'write'],
];

export const safetyLevelOf = (visibility: Visibility): number => SAFETY.indexOf(visibility) + 1;

/** A level that only other systems give shows as the highest that G-Node has. */
const LEVELS: Readonly<Record<GrantLevel, number>> = { read: 1, write: 2, admin: 2 };

export const levelShown = (level: GrantLevel): number => LEVELS[level];

/** A number, or its digits as a text: the documentation prints both. @throws gnode_data_invalid */
export function visibilityOf(safetyLevel: unknown): Visibility {
  const visibility = /^[123]$/.test(String(safetyLevel)) ? SAFETY[Number(safetyLevel) - 1] : undefined;
  if (visibility === undefined || typeof safetyLevel === 'object') {
    throw refuse('gnode_data_invalid', `Provided safety level is not valid: ${shown(safetyLevel)}`);
  }
  return visibility;
}

/** With whom it is to be shared. */
export interface Share {
  /** The user as the caller calls it. */
  readonly key: string;
  readonly user: Principal;
  readonly level: GrantLevel;
}

/**
 * The users in a map of users to levels, each named by id, by number of profile, or by name.
 *
 * @throws gnode_data_invalid
 */
export async function sharesIn(reader: Reader, sharedWith: unknown): Promise<Share[]> {
  if (sharedWith === null || typeof sharedWith !== 'object' || Array.isArray(sharedWith)) {
    throw refuse('gnode_data_invalid', WRONG_USERS);
  }
  const shares: Share[] = [];
  for (const [key, value] of Object.entries(sharedWith)) {
    // setAcl resolves them once more, and keeps them from vanishing.
    const [party] = await resolveToShow(reader, [key], GNODE_USERS);
    const level = levelOf(value);
    const unfit = party === undefined || whyUnfit(party) !== undefined;
    if (unfit || level === undefined) throw refuse('gnode_data_invalid', WRONG_USERS);
    shares.push({ key, user: party.user, level });
  }
  return shares;
}

export const grantOf = ({ user, level }: Share): ResourceGrantChange => ({
  accountType: 'User',
  account: `id:${user._id}`,
  level,
});

function levelOf(value: unknown): GrantLevel | undefined {
  if (value === 1 || value === '1') return 'read';
  if (value === 2 || value === '2') return 'write';
  if (typeof value !== 'string' || value === '') return undefined;
  const [meant, another] = WORDS.filter(([word]) => word.includes(value));
  return another === undefined ? meant?.[1] : undefined;
}

const shown = (value: unknown): string => cutToCharacters(JSON.stringify(value) ?? 'nothing', 64);

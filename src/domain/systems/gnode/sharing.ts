import { refuse, type StewardError } from '../../../base/errors.ts';
import type { ResourceGrantChange } from '../../../base/schemas/generated.ts';
import { cutToCharacters } from '../../../base/text.ts';
import { GNODE_USERS } from '../../../identity/nameRules.ts';
import { partyProblem, type UserParty } from '../../../identity/party.ts';
import type { Principal } from '../../../identity/principal.ts';
import { resolveEachToShow } from '../../../identity/resolver.ts';
import type { Reader } from '../../../store/collection.ts';
import type { LevelFor } from '../../access/grants.ts';
import type { Grant, GrantLevel } from '../../resources/resource.ts';
import type { Visibility } from '../../resources/types.ts';

/** G-Node's rights: a safety level, and for each user 1 (read) or 2 (read and write). */

const SAFETY: readonly Visibility[] = ['public', 'friendly', 'private'];
/** The most refused users that a message names. */
const MAX_PROBLEMS = 10;
const WORDS: readonly (readonly [word: string, level: GrantLevel])[] = [
  ['Read-only', 'read'],
  ['Edit', 'write'],
];

export const safetyLevelOf = (visibility: Visibility): number => SAFETY.indexOf(visibility) + 1;

/** A level that only other systems give is shown as the highest of G-Node. */
const LEVELS: Readonly<Record<GrantLevel, number>> = { read: 1, write: 2, admin: 2 };

/** The portal's number for a level; 0 for none. */
export const levelShown = (level: GrantLevel | undefined): number => (level === undefined ? 0 : LEVELS[level]);

/** An integer as number or text, as Python's `int` parses it: the documentation has both. */
function wholeNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\s*\+?\d+\s*$/.test(value) ? Number(value) : undefined;
}

/** @throws gnode_data_invalid */
export function visibilityOf(safetyLevel: unknown): Visibility {
  const visibility = SAFETY[(wholeNumber(safetyLevel) ?? 0) - 1];
  if (visibility === undefined) {
    throw refuse('gnode_data_invalid', `Provided safety level is not valid: ${shown(safetyLevel)}`);
  }
  return visibility;
}

export interface Share {
  /** The user as the caller named them. */
  readonly key: string;
  /** The user's id; the key if there is no such user. */
  readonly id: string;
  readonly level: GrantLevel;
  /** Undefined if there is no such user. */
  readonly party: UserParty | undefined;
}

/**
 * The shares in a map of users to levels. Users are named by id, number of profile, or name.
 *
 * @throws gnode_data_invalid for another value, an unknown level, or a user who is named twice
 */
export async function sharesIn(reader: Reader, sharedWith: unknown): Promise<Share[]> {
  if (sharedWith === null || typeof sharedWith !== 'object' || Array.isArray(sharedWith)) throw wrongUsers();
  const entries = Object.entries(sharedWith);
  const keys = entries.map(([key]) => key);
  // setAcl resolves them again, and makes sure that they stay until the commit.
  const users = await resolveEachToShow(reader, keys, GNODE_USERS);
  const problems: string[] = [];
  const shares = new Map<string, Share>();
  for (const [key, value] of entries) {
    const party = users.get(key);
    const level = levelOf(value);
    const id = party?.id ?? key;
    const twin = shares.get(id);
    if (level === undefined) {
      problems.push(`Provided access level for the user ID ${shown(key)} is not valid: ${shown(value)}.`);
    } else if (twin !== undefined) problems.push(`${shown(twin.key)} and ${shown(key)} are one user.`);
    else shares.set(id, { key, id, level, party });
  }
  if (problems.length > 0) throw wrongUsers(problems);
  return [...shares.values()];
}

export const isFit = ({ party }: Share): boolean => party !== undefined && partyProblem(party) === undefined;

/** The levels that users have on a resource, by id. */
export type GrantLevels = ReadonlyMap<string, GrantLevel>;

/**
 * Refuses to give users more who are disabled, closed or unknown. They keep what they have, so that an ACL can always
 * be sent as it was read.
 *
 * @param held the levels on each resource that is shared
 * @throws gnode_data_invalid, which names them
 */
export function assertGivable(shares: readonly Share[], held: readonly GrantLevels[]): void {
  const problems: string[] = [];
  for (const share of shares) {
    const { key, id, level, party } = share;
    if (isFit(share) || held.every((grants) => levelShown(grants.get(id)) >= levelShown(level))) continue;
    problems.push(
      party === undefined
        ? `There is no user ${shown(key)}.`
        : `User ${shown(key)} is disabled or closed, and is given nothing.`,
    );
  }
  if (problems.length > 0) throw wrongUsers(problems);
}

/** The shares as a change of grants. */
export function grantsOf(shares: readonly Share[]): {
  grants: ResourceGrantChange[];
  kept: Grant[];
  levelFor: LevelFor;
} {
  const fit = new Set(shares.filter(isFit).map(({ id }) => id));
  const levelFor: LevelFor = ({ principal, level }, held) => {
    // A level that only other systems give stays, if it is shown as the level that is sent.
    if (held !== undefined && levelShown(held) === levelShown(level)) return held;
    if (fit.has(principal)) return level;
    return held !== undefined && levelShown(held) < levelShown(level) ? held : held && level;
  };
  return {
    grants: shares.filter(isFit).map(({ id, level }) => ({ accountType: 'User' as const, account: `id:${id}`, level })),
    kept: shares.filter((share) => !isFit(share)).map(({ id, level }) => ({ principal: id, level })),
    levelFor,
  };
}

/** The user that a caller names by id, number of profile or name. */
export async function userNamed(reader: Reader, key: string): Promise<Principal | undefined> {
  return (await resolveEachToShow(reader, [key], GNODE_USERS)).get(key)?.user;
}

/** 1 or 2, also as text, or as in the portal a part of one of its words. */
function levelOf(value: unknown): GrantLevel | undefined {
  const number = wholeNumber(value);
  if (number !== undefined) return number === 1 ? 'read' : number === 2 ? 'write' : undefined;
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  const [meant, another] = text === '' ? [] : WORDS.filter(([word]) => word.toLowerCase().includes(text));
  return another === undefined ? meant?.[1] : undefined;
}

function wrongUsers(problems: readonly string[] = []): StewardError {
  const more = problems.length > MAX_PROBLEMS ? [`${problems.length - MAX_PROBLEMS} more are refused.`] : [];
  return refuse('gnode_data_invalid', ['Wrong user data.', ...problems.slice(0, MAX_PROBLEMS), ...more].join(' '));
}

const shown = (value: unknown): string => cutToCharacters(JSON.stringify(value) ?? 'nothing', 64);

import type { LevelFor } from '../access/grants.ts';
import { refuse, type StewardError } from '../errors.ts';
import { passwords } from '../identity/passwords.ts';
import { byWireName, isFormerName, livingByNames, type Principal, principals } from '../identity/principal.ts';
import type { Grant, GrantLevel } from '../resources/resource.ts';
import type { Visibility } from '../resources/types.ts';
import type { ResourceGrantChange } from '../schemas/generated.ts';
import type { Reader } from '../store/collection.ts';
import { cutToCharacters } from '../text.ts';

/** G-Node's words for rights: a safety level, and with whom something is shared at 1 (read) or 2 (read and write). */

const SAFETY: readonly Visibility[] = ['public', 'friendly', 'private'];
/** So many of the users that are refused are named. */
const MAX_PROBLEMS = 10;
const WORDS: readonly (readonly [word: string, level: GrantLevel])[] = [
  ['Read-only', 'read'],
  ['Edit', 'write'],
];

export const safetyLevelOf = (visibility: Visibility): number => SAFETY.indexOf(visibility) + 1;

/** A level that only other systems give shows as the highest that G-Node has. */
const LEVELS: Readonly<Record<GrantLevel, number>> = { read: 1, write: 2, admin: 2 };

/** The portal's number for a level; 0 for none, which it does not show. */
export const levelShown = (level: GrantLevel | undefined): number => (level === undefined ? 0 : LEVELS[level]);

/** A whole number, or one in a text, as Python's `int` reads it: the documentation prints both. */
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

/** With whom it is to be shared. */
export interface Share {
  /** The user as the caller calls it. */
  readonly key: string;
  /** The user's id; where there is no such user, the key. */
  readonly id: string;
  readonly level: GrantLevel;
  /** Undefined where there is none. */
  readonly user: Principal | undefined;
}

/**
 * The users in a map of users to levels, each named by id, by number of profile, or by name.
 *
 * @throws gnode_data_invalid for what is no map, levels that there are not, and a user who is named twice
 */
export async function sharesIn(reader: Reader, sharedWith: unknown): Promise<Share[]> {
  if (sharedWith === null || typeof sharedWith !== 'object' || Array.isArray(sharedWith)) throw wrongUsers();
  const entries = Object.entries(sharedWith);
  const users = await usersOf(
    reader,
    entries.map(([key]) => key),
  );
  const problems: string[] = [];
  const shares = new Map<string, Share>();
  for (const [key, value] of entries) {
    const user = users.get(key);
    const level = levelOf(value);
    const id = user?._id ?? key;
    const twin = shares.get(id);
    if (level === undefined) {
      problems.push(`Provided access level for the user ID ${shown(key)} is not valid: ${shown(value)}.`);
    } else if (twin !== undefined) problems.push(`${shown(twin.key)} and ${shown(key)} are one user.`);
    else shares.set(id, { key, id, level, user });
  }
  if (problems.length > 0) throw wrongUsers(problems);
  return [...shares.values()];
}

/** Whether a user may be given something. */
export const isFit = ({ user }: Share): boolean => user?.living === true && user.state !== 'disabled';

/** What the users of a resource hold, by their ids. */
export type Held = ReadonlyMap<string, GrantLevel>;

/**
 * Whoever is disabled, closed or gone may keep what they hold, so that an ACL can always be sent as it was read; more they
 * are not given.
 *
 * @param held what is held on each resource that is shared
 * @throws gnode_data_invalid, naming them
 */
export function assertGivable(shares: readonly Share[], held: readonly Held[]): void {
  const problems: string[] = [];
  for (const share of shares) {
    const { key, id, level, user } = share;
    if (isFit(share) || held.every((grants) => levelShown(grants.get(id)) >= levelShown(level))) continue;
    problems.push(
      user === undefined
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
    // A level that only other systems give stays where it is shown as the one that is sent.
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

/** The users by what a caller calls them: an id counts before a number, and a number before a name. */
async function usersOf(reader: Reader, keys: readonly string[]): Promise<ReadonlyMap<string, Principal>> {
  const found = new Map<string, Principal>();
  if (keys.length === 0) return found;
  for (const user of await reader.find(principals, { _id: { $in: [...keys] } })) found.set(user._id, user);
  const others = () => keys.filter((key) => !found.has(key));
  for (const key of others()) {
    const user = /^\d{1,16}$/.test(key) ? await userOfProfile(reader, Number(key)) : undefined;
    if (user !== undefined) found.set(key, user);
  }
  const named = others().filter((key) => !isFormerName(key));
  if (named.length > 0) for (const user of await livingByNames(reader, named)) found.set(user.username, user);
  for (const key of others().filter(isFormerName)) {
    const user = await byWireName(reader, key);
    if (user !== undefined) found.set(key, user);
  }
  return found;
}

/** The user that a caller calls by id, number of profile or name. */
export async function userCalled(reader: Reader, key: string): Promise<Principal | undefined> {
  return (await usersOf(reader, [key])).get(key);
}

/** Those who log in with a password have a number that G-Node's clients know them by. */
async function userOfProfile(reader: Reader, profile: number): Promise<Principal | undefined> {
  const [first, ...others] = await reader.find(passwords, { profile: { $eq: profile } }, { limit: 2 });
  // Two with one number are told apart by their ids alone.
  if (first === undefined || others.length > 0) return undefined;
  return (await reader.get(principals, first._id)) ?? undefined;
}

/** 1 or 2, also as a text, or as in the portal a part of one of its words. */
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

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { defined } from '../base/defined.ts';
import { errorCode } from '../base/errorCode.ts';
import { isObject } from '../base/json/isObject.ts';
import { UsageError } from './failure.ts';

/** Where a service answers, and the token of a user there. */
export interface Profile {
  readonly server?: string;
  readonly token?: string;
}

const PROFILE_KEYS = ['server', 'token'] as const;

/** The name of the profile that is used when no other is chosen: it is in `config.json` itself. */
export const DEFAULT_PROFILE = 'default';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** The folder of the command line's settings, by the rules of XDG. */
function configFolder(): string {
  const home = process.env.XDG_CONFIG_HOME ?? '';
  return join(isAbsolute(home) ? home : join(homedir(), '.config'), 'steward');
}

/** The file of a profile. @throws UsageError if it is no name of a profile */
function profilePath(name: string): string {
  if (!NAME.test(name)) {
    throw new UsageError(`a profile is named by letters, digits, hyphens, dots and underscores (was: ${name})`);
  }
  return name === DEFAULT_PROFILE
    ? join(configFolder(), 'config.json')
    : join(configFolder(), 'profiles', `${name}.json`);
}

const currentPath = () => join(configFolder(), 'current-profile');

/** The chosen profile: that of the option, or else of STEWARD_PROFILE, or else of `steward config use`. */
export function chosenProfile(option: string | undefined): string {
  const given = [option, process.env.STEWARD_PROFILE].find((name) => name !== undefined && name !== '');
  return given ?? (textIn(currentPath())?.trim() || DEFAULT_PROFILE);
}

/** What a profile holds; nothing if there is no file. @throws UsageError if the file is invalid or can be read by others */
export function readProfile(name: string): Profile {
  const path = profilePath(name);
  const text = textIn(path);
  if (text === undefined) return {};
  const { server, token } = parsed(path, text);
  if (token !== undefined && (statSync(path).mode & 0o077) !== 0) {
    throw new UsageError(`${path} holds a token that others can read: run chmod 600 ${path}`);
  }
  return defined({ server, token });
}

/** Whether there is a file of the profile. */
const hasProfile = (name: string): boolean => existsSync(profilePath(name));

/** Writes a profile, which only its owner can read. A file that held nothing but what is now gone is removed. */
export function writeProfile(name: string, profile: Profile): void {
  const path = profilePath(name);
  if (Object.keys(profile).length === 0) rmSync(path, { force: true });
  else writePrivately(path, `${JSON.stringify(profile, null, 2)}\n`);
}

/** Makes a profile the one that is used. @throws UsageError if there is none of this name */
export function useProfile(name: string): void {
  if (name !== DEFAULT_PROFILE && !hasProfile(name)) {
    throw new UsageError(`there is no profile ${name}: make it with steward login --profile ${name}`);
  }
  writePrivately(currentPath(), `${name}\n`);
}

function writePrivately(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // Written beside it and moved there, the file is never half written, and has the mode of a new one.
  const beside = `${path}.${process.pid}`;
  rmSync(beside, { force: true });
  writeFileSync(beside, text, { mode: 0o600, flag: 'wx' });
  renameSync(beside, path);
}

function textIn(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new UsageError(`${path} cannot be read (${code})`);
  }
}

function parsed(path: string, text: string): Profile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const isProfile = isObject(value) && PROFILE_KEYS.every((key) => ['string', 'undefined'].includes(typeof value[key]));
  if (!isProfile) throw new UsageError(`${path} must be a JSON object with the texts server and token`);
  return value as Profile;
}

/** The names of all profiles. */
export function profileNames(): string[] {
  const folder = join(configFolder(), 'profiles');
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : [];
  return [DEFAULT_PROFILE, ...files.map((file) => file.slice(0, -'.json'.length)).sort()];
}

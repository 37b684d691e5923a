import { readFileSync, type Stats, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DeployConfig } from '../schemas/generated.ts';
import { shellQuoted } from '../text.ts';
import { isSecret, type Key } from './keys.ts';
import { hasCredentials } from './mongodbHost.ts';
import { type ConfigProblem, type Origin, problemAt, sentence } from './problems.ts';
import { originOf, weaknessOf } from './secrets.ts';
import type { GivenValues } from './values.ts';

export interface Exposable {
  readonly values: DeployConfig;
  readonly given: GivenValues;
  /** The configuration file; undefined without one. */
  readonly file: string | undefined;
}

/** Permissions of others and of the group, as in `ls -l`. */
const OTHERS_WRITE = 0o002;
const NOT_OWNER_WRITE = 0o022;
const NOT_OWNER = 0o077;
/** A file with a secret that belongs to another user may only be readable through its group. */
const NOT_OWNER_NOR_GROUP_READ = 0o037;

/**
 * Checks whether other users of this host can read or change the files of the configuration or the data folder.
 *
 * @returns problems, with which the service does not start, and warnings. Each names the command that solves it.
 */
export function exposureOf({ values, given, file }: Exposable): Exposure {
  const problems: ConfigProblem[] = [];
  const warnings: string[] = [];
  // Windows has no such permissions.
  if (process.platform === 'win32') return { problems, warnings };
  if (file !== undefined) {
    const secretKeys = secretsIn(given);
    const text =
      secretKeys.length === 0
        ? changeable(file, OTHERS_WRITE)
        : readable(file, `it holds ${secretKeys.join(', ')}, and other users of this host can read it`);
    if (text !== undefined) warnings.push(sentence({ file, text }));
  }
  const checkFile = (key: Key, check: (path: string) => string | undefined) => {
    const path = values[key];
    const text = typeof path === 'string' ? check(path) : undefined;
    if (text !== undefined) warnings.push(sentence(problemAt(originOf(given, key), key, text)));
  };
  checkFile('auth-jwt-secret-file', (path) =>
    readable(path, 'other users of this host can read the file, and sign tokens with it'),
  );
  checkFile('auth-jwt-public-key-file', (path) => changeable(path, NOT_OWNER_WRITE));
  if (!usesDataDir(values)) return { problems, warnings };
  const folder = exposureOfFolder(values['data-dir'], originOf(given, 'data-dir'));
  return { problems: [...problems, ...folder.problems], warnings: [...warnings, ...folder.warnings] };
}

interface Exposure {
  readonly problems: ConfigProblem[];
  readonly warnings: string[];
}

function exposureOfFolder(dataDir: string, origin: Origin): Exposure {
  const problems: ConfigProblem[] = [];
  const warnings: string[] = [];
  const entry = statOf(dataDir);
  if (entry === undefined) return { problems, warnings };
  const problem = (text: string) => problemAt(origin, 'data-dir', text);
  const advice = `run chmod 700 ${shellQuoted(resolve(dataDir))}`;
  if ((entry.mode & OTHERS_WRITE) !== 0) {
    problems.push(problem(`every user of this host can change the folder (mode ${modeOf(entry)}): ${advice}`));
  } else if ((entry.mode & NOT_OWNER) !== 0) {
    const text = `the folder is open to other users of this host (mode ${modeOf(entry)}): ${advice}`;
    warnings.push(sentence(problem(text)));
  }
  for (const name of ['signing-key', 'mongod.key']) {
    const text = readable(join(dataDir, name), `other users of this host can read the file ${name} in it`);
    if (text !== undefined) warnings.push(sentence(problem(`${text}, and remove the file to get a new key`)));
  }
  const weakness = weaknessOf(textOf(join(dataDir, 'signing-key'))?.trim());
  if (weakness !== undefined) {
    problems.push(problem(`the key in its file signing-key ${weakness}: remove the file to get a new one`));
  }
  return { problems, warnings };
}

/** The keys with secret values in the file itself. */
function secretsIn(given: GivenValues): Key[] {
  return [...given]
    .filter(([, { text, origin }]) => text !== '' && origin.from === 'file')
    .filter(([key, { text }]) => isSecret(key) || (key === 'mongodb-host' && hasCredentials(text)))
    .map(([key]) => key);
}

/** Whether the data folder is used: for the embedded database or the service's own signing key. */
function usesDataDir(values: DeployConfig): boolean {
  const sources = ['auth2-service-url', 'auth-jwt-secret-file', 'auth-jwt-public-key-file', 'auth-jwks-url'] as const;
  return values['mongodb-host'] === undefined || sources.every((key) => values[key] === undefined);
}

/** What is wrong with the permissions of a file with a secret. */
function readable(path: string, what: string): string | undefined {
  const entry = statOf(path);
  if (entry === undefined) return undefined;
  const own = entry.uid === process.getuid?.();
  if ((entry.mode & (own ? NOT_OWNER : NOT_OWNER_NOR_GROUP_READ)) === 0) return undefined;
  return `${what} (mode ${modeOf(entry)}): run chmod ${own ? 600 : 640} ${shellQuoted(resolve(path))}`;
}

/** What is wrong with the permissions of a file without a secret. */
function changeable(path: string, forbidden: number): string | undefined {
  const entry = statOf(path);
  if (entry === undefined || (entry.mode & forbidden) === 0) return undefined;
  return `other users of this host can change the file (mode ${modeOf(entry)}): run chmod go-w ${shellQuoted(resolve(path))}`;
}

const modeOf = ({ mode }: Stats) => (mode & 0o7777).toString(8).padStart(4, '0');

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

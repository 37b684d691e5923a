import { readFileSync } from 'node:fs';
import { errorCode } from '../errorCode.ts';
import { nearest } from '../nearest.ts';
import { type IniFile, parseIni } from './ini.ts';
import {
  isKey,
  isList,
  isSecret,
  isServiceLink,
  isUnusedKbaseKey,
  KEYS,
  type Key,
  OTHER_SPELLING,
  OTHER_VARIABLE_OF,
  OTHER_VARIABLES,
  variableOf,
} from './keys.ts';
import { type ConfigProblem, type Origin, sentence } from './problems.ts';

/** The text of one setting, and its place. */
export interface Given {
  readonly text: string;
  readonly origin: Origin;
}

/** The settings of file and environment, of which only the names were checked. */
export interface Sources {
  readonly file: string | undefined;
  readonly given: ReadonlyMap<Key, Given>;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly string[];
}

const DEFAULT_SECTION = 'Workspace';

/** Reads the file (`file`, or else the one that the environment names) and the environment, which takes precedence. */
export function readSources(file: string | undefined, env: NodeJS.ProcessEnv): Sources {
  const path = file ?? (env.STEWARD_CONFIG || env.KB_DEPLOYMENT_CONFIG || undefined);
  const given = new Map<Key, Given>();
  const problems: ConfigProblem[] = [];
  const warnings: string[] = [];
  if (path !== undefined) {
    const section = env.KB_SERVICE_NAME || DEFAULT_SECTION;
    const ini = readIni(path, problems);
    if (ini !== undefined) readSection({ file: path, ini, name: section }, { given, problems, warnings });
  }
  readEnvironment(env, given, problems);
  return { file: path, given, problems, warnings };
}

/** Reads a file. @throws Error whose message does not contain the path, if it is missing, unreadable or not UTF-8 */
export function readText(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch (error) {
    const code = errorCode(error) ?? 'unreadable';
    throw new Error(UNREADABLE.get(code) ?? `the file cannot be read (${code})`);
  }
}

const UNREADABLE: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['EACCES', 'the service may not read this file: give its user read permission'],
  ['EISDIR', 'this is a folder, not a file'],
  ['ENOTDIR', 'there is no such file'],
  ['ERR_ENCODING_INVALID_ENCODED_DATA', 'the file is not UTF-8 text'],
]);

function readIni(path: string, problems: ConfigProblem[]): IniFile | undefined {
  try {
    return parseIni(readText(path));
  } catch (error) {
    problems.push({ file: path, text: (error as Error).message });
    return undefined;
  }
}

interface Section {
  readonly file: string;
  readonly ini: IniFile;
  readonly name: string;
}

interface Collected {
  readonly given: Map<Key, Given>;
  readonly problems: ConfigProblem[];
  readonly warnings: string[];
}

function readSection({ file, ini, name }: Section, { given, problems, warnings }: Collected): void {
  for (const { line, text } of ini.problems) problems.push({ file, line, text });
  const section = ini.sections.get(name);
  if (section === undefined) {
    const there = [...ini.sections.keys()].map((s) => `[${s}]`).join(', ') || 'no section at all';
    const text = `there is no section [${name}], the file has ${there}: add it, or name another in KB_SERVICE_NAME`;
    problems.push({ file, text });
    return;
  }
  for (const { key, line, earlier } of ini.repeats.filter((r) => r.section === name)) {
    const text = `the key stands in line ${earlier} too; this, the last one, counts`;
    warnings.push(sentence({ file, line, key, text }));
  }
  const unused: string[] = [];
  for (const [written, { value, line }] of section) {
    const key = isKey(written) ? written : OTHER_SPELLING.get(written);
    if (key !== undefined) {
      // Of both spellings of one key, true in either counts.
      if (given.get(key)?.text !== 'true') given.set(key, { text: value, origin: { from: 'file', file, line } });
    } else if (isUnusedKbaseKey(written)) unused.push(written);
    else problems.push({ file, line, key: written, text: unknown('key', written, KEYS) });
  }
  if (unused.length > 0) {
    const text = `these keys of the KBase Workspace Service have no use here and are ignored: ${unused.join(', ')}`;
    warnings.push(sentence({ file, text }));
  }
}

function readEnvironment(env: NodeJS.ProcessEnv, given: Map<Key, Given>, problems: ConfigProblem[]): void {
  for (const [variable, key] of OTHER_VARIABLE_OF) {
    const text = env[variable]?.trim() ?? '';
    if (text !== '') given.set(key, { text, origin: { from: 'environment', variable } });
  }
  const keyOf = new Map(KEYS.map((key) => [variableOf(key), key]));
  for (const [variable, text = ''] of Object.entries(env).sort()) {
    if (!variable.startsWith('STEWARD_') || OTHER_VARIABLES.includes(variable) || isServiceLink(variable, text))
      continue;
    const key = keyOf.get(variable);
    if (key !== undefined) {
      // An empty variable does not replace the file's value, except for a list, which it empties.
      const value = isSecret(key) ? text : text.trim();
      if (value !== '' || isList(key)) given.set(key, { text: value, origin: { from: 'environment', variable } });
      continue;
    }
    const names = [...keyOf.keys(), ...OTHER_VARIABLES];
    problems.push({ variable, text: unknown('variable', variable, names) });
  }
}

function unknown(what: string, name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return `there is no such ${what}; ${near === undefined ? 'deploy.cfg.example lists all' : `did you mean ${near}?`}`;
}

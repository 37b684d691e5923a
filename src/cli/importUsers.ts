import { readFileSync } from 'node:fs';
import type { Accounts, TokenIdentity } from '../domain/imports/importedUsers.ts';
import { UsageError } from './failure.ts';

/**
 * The users of a file: JSON lines with `name`, `id` and `issuer`, or CSV with these columns. Users who are not in it
 * become former users.
 *
 * @throws UsageError with the line that is wrong
 */
export function usersIn(file: string): Accounts {
  const users = parsedUsers(textOf(file, '--users'), file);
  return {
    identitiesOf: async (names) =>
      new Map(names.flatMap((name) => [[name, users.get(name)] as const]).flatMap(present)),
  };
}

const present = ([name, identity]: readonly [string, TokenIdentity | undefined]) =>
  identity === undefined ? [] : [[name, identity] as const];

/** The text of the file that an option names. @throws UsageError */
export function textOf(file: string, option: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${option}: ${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** @throws UsageError */
export function parsedUsers(text: string, file: string): ReadonlyMap<string, TokenIdentity> {
  const lines = text.split(/\r?\n/).map((line, i) => ({ line: line.trim(), number: i + 1 }));
  const filled = lines.filter(({ line }) => line !== '');
  const isJson = filled[0]?.line.startsWith('{') ?? true;
  const [header, ...rows] = filled;
  const columns = isJson ? [] : cellsOf(header?.line ?? '');
  if (!isJson && !['name', 'id', 'issuer'].every((column) => columns.includes(column))) {
    throw new UsageError(`${file}: the first line must name the columns name, id and issuer`);
  }
  const users = new Map<string, TokenIdentity>();
  for (const { line, number } of isJson ? filled : rows) {
    const { name, id, issuer } = isJson ? jsonRow(line) : csvRow(columns, line);
    if (typeof name !== 'string' || typeof id !== 'string' || typeof issuer !== 'string' || !name || !id || !issuer) {
      throw new UsageError(`${file}, line ${number}: a user needs a name, an id and an issuer`);
    }
    if (users.has(name)) throw new UsageError(`${file}, line ${number}: the name ${name} occurs twice`);
    users.set(name, { issuer, subject: id });
  }
  return users;
}

type Row = Readonly<Record<string, unknown>>;

function jsonRow(line: string): Row {
  try {
    return JSON.parse(line) ?? {};
  } catch {
    return {};
  }
}

const csvRow = (columns: readonly string[], line: string): Row =>
  Object.fromEntries(cellsOf(line).map((cell, i) => [columns[i] ?? '', cell]));

/** The cells of a line, without the quotes around them. */
const cellsOf = (line: string): string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    (quoted?.replaceAll('""', '"') ?? plain ?? '').trim(),
  );

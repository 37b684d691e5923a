import type { Example } from '../operations/declared.ts';
import type { ListedCommand } from './listed.ts';
import { parametersOf } from './parameters.ts';

/** A declared example as it is typed. */
export function commandLine(command: ListedCommand, { user, params }: Example<unknown>): string {
  const flags = new Map(parametersOf(command).map(({ name, option }) => [name, option]));
  const words = Object.entries((params ?? {}) as object).map(([name, value]) => {
    // A list of nothing is no words: it can only be said in JSON.
    if (Array.isArray(value) && value.length === 0) return `--params ${quoted(JSON.stringify({ [name]: value }))}`;
    const option = flags.get(name);
    return optionWords(option?.long ?? '', value, option?.variadic === true);
  });
  const subject = user === undefined ? [] : [command.user === 'target' ? quoted(user) : `--as ${quoted(user)}`];
  return ['steward sudo', command.name, ...subject, ...words].join(' ');
}

function optionWords(flag: string, value: unknown, variadic: boolean): string {
  if (value === true) return flag;
  if (Array.isArray(value) && variadic) return `${flag} ${value.map(quoted).join(' ')}`;
  return `${flag} ${quoted(typeof value === 'string' ? value : JSON.stringify(value))}`;
}

/** A word as a shell takes it. */
function quoted(word: unknown): string {
  const text = String(word);
  return /^[\w.:@/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

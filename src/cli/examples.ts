import type { Command, Example } from '../commands/command.ts';
import { parametersOf } from './parameters.ts';

/** A declared example as it is typed. */
export function commandLine(command: Command, { user, params }: Example<unknown>): string {
  const flags = new Map(parametersOf(command).map(({ name, option }) => [name, option]));
  // A list of nothing is no words: it can only be said in JSON.
  const [lists, others] = parted(Object.entries((params ?? {}) as object), ([, value]) => isEmptyList(value));
  const words = others.map(([name, value]) => {
    const option = flags.get(name);
    return optionWords(option?.long ?? '', value, option?.variadic === true);
  });
  if (lists.length > 0) words.push(`--params ${quoted(JSON.stringify(Object.fromEntries(lists)))}`);
  const subject = user === undefined ? [] : [command.user === 'target' ? quoted(user) : `--as ${quoted(user)}`];
  return ['steward sudo', command.name, ...subject, ...words].join(' ');
}

const isEmptyList = (value: unknown) => Array.isArray(value) && value.length === 0;

function parted<T>(all: readonly T[], belongs: (one: T) => boolean): [T[], T[]] {
  return [all.filter(belongs), all.filter((one) => !belongs(one))];
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

import { shellQuoted } from '../base/text.ts';
import type { Example } from '../operations/declared.ts';
import type { ListedCommand } from './listed.ts';
import { POSITIONAL, parametersOf } from './parameters.ts';

/** A declared example as a command line. */
export function commandLine(command: ListedCommand, { user, params }: Example<unknown>): string {
  const parameters = parametersOf(command);
  const flags = new Map(parameters.map(({ name, option }) => [name, option]));
  // It is asked for at the terminal.
  const isProof = (of: string) => parameters.some(({ name, isProof }) => name === of && isProof);
  const given = Object.entries((params ?? {}) as object).filter(([name]) => !isProof(name));
  const words = given.map(([name, value]) => {
    if (name === POSITIONAL) return shellQuoted(String(value));
    // An empty list can only be given as JSON.
    if (Array.isArray(value) && value.length === 0) return `--params ${shellQuoted(JSON.stringify({ [name]: value }))}`;
    const option = flags.get(name);
    return optionWords(option?.long ?? '', value, option?.variadic === true);
  });
  const name = shellQuoted(user ?? '');
  const subject = user === undefined ? [] : [command.user === 'target' ? name : `--as ${name}`];
  return ['steward sudo', command.name, ...subject, ...words].join(' ');
}

function optionWords(flag: string, value: unknown, variadic: boolean): string {
  if (value === true) return flag;
  if (Array.isArray(value) && variadic) return `${flag} ${value.map((item) => shellQuoted(String(item))).join(' ')}`;
  return `${flag} ${shellQuoted(typeof value === 'string' ? value : JSON.stringify(value))}`;
}

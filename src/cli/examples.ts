import { defined } from '../base/defined.ts';
import { shellQuoted } from '../base/text.ts';
import type { Example } from '../operations/declared.ts';
import { argumentsOf, type CommandArgument } from './groups.ts';
import type { ListedCommand } from './listed.ts';
import { parametersOf, splitWorkspace, WORKSPACE } from './parameters.ts';

interface Line {
  /** How it begins. */
  readonly start?: string;
  /** What is written without an option. */
  readonly words?: readonly CommandArgument[];
}

/** The declared examples of a command that have all of these arguments that must be given. */
export function examplesWith(command: ListedCommand, words: readonly CommandArgument[]): readonly Example<unknown>[] {
  const required = words.filter(({ isRequired }) => isRequired).map(({ name }) => name);
  return command.examples.filter(({ user, params }) => {
    const { workspace, others } = splitWorkspace(command, (params ?? {}) as object);
    const given = { ...others, ...defined({ user, [WORKSPACE]: workspace }) };
    return required.every((name) => name in given);
  });
}

/** A declared example as a command line. */
export function commandLine(
  command: ListedCommand,
  { user, params }: Example<unknown>,
  { start = `steward sudo ${command.name}`, words: written = argumentsOf(command.name) }: Line = {},
): string {
  const parameters = parametersOf(command);
  // A proof is asked for at the terminal.
  const isProof = (of: string) => parameters.some(({ name, isProof }) => name === of && isProof);
  const { workspace, others } = splitWorkspace(command, (params ?? {}) as object);
  const values = new Map<string, unknown>(Object.entries(others).filter(([name]) => !isProof(name)));
  if (workspace !== undefined) values.set(WORKSPACE, workspace);
  if (command.user === 'target' && user !== undefined) values.set('user', user);
  const words = leadingArguments(written, values);
  const subject = command.user === 'target' || user === undefined ? [] : [`--as ${shellQuoted(user)}`];
  const options = [...values].map(([name, value]) => {
    // An empty list can only be given as JSON.
    if (Array.isArray(value) && value.length === 0) return `--params ${shellQuoted(JSON.stringify({ [name]: value }))}`;
    const option = parameters.find((p) => p.name === name)?.option;
    return optionWords(option?.long ?? `--${name}`, value, option?.variadic === true);
  });
  return [start, ...words, ...subject, ...options].join(' ');
}

/** The values that are written without an option, which it takes out of `values`. */
function leadingArguments(written: readonly CommandArgument[], values: Map<string, unknown>): string[] {
  const words: string[] = [];
  for (const { name } of written) {
    const value = values.get(name);
    // What looks like an option is written after one.
    if (value === undefined || (Array.isArray(value) && value.length === 0) || String(value).startsWith('-')) break;
    values.delete(name);
    words.push(...(Array.isArray(value) ? value : [value]).map(wordOf));
  }
  return words;
}

const wordOf = (value: unknown) => shellQuoted(typeof value === 'object' ? JSON.stringify(value) : String(value));

function optionWords(flag: string, value: unknown, variadic: boolean): string {
  if (value === true) return flag;
  if (Array.isArray(value) && variadic) return `${flag} ${value.map((item) => shellQuoted(String(item))).join(' ')}`;
  return `${flag} ${shellQuoted(typeof value === 'string' ? value : JSON.stringify(value))}`;
}

import { Option } from 'commander';
import { isObject } from '../base/json/isObject.ts';
import { UsageError } from './failure.ts';
import { contentOf, listIn, textsIn } from './inputFiles.ts';
import type { ListedCommand, ListedParameter } from './listed.ts';
import { instantOf } from './times.ts';

/** The option for the file with a proof of identity. */
export const PROOF_FILE = '--proof-file <file>';

/** One parameter of a command as an option of the command line. */
export interface Parameter {
  readonly name: string;
  readonly option: Option;
  /** Whether it is a proof of identity, so that the option names its file. */
  readonly isProof: boolean;
  /** Whether `-` stands for a line of the standard input, so that it is in no list of processes and no history. */
  readonly isSecret: boolean;
}

/**
 * The options for a command's parameters, but for the one without a flag: texts, numbers, lists, flags, and JSON.
 *
 * @param now the time from which short times count
 */
export function parametersOf({ parameters }: ListedCommand, now: Date = new Date()): Parameter[] {
  const options = parameters.filter(({ name }) => name !== POSITIONAL);
  return options.map((parameter) => ({
    name: parameter.name,
    isProof: parameter.type === 'proof',
    option: optionOf(parameter, now).helpGroup('Parameters:'),
    isSecret: parameter.isSecret === true,
  }));
}

/** The parameter that is written without a flag, as in `steward sudo approve ID`. */
export const POSITIONAL = 'request';

export const requestOf = ({ parameters }: ListedCommand): ListedParameter | undefined =>
  parameters.find(({ name }) => name === POSITIONAL);

function optionOf({ name, description: said, type, choices, isSecret }: ListedParameter, now: Date): Option {
  const description = isSecret ? `${said} - reads it from the standard input.` : said;
  const flag = `--${kebab(name)}`;
  switch (type) {
    case 'flag':
      return new Option(flag, description);
    case 'number':
      return new Option(`${flag} <number>`, description).argParser(numberOf(flag));
    case 'text': {
      const option = new Option(`${flag} <value>`, description);
      return choices === undefined ? option : option.choices(choices);
    }
    case 'time':
      return new Option(`${flag} <time>`, description).argParser(timeOf(flag, now));
    case 'texts':
      return new Option(`${flag} <value...>`, description).argParser(textsOf(flag));
    case 'list':
      return new Option(`${flag} <json>`, description).argParser(listOf(flag));
    case 'proof':
      return new Option(PROOF_FILE, `the file with it, or - for standard input. ${description}`);
    case 'json':
      return new Option(`${flag} <json>`, description).argParser(jsonOf(flag));
  }
}

/** Parses a number on the command line. @throws UsageError */
export const numberOf = (flag: string) => (text: string) => {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new UsageError(`${flag} must be a number (was: ${text})`);
  return value;
};

/** Reads a time as {@link instantOf} does; a length of time without a sign leads to the future only where something ends. */
const timeOf = (flag: string, now: Date) => (text: string) =>
  instantOf(text, { flag, now, unsigned: flag === '--expires' ? 'future' : 'past' });

/** Collects texts; `@FILE` and `-` stand for the lines of a file and of the standard input. */
const textsOf =
  (flag: string) =>
  (text: string, before: readonly string[] = []) => [...before, ...textsIn(text, flag)];

/** Parses a list as JSON, or as JSON on each line of a file. @throws UsageError */
const listOf = (flag: string) => (text: string) => {
  const content = contentOf(text);
  return content === undefined ? jsonOf(flag)(text) : listIn(content, flag);
};

/** Parses a JSON object on the command line, which the error does not repeat: it may have secrets. @throws UsageError */
export const jsonObjectOf = (flag: string) => (text: string) => {
  const value = jsonOf(flag)(contentOf(text) ?? text);
  if (isObject(value)) return value;
  throw new UsageError(`${flag} must be a JSON object, such as '{"key": "value"}'`);
};

/** Parses JSON on the command line. @throws UsageError */
const jsonOf = (flag: string) => (text: string) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UsageError(`${flag} must be JSON, such as '{"key": "value"}'`);
  }
};

/** `newName` → `new-name`. Underscores are kept. */
const kebab = (name: string) => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

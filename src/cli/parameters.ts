import { Option } from 'commander';
import { UsageError } from './failure.ts';
import type { ListedCommand, ListedParameter } from './listed.ts';

/** One parameter of a command as an option of the command line. */
export interface Parameter {
  readonly name: string;
  readonly option: Option;
}

/** The options for a command's parameters: texts, numbers, lists and flags; JSON for the rest. */
export function parametersOf({ parameters }: ListedCommand): Parameter[] {
  return parameters.map((parameter) => ({
    name: parameter.name,
    option: optionOf(parameter).helpGroup('Parameters:'),
  }));
}

function optionOf({ name, description, type, choices }: ListedParameter): Option {
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
    case 'texts':
      return new Option(`${flag} <value...>`, description);
    case 'json':
      return new Option(`${flag} <json>`, description).argParser(jsonOf(flag));
  }
}

/** Takes a number that stands on the command line. @throws UsageError */
export const numberOf = (flag: string) => (text: string) => {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new UsageError(`${flag} must be a number (was: ${text})`);
  return value;
};

/** Takes a JSON object that stands on the command line. @throws UsageError */
export const jsonObjectOf = (flag: string) => (text: string) => {
  const value = jsonOf(flag)(text);
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value;
  throw new UsageError(`${flag} must be a JSON object (was: ${text})`);
};

/** Takes JSON that stands on the command line. @throws UsageError */
const jsonOf = (flag: string) => (text: string) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UsageError(`${flag} must be JSON (was: ${text})`);
  }
};

/** `newName` → `new-name`; what has an underscore keeps it. */
function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
}

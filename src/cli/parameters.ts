import { Option } from 'commander';
import type { Command as Declaration } from '../commands/command.ts';
import { type JsonSchema, schemaOf } from '../schemas/validator.ts';
import { UsageError } from './failure.ts';

/** One parameter of a command as an option of the command line. */
export interface Parameter {
  readonly name: string;
  readonly option: Option;
}

/** The options for a command's parameters, made from its schema: texts, numbers, lists and flags; JSON for the rest. */
export function parametersOf(command: Declaration): Parameter[] {
  const { properties } = schemaOf(command.params);
  return Object.entries((properties ?? {}) as Record<string, JsonSchema>).map(([name, schema]) => ({
    name,
    option: optionOf(name, schema),
  }));
}

function optionOf(name: string, schema: JsonSchema): Option {
  const flag = `--${kebab(name)}`;
  const description = typeof schema.description === 'string' ? schema.description : '';
  switch (schema.type) {
    case 'boolean':
      return new Option(flag, description);
    case 'integer':
    case 'number':
      return new Option(`${flag} <number>`, description).argParser(numberOf(flag));
    case 'array':
      return new Option(`${flag} <value...>`, description);
    case 'string': {
      const option = new Option(`${flag} <value>`, description);
      return Array.isArray(schema.enum) ? option.choices(schema.enum.map(String)) : option;
    }
    default:
      return new Option(`${flag} <json>`, description).argParser(jsonOf(flag));
  }
}

const numberOf = (flag: string) => (text: string) => {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new UsageError(`${flag} must be a number (was: ${text})`);
  return value;
};

export const jsonOf = (flag: string) => (text: string) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UsageError(`${flag} must be JSON (was: ${text})`);
  }
};

/** `newName` → `new-name`. */
function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
}

import { Option } from 'commander';
import type { DeclaredCommand as Declaration } from '../operations/declared.ts';
import { type JsonSchema, schemaOf } from '../schemas/validator.ts';
import { UsageError } from './failure.ts';

/** One parameter of a command as an option of the command line. */
export interface Parameter {
  readonly name: string;
  readonly option: Option;
}

/** The options for a command's parameters, made from its schema: texts, numbers, lists and flags; JSON for the rest. */
export function parametersOf(command: Pick<Declaration, 'params'>): Parameter[] {
  const { properties } = schemaOf(command.params);
  return Object.entries((properties ?? {}) as Record<string, JsonSchema>).map(([name, schema]) => ({
    name,
    option: optionOf(name, schema).helpGroup('Parameters:'),
  }));
}

function optionOf(name: string, schema: JsonSchema): Option {
  const flag = `--${kebab(name)}`;
  const description = typeof schema.description === 'string' ? schema.description : '';
  switch (typeOf(schema)) {
    case 'boolean':
      return new Option(flag, description);
    case 'integer':
    case 'number':
      return new Option(`${flag} <number>`, description).argParser(numberOf(flag));
    case 'string': {
      const option = new Option(`${flag} <value>`, description);
      return Array.isArray(schema.enum) ? option.choices(schema.enum.map(String)) : option;
    }
    case 'array':
      if (typeOf(schema.items) === 'string') return new Option(`${flag} <value...>`, description);
  }
  return new Option(`${flag} <json>`, description).argParser(jsonOf(flag));
}

/** The type of what is not null. */
function typeOf(schema: unknown): unknown {
  const { type } = (schema ?? {}) as JsonSchema;
  if (!Array.isArray(type)) return type;
  const others = type.filter((t) => t !== 'null');
  return others.length === 1 ? others[0] : undefined;
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

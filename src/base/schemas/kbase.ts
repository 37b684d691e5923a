import { cutToCharacters } from '../text.ts';
import type { JsonSchema } from './validator.ts';

/*
 * Reads structures as the KBase Workspace Service 0.15 does: JSON values are coerced to the declared types, null counts
 * as absent, and unknown keys are collected and not refused at once.
 */

/** The value does not have the declared shape. The message is that of KBase's parser. */
export class MismatchError extends Error {}

export interface Read {
  readonly value: unknown;
  /** The structures with unknown keys, outermost first. */
  readonly unknown: readonly UnknownKeys[];
}

interface UnknownKeys {
  readonly className: string;
  readonly keys: readonly string[];
}

const MIN_LONG = -(2 ** 63);
const MAX_LONG = 2 ** 63;
const PACKAGE = 'us.kbase.workspace';

/**
 * Reads a value by its schema: `"12"`, `12.7` and `12` become the integer 12, and `5` and `true` become texts if the
 * schema declares a string.
 *
 * @param className the structure's class in KBase's messages
 * @throws MismatchError
 */
export function readKbase(schema: JsonSchema, value: unknown, className: string): Read {
  const unknown: UnknownKeys[] = [];
  return { value: read(schema, value, { className, unknown }), unknown };
}

interface Context {
  readonly className: string;
  readonly unknown: UnknownKeys[];
}

function read(schema: JsonSchema, value: unknown, context: Context): unknown {
  const [declared] = (schema.anyOf as JsonSchema[] | undefined) ?? [schema];
  if (declared === undefined || declared.type === undefined) return value;
  try {
    return readTyped(declared, value, context);
  } catch (error) {
    // Unlike those about texts, messages about other types repeat the value.
    const shown = declared['x-class'] === undefined || declared.type === 'string';
    throw shown || !(error instanceof MismatchError) ? error : new MismatchError('Cannot deserialize a secret value');
  }
}

function readTyped(declared: JsonSchema, value: unknown, context: Context): unknown {
  const type = Array.isArray(declared.type) ? declared.type[0] : declared.type;
  switch (type) {
    case 'integer':
      return long(value);
    case 'string':
      return text(value);
    case 'array':
      return list(declared, value, context);
    default:
      return declared.properties === undefined
        ? mapping(declared, value, context)
        : structure(declared, value, context);
  }
}

function structure(schema: JsonSchema, value: unknown, { className: outer, unknown }: Context): unknown {
  const className = (schema.title as string | undefined) ?? outer;
  const properties = schema.properties as Readonly<Record<string, JsonSchema>>;
  const target = `${PACKAGE}.${className}`;
  if (Array.isArray(value)) throw cannot(target, 'out of START_ARRAY token');
  if (value === null || typeof value !== 'object') {
    const kind = typeof value === 'string' ? 'String' : typeof value === 'boolean' ? 'boolean' : 'number';
    const shown = typeof value === 'string' ? `('${cutToCharacters(value, 64)}')` : `(${String(value)})`;
    throw new MismatchError(
      `Cannot construct instance of \`${target}\` (although at least one Creator exists): no ${kind}-argument ` +
        `constructor/factory method to deserialize from ${kind} value ${shown}`,
    );
  }
  const found: [string, unknown][] = [];
  const keys: string[] = [];
  const place = unknown.length;
  for (const [key, inner] of Object.entries(value)) {
    const declared = Object.hasOwn(properties, key) ? properties[key] : undefined;
    // The keys of an open structure are refused by the domain, whose message has the position in a list.
    const isOpen = schema.additionalProperties === true;
    if (declared === undefined && isOpen) found.push([cutToCharacters(key, 64), undefined]);
    else if (declared === undefined) keys.push(cutToCharacters(key, 64));
    else if (inner !== null) found.push([key, read(declared, inner, { className, unknown })]);
  }
  if (keys.length > 0) unknown.splice(place, 0, { className, keys });
  return Object.fromEntries(found);
}

function mapping(schema: JsonSchema, value: unknown, { unknown }: Context): unknown {
  if (Array.isArray(value)) throw cannot('java.util.LinkedHashMap', 'out of START_ARRAY token');
  if (value === null || typeof value !== 'object') throw cannot('java.util.LinkedHashMap', `out of ${token(value)}`);
  const inner = schema.additionalProperties;
  if (inner === null || typeof inner !== 'object') return value;
  const readInner = (v: unknown) => (v === null ? null : read(inner as JsonSchema, v, { className: '', unknown }));
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, readInner(v)]));
}

function list(schema: JsonSchema, value: unknown, { unknown }: Context): unknown[] {
  if (!Array.isArray(value)) throw cannot('java.util.ArrayList', `out of ${token(value)}`);
  const items = schema.items as JsonSchema;
  return value.map((item) => (item === null ? null : read(items, item, { className: '', unknown })));
}

function long(value: unknown): number | undefined {
  if (typeof value === 'string') {
    if (value.trim() === '') return undefined;
    if (!/^[+-]?\d+$/.test(value.trim())) {
      throw new MismatchError(
        `Cannot deserialize value of type \`java.lang.Long\` from String "${cutToCharacters(value, 64)}": not a valid Long value`,
      );
    }
    return inRange(Number(value));
  }
  if (typeof value !== 'number') throw cannot('java.lang.Long', `out of ${token(value)}`);
  return inRange(Math.trunc(value));
}

function inRange(number: number): number {
  if (number < MIN_LONG || number >= MAX_LONG) {
    const range = '(-9223372036854775808 - 9223372036854775807)';
    throw new MismatchError(`Numeric value (${number}) out of range of long ${range}`);
  }
  return number;
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw cannot('java.lang.String', `out of ${token(value)}`);
}

function cannot(target: string, what: string): MismatchError {
  return new MismatchError(`Cannot deserialize instance of \`${target}\` ${what}`);
}

function token(value: unknown): string {
  if (Array.isArray(value)) return 'START_ARRAY token';
  switch (typeof value) {
    case 'boolean':
      return value ? 'VALUE_TRUE token' : 'VALUE_FALSE token';
    case 'number':
      return Number.isInteger(value) ? 'VALUE_NUMBER_INT token' : 'VALUE_NUMBER_FLOAT token';
    case 'string':
      return 'VALUE_STRING token';
    default:
      return 'START_OBJECT token';
  }
}

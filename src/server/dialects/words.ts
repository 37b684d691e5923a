import { type ErrorKind, refuse, type StewardError } from '../../base/errors.ts';
import type { JsonSchema } from '../../base/schemas/validator.ts';
import type { DialectRequest } from './dialect.ts';

/** What the tables have alike. */

/** The HTTP status of a class of errors. */
const STATUS: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  notFound: 404,
  conflict: 409,
  busy: 503,
  internal: 500,
};

/** The HTTP status of an error where a system says nothing else. */
export function statusOf({ reason, kind }: Pick<StewardError, 'reason' | 'kind'>): number {
  switch (reason) {
    case 'body_too_slow':
      return 408;
    case 'too_big':
      return 413;
    case 'encoding_unsupported':
    case 'media_type_unsupported':
      return 415;
    case 'too_many_attempts':
    case 'rate_limited':
      return 429;
    default:
      return STATUS[kind];
  }
}

export type Fields = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Fields =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** The body's fields. @throws parse_error */
export function fieldsOf({ body }: DialectRequest): Fields {
  if (!isObject(body)) throw refuse('parse_error', 'the body must be a JSON object');
  return body;
}

/** Those of the fields that have these names: a system's clients may send what means nothing. */
export function picked(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(fields, name)).map((name) => [name, fields[name]]));
}

export const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** One header's value. */
export function header(headers: DialectRequest['headers'], name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The credential of those who send a token of the configured source, and name its scheme. */
export function bearer(headers: DialectRequest['headers']): { authorization: string | undefined } {
  const value = header(headers, 'authorization') ?? '';
  return { authorization: /^Bearer +\S/i.test(value) ? value : undefined };
}

/** The shape of a body, for the description that is published. */
export function shape(properties: Readonly<Record<string, JsonSchema>>, required: readonly string[] = []): JsonSchema {
  return { type: 'object', properties, ...(required.length === 0 ? {} : { required: [...required] }) };
}

/** The shape of a list. */
export function listOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

/** An object of which only some keys are known. */
export function open(properties: Readonly<Record<string, JsonSchema>>, required: readonly string[] = []): JsonSchema {
  return { ...shape(properties, required), additionalProperties: true };
}

export const TEXT: JsonSchema = { type: 'string' };

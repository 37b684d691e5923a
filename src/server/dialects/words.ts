import { defined } from '../../base/defined.ts';
import { type ErrorKind, refuse, type StewardError } from '../../base/errors.ts';
import { type Fields, isObject } from '../../base/json/isObject.ts';
import type { JsonSchema } from '../../base/schemas/validator.ts';
import type { SentCode } from '../../identity/secondFactor.ts';
import type { DialectReply, DialectRequest } from './dialect.ts';

/* What the dialects share. */

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

/** The HTTP status of an error, unless a system has another one. */
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

/** The message about a parameter, without the name of a command, which callers of these routes do not know. */
export const aboutRequest = (message: string): string =>
  message.replace(/^[\w.]+: params\./, '').replace(/^[\w.]+: params /, 'The request ');

/** The body, which must be an object. @throws parse_error */
export function fieldsOf({ body }: DialectRequest): Fields {
  if (!isObject(body)) throw refuse('parse_error', 'the body must be a JSON object');
  return body;
}

/** The fields with these names. Other fields are ignored, since clients may send fields without a meaning here. */
export function pick(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(fields, name)).map((name) => [name, fields[name]]));
}

export const ok = (body: unknown): DialectReply => ({ status: 200, body });

export const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The code of an authenticator app, or the recovery code, among the fields of a login. An empty one is none. */
export function codeIn({ totp, recoveryCode }: Fields): SentCode {
  return defined({ totp: textIn(totp) || undefined, recoveryCode: textIn(recoveryCode) || undefined });
}

export function header(headers: DialectRequest['headers'], name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The token in an Authorization header with the scheme Bearer. */
export function bearer(headers: DialectRequest['headers']): { authorization: string | undefined } {
  const value = header(headers, 'authorization') ?? '';
  return { authorization: /^Bearer +\S/i.test(value) ? value : undefined };
}

/** The header that names the credential of a system, in the answer to a request without a valid one. */
export const challenge = (status: number, scheme: string): Readonly<Record<string, string>> =>
  status === 401 ? { 'WWW-Authenticate': scheme } : {};

/** The shape of an object, for the OpenAPI description. */
export function shape(properties: Readonly<Record<string, JsonSchema>>, required: readonly string[] = []): JsonSchema {
  return { type: 'object', properties, ...(required.length === 0 ? {} : { required: [...required] }) };
}

export const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });

/** The shape of an object that may have more keys. */
export function open(properties: Readonly<Record<string, JsonSchema>>, required: readonly string[] = []): JsonSchema {
  return { ...shape(properties, required), additionalProperties: true };
}

export const TEXT: JsonSchema = { type: 'string' };

import type { ErrorObject } from 'ajv';
import { nearest } from '../nearest.ts';
import { PATTERNS_IN_WORDS } from './patterns.ts';

/** How many valid keys a message lists if none resembles the unknown one. */
const MAX_NAMED = 12;

/** What a validator complains of, in plain words. The error must carry its schema (Ajv's `verbose`). */
export function sentence(error: ErrorObject, where: string): string {
  const { keyword, params, message } = error;
  switch (keyword) {
    case 'additionalProperties':
      return `${where} has the unknown key ${unknownKey(error)}`;
    case 'required':
      return `${where} lacks the key ${String(params.missingProperty)}`;
    case 'enum':
      return `${where} must be one of ${(params.allowedValues as unknown[]).join(', ')}`;
    case 'const':
      return `${where} must be ${JSON.stringify(params.allowedValue)}`;
    case 'type':
      return `${where} must be ${[params.type as string | string[]].flat().map(withArticle).join(' or ')}`;
    case 'minimum':
    case 'exclusiveMinimum':
    case 'maximum':
    case 'exclusiveMaximum':
      return `${where} must be ${IN_WORDS[params.comparison as string]} ${params.limit}`;
    case 'minItems':
      return `${where} must have at least ${counted(params.limit, 'item')}`;
    case 'maxItems':
      return `${where} must have at most ${counted(params.limit, 'item')}`;
    case 'minProperties':
      return `${where} must have at least ${counted(params.limit, 'key')}`;
    case 'maxProperties':
      return `${where} must have at most ${counted(params.limit, 'key')}`;
    case 'minLength':
      return params.limit === 1
        ? `${where} must not be empty`
        : `${where} must have at least ${params.limit} characters`;
    case 'maxLength':
      return `${where} must have at most ${counted(params.limit, 'character')}`;
    case 'uniqueItems':
      return `${where} must not have the same item twice: items ${params.j} and ${params.i} are equal`;
    case 'pattern':
      return `${where} ${PATTERNS_IN_WORDS[String(params.pattern)] ?? `must match the pattern ${params.pattern}`}`;
    case 'format':
      return `${where} must be ${FORMATS[params.format as string] ?? `in the format ${params.format}`}`;
    default:
      return `${where} ${message ?? 'is not valid'}`;
  }
}

const IN_WORDS: Readonly<Record<string, string>> = {
  '>=': 'at least',
  '<=': 'at most',
  '>': 'greater than',
  '<': 'less than',
};

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': 'an instant such as 2026-01-31T12:00:00Z',
  email: 'an email address',
};

const withArticle = (type: string): string =>
  type === 'null' ? type : `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** The unknown key, with advice. */
function unknownKey({ params, parentSchema }: ErrorObject): string {
  const key = String(params.additionalProperty);
  const known = Object.keys((parentSchema?.properties as object | undefined) ?? {});
  const near = nearest(key, known);
  const shown = key.length > 100 ? `${key.slice(0, 100)}…` : key;
  if (near !== undefined) return `${shown} (did you mean ${near}?)`;
  if (known.length === 0) return `${shown} (there are none)`;
  return known.length > MAX_NAMED ? shown : `${shown} (there are ${known.join(', ')})`;
}

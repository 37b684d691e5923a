import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { expect, it } from 'vitest';
import { sentence } from '../../../src/base/schemas/sentence.ts';

const ajv = new Ajv({ verbose: true, allowUnionTypes: true });
formats.default(ajv);

const keys = (...names: string[]) => Object.fromEntries(names.map((name) => [name, {}]));
const closed = (...names: string[]) => ({ type: 'object', properties: keys(...names), additionalProperties: false });
const many = Array.from({ length: 13 }, (_, i) => `key${i}`);

it.each<[schema: object, value: unknown, said: string]>([
  [{ type: 'object' }, [], 'it must be an object'],
  [{ type: 'integer' }, 'x', 'it must be an integer'],
  [{ type: 'string' }, 1, 'it must be a string'],
  [{ type: ['string', 'array', 'null'] }, 1, 'it must be a string or an array or null'],
  [{ required: ['name'] }, {}, 'it lacks the key name'],
  [{ enum: ['n', 'r'] }, 'x', 'it must be one of n, r'],
  [{ const: true }, false, 'it must be true'],
  [{ minimum: 1 }, 0, 'it must be at least 1'],
  [{ maximum: 9 }, 10, 'it must be at most 9'],
  [{ exclusiveMinimum: 1 }, 1, 'it must be greater than 1'],
  [{ exclusiveMaximum: 9 }, 9, 'it must be less than 9'],
  [{ minItems: 1 }, [], 'it must have at least 1 item'],
  [{ maxItems: 2 }, [1, 2, 3], 'it must have at most 2 items'],
  [{ minProperties: 1 }, {}, 'it must have at least 1 key'],
  [{ maxProperties: 0 }, { a: 1 }, 'it must have at most 0 keys'],
  [{ minLength: 1 }, '', 'it must not be empty'],
  [{ minLength: 2 }, 'a', 'it must have at least 2 characters'],
  [{ maxLength: 1 }, 'ab', 'it must have at most 1 character'],
  [{ uniqueItems: true }, ['a', 'b', 'a'], 'it must not have the same item twice: items 0 and 2 are equal'],
  [{ pattern: '^[a-z]+$' }, '9', 'it must match the pattern ^[a-z]+$'],
  [{ pattern: '^[0-9]{6}$' }, '9', 'it must be 6 digits'],
  [{ format: 'date-time' }, 'today', 'it must be an instant such as 2026-01-31T12:00:00Z'],
  [{ format: 'email' }, 'ann', 'it must be an email address'],
  [{ format: 'ipv4' }, 'ann', 'it must be in the format ipv4'],
  [{ not: {} }, 1, 'it must NOT be valid'],
  [closed('reason', 'user'), { resaon: 1 }, 'it has the unknown key resaon (did you mean reason?)'],
  [closed('reason', 'user'), { zzzzzz: 1 }, 'it has the unknown key zzzzzz (there are reason, user)'],
  [closed(), { zzzzzz: 1 }, 'it has the unknown key zzzzzz (there are none)'],
  [closed(...many), { zzzzzz: 1 }, 'it has the unknown key zzzzzz'],
])('%j is said of %j in plain words', (schema, value, said) => {
  const validate = ajv.compile(schema);
  expect(validate(value)).toBe(false);
  expect(validate.errors?.map((error) => sentence(error, 'it'))[0]).toBe(said);
});

import { readFileSync } from 'node:fs';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { BSON } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/audit/log/canonical.ts';
import { LONG } from '../../support/long.ts';

const { Binary, Decimal128, Int32, Long, ObjectId } = BSON;

interface Vector {
  readonly name: string;
  readonly input: string;
  readonly output: string;
}
// See vectors/README.md.
const VECTORS: readonly Vector[] = JSON.parse(
  readFileSync(new URL('./vectors/canonical.json', import.meta.url), 'utf8'),
);

/** As the store reads it. */
const read = (value: unknown) => BSON.deserialize(BSON.serialize({ value }, { ignoreUndefined: true })).value;

const key = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ maxLength: 3 }),
  fc.constantFrom('__proto__', '$date', '$$', '$number', 'a', 'b', '1', '10', '2', '\ufeffx', '\u0001', '😂', '\ufb33'),
);
const leaf = fc.oneof(
  key,
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.constant(null),
);
const tree = (value: fc.Arbitrary<unknown>, keys: fc.Arbitrary<string>) =>
  fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      value,
      fc.array(tie('value')),
      fc.dictionary(keys, tie('value'), { noNullPrototype: true, maxKeys: 40 }),
    ),
  })).value;
const numRuns = LONG ? 20_000 : 200;

describe('the canonical form', () => {
  it.each(VECTORS)('is that of the published vector "$name"', ({ input, output }) => {
    expect(canonicalJson(JSON.parse(input))).toBe(output);
  });

  it('is that of the package canonicalize for what JSON can hold', () => {
    const plainKey = key.filter((text) => !text.startsWith('$'));
    fc.assert(
      fc.property(tree(leaf, plainKey), (value) => {
        expect(canonicalJson(value)).toBe(canonicalize(value));
      }),
      { numRuns },
    );
  });

  it('sorts objects with few and with many keys alike', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 28, maxLength: 40 }), (keys) => {
        const value = Object.fromEntries(keys.map((name, i) => [`k${name}`, i]));
        expect(canonicalJson(value)).toBe(canonicalize(value));
      }),
      { numRuns: 200 },
    );
  });

  it('does not depend on the order in which keys were added, and is the same after storing', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          key.filter((text) => !text.includes('\0')),
          leaf,
          { noNullPrototype: true },
        ),
        (fields) => {
          const reversed = Object.fromEntries(Object.entries(fields).reverse());
          const text = canonicalJson(fields);
          expect(canonicalJson(reversed)).toBe(text);
          expect(canonicalJson(read(reversed))).toBe(text);
        },
      ),
      { numRuns },
    );
  });

  it.each([
    ['a date', new Date(1_700_000_000_123), '{"$date":"2023-11-14T22:13:20.123Z"}'],
    ['a date after 9999', new Date(253_402_300_800_000), '{"$date":{"$numberLong":"253402300800000"}}'],
    ['a date before 0', new Date(-62_167_219_200_001), '{"$date":{"$numberLong":"-62167219200001"}}'],
    ['minus zero', -0, '{"$number":"-0"}'],
    ['not a number', Number.NaN, '{"$number":"NaN"}'],
    ['an infinity', -Infinity, '{"$number":"-Infinity"}'],
    ['a Long that a double holds', Long.fromNumber(5), '5'],
    ['a Long beyond', Long.fromString('9007199254740993'), '{"$number":"9007199254740993"}'],
    ['the smallest Long', Long.MIN_VALUE, '{"$number":"-9223372036854775808"}'],
    ['a decimal', Decimal128.fromString('9007199254740993'), '{"$decimal":"9007199254740993"}'],
    ['bytes', new Binary(Buffer.from([0, 255]), 4), '{"$binary":"AP8=","subType":4}'],
    ['a key with $', { $date: 'x', $$: 1, a: 2 }, '{"$$$":1,"$$date":"x","a":2}'],
    ['a field without a value', { a: undefined, b: null }, '{"b":null}'],
  ])('of %s is the same before and after storing', (_, value, text) => {
    expect(canonicalJson(value)).toBe(text);
    expect(canonicalJson(read(value))).toBe(text);
  });

  it('writes big integers as the Long that they are stored as', () => {
    expect(canonicalJson([5n, 9007199254740993n])).toBe('[5,{"$number":"9007199254740993"}]');
  });

  it.each([
    ['undefined in a list', [undefined], 'type undefined'],
    ['a function', { f: () => 1 }, 'type function'],
    ['an invalid date', new Date(Number.NaN), 'invalid date'],
    ['half a character', { a: '\ud800' }, 'half a character'],
    ['a key with half a character', { '\udc00': 1 }, 'half a character'],
    ['an id of MongoDB', new ObjectId(), 'class ObjectId'],
    ['a wrapped number', new Int32(1), 'class Int32'],
    ['bytes of the runtime', Buffer.from('x'), 'class Buffer'],
    ['an object of a class', new Map(), 'class Map'],
  ])('refuses %s', (_, value, message) => {
    expect(() => canonicalJson(value)).toThrow(message);
  });

  it('can be read back, so that different values never have the same form', () => {
    const special = fc.oneof(
      fc.date({ noInvalidDate: true }),
      fc.constantFrom(-0, Number.NaN, Infinity, -Infinity, 'NaN', '-0'),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }).map((n) => Long.fromBigInt(n)),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }).map((n) => Decimal128.fromString(String(n))),
      fc.constantFrom('1', 'NaN', '1E+3', '-0').map((text) => Decimal128.fromString(text)),
      fc.tuple(fc.uint8Array(), fc.constantFrom(0, 5, 128)).map(([data, type]) => new Binary(data, type)),
    );
    fc.assert(
      fc.property(tree(fc.oneof(special, leaf), key), (value) => {
        expect(readBack(JSON.parse(canonicalJson(value)))).toEqual(value);
      }),
      { numRuns },
    );
  });
});

/** The value that has this canonical form. */
function readBack(json: unknown): unknown {
  if (json === null || typeof json !== 'object') return json;
  if (Array.isArray(json)) return json.map(readBack);
  const { $date, $number, $decimal, $binary, subType } = json as Record<string, unknown>;
  if (typeof $date === 'string') return new Date($date);
  if ($date !== undefined) return new Date(Number(($date as { readonly $numberLong: string }).$numberLong));
  if ($number !== undefined)
    return /^-?\d{2,}$/.test(String($number)) ? Long.fromString(String($number)) : Number($number);
  if ($decimal !== undefined) return Decimal128.fromString(String($decimal));
  if ($binary !== undefined) return new Binary(Buffer.from(String($binary), 'base64'), Number(subType));
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name.replace(/^\$\$/, '$'), readBack(value)]));
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { objectText, sparse, sparseEntries, withSortedKeys } from '../../../src/base/json/sparse.ts';
import { LONG } from '../../support/long.ts';

const objects = fc.dictionary(fc.string(), fc.jsonValue()).map((o) => JSON.parse(JSON.stringify(o)));

describe('sparse JSON text', () => {
  it.each([
    ['as it was sent', (value: unknown) => value],
    ['with its keys in order', withSortedKeys],
  ])('is the same whether it is sliced or parsed: %s', (_, stored) => {
    fc.assert(
      fc.property(objects, (value) => {
        const text = objectText(sparseEntries(JSON.stringify(stored(value))));
        expect(JSON.parse(text)).toEqual(sparse(value));
        expect(text).toBe(objectText(Object.entries(JSON.parse(text)).map(([k, v]) => [k, JSON.stringify(v)])));
      }),
      { numRuns: LONG ? 2_000 : 300 },
    );
  });

  it.each([
    [
      '{"a":"x","b":{"c":[1,{"d":"\\"}"}]}}',
      [
        ['a', '"x"'],
        ['b', '{"c":[1,{"d":"\\"}"}]}'],
      ],
    ],
    [
      '{"b":1,"a":2}',
      [
        ['a', '2'],
        ['b', '1'],
      ],
    ],
    [
      '{"a":0,"b":10,"c":0.5}',
      [
        ['b', '10'],
        ['c', '0.5'],
      ],
    ],
    [
      '{"a":":null","b":",[]"}',
      [
        ['a', '":null"'],
        ['b', '",[]"'],
      ],
    ],
    ['{"a":{"b":[],"c":null},"d":[0,false,"",{"e":""}]}', [['d', '[{}]']]],
    ['{"\\u0061":1}', [['a', '1']]],
    ['{}', []],
    ['[1]', []],
    ['7', []],
  ])('of %s has these fields', (text, fields) => {
    expect(sparseEntries(text)).toEqual(fields);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StewardError } from '../../../src/base/errors.ts';
import { wholeOf } from '../../../src/base/json/bytes.ts';
import { RawJson } from '../../../src/base/json/rawJson.ts';
import { subsetOf } from '../../../src/domain/objects/subset.ts';
import { LONG } from '../../support/long.ts';
import { inPieces } from '../../support/scratch.ts';

const DATA =
  '{"a":{"b":[1.0,{"c":9007199254740993,"d":"x"},[2]],"e~/f":1e400},"list":[{"id":"p","n":1},{"id":"q","n":2}],' +
  '"map":{"x":{"v":1},"y":{"v":2,"w":3}},"nothing":null,"text":"t\\u0041{}[],:\\"","z":[]}';

async function subset(paths: readonly string[], strict: { maps?: boolean; arrays?: boolean } = {}): Promise<string> {
  const selection = { paths, strictMaps: strict.maps ?? false, strictArrays: strict.arrays ?? true };
  // Data that is read in pieces is stored data, and so canonical.
  const canonical = Buffer.from(DATA.replace('\\u0041', 'A'));
  const found = await textOf(subsetOf(new RawJson(canonical), selection));
  for (const piece of [5, 31]) {
    expect(await textOf(subsetOf(new RawJson(inPieces(canonical, piece)), selection))).toBe(found);
  }
  return textOf(subsetOf(new RawJson(Buffer.from(DATA)), selection));
}

async function textOf(found: Promise<RawJson>): Promise<string> {
  const { bytes } = await found;
  const text = Buffer.from(await wholeOf(bytes)).toString();
  expect(bytes.length).toBe(Buffer.byteLength(text));
  return text;
}

const refusal = (paths: readonly string[], strict: { maps?: boolean; arrays?: boolean } = {}) =>
  subset(paths, strict).then(
    (result) => `not refused: ${result}`,
    (error) => (error instanceof StewardError ? error.message : Promise.reject(error)),
  );

describe('a subset of data', () => {
  it.each([
    [['/a/b/0'], '{"a":{"b":[1.0]}}'],
    [['/a/b/1/c', '/a/b/2'], '{"a":{"b":[{"c":9007199254740993},[2]]}}'],
    [['/a/e~0~1f'], '{"a":{"e~/f":1e400}}'],
    [['/list/[*]/id'], '{"list":[{"id":"p"},{"id":"q"}]}'],
    [['/list/1'], '{"list":[{"id":"q","n":2}]}'],
    [['/list/1/n', '/list/[*]/id'], '{"list":[{"id":"p"},{"id":"q","n":2}]}'],
    [['/map/*/v'], '{"map":{"x":{"v":1},"y":{"v":2}}}'],
    [['/map/y', '/map/*/v'], '{"map":{"x":{"v":1},"y":{"v":2,"w":3}}}'],
    [['text', '/nothing/'], '{"nothing":null,"text":"t\\u0041{}[],:\\""}'],
    [['/z'], '{"z":[]}'],
    [['/z/[*]'], '{"z":[]}'],
    [['/nope', '/a/nope'], '{"a":{}}'],
    [['/'], DATA],
    [['/a/b', '/a/b/0'], '{"a":{"b":[1.0,{"c":9007199254740993,"d":"x"},[2]]}}'],
  ])('of %j keeps order and texts of numbers', async (paths, expected) => {
    expect(await subset(paths)).toBe(expected);
  });

  it('ignores missing items unless it is strict', async () => {
    expect(await subset(['/list/7', '/list/0/n'], { arrays: false })).toBe('{"list":[{"n":1}]}');
  });

  it.each([
    [['/list/2'], {}, "Invalid selection: no array element exists at position '2', at: /list/2"],
    [['/nope'], { maps: true }, "Invalid selection: data does not contain a field or key named 'nope', at: /nope"],
    [['/map/*/w'], { maps: true }, "Invalid selection: data does not contain a field or key named 'w', at: /map/x/w"],
    [
      ['/a/b/0/c'],
      {},
      'Invalid selection: the path given specifies fields or elements that do not exist because data at this location ' +
        'is a scalar value (i.e. string, integer, float), at: /a/b/0',
    ],
    [
      ['/list/id'],
      {},
      "Invalid selection: data at '/list' is an array, so element selection must be an integer.  You requested " +
        "element 'id', at: /list",
    ],
  ])('of %j, strict as %j, is refused with the place in the message', async (paths, strict, message) => {
    expect(await refusal(paths, strict)).toBe(message);
  });

  it('of any data is what picking the values gives', async () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, fc.integer(), fc.string(), fc.constant(null), tie('list'), tie('object')),
      list: fc.array(tie('value'), { maxLength: 4 }),
      object: fc.dictionary(fc.constantFrom('a', 'b', 'c~', '/d', '*'), tie('value'), { maxKeys: 4 }),
    })).object;
    const step = fc.constantFrom('a', 'b', 'c~', '/d', '0', '1');
    await fc.assert(
      fc.asyncProperty(value, fc.array(step, { minLength: 1, maxLength: 4 }), async (data, steps) => {
        const path = steps.map((s) => `/${s.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
        const selection = { paths: [path], strictMaps: true, strictArrays: true };
        const text = JSON.stringify(data);
        let expected: unknown = data;
        for (const s of steps) {
          const here = expected as Record<string, unknown> | null;
          const there = here !== null && typeof here === 'object' && Object.hasOwn(here, s);
          expected = there ? here[s] : undefined;
          if (!there) break;
        }
        const found = subsetOf(new RawJson(Buffer.from(text)), selection);
        if (expected === undefined) await expect(found).rejects.toBeInstanceOf(StewardError);
        else {
          let inner: unknown = JSON.parse(await textOf(found));
          for (const s of steps) inner = Array.isArray(inner) ? inner[0] : (inner as Record<string, unknown>)[s];
          expect(inner).toEqual(expected);
        }
      }),
      { numRuns: LONG ? 300 : 60 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StewardError } from '../../../src/base/errors.ts';
import { parseJson } from '../../../src/server/rpc/json.ts';
import { LONG } from '../../support/long.ts';

/** How deep a body nests that would end the stack of whoever followed it. */
const DEPTH = LONG ? 100_000 : 20_000;

const bytes = (text: string) => new TextEncoder().encode(text);
const parse = (text: string) => parseJson(bytes(text));
const POISON = ['__proto__', 'constructor', 'prototype'];

async function complaint(text: string | Uint8Array): Promise<string> {
  try {
    await parseJson(typeof text === 'string' ? bytes(text) : text);
  } catch (error) {
    expect(error).toBeInstanceOf(StewardError);
    expect((error as StewardError).reason).toBe('parse_error');
    return (error as StewardError).message;
  }
  throw new Error(`was accepted: ${String(text).slice(0, 100)}`);
}

const key = fc.string({ unit: 'binary' }).filter((k) => !POISON.includes(k));
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value')),
    fc.dictionary(key, tie('value')),
  ),
})).value;
/** An object that may have a key twice. */
class Pairs {
  readonly pairs: readonly (readonly [string, unknown])[];

  constructor(pairs: readonly (readonly [string, unknown])[]) {
    this.pairs = pairs;
  }
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  if (!(value instanceof Pairs)) return Object.is(value, -0) ? '-0' : JSON.stringify(value);
  return `{${value.pairs.map(([key, inner]) => `${JSON.stringify(key)}: ${textOf(inner)}`).join(', ')}}`;
}

const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 3 });

describe('a body of JSON', () => {
  it('is read as JSON.parse reads it', async () => {
    await fc.assert(
      fc.asyncProperty(json, space, fc.nat(4), async (value, around, indent) => {
        const text = `${around}${JSON.stringify(value, null, indent)}${around}`;
        expect(await parse(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: LONG ? 500 : 20 },
    );
  });

  it('has the same value if it is too long for the short way', async () => {
    const name = fc.constantFrom('id', 'params', 'data', 'meta', 'method', 'a', '1', ...POISON);
    const plain = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.string(),
        fc.constantFrom('data', '":"', 'Workspace.administer', '1e5'),
        fc.integer(),
        fc.constantFrom(0.5, 1e21, 2 ** 53, 999_999_999_999_999, -0),
        fc.array(tie('value')),
        fc.array(fc.tuple(name, tie('value'))).map((pairs) => new Pairs(pairs)),
      ),
    })).value;
    await fc.assert(
      fc.asyncProperty(plain, fc.boolean(), async (value, hasId) => {
        const text = textOf(value);
        const outcomes = [text, text + ' '.repeat(10_000)].map((one) =>
          parseJson(bytes(one), { hasId }).catch((error: StewardError) => error.message),
        );
        const [short, long] = await Promise.all(outcomes);
        expect(short).toEqual(long);
      }),
      { numRuns: LONG ? 5_000 : 120 },
    );
  });

  it('is refused if JSON.parse refuses it, and otherwise mostly accepted', async () => {
    await fc.assert(
      fc.asyncProperty(json, fc.nat(), fc.string({ maxLength: 2 }), fc.nat(2), async (value, at, inserted, removed) => {
        const text = JSON.stringify({ value });
        const place = at % (text.length + 1);
        const broken = text.slice(0, place) + inserted + text.slice(place + removed);
        let right: unknown;
        try {
          right = JSON.parse(new TextDecoder().decode(bytes(broken)));
        } catch {
          await complaint(broken);
          return;
        }
        // Only duplicate keys, forbidden keys and lone surrogates are valid JSON and refused.
        try {
          expect(await parse(broken)).toEqual(right);
        } catch (error) {
          expect((error as Error).message).toMatch(/twice|not allowed|half a character/);
        }
      }),
      { numRuns: LONG ? 1_000 : 40 },
    );
  });

  it.each([
    ['a comment', '{"a":1/* */}'],
    ['a comment to the end of the line', '{"a":1}//'],
    ['a comma after the last key', '{"a":1,}'],
    ['a comma after the last item', '[1,]'],
    ['single quotes', "{'a':1}"],
    ['a key without quotes', '{a:1}'],
    ['NaN', '[NaN]'],
    ['Infinity', '[-Infinity]'],
    ['a hexadecimal number', '[0x10]'],
    ['a number with a plus', '[+1]'],
    ['a number with a leading zero', '[01]'],
    ['a NUL byte', '{"a":1}\u0000'],
    ['a NUL byte in a text', '{"a":"\u0000"}'],
    ['a line break in a text', '{"a":"\n"}'],
    ['a form feed as a space', '\f{}'],
    ['a no-break space', '\u00a0{}'],
    ['a line separator', '\u2028{}'],
    ['two values', '{}{}'],
    ['a bad escape', '"\\x41"'],
    ['half an escape', '"\\u00"'],
    ['an unfinished text', '"abc'],
    ['undefined', 'undefined'],
  ])('is refused with %s', async (_, text) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(await complaint(text)).toMatch(/^Parse error \(.+\)$/s);
  });

  it.each([
    ['a stray continuation', [0x22, 0x80, 0x22]],
    ['a cut character', [0x22, 0xe2, 0x82, 0x22]],
    ['an overlong form', [0x22, 0xc0, 0xaf, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a code point beyond Unicode', [0x22, 0xf5, 0x80, 0x80, 0x80, 0x22]],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
  ])('is refused with bytes that are not UTF-8: %s', async (_, body) => {
    expect(await complaint(Uint8Array.from(body))).toContain('not valid UTF-8');
  });

  it.each(['9007199254740993', '-12345678901234567891', '1e400', '-1E999', '1e-400', `1${'0'.repeat(400)}`])(
    'is refused with a number in stored content that would lose precision: %s',
    async (number) => {
      const kept = `{"method":"x","params":[{"provenance":[{"method_params":[{"a":${number}}]}]}]}`;
      expect(await complaint(kept)).toContain('which would not be kept as it is');
      expect(await complaint(`{"params":[{"params":{"data":{"a":[${number}]}}}]}`)).toContain('not be kept as it is');
      await expect(parseJson(bytes(`[${number}]`), { isStored: true })).rejects.toThrow('not be kept as it is');
    },
  );

  it('is accepted with any number if nothing is stored, and otherwise with exact ones', async () => {
    expect(await parse('{"id":9007199254740993}')).toBeTruthy();
    const numbers = '[9007199254740992,-9007199254740991,1e22,10000000000000000000000,0.1,1.50,0e999,-0.0,5e-324]';
    expect(await parse(`{"params":[{"meta":${numbers}}]}`)).toEqual({ params: [{ meta: JSON.parse(numbers) }] });
  });

  it('is refused with a byte order mark, as JSON says', async () => {
    await complaint('\ufeff{}');
    expect(await parse('"\ufeff"')).toBe('\ufeff');
  });

  it.each(['"\\ud800"', '"\\uDC00x"', '"\\ud83d\\ud83d\\ude00"', '{"a":["\\udfff"]}', '{"\\ud800":1}'])(
    'is refused with a lone surrogate, anywhere: %s',
    async (half) => {
      expect(await complaint(half)).toContain('half a character');
      expect(await complaint(`{"params":[{"data":${half}}]}`)).toContain('half a character');
    },
  );

  it('keeps whole characters, escaped or not', async () => {
    expect(await parse('"\\ud83d\\ude00😀\\u0000\\\\ud800"')).toBe('😀😀\u0000\\ud800');
  });

  it('reads numbers that no double holds as JSON.parse does', async () => {
    expect(await parse('[1e400,-1e400,9007199254740993,1e-400]')).toEqual([Infinity, -Infinity, 2 ** 53, 0]);
  });
});

describe('the structure of a body', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  const inData = (value: string) => `{"params":[{"data":${value}}]}`;

  it('is refused deeper than 32, in content deeper than 1,000', async () => {
    expect(await parse(nested(32))).toBeDefined();
    expect(await complaint(nested(33))).toContain('nesting deeper than 32');
    expect(await complaint(`{"params":[{"command":${nested(31)}}]}`)).toContain('nesting deeper than 32');
    expect(await parse(inData(nested(997)))).toBeDefined();
    expect(await complaint(inData(nested(998)))).toContain('nesting deeper than 1000');
    for (const opening of ['[', '{"a":', '[{"a":']) {
      await complaint(opening.repeat(DEPTH));
      await complaint(inData(opening.repeat(DEPTH)));
    }
  });

  it('is refused with lists of more than 100,000 items or objects of more than 10,000 keys, outside of content', async () => {
    const list = (items: number) => `[${'0,'.repeat(items - 1)}0]`;
    const object = (keys: number) => `{${Array.from({ length: keys }, (_, i) => `"${i}":0`).join()}}`;
    expect(await parse(list(100_000))).toHaveLength(100_000);
    expect(await complaint(list(LONG ? 1_000_000 : 100_001))).toContain('more than 100000 items');
    expect(await complaint(`[${'[],'.repeat(100_000)}[]]`)).toContain('more than 100000 items');
    expect(await parse(object(10_000))).toBeDefined();
    expect(await complaint(object(10_001))).toContain('more than 10000 keys');
    expect(await parse(inData(list(LONG ? 200_000 : 100_001)))).toBeDefined();
    expect(await parse(inData(object(LONG ? 20_000 : 10_001)))).toBeDefined();
  });

  it('is refused with more than 250,000 values, also in content, without the data of saved objects', async () => {
    const many = (unit: string, count = 260_000) => `[${unit.repeat(count)}0]`;
    const maxValues = LONG ? 250_000 : 2_500;
    for (const unit of ['{},', '[[]],', '0,', '"",']) {
      await expect(parseJson(bytes(inData(many(unit, maxValues))), { maxValues })).rejects.toThrow(
        `more than ${maxValues} values`,
      );
    }
    expect(await complaint(`[${`[${'0,'.repeat(90_000)}0],`.repeat(3)}0]`)).toContain('more than 250000 values');
    expect(await parse(inData(`[${'{},'.repeat(249_000)}0]`))).toBeDefined();
    const saved = `{"method":"Workspace.save_objects","params":[{"objects":[{"data":${many('{},')}}]}]}`;
    expect(await parse(saved)).toBeDefined();
    expect(await parseJson(bytes(inData(many('0,'))), { maxValues: 2_000_000 })).toBeDefined();
  });

  it('is refused with more than 16 MiB besides the data of saved objects', async () => {
    const long = `"${'x'.repeat(17 * 1024 * 1024)}"`;
    const save = (object: string) => `{"method":"Workspace.save_objects","params":[{"objects":[{${object}}]}]}`;
    expect(await complaint(save(`"data":{},"name":${long}`))).toContain('more than 16777216 bytes');
    expect(await complaint(inData(long))).toContain('more than 16777216 bytes');
    expect(await parse(save(`"data":{"a":${long}}`))).toBeDefined();
  });

  it('is refused with an object of more than 100,000 keys in content', async () => {
    const object = (keys: number) => `{${Array.from({ length: keys }, (_, i) => `"${i}":0`).join()}}`;
    expect(await complaint(`{"params":[{"meta":${object(100_001)}}]}`)).toContain('more than 100000 keys');
    expect(await parse(`{"params":[{"meta":${object(100_000)}}]}`)).toBeDefined();
  });

  it('is refused with a duplicate key, however it is escaped', async () => {
    for (const text of [
      '{"method":"a","method":"b"}',
      '{"params":[{"command":"a","command":"b"}]}',
      '{"params":{"command":"a","comm\\u0061nd":"b"}}',
      '{"params":[{"data":1,"data":2}]}',
      '[{"a":1,"b":{"a":1},"a":2}]',
      '{"":1,"":2}',
    ]) {
      expect(await complaint(text), text).toContain('twice');
    }
    expect(await parse('{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}')).toBeDefined();
  });

  it('is refused with a key that reaches a prototype, however it is escaped', async () => {
    for (const key of POISON) {
      const escaped = `\\u${key.charCodeAt(0).toString(16).padStart(4, '0')}${key.slice(1)}`;
      for (const written of [key, escaped]) {
        for (const text of [
          `{"${written}":1}`,
          `{"params":[{"${written}":{"x":1}}]}`,
          `{"params":[{"params":{"a":[{"${written}":1}]}}]}`,
          `[{"id":{"${written}":1}}]`,
          // These names only mean content in params.
          `{"data":{"${written}":1}}`,
          `{"context":{"provenance":{"${written}":1}}}`,
          `{"context":{"params":{"data":{"${written}":1}}}}`,
          `{"id":[{"params":{"meta":{"${written}":1}}}]}`,
          `[[{"params":{"meta":{"${written}":1}}}]]`,
        ]) {
          expect(await complaint(text), text).toContain(`the key ${key}, which is not allowed`);
        }
      }
    }
  });

  it('keeps such keys in content as own properties', async () => {
    for (const place of ['data', 'provenance', 'meta']) {
      for (const text of [
        `{"params":[{"params":{"objects":[{"${place}":{"__proto__":{"x":1},"constructor":{"prototype":2}}}]}}]}`,
        `{"params":{"params":{"objects":[{"${place}":{"__proto__":{"x":1},"constructor":{"prototype":2}}}]}}}`,
      ]) {
        const { params } = (await parse(text)) as { params: unknown };
        const [{ params: inner }] = [params].flat() as [{ params: { objects: [Record<string, object>] } }];
        const content = inner.objects[0][place] ?? {};
        expect(Object.getPrototypeOf(content)).toBe(Object.prototype);
        expect(Object.keys(content)).toEqual(['__proto__', 'constructor']);
      }
    }
    expect(Object.hasOwn({}, 'x') || 'x' in {}).toBe(false);
  });

  it('is checked for forbidden and duplicate keys at every place', async () => {
    const hostile = fc.constantFrom(...POISON.map((k) => `"${k}":1`), '"twice":1,"twice":2');
    const walls = fc.array(
      fc.record({
        isList: fc.boolean(),
        before: json.filter((v) => JSON.stringify(v).length < 200),
        key: key.filter((k) => !['params', 'x'].includes(k)),
        gap: space,
      }),
      { maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(hostile, walls, async (inside, around) => {
        let text = `{${inside}}`;
        for (const { isList, before, key, gap } of around) {
          const other = JSON.stringify(before);
          text = isList
            ? `[${gap}${other}${gap},${text}${gap}]`
            : `{"x":${other},${gap}${JSON.stringify(key)}${gap}:${text}}`;
        }
        expect(await complaint(text)).toMatch(/twice|not allowed|nesting/);
      }),
      { numRuns: LONG ? 300 : 10 },
    );
  });
});

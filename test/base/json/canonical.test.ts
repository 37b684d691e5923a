import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CanonicalWriter } from '../../../src/base/json/canonical.ts';
import { DuplicateKey } from '../../../src/base/json/canonicalText.ts';
import { readJson } from '../../../src/base/json/reader.ts';
import { LONG } from '../../support/long.ts';

/** The canonical form; every string that begins with `ref:` is a reference, which is replaced. */
async function canonical(text: string, replacement: (reference: string) => string = (r) => r): Promise<string> {
  const bytes = Buffer.from(text);
  const writer = new CanonicalWriter(bytes);
  const isReference = (s: string) => s.startsWith('ref:');
  await readJson(bytes, {
    open: (isObject) => writer.open(isObject),
    close: () => writer.close(),
    key: (key, offset) => writer.key(key, offset, isReference(key)),
    scalar: (kind, value, { start }) =>
      kind === 'string' && isReference(value) ? writer.reference(value) : writer.scalar(kind, value, start),
  });
  await writer.settle();
  return Buffer.from(await writer.finish(replacement)).toString();
}

/** The same, made from JavaScript values, which can hold everything that the generator makes. */
function expected(value: unknown, replacement: (text: string) => string = (t) => t): string {
  if (typeof value === 'string') return JSON.stringify(replacement(value));
  if (Array.isArray(value)) return `[${value.map((v) => expected(v, replacement)).join()}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value).map(([k, v]) => [replacement(k), v] as const);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${expected(v, replacement)}`).join()}}`;
}

const upper = (text: string) =>
  text.replace(/\\\\|\\u00[01][0-9a-f]/g, (c) => (c.length === 2 ? c : `\\u${c.slice(2).toUpperCase()}`));
const key = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ maxLength: 3 }),
  fc.constantFrom('__proto__', 'a', 'b', '1', '10', '2', '\ufeffx', '\u0001'),
);
const json = (text: fc.Arbitrary<string>) =>
  fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      text,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value')),
      fc.dictionary(text, tie('value'), { noNullPrototype: true, maxKeys: 40 }),
    ),
  })).value;

describe('the canonical form', () => {
  it('is compact, with the keys of every object in order, however it was written', async () => {
    await fc.assert(
      fc.asyncProperty(json(key), fc.constantFrom('', ' ', '\t', '\n  '), async (value, indent) => {
        expect(await canonical(JSON.stringify(value, null, indent))).toBe(upper(expected(value)));
      }),
      { numRuns: LONG ? 500 : 40 },
    );
  });

  it('is the same whether references are replaced before or while it is written', async () => {
    const text = fc.oneof(
      fc.constantFrom('x', 'yy', 'zzz'),
      fc.integer({ min: 0, max: 30 }).map((i) => `ref:${i}`),
    );
    const replace = (t: string) => (t.startsWith('ref:') ? `${'9'.repeat(Number(t.slice(4)))}/${t.slice(4)}/1` : t);
    await fc.assert(
      fc.asyncProperty(json(text), async (value) => {
        expect(await canonical(JSON.stringify(value), replace)).toBe(expected(value, replace));
      }),
      { numRuns: LONG ? 500 : 40 },
    );
  });

  it.each([
    ['9007199254740993', '9007199254740993'],
    ['1.0', '1.0'],
    ['1e400', '1e400'],
    ['-0', '-0'],
    ['-0.0E+00', '-0.0E+00'],
    ['"\\u00e9\\/\\u001f\\ud83d\\ude00\\\\u001f"', '"é/\\u001F😀\\\\u001f"'],
    ['{ "\\u0062" : 1 , "a" : { } }', '{"a":{},"b":1}'],
  ])('of %s is %s', async (text, form) => {
    expect(await canonical(text)).toBe(form);
  });

  it.each([
    ['{}', '99914b932bd37a50b983c5e7c90ae93b', 2],
    ['{"foo":1}', '51014459947d55c836fe74faf224e54a', 9],
    ['{"foo": "bar"}', '9bb58f26192e4ba00f01e2e7b136bbd8', 13],
    ['{"nums":[1,2,3],"num":5,"name":"n1"}', '583631463dac442064591deb53f276a7', 36],
  ])("has KBase's checksum and size: %s", async (text, checksum, size) => {
    const form = await canonical(text);
    expect([createHash('md5').update(form).digest('hex'), form.length]).toEqual([checksum, size]);
  });

  it('refuses duplicate keys, also if two references have the same replacement', async () => {
    for (const text of ['{"a":1,"a":2}', '{"a":1,"b":2,"a":3}', '[{"x":{"a":1,"\\u0061":2}}]']) {
      await expect(canonical(text)).rejects.toThrow(DuplicateKey);
    }
    await expect(canonical('{"ref:1":1,"ref:2":2}', () => '1/1/1')).rejects.toThrow(DuplicateKey);
    expect(await canonical('{"ref:1":1,"ref:2":2}', (r) => r)).toBe('{"ref:1":1,"ref:2":2}');
  });

  it('is made in time from very many keys, and from a thousand levels out of order', async () => {
    const keys = Array.from({ length: LONG ? 1_000_000 : 50_000 }, (_, i) => `"${(i * 7919) % 1_000_003}":${i}`);
    const form = await canonical(`{${keys.join()}}`);
    const quoted = (entry: string) => entry.slice(0, entry.indexOf(':') - 1);
    expect(form).toBe(`{${keys.sort((a, b) => (quoted(a) < quoted(b) ? -1 : 1)).join()}}`);
    const wide = `[${Array.from({ length: LONG ? 200_000 : 20_000 }, () => '"x"').join()}]`;
    const deep = `${'{"b":'.repeat(900)}${wide}${',"a":1}'.repeat(900)}`;
    expect(await canonical(deep)).toBe(`${'{"a":1,"b":'.repeat(900)}${wide}${'}'.repeat(900)}`);
  });
});

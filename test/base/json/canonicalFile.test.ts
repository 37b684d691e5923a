import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wholeOf } from '../../../src/base/json/bytes.ts';
import { CanonicalWriter } from '../../../src/base/json/canonical.ts';
import { CanonicalFile, TooManyKeys, TooMuchDisorder } from '../../../src/base/json/canonicalFile.ts';
import { DuplicateKey } from '../../../src/base/json/canonicalText.ts';
import { MalformedJson, readJson } from '../../../src/base/json/reader.ts';
import { LONG } from '../../support/long.ts';
import { inPieces, openSpool } from '../../support/scratch.ts';

let folder: Awaited<ReturnType<typeof openSpool>>;
beforeAll(async () => {
  folder = await openSpool();
});
afterAll(() => folder[Symbol.asyncDispose]());

const isReference = (s: string) => s.startsWith('ref:');

interface Made {
  readonly replacement?: (reference: string) => string;
  /** How many bytes stay in memory. */
  readonly memory?: number;
  /** The size of the pieces in which the source is read. */
  readonly piece?: number;
  readonly keyMemory?: number;
}

/** The canonical form, made in a file; every string that begins with `ref:` is a reference. */
async function inFile(
  text: string | Buffer,
  { replacement, memory = 64, piece = 7, keyMemory }: Made = {},
): Promise<Uint8Array> {
  const file = () => folder.spool.file('ann');
  const writer = new CanonicalFile({
    file,
    path: () => '/there',
    memory,
    sortedAtOnce: 4 * memory,
    ...(replacement && { replacement }),
    ...(keyMemory && { keyMemory }),
  });
  try {
    await readJson(inPieces(typeof text === 'string' ? Buffer.from(text) : text, piece), {
      open: (isObject) => writer.open(isObject),
      close: () => writer.close(),
      key: (key, offset) => writer.key(key, offset, isReference(key)),
      scalar: (kind, value, { start }) =>
        kind === 'string' && isReference(value) ? writer.reference(value) : writer.scalar(kind, value, start),
      piece: (part) => writer.piece(part),
      block: (bytes, start) => writer.block(bytes, start),
      pause: () => writer.pause(),
    });
    const bytes = await wholeOf(await writer.finish());
    expect(writer.unresolved).toBe(replacement === undefined && Buffer.from(bytes).includes('"ref:'));
    return bytes;
  } finally {
    await writer.discard();
    expect(folder.spool.held).toBe(0);
  }
}

/** The same in memory. */
async function inMemory(text: string, replacement = (r: string) => r): Promise<string> {
  const bytes = Buffer.from(text);
  const writer = new CanonicalWriter(bytes);
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

const json = (text: fc.Arbitrary<string>) =>
  fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      text,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value')),
      fc.dictionary(text, tie('value'), { noNullPrototype: true, maxKeys: 40 }),
    ),
  })).value;
const pieces = fc.integer({ min: 5, max: 40 });
const memory = fc.constantFrom(16, 64, 1_024, 1_000_000);

describe('the canonical form made in a file', () => {
  it('equals the one made in memory, whatever the pieces of the text and the size of the memory', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ maxLength: 3 }),
      fc.constantFrom('é\n', '"', '😀'),
    );
    await fc.assert(
      fc.asyncProperty(
        json(text),
        pieces,
        memory,
        fc.constantFrom('', '\n  '),
        async (value, piece, memory, indent) => {
          const source = JSON.stringify(value, null, indent);
          expect((await inFile(source, { piece, memory })).toString()).toBe(await inMemory(source));
        },
      ),
      { numRuns: LONG ? 200 : 20 },
    );
  });

  it('is the same with references, once their replacements are known', async () => {
    const text = fc.oneof(
      fc.constantFrom('x', 'yy', 'zzz'),
      fc.integer({ min: 0, max: 30 }).map((i) => `ref:${i}`),
    );
    const replacement = (t: string) => (isReference(t) ? `${'9'.repeat(Number(t.slice(4)))}/${t.slice(4)}/1` : t);
    await fc.assert(
      fc.asyncProperty(json(text), pieces, memory, async (value, piece, memory) => {
        const source = JSON.stringify(value);
        await inFile(source, { piece, memory });
        const made = await inFile(source, { piece, memory, replacement });
        expect(made.toString()).toBe(await inMemory(source, replacement));
      }),
      { numRuns: LONG ? 200 : 20 },
    );
  });

  it.each([
    ['"\\u00e9\\/\\u001f\\ud83d\\ude00\\\\u001f"', '"é/\\u001F😀\\\\u001f"'],
    ['{ "\\u0062" : 1 , "a" : { } }', '{"a":{},"b":1}'],
    [' [ 1.0 , 1e400, -0.0E+00 ] ', '[1.0,1e400,-0.0E+00]'],
  ])('of %s is %s', async (text, form) => {
    expect((await inFile(text)).toString()).toBe(form);
  });

  it('contains long strings that were never in memory as a whole, whatever their characters', async () => {
    const long = 'AC\\n\\u00e9é😀\\ud83d\\ude00'.repeat(130_000);
    const source = Buffer.from(`{"b":["z"],"a":"${long}x"}`);
    const made = await inFile(source, { piece: 64 * 1024, memory: 1_000_000 });
    const text = 'AC\\néé😀😀'.repeat(130_000);
    expect(Buffer.from(made).equals(Buffer.from(`{"a":"${text}x","b":["z"]}`))).toBe(true);
  });

  it('refuses duplicate keys, in memory and in the file', async () => {
    const wide = `[${'0,'.repeat(10_000)}0]`;
    for (const text of ['{"a":1,"a":2}', `{"a":${wide},"b":2,"a":3}`, `[{"x":{"a":${wide},"\\u0061":2}}]`]) {
      await expect(inFile(text)).rejects.toThrow(DuplicateKey);
    }
    const replacement = () => '1/1/1';
    await expect(inFile('{"ref:1":1,"ref:2":2}', { replacement })).rejects.toThrow(DuplicateKey);
    // Without replacements, references are different.
    expect((await inFile('{"ref:2":1,"ref:1":2}')).toString()).toContain('"ref:1":2');
  });

  it('refuses lone surrogates and invalid JSON, wherever the pieces are cut', async () => {
    for (const bytes of [
      [0x22, 0xc3, 0x22],
      [0x22, 0xf0, 0x9f, 0x98],
      [0x22, 0xff, 0x22],
      [0x5b, 0x31, 0x2c],
    ]) {
      await expect(inFile(Buffer.from(bytes), { piece: 5 })).rejects.toThrow(MalformedJson);
    }
  });

  it('refuses large objects that are out of order at too many levels, and accepts some levels', async () => {
    const wide = `"${'x'.repeat(2_000_000)}"`;
    const nested = (levels: number) => `${'{"b":'.repeat(levels)}${wide}${',"a":1}'.repeat(levels)}`;
    const some = await inFile(nested(8), { memory: 64 * 1024, piece: 512 * 1024 });
    expect(some.toString()).toBe(`${'{"a":1,"b":'.repeat(8)}${wide}${'}'.repeat(8)}`);
    const tooMany = inFile(nested(900), { memory: 64 * 1024, piece: 512 * 1024 });
    await expect(tooMany).rejects.toThrow(TooMuchDisorder);
  });

  it('bounds the memory for keys that are sorted together, as KBase does', async () => {
    const keys = (count: number) => `{${Array.from({ length: count }, (_, i) => `"k${count - i}":0`).join()}}`;
    const refused = inFile(`{"x":${keys(200)}}`, { keyMemory: 10_000 });
    await expect(refused).rejects.toThrow(TooManyKeys);
    await expect(refused).rejects.toThrow(
      'Memory necessary for sorting map keys exceeds the limit 10000 bytes at /there',
    );
    // The keys of closed objects need no memory any more.
    await inFile(`[${Array.from({ length: 10 }, () => keys(50)).join()}]`, { keyMemory: 10_000 });
  });
});

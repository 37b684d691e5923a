import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listIn, textsIn } from '../../src/cli/inputFiles.ts';
import { instantOf } from '../../src/cli/times.ts';
import { temporaryFolder } from '../support/running.ts';

const now = new Date('2026-11-28T12:34:56.000Z');
const read = (text: string, unsigned: 'past' | 'future' = 'past') => instantOf(text, { flag: '--from', now, unsigned });
const midnight = (year: number, month: number, day: number) => new Date(year, month - 1, day).toISOString();

describe('a time on the command line', () => {
  it.each([
    ['now', '2026-11-28T12:34:56.000Z'],
    ['1h', '2026-11-28T11:34:56.000Z'],
    ['-90m', '2026-11-28T11:04:56.000Z'],
    ['1d12h', '2026-11-27T00:34:56.000Z'],
    ['2w ago', '2026-11-14T12:34:56.000Z'],
    ['+7d', '2026-12-05T12:34:56.000Z'],
    ['in 30s', '2026-11-28T12:35:26.000Z'],
  ])('may be a length of time: %s', (text, expected) => expect(read(text)).toBe(expected));

  it('leads to the future where a right ends', () => expect(read('1h', 'future')).toBe('2026-11-28T13:34:56.000Z'));

  it('may be a day of the local time zone', () => {
    const [year, month, day] = [now.getFullYear(), now.getMonth() + 1, now.getDate()];
    expect(read('today')).toBe(midnight(year, month, day));
    expect(read('yesterday')).toBe(midnight(year, month, day - 1));
    expect(read('tomorrow')).toBe(midnight(year, month, day + 1));
    expect(read('2026-11-28')).toBe(midnight(2026, 11, 28));
    expect(read('2026-11-28 18:30')).toBe(new Date(2026, 10, 28, 18, 30).toISOString());
  });

  it('is sent as it is when it is complete', () => {
    for (const text of ['2026-11-28T12:00:00Z', '2026-11-23T18:05:07+0000']) expect(read(text)).toBe(text);
  });

  it.each(['', 'soon', '2026-02-30', '2026-11-28 25:00', '1y', '-1h ago', '9999999999999d'])(
    'is refused with what would be right: %s',
    (text) => expect(() => read(text)).toThrow(/^--from must be a time, such as 2h, .* \(was: /),
  );
});

describe('a list on the command line', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(() => folder[Symbol.asyncDispose]());
  const texts = async (content: string) => {
    const file = join(folder.path, 'list');
    await writeFile(file, content);
    return textsIn(`@${file}`, '--users');
  };

  it('may be the lines of a file, JSON texts on lines, or a JSON list', async () => {
    for (const content of ['ann\n\n  bea  \n', '"ann"\n"bea"\n', '["ann",\n "bea"]']) {
      expect(await texts(content)).toEqual(['ann', 'bea']);
    }
  });

  it('has texts that begin with @ after another @', () => expect(textsIn('@@ann', '--users')).toEqual(['@ann']));

  it('is refused if it is empty, not there, or has other items', async () => {
    await expect(texts('\n')).rejects.toThrow('has no lines');
    await expect(texts('["ann", 5]')).rejects.toThrow('must be a text');
    expect(() => textsIn(`@${folder.path}/none`, '--users')).toThrow('cannot be read (ENOENT)');
  });

  it('of objects may be NDJSON', () => {
    expect(listIn('{"a":1}\n{"a":2}\n', '--grants')).toEqual([{ a: 1 }, { a: 2 }]);
    expect(() => listIn('{"a":1}\nb\n', '--grants')).toThrow('item 2 is none');
  });
});

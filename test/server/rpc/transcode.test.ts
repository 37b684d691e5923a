import { describe, expect, it } from 'vitest';
import { StewardError } from '../../../src/base/errors.ts';
import { asUtf8 } from '../../../src/server/rpc/transcode.ts';

const TEXT = '{"é":"😀\u0000","a":[1]}';
const utf16 = (text: string, mark = '') => Buffer.from(mark + text, 'utf16le');
const utf32 = (text: string, mark = '') =>
  Buffer.from(new Uint32Array([...(mark + text)].map((c) => c.codePointAt(0) ?? 0)).buffer);

describe('a body in another encoding', () => {
  it.each([
    ['UTF-8', Buffer.from(TEXT)],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${TEXT}`)],
    ['UTF-16LE', utf16(TEXT)],
    ['UTF-16LE with a mark', utf16(TEXT, '\ufeff')],
    ['UTF-16BE', utf16(TEXT).swap16()],
    ['UTF-16BE with a mark', utf16(TEXT, '\ufeff').swap16()],
    ['UTF-32LE', utf32(TEXT)],
    ['UTF-32LE with a mark', utf32(TEXT, '\ufeff')],
    ['UTF-32BE', utf32(TEXT).swap32()],
    ['UTF-32BE with a mark', utf32(TEXT, '\ufeff').swap32()],
  ])('becomes UTF-8: %s', async (_, body) => {
    expect(Buffer.from(await asUtf8(body)).toString()).toBe(TEXT);
  });

  it('is complete if it is long, also with a character across two pieces', async () => {
    const long = `"${'x'.repeat(32_766)}${'😀'.repeat(40_000)}"`;
    expect(Buffer.from(await asUtf8(utf16(long))).toString()).toBe(long);
    expect(Buffer.from(await asUtf8(utf32(long))).toString()).toBe(long);
  });

  it('without bytes stays empty', async () => {
    expect((await asUtf8(new Uint8Array())).length).toBe(0);
  });

  it.each([
    ['half a character', Buffer.concat([utf16('{"a":"'), Buffer.from([0x00, 0xd8]), utf16('"}')])],
    ['an odd length', Buffer.concat([utf16('{}'), Buffer.from([0x20])])],
    ['no code point', Buffer.concat([utf32('{"a"'), Buffer.from([0, 0, 0x11, 0])])],
    ['a length that is no multiple of four', Buffer.concat([utf32('{}'), Buffer.from([0x20])])],
    ['too many bytes', utf16(`"${'x'.repeat(9_000_000)}"`)],
  ])('is refused with %s', async (_, body) => {
    const refused = await asUtf8(body).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(StewardError);
    expect((refused as StewardError).reason).toBe('parse_error');
  });
});

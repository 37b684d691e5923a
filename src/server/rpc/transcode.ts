import { refuse } from '../../base/errors.ts';
import { partOf, type SlicedBytes, wholeOf } from '../../base/json/bytes.ts';
import { nextTurn, turnIsOver } from '../../base/json/turns.ts';

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'utf-32le' | 'utf-32be';

/** The largest body in another encoding, since it is copied. */
const MAX_BYTES = 16 * 1024 * 1024;
const SLICE = 64 * 1024;

/**
 * A JSON body in UTF-8, without a byte order mark. KBase's parser takes UTF-16 and UTF-32 as well, and detects them by
 * the mark or by the zeros in the first four bytes (RFC 4627, section 3).
 *
 * @throws parse_error if the body is not valid in its encoding
 */
export async function asUtf8(body: Uint8Array): Promise<Uint8Array>;
export async function asUtf8(body: Uint8Array | SlicedBytes): Promise<Uint8Array | SlicedBytes>;
export async function asUtf8(body: Uint8Array | SlicedBytes): Promise<Uint8Array | SlicedBytes> {
  const [encoding, mark] = encodingOf(await wholeOf(partOf(body, 0, 4)));
  if (encoding === 'utf-8') return partOf(body, mark, body.length);
  if (body.length > MAX_BYTES) throw refuse('parse_error', `a body of more than ${MAX_BYTES} bytes must be UTF-8`);
  const text = (await wholeOf(body)).subarray(mark);
  const size = encoding.startsWith('utf-16') ? 2 : 4;
  const pieces: Buffer[] = [];
  const decoder = new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true });
  try {
    for (let start = 0; start < text.length; start += SLICE) {
      if (start > 0 && turnIsOver()) await nextTurn();
      const slice = Buffer.from(text.subarray(start, start + SLICE));
      if (encoding === 'utf-16be') slice.swap16();
      if (encoding === 'utf-32be') slice.swap32();
      const stream = start + SLICE < text.length;
      pieces.push(Buffer.from(size === 2 ? decoder.decode(slice, { stream }) : fromUtf32(slice)));
    }
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw refuse('parse_error', `it is not valid ${encoding.slice(0, 6).toUpperCase()}`);
  }
  return Buffer.concat(pieces);
}

/** The encoding, and the length of its byte order mark. */
function encodingOf(body: Uint8Array): readonly [Encoding, number] {
  const [a, b, c, d] = body;
  if (a === 0xef && b === 0xbb && c === 0xbf) return ['utf-8', 3];
  if (a === 0xff && b === 0xfe && c === 0 && d === 0) return ['utf-32le', 4];
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return ['utf-32be', 4];
  if (a === 0xff && b === 0xfe) return ['utf-16le', 2];
  if (a === 0xfe && b === 0xff) return ['utf-16be', 2];
  if (d !== undefined && a === 0 && b === 0 && c === 0 && d !== 0) return ['utf-32be', 0];
  if (d !== undefined && a !== 0 && b === 0 && c === 0 && d === 0) return ['utf-32le', 0];
  if (b !== undefined && a === 0 && b !== 0) return ['utf-16be', 0];
  if (a !== undefined && a !== 0 && b === 0) return ['utf-16le', 0];
  return ['utf-8', 0];
}

/** @throws RangeError for an invalid code point, and for a length that is not a multiple of four */
function fromUtf32(slice: Buffer): string {
  const points = Array.from({ length: Math.ceil(slice.length / 4) }, (_, i) => slice.readUInt32LE(i * 4));
  return points.map((point) => String.fromCodePoint(point)).join('');
}

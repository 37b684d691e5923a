/** Bytes that may be too many for memory. They can be read in pieces, from the beginning, several times. */
export interface Bytes {
  readonly length: number;
  /** Pieces of at most some megabytes. A piece is valid until the next one is read. */
  pieces(): AsyncIterable<Uint8Array>;
}

export interface SlicedBytes extends Bytes {
  slice(start: number, end: number): SlicedBytes;
}

export function partOf(bytes: Uint8Array, start: number, end: number): Uint8Array;
export function partOf(bytes: Uint8Array | SlicedBytes, start: number, end: number): Uint8Array | SlicedBytes;
export function partOf(bytes: Uint8Array | SlicedBytes, start: number, end: number): Uint8Array | SlicedBytes {
  return bytes instanceof Uint8Array ? bytes.subarray(start, end) : bytes.slice(start, Math.min(end, bytes.length));
}

/** All bytes in memory. The caller must know that they fit. */
export async function wholeOf(bytes: Uint8Array | Bytes): Promise<Uint8Array> {
  if (bytes instanceof Uint8Array) return bytes;
  const whole = Buffer.allocUnsafe(bytes.length);
  let at = 0;
  for await (const piece of bytes.pieces()) {
    whole.set(piece, at);
    at += piece.length;
  }
  if (at !== bytes.length) throw new Error(`expected ${bytes.length} bytes, and read ${at}`);
  return whole;
}

export async function* piecesOf(bytes: Uint8Array | Bytes): AsyncGenerator<Uint8Array> {
  if (bytes instanceof Uint8Array) yield bytes;
  else yield* bytes.pieces();
}

/** Data of more bytes is read and stored by itself, in pieces. */
const SMALL = 256 * 1024;
/** The bytes of small data that are read at once. */
const MAX_TOGETHER = 8_000_000;
/** How many large data are read at a time. */
export const LARGE_TOGETHER = 4;

export type SizedBlob = readonly [checksum: string, size: number];

export const isSmall = ([, size]: SizedBlob): boolean => size <= SMALL;

/** The checksums of small data, as many at a time as are read at once. */
export function* togetherOf(small: readonly SizedBlob[]): Generator<readonly string[]> {
  let together: string[] = [];
  let bytes = 0;
  for (const [checksum, size] of small) {
    together.push(checksum);
    bytes += size;
    if (bytes <= MAX_TOGETHER) continue;
    yield together;
    [together, bytes] = [[], 0];
  }
  if (together.length > 0) yield together;
}

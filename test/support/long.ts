/** True in `npm run test:long`, which runs every case, and everything at full size. */
export const LONG = process.env.STEWARD_TEST_LONG !== undefined;

/**
 * Hands out these values in turn, `count` at a time, so that many cases with a few each cover all of them. In the long
 * run every case gets them all.
 */
export function inTurn<T>(values: readonly T[], count: number): () => readonly T[] {
  if (LONG || count >= values.length) return () => values;
  let next = 0;
  return () => {
    const given = Array.from({ length: count }, (_, i) => values[(next + i) % values.length] as T);
    next = (next + count) % values.length;
    return given;
  };
}

/** As many of these as that, spread evenly over all, the first among them. In the long run all of them. */
export function spread<T>(values: readonly T[], count: number): readonly T[] {
  if (LONG || count >= values.length) return values;
  return Array.from({ length: count }, (_, i) => values[Math.floor((i * values.length) / count)] as T);
}

/**
 * How often a property is tried that also counts what came of it: in the long run on other values each time, else always
 * on the same few, since few at random may leave a count at nothing.
 */
export const counted = (inLongRun: number, otherwise: number): { readonly numRuns: number; readonly seed?: number } =>
  LONG ? { numRuns: inLongRun } : { numRuns: otherwise, seed: 1 };

import { setImmediate as immediate } from 'node:timers/promises';

/** So many are sent at once: it takes a few milliseconds to write them as BSON. */
const SLICE = 500;

/** Does the work for all of these, in order, a slice at a time; between two of them others get their turn. */
export async function inSlices<T>(all: readonly T[], work: (slice: readonly T[]) => Promise<void>): Promise<void> {
  for (let from = 0; from < all.length; from += SLICE) {
    if (from > 0) await immediate();
    await work(all.length <= SLICE ? all : all.slice(from, from + SLICE));
  }
}

import { setImmediate as immediate } from 'node:timers/promises';

/** Serializing this many documents takes a few milliseconds. */
const SLICE = 500;

/** Processes the items in order, a slice at a time, letting other work run between slices. */
export async function inSlices<T>(all: readonly T[], work: (slice: readonly T[]) => Promise<void>): Promise<void> {
  for (let from = 0; from < all.length; from += SLICE) {
    if (from > 0) await immediate();
    await work(all.length <= SLICE ? all : all.slice(from, from + SLICE));
  }
}

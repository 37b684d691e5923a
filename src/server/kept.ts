import { setTimeout as sleep } from 'node:timers/promises';
import { SingleFlight } from '../store/singleFlight.ts';

/** How long an answer to everybody is kept, so that many requests cost the database no more than one. */
const KEPT_MS = 1_000;
/** How long the metrics wait for the database. */
const PATIENCE_MS = 200;

/** A value that is read at most once in a while. */
export function kept<T>(read: () => Promise<T>): () => Promise<T> {
  let value: T;
  let readAt = Number.NEGATIVE_INFINITY;
  const reading = new SingleFlight(async () => {
    value = await read();
    readAt = performance.now();
  });
  return async () => {
    if (performance.now() - readAt > KEPT_MS) await reading.run();
    return value;
  };
}

/** The last value that was read, for metrics: these are most needed while the database is away or stands still. */
export function latest<T>(read: () => Promise<T>, first: T): () => Promise<T> {
  let value = first;
  const renew = kept(async () => {
    value = await read();
  });
  return async () => {
    const renewed = renew().catch(() => undefined);
    await Promise.race([renewed, sleep(PATIENCE_MS, undefined, { ref: false })]);
    return value;
  };
}

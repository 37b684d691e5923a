import { type Cache, cacheOf } from '../base/cache.ts';

interface Entry<V> {
  readonly value: V;
  readonly from: number;
  readonly until: number;
}

/**
 * Answers that may be believed for a while: at most `max` of them, the least recently used forgotten first. Each is
 * believed from the instant it was learned until, and not at, the instant it was given; under a clock that was set back
 * it is not believed either, so that no answer lives longer than it may.
 */
export class Remembered<V> {
  readonly #entries: Cache<Entry<V>>;

  constructor(max: number) {
    this.#entries = cacheOf(max);
  }

  get(key: string, now: Date): V | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.from <= now.getTime() && now.getTime() < entry.until ? entry.value : undefined;
  }

  set(key: string, value: V, now: Date, until: Date): void {
    this.#entries.set(key, { value, from: now.getTime(), until: until.getTime() });
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }
}

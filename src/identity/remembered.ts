import { type Cache, cacheOf } from '../base/cache.ts';

interface Entry<V> {
  readonly value: V;
  readonly from: number;
  readonly until: number;
}

/**
 * A cache whose entries expire: at most `max` of them, the least recently used evicted first. An entry is valid from
 * the instant at which it was set until just before it expires. If the clock was set back before that instant, the
 * entry is not valid either, so that none lives longer than it may.
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

  set(key: string, value: V, { from, until }: { readonly from: Date; readonly until: Date }): void {
    this.#entries.set(key, { value, from: from.getTime(), until: until.getTime() });
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }
}

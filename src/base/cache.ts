import { LRUCache } from 'lru-cache';

export type Cache<V extends {}> = LRUCache<string, V>;

/**
 * A cache of at most `max` values; the least recently used is forgotten first. The bound is given to the library as a
 * size: for a number of entries it allocates memory for all of them at once.
 *
 * @param ttl how long a value is remembered, in ms; without end by default
 */
export function cacheOf<V extends {}>(max: number, { ttl = 0 } = {}): Cache<V> {
  return new LRUCache({ maxSize: max, sizeCalculation: () => 1, ttl });
}

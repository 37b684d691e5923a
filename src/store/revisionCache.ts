import { LRUCache } from 'lru-cache';
import { defined } from '../base/defined.ts';
import type { Collection, Filter, FindOptions, Part, Reader, Stored, Wanted } from './collection.ts';
import { bsonSize } from './size.ts';
import { unwrapped } from './witness.ts';

/** The maximum size of all entries, in bytes of BSON. */
const MAX_SIZE_BYTES = 24_000_000;
/** Larger documents are not cached. */
const MAX_ENTRY_BYTES = 80_000;
/** The minimum size that an entry counts as, so that there are at most 100,000. */
const MIN_ENTRY_BYTES = 240;

type Entry = Part<Stored, never>;

/**
 * A cache of parts of documents, for lists. Only ids and revisions are queried, and parts that have changed. Every change
 * raises the revision, so an entry with the current revision is current.
 */
export class RevisionCache {
  readonly #reader: Reader;
  readonly #entries = new LRUCache<string, Entry>({
    maxSize: MAX_SIZE_BYTES,
    maxEntrySize: MAX_ENTRY_BYTES,
    sizeCalculation: (part) => Math.max(MIN_ENTRY_BYTES, bsonSize(part)),
  });

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** The cache of this reader. */
  static of(reader: Reader): RevisionCache {
    const by = unwrapped(reader);
    const known = caches.get(by) ?? new RevisionCache(by);
    caches.set(by, known);
    return known;
  }

  /** As `reader.parts`. An unchanged document gives the same object each time, which must not be changed. */
  async parts<T extends Stored, K extends keyof T & string>(
    from: Collection<T>,
    filter: Filter,
    { fields, items, expiring, upTo, ...options }: Wanted<K> & FindOptions,
  ): Promise<Part<T, K>[]> {
    const reader = this.#reader;
    const wanted = { fields, ...defined({ items, expiring, upTo }) };
    const what = `${from.name}|${fields.join()}|${JSON.stringify([items, expiring, upTo])}|`;
    const heads = await reader.parts(from, filter, { fields: [], ...options, packed: true });
    const found = heads.map((head) => this.#fresh(what, head));
    const missing = heads.filter((_, i) => found[i] === undefined);
    if (missing.length === 0) return found as unknown as Part<T, K>[];
    const ids = missing.map((head) => head._id);
    // A failover may undo a revision and give its number to other content, so only committed parts are cached.
    const parts = await reader.parts(from, { _id: { $in: ids } }, { ...wanted, committed: true });
    const read = new Map(parts.map((part) => [part._id, part]));
    for (const part of read.values()) this.#entries.set(what + part._id, part);
    const all = heads.map((head, i) => found[i] ?? same(head, read.get(head._id)));
    // A document changed between the two reads and may no longer match the filter.
    if (all.includes(undefined)) return reader.parts(from, filter, { ...wanted, ...options });
    return all as unknown as Part<T, K>[];
  }

  #fresh(what: string, head: Entry): Entry | undefined {
    return same(head, this.#entries.get(what + head._id));
  }
}

const caches = new WeakMap<Reader, RevisionCache>();

const same = (head: Entry, part: Entry | undefined) => (part?.revision === head.revision ? part : undefined);

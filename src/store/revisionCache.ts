import { LRUCache } from 'lru-cache';
import { defined } from '../base/defined.ts';
import type { Collection, Filter, FindOptions, Part, Reader, Stored, Wanted } from './collection.ts';
import { bsonSize } from './size.ts';

/** All documents together, in bytes of BSON. */
const MAX_SIZE_BYTES = 24_000_000;
/** A document larger than this is read anew each time. */
const MAX_ENTRY_BYTES = 80_000;
/** What even the smallest counts for, so that there are at most 100,000. */
const MIN_ENTRY_BYTES = 240;

type Entry = Part<Stored, never>;

/**
 * Parts of documents that were read before, for lists of them: only ids and revisions are asked for, and what changed.
 * Every change raises the revision, so what has the revision of the database is what the database has.
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
    const known = caches.get(reader) ?? new RevisionCache(reader);
    caches.set(reader, known);
    return known;
  }

  /** As `reader.parts`; an unchanged document gives the same object each time, which nobody may change. */
  async parts<T extends Stored, K extends keyof T & string>(
    from: Collection<T>,
    filter: Filter,
    { fields, items, upTo, ...options }: Wanted<K> & FindOptions,
  ): Promise<Part<T, K>[]> {
    const reader = this.#reader;
    const wanted = { fields, ...defined({ items, upTo }) };
    const what = `${from.name}|${fields.join()}|${JSON.stringify([items, upTo])}|`;
    const heads = await reader.parts(from, filter, { fields: [], ...options });
    const found = heads.map((head) => this.#fresh(what, head));
    const missing = heads.filter((_, i) => found[i] === undefined);
    if (missing.length === 0) return found as unknown as Part<T, K>[];
    const ids = missing.map((head) => head._id);
    // A revision that a failover takes back may be given again, to another content: none of that kind is remembered.
    const parts = await reader.parts(from, { _id: { $in: ids } }, { ...wanted, committed: true });
    const read = new Map(parts.map((part) => [part._id, part]));
    for (const part of read.values()) this.#entries.set(what + part._id, part);
    const all = heads.map((head, i) => found[i] ?? same(head, read.get(head._id)));
    // Something changed between the two reads, and may not match the filter any more.
    if (all.includes(undefined)) return reader.parts(from, filter, { ...wanted, ...options });
    return all as unknown as Part<T, K>[];
  }

  #fresh(what: string, head: Entry): Entry | undefined {
    return same(head, this.#entries.get(what + head._id));
  }
}

const caches = new WeakMap<Reader, RevisionCache>();

const same = (head: Entry, part: Entry | undefined) => (part?.revision === head.revision ? part : undefined);

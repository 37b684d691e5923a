import { type Cache, cacheOf } from '../../base/cache.ts';
import { type Bytes, wholeOf } from '../../base/json/bytes.ts';
import { Coalescer, type Waiting } from '../../store/coalescer.ts';
import { collection, type Stored } from '../../store/collection.ts';
import type { Database } from '../../store/database.ts';

/** The data of versions, stored once for each checksum: inline if it is small, else in a file of this name. */
export interface Content extends Stored {
  /** MD5 of the canonical form, hexadecimal. */
  readonly _id: string;
  readonly size: number;
  readonly inline?: Uint8Array;
  /** When it was last saved: a content that no version has is removed an hour later. */
  readonly createdAt: Date;
}

export const contents = collection<Content>('contents', {
  indexes: [
    { key: { createdAt: 1 }, name: 'content_age' },
    // It has no entries. A Steward from before database formats fails to make its own index of this name; the error
    // shows this key.
    { key: { 'this database needs a newer Steward': 1 }, name: 'content_created', sparse: true },
  ],
  sharding: { key: { _id: 'hashed' }, why: 'it is read and written by checksum alone' },
});

/** The bytes of inline content. The driver gives a binary value as an object of its own around the bytes. */
export function inlineBytes(inline: NonNullable<Content['inline']>): Uint8Array {
  return 'buffer' in inline && inline.buffer instanceof Uint8Array ? inline.buffer : inline;
}

/** The bytes of the largest content that is stored inline. */
const MAX_INLINE = 256 * 1024;
/** A content stays this long without a version; the transaction that commits one lasts a minute at most. */
export const KEPT_MS = 60 * 60_000;
/** A content that was stored this recently is not stored again. */
const FRESH_MS = 20 * 60_000;
const MAX_FRESH = 100_000;

/** The contents that are stored in one write. */
const MAX_GROUP = 100;

interface Put {
  readonly id: string;
  readonly insert: Pick<Content, 'size' | 'inline'>;
}

/** Stores the data of versions, outside of any transaction and before the versions are committed. */
export class Contents {
  readonly #database: Database;
  /** Resolves to whether the content is new. */
  readonly #puts = new Coalescer<Put, boolean>({ take: () => MAX_GROUP, write: (group) => this.#write(group) });
  readonly #fresh: Cache<true>;

  /** @param maxRemembered how many checksums of what was stored lately are remembered */
  constructor(database: Database, maxRemembered = MAX_FRESH) {
    this.#database = database;
    this.#fresh = cacheOf<true>(maxRemembered, { ttl: FRESH_MS });
  }

  /** Stores the data, or keeps existing data from being removed. Stored data survives a failover. */
  async store(checksum: string, bytes: Uint8Array | Bytes): Promise<void> {
    if (this.#fresh.has(checksum)) return;
    if (bytes.length <= MAX_INLINE)
      await this.#puts.join({ id: checksum, insert: { size: bytes.length, inline: await wholeOf(bytes) } });
    else await this.#storeFile(checksum, bytes);
    this.#fresh.set(checksum, true);
  }

  /**
   * As {@link store} for data of which most is new, all at once, which costs the database much less.
   *
   * @param each by checksum; small enough to be stored inline, and together for one command
   */
  async storeNew(each: ReadonlyMap<string, Uint8Array>): Promise<void> {
    const missing = [...each].filter(([checksum]) => !this.#fresh.has(checksum));
    if (missing.length === 0) return;
    const raise = { createdAt: new Date() };
    const upserts = missing.map(([id, inline]) => ({ id, raise, insert: { size: inline.length, inline } }));
    await this.#database.upsertNew(contents, upserts);
    for (const [checksum] of missing) this.#fresh.set(checksum, true);
  }

  async #storeFile(checksum: string, bytes: Uint8Array | Bytes): Promise<void> {
    const known = await this.#database.get(contents, checksum);
    const file = known === null ? await this.#database.files.write(checksum, bytes) : undefined;
    const isNew = await this.#puts.join({ id: checksum, insert: { size: bytes.length } });
    // The content was removed meanwhile, with its file.
    if (isNew && file === undefined) await this.#database.files.write(checksum, bytes);
    // Another save stored the same first.
    if (!isNew && file !== undefined) await this.#database.files.remove(file);
  }

  async #write(group: readonly Waiting<Put, boolean>[]): Promise<undefined> {
    const raise = { createdAt: new Date() };
    const kept = group.map(({ item }) => ({ ...item, raise }));
    const added = await this.#database.upsertEach(contents, kept);
    for (const { item, resolve } of group) resolve(added.has(item.id));
  }
}

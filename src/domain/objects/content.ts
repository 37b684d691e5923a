import { cacheOf } from '../../base/cache.ts';
import { type Bytes, wholeOf } from '../../base/json/bytes.ts';
import { Coalescer, type Waiting } from '../../store/coalescer.ts';
import { collection, type Stored } from '../../store/collection.ts';
import type { Database } from '../../store/database.ts';

/** The data of versions, once for each checksum. What is small stands inline; else a file of this name does. */
export interface Content extends Stored {
  /** MD5 of the canonical form, hexadecimal. */
  readonly _id: string;
  readonly size: number;
  readonly inline?: Uint8Array;
  /** When a save last put it here: a content that no version has is swept away an hour after that. */
  readonly createdAt: Date;
}

export const contents = collection<Content>('contents', {
  indexes: [
    { key: { createdAt: 1 }, name: 'content_age' },
    // Has no entries: a Steward of before formats wants another index of this name, fails, and shows these words.
    { key: { 'this database needs a newer Steward': 1 }, name: 'content_created', sparse: true },
  ],
});

/** The largest data that stands inline. */
const MAX_INLINE = 256 * 1024;
/** Who put a content here has so long to commit a version with it: the transaction that does may last a minute. */
export const KEPT_MS = 60 * 60_000;
/** A content that was put here this lately need not be put here again. */
const FRESH_MS = 20 * 60_000;
const MAX_FRESH = 100_000;

/** So many contents one write takes. */
const MAX_GROUP = 100;

interface Put {
  readonly id: string;
  readonly insert: Pick<Content, 'size' | 'inline'>;
}

/** Puts data where versions find it, before they are committed and outside of any transaction. */
export class Contents {
  readonly #database: Database;
  /** Whether each was not there before. */
  readonly #puts = new Coalescer<Put, boolean>({ take: () => MAX_GROUP, write: (group) => this.#write(group) });
  readonly #fresh = cacheOf<true>(MAX_FRESH, { ttl: FRESH_MS });

  constructor(database: Database) {
    this.#database = database;
  }

  /** Stores the data, or sees to it that what is there already stays. Once it resolves, no failover takes it back. */
  async store(checksum: string, bytes: Uint8Array | Bytes): Promise<void> {
    if (this.#fresh.has(checksum)) return;
    if (bytes.length <= MAX_INLINE)
      await this.#puts.join({ id: checksum, insert: { size: bytes.length, inline: await wholeOf(bytes) } });
    else await this.#storeFile(checksum, bytes);
    this.#fresh.set(checksum, true);
  }

  async #storeFile(checksum: string, bytes: Uint8Array | Bytes): Promise<void> {
    const known = await this.#database.get(contents, checksum);
    const file = known === null ? await this.#database.files.write(checksum, bytes) : undefined;
    const isNew = await this.#puts.join({ id: checksum, insert: { size: bytes.length } });
    // It was swept away meanwhile, with its file.
    if (isNew && file === undefined) await this.#database.files.write(checksum, bytes);
    // Somebody else stored the same first.
    if (!isNew && file !== undefined) await this.#database.files.remove(file);
  }

  async #write(group: readonly Waiting<Put, boolean>[]): Promise<undefined> {
    const raise = { createdAt: new Date() };
    const kept = group.map(({ item }) => ({ ...item, raise }));
    const added = await this.#database.keepEach(contents, kept);
    for (const { item, resolve } of group) resolve(added.has(item.id));
  }
}

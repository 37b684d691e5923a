import { type Binary, type Db, GridFSBucket, type GridFSBucketWriteStream, ObjectId } from 'mongodb';
import type { Sharded } from './shards.ts';

const NAME = 'files';
const CHUNK_BYTES = 1024 * 1024;

/** A stored file. Files with the same name have the same content. */
export interface StoredFile {
  readonly id: ObjectId;
  readonly name: string;
  readonly writtenAt: Date;
}

/** Content that is too long for memory, in pieces. A piece is valid until the next one is requested. */
export interface FileBytes {
  readonly length: number;
  pieces(): AsyncIterable<Uint8Array>;
}

interface StoredChunk {
  readonly files_id: ObjectId;
  readonly n: number;
  readonly data: Binary;
}

/** The collections of the files. They must exist before the first write of a transaction. */
export const fileCollections: readonly Sharded[] = [
  {
    name: `${NAME}.files`,
    indexes: [{ key: { filename: 1, uploadDate: 1 } }, { key: { uploadDate: 1 }, name: 'file_written' }],
  },
  {
    name: `${NAME}.chunks`,
    indexes: [{ key: { files_id: 1, n: 1 }, unique: true }],
    sharding: { key: { files_id: 1, n: 1 }, why: 'it is its unique index, and a file is read in order' },
  },
];

/** A file that is missing, or not whole. */
export class DamagedFileError extends Error {}

/** Content that is too large for a document: files in GridFS, outside of transactions. */
export class Files {
  readonly #db: Db;
  readonly #bucket: GridFSBucket;

  constructor(db: Db) {
    this.#db = db;
    const options = { bucketName: NAME, chunkSizeBytes: CHUNK_BYTES, writeConcern: { w: 'majority' } } as const;
    this.#bucket = new GridFSBucket(db, options);
  }

  /** The content of a file in one piece. */
  async read(name: string): Promise<Uint8Array> {
    const [file] = await this.#bucket.find({ filename: { $eq: name } }, { limit: 1 }).toArray();
    if (file === undefined) throw new DamagedFileError(`there is no file ${name}`);
    const bytes = Buffer.allocUnsafe(file.length);
    let at = 0;
    for await (const chunk of this.#bucket.openDownloadStream(file._id)) at += (chunk as Buffer).copy(bytes, at);
    if (at !== file.length) throw new DamagedFileError(`the file ${name} is cut short`);
    return bytes;
  }

  /**
   * The content of a file of this length in pieces. Each piece is queried when it is requested, so that a slow reader
   * holds no cursor open.
   */
  bytes(name: string, length: number): FileBytes {
    return { length, pieces: () => this.#pieces(name, length) };
  }

  /** Stores a file. Once it resolves, no failover can undo it. */
  async write(name: string, bytes: Uint8Array | FileBytes): Promise<StoredFile['id']> {
    const stream = this.#bucket.openUploadStreamWithId(new ObjectId(), name);
    // The write callbacks below report errors; this prevents an unhandled event.
    stream.on('error', () => undefined);
    try {
      if (bytes instanceof Uint8Array) await writeAll(stream, bytes);
      else for await (const piece of bytes.pieces()) await writeAll(stream, piece);
      await new Promise<void>((resolve, reject) => {
        stream.once('error', reject);
        stream.end(() => resolve());
      });
    } catch (error) {
      // If this fails too, the sweep removes the chunks.
      await stream.abort().catch(() => undefined);
      throw error;
    }
    return stream.id as ObjectId;
  }

  async remove(id: StoredFile['id']): Promise<void> {
    await this.#bucket.delete(id).catch((error) => {
      // Somebody else removed it first.
      if (!/file not found/i.test(String(error))) throw error;
    });
  }

  /** The files written between two instants, oldest first, at most `limit`. */
  async written(since: Date, before: Date, limit: number): Promise<StoredFile[]> {
    const filter = { uploadDate: { $gte: since, $lt: before } };
    const found = await this.#bucket.find(filter, { sort: { uploadDate: 1 }, limit }).toArray();
    return found.map((f) => ({ id: f._id, name: f.filename, writtenAt: f.uploadDate }));
  }

  async *#pieces(name: string, length: number): AsyncGenerator<Uint8Array> {
    const [file] = await this.#bucket.find({ filename: { $eq: name } }, { limit: 1 }).toArray();
    if (file === undefined || file.length !== length)
      throw new DamagedFileError(`there is no file ${name} of ${length} bytes`);
    const chunks = this.#db.collection<StoredChunk>(`${NAME}.chunks`);
    for (let [n, at] = [0, 0]; at < length; n += 1) {
      const chunk = await chunks.findOne({ files_id: file._id, n });
      if (chunk === null || chunk.data.length() === 0) throw new DamagedFileError(`the file ${name} is cut short`);
      yield chunk.data.buffer.subarray(0, chunk.data.length());
      at += chunk.data.length();
    }
  }

  /** Removes the chunks of unfinished files that were begun before this instant. */
  async removeUnfinished(before: Date): Promise<number> {
    const chunks = this.#db.collection(`${NAME}.chunks`);
    const oldest = ObjectId.createFromTime(Math.floor(before.getTime() / 1000));
    // Covered by the index, so that no content is read.
    const begun = chunks.find(
      { files_id: { $lt: oldest }, n: 0 },
      { projection: { _id: 0, files_id: 1 }, hint: { files_id: 1, n: 1 } },
    );
    let removed = 0;
    for await (const { files_id } of begun) {
      const finished = await this.#db.collection(`${NAME}.files`).countDocuments({ _id: files_id }, { limit: 1 });
      if (finished > 0) continue;
      await chunks.deleteMany({ files_id });
      removed += 1;
    }
    return removed;
  }
}

/** Resolves once the bytes are stored or copied. */
async function writeAll(stream: GridFSBucketWriteStream, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const piece = bytes.subarray(at, at + CHUNK_BYTES);
    await new Promise<void>((resolve, reject) => {
      stream.write(piece, (error) => (error ? reject(error) : resolve()));
    });
  }
}

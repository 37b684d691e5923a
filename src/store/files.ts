import { once } from 'node:events';
import { type Db, GridFSBucket, ObjectId } from 'mongodb';

const NAME = 'files';
const CHUNK_BYTES = 1024 * 1024;

/** A file as it is stored: several may have the same name, and then hold the same. */
export interface StoredFile {
  readonly id: ObjectId;
  readonly name: string;
  readonly writtenAt: Date;
}

/** What is too large for a document, in GridFS, by name. It is outside of every transaction. */
export class Files {
  readonly #db: Db;
  readonly #bucket: GridFSBucket;

  constructor(db: Db) {
    this.#db = db;
    const options = { bucketName: NAME, chunkSizeBytes: CHUNK_BYTES, writeConcern: { w: 'majority' } } as const;
    this.#bucket = new GridFSBucket(db, options);
  }

  /** All of a file, in one piece. */
  async read(name: string): Promise<Uint8Array> {
    const [file] = await this.#bucket.find({ filename: { $eq: name } }, { limit: 1 }).toArray();
    if (file === undefined) throw new Error(`there is no file ${name}`);
    const bytes = Buffer.allocUnsafe(file.length);
    let at = 0;
    for await (const chunk of this.#bucket.openDownloadStream(file._id)) at += (chunk as Buffer).copy(bytes, at);
    if (at !== file.length) throw new Error(`the file ${name} is cut short`);
    return bytes;
  }

  /** Stores the file; once it resolves, no failover takes it back. */
  async write(name: string, bytes: Uint8Array): Promise<StoredFile['id']> {
    const stream = this.#bucket.openUploadStreamWithId(new ObjectId(), name);
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      if (!stream.write(bytes.subarray(at, at + CHUNK_BYTES))) await once(stream, 'drain');
    }
    stream.end();
    await once(stream, 'finish');
    return stream.id as ObjectId;
  }

  async remove(id: StoredFile['id']): Promise<void> {
    await this.#bucket.delete(id).catch((error) => {
      // Somebody else removed it first.
      if (!/file not found/i.test(String(error))) throw error;
    });
  }

  /** The files written before this instant and since the other, at most `limit`, the oldest first. */
  async written(since: Date, before: Date, limit: number): Promise<StoredFile[]> {
    const filter = { uploadDate: { $gte: since, $lt: before } };
    const found = await this.#bucket.find(filter, { sort: { uploadDate: 1 }, limit }).toArray();
    return found.map((f) => ({ id: f._id, name: f.filename, writtenAt: f.uploadDate }));
  }

  /** Removes the pieces of files that nobody finished, begun before this instant. */
  async removeUnfinished(before: Date): Promise<number> {
    const chunks = this.#db.collection(`${NAME}.chunks`);
    const oldest = ObjectId.createFromTime(Math.floor(before.getTime() / 1000));
    // The index alone answers, so that no content is read.
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

  /** Its collections and indexes, which must be there before the first write of a transaction. */
  async prepare(): Promise<void> {
    await this.#db
      .collection(`${NAME}.files`)
      .createIndexes([{ key: { filename: 1, uploadDate: 1 } }, { key: { uploadDate: 1 }, name: 'file_written' }]);
    await this.#db.collection(`${NAME}.chunks`).createIndex({ files_id: 1, n: 1 }, { unique: true });
  }
}

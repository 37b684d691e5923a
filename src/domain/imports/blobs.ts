import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '../../base/errors.ts';
import type { Bytes } from '../../base/json/bytes.ts';
import type { ForeignDatabase } from '../../store/foreignDatabase.ts';

/** Where KBase keeps the data of objects, by the MD5 of each. */
export interface Blobs {
  /** The sizes in bytes of those of these checksums that are there whole. */
  sizes(checksums: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** The data, in pieces. */
  pieces(checksum: string): AsyncIterable<Uint8Array>;
  /** Small data, many at a time. */
  read(checksums: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
}

const FILES = 'fs.files';
const CHUNKS = 'fs.chunks';

/** Data in GridFS. */
export class GridFsBlobs implements Blobs {
  readonly #source: ForeignDatabase;

  constructor(source: ForeignDatabase) {
    this.#source = source;
  }

  async sizes(checksums: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const filter = { _id: { $in: [...checksums] } };
    const files = await this.#source.find(FILES, { filter, fields: ['_id', 'length', 'chunkSize'] });
    const pieces = new Map<unknown, number>();
    // Covered by the index of the pieces, so that no data is read.
    const chunks = this.#source.read(CHUNKS, {
      filter: { files_id: { $in: [...checksums] } },
      fields: ['files_id', 'n'],
    });
    for await (const { files_id: file } of chunks) pieces.set(file, (pieces.get(file) ?? 0) + 1);
    const isWhole = ({ _id, length, chunkSize }: (typeof files)[number]) =>
      (pieces.get(_id) ?? 0) === Math.ceil(Number(length) / Number(chunkSize));
    return new Map(files.filter(isWhole).map(({ _id, length }) => [String(_id), Number(length)]));
  }

  pieces(checksum: string): AsyncIterable<Uint8Array> {
    return this.#source.pieces('fs', checksum);
  }

  async read(checksums: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const found = new Map<string, Uint8Array[]>();
    const filter = { files_id: { $in: [...checksums] } };
    for await (const chunk of this.#source.read(CHUNKS, { filter, sort: { files_id: 1, n: 1 } })) {
      const name = String(chunk.files_id);
      const binary = chunk.data as { readonly buffer: Uint8Array; length(): number };
      found.set(name, [...(found.get(name) ?? []), binary.buffer.subarray(0, binary.length())]);
    }
    return new Map([...found].map(([name, pieces]) => [name, Buffer.concat(pieces)]));
  }
}

/** Data in files of a folder: named by their MD5, or by their keys if the database lists objects of S3. */
export class FolderBlobs implements Blobs {
  readonly #folder: string;
  readonly #source: ForeignDatabase;
  readonly #isS3: boolean;

  private constructor(folder: string, source: ForeignDatabase, isS3: boolean) {
    this.#folder = folder;
    this.#source = source;
    this.#isS3 = isS3;
  }

  /** @throws OperatorError if there is no such folder */
  static async open(folder: string, source: ForeignDatabase): Promise<FolderBlobs> {
    const found = await stat(folder).catch(() => undefined);
    if (!found?.isDirectory()) throw new OperatorError(`--blobs: there is no folder ${folder}`);
    return new FolderBlobs(folder, source, (await source.collections()).includes('s3_objects'));
  }

  async sizes(checksums: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const paths = await this.#paths(checksums);
    const sizes = new Map<string, number>();
    for (const [checksum, path] of paths) {
      const file = await stat(path).catch(() => undefined);
      if (file?.isFile()) sizes.set(checksum, file.size);
    }
    return sizes;
  }

  async *pieces(checksum: string): AsyncGenerator<Uint8Array> {
    const path = (await this.#paths([checksum])).get(checksum);
    if (path === undefined) throw new Error(`there is no file of the data ${checksum}`);
    yield* createReadStream(path);
  }

  async read(checksums: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    for (const checksum of checksums) {
      const pieces: Uint8Array[] = [];
      for await (const piece of this.pieces(checksum)) pieces.push(piece);
      found.set(checksum, Buffer.concat(pieces));
    }
    return found;
  }

  async #paths(checksums: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (!this.#isS3) return new Map(checksums.map((checksum) => [checksum, join(this.#folder, checksum)]));
    const filter = { chksum: { $in: [...checksums] } };
    const listed = await this.#source.find('s3_objects', { filter, fields: ['chksum', 'key'] });
    return new Map(listed.map(({ chksum, key }) => [String(chksum), join(this.#folder, String(key))]));
  }
}

/** The data with a check of its MD5 at its end, so that damaged data is never stored. */
export function checkedBytes(checksum: string, length: number, blobs: Blobs): Bytes {
  return {
    length,
    async *pieces() {
      const md5 = createHash('md5');
      for await (const piece of blobs.pieces(checksum)) {
        md5.update(piece);
        yield piece;
      }
      assertMd5(checksum, md5.digest('hex'));
    },
  };
}

/** @throws OperatorError */
export function assertMd5(checksum: string, found: string): void {
  if (found === checksum) return;
  throw new OperatorError(`The data ${checksum} is damaged in KBase's blob store: its MD5 is ${found}.`);
}

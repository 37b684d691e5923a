import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '../../base/errors.ts';
import type { Bytes } from '../../base/json/bytes.ts';
import type { ForeignDatabase } from '../../store/foreignDatabase.ts';
import { eachOf } from './allOf.ts';

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
/** How many files are read at a time. */
const FILES_TOGETHER = 16;

/** Data in GridFS. */
export class GridFsBlobs implements Blobs {
  readonly #source: ForeignDatabase;

  constructor(source: ForeignDatabase) {
    this.#source = source;
  }

  async sizes(checksums: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const filter = { _id: { $in: [...checksums] } };
    const [files, pieces] = await Promise.all([
      this.#source.find(FILES, { filter, fields: ['_id', 'length', 'chunkSize'] }),
      this.#countPieces(checksums),
    ]);
    const isWhole = ({ _id, length, chunkSize }: (typeof files)[number]) =>
      (pieces.get(_id) ?? 0) === Math.ceil(Number(length) / Number(chunkSize));
    return new Map(files.filter(isWhole).map(({ _id, length }) => [String(_id), Number(length)]));
  }

  async #countPieces(checksums: readonly string[]): Promise<ReadonlyMap<unknown, number>> {
    const pieces = new Map<unknown, number>();
    // Covered by the index of the pieces, so that no data is read.
    const chunks = { filter: { files_id: { $in: [...checksums] } }, fields: ['files_id', 'n'] };
    for await (const page of this.#source.pages(CHUNKS, chunks)) {
      for (const { files_id: file } of page) pieces.set(file, (pieces.get(file) ?? 0) + 1);
    }
    return pieces;
  }

  pieces(checksum: string): AsyncIterable<Uint8Array> {
    return this.#source.pieces('fs', checksum);
  }

  async read(checksums: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const found = new Map<string, Uint8Array[]>();
    const filter = { files_id: { $in: [...checksums] } };
    for await (const page of this.#source.pages(CHUNKS, { filter, sort: { files_id: 1, n: 1 } })) {
      for (const { files_id: file, data } of page) {
        const name = String(file);
        const binary = data as { readonly buffer: Uint8Array; length(): number };
        const pieces = found.get(name) ?? [];
        pieces.push(binary.buffer.subarray(0, binary.length()));
        found.set(name, pieces);
      }
    }
    return new Map([...found].map(([name, pieces]) => [name, whole(pieces)]));
  }
}

const whole = (pieces: readonly Uint8Array[]): Uint8Array =>
  (pieces.length === 1 && pieces[0]) || Buffer.concat(pieces);

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
    await eachOf([...paths], FILES_TOGETHER, async ([checksum, path]) => {
      const file = await stat(path).catch(() => undefined);
      if (file?.isFile()) sizes.set(checksum, file.size);
    });
    return sizes;
  }

  async *pieces(checksum: string): AsyncGenerator<Uint8Array> {
    const path = (await this.#paths([checksum])).get(checksum);
    if (path === undefined) throw new Error(`there is no file of the data ${checksum}`);
    yield* createReadStream(path);
  }

  async read(checksums: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    await eachOf([...(await this.#paths(checksums))], FILES_TOGETHER, async ([checksum, path]) => {
      found.set(checksum, await readFile(path));
    });
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

import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { OperatorError } from '../../base/errors.ts';
import type { Bytes } from '../../base/json/bytes.ts';
import type { ForeignDatabase, ForeignDocument } from '../../store/foreignDatabase.ts';
import { eachOf } from './allOf.ts';
import { tableOf } from './kbaseTables.ts';
import { assertMapped } from './mapping.ts';

/** What is stored under a checksum. */
export interface StoredBlob {
  readonly size: number;
  /** Why it cannot be imported; absent if it can. */
  readonly problem?: string;
}

/** Where KBase keeps the data of objects, by the MD5 of each. */
export interface Blobs {
  /** Why KBase's data cannot be here at all; undefined if it can. */
  problem(): Promise<string | undefined>;
  /** What is stored under those of these checksums that are there. The data is not read. */
  stored(checksums: readonly string[]): Promise<ReadonlyMap<string, StoredBlob>>;
  /** The data, in pieces. */
  pieces(checksum: string): AsyncIterable<Uint8Array>;
  /** Small data, many at a time. */
  read(checksums: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
}

const FILES = 'fs.files';
const CHUNKS = 'fs.chunks';
const S3_OBJECTS = 's3_objects';
/** How many files are read at a time. */
const FILES_TOGETHER = 16;
const UNSORTED = 'is stored with unsorted keys, unlike what KBase 0.15 stores';

/** Data in GridFS. */
export class GridFsBlobs implements Blobs {
  readonly #source: ForeignDatabase;

  constructor(source: ForeignDatabase) {
    this.#source = source;
  }

  async problem(): Promise<string | undefined> {
    const [files, objects] = await Promise.all([FILES, S3_OBJECTS].map((name) => this.#source.estimatedCount(name)));
    if (objects === 0 || files !== 0) return undefined;
    return 'its data is in S3: copy the bucket to a folder, and name that with --blobs';
  }

  async stored(checksums: readonly string[]): Promise<ReadonlyMap<string, StoredBlob>> {
    const files = await this.#source.find(FILES, { filter: { _id: { $in: [...checksums] } } });
    for (const file of files) assertMapped(tableOf(FILES), file);
    // Covered by the index of the pieces, so that no data is read.
    const pieces = await this.#source.countBy(CHUNKS, 'files_id', { files_id: { $in: files.map(({ _id }) => _id) } });
    return new Map(files.map((file) => [String(file._id), storedIn(file, pieces.get(file._id) ?? 0)]));
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

const piecesFor = ({ length, chunkSize }: ForeignDocument): number => Math.ceil(Number(length) / Number(chunkSize));

function storedIn(file: ForeignDocument, pieces: number): StoredBlob {
  const [size, wanted] = [Number(file.length), piecesFor(file)];
  if (pieces !== wanted) return { size, problem: `is torn: GridFS has ${pieces} of its ${wanted} pieces` };
  const { sorted } = (file.metadata ?? {}) as ForeignDocument;
  return sorted === true ? { size } : { size, problem: UNSORTED };
}

const whole = (pieces: readonly Uint8Array[]): Uint8Array =>
  (pieces.length === 1 && pieces[0]) || Buffer.concat(pieces);

/** A file of the folder, or why it cannot be read. */
interface PlacedFile {
  readonly path: string;
  readonly problem?: string;
}

/** Data in files of a folder: named by their MD5, or below it at the keys of S3 that the database lists. */
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
    return new FolderBlobs(resolve(folder), source, (await source.collections()).includes(S3_OBJECTS));
  }

  async problem(): Promise<undefined> {
    return undefined;
  }

  async stored(checksums: readonly string[]): Promise<ReadonlyMap<string, StoredBlob>> {
    const found = new Map<string, StoredBlob>();
    await eachOf([...(await this.#filesOf(checksums))], FILES_TOGETHER, async ([checksum, { path, problem }]) => {
      const file = await stat(path).catch(() => undefined);
      if (file?.isFile()) found.set(checksum, { size: file.size, ...(problem === undefined ? {} : { problem }) });
    });
    return found;
  }

  async *pieces(checksum: string): AsyncGenerator<Uint8Array> {
    const file = (await this.#filesOf([checksum])).get(checksum);
    if (file === undefined) throw new Error(`there is no file of the data ${checksum}`);
    yield* createReadStream(file.path);
  }

  async read(checksums: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    await eachOf([...(await this.#filesOf(checksums))], FILES_TOGETHER, async ([checksum, { path }]) => {
      found.set(checksum, await readFile(path));
    });
    return found;
  }

  async #filesOf(checksums: readonly string[]): Promise<ReadonlyMap<string, PlacedFile>> {
    const named = new Map(checksums.map((checksum) => [checksum, { path: join(this.#folder, checksum) }]));
    if (!this.#isS3) return named;
    const listed = await this.#source.find(S3_OBJECTS, { filter: { chksum: { $in: [...checksums] } } });
    const files = new Map<string, PlacedFile>(named);
    await eachOf(listed, FILES_TOGETHER, async (object) => {
      assertMapped(tableOf(S3_OBJECTS), object);
      const checksum = String(object.chksum);
      const atKey = join(this.#folder, String(object.key));
      const isThere = atKey.startsWith(this.#folder + sep) && (await isFile(atKey));
      const path = isThere ? atKey : join(this.#folder, checksum);
      files.set(checksum, object.sorted === true ? { path } : { path, problem: UNSORTED });
    });
    return files;
  }
}

const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isFile() ?? false;

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

/** The MD5 of small data; of none if it is missing. */
export const md5Of = (data: Uint8Array = new Uint8Array()): string => hash('md5', data, 'hex');

/** @throws OperatorError */
export function assertMd5(checksum: string, found: string): void {
  if (found === checksum) return;
  throw new OperatorError(
    `The data ${checksum} is damaged in KBase's blob store: its MD5 is ${found}. Restore it there and run the import ` +
      'again, which continues; or import into another, empty database with --check-data and --keep-going, which leave ' +
      'out the objects that have it.',
  );
}

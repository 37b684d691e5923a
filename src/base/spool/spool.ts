import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../errorCode.ts';
import { refuse, type StewardError } from '../errors.ts';
import type { Bytes, SlicedBytes } from '../json/bytes.ts';
import { ByteBudget, type Exceeded, type HeldBytes, SERVICE } from './budget.ts';

export interface SpoolOptions {
  /** The folder of the files, which is made with the first one. */
  readonly dir: string;
  /** How many bytes all files together may take. */
  readonly maxBytes: number;
  /** How many bytes the files of one caller may take. */
  readonly maxBytesPerHolder: number;
  /** Data of more bytes is prepared in files instead of memory. */
  readonly longFrom: number;
}

/** After how many seconds there may be room again. */
const RETRY_SECONDS = 5;
const PIECE = 512 * 1024;
/** `PID-UUID.spool` */
const NAME = /^(\d+)-[0-9a-f-]{36}\.spool$/;
/** Windows cannot remove the name of an open file. */
const UNLINKS_OPEN_FILES = process.platform !== 'win32';

/**
 * Temporary files for what is too long for memory: request bodies, and data that is being prepared for storage. The
 * name of a file is removed once it is open, so that the system frees it when the process ends, even by a crash. The
 * bytes of all files together, and of each caller's files, are limited.
 */
export class Spool {
  readonly longFrom: number;
  readonly #dir: string;
  readonly #budget: ByteBudget;

  constructor({ dir, maxBytes, maxBytesPerHolder, longFrom }: SpoolOptions) {
    this.longFrom = longFrom;
    this.#dir = dir;
    this.#budget = new ByteBudget({ max: maxBytes, maxPerHolder: maxBytesPerHolder });
  }

  get held(): number {
    return this.#budget.held;
  }

  /**
   * A new, empty file.
   *
   * @param holder the principal that the file is charged to
   * @param drop is called if the file must make room for others; then it is closed. Without it, a write fails if there
   *   is no room
   */
  file(holder: string, drop?: (error: StewardError) => void): SpoolFile {
    const held = this.#budget.open(holder, drop && ((exceeded) => drop(refusalOf(exceeded))));
    return new SpoolFile(() => this.#open(), held);
  }

  /** A new file for the service's own work: the bound of each caller's files does not hold for it. */
  serviceFile(): SpoolFile {
    return this.file(SERVICE);
  }

  /**
   * A new file for what is made from these bytes. It counts for their holder if they are in a file, else for `holder`.
   */
  fileFor(bytes: Uint8Array | Bytes, holder: string): SpoolFile {
    return this.file(bytes instanceof SpooledBytes ? bytes.holder : holder);
  }

  /**
   * Removes files of processes that were killed between opening a file and removing its name. To be called before the
   * first file is made, since a process in a container often has the same number as its predecessor.
   */
  async sweep(): Promise<void> {
    const names = await readdir(this.#dir).catch(() => []);
    for (const name of names) {
      const pid = NAME.exec(name)?.[1];
      if (pid === undefined || (Number(pid) !== process.pid && isAlive(Number(pid)))) continue;
      await unlink(join(this.#dir, name)).catch(() => undefined);
    }
  }

  async #open(): Promise<Opened> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const path = join(this.#dir, `${process.pid}-${randomUUID()}.spool`);
    const handle = await open(path, 'wx+', 0o600);
    // Another service that starts may have removed the name already.
    if (UNLINKS_OPEN_FILES) await unlink(path).catch(() => undefined);
    return { handle, path: UNLINKS_OPEN_FILES ? undefined : path };
  }
}

interface Opened {
  readonly handle: FileHandle;
  readonly path: string | undefined;
}

/** A temporary file, which must be closed. */
export class SpoolFile {
  length = 0;
  readonly #open: () => Promise<Opened>;
  readonly #held: HeldBytes;
  #opened: Promise<Opened> | undefined;
  #closed = false;
  #abandoned = false;

  constructor(open: () => Promise<Opened>, held: HeldBytes) {
    this.#open = open;
    this.#held = held;
  }

  get holder(): string {
    return this.#held.holder;
  }

  /** Appends, one write at a time. A closed file ignores it. @throws server_busy, rate_limited, spool_full if there is no room */
  async append(bytes: Uint8Array): Promise<void> {
    if (this.#closed) return;
    this.#held.grow(bytes.length);
    const { exceeded } = this.#held;
    if (exceeded !== undefined && this.#held.drop === undefined) {
      this.#held.shrink(bytes.length);
      throw this.holder === SERVICE ? refuse('spool_full') : refusalOf(exceeded);
    }
    // The file itself may have been dropped to make room.
    if (this.#closed) return;
    const at = this.length;
    this.length += bytes.length;
    await this.#write(bytes, at);
  }

  async overwrite(bytes: Uint8Array, at: number): Promise<void> {
    if (at + bytes.length > this.length) throw new RangeError('a write goes beyond the end of the file');
    await this.#write(bytes, at);
  }

  /** Fills the buffer with the bytes from this offset on. @throws caller_gone once the file is abandoned */
  async read(buffer: Uint8Array, at: number): Promise<void> {
    if (this.#abandoned) throw refuse('caller_gone');
    if (this.#opened === undefined) throw new RangeError('nothing was written yet');
    const { handle } = await this.#opened;
    for (let done = 0; done < buffer.length; ) {
      const { bytesRead } = await handle.read(buffer, done, buffer.length - done, at + done);
      if (bytesRead === 0) throw new RangeError('a read goes beyond the end of the file');
      done += bytesRead;
    }
  }

  bytes(): SlicedBytes {
    return new SpooledBytes(this, 0, this.length);
  }

  /** The file is complete, and is not dropped any more. */
  complete(): void {
    this.#held.complete();
  }

  /** Stops readers, since nobody waits for their result any more. */
  abandon(): void {
    this.#abandoned = true;
  }

  /** Removes the file. Closing again does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#held.close();
    const opened = await this.#opened?.catch(() => undefined);
    await opened?.handle.close().catch(() => undefined);
    if (opened?.path !== undefined) await unlink(opened.path).catch(() => undefined);
  }

  async #write(bytes: Uint8Array, at: number): Promise<void> {
    this.#opened ??= this.#open();
    const { handle } = await this.#opened;
    try {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
        done += bytesWritten;
      }
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      throw refuse('server_busy', RETRY_SECONDS).because('the disk of the temporary files is full');
    }
  }
}

class SpooledBytes implements SlicedBytes {
  readonly length: number;
  readonly #file: SpoolFile;
  readonly #start: number;

  constructor(file: SpoolFile, start: number, end: number) {
    this.#file = file;
    this.#start = start;
    this.length = end - start;
  }

  get holder(): string {
    return this.#file.holder;
  }

  slice(start: number, end: number): SlicedBytes {
    return new SpooledBytes(this.#file, this.#start + start, this.#start + Math.min(end, this.length));
  }

  /** All pieces use the same buffer. */
  async *pieces(): AsyncGenerator<Uint8Array> {
    const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE, this.length));
    for (let at = 0; at < this.length; at += buffer.length) {
      const piece = buffer.subarray(0, Math.min(buffer.length, this.length - at));
      await this.#file.read(piece, this.#start + at);
      yield piece;
    }
  }
}

const refusalOf = (exceeded: Exceeded): StewardError =>
  refuse(exceeded === 'own' ? 'rate_limited' : 'server_busy', RETRY_SECONDS);

const isDiskFull = (error: unknown) => ['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '');

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

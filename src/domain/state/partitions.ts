import { createHash } from 'node:crypto';
import type { Spool, SpoolFile } from '../../base/spool/spool.ts';

/** How many files the lines are divided among; what one of them has must fit into memory. */
const FILES = 128;
const BUFFER_BYTES = 64 * 1024;
const READ_BYTES = 1024 * 1024;

/**
 * Lines about documents, in files: those of one document are in the same file, in the order in which they were added. So more
 * documents than fit into memory can be handled, a part of them at a time.
 */
export class Partitions {
  readonly #files: readonly SpoolFile[];
  readonly #buffers: string[] = Array(FILES).fill('');

  constructor(spool: Spool) {
    this.#files = Array.from({ length: FILES }, () => spool.serviceFile());
  }

  get count(): number {
    return FILES;
  }

  /** Adds a line about the document at this place. @throws spool_full; server_busy if the disk is full */
  async add(place: string, line: unknown): Promise<void> {
    const file = createHash('md5').update(place).digest().readUInt32BE(0) % FILES;
    const buffer = `${this.#buffers[file]}${JSON.stringify(line)}\n`;
    this.#buffers[file] = buffer;
    if (buffer.length >= BUFFER_BYTES) await this.#flush(file);
  }

  /** The lines of one file. */
  async *lines(file: number): AsyncGenerator<unknown> {
    await this.#flush(file);
    const spooled = this.#files[file];
    if (spooled === undefined) throw new RangeError(`there is no file ${file}`);
    let rest: Buffer = Buffer.alloc(0);
    for (let at = 0; at < spooled.length; ) {
      const piece = Buffer.alloc(Math.min(READ_BYTES, spooled.length - at));
      await spooled.read(piece, at);
      at += piece.length;
      const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      const end = bytes.lastIndexOf(10) + 1;
      for (const line of bytes.toString('utf8', 0, end).split('\n')) if (line !== '') yield JSON.parse(line);
      rest = bytes.subarray(end);
    }
  }

  async #flush(file: number): Promise<void> {
    const buffer = this.#buffers[file] ?? '';
    if (buffer === '') return;
    this.#buffers[file] = '';
    await this.#files[file]?.append(Buffer.from(buffer));
  }

  async close(): Promise<void> {
    for (const file of this.#files) await file.close();
  }
}

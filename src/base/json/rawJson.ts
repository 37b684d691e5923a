import { createHash } from 'node:crypto';
import type { Bytes } from './bytes.ts';
import { digestInTurns } from './digest.ts';

interface Summary {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * A JSON value as its text, to the byte: what callers store never becomes numbers and trees of JavaScript's. Whoever
 * records or compares it sees its size and digest.
 */
export class RawJson {
  /** Valid JSON, UTF-8; what is too long for memory stays where it is. */
  readonly bytes: Uint8Array | Bytes;
  #summary: Summary | undefined;

  constructor(bytes: Uint8Array | Bytes) {
    this.bytes = bytes;
  }

  /** Computes what stands for it, in turns, so that `toJSON` need not do it at once. */
  async summarise(): Promise<void> {
    this.#summary ??= { bytes: this.bytes.length, sha256: await digestInTurns('sha256', this.bytes) };
  }

  /** What stands for it wherever it is not written out. What is not in memory must have been summarised. */
  toJSON(): Summary {
    this.#summary ??= this.#summaryAtOnce();
    return this.#summary;
  }

  #summaryAtOnce(): Summary {
    if (!(this.bytes instanceof Uint8Array)) throw new TypeError('data that is not in memory was not summarised');
    return { bytes: this.bytes.length, sha256: createHash('sha256').update(this.bytes).digest('hex') };
  }
}

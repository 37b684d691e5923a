import { createHash } from 'node:crypto';
import { digestInTurns } from './digest.ts';

/**
 * A JSON value as its text, to the byte: what callers store never becomes numbers and trees of JavaScript's. Whoever
 * records or compares it sees its size and digest.
 */
export class RawJson {
  /** Valid JSON, UTF-8. */
  readonly bytes: Uint8Array;
  #summary: { readonly bytes: number; readonly sha256: string } | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Computes what stands for it, in turns, so that `toJSON` need not do it at once. */
  async summarise(): Promise<void> {
    this.#summary ??= { bytes: this.bytes.length, sha256: await digestInTurns('sha256', this.bytes) };
  }

  /** What stands for it wherever it is not written out. */
  toJSON(): { readonly bytes: number; readonly sha256: string } {
    this.#summary ??= {
      bytes: this.bytes.length,
      sha256: createHash('sha256').update(this.bytes).digest('hex'),
    };
    return this.#summary;
  }
}

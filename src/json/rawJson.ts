import { createHash } from 'node:crypto';

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

  /** What stands for it wherever it is not written out. */
  toJSON(): { readonly bytes: number; readonly sha256: string } {
    this.#summary ??= {
      bytes: this.bytes.length,
      sha256: createHash('sha256').update(this.bytes).digest('hex'),
    };
    return this.#summary;
  }
}

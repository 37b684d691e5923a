import { hash } from 'node:crypto';
import type { Bytes } from './bytes.ts';
import { digestInTurns } from './digest.ts';

interface Summary {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * A JSON value as its exact text: what callers store is not parsed into JavaScript values. Records and comparisons use
 * its size and digest.
 */
export class RawJson {
  /** Valid JSON in UTF-8, in memory or elsewhere. */
  readonly bytes: Uint8Array | Bytes;
  #summary: Summary | undefined;

  constructor(bytes: Uint8Array | Bytes) {
    this.bytes = bytes;
  }

  /** Computes the summary in turns, so that `toJSON` need not do it at once. */
  async summarise(): Promise<void> {
    this.#summary ??= { bytes: this.bytes.length, sha256: await digestInTurns('sha256', this.bytes) };
  }

  /** The size and digest, in place of the value. Data that is not in memory must have been summarised before. */
  toJSON(): Summary {
    if (this.#summary !== undefined) return this.#summary;
    if (!(this.bytes instanceof Uint8Array)) throw new TypeError('data that is not in memory was not summarised');
    const sha256 = hash('sha256', this.bytes, 'hex');
    this.#summary = { bytes: this.bytes.length, sha256 };
    return this.#summary;
  }
}

import { TextDecoder } from 'node:util';

/** Code units that come one by one are gathered up to so many, in room for few to begin with. */
const GATHERED = 16 * 1024;
const ROOM = 64;
/** What is decoded at once and not longer goes with them. */
const SHORT = 1_024;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Gathers the pieces of a text in place of the builders of @streamparser/json, with their interface. Those append piece to
 * piece, which V8 keeps as a chain of millions for a long text with many escapes, and they drop a byte order mark at the
 * start of a piece.
 */
export class TextBuilder {
  /** How many bytes of the source became the text so far, escapes apart. */
  byteLength = 0;
  #units = new Uint16Array(ROOM);
  #count = 0;
  #pieces: string[] = [];

  appendChar(char: number): void {
    this.byteLength += 1;
    this.appendCharCode(char);
  }

  appendCharCode(unit: number): void {
    if (this.#count === this.#units.length) this.#makeRoom();
    this.#units[this.#count++] = unit;
  }

  /** Whole characters, as UTF-8. */
  appendBuf(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.byteLength += end - start;
    const text = decoder.decode(bytes.subarray(start, end));
    if (text.length > SHORT) {
      this.#flush();
      this.#pieces.push(text);
    } else for (let i = 0; i < text.length; i += 1) this.appendCharCode(text.charCodeAt(i));
  }

  reset(): void {
    this.byteLength = 0;
    this.#count = 0;
    this.#pieces = [];
  }

  toString(): string {
    if (this.#pieces.length === 0) return this.#gathered();
    this.#flush();
    const text = this.#pieces.join('');
    this.#pieces = [text];
    return text;
  }

  #makeRoom(): void {
    if (this.#count === GATHERED) {
      this.#flush();
      return;
    }
    const units = new Uint16Array(Math.min(4 * this.#count, GATHERED));
    units.set(this.#units);
    this.#units = units;
  }

  #gathered(): string {
    return String.fromCharCode(...this.#units.subarray(0, this.#count));
  }

  #flush(): void {
    if (this.#count > 0) this.#pieces.push(this.#gathered());
    this.#count = 0;
  }
}

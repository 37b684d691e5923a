import { TextDecoder } from 'node:util';
import { isHighSurrogate } from '../text.ts';

/** How many code units are buffered, and the initial size of the buffer. */
const GATHERED = 16 * 1024;
const ROOM = 64;
/** Shorter texts are added to the buffer. */
const SHORT = 1_024;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export interface TextBuilderOptions {
  /** Called with a text that is longer than `longFrom` and not complete; returns true if it need not be kept. */
  readonly take: (text: string) => boolean;
  /** In UTF-16 code units. */
  readonly longFrom: number;
}

/**
 * Replaces the string builders of @streamparser/json. Those concatenate pieces, which for a long text with many escapes
 * is a chain of millions of strings in V8, and they drop a byte order mark at the start of a piece. A text that is too
 * long for memory is passed on in parts.
 */
export class TextBuilder {
  /** The number of bytes of the source in the text so far, without escapes. */
  byteLength = 0;
  readonly #options: TextBuilderOptions;
  #units = new Uint16Array(ROOM);
  #count = 0;
  #pieces: string[] = [];
  /** The number of code units in the pieces, and from how many on they are passed to `take`. */
  #kept = 0;
  #offeredFrom: number;

  constructor(options: TextBuilderOptions) {
    this.#options = options;
    this.#offeredFrom = options.longFrom;
  }

  appendChar(char: number): void {
    this.byteLength += 1;
    this.appendCharCode(char);
  }

  appendCharCode(unit: number): void {
    if (this.#count === this.#units.length) this.#makeRoom();
    this.#units[this.#count++] = unit;
  }

  /** Appends UTF-8 of whole characters. */
  appendBuf(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.byteLength += end - start;
    const text = decoder.decode(bytes.subarray(start, end));
    if (text.length > SHORT) {
      this.#flush();
      this.#keep(text);
    } else for (let i = 0; i < text.length; i += 1) this.appendCharCode(text.charCodeAt(i));
  }

  reset(): void {
    this.byteLength = 0;
    this.#count = 0;
    this.#pieces = [];
    this.#kept = 0;
    this.#offeredFrom = this.#options.longFrom;
  }

  toString(): string {
    if (this.#pieces.length === 0) return this.#gathered();
    if (this.#count > 0) this.#pieces.push(this.#gathered());
    this.#count = 0;
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
    const text = this.#gathered();
    this.#count = 0;
    if (text !== '') this.#keep(text);
  }

  #keep(text: string): void {
    this.#pieces.push(text);
    this.#kept += text.length;
    if (this.#kept > this.#offeredFrom) this.#offer();
  }

  #offer(): void {
    const whole = this.#pieces.join('');
    // A surrogate pair must not be split.
    const end = isHighSurrogate(whole.charCodeAt(whole.length - 1)) ? whole.length - 1 : whole.length;
    if (!this.#options.take(whole.slice(0, end))) {
      this.#pieces = [whole];
      this.#offeredFrom = 2 * this.#kept;
      return;
    }
    this.#pieces = end === whole.length ? [] : [whole.slice(end)];
    this.#kept = whole.length - end;
    // Once the text is long, parts of the usual size are passed on.
    this.#offeredFrom = GATHERED;
  }
}

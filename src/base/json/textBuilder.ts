import { TextDecoder } from 'node:util';

/** Code units that come one by one are gathered up to so many, in room for few to begin with. */
const GATHERED = 16 * 1024;
const ROOM = 64;
/** What is decoded at once and not longer goes with them. */
const SHORT = 1_024;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export interface TextBuilderOptions {
  /** Called with a text that has become longer than `longFrom` and goes on; true where it was taken, and need not be kept. */
  readonly take: (text: string) => boolean;
  /** In UTF-16 code units. */
  readonly longFrom: number;
}

/**
 * Gathers the pieces of a text in place of the builders of @streamparser/json, with their interface. Those append piece to
 * piece, which V8 keeps as a chain of millions for a long text with many escapes, and they drop a byte order mark at the
 * start of a piece. A text that is too long for memory is handed over while it comes.
 */
export class TextBuilder {
  /** How many bytes of the source became the text so far, escapes apart. */
  byteLength = 0;
  readonly #options: TextBuilderOptions;
  #units = new Uint16Array(ROOM);
  #count = 0;
  #pieces: string[] = [];
  /** Code units in the pieces, and how many there must be before they are offered again. */
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

  /** Whole characters, as UTF-8. */
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
    // Both halves of a character stay together.
    const end = isHighSurrogate(whole.charCodeAt(whole.length - 1)) ? whole.length - 1 : whole.length;
    if (!this.#options.take(whole.slice(0, end))) {
      this.#pieces = [whole];
      this.#offeredFrom = 2 * this.#kept;
      return;
    }
    this.#pieces = end === whole.length ? [] : [whole.slice(end)];
    this.#kept = whole.length - end;
    // Once it is known to be long, it goes on in pieces of the usual size.
    this.#offeredFrom = GATHERED;
  }
}

const isHighSurrogate = (code: number) => code >= 0xd800 && code < 0xdc00;

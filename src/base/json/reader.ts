import { isUtf8 } from 'node:buffer';
import { Tokenizer, TokenizerError, TokenType } from '@streamparser/json';
import type { Bytes } from './bytes.ts';
import { TextBuilder } from './textBuilder.ts';
import { nextTurn, turnIsOver } from './turns.ts';

/** The events of reading a JSON text, in its order. Offsets are bytes from its beginning. */
export interface JsonEvents {
  open(isObject: boolean, offset: number): void;
  close(isObject: boolean, end: number): void;
  key(key: string, offset: number, end: number): void;
  /** @param text of a number is its text in the source, since a JavaScript number may lose precision */
  scalar(kind: ScalarKind, text: string, at: Extent): void;
  /**
   * A part of a string that is too long for memory, without half a character at the end; `scalar` gets the last part.
   * Without this method every string comes as a whole.
   */
  piece?(text: string): void;
  /** The bytes from `start` on, to which the next events refer until `blockEnd`. Values may begin in earlier blocks. */
  block?(bytes: Uint8Array, start: number): void;
  blockEnd?(): void;
  /** Called often. If it returns a promise, reading continues when that resolves. */
  pause?(): Promise<void> | undefined;
}

export type ScalarKind = 'string' | 'number' | 'boolean' | 'null';

/** Where a value begins, and the offset after its end. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

export class MalformedJson extends Error {}

/** The clock is read after this many bytes, which take less than a millisecond. */
const SLICE = 8 * 1024;
/** Shorter texts are read at once, so that thousands of them need not wait for turns. */
const SHORT = 16 * 1024;
/** A bound for numbers, which are processed as a whole. */
const MAX_NUMBER = 1_000_000;
/** Longer strings may come in pieces, in UTF-16 code units. */
const LONG_TEXT = 1024 * 1024;
/** A bound for keys, which always come as a whole. */
const MAX_KEY = 64 * 1024 * 1024;
const BOM = [0xef, 0xbb, 0xbf];

/**
 * Reads a JSON text strictly, without building values. A long one is read in turns, so that the process stays
 * responsive.
 *
 * @throws MalformedJson, and what the events throw
 */
export async function readJson(bytes: Uint8Array | Bytes, events: JsonEvents): Promise<void> {
  const reader = new Reader(events);
  if (bytes instanceof Uint8Array) {
    await readBlock(reader, events, { bytes, start: 0 });
  } else {
    for await (const block of blocksOf(bytes)) await readBlock(reader, events, block);
  }
  reader.end();
}

/** Bytes in memory, and their offset in the text. */
interface Block {
  readonly bytes: Uint8Array;
  readonly start: number;
}

/** Blocks end between two characters. */
async function* blocksOf(source: Bytes): AsyncGenerator<Block> {
  let rest: Uint8Array = new Uint8Array();
  let start = 0;
  for await (const piece of source.pieces()) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const isLast = start + bytes.length >= source.length;
    const end = isLast ? bytes.length : wholeLength(bytes);
    yield { bytes: bytes.subarray(0, end), start };
    rest = Buffer.from(bytes.subarray(end));
    start += end;
  }
}

/** The length without an incomplete character at the end. */
function wholeLength(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(4, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return size > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

async function readBlock(reader: Reader, events: JsonEvents, { bytes, start: at }: Block): Promise<void> {
  events.block?.(bytes, at);
  for (let start = 0; start < bytes.length; ) {
    if (at + start >= SHORT && turnIsOver()) await nextTurn();
    const end = endOfSlice(bytes, start);
    reader.read(bytes.subarray(start, end));
    start = end;
    const pause = events.pause?.();
    if (pause !== undefined) await pause;
  }
  events.blockEnd?.();
}

function endOfSlice(bytes: Uint8Array, start: number): number {
  let end = Math.min(start + SLICE, bytes.length);
  const isInside = () => end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80;
  for (let back = 0; back < 3 && isInside(); back += 1) end -= 1;
  return end;
}

/** A tokenizer that keeps the text of numbers. */
class LosslessTokenizer extends Tokenizer {
  readonly #strings: TextBuilder;

  /** @param take receives the parts of a long string, as in TextBuilderOptions */
  constructor(take: (text: string) => boolean) {
    super();
    const fields = ['bufferedString', 'bufferedNumber', 'escapedCharsByteLength'];
    if (!fields.every((field) => Reflect.has(this, field))) {
      throw new TypeError('this version of @streamparser/json has another tokenizer');
    }
    this.#strings = new TextBuilder({ take, longFrom: LONG_TEXT });
    Reflect.set(this, 'bufferedString', this.#strings);
    const tooLong = () => {
      throw new MalformedJson(`a number of more than ${MAX_NUMBER} digits`);
    };
    Reflect.set(this, 'bufferedNumber', new TextBuilder({ take: tooLong, longFrom: MAX_NUMBER }));
  }

  /** The length in bytes of the string that was just read, with its quotation marks. */
  get stringBytes(): number {
    return Number(Reflect.get(this, 'escapedCharsByteLength')) + this.#strings.byteLength + 2;
  }

  protected override parseNumber(text: string): number {
    return text as unknown as number;
  }
}

type Expected = 'value' | 'valueOrEnd' | 'key' | 'keyOrEnd' | 'colon' | 'commaOrEnd' | 'nothing';

/** The grammar, on the library's tokens. */
class Reader {
  readonly #tokenizer: LosslessTokenizer;
  readonly #events: JsonEvents;
  /** For each open bracket, whether it opens an object. */
  readonly #open: boolean[] = [];
  #expected: Expected = 'value';
  #begun = false;

  constructor(events: JsonEvents) {
    this.#tokenizer = new LosslessTokenizer((text) => this.#piece(text));
    this.#events = events;
    this.#tokenizer.onToken = ({ token, value, offset }) => this.#token(token, value, offset);
  }

  read(slice: Uint8Array): void {
    const hasMark = !this.#begun && BOM.every((byte, i) => slice[i] === byte);
    if (hasMark) throw new MalformedJson('it begins with a byte order mark');
    this.#begun = true;
    if (!isUtf8(slice)) throw new MalformedJson('it is not valid UTF-8');
    try {
      this.#tokenizer.write(slice);
    } catch (error) {
      throw malformed(error);
    }
  }

  end(): void {
    try {
      this.#tokenizer.end();
    } catch (error) {
      throw malformed(error);
    }
    if (this.#expected !== 'nothing') throw new MalformedJson('it ends too early');
  }

  #token(token: TokenType, value: unknown, offset: number): void {
    switch (token) {
      case TokenType.LEFT_BRACE:
        this.#begin(true, offset);
        break;
      case TokenType.LEFT_BRACKET:
        this.#begin(false, offset);
        break;
      case TokenType.RIGHT_BRACE:
        this.#finish(true, offset);
        break;
      case TokenType.RIGHT_BRACKET:
        this.#finish(false, offset);
        break;
      case TokenType.COLON:
        if (this.#expected !== 'colon') throw unexpected('a colon', offset);
        this.#expected = 'value';
        break;
      case TokenType.COMMA:
        if (this.#expected !== 'commaOrEnd') throw unexpected('a comma', offset);
        this.#expected = this.#open.at(-1) ? 'key' : 'value';
        break;
      case TokenType.STRING:
        this.#string(value as string, offset);
        break;
      case TokenType.NUMBER:
        this.#number(value as string, offset);
        break;
      case TokenType.NULL:
        this.#scalar('null', 'null', { start: offset, end: offset + 4 });
        break;
      default:
        this.#scalar('boolean', String(value), { start: offset, end: offset + String(value).length });
    }
  }

  /** Passes on a part of a long string; false if it must be kept. */
  #piece(text: string): boolean {
    if (this.#expected === 'key' || this.#expected === 'keyOrEnd') {
      if (text.length > MAX_KEY) throw new MalformedJson(`a key of more than ${MAX_KEY} characters`);
      return false;
    }
    if (this.#events.piece === undefined) return false;
    if (!this.#expectsValue) throw new MalformedJson('a text is not expected');
    this.#events.piece(text);
    return true;
  }

  #string(text: string, offset: number): void {
    const end = offset + this.#tokenizer.stringBytes;
    if (this.#expected !== 'key' && this.#expected !== 'keyOrEnd') {
      this.#scalar('string', text, { start: offset, end });
      return;
    }
    this.#expected = 'colon';
    this.#events.key(text, offset, end);
  }

  #number(text: string, offset: number): void {
    if (text.length > MAX_NUMBER) throw new MalformedJson(`a number of ${text.length} digits at byte ${offset}`);
    this.#scalar('number', text, { start: offset, end: offset + text.length });
  }

  #begin(isObject: boolean, offset: number): void {
    this.#beginValue(offset);
    this.#open.push(isObject);
    this.#expected = isObject ? 'keyOrEnd' : 'valueOrEnd';
    this.#events.open(isObject, offset);
  }

  #finish(isObject: boolean, offset: number): void {
    const mayEnd = this.#expected === 'commaOrEnd' || this.#expected === (isObject ? 'keyOrEnd' : 'valueOrEnd');
    if (!mayEnd || this.#open.at(-1) !== isObject) throw unexpected('a closing bracket', offset);
    this.#open.pop();
    this.#expected = this.#open.length === 0 ? 'nothing' : 'commaOrEnd';
    this.#events.close(isObject, offset + 1);
  }

  #scalar(kind: ScalarKind, text: string, at: Extent): void {
    this.#beginValue(at.start);
    this.#expected = this.#open.length === 0 ? 'nothing' : 'commaOrEnd';
    this.#events.scalar(kind, text, at);
  }

  get #expectsValue(): boolean {
    return this.#expected === 'value' || this.#expected === 'valueOrEnd';
  }

  #beginValue(offset: number): void {
    if (!this.#expectsValue) throw unexpected('a value', offset);
  }
}

const unexpected = (what: string, offset: number) => new MalformedJson(`${what} is not expected at byte ${offset}`);

/** An error of the library, without the text that it quotes. What the events throw is not changed. */
function malformed(error: unknown): unknown {
  if (!(error instanceof TokenizerError)) return error;
  const place = /absolute position "(\d+)"/.exec(error.message)?.[1];
  return new MalformedJson(place === undefined ? 'it ends too early' : `it is no JSON at byte ${place}`);
}

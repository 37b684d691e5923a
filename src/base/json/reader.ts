import { isUtf8 } from 'node:buffer';
import { Tokenizer, TokenizerError, TokenType } from '@streamparser/json';
import type { Bytes } from './bytes.ts';
import { TextBuilder } from './textBuilder.ts';
import { nextTurn, turnIsOver } from './turns.ts';

/** What stands in a JSON text, in its order. Offsets are bytes from its beginning. */
export interface JsonEvents {
  /** An object or a list begins here. */
  open(isObject: boolean, offset: number): void;
  /** It ends before `end`. */
  close(isObject: boolean, end: number): void;
  key(key: string, offset: number, end: number): void;
  /** A number comes as its own text: no number of JavaScript's holds all of them. */
  scalar(kind: Scalar, value: string, offset: number, end: number): void;
  /**
   * The beginning of a value that is a text, or what follows it, where the whole is too long for memory; `scalar` gets the
   * rest. Never half a character. Without this method every text comes as a whole.
   */
  piece?(text: string): void;
  /**
   * The bytes from `start` on that the next events stand in, until `blockEnd`; what began in earlier ones may end in these.
   */
  block?(bytes: Uint8Array, start: number): void;
  blockEnd?(): void;
  /** Called often; where it returns a promise nothing more is read before that resolves. */
  pause?(): Promise<void> | undefined;
}

export type Scalar = 'string' | 'number' | 'boolean' | 'null';

/** The text is not JSON; `offset` says where it stops being it. */
export class MalformedJson extends Error {}

/** So much is read between two looks at the clock: less than a millisecond's work. */
const SLICE = 8 * 1024;
/** What is not longer is read at once: there is no end of waiting where thousands of short texts come at a time. */
const SHORT = 16 * 1024;
/** Nobody writes a longer number, and a number is looked at as a whole. */
const MAX_NUMBER = 1_000_000;
/** A value that is a longer text may come in pieces, in UTF-16 code units. */
const LONG_TEXT = 1024 * 1024;
/** A key always comes as a whole. */
const MAX_KEY = 64 * 1024 * 1024;
const BOM = [0xef, 0xbb, 0xbf];

/**
 * Reads a whole JSON text, strictly: no value is built. A long one is read in turns, so that the process answers others
 * meanwhile.
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

/** Bytes that are in memory, and where in the text they stand. */
interface Block {
  readonly bytes: Uint8Array;
  readonly start: number;
}

/** Each block ends between two characters. */
async function* blocksOf(source: Bytes): AsyncGenerator<Block> {
  let cut: Uint8Array = new Uint8Array();
  let start = 0;
  for await (const piece of source.pieces()) {
    const bytes = cut.length === 0 ? piece : Buffer.concat([cut, piece]);
    const isLast = start + bytes.length >= source.length;
    const end = isLast ? bytes.length : lastWhole(bytes);
    yield { bytes: bytes.subarray(0, end), start };
    cut = Buffer.from(bytes.subarray(end));
    start += end;
  }
}

/** Where the last character begins that is not whole; the length where all are. */
function lastWhole(bytes: Uint8Array): number {
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

/** A slice ends between two characters. */
function endOfSlice(bytes: Uint8Array, start: number): number {
  let end = Math.min(start + SLICE, bytes.length);
  const isInside = () => end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80;
  for (let back = 0; back < 3 && isInside(); back += 1) end -= 1;
  return end;
}

/** Numbers keep their text. */
class LosslessTokenizer extends Tokenizer {
  readonly #strings: TextBuilder;

  /** @param take gets the beginning of a long string, as a TextBuilder hands it over */
  constructor(take: (text: string) => boolean) {
    super();
    const fields = ['bufferedString', 'bufferedNumber', 'escapedCharsByteLength'];
    if (!fields.every((field) => Reflect.has(this, field)))
      throw new TypeError('the tokenizer of @streamparser/json is built in another way now');
    this.#strings = new TextBuilder({ take, longFrom: LONG_TEXT });
    Reflect.set(this, 'bufferedString', this.#strings);
    const tooLong = () => {
      throw new MalformedJson(`a number of more than ${MAX_NUMBER} digits`);
    };
    Reflect.set(this, 'bufferedNumber', new TextBuilder({ take: tooLong, longFrom: MAX_NUMBER }));
  }

  /** How many bytes the string took that was just read, with its quotation marks. */
  get stringBytes(): number {
    return Number(Reflect.get(this, 'escapedCharsByteLength')) + this.#strings.byteLength + 2;
  }

  protected override parseNumber(text: string): number {
    return text as unknown as number;
  }
}

/** What may come next. */
type Expected = 'value' | 'valueOrEnd' | 'key' | 'keyOrEnd' | 'colon' | 'commaOrEnd' | 'nothing';

/** The grammar, over the library's tokens. */
class Reader {
  readonly #tokenizer: LosslessTokenizer;
  readonly #events: JsonEvents;
  /** What is open: whether it is an object. */
  readonly #open: boolean[] = [];
  #expected: Expected = 'value';

  #begun = false;

  constructor(events: JsonEvents) {
    this.#tokenizer = new LosslessTokenizer((text) => this.#piece(text));
    this.#events = events;
    this.#tokenizer.onToken = ({ token, value, offset }) => this.#token(token, value, offset);
  }

  read(slice: Uint8Array): void {
    if (!this.#begun && BOM.every((byte, i) => slice[i] === byte))
      throw new MalformedJson('it begins with a byte order mark');
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
        this.#scalar('null', 'null', offset);
        break;
      default:
        this.#scalar('boolean', String(value), offset);
    }
  }

  /** The beginning of a long string: whether it is taken. */
  #piece(text: string): boolean {
    if (this.#expected === 'key' || this.#expected === 'keyOrEnd') {
      if (text.length > MAX_KEY) throw new MalformedJson(`a key of more than ${MAX_KEY} characters`);
      return false;
    }
    if (this.#events.piece === undefined) return false;
    if (this.#expected !== 'value' && this.#expected !== 'valueOrEnd')
      throw new MalformedJson('a text is not expected');
    this.#events.piece(text);
    return true;
  }

  #string(text: string, offset: number): void {
    const end = offset + this.#tokenizer.stringBytes;
    if (this.#expected !== 'key' && this.#expected !== 'keyOrEnd') {
      this.#scalar('string', text, offset, end);
      return;
    }
    this.#expected = 'colon';
    this.#events.key(text, offset, end);
  }

  #number(text: string, offset: number): void {
    if (text.length > MAX_NUMBER) throw new MalformedJson(`a number of ${text.length} digits at byte ${offset}`);
    this.#scalar('number', text, offset);
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

  #scalar(kind: Scalar, value: string, offset: number, end = offset + value.length): void {
    this.#beginValue(offset);
    this.#expected = this.#open.length === 0 ? 'nothing' : 'commaOrEnd';
    this.#events.scalar(kind, value, offset, end);
  }

  #beginValue(offset: number): void {
    if (this.#expected !== 'value' && this.#expected !== 'valueOrEnd') throw unexpected('a value', offset);
  }
}

const unexpected = (what: string, offset: number) => new MalformedJson(`${what} is not expected at byte ${offset}`);

/** The library's own words, without the piece of text that they quote; what the events throw stays as it is. */
function malformed(error: unknown): unknown {
  if (!(error instanceof TokenizerError)) return error;
  const place = /absolute position "(\d+)"/.exec(error.message)?.[1];
  return new MalformedJson(place === undefined ? 'it ends too early' : `it is no JSON at byte ${place}`);
}

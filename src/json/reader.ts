import { isUtf8 } from 'node:buffer';
import { Tokenizer, TokenizerError, TokenType } from '@streamparser/json';
import { TextBuilder } from './textBuilder.ts';
import { nextTurn, turnIsOver } from './turns.ts';

/** What stands in a JSON text, in its order. Offsets are bytes from its beginning. */
export interface JsonEvents {
  /** An object or a list begins here. */
  open(isObject: boolean, offset: number): void;
  /** It ends before `end`. */
  close(isObject: boolean, end: number): void;
  key(key: string, offset: number): void;
  /** A number comes as its own text: no number of JavaScript's holds all of them. */
  scalar(kind: Scalar, value: string, offset: number): void;
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
const BOM = [0xef, 0xbb, 0xbf];

/**
 * Reads a whole JSON text, strictly: no value is built. A long one is read in turns, so that the process answers others
 * meanwhile.
 *
 * @throws MalformedJson, and what the events throw
 */
export async function readJson(bytes: Uint8Array, events: JsonEvents): Promise<void> {
  const reader = new Reader(bytes, events);
  for (let start = 0; start < bytes.length; ) {
    if (start >= SHORT && turnIsOver()) await nextTurn();
    const end = endOfSlice(bytes, start);
    reader.read(bytes.subarray(start, end));
    start = end;
  }
  reader.end();
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
  constructor() {
    super();
    const isBuiltAsKnown = Reflect.has(this, 'bufferedString') && Reflect.has(this, 'bufferedNumber');
    if (!isBuiltAsKnown) throw new TypeError('the tokenizer of @streamparser/json is built in another way now');
    Reflect.set(this, 'bufferedString', new TextBuilder());
    Reflect.set(this, 'bufferedNumber', new TextBuilder());
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

  constructor(bytes: Uint8Array, events: JsonEvents) {
    this.#tokenizer = new LosslessTokenizer();
    this.#events = events;
    if (BOM.every((byte, i) => bytes[i] === byte)) throw new MalformedJson('it begins with a byte order mark');
    this.#tokenizer.onToken = ({ token, value, offset }) => this.#token(token, value, offset);
  }

  read(slice: Uint8Array): void {
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

  #string(text: string, offset: number): void {
    if (this.#expected !== 'key' && this.#expected !== 'keyOrEnd') {
      this.#scalar('string', text, offset);
      return;
    }
    this.#expected = 'colon';
    this.#events.key(text, offset);
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

  #scalar(kind: Scalar, value: string, offset: number): void {
    this.#beginValue(offset);
    this.#expected = this.#open.length === 0 ? 'nothing' : 'commaOrEnd';
    this.#events.scalar(kind, value, offset);
  }

  #beginValue(offset: number): void {
    if (this.#expected !== 'value' && this.#expected !== 'valueOrEnd') throw unexpected('a value', offset);
  }
}

/** Where the string that begins at this quotation mark ends, its own included. */
export function endOfString(bytes: Uint8Array, start: number): number {
  let end = start + 1;
  while (bytes[end] !== 0x22) end += bytes[end] === 0x5c ? 2 : 1;
  return end + 1;
}

const unexpected = (what: string, offset: number) => new MalformedJson(`${what} is not expected at byte ${offset}`);

/** The library's own words, without the piece of text that they quote; what the events throw stays as it is. */
function malformed(error: unknown): unknown {
  if (!(error instanceof TokenizerError)) return error;
  const place = /absolute position "(\d+)"/.exec(error.message)?.[1];
  return new MalformedJson(place === undefined ? 'it ends too early' : `it is no JSON at byte ${place}`);
}

import { isUtf8 } from 'node:buffer';
import { setImmediate as othersFirst } from 'node:timers/promises';
import { Tokenizer, TokenizerError, TokenType } from '@streamparser/json';

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

/** Others get their turn after so many bytes: after a few milliseconds, where all of them are escapes. */
const SLICE = 128 * 1024;
/** Where texts may be long, they are gathered as bytes rather than piece by piece. */
const LONG_TEXTS = { stringBufferSize: 64 * 1024, numberBufferSize: 64 };
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Reads a whole JSON text, strictly: no value is built. A long one is read in slices, so that the process answers others
 * meanwhile.
 *
 * @throws MalformedJson, and what the events throw
 */
export async function readJson(bytes: Uint8Array, events: JsonEvents): Promise<void> {
  if (!isUtf8(bytes)) throw new MalformedJson('it is not valid UTF-8');
  const reader = new Reader(bytes, events);
  for (let start = 0; start < bytes.length; start += SLICE) {
    if (start > 0) await othersFirst();
    reader.read(bytes.subarray(start, start + SLICE));
  }
  reader.end();
}

/** Numbers keep their text. */
class LosslessTokenizer extends Tokenizer {
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
  readonly #bytes: Uint8Array;
  /** Only then can the library lose one: it drops a byte order mark inside of a text. */
  readonly #hasBom: boolean;
  /** What is open: whether it is an object. */
  readonly #open: boolean[] = [];
  #expected: Expected = 'value';

  constructor(bytes: Uint8Array, events: JsonEvents) {
    this.#bytes = bytes;
    this.#tokenizer = new LosslessTokenizer(bytes.length > SLICE ? LONG_TEXTS : {});
    this.#events = events;
    this.#hasBom = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(BOM);
    if (BOM.every((byte, i) => bytes[i] === byte)) throw new MalformedJson('it begins with a byte order mark');
    this.#tokenizer.onToken = ({ token, value, offset }) => this.#token(token, value, offset);
  }

  read(slice: Uint8Array): void {
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
        this.#string(this.#hasBom ? this.#textAt(offset) : (value as string), offset);
        break;
      case TokenType.NUMBER:
        this.#scalar('number', value as string, offset);
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

  #textAt(offset: number): string {
    const text = this.#bytes.subarray(offset, endOfString(this.#bytes, offset));
    return JSON.parse(Buffer.from(text).toString());
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

import { refuse } from '../../base/errors.ts';
import { type Bytes, partOf, type SlicedBytes } from '../../base/json/bytes.ts';
import { compareDecimals } from '../../base/json/decimal.ts';
import { NumberText } from '../../base/json/numberText.ts';
import { RawJson } from '../../base/json/rawJson.ts';
import { type JsonEvents, MalformedJson, readJson, type Scalar } from '../../base/json/reader.ts';
import { cutToCharacters } from '../../base/text.ts';
import { isContentAt, type Place, placeIn, storesContent } from './rawData.ts';

const MAX_DEPTH = 32;
const MAX_CONTENT_DEPTH = 1_000;
const MAX_ITEMS = 100_000;
const MAX_KEYS = 10_000;
const MAX_CONTENT_KEYS = 100_000;
/**
 * What is built is looked at as a whole by whoever uses it, so there is a bound on how much it can be: on the values, and
 * on the bytes that they are written in. The data of objects that are saved is not built.
 */
const MAX_VALUES = 250_000;
const MAX_BUILT_BYTES = 16 * 1024 * 1024;
const MAX_SHOWN_NUMBER = 40;
const POISON = new Set(['__proto__', 'constructor', 'prototype']);
/** Below these keys of `params` stands what a caller stores: any key is allowed in it. */
const CONTENT_KEYS = new Set(['data', 'provenance', 'meta']);

type Fields = Record<string, unknown>;

/** What is open around the place that is being looked at. */
interface Frame {
  readonly value: Fields | unknown[];
  readonly keys: Set<string> | undefined;
  /** How many keys there were. */
  count: number;
  /** Below one of CONTENT_KEYS. */
  readonly content: boolean;
  readonly inParams: boolean;
  /** Below the envelope's id. */
  readonly inId: boolean;
  readonly place: Place;
  /** The key whose value comes next. */
  key: string;
}

/** An object's data, kept as text for now. */
interface Raw {
  readonly holder: Fields;
  readonly key: string;
  readonly envelope: Fields;
}

/** The text of a request: a long one is not in memory. */
export type JsonSource = Uint8Array | SlicedBytes;

export interface ParseOptions {
  /** How many values it may hold, apart from the data of objects that are saved. */
  readonly maxValues?: number;
  /** Whether it is a JSON-RPC request: then each number in its id is a {@link NumberText}. */
  readonly hasId?: boolean;
  /** All of it may be kept as it is, wherever it stands: no number in it may change. */
  readonly isKept?: boolean;
}

/**
 * The JSON value in these bytes. Structure is judged before any value is built: depth, lengths, duplicate keys and keys
 * that could reach a prototype are refused outside of stored content; half characters everywhere, since the database
 * would store something else than was hashed. The data of objects that are to be saved stays text, a {@link RawJson}.
 *
 * @throws parse_error
 */
export async function parseJson(
  body: JsonSource,
  { maxValues = MAX_VALUES, hasId = false, isKept = false }: ParseOptions = {},
): Promise<unknown> {
  const budget = new Budget(maxValues);
  const builder = new Builder((start, end) => partOf(body, start, end), budget, { hasId, isKept });
  try {
    await readJson(body, builder);
  } catch (error) {
    if (!(error instanceof MalformedJson)) throw error;
    throw refuse('parse_error', isBlank(body) ? 'No content to map due to end-of-input' : error.message);
  }
  let built = body.length;
  for (const { holder, key, envelope } of builder.raws) {
    const raw = holder[key];
    if (!(raw instanceof RawJson)) continue;
    if (storesContent(envelope)) {
      built -= raw.bytes.length;
      await raw.summarise();
    } else {
      // Data stays text only in a call that saves it: in any other it is like all else.
      assertBearable(raw.bytes.length);
      const content = new Builder(noPart, budget, { isContent: true, isKept: true });
      await readJson(raw.bytes, content);
      holder[key] = content.result;
    }
  }
  assertBearable(built);
  return builder.result;
}

/** @throws parse_error for more bytes than are built */
function assertBearable(bytes: number): void {
  if (bytes > MAX_BUILT_BYTES)
    complain(`more than ${MAX_BUILT_BYTES} bytes beside the data of objects`, MAX_BUILT_BYTES);
}

/** The bytes of the text from the one offset to the other. */
type Cut = (start: number, end: number) => Uint8Array | Bytes;

/** Content is built as a whole: nothing in it stays text. */
function noPart(): never {
  throw new TypeError('data of objects was found in content');
}

/** What may still be built. */
class Budget {
  readonly #max: number;
  #values = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** @throws parse_error */
  spend(offset: number): void {
    this.#values += 1;
    if (this.#values > this.#max) complain(`more than ${this.#max} values`, offset);
  }
}

interface BuilderOptions {
  /** Whether all of it is content that a caller stores, as it is below `data`. */
  readonly isContent?: boolean;
  readonly hasId?: boolean;
  readonly isKept?: boolean;
}

class Builder implements JsonEvents {
  /** The data that stays text for now. */
  readonly raws: Raw[] = [];
  result: unknown;
  readonly #cut: Cut;
  readonly #budget: Budget;
  readonly #isContent: boolean;
  readonly #hasId: boolean;
  readonly #isKept: boolean;
  readonly #frames: Frame[] = [];
  /** The data that is being skipped: where it began, and how deep inside of it the reader is. */
  #raw: { readonly start: number; readonly at: Raw; depth: number } | undefined;

  /** How many bytes of the body were kept as text. */
  #rawBytes = 0;
  /** The beginning of a text that comes in pieces. */
  #pieces: string[] = [];
  #pieceLength = 0;

  constructor(cut: Cut, budget: Budget, { isContent = false, hasId = false, isKept = false }: BuilderOptions) {
    this.#cut = cut;
    this.#budget = budget;
    this.#isContent = isContent;
    this.#hasId = hasId;
    this.#isKept = isKept;
  }

  open(isObject: boolean, offset: number): void {
    const parent = this.#frames.at(-1);
    if (this.#raw !== undefined) {
      this.#raw.depth += 1;
      assertDepth(this.#frames.length + this.#raw.depth, MAX_CONTENT_DEPTH, offset);
      return;
    }
    const inParams =
      parent !== undefined && (parent.inParams || (parent.place === 'envelope' && parent.key === 'params'));
    const content =
      this.#isContent ||
      (parent !== undefined &&
        (parent.content || (parent.inParams && parent.keys !== undefined && CONTENT_KEYS.has(parent.key))));
    assertDepth(this.#frames.length + 1, content ? MAX_CONTENT_DEPTH : MAX_DEPTH, offset);
    if (parent !== undefined && isContentAt(parent.place, parent.key)) {
      this.#raw = { start: offset, at: this.#keepRaw(parent), depth: 1 };
      return;
    }
    const value: Frame['value'] = isObject ? {} : [];
    this.#put(value, offset);
    const keys = isObject ? new Set<string>() : undefined;
    const place = this.#isContent ? 'elsewhere' : placeIn(parent, isObject);
    this.#frames.push({ value, keys, count: 0, content, inParams, inId: this.#isInId(parent), place, key: '' });
  }

  close(_: boolean, end: number): void {
    if (this.#raw === undefined) {
      this.#frames.pop();
      return;
    }
    this.#raw.depth -= 1;
    if (this.#raw.depth > 0) return;
    const { start, at } = this.#raw;
    this.#raw = undefined;
    this.#setRaw(at, start, end);
  }

  key(key: string, offset: number): void {
    this.#assertWhole(key, offset);
    if (this.#raw === undefined) assertBearable(offset - this.#rawBytes);
    const frame = this.#frames.at(-1);
    if (this.#raw !== undefined || frame?.keys === undefined) return;
    frame.key = key;
    frame.count += 1;
    const max = frame.content ? MAX_CONTENT_KEYS : MAX_KEYS;
    if (frame.count > max) complain(`an object of more than ${max} keys`, offset);
    if (frame.content) return;
    if (frame.keys.has(key)) complain(`the key ${JSON.stringify(cutToCharacters(key, 64))} twice`, offset);
    if (POISON.has(key)) complain(`the key ${key}, which is not allowed`, offset);
    frame.keys.add(key);
  }

  /** Of a text that stays text nothing is kept. */
  piece(text: string): void {
    this.#assertWhole(text, this.#pieceLength);
    const parent = this.#frames.at(-1);
    if (this.#raw !== undefined || (parent !== undefined && isContentAt(parent.place, parent.key))) return;
    this.#pieceLength += text.length;
    assertBearable(this.#pieceLength);
    this.#pieces.push(text);
  }

  scalar(kind: Scalar, rest: string, offset: number, end: number): void {
    if (kind === 'string') this.#assertWhole(rest, offset);
    if (this.#raw !== undefined) return;
    const parent = this.#frames.at(-1);
    if (parent !== undefined && kind !== 'null' && isContentAt(parent.place, parent.key)) {
      this.#setRaw(this.#keepRaw(parent), offset, end);
      return;
    }
    assertBearable(offset - this.#rawBytes);
    const text = this.#joined(rest);
    const isIdNumber = kind === 'number' && this.#isInId(parent);
    if (kind === 'number' && (this.#isKept || parent?.content)) assertExact(text, offset);
    this.#put(isIdNumber ? new NumberText(text) : scalarOf(kind, text), offset);
  }

  /** With the pieces that came before. */
  #joined(rest: string): string {
    if (this.#pieces.length === 0) return rest;
    const text = [...this.#pieces, rest].join('');
    this.#pieces = [];
    this.#pieceLength = 0;
    return text;
  }

  #setRaw({ holder, key }: Raw, start: number, end: number): void {
    this.#rawBytes += end - start;
    holder[key] = new RawJson(this.#cut(start, end));
  }

  #isInId(parent: Frame | undefined): boolean {
    if (!this.#hasId || parent === undefined) return false;
    return parent.inId || (parent.place === 'envelope' && parent.key === 'id');
  }

  #keepRaw({ value, key }: Frame): Raw {
    const envelope = this.#frames.find((f) => f.place === 'envelope')?.value as Fields;
    const raw: Raw = { holder: value as Fields, key, envelope };
    this.raws.push(raw);
    return raw;
  }

  #put(value: unknown, offset: number): void {
    this.#budget.spend(offset);
    const parent = this.#frames.at(-1);
    if (parent === undefined) this.result = value;
    else if (Array.isArray(parent.value)) {
      parent.value.push(value);
      if (parent.value.length > MAX_ITEMS && !parent.content)
        complain(`a list of more than ${MAX_ITEMS} items`, offset);
    } else if (parent.key === '__proto__') {
      Object.defineProperty(parent.value, parent.key, { value, enumerable: true, writable: true, configurable: true });
    } else parent.value[parent.key] = value;
  }

  #assertWhole(text: string, offset: number): void {
    if (!text.isWellFormed()) complain('half a character (a lone surrogate)', offset);
  }
}

function assertDepth(depth: number, limit: number, offset: number): void {
  if (depth > limit) complain(`nesting deeper than ${limit}`, offset);
}

function complain(what: string, offset: number): never {
  throw refuse('parse_error', `${what} at byte ${offset}`);
}

/**
 * Refuses a number that the database would keep as another: an integer of more digits than a double holds, or one that is
 * too large or too small for any. A fraction is the double nearest to it, as everywhere.
 */
function assertExact(text: string, offset: number): void {
  const value = Number(text);
  const isKept = /[.eE]/.test(text)
    ? Number.isFinite(value) && (value !== 0 || !/[1-9]/.test(text.replace(/[eE].*$/, '')))
    : Number.isFinite(value) && compareDecimals(text, BigInt(value).toString()) === 0;
  if (isKept) return;
  const shown = text.length > MAX_SHOWN_NUMBER ? `${text.slice(0, MAX_SHOWN_NUMBER)}…` : text;
  complain(`the number ${shown}, which would not be kept as it is (send it as text)`, offset);
}

function scalarOf(kind: Scalar, text: string): unknown {
  if (kind === 'string') return text;
  if (kind === 'number') return Number(text);
  return kind === 'null' ? null : text === 'true';
}

function isBlank(body: JsonSource): boolean {
  return body instanceof Uint8Array && body.length < 1_024 && Buffer.from(body).toString('latin1').trim() === '';
}

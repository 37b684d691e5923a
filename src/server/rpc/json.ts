import { refuse } from '../../base/errors.ts';
import { type Bytes, partOf, type SlicedBytes } from '../../base/json/bytes.ts';
import { compareDecimals } from '../../base/json/decimal.ts';
import { NumberText } from '../../base/json/numberText.ts';
import { RawJson } from '../../base/json/rawJson.ts';
import { type Extent, type JsonEvents, MalformedJson, readJson, type ScalarKind } from '../../base/json/reader.ts';
import { cutToCharacters } from '../../base/text.ts';
import { plainJson } from './plainJson.ts';
import { isContentAt, type Place, placeIn, storesContent } from './rawData.ts';

const MAX_DEPTH = 32;
const MAX_CONTENT_DEPTH = 1_000;
const MAX_ITEMS = 100_000;
const MAX_KEYS = 10_000;
const MAX_CONTENT_KEYS = 100_000;
/**
 * Users of the parsed values iterate over all of them, so their number and the length of their text are bounded.
 * The data of objects that are saved is not parsed into values, and does not count.
 */
const MAX_VALUES = 250_000;
const MAX_BUILT_BYTES = 16 * 1024 * 1024;
const MAX_SHOWN_NUMBER = 40;
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
/** The keys of `params` whose values are content that a caller stores: any key is allowed in it. */
const CONTENT_KEYS = new Set(['data', 'provenance', 'meta']);

type Fields = Record<string, unknown>;

/** An open object or list. */
interface Frame {
  readonly value: Fields | unknown[];
  readonly keys: Set<string> | undefined;
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

/** Where the data of an object stays text. */
interface Raw {
  readonly holder: Fields;
  readonly key: string;
  readonly envelope: Fields;
}

/** The text of a request; a long one is in a file. */
export type JsonSource = Uint8Array | SlicedBytes;

export interface ParseOptions {
  /** The largest number of values, apart from the data of objects that are saved. */
  readonly maxValues?: number;
  /** Whether the text is a JSON-RPC request: then each number in its id is a {@link NumberText}. */
  readonly hasId?: boolean;
  /** Whether any part of it may be stored as it is: then no number in it may lose precision. */
  readonly isStored?: boolean;
}

/**
 * Parses JSON. Outside of stored content, depth, lengths, duplicate keys and keys that could reach a prototype are
 * refused before a value is built. Lone surrogates are refused everywhere, since the database would store something
 * else than was hashed. The data of objects that are saved stays text, as {@link RawJson}.
 *
 * @throws parse_error
 */
export async function parseJson(
  body: JsonSource,
  { maxValues = MAX_VALUES, hasId = false, isStored = false }: ParseOptions = {},
): Promise<unknown> {
  const plain = body instanceof Uint8Array && maxValues >= MAX_VALUES ? plainJson(body, hasId) : undefined;
  if (plain !== undefined) return plain;
  const budget = new Budget(maxValues);
  const slice: Slice = (start, end) => partOf(body, start, end);
  const builder = new Builder(slice, budget, { hasId, isStored });
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
      // Data only stays text in a call that saves it.
      assertBuildable(raw.bytes.length);
      const content = new Builder(noPart, budget, { isContent: true, isStored: true });
      await readJson(raw.bytes, content);
      holder[key] = content.result;
    }
  }
  assertBuildable(built);
  return builder.result;
}

function assertBuildable(bytes: number): void {
  if (bytes > MAX_BUILT_BYTES) fail(`more than ${MAX_BUILT_BYTES} bytes beside the data of objects`, MAX_BUILT_BYTES);
}

type Slice = (start: number, end: number) => Uint8Array | Bytes;

/** In content there is no data of objects that could stay text. */
function noPart(): never {
  throw new TypeError('data of objects was found in content');
}

class Budget {
  readonly #max: number;
  #values = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** @throws parse_error */
  spend(offset: number): void {
    this.#values += 1;
    if (this.#values > this.#max) fail(`more than ${this.#max} values`, offset);
  }
}

interface BuilderOptions {
  /** Whether all of it is content that a caller stores. */
  readonly isContent?: boolean;
  readonly hasId?: boolean;
  readonly isStored?: boolean;
}

class Builder implements JsonEvents {
  /** The data that stays text, unless the call does not save it. */
  readonly raws: Raw[] = [];
  result: unknown;
  readonly #slice: Slice;
  readonly #budget: Budget;
  readonly #isContent: boolean;
  readonly #hasId: boolean;
  readonly #isStored: boolean;
  readonly #frames: Frame[] = [];
  /** The data that is being skipped: its offset, and how deep in it the reader is. */
  #raw: { readonly start: number; readonly at: Raw; depth: number } | undefined;
  /** The number of bytes that stay text. */
  #rawBytes = 0;
  /** The beginning of a string that comes in pieces. */
  #pieces: string[] = [];
  #pieceLength = 0;

  constructor(slice: Slice, budget: Budget, { isContent = false, hasId = false, isStored = false }: BuilderOptions) {
    this.#slice = slice;
    this.#budget = budget;
    this.#isContent = isContent;
    this.#hasId = hasId;
    this.#isStored = isStored;
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
    this.#assertWellFormed(key, offset);
    if (this.#raw === undefined) assertBuildable(offset - this.#rawBytes);
    const frame = this.#frames.at(-1);
    if (this.#raw !== undefined || frame?.keys === undefined) return;
    frame.key = key;
    frame.count += 1;
    const max = frame.content ? MAX_CONTENT_KEYS : MAX_KEYS;
    if (frame.count > max) fail(`an object of more than ${max} keys`, offset);
    if (frame.content) return;
    if (frame.keys.has(key)) fail(`the key ${JSON.stringify(cutToCharacters(key, 64))} twice`, offset);
    if (FORBIDDEN_KEYS.has(key)) fail(`the key ${key}, which is not allowed`, offset);
    frame.keys.add(key);
  }

  piece(text: string): void {
    this.#assertWellFormed(text, this.#pieceLength);
    const parent = this.#frames.at(-1);
    if (this.#raw !== undefined || (parent !== undefined && isContentAt(parent.place, parent.key))) return;
    this.#pieceLength += text.length;
    assertBuildable(this.#pieceLength);
    this.#pieces.push(text);
  }

  scalar(kind: ScalarKind, rest: string, { start: offset, end }: Extent): void {
    if (kind === 'string') this.#assertWellFormed(rest, offset);
    if (this.#raw !== undefined) return;
    const parent = this.#frames.at(-1);
    if (parent !== undefined && kind !== 'null' && isContentAt(parent.place, parent.key)) {
      this.#setRaw(this.#keepRaw(parent), offset, end);
      return;
    }
    assertBuildable(offset - this.#rawBytes);
    const text = this.#joined(rest);
    const isIdNumber = kind === 'number' && this.#isInId(parent);
    if (kind === 'number' && (this.#isStored || parent?.content)) assertExact(text, offset);
    this.#put(isIdNumber ? new NumberText(text) : scalarOf(kind, text), offset);
  }

  #joined(rest: string): string {
    if (this.#pieces.length === 0) return rest;
    const text = [...this.#pieces, rest].join('');
    this.#pieces = [];
    this.#pieceLength = 0;
    return text;
  }

  #setRaw({ holder, key }: Raw, start: number, end: number): void {
    this.#rawBytes += end - start;
    holder[key] = new RawJson(this.#slice(start, end));
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
      const isTooLong = parent.value.length > MAX_ITEMS && !parent.content;
      if (isTooLong) fail(`a list of more than ${MAX_ITEMS} items`, offset);
    } else if (parent.key === '__proto__') {
      Object.defineProperty(parent.value, parent.key, { value, enumerable: true, writable: true, configurable: true });
    } else parent.value[parent.key] = value;
  }

  #assertWellFormed(text: string, offset: number): void {
    if (!text.isWellFormed()) fail('half a character (a lone surrogate)', offset);
  }
}

function assertDepth(depth: number, limit: number, offset: number): void {
  if (depth > limit) fail(`nesting deeper than ${limit}`, offset);
}

function fail(what: string, offset: number): never {
  throw refuse('parse_error', `${what} at byte ${offset}`);
}

/**
 * Refuses a number that the database would store as another one: an integer with more digits than a double holds, or a
 * number that is too large or too small for a double. Fractions are rounded to the nearest double, as everywhere.
 */
function assertExact(text: string, offset: number): void {
  const value = Number(text);
  const isKept = /[.eE]/.test(text)
    ? Number.isFinite(value) && (value !== 0 || !/[1-9]/.test(text.replace(/[eE].*$/, '')))
    : Number.isFinite(value) && compareDecimals(text, BigInt(value).toString()) === 0;
  if (isKept) return;
  const shown = text.length > MAX_SHOWN_NUMBER ? `${text.slice(0, MAX_SHOWN_NUMBER)}…` : text;
  fail(`the number ${shown}, which would not be kept as it is (send it as text)`, offset);
}

function scalarOf(kind: ScalarKind, text: string): unknown {
  if (kind === 'string') return text;
  if (kind === 'number') return Number(text);
  return kind === 'null' ? null : text === 'true';
}

function isBlank(body: JsonSource): boolean {
  return body instanceof Uint8Array && body.length < 1_024 && Buffer.from(body).toString('latin1').trim() === '';
}

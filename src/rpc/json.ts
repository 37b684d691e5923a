import { refuse } from '../errors.ts';
import { RawJson } from '../json/rawJson.ts';
import { type JsonEvents, MalformedJson, readJson, type Scalar } from '../json/reader.ts';
import { cutToCharacters } from '../text.ts';
import { isDataOfObjects, type Place, placeIn, savesObjects } from './rawData.ts';

const MAX_DEPTH = 32;
const MAX_CONTENT_DEPTH = 1_000;
const MAX_ITEMS = 100_000;
const MAX_KEYS = 10_000;
/** Where values are built, in content too: a body of nothing but `{},` takes forty times its length in memory. */
const MAX_CONTAINERS = 2_000_000;
const POISON = new Set(['__proto__', 'constructor', 'prototype']);
/** Below these keys of `params` stands what a caller stores: any key is allowed in it. */
const CONTENT_KEYS = new Set(['data', 'provenance', 'meta']);

const SURROGATE_ESCAPES = ['\\ud', '\\uD'];
const LONE_SURROGATE = /\p{Surrogate}/u;

type Fields = Record<string, unknown>;

/** What is open around the place that is being looked at. */
interface Frame {
  readonly value: Fields | unknown[];
  readonly keys: Set<string> | undefined;
  /** Below one of CONTENT_KEYS. */
  readonly content: boolean;
  readonly inParams: boolean;
  readonly place: Place;
  /** The key whose value comes next. */
  key: string;
}

/** An object's data, kept as text for now. */
interface Raw {
  readonly holder: Fields;
  readonly key: string;
  readonly envelope: Fields;
  /** Lists and objects in it. */
  containers: number;
}

/**
 * The JSON value in these bytes. Structure is judged before any value is built: depth, lengths, duplicate keys and keys
 * that could reach a prototype are refused outside of stored content; half characters everywhere, since the database
 * would store something else than was hashed. The data of objects that are to be saved stays text, a {@link RawJson}.
 *
 * @throws parse_error
 */
export async function parseJson(body: Uint8Array): Promise<unknown> {
  const builder = new Builder(body);
  try {
    await readJson(body, builder);
  } catch (error) {
    if (!(error instanceof MalformedJson)) throw error;
    throw refuse('parse_error', isBlank(body) ? 'No content to map due to end-of-input' : error.message);
  }
  return builder.whole();
}

class Builder implements JsonEvents {
  readonly #body: Buffer;
  readonly #escapesSurrogates: boolean;
  readonly #frames: Frame[] = [];
  readonly #raws: Raw[] = [];
  #result: unknown;
  #containers = 0;
  /** The data that is being skipped: where it began, and how deep inside of it the reader is. */
  #raw: { readonly start: number; readonly at: Raw; depth: number } | undefined;

  constructor(body: Uint8Array) {
    this.#body = Buffer.from(body.buffer, body.byteOffset, body.length);
    this.#escapesSurrogates = SURROGATE_ESCAPES.some((written) => this.#body.includes(written));
  }

  open(isObject: boolean, offset: number): void {
    const parent = this.#frames.at(-1);
    if (this.#raw !== undefined) {
      this.#raw.depth += 1;
      this.#raw.at.containers += 1;
      assertDepth(this.#frames.length + this.#raw.depth, MAX_CONTENT_DEPTH, offset);
      return;
    }
    const inParams =
      parent !== undefined && (parent.inParams || (parent.place === 'envelope' && parent.key === 'params'));
    const content =
      parent !== undefined &&
      (parent.content || (parent.inParams && parent.keys !== undefined && CONTENT_KEYS.has(parent.key)));
    assertDepth(this.#frames.length + 1, content ? MAX_CONTENT_DEPTH : MAX_DEPTH, offset);
    if (parent !== undefined && isDataOfObjects(parent.place, parent.key)) {
      this.#raw = { start: offset, at: this.#keepRaw(parent), depth: 1 };
      this.#raw.at.containers = 1;
      return;
    }
    this.#containers += 1;
    if (this.#containers > MAX_CONTAINERS) complain(`more than ${MAX_CONTAINERS} lists and objects`, offset);
    const value: Frame['value'] = isObject ? {} : [];
    this.#put(value, offset);
    const keys = isObject ? new Set<string>() : undefined;
    this.#frames.push({ value, keys, content, inParams, place: placeIn(parent, isObject), key: '' });
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
    at.holder[at.key] = new RawJson(this.#body.subarray(start, end));
  }

  key(key: string, offset: number): void {
    this.#assertWhole(key, offset);
    const frame = this.#frames.at(-1);
    if (this.#raw !== undefined || frame?.keys === undefined) return;
    frame.key = key;
    if (frame.content) return;
    if (frame.keys.has(key)) complain(`the key ${JSON.stringify(cutToCharacters(key, 64))} twice`, offset);
    if (POISON.has(key)) complain(`the key ${key}, which is not allowed`, offset);
    frame.keys.add(key);
    if (frame.keys.size > MAX_KEYS) complain(`an object of more than ${MAX_KEYS} keys`, offset);
  }

  scalar(kind: Scalar, text: string, offset: number): void {
    if (kind === 'string') this.#assertWhole(text, offset);
    if (this.#raw !== undefined) return;
    const parent = this.#frames.at(-1);
    if (parent !== undefined && kind !== 'null' && isDataOfObjects(parent.place, parent.key)) {
      const { holder, key } = this.#keepRaw(parent);
      holder[key] = new RawJson(Buffer.from(kind === 'string' ? JSON.stringify(text) : text));
      return;
    }
    this.#put(scalarOf(kind, text), offset);
  }

  /** What was read. Data stays text only in a call that saves it: in any other it is like all else. */
  whole(): unknown {
    for (const { holder, key, envelope, containers } of this.#raws) {
      const raw = holder[key];
      if (!(raw instanceof RawJson) || savesObjects(envelope)) continue;
      this.#containers += containers;
      if (this.#containers > MAX_CONTAINERS) complain(`more than ${MAX_CONTAINERS} lists and objects`, 0);
      holder[key] = JSON.parse(Buffer.from(raw.bytes).toString());
    }
    return this.#result;
  }

  #keepRaw({ value, key }: Frame): Raw {
    const envelope = this.#frames.find((f) => f.place === 'envelope')?.value as Fields;
    const raw: Raw = { holder: value as Fields, key, envelope, containers: 0 };
    this.#raws.push(raw);
    return raw;
  }

  #put(value: unknown, offset: number): void {
    const parent = this.#frames.at(-1);
    if (parent === undefined) this.#result = value;
    else if (Array.isArray(parent.value)) {
      parent.value.push(value);
      if (parent.value.length > MAX_ITEMS && !parent.content)
        complain(`a list of more than ${MAX_ITEMS} items`, offset);
    } else if (parent.key === '__proto__') {
      Object.defineProperty(parent.value, parent.key, { value, enumerable: true, writable: true, configurable: true });
    } else parent.value[parent.key] = value;
  }

  #assertWhole(text: string, offset: number): void {
    if (this.#escapesSurrogates && LONE_SURROGATE.test(text)) complain('half a character (a lone surrogate)', offset);
  }
}

function assertDepth(depth: number, limit: number, offset: number): void {
  if (depth > limit) complain(`nesting deeper than ${limit}`, offset);
}

function complain(what: string, offset: number): never {
  throw refuse('parse_error', `${what} at byte ${offset}`);
}

function scalarOf(kind: Scalar, text: string): unknown {
  if (kind === 'string') return text;
  if (kind === 'number') return Number(text);
  return kind === 'null' ? null : text === 'true';
}

function isBlank(body: Uint8Array): boolean {
  return body.length < 1_024 && Buffer.from(body).toString('latin1').trim() === '';
}

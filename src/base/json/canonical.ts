import { cutToCharacters, isHighSurrogate } from '../text.ts';
import type { ScalarKind } from './reader.ts';
import { orderInTurns } from './sort.ts';
import { Spans } from './spans.ts';
import { nextTurn, turnIsOver } from './turns.ts';

/** An object has the same key twice. The message is KBase's. */
export class DuplicateKey extends Error {
  /** @param path of the object; empty for the root */
  constructor(key: string, path: string) {
    super(`Duplicated key '${cutToCharacters(key, 64)}' was found at ${path === '' ? '/' : path}`);
  }
}

/** Objects up to this length are sorted in place at once; longer ones at the end. */
const SHORT = 1_024;
/** Objects with more keys, and strings with more characters, are processed at the end, in turns. */
const MANY_KEYS = 2_048;
const LONG_TEXT = 64 * 1024;
const MANY_TEXTS = 1_024;
/** Longer strings are copied by the runtime instead of byte by byte. */
const COPIED = 256;
const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];

/** An open object or list. There is one for each level, which is reused. */
class Frame {
  isObject = false;
  start = 0;
  count = 0;
  /** Whether the keys so far came in order and without duplicates. */
  inOrder = true;
  /** Whether some of the keys will be replaced. */
  replaced = false;
  /** The number of spans when it was opened. */
  spans = 0;
  keys: string[] = [];
  starts: number[] = [];
}

/** An object with references among its keys, which can only be sorted once these are replaced. */
interface Unresolved {
  readonly span: number;
  readonly keys: readonly string[];
  readonly path: string;
}

/** An object with many keys, which is sorted at the end. */
interface Unsorted extends Unresolved {
  readonly starts: readonly number[];
  readonly replaced: boolean;
}

/**
 * Writes JSON in its canonical form: compact, the keys of every object in order (by UTF-16 code units, as Java compares
 * strings), strings escaped as Jackson escapes them, numbers unchanged. It works on bytes: the text is copied once
 * while it is read, and a second time where something moves.
 */
export class CanonicalWriter {
  readonly #source: Uint8Array;
  readonly #out: Buffer;
  #length = 0;
  #depth = 0;
  readonly #frames: Frame[] = [new Frame()];
  readonly #spans = new Spans();
  /** What is replaced at the end: references, and long strings that must be escaped. */
  readonly #texts: { readonly text: string; readonly isReference: boolean }[] = [];
  readonly #unresolved: Unresolved[] = [];
  readonly #unsorted: Unsorted[] = [];
  readonly #path: () => string;

  /**
   * @param source the text to which all offsets refer
   * @param path of the object that is being closed, for a DuplicateKey
   */
  constructor(source: Uint8Array, path: () => string = () => '') {
    this.#source = source;
    this.#path = path;
    // The canonical form is never longer than the source; only replacements may be.
    this.#out = Buffer.allocUnsafe(source.length);
  }

  open(isObject: boolean): void {
    this.#item();
    this.#depth += 1;
    const frame = this.#frames[this.#depth] ?? new Frame();
    this.#frames[this.#depth] = frame;
    frame.isObject = isObject;
    frame.start = this.#length;
    frame.count = 0;
    frame.inOrder = true;
    frame.replaced = false;
    frame.spans = this.#spans.count;
    this.#byte(isObject ? OPEN_OBJECT : OPEN_LIST);
  }

  /** @throws DuplicateKey */
  close(): void {
    const frame = this.#top();
    this.#byte(frame.isObject ? CLOSE_OBJECT : CLOSE_LIST);
    if (frame.isObject && (frame.replaced || !frame.inOrder)) this.#arrange(frame);
    // Objects with many keys keep the arrays until the end.
    if (frame.keys.length <= MANY_KEYS) {
      frame.keys.length = 0;
      frame.starts.length = 0;
    } else {
      frame.keys = [];
      frame.starts = [];
    }
    this.#depth -= 1;
  }

  /** @param replaced whether the key is a reference, which `finish` replaces */
  key(key: string, offset: number, replaced: boolean): void {
    const frame = this.#top();
    const last = frame.keys.at(-1);
    if (last !== undefined) this.#byte(COMMA);
    if (last !== undefined && !(last < key)) frame.inOrder = false;
    frame.keys.push(key);
    frame.starts.push(this.#length);
    this.#string(key, offset, replaced);
    if (replaced) {
      frame.replaced = true;
      this.#replaceLater(key, frame.starts.at(-1) ?? 0);
    }
    this.#byte(COLON);
  }

  scalar(kind: ScalarKind, text: string, offset: number): void {
    this.#item();
    if (kind === 'string') this.#string(text, offset, false);
    else this.#length += this.#out.write(text, this.#length, 'latin1');
  }

  reference(text: string, offset: number): void {
    this.#item();
    const start = this.#length;
    this.#string(text, offset, true);
    this.#replaceLater(text, start);
  }

  /** Sorts objects with many keys. To be called once, at the end. @throws DuplicateKey */
  async settle(): Promise<void> {
    for (const { span, keys, starts, replaced, path } of this.#unsorted) {
      await this.#spans.setEntries(span, starts);
      if (replaced) this.#unresolved.push({ span, keys, path });
      else await this.#spans.reorder(span, await orderOf(keys, path));
    }
    this.#unsorted.length = 0;
  }

  /**
   * The result with all references replaced. Call {@link settle} before.
   *
   * @throws DuplicateKey if two keys of one object are the same after the replacement
   */
  async finish(replacement: (reference: string) => string): Promise<Uint8Array> {
    if (this.#spans.count === 0) return this.#out.subarray(0, this.#length);
    const texts: Uint8Array[] = [];
    for (const { text, isReference } of this.#texts) {
      if (texts.length % MANY_TEXTS === MANY_TEXTS - 1 && turnIsOver()) await nextTurn();
      texts.push(isReference ? Buffer.from(JSON.stringify(replacement(text))) : await escapedInTurns(text));
    }
    for (const { span, keys, path } of this.#unresolved) {
      await this.#spans.reorder(span, await orderOf(keys.map(replacement), path));
    }
    return this.#spans.written(this.#out.subarray(0, this.#length), texts);
  }

  #top(): Frame {
    return this.#frames[this.#depth] as Frame;
  }

  /** Call before a value: writes the comma between the items of a list. */
  #item(): void {
    const frame = this.#top();
    if (this.#depth === 0 || frame.isObject) return;
    if (frame.count > 0) this.#byte(COMMA);
    frame.count += 1;
  }

  #byte(byte: number): void {
    this.#out[this.#length] = byte;
    this.#length += 1;
  }

  #string(text: string, offset: number, replaced: boolean): void {
    if (text.length > COPIED) {
      this.#longString(text, offset, replaced);
      return;
    }
    const source = this.#source;
    const out = this.#out;
    let from = offset + 1;
    let to = this.#length;
    out[to++] = QUOTE;
    for (;;) {
      const byte = source[from++] as number;
      if (byte === BACKSLASH) break;
      out[to++] = byte;
      if (byte !== QUOTE) continue;
      this.#length = to;
      return;
    }
    this.#length += out.write(escaped(text), this.#length);
  }

  #longString(text: string, offset: number, replaced: boolean): void {
    const quote = this.#source.indexOf(QUOTE, offset + 1);
    const written = this.#source.subarray(offset, quote + 1);
    if (!written.includes(BACKSLASH)) {
      this.#out.set(written, this.#length);
      this.#length += written.length;
    } else if (text.length <= LONG_TEXT || replaced) {
      this.#length += this.#out.write(escaped(text), this.#length);
    } else {
      // A placeholder, which `finish` replaces.
      this.#length += this.#out.write('""', this.#length);
      this.#texts.push({ text, isReference: false });
      this.#spans.addText(this.#length - 2, this.#length);
    }
  }

  #replaceLater(text: string, start: number): void {
    this.#texts.push({ text, isReference: true });
    this.#spans.addText(start, this.#length);
  }

  #arrange({ keys, starts, start, replaced, spans }: Frame): void {
    if (keys.length > MANY_KEYS) {
      const span = this.#spans.addObject(start, this.#length, starts.length);
      this.#unsorted.push({ span, keys, starts, replaced, path: this.#path() });
      return;
    }
    if (replaced) {
      const span = this.#spans.addObject(start, this.#length, starts.length);
      this.#spans.setEntriesAtOnce(span, starts);
      this.#unresolved.push({ span, keys: [...keys], path: this.#path() });
      return;
    }
    const order = orderAtOnce(keys, this.#path);
    // Noted replacements inside of the object must not move.
    if (this.#length - start > SHORT || this.#spans.count > spans) {
      const span = this.#spans.addObject(start, this.#length, starts.length);
      this.#spans.setEntriesAtOnce(span, starts, order);
      return;
    }
    const before = Buffer.from(this.#out.subarray(start, this.#length));
    let to = start + 1;
    for (const [i, from] of order.entries()) {
      if (i > 0) this.#out[to++] = COMMA;
      const begin = (starts[from] ?? 0) - start;
      const end = from + 1 < starts.length ? (starts[from + 1] ?? 0) - start - 1 : before.length - 1;
      to += before.copy(this.#out, to, begin, end);
    }
  }
}

/** The indices of the keys in sorted order. @throws DuplicateKey */
export function orderAtOnce(keys: readonly string[], path: () => string): number[] {
  const order = keys.map((_, i) => i).sort(byKeys(keys));
  const sorted = order.map((place) => keys[place] ?? '');
  const duplicate = sorted.find((key, i) => i > 0 && key === sorted[i - 1]);
  if (duplicate !== undefined) throw new DuplicateKey(duplicate, path());
  return order;
}

/** As {@link orderAtOnce}, in turns. @throws DuplicateKey */
export async function orderOf(keys: readonly string[], path: string): Promise<Uint32Array> {
  const order = await orderInTurns(keys.length, byKeys(keys));
  let last: string | undefined;
  for (const [i, place] of order.entries()) {
    if (i % MANY_KEYS === MANY_KEYS - 1 && turnIsOver()) await nextTurn();
    const key = keys[place] ?? '';
    if (key === last) throw new DuplicateKey(key, path);
    last = key;
  }
  return order;
}

const byKeys =
  (keys: readonly string[]) =>
  (a: number, b: number): number => {
    const [one, other] = [keys[a] ?? '', keys[b] ?? ''];
    return one < other ? -1 : one > other ? 1 : 0;
  };

/** {@link escaped} for long strings, in turns. */
async function escapedInTurns(text: string): Promise<Uint8Array> {
  const pieces: Buffer[] = [Buffer.from('"')];
  for (let start = 0; start < text.length; ) {
    if (start > 0 && turnIsOver()) await nextTurn();
    let end = Math.min(start + LONG_TEXT, text.length);
    // A surrogate pair must not be split.
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
    pieces.push(Buffer.from(escaped(text.slice(start, end)).slice(1, -1)));
    start = end;
  }
  pieces.push(Buffer.from('"'));
  return Buffer.concat(pieces);
}

/** A string as Jackson escapes it: as JavaScript does, but with upper-case digits in escaped control characters. */
export function escaped(text: string): string {
  return JSON.stringify(text).replace(/\\\\|\\u00[01][0-9a-f]/g, (c) =>
    c.length === 2 ? c : `\\u${c.slice(2).toUpperCase()}`,
  );
}

import { cutToCharacters } from '../text.ts';
import type { ScalarKind } from './reader.ts';
import { orderInTurns } from './sort.ts';
import { nextTurn, turnIsOver } from './turns.ts';

/** An object has the same key twice. The message is KBase's. */
export class DuplicateKey extends Error {
  /** @param path of the object; empty for the root */
  constructor(key: string, path: string) {
    super(`Duplicated key '${cutToCharacters(key, 64)}' was found at ${path === '' ? '/' : path}`);
  }
}

/** Objects with more keys are sorted in turns. */
export const MANY_KEYS = 2_048;
/** Longer strings are copied by the runtime instead of byte by byte. */
const COPIED = 256;
export const [OPEN_OBJECT, CLOSE_OBJECT, COMMA, COLON, QUOTE] = [0x7b, 0x7d, 0x2c, 0x3a, 0x22];
const [OPEN_LIST, CLOSE_LIST, BACKSLASH] = [0x5b, 0x5d, 0x5c];

/** An open object or list. There is one for each level, which is reused. */
export class Frame {
  isObject = false;
  /** The offset in the whole text, as all positions here. */
  start = 0;
  count = 0;
  /** Whether the keys so far came in order and without duplicates. */
  inOrder = true;
  /** Whether one of the keys is a reference whose replacement is not known yet. */
  unresolved = false;
  /** The approximate memory of the keys, in bytes. */
  keyMemory = 0;
  /** The number of replacements that were noted when it was opened. */
  replacements = 0;
  keys: string[] = [];
  starts: number[] = [];
}

/**
 * Writes JSON in its canonical form: compact, the keys of every object in order (by UTF-16 code units, as Java compares
 * strings), strings escaped as Jackson escapes them, numbers unchanged. It works on bytes, and copies strings from the
 * source if they have no escapes. Subclasses decide where the text is kept and when objects are sorted.
 */
export abstract class CanonicalText {
  /** The last bytes of the text, or all of it; `base` is the offset of the first one. */
  protected buffer: Buffer;
  protected used = 0;
  protected base = 0;
  /** The block of the source that is being read, and its offset. */
  protected source: Uint8Array = new Uint8Array();
  protected sourceStart = 0;
  readonly #frames: Frame[] = [new Frame()];
  #depth = 0;
  #copy = Buffer.alloc(0);

  protected constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  /** Makes room for this many bytes in the buffer. */
  protected abstract ensure(bytes: number): void;

  /** Called when an object or list was written. @returns whether the arrays of the frame are kept */
  protected abstract closed(frame: Frame): boolean;

  /** Prepares a frame for an object or list that begins at its `start`. */
  protected opened(_frame: Frame): void {}

  open(isObject: boolean): void {
    this.item();
    this.#depth += 1;
    const frame = this.#frames[this.#depth] ?? new Frame();
    this.#frames[this.#depth] = frame;
    frame.isObject = isObject;
    frame.start = this.length;
    frame.count = 0;
    frame.inOrder = true;
    frame.unresolved = false;
    frame.keyMemory = 0;
    this.opened(frame);
    this.byte(isObject ? OPEN_OBJECT : OPEN_LIST);
  }

  /** @throws DuplicateKey */
  close(): void {
    const frame = this.top();
    this.byte(frame.isObject ? CLOSE_OBJECT : CLOSE_LIST);
    if (this.closed(frame) || frame.keys.length > MANY_KEYS) {
      frame.keys = [];
      frame.starts = [];
    } else {
      frame.keys.length = 0;
      frame.starts.length = 0;
    }
    this.#depth -= 1;
  }

  scalar(kind: ScalarKind, text: string, offset: number): void {
    this.item();
    if (kind === 'string') this.string(text, offset);
    else this.write(text);
  }

  protected get length(): number {
    return this.base + this.used;
  }

  protected top(): Frame {
    return this.#frames[this.#depth] as Frame;
  }

  /** Call before a value: writes the comma between the items of a list. */
  protected item(): void {
    const frame = this.top();
    if (this.#depth === 0 || frame.isObject) return;
    if (frame.count > 0) this.byte(COMMA);
    frame.count += 1;
  }

  /** Call before a key: notes it, and writes the comma between entries. */
  protected nextKey(key: string): void {
    const { keys, starts } = this.top();
    const last = keys.at(-1);
    if (last !== undefined) this.byte(COMMA);
    if (last !== undefined && !(last < key)) this.top().inOrder = false;
    keys.push(key);
    starts.push(this.length);
  }

  /** @param offset in the source; undefined for a text that is not from there */
  protected string(text: string, offset: number | undefined): void {
    const from = offset === undefined ? -1 : offset - this.sourceStart;
    if (from < 0 || !this.#copied(text, from)) this.escaped(text);
  }

  /** Writes a string that may need escapes. */
  protected escaped(text: string): void {
    this.write(escaped(text));
  }

  protected byte(byte: number): void {
    this.ensure(1);
    this.buffer[this.used] = byte;
    this.used += 1;
  }

  protected write(text: string): void {
    this.ensure(3 * text.length);
    this.used += this.buffer.write(text, this.used);
  }

  /** Copies a string from the source; false if it has escapes, which may differ from the canonical ones. */
  #copied(text: string, from: number): boolean {
    const source = this.source;
    this.ensure(3 * text.length + 2);
    const buffer = this.buffer;
    if (text.length > COPIED) {
      const written = source.subarray(from, source.indexOf(QUOTE, from + 1) + 1);
      if (written.includes(BACKSLASH)) return false;
      buffer.set(written, this.used);
      this.used += written.length;
      return true;
    }
    let to = this.used;
    buffer[to++] = QUOTE;
    for (let at = from + 1; ; ) {
      const byte = source[at++] as number;
      if (byte === BACKSLASH) return false;
      buffer[to++] = byte;
      if (byte === QUOTE) break;
    }
    this.used = to;
    return true;
  }

  /** Copies an object in the buffer, so that {@link placeEntries} can sort it. */
  protected copyObject({ start, size }: Entries): void {
    if (this.#copy.length < size) this.#copy = Buffer.allocUnsafeSlow(2 * size);
    this.buffer.copy(this.#copy, 0, start - this.base, start - this.base + size);
  }

  /**
   * Writes entries of the copied object at their new places.
   *
   * @param to the offset at which the first of these entries is written
   * @returns the offset after the last one
   */
  protected placeEntries(entries: Entries, order: Iterable<number>, to = entries.start + 1): number {
    const { start } = entries;
    let at = to - this.base;
    for (const entry of order) {
      if (at > start + 1 - this.base) this.buffer[at++] = COMMA;
      at += this.#copy.copy(this.buffer, at, entries.begin(entry) - start, entries.end(entry) - start);
    }
    return at + this.base;
  }
}

/** The offsets of the entries of an object, in the order in which they were written. */
export class Entries {
  readonly start: number;
  readonly size: number;
  readonly #starts: readonly number[];
  readonly #last: number;

  /** @param starts the offset of each key */
  constructor({ start, end }: { readonly start: number; readonly end: number }, starts: readonly number[]) {
    this.start = start;
    this.size = end - start;
    this.#starts = starts;
    this.#last = end - 1;
  }

  begin(entry: number): number {
    return this.#starts[entry] ?? this.#last;
  }

  /** The offset of the comma or the closing bracket after the entry. */
  end(entry: number): number {
    const next = this.#starts[entry + 1];
    return next === undefined ? this.#last : next - 1;
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

/** A string as Jackson escapes it: as JavaScript does, but with upper-case digits in escaped control characters. */
export function escaped(text: string): string {
  return JSON.stringify(text).replace(/\\\\|\\u00[01][0-9a-f]/g, (c) =>
    c.length === 2 ? c : `\\u${c.slice(2).toUpperCase()}`,
  );
}

import type { SlicedBytes } from './bytes.ts';
import {
  CanonicalText,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  Entries,
  escaped,
  type Frame,
  MANY_KEYS,
  OPEN_OBJECT,
  orderAtOnce,
  orderOf,
  QUOTE,
} from './canonicalText.ts';
import type { ScalarKind } from './reader.ts';
import { nextTurn, turnIsOver } from './turns.ts';

/** A temporary file, for one writer at a time. */
export interface ScratchFile {
  readonly length: number;
  append(bytes: Uint8Array): Promise<void>;
  overwrite(bytes: Uint8Array, at: number): Promise<void>;
  /** Fills the buffer with the bytes from this offset on. */
  read(buffer: Uint8Array, at: number): Promise<void>;
  bytes(): SlicedBytes;
  close(): Promise<void>;
}

/** Sorting the keys of the open objects would take too much memory. The message is KBase's. */
export class TooManyKeys extends Error {
  constructor(limit: number, path: string) {
    super(`Memory necessary for sorting map keys exceeds the limit ${limit} bytes at ${path === '' ? '/' : path}`);
  }
}

/** Sorting large nested objects, whose keys are out of order at many levels, would take too long. */
export class TooMuchDisorder extends Error {
  constructor(path: string) {
    const where = path === '' ? '/' : path;
    super(`the keys of large nested objects are out of order at too many levels: sort those at ${where}`);
  }
}

/** KBase's bound on the memory for keys that are being sorted, in bytes. */
const KEY_MEMORY = 200_000_000;
/** The approximate memory of a key, besides its characters. */
const KEY_BYTES = 56;
const CHARACTER_BYTES = 2;
/** Objects longer than this part of the memory are sorted in turns, when the reader pauses. */
const SHORT = 1 / 16;
/** How many bytes stay in memory; as multiples of it, when the rest is written to the file, and the initial buffer. */
const MEMORY = 1024 * 1024;
const FULL = 2;
const ROOM = 4;
/** The clock is read after this many steps. */
const STEPS = 4_096;
/** How many bytes of an object in the file are sorted in memory at a time. */
const SORTED_AT_ONCE = 16 * 1024 * 1024;
/** Parts of a file are read in blocks of this many bytes. */
const BLOCK = 64 * 1024;
/** How often the bytes of a file may be moved on average, and how many bytes may always be. */
const MOVES = 16;
const FREE_MOVES = 256 * 1024 * 1024;
/** An object that was written and must be sorted. */
interface Unsorted {
  readonly start: number;
  readonly end: number;
  readonly keys: readonly string[];
  readonly starts: readonly number[];
  readonly keyMemory: number;
  readonly path: string;
}

export interface CanonicalFileOptions {
  /** Makes the file for the result, and a second one if large objects must be sorted. */
  readonly file: () => ScratchFile;
  /** The path of the object that is being closed, for messages. */
  readonly path: () => string;
  /** The replacement of a reference. Without it, references stay, and the result is only a trial. */
  readonly replacement?: (reference: string) => string;
  /** How many of the last bytes stay in memory, where they can be sorted; a mebibyte by default. */
  readonly memory?: number;
  /** The memory for keys that are being sorted, in bytes; KBase's bound by default. */
  readonly keyMemory?: number;
  /** How many bytes of an object in the file are sorted in memory at a time. */
  readonly sortedAtOnce?: number;
}

/**
 * Writes the canonical form to a file, for data that is too long for memory. Objects are sorted as soon as they are closed,
 * in memory or in the file. If the replacements of references are not known yet, the data must be read twice.
 */
export class CanonicalFile extends CanonicalText {
  readonly #options: CanonicalFileOptions;
  readonly #file: ScratchFile;
  #rearrangement: Rearrangement | undefined;
  readonly #memory: number;
  #unsorted: Unsorted[] = [];
  #keyMemory = 0;
  #moved = 0;
  #inText = false;
  #unresolved = false;

  constructor(options: CanonicalFileOptions) {
    const memory = options.memory ?? MEMORY;
    super(Buffer.allocUnsafeSlow(ROOM * memory));
    this.#options = options;
    this.#file = options.file();
    this.#memory = memory;
  }

  get unresolved(): boolean {
    return this.#unresolved;
  }

  block(bytes: Uint8Array, start: number): void {
    this.source = bytes;
    this.sourceStart = start;
  }

  protected override closed(frame: Frame): boolean {
    const isLater = frame.isObject && !frame.inOrder && !frame.unresolved && !this.#arrangeAtOnce(frame);
    if (isLater) {
      const { start, keys, starts, keyMemory } = frame;
      this.#unsorted.push({ start, end: this.length, keys, starts, keyMemory, path: this.#options.path() });
    } else this.#keyMemory -= frame.keyMemory;
    return isLater;
  }

  /** @throws TooManyKeys */
  key(key: string, offset: number, isReference: boolean): void {
    const frame = this.top();
    const replaced = isReference ? this.#replaced(key) : key;
    if (isReference && this.#unresolved) frame.unresolved = true;
    const memory = KEY_BYTES + CHARACTER_BYTES * key.length;
    frame.keyMemory += memory;
    this.#keyMemory += memory;
    const limit = this.#options.keyMemory ?? KEY_MEMORY;
    if (this.#keyMemory > limit) throw new TooManyKeys(limit, this.#options.path());
    this.nextKey(replaced);
    this.string(replaced, isReference ? undefined : offset);
    this.byte(COLON);
  }

  piece(text: string): void {
    if (!this.#inText) {
      this.item();
      this.byte(QUOTE);
      this.#inText = true;
    }
    this.write(escaped(text).slice(1, -1));
  }

  override scalar(kind: ScalarKind, text: string, offset: number): void {
    if (!this.#inText) {
      super.scalar(kind, text, offset);
      return;
    }
    this.piece(text);
    this.byte(QUOTE);
    this.#inText = false;
  }

  reference(text: string): void {
    this.item();
    this.string(this.#replaced(text), undefined);
  }

  /** To be called often: sorts objects, and writes to the file. @throws DuplicateKey, TooMuchDisorder */
  pause(): Promise<void> | undefined {
    return this.#unsorted.length > 0 || this.used > FULL * this.#memory ? this.#settle() : undefined;
  }

  /** The result. @throws DuplicateKey, TooMuchDisorder */
  async finish(): Promise<SlicedBytes> {
    await this.#settle();
    await this.#flush(0);
    this.buffer = Buffer.alloc(0);
    await this.#rearrangement?.close();
    return this.#file.bytes();
  }

  async discard(): Promise<void> {
    await this.#file.close();
    await this.#rearrangement?.close();
  }

  #replaced(reference: string): string {
    const { replacement } = this.#options;
    if (replacement !== undefined) return replacement(reference);
    this.#unresolved = true;
    return reference;
  }

  protected override ensure(bytes: number): void {
    if (this.used + bytes <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.buffer.length, this.used + bytes));
    this.buffer.copy(grown, 0, 0, this.used);
    this.buffer = grown;
  }

  /** Sorts the object that was just written, if it is small enough; false if it must be sorted later. */
  #arrangeAtOnce({ keys, starts, start }: Frame): boolean {
    const end = this.length;
    const last = this.#unsorted.at(-1);
    const hasUnsorted = last !== undefined && last.start >= start;
    const isLarge = keys.length > MANY_KEYS || end - start > SHORT * this.#memory;
    if (hasUnsorted || isLarge || start < this.base) return false;
    const order = orderAtOnce(keys, this.#options.path);
    const entries = new Entries({ start, end }, starts);
    this.copyObject(entries);
    this.placeEntries(entries, order);
    return true;
  }

  async #settle(): Promise<void> {
    for (const object of this.#unsorted) {
      const order = await orderOf(object.keys, object.path);
      if (object.start >= this.base) await this.#arrangeInMemory(object, order);
      else await this.#arrangeInFile(object, order);
      this.#keyMemory -= object.keyMemory;
    }
    this.#unsorted = [];
    if (this.used > FULL * this.#memory) await this.#flush(this.#memory);
  }

  /** Writes the buffer to the file, except for the last bytes. */
  async #flush(kept: number): Promise<void> {
    const bytes = Math.max(0, this.used - kept);
    if (bytes === 0) return;
    await this.#file.append(this.buffer.subarray(0, bytes));
    this.buffer.copyWithin(0, bytes, this.used);
    this.base += bytes;
    this.used -= bytes;
  }

  async #arrangeInMemory({ start, end, starts }: Unsorted, order: Uint32Array): Promise<void> {
    const entries = new Entries({ start, end }, starts);
    this.copyObject(entries);
    let to = start + 1;
    for (let i = 0; i < order.length; i += STEPS) {
      if (turnIsOver()) await nextTurn();
      to = this.placeEntries(entries, order.subarray(i, i + STEPS), to);
    }
  }

  async #arrangeInFile({ start, end, starts, path }: Unsorted, order: Uint32Array): Promise<void> {
    this.#moved += end - start;
    if (this.#moved > MOVES * this.length + FREE_MOVES) throw new TooMuchDisorder(path);
    await this.#flush(0);
    this.#rearrangement ??= new Rearrangement(this.#file, this.#options);
    await this.#rearrangement.run(new Entries({ start, end }, starts), order);
  }
}

/** A part of an object, as offsets in the object. */
interface Part {
  readonly from: number;
  readonly to: number;
}

/** Sorts objects in a file: the sorted object is built in memory, one part after the other. */
class Rearrangement {
  readonly #file: ScratchFile;
  readonly #makeSpare: () => ScratchFile;
  readonly #reader: RangeReader;
  readonly #piece: Buffer;
  #spare: ScratchFile | undefined;

  constructor(file: ScratchFile, { file: spare, sortedAtOnce = SORTED_AT_ONCE }: CanonicalFileOptions) {
    this.#file = file;
    this.#makeSpare = spare;
    this.#piece = Buffer.allocUnsafeSlow(sortedAtOnce);
    this.#reader = new RangeReader(file);
  }

  async run(entries: Entries, order: Uint32Array): Promise<void> {
    const { start, size } = entries;
    const places = await placesOf(entries, order);
    if (size <= this.#piece.length) {
      await this.#build({ from: 0, to: size }, entries, places);
      await this.#file.overwrite(this.#piece.subarray(0, size), start);
      return;
    }
    this.#spare ??= this.#makeSpare();
    for (let from = 0; from < size; from += this.#piece.length) {
      const to = Math.min(from + this.#piece.length, size);
      await this.#build({ from, to }, entries, places);
      await write(this.#spare, this.#piece.subarray(0, to - from), from);
    }
    for (let from = 0; from < size; from += this.#piece.length) {
      const piece = this.#piece.subarray(0, Math.min(this.#piece.length, size - from));
      await this.#spare.read(piece, from);
      await this.#file.overwrite(piece, start + from);
    }
  }

  async close(): Promise<void> {
    await this.#spare?.close();
  }

  /** Builds a part of the sorted object. Entries are read in the order of the file. */
  async #build({ from, to }: Part, entries: Entries, places: Uint32Array): Promise<void> {
    this.#reader.forget();
    if (from === 0) this.#piece[0] = OPEN_OBJECT;
    for (let entry = 0; entry < places.length; entry += 1) {
      if (entry % STEPS === STEPS - 1 && turnIsOver()) await nextTurn();
      const place = places[entry] as number;
      const begin = entries.begin(entry);
      const after = place + entries.end(entry) - begin;
      if (place >= to || after < from) continue;
      const [first, last] = [Math.max(place, from), Math.min(after, to)];
      const reading = this.#reader.read(this.#piece.subarray(first - from, last - from), begin + first - place);
      if (reading !== undefined) await reading;
      if (after < to) this.#piece[after - from] = after === entries.size - 1 ? CLOSE_OBJECT : COMMA;
    }
  }
}

/** The new offset of each entry in the object. */
async function placesOf(entries: Entries, order: Uint32Array): Promise<Uint32Array> {
  const places = new Uint32Array(order.length);
  let at = 1;
  for (let i = 0; i < order.length; i += 1) {
    if (i % STEPS === STEPS - 1 && turnIsOver()) await nextTurn();
    const entry = order[i] as number;
    places[entry] = at;
    at += entries.end(entry) - entries.begin(entry) + 1;
  }
  return places;
}

/** Overwrites, and appends what goes beyond the end. */
async function write(file: ScratchFile, bytes: Uint8Array, at: number): Promise<void> {
  const over = Math.min(bytes.length, Math.max(0, file.length - at));
  if (over > 0) await file.overwrite(bytes.subarray(0, over), at);
  if (over < bytes.length) await file.append(bytes.subarray(over));
}

/** Reads parts of a file in ascending order, small ones in blocks. */
class RangeReader {
  readonly #file: ScratchFile;
  readonly #memory = Buffer.allocUnsafeSlow(BLOCK);
  #start = 0;
  #end = 0;

  constructor(file: ScratchFile) {
    this.#file = file;
  }

  /** Must be called after the file was changed. */
  forget(): void {
    this.#end = this.#start;
  }

  /** Fills the target with the bytes from this offset on; returns a promise if the file must be read. */
  read(target: Buffer, at: number): Promise<void> | undefined {
    if (at >= this.#start && at + target.length <= this.#end) {
      this.#memory.copy(target, 0, at - this.#start, at - this.#start + target.length);
      return undefined;
    }
    return target.length >= BLOCK ? this.#file.read(target, at) : this.#readBlock(target, at);
  }

  async #readBlock(target: Buffer, at: number): Promise<void> {
    const bytes = Math.min(BLOCK, this.#file.length - at);
    this.forget();
    await this.#file.read(this.#memory.subarray(0, bytes), at);
    [this.#start, this.#end] = [at, at + bytes];
    this.#memory.copy(target, 0, 0, target.length);
  }
}

import { cutToCharacters } from '../text.ts';
import type { Scalar } from './reader.ts';
import { orderInTurns } from './sort.ts';
import { Spans } from './spans.ts';
import { nextTurn, turnIsOver } from './turns.ts';

/** A key stands twice in one object. */
export class DuplicateKey extends Error {
  /** @param path where the object stands, as the owner of the writer says; empty for the root */
  constructor(key: string, path: string) {
    super(`Duplicated key '${cutToCharacters(key, 64)}' was found at ${path === '' ? '/' : path}`);
  }
}

/** An object is put in order where it stands while it is this short; a longer one when all is read, with its likes. */
const SHORT = 1_024;
/** An object of more keys, and a text of more characters, is dealt with when all is read, in turns. */
const MANY_KEYS = 2_048;
const LONG_TEXT = 64 * 1024;
const MANY_TEXTS = 1_024;
/** A text of more characters is copied by the runtime rather than byte by byte. */
const COPIED = 256;
const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];

/** An object or list that is open. They are used again: there is one for each level, not for each object. */
class Frame {
  isObject = false;
  start = 0;
  count = 0;
  /** Whether the keys so far came in order, none of them twice. */
  inOrder = true;
  /** Whether some of the keys will be replaced. */
  replaced = false;
  /** How many spans there were when it was opened. */
  spans = 0;
  keys: string[] = [];
  /** Where each key begins. */
  starts: number[] = [];
}

/** An object whose keys are known only when references are: its place in the spans, and its keys as they came. */
interface Unresolved {
  readonly span: number;
  readonly keys: readonly string[];
  readonly path: string;
}

/** An object of many keys, which is put in order when all is read. */
interface Unsorted {
  readonly span: number;
  readonly keys: readonly string[];
  readonly starts: readonly number[];
  readonly replaced: boolean;
  readonly path: string;
}

/**
 * Writes JSON in its canonical form: compact, the keys of every object in order (by UTF-16 code units, as Java compares
 * texts), texts escaped as Jackson escapes them, numbers to the letter as they came. It works on bytes: the text is copied
 * once as it is read, and once more where something must change its place.
 */
export class CanonicalWriter {
  readonly #source: Uint8Array;
  readonly #out: Buffer;
  #length = 0;
  #depth = 0;
  readonly #frames: Frame[] = [new Frame()];
  readonly #spans = new Spans();
  /** What is replaced: a reference, or a long text that is to be escaped anew. */
  readonly #texts: { readonly text: string; readonly isReference: boolean }[] = [];
  readonly #unresolved: Unresolved[] = [];
  readonly #unsorted: Unsorted[] = [];
  readonly #path: () => string;

  /**
   * @param source the text that all offsets are in
   * @param path says where the object stands that is being closed, for a DuplicateKey
   */
  constructor(source: Uint8Array, path: () => string = () => '') {
    this.#source = source;
    this.#path = path;
    // The canonical form is never longer: only what is replaced may be, later.
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
    // What is kept for later took the lists along.
    if (frame.keys.length <= MANY_KEYS) {
      frame.keys.length = 0;
      frame.starts.length = 0;
    } else {
      frame.keys = [];
      frame.starts = [];
    }
    this.#depth -= 1;
  }

  /** @param replaced whether it is a reference, which `finish` will replace */
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

  scalar(kind: Scalar, text: string, offset: number, replaced: boolean): void {
    this.#item();
    const start = this.#length;
    if (kind === 'string') this.#string(text, offset, replaced);
    else this.#length += this.#out.write(text, this.#length, 'latin1');
    if (replaced) this.#replaceLater(text, start);
  }

  /**
   * Puts in order what was left for the end: objects of many keys. To be called once, when all is read.
   *
   * @throws DuplicateKey
   */
  async settle(): Promise<void> {
    for (const { span, keys, starts, replaced, path } of this.#unsorted) {
      await this.#spans.setEntries(span, starts);
      if (replaced) this.#unresolved.push({ span, keys, path });
      else await this.#spans.reorder(span, await orderOf(keys, path));
    }
    this.#unsorted.length = 0;
  }

  /**
   * The whole, with every reference replaced; after {@link settle}.
   *
   * @throws DuplicateKey when two keys of one object are the same once they are replaced
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

  /** Before a value: it is the next item of a list, or what follows a key. */
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
      // It needs a place of its own until then, which tells it from what stands before and after.
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
    // What is to be replaced inside of it must stay where it was noted.
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

/** In which order these keys stand, by their places. @throws DuplicateKey */
export function orderAtOnce(keys: readonly string[], path: () => string): number[] {
  const order = keys.map((_, i) => i).sort(byKeys(keys));
  for (const [i, place] of order.entries()) assertDifferent(keys, order[i - 1], place, path);
  return order;
}

/** As {@link orderAtOnce}, in turns. @throws DuplicateKey */
export async function orderOf(keys: readonly string[], path: string): Promise<Uint32Array> {
  const order = await orderInTurns(keys.length, byKeys(keys));
  for (let i = 1; i < order.length; i += 1) {
    if (i % MANY_KEYS === 0 && turnIsOver()) await nextTurn();
    assertDifferent(keys, order[i - 1], order[i], () => path);
  }
  return order;
}

const byKeys =
  (keys: readonly string[]) =>
  (a: number, b: number): number => {
    const [one, other] = [keys[a] ?? '', keys[b] ?? ''];
    return one < other ? -1 : one > other ? 1 : 0;
  };

function assertDifferent(
  keys: readonly string[],
  before: number | undefined,
  place: number | undefined,
  path: () => string,
): void {
  const key = keys[place ?? -1] ?? '';
  if (before !== undefined && keys[before] === key) throw new DuplicateKey(key, path());
}

/** A long text as {@link escaped} writes it, in turns. */
async function escapedInTurns(text: string): Promise<Uint8Array> {
  const pieces: Buffer[] = [Buffer.from('"')];
  for (let start = 0; start < text.length; ) {
    if (start > 0 && turnIsOver()) await nextTurn();
    let end = Math.min(start + LONG_TEXT, text.length);
    // Both halves of a character stay together.
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
    pieces.push(Buffer.from(escaped(text.slice(start, end)).slice(1, -1)));
    start = end;
  }
  pieces.push(Buffer.from('"'));
  return Buffer.concat(pieces);
}

const isHighSurrogate = (code: number) => code >= 0xd800 && code < 0xdc00;

/** As Jackson writes it: as JavaScript does, but with capital digits in an escaped control character. */
export function escaped(text: string): string {
  return JSON.stringify(text).replace(/\\\\|\\u00[01][0-9a-f]/g, (c) =>
    c.length === 2 ? c : `\\u${c.slice(2).toUpperCase()}`,
  );
}

import { cutToCharacters } from '../text.ts';
import type { Scalar } from './reader.ts';
import { Spans } from './spans.ts';

/** A key stands twice in one object. */
export class DuplicateKey extends Error {
  readonly key: string;

  constructor(key: string) {
    super(`the key ${JSON.stringify(cutToCharacters(key, 64))} stands twice in one object`);
    this.key = key;
  }
}

/** An object is put in order where it stands while it is this short; a longer one when all is read, with its likes. */
const SHORT = 1_024;
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
  readonly #texts: string[] = [];
  readonly #unresolved: Unresolved[] = [];

  /** @param source the text that all offsets are in */
  constructor(source: Uint8Array) {
    this.#source = source;
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
    frame.keys.length = 0;
    frame.starts.length = 0;
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
    this.#string(key, offset);
    if (replaced) {
      frame.replaced = true;
      this.#replaceLater(key, frame.starts.at(-1) ?? 0);
    }
    this.#byte(COLON);
  }

  scalar(kind: Scalar, text: string, offset: number, replaced: boolean): void {
    this.#item();
    const start = this.#length;
    if (kind === 'string') this.#string(text, offset);
    else this.#length += this.#out.write(text, this.#length, 'latin1');
    if (replaced) this.#replaceLater(text, start);
  }

  /**
   * The whole, with every reference replaced.
   *
   * @throws DuplicateKey when two keys of one object are the same once they are replaced
   */
  finish(replacement: (reference: string) => string): Uint8Array {
    if (this.#spans.count === 0) return this.#out.subarray(0, this.#length);
    const texts = this.#texts.map((text) => JSON.stringify(replacement(text)));
    for (const { span, keys } of this.#unresolved) this.#spans.reorder(span, orderOf(keys.map(replacement)));
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

  #string(text: string, offset: number): void {
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

  #replaceLater(text: string, start: number): void {
    this.#texts.push(text);
    this.#spans.addText(start, this.#length);
  }

  #arrange({ keys, starts, start, replaced, spans }: Frame): void {
    if (replaced) {
      this.#unresolved.push({ span: this.#spans.count, keys: [...keys] });
      this.#spans.addObject(start, this.#length, starts);
      return;
    }
    const order = orderOf(keys);
    // What is to be replaced inside of it must stay where it was noted.
    if (this.#length - start > SHORT || this.#spans.count > spans) {
      this.#spans.addObject(start, this.#length, starts);
      this.#spans.reorder(this.#spans.count - 1, order);
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
function orderOf(keys: readonly string[]): number[] {
  const at = (i: number | undefined) => keys[i ?? 0] ?? '';
  const order = keys.map((_, i) => i).sort((a, b) => (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0));
  const twice = order.find((place, i) => i > 0 && at(place) === at(order[i - 1]));
  if (twice !== undefined) throw new DuplicateKey(at(twice));
  return order;
}

/** As Jackson writes it: as JavaScript does, but with capital digits in an escaped control character. */
function escaped(text: string): string {
  return JSON.stringify(text).replace(/\\\\|\\u00[01][0-9a-f]/g, (c) =>
    c.length === 2 ? c : `\\u${c.slice(2).toUpperCase()}`,
  );
}

import { orderInTurns } from './sort.ts';
import { nextTurn, turnIsOver } from './turns.ts';

/** A growing array of unsigned integers, four bytes each. */
class Numbers {
  #values = new Uint32Array(64);
  length = 0;

  at(index: number): number {
    return this.#values[index] as number;
  }

  push(value: number): void {
    this.extend(1);
    this.#values[this.length - 1] = value;
  }

  setAll(index: number, values: Uint32Array): void {
    this.#values.set(values, index);
  }

  setPair(index: number, [first, second]: readonly [number, number]): void {
    this.#values[index] = first;
    this.#values[index + 1] = second;
  }

  extend(count: number): void {
    const needed = this.length + count;
    if (needed > this.#values.length) {
      const grown = new Uint32Array(Math.max(needed, 2 * this.#values.length));
      grown.set(this.#values);
      this.#values = grown;
    }
    this.length = needed;
  }
}

const [COMMA, OPEN, CLOSE] = [0x2c, 0x7b, 0x7d];
/** The clock is read after this many steps. */
const PIECE = 4_096;

/**
 * The places in a compact JSON text that change: strings that are replaced, and objects whose entries are reordered.
 * They may be nested. There can be millions, so they are stored as numbers and not as JavaScript objects.
 */
export class Spans {
  readonly #starts = new Numbers();
  readonly #ends = new Numbers();
  /** For an object, the index of its first entry in `#entries`; for a string, its number. */
  readonly #indices = new Numbers();
  /** The number of entries of an object; 0 for a string, since an empty object never changes. */
  readonly #sizes = new Numbers();
  /** Start and end of each entry of each object. */
  readonly #entries = new Numbers();
  #texts = 0;

  get count(): number {
    return this.#starts.length;
  }

  /** Adds a string, which is replaced by the next one of those that `written` gets. */
  addText(start: number, end: number): void {
    this.#add(start, end, 0);
    this.#indices.push(this.#texts);
    this.#texts += 1;
  }

  /** Adds an object with `size` entries, which must be set afterwards. @returns its number */
  addObject(start: number, end: number, size: number): number {
    this.#add(start, end, size);
    this.#indices.push(this.#entries.length);
    this.#entries.extend(2 * size);
    return this.count - 1;
  }

  /**
   * Sets the entries of an object.
   *
   * @param starts the offset of each key, in the order of the text
   * @param order the new order, as indices in `starts`; that of the text by default
   */
  setEntriesAtOnce(object: number, starts: readonly number[], order?: readonly number[]): void {
    const entryFrom = this.#entriesIn(object, starts);
    for (let i = 0; i < starts.length; i += 1)
      this.#entries.setPair(this.#indices.at(object) + 2 * i, entryFrom(order?.[i] ?? i));
  }

  /** As {@link setEntriesAtOnce} without an order, in turns. */
  async setEntries(object: number, starts: readonly number[]): Promise<void> {
    const entryFrom = this.#entriesIn(object, starts);
    for (let i = 0; i < starts.length; i += 1) {
      if (i % PIECE === PIECE - 1 && turnIsOver()) await nextTurn();
      this.#entries.setPair(this.#indices.at(object) + 2 * i, entryFrom(i));
    }
  }

  /** Reorders the entries of this object, which are in the order of the text, in turns. */
  async reorder(object: number, order: Uint32Array): Promise<void> {
    const first = this.#indices.at(object);
    const bounds = new Uint32Array(2 * order.length);
    for (let i = 0; i < order.length; i += 1) {
      if (i % PIECE === PIECE - 1 && turnIsOver()) await nextTurn();
      const from = first + 2 * (order[i] as number);
      bounds[2 * i] = this.#entries.at(from);
      bounds[2 * i + 1] = this.#entries.at(from + 1);
    }
    this.#entries.setAll(first, bounds);
  }

  /** Start and end of each entry: the end is at the comma, or at the closing bracket. */
  #entriesIn(object: number, starts: readonly number[]) {
    const end = this.#ends.at(object);
    return (i: number) => [starts[i] ?? 0, (starts[i + 1] ?? end) - 1] as const;
  }

  /** The changed text, written in turns. */
  async written(source: Buffer, texts: readonly Uint8Array[]): Promise<Uint8Array> {
    const sorted = await orderInTurns(this.count, (a, b) => this.#starts.at(a) - this.#starts.at(b));
    const writing = new Writing(this, { source, texts, sorted });
    for (const _ of writing.steps()) await nextTurn();
    return writing.target;
  }

  #add(start: number, end: number, size: number): void {
    this.#starts.push(start);
    this.#ends.push(end);
    this.#sizes.push(size);
  }

  start(span: number): number {
    return this.#starts.at(span);
  }

  end(span: number): number {
    return this.#ends.at(span);
  }

  /** By how many bytes the text grows when its strings are replaced by these. */
  growth(texts: readonly Uint8Array[]): number {
    let growth = 0;
    for (let span = 0; span < this.count; span += 1) {
      const text = this.textOf(span);
      if (text !== undefined) growth += (texts[text]?.length ?? 0) - (this.end(span) - this.start(span));
    }
    return growth;
  }

  /** The number of a string; undefined for an object. */
  textOf(span: number): number | undefined {
    return this.#sizes.at(span) === 0 ? this.#indices.at(span) : undefined;
  }

  /** Start and end of each entry of an object, in the new order. */
  *entriesOf(span: number): Iterable<readonly [number, number]> {
    const first = this.#indices.at(span);
    for (let i = 0; i < this.#sizes.at(span); i += 1) {
      yield [this.#entries.at(first + 2 * i), this.#entries.at(first + 2 * i + 1)];
    }
  }
}

interface WritingOptions {
  readonly source: Buffer;
  readonly texts: readonly Uint8Array[];
  /** The spans, ordered by their start. */
  readonly sorted: Uint32Array;
}

class Writing {
  readonly target: Buffer;
  readonly #spans: Spans;
  readonly #source: Buffer;
  readonly #texts: readonly Uint8Array[];
  readonly #sorted: Uint32Array;
  #length = 0;
  #changes = 0;

  constructor(spans: Spans, { source, texts, sorted }: WritingOptions) {
    this.#spans = spans;
    this.#source = source;
    this.#texts = texts;
    this.#sorted = sorted;
    this.target = Buffer.allocUnsafe(source.length + spans.growth(texts));
  }

  /** Writes the text, and yields between two turns. */
  *steps(): Iterable<void> {
    yield* this.#copy(0, this.#source.length);
  }

  *#copy(from: number, to: number): Iterable<void> {
    let at = from;
    for (let i = this.#firstFrom(from, 0); ; i = this.#firstFrom(at, i + 1)) {
      const span = this.#sorted[i];
      if (span === undefined || this.#spans.start(span) >= to) break;
      this.#verbatim(at, this.#spans.start(span));
      yield* this.#changed(span);
      at = this.#spans.end(span);
    }
    this.#verbatim(at, to);
  }

  *#changed(span: number): Iterable<void> {
    if (this.#mayStop()) yield;
    const text = this.#texts[this.#spans.textOf(span) ?? -1];
    if (text !== undefined) {
      this.target.set(text, this.#length);
      this.#length += text.length;
      return;
    }
    let before = OPEN;
    for (const [begin, end] of this.#spans.entriesOf(span)) {
      if (this.#mayStop()) yield;
      this.target[this.#length++] = before;
      if (this.#hasSpans(begin, end)) yield* this.#copy(begin, end);
      else this.#verbatim(begin, end);
      before = COMMA;
    }
    this.target[this.#length++] = CLOSE;
  }

  #mayStop(): boolean {
    this.#changes += 1;
    return this.#changes % PIECE === 0 && turnIsOver();
  }

  #verbatim(from: number, to: number): void {
    this.#length += this.#source.copy(this.target, this.#length, from, to);
  }

  #hasSpans(from: number, to: number): boolean {
    const span = this.#sorted[this.#firstFrom(from, 0)];
    return span !== undefined && this.#spans.start(span) < to;
  }

  /** The index of the first span, from `low` on, that does not start before `offset`. */
  #firstFrom(offset: number, low: number): number {
    let [first, last] = [low, this.#sorted.length];
    while (first < last) {
      const middle = (first + last) >>> 1;
      if (this.#spans.start(this.#sorted[middle] as number) < offset) first = middle + 1;
      else last = middle;
    }
    return first;
  }
}

import { orderInTurns } from './sort.ts';
import { nextTurn, turnIsOver } from './turns.ts';

/** Numbers in a row, four bytes each. */
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

  set(index: number, value: number): void {
    this.#values[index] = value;
  }

  /** Makes room for so many more, all 0. */
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
/** So many steps are done between two looks at the clock. */
const PIECE = 4_096;

/**
 * Where in a compact JSON text something changes: a text that is replaced, or an object whose entries change their order.
 * They lie inside of each other or apart. Millions of them are kept as numbers, not as objects of JavaScript's.
 */
export class Spans {
  readonly #starts = new Numbers();
  readonly #ends = new Numbers();
  /** For an object where its entries stand in `entries`; for a text which text it is. */
  readonly #whats = new Numbers();
  /** How many entries an object has; 0 for a text, since an object of none never changes. */
  readonly #sizes = new Numbers();
  /** Beginning and end of each entry of each object. */
  readonly #entries = new Numbers();
  #texts = 0;

  get count(): number {
    return this.#starts.length;
  }

  /** The texts are replaced by those that `written` gets, in the order in which they were added. */
  addText(start: number, end: number): void {
    this.#add(start, end, this.#texts, 0);
    this.#texts += 1;
  }

  /** An object of so many entries, which are yet to be set. @returns its number */
  addObject(start: number, end: number, size: number): number {
    this.#add(start, end, this.#entries.length, size);
    this.#entries.extend(2 * size);
    return this.count - 1;
  }

  /**
   * Sets the entries of an object.
   *
   * @param starts where each of its keys begins, as they came
   * @param order in which order they are to stand, by their places in `starts`; as they came, without it
   */
  setEntriesAtOnce(object: number, starts: readonly number[], order?: readonly number[]): void {
    for (let i = 0; i < starts.length; i += 1) this.#setEntry(object, i, starts, order?.[i] ?? i);
  }

  /** As {@link setEntriesAtOnce}, in turns, as they came. */
  async setEntries(object: number, starts: readonly number[]): Promise<void> {
    for (let i = 0; i < starts.length; i += 1) {
      if (i % PIECE === PIECE - 1 && turnIsOver()) await nextTurn();
      this.#setEntry(object, i, starts, i);
    }
  }

  /** Puts the entries of this object, which stand as they came, into another order, in turns. */
  async reorder(object: number, order: Uint32Array): Promise<void> {
    const first = this.#whats.at(object);
    const bounds = new Uint32Array(2 * order.length);
    for (let i = 0; i < order.length; i += 1) {
      if (i % PIECE === PIECE - 1 && turnIsOver()) await nextTurn();
      const from = first + 2 * (order[i] as number);
      bounds[2 * i] = this.#entries.at(from);
      bounds[2 * i + 1] = this.#entries.at(from + 1);
    }
    this.#entries.setAll(first, bounds);
  }

  #setEntry(object: number, to: number, starts: readonly number[], from: number): void {
    const first = this.#whats.at(object);
    this.#entries.set(first + 2 * to, starts[from] ?? 0);
    // Before the comma, or before the closing bracket.
    this.#entries.set(first + 2 * to + 1, (starts[from + 1] ?? this.#ends.at(object)) - 1);
  }

  /** The text with everything changed, written in turns. */
  async written(source: Buffer, texts: readonly Uint8Array[]): Promise<Uint8Array> {
    const sorted = await this.#sorted();
    const writing = new Writing(this, source, texts, sorted);
    for (const _ of writing.steps()) await nextTurn();
    return writing.target;
  }

  #add(start: number, end: number, what: number, size: number): void {
    this.#starts.push(start);
    this.#ends.push(end);
    this.#whats.push(what);
    this.#sizes.push(size);
  }

  /** The spans by where they begin. */
  #sorted(): Promise<Uint32Array> {
    return orderInTurns(this.count, (a, b) => this.#starts.at(a) - this.#starts.at(b));
  }

  start(span: number): number {
    return this.#starts.at(span);
  }

  end(span: number): number {
    return this.#ends.at(span);
  }

  /** By how many bytes the whole grows when its texts are replaced by these. */
  growth(texts: readonly Uint8Array[]): number {
    let growth = 0;
    for (let span = 0; span < this.count; span += 1) {
      const text = this.textOf(span);
      if (text !== undefined) growth += (texts[text]?.length ?? 0) - (this.end(span) - this.start(span));
    }
    return growth;
  }

  /** The text that this span is, or undefined for an object. */
  textOf(span: number): number | undefined {
    return this.#sizes.at(span) === 0 ? this.#whats.at(span) : undefined;
  }

  /** Beginning and end of each entry of an object, in their order now. */
  *entriesOf(span: number): Iterable<readonly [number, number]> {
    const first = this.#whats.at(span);
    for (let i = 0; i < this.#sizes.at(span); i += 1) {
      yield [this.#entries.at(first + 2 * i), this.#entries.at(first + 2 * i + 1)];
    }
  }
}

/** Copies a text from beginning to end, and what changes its place when its turn comes. */
class Writing {
  readonly target: Buffer;
  readonly #spans: Spans;
  readonly #source: Buffer;
  readonly #texts: readonly Uint8Array[];
  readonly #sorted: Uint32Array;
  #length = 0;
  #changes = 0;

  /** @param sorted the spans by where they begin */
  constructor(spans: Spans, source: Buffer, texts: readonly Uint8Array[], sorted: Uint32Array) {
    this.#spans = spans;
    this.#source = source;
    this.#texts = texts;
    this.#sorted = sorted;
    this.target = Buffer.allocUnsafe(source.length + spans.growth(texts));
  }

  /** Writes; between two steps others may have their turn. */
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

  /** The first span, of those from `low` on, that does not begin before `offset`. */
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

/** Numbers in a row, four bytes each. */
class Numbers {
  #values = new Uint32Array(64);
  length = 0;

  at(index: number): number {
    return this.#values[index] as number;
  }

  push(value: number): void {
    if (this.length === this.#values.length) {
      const grown = new Uint32Array(2 * this.length);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.length] = value;
    this.length += 1;
  }

  set(index: number, value: number): void {
    this.#values[index] = value;
  }
}

const [COMMA, OPEN, CLOSE] = [0x2c, 0x7b, 0x7d];

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
  #objects = 0;

  get count(): number {
    return this.#starts.length;
  }

  /** The texts are replaced by those that `written` gets, in the order in which they were added. */
  addText(start: number, end: number): void {
    this.#add(start, end, this.#texts, 0);
    this.#texts += 1;
  }

  /** @param entries where each of its keys begins */
  addObject(start: number, end: number, entries: readonly number[]): void {
    this.#add(start, end, this.#entries.length, entries.length);
    this.#objects += 1;
    for (const [i, begin] of entries.entries()) {
      this.#entries.push(begin);
      // Before the comma, or before the closing bracket.
      this.#entries.push((entries[i + 1] ?? end) - 1);
    }
  }

  /** Puts the entries of this object, which stand as they came, into another order. */
  reorder(object: number, order: readonly number[]): void {
    const first = this.#whats.at(object);
    const bounds = order.flatMap((i) => [this.#entries.at(first + 2 * i), this.#entries.at(first + 2 * i + 1)]);
    for (const [i, bound] of bounds.entries()) this.#entries.set(first + i, bound);
  }

  /** The text with everything changed. */
  written(source: Buffer, texts: readonly string[]): Uint8Array {
    return new Writing(this, source, texts).whole();
  }

  #add(start: number, end: number, what: number, size: number): void {
    this.#starts.push(start);
    this.#ends.push(end);
    this.#whats.push(what);
    this.#sizes.push(size);
  }

  /** The spans by where they begin. */
  sorted(): Uint32Array {
    return Uint32Array.from({ length: this.count }, (_, i) => i).sort(
      (a, b) => this.#starts.at(a) - this.#starts.at(b),
    );
  }

  start(span: number): number {
    return this.#starts.at(span);
  }

  end(span: number): number {
    return this.#ends.at(span);
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
  readonly #spans: Spans;
  readonly #source: Buffer;
  readonly #texts: readonly string[];
  readonly #sorted: Uint32Array;
  readonly #target: Buffer;
  #length = 0;

  constructor(spans: Spans, source: Buffer, texts: readonly string[]) {
    this.#spans = spans;
    this.#source = source;
    this.#texts = texts;
    this.#sorted = spans.sorted();
    let size = source.length;
    for (const span of this.#sorted) {
      const text = spans.textOf(span);
      if (text !== undefined) size += Buffer.byteLength(texts[text] ?? '') - (spans.end(span) - spans.start(span));
    }
    this.#target = Buffer.allocUnsafe(size);
  }

  whole(): Uint8Array {
    this.#copy(0, this.#source.length);
    return this.#target;
  }

  #copy(from: number, to: number): void {
    let at = from;
    for (let i = this.#firstFrom(from, 0); ; i = this.#firstFrom(at, i + 1)) {
      const span = this.#sorted[i];
      if (span === undefined || this.#spans.start(span) >= to) break;
      this.#verbatim(at, this.#spans.start(span));
      this.#changed(span);
      at = this.#spans.end(span);
    }
    this.#verbatim(at, to);
  }

  #changed(span: number): void {
    const text = this.#spans.textOf(span);
    if (text !== undefined) {
      this.#length += this.#target.write(this.#texts[text] ?? '', this.#length);
      return;
    }
    let before = OPEN;
    for (const [begin, end] of this.#spans.entriesOf(span)) {
      this.#target[this.#length++] = before;
      this.#copy(begin, end);
      before = COMMA;
    }
    this.#target[this.#length++] = CLOSE;
  }

  #verbatim(from: number, to: number): void {
    this.#length += this.#source.copy(this.#target, this.#length, from, to);
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

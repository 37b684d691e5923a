import { isHighSurrogate } from '../text.ts';
import {
  CanonicalText,
  COLON,
  Entries,
  escaped,
  type Frame,
  MANY_KEYS,
  orderAtOnce,
  orderOf,
} from './canonicalText.ts';
import { Spans } from './spans.ts';
import { nextTurn, turnIsOver } from './turns.ts';

/** Objects up to this length are sorted in place at once; longer ones at the end. */
const SHORT = 1_024;
/** Longer strings with escapes are written at the end, in turns. */
const LONG_TEXT = 64 * 1024;
const MANY_TEXTS = 1_024;

/** An object with references among its keys, which can only be sorted once these are replaced. */
interface Unresolved {
  readonly span: number;
  readonly keys: readonly string[];
  readonly path: string;
}

/** An object with many keys, which is sorted at the end. */
interface Unsorted extends Unresolved {
  readonly starts: readonly number[];
  readonly unresolved: boolean;
}

/**
 * Writes the canonical form in memory. The text is copied once while it is read, and a second time where something
 * moves. References can be replaced at the end.
 */
export class CanonicalWriter extends CanonicalText {
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
    // The canonical form is never longer than the source; only replacements may be.
    super(Buffer.allocUnsafe(source.length));
    this.source = source;
    this.#path = path;
  }

  /** @param isReference whether `finish` replaces the key */
  key(key: string, offset: number, isReference: boolean): void {
    this.nextKey(key);
    if (isReference) {
      this.top().unresolved = true;
      this.#placeholder(key, true);
    } else this.string(key, offset);
    this.byte(COLON);
  }

  reference(text: string): void {
    this.item();
    this.#placeholder(text, true);
  }

  /** Sorts objects with many keys. To be called once, at the end. @throws DuplicateKey */
  async settle(): Promise<void> {
    for (const { span, keys, starts, unresolved, path } of this.#unsorted) {
      await this.#spans.setEntries(span, starts);
      if (unresolved) this.#unresolved.push({ span, keys, path });
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
    const written = this.buffer.subarray(0, this.length);
    if (this.#spans.count === 0) return written;
    const texts: Uint8Array[] = [];
    for (const { text, isReference } of this.#texts) {
      if (texts.length % MANY_TEXTS === MANY_TEXTS - 1 && turnIsOver()) await nextTurn();
      texts.push(isReference ? Buffer.from(JSON.stringify(replacement(text))) : await escapedInTurns(text));
    }
    for (const { span, keys, path } of this.#unresolved) {
      await this.#spans.reorder(span, await orderOf(keys.map(replacement), path));
    }
    return this.#spans.written(written, texts);
  }

  /** The buffer has room for everything. */
  protected override ensure(): void {}

  protected override opened(frame: Frame): void {
    frame.replacements = this.#spans.count;
  }

  protected override escaped(text: string): void {
    if (text.length <= LONG_TEXT) super.escaped(text);
    else this.#placeholder(text, false);
  }

  /** Writes an empty string, which `finish` replaces by the text. */
  #placeholder(text: string, isReference: boolean): void {
    this.write('""');
    this.#texts.push({ text, isReference });
    this.#spans.addText(this.length - 2, this.length);
  }

  protected override closed({ isObject, inOrder, keys, starts, start, unresolved, replacements }: Frame): boolean {
    if (!isObject || (inOrder && !unresolved)) return false;
    const end = this.length;
    if (unresolved || keys.length > MANY_KEYS) {
      const span = this.#spans.addObject(start, end, starts.length);
      const object = { span, keys, path: this.#path() };
      if (keys.length > MANY_KEYS) this.#unsorted.push({ ...object, starts, unresolved });
      else {
        this.#spans.setEntriesAtOnce(span, starts);
        this.#unresolved.push(object);
      }
      return true;
    }
    const order = orderAtOnce(keys, this.#path);
    // Noted replacements inside of the object must not move.
    if (end - start > SHORT || this.#spans.count > replacements) {
      this.#spans.setEntriesAtOnce(this.#spans.addObject(start, end, starts.length), starts, order);
      return false;
    }
    const entries = new Entries({ start, end }, starts);
    this.copyObject(entries);
    this.placeEntries(entries, order);
    return false;
  }
}

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

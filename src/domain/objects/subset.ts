import { refuse } from '../../base/errors.ts';
import { escaped as escapedText } from '../../base/json/canonicalText.ts';
import { pulled } from '../../base/json/pulled.ts';
import { RawJson } from '../../base/json/rawJson.ts';
import { type Extent, type JsonEvents, readJson, type ScalarKind } from '../../base/json/reader.ts';
import { below, EVERY_ITEM, EVERY_KEY, type SelectionNode, selectionTree } from './selection.ts';
import type { Selection } from './specification.ts';

/**
 * The selected part of a stored value. Order and the texts of numbers stay; a list keeps only the selected items. The
 * part of a value that is not in memory is read again whenever it is written out.
 *
 * @throws subset_invalid
 */
export async function subsetOf({ bytes }: RawJson, { paths, ...strictness }: Selection): Promise<RawJson> {
  const root = selectionTree(paths);
  if (root.whole) return new RawJson(bytes);
  if (bytes instanceof Uint8Array) {
    const parts: Uint8Array[] = [];
    await readJson(bytes, new Extraction(root, strictness, (part) => parts.push(part)));
    return new RawJson(Buffer.concat(parts));
  }
  let length = 0;
  const measuring = new Extraction(root, strictness, (part) => {
    length += part.length;
  });
  await readJson(bytes, measuring);
  const pieces = () =>
    pulled(async (sink) => {
      const extraction = new Extraction(root, strictness, (part) => sink.write(part));
      await readJson(
        bytes,
        withPause(extraction, () => sink.pause()),
      );
    });
  return new RawJson({ length, pieces });
}

function withPause(extraction: Extraction, pause: NonNullable<JsonEvents['pause']>): JsonEvents {
  extraction.pause = pause;
  return extraction;
}

/** An open list or object of which a part is selected. */
interface OpenContainer {
  readonly isObject: boolean;
  readonly node: SelectionNode;
  readonly path: string;
  /** How many values were written. */
  taken: number;
  /** The position of the next item of a list. */
  index: number;
  /** The key whose value comes next. */
  key: string;
  /** The selected keys that occurred. */
  readonly found: Set<string>;
}

const mark = (text: string) => Buffer.from(text);
const [COMMA, QUOTE] = [mark(','), mark('"')];
const [BEGIN_OBJECT, END_OBJECT, BEGIN_LIST, END_LIST] = [mark('{'), mark('}'), mark('['), mark(']')];
/** The escaped text without quotation marks. */
const inner = (text: string) => Buffer.from(escapedText(text).slice(1, -1));

class Extraction implements JsonEvents {
  pause?: NonNullable<JsonEvents['pause']>;
  readonly #root: SelectionNode;
  readonly #strict: Omit<Selection, 'paths'>;
  readonly #emit: (bytes: Uint8Array) => void;
  readonly #open: OpenContainer[] = [];
  /** The bytes that are being read, and the offset of the first. */
  #block: Uint8Array = new Uint8Array();
  #blockStart = 0;
  /** The depth within a list or object that is written or left out as a whole. */
  #inside = 0;
  /** The offset from which that is still to be written; -1 if it is left out. */
  #from = -1;
  /** Whether the text that comes in pieces is selected. */
  #takesText: boolean | undefined;

  /** @param emit gets the parts in order; each is valid only until it returns, or as long as the bytes read */
  constructor(root: SelectionNode, strict: Omit<Selection, 'paths'>, emit: (bytes: Uint8Array) => void) {
    this.#root = root;
    this.#strict = strict;
    this.#emit = emit;
  }

  block(bytes: Uint8Array, start: number): void {
    this.#block = bytes;
    this.#blockStart = start;
  }

  blockEnd(): void {
    if (this.#inside === 0 || this.#from < 0) return;
    const end = this.#blockStart + this.#block.length;
    this.#emitFrom(this.#from, end);
    this.#from = end;
  }

  key(key: string): void {
    const parent = this.#open.at(-1);
    if (this.#inside > 0 || parent === undefined) return;
    parent.key = key;
  }

  open(isObject: boolean, offset: number): void {
    if (this.#inside > 0) {
      this.#inside += 1;
      return;
    }
    const node = this.#wanted();
    if (node === undefined || node.whole) {
      this.#inside = 1;
      this.#from = node === undefined ? -1 : offset;
      if (node !== undefined) this.#begin();
      return;
    }
    const path = this.#path();
    if (!isObject) assertPositions(node, path);
    this.#begin();
    this.#emit(isObject ? BEGIN_OBJECT : BEGIN_LIST);
    const nothing = { taken: 0, index: 0, key: '', found: new Set<string>() };
    this.#open.push({ isObject, node, path, ...nothing });
  }

  close(isObject: boolean, end: number): void {
    if (this.#inside > 0) {
      this.#inside -= 1;
      if (this.#inside > 0) return;
      if (this.#from >= 0) this.#emitFrom(this.#from, end);
      this.#next();
      return;
    }
    const closed = this.#open.pop();
    if (closed === undefined) return;
    this.#assertFound(closed);
    this.#emit(isObject ? END_OBJECT : END_LIST);
    this.#next();
  }

  piece(text: string): void {
    if (this.#inside > 0) return;
    if (this.#takesText === undefined) {
      this.#takesText = this.#takesScalar();
      if (this.#takesText) this.#emit(QUOTE);
    }
    if (this.#takesText) this.#emit(inner(text));
  }

  scalar(kind: ScalarKind, value: string, { start: offset, end }: Extent): void {
    if (this.#inside > 0) return;
    if (this.#takesText !== undefined) {
      if (this.#takesText) this.#emit(Buffer.concat([inner(value), QUOTE]));
      this.#takesText = undefined;
    } else if (this.#takesScalar()) {
      // A scalar that began in an earlier block is written again: stored data is canonical, so the bytes are the same.
      if (offset >= this.#blockStart) this.#emitFrom(offset, end);
      else this.#emit(Buffer.from(kind === 'string' ? escapedText(value) : value));
    }
    this.#next();
  }

  /** Whether the next scalar is selected; if so, writes the comma or key before it. */
  #takesScalar(): boolean {
    const node = this.#wanted();
    if (node === undefined) return false;
    if (!node.whole) {
      const what = 'data at this location is a scalar value (i.e. string, integer, float)';
      const paths = 'the path given specifies fields or elements that do not exist because';
      throw refuse('subset_invalid', `Invalid selection: ${paths} ${what}, at: ${this.#path()}`);
    }
    this.#begin();
    return true;
  }

  /** What is selected of the next value. */
  #wanted(): SelectionNode | undefined {
    const parent = this.#open.at(-1);
    if (parent === undefined) return this.#root;
    if (!parent.isObject) return below(parent.node, String(parent.index), EVERY_ITEM);
    const node = below(parent.node, parent.key, EVERY_KEY);
    if (node !== undefined) parent.found.add(parent.key);
    return node;
  }

  #emitFrom(from: number, end: number): void {
    this.#emit(this.#block.subarray(from - this.#blockStart, end - this.#blockStart));
  }

  /** Writes the comma or key before a value. */
  #begin(): void {
    const parent = this.#open.at(-1);
    if (parent === undefined) return;
    if (parent.taken > 0) this.#emit(COMMA);
    parent.taken += 1;
    if (parent.isObject) this.#emit(Buffer.from(`${escapedText(parent.key)}:`));
  }

  #next(): void {
    const parent = this.#open.at(-1);
    if (parent !== undefined) parent.index += 1;
  }

  /** The path of the next value. */
  #path(): string {
    const parent = this.#open.at(-1);
    if (parent === undefined) return '';
    return `${parent.path}/${escaped(parent.isObject ? parent.key : String(parent.index))}`;
  }

  #assertFound({ isObject, node, path, index, found }: OpenContainer): void {
    for (const step of node.children.keys()) {
      if (isObject && this.#strict.strictMaps && step !== EVERY_KEY && !found.has(step)) {
        const what = `data does not contain a field or key named '${step}'`;
        throw refuse('subset_invalid', `Invalid selection: ${what}, at: ${path}/${escaped(step)}`);
      }
      if (!isObject && this.#strict.strictArrays && step !== EVERY_ITEM && Number(step) >= index) {
        const what = `no array element exists at position '${step}'`;
        throw refuse('subset_invalid', `Invalid selection: ${what}, at: ${path}/${escaped(step)}`);
      }
    }
  }
}

const escaped = (step: string) => step.replaceAll('~', '~0').replaceAll('/', '~1');

/** Items of a list are selected by their positions. @throws subset_invalid */
function assertPositions(node: SelectionNode, path: string): void {
  for (const step of node.children.keys()) {
    if (step === EVERY_ITEM || /^\d+$/.test(step)) continue;
    const what = `data at '${path}' is an array, so element selection must be an integer.`;
    throw refuse('subset_invalid', `Invalid selection: ${what}  You requested element '${step}', at: ${path}`);
  }
}

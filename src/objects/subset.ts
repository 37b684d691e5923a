import { refuse } from '../errors.ts';
import { RawJson } from '../json/rawJson.ts';
import { endOfString, type JsonEvents, readJson, type Scalar } from '../json/reader.ts';
import { below, EVERY_ITEM, EVERY_KEY, type SelectionNode, selectionTree } from './selection.ts';
import type { Selection } from './specification.ts';

/**
 * The selected part of a stored value, in its order and with its own texts of numbers; of a list the selected items
 * alone.
 *
 * @throws subset_invalid
 */
export async function subsetOf(data: RawJson, { paths, ...strictness }: Selection): Promise<RawJson> {
  const root = selectionTree(paths);
  if (root.whole) return data;
  const extraction = new Extraction(data.bytes, root, strictness);
  await readJson(data.bytes, extraction);
  return new RawJson(extraction.result());
}

/** A list or an object of which a part is wanted. */
interface Partly {
  readonly isObject: boolean;
  readonly node: SelectionNode;
  readonly path: string;
  /** How many values were taken. */
  taken: number;
  /** The position of the next item of a list. */
  index: number;
  /** The key whose value comes next, as it is and as it is written. */
  key: string;
  keyText: Uint8Array;
  /** The wanted keys that there were. */
  readonly found: Set<string>;
}

const mark = (text: string) => Buffer.from(text);
const [COMMA, COLON, BEGIN_OBJECT, END_OBJECT, BEGIN_LIST, END_LIST] = [',', ':', '{', '}', '[', ']'].map(mark) as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
  Buffer,
  Buffer,
];

class Extraction implements JsonEvents {
  readonly #bytes: Uint8Array;
  readonly #root: SelectionNode;
  readonly #strict: Omit<Selection, 'paths'>;
  readonly #out: Uint8Array[] = [];
  readonly #open: Partly[] = [];
  /** How many lists and objects are open that are taken or left as a whole. */
  #inside = 0;
  /** Where the one that is taken as a whole begins; -1 for one that is left. */
  #from = -1;

  constructor(bytes: Uint8Array, root: SelectionNode, strict: Omit<Selection, 'paths'>) {
    this.#bytes = bytes;
    this.#root = root;
    this.#strict = strict;
  }

  result(): Uint8Array {
    return Buffer.concat(this.#out);
  }

  key(key: string, offset: number): void {
    const parent = this.#open.at(-1);
    if (this.#inside > 0 || parent === undefined) return;
    parent.key = key;
    parent.keyText = this.#bytes.subarray(offset, endOfString(this.#bytes, offset));
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
      return;
    }
    const path = this.#path();
    if (!isObject) assertPositions(node, path);
    this.#begin();
    this.#out.push(isObject ? BEGIN_OBJECT : BEGIN_LIST);
    const nothing = { taken: 0, index: 0, key: '', keyText: COMMA, found: new Set<string>() };
    this.#open.push({ isObject, node, path, ...nothing });
  }

  close(isObject: boolean, end: number): void {
    if (this.#inside > 0) {
      this.#inside -= 1;
      if (this.#inside > 0) return;
      if (this.#from >= 0) this.#take(this.#from, end);
      this.#next();
      return;
    }
    const closed = this.#open.pop();
    if (closed === undefined) return;
    this.#assertFound(closed);
    this.#out.push(isObject ? END_OBJECT : END_LIST);
    this.#next();
  }

  scalar(kind: Scalar, value: string, offset: number): void {
    if (this.#inside > 0) return;
    const node = this.#wanted();
    if (node !== undefined && !node.whole) {
      const what = 'data at this location is a scalar value (i.e. string, integer, float)';
      const paths = 'the path given specifies fields or elements that do not exist because';
      throw refuse('subset_invalid', `Invalid selection: ${paths} ${what}, at: ${this.#path()}`);
    }
    const end = kind === 'string' ? endOfString(this.#bytes, offset) : offset + value.length;
    if (node !== undefined) this.#take(offset, end);
    this.#next();
  }

  /** What is wanted of the value that comes next. */
  #wanted(): SelectionNode | undefined {
    const parent = this.#open.at(-1);
    if (parent === undefined) return this.#root;
    if (!parent.isObject) return below(parent.node, String(parent.index), EVERY_ITEM);
    const node = below(parent.node, parent.key, EVERY_KEY);
    if (node !== undefined) parent.found.add(parent.key);
    return node;
  }

  #take(from: number, end: number): void {
    this.#begin();
    this.#out.push(this.#bytes.subarray(from, end));
  }

  /** What stands before a value that is taken. */
  #begin(): void {
    const parent = this.#open.at(-1);
    if (parent === undefined) return;
    if (parent.taken > 0) this.#out.push(COMMA);
    parent.taken += 1;
    if (parent.isObject) this.#out.push(parent.keyText, COLON);
  }

  #next(): void {
    const parent = this.#open.at(-1);
    if (parent !== undefined) parent.index += 1;
  }

  /** Where the value stands that comes next. */
  #path(): string {
    const parent = this.#open.at(-1);
    if (parent === undefined) return '';
    return `${parent.path}/${escaped(parent.isObject ? parent.key : String(parent.index))}`;
  }

  #assertFound({ isObject, node, path, index, found }: Partly): void {
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

/** Items of a list are wanted by their positions, or all of them. @throws subset_invalid */
function assertPositions(node: SelectionNode, path: string): void {
  for (const step of node.children.keys()) {
    if (step === EVERY_ITEM || /^\d+$/.test(step)) continue;
    const what = `data at '${path}' is an array, so element selection must be an integer.`;
    throw refuse('subset_invalid', `Invalid selection: ${what}  You requested element '${step}', at: ${path}`);
  }
}

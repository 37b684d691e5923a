import { hash } from 'node:crypto';

/**
 * The Merkle tree of RFC 6962. The node (level, index) is the root of the perfect subtree over the 2^level leaves that begin
 * with the leaf index * 2^level; nodes at level 0 are the leaves.
 */
export interface Node {
  readonly level: number;
  readonly index: number;
  readonly hash: Buffer;
}

/** Finds the hash of an inner node or leaf. */
export type NodeSource = (level: number, index: number) => Buffer | Promise<Buffer>;

export const HASH_BYTES = 32;
const [LEAF, INNER] = [0x00, 0x01];

/** The root of a tree without leaves. */
export const emptyRoot = (): Buffer => hash('sha256', '', 'buffer');

/** The leaf of an entry: of bytes, or of a text in UTF-8. */
export const leafHash = (entry: Uint8Array | string): Buffer =>
  // U+0000 is the byte 0x00 in UTF-8.
  hash('sha256', typeof entry === 'string' ? `\0${entry}` : Buffer.concat([Buffer.of(LEAF), entry]), 'buffer');

function innerHash(left: Uint8Array, right: Uint8Array): Buffer {
  const node = Buffer.allocUnsafe(1 + 2 * HASH_BYTES);
  node[0] = INNER;
  node.set(left, 1);
  node.set(right, 1 + HASH_BYTES);
  return hash('sha256', node, 'buffer');
}

/** What must be kept of a tree to append to it: the roots of the perfect subtrees that it consists of, from left to right. */
export class CompactRange {
  #size: number;
  readonly #peaks: Buffer[];

  /** @throws RangeError if a tree of this size has another number of peaks */
  constructor(size = 0, peaks: readonly Uint8Array[] = []) {
    if (peaks.length !== peakLevels(size).length) {
      throw new RangeError(`a tree of ${size} leaves has ${peakLevels(size).length} peaks and not ${peaks.length}`);
    }
    this.#size = size;
    this.#peaks = peaks.map((peak) => Buffer.from(peak));
  }

  get size(): number {
    return this.#size;
  }

  get peaks(): readonly Buffer[] {
    return this.#peaks;
  }

  /** Appends a leaf. @returns the inner nodes that it completes, from the lowest level to the highest */
  append(leaf: Uint8Array): Node[] {
    const completed: Node[] = [];
    let last: Buffer = Buffer.from(leaf);
    let index = this.#size;
    for (let level = 1; index % 2 === 1; level += 1) {
      last = innerHash(this.#peaks.pop() as Buffer, last);
      index = half(index);
      completed.push({ level, index, hash: last });
    }
    this.#peaks.push(last);
    this.#size += 1;
    return completed;
  }

  root(): Buffer {
    return this.#peaks.length === 0 ? emptyRoot() : joined(this.#peaks);
  }
}

/** The root of the tree over these leaves. */
export function rootOf(leaves: Iterable<Uint8Array>): Buffer {
  const range = new CompactRange();
  for (const leaf of leaves) range.append(leaf);
  return range.root();
}

/** A claim that a leaf stands in a tree. */
export interface Inclusion {
  readonly index: number;
  readonly size: number;
  readonly leaf: Uint8Array;
  readonly root: Uint8Array;
}

/** A claim that one tree is the beginning of another. */
export interface Consistency {
  readonly from: { readonly size: number; readonly root: Uint8Array };
  readonly to: { readonly size: number; readonly root: Uint8Array };
}

/** The audit path of RFC 6962 section 2.1.1. @throws RangeError */
export function inclusionProof(
  { index, size }: Pick<Inclusion, 'index' | 'size'>,
  nodes: NodeSource,
): Promise<Buffer[]> {
  if (!isSize(size) || !isSize(index) || index >= size) throw new RangeError(`no leaf ${index} in a tree of ${size}`);
  return path(nodes, index, { begin: 0, end: size });
}

/** The consistency proof of RFC 6962 section 2.1.2; empty if one of the trees is, or if they have the same size. @throws RangeError */
export async function consistencyProof(
  { from, to }: { readonly from: number; readonly to: number },
  nodes: NodeSource,
): Promise<Buffer[]> {
  if (!isSize(from) || !isSize(to) || from > to)
    throw new RangeError(`a tree of ${from} is not the beginning of one of ${to}`);
  return from === 0 || from === to ? [] : subproof(nodes, from, { begin: 0, end: to });
}

/** The root of the tree of this size. */
export function rootAt(size: number, nodes: NodeSource): Buffer | Promise<Buffer> {
  return size === 0 ? emptyRoot() : spanRoot(nodes, { begin: 0, end: size });
}

/** Whether the proof shows the claim. */
export function provesInclusion({ index, size, leaf, root }: Inclusion, proof: readonly Uint8Array[]): boolean {
  if (!isSize(size) || !isSize(index) || index >= size || !areHashes([leaf, root, ...proof])) return false;
  // RFC 9162 section 2.1.3.2.
  let [node, last] = [index, size - 1];
  let result: Buffer = Buffer.from(leaf);
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      result = innerHash(sibling, result);
      while (node % 2 === 0 && node > 0) [node, last] = [half(node), half(last)];
    } else result = innerHash(result, sibling);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && result.equals(root);
}

/** Whether the proof shows the claim. */
export function provesConsistency({ from, to }: Consistency, proof: readonly Uint8Array[]): boolean {
  if (!isSize(from.size) || !isSize(to.size) || from.size > to.size) return false;
  if (!areHashes([from.root, to.root, ...proof])) return false;
  if (from.size === to.size) return proof.length === 0 && Buffer.from(from.root).equals(to.root);
  if (from.size === 0) return proof.length === 0 && emptyRoot().equals(from.root);
  // RFC 9162 section 2.1.4.2.
  const nodes = isPowerOfTwo(from.size) ? [from.root, ...proof] : proof;
  const [first, ...others] = nodes;
  if (first === undefined || proof.length === 0) return false;
  let [node, last] = [from.size - 1, to.size - 1];
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  let [older, newer]: [Buffer, Buffer] = [Buffer.from(first), Buffer.from(first)];
  for (const other of others) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      [older, newer] = [innerHash(other, older), innerHash(other, newer)];
      while (node % 2 === 0 && node > 0) [node, last] = [half(node), half(last)];
    } else newer = innerHash(newer, other);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && older.equals(from.root) && newer.equals(to.root);
}

/** Leaves from `begin` to before `end`. */
interface Span {
  readonly begin: number;
  readonly end: number;
}

async function path(nodes: NodeSource, index: number, span: Span): Promise<Buffer[]> {
  if (span.end - span.begin === 1) return [];
  const { left, right } = parted(span);
  return index < left.end
    ? [...(await path(nodes, index, left)), await spanRoot(nodes, right)]
    : [...(await path(nodes, index, right)), await spanRoot(nodes, left)];
}

/** SUBPROOF of RFC 6962. The root of a subtree that the older tree has as a whole is left out only if it is that tree. */
async function subproof(nodes: NodeSource, from: number, span: Span): Promise<Buffer[]> {
  if (span.end === from) return span.begin === 0 ? [] : [await spanRoot(nodes, span)];
  const { left, right } = parted(span);
  return from <= left.end
    ? [...(await subproof(nodes, from, left)), await spanRoot(nodes, right)]
    : [...(await subproof(nodes, from, right)), await spanRoot(nodes, left)];
}

/** The root of the tree over a span that begins at a multiple of the largest power of two in it. */
async function spanRoot(nodes: NodeSource, span: Span): Promise<Buffer> {
  const size = span.end - span.begin;
  if (isPowerOfTwo(size)) return nodes(Math.log2(size), span.begin / size);
  const { left, right } = parted(span);
  return innerHash(await spanRoot(nodes, left), await spanRoot(nodes, right));
}

/** Splits at the largest power of two that is smaller than the size. */
function parted({ begin, end }: Span): { readonly left: Span; readonly right: Span } {
  let size = 1;
  while (2 * size < end - begin) size *= 2;
  return { left: { begin, end: begin + size }, right: { begin: begin + size, end } };
}

/** The levels of the perfect subtrees that a tree of this size consists of, from left to right. @throws RangeError */
function peakLevels(size: number): number[] {
  if (!isSize(size)) throw new RangeError(`${size} is not the size of a tree`);
  const bits = size.toString(2);
  return [...bits].flatMap((bit, i) => (bit === '1' ? [bits.length - 1 - i] : []));
}

const joined = (peaks: readonly Buffer[]): Buffer => peaks.reduceRight((right, left) => innerHash(left, right));
const areHashes = (hashes: readonly Uint8Array[]): boolean => hashes.every(({ length }) => length === HASH_BYTES);
const isSize = (size: number): boolean => Number.isSafeInteger(size) && size >= 0;
const isPowerOfTwo = (size: number): boolean => Number.isInteger(Math.log2(size)) && 2 ** Math.log2(size) === size;
const half = (n: number): number => Math.floor(n / 2);

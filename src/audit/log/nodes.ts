import { bytesOf } from '../../store/bytes.ts';
import type { Reader } from '../../store/collection.ts';
import { type Segment, segmentWith } from './segments.ts';
import { CompactRange, HASH_BYTES, type NodeSource, rootAt } from './tree.ts';

/** How many segments are kept: the nodes of a proof are in few. */
const MAX_KEPT = 64;

/** Thrown if the log lacks a segment, or has one that is too short. */
export class MissingNodeError extends Error {}

/**
 * The nodes of the tree, from the segments that completed them.
 *
 * @throws MissingNodeError
 */
export function storedNodes(reader: Reader): NodeSource {
  const kept = new Map<number, Segment>();
  const segmentOf = async (seq: number) => {
    const known = [...kept.values()].find(({ first, size }) => first <= seq && seq < size);
    const found = known ?? (await segmentWith(reader, seq));
    if (found === undefined || found.size <= seq)
      throw new MissingNodeError(`the log has no segment with record ${seq}`);
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(found.first, found);
    return found;
  };
  return async (level, index) => {
    const begin = index * 2 ** level;
    const end = begin + 2 ** level;
    const segment = await segmentOf(end - 1);
    if (begin >= segment.first) return subtreeRoot(segment, begin, end);
    const root = segment.roots.find((node) => node.level === level);
    if (root === undefined) throw new MissingNodeError(`the log has no node ${index} of level ${level}`);
    return Buffer.from(root.hash, 'base64');
  };
}

function subtreeRoot(segment: Segment, begin: number, end: number): Buffer {
  const range = new CompactRange();
  for (const leaf of leavesBetween(segment, begin, end)) range.append(leaf);
  return range.root();
}

/** The leaves of a segment from this sequence number to before that. */
export function leavesBetween({ first, leaves }: Segment, begin: number, end: number): Buffer[] {
  const bytes = bytesOf(leaves);
  return Array.from({ length: end - begin }, (_, i) => {
    const at = (begin - first + i) * HASH_BYTES;
    const leaf = bytes.subarray(at, at + HASH_BYTES);
    if (leaf.length < HASH_BYTES) throw new MissingNodeError(`the log has no leaf of record ${begin + i}`);
    return leaf;
  });
}

/** What the tree of this size is appended to with. @throws MissingNodeError */
export async function rangeAt(size: number, nodes: NodeSource): Promise<CompactRange> {
  const peaks: Buffer[] = [];
  for (let begin = 0, level = Math.floor(Math.log2(Math.max(size, 1))); level >= 0; level -= 1) {
    const width = 2 ** level;
    if (begin + width > size) continue;
    peaks.push(await nodes(level, begin / width));
    begin += width;
  }
  return new CompactRange(size, peaks);
}

/** @throws MissingNodeError */
export const storedRoot = async (size: number, nodes: NodeSource): Promise<Buffer> => rootAt(size, nodes);

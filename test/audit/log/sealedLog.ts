import { expect } from 'vitest';
import { verifiedCheckpoint } from '../../../src/audit/log/checkpoint.ts';
import { logHead, segmentsFrom } from '../../../src/audit/log/segments.ts';
import { parseVerifierKey } from '../../../src/audit/log/signedNote.ts';
import { CompactRange } from '../../../src/audit/log/tree.ts';
import { bytesOf } from '../../../src/store/bytes.ts';
import type { Database } from '../../../src/store/database.ts';

/** The ids of the sealed records, in the order of the log, whose every segment is checked. */
export async function sealedIds(database: Database): Promise<string[]> {
  const ids: string[] = [];
  const tree = new CompactRange();
  const keys = (await logHead(database)).keys.map(({ key }) => parseVerifierKey(key));
  for await (const { first, size, batches, leaves, checkpoint } of segmentsFrom(database, 0)) {
    expect(first).toBe(ids.length);
    for (const { id, count } of batches) for (let i = 0; i < count; i += 1) ids.push(`${id}-${i}`);
    const bytes = bytesOf(leaves);
    for (let i = 0; i < bytes.length; i += 32) tree.append(bytes.subarray(i, i + 32));
    expect([size, tree.size]).toEqual([ids.length, ids.length]);
    expect(verifiedCheckpoint(checkpoint, keys)).toMatchObject({ size, root: tree.root() });
  }
  expect((await logHead(database)).size).toBe(ids.length);
  expect(new Set(ids).size).toBe(ids.length);
  return ids;
}

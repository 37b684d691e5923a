import { expect, it } from 'vitest';
import { verifiedCheckpoint } from '../../../src/audit/log/checkpoint.ts';
import { sealedRecords } from '../../../src/audit/log/sealed.ts';
import { auditSegments, logHead, segmentsFrom } from '../../../src/audit/log/segments.ts';
import { parseVerifierKey } from '../../../src/audit/log/signedNote.ts';
import { rootOf } from '../../../src/audit/log/tree.ts';
import { bytesOf } from '../../../src/store/bytes.ts';
import { openHouse, type TestHouse } from '../../support/house.ts';

const addUsers = async (house: TestHouse, from: number, count: number) => {
  for (let i = from; i < from + count; i += 1) {
    await house.administer('boss', { command: 'addUser', params: { user: `user${i}` } });
  }
};

/** The ids of the sealed records, in order, with the root of their leaves. */
async function sealed({ database }: Pick<TestHouse, 'database'>) {
  const ids: string[] = [];
  const leaves: Buffer[] = [];
  for await (const segment of segmentsFrom(database, 0)) {
    expect(segment.first).toBe(ids.length);
    for (const { id, count } of segment.batches) for (let i = 0; i < count; i += 1) ids.push(`${id}-${i}`);
    const bytes = bytesOf(segment.leaves);
    for (let i = 0; i < bytes.length; i += 32) leaves.push(bytes.subarray(i, i + 32));
    expect(segment.size).toBe(ids.length);
    const keys = (await logHead(database)).keys.map(({ key }) => parseVerifierKey(key));
    const checkpoint = verifiedCheckpoint(segment.checkpoint, keys);
    expect(checkpoint).toMatchObject({ size: segment.size, root: rootOf(leaves) });
  }
  return { ids, root: rootOf(leaves) };
}

it('seals every record once, in the order of their commits, under signed checkpoints', async () => {
  await using house = await openHouse();
  await house.sealer.seal();
  await addUsers(house, 0, 5);
  await house.sealer.seal();
  await addUsers(house, 5, 7);
  await house.sealer.seal();
  await house.sealer.seal();
  const { ids } = await sealed(house);
  expect(ids).toEqual((await house.records()).map(({ id }) => id));
  expect(await house.database.count(auditSegments, {})).toBe(3);
});

it('gives the records in the order of the log, and then those that are not sealed yet', async () => {
  await using house = await openHouse();
  const read = async (from: number, unsealed: boolean) => {
    const found: [number, string, string | undefined][] = [];
    for await (const { seq, id, record } of sealedRecords(house.database, { from, unsealed })) {
      found.push([seq, id, record?.id]);
    }
    return found;
  };
  const expected = async () => (await house.records()).map(({ id }, seq) => [seq, id, id]);
  expect(await read(0, false)).toEqual([]);
  expect(await read(0, true)).toEqual(await expected());
  await addUsers(house, 0, 3);
  await house.sealer.seal();
  await addUsers(house, 3, 4);
  const all = await expected();
  expect(await read(0, true)).toEqual(all);
  expect(await read(2, true)).toEqual(all.slice(2));
  expect(await read(0, false)).toEqual(all.slice(0, 5));
});

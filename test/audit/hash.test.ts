import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changesParts } from '../../src/audit/parts.ts';
import { type AuditBatch, auditCollection, batchOf, WrongHashError } from '../../src/audit/record.ts';
import { newSalt } from '../../src/audit/salt.ts';
import { timeOrderedId } from '../../src/store/ids.ts';
import { transact } from '../../src/store/transact.ts';
import { openHouse, type TestHouse } from '../support/house.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house[Symbol.asyncDispose]());

const draft = (more: object = {}) => ({
  at: new Date(),
  via: 'job' as const,
  command: 'hashed',
  outcome: 'success' as const,
  actor: { id: 'x', name: 'x' },
  authority: 'service' as const,
  changes: [],
  resources: [],
  requestId: 'r',
  address: '-',
  ...more,
});

/** A batch whose second record was changed after it was hashed. */
function altered(change: (record: Record<string, unknown>) => object): AuditBatch {
  const batch = batchOf(timeOrderedId(), [draft(), draft({ params: { n: 1 } })]);
  const [first, second] = batch.records as unknown as Record<string, unknown>[];
  return { ...batch, records: [first, change(second as Record<string, unknown>)] } as unknown as AuditBatch;
}

/** What a bug could make of a record. */
const BUGS: readonly (readonly [string, (record: Record<string, unknown>) => object])[] = [
  ['another parameter than was hashed', (record) => ({ ...record, params: { n: 2 } })],
  ['the hash of another record', (record) => ({ ...record, hash: '0'.repeat(64) })],
  ['no hash', ({ hash: _, ...record }) => record],
  ['bytes, which come back as another type', (record) => rehashed({ ...record, params: Buffer.from('x') })],
  ['half a character, which is stored as another', (record) => rehashed({ ...record, reason: '\ud800' })],
  ['a list with a gap, which is stored as null', (record) => rehashed({ ...record, params: [undefined, 1] }, '[1]')],
];

/** As somebody would hash it who does not know what the database makes of it. */
function rehashed(record: Record<string, unknown>, params?: string): object {
  const { hash: _, ...rest } = record;
  const hashed = params === undefined ? rest : { ...rest, params: JSON.parse(params) };
  return { ...rest, hash: createHash('sha256').update(JSON.stringify(hashed)).digest('hex') };
}

describe('a record whose hash is not that of what would be stored', () => {
  const stored = () => house.database.db.collection('audit').countDocuments();

  it.each(BUGS)('is not stored alone: %s', async (_, bug) => {
    const before = await stored();
    await expect(house.database.appendOne(auditCollection, altered(bug))).rejects.toThrow(WrongHashError);
    expect(await stored()).toBe(before);
  });

  it.each(BUGS)('is not committed: %s', async (_, bug) => {
    const before = await stored();
    const commit = transact(house.database, { now: () => new Date() }, async (tx) => {
      tx.record(auditCollection, [], () => altered(bug));
    });
    await expect(commit).rejects.toThrow(WrongHashError);
    expect(await stored()).toBe(before);
  });

  it('is not stored as a part with changes either', async () => {
    const before = await stored();
    const hash = '0'.repeat(64);
    const part = { _id: timeOrderedId(), revision: 1, records: [] as const, changes: [], salt: newSalt(), hash };
    const commit = transact(house.database, { now: () => new Date() }, (tx) => tx.recordPart(changesParts, part));
    await expect(commit).rejects.toThrow(WrongHashError);
    expect(await stored()).toBe(before);
  });

  it('stands beside sound ones, which are stored either way', async () => {
    const before = await stored();
    const sound = () => batchOf(timeOrderedId(), [draft({ params: { none: undefined, text: 'ü', n: 2 ** 53 } })]);
    await house.database.appendOne(auditCollection, sound());
    await transact(house.database, { now: () => new Date() }, async (tx) => {
      tx.record(auditCollection, [], sound);
    });
    expect(await stored()).toBe(before + 2);
  });
});

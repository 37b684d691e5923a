import fc from 'fast-check';
import { BSON, MongoServerError } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_BATCH_BYTES } from '../../src/audit/batches.ts';
import { Journal } from '../../src/audit/journal.ts';
import { type AuditBatch, effectOf, type RecordDraft, recordHash } from '../../src/audit/record.ts';
import { collection, type Stored } from '../../src/store/collection.ts';
import type { Database } from '../../src/store/database.ts';
import { timeOrderedId } from '../../src/store/ids.ts';
import { MAX_DOCUMENT_BYTES } from '../../src/store/size.ts';
import { transact } from '../../src/store/transact.ts';
import { openHouse, type StoredRecord, type TestHouse } from '../support/house.ts';
import { LONG } from '../support/long.ts';

const now = () => new Date();

function draftOf(requestId: string, more: Partial<RecordDraft> = {}): RecordDraft {
  return {
    at: new Date(),
    via: 'command',
    command: 'listUsers',
    outcome: 'success',
    actor: { id: 'ann', name: 'ann' },
    authority: 'admin',
    changes: [],
    resources: [],
    requestId,
    address: '192.0.2.1',
    ...more,
  };
}

/** What of the database a journal uses; like it, this takes no document of more than 16 MB. */
function strictDatabase(stored: AuditBatch[]): Database {
  const appendOne = async (_: unknown, batch: AuditBatch) => {
    await new Promise((resolve) => setImmediate(resolve));
    if (BSON.calculateObjectSize(batch) > MAX_DOCUMENT_BYTES) {
      throw new MongoServerError({ code: 10334, message: 'BSONObj size is invalid' });
    }
    stored.push(batch);
  };
  const clock = { newId: async () => timeOrderedId() };
  return { appendOne, clock, keyedDigest: () => 'hmac:0' } as unknown as Database;
}

/** Characters of one, two, three and four bytes. */
const CHARACTERS = ['a', 'é', '世', '😀'];

const sizes = fc.oneof(
  { weight: 60, arbitrary: fc.constant(10) },
  { weight: 30, arbitrary: fc.integer({ min: 1_000, max: 100_000 }) },
  { weight: 10, arbitrary: fc.constantFrom(1_000_000, MAX_BATCH_BYTES - 500, MAX_BATCH_BYTES, 6_000_000) },
  { weight: 1, arbitrary: fc.constantFrom(MAX_DOCUMENT_BYTES - 400, MAX_DOCUMENT_BYTES, 20_000_000) },
);
const texts = fc
  .tuple(fc.constantFrom(...CHARACTERS), sizes)
  .map(([character, bytes]) => character.repeat(Math.ceil(bytes / Buffer.byteLength(character))));

describe('A8: records that wait together', { timeout: 300_000 }, () => {
  it('are each stored exactly once, in order, in batches below the bound, whatever their sizes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(texts, { minLength: 1, maxLength: LONG ? 300 : 100 }), async (parameters) => {
        const stored: AuditBatch[] = [];
        const failures: unknown[] = [];
        const journal = new Journal(strictDatabase(stored), (error) => failures.push(error));
        const answers = await Promise.all(
          parameters.map((text, i) => journal.append(draftOf(String(i), { params: { text } }))),
        );
        const records = stored.flatMap((batch) => batch.records);
        expect(records.map((r) => r.requestId)).toEqual(parameters.map((_, i) => String(i)));
        expect(answers.map((r) => r.id)).toEqual(records.map((r) => r.id));
        expect(new Set(records.map((r) => r.id)).size).toBe(parameters.length);
        expect([...stored].sort((a, b) => (a._id < b._id ? -1 : 1))).toEqual(stored);
        for (const batch of stored.filter((b) => b.records.length > 1)) {
          expect(BSON.calculateObjectSize(batch)).toBeLessThanOrEqual(MAX_BATCH_BYTES);
        }
        expect(failures).toEqual([]);
      }),
      { numRuns: LONG ? 300 : 4 },
    );
  });
});

interface Thing extends Stored {
  readonly text: string;
}
const things = collection<Thing>('things');

describe('A8: on a real server', { timeout: 300_000 }, () => {
  let house: TestHouse;
  let failures: unknown[];
  let journal: Journal;
  beforeAll(async () => {
    house = await openHouse();
    await house.database.prepare([things]);
    failures = [];
    journal = new Journal(house.database, (error) => failures.push(error));
  });
  afterAll(() => house[Symbol.asyncDispose]());

  /** The records that the work leaves. */
  async function recordsOf(work: () => Promise<unknown>): Promise<StoredRecord[]> {
    const before = (await house.records()).length;
    await work();
    return (await house.records()).slice(before);
  }

  it('a record that it does not take fails alone', async () => {
    const validator = { 'records.reason': { $ne: 'poison' } };
    await house.database.db.command({ collMod: 'audit', validator, validationAction: 'error' });
    const all = Array.from({ length: 60 }, (_, i) => draftOf(`v${i}`, { reason: i === 37 ? 'poison' : 'fine' }));
    const outcomes: PromiseSettledResult<unknown>[] = [];
    const records = await recordsOf(async () => {
      outcomes.push(...(await Promise.allSettled(all.map((draft) => journal.append(draft)))));
    });
    await house.database.db.command({ collMod: 'audit', validator: {} });
    const refused = outcomes.flatMap((o, i) => (o.status === 'rejected' ? [[i, o.reason.reason]] : []));
    expect(refused).toEqual([[37, 'audit_unavailable']]);
    expect(records.map((r) => r.requestId)).toEqual(all.map((d) => d.requestId).filter((id) => id !== 'v37'));
    expect(failures.splice(0)).toHaveLength(1);
  });

  it('a record that is too large for any document is stored with keyed digests of its long parts', async () => {
    const text = '世'.repeat(6_000_000);
    const changes = [{ collection: 'things', id: 't', op: 'insert', after: { text } }] as const;
    const large = draftOf('large', { params: { text }, changes, reason: 'because' });
    const records = await recordsOf(() =>
      Promise.all([...Array(9).keys()].map((i) => journal.append(i === 4 ? large : draftOf(`l${i}`)))),
    );
    expect(records.map((r) => r.requestId)).toEqual(['l0', 'l1', 'l2', 'l3', 'large', 'l5', 'l6', 'l7', 'l8']);
    const { hash, ...stored } = records[4] ?? ({} as StoredRecord);
    const { params, paramsDigest, changes: told, reason } = stored;
    expect({ params, paramsDigest, told, reason }).toEqual({
      params: undefined,
      paramsDigest: expect.stringMatching(/^hmac:[0-9a-f]{64}$/),
      told: [{ collection: 'things', id: 't', op: 'insert', after: expect.stringMatching(/^<hmac:[0-9a-f]{64}>$/) }],
      reason: 'because',
    });
    expect(hash).toBe(recordHash(stored as never));
    expect(failures).toEqual([]);
  });

  it('writes that share a transaction have their records in batches below the bound', async () => {
    const textOf = (i: number) => '世'.repeat(i % 3 === 2 ? 1_200_000 : 200_000);
    const before = await house.database.db.collection('audit').countDocuments();
    const ids = [...Array(18).keys()].map((i) => `shared${String(i).padStart(2, '0')}`);
    await Promise.all(
      ids.map((_id, i) =>
        transact(house.database, { now, lane: 'objects' }, async (tx) => {
          await tx.insert(things, { _id, text: textOf(i) });
          await journal.appendIn(tx, draftOf(_id, effectOf(tx)));
        }),
      ),
    );
    const batches = await house.database.db.collection<AuditBatch>('audit').find().skip(before).toArray();
    expect(batches.flatMap((b) => b.records.map((r) => r.requestId)).sort()).toEqual(ids);
    expect(batches.length).toBeLessThan(ids.length);
    for (const batch of batches) expect(BSON.calculateObjectSize(batch)).toBeLessThanOrEqual(MAX_BATCH_BYTES);
    const stored = await house.database.db.collection<Thing>('things').find().sort({ _id: 1 }).toArray();
    expect(stored.map((thing) => thing.text.length)).toEqual(ids.map((_, i) => textOf(i).length));
  });
});

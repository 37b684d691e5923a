import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { parseCheckpoint } from '../../../src/audit/log/checkpoint.ts';
import { sealedRecords } from '../../../src/audit/log/sealed.ts';
import { auditSegments, logHead } from '../../../src/audit/log/segments.ts';
import { parseNote, parseVerifierKey } from '../../../src/audit/log/signedNote.ts';
import { auditCollection, batchOf, type RecordDraft } from '../../../src/audit/record.ts';
import { refuse } from '../../../src/base/errors.ts';
import type { JobView } from '../../../src/base/schemas/generated.ts';
import { firstIdOf } from '../../../src/store/clusterClock.ts';
import { migrate } from '../../../src/store/migrations/migrate.ts';
import { scratchFixture } from '../../store/migrations/scratch.ts';
import { openHouse, type TestHouse } from '../../support/house.ts';
import { LONG } from '../../support/long.ts';
import { sealedIds } from './sealedLog.ts';

const addUsers = async (house: TestHouse, from: number, count: number) => {
  for (let i = from; i < from + count; i += 1) {
    await house.administer('boss', { command: 'addUser', params: { user: `user${i}` } });
  }
};

const recordIds = async (house: TestHouse) => (await house.records()).map(({ id }) => id);

/** Stores records under an id that was made so many seconds ago. @returns their ids */
async function storedLate(
  { database }: TestHouse,
  ago: number,
  drafts: readonly Partial<RecordDraft>[] = [{}],
): Promise<string[]> {
  const { t } = await database.clock.now();
  const id = `${firstIdOf(t - ago).slice(0, 8)}${Math.random().toString(16).slice(2, 10).padEnd(8, '0')}00000000`;
  const draft: RecordDraft = {
    ...{ at: new Date(), via: 'command', command: 'late', outcome: 'success', actor: { id: 'x', name: 'x' } },
    ...{ authority: 'admin', changes: [], resources: [], requestId: 'r', address: '-' },
  };
  const batch = batchOf(
    id,
    drafts.map((more) => ({ ...draft, ...more })),
  );
  await database.appendOne(auditCollection, batch);
  return batch.records.map((record) => record.id);
}

async function expectVerified(house: TestHouse): Promise<void> {
  const { result } = await house.administer('boss', { command: 'verifyAudit', params: {} });
  expect((result as JobView).verification).toMatchObject({ ok: true, findings: [] });
}

it('seals every record once, in the order of their commits, under signed checkpoints', async () => {
  await using house = await openHouse();
  await house.sealer.seal();
  await addUsers(house, 0, 5);
  await house.sealer.seal();
  await addUsers(house, 5, 7);
  await house.sealer.seal();
  await house.sealer.seal();
  expect(await sealedIds(house.database)).toEqual(await recordIds(house));
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

it('seals records in the order of their commits, however old their ids are', async () => {
  await using house = await openHouse();
  await house.sealer.seal();
  const expected = await recordIds(house);
  for (const ago of [0, 100_000, 10, 3_600]) expected.push(...(await storedLate(house, ago, [{}, {}])));
  await house.sealer.seal();
  expect(await sealedIds(house.database)).toEqual(expected);
  await expectVerified(house);
});

it('divides what has gathered into segments of at most 4,096 records, and no batch', async () => {
  await using house = await openHouse();
  await house.sealer.seal();
  for (const count of [3_000, 1_000, 97, 4_500, 1])
    await storedLate(
      house,
      0,
      Array.from({ length: count }, () => ({})),
    );
  await house.sealer.seal();
  await sealedIds(house.database);
  const segments = await house.database.find(auditSegments, {}, { sort: { _id: 1 } });
  expect(segments.slice(1).map(({ first, size }) => size - first)).toEqual([4_000, 97, 4_500, 1]);
});

it('seals a record of almost 16 MB, and one without a hash, which verification finds', async () => {
  await using house = await openHouse();
  await house.sealer.seal();
  await storedLate(house, 0, [{ params: { long: 'x'.repeat(16_700_000) } }]);
  await house.sealer.seal();
  await expectVerified(house);
  const audit = house.database.db.collection<{ _id: string; records: object[] }>('audit');
  await audit.insertOne({ _id: 'f'.repeat(24), records: [{ id: `${'f'.repeat(24)}-0`, command: 'forged' }] });
  await house.sealer.seal();
  const { size } = await logHead(house.database);
  const { result } = await house.administer('boss', { command: 'verifyAudit', params: {} });
  expect((result as JobView).verification?.findings).toMatchObject([{ kind: 'edited', seq: size - 1 }]);
});

it('writes nothing while there is nothing to seal', async () => {
  await using house = await openHouse();
  await house.sealer.seal();
  const before = await logHead(house.database);
  for (let i = 0; i < 3; i += 1) await house.sealer.seal();
  expect(await logHead(house.database)).toEqual(before);
});

describe('where the oplog no longer has what is not sealed, the sealer', () => {
  /** The next stream of records finds that the oplog has forgotten its position. */
  function loseOplog({ database }: TestHouse): void {
    const { follow } = database;
    vi.spyOn(database, 'follow').mockImplementationOnce((...args) => {
      const insertions = follow.apply(database, args);
      insertions.next = () => Promise.reject(refuse('cursor_outdated'));
      return insertions;
    });
  }

  it('finds it by itself, says so, and goes on in the order of commits', async () => {
    const warned: string[] = [];
    await using house = await openHouse({ warn: (sentence) => warned.push(sentence) });
    await addUsers(house, 0, 2);
    await house.sealer.seal();
    warned.length = 0;
    const late = await storedLate(house, 5_000);
    await addUsers(house, 2, 3);
    const sealed = (await sealedIds(house.database)).length;
    loseOplog(house);
    await house.sealer.seal();
    expect(warned).toEqual([
      expect.stringContaining('oplog'),
      expect.stringMatching(/^4 audit records were not sealed/),
    ]);
    const found = await sealedIds(house.database);
    expect(found.toSorted()).toEqual((await recordIds(house)).toSorted());
    // In the order of ids, in which the late one is the first.
    expect(found[sealed]).toBe(late[0]);
    const later = await storedLate(house, 5_000);
    await addUsers(house, 5, 1);
    await house.sealer.seal();
    expect((await sealedIds(house.database)).slice(found.length)[0]).toBe(later[0]);
    await expectVerified(house);
  });

  it('loses and doubles nothing if it is interrupted', async () => {
    await using house = await openHouse();
    await house.sealer.seal();
    await addUsers(house, 0, 3);
    loseOplog(house);
    const { now } = house.database.clock;
    const clock = vi.spyOn(house.database.clock, 'now');
    // The end of the search stores that it is over.
    clock.mockImplementationOnce(() => now.call(house.database.clock));
    clock.mockImplementationOnce(() => Promise.reject(new Error('interrupted')));
    await expect(house.sealer.seal()).rejects.toThrow('interrupted');
    expect(house.sealer.failures).toBe(1);
    await addUsers(house, 3, 2);
    await house.sealer.seal();
    expect((await sealedIds(house.database)).toSorted()).toEqual((await recordIds(house)).toSorted());
  });
});

describe('two instances', () => {
  it('make one log, also where both believe that they hold the lease', async () => {
    await using house = await openHouse();
    await using beside = await openHouse({ beside: house });
    for (const { database } of [house, beside]) database.leases.take = async () => true;
    const lost: string[] = [];
    for (let round = 0; round < (LONG ? 8 : 3); round += 1) {
      await addUsers(house, round * 3, 3);
      await addUsers(beside, 100 + round * 3, 3);
      const turns = [house, beside].map(({ sealer }) => sealer.seal().catch(({ message }) => lost.push(message)));
      await Promise.all(turns);
    }
    await house.sealer.seal();
    expect((await sealedIds(house.database)).toSorted()).toEqual((await recordIds(house)).toSorted());
    expect(lost.every((message) => message === 'another instance seals the audit records')).toBe(true);
    await expectVerified(house);
  });

  it('where one is stopped between two segments, the other goes on', async () => {
    await using house = await openHouse();
    await using beside = await openHouse({ beside: house });
    await house.sealer.seal();
    for (let i = 0; i < 3; i += 1)
      await storedLate(
        house,
        0,
        Array.from({ length: 3_000 }, () => ({})),
      );
    const stop = new AbortController();
    const { follow } = house.database;
    vi.spyOn(house.database, 'follow').mockImplementation((...args) => {
      const insertions = follow.apply(house.database, args);
      const { next } = insertions;
      let read = 0;
      insertions.next = () => {
        read += 1;
        if (read === 2) stop.abort();
        return next.call(insertions);
      };
      return insertions;
    });
    await house.sealer.seal(stop.signal);
    expect(await house.database.count(auditSegments, {})).toBe(2);
    await beside.sealer.seal();
    expect((await sealedIds(house.database)).length).toBe((await recordIds(house)).length);
  });
});

it('keeps the earlier public keys when the key or the name of the log changes', async () => {
  await using house = await openHouse();
  await house.sealer.seal();
  const pem = () => generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const sizes: number[] = [0];
  for (const options of [
    { auditSigningKeyPem: pem() },
    { auditSigningKeyPem: pem(), auditOrigin: 'log.example.org' },
  ]) {
    const auditEarlierKeys = (await logHead(house.database)).keys.map(({ key }) => parseVerifierKey(key));
    await using next = await openHouse({ beside: house, auditEarlierKeys, ...options });
    sizes.push((await logHead(house.database)).size);
    await addUsers(next, 10 * sizes.length, 2);
    await next.sealer.seal();
    await expectVerified(next);
  }
  const { keys, checkpoint = '' } = await logHead(house.database);
  expect(keys.map(({ from }) => from)).toEqual(sizes);
  expect(new Set(keys.map(({ key }) => key)).size).toBe(3);
  expect(parseCheckpoint(parseNote(checkpoint).text).origin).toBe('log.example.org');
  await sealedIds(house.database);
});

it('seals the records of an earlier version, which keep their hashes, and proves and exports them', async () => {
  await using scratch = await scratchFixture();
  const database = await scratch.connect();
  await migrate({ database, program: '2.0.0-test', signal: new AbortController().signal, report: () => undefined });
  const old = await database.find(auditCollection, {});
  const hashes = old.flatMap(({ records }) => records.map(({ hash }) => hash));
  const warned: string[] = [];
  await using house = await openHouse({
    ...{ on: database, rules: { configured: ['boss', 'admin'] } },
    warn: (sentence) => warned.push(sentence),
  });
  await house.sealer.seal();
  expect(warned.at(-1)).toMatch(/^\d+ audit records were not sealed yet/);
  await sealedIds(database);
  await expectVerified(house);
  const [first] = await house.records();
  expect(first).not.toHaveProperty('format');
  const receipt = { record: first?.id, hash: first?.hash };
  const proved = await house.administer('boss', { command: 'proveRecord', params: receipt });
  expect(proved.result).toMatchObject({ seq: 0 });
  const stored = (await house.records()).map(({ hash }) => hash);
  expect(stored).toEqual(expect.arrayContaining(hashes));
  const { result } = await house.administer('boss', { command: 'exportAudit', params: { limit: 10_000 } });
  const lines = (result as { lines: string[] }).lines.map((line) => JSON.parse(line));
  const texts = new Map(lines.map((line, i) => [line.id, (result as { lines: string[] }).lines[i] ?? '']));
  expect(lines.filter(({ format }) => format === 1)).toHaveLength(hashes.length);
  for (const { id, hash, format } of await house.records()) {
    if (format !== undefined) continue;
    const line = texts.get(id) ?? '';
    const text = line.slice(line.indexOf('"record":') + '"record":'.length, -1);
    expect(createHash('sha256').update(text).digest('hex')).toBe(hash);
  }
});

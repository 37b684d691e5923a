import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Change } from '../../src/store/changes.ts';
import { collection, type Stored } from '../../src/store/collection.ts';
import { counters } from '../../src/store/counters.ts';
import type { Database } from '../../src/store/database.ts';
import { ITEM_LIMITS, MAX_CHANGE_BYTES, MAX_DOCUMENT_BYTES } from '../../src/store/size.ts';
import { transact } from '../../src/store/transact.ts';
import type { Transaction } from '../../src/store/transaction.ts';
import { openDatabase } from '../support/database.ts';
import { recordIn, transactRecorded } from '../support/recorded.ts';

interface Thing extends Stored {
  readonly count?: number;
  readonly kind?: string;
  readonly secret?: string;
  readonly checksum?: string;
}
const things = collection<Thing>('things', {
  secrets: ['secret'],
  digests: ['checksum'],
  indexes: [{ key: { kind: 1, count: 1 } }],
});
const notes = collection<Stored & { readonly text?: string }>('jobOutcomes');
const batches = collection<Stored>('audit');
const NOW = new Date('2024-06-01T00:00:00Z');
const now = () => NOW;

let database: Database;
beforeAll(async () => {
  database = await openDatabase([things, notes, counters]);
  database.useDigestKey(Buffer.from('a key'));
});
afterAll(async () => {
  await database.db.dropDatabase();
  await database.close();
});
beforeEach(async () => {
  for (const name of ['things', 'jobOutcomes', 'audit']) await database.db.collection(name).deleteMany({});
  const two = [
    { _id: 'a', revision: 1, count: 1, kind: 'x' },
    { _id: 'b', revision: 5, count: 2, kind: 'x' },
  ];
  await database.db.collection<{ _id: string }>('things').insertMany(two);
});

const within = <R>(body: (tx: Transaction) => Promise<R>) => transactRecorded(database, { now }, body);
const dry = <R>(body: (tx: Transaction) => Promise<R>) => transact(database, { now, dryRun: true }, body);
const get = async (tx: Transaction, id = 'a') => (await tx.get(things, id)) as Thing;
const ids = async () => (await database.find(things, {}, { sort: { _id: 1 } })).map(({ _id }) => _id);
const reason = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    (error) => error.reason ?? error.message,
  );

describe('documents of a collection that is only ever added to', () => {
  const kept = collection<Thing>('things', { insertOnly: true });

  it('are inserted, and neither changed nor removed', async () => {
    await within((tx) => tx.insert(kept, { _id: 'c', kind: 'x' }));
    const change = within(async (tx) => tx.update(kept, await get(tx), { ...(await get(tx)), count: 3 }));
    await expect(change).rejects.toThrow('documents of things are never changed');
    const removal = within(async (tx) => tx.remove(kept, await get(tx)));
    await expect(removal).rejects.toThrow('documents of things are never changed');
    expect(await database.find(things, { _id: { $in: ['a', 'c'] } })).toMatchObject([{ count: 1 }, { kind: 'x' }]);
  });
});

describe('what a unit of work tells', () => {
  it('begins with nothing, and keeps remarks and notices in order', async () => {
    await dry(async (tx) => {
      const told = () => [tx.remarks, tx.notices, tx.changes, tx.unrecorded, tx.laterWork, tx.touched, tx.changeBytes];
      expect(told()).toEqual([[], [], [], [], undefined, false, 0]);
      expect(tx.limits).toEqual(ITEM_LIMITS);
      expect([tx.written, tx.collided, tx.dryRun, tx.now, tx.mayBeLarge]).toEqual([0, undefined, true, NOW, false]);
      tx.remark('one');
      tx.remark('two');
      const notice = { to: 'ann', about: 'resourcesGiven', text: 'x' } as const;
      tx.notify(notice);
      const laterWork = { sealed: 'x', shown: { changes: [] } };
      tx.planLaterWork(laterWork);
      expect(told()).toEqual([['one', 'two'], [notice], [], [], laterWork, false, 0]);
    });
  });

  it('lists each change as it was made, and how many bytes they take', async () => {
    const { changes, bytes, written } = await within(async (tx) => {
      const a = await get(tx);
      const changed = await tx.update(things, a, { ...a, count: 7 });
      expect(changed).toEqual({ ...a, count: 7, revision: 2 });
      expect(await tx.insert(things, { _id: 'c', count: 3 })).toEqual({ _id: 'c', count: 3, revision: 1 });
      await tx.remove(things, await get(tx, 'b'));
      return { changes: tx.changes, bytes: tx.changeBytes, written: tx.written };
    });
    expect(changes).toEqual([
      { collection: 'things', id: 'a', op: 'update', fields: [{ path: 'count', before: 1, after: 7 }] },
      { collection: 'things', id: 'c', op: 'insert', after: { _id: 'c', count: 3, revision: 1 } },
      { collection: 'things', id: 'b', op: 'remove', before: { _id: 'b', revision: 5, count: 2, kind: 'x' } },
    ]);
    expect(bytes).toBeGreaterThan(100);
    expect(written).toBe(bytes);
    expect(await ids()).toEqual(['a', 'c']);
  });

  it('has no secrets, and digests in place of checksums, whose bytes count instead of theirs', async () => {
    const secret = 's'.repeat(10_000);
    const { changes, bytes, written } = await within(async (tx) => {
      await tx.insert(things, { _id: 'c', secret, checksum: 'abc' });
      return { changes: tx.changes, bytes: tx.changeBytes, written: tx.written };
    });
    expect(JSON.stringify(changes)).not.toContain('sss');
    expect(changes[0]).toMatchObject({ after: { checksum: database.keyedDigest('abc') } });
    expect(bytes).toBeLessThan(1_000);
    expect(written).toBeGreaterThan(10_000);
    expect((await database.get(things, 'c'))?.secret).toBe(secret);
  });

  it('may take so many bytes, and more only where that is allowed', async () => {
    const half = 'x'.repeat(MAX_CHANGE_BYTES / 2);
    const insert = (tx: Transaction, id: string) => tx.insert(things, { _id: id, kind: half });
    const two = async (tx: Transaction) => {
      await insert(tx, 'c');
      await insert(tx, 'd');
    };
    expect(await reason(dry(two))).toBe('change_too_big');
    const allowed = async (tx: Transaction, bytes: number) => {
      tx.allowChange(bytes);
      expect(tx.mayBeLarge).toBe(bytes > MAX_CHANGE_BYTES);
      await two(tx);
    };
    expect(await reason(dry((tx) => allowed(tx, 2 * MAX_CHANGE_BYTES)))).toBe('done');
    expect(await reason(dry((tx) => allowed(tx, 10)))).toBe('change_too_big');
  });
});

it('a document may be inserted and changed before anything is sent', async () => {
  await within(async (tx) => {
    await get(tx);
    const c = await tx.insert(things, { _id: 'c', count: 1 });
    await tx.update(things, c, { ...c, count: 2 });
  });
  expect(await database.get(things, 'c')).toEqual({ _id: 'c', revision: 2, count: 2 });
});

it('a change of nothing is none, and leaves the document as it is', async () => {
  await within(async (tx) => {
    const a = await get(tx);
    expect(await tx.update(things, a, { ...a })).toBe(a);
    expect([tx.changes, tx.touched]).toEqual([[], false]);
  });
  expect(await database.get(things, 'a')).toMatchObject({ revision: 1 });
});

describe('many documents', () => {
  it('are inserted with a change each, or one that tells of all', async () => {
    const each = [{ _id: 'c' }, { _id: 'd' }];
    await dry(async (tx) => {
      await tx.insertEach(things, []);
      await tx.insertEach(things, [], 'none');
      tx.insertLast(things, []);
      expect([tx.touched, tx.changes]).toEqual([false, []]);
      await tx.insertEach(things, each);
      expect(tx.changes.map(({ id, op }) => [id, op])).toEqual([
        ['c', 'insert'],
        ['d', 'insert'],
      ]);
      expect(await tx.get(things, 'd')).toEqual({ _id: 'd', revision: 1 });
    });
    await within(async (tx) => {
      await tx.insertEach(things, each, 'two things');
      expect(tx.changes).toEqual([{ collection: 'things', id: 'c', op: 'insert', after: { told: 'two things' } }]);
      tx.insertLast(things, [{ _id: 'e' }]);
      expect(tx.changes.at(-1)).toMatchObject({ id: 'e', after: { _id: 'e', revision: 1 } });
    });
    expect(await ids()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('are changed together, but for those that stay as they are', async () => {
    await within(async (tx) => {
      const both = [await get(tx), await get(tx, 'b')];
      await tx.updateEach(
        things,
        both.map((before) => ({ before, after: { ...before, count: 2 } })),
      );
      expect(tx.changes.map(({ id }) => id)).toEqual(['a']);
      // What was written is read again.
      expect(await get(tx)).toMatchObject({ count: 2, revision: 2 });
      await tx.updateEach(things, []);
    });
    await within(async (tx) => {
      const before = await get(tx, 'b');
      await tx.updateEach(things, [{ before, after: { ...before } }]);
      expect(tx.touched).toBe(false);
    });
    expect(await database.get(things, 'b')).toMatchObject({ revision: 5 });
  });

  it('are removed together, whatever their revisions, or not at all', async () => {
    const both = await database.find(things, {});
    const stale = both.map((one) => ({ ...one, revision: 1 }));
    const options = { now, patienceMs: 1 };
    expect(await reason(transactRecorded(database, options, (tx) => tx.removeEach(things, stale)))).toBe(
      'conflict_busy',
    );
    expect(await ids()).toEqual(['a', 'b']);
    await within(async (tx) => {
      await tx.removeEach(things, both);
      expect(await tx.get(things, 'a')).toBeNull();
    });
    expect(await ids()).toEqual([]);
  });
});

describe('what a plan depends on', () => {
  it('is what was read, with the first revision, but for what was read aside', async () => {
    await dry(async (tx) => {
      expect(await tx.untracked.get(things, 'a')).toMatchObject({ _id: 'a' });
      expect(await tx.untracked.find(things, { kind: 'x' })).toHaveLength(2);
      expect(await tx.untracked.parts(things, { kind: 'x' }, { fields: ['count'] })).toHaveLength(2);
      expect(await tx.find(things, {}, { untracked: true })).toHaveLength(2);
      expect(await tx.parts(things, {}, { fields: [], untracked: true })).toHaveLength(2);
      expect(await tx.peek(things, 'a')).toMatchObject({ _id: 'a' });
      expect([...tx.reads]).toEqual([]);
      expect(await tx.parts(things, { _id: 'b' }, { fields: ['count'] })).toEqual([
        { _id: 'b', revision: 5, count: 2 },
      ]);
      await tx.find(things, { kind: 'x' });
      await tx.get(things, 'absent');
      const a = await get(tx);
      await tx.update(things, a, { ...a, count: 9 });
      await tx.find(things, { kind: 'x' });
      expect((await get(tx)).revision).toBe(2);
      expect(Object.fromEntries(tx.reads)).toEqual({ 'things/a': 1, 'things/b': 5, 'things/absent': 0 });
    });
  });

  it('is not what was counted', async () => {
    await dry(async (tx) => {
      for (const reader of [tx, tx.untracked]) {
        expect(await reader.count(things, { kind: 'x' })).toBe(2);
        expect(await reader.count(things, { kind: 'x' }, 1)).toBe(1);
        expect(await reader.countBy(things, 'count', { kind: 'x' })).toEqual(
          new Map([
            [1, 1],
            [2, 1],
          ]),
        );
        expect((await reader.distinct(things, 'count', { kind: 'x' })).sort()).toEqual([1, 2]);
        expect(reader.aliasesOf('things')).toEqual(database.aliasesOf('things'));
      }
      const bytes = await tx.bytesOf(things, { kind: 'x' });
      expect(await tx.bytesOf(things, { kind: 'x' }, 'kind')).toBeLessThan(bytes);
      expect([...tx.reads]).toEqual([]);
    });
  });

  it('has its own writes in every way of reading', async () => {
    await within(async (tx) => {
      const b = await get(tx, 'b');
      await tx.update(things, b, { ...b, kind: 'y' });
      expect(await tx.count(things, { kind: 'y' })).toBe(1);
      await tx.insert(things, { _id: 'c', kind: 'y' });
      expect(await tx.distinct(things, 'kind', {})).toEqual(['x', 'y']);
      await tx.insert(things, { _id: 'd', kind: 'z' });
      expect((await tx.countBy(things, 'kind', {})).get('z')).toBe(1);
      await tx.insert(things, { _id: 'e', kind: 'z' });
      expect(await tx.bytesOf(things, { kind: 'z' })).toBeGreaterThan(40);
      await tx.insert(things, { _id: 'f' });
      expect(await tx.get(things, 'f')).toEqual({ _id: 'f', revision: 1 });
      await tx.insertEach(things, [{ _id: 'g' }, { _id: 'h' }]);
      expect(await tx.get(things, 'h')).toEqual({ _id: 'h', revision: 1 });
      await tx.touch(things, await get(tx));
      expect(await get(tx)).toMatchObject({ revision: 2 });
      const [part] = await tx.parts(things, { _id: 'b' }, { fields: ['kind'] });
      if (part === undefined) throw new Error('b is gone');
      // Only a part is known of what was changed as a part.
      await tx.update(things, part, { ...part, kind: 'w' });
      expect(await tx.get(things, 'b')).toEqual({ _id: 'b', revision: 7, count: 2, kind: 'w' });
    });
  });
});

describe('a document about the change', () => {
  const big = 'x'.repeat(MAX_DOCUMENT_BYTES);

  it('is read by its id, is no change, and must fit into a document', async () => {
    await within(async (tx) => {
      await get(tx);
      tx.append(notes, { _id: 'n', revision: 1 });
      expect(await tx.get(notes, 'n')).toEqual({ _id: 'n', revision: 1 });
      expect([tx.changes, tx.touched]).toEqual([[], true]);
    });
    expect(await database.find(notes, {})).toEqual([{ _id: 'n', revision: 1 }]);
    expect(await reason(dry(async (tx) => tx.append(notes, { _id: 'n', revision: 1, text: big })))).toBe(
      'change_too_big',
    );
  });

  it('takes the place of what reserved its id', async () => {
    await within(async (tx) => {
      await tx.reserve(notes, 'n');
      expect(tx.touched).toBe(true);
      tx.append(notes, { _id: 'n', revision: 1, text: 'x' });
    });
    expect(await database.find(notes, {})).toEqual([{ _id: 'n', revision: 1, text: 'x' }]);
    expect(await reason(within((tx) => tx.reserve(notes, 'm')))).toBe('jobOutcomes/m was reserved and never appended');
  });
});

describe('what the server assigns', () => {
  it('are ids, and numbers with the ids made from them', async () => {
    const taken = await within(async (tx) => {
      await get(tx);
      const id = tx.newId('job-');
      expect(tx.newId()).toMatch(/^[0-9a-f]{8}-/);
      const first = await tx.newNumber('workspaces', 'ws', 'number');
      const { ids: assigned, numbers, instant } = tx.assignments;
      expect(first).toEqual({ number: expect.any(Number), id: `ws${first.number}` });
      expect([...assigned]).toEqual([id, expect.stringMatching(/^[0-9a-f]{8}-/), first.id]);
      expect(numbers.get('number')).toEqual(new Set([first.number]));
      expect(instant).toBe(NOW);
      expect(tx.unused).toEqual([]);
      expect(tx.newOrderedId()).toMatch(/^[0-9a-f]{24}$/);
      return first.number;
    });
    await within(async (tx) => {
      expect((await tx.newNumber('workspaces', 'ws', 'number')).number).toBe(taken + 1);
    });
  });
});

describe('units of work in one transaction', () => {
  it('in turn see what those before wrote, and cannot be taken back once they wrote', async () => {
    await dry(async (tx) => {
      const first = tx.beside({ now: NOW, drawn: [], batchSize: 1 });
      const a = await get(first);
      await first.update(things, a, { ...a, count: 9 });
      const second = tx.beside({ now: NOW, drawn: [], batchSize: 1 });
      expect(await get(second)).toMatchObject({ count: 9, revision: 2 });
      expect([first.changes.length, second.changes.length, tx.changes.length]).toEqual([1, 0, 0]);
      expect([tx.written, second.written]).toEqual([first.changeBytes, first.changeBytes]);
      expect([tx.withdraw(first), tx.withdraw(second)]).toEqual([false, true]);
    });
  });

  it('side by side cannot be taken back once they have reserved an id', async () => {
    await transact(database, { now, dryRun: true, sideBySide: true }, async (tx) => {
      const unit = tx.beside({ now: NOW, drawn: [], batchSize: 1 });
      await unit.reserve(notes, 'm');
      expect(tx.withdraw(unit)).toBe(false);
    });
  });

  it('side by side see nothing of each other, and can be taken back until something was sent', async () => {
    await transact(database, { now, dryRun: true, sideBySide: true }, async (tx) => {
      const [first, second, third] = [1, 2, 3].map(() => tx.beside({ now: NOW, drawn: [], batchSize: 1 }));
      if (first === undefined || second === undefined || third === undefined) throw new Error('there are three');
      const [a, b] = [await get(first), await get(second, 'b')];
      await first.update(things, a, { ...a, count: 9 });
      expect(await get(second)).toEqual(a);
      await second.update(things, b, { ...b, count: 9 });
      expect(await reason(first.find(things, {}))).toBe('things is to be read after it was written');
      third.append(notes, { _id: 'n', revision: 1 });
      expect([tx.withdraw(first), tx.withdraw(third)]).toEqual([true, false]);
    });
    expect(await database.get(things, 'a')).toMatchObject({ revision: 1 });
  });

  it.each([false, true])('are carried out together, each with its own record, side by side: %s', async (sideBySide) => {
    await transact(database, { now, sideBySide }, async (tx) => {
      for (const id of ['a', 'b']) {
        const unit = tx.beside({ now: NOW, drawn: [], batchSize: 1 });
        const before = await get(unit, id);
        await unit.update(things, before, { ...before, count: 9 });
        recordIn(unit);
      }
    });
    expect((await database.find(things, {})).map(({ count }) => count)).toEqual([9, 9]);
    const stored = await database.db.collection('audit').find().toArray();
    expect(stored.map(({ records }) => records.length)).toEqual([2]);
  });

  it.each([false, true])('rest on what each relied on, side by side: %s', async (sideBySide) => {
    let runs = 0;
    const done = transact(database, { now, sideBySide, patienceMs: 1 }, async (tx) => {
      runs += 1;
      const unit = tx.beside({ now: NOW, drawn: [], batchSize: 1 });
      await unit.rely(things, 'a');
      const b = await get(unit, 'b');
      await unit.update(things, b, { ...b, count: 9 });
      recordIn(unit);
      // Meanwhile somebody withdraws the right, and the commit comes too late to rest on what was read before.
      await database.db.collection<{ _id: string }>('things').updateOne({ _id: 'a' }, { $inc: { revision: 1 } });
      const then = performance.now();
      vi.spyOn(performance, 'now').mockImplementation(() => then + 2_000);
    });
    expect(await reason(done)).toBe('conflict_busy');
    expect(runs).toBe(1);
    expect(await database.get(things, 'b')).toMatchObject({ revision: 5 });
  });

  it('side by side write one document in one of them only, as often as that likes', async () => {
    const writing = (...writers: number[]) =>
      transact(database, { now, sideBySide: true }, async (tx) => {
        const units = [0, 1].map(() => tx.beside({ now: NOW, drawn: [], batchSize: 1 }));
        const before = await get(tx);
        for (const [i, writer] of writers.entries()) {
          const unit = units[writer];
          if (unit === undefined) throw new Error('there are two');
          await unit.update(things, { ...before, revision: i + 1, count: i }, { ...before, count: i + 1 });
        }
        for (const unit of units) if (unit.touched) recordIn(unit);
      });
    expect(await reason(writing(0, 1))).toBe('things is written twice');
    expect(await database.get(things, 'a')).toMatchObject({ revision: 1 });
    await writing(0, 0);
    expect(await database.get(things, 'a')).toMatchObject({ revision: 3, count: 2 });
    await transact(database, { now, sideBySide: true }, async (tx) => {
      const unit = tx.beside({ now: NOW, drawn: [], batchSize: 1 });
      const before = await get(unit);
      for (const revision of [3, 4]) {
        await unit.updateEach(things, [
          { before: { ...before, revision }, after: { ...before, count: revision * 10 } },
        ]);
      }
      recordIn(unit);
    });
    expect(await database.get(things, 'a')).toMatchObject({ revision: 5, count: 40 });
  });

  it('must all be recorded', async () => {
    const unrecorded = transact(database, { now }, async (tx) => {
      const unit = tx.beside({ now: NOW, drawn: [], batchSize: 1 });
      await unit.insert(things, { _id: 'c' });
    });
    await expect(unrecorded).rejects.toThrow('the transaction has changes without an audit record: things/c');
    // But for those that were taken back.
    await transact(database, { now, sideBySide: true }, async (tx) => {
      const unit = tx.beside({ now: NOW, drawn: [], batchSize: 1 });
      const a = await get(unit);
      await unit.update(things, a, { ...a, count: 9 });
      tx.withdraw(unit);
    });
    expect(await database.get(things, 'a')).toMatchObject({ revision: 1 });
  });
});

describe('a touch', () => {
  it('raises the revision of its document, and of no other', async () => {
    await within(async (tx) => {
      await get(tx);
      await tx.touch(things, await get(tx, 'b'));
    });
    expect((await database.find(things, {}, { sort: { _id: 1 } })).map(({ revision }) => revision)).toEqual([1, 6]);
  });

  it('of several units side by side is one', async () => {
    await transact(database, { now, sideBySide: true }, async (tx) => {
      const units = [0, 1].map(() => tx.beside({ now: NOW, drawn: [], batchSize: 1 }));
      for (const unit of units) await unit.touch(things, await get(unit));
    });
    expect(await database.get(things, 'a')).toMatchObject({ revision: 2 });
  });
});

describe('a record', () => {
  const other: Change = { collection: 'things', id: 'x', op: 'remove', before: { _id: 'x' } };
  const recorded = (covered: (tx: Transaction) => readonly Change[]) =>
    transact(database, { now }, async (tx) => {
      const [a, b] = [await get(tx), await get(tx, 'b')];
      await tx.update(things, a, { ...a, count: 9 });
      await tx.update(things, b, { ...b, count: 9 });
      tx.record(batches, covered(tx), () => ({ _id: 'r', revision: 1 }));
    });

  it.each<[string, (tx: Transaction) => readonly Change[], string]>([
    ['leaves the first out', (tx) => tx.unrecorded.slice(1), 'things/a'],
    ['leaves the last out', (tx) => tx.unrecorded.slice(0, 1), 'things/b'],
    ['has another in its place', (tx) => [...tx.unrecorded.slice(0, 1), other], 'things/b'],
    ['has them in another order', (tx) => tx.unrecorded.toReversed(), 'attached documents'],
  ])('is of all changes: it is refused where it %s', async (_, covered, missing) => {
    expect(await reason(recorded(covered))).toBe(`the transaction has changes without an audit record: ${missing}`);
    expect(await database.get(things, 'a')).toMatchObject({ revision: 1 });
  });

  it('may have some of its changes in a document of their own, which is not stored without it', async () => {
    const part = (tx: Transaction) => tx.recordPart(batches, { _id: 'part', revision: 1 });
    expect(await reason(transact(database, { now }, part))).toBe(
      'the transaction has changes without an audit record: attached documents',
    );
    expect(await database.find(batches, {})).toEqual([]);
    await within(async (tx) => {
      const a = await get(tx);
      await tx.update(things, a, { ...a, count: 9 });
      await part(tx);
    });
    expect(await database.get(batches, 'part')).toEqual({ _id: 'part', revision: 1 });
    const fails = {
      ...batches,
      assertIntact: () => {
        throw new Error('not intact');
      },
    };
    expect(await reason(within((tx) => tx.recordPart(fails, { _id: 'p', revision: 1 })))).toBe('not intact');
  });
});

it('units side by side may free a key that another takes', async () => {
  const unique = collection<Thing>('freed', { indexes: [{ key: { kind: 1 }, unique: true }] });
  await database.prepare([things, notes, counters, unique]);
  await database.db.collection<{ _id: string }>('freed').insertOne({ _id: 'u', revision: 1, kind: 'x' } as never);
  await transact(database, { now, sideBySide: true }, async (tx) => {
    const [takes, frees] = [0, 1].map(() => tx.beside({ now: NOW, drawn: [], batchSize: 1 }));
    if (takes === undefined || frees === undefined) throw new Error('there are two');
    const u = (await frees.get(unique, 'u')) as Thing;
    await takes.insert(unique, { _id: 'v', kind: 'x' });
    await frees.remove(unique, u);
    expect(await frees.get(unique, 'u')).toBeNull();
    for (const unit of [takes, frees]) recordIn(unit);
  });
  expect((await database.find(unique, {})).map(({ _id }) => _id)).toEqual(['v']);
});

it('a key that is taken is told before anything else is done', async () => {
  const unique = collection<Thing>('uniques', { indexes: [{ key: { kind: 1 }, unique: true, name: 'by_kind' }] });
  await database.prepare([things, notes, counters, unique]);
  await database.db.collection<{ _id: string }>('uniques').insertOne({ _id: 'u', revision: 1, kind: 'x' } as never);
  const seen: (string | undefined)[] = [];
  const done = transact(database, { now, patienceMs: 1_000 }, async (tx) => {
    seen.push(tx.collided);
    if (tx.collided !== undefined) throw new Error('taken');
    await tx.touch(things, await get(tx));
    await tx.insert(unique, { _id: 'v', kind: 'x' });
    seen.push('not reached');
  });
  await expect(done).rejects.toThrow('taken');
  expect(seen).toEqual([undefined, 'by_kind']);
});

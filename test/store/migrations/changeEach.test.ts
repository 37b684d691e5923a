import type { Document } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../../src/store/database.ts';
import { changeEach, type Run } from '../../../src/store/migrations/changeEach.ts';
import { MigrationInterrupted, type Pass, type Write } from '../../../src/store/migrations/migration.ts';
import { runStep } from '../../../src/store/migrations/runStep.ts';
import { formatDocument, never, type Scratch, scratchDatabase } from './scratch.ts';

const HOLDER = 'this process';

let scratch: Scratch;
let database: Database;
beforeAll(async () => {
  scratch = await scratchDatabase();
  database = await scratch.connect();
});
afterAll(() => scratch[Symbol.asyncDispose]());
beforeEach(async () => {
  for (const name of ['things', 'others', 'meta']) await database.db.collection(name).deleteMany({});
  await database.db.collection<{ _id: string }>('meta').insertOne({
    ...{ _id: 'format', revision: 1, format: 1, program: 'x', history: [], recorded: 1 },
    migrating: { to: 2, holder: HOLDER, passes: [] },
  } as never);
});

const idOf = (i: number) => String(i).padStart(4, '0');
const put = (count: number, more: (i: number) => object = () => ({})) =>
  database.db
    .collection<{ _id: string }>('things')
    // Not in the order of their ids.
    .insertMany(Array.from({ length: count }, (_, i) => ({ _id: idOf(i), revision: 1, n: i, ...more(i) })).reverse());
const pass: Pass = { name: 'count', collection: 'things' };
const counted = ({ _id }: Document, collection = 'things'): Write => ({
  collection,
  operation: { updateOne: { filter: { _id }, update: { $inc: { changed: 1, revision: 1 } }, upsert: true } },
});
const runOf = (more: Partial<Run> = {}): Run => ({ database, signal: never, holder: HOLDER, passes: [], ...more });
const changed = async (collection = 'things') =>
  (await database.db.collection<{ _id: string }>(collection).find({ changed: 1 }).sort({ _id: 1 }).toArray()).map(
    ({ _id }) => _id,
  );
const passes = async () => (await formatDocument(database))?.migrating.passes;

describe('a pass over a collection', () => {
  it('changes each document once, in the order of the ids, and says how many it wrote', async () => {
    await put(3);
    const seen: string[] = [];
    const run = runOf();
    const writes = await changeEach(run, pass, async (document) => {
      seen.push(document._id);
      return document.n === 1 ? [] : [counted(document), counted(document, 'others')];
    });
    expect([writes, seen]).toEqual([4, ['0000', '0001', '0002']]);
    expect([await changed(), await changed('others')]).toEqual([
      ['0000', '0002'],
      ['0000', '0002'],
    ]);
    const done = [{ name: 'count', after: '0002', writes: 4, done: true }];
    expect([await passes(), run.passes]).toEqual([done, done]);
  });

  it('has only the documents and fields that it asks for', async () => {
    await put(4, (i) => ({ kind: i % 2 ? 'odd' : 'even' }));
    const seen: Document[] = [];
    await changeEach(runOf(), { ...pass, filter: { kind: 'odd' }, projection: { n: 1 } }, (document) => {
      seen.push(document);
      return [];
    });
    expect(seen).toEqual([
      { _id: '0001', n: 1 },
      { _id: '0003', n: 3 },
    ]);
  });

  it('of an empty collection is done at once', async () => {
    expect(await changeEach(runOf(), pass, (document) => [counted(document)])).toBe(0);
    expect(await passes()).toEqual([{ name: 'count', after: null, writes: 0, done: true }]);
  });

  it('is not made again once it is done, nor are others touched by it', async () => {
    await put(2);
    const other = { name: 'another', after: 'x', writes: 7, done: true };
    const run = runOf({ passes: [other, { name: 'count', after: '0000', writes: 5, done: true }] });
    expect(await changeEach(run, pass, (document) => [counted(document)])).toBe(5);
    expect(await changed()).toEqual([]);
    run.passes = [other];
    expect(await changeEach(run, pass, (document) => [counted(document)])).toBe(2);
    expect(await passes()).toEqual([other, { name: 'count', after: '0001', writes: 2, done: true }]);
  });

  it('goes out in batches, and after an interruption goes on behind the last that was written', async () => {
    await put(501, (i) => ({ kind: i === 500 ? 'last' : 'x' }));
    const run = runOf();
    const failing = changeEach(run, pass, (document) => {
      if (document.n === 500) throw new Error('killed');
      return [counted(document)];
    });
    await expect(failing).rejects.toThrow('killed');
    expect((await changed()).length).toBe(500);
    expect(await passes()).toEqual([{ name: 'count', after: '0499', writes: 500, done: false }]);
    const seen: unknown[] = [];
    const resumed = runOf({ passes: await passes() });
    const filter = { kind: { $in: ['x', 'last'] } };
    expect(
      await changeEach(resumed, { ...pass, filter }, (document) => {
        seen.push(document._id);
        return [counted(document)];
      }),
    ).toBe(501);
    expect(seen).toEqual(['0500']);
    expect((await changed()).length).toBe(501);
  });

  it('of large documents has smaller batches', async () => {
    // The first is sent after four megabytes.
    await put(4, () => ({ text: 'x'.repeat(1_500_000) }));
    await changeEach(runOf(), pass, (document) => [counted(document)]);
    expect((await formatDocument(database))?.revision).toBe(3);
    expect((await changed()).length).toBe(4);
  });

  it('of exactly one batch has an empty one behind it', async () => {
    await put(500);
    expect(await changeEach(runOf(), pass, (document) => [counted(document)])).toBe(500);
    expect(await passes()).toEqual([{ name: 'count', after: '0499', writes: 500, done: true }]);
    expect((await formatDocument(database))?.revision).toBe(3);
  });

  it('writes nothing once another process has taken over, or this one is to end', async () => {
    await put(1);
    const of = (run: Run) => changeEach(run, pass, (document) => [counted(document)]);
    const taken = of(runOf({ holder: 'another' }));
    await expect(taken).rejects.toBeInstanceOf(MigrationInterrupted);
    await expect(taken).rejects.toThrow('another process took over');
    const stop = new AbortController();
    stop.abort();
    await expect(of(runOf({ signal: stop.signal }))).rejects.toThrow('the process is to end, or lost its lease');
    expect(await changed()).toEqual([]);
    expect(await passes()).toEqual([]);
  });

  it('of a dry run counts, and writes nothing', async () => {
    await put(501);
    const run = runOf({ holder: undefined });
    expect(await changeEach(run, pass, (document) => [counted(document)])).toBe(501);
    expect(run.passes).toEqual([{ name: 'count', after: '0500', writes: 501, done: true }]);
    expect([await changed(), await passes()]).toEqual([[], []]);
  });
});

describe('a step', () => {
  const index = { collection: 'things', index: 'n_1' };
  const step = {
    ...{ name: 'step', summary: 'x', obsoleteIndexes: [index, { collection: 'nowhere', index: 'n_1' }] },
    run: async ({
      changeEach: each,
      report,
      dryRun,
    }: Parameters<NonNullable<Parameters<typeof runStep>[0]['run']>>[0]) => {
      report(`dry: ${dryRun}`);
      await each(pass, (document) => [counted(document)]);
      await each({ name: 'second', collection: 'things' }, () => []);
    },
  };
  const indexes = async () => (await database.db.collection('things').indexes()).map(({ name }) => name);

  it('is told pass by pass, drops what indexes it has to, and counts all writes', async () => {
    await put(2);
    await database.db.collection('things').createIndex({ n: 1 }, { name: 'n_1' });
    const lines: string[] = [];
    const report = (line: string) => lines.push(line);
    expect(await runStep(step, runOf({ holder: undefined }), report)).toBe(2);
    expect(lines).toEqual([
      '  dry: true',
      '  count: 2 to write',
      '  second: 0 to write',
      '  index n_1 of things: to drop',
    ]);
    expect(await indexes()).toContain('n_1');
    lines.length = 0;
    expect(await runStep(step, runOf(), report)).toBe(2);
    expect(lines).toEqual([
      '  dry: false',
      '  count: 2 written',
      '  second: 0 written',
      '  index n_1 of things: dropped',
    ]);
    expect(await indexes()).not.toContain('n_1');
    lines.length = 0;
    await runStep(step, runOf({ holder: undefined }), report);
    expect(lines.filter((line) => line.includes('index'))).toEqual([]);
    await runStep({ name: 'none', summary: 'x' }, runOf(), report);
  });

  it('drops no index once the process is to end, and hides no other error', async () => {
    await put(1);
    await database.db.collection('things').createIndex({ n: 1 }, { name: 'n_1' });
    const stop = new AbortController();
    const { run: _, ...dropping } = step;
    stop.abort();
    await expect(runStep(dropping, runOf({ signal: stop.signal }), () => undefined)).rejects.toThrow(
      'the process is to end, or lost its lease',
    );
    expect(await indexes()).toContain('n_1');
    const primary = { ...dropping, obsoleteIndexes: [{ collection: 'things', index: '_id_' }] };
    await expect(runStep(primary, runOf(), () => undefined)).rejects.toThrow(/_id/);
  });
});

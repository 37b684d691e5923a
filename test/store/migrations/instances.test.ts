import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { expect, inject, it, vi } from 'vitest';
import { collection, type Stored } from '../../../src/store/collection.ts';
import type { Database } from '../../../src/store/database.ts';
import { FormatError } from '../../../src/store/migrations/format.ts';
import { migrate } from '../../../src/store/migrations/migrate.ts';
import type { Migration } from '../../../src/store/migrations/migration.ts';
import { FormatWatch } from '../../../src/store/migrations/watch.ts';
import { LONG, spread } from '../../support/long.ts';
import { transactRecorded } from '../../support/recorded.ts';
import {
  contentOf,
  counting,
  fillThings,
  formatDocument,
  migrated,
  never,
  type Scratch,
  scratchDatabase,
} from './scratch.ts';

const PATIENCE = { timeout: 120_000, interval: 50 };
const entries = collection<Stored>('entries');
const audit = collection<Stored>('audit');

/** A write of the running instance, as any is. */
const write = (database: Database, id: string, meanwhile: () => Promise<unknown> = async () => undefined) =>
  transactRecorded(database, { now: () => new Date() }, async (tx) => {
    await tx.insert(entries, { _id: id });
    await meanwhile();
  });

const ids = async ({ db }: Database) =>
  (await db.collection('entries').find().sort({ _id: 1 }).toArray()).map((e) => String(e._id));

/** A step that tells what had been written when it began. */
function snapshotting(seen: { ids?: string[] }, from: () => Database): Migration {
  return {
    name: 'look',
    summary: 'Looks.',
    run: async () => {
      seen.ids = await ids(from());
    },
  };
}

interface Stage extends AsyncDisposable {
  readonly scratch: Scratch;
  /** The instance that runs on format 1. */
  readonly old: Database;
  readonly watch: FormatWatch;
}

async function runningInstance(): Promise<Stage> {
  const scratch = await scratchDatabase();
  const old = await scratch.connect([]);
  await migrated(old, '1.0.0');
  await old.prepare([entries, audit]);
  const watch = await FormatWatch.begin(old, '1.0.0');
  return {
    scratch,
    old,
    watch,
    [Symbol.asyncDispose]: async () => {
      await watch.stop();
      await scratch[Symbol.asyncDispose]();
    },
  };
}

it('no write of a running instance is committed once a step has begun, however many it makes meanwhile', async () => {
  await using stage = await runningInstance();
  const { old, watch, scratch } = stage;
  let ended = false;
  const refused: unknown[] = [];
  const writers = Array.from({ length: LONG ? 8 : 3 }, async (_, writer) => {
    for (let n = 0; !ended; n += 1) {
      await write(old, `${writer}-${n}`).catch((error) => refused.push(error.reason));
      // Until the migration begins, writes that prove nothing only cost time.
      if (!LONG || refused.length > 0) await sleep(5);
    }
  });
  await vi.waitFor(async () => expect((await ids(old)).length).toBeGreaterThan(20), PATIENCE);
  const seen: { ids?: string[] } = {};
  const newer = await scratch.connect([snapshotting(seen, () => newer)]);
  const migration = migrated(newer);
  expect((await watch.changed).message).toBe(
    `The database ${scratch.name} is being migrated from format 1 to format 2, and Steward 1.0.0 writes format 1: this ` +
      'instance stops, since it would write what does not fit.',
  );
  await watch.stop();
  await migration;
  await vi.waitFor(() => expect(refused.length).toBeGreaterThan(20), PATIENCE);
  ended = true;
  await Promise.all(writers);
  expect(new Set(refused)).toEqual(new Set(['format_changed']));
  expect(await ids(old)).toEqual(seen.ids);
});

it('a transaction that is confirmed already is waited for; the step sees what it wrote', async () => {
  await using stage = await runningInstance();
  const { old, watch, scratch } = stage;
  let commit = () => {};
  const held = new Promise<void>((resolve) => {
    commit = resolve;
  });
  let confirmed = false;
  // Between the confirmation and the commit the process stands still, as long as it likes.
  old.confirmCommits(async () => {
    await watch.confirm();
    confirmed = true;
    await held;
  });
  const slow = write(old, 'slow');
  await vi.waitFor(() => expect(confirmed).toBe(true), PATIENCE);
  const seen: { ids?: string[] } = {};
  const newer = await scratch.connect([snapshotting(seen, () => newer)]);
  const lines: string[] = [];
  const migration = migrate({ database: newer, program: '2', signal: never, report: (line) => lines.push(line) });
  await watch.changed;
  await watch.stop();
  await vi.waitFor(
    () => expect(lines.some((line) => line.startsWith('waiting for transactions'))).toBe(true),
    PATIENCE,
  );
  expect(seen.ids).toBeUndefined();
  commit();
  await Promise.all([slow, migration]);
  expect(seen.ids).toEqual(['slow']);
});

it('a transaction that comes to its commit too late is refused, and so is a record on its own', async () => {
  await using stage = await runningInstance();
  const { old, watch, scratch } = stage;
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let begun = false;
  const late = write(old, 'late', async () => {
    begun = true;
    await held;
  });
  await vi.waitFor(() => expect(begun).toBe(true), PATIENCE);
  const seen: { ids?: string[] } = {};
  const newer = await scratch.connect([snapshotting(seen, () => newer)]);
  const migration = migrated(newer);
  await watch.changed;
  goOn();
  await expect(late).rejects.toMatchObject({ reason: 'format_changed' });
  await watch.stop();
  await migration;
  await expect(old.appendOne(audit, { _id: 'alone', revision: 1 })).rejects.toMatchObject({
    reason: 'format_changed',
  });
  expect(await ids(newer)).toEqual([]);
});

it('an instance that has stopped looks at the format before each commit that it should still make', async () => {
  await using scratch = await scratchDatabase();
  const old = await scratch.connect([]);
  await migrated(old, '1.0.0');
  await old.prepare([entries, audit]);
  const watch = await FormatWatch.begin(old, '1.0.0');
  await watch.stop();
  await write(old, 'before');
  await migrated(await scratch.connect([{ name: 'one', summary: 'One.' }]));
  await expect(write(old, 'after')).rejects.toMatchObject({ reason: 'format_changed' });
  expect(await ids(old)).toEqual(['before']);
});

const OTHER_FORMATS = [
  [
    'a restored backup of an older format',
    { format: 1, program: '1.0.0' },
    'has format 1 now, of Steward 1.0.0, and Steward 2.0.0 writes format 2',
  ],
  ['a database that was emptied', undefined, 'was emptied or is being restored'],
  [
    'a newer format',
    { format: 7, program: '7.0.0' },
    'has format 7 now, of Steward 7.0.0, and Steward 2.0.0 writes format 2',
  ],
] as const;

it.each(spread(OTHER_FORMATS, 2))('%s under a running instance ends it', async (_, document, sentence) => {
  await using scratch = await scratchDatabase();
  const database = await scratch.connect([{ name: 'one', summary: 'One.' }]);
  await migrated(database);
  await database.prepare([entries, audit]);
  const watch = await FormatWatch.begin(database, '2.0.0');
  await write(database, 'fits');
  const formats = database.db.collection('meta');
  if (document === undefined) await formats.drop();
  else await formats.updateOne({}, { $set: document });
  expect((await watch.changed).message).toContain(sentence);
  await expect(write(database, 'does not')).rejects.toMatchObject({ reason: 'format_changed' });
  await watch.stop();
  await expect(FormatWatch.begin(database, '2.0.0')).rejects.toThrow(FormatError);
});

it('instances stand on the register while they run, and a migration waits for those that stop', async () => {
  await using stage = await runningInstance();
  const { watch, scratch } = stage;
  const register = (await scratch.connect()).db.collection('instances');
  expect(await register.find().toArray()).toMatchObject([{ pid: process.pid, program: '1.0.0', format: 1 }]);
  const newer = await scratch.connect([counting('one', 'a')]);
  const lines: string[] = [];
  const migration = migrate({ database: newer, program: '2', signal: never, report: (line) => lines.push(line) });
  await vi.waitFor(
    () => expect(lines.join()).toContain(`waiting until these instances have stopped: process ${process.pid} on `),
    PATIENCE,
  );
  expect(await formatDocument(newer)).toMatchObject({ format: 1 });
  await watch.stop();
  await migration;
  expect(await register.countDocuments()).toBe(0);
});

/** What a service of before the version document leaves in a database, once a second. */
async function olderService({ name }: Scratch): Promise<AsyncDisposable> {
  const client = await MongoClient.connect(inject('mongoUri'), { appName: 'steward', minPoolSize: 2 });
  const polling = setInterval(() => client.db(name).collection('jobs').find({ state: 'running' }).toArray(), 300);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(polling);
      await client.close();
    },
  };
}

it('a running instance of before formats blocks the migration, which leaves everything as it was', async () => {
  await using scratch = await scratchDatabase();
  const database = await scratch.connect([counting('one', 'a')]);
  await fillThings(database, 3);
  await database.db.createCollection('jobs');
  {
    await using _older = await olderService(scratch);
    const things = async () => ((await contentOf(database)) as Record<string, unknown>).things;
    const before = await things();
    await expect(migrated(database)).rejects.toThrow(
      `A Steward of before formats still works on the database ${scratch.name}, and would go on writing what the migration ` +
        'changes: stop all of its instances and start again. If you know that none is left, run steward migrate ' +
        '--ignore-live-instances.',
    );
    expect(await things()).toEqual(before);
    const document = await formatDocument(database);
    expect(document).toMatchObject({ format: 1 });
    expect(document).not.toHaveProperty('migrating');
    await migrate({ database, program: '2', signal: never, report: () => undefined, ignoreLiveInstances: true });
    expect(await formatDocument(database)).toMatchObject({ format: 2 });
  }
});

it('an instance of before formats on another database of the same server does not block, and is told of', async () => {
  await using scratch = await scratchDatabase();
  await using other = await scratchDatabase();
  const database = await scratch.connect([counting('one', 'a')]);
  await fillThings(database, 3);
  for (const { db } of [database, await other.connect()]) await db.createCollection('jobs');
  await using _older = await olderService(other);
  const lines = await migrated(database);
  expect(lines.join('\n')).toContain(
    'connections to this MongoDB server are of a Steward of before formats; none was seen',
  );
  expect(await formatDocument(database)).toMatchObject({ format: 2 });
});

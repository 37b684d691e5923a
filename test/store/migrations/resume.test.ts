import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, inject, it, vi } from 'vitest';
import { migrate } from '../../../src/store/migrations/migrate.ts';
import { type Migration, MigrationInterrupted } from '../../../src/store/migrations/migration.ts';
import { LONG } from '../../support/long.ts';
import {
  counting,
  fillThings,
  formatDocument,
  migrated,
  never,
  type Scratch,
  scratchDatabase,
  thingsBy,
} from './scratch.ts';

const THINGS = 1_700;
const CHILD = fileURLToPath(new URL('migrateChild.mjs', import.meta.url));

/** Runs the migration in a process of its own: until it stands still there, and is killed; or to its end. */
async function child({ name }: Scratch, ...at: string[]): Promise<string> {
  const process_ = spawn(process.execPath, [CHILD, inject('mongoUri'), name, ...at], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  const exited = once(process_, 'exit');
  const reached = new Promise<void>((resolve) => {
    process_.stdout.on('data', (chunk) => {
      said += chunk;
      if (/^here$/m.test(said)) resolve();
    });
  });
  await Promise.race([exited, reached]);
  process_.kill('SIGKILL');
  await exited;
  return said;
}

/** What was killed holds the lease for some seconds more: that they are over. */
const leaseExpired = async (scratch: Scratch) =>
  (await scratch.connect()).db.collection('leases').deleteOne({ _id: 'migration' as never });

const POINTS = [
  ['one', 'first 000000'],
  ['one', 'first 001234'],
  ['one', 'second 000000'],
  ['one', 'end'],
  ['two', 'second 000777'],
  ['two', 'end'],
];

const AMID_AND_AT_THE_END = [
  ['one', 'first 001234'],
  ['one', 'end'],
];

it('killed again and again, at every kind of point, it goes on where it was and changes each document once', async () => {
  await using scratch = await scratchDatabase();
  const database = await scratch.connect();
  await fillThings(database, THINGS);
  for (const at of LONG ? POINTS : AMID_AND_AT_THE_END) {
    expect(await child(scratch, ...at), at.join(' ')).toContain('here');
    await leaseExpired(scratch);
  }
  expect(await child(scratch)).toContain('migrated');
  expect(await thingsBy(database, 'a_first', 'a_second', 'b_first', 'b_second', 'revision')).toEqual([
    { a_first: 1, a_second: 1, b_first: 1, b_second: 1, revision: 5, count: THINGS },
  ]);
  const document = await formatDocument(database);
  expect(document).toMatchObject({ format: 3, history: [{ writes: 2 * THINGS }, { writes: 2 * THINGS }] });
});

it('of two that start at once one migrates, and the other waits for it', async () => {
  await using scratch = await scratchDatabase();
  const steps = [counting('one', 'a'), counting('two', 'b')];
  const [one, two] = [await scratch.connect(steps), await scratch.connect(steps)];
  await fillThings(one, THINGS);
  const lines = await Promise.all([migrated(one), migrated(two)]);
  expect(await thingsBy(one, 'a', 'b')).toEqual([{ a: 1, b: 1, count: THINGS }]);
  const [idle, busy] = lines.sort((a, b) => a.length - b.length);
  expect(idle).toEqual(['another instance migrates the database: waiting for it']);
  expect(busy?.at(-1)).toBe(`the database ${scratch.name} has format 3`);
});

it('two new databases made at once are one', async () => {
  await using scratch = await scratchDatabase();
  const databases = await Promise.all(Array.from({ length: 5 }, () => scratch.connect([counting('one', 'a')])));
  await Promise.all(databases.map((database) => migrated(database)));
  expect(await formatDocument(await scratch.connect())).toMatchObject({ format: 2, history: [] });
});

it('a process that stood still while another took over writes nothing more', async () => {
  await using scratch = await scratchDatabase();
  let reached = () => {};
  let goOn = () => {};
  const asleep = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const awake = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let first = true;
  const sleeper = counting('one', 'a', async ({ _id }) => {
    if (_id !== '000600' || !first) return;
    first = false;
    reached();
    await awake;
  });
  const [one, two] = [await scratch.connect([sleeper]), await scratch.connect([counting('one', 'a')])];
  await fillThings(one, THINGS);
  const slept = migrated(one);
  await asleep;
  await leaseExpired(scratch);
  const took = migrated(two);
  await vi.waitFor(async () => expect(await formatDocument(one)).toMatchObject({ format: 2 }), 180_000);
  goOn();
  await Promise.all([slept, took]);
  expect(await thingsBy(one, 'a')).toEqual([{ a: 1, count: THINGS }]);
});

it('a signal ends it between two batches, and the next run goes on', async () => {
  await using scratch = await scratchDatabase();
  const stop = new AbortController();
  const step = counting('one', 'a', ({ _id }) => {
    if (_id === '000499') stop.abort();
  });
  const database = await scratch.connect([step]);
  await fillThings(database, THINGS);
  const run = migrate({ database, program: 'x', signal: stop.signal, report: () => undefined });
  await expect(run).rejects.toThrow(MigrationInterrupted);
  expect(await thingsBy(database, 'a')).toEqual(
    expect.arrayContaining([
      { a: 1, count: 500 },
      { a: null, count: THINGS - 500 },
    ]),
  );
  expect(await formatDocument(database)).toMatchObject({ format: 1, migrating: { to: 2 } });
  await migrated(database);
  expect(await thingsBy(database, 'a')).toEqual([{ a: 1, count: THINGS }]);
});

it('a step that fails leaves what it committed, and is tried again by the next run', async () => {
  await using scratch = await scratchDatabase();
  let fails = true;
  const step: Migration = counting('one', 'a', ({ _id }) => {
    if (_id === '001000' && fails) throw new Error('a bug in the step');
  });
  const database = await scratch.connect([step]);
  await fillThings(database, THINGS);
  const run = () => migrate({ database, program: 'x', signal: never, report: () => undefined });
  await expect(run()).rejects.toThrow('a bug in the step');
  fails = false;
  await run();
  expect(await thingsBy(database, 'a')).toEqual([{ a: 1, count: THINGS }]);
});

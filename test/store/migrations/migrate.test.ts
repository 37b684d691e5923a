import { expect, it, vi } from 'vitest';
import { contents } from '../../../src/domain/objects/content.ts';
import { FormatError } from '../../../src/store/migrations/format.ts';
import { formatAfter, migrations } from '../../../src/store/migrations/index.ts';
import { previewMigration } from '../../../src/store/migrations/migrate.ts';
import type { Migration } from '../../../src/store/migrations/migration.ts';
import { openHouse } from '../../support/house.ts';
import { LONG, spread } from '../../support/long.ts';
import {
  contentOf,
  counting,
  fillThings,
  formatDocument,
  migrated,
  never,
  scratchDatabase,
  scratchFixture,
  thingsBy,
} from './scratch.ts';

const collectionsOf = (content: unknown) => Object.keys(content as object).sort();

it('a new database has the newest format at once, and runs no step', async () => {
  await using scratch = await scratchDatabase();
  const run = vi.fn();
  const database = await scratch.connect([{ name: 'one', summary: 'One.', run }]);
  expect(await migrated(database)).toEqual([]);
  expect(await formatDocument(database)).toMatchObject({
    _id: 'format',
    format: 2,
    program: '2.0.0-test',
    history: [],
  });
  expect(run).not.toHaveBeenCalled();
});

it('a database of before the version document has format 1: every step is applied once, in order, and written down', async () => {
  await using scratch = await scratchDatabase();
  const database = await scratch.connect([counting('one', 'a'), counting('two', 'b')]);
  await fillThings(database, 1_300);
  expect(await migrated(database)).toEqual([
    `migrating the database ${scratch.name} from format 1 to format 3`,
    'format 2, one: Counts in a.',
    '  count: 1300 written',
    'format 3, two: Counts in b.',
    '  count: 1300 written',
    `the database ${scratch.name} has format 3`,
  ]);
  expect(await thingsBy(database, 'a', 'b', 'revision')).toEqual([{ a: 1, b: 1, revision: 3, count: 1_300 }]);
  const document = await formatDocument(database);
  expect(document).toMatchObject({
    format: 3,
    history: [
      { step: 'one', format: 2, program: '2.0.0-test', writes: 1_300 },
      { step: 'two', format: 3, program: '2.0.0-test', writes: 1_300 },
    ],
  });
  expect(document).not.toHaveProperty('migrating');
  expect(await migrated(database)).toEqual([]);
  expect(await thingsBy(database, 'a', 'b')).toEqual([{ a: 1, b: 1, count: 1_300 }]);
});

it('the house opens on the fixture of format 1 that was migrated, and the audit tells of the steps, once', async () => {
  await using scratch = await scratchFixture();
  const step: Migration = {
    name: 'mark-admins',
    summary: 'Marks.',
    run: async ({ changeEach }) => {
      await changeEach({ name: 'mark', collection: 'principals', filter: { username: 'ann' } }, ({ _id }) => [
        { collection: 'principals', operation: { updateOne: { filter: { _id }, update: { $inc: { revision: 1 } } } } },
      ]);
    },
  };
  const database = await scratch.connect([...migrations, step]);
  await migrated(database);
  const before = collectionsOf(await contentOf(database));
  const told = async () =>
    (await house.records()).filter((r) => JSON.stringify(r.remarks ?? []).includes('mark-admins'));
  await using house = await openHouse({ on: database, rules: { configured: ['admin'] } });
  expect((await house.administer('admin', { command: 'listAdmins' })).result).toContain('admin');
  expect(collectionsOf(await contentOf(database))).toEqual(expect.arrayContaining(before));
  expect((await told()).map((r) => [r.command, r.via, r.remarks])).toEqual([
    [
      'start',
      'job',
      expect.arrayContaining([
        `Steward 2.0.0-test migrated the database to format ${formatAfter(migrations) + 1} by the step mark-admins: 1 writes`,
      ]),
    ],
  ]);
  await using _again = await openHouse({ on: database, rules: { configured: ['admin'] } });
  expect(await told()).toHaveLength(1);
});

it('a database of a newer format is refused, and nothing in it changes', async () => {
  await using scratch = await scratchDatabase();
  const newer = await scratch.connect([counting('one', 'a'), counting('two', 'b')]);
  await fillThings(newer, 3);
  await migrated(newer, '9.9.9');
  const older = await scratch.connect([counting('one', 'a')]);
  const before = await contentOf(older);
  await expect(migrated(older)).rejects.toThrow(FormatError);
  await expect(migrated(older)).rejects.toThrow(
    `The database ${scratch.name} has format 3, written by Steward 9.9.9, and this program, Steward 2.0.0-test, knows ` +
      'formats 1 to 2. Start that newer Steward, or restore a backup from before its migration.',
  );
  await expect(
    previewMigration({ database: older, program: 'x', signal: never, report: () => undefined }),
  ).rejects.toThrow(FormatError);
  expect(await contentOf(older)).toEqual(before);
});

it('a migration to a newer format that was interrupted is left to the newer program', async () => {
  await using scratch = await scratchDatabase();
  const failing: Migration = { name: 'two', summary: 'Fails.', run: () => Promise.reject(new Error('a bug')) };
  const newer = await scratch.connect([counting('one', 'a'), failing]);
  await fillThings(newer, 3);
  await expect(migrated(newer)).rejects.toThrow('a bug');
  expect(await formatDocument(newer)).toMatchObject({ format: 2, migrating: { to: 3 } });
  await expect(migrated(await scratch.connect([counting('one', 'a')]))).rejects.toThrow(
    'is on its way from format 2 to format 3, and this program, Steward 2.0.0-test, knows formats 1 to 2. Start the newer',
  );
  await migrated(await scratch.connect([counting('one', 'a'), counting('two', 'b')]));
  expect(await thingsBy(newer, 'a', 'b')).toEqual([{ a: 1, b: 1, count: 3 }]);
});

it('a dry run counts what each step would write, and changes nothing', async () => {
  await using scratch = await scratchFixture();
  const step: Migration = {
    name: 'all',
    summary: 'Does a bit of everything.',
    run: async ({ changeEach, report, dryRun }) => {
      const writes = await changeEach(
        { name: 'plates', collection: 'resources', filter: { type: 'plate' } },
        (plate) => [
          { collection: 'resources', operation: { deleteOne: { filter: { _id: plate._id } } } },
          { collection: 'plates', operation: { insertOne: { document: plate } } },
        ],
      );
      report(`${writes} writes, dryRun ${dryRun}`);
    },
    obsoleteIndexes: [
      { collection: 'contents', index: 'content_created' },
      { collection: 'contents', index: 'never there' },
    ],
  };
  const database = await scratch.connect([step]);
  const before = await contentOf(database);
  const plates = await database.db.collection('resources').countDocuments({ type: 'plate' });
  const lines: string[] = [];
  const options = { database, program: 'x', signal: never, report: (line: string) => lines.push(line) };
  expect(await previewMigration(options)).toBe(true);
  expect(lines).toEqual([
    `the database ${scratch.name} would be migrated from format 1 to format 2`,
    'format 2, all: Does a bit of everything.',
    `  plates: ${2 * plates} to write`,
    `  ${2 * plates} writes, dryRun true`,
    '  index content_created of contents: to drop',
  ]);
  expect(await contentOf(database)).toEqual(before);
  expect(await migrated(database)).toContain('  index content_created of contents: dropped');
  expect(await previewMigration(options)).toBe(false);
});

it('obsolete indexes are dropped, and no others', async () => {
  await using scratch = await scratchDatabase();
  const database = await scratch.connect([
    { name: 'one', summary: 'One.', obsoleteIndexes: [{ collection: 'resources', index: 'no_longer_1' }] },
  ]);
  await database.db.createCollection('roster');
  await database.db.collection('resources').createIndex({ noLonger: 1 }, { name: 'no_longer_1' });
  await database.db.collection('resources').createIndex({ kept: 1 });
  const names = async () => (await database.db.collection('resources').indexes()).map((i) => i.name);
  const before = await names();
  await migrated(database);
  expect(before).toEqual(['_id_', 'no_longer_1', 'kept_1']);
  expect(await names()).toEqual(['_id_', 'kept_1']);
});

it.each([
  ['another index has the name', { other: 1 }, { name: 'content_age' }],
  ['another index has the fields', { createdAt: 1 }, { name: 'mine' }],
] as const)('where %s of a declared one, the start says so in a sentence', async (_, key, options) => {
  await using scratch = await scratchDatabase();
  const database = await scratch.connect();
  await database.db.collection('contents').createIndex(key, options);
  const start = LONG ? openHouse({ on: database }) : database.prepare([contents]);
  await expect(start).rejects.toThrow(
    `An index of the collection ${scratch.name}.contents cannot be made: there is another index with its name or its ` +
      'fields, made by hand or by another program; drop that index, and start again; the server says: ',
  );
});

/** What a Steward of before formats asks for at every start. */
const OLDER_INDEX = { key: { createdAt: 1 }, name: 'content_created' } as const;

const OLDER_CASES = [
  ['new', 0],
  ['migrated', 1],
] as const;

it.each(spread(OLDER_CASES, 1))(
  'on a database that was %s a Steward of before formats cannot start',
  async (_, format) => {
    await using scratch = format === 1 ? await scratchFixture() : await scratchDatabase();
    const database = await scratch.connect();
    await migrated(database);
    await using _house = await openHouse({ on: database, rules: { configured: ['admin'] } });
    await expect(database.db.collection('contents').createIndexes([OLDER_INDEX])).rejects.toThrow(
      'this database needs a newer Steward',
    );
  },
);

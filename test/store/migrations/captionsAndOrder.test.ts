import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { dataFieldsOf } from '../../../src/domain/resources/data.ts';
import { type Resource, resources } from '../../../src/domain/resources/resource.ts';
import { rulesOf } from '../../../src/domain/resources/types.ts';
import { Database } from '../../../src/store/database.ts';
import { captionsAndOrder } from '../../../src/store/migrations/captionsAndOrder.ts';
import { migrate, previewMigration } from '../../../src/store/migrations/migrate.ts';
import { restoreFixture } from './fixture.ts';

let database: Database;
let before: Resource[];
let after: Map<string, Resource>;
beforeAll(async () => {
  const name = `test_captions_${process.pid}`;
  database = await Database.connect({ uri: inject('mongoUri'), database: name, migrations: [captionsAndOrder] });
  await restoreFixture(database.db, 1);
  before = await database.find(resources, {});
  const { signal } = new AbortController();
  const options = { database, program: '0.0.0-test', signal, report: () => undefined, ignoreLiveInstances: true };
  await previewMigration(options);
  expect(await database.find(resources, {})).toEqual(before);
  await migrate(options);
  after = new Map((await database.find(resources, {})).map((r) => [r._id, r]));
});
afterAll(async () => {
  await database.db.dropDatabase();
  await database.close();
});

const dataOf = ({ data }: Resource) => (data === undefined ? undefined : JSON.parse(data));

it('gives each resource the caption that a save of the same data gives it', () => {
  const captions = before.map((old) => [dataFieldsOf(old.type, dataOf(old)).caption, after.get(old._id)?.caption]);
  for (const [expected, given] of captions) expect(given).toBe(expected);
  expect(captions.filter(([, given]) => given !== undefined).length).toBeGreaterThan(3);
});

it('gives each IIIF object the place below its parents that its data had, or one at the top', () => {
  let placed = 0;
  for (const old of before) {
    const { ordered, atTop } = rulesOf(old.type);
    const { order } = after.get(old._id) ?? {};
    const parents = old.parents ?? [];
    if (!ordered || (parents.length === 0 && !atTop)) {
      expect(order).toBeUndefined();
      continue;
    }
    placed += 1;
    const place = dataOf(old)?.order ?? 0;
    expect(order).toEqual(
      parents.length === 0 ? { top: old.createdAt } : Object.fromEntries(parents.map((parent) => [parent, place])),
    );
  }
  expect(placed).toBeGreaterThan(5);
});

it('changes nothing else, and raises the revision of what it changes', () => {
  for (const old of before) {
    const { caption, order, revision, ...others } = after.get(old._id) ?? old;
    const { revision: oldRevision, ...oldOthers } = old;
    expect(others).toEqual(oldOthers);
    expect(revision).toBe(caption === undefined && order === undefined ? oldRevision : oldRevision + 1);
  }
});

it('drops the indexes that nothing uses any more', async () => {
  const names = (await database.db.collection('resources').indexes()).map(({ name }) => name);
  for (const { index } of captionsAndOrder.obsoleteIndexes ?? []) expect(names).not.toContain(index);
  expect(names).toContain('workspace_owners');
});

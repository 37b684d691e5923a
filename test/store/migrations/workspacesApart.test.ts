import type { Document } from 'mongodb';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { resources, workspaces } from '../../../src/domain/resources/resource.ts';
import { Database } from '../../../src/store/database.ts';
import { migrations } from '../../../src/store/migrations/index.ts';
import { migrate, previewMigration } from '../../../src/store/migrations/migrate.ts';
import { workspacesApart } from '../../../src/store/migrations/workspacesApart.ts';
import { restoreFixture } from './fixture.ts';

const before = migrations.slice(0, migrations.indexOf(workspacesApart));

let database: Database;
let moved: Document[];
let stayed: Document[];
const sorted = { sort: { _id: 1 } } as const;
const contents = (name: string) => database.db.collection(name).find({}, sorted).toArray();

beforeAll(async () => {
  const name = `test_apart_${process.pid}`;
  const opened = await Database.connect({ uri: inject('mongoUri'), database: name, migrations: before });
  await restoreFixture(opened.db, 1);
  const { signal } = new AbortController();
  const options = { program: '0.0.0-test', signal, report: () => undefined, ignoreLiveInstances: true };
  await migrate({ ...options, database: opened });
  await opened.close();
  database = await Database.connect({
    uri: inject('mongoUri'),
    database: name,
    migrations: [...before, workspacesApart],
  });
  const all = await contents('resources');
  moved = all.filter(({ type }) => type === 'workspace');
  stayed = all.filter(({ type }) => type !== 'workspace');
  await previewMigration({ ...options, database });
  expect(await contents('resources')).toEqual(all);
  await migrate({ ...options, database });
  await database.prepare([workspaces, resources]);
});
afterAll(async () => {
  await database.db.dropDatabase();
  await database.close();
});

it('every workspace is in the other collection as it was, and nothing else is', async () => {
  expect(moved.length).toBe(3);
  expect(await contents('workspaces')).toEqual(moved);
});

it('everything else stays as it was', async () => {
  expect(stayed.length).toBeGreaterThan(10);
  expect(await contents('resources')).toEqual(stayed);
});

it.each([resources, workspaces])('leaves the indexes that are declared of $name and no others', async (declared) => {
  const found = await database.db.collection(declared.name).indexes();
  const shape = ({ key, name, unique, partialFilterExpression }: Document) =>
    JSON.stringify({ key, name, unique, partialFilterExpression });
  const others = found.filter(({ name }) => name !== '_id_');
  expect(others.map(shape).sort()).toEqual(declared.indexes.map(shape).sort());
});

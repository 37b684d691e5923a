import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { JsonStream } from '../../../src/base/json/jsonStream.ts';
import { type Resource, resources } from '../../../src/domain/resources/resource.ts';
import { rulesOf } from '../../../src/domain/resources/types.ts';
import { viewObject } from '../../../src/domain/systems/iiif/view.ts';
import { Database } from '../../../src/store/database.ts';
import { captionsAndOrder } from '../../../src/store/migrations/captionsAndOrder.ts';
import { iiifPaths } from '../../../src/store/migrations/iiifPaths.ts';
import { migrate, previewMigration } from '../../../src/store/migrations/migrate.ts';
import { restoreFixture } from './fixture.ts';

const OLD = 'http://old.example.org/iiif';
const NEW = 'https://new.example.org';

let database: Database;
let before: Resource[];
let after: Map<string, Resource>;
beforeAll(async () => {
  const name = `test_iiif_paths_${process.pid}`;
  const uri = inject('mongoUri');
  const { signal } = new AbortController();
  const run = { program: '0.0.0-test', signal, report: () => undefined, ignoreLiveInstances: true };
  const first = await Database.connect({ uri, database: name, migrations: [captionsAndOrder] });
  await restoreFixture(first.db, 1);
  await migrate({ database: first, ...run });
  await first.db.collection('resources').insertMany(additions() as never[]);
  before = await first.find(resources, {});
  await first.close();
  database = await Database.connect({ uri, database: name, migrations: [captionsAndOrder, iiifPaths] });
  await previewMigration({ database, ...run });
  expect(await database.find(resources, {})).toEqual(before);
  await migrate({ database, ...run });
  after = new Map((await database.find(resources, {})).map((r) => [r._id, r]));
});
afterAll(async () => {
  await database.db.dropDatabase();
  await database.close();
});

/** Objects that the fixture lacks: two of one path, one that is hidden, a range in a range. */
function additions(): object[] {
  const object = (_id: string, type: string, externalId: string, more: object) => ({
    ...{ _id, revision: 3, type, name: _id, externalId, parents: [], owners: [], grants: [], visibility: 'public' },
    ...{ createdAt: new Date('2020-01-01'), modifiedAt: new Date('2020-01-01'), data: '{}' },
    ...more,
  });
  const later = { createdAt: new Date('2021-01-01') };
  const below = (parent: string, place: number) => ({ parents: [parent], order: { [parent]: place } });
  return [
    object('first', 'manifest', `${OLD}/twice/manifest`, { order: { top: new Date('2020-01-01') } }),
    object('again', 'manifest', `${NEW}/twice/manifest`, { order: { top: new Date('2021-01-01') }, ...later }),
    object('canvas', 'canvas', `${OLD}/twice/canvas/c.1`, below('first', 1)),
    object('anno', 'annotation', `${OLD}/twice/annotation/a`, {
      ...below('canvas', 1),
      data: JSON.stringify({ motivation: 'sc:painting', on: `${OLD}/twice/canvas/c.1` }),
    }),
    object('hidden', 'collection', `${OLD}/collections/hid`, {
      order: { top: new Date('2020-01-01') },
      data: JSON.stringify({ hidden: true, label: 'Hid' }),
    }),
    object('outer', 'range', `${OLD}/twice/range/outer`, below('first', 1)),
    object('inner', 'range', `${OLD}/twice/range/inner`, {
      parents: ['first', 'outer'],
      order: { first: 2, outer: 1 },
    }),
  ];
}

const isIiif = ({ type }: Resource) => rulesOf(type).system === 'iiif';
const pathOf = (atId: string) => {
  const segments = atId.split('/');
  return `/${segments.slice(/\/(manifest|collections\/[^/]+)$/.test(atId) ? -2 : -3).join('/')}`;
};

it('makes the path of each the identity, and of two with one path that of the later', () => {
  const changed = before.filter((old) => isIiif(old) && old.externalId !== undefined && old._id !== 'first');
  expect(changed.length).toBeGreaterThan(12);
  for (const { _id, externalId = '' } of changed) {
    expect(after.get(_id)).toMatchObject({ externalId: pathOf(externalId), source: '' });
  }
  expect(after.get('first')).toEqual(before.find(({ _id }) => _id === 'first'));
});

it('keeps the canvas that an annotation is on by its path', () => {
  expect(JSON.parse(after.get('anno')?.data ?? '')).toEqual({ motivation: 'sc:painting', on: '/twice/canvas/c.1' });
});

it('takes what is hidden out of the lists, and puts the ranges of a range after its canvases', async () => {
  expect(after.get('hidden')?.order).toEqual({ 'hidden-top': new Date('2020-01-01') });
  expect(after.get('outer')?.order).toEqual({ first: 1 });
  expect(after.get('inner')?.order).toEqual({ first: 1_000_002, outer: 1_000_001 });
  const top = JSON.stringify(await viewObject({ reader: database, base: NEW }, { type: 'collection', name: 'UofT' }));
  expect(top).toContain(`"${NEW}/twice/manifest"`);
  expect(top).not.toContain('/collections/hid');
});

it('changes nothing else', () => {
  for (const old of before) {
    const { externalId, source, order, data, revision, ...others } = after.get(old._id) ?? old;
    const { externalId: _, source: __, order: ___, data: ____, revision: before, ...oldOthers } = old;
    expect(others).toEqual(oldOthers);
    if (!isIiif(old)) expect([externalId, source, order, data, revision]).toEqual([_, __, ___, ____, before]);
  }
});

it('shows each below any base', async () => {
  for (const base of [OLD, NEW]) {
    const view = await viewObject({ reader: database, base }, { type: 'canvas', identifier: 'twice', name: 'c.1' });
    let text = '';
    if (view instanceof JsonStream) for await (const piece of view.pieces) text += piece;
    expect(JSON.parse(text)).toMatchObject({
      '@id': `${base}/twice/canvas/c.1`,
      images: [{ '@id': `${base}/twice/annotation/a`, on: `${base}/twice/canvas/c.1` }],
    });
  }
});

it('loses no object from any view', async () => {
  const views = [...after.values()].filter(
    ({ type, externalId }) => type === 'collection' && externalId?.startsWith('/'),
  );
  for (const { _id, externalId = '' } of views) {
    const [, , name = ''] = externalId.split('/');
    const text = JSON.stringify(await viewObject({ reader: database, base: NEW }, { type: 'collection', name }));
    const children = [...after.values()].filter(({ parents }) => parents?.includes(_id));
    for (const child of children) expect(text).toContain(`"${NEW}${child.externalId}"`);
  }
  expect(views.length).toBeGreaterThan(1);
});

import type { Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MEMBERS } from '../../../../src/domain/systems/iiif/collection.ts';
import { LISTED } from '../../../../src/domain/systems/iiif/list.ts';
import { fillBook, fillManifests } from '../../../bench/fillIiif.mjs';
import { openPortal, type Portal } from '../../../server/dialects/portal.ts';
import { expectIndexed, forgetPlans, profiled, total } from '../../../support/profile.ts';

/** Public reads: in pages, by indexes, reading only what is shown. */

const CANVASES = LISTED + 100;
const MANIFESTS = MEMBERS + 205;

let portal: Portal;
beforeAll(async () => {
  portal = await openPortal();
  await forgetPlans(portal.database.db);
  const { db } = portal.database;
  await fillManifests(db, { count: MANIFESTS - 1, bytes: 5_000 });
  await fillBook(db, { book: 'long', canvases: CANVASES });
});
afterAll(() => portal[Symbol.asyncDispose]());

const get = async (path: string) => (await portal.ask('GET', path)).body;
const reads = (path: string) => profiled(portal.database.db, ['resources'], () => portal.ask('GET', path));
const make = async (type: string, externalId: string, more: object): Promise<string> =>
  (await portal.run('createResource', { type, name: externalId, externalId: portal.url + externalId, ...more })).id;

/** Many children of one parent, as one save would make them. */
async function copies(of: string, count: number, fields: (i: number) => object): Promise<void> {
  const resources = portal.database.db.collection('resources');
  const { _id, ...original } = (await resources.findOne({ externalId: of })) as Document;
  const each = Array.from({ length: count }, (_, i) => ({
    ...{ ...original, _id: `${_id}-${i}` as never, externalId: `${original.externalId}-${i}` },
    ...fields(i),
  }));
  await resources.insertMany(each);
}

describe('a collection with more members than an answer holds', () => {
  it('shows the first ones, the total, and links to its pages', async () => {
    const top = await get('/collections');
    const atId = `${portal.url}/collections/UofT`;
    expect(top.manifests).toHaveLength(MEMBERS);
    const links = { first: `${atId}?page=1`, next: `${atId}?page=2`, last: `${atId}?page=2` };
    expect(top).toMatchObject({ '@id': atId, total: MANIFESTS, ...links });
    expect(top.manifests[0]).toEqual({
      '@id': `${portal.url}/many0/manifest`,
      '@type': 'sc:Manifest',
      label: 'Manifest 0',
    });
  });

  it('shows each of them on one page', async () => {
    const seen: string[] = [];
    let prev: string | undefined;
    for (let next: string | undefined = '/collections?page=1'; next !== undefined; ) {
      const path: string = next;
      const page = await get(path);
      expect(page).toMatchObject({ within: `${portal.url}/collections/UofT`, total: MANIFESTS });
      expect([page.startIndex ?? 0, page.prev]).toEqual([seen.length, prev]);
      seen.push(...page.manifests.map((m: Record<string, string>) => m['@id']));
      prev = page['@id'];
      next = page.next?.slice(portal.url.length);
    }
    expect(seen).toHaveLength(MANIFESTS);
    expect(new Set(seen).size).toBe(MANIFESTS);
  });

  it('has no other pages', async () => {
    for (const [page, status, error] of [
      ['3', 404, `There is no page 3 of '${portal.url}/collections/UofT': its last page is 2.`],
      ['0', 422, 'page must be a whole number of at least 1.'],
      ['-1', 422, 'page must be a whole number of at least 1.'],
      ['x', 422, 'page must be a whole number of at least 1.'],
    ]) {
      const reply = await portal.ask('GET', `/collections?page=${page}`);
      expect([reply.status, reply.body]).toEqual([status, { error }]);
    }
  });

  it('has its members in the order in which they were sent, for each collection', async () => {
    const manifests = [3, 1, 2].map((i) => ({ '@id': `${portal.url}/many${i}/manifest` }));
    const object = (name: string, of: object[]) => ({
      ...{ base: portal.url, type: 'collection', name },
      object: { '@id': `${portal.url}/collections/${name}`, label: name, manifests: of },
    });
    await portal.run('createIiifObject', object('forth', manifests));
    await portal.run('createIiifObject', object('back', manifests.toReversed()));
    const numbers = async (name: string) =>
      (await get(`/collections/${name}`)).manifests.map(
        (m: Record<string, string>) => /many(\d)/.exec(m['@id'] ?? '')?.[1],
      );
    expect([await numbers('forth'), await numbers('back')]).toEqual([
      ['3', '1', '2'],
      ['2', '1', '3'],
    ]);
    // Two more collections are at the top, and three manifests fewer.
    expect((await get('/collections')).total).toBe(MANIFESTS - 1);
    const move = (name: string, parents: string[]) =>
      portal.run('moveResource', { type: 'manifest', externalId: `${portal.url}/${name}/manifest`, parents });
    const { id } = await portal.run('getResource', {
      type: 'collection',
      externalId: `${portal.url}/collections/back`,
    });
    await move('many1', [id]);
    await move('many2', []);
    await move('many9', [id]);
    expect([await numbers('forth'), await numbers('back')]).toEqual([['3'], ['1', '3', '9']]);
    expect((await get('/collections')).total).toBe(MANIFESTS - 1);
  });
});

describe('a list of more objects than an answer holds', () => {
  it('says in a header where the next page is', async () => {
    const first = await portal.ask('GET', '/long/canvas');
    expect(first.body).toHaveLength(LISTED);
    expect(first.headers.get('link')).toBe(`<${portal.url}/long/canvas?page=2>; rel="next"`);
    const second = await portal.ask('GET', '/long/canvas?page=2');
    expect(second.headers.get('link')).toBeNull();
    const seen = [...first.body, ...second.body].map((c: Record<string, string>) => c['@id']);
    expect(new Set(seen).size).toBe(CANVASES);
    expect(seen).toEqual(seen.toSorted());
    expect((await portal.ask('GET', '/long/canvas?page=3')).status).toBe(404);
  });
});

describe('a manifest of any length', () => {
  it('is answered whole and in order', async () => {
    const { sequences } = await get('/long/manifest');
    const { canvases } = sequences[0];
    expect(canvases.map((c: { label: string }) => c.label)).toEqual(
      Array.from({ length: CANVASES }, (_, i) => `Page ${i + 1}`),
    );
    expect(canvases[700]).toEqual({
      ...{ '@id': `${portal.url}/long/canvas/c701`, '@type': 'sc:Canvas', label: 'Page 701' },
      ...{ height: 3_179, width: 1_933 },
      images: [
        {
          ...{ '@id': `${portal.url}/long/annotation/a701`, '@type': 'oa:Annotation', motivation: 'sc:painting' },
          on: `${portal.url}/long/canvas/c701`,
          resource: {
            ...{ '@id': 'https://images.example.org/iiif/long:701/full/full/0/default.jpg', '@type': 'dctypes:Image' },
            format: 'image/jpeg',
            service: {
              '@id': 'https://images.example.org/iiif/long:701',
              profile: 'http://iiif.io/api/image/2/level2.json',
            },
          },
        },
      ],
    });
  });

  it('has all of its objects, even if they are long, many on one canvas, or at the same position', async () => {
    const manifest = await make('manifest', '/odd/manifest', { data: { label: 'Odd' } });
    const sequence = await make('sequence', '/odd/sequence/s', { parents: [manifest], data: { label: 'S' } });
    const long = { label: 'Long', description: 'é'.repeat(20_000) };
    await make('canvas', '/odd/canvas/long', { parents: [sequence], data: long });
    const busy = await make('canvas', '/odd/canvas/busy', { parents: [sequence], data: { label: 'Busy' } });
    await make('annotation', '/odd/annotation/a', { parents: [busy], data: long });
    await copies('/odd/annotation/a', 700, (i) => ({ data: `{"n":${i + 1}}`, order: { [busy]: i + 2 } }));
    await copies('/odd/canvas/busy', 450, () => ({ data: '{"label":"Same"}', order: { [sequence]: 7 } }));
    const range = await make('range', '/odd/range/r', { parents: [manifest], data: { label: 'R' } });
    const { db } = portal.database;
    await db
      .collection('resources')
      .updateMany({ parents: sequence }, { $push: { parents: range as never }, $set: { [`order.${range}`]: 1 } });
    const { sequences, structures } = await get('/odd/manifest');
    const [first, second, ...same] = sequences[0].canvases;
    expect(first).toMatchObject(long);
    expect(second.label).toBe('Busy');
    expect(second.images).toHaveLength(701);
    expect(second.images[0]).toMatchObject(long);
    expect(second.images.slice(1).map((a: { n: number }) => a.n)).toEqual(Array.from({ length: 700 }, (_, i) => i + 1));
    expect(same).toHaveLength(450);
    expect(new Set(same.map((c: Record<string, string>) => c['@id'])).size).toBe(450);
    expect(structures[0].members).toHaveLength(452);
    expect((await get('/odd/canvas/busy')).images).toEqual(second.images);
    expect((await get('/odd/range/r')).members).toHaveLength(452);
  });
});

describe('public objects are found by an index, without reading others', () => {
  it('the top collection and its pages', async () => {
    for (const page of [1, 2]) {
      const queries = await reads(`/collections?page=${page}`);
      expectIndexed(queries);
      // One more than is shown is read, to know whether there is another page.
      expect(total(queries, 'docsExamined')).toBeLessThanOrEqual(MEMBERS + 1);
      expect(total(queries, 'bytes')).toBeLessThan(MEMBERS * 500);
    }
  });

  it('a manifest, each object once', async () => {
    const queries = await reads('/long/manifest');
    expectIndexed(queries);
    expect(total(queries, 'docsExamined')).toBeLessThan(2.1 * CANVASES);
    // Two reads for each hundred canvases, and none for a single one.
    expect(queries.length).toBeLessThan(CANVASES / 20);
  });

  it.each(['/long/canvas', '/long/canvas?page=2', '/long/canvas/c7', '/search/manifest/', '/search/canvas/'])(
    '%s',
    async (path) => {
      const queries = await reads(path);
      expectIndexed(queries);
      expect(total(queries, 'docsExamined')).toBeLessThanOrEqual(LISTED + 1);
      expect(total(queries, 'bytes')).toBeLessThan(LISTED * 500);
    },
  );

  it('what an account of staff owns, of one type', async () => {
    await portal.run('createStaff', { username: 'own', password: 'a password' });
    const { db } = portal.database;
    const principal = await db.collection('principals').findOne({ username: 'own' });
    await db.collection('resources').updateMany({ type: 'annotation' }, { $set: { owners: [principal?._id] } });
    await db
      .collection('resources')
      .updateOne({ externalId: '/long/manifest' }, { $set: { owners: [principal?._id] } });
    const queries = await reads('/search/manifest/?ownedBy=own');
    expectIndexed(queries);
    expect(total(queries, 'docsExamined')).toBe(1);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LONG } from '../../support/long.ts';
import { type Account, jwt, newAdmin, newStaff } from './iiifStaff.ts';
import { openPortal, type Portal, type PortalReply } from './portal.ts';

/**
 * What staff accounts may do with collections and manifests, by the documentation of the University of Toronto's IIIF API
 * (https://github.com/utlib/utl_iiif_api/wiki/administration) and the answers of its server.
 */

const NO_CREDENTIALS = { detail: 'Authentication credentials were not provided.' };
const P1 = "You don't have the necessary permission to perform this action. Please contact your admin.";
const P2 = 'This object is owned by many users. Please contact your admin to perform this action.';

let portal: Portal;
let adm: Account;
let al: Account;
let bo: Account;
beforeAll(async () => {
  portal = await openPortal();
  adm = await newAdmin(portal, 'adm');
  al = await newStaff(portal, adm, 'al');
  bo = await newStaff(portal, adm, 'bo');
});
afterAll(() => portal[Symbol.asyncDispose]());

let count = 0;
const fresh = (name: string) => `${name}${++count}`;

/** A manifest with one object of each type, as in the documentation's example. */
const fullTree = (b: string) => ({
  '@context': 'http://iiif.io/api/presentation/2/context.json',
  '@id': `https://elsewhere.example.org/iiif/${b}/manifest`,
  '@type': 'sc:Manifest',
  label: '[Report 1969]',
  metadata: [{ label: 'Full conditions', value: '' }],
  sequences: [
    {
      '@id': `https://elsewhere.example.org/iiif/${b}/sequence/s0`,
      label: 'Sequence s0',
      canvases: [
        {
          '@id': `https://elsewhere.example.org/iiif/${b}/canvas/c0`,
          label: ' - ',
          height: 3179,
          width: 1933,
          images: [{ '@id': `https://elsewhere.example.org/iiif/${b}/imageanno/a0`, motivation: 'sc:painting' }],
          otherContent: [{ '@id': `https://elsewhere.example.org/iiif/${b}/contentAsText/0`, label: 'Text' }],
        },
      ],
    },
  ],
  structures: [
    { '@id': `https://elsewhere.example.org/iiif/${b}/range/r-3`, label: 'Cover', canvases: [`x/${b}/canvas/c0`] },
  ],
});

const PARTS = ['manifest', 'sequence', 'canvas', 'annotation', 'list', 'range'];

const as = (who: Account, verb: string, path: string, body?: unknown) =>
  portal.ask(verb, path, { ...(body === undefined ? {} : { body }), ...jwt(who.token) });

async function post(who: Account, b: string, manifest: unknown = fullTree(b)): Promise<void> {
  const reply = await as(who, 'POST', `/${b}/manifest`, { manifest });
  expectEnvelope(reply, 201, { '@id': `${portal.url}/${b}/manifest`, '@type': 'sc:Manifest' });
}

async function postCollection(who: Account, name: string, more: object = {}): Promise<string> {
  const atId = `${portal.url}/collections/${name}`;
  const reply = await as(who, 'POST', '/collections', { collection: { '@id': atId, label: name, ...more } });
  expectEnvelope(reply, 201, { '@id': atId, '@type': 'sc:Collection' });
  return atId;
}

function expectEnvelope({ status, body }: PortalReply, code: number, responseBody: unknown): void {
  expect([status, body]).toEqual([code, { responseCode: code, responseBody }]);
}

/** The types of the objects that an account owns, with this word in their @id. */
async function owned(name: string, word: string): Promise<string[]> {
  const found: string[] = [];
  for (const type of ['collection', ...PARTS]) {
    const { status, body } = await portal.ask('GET', `/search/${type}/?ownedBy=${name}`);
    const ids: string[] = status === 200 ? body.map((o: Record<string, string>) => o['@id']) : [];
    if (ids.some((id) => id.split('/').includes(word))) found.push(type);
  }
  return found;
}

/** The owners of an object, in order. */
async function ownersOf(type: string, atId: string): Promise<string[]> {
  const { owners } = await portal.run('getResource', { type, externalId: atId });
  return owners.map((o: { owner: string }) => o.owner);
}

const permission = (who: Account, body: object) => as(who, 'PUT', '/auth/admin/updatePermission', body);
const UPDATED = { message: 'Successfully updated user permissions for given objects.' };

describe('the maker of an object', () => {
  it('owns it, with its content', async () => {
    const b = fresh('book');
    await post(al, b);
    expect(await owned('al', b)).toEqual(PARTS);
    const found = (await portal.ask('GET', '/search/manifest/?ownedBy%3Dal')).body;
    expect(found).toContainEqual({
      '@id': `${portal.url}/${b}/manifest`,
      '@type': 'sc:Manifest',
      label: '[Report 1969]',
    });
  });

  it('is its only owner, whatever the object says; an administrator can name other owners', async () => {
    const [b, c, d] = [fresh('b'), fresh('b'), fresh('b')];
    await post(al, b, { ownedBy: ['bo'], sequences: [{ ownedBy: ['bo'] }] });
    expect(await owned('bo', b)).toEqual([]);
    expect(await owned('al', b)).toEqual(['manifest', 'sequence']);
    await post(adm, c, { ownedBy: ['b o', 'al'] });
    expect(await ownersOf('manifest', `${portal.url}/${c}/manifest`)).toEqual(['bo', 'al']);
    await post(adm, d);
    expect(await ownersOf('manifest', `${portal.url}/${d}/manifest`)).toEqual([]);
    const unknown = await as(adm, 'POST', `/${fresh('b')}/manifest`, { manifest: { ownedBy: ['nobody'] } });
    expectEnvelope(unknown, 404, { error: "User with username 'nobody' does not exist." });
  });

  it('must have a token, whatever is sent', async () => {
    const b = fresh('b');
    await post(al, b);
    for (const verb of ['POST', 'PUT', 'DELETE']) {
      const reply = await portal.ask(verb, `/${b}/manifest`, verb === 'DELETE' ? {} : { body: {} });
      expect([reply.status, reply.body]).toEqual([401, NO_CREDENTIALS]);
      expect(reply.headers.get('www-authenticate')).toBe('JWT realm="api"');
    }
    expect((await portal.ask('GET', `/${b}/manifest`)).status).toBe(200);
  });

  it('can make it only once', async () => {
    const b = fresh('b');
    await post(al, b);
    for (const who of [al, bo, adm]) {
      // Whether the caller may write to what it contains does not matter any more.
      const sequences = [{ '@id': 'x/sequence/s0' }];
      const again = await as(who, 'POST', `/${b}/manifest`, { manifest: { sequences } });
      const unique = ['This field must be unique.'];
      expectEnvelope(again, 422, { error: { '@id': unique, identifier: unique } });
    }
    const canvas = { canvas: { '@id': `x/${b}/canvas/c` } };
    await as(al, 'POST', `/${b}/canvas`, canvas);
    expectEnvelope(await as(al, 'POST', `/${b}/canvas`, canvas), 422, {
      error: { '@id': ['This field must be unique.'] },
    });
    const collection = { collection: { '@id': `x/collections/${b}` } };
    await as(al, 'POST', '/collections', collection);
    expect((await as(al, 'POST', '/collections', collection)).body.responseBody.error).toHaveProperty('name');
    const renamed = await as(al, 'PUT', `/${b}/manifest`, { manifest: { '@id': `x/${fresh('b')}/manifest` } });
    expect(renamed.status).toBe(200);
  });
});

describe('an object', () => {
  it('is shown to everybody, without its owners and empty fields', async () => {
    const b = fresh('b');
    await post(al, b);
    const { status, body, text } = await portal.ask('GET', `/${b}/manifest`);
    expect(status).toBe(200);
    expect(text).not.toContain('ownedBy');
    const canvas = {
      '@id': `${portal.url}/${b}/canvas/c0`,
      '@type': 'sc:Canvas',
      label: ' - ',
      height: 3179,
      width: 1933,
      images: [
        {
          '@id': `${portal.url}/${b}/annotation/a0`,
          '@type': 'oa:Annotation',
          motivation: 'sc:painting',
          on: `${portal.url}/${b}/canvas/c0`,
        },
      ],
      otherContent: [{ '@id': `${portal.url}/${b}/list/0`, '@type': 'sc:AnnotationList', label: 'Text' }],
    };
    const sequence = { '@id': `${portal.url}/${b}/sequence/s0`, '@type': 'sc:Sequence', label: 'Sequence s0' };
    expect(body).toEqual({
      '@context': 'http://iiif.io/api/presentation/2/context.json',
      '@id': `${portal.url}/${b}/manifest`,
      '@type': 'sc:Manifest',
      label: '[Report 1969]',
      metadata: [{ label: 'Full conditions' }],
      sequences: [{ ...sequence, canvases: [canvas] }],
      structures: [
        {
          '@id': `${portal.url}/${b}/range/r-3`,
          '@type': 'sc:Range',
          label: 'Cover',
          members: [{ '@id': canvas['@id'], '@type': 'sc:Canvas', label: ' - ' }],
        },
      ],
    });
    expect(Object.keys(body)).toEqual(Object.keys(body).sort());
    expect((await portal.ask('GET', `/${b}/sequence`)).body).toEqual([sequence]);
    expect((await portal.ask('GET', `/${b}/canvas/c0`)).body).toMatchObject(canvas);
  });

  it('is reported as missing before any other fault', async () => {
    for (const [verb, path, body, error] of [
      ['PUT', '/b1/sequence/zz', { sequence: {} }, "Sequence with name 'zz' does not exist in identifier 'b1'."],
      ['DELETE', '/b1/canvas/zz', undefined, "Canvas with name 'zz' does not exist in identifier 'b1'."],
      ['PUT', '/nope/manifest', { manifest: {} }, "'nope' does not have a Manifest."],
      ['DELETE', '/collections/nope', undefined, "Collection with name 'nope' does not exist."],
    ] as const) {
      expectEnvelope(await as(al, verb, path, body), 404, { error });
    }
    const shown = await portal.ask('GET', '/nope/manifest');
    expect([shown.status, shown.body]).toEqual([404, { error: "'nope' does not have a Manifest." }]);
    const listed = await portal.ask('GET', '/nope/range');
    expect([listed.status, listed.body]).toEqual([404, { error: "Item with name 'nope' does not exist." }]);
  });

  it('is changed by its owners and by administrators', async () => {
    const b = fresh('b');
    await post(al, b);
    const saved = { '@id': `${portal.url}/${b}/manifest`, '@type': 'sc:Manifest' };
    const put = (who: Account, manifest: unknown) => as(who, 'PUT', `/${b}/manifest`, { manifest });
    expectEnvelope(await put(al, { label: 'New Label' }), 200, saved);
    expectEnvelope(await put(bo, { label: 'Mine' }), 401, { error: P1 });
    expectEnvelope(await put(adm, { label: 'Newer', sequences: [{ '@id': `x/${b}/sequence/s1` }] }), 200, saved);
    const { body } = await portal.ask('GET', `/${b}/manifest`);
    expect(body).toMatchObject({ label: 'Newer', metadata: [{ label: 'Full conditions' }] });
    expect(body.sequences).toHaveLength(2);
  });

  it('can get another name, and keeps its parents', async () => {
    const b = fresh('b');
    await post(al, b);
    const renamed = { '@id': `${portal.url}/${b}/sequence/newSequenceName`, '@type': 'sc:Sequence' };
    const reply = await as(adm, 'PUT', `/${b}/sequence/s0`, { sequence: { '@id': renamed['@id'] } });
    expectEnvelope(reply, 200, renamed);
    expect((await portal.ask('GET', `/${b}/sequence/s0`)).status).toBe(404);
    const { sequences } = (await portal.ask('GET', `/${b}/manifest`)).body;
    expect(sequences).toMatchObject([{ ...renamed, canvases: [{ '@id': `${portal.url}/${b}/canvas/c0` }] }]);
  });

  it('gets other owners from administrators only', async () => {
    const b = fresh('b');
    await post(al, b);
    const put = (who: Account, manifest: unknown) => as(who, 'PUT', `/${b}/manifest`, { manifest });
    for (const ownedBy of [['bo'], [], ['al', 'bo'], ['nobody']]) {
      expectEnvelope(await put(al, { ownedBy }), 401, { error: P1 });
    }
    expect((await put(al, { ownedBy: ['al'], label: 'x' })).status).toBe(200);
    expect((await put(adm, { ownedBy: [] })).status).toBe(200);
    expectEnvelope(await put(al, { label: 'y' }), 401, { error: P1 });
    expect((await put(adm, { label: 'y' })).status).toBe(200);
    expect((await put(adm, { ownedBy: ['bo', 'al'] })).status).toBe(200);
    expect((await put(bo, { label: 'z' })).status).toBe(200);
    // The children keep their owners.
    expect(await owned('al', b)).toEqual(PARTS);
    expect(await owned('bo', b)).toEqual(['manifest']);
  });

  it('can be deleted by its only owner or an administrator, with its content', async () => {
    const [b, c] = [fresh('b'), fresh('b')];
    for (const book of [b, c]) await post(al, book);
    expectEnvelope(await as(bo, 'DELETE', `/${b}/sequence/s0`), 401, { error: P1 });
    expect((await portal.ask('GET', `/${b}/sequence/s0`)).status).toBe(200);
    await permission(adm, { manifests: [`${portal.url}/${b}/manifest`], username: 'bo', action: 'ADD' });
    for (const who of [al, bo]) expectEnvelope(await as(who, 'DELETE', `/${b}/manifest`), 401, { error: P2 });
    for (const [who, book] of [
      [adm, b],
      [al, c],
    ] as const) {
      const gone = await as(who, 'DELETE', `/${book}/manifest`);
      expect([gone.status, gone.text]).toEqual([204, '']);
      for (const path of ['manifest', 'sequence/s0', 'canvas/c0', 'annotation/a0', 'list/0', 'range/r-3']) {
        expect((await portal.ask('GET', `/${book}/${path}`)).status).toBe(404);
      }
    }
  });

  it('is not deleted with its parent without a right of its own', async () => {
    const [b, shelf] = [fresh('b'), fresh('c')];
    await post(bo, b);
    const atId = await postCollection(al, shelf, {});
    const manifests = [`${portal.url}/${b}/manifest`];
    await as(adm, 'PUT', `/collections/${shelf}`, { collection: { '@id': atId, manifests } });
    const refused = await as(al, 'DELETE', `/collections/${shelf}`);
    expect([refused.status, refused.body.responseCode]).toEqual([401, 401]);
    for (const path of [`/collections/${shelf}`, `/${b}/manifest`, `/${b}/canvas/c0`]) {
      expect((await portal.ask('GET', path)).status).toBe(200);
    }
    expect((await as(adm, 'DELETE', `/collections/${shelf}`)).status).toBe(204);
  });

  it('of somebody else cannot be added to another object', async () => {
    const [b, name] = [fresh('b'), fresh('c')];
    await post(al, b);
    const atId = `${portal.url}/collections/${name}`;
    const collection = { '@id': atId, manifests: [{ '@id': `${portal.url}/${b}/manifest`, label: 'Mine' }] };
    expectEnvelope(await as(bo, 'POST', '/collections', { collection }), 422, { error: P1 });
    expect((await portal.ask('GET', `/collections/${name}`)).status).toBe(404);
    expect((await portal.ask('GET', `/${b}/manifest`)).body.label).toBe('[Report 1969]');
    expect((await as(al, 'POST', '/collections', { collection })).status).toBe(201);
  });

  it('keeps its owners when they are renamed', async () => {
    const cy = await newStaff(portal, adm, fresh('cy'));
    const b = fresh('b');
    await post(cy, b);
    await as(adm, 'PUT', `/auth/staff/${cy.id}`, { username: 'cyrus' });
    expect(await owned('cyrus', b)).toEqual(PARTS);
    expect(await owned(cy.name, b)).toEqual([]);
  });

  it('stays with a closed account: a new user of the same name inherits nothing', async () => {
    const name = fresh('dee');
    const dee = await newStaff(portal, adm, name);
    const b = fresh('b');
    await post(dee, b);
    await as(adm, 'DELETE', `/auth/staff/${dee.id}`);
    const again = await newStaff(portal, adm, name);
    expectEnvelope(await as(again, 'PUT', `/${b}/manifest`, { manifest: { label: 'x' } }), 401, { error: P1 });
    expect(await owned(name, b)).toEqual([]);
  });
});

describe('belongsTo', () => {
  const idsIn = (list: readonly Record<string, string>[] | undefined) => (list ?? []).map((object) => object['@id']);

  it('moves an object to the named parent, away from its former one', async () => {
    const b = fresh('b');
    await post(al, b, { sequences: [{ '@id': 'x/sequence/s1' }, { '@id': 'x/sequence/s2' }] });
    const [s1, s2] = ['s1', 's2'].map((name) => `https://h.example.org/iiif/${b}/sequence/${name}`);
    const made = await as(al, 'POST', `/${b}/canvas`, { canvas: { '@id': 'x/other/canvas/c', belongsTo: [s1, s1] } });
    expectEnvelope(made, 201, { '@id': `${portal.url}/${b}/canvas/c`, '@type': 'sc:Canvas' });
    const canvases = async () =>
      Promise.all(['s1', 's2'].map(async (s) => idsIn((await portal.ask('GET', `/${b}/sequence/${s}`)).body.canvases)));
    expect(await canvases()).toEqual([[`${portal.url}/${b}/canvas/c`], []]);
    expect((await portal.ask('GET', `/${b}/canvas/c`)).body).not.toHaveProperty('belongsTo');
    await as(al, 'PUT', `/${b}/canvas/c`, { canvas: { label: 'stays' } });
    expect(await canvases()).toEqual([[`${portal.url}/${b}/canvas/c`], []]);
    await as(al, 'PUT', `/${b}/canvas/c`, { canvas: { belongsTo: [s2] } });
    expect(await canvases()).toEqual([[], [`${portal.url}/${b}/canvas/c`]]);
    await as(al, 'PUT', `/${b}/sequence/s1`, { sequence: { canvases: [`x/${b}/canvas/c`] } });
    expect((await canvases()).flat()).toHaveLength(2);
    await as(al, 'PUT', `/${b}/canvas/c`, { canvas: { belongsTo: [] } });
    expect(await canvases()).toEqual([[], []]);
  });

  it('moves a collection out of the top level, and back', async () => {
    const [outer, inner] = [fresh('c'), fresh('c')].map((name) => `${portal.url}/collections/${name}`);
    const path = inner?.slice(portal.url.length) ?? '';
    await as(al, 'POST', '/collections', { collection: { '@id': outer } });
    await as(al, 'POST', '/collections', { collection: { '@id': inner, belongsTo: [outer] } });
    const top = async () => idsIn((await portal.ask('GET', '/collections')).body.collections);
    expect([(await top()).includes(outer), (await top()).includes(inner)]).toEqual([true, false]);
    expect(idsIn((await portal.ask('GET', outer?.slice(portal.url.length) ?? '')).body.collections)).toEqual([inner]);
    await as(al, 'PUT', path, { collection: { belongsTo: [] } });
    expect(await top()).toContain(inner);
  });

  it('must name an existing parent that can have the object and belongs to the caller', async () => {
    const [b, other] = [fresh('b'), fresh('b')];
    await post(al, b, { sequences: [{ '@id': 'x/sequence/s1' }] });
    await post(bo, other, { sequences: [{ '@id': 'x/sequence/s1' }] });
    const before = (await portal.contents('resources')).length;
    const attempt = (belongsTo: unknown) => as(al, 'POST', `/${b}/canvas`, { canvas: { belongsTo } });
    for (const parent of [`x/${b}/sequence/s9`, `x/${b}/manifest`, `x/${b}/canvas/c`, 'x', '']) {
      const { status, body } = await attempt([parent]);
      expect([status, body.responseBody.error]).toEqual([422, { belongsTo: [expect.stringContaining(`'${parent}'`)] }]);
    }
    for (const wrong of ['x', {}, [7]])
      expect((await attempt(wrong)).body.responseBody.error).toHaveProperty('belongsTo');
    expectEnvelope(await attempt([`x/${other}/sequence/s1`]), 422, { error: P1 });
    expect((await portal.contents('resources')).length).toBe(before);
    expect((await as(adm, 'POST', `/${b}/canvas`, { canvas: { belongsTo: [`x/${other}/sequence/s1`] } })).status).toBe(
      201,
    );
  });

  it('cannot name a parent that is deleted at the same time', async () => {
    const b = fresh('b');
    for (let i = 0; i < (LONG ? 8 : 3); i += 1) {
      await post(al, `${b}n${i}`, { sequences: [{ '@id': 'x/sequence/s' }] });
      const [made, gone] = await Promise.all([
        as(al, 'POST', `/${b}n${i}/canvas`, {
          canvas: { '@id': `x/${b}n${i}/canvas/c`, belongsTo: [`x/${b}n${i}/sequence/s`] },
        }),
        as(al, 'DELETE', `/${b}n${i}/sequence/s`),
      ]);
      expect([201, 422]).toContain(made.status);
      expect([204, 409, 503]).toContain(gone.status);
      const all = await portal.contents('resources');
      const ids = new Set(all.map(({ _id }) => _id));
      for (const { parents = [] } of all as { parents?: string[] }[])
        expect(parents.filter((id) => !ids.has(id))).toEqual([]);
    }
  });
});

describe('PUT /auth/admin/updatePermission', () => {
  it('adds an account to the owners of a manifest and its content, as the last one, and removes it', async () => {
    const b = fresh('b');
    await post(al, b);
    await as(al, 'POST', `/${b}/layer`, { layer: { '@id': `x/${b}/layer/apart` } });
    const manifests = [`${portal.url}/${b}/manifest`];
    for (let i = 0; i < 2; i += 1) {
      const reply = await permission(adm, { collections: [], manifests, username: 'bo', action: 'ADD' });
      expect([reply.status, reply.body]).toEqual([200, UPDATED]);
      expect(await owned('bo', b)).toEqual(PARTS);
    }
    expect(await ownersOf('range', `${portal.url}/${b}/range/r-3`)).toEqual(['al', 'bo']);
    expect(await ownersOf('layer', `${portal.url}/${b}/layer/apart`)).toEqual(['al']);
    for (let i = 0; i < 2; i += 1) {
      expect((await permission(adm, { manifests, username: 'al', action: 'REMOVE' })).status).toBe(200);
      expect(await owned('al', b)).toEqual([]);
    }
    expect(await ownersOf('range', `${portal.url}/${b}/range/r-3`)).toEqual(['bo']);
  });

  it('reaches the sub-collections and manifests of a collection, not their manifests; everything with deep', async () => {
    const [inner, outer, sub, top] = [fresh('m'), fresh('m'), fresh('sub'), fresh('top')];
    for (const b of [inner, outer]) await post(adm, b);
    await postCollection(adm, sub, { manifests: [`${portal.url}/${inner}/manifest`] });
    const atId = await postCollection(adm, top, {
      collections: [`${portal.url}/collections/${sub}`],
      manifests: [`${portal.url}/${outer}/manifest`],
    });
    const add = (more = {}) => permission(adm, { collections: [atId], username: 'al', action: 'ADD', ...more });
    expect((await add()).body).toEqual(UPDATED);
    expect(await owned('al', top)).toEqual(['collection']);
    expect(await owned('al', sub)).toEqual(['collection']);
    expect(await owned('al', outer)).toEqual(PARTS);
    expect(await owned('al', inner)).toEqual([]);
    expect((await add({ recursive: 'deep' })).body).toEqual(UPDATED);
    expect(await owned('al', inner)).toEqual(PARTS);
  });

  it('visits each object once if collections contain each other', async () => {
    const [one, two] = [fresh('ring'), fresh('ring')];
    await postCollection(adm, one);
    const atId = await postCollection(adm, two, { collections: [`${portal.url}/collections/${one}`] });
    const closed = await as(adm, 'PUT', `/collections/${one}`, { collection: { collections: [atId] } });
    expect(closed.status).toBe(200);
    for (const recursive of [undefined, 'deep']) {
      const reply = await permission(adm, { collections: [atId], username: 'al', action: 'ADD', recursive });
      expect([reply.status, reply.body]).toEqual([200, UPDATED]);
    }
    expect((await portal.ask('GET', `/collections/${one}`)).body.total).toBe(1);
    expect((await as(adm, 'DELETE', `/collections/${one}`)).status).toBe(204);
  });

  it('works as in the wiki’s example', async () => {
    await newStaff(portal, adm, 'NEWSTAFF');
    for (const name of ['anatomia', 'insulin']) await postCollection(adm, name);
    for (const b of ['anatomia:RBAI001', 'anatomia:RBAI002']) await post(adm, b, {});
    const body = {
      collections: ['http://localhost:8000/collections/anatomia', 'http://localhost:8000/collections/insulin'],
      manifests: ['http://localhost:8000/anatomia:RBAI001/manifest', 'http://localhost:8000/anatomia:RBAI002/manifest'],
      username: 'NEW STAFF',
      action: 'ADD',
    };
    const reply = await permission(adm, body);
    expect([reply.status, reply.body]).toEqual([200, UPDATED]);
    expect(await owned('NEWSTAFF', 'insulin')).toEqual(['collection']);
    expect(await owned('NEWSTAFF', 'anatomia:RBAI002')).toEqual(['manifest']);
  });

  it('changes nothing if anything is wrong, and reports faults in order', async () => {
    const b = fresh('b');
    await post(al, b);
    const good = [`${portal.url}/${b}/manifest`];
    for (const [body, status, error] of [
      [{ manifests: good }, 422, 'username field is required'],
      [{ manifests: good, username: 7, action: 'ADD' }, 422, 'username must be a string.'],
      [{ manifests: good, username: 'bo' }, 422, "action field is required. Possible values are 'ADD' and 'REMOVE'."],
      [{ manifests: good, username: 'bo', action: 'add' }, 422, "Allowed values for action are 'ADD' and 'REMOVE'."],
      [{ manifests: good, username: 'nobody', action: 'ADD' }, 404, "User with username 'nobody' does not exist."],
      [
        { collections: ['somecollectionID'], manifests: good, username: 'bo', action: 'ADD' },
        404,
        "Collection with @id 'somecollectionID' does not exist.",
      ],
      [
        { manifests: [...good, 'somemanifestID'], username: 'bo', action: 'ADD' },
        404,
        "Manifest with @id 'somemanifestID' does not exist.",
      ],
    ] as const) {
      const reply = await permission(adm, body);
      expect([reply.status, reply.body]).toEqual([status, { error }]);
    }
    // Upstream treats a text as a list of characters.
    expect((await permission(adm, { manifests: good[0], username: 'bo', action: 'ADD' })).status).toBe(422);
    expect(await owned('bo', b)).toEqual([]);
  });

  it('is only for administrators, and for PUT', async () => {
    const body = { username: 'bo', action: 'ADD' };
    expect(await permission(al, body)).toMatchObject({ status: 403, body: { detail: P1 } });
    // Whatever else is wrong with the request.
    for (const wrong of [{}, { username: 1 }, { ...body, manifests: 'x' }]) {
      const denied = { command: 'updateStaffPermissions', outcome: 'denied', actor: { name: 'al' } };
      expect(await permission(al, wrong)).toMatchObject({ status: 403, body: { detail: P1 } });
      expect((await portal.records()).at(-1)).toMatchObject(denied);
    }
    expect(await portal.ask('PUT', '/auth/admin/updatePermission', { body })).toMatchObject({
      status: 401,
      body: NO_CREDENTIALS,
    });
    expect(await as(adm, 'POST', '/auth/admin/updatePermission', body)).toMatchObject({
      status: 405,
      body: { detail: 'Method "POST" not allowed.' },
    });
  });
});

describe('GET /search/{type}/', () => {
  it('finds by the exact name, and reports that it finds nothing', async () => {
    await post(al, fresh('b'));
    for (const name of ['nobody', 'AL', 'a', '']) {
      const { status, body } = await portal.ask('GET', `/search/manifest/?ownedBy=${name}`);
      expect([status, body]).toEqual([404, { error: 'No matching objects found for manifest.' }]);
    }
  });

  it('refuses other queries', async () => {
    for (const path of [
      '/search/manifest/?invalid=cool',
      '/search/user/?x=1',
      '/search/manifest/?ownedBy[$ne]=x',
      '/search/manifest/?owners=x',
    ]) {
      const { status, body } = await portal.ask('GET', path);
      expect([status, body]).toEqual([422, { error: 'The search query format is invalid.' }]);
    }
    expect((await portal.ask('GET', '/search/manifest?ownedBy=al')).status).toBe(405);
  });

  it('refuses an invalid token, although none is needed', async () => {
    const reply = await portal.ask('GET', '/search/manifest/?ownedBy=al', jwt('junk'));
    expect([reply.status, reply.body]).toEqual([401, { detail: 'Error decoding signature.' }]);
  });
});

describe('the top level collection', () => {
  it('contains what belongs to no other collection, and cannot be changed', async () => {
    const name = fresh('c');
    const atId = await postCollection(al, name);
    for (const path of ['/collections', '/collections/UofT']) {
      const { body } = await portal.ask('GET', path);
      expect(body).toMatchObject({ '@id': `${portal.url}/collections/UofT`, label: 'University of Toronto Libraries' });
      expect(body.collections.map((c: Record<string, string>) => c['@id'])).toContain(atId);
    }
    const put = await as(adm, 'PUT', '/collections/UofT', { collection: { label: 'x' } });
    expectEnvelope(put, 412, { error: 'Top level Collection cannot be edited.' });
    const posted = await as(adm, 'POST', '/collections', { collection: { '@id': 'x/collections/UofT' } });
    expectEnvelope(posted, 412, { error: 'Collection name cannot be: UofT.' });
    expect((await as(adm, 'DELETE', '/collections/UofT')).status).toBe(412);
  });

  it('loses a deleted collection with its content', async () => {
    const [b, sub, top] = [fresh('b'), fresh('sub'), fresh('top')];
    await postCollection(al, top, {
      collections: [{ '@id': `x/collections/${sub}`, members: [{ '@id': `x/${b}/manifest`, '@type': 'sc:Manifest' }] }],
    });
    expect(await owned('al', b)).toEqual(['manifest']);
    expect((await as(al, 'DELETE', `/collections/${top}`)).status).toBe(204);
    for (const path of [`/collections/${sub}`, `/${b}/manifest`]) {
      expect((await portal.ask('GET', path)).status).toBe(404);
    }
  });
});

describe('bad input', () => {
  it('is reported, and nothing is partly done', async () => {
    const b = fresh('b');
    const before = (await portal.contents('resources')).length;
    for (const manifest of [
      7,
      [],
      { '@id': 7 },
      { sequences: 'x' },
      { sequences: [{ canvases: [7] }] },
      { ownedBy: 'al' },
      { sequences: Array.from({ length: 50_001 }, () => ({})) },
    ]) {
      const reply = await as(adm, 'POST', `/${b}/manifest`, { manifest });
      expect(reply.status).toBe(422);
      expect(reply.body.responseBody.error).toEqual(expect.any(String));
    }
    const member = await as(al, 'POST', '/collections', { collection: { members: [{ '@type': 'sc:Canvas' }] } });
    expectEnvelope(member, 422, { error: 'Field @type must be sc:Collection or sc:Manifest.' });
    for (const body of [{}, { sequence: {} }]) {
      expect((await as(al, 'POST', `/${b}/manifest`, body)).status).toBe(400);
    }
    expect((await portal.contents('resources')).length).toBe(before);
  });

  it('never reaches a filter or a prototype', async () => {
    const reply = await as(al, 'POST', '/$where/manifest', { manifest: {} });
    expect(reply.status).not.toBe(201);
    const b = fresh('b');
    await post(al, b, { $set: { owners: ['bo'] }, 'a.b': 1, owners: ['bo'], type: 'workspace' });
    expect(await ownersOf('manifest', `${portal.url}/${b}/manifest`)).toEqual(['al']);
    expect((await portal.ask('GET', `/${b}/manifest`)).body).toMatchObject({ 'a.b': 1, owners: ['bo'] });
    expect(({} as Record<string, unknown>).owners).toBeUndefined();
  });

  it('includes deleting the audit, which stays', async () => {
    for (const who of [al, adm]) {
      const reply = await as(who, 'DELETE', '/activity');
      expect([reply.status, reply.body]).toEqual([403, { detail: P1 }]);
    }
    expect((await portal.ask('DELETE', '/activity')).status).toBe(401);
  });
});

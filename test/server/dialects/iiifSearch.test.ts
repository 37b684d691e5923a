import { describe, expect, it } from 'vitest';
import { shortId } from '../../../src/identity/principal.ts';
import { openLibrary } from './iiifLibrary.ts';
import { jwt, newStaff } from './iiifStaff.ts';

/** Searches by the fields of objects, by their owners, and in the texts of a manifest. */

const { portal, adm, al, fresh, as } = await openLibrary();

async function found(query: string, type = 'manifest'): Promise<string[]> {
  const { status, body } = await portal.ask('GET', `/search/${type}/?${query}`);
  if (status === 404) {
    expect(body).toEqual({ error: `No matching objects found for ${type}.` });
    return [];
  }
  expect([query, status]).toEqual([query, 200]);
  return body.map((object: Record<string, string>) => object['@id']?.slice(portal.url.length));
}

describe('a search by fields', () => {
  it('finds objects with the text in that field and in no other, in upper or lower case', async () => {
    const b = fresh();
    const word = `Wörd(${b})"`;
    const sent = [
      { label: `A ${word}` },
      { description: `with ${word.toUpperCase()} in it` },
      { description: { '@value': word, '@language': 'en' } },
      { metadata: [{ label: 'description', value: word }], attribution: 'x', description: 'other' },
      { attribution: word, description: 'more' },
    ];
    for (const [i, manifest] of sent.entries()) await as(al, 'POST', `/${b}n${i}/manifest`, { manifest });
    const asked = encodeURIComponent(word);
    expect(await found(`label=${asked}`)).toEqual([`/${b}n0/manifest`]);
    expect(await found(`description=${asked}`)).toEqual([`/${b}n1/manifest`, `/${b}n2/manifest`]);
    expect(await found(`description%3D${asked}`)).toHaveLength(2);
    expect(await found(`attribution=${asked}`)).toEqual([`/${b}n4/manifest`]);
    expect(await found(`attribution=${asked}&description=MORE`)).toEqual([`/${b}n4/manifest`]);
    expect(await found(`attribution=${asked}&description=less`)).toEqual([]);
    expect(await found(`identifier=${b}N3`)).toEqual([`/${b}n3/manifest`]);
  });

  it('takes identifier and name as in the paths of the type', async () => {
    const b = fresh();
    for (const name of ['c1', 'c2', 'd1'])
      await as(al, 'POST', `/${b}/canvas`, { canvas: { '@id': `x/${b}/canvas/${name}` } });
    await as(al, 'POST', '/collections', { collection: { '@id': `x/collections/${b}` } });
    expect(await found(`identifier=${b}&name=c`, 'canvas')).toEqual([`/${b}/canvas/c1`, `/${b}/canvas/c2`]);
    expect(await found(`name=${b}`, 'canvas')).toEqual([]);
    expect(await found(`name=${b}`, 'collection')).toEqual([`/collections/${b}`]);
  });

  it('is paged, oldest first', async () => {
    const b = fresh();
    const names = Array.from({ length: 60 }, (_, i) => `n${String(59 - i).padStart(2, '0')}`);
    for (const part of [names.slice(0, 1), names.slice(1)]) {
      const canvases = part.map((name) => ({ '@id': `x/canvas/${name}`, description: `Page of ${b}` }));
      await as(al, 'POST', `/${b}/sequence`, { sequence: { '@id': `x/${b}/sequence/s${part.length}`, canvases } });
    }
    const first = await portal.ask('GET', `/search/canvas/?description=page of ${b}`);
    const [, next = ''] = /<([^>]*)>; rel="next"/.exec(first.headers.get('link') ?? '') ?? [];
    const second = await portal.ask('GET', next.slice(portal.url.length));
    const all = [...first.body, ...second.body].map((c: Record<string, string>) => c['@id']?.split('/').at(-1));
    expect([first.body.length, all[0], new Set(all).size]).toEqual([50, 'n59', 60]);
  });

  it.each([
    ['manifest', 'invalid=x'],
    ['manifest', 'height=5'],
    ['manifest', 'hidden=true'],
    ['manifest', 'name=x'],
    ['collection', 'identifier=x'],
    ['canvas', '__proto__=x'],
    ['canvas', '$where=1'],
    ['canvas', 'data.label=x'],
    ['annotation', 'page=0'],
    ['user', 'label=x'],
  ])('refuses other queries: %s by %s', async (type, query) => {
    const { status, body } = await portal.ask('GET', `/search/${type}/?${query}`);
    expect([status, body]).toEqual([422, { error: 'The search query format is invalid.' }]);
  });
});

describe('a search by owner', () => {
  it('accepts the name with spaces, as it was written', async () => {
    const b = fresh();
    const made = await as(adm, 'POST', '/auth/staff', {
      username: `NEW ${b}`,
      email: `${b}@example.org`,
      password: 'p',
    });
    await as(al, 'POST', `/${b}/manifest`, { manifest: { sequences: [{ canvases: [{ '@id': 'x/canvas/c' }] }] } });
    const add = { manifests: [`${portal.url}/${b}/manifest`], username: `NEW ${b}`, action: 'ADD' };
    expect((await as(adm, 'PUT', '/auth/admin/updatePermission', add)).status).toBe(200);
    for (const name of [`NEW${b}`, `NEW ${b}`, `NEW+${b}`, `NEW%20${b}`]) {
      expect(await found(`ownedBy=${name}`)).toEqual([`/${b}/manifest`]);
      expect(await found(`ownedBy%3D${name}`, 'canvas')).toEqual([`/${b}/canvas/c`]);
    }
    expect(await found(`ownedBy=new${b}`)).toEqual([]);
    const login = await portal.ask('POST', '/login', { body: { username: `NEW ${b}`, password: 'p' } });
    const own = { headers: { authorization: `JWT ${login.body.token}` } };
    expect((await portal.ask('PUT', `/${b}/manifest`, { body: { manifest: { label: 'Mine' } }, ...own })).status).toBe(
      200,
    );
    const set = await as(adm, 'PUT', `/${b}/manifest`, { manifest: { ownedBy: [`N E W ${b}`] } });
    expect([set.status, await found(`ownedBy=NEW${b}`)]).toEqual([200, [`/${b}/manifest`]]);
    await as(adm, 'PUT', `/auth/staff/${made.body.id}`, { username: `OTHER ${b}` });
    expect(await found(`ownedBy=OTHER ${b}`)).toEqual([`/${b}/manifest`]);
  });

  it('finds what a closed account owned by its name, or by name and id if others had the name too', async () => {
    const b = fresh();
    const wireNames: string[] = [];
    for (const i of [1, 2]) {
      const gone = await newStaff(portal, adm, `gone${b}`);
      wireNames.push(`gone${b}~${shortId(gone.id)}`);
      await as(gone, 'POST', `/${b}n${i}/manifest`, { manifest: {} });
      await as(adm, 'DELETE', `/auth/staff/${gone.id}`);
    }
    const [first = '', second = ''] = wireNames;
    expect(await found(`ownedBy=gone${b}`)).toEqual([`/${b}n1/manifest`, `/${b}n2/manifest`]);
    expect(await found(`ownedBy=${first}`)).toEqual([`/${b}n1/manifest`]);
    expect(await found(`ownedBy=${second}`)).toEqual([`/${b}n2/manifest`]);
    expect(await found(`ownedBy=gone${b}~none`)).toEqual([]);
    // The name means its present holder, who inherits nothing from former ones.
    const living = await newStaff(portal, adm, `gone${b}`);
    await as(living, 'POST', `/${b}n3/manifest`, { manifest: {} });
    expect(await found(`ownedBy=gone${b}`)).toEqual([`/${b}n3/manifest`]);
    const manifests = [1, 2].map((i) => `${portal.url}/${b}n${i}/manifest`);
    const remove = { manifests, username: first, action: 'REMOVE' };
    expect((await as(adm, 'PUT', '/auth/admin/updatePermission', remove)).status).toBe(200);
    expect([await found(`ownedBy=${first}`), await found(`ownedBy=${second}`)]).toEqual([[], [`/${b}n2/manifest`]]);
  });
});

describe('a search within a manifest', () => {
  const text = (name: string, chars: string, more: object = {}) => ({
    '@id': `x/annotation/${name}`,
    motivation: 'sc:painting',
    resource: { '@type': 'cnt:ContentAsText', chars },
    ...more,
  });
  const book = {
    sequences: [
      {
        '@id': 'x/sequence/s1',
        canvases: [
          { '@id': 'x/canvas/c1', images: [text('a1', 'The Book of hours'), text('a2', 'nothing here')] },
          {
            '@id': 'x/canvas/c2',
            images: [
              text('a3', 'an image', { motivation: ['sc:painting', 'oa:tagging'] }),
              text('secret', 'a book, hidden', { hidden: true }),
            ],
            otherContent: [
              { '@id': 'x/list/l1', resources: [text('a4', 'bookbinding', { motivation: 'oa:commenting' })] },
            ],
          },
          { '@id': 'x/canvas/c3', hidden: true, images: [text('a5', 'book on a hidden page')] },
        ],
      },
      {
        '@id': 'x/sequence/s2',
        canvases: [
          'x/canvas/c1',
          {
            '@id': 'x/canvas/c4',
            images: [
              text('a6', 'late book'),
              { '@id': 'x/annotation/a7', resource: { '@id': 'https://example.org/i.jpg', '@type': 'dctypes:Image' } },
            ],
          },
        ],
      },
    ],
    structures: [
      {
        '@id': 'x/range/r1',
        canvases: ['x/canvas/c2', { '@id': 'x/canvas/c5', images: [text('a8', 'book of a range')] }],
        ranges: ['x/range/r2'],
      },
      { '@id': 'x/range/r2', ranges: ['x/range/r1'] },
    ],
  };

  const within = async (b: string, query: string) => portal.ask('GET', `/${b}/manifest/search/?${query}`);
  const names = (body: { resources?: Record<string, string>[] }) =>
    (body.resources ?? []).map((r) => r['@id']?.split('/').at(-1));

  it('finds the annotations with any of the words, in the order of the manifest and without hidden ones', async () => {
    const b = fresh();
    expect((await as(al, 'POST', `/${b}/manifest`, { manifest: book })).status).toBe(201);
    const reply = await within(b, 'q=BOOK image');
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(reply.headers.get('access-control-allow-origin')).toBe('*');
    expect(names(reply.body)).toEqual(['a1', 'a3', 'a4', 'a6', 'a8']);
    expect(reply.body).toMatchObject({
      '@context': 'http://iiif.io/api/presentation/2/context.json',
      '@id': `${portal.url}/${b}/manifest/search/?q=BOOK%20image`,
      '@type': 'sc:AnnotationList',
    });
    expect(reply.body.resources[0]).toEqual({
      '@context': 'http://iiif.io/api/presentation/2/context.json',
      '@id': `${portal.url}/${b}/annotation/a1`,
      '@type': 'oa:Annotation',
      motivation: 'sc:painting',
      on: `${portal.url}/${b}/canvas/c1`,
      resource: { '@type': 'cnt:ContentAsText', chars: 'The Book of hours' },
    });
    expect(names((await within(b, 'q=book&motivation=commenting')).body)).toEqual(['a4']);
    expect(names((await within(b, 'q=image+hours&motivation=TAGGING')).body)).toEqual(['a3']);
    expect(names((await within(b, 'q=https://example.org/i.jpg')).body)).toEqual(['a7']);
    expect(names((await within(b, 'q=book&motivation=nothing')).body)).toEqual([]);
    expect(names((await within(b, 'q=.*')).body)).toEqual([]);
  });

  it('reports what is missing', async () => {
    const b = fresh();
    await as(al, 'POST', `/${b}/manifest`, { manifest: {} });
    for (const query of ['motivation=painting', 'q=', 'q=+']) {
      const reply = await within(b, query);
      expect([reply.status, reply.body]).toEqual([422, { error: "The parameter 'q' is required." }]);
    }
    const nowhere = await within('none', 'q=x');
    expect([nowhere.status, nowhere.body]).toEqual([404, { error: "'none' does not have a Manifest." }]);
    expect((await portal.ask('GET', `/${b}/manifest/search/?q=x`, jwt('junk'))).status).toBe(401);
  });

  it('finds long texts, and many on one page', async () => {
    const b = fresh();
    const images = Array.from({ length: 450 }, (_, i) =>
      text(`n${i}`, i % 100 === 0 ? `${'x'.repeat(6_000)} needle` : 'hay'),
    );
    const canvases = [
      { '@id': 'x/canvas/c1', images },
      { '@id': 'x/canvas/c2', images: [text('last', 'needle')] },
    ];
    await as(al, 'POST', `/${b}/manifest`, { manifest: { sequences: [{ canvases }] } });
    expect(names((await within(b, 'q=needle')).body)).toEqual(['n0', 'n100', 'n200', 'n300', 'n400', 'last']);
  });
});

import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { LONG } from '../../support/long.ts';
import { openLibrary } from './iiifLibrary.ts';
import { jwt, newStaff } from './iiifStaff.ts';
import type { PortalReply } from './portal.ts';

/** An `@id` means an object by its path, whatever the host and prefix; two different `@id`s never mean one object. */

const { portal, adm, al, fresh, as } = await openLibrary();
const stored = async () => (await portal.contents('resources')).length;

/** A request as al, with another Host header, which `fetch` does not allow. */
async function through(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: PortalReply['body'] }> {
  const headers = { host: 'library.example.org:8080', ...jwt(al.token).headers, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const sent = request(portal.url + path, { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
    });
    sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** A manifest whose canvases and annotations have these `@id`s. */
const bookOf = (canvases: readonly string[], annotations: readonly string[] = []) => ({
  sequences: [
    {
      '@id': 'x/sequence/s',
      canvases: canvases.map((atId, i) => ({
        '@id': atId,
        label: atId,
        ...(annotations[i] === undefined ? {} : { images: [{ '@id': annotations[i] }] }),
      })),
    },
  ],
});

describe('different @ids with the same end', () => {
  it.each([
    ['annotations', ['x/canvas/c1', 'x/canvas/c2'], ['h/1/painting/anno', 'h/2/painting/anno'], '/annotation/anno'],
    ['canvases', ['https://lib.example.org/p1/canvas', 'https://lib.example.org/p2/canvas'], [], '/canvas/canvas'],
  ])('of %s are refused with both @ids, and nothing is made', async (_, canvases, annotations, path) => {
    const b = fresh();
    const before = await stored();
    const reply = await as(al, 'POST', `/${b}/manifest`, { manifest: bookOf(canvases, annotations) });
    const [first, second] = annotations.length > 0 ? annotations : canvases;
    expect([reply.status, reply.body.responseBody.error]).toEqual([
      422,
      `The @ids '${first}' and '${second}' are different, but both would become '/${b}${path}' here.`,
    ]);
    expect(await stored()).toBe(before);
  });

  it('of manifests in a collection do not overwrite a manifest', async () => {
    const v = fresh();
    await as(al, 'POST', `/${v}/manifest`, { manifest: { label: 'Mine' } });
    const before = await stored();
    for (const manifests of [[`h/${v}/b1`, `h/${v}/b2`], [`h/${v}/b1`]]) {
      const reply = await as(al, 'POST', '/collections', { collection: { manifests } });
      expect([reply.status, reply.body.responseBody.error]).toEqual([422, expect.stringContaining(`h/${v}/b1'`)]);
    }
    expect(await stored()).toBe(before);
    expect((await portal.ask('GET', `/${v}/manifest`)).body.label).toBe('Mine');
  });

  it('are refused in later requests too, while the first one keeps its object', async () => {
    const b = fresh();
    const post = bookOf(['x/canvas/c1'], ['h/1/painting/anno']);
    expect((await as(al, 'POST', `/${b}/manifest`, { manifest: post })).status).toBe(201);
    const own = `${portal.url}/${b}/annotation/anno`;
    for (const [atId, status] of [
      ['h/2/painting/anno', 422],
      ['https://other.example.org/h/1/painting/anno', 200],
      [own, 200],
      [`https://proxy.example.org/iiif/${b}/annotation/anno`, 200],
    ] as const) {
      const canvas = { images: [{ '@id': atId, label: atId }] };
      const reply = await as(al, 'PUT', `/${b}/canvas/c1`, { canvas });
      expect([atId, reply.status]).toEqual([atId, status]);
      if (status === 422) expect(reply.body.responseBody.error).toContain(`'h/2/painting/anno'`.slice(1, -1));
    }
    const { images } = (await portal.ask('GET', `/${b}/canvas/c1`)).body;
    expect(images).toHaveLength(1);
    expect(images[0]['@id']).toBe(own);
  });

  it('are accepted if the identifier or the name differs', async () => {
    const b = fresh();
    const manifest = bookOf(['h/p1/canvas/c1', 'h/p1/canvas/c2'], ['h/1/anno/a', 'h/1/anno/b']);
    expect((await as(al, 'POST', `/${b}/manifest`, { manifest })).status).toBe(201);
    const { sequences } = (await portal.ask('GET', `/${b}/manifest`)).body;
    expect(sequences[0].canvases.map((c: Record<string, string>) => c.label)).toEqual([
      'h/p1/canvas/c1',
      'h/p1/canvas/c2',
    ]);
  });
});

describe('another host', () => {
  const elsewhere = (path: string) => through('GET', path);

  it('shows the same objects, with links of its own', async () => {
    const b = fresh();
    await as(al, 'POST', `/${b}/manifest`, { manifest: bookOf(['x/canvas/c1'], ['x/annotation/a1']) });
    const base = 'http://library.example.org:8080';
    for (const [path, view] of [
      [
        `/${b}/manifest`,
        { '@id': `${base}/${b}/manifest`, sequences: [{ canvases: [{ '@id': `${base}/${b}/canvas/c1` }] }] },
      ],
      [`/${b}/canvas/c1`, { images: [{ '@id': `${base}/${b}/annotation/a1`, on: `${base}/${b}/canvas/c1` }] }],
      [`/${b}/canvas`, [{ '@id': `${base}/${b}/canvas/c1` }]],
    ] as const) {
      const { status, body } = await elsewhere(path);
      expect([path, status, body]).toMatchObject([path, 200, view]);
    }
    const found = await elsewhere('/search/manifest/?ownedBy=al');
    expect(found.body.map((m: Record<string, string>) => m['@id'])).toContain(`${base}/${b}/manifest`);
  });

  it('makes nothing twice, and works for every change', async () => {
    const b = fresh();
    await as(al, 'POST', `/${b}/manifest`, { manifest: { label: 'Here' } });
    const again = await through('POST', `/${b}/manifest`, { manifest: {} });
    expect(again.status).toBe(422);
    const put = await through('PUT', `/${b}/manifest`, { manifest: { label: 'There' } });
    expect(put.status).toBe(200);
    expect((await portal.ask('GET', `/${b}/manifest`)).body.label).toBe('There');
    const add = { manifests: [`https://gone.example.org/${b}/manifest`], username: 'adm', action: 'ADD' };
    expect((await as(adm, 'PUT', '/auth/admin/updatePermission', add)).status).toBe(200);
    const view = await portal.run('getResource', {
      type: 'manifest',
      externalId: `https://any.example.org/${b}/manifest`,
    });
    expect([view.externalId, view.owners.map((o: { owner: string }) => o.owner)]).toEqual([
      `/${b}/manifest`,
      ['al', 'adm'],
    ]);
  });
});

describe('an @id that no route can reach', () => {
  it.each([
    'console',
    'audit',
    'administer',
    'metrics',
    'healthz',
    'readyz',
    'openapi.json',
    'api',
    'docs',
    'login',
    'auth',
    'collections',
    '..',
    '.',
  ])('is refused if its identifier is %s', async (identifier) => {
    const b = fresh();
    const manifest = { '@id': `https://h.example.org/${identifier}/manifest` };
    const before = await stored();
    const posted = await as(adm, 'POST', `/${b}/manifest`, { manifest });
    expect([posted.status, posted.body.responseBody.error]).toEqual([
      422,
      { identifier: [expect.stringContaining(`/${identifier}/manifest'`)] },
    ]);
    await as(adm, 'POST', `/${b}/manifest`, { manifest: {} });
    expect((await as(adm, 'PUT', `/${b}/manifest`, { manifest })).status).toBe(422);
    const member = await as(adm, 'POST', '/collections', { collection: { manifests: [manifest] } });
    expect(member.status).toBe(422);
    const range = await as(adm, 'POST', `/${identifier}/range`, { range: {} });
    expect(range.status).not.toBe(201);
    expect(await stored()).toBe(before + 1);
    const made = { type: 'manifest', name: 'x', externalId: `/${identifier}/manifest` };
    await expect(portal.run('createResource', made)).rejects.toThrow(/must end in/);
  });

  it('is refused if it is the top collection’s', async () => {
    await as(adm, 'POST', '/collections', { collection: { '@id': 'x/collections/mine' } });
    const uoft = { '@id': 'x/collections/UofT' };
    expect((await as(adm, 'PUT', '/collections/mine', { collection: uoft })).status).toBe(412);
    expect((await as(adm, 'PUT', '/collections/mine', { collection: { collections: [uoft] } })).status).toBe(412);
  });

  it('is refused if its name is not allowed', async () => {
    const canvas = { '@id': `https://h.example.org/b/canvas/${'x'.repeat(201)}` };
    const { status, body } = await as(adm, 'POST', '/b/canvas', { canvas });
    expect([status, body.responseBody.error]).toEqual([
      422,
      { name: [expect.stringContaining('1 to 200 characters')] },
    ]);
  });

  it.each(['my book', 'b$1', 'b;1', 'b%2F1', 'b%'])('is refused with characters such as in %s', async (identifier) => {
    const manifest = { '@id': `https://h.example.org/${identifier}/manifest` };
    expect((await as(adm, 'POST', `/${fresh()}/manifest`, { manifest })).status).toBe(422);
  });
});

describe('the @id of a collection', () => {
  it('may have the form that the Presentation API recommends', async () => {
    const [parent, child] = [fresh(), fresh()];
    const collections = [`https://h.example.org/iiif/collection/${child}`];
    await as(al, 'POST', '/collections', { collection: { '@id': `x/collections/${child}` } });
    const made = await as(al, 'POST', '/collections', {
      collection: { '@id': `https://h.example.org/iiif/collection/${parent}`, collections },
    });
    expect([made.status, made.body.responseBody['@id']]).toEqual([201, `${portal.url}/collections/${parent}`]);
  });
});

describe('an identifier or a name with . @ + ~ ! = ,', () => {
  it.each(['my.book', 'a@b', 'a+b', 'a~b', 'v1.0,x=1!'])('works on all routes: %s', async (word) => {
    const manifest = bookOf([`x/canvas/${word}`]);
    expect((await as(al, 'POST', `/${word}/manifest`, { manifest })).status).toBe(201);
    for (const path of [`/${word}/manifest`, `/${word}/canvas/${word}`, `/${word}/canvas`]) {
      expect([path, (await portal.ask('GET', path)).status]).toEqual([path, 200]);
    }
    expect((await as(al, 'PUT', `/${word}/canvas/${word}`, { canvas: { label: 'x' } })).status).toBe(200);
    expect((await as(al, 'DELETE', `/${word}/manifest`)).status).toBe(204);
    expect((await portal.ask('GET', `/${word}/manifest`)).status).toBe(404);
  });

  it('may be escaped in an @id', async () => {
    const b = fresh();
    await as(al, 'POST', `/${b}/manifest`, { manifest: bookOf(['x/canvas/c%2E1', 'x/canvas/c2']) });
    expect((await portal.ask('GET', `/${b}/canvas/c.1`)).status).toBe(200);
  });
});

describe('an owner whose account is closed', () => {
  it('is found and removed by name, so that the other owner may delete', async () => {
    const b = fresh();
    const gone = await newStaff(portal, adm, `gone${b}`);
    await as(al, 'POST', `/${b}/manifest`, { manifest: {} });
    const change = (action: string) => ({
      manifests: [`${portal.url}/${b}/manifest`],
      username: gone.name,
      action,
    });
    expect((await as(adm, 'PUT', '/auth/admin/updatePermission', change('ADD'))).status).toBe(200);
    expect((await as(adm, 'DELETE', `/auth/staff/${gone.id}`)).status).toBe(200);
    expect((await as(adm, 'PUT', '/auth/admin/updatePermission', change('ADD'))).status).toBe(404);
    const found = await portal.ask('GET', `/search/manifest/?ownedBy=${gone.name}`);
    expect(found.body.map((m: Record<string, string>) => m['@id'])).toEqual([`${portal.url}/${b}/manifest`]);
    expect((await as(adm, 'PUT', '/auth/admin/updatePermission', change('REMOVE'))).status).toBe(200);
    expect((await as(al, 'DELETE', `/${b}/manifest`)).status).toBe(204);
  });
});

describe('a hidden object', () => {
  it('is left out of its parents, and shown by itself, until it is visible again', async () => {
    const b = fresh();
    const book = bookOf(['x/canvas/c1', 'x/canvas/c2']);
    await as(al, 'POST', `/${b}/manifest`, { manifest: book });
    const canvases = async () =>
      (await portal.ask('GET', `/${b}/sequence/s`)).body.canvases?.map((c: Record<string, string>) => c.label);
    await as(al, 'PUT', `/${b}/canvas/c1`, { canvas: { hidden: true } });
    expect(await canvases()).toEqual(['x/canvas/c2']);
    expect((await portal.ask('GET', `/${b}/canvas/c1`)).status).toBe(200);
    await as(al, 'PUT', `/${b}/canvas/c1`, { canvas: { hidden: false } });
    expect(await canvases()).toEqual(['x/canvas/c1', 'x/canvas/c2']);
    await as(al, 'POST', `/${fresh()}/manifest`, { manifest: { label: 'Shown' } });
    await as(al, 'PUT', `/${b}/manifest`, { manifest: { hidden: true } });
    const top = (await portal.ask('GET', '/collections')).body.manifests;
    expect(top.map((m: Record<string, string>) => m['@id'])).not.toContain(`${portal.url}/${b}/manifest`);
  });
});

describe('the order of ranges', () => {
  it('is that of the request, for each parent', async () => {
    const b = fresh();
    const names = ['top', 'ch1', 'ch2', 'ch3'];
    const structures = names.map((name) => ({
      ...{ '@id': `x/range/${name}`, label: name },
      ...(name === 'top' ? { ranges: ['x/range/ch3', 'x/range/ch1', 'x/range/ch2'] } : {}),
    }));
    await as(al, 'POST', `/${b}/manifest`, { manifest: { structures } });
    const shown = (await portal.ask('GET', `/${b}/manifest`)).body.structures;
    expect(shown.map((r: Record<string, string>) => r.label)).toEqual(names);
    expect(shown[0].members.map((r: Record<string, string>) => r.label)).toEqual(['ch3', 'ch1', 'ch2']);
  });
});

describe('a search', () => {
  it('finds labels in upper or lower case, oldest first, page by page', async () => {
    const word = fresh();
    const manifests = Array.from({ length: 60 }, (_, i) => ({
      '@id': `x/${word}n${String(i).padStart(2, '0')}/manifest`,
      label: `A (${word}) number ${i}`,
    }));
    await as(al, 'POST', '/collections', { collection: { '@id': `x/collections/${word}`, manifests } });
    const path = `/search/manifest/?label=(${word.toUpperCase()})&ownedBy=a l`;
    const first = await portal.ask('GET', path);
    const [, next = ''] = /<([^>]*)>; rel="next"/.exec(first.headers.get('link') ?? '') ?? [];
    const second = await portal.ask('GET', next.slice(portal.url.length));
    expect([...first.body, ...second.body].map((m: Record<string, string>) => m.label)).toEqual(
      manifests.map(({ label }) => label),
    );
    expect(second.headers.get('link')).toBeNull();
  });
});

const CANVASES = LONG ? 2_500 : 60;

describe(`a manifest of ${CANVASES} canvases`, () => {
  it('is made, shared, changed and deleted', async () => {
    const b = fresh();
    const each = Array.from({ length: CANVASES }, (_, i) => i);
    const manifest = {
      ...bookOf(
        each.map((i) => `x/canvas/c${i}`),
        each.map((i) => `x/annotation/a${i}`),
      ),
      structures: [{ '@id': 'x/range/all', canvases: each.map((i) => `x/canvas/c${i}`) }],
    };
    expect((await as(al, 'POST', `/${b}/manifest`, { manifest })).status).toBe(201);
    const add = { manifests: [`${portal.url}/${b}/manifest`], username: 'adm', action: 'ADD' };
    expect((await as(adm, 'PUT', '/auth/admin/updatePermission', add)).status).toBe(200);
    expect((await as(al, 'PUT', `/${b}/manifest`, { manifest })).status).toBe(200);
    expect((await portal.ask('GET', `/${b}/manifest`)).body.structures[0].members).toHaveLength(CANVASES);
    expect((await as(adm, 'DELETE', `/${b}/manifest`)).status).toBe(204);
    expect((await portal.ask('GET', `/${b}/canvas/c7`)).status).toBe(404);
  }, 300_000);
});

describe('a viewer on another site', () => {
  it.each(['/collections', '/viewed/manifest', '/viewed/canvas/c1', '/missing/manifest'])(
    'may read %s',
    async (path) => {
      await as(al, 'POST', '/viewed/manifest', { manifest: bookOf(['x/canvas/c1']) });
      const reply = await portal.ask('GET', path, { headers: { origin: 'https://viewer.example.org' } });
      expect(reply.headers.get('access-control-allow-origin')).toBe('*');
      expect(reply.headers.get('access-control-allow-credentials')).toBeNull();
    },
  );
});

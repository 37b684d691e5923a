import { describe, expect, it } from 'vitest';
import { iiif } from '../../../src/server/dialects/iiif.ts';
import { openLibrary } from './iiifLibrary.ts';
import { jwt } from './iiifStaff.ts';

/** The types of the fields of IIIF objects, and the shapes in which requests are refused. */

const { portal, adm, al, fresh, as } = await openLibrary();

const TEXT = 'Not a valid string.';
const INTEGER = 'A valid integer is required.';
const URL_ = 'Enter a valid URL.';

describe('a field of the wrong type', () => {
  it.each([
    ['manifest', 'viewingHint', ['paged'], TEXT],
    ['manifest', 'viewingDirection', true, TEXT],
    ['manifest', 'navDate', {}, TEXT],
    ['manifest', 'license', ['https://example.org/l'], TEXT],
    ['manifest', 'metadata', 'x', 'Expected a list of items but got type "str".'],
    ['manifest', 'metadata', {}, 'Expected a list of items but got type "dict".'],
    ['manifest', 'hidden', 'perhaps', '"perhaps" is not a valid boolean.'],
    ['sequence', 'startCanvas', 'c1', URL_],
    ['canvas', 'height', 'tall', INTEGER],
    ['canvas', 'width', 1.5, INTEGER],
    ['canvas', 'height', true, INTEGER],
    ['annotation', 'viewingHint', [], TEXT],
    ['annotationList', 'startIndex', {}, INTEGER],
    ['range', 'contentLayer', 'javascript:alert(1)', URL_],
    ['layer', 'total', [], INTEGER],
  ])('of a %s is refused by name: %s', async (key, field, value, message) => {
    const b = fresh();
    const path = key === 'manifest' ? `/${b}/manifest` : `/${b}/${key === 'annotationList' ? 'list' : key}`;
    const { status, body } = await as(al, 'POST', path, { [key]: { [field]: value } });
    expect([status, body]).toEqual([422, { responseCode: 422, responseBody: { error: { [field]: [message] } } }]);
  });

  it('of a collection is refused too, in a PUT as in a POST', async () => {
    const collection = { '@id': `x/collections/${fresh()}`, total: '7 books', viewingHint: {} };
    const made = await as(al, 'POST', '/collections', { collection });
    const wrong = { total: [INTEGER], viewingHint: [TEXT] };
    expect([made.status, made.body.responseBody.error]).toEqual([422, wrong]);
    await as(al, 'POST', '/collections', { collection: { '@id': 'x/collections/typed' } });
    const changed = await as(al, 'PUT', '/collections/typed', { collection: { total: [] } });
    expect([changed.status, changed.body.responseBody.error]).toEqual([422, { total: [INTEGER] }]);
  });

  it('in any part refuses the whole object', async () => {
    const b = fresh();
    const before = (await portal.contents('resources')).length;
    const images = [{ '@id': 'x/annotation/a', viewingHint: ['x'] }];
    for (const manifest of [
      { sequences: [{ canvases: [{ '@id': 'x/canvas/c', images }] }] },
      {
        structures: [
          { '@id': 'x/range/r', members: [{ '@type': 'sc:Canvas', '@id': 'x/canvas/c', viewingHint: ['x'] }] },
        ],
      },
    ]) {
      const { status, body } = await as(al, 'POST', `/${b}/manifest`, { manifest });
      expect([status, body.responseBody.error]).toEqual([422, { viewingHint: [TEXT] }]);
    }
    expect((await portal.contents('resources')).length).toBe(before);
  });

  it('is reported by the command with its object', async () => {
    const params = {
      base: portal.url,
      type: 'canvas',
      identifier: 'b',
      object: { '@id': 'x/b/canvas/c1', height: 'x' },
    };
    await expect(portal.run('createIiifObject', params)).rejects.toThrow(
      'Canvas /b/canvas/c1: height: A valid integer',
    );
  });
});

describe('a field of another, convertible type', () => {
  it('is stored as what it means, and an unknown field as it is', async () => {
    const b = fresh();
    const sent = {
      ...{ height: '1000', width: 800.0, license: 5, viewingHint: null, hidden: 'false' },
      ...{ label: { '@value': 'C', '@language': 'en' }, thumbnail: 'https://example.org/t.jpg', colour: ['x'] },
    };
    expect((await as(al, 'POST', `/${b}/canvas`, { canvas: { '@id': `x/${b}/canvas/c`, ...sent } })).status).toBe(201);
    expect((await portal.ask('GET', `/${b}/canvas/c`)).body).toMatchObject({
      ...{ height: 1000, width: 800, license: '5', label: sent.label },
      ...{ thumbnail: sent.thumbnail, colour: ['x'] },
    });
  });
});

describe('an unreadable body', () => {
  it.each(['{bad', '[]', '"x"', ''])('is an error in the format of objects: %s', async (body) => {
    const reply = await as(al, 'POST', `/${fresh()}/manifest`, body);
    expect([reply.status, reply.body]).toEqual([400, { error: expect.stringMatching(/^JSON parse error - /) }]);
  });

  it.each(['{bad', '[]', ''])('is an error in the format of changes of permissions: %s', async (body) => {
    const reply = await as(adm, 'PUT', '/auth/admin/updatePermission', body);
    expect([reply.status, reply.body]).toEqual([
      400,
      {
        error: 'Something went wrong while performing the action. Make sure the request body is valid.',
        message: expect.stringMatching(/^JSON parse error - /),
      },
    ]);
  });

  it.each([
    [{ manifests: 'x', username: 'al', action: 'ADD' }, 'manifests must be a list of @ids.'],
    [{ collections: [7], username: 'al', action: 'ADD' }, 'collections must be a list of @ids.'],
    [{ username: 'al', action: 'ADD', recursive: 'all' }, "recursive must be 'deep'."],
    [{ username: 'al', action: ['ADD'] }, "Allowed values for action are 'ADD' and 'REMOVE'."],
    [{ username: 'al', action: null, manifests: 'x' }, "Allowed values for action are 'ADD' and 'REMOVE'."],
    [{ manifests: 'x' }, 'username field is required'],
  ])('is reported as by the API: %j', async (body, error) => {
    const reply = await as(adm, 'PUT', '/auth/admin/updatePermission', body);
    expect([reply.status, reply.body]).toEqual([422, { error }]);
  });
});

describe('an error of a command’s schema', () => {
  it('is reported without the name of the command', async () => {
    const long = { collections: Array.from({ length: 10_001 }, () => 'x'), username: 'al', action: 'ADD' };
    const account = { username: 'x'.repeat(5_000), email: 'x@example.org', password: 'p' };
    for (const [verb, path, body] of [
      ['PUT', '/auth/admin/updatePermission', long],
      ['POST', '/auth/staff', account],
    ] as const) {
      const reply = await as(adm, verb, path, body);
      expect([reply.status, reply.text]).toEqual([422, expect.not.stringMatching(/params|updateStaff|createStaff/)]);
    }
  });
});

describe('an anonymous caller', () => {
  const closed = iiif.routes.filter(({ open, credential }) => !open && credential === undefined);

  it.each(closed.map(({ verb, path }) => [verb, path]))(
    'is refused before the body is checked: %s %s',
    async (verb, path) => {
      const filled = path.replaceAll(/\{\w+\}/g, 'x1');
      for (const body of verb === 'GET' ? [undefined] : ['', '{bad', {}]) {
        const reply = await portal.ask(verb, filled, body === undefined ? {} : { body });
        expect([reply.status, reply.body, reply.headers.get('www-authenticate')]).toEqual([
          401,
          { detail: 'Authentication credentials were not provided.' },
          'JWT realm="api"',
        ]);
      }
    },
  );
});

describe('a query that the path does not need', () => {
  it('opens nothing', async () => {
    const body = { username: 'sly', email: 'sly@example.org', password: 'p' };
    expect((await portal.ask('POST', '/auth/staff?x=1', { body })).status).toBe(401);
    const admin = await portal.ask('POST', '/auth/admin?x=1', { body });
    expect([admin.status, admin.body]).toEqual([422, { error: 'Param secretKey is required.' }]);
    expect((await portal.ask('PUT', '/auth/admin/updatePermission?x=1', { body })).status).toBe(401);
  });
});

describe('a readable resource', () => {
  const readable = iiif.routes.filter(({ verb }) => verb === 'GET');

  it.each(readable.map(({ path, open }) => [path, open === true]))(
    'answers HEAD, and pages of other sites if it is public: %s',
    async (path, open) => {
      await as(adm, 'POST', '/read1/manifest', { manifest: {} });
      const filled = path.replace('{type}', 'manifest').replaceAll(/\{\w+\}/g, 'read1');
      const headers = { origin: 'https://viewer.example.org', ...jwt(adm.token).headers };
      const got = await portal.ask('GET', filled, { headers });
      const head = await portal.ask('HEAD', filled, { headers });
      expect([head.status, head.text, head.headers.get('content-type')]).toEqual([got.status, '', 'application/json']);
      for (const { headers: answered } of [got, head]) {
        expect(answered.get('access-control-allow-origin')).toBe(open ? '*' : null);
        expect(answered.get('access-control-allow-credentials')).toBeNull();
      }
      expect(got.text).not.toMatch(/kbase|java|JSONRPC/i);
    },
  );
});

describe('a missing object', () => {
  it.each([
    ['sequence', 'sequence', 'Sequence'],
    ['canvas', 'canvas', 'Canvas'],
    ['annotation', 'annotation', 'Annotation'],
    ['list', 'annotationList', 'AnnotationList'],
    ['range', 'range', 'Range'],
    ['layer', 'layer', 'Layer'],
  ])('is named as by upstream, when it is read and when it is written: %s', async (type, key, label) => {
    const rest = "with name 'none' does not exist in identifier 'b0'.";
    const got = await portal.ask('GET', `/b0/${type}/none`);
    expect([got.status, got.body]).toEqual([404, { error: `${key} ${rest}` }]);
    for (const [verb, body] of [['PUT', { [key]: {} }], ['DELETE']] as const) {
      const written = await as(al, verb, `/b0/${type}/none`, body);
      expect([written.status, written.body.responseBody.error]).toEqual([404, `${label} ${rest}`]);
    }
  });
});

describe('a path that resembles one of the API', () => {
  it.each([
    '/collections/',
    '/collections/a/b',
    '/b1/manifest/',
    '/b1//manifest',
    '/b1/canvas/',
    '/b1/canvas/c/d',
    '/b1/range/a b',
    '/auth/staff/',
    '/auth/nothing',
    '/login/',
    '/search/manifest',
    '/search/a/b/c',
    '/images',
    '/queue',
    '/queue/5',
    '/activity/',
    '/discovery',
    '/discovery-1',
  ])('is answered in the format of the API, whatever the verb: %s', async (path) => {
    for (const verb of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']) {
      const body = verb === 'GET' ? {} : { body: { version: '1.1', method: 'Workspace.ver', params: [] } };
      const reply = await portal.ask(verb, path, { ...body, ...jwt(al.token) });
      expect([verb, reply.status, reply.body, reply.headers.get('allow')]).toEqual([
        verb,
        405,
        { error: 'This API endpoint is invalid.' },
        '',
      ]);
    }
  });

  it('is not a path of JSON-RPC, which has all others', async () => {
    for (const path of ['/services/ws', '/', '/manifest', '/b1/other/manifest']) {
      const body = { version: '1.1', method: 'Workspace.ver', params: [], id: '1' };
      expect((await portal.ask('POST', path, { body })).body.result).toHaveLength(1);
    }
  });
});

import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPortal, type Portal } from './portal.ts';

/** What HTTP requires of all routes, whatever the system. */

const PORTAL = 'https://portal.example.org';
let portal: Portal;
beforeAll(async () => {
  portal = await openPortal({ corsOrigins: [PORTAL] });
  await portal.run('createIiifObject', {
    base: portal.url,
    type: 'manifest',
    identifier: 'head1',
    object: { label: 'Head' },
  });
});
afterAll(() => portal[Symbol.asyncDispose]());

describe('HEAD', () => {
  it.each([
    ['/openapi.json', 200],
    ['/head1/manifest', 200],
    ['/missing1/manifest', 404],
    ['/auth/staff', 401],
    ['/metadata/section/1/', 401],
    ['/api/20210901/catalog', 401],
    ['/datasets?owner=a', 401],
  ])('of %s has the status and the headers of GET, and no body', async (path, status) => {
    const [get, head] = [await portal.ask('GET', path), await portal.ask('HEAD', path)];
    expect([get.status, head.status, head.text]).toEqual([status, status, '']);
    for (const [name, value] of get.headers) {
      // This client closes the connection after HEAD.
      if (!['date', 'connection', 'keep-alive'].includes(name)) expect(head.headers.get(name), name).toBe(value);
    }
  });

  it('is refused where there is no GET, and listed among the allowed verbs', async () => {
    expect((await portal.ask('HEAD', '/login')).status).toBe(405);
    for (const [verb, path] of [
      ['DELETE', '/head1/sequence/normal'],
      ['PUT', '/api/20210901/catalog'],
      ['DELETE', '/metadata/section/1/acl/'],
    ] as const) {
      const { status, headers } = await portal.ask(verb, path, { body: {} });
      if (status === 405) expect(headers.get('allow')).toContain('GET, HEAD');
      else expect(verb).toBe('DELETE');
    }
  });
});

describe('a page of another site', () => {
  const allowed = async (path: string, origin: string) =>
    (await portal.ask('GET', path, { headers: { origin } })).headers.get('access-control-allow-origin');

  it('may read public objects and descriptions, and errors of missing ones', async () => {
    for (const path of ['/head1/manifest', '/missing1/manifest', '/openapi.json', '/search/manifest/?label=Head']) {
      expect(await allowed(path, 'https://viewer.example.org'), path).toBe('*');
    }
  });

  it('may read no other answer, unless its origin is named', async () => {
    for (const path of ['/auth/staff', '/metadata/section/1/', '/api/20210901/catalog', '/datasets?owner=a']) {
      expect(await allowed(path, 'https://viewer.example.org'), path).toBe(null);
      expect(await allowed(path, PORTAL), path).toBe(PORTAL);
    }
  });
});

describe('a request', () => {
  it.each(['/auth/staff', '/account/authenticate/', '/metadata/section/1/acl/', '/head1/manifest'])(
    'to %s with a compressed body is refused with 415',
    async (path) => {
      const response = await fetch(`${portal.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body: gzipSync('{}'),
      });
      expect([response.status, response.headers.get('accept-encoding')]).toEqual([415, 'identity']);
      expect(await response.json()).toBeTypeOf('object');
    },
  );

  it('whose target is a URL reaches the route', async () => {
    const { port } = new URL(portal.url);
    const socket = connect(Number(port), '127.0.0.1');
    const target = 'http://target.example.org/missing1/manifest';
    socket.write(`GET ${target} HTTP/1.1\r\nHost: header.example.org\r\nConnection: close\r\n\r\n`);
    let received = '';
    for await (const chunk of socket) received += chunk;
    expect(received).toMatch(/^HTTP\/1.1 404 .*'missing1' does not have a Manifest\./s);
  });
});

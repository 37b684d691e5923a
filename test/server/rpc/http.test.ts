import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { targetOf } from '../../../src/server/rpc/requestTarget.ts';
import { type OpenDoor, openDoor, until } from './fakeDoor.ts';

let open: OpenDoor;
beforeAll(async () => {
  open = await openDoor({ corsOrigins: ['https://portal.example.org'] });
});
afterAll(() => open[Symbol.asyncDispose]());

const ver = '{"version":"1.1","method":"ver","params":[]}';
const post = (body: string, headers = '', target = '/') =>
  `POST ${target} HTTP/1.1\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** Sends this on a connection of its own, and returns the last answer. */
async function exchange(text: string): Promise<string> {
  const bare = await open.connect();
  bare.send(text.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
  await until(() => bare.closed);
  return bare.received;
}

describe('HEAD', () => {
  it.each(['/healthz', '/readyz', '/healthz?x=1'])('of %s has the headers of GET, and no body', async (path) => {
    const [get, head] = [await open.ask({ method: 'GET', path }), await open.ask({ method: 'HEAD', path })];
    const { date: _, ...headers } = get.headers;
    expect([head.status, head.body]).toEqual([200, '']);
    expect(head.headers).toMatchObject(headers);
  });

  it('of /metrics is answered, and of unknown paths not', async () => {
    const metrics = await open.ask({ method: 'HEAD', path: '/metrics' });
    expect([metrics.status, metrics.body]).toEqual([200, '']);
    expect((await open.ask({ method: 'HEAD', path: '/elsewhere' })).status).toBe(405);
  });

  it.each(['PUT', 'DELETE'])('is among the allowed verbs if %s is refused', async (method) => {
    const { status, headers } = await open.ask({ method, path: '/healthz' });
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD, POST']);
  });
});

describe('a target with a scheme and a host', () => {
  it.each(['http://steward.example.org/healthz', 'HTTP://x:80/healthz?a=1', 'https://[::1]:7058/healthz'])(
    'is routed by its path: %s',
    async (target) => {
      expect(await exchange(`GET ${target} HTTP/1.1\r\nHost: other\r\n\r\n`)).toMatch(/^HTTP\/1.1 200 .*"ok"/s);
    },
  );

  it('is for the host in it, whatever the Host header says', () => {
    const rawHeaders = ['Host', 'header.example.org'];
    expect(targetOf({ url: 'http://target.example.org:81/a/b?c', rawHeaders })).toEqual({
      url: '/a/b?c',
      path: '/a/b',
      host: 'target.example.org:81',
    });
    expect(targetOf({ url: '/a?c', rawHeaders })).toEqual({ url: '/a?c', path: '/a', host: 'header.example.org' });
  });

  it.each(['http://x', 'http://x?y=1'])('without a path is the root: %s', async (target) => {
    expect(await exchange(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`)).toContain('HTTP GET not allowed.');
    expect(await exchange(post(ver, 'Host: x\r\n', target))).toContain('1.2.3');
  });
});

describe('a request that HTTP does not allow', () => {
  it.each([
    ['two Host headers', 'GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['two Host headers that are alike', 'GET /healthz HTTP/1.1\r\nHost: a\r\nhOST: a\r\n\r\n'],
    ['no Host header', 'GET /healthz HTTP/1.1\r\nAccept: */*\r\n\r\n'],
    ['a Host that is none', 'GET /healthz HTTP/1.1\r\nHost: a/b\r\n\r\n'],
    ['a Host with an account', 'GET /healthz HTTP/1.1\r\nHost: me@a\r\n\r\n'],
    ['a target without a slash', 'GET healthz HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a target without a host', 'GET http:///healthz HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['two Host headers before a call', post(ver, 'Host: a\r\nHost: b\r\n')],
  ])('is answered with 400: %s', async (_, text) => {
    const before = open.door.calls.length;
    expect(await exchange(text)).toMatch(/^HTTP\/1.1 400 /);
    expect(open.door.calls).toHaveLength(before);
  });

  it.each(['a:7058', '[::1]:7058', '127.0.0.1', 'x_y.example.org', ''])('is not one with the Host %j', async (host) => {
    expect(await exchange(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).toMatch(/^HTTP\/1.1 200 /);
  });
});

describe('a body in an encoding', () => {
  it.each(['gzip', 'br', 'deflate, gzip', 'GZIP', 'nonsense'])('%s is refused with 415', async (encoding) => {
    const before = open.door.calls.length;
    const headers = { authorization: 'ann', 'content-encoding': encoding };
    const reply = await open.ask({ headers, body: gzipSync(ver) });
    expect([reply.status, reply.headers['accept-encoding']]).toEqual([415, 'identity']);
    expect(JSON.parse(reply.body)).toMatchObject({ error: { code: -32700, data: 'encoding_unsupported' } });
    expect(open.door.calls).toHaveLength(before);
  });

  it('identity is accepted, and so is an encoding without a body', async () => {
    expect((await open.ask({ headers: { 'content-encoding': 'identity' }, body: ver })).status).toBe(200);
    const get = await open.ask({ method: 'GET', path: '/healthz', headers: { 'content-encoding': 'gzip' } });
    expect(get.status).toBe(200);
  });
});

describe('GET / ', () => {
  const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

  it('is answered with a page for a browser', async () => {
    const { status, headers, body } = await open.ask({ method: 'GET', headers: { accept: browser } });
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(body).toContain('openapi.json');
    expect(body.length).toBeLessThan(2_000);
    expect((await open.ask({ method: 'HEAD', headers: { accept: browser } })).status).toBe(200);
  });

  it.each(['*/*', 'application/json', 'text/html;q=0, */*', 'text/*'])('is KBase’s refusal for %s', async (accept) => {
    const { status, body } = await open.ask({ method: 'GET', headers: { accept } });
    expect([status, JSON.parse(body).error.code]).toEqual([500, -32300]);
  });
});

describe('a preflight request of a browser', () => {
  const preflight = (origin: string) =>
    open.ask({
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });

  it('allows JSON and a token from a named origin, and no cookie', async () => {
    const { status, headers } = await preflight('https://portal.example.org');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'authorization, content-type, steward-receipt',
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, DELETE',
      vary: 'Origin',
    });
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });

  it.each(['https://evil.example.org', 'http://portal.example.org', 'https://portal.example.org:444', 'null'])(
    'allows only what KBase allows from %s',
    async (origin) => {
      const { headers } = await preflight(origin);
      expect(headers).toMatchObject({
        'access-control-allow-origin': '*',
        'access-control-allow-headers': 'authorization',
        vary: 'Origin',
      });
      expect(headers).not.toHaveProperty('access-control-allow-methods');
    },
  );

  it('allows reading the receipt', async () => {
    const { headers } = await open.post({ method: 'administer', params: [{}] });
    expect(headers['access-control-expose-headers']).toContain('Steward-Receipt');
    expect(headers['steward-receipt']).toBe('65f0-0 c0ffee');
  });
});

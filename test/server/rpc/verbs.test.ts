import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenDoor, openDoor } from './fakeDoor.ts';

let open: OpenDoor;
beforeAll(async () => {
  open = await openDoor();
});
afterAll(() => open[Symbol.asyncDispose]());

const CORS = ['access-control-allow-origin', 'access-control-allow-headers'];

describe('a verb that is not POST', () => {
  it.each(['/', '/?x=1'])('GET %s is answered as KBase answers it, without CORS headers', async (path) => {
    const { status, headers, body } = await open.ask({ method: 'GET', path });
    expect(body).toBe(
      '{"version":"1.1","error":{"name":"JSONRPCError","code":-32300,"message":"HTTP GET not allowed.",' +
        '"data":"http_get","error":null}}',
    );
    expect([status, headers['content-type']]).toEqual([500, 'application/json']);
    for (const name of CORS) expect(headers).not.toHaveProperty(name);
  });

  it.each(['/some/path', '/healthz/', '/readyzz', '//', '/METRICS', '/%68ealthz'])(
    'GET %s is 405, without a body',
    async (path) => {
      const { status, headers, body } = await open.ask({ method: 'GET', path });
      expect([status, headers.allow, body]).toEqual([405, 'POST', '']);
      expect(headers).not.toHaveProperty('content-type');
    },
  );

  it('HEAD / is an empty 500, as at KBase', async () => {
    const { status, body } = await open.ask({ method: 'HEAD' });
    expect([status, body]).toEqual([500, '']);
    expect((await open.ask({ method: 'HEAD', path: '/x' })).status).toBe(405);
  });

  it.each(['/', '/any'])('OPTIONS %s is an empty 200 with the CORS headers', async (path) => {
    const plain = await open.ask({ method: 'OPTIONS', path });
    expect([plain.status, plain.body]).toEqual([200, '']);
    expect(plain.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'authorization',
    });
    const asked = await open.ask({
      method: 'OPTIONS',
      path,
      headers: { HTTP_ACCESS_CONTROL_REQUEST_HEADERS: 'x-foo' },
    });
    expect(asked.headers['access-control-allow-headers']).toBe('x-foo');
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND'])('%s is 405, and its body is not read', async (method) => {
    const body = '{"version":"1.1","method":"Workspace.administer","params":[{"command":"listAdmins"}],"id":"1"}';
    const reply = await open.ask({ method, body, headers: { authorization: 'ann' } });
    expect([reply.status, reply.body]).toEqual([405, '']);
    expect(open.door.calls).toEqual([]);
  });
});

describe('health', () => {
  it('is ok while the process runs', async () => {
    const { status, headers, body } = await open.ask({ method: 'GET', path: '/healthz?deep=1' });
    expect([status, body, headers['content-type']]).toEqual([200, '{"status":"ok"}', 'application/json']);
  });

  it.each([
    ['ready', 200, async () => true],
    ['not ready', 503, async () => false],
    ['not ready', 503, () => Promise.reject(new Error('no database'))],
  ])('is %s with status %i', async (status, code, ready) => {
    await using other = await openDoor({ ready });
    const reply = await other.ask({ method: 'GET', path: '/readyz' });
    expect([reply.status, JSON.parse(reply.body)]).toEqual([code, { status }]);
    expect((await other.ask({ method: 'GET', path: '/healthz' })).status).toBe(200);
  });
});

describe('metrics', () => {
  it('are in the text format of Prometheus, and reading them is not counted', async () => {
    const { status, headers, body } = await open.ask({ method: 'GET', path: '/metrics' });
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(body).toContain('# TYPE steward_requests_total counter');
    expect(await open.metric('steward_requests_total')).toEqual(await open.metric('steward_requests_total'));
  });

  it('have labels from bounded sets, whatever is called', async () => {
    await using other = await openDoor();
    const command = (name: unknown) => ({ method: 'administer', params: [{ command: name }] });
    await other.post({ method: 'ver', params: [] });
    await other.post(command('listAdmins'));
    for (let i = 0; i < 100; i += 1) {
      await other.post({ method: `m${i}"}\n`, params: [] });
      await other.post({ method: `m${i}.ver`, params: [] });
      await other.post(command(`c${i}`));
    }
    for (const name of ['constructor', '__proto__', 'toString', 5, null, [], '']) await other.post(command(name));
    await other.post('nonsense');
    const labels = async (metric: string, label: string) =>
      new Set((await other.metric(metric)).map((line) => new RegExp(`[{,]${label}="([^"]*)"`).exec(line)?.[1]));
    expect(await labels('steward_requests_total', 'method')).toEqual(
      new Set(['Workspace.ver', 'Workspace.administer', 'other']),
    );
    expect(await labels('steward_request_seconds_count', 'method')).toEqual(
      new Set(['Workspace.ver', 'Workspace.administer', 'other']),
    );
    expect(await labels('steward_commands_total', 'command')).toEqual(new Set(['listAdmins', 'other']));
    expect(await labels('steward_requests_total', 'outcome')).toEqual(new Set(['ok', 'method_unknown', 'parse_error']));
    expect(await labels('steward_refused_total', 'reason')).toEqual(new Set(['method_unknown', 'parse_error']));
    expect(await other.metric('steward_refused_total')).toContain('steward_refused_total{reason="method_unknown"} 200');
    expect(await other.metric('steward_in_flight')).toEqual(['steward_in_flight 0']);
  });
});

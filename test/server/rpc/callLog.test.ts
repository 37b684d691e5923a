import { describe, expect, it } from 'vitest';
import { mintToken } from '../../../src/identity/mint.ts';
import { type OpenDoor, openDoor, until } from './fakeDoor.ts';

/** Characters that end a line or control a terminal somewhere. */
const BREAKS = [
  '\r\n',
  '\n',
  '\r',
  '\v',
  '\f',
  '\u0085',
  '\u2028',
  '\u2029',
  '\u001b[2J',
  '\u009b31m',
  '\u0000',
  '\u007f',
];

function oneLineACall(open: OpenDoor, calls: number): void {
  expect(open.logged.split('\n').filter((line) => line !== '')).toHaveLength(calls);
  expect(open.entries).toHaveLength(calls);
  expect(open.entries.every((e) => e.message === 'call')).toBe(true);
  const lines = open.logged.replaceAll('\n', '');
  expect(/[\p{Cc}\u2028\u2029]/u.test(lines)).toBe(false);
}

describe('the line of a call', () => {
  it('has the caller, the call, the address, the outcome and the duration', async () => {
    await using open = await openDoor();
    await open.post({ method: 'administer', params: [{ command: 'listAdmins' }] }, { authorization: 'ann' });
    await open.post({ method: 'administer', params: [{ command: 'refused' }] }, { authorization: 'ann' });
    expect(open.entries).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        level: 'info',
        message: 'call',
        requestId: open.door.calls[0]?.origin.requestId,
        method: 'Workspace.administer',
        command: 'listAdmins',
        actor: 'ann',
        outcome: 'ok',
        ms: expect.any(Number),
        address: '127.0.0.1',
        socketAddress: '127.0.0.1',
      },
      expect.objectContaining({ command: 'refused', actor: 'ann', outcome: 'not_admin' }),
    ]);
  });

  it('is one line, whatever the names of method and command contain', async () => {
    await using open = await openDoor();
    let calls = 0;
    for (const breaking of BREAKS) {
      const name = `x${breaking}{"level":"error","actor":"root"}`;
      await open.post({ method: name, params: [] });
      await open.post({ jsonrpc: '2.0', method: `Workspace.${name}`, id: name });
      await open.post({ method: 'administer', params: [{ command: name }] });
      await open.post({ [name]: 1 });
      calls += 4;
    }
    oneLineACall(open, calls);
    expect(open.entries.some((e) => e.actor === 'root')).toBe(false);
  });

  it('is one line, whatever X-Forwarded-For contains', async () => {
    await using open = await openDoor();
    const bytes = [...Array(256).keys()].filter((code) => ![0, 10, 13].includes(code));
    for (const code of bytes) {
      const bare = await open.connect();
      const forwarded = Buffer.from([0x61, code, 0x62]);
      bare.send('POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\nX-Forwarded-For: ');
      bare.send(Buffer.concat([forwarded, Buffer.from('\r\nX-Real-IP: '), forwarded, Buffer.from('\r\n\r\n{}')]));
      await expect.poll(() => bare.closed, { interval: 2 }).toBe(true);
    }
    // The HTTP parser already refuses most control characters.
    expect(open.entries.length).toBeGreaterThan(200);
    oneLineACall(open, open.entries.length);
  });

  it('contains no token, no parameter and nothing of a refused body', async () => {
    await using open = await openDoor();
    const secret = 'canary-0815';
    const token = mintToken({
      secret: 'a secret of the tests, long enough',
      username: 'ann',
      lifetimeSeconds: 60,
      roles: [],
    });
    const params = [{ command: 'listAdmins', user: secret, reason: secret, params: { password: secret, [secret]: 1 } }];
    const context = { token: secret, authorization: secret };
    for (const headers of [
      { authorization: `ann ${secret}` },
      { authorization: `Bearer ${token}`, cookie: secret, 'x-api-key': secret, 'x-forwarded-for': token },
      { authorization: secret.repeat(100), 'x-real-ip': token },
    ]) {
      await open.post({ method: 'administer', params, context, id: secret }, headers);
      await open.post({ jsonrpc: '2.0', method: 'administer', params, id: secret }, headers);
      await open.post({ jsonrpc: '2.0', method: 'administer', params }, headers);
      await open.post(`{"method":"ver","params":["${secret}"],"${secret}"}`, headers);
      await open.post({ method: 'ver', params: [secret] }, headers);
      await open.post({ method: token, params: [] }, headers);
      await open.post({ method: 'administer', params: [{ command: token }] }, headers);
    }
    const metrics = (await open.ask({ method: 'GET', path: '/metrics' })).body;
    expect(open.entries.filter((e) => e.message !== 'request').length).toBe(21);
    for (const written of [open.logged.replaceAll('"actor":"canary-081"', ''), metrics]) {
      expect(written).not.toContain(secret);
      for (const part of token.split('.')) expect(written).not.toContain(part.slice(0, 12));
    }
  });

  it('is short, whatever was sent', async () => {
    await using open = await openDoor();
    const long = 'x'.repeat(200_000);
    await open.post({ method: long, params: [] }, { 'x-forwarded-for': 'y'.repeat(10_000) });
    await open.post({ method: 'administer', params: [{ command: long, params: long }], id: long });
    await open.post(long);
    expect(open.entries).toHaveLength(3);
    expect(open.logged.length).toBeLessThan(3_000);
  });
});

describe('the line of a request that is no call', () => {
  it('has the path without its query, the status and the address', async () => {
    await using open = await openDoor();
    await open.ask({ method: 'GET', path: '/nowhere?token=abc' });
    await until(() => open.entries.length > 0);
    expect(open.entries).toEqual([
      {
        time: expect.any(String),
        level: 'info',
        message: 'request',
        verb: 'GET',
        path: '/nowhere',
        status: 405,
        ms: expect.any(Number),
        address: '127.0.0.1',
        socketAddress: '127.0.0.1',
      },
    ]);
  });

  it('is for debugging where supervisors ask', async () => {
    await using open = await openDoor();
    for (const path of ['/healthz', '/readyz', '/metrics']) await open.ask({ method: 'GET', path });
    await until(() => open.entries.length === 3);
    expect(open.entries.map(({ level, path }) => [level, path])).toEqual([
      ['debug', '/healthz'],
      ['debug', '/readyz'],
      ['debug', '/metrics'],
    ]);
  });
});

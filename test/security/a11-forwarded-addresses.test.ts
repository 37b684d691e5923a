import { request } from 'node:http';
import argon2 from '@node-rs/argon2';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { refuse } from '../../src/base/errors.ts';
import { Guesses } from '../../src/identity/guesses.ts';
import { openPortal, type Portal, SECRET_KEY } from '../server/dialects/portal.ts';
import { LONG } from '../support/long.ts';
import { onSharedMongod, startRunning } from '../support/running.ts';
import { serviceFolder } from '../support/service.ts';

// Guesses are counted here, hundreds of them, and to hash one takes longer than all else that is done with it.
beforeEach(() => {
  vi.spyOn(argon2, 'verify').mockImplementation(async (_, password) => password === 'right');
});

const forwarded = (address: string) => ({ 'x-forwarded-for': address });

const guessKey = (portal: Portal, from: string, secretKey = 'wrong') =>
  portal.ask('POST', '/auth/admin', {
    body: { username: `adm${from.replace(/\W/g, '')}`, password: 'right', secretKey },
    headers: forwarded(from),
  });

const logIn = (portal: Portal, from: string, password = 'wrong') =>
  portal.ask('POST', '/login', { body: { username: 'adm', password }, headers: forwarded(from) });

async function openWithAdmin(): Promise<Portal> {
  const portal = await openPortal();
  const body = { username: 'adm', password: 'right', secretKey: SECRET_KEY };
  expect((await portal.ask('POST', '/auth/admin', { body })).status).toBe(200);
  return portal;
}

/** Some at a time, as a flood comes. */
async function flood<T>(count: number, send: (i: number) => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  for (let i = 0; i < count; i += 20) {
    const now = Array.from({ length: Math.min(20, count - i) }, (_, j) => send(i + j));
    answers.push(...(await Promise.all(now)));
  }
  return answers;
}

/** Counts wrong guesses without the calls that would make them: a call takes ten times as long. */
async function guessed(guesses: Guesses, count: number, of: (i: number) => { target: string; from: string }) {
  await flood(count, async (i) => {
    const { target, from } = of(i);
    const counted = guesses.counted(target, from, () => Promise.reject(refuse('login_refused')));
    await expect(counted).rejects.toHaveProperty('reason', 'login_refused');
  });
}

const guessedOf = (username: string) => JSON.stringify(['password', username]);

describe('A11: an address that is made up', () => {
  it('is not believed: the audit has the other end of the socket, and guesses are counted for that', async () => {
    await using portal = await openPortal({ proxies: { trusted: [] } });
    const answers = await flood(LONG ? 40 : 20, (i) => guessKey(portal, `198.51.100.${i}`));
    expect(answers.some((r) => r.status === 429)).toBe(true);
    const records = (await portal.records()).filter((r) => r.error === 'secret_key_wrong');
    expect(records.length).toBeGreaterThan(0);
    expect(new Set(records.map((r) => r.address))).toEqual(new Set(['127.0.0.1']));
  });

  it('before that of a trusted proxy’s client is not believed either', async () => {
    await using portal = await openPortal();
    await guessKey(portal, '203.0.113.99, 198.51.100.7');
    expect((await portal.records()).at(-1)).toMatchObject({ error: 'secret_key_wrong', address: '198.51.100.7' });
  });

  it('is believed of trusted proxies alone by the service as it is configured, which says so once', async () => {
    await using folder = await serviceFolder();
    const service = await startRunning(folder.path, {
      ...onSharedMongod(),
      STEWARD_TRUSTED_PROXIES: '127.0.0.2, 10.0.0.0/8',
    });
    const call = (from: string, address: string) =>
      new Promise((resolve, reject) => {
        const headers = { 'x-forwarded-for': address };
        const sent = request(service.url, { method: 'POST', localAddress: from, headers }, resolve).on('error', reject);
        sent.end('{"method":"ver","params":[]}');
      });
    await call('127.0.0.1', '192.0.2.1');
    await call('127.0.0.1', '192.0.2.2');
    await call('127.0.0.2', '192.0.2.3, 10.1.2.3');
    await service.end('SIGTERM');
    const entries = service
      .stderr()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    const logged = entries.map((line) => JSON.parse(line));
    const calls = logged.filter((entry) => entry.message === 'call');
    expect(calls.map((entry) => entry.address)).toEqual(['127.0.0.1', '127.0.0.1', '192.0.2.3']);
    const told = logged.filter((entry) => entry.message.startsWith('requests arrive with X-Forwarded-For from'));
    expect(told.map((entry) => entry.message)).toEqual([
      expect.stringContaining('from 127.0.0.1, which trusted-proxies does not name'),
    ]);
  });
});

describe('A11: a flood of guesses', () => {
  it('from many addresses does not lock a name out: the right password from another gets in', async () => {
    await using portal = await openWithAdmin();
    const logins = new Guesses(portal.database, 'login');
    await guessed(logins, 105, (i) => ({ target: guessedOf('adm'), from: `198.51.101.${i}` }));
    const answers = await flood(25, (i) => logIn(portal, `198.51.100.${i}`));
    expect(answers.every((r) => r.status === 400)).toBe(true);
    for (let i = 0; i < 5; i++) expect((await logIn(portal, '203.0.113.1', 'right')).status).toBe(200);
    // But there are fewer guesses for each of them now.
    const more = await flood(8, () => logIn(portal, '203.0.113.2'));
    expect(more.filter((r) => r.status === 400).length).toBeLessThanOrEqual(5);
  });

  it('from one address does not lock anybody out of the secret key', async () => {
    await using portal = await openPortal();
    const answers = await flood(LONG ? 60 : 20, () => guessKey(portal, '198.51.100.1'));
    expect(new Set(answers.map((r) => r.status))).toEqual(new Set([422, 429]));
    for (const answer of answers.filter((r) => r.status === 429)) {
      const seconds = Number(answer.headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(60);
    }
    expect((await guessKey(portal, '203.0.113.1', SECRET_KEY)).status).toBe(200);
  });

  it('from many addresses does not lock anybody out of the secret key', async () => {
    await using portal = await openPortal();
    const keys = new Guesses(portal.database, 'key');
    await guessed(keys, 200, (i) => ({ target: 'key', from: `198.51.101.${i}` }));
    await flood(20, (i) => guessKey(portal, `198.51.100.${i}`));
    expect((await guessKey(portal, '203.0.113.1', SECRET_KEY)).status).toBe(200);
  });

  it('from one IPv6 network of 64 bits counts as from one address, and as nothing to the next network', async () => {
    await using portal = await openPortal();
    const answers = await flood(LONG ? 40 : 20, (i) => guessKey(portal, `2001:db8:0:1::${i.toString(16)}`));
    expect(answers.some((r) => r.status === 429)).toBe(true);
    expect((await guessKey(portal, '2001:db8:0:2::1', SECRET_KEY)).status).toBe(200);
  });

  it('for many names from one address slows that address down, and no other', async () => {
    await using portal = await openWithAdmin();
    const logInAs = (i: number) =>
      portal.ask('POST', '/login', {
        body: { username: `name${i}`, password: 'x' },
        headers: forwarded('198.51.100.1'),
      });
    const logins = new Guesses(portal.database, 'login');
    await guessed(logins, 190, (i) => ({ target: guessedOf(`guessed${i}`), from: '198.51.100.1' }));
    const answers = await flood(LONG ? 50 : 20, logInAs);
    expect(new Set(answers.map((r) => r.status))).toEqual(new Set([400, 429]));
    expect((await logIn(portal, '203.0.113.1', 'right')).status).toBe(200);
  });
});

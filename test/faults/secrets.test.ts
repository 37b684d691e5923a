import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, it, vi } from 'vitest';
import { mintToken } from '../../src/identity/mint.ts';
import { type Running, runWarm, startRunning } from '../support/running.ts';
import { serviceFolder, withOwnMongod } from '../support/service.ts';

const SECRET = 'canary-of-the-secret-file-0123456789abcdef';
const PASSWORD = 'canary-of-the-password';

/** The parts of each canary that would give it away. */
function expectUnseen(text: string, canaries: readonly string[]): void {
  for (const canary of canaries) {
    for (const part of [canary, encodeURIComponent(canary), Buffer.from(canary).toString('base64')]) {
      expect(text).not.toContain(part);
    }
  }
}

/** Sends any headers and any body; the answer's text. */
async function post(service: Running, authorization: string, body: string): Promise<string> {
  const response = await fetch(service.url, { method: 'POST', headers: { authorization }, body });
  return response.text();
}

it('a running service prints, counts, answers and records neither its secret nor anybody’s token', async () => {
  await using folder = await serviceFolder();
  const file = join(folder.path, 'jwt-secret');
  await writeFile(file, `${SECRET}\n`, { mode: 0o600 });
  const service = await startRunning(folder.path, {
    STEWARD_AUTH_JWT_SECRET_FILE: file,
    STEWARD_MONGODB_USER: 'kim',
    STEWARD_MONGODB_PWD: PASSWORD,
    STEWARD_LOG_LEVEL: 'debug',
  });
  const good = mintToken({ secret: SECRET, username: 'admin', lifetimeSeconds: 3600 });
  const bad = mintToken({ secret: `${SECRET}x`, username: 'admin', lifetimeSeconds: 3600 });
  const call = (command: object) =>
    JSON.stringify({ version: '1.1', method: 'administer', params: [command], id: '1' });
  const answers = [
    await post(service, good, call({ command: 'addUser', user: 'ann' })),
    await post(service, `Bearer ${good}`, call({ command: 'listAdmins' })),
    await post(service, bad, call({ command: 'listAdmins' })),
    await post(service, good, call({ command: good })),
    await post(service, good, `{"method": "${good}", "params": []}`),
    await post(service, good, `{"token": "${good}`),
    // While mongod is away, what fails is our own affair: stacks are logged.
    await withoutMongod(service, () => post(service, good, call({ command: 'addUser', user: 'bea' }))),
  ];
  expect(answers.slice(0, 2).map((answer) => JSON.parse(answer).error)).toEqual([undefined, undefined]);
  await withOwnMongod(service, (client) => client.db('admin').command({ ping: 1 }));
  const metrics = await (await fetch(`${service.url}/metrics`)).text();
  const audit = await withOwnMongod(service, (client) => client.db('steward').collection('audit').find().toArray());
  expect(await service.end('SIGTERM')).toBe(0);

  // It did log these calls, each in one line of JSON.
  const lines = service.stderr().trim().split('\n');
  expect(lines.map((line) => JSON.parse(line)).filter((l) => l.message === 'call').length).toBe(answers.length);
  const kept = service.stdout() + service.stderr() + metrics + JSON.stringify(audit);
  expectUnseen(kept, [SECRET, PASSWORD, signatureOf(good), signatureOf(bad)]);
  // A caller that sends its token in the wrong place may see it again, but only the caller.
  expectUnseen(answers.join(), [SECRET, PASSWORD, signatureOf(bad)]);
});

const signatureOf = (token: string) => token.slice(token.lastIndexOf('.') + 1);

/** Runs the work between a kill -9 of mongod and its return. */
async function withoutMongod<R>(service: Running, work: () => Promise<R>): Promise<R> {
  process.kill(await service.mongodPid(), 'SIGKILL');
  const result = await work();
  await vi.waitFor(async () => expect((await fetch(`${service.url}/readyz`)).status).toBe(200), { timeout: 180_000 });
  return result;
}

it('a start that fails at the database does not show how it would have logged in', async () => {
  await using folder = await serviceFolder();
  const { host } = new URL(inject('mongoUri'));
  const refused = (env: Record<string, string>) =>
    runWarm(['serve'], folder.path, { STEWARD_PORT: '0', STEWARD_WS_ADMIN: 'admin', ...env });
  for (const { code, stdout, stderr } of [
    await refused({
      STEWARD_MONGODB_HOST: decodeURIComponent(host),
      STEWARD_MONGODB_USER: 'kim',
      STEWARD_MONGODB_PWD: PASSWORD,
    }),
    await refused({ STEWARD_MONGODB_HOST: `mongodb://kim:${PASSWORD}@${host}/?directConnection=true` }),
    await refused({ STEWARD_MONGODB_HOST: `mongodb://kim:${PASSWORD}@127.0.0.1:1/?directConnection=true` }),
  ]) {
    expect(code).toBe(1);
    expect(stderr).not.toBe('');
    expectUnseen(stdout + stderr, [PASSWORD]);
  }
});

import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Running, runWarm, startRunning, temporaryFolder } from '../support/running.ts';

const run = promisify(execFile);

describe('a stranger, in an empty folder', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let service: Running;
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  const expectLolcatsAnswered = async () =>
    expect(await service.administer('lolcats', { command: 'listAdmins' })).toMatchObject({
      result: [['admin', 'lolcats']],
    });

  it('starts the service, pastes the printed call, and adds an admin', async () => {
    service = await startRunning(folder.path);
    const curl = /^curl .*$/m.exec(service.stdout())?.[0] ?? '';
    const pasted = await run('bash', ['-c', curl]);
    expect(JSON.parse(pasted.stdout)).toMatchObject({ version: '1.1', result: [['admin']] });
    // Only the owner can read the data and what signs the tokens.
    for (const path of ['data', 'data/signing-key']) {
      expect((await stat(join(folder.path, path))).mode & 0o077).toBe(0);
    }

    const { stdout: token } = await runWarm(['token', 'lolcats'], folder.path);
    const asLolcats = (body: object) =>
      fetch(service.url, {
        method: 'POST',
        headers: { authorization: `Bearer ${token.trim()}` },
        body: JSON.stringify(body),
      });
    await asLolcats({ method: 'get_admin_role', params: [] });
    expect(await service.administer('admin', { command: 'addAdmin', user: 'lolcats' })).toMatchObject({
      result: [null],
    });
    await expectLolcatsAnswered();
    expect(await service.end('SIGTERM')).toBe(0);
  });

  it('finds the admin there after a restart', async () => {
    service = await startRunning(folder.path);
    await expectLolcatsAnswered();
    expect(await service.end('SIGINT')).toBe(0);
  });
});

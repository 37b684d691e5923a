import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { runWarm, startRunning, temporaryFolder } from '../support/running.ts';

const run = promisify(execFile);

describe('a stranger, in an empty folder', () => {
  it('starts the service, pastes the printed call, adds an admin, and finds it there after a restart', async () => {
    await using folder = await temporaryFolder();
    const first = await startRunning(folder.path);
    const curl = /^curl .*$/m.exec(first.stdout())?.[0] ?? '';
    const pasted = await run('bash', ['-c', curl]);
    expect(JSON.parse(pasted.stdout)).toMatchObject({ version: '1.1', result: [['admin']] });
    // Only the owner can read the data and what signs the tokens.
    for (const path of ['data', 'data/signing-key']) {
      expect((await stat(join(folder.path, path))).mode & 0o077).toBe(0);
    }

    const { stdout: token } = await runWarm(['token', 'lolcats'], folder.path);
    const asLolcats = (body: object) =>
      fetch(first.url, {
        method: 'POST',
        headers: { authorization: `Bearer ${token.trim()}` },
        body: JSON.stringify(body),
      });
    await asLolcats({ method: 'get_admin_role', params: [] });
    expect(await first.administer('admin', { command: 'addAdmin', user: 'lolcats' })).toMatchObject({ result: [null] });
    expect(await first.end('SIGTERM')).toBe(0);

    const second = await startRunning(folder.path);
    expect(await second.administer('lolcats', { command: 'listAdmins' })).toMatchObject({
      result: [['admin', 'lolcats']],
    });
    expect(await second.end('SIGINT')).toBe(0);
  });
});

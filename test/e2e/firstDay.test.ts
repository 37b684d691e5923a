import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { runSteward, startRunning, temporaryFolder } from '../support/running.ts';

const run = promisify(execFile);

describe('a stranger, in an empty folder', () => {
  it('starts the service, pastes the printed call, adds an admin, and finds it there after a restart', async () => {
    await using folder = await temporaryFolder();
    const first = await startRunning(folder.path);
    const curl = /^curl .*$/m.exec(first.stdout())?.[0] ?? '';
    const pasted = await run('bash', ['-c', curl]);
    expect(JSON.parse(pasted.stdout)).toMatchObject({ version: '1.1', result: [['admin']] });

    const { stdout: token } = await runSteward(['token', 'lolcats'], folder.path);
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

  it('has a signing key and data that only the owner can read', async () => {
    await using folder = await temporaryFolder();
    const service = await startRunning(folder.path);
    for (const path of ['data', 'data/signing-key']) {
      expect((await stat(join(folder.path, path))).mode & 0o077).toBe(0);
    }
    await service.end('SIGTERM');
  });
});

describe("the README's commands", () => {
  it('run as they are printed', async () => {
    await using folder = await temporaryFolder();
    const service = await startRunning(folder.path);
    const readme = await readFile(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
    // What other systems' clients are shown needs a key that is configured, and data of these systems. An upgrade needs an
    // older database: test/cli/migrate.test.ts runs it.
    const [beginning = ''] = readme.replace(/\n## Upgrading\n.*?(?=\n## )/s, '').split('\n## Other systems\n');
    const shown = [...beginning.matchAll(/```console\n(.*?)```/gs)].map(([, block]) => block ?? '').join('');
    const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
    const commands = shown.split('\n').filter((line) => line.startsWith('$ '));
    const script = commands.flatMap((line) => [`echo '${line.replaceAll("'", "'\\''")}'`, line.slice(2)]).join('\n');
    const { stdout } = await run(
      'bash',
      ['-c', `npx() { shift; node ${main} "$@"; }\n${script}`.replaceAll('http://127.0.0.1:7058', service.url)],
      { cwd: folder.path },
    );
    expect(timeless(stdout.replaceAll(service.url, 'http://127.0.0.1:7058'))).toBe(timeless(shown));
    await service.end('SIGTERM');
  });
});

/** Without what differs from run to run. */
function timeless(text: string): string {
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>')
    .replace(/"follow":"[\w-]+"/g, '"follow":"<cursor>"')
    .replace(/[0-9a-f]{64}/g, '<hash>')
    .replace(/[0-9a-f]{24}-\d+/g, '<record>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/g, '<instant>');
}

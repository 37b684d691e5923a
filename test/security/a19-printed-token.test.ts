import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { onSharedMongod, startRunning } from '../support/running.ts';
import { serviceFolder } from '../support/service.ts';

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const TOKEN = /eyJ[\w-]+\.[\w-]+\.[\w-]+/;
const SCRIPT = '/usr/bin/script';

const callIn = (printed: string) => /^curl .*$/m.exec(printed)?.[0].trimEnd() ?? '';

/** The call as it is printed, pasted into a shell in another folder. */
async function paste(call: string): Promise<unknown> {
  const { stdout } = await run('bash', ['-c', call], { cwd: '/' });
  return JSON.parse(stdout);
}

describe('A19: the start prints a token on a terminal alone', () => {
  it('prints none where output is kept, but a call that makes one and runs in any folder', async () => {
    await using folder = await serviceFolder();
    const home = join(folder.path, "an operator's folder");
    await mkdir(home);
    await writeFile(join(home, 'deploy.cfg'), '[Workspace]\ndata-dir = the data\nauth-jwt-audience = here\n');
    const service = await startRunning(home, { ...onSharedMongod(), STEWARD_CONFIG: 'deploy.cfg' });
    const call = callIn(service.stdout());
    expect(service.stdout() + service.stderr()).not.toMatch(TOKEN);
    expect(call).toContain(`token --config '${join(home, 'deploy.cfg').replace("'", "'\\''")}' admin)`);
    expect(await paste(call)).toMatchObject({ result: [['admin']] });
    await service.end('SIGTERM');
    expect(service.stdout() + service.stderr()).not.toMatch(TOKEN);
  });

  if (!existsSync(SCRIPT)) console.warn('A19: there is no script(1): the test of a terminal is skipped');

  it.runIf(existsSync(SCRIPT))('prints one on a terminal', async () => {
    await using folder = await serviceFolder();
    const child = spawn(SCRIPT, ['-qec', `"${process.execPath}" "${MAIN}" serve`, '/dev/null'], {
      cwd: folder.path,
      env: { ...process.env, ...onSharedMongod(), STEWARD_PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    const ended = once(child, 'exit').then(() => true);
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk));
    while (!/^curl .*\r?\n/m.test(printed)) {
      const isOver = await Promise.race([once(child.stdout, 'data').then(() => false), ended]);
      if (isOver) throw new Error(`it ended: ${printed}`);
    }
    expect(callIn(printed)).toMatch(TOKEN);
    expect(await paste(callIn(printed))).toMatchObject({ result: [['admin']] });
  });
});

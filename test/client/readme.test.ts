import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { mintToken } from '../../src/identity/mint.ts';
import { type Running, startRunning } from '../support/running.ts';
import { serviceFolder } from '../support/service.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** The README's block of this language in its section on clients. */
async function block(language: string): Promise<string> {
  const [, section = ''] = (await readFile(join(ROOT, 'README.md'), 'utf8')).split('\n## Clients\n');
  const found = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(section)?.[1];
  return found ?? Promise.reject(new Error(`the README has no ${language} script`));
}

async function environment(service: Running): Promise<NodeJS.ProcessEnv> {
  const secret = (await readFile(join(service.folder, 'data', 'signing-key'), 'utf8')).trim();
  const TOKEN = mintToken({ secret, username: 'admin', lifetimeSeconds: 600 });
  return { ...process.env, STEWARD_URL: service.url, TOKEN };
}

describe("the README's scripts", () => {
  it('in JavaScript and in Python do what they say, against a service as it starts', async () => {
    await using folder = await serviceFolder();
    const service = await startRunning(folder.path);
    const env = await environment(service);
    await service.administer('admin', { command: 'addUser', user: 'lolcats' });
    // Within the package, which it imports by its name.
    const scripts = join(ROOT, 'dist', `readme-${process.pid}`);
    await mkdir(scripts);
    try {
      await writeFile(join(scripts, 'script.mjs'), await block('js'));
      const js = await run('node', ['script.mjs'], { cwd: scripts, env });
      expect(js.stdout).toBe(await block('text'));
      await service.administer('admin', { command: 'removeAdmin', user: 'lolcats' });
      await writeFile(join(scripts, 'script.py'), await block('python'));
      const PYTHONPATH = join(ROOT, 'src', 'client', 'python');
      const py = await run('python3', ['script.py'], {
        cwd: scripts,
        env: { ...env, PYTHONPATH, PYTHONDONTWRITEBYTECODE: '1' },
      });
      expect(py.stdout).toBe(await block('text'));
    } finally {
      await rm(scripts, { recursive: true });
    }
    expect(await service.end('SIGTERM')).toBe(0);
  });
});

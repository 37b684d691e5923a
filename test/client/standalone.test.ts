import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { mintToken } from '../../src/identity/mint.ts';
import { onSharedMongod, startRunning, temporaryFolder } from '../support/running.ts';
import { serviceFolder } from '../support/service.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe('the TypeScript client', () => {
  it('runs without Node, as in a browser', async () => {
    await using folder = await serviceFolder();
    const service = await startRunning(folder.path, onSharedMongod());
    const secret = (await readFile(join(folder.path, 'data', 'signing-key'), 'utf8')).trim();
    const token = mintToken({ secret, username: 'admin', lifetimeSeconds: 600 });
    const script = fileURLToPath(new URL('browser.mjs', import.meta.url));
    const { stdout } = await run('node', ['--experimental-vm-modules', '--no-warnings', script, service.url, token]);
    expect(JSON.parse(stdout)).toEqual({
      admins: ['admin'],
      unknown: [true, 'user_unknown'],
      given: 'aborted',
      node: ['undefined', 'undefined', 'undefined', 'undefined'],
    });
    expect(await service.end('SIGTERM')).toBe(0);
  });

  it('imports only its own files when built', () => {
    const folder = join(ROOT, 'dist', 'client');
    const files = readdirSync(folder).filter((file) => file.endsWith('.js'));
    const imported = files.flatMap((file) =>
      [...readFileSync(join(folder, file), 'utf8').matchAll(/\bfrom '([^']+)'|\bimport\(?\s*'([^']+)'/g)].map(
        ([, from, whole]) => from ?? whole ?? '',
      ),
    );
    expect(files).toContain('client.js');
    expect(imported.length).toBeGreaterThan(0);
    expect(imported.filter((name) => !/^\.\/\w+\.js$/.test(name))).toEqual([]);
  });

  it('is exported by the package, with types that do not need those of Node', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'node_modules'));
    await symlink(ROOT, join(folder.path, 'node_modules', 'steward'));
    await writeFile(join(folder.path, 'package.json'), '{"type": "module"}');
    await writeFile(join(folder.path, 'script.ts'), TYPED_SCRIPT);
    const options = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,dom', '--types', ''];
    const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
    for (const modules of [
      ['--module', 'nodenext'],
      ['--module', 'esnext', '--moduleResolution', 'bundler'],
    ]) {
      const checked = run(tsc, [...options, ...modules, 'script.ts'], { cwd: folder.path });
      expect(await checked.catch(({ stdout }) => ({ stdout }))).toMatchObject({ stdout: '' });
    }
  });
});

const TYPED_SCRIPT = `
import { NotFoundError, StewardClient } from 'steward/client';
const steward = new StewardClient({ url: 'http://127.0.0.1:7058', token: async () => 'token' });
const { result, receipt } = await steward.methods.create_workspace({ workspace: 'genomes' });
const name: string = result[1];
const users: { user: string }[] = (await steward.administer.listUsers({ limit: 5 })).result.users;
const plan: string = (await steward.dryRun.addAdmin({ user: 'ann' })).result.plan;
// @ts-expect-error there is no such parameter
await steward.administer.addAdmin({ user: 'ann', expire: '2099-01-01T00:00:00Z' });
// @ts-expect-error there is no such command
await steward.administer.addAdmim({ user: 'ann' });
console.log(NotFoundError, name, users, plan, receipt?.record);
`;

describe('the Python client', () => {
  const folder = join(ROOT, 'src', 'client', 'python', 'steward');
  const files = readdirSync(folder).filter((file) => file.endsWith('.py'));

  it.each(files)('%s is written in Python 3.9, and imports only the standard library', async (file) => {
    const script = [
      'import ast, json, sys',
      'tree = ast.parse(open(sys.argv[1]).read(), feature_version=(3, 9))',
      'names = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]',
      'names += [n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level == 0]',
      // An annotation in the syntax of 3.10 is not a syntax error: it only fails when it is evaluated.
      'unions = [a for n in ast.walk(tree) for a in [getattr(n, "annotation", None), getattr(n, "returns", None)]',
      '          if a is not None and any(isinstance(b, ast.BinOp) for b in ast.walk(a))]',
      'print(json.dumps([[n for n in names if n.split(".")[0] not in sys.stdlib_module_names], len(unions)]))',
    ].join('\n');
    const { stdout } = await run('python3', ['-c', script, join(folder, file)]);
    expect(JSON.parse(stdout)).toEqual([[], 0]);
  });

  it.each(files)('%s compiles', async (file) => {
    const script = 'import sys; compile(open(sys.argv[1]).read(), sys.argv[1], "exec")';
    await run('python3', ['-W', 'error', '-c', script, join(folder, file)]);
  });
});

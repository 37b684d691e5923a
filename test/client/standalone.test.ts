import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { startHosted } from '../support/hostedService.ts';
import { spread } from '../support/long.ts';
import { temporaryFolder } from '../support/running.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe('the TypeScript client', () => {
  it('runs without Node, as in a browser', async () => {
    const service = await startHosted();
    const token = service.tokenOf('admin');
    const script = fileURLToPath(new URL('browser.mjs', import.meta.url));
    const { stdout } = await run('node', ['--experimental-vm-modules', '--no-warnings', script, service.url, token]);
    expect(JSON.parse(stdout)).toEqual({
      admins: ['admin'],
      unknown: [true, 'user_unknown'],
      given: 'aborted',
      node: ['undefined', 'undefined', 'undefined', 'undefined'],
    });
    await service.stop();
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
    const options = [
      '--noEmit',
      '--strict',
      '--skipDefaultLibCheck',
      '--target',
      'es2022',
      '--lib',
      'es2022,dom',
      '--types',
      '',
    ];
    const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
    const resolutions = [
      ['--module', 'esnext', '--moduleResolution', 'bundler'],
      ['--module', 'nodenext'],
    ];
    for (const modules of spread(resolutions, 1)) {
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

  /** By file: what it imports that is not of the standard library, its annotations with |, and why it does not compile. */
  let read: Readonly<Record<string, readonly [foreign: string[], unions: number, problem: string]>>;

  beforeAll(async () => {
    const paths = files.map((file) => join(folder, file));
    const { stdout } = await run('python3', ['-W', 'error', '-c', READ_PYTHON, ...paths]);
    read = JSON.parse(stdout);
  });

  it.each(files)('%s is written in Python 3.9, and imports only the standard library', (file) => {
    expect(read[file]?.slice(0, 2)).toEqual([[], 0]);
  });

  it.each(files)('%s compiles', (file) => {
    expect(read[file]?.[2]).toBe('');
  });
});

const READ_PYTHON = `
import ast, json, os, sys

def problem(text, path):
    try: compile(text, path, 'exec')
    except (SyntaxError, SyntaxWarning) as error: return str(error)
    return ''

read = {}
for path in sys.argv[1:]:
    text = open(path).read()
    try: tree = ast.parse(text, feature_version=(3, 9))
    except SyntaxError as error:
        read[os.path.basename(path)] = [[str(error)], 0, problem(text, path)]
        continue
    names = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
    names += [n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level == 0]
    # An annotation in the syntax of 3.10 is not a syntax error: it only fails when it is evaluated.
    unions = [a for n in ast.walk(tree) for a in [getattr(n, 'annotation', None), getattr(n, 'returns', None)]
              if a is not None and any(isinstance(b, ast.BinOp) for b in ast.walk(a))]
    foreign = [name for name in names if name.split('.')[0] not in sys.stdlib_module_names]
    read[os.path.basename(path)] = [foreign, len(unions), problem(text, path)]
print(json.dumps(read))
`;

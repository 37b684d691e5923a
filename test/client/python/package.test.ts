import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../../src/base/errors.ts';
import { allCommands, rpcMethods } from '../../../src/operations/index.ts';
import { programsOf } from '../../docs/pages.ts';
import { startHosted } from '../../support/hostedService.ts';
import { LONG } from '../../support/long.ts';
import { temporaryFolder } from '../../support/running.ts';

/** The Python client as a package: built, installed and used in an environment that has nothing else. */

const run = promisify(execFile);
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const SOURCE = here('../../../src/client/python');
const ENV = { ...process.env, PYTHONPATH: '', PYTHONDONTWRITEBYTECODE: '1', no_proxy: '*' };
const PIP = ['--disable-pip-version-check', '--quiet'];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
/**
 * Python with the package from its wheel, and one with the tools that build and check it: undefined where there is no
 * package index. In the long run the package is alone in the one, and from its source distribution in the other.
 */
let python: string;
let tools: string | undefined;
/** Python with a pip of its own, where the machine has none. */
let ownPip: Promise<string> | undefined;

beforeAll(async () => {
  folder = await temporaryFolder();
  const candidate = await environment('tools');
  const needed = ['hatchling>=1.26', ...(LONG ? ['mypy>=1.11'] : [])];
  tools = await install(candidate, needed).then(
    () => candidate,
    () => undefined,
  );
  if (tools === undefined) return console.warn(`SKIPPED: no package index has ${needed.join(' and ')}`);
  const dist = join(folder.path, 'dist');
  await mkdir(dist);
  await run(tools, ['-m', 'hatchling', 'build', '-t', 'sdist', '-t', 'wheel', '-d', dist], { cwd: SOURCE, env: ENV });
  python = LONG ? await environment('plain') : tools;
  const wheel = (await readdir(dist)).find((file) => file.endsWith('.whl')) ?? '';
  // Without an index: the package needs no other.
  await install(python, ['--no-index', join(dist, wheel)]);
  const source = (await readdir(dist)).find((file) => file.endsWith('.tar.gz')) ?? '';
  if (LONG) await install(tools, ['--no-index', '--no-build-isolation', join(dist, source)]);
}, 600_000);
afterAll(async () => folder?.[Symbol.asyncDispose]());

async function environment(name: string, options: readonly string[] = ['--without-pip']): Promise<string> {
  const path = join(folder.path, name);
  await run('python3', ['-m', 'venv', ...options, path]);
  return join(path, 'bin', 'python');
}

/** Installs into an environment with the pip of the machine, since one of its own would take longer to install than all else. */
async function install(into: string, what: readonly string[]): Promise<void> {
  const installed = (pip: string) =>
    run(pip, ['-m', 'pip', '--python', into, ...PIP, 'install', ...what], { env: ENV });
  // There may be none, or one before 22.3, which does not know --python.
  await installed('python3').catch(async () => {
    ownPip ??= environment('pip', []);
    await installed(await ownPip);
  });
}

async function printed(code: string): Promise<unknown> {
  const { stdout } = await run(python, ['-c', code], { cwd: folder.path, env: ENV, maxBuffer: 1e8 });
  return JSON.parse(stdout);
}

describe('the installed Python client', () => {
  it('is built from its own files alone, with its types', async (context) => {
    if (tools === undefined) return context.skip('no package index');
    const dist = join(folder.path, 'dist');
    const archives = (await readdir(dist)).sort();
    expect(archives).toEqual([expect.stringMatching(/\.whl$/), expect.stringMatching(/\.tar\.gz$/)]);
    const { stdout } = await run(tools, ['-m', 'zipfile', '-l', join(dist, archives[0] ?? '')]);
    expect(stdout).toContain('steward/py.typed');
    expect(stdout).toContain('steward/_generated.pyi');
    expect(stdout).not.toContain('test');
    const sdist = await run('tar', ['-tzf', join(dist, archives[1] ?? '')]);
    expect(sdist.stdout).toContain('steward/__init__.py');
    expect(sdist.stdout).toContain('README.md');
    const { version } = JSON.parse(await readFile(here('../../../package.json'), 'utf8'));
    expect(archives[0]).toContain(`-${version}-`);
  });

  it('lists every command and method, and describes each', async (context) => {
    if (tools === undefined) return context.skip('no package index');
    const found = await printed(`
import ast, inspect, json, pathlib, steward
stub = ast.parse(pathlib.Path(steward.__file__).with_name('_generated.pyi').read_text())
client = steward.Steward('http://127.0.0.1:1')
public = lambda thing: [name for name in dir(thing) if not name.startswith('_')]
print(json.dumps({
    'file': 'site-packages' in steward.__file__,
    'commands': public(client.administer), 'dry': public(client.dry_run), 'methods': public(client.methods),
    'undocumented': [n for n in public(client.administer) if not inspect.getdoc(getattr(client.administer, n))],
    'without types': sorted(set(public(client.administer)) - {n.name for n in ast.walk(stub) if isinstance(n, ast.FunctionDef)}),
    'parameters': list(inspect.signature(client.administer.getAudit).parameters),
    'doc': inspect.getdoc(client.administer.addAdmin),
    'newer': client.administer.commandOfLaterDays.__name__,
    'no pages': hasattr(client.pages, 'listAdmins'),
    'single value': inspect.getdoc(client.methods.get_type_info),
    'reasons': [inspect.getdoc(kind) for kind in steward.StewardError.__subclasses__()],
}))`);
    const commands = allCommands.map(({ name }) => name).sort();
    const methods = rpcMethods.map(({ name }) => name.replace(/^(Workspace|rpc)\./, '').replace('.', '_')).sort();
    expect(found).toMatchObject({ file: true, commands, dry: commands, methods, undocumented: [], 'no pages': false });
    expect(found).toMatchObject({ 'without types': [] });
    expect(found).toMatchObject({
      newer: 'commandOfLaterDays',
      parameters: expect.arrayContaining(['from_', '_reason']),
    });
    const { doc, reasons } = found as { doc: string; reasons: string[] };
    expect(found).toMatchObject({ 'single value': expect.stringContaining('params: Required; str.') });
    const told = reasons.join('\n').replaceAll(/\s+/g, ' ');
    const untold = Object.entries(catalogue).filter(([reason, { advice }]) => !told.includes(`${reason}: ${advice}`));
    expect(untold.map(([reason]) => reason)).toEqual(['http_get']);
    expect(doc).toMatch(/^Make a user an administrator/);
    expect(doc).toContain('user: Required. The user that the command is about.');
    expect(doc).toContain('as_: The only users that the new administrator may act as');
    expect(doc.replaceAll(/\s+/g, ' ')).toContain(
      'Raises: StewardError, or its class for the kind of error, whose help lists the reasons.',
    );
    expect(doc).toContain("Example: steward.administer.addAdmin(user='lolcats')");
    const help = await run(python, ['-c', 'import steward; help(steward.Steward("http://x").dry_run.addAdmin)'], {
      env: ENV,
    });
    expect(help.stdout).toMatch(/addAdmin\(\s*params/);
  });

  it.runIf(LONG)(
    'has types with which mypy --strict accepts right programs, such as the recipes, and refuses wrong ones',
    async (context) => {
      if (tools === undefined) return context.skip('no package index');
      const options = ['-m', 'mypy', '--strict', '--cache-dir', join(folder.path, 'mypy')];
      const check = (args: string[]) =>
        run(String(tools), [...options, ...args], { cwd: folder.path, env: ENV }).then(
          ({ stdout }) => stdout,
          ({ stdout }) => String(stdout),
        );
      const recipes = programsOf('docs/recipes.md', 'python');
      expect(recipes.length).toBeGreaterThanOrEqual(20);
      await mkdir(join(folder.path, 'recipes'));
      for (const { title, text } of recipes) await writeFile(join(folder.path, title), text);
      expect(await check([`${SOURCE}/steward`])).toMatch(/^Success/);
      const wrong = [
        'steward.administer.addAdmin(user=1)',
        "steward.administer.addAdmin(user='a', expire='x')",
        'steward.administer.addAdmin()',
        "steward.administer.addAdmin(user='a', role='king')",
        "steward.administer.addAdmim(user='a')",
        "steward.administer.listAdmins().result[0]['user']",
        'steward.administer.listAdmins(detail=True).result[0].upper()',
        "steward.dry_run.addAdmin(user='a').result['plan'].nothing",
        "steward.administer.addAdmin(user='a').result['plan']",
        'steward.pages.listAdmins()',
        "steward.methods.create_workspace(workspace=['genomes'])",
        'steward.methods.get_type_info()',
        'steward.methods.get_type_info(1)',
        'steward.pages.listObjects(ids=1)',
      ];
      const file = join(folder.path, 'wrong.py');
      await writeFile(file, ['from steward import Steward', "steward = Steward('http://x')", ...wrong].join('\n'));
      // All at once: mypy takes longer to begin than to check them.
      const programs = [here('example.py'), ...recipes.map(({ title }) => title), 'wrong.py'];
      const output = await check(programs);
      expect(output).toContain(` in 1 file (checked ${programs.length} source files)`);
      const refused = [...output.matchAll(/^wrong\.py:(\d+): error/gm)].map(([, line]) => wrong[Number(line) - 3]);
      expect([...new Set(refused)]).toEqual(wrong);
    },
    600_000,
  );

  it('does real work: plans, pages, jobs, and many calls at once', async (context) => {
    if (tools === undefined) return context.skip('no package index');
    const service = await startHosted();
    const { tokenOf } = service;
    const env = { ...ENV, STEWARD_URL: service.url, TOKEN: tokenOf('admin'), ANN: tokenOf('ann') };
    const { stdout } = await run(python, ['-W', 'error', here('example.py')], { env });
    const members = ['member0', 'member1', 'member2', 'member3', 'member4'];
    const wings = ['wing0', 'wing1', 'wing2', 'wing3'];
    expect(JSON.parse(stdout)).toEqual({
      noticed: [],
      notices: [],
      'own objects': wings,
      objects: wings,
      'paged objects': wings,
      folders: ['a', 'b', 'c'],
      'done once': true,
      admins: [
        ['admin', 'member0'],
        ['admin', 'member0'],
      ],
      paged: members,
      audited: Array(5).fill('addUser'),
      job: ['done', 3, 3],
      items: ['moved', 'moved', 'moved'],
      'items without asking': 3,
      owned: 3,
      'without items': true,
      versions: 1,
      'paged at the same time': members,
      'the job': 'done',
      detail: 2,
      'by name': ['admin', 'member0'],
      'would change': true,
      error: 'user_unknown',
    });
    await service.stop();
  });

  it('keeps its connections, never sends a call twice, and ends cancelled calls', async (context) => {
    if (tools === undefined) return context.skip('no package index');
    await using server = await startCounting();
    const { stdout } = await run(python, [here('connections.py'), server.url], { env: ENV });
    expect(JSON.parse(stdout)).toEqual({
      'ten calls': 1,
      'ten more': 0,
      'eight threads': true,
      'each its own answer': true,
      'after the server closed it': 'Workspace.ver',
      'errors keep it': true,
      'in a child process': 0,
      broken: ['connection', 1],
      cancelled: [['CancelledError', 'CancelledError'], 'Workspace.ver', 1],
    });
  });
});

/** A server that counts its connections. It answers with the method's name, and never to `administer`. */
async function startCounting(): Promise<{ readonly url: string } & AsyncDisposable> {
  let connections = 0;
  let asked = 0;
  let waiting = 0;
  let hasClosed = false;
  const server = createServer(async (request, response: ServerResponse) => {
    const { id, method } = JSON.parse(await text(request));
    const answer = (result: unknown) => response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    switch (method) {
      case 'connections':
        return answer(connections);
      case 'closes':
        request.socket.on('close', () => {
          hasClosed = true;
        });
        response.on('finish', () => setImmediate(() => request.socket.destroy()));
        return answer('closed');
      case 'has closed':
        return answer(hasClosed);
      case 'in chunks':
        response.write(' ');
        return answer('chunks');
      case 'breaks':
        asked += 1;
        return request.socket.destroy();
      case 'asked to break':
        return answer(asked);
      case 'waiting':
        return answer(waiting);
      case 'Workspace.administer':
        waiting += 1;
        return undefined;
      default:
        return answer(method);
    }
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programsOf } from '../docs/pages.ts';
import { startHosted } from '../support/hostedService.ts';
import { spread } from '../support/long.ts';
import { temporaryFolder } from '../support/running.ts';

/** The TypeScript client as a package of its own, installed from its tarball into an empty project. */

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OFFLINE = ['--offline', '--no-audit', '--no-fund', '--loglevel=error'];
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let tarball: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  await run('npm', ['pack', '--loglevel=error', '--pack-destination', folder.path], {
    cwd: join(ROOT, 'src', 'client'),
  });
  tarball = (await readdir(folder.path)).find((file) => file.endsWith('.tgz')) ?? '';
  await mkdir(join(folder.path, 'project'));
  await writeFile(join(folder.path, 'project', 'package.json'), '{"type": "module"}');
  await run('npm', ['install', ...OFFLINE, `../${tarball}`], { cwd: join(folder.path, 'project') });
}, 600_000);
afterAll(async () => folder?.[Symbol.asyncDispose]());

const project = (file = '') => join(folder.path, 'project', file);

describe('the package of the TypeScript client', () => {
  it('has the client alone, in the version of the service, and leaves nothing behind', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    expect(tarball).toBe(`steward-client-${version}.tgz`);
    expect((await stat(join(folder.path, tarball))).size).toBeLessThan(200_000);
    expect((await readdir(project('node_modules'))).filter((name) => !name.startsWith('.'))).toEqual(['@steward']);
    const files = await readdir(project('node_modules/@steward/client/dist'));
    expect(files).toEqual(expect.arrayContaining(['client.js', 'client.d.ts', 'schemas.d.ts']));
    expect(files.filter((file) => !/\.(js|d\.ts)$/.test(file))).toEqual([]);
    // Another test may make the package at the same time.
    await expect.poll(() => existsSync(join(ROOT, 'src', 'client', 'dist'))).toBe(false);
  });

  const WITHOUT_NODE = ['--lib', 'es2022,dom', '--types', ''];
  const WITH_NODE = ['--typeRoots', join(ROOT, 'node_modules', '@types'), '--types', 'node'];
  const NODENEXT = ['--module', 'nodenext'];
  const settings = [
    ['those of Node', [...NODENEXT, ...WITH_NODE]],
    ['no types of Node', [...NODENEXT, ...WITHOUT_NODE]],
    ['no types of Node, for a bundler', ['--module', 'esnext', '--moduleResolution', 'bundler', ...WITHOUT_NODE]],
  ] as const;

  it.each(spread(settings, 2))(
    'has types that tsc --strict accepts with %s, and that refuse what is wrong',
    async (_, options) => {
      await writeFile(project('program.ts'), PROGRAM);
      await writeFile(project('wrong.ts'), WRONG);
      const recipes = options === settings[0][1] ? await writtenRecipes() : [];
      const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
      const words = [
        '--noEmit',
        '--strict',
        '--skipDefaultLibCheck',
        '--target',
        'es2022',
        ...options,
        'program.ts',
        'wrong.ts',
        ...recipes,
      ];
      const checked = run(tsc, words, { cwd: project() });
      expect(await checked.catch(({ stdout }) => ({ stdout }))).toMatchObject({ stdout: '' });
    },
  );

  /** The recipes as files of the project, which are programs for Node. */
  async function writtenRecipes(): Promise<readonly string[]> {
    const recipes = programsOf('docs/recipes.md', 'ts');
    expect(recipes.length).toBeGreaterThanOrEqual(20);
    await mkdir(project('recipes'));
    for (const { title, text } of recipes) await writeFile(project(title), text);
    return recipes.map(({ title }) => title);
  }

  it('makes a bundle for browsers that needs nothing of Node', async () => {
    await writeFile(project('bundled.js'), "export { StewardClient } from '@steward/client';");
    const { output } = await build({ input: project('bundled.js'), platform: 'browser', write: false });
    expect(output.map(({ type, fileName }) => [type, fileName])).toEqual([['chunk', 'bundled.js']]);
    const [{ imports, dynamicImports, code }] = output;
    expect([...imports, ...dynamicImports]).toEqual([]);
    expect(code).toContain('Workspace.administer');
    expect(code.match(/\bnode:|\brequire\b|\bprocess\.|\bBuffer\b/g)).toBeNull();
  });

  it('does real work: results by parameters, pages, jobs', async () => {
    const service = await startHosted();
    const { tokenOf } = service;
    await writeFile(project('program.mjs'), SCRIPT);
    const env = { ...process.env, STEWARD_URL: service.url, TOKEN: tokenOf('admin'), ANN: tokenOf('ann') };
    const { stdout } = await run('node', ['program.mjs'], { cwd: project(), env });
    expect(JSON.parse(stdout)).toEqual({
      admins: [['admin'], ['admin']],
      objects: Array(2).fill(['wing1', 'wing2', 'wing3', 'wing4']),
      folders: ['a', 'b', 'c'],
      paged: ['member0', 'member1', 'member2'],
      audited: ['addUser', 'addUser', 'addUser'],
      job: ['done', 3, 3],
      items: ['moved', 'moved', 'moved'],
      owned: 3,
      withoutItems: 'TypeError',
      aborted: 'aborted',
      pageOfOther: 'undefined',
    });
    await service.stop();
  });
});

const PROGRAM = `
import { type Answer, type StewardCallError, StewardClient } from '@steward/client';
const steward = new StewardClient({ url: 'http://127.0.0.1:7058', token: async () => 'token' });
const names: string[] = (await steward.administer.listAdmins()).result;
const alsoNames: string[] = (await steward.administer.listAdmins({ detail: false })).result;
const sources: string[] = (await steward.administer.listAdmins({ detail: true })).result.map(({ user, source }) => user + source);
const one: null = (await steward.administer.setPermissions({ workspace: 'w', new_permission: 'r', users: ['ann'] })).result;
const many = (await steward.administer.setPermissions({ workspaces: [{ id: 1 }], new_permission: 'r', users: ['ann'] })).result;
console.log(many.outcomes.length);
for await (const record of steward.pages.getAudit({ command: 'addAdmin', limit: 5 })) console.log(record.command satisfies string);
for await (const item of steward.pages.getJob({ id: 'x' })) console.log(item.outcome satisfies string);
for await (const notice of steward.pages.list_notices()) console.log(notice);
for await (const [id, name] of steward.pages.listObjects({ ids: [1] })) console.log(id satisfies number, name satisfies string);
for await (const item of steward.pages.Catalog_list_items({ type: 'folders' })) console.log(item.name satisfies string);
const job = await steward.waitForJob('x', { onProgress: ({ moved, total }) => console.log(moved / total) });
const plan: string = (await steward.dryRun.listAdmins({ detail: true })).result.plan;
const answer: Answer<unknown> = await steward.command('later', {});
const missing = await steward.administer.addAdmin({ user: 'x' }).catch((error: StewardCallError) => error.reason);
console.log(missing === 'user_unknown', missing === 'connection', missing === 'of later days');
console.log(names, alsoNames, sources, one, job.state, plan, answer.receipt?.record);
`;

const WRONG = `
import { StewardClient } from '@steward/client';
const steward = new StewardClient({ url: 'http://127.0.0.1:7058' });
// @ts-expect-error names have no roles
(await steward.administer.listAdmins()).result[0].role;
// @ts-expect-error it does not answer in pages
steward.pages.listAdmins();
// @ts-expect-error there is no such parameter
steward.pages.listUsers({ prefixes: 'a' });
// @ts-expect-error there is no such parameter
await steward.administer.listAdmins({ details: true });
// @ts-expect-error the id of a job is text
await steward.waitForJob(1);
`;

const SCRIPT = `
import { StewardClient } from '@steward/client';
const { STEWARD_URL: url, TOKEN: token, ANN } = process.env;
const steward = new StewardClient({ url, token });
const ann = new StewardClient({ url, token: ANN });
const all = async (pages) => {
  const items = [];
  for await (const item of pages) items.push(item);
  return items;
};
for (let n = 0; n < 3; n += 1) await steward.administer.addUser({ user: 'member' + n });
for (let n = 0; n < 3; n += 1) await ann.methods.create_workspace({ workspace: 'genomes' + n });
await ann.methods.request_module_ownership('Birds');
await steward.administer.approveModRequest({ module: 'Birds' });
const spec = 'module Birds { typedef structure { string name; } Wing; };';
await ann.methods.register_typespec({ spec, new_types: ['Wing'], dryrun: 0 });
const objects = [1, 2, 3, 4].map((n) => ({ name: 'wing' + n, type: 'Birds.Wing', data: { name: 'w' } }));
await ann.methods.release_module('Birds');
await ann.methods.save_objects({ workspace: 'genomes0', objects });
for (const name of ['a', 'b', 'c']) await steward.administer.createFolder({ id: '/@Catalog/shared/' + name, createIntermediateFolders: true });
const inGenomes = { workspaces: ['genomes0'], limit: 2 };
const saved = [await all(steward.pages.listObjects(inGenomes)), await all(ann.pages.list_objects({ ...inGenomes, limit: 3 }))];
const folders = await all(steward.pages.listCatalog({ type: 'folders', search: '?', limit: 2 }));
const names = (await steward.administer.listAdmins()).result;
const detail = (await steward.administer.listAdmins({ detail: true })).result.map(({ user }) => user);
const begun = (await steward.administer.changeOwner({ from: 'ann', to: 'member2' })).result;
let moved;
const onProgress = (job) => { moved = job.moved; };
const ended = await steward.waitForJob(begun.job, { onProgress, intervalMs: 20 });
const owned = await all(steward.pages.listOwned({ user: 'member2', type: 'workspace', having: 'owned', limit: 2 }));
console.log(JSON.stringify({
  admins: [names, detail],
  objects: saved.map((list) => list.map(([, name]) => name)),
  folders: folders.map(({ name }) => name),
  paged: (await all(steward.pages.listUsers({ prefix: 'member', limit: 2 }))).map(({ user }) => user),
  audited: (await all(steward.pages.getAudit({ command: 'addUser', limit: 2 }))).map(({ command }) => command),
  job: [ended.state, ended.moved, moved],
  items: (await all(steward.pages.getJob({ id: begun.job, items: { limit: 1 } }))).map(({ outcome }) => outcome),
  owned: new Set(owned.map(({ id }) => id)).size,
  withoutItems: await all(steward.pages.listOwned({ user: 'member2' })).catch((error) => error.name),
  aborted: await steward.waitForJob(begun.job, { signal: AbortSignal.abort() }).catch((error) => error.reason),
  pageOfOther: typeof steward.pages.listAdmins,
}));
`;

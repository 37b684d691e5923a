import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { contentOfImport } from '../domain/imports/importing.ts';
import { startAuthServer } from '../support/kbaseAuth.ts';
import { type RestoredDatabase, restoreKbase } from '../support/kbaseDatabase.ts';
import { LONG } from '../support/long.ts';
import { runWarm, spawnSteward } from '../support/running.ts';
import { serviceFolder } from '../support/service.ts';

const name = `import_${randomUUID().replaceAll('-', '')}`;
let client: MongoClient;
let kbase: RestoredDatabase;
let folder: Awaited<ReturnType<typeof serviceFolder>>;
let args: string[];
const database = (label: string) => client.db(`${name}_${label}`);
const env = (label: string) => ({
  STEWARD_MONGODB_HOST: inject('mongoUri'),
  STEWARD_MONGODB_DATABASE: database(label).databaseName,
  STEWARD_WS_ADMIN: 'wsadmin',
});

beforeAll(async () => {
  client = await MongoClient.connect(inject('mongoUri'));
  kbase = await restoreKbase(inject('mongoUri'), `${name}_kbase`);
  folder = await serviceFolder();
  // With ids of their own, users have the same ids in every database. Who is not in the file has the name as the id.
  const names = await kbase.workspace.collection('workspaceACLs').distinct('user');
  const users = join(folder.path, 'users.csv');
  await writeFile(users, ['name,id,issuer', ...names.map((user) => `${user},id-${user},https://idp`)].join('\n'));
  args = ['import', 'kbase', '--from', kbase.from, '--types', kbase.typesFrom, '--users', users];
}, 120_000);

afterAll(async () => {
  await kbase[Symbol.asyncDispose]();
  for (const label of ['whole', 'asked', 'killed']) await database(label).dropDatabase();
  await client.close();
  await folder[Symbol.asyncDispose]();
});

it('steward import kbase shows what it would read, and then imports it', async () => {
  const dry = await runWarm([...args, '--dry-run'], folder.path, env('whole'));
  expect(dry).toMatchObject({ code: 0, stderr: '' });
  expect(dry.stdout).toMatch(/^workspaceObjects: 175 documents\n[\s\S]*Nothing was written\.\n$/m);
  expect(await database('whole').listCollections().toArray()).toEqual([]);
  const done = await runWarm(args, folder.path, env('whole'));
  expect(done.code, done.stderr).toBe(0);
  expect(done.stdout).toMatch(/^objects: 175 read, 175 added, 0 changed\n[\s\S]*The import is complete\.\n$/m);
}, 120_000);

it('steward import verify tells whether everything is here, as text and as JSON', async () => {
  const verify = ['import', 'verify', ...args.slice(2, 6)];
  const same = await runWarm(verify, folder.path, env('whole'));
  expect(same).toMatchObject({ code: 0, stderr: '' });
  expect(same.stdout).toMatch(/^versions +218 in KBase, 218 here$[\s\S]*^data +\d+ checked$/m);
  expect(same.stdout).toMatch(/^Everything is here as it is in \S+kbase\.$/m);
  await database('whole')
    .collection('workspaces')
    .updateOne({ number: 3 }, { $set: { locked: true } });
  const other = await runWarm(verify, folder.path, env('whole'));
  expect(other).toMatchObject({ code: 1, stderr: '' });
  expect(other.stdout).toMatch(/^workspaces +31 in KBase, 31 here, 1 DIFFERENT$/m);
  expect(other.stdout).toMatch(/^workspaces 3: locked is true, and false in KBase\n1 difference from \S+kbase\.$/m);
  const json = await runWarm([...verify, '--json'], folder.path, env('whole'));
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout)).toMatchObject({
    ok: false,
    differences: [{ kind: 'workspaces', id: '3', why: 'locked is true, and false in KBase' }],
    more: 0,
  });
  await database('whole')
    .collection('workspaces')
    .updateOne({ number: 3 }, { $set: { locked: false } });
  const elsewhere = await runWarm(verify, folder.path, env('empty'));
  expect(elsewhere).toMatchObject({ code: 2, stdout: '' });
  expect(elsewhere.stderr).toContain('Nothing was imported here');
}, 120_000);

it('steward import kbase asks the auth service who still has an account', async () => {
  const people = ['alice', 'bob', 'carol', 'dave', 'eve', 'frank', 'grace', 'heidi', 'typeadmin', 'wsadmin2'];
  await using auth = await startAuthServer(Object.fromEntries(people.map((person) => [person, []])));
  const token = join(folder.path, 'token');
  await writeFile(token, 'tok-alice\n');
  const asking = [...args.slice(0, 6), '--auth-token-file', token];
  const settings = { ...env('asked'), STEWARD_AUTH2_SERVICE_URL: auth.url };
  const without = await runWarm(asking, folder.path, env('asked'));
  expect(without.stderr).toContain('--auth-token-file needs auth2-service-url in the configuration');
  await writeFile(token, 'tok-nobody');
  const unknown = await runWarm(asking, folder.path, settings);
  expect(unknown.code).not.toBe(0);
  expect(await database('asked').collection('workspaces').countDocuments()).toBe(0);
  await writeFile(token, 'tok-alice\n');
  const done = await runWarm(asking, folder.path, settings);
  expect(done.code, done.stderr).toBe(0);
  const state = async (username: string) => {
    const found = await database('asked').collection('principals').findOne({ username });
    return [found?.state, found?.issuer, found?.subject];
  };
  expect(await state('alice')).toEqual(['active', 'kbase', 'alice']);
  expect((await state('former1'))[0]).toBe('former');
  expect((await state('judy'))[0]).toBe('former');
}, 120_000);

it('steward import kbase that is killed continues, and gives the same database', async () => {
  const isCut = async () => (await progress())?.state === 'running';
  let cut = 0;
  for (const step of killedAt()) {
    await killedIn(step);
    if (await isCut()) cut += 1;
  }
  // On a busy machine, the import may be over before it is killed.
  while (cut === 0) {
    await database('killed').dropDatabase();
    await killedIn(0);
    if (await isCut()) cut += 1;
  }
  const done = await runWarm(args, folder.path, env('killed'));
  expect(done.code, done.stderr).toBe(0);
  expect(await progress()).toMatchObject({ state: 'done' });
  expect(await contentOfImport(database('killed'))).toEqual(await contentOfImport(database('whole')));
}, 1_800_000);

/** The steps after whose start the import is killed: one at random, or many. */
function killedAt(): readonly number[] {
  if (LONG) return Array.from({ length: 20 }, (_, i) => Math.floor(i / 2.5));
  return [Math.floor(Math.random() * 3)];
}

const progress = () => database('killed').collection('imports').findOne();

/** Kills an import as soon as it has reached this step, wherever it is then. */
async function killedIn(step: number): Promise<void> {
  const { child, output } = spawnSteward(args, folder.path, env('killed'));
  const exited = once(child, 'exit');
  while (child.exitCode === null && Number((await progress())?.step ?? -1) < step) await sleep(2);
  // Some steps are several transactions, and the process is anywhere in or between them.
  await sleep(Math.random() * 20);
  child.kill('SIGKILL');
  const [code, signal] = await exited;
  if (signal !== 'SIGKILL') expect(code, JSON.stringify(output)).toBe(0);
}

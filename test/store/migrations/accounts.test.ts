import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { expect, inject, it, vi } from 'vitest';
import { Database } from '../../../src/store/database.ts';
import { freePort } from '../../../src/store/embedded/port.ts';
import { runSteward } from '../../support/running.ts';
import { serviceFolder } from '../../support/service.ts';
import { counting, fillThings, formatDocument, migrated } from './scratch.ts';

const PATIENCE = { timeout: 120_000, interval: 200 };
const PASSWORD = 'open sesame';
const NAME = 'steward';
/** What a service needs while nothing is migrated. */
const SERVICE_ACTIONS = [
  ...['find', 'insert', 'update', 'remove', 'createCollection', 'createIndex'],
  ...['listCollections', 'listIndexes', 'collStats'],
];

interface Guarded extends AsyncDisposable {
  readonly host: string;
  readonly folder: string;
}

/** A MongoDB with accounts: `owner` owns the database, `service` reads and writes in it. */
async function guardedMongod(): Promise<Guarded> {
  const folder = await serviceFolder();
  await mkdir(join(folder.path, 'db'));
  await writeFile(join(folder.path, 'key'), randomBytes(96).toString('base64'), { mode: 0o600 });
  const port = await freePort();
  const args = [
    '--dbpath',
    'db',
    '--port',
    String(port),
    '--bind_ip',
    '127.0.0.1',
    '--replSet',
    'rs0',
    '--keyFile',
    'key',
  ];
  const mongod = spawn(inject('mongodBinary'), [...args, '--quiet'], { cwd: folder.path, stdio: 'ignore' });
  const host = `127.0.0.1:${port}`;
  const direct = await MongoClient.connect(`mongodb://${host}/?directConnection=true`);
  await direct.db('admin').command({ replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host }] } });
  const root = { createUser: 'root', pwd: PASSWORD, roles: ['root'] };
  await vi.waitFor(() => direct.db('admin').command(root), PATIENCE);
  await direct.close();
  const admin = await MongoClient.connect(`mongodb://${host}`, { auth: { username: 'root', password: PASSWORD } });
  const privileges = [{ resource: { db: NAME, collection: '' }, actions: SERVICE_ACTIONS }];
  await admin.db('admin').command({ createRole: 'readsAndWrites', privileges, roles: [] });
  await admin.db('admin').command({ createUser: 'service', pwd: PASSWORD, roles: ['readsAndWrites'] });
  await admin.db('admin').command({ createUser: 'owner', pwd: PASSWORD, roles: [{ role: 'dbOwner', db: NAME }] });
  await admin.close();
  return {
    host,
    folder: folder.path,
    [Symbol.asyncDispose]: async () => {
      mongod.kill('SIGKILL');
      await once(mongod, 'exit');
      await folder[Symbol.asyncDispose]();
    },
  };
}

it('an account that may not migrate is told which may; older instances are seen without the right to see connections', async () => {
  await using mongod = await guardedMongod();
  const connect = (user: string, field = 'a') =>
    Database.connect({
      uri: `mongodb://${mongod.host}/?replicaSet=rs0`,
      database: NAME,
      user,
      password: PASSWORD,
      migrations: [counting('one', field)],
    });
  const [service, owner] = [await connect('service'), await connect('owner')];
  await fillThings(service, 3);
  await service.db.createCollection('jobs');
  await expect(migrated(service)).rejects.toThrow(
    'The account that is used may not migrate the database steward: run steward migrate with --mongodb-user and ' +
      "--mongodb-pwd-file of the database's owner, then start the service again; the server says: ",
  );
  expect(await formatDocument(service)).not.toHaveProperty('migrating');

  const older = await MongoClient.connect(`mongodb://${mongod.host}/?replicaSet=rs0`, {
    appName: 'steward',
    auth: { username: 'service', password: PASSWORD },
  });
  const polling = setInterval(() => older.db(NAME).collection('jobs').find({ state: 'running' }).toArray(), 300);
  await expect(migrated(owner)).rejects.toThrow('A Steward of before formats still works on the database steward');
  clearInterval(polling);
  await older.close();

  await migrated(owner);
  expect(await formatDocument(service)).toMatchObject({ format: 2, history: [{ writes: 3 }] });
  await owner.db.dropDatabase();
  for (const database of [service, owner]) await database.close();

  const password = join(mongod.folder, 'password');
  await writeFile(password, `${PASSWORD}\n`);
  const env = {
    STEWARD_MONGODB_HOST: mongod.host,
    STEWARD_MONGODB_DATABASE: NAME,
    STEWARD_MONGODB_USER: 'service',
    STEWARD_MONGODB_PWD: 'not its password',
  };
  const args = ['migrate', '--mongodb-user', 'owner', '--mongodb-pwd-file', password];
  expect(await runSteward(args, mongod.folder, env)).toMatchObject({ code: 0, stderr: '' });
  const refused = await runSteward(['migrate'], mongod.folder, env);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('With the account service MongoDB at');
  expect(refused.stderr).not.toContain('password');
}, 240_000);

import { type Db, MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { collection } from '../../../src/store/collection.ts';
import { Database } from '../../../src/store/database.ts';
import { guardedMongod, PASSWORD } from '../../support/guardedMongod.ts';
import { runWarm } from '../../support/running.ts';
import { counting, fillThings, formatDocument, migrated } from './scratch.ts';

const NAME = 'steward';
/** What a service needs while nothing is migrated. */
const SERVICE_ACTIONS = [
  ...['find', 'insert', 'update', 'remove', 'createCollection', 'createIndex'],
  ...['listCollections', 'listIndexes', 'collStats'],
];

/** `owner` owns the database, `service` reads and writes in it. */
async function makeAccounts(admin: Db): Promise<void> {
  const privileges = [{ resource: { db: NAME, collection: '' }, actions: SERVICE_ACTIONS }];
  await admin.command({ createRole: 'readsAndWrites', privileges, roles: [] });
  await admin.command({ createUser: 'service', pwd: PASSWORD, roles: ['readsAndWrites'] });
  await admin.command({ createUser: 'owner', pwd: PASSWORD, roles: [{ role: 'dbOwner', db: NAME }] });
}

let mongod: Awaited<ReturnType<typeof guardedMongod>>;
beforeAll(async () => {
  mongod = await guardedMongod(makeAccounts);
}, 120_000);
afterAll(() => mongod[Symbol.asyncDispose]());

it('an account that may not migrate is told which may; older instances are seen without the right to see connections', async () => {
  const connect = (user: string, field = 'a') =>
    Database.connect({
      uri: mongod.uri,
      database: NAME,
      user,
      password: PASSWORD,
      migrations: [counting('one', field)],
    });
  const [service, owner] = [await connect('service'), await connect('owner')];
  await fillThings(service, 3);
  await service.db.createCollection('jobs');
  await expect(migrated(service)).rejects.toThrow(
    'The account that is used may not migrate the database steward: run steward migrate, or steward setup-database if ' +
      "the account has its role from that, with --mongodb-user and --mongodb-pwd-file of the database's owner, then " +
      'start the service again; the server says: ',
  );
  expect(await formatDocument(service)).not.toHaveProperty('migrating');

  const older = await MongoClient.connect(mongod.uri, {
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

  const env = {
    STEWARD_MONGODB_HOST: mongod.host,
    STEWARD_MONGODB_DATABASE: NAME,
    STEWARD_MONGODB_USER: 'service',
    STEWARD_MONGODB_PWD: 'not its password',
  };
  const args = ['migrate', '--mongodb-user', 'owner', '--mongodb-pwd-file', mongod.passwordFile];
  expect(await runWarm(args, mongod.folder, env)).toMatchObject({ code: 0, stderr: '' });
  const refused = await runWarm(['migrate'], mongod.folder, env);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('With the account service MongoDB at');
  expect(refused.stderr).not.toContain('password');
}, 240_000);

it('an account that may not drop indexes keeps them, and one that may drops those that are named', async () => {
  const things = collection('things', { indexes: [{ key: { a: 1 } }, { key: { b: 1 }, name: 'named' }] });
  const connect = (user: string) => Database.connect({ uri: mongod.uri, database: NAME, user, password: PASSWORD });
  const [service, owner] = [await connect('service'), await connect('owner')];
  const indexes = async () => (await service.db.collection('things').indexes()).map(({ name }) => name).sort();
  await owner.prepare([things]);
  await service.dropIndexes([things]);
  expect(await indexes()).toEqual(['_id_', 'a_1', 'named']);
  await owner.dropIndexes([{ ...things, indexes: things.indexes.slice(0, 1) }]);
  expect(await indexes()).toEqual(['_id_', 'named']);
  await owner.prepare([things]);
  expect(await indexes()).toEqual(['_id_', 'a_1', 'named']);
  await owner.db.dropDatabase();
  for (const database of [service, owner]) await database.close();
});

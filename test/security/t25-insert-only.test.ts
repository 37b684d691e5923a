import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Collection, type Db, type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { auditCollection } from '../../src/audit/record.ts';
import { collections } from '../../src/server/assemble.ts';
import { Database } from '../../src/store/database.ts';
import { setUpDatabase, setupScript, withFiles } from '../../src/store/setup.ts';
import { runEverything } from '../gate/everything.ts';
import { counting, fillThings, formatDocument, migrated, never } from '../store/migrations/scratch.ts';
import { type GuardedMongod, guardedMongod, PASSWORD } from '../support/guardedMongod.ts';
import { leaves } from '../support/helpExamples.ts';
import { openHouse } from '../support/house.ts';
import { LONG } from '../support/long.ts';
import { runSteward, runWarm, startRunning } from '../support/running.ts';

const UNAUTHORIZED = { code: 13 };

let mongod: GuardedMongod;
const opened: Database[] = [];

/** Owners of databases that may also make accounts, and `narrow`, who may not. */
async function makeAccounts(admin: Db): Promise<void> {
  const owns = ['steward', 'everything', 'printed', 'formats', 'wide', 'pruned'].map((db) => ({ role: 'dbOwner', db }));
  await admin.command({ createUser: 'owner', pwd: PASSWORD, roles: [...owns, { role: 'userAdmin', db: 'admin' }] });
  await admin.command({ createUser: 'narrow', pwd: PASSWORD, roles: [{ role: 'dbOwner', db: 'narrow' }] });
  await admin.command({ createUser: 'wide', pwd: PASSWORD, roles: [{ role: 'readWrite', db: 'wide' }] });
  await admin.command({ createUser: 'nobody', pwd: PASSWORD, roles: [] });
}

beforeAll(async () => {
  mongod = await guardedMongod(makeAccounts);
});
afterAll(async () => {
  for (const database of opened) await database.close();
  await mongod[Symbol.asyncDispose]();
});

async function connect(user: string, database: string, more: { readonly watched?: true } = {}): Promise<Database> {
  const uri = more.watched ? `${mongod.uri}&monitorCommands=true` : mongod.uri;
  const connected = await Database.connect({ uri, database, user, password: PASSWORD });
  opened.push(connected);
  return connected;
}

const configured = (database: string, user: string) => ({
  STEWARD_MONGODB_HOST: mongod.uri,
  STEWARD_MONGODB_DATABASE: database,
  STEWARD_MONGODB_USER: user,
  STEWARD_MONGODB_PWD: PASSWORD,
  STEWARD_WS_ADMIN: 'admin',
});

const setup = (database: string, user: string, owner = 'owner', more: Readonly<Record<string, string>> = {}) =>
  runWarm(['setup-database', '--mongodb-user', owner, '--mongodb-pwd-file', mongod.passwordFile], mongod.folder, {
    ...configured(database, user),
    ...more,
  });

/** All documents of a collection as they are stored. */
async function stored(documents: Collection): Promise<Buffer[]> {
  const found = await documents.find({}, { raw: true }).sort({ _id: 1 }).toArray();
  return found as unknown as Buffer[];
}

/** What the service's account must not be able to do with the records. */
const ATTACKS: readonly (readonly [what: string, attack: (db: Db) => Promise<unknown>])[] = [
  ['an update', (db) => db.collection('audit').updateOne({}, { $set: { forged: true } })],
  ['an update of many', (db) => db.collection('audit').updateMany({}, { $unset: { records: 1 } })],
  ['a replacement', (db) => db.collection('audit').replaceOne({}, { records: [] })],
  ['a removal', (db) => db.collection('audit').deleteOne({})],
  ['a removal of all', (db) => db.collection('audit').deleteMany({})],
  ['a removal while it is read', (db) => db.collection('audit').findOneAndDelete({})],
  ['a change while it is read', (db) => db.collection('audit').findOneAndUpdate({}, { $set: { forged: true } })],
  [
    'an upsert',
    (db) => db.collection<{ _id: string }>('audit').updateOne({ _id: 'a' }, { $set: {} }, { upsert: true }),
  ],
  [
    '$merge',
    (db) =>
      db
        .collection('principals')
        .aggregate([{ $merge: { into: 'audit' } }])
        .toArray(),
  ],
  [
    '$out',
    (db) =>
      db
        .collection('principals')
        .aggregate([{ $out: 'audit' }])
        .toArray(),
  ],
  ['dropping', (db) => db.collection('audit').drop()],
  ['dropping the database', (db) => db.dropDatabase()],
  ['renaming', (db) => db.collection('audit').rename('elsewhere')],
  ['putting another in its place', (db) => db.collection('roles').rename('audit', { dropTarget: true })],
  ['a collection of another kind', (db) => db.command({ collMod: 'audit', validator: { forged: true } })],
  ['an index that expires records', (db) => db.collection('audit').createIndex({ at: 1 }, { expireAfterSeconds: 0 })],
  [
    'applying operations',
    (db) => db.admin().command({ applyOps: [{ op: 'd', ns: `${db.databaseName}.audit`, o: {} }] }),
  ],
  ['more rights', (db) => db.admin().command({ grantRolesToUser: 'service', roles: ['root'] })],
  ['another role', (db) => db.command({ updateRole: 'stewardService', privileges: [], roles: ['readWrite'] })],
];

describe('an account with the role that setup-database makes', () => {
  let service: Database;
  let pruner: Database;
  let refused: ReadonlyMap<string, unknown>;

  beforeAll(async () => {
    const pruning = { STEWARD_AUDIT_PRUNE_USER: 'remover', STEWARD_AUDIT_PRUNE_PWD: PASSWORD };
    expect(await setup('everything', 'service', 'owner', pruning)).toMatchObject({ code: 0, stderr: '' });
    service = await connect('service', 'everything', { watched: true });
    pruner = await connect('remover', 'everything');
    ({ refused } = await runEverything(service, await connect('owner', 'everything'), pruner));
  });

  it('is enough for every command, every method that writes, and the work in the background', () => {
    expect([...refused].map(([name, error]) => `${name}: ${error}`)).toEqual([]);
  });

  it.each(ATTACKS)('cannot change or remove records: %s', async (_, attack) => {
    const records = service.db.collection('audit');
    const before = await stored(records);
    expect(before.length).toBeGreaterThan(100);
    await expect(attack(service.db)).rejects.toMatchObject(UNAUTHORIZED);
    expect(Buffer.concat(await stored(records)).equals(Buffer.concat(before))).toBe(true);
  });

  it('seals records, and cannot change or remove what is sealed', async () => {
    const segments = service.db.collection('auditSegments');
    await vi.waitFor(async () => expect(await segments.countDocuments()).toBeGreaterThan(0), { timeout: 120_000 });
    const before = await segments.find().sort({ _id: 1 }).toArray();
    for (const attack of [
      () => segments.updateOne({}, { $set: { leaves: null } }),
      () => segments.deleteMany({}),
      () => segments.findOneAndReplace({}, {}),
      () =>
        service.db
          .collection('principals')
          .aggregate([{ $merge: { into: 'auditSegments' } }])
          .toArray(),
    ]) {
      await expect(attack()).rejects.toMatchObject(UNAUTHORIZED);
    }
    expect(await segments.find().sort({ _id: 1 }).toArray()).toEqual(before);
  });

  it('cannot prune, which the account for pruning does, and can remove nothing else', async () => {
    await expect(service.removeIds(auditCollection, [])).rejects.toMatchObject(UNAUTHORIZED);
    await using without = await openHouse({ on: service });
    await without.sealer.seal();
    const prune = { command: 'pruneAudit', params: { before: new Date().toISOString() } };
    expect(await without.refusal('boss', prune)).toBe('prune_unauthorized');
    await expectPruned(service.db);
    await expectPrunesAlone(pruner.db);
  });

  it('has no rights to other databases', async () => {
    const other = await connect('service', 'steward');
    await expect(other.db.collection('principals').findOne()).rejects.toMatchObject(UNAUTHORIZED);
  });
});

/** Records were pruned, and are gone. */
async function expectPruned(db: Db): Promise<void> {
  const [head] = await db.collection('auditHead').find().toArray();
  const segments = await db.collection('auditSegments').find().toArray();
  const removed = segments.filter(({ size }) => size <= head?.pruned).flatMap(({ batches }) => batches);
  expect(removed.length).toBeGreaterThan(0);
  const ids = removed.map(({ id }) => id);
  expect(await db.collection<{ _id: string }>('audit').countDocuments({ _id: { $in: ids } })).toBe(0);
}

/** An account that can only remove records. */
async function expectPrunesAlone(pruner: Db): Promise<void> {
  await expect(pruner.collection('audit').insertOne({})).rejects.toMatchObject(UNAUTHORIZED);
  await expect(pruner.collection('audit').updateMany({}, { $set: { a: 1 } })).rejects.toMatchObject(UNAUTHORIZED);
  await expect(pruner.collection('audit').drop()).rejects.toMatchObject(UNAUTHORIZED);
  for (const { name } of withFiles(collections)) {
    if (name === 'audit') continue;
    await expect(pruner.collection(name).deleteMany({}), name).rejects.toMatchObject(UNAUTHORIZED);
    await expect(pruner.collection(name).findOne(), name).rejects.toMatchObject(UNAUTHORIZED);
  }
}

describe('an account for pruning, made by setup-database', () => {
  const pruning = {
    STEWARD_AUDIT_PRUNE_USER: 'pruner',
    STEWARD_AUDIT_PRUNE_PWD: PASSWORD,
  };

  it.runIf(LONG)('prunes for a service that cannot, and can remove nothing else', async () => {
    const made = await setup('pruned', 'service', 'owner', pruning);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.stdout).toContain('role stewardPrune: created\n');
    expect(made.stdout).toContain('account pruner: created, with the role stewardPrune\n');
    const again = await setup('pruned', 'service', 'owner', pruning);
    expect(again.stdout).toContain('account pruner: is there, with the role stewardPrune\n');

    const untilNow = () => ({ before: new Date().toISOString() });
    const { db } = await connect('owner', 'pruned');
    const without = await startRunning(mongod.folder, configured('pruned', 'service'));
    expect(await without.administer('admin', { command: 'addUser', user: 'ann' })).toMatchObject({ status: 200 });
    await vi.waitFor(async () => expect(await db.collection('auditSegments').countDocuments()).toBeGreaterThan(0), {
      timeout: 60_000,
    });
    const refused = await without.administer('admin', { command: 'pruneAudit', params: untilNow() });
    expect(JSON.stringify(refused)).toContain('prune_unauthorized');
    expect(await without.end('SIGTERM')).toBe(0);

    const running = await startRunning(mongod.folder, { ...configured('pruned', 'service'), ...pruning });
    const begun = await running.administer('admin', { command: 'pruneAudit', params: untilNow() });
    expect(begun).toMatchObject({ status: 200 });
    await vi.waitFor(
      async () => expect(await db.collection('jobs').findOne({ kind: 'pruneAudit' })).toMatchObject({ state: 'done' }),
      { timeout: 60_000 },
    );
    await expectPruned(db);
    expect(await running.end('SIGTERM')).toBe(0);

    await expectPrunesAlone((await connect('pruner', 'pruned')).db);
  });

  it.runIf(LONG)(
    'is reported if it has other roles, and cannot be the account of the service or of the owner',
    async () => {
      const root = await MongoClient.connect(mongod.uri, { auth: { username: 'root', password: PASSWORD } });
      const readWrite = { role: 'readWrite', db: 'pruned' };
      await root.db('admin').command({ grantRolesToUser: 'pruner', roles: [readWrite] });
      const { code, stderr } = await setup('pruned', 'service', 'owner', pruning);
      expect(code).toBe(0);
      expect(stderr).toBe(
        'warning: the account pruner should have the role stewardPrune alone, and has also the roles readWrite on pruned: ' +
          'take these away with revokeRolesFromUser\n',
      );
      await root.db('admin').command({ revokeRolesFromUser: 'pruner', roles: [readWrite] });
      await root.close();
      for (const [user, sentence] of [
        ['service', 'service is the account of the service (mongodb-user) too'],
        ['owner', 'owner is the account for pruning (audit-prune-user), which may do nothing else'],
      ] as const) {
        const wrong = await setup('pruned', 'service', 'owner', { ...pruning, STEWARD_AUDIT_PRUNE_USER: user });
        expect(wrong).toMatchObject({ code: 2, stdout: '' });
        expect(wrong.stderr).toContain(sentence);
      }
    },
  );
});

describe('steward setup-database', () => {
  it.runIf(LONG)('sets a new database up for a service, which starts, stops and starts again', async () => {
    const first = await setup('steward', 'service');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/^database steward: new, has format \d+\n/);
    expect(first.stdout).toContain('collection audit: created, 9 indexes created\n');
    expect(first.stdout).toContain('role stewardService: created\n');
    expect(first.stdout).toMatch(/\nThe service can use the database steward with the account service\.\n$/);
    for (let start = 1; start <= 2; start += 1) {
      const running = await startRunning(mongod.folder, configured('steward', 'service'));
      const user = `user${start}`;
      expect(await running.administer('admin', { command: 'addUser', user })).toMatchObject({ status: 200 });
      expect(await running.administer('admin', { command: 'getAudit', params: { limit: 5 } })).toMatchObject({
        status: 200,
      });
      expect(await running.end('SIGTERM')).toBe(0);
      expect(running.stderr()).not.toContain('not authorized');
    }
  });

  it.runIf(LONG)('does what the examples of its help say', async () => {
    const leaf = (await leaves()).find(({ path }) => path === 'setup-database');
    await writeFile(join(mongod.folder, 'owner-password'), `${PASSWORD}\n`);
    expect(leaf?.examples).toHaveLength(2);
    for (const line of leaf?.examples ?? []) {
      const [, ...words] = line.split(' ');
      expect(await runSteward(words, mongod.folder, configured('steward', 'service')), line).toMatchObject({ code: 0 });
    }
  });

  it.runIf(LONG)('repeats nothing that is done, mends what is missing, and takes no right away', async () => {
    await setup('steward', 'service');
    const again = await setup('steward', 'service');
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toContain(
      `collections and indexes: all ${withFiles(collections).length} collections are there`,
    );
    expect(again.stdout).toContain('role stewardService: is there, with the rights of this version');
    expect(again.stdout).toContain('account service: is there, with the role stewardService');

    const { db } = await connect('owner', 'steward');
    await db.collection('audit').dropIndex('hmacs');
    await db.collection('friends').drop();
    await db.command({ revokePrivilegesFromRole: 'stewardService', privileges: [privilege('roster')] });
    await db.command({ grantPrivilegesToRole: 'stewardService', privileges: [privilege('audit')] });
    await db.command({ grantRolesToRole: 'stewardService', roles: ['readWrite'] });
    const mended = await setup('steward', 'service');
    expect(mended).toMatchObject({ code: 0, stderr: '' });
    expect(mended.stdout).toContain('collection audit: was there, 1 index created\n');
    expect(mended.stdout).toMatch(/collection friends: created, \d/);
    expect(mended.stdout).toContain('role stewardService: has the rights of this version now\n');
    const { roles } = await db.command({ rolesInfo: 'stewardService', showPrivileges: true });
    expect(actionsOf(roles[0], 'audit')).toEqual(['changeStream', 'find', 'insert', 'listIndexes']);
    expect(actionsOf(roles[0], 'roster')).toContain('update');
    expect(roles[0].roles).toEqual([]);
    const { db: asService } = await connect('service', 'steward');
    await expect(asService.collection('audit').deleteMany({})).rejects.toMatchObject(UNAUTHORIZED);
  });

  it.runIf(LONG)('warns of an account that can still change records, and names the roles by which', async () => {
    const { code, stderr } = await setup('wide', 'wide');
    expect(code).toBe(0);
    expect(stderr).toBe(
      'warning: the account wide could still change documents of audit, auditSegments, by its roles readWrite on wide: take ' +
        'these away with revokeRolesFromUser\n',
    );
    const wide = await connect('wide', 'wide');
    await wide.db.collection('audit').updateOne({}, { $set: {} });
    const root = await MongoClient.connect(mongod.uri, { auth: { username: 'root', password: PASSWORD } });
    await root.db('admin').command({ revokeRolesFromUser: 'wide', roles: [{ role: 'readWrite', db: 'wide' }] });
    await root.close();
    expect(await setup('wide', 'wide')).toMatchObject({ code: 0, stderr: '' });
  });

  it.runIf(LONG)('does what the owner may, and says how an administrator of MongoDB makes the account', async () => {
    const { code, stdout, stderr } = await setup('narrow', 'service2', 'narrow');
    expect(code).toBe(1);
    expect(stdout).toContain('role stewardService: created');
    expect(stderr).toContain('may not see or make accounts in the database admin; everything else is set up.');
    const command = /createUser\((\{.*?\})\),/.exec(stderr)?.[1] ?? '';
    expect(command).toBe('{user: "service2", pwd: passwordPrompt(), roles: [{"role":"stewardService","db":"narrow"}]}');
  });

  it.runIf(LONG)('prints the commands, which set up a database just so', async () => {
    const pruning = { STEWARD_AUDIT_PRUNE_USER: 'printedPruner', STEWARD_AUDIT_PRUNE_PWD: PASSWORD };
    const env = { ...configured('printed', 'printed'), ...pruning };
    const { code, stdout } = await runWarm(['setup-database', '--print'], mongod.folder, env);
    expect(code).toBe(0);
    const lines = stdout.trim().split('\n');
    expect(lines).toEqual(
      setupScript({
        database: 'printed',
        collections,
        program: /"program":"([^"]+)"/.exec(stdout)?.[1] ?? '',
        user: 'printed',
        pruneUser: 'printedPruner',
      }),
    );
    const { client } = await connect('owner', 'printed');
    for (const line of lines) {
      // What mongosh would do with it.
      const shell = {
        getSiblingDB: (name: string) => ({ runCommand: (command: Document) => client.db(name).command(command) }),
      };
      await new Function('db', 'passwordPrompt', `return ${line}`)(shell, () => PASSWORD);
    }
    expect(await setup('printed', 'printed', 'owner', pruning)).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('account printedPruner: is there, with the role stewardPrune'),
    });
    const running = await startRunning(mongod.folder, env);
    expect(await running.administer('admin', { command: 'listAdmins' })).toMatchObject({ status: 200 });
    expect(await running.end('SIGTERM')).toBe(0);
  });

  it('migrates, which the service cannot: it refuses before it stops running instances', async () => {
    const migrations = [counting('one', 'a')];
    const at = { uri: mongod.uri, database: 'formats', password: PASSWORD };
    const owner = await Database.connect({ ...at, user: 'owner', migrations });
    opened.push(owner);
    await fillThings(owner, 3);
    const account = { user: 'formats', password: PASSWORD };
    const lines: string[] = [];
    const options = { database: owner, collections, account, program: '2.0.0-test', signal: never };
    const older = await Database.connect({ ...at, user: 'owner', migrations: [] });
    opened.push(older);
    await setUpDatabase({ ...options, database: older, report: () => undefined });

    const service = await Database.connect({ ...at, user: 'formats', migrations });
    opened.push(service);
    const before = await formatDocument(owner);
    await expect(migrated(service)).rejects.toThrow(
      'may not migrate the database formats: run steward migrate, or steward setup-database if',
    );
    expect(await formatDocument(owner)).toEqual(before);
    await setUpDatabase({ ...options, report: (line) => lines.push(line) });
    expect(lines).toContain('database formats: was there, has format 2');
    expect(await formatDocument(owner)).toMatchObject({ format: 2, history: [{ writes: 3 }] });
    await migrated(service);
  });

  it('refuses a wrong command line before it changes anything', async () => {
    const file = join(mongod.folder, 'none');
    await writeFile(file, '\n');
    const owner = ['--mongodb-user', 'owner', '--mongodb-pwd-file', mongod.passwordFile];
    const env = configured('steward', 'service');
    for (const [args, settings, sentence] of [
      [[], env, "give the account of the database's owner with --mongodb-user and --mongodb-pwd-file"],
      [['--mongodb-user', 'owner'], env, '--mongodb-user and --mongodb-pwd-file go together'],
      [['--mongodb-user', 'owner', '--mongodb-pwd-file', file], env, 'is empty'],
      [owner, {}, 'the embedded MongoDB needs no setup'],
      [owner, { STEWARD_MONGODB_HOST: mongod.host }, 'name the account of the service in the configuration'],
      [owner, { ...env, STEWARD_MONGODB_USER: 'owner' }, 'owner is the account of the service (mongodb-user)'],
    ] as const) {
      const wrong = await runWarm(['setup-database', ...args], mongod.folder, settings);
      expect(wrong).toMatchObject({ code: 2, stdout: '' });
      expect(wrong.stderr).toContain(sentence);
    }
  });

  it.runIf(LONG)('is asked for by a service whose account cannot make what is missing', async () => {
    await setup('steward', 'service');
    const { db } = await connect('owner', 'steward');
    await db.collection('audit').dropIndex('hmacs');
    const env = { ...configured('steward', 'service'), STEWARD_PORT: '0' };
    const lacking = await runWarm(['serve'], mongod.folder, env);
    expect(lacking.code).toBe(1);
    expect(lacking.stderr).toContain(
      'steward: The database steward lacks collections, indexes or rights of this version of Steward, and the account ' +
        "that is used may not make them: run steward setup-database with the account of the database's owner, then start again",
    );
    await setup('steward', 'service');
    const stranger = await runWarm(['serve'], mongod.folder, { ...env, STEWARD_MONGODB_USER: 'nobody' });
    expect(stranger.code).toBe(1);
    expect(stranger.stderr).toContain('may not read and write the database steward: run steward setup-database');
    expect(stranger.stderr).not.toMatch(/^ +at /m);
  });
});

const privilege = (collection: string) => ({ resource: { db: 'steward', collection }, actions: ['update'] });

const actionsOf = (role: Document, collection: string): string[] =>
  role.privileges.find((p: Document) => p.resource.collection === collection).actions.toSorted();

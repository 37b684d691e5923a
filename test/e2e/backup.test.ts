import { randomUUID } from 'node:crypto';
import type { Db, Document } from 'mongodb';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { JobView } from '../../src/base/schemas/generated.ts';
import { Database } from '../../src/store/database.ts';
import { openSavingWorld, type SavingWorld, simple } from '../domain/objects/savingWorld.ts';
import { openWorld, type World } from '../domain/workspaces/world.ts';

/**
 * What docs/operating/backup.md promises of a database that is restored from a backup. The backup is made by the driver: like
 * mongodump with an oplog, it reads all collections at one point in time, while the service goes on.
 */

/** All documents of all collections as they were when the first was read, and the indexes. */
async function backupOf({ db, client }: Database): Promise<ReadonlyMap<string, readonly Document[]>> {
  const session = client.startSession({ snapshot: true });
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
  const backup = new Map<string, readonly Document[]>();
  for (const name of names) {
    // Numbers keep their types.
    backup.set(name, await db.collection(name).find({}, { session, promoteValues: false }).toArray());
  }
  await session.endSession();
  return backup;
}

async function restore(db: Db, backup: ReadonlyMap<string, readonly Document[]>): Promise<void> {
  for (const [name, documents] of backup) {
    await db.createCollection(name);
    if (documents.length > 0) await db.collection(name).insertMany([...documents]);
  }
}

const report = async (world: World, command: 'verifyAudit' | 'verifyState') => {
  const { verification, stateVerification } = (await world.run(command)) as JobView;
  return verification ?? stateVerification;
};

const LARGE = 'x'.repeat(400_000);
/** What the backup is of. */
let original: SavingWorld;
let backup: ReadonlyMap<string, readonly Document[]>;
const opened: Database[] = [];

/** A service on a database that was restored from the backup, in which something was changed first. */
async function restored(change: (db: Db) => Promise<unknown> = async () => undefined): Promise<World> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const database = await Database.connect({ uri: inject('mongoUri'), database: name });
  opened.push(database);
  await restore(database.db, backup);
  await change(database.db);
  return openWorld({ on: database });
}

beforeAll(async () => {
  original = await openSavingWorld();
  const large = { type: 'PeerTest.AnyType', name: 'large', data: { any: { text: LARGE } } };
  await original.save('ann', simple({ name: 'small' }), large);
  await original.run('setPermissions', { id: 1, new_permission: 'r', users: ['bea'] });
  await original.sealer.seal();
  await original.run('addAdmin', undefined, 'cec');
  const [taken] = await Promise.all([
    backupOf(original.database),
    original.run('createRole', { name: 'meanwhile', members: [] }),
  ]);
  backup = taken;
  await original.run('setPermissions', { id: 1, new_permission: 'n', users: ['bea'] });
});
afterAll(async () => {
  for (const database of opened) {
    await database.db.dropDatabase();
    await database.close();
  }
  await original[Symbol.asyncDispose]();
});

it('has everything of before the backup and nothing of after it, is verified, goes on, and is verified again', async () => {
  await using world = await restored();
  const objects = { objects: [{ ref: '1/small' }, { ref: '1/large' }] };
  const { data } = (await world.call('bea', 'get_objects2', objects)) as { data: readonly { data: object }[] };
  expect(data.map((object) => object.data)).toEqual([simple().data, { any: { text: LARGE } }]);
  expect(await original.fails('bea', 'get_objects2', objects)).toMatchObject({ reason: 'permission_denied' });
  expect(await world.administer('cec', { command: 'listAdmins' })).toMatchObject({
    result: expect.arrayContaining(['cec']),
  });

  for (const turn of ['as it was', 'with more']) {
    await world.sealer.seal();
    expect(await report(world, 'verifyAudit'), turn).toMatchObject({ ok: true, findings: [] });
    expect(await report(world, 'verifyState'), turn).toMatchObject({ ok: true, findings: [], missingRecords: 0 });
    await world.run('setPermissions', { id: 1, new_permission: 'w', users: ['dan'] });
  }
});

it('is not verified if records or rights were lost or changed on the way', async () => {
  await using world = await restored((db) =>
    db.collection<{ _id: string }>('workspaces').updateOne({ _id: 'ws1' }, { $set: { grants: [] } }),
  );
  expect(await report(world, 'verifyAudit')).toMatchObject({ ok: true });
  expect(await report(world, 'verifyState')).toMatchObject({ ok: false });
  await world.database.db.collection('audit').deleteOne({ 'records.command': 'createWorkspace' });
  expect(await report(world, 'verifyAudit')).toMatchObject({ ok: false });
});

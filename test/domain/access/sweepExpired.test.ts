import { describe, expect, it } from 'vitest';
import { Journal } from '../../../src/audit/journal.ts';
import { sweepExpired } from '../../../src/domain/access/sweepExpired.ts';
import { openHouse, type StoredRecord } from '../../support/house.ts';
import { openClockedWorld, openFilledWorld, thingsIn } from './expiring.ts';

const swept = (records: readonly StoredRecord[]) => records.filter(({ command }) => command === 'sweepExpired');
const never = () => new AbortController().signal;

/** The texts of all documents but those of the audit. */
async function traces(world: { readonly contents: (collection: string) => Promise<object[]> }): Promise<string> {
  const all = await Promise.all(['workspaces', 'resources', 'roles', 'roster'].map((name) => world.contents(name)));
  return JSON.stringify(all);
}

describe('rights that have expired', () => {
  it('are removed without a trace but in the audit, which has each of them; others stay', async () => {
    await using world = await openFilledWorld();
    const { plate } = await thingsIn(world);
    const grants = [5, 10].map((minutes, i) => ({
      ...{ accountType: 'User', account: ['bea', 'cec'][i], level: 'write', expires: world.at(minutes) },
    }));
    await world.run('setAcl', { id: plate, grants });
    await world.run('setPermissions', { id: 1, new_permission: 'w', users: ['bea'], expires: world.at(5) });
    await world.run('setPermissions', { id: 1, new_permission: 'r', users: ['dan'] });
    await world.run('createRole', { name: 'readers', members: ['dan'] });
    await world.run('addRoleMembers', { name: 'readers', members: ['bea'], expires: world.at(5) });
    await world.run('addRoleMembers', { name: 'readers', members: ['cec'], expires: world.at(10) });
    await world.run('addAdmin', { expires: world.at(5) }, 'bea');
    await world.run('addAdmin', { expires: world.at(10) }, 'cec');
    const before = await traces(world);
    world.setClock(4.99);
    await world.sweep();
    expect(swept(await world.records())).toEqual([]);
    expect(await traces(world)).toBe(before);

    world.setClock(5);
    await world.sweep();
    const bea = (await world.contents('principals')).find(({ username }) => username === 'bea')?._id as string;
    const cec = (await world.contents('principals')).find(({ username }) => username === 'cec')?._id as string;
    const after = await traces(world);
    // In quotes, since a random id may contain the letters of a short name.
    expect(after).not.toContain(`"${bea}"`);
    expect(after).not.toContain(world.at(5));
    expect(after.split(`"${cec}"`)).toHaveLength(4);
    expect(await world.contents('roles')).toMatchObject([{ size: 2 }]);
    const records = swept(await world.records());
    expect(records).toMatchObject(
      records.map(() => ({ via: 'job', outcome: 'success', authority: 'service', actor: { id: 'steward' } })),
    );
    const paths = records.flatMap(({ changes }) =>
      (changes as { collection: string; fields: { path: string; before: unknown; after?: unknown }[] }[]).flatMap(
        ({ collection, fields }) => fields.map((field) => ({ collection, ...field })),
      ),
    );
    const ended = { principal: bea, expires: new Date(world.at(5)) };
    expect(paths).toEqual([
      { collection: 'workspaces', path: `grants[${bea}]`, before: { ...ended, level: 'write' } },
      { collection: 'resources', path: `grants[${bea}]`, before: { ...ended, level: 'write' } },
      { collection: 'roles', path: 'size', before: 3, after: 2 },
      { collection: 'roles', path: `members[${bea}]`, before: ended },
      expect.objectContaining({ collection: 'roster', path: 'epoch' }),
      { collection: 'roster', path: `admins[${bea}]`, before: expect.objectContaining(ended) },
    ]);
    // It is found by whom and what it was about.
    expect(await world.run('getAudit', { resource: `resources/${plate}`, limit: 1, newestFirst: true })).toMatchObject({
      records: [{ command: 'sweepExpired' }],
    });
    // Nothing is left to do.
    await world.sweep();
    expect(swept(await world.records())).toHaveLength(records.length);
  });

  it('are removed in transactions of limited size, of which each commits or not', async () => {
    const now = () => new Date('2030-01-01T00:00:00Z');
    await using house = await openHouse({ now, limits: { perPart: 2 } });
    const { database } = house;
    const journal = new Journal(database, (error) => expect(error).toBeUndefined());
    const grants = [{ principal: 'gus', level: 'read', expires: now() }];
    await database.db.collection('resources').insertMany(
      Array.from({ length: 5 }, (_, i) => ({
        _id: `res-${i}`,
        revision: 1,
        type: 'plate',
        name: 'n',
        grants,
      })) as never[],
    );
    const stop = new AbortController();
    const parts = {
      database,
      journal,
      now,
      committed: (changes: readonly object[]) => changes.length > 0 && stop.abort(),
    };
    await sweepExpired(parts, stop.signal);
    const left = async () =>
      database.db.collection('resources').countDocuments({ 'grants.expires': { $exists: true } });
    expect(await left()).toBe(3);
    await sweepExpired({ ...parts, committed: () => undefined }, never());
    expect(await left()).toBe(0);
    const sizes = swept(await house.records()).map(({ changes }) => (changes as object[]).length);
    expect(sizes).toEqual([2, 2, 1]);
  });

  it('are not removed if they are given anew at the same time', async () => {
    await using world = await openClockedWorld();
    for (let minutes = 1; minutes <= 10; minutes += 1) {
      await world.run('setPermissions', { id: 1, new_permission: 'w', users: ['bea'], expires: world.at(minutes) });
      world.setClock(minutes);
      await Promise.all([
        world.sweep(),
        world.run('setPermissions', { id: 1, new_permission: 'r', users: ['bea'] }),
        world.sweep(),
      ]);
      expect(await world.run('getPermissions', { id: 1 })).toEqual({ ann: 'a', bea: 'r' });
    }
  });

  it('are removed by one of several instances at a time, and by another if that one stops', async () => {
    await using world = await openClockedWorld();
    await world.run('setPermissions', { id: 1, new_permission: 'w', users: ['bea'], expires: world.at(1) });
    world.setClock(1);
    await using other = await openHouse({ beside: world, now: () => new Date(world.at(1)) });
    const turns = await Promise.all([world, other].map(({ worker }) => worker.turn('sweep expired rights')));
    expect(turns).toContain(true);
    expect(swept(await world.records())).toHaveLength(1);
    await world.worker.stop();
    await world.run('setPermissions', { id: 1, new_permission: 'w', users: ['bea'], expires: world.at(2) });
    await using later = await openHouse({ beside: world, now: () => new Date(world.at(2)) });
    expect(await later.worker.turn('sweep expired rights')).toBe(true);
    expect(swept(await world.records())).toHaveLength(2);
  });
});

import { describe, expect, it } from 'vitest';
import type { JobView } from '../../../src/base/schemas/generated.ts';
import type { World } from '../workspaces/world.ts';
import { MANY, openWorld, put, settle, standing, stored } from './things.ts';

/** What ann has before her account is replaced. */
async function withAnn(options: { readonly movesToChangedIds?: boolean } = {}, count = 5): Promise<World> {
  const world = await openWorld(options);
  await world.call('ann', 'create_workspace', { workspace: 'ann:genomes' });
  await put(world, count, () => ({}));
  await world.call('cec', 'create_workspace', { workspace: 'shared' });
  await world.run('setPermissions', { id: 2, new_permission: 'w', users: ['ann'] });
  return world;
}

const cycle = async (world: World) => {
  await world.worker.turn('changed user ids');
  await settle(world);
};

/** All ways in which another user gets the name. */
const ways: [string, (world: World) => Promise<string>][] = [
  [
    'a token of another subject with the name',
    async (world) => {
      await world.signIn({ sub: 'ann-2', name: 'ann' });
      return 'ann-2';
    },
  ],
  [
    'deleteUser, then addUser with an id',
    async (world) => {
      await world.run('deleteUser', undefined, 'ann');
      await world.run('addUser', { id: 'ann-2' }, 'ann');
      await world.signIn({ sub: 'ann-2', name: 'ann' });
      return 'ann-2';
    },
  ],
  [
    'deleteUser, then addUser and the first sign-in',
    async (world) => {
      await world.run('deleteUser', undefined, 'ann');
      await world.run('addUser', undefined, 'ann');
      await world.signIn({ sub: 'ann-2', name: 'ann' });
      const found = (await world.contents('principals')).find((p) => p.subject === 'ann-2');
      return String(found?._id);
    },
  ],
  [
    'another user who is given the name',
    async (world) => {
      await world.run('deleteUser', undefined, 'ann');
      await world.run('renameUser', { newName: 'ann' }, 'dan');
      return 'dan';
    },
  ],
  [
    'another user who is given the name, when its holder is disabled and called something else',
    async (world) => {
      await world.run('disableUser', undefined, 'ann');
      await world.run('renameUser', { newName: 'annie' }, 'ann');
      await world.run('renameUser', { newName: 'ann' }, 'dan');
      return 'dan';
    },
  ],
  [
    'a swap of two names',
    async (world) => {
      await world.run('renameUser', { newName: 'somebody' }, 'ann');
      await world.run('renameUser', { newName: 'ann' }, 'dan');
      await world.run('renameUser', { newName: 'dan' }, 'somebody');
      return 'dan';
    },
  ],
];

describe.each(ways)('a user who gets a name through %s', (_, recreate) => {
  it('owns nothing and has no right', async () => {
    await using world = await withAnn();
    const before = await stored(world);
    const id = await recreate(world);
    const caller = id === 'dan' ? 'dan' : undefined;
    const listed = (await world.run('listOwned', { user: `id:${id}` })) as { types: unknown[] };
    expect(listed.types).toEqual([]);
    expect(await world.run('listWorkspaces', { excludeGlobal: 1 }, 'ann')).toEqual([]);
    if (caller !== undefined) expect(await world.call(caller, 'list_workspace_info', {})).toEqual([]);
    expect(await stored(world)).toEqual(before);
  });
});

it('a new role with the name of a deleted one owns nothing and has no rights', async () => {
  await using world = await openWorld();
  await world.run('createRole', { name: 'lab', members: ['bea'] });
  const owners = [{ accountType: 'ApplicationRole', owner: 'lab' }];
  const more = { type: 'workbooks', externalId: '/@Catalog/w', name: 'w', owners };
  const { id } = (await world.run('createResource', more)) as { id: string };
  const shared = { type: 'folders', externalId: '/@Catalog/f', name: 'f' };
  const folder = (await world.run('createResource', {
    ...shared,
    owners: [{ accountType: 'User', owner: 'cec' }],
  })) as { id: string };
  const grants = [{ accountType: 'ApplicationRole', account: 'lab', level: 'write' }];
  await world.run('setAcl', { id: folder.id, mode: 'merge', grants });
  expect(await world.call('bea', 'Resource.get', { id })).toMatchObject({ id });
  expect(await world.message('deleteRole', { name: 'lab' })).toBe('Role lab still owns workbooks /@Catalog/w');
  await world.run('changeOwner', { from: 'role:lab', to: 'cec' });
  const before = await stored(world);
  await world.run('deleteRole', { name: 'lab' });
  await world.run('createRole', { name: 'lab', members: ['bea', 'dan'] });
  for (const user of ['bea', 'dan']) {
    for (const of of [id, folder.id]) {
      expect((await world.fails(user, 'Resource.get', { id: of })).reason).toBe('permission_denied');
    }
  }
  expect(await world.run('listOwned', { role: 'lab' })).toMatchObject({ types: [] });
  expect(await stored(world)).toEqual(before);
});

describe('with change-ownership-of-changed-user-ids', () => {
  it.each(ways)('only users who came later get resources through %s', async (_, recreate) => {
    await using world = await withAnn({ movesToChangedIds: true });
    const before = await stored(world);
    const id = await recreate(world);
    await cycle(world);
    if (id === 'dan') {
      // A user who existed before was only renamed.
      expect(await stored(world)).toEqual(before);
      expect(await world.contents('jobs')).toEqual([]);
    } else {
      expect((await stored(world)).get('ws1')).toMatchObject({ owners: [id], grants: [] });
    }
  });

  it('a new account of staff gets what the old one owned, but not once the setting is off again', async () => {
    await using world = await openWorld({ movesToChangedIds: true });
    const make = async () =>
      ((await world.run('createStaff', { username: 'lib', password: 'a password' })) as { id: string }).id;
    const first = await make();
    await put(world, 2, () => ({ owners: [first] }));
    await world.run('deleteStaff', { id: first });
    const second = await make();
    expect([...(await stored(world)).values()].map((r) => r.owners)).toEqual([[first], [first]]);
    await cycle(world);
    expect([...(await stored(world)).values()].map((r) => r.owners)).toEqual([[second], [second]]);
    await using off = await openWorld({ beside: world });
    await off.run('deleteStaff', { id: second });
    await make();
    await expect(off.worker.turn('changed user ids')).rejects.toThrow('no task');
    expect([...(await stored(off)).values()].map((r) => r.owners)).toEqual([[second], [second]]);
  });

  it.each([5, MANY])(
    'the next cycle moves what the old id owned, %d items and more, as a recorded job',
    async (count) => {
      await using world = await withAnn({ movesToChangedIds: true }, count);
      await world.signIn({ sub: 'ann-2', name: 'ann' });
      expect((await stored(world)).get('ws1')?.owners).toEqual(['ann']);
      await cycle(world);
      const now = [...(await stored(world)).values()];
      expect(now.filter((r) => r.owners[0] === 'ann-2')).toHaveLength(count + 1);
      expect(now.find((r) => r._id === 'ws1')).toMatchObject({ name: 'ann:genomes', grants: [] });
      expect(now.find((r) => r._id === 'ws2')?.grants).toEqual([{ principal: 'ann', level: 'write' }]);
      const { jobs } = (await world.run('listJobs', {})) as { jobs: JobView[] };
      expect(jobs).toMatchObject([
        { kind: 'changedUserIds', state: 'done', by: 'steward', to: 'ann', moved: count + 1 },
      ]);
      const records = (await world.records()).filter((r) => r.command === 'changedUserIds');
      expect(records.every((r) => r.via === 'job' && r.authority === 'service')).toBe(true);
      const named = records.flatMap((r) =>
        (r.changes as { collection: string }[]).filter((c) => ['workspaces', 'resources'].includes(c.collection)),
      );
      expect(named).toHaveLength(count + 1);
    },
  );

  it('what an administrator reverts stays reverted', async () => {
    await using world = await withAnn({ movesToChangedIds: true });
    const before = new Map([...(await stored(world))].map(([id, r]) => [id, standing(r)]));
    await world.signIn({ sub: 'ann-2', name: 'ann' });
    await cycle(world);
    const { jobs } = (await world.run('listJobs', {})) as { jobs: JobView[] };
    const id = jobs[0]?.job;
    expect(await world.refusal('boss', { command: 'revertJob', params: { id } })).toBe('recipient_unfit');
    await world.run('revertJob', { id, to: 'dan' });
    await cycle(world);
    const now = await stored(world);
    for (const [thing, { owners }] of before) {
      expect(now.get(thing)?.owners).toEqual(owners.map((owner) => (owner === 'ann' ? 'dan' : owner)));
    }
  });

  it('nothing moves to another name, to a name from an administrator, or while the user is disabled', async () => {
    await using world = await withAnn({ movesToChangedIds: true });
    await world.run('deleteUser', undefined, 'ann');
    await world.signIn({ sub: 'x', name: 'anna' });
    await world.run('addUser', undefined, 'ann');
    await cycle(world);
    expect(await world.contents('jobs')).toEqual([]);
    await world.signIn({ sub: 'ann-2', name: 'ann' });
    await world.run('disableUser', undefined, 'ann');
    await cycle(world);
    expect(await world.contents('jobs')).toEqual([]);
  });
});

it('without it nothing moves, and an administrator can reclaim', async () => {
  await using world = await withAnn();
  await world.signIn({ sub: 'ann-2', name: 'ann' });
  await expect(world.worker.turn('changed user ids')).rejects.toThrow('no task');
  const former = (await world.contents('principals')).find((p) => p._id === 'ann');
  expect(former).toMatchObject({ state: 'former' });
  expect(await world.refusal('boss', { command: 'reclaim', params: { from: 'ann', to: 'bea' } })).toBe(
    'invalid_params',
  );
  const owner = ((await world.run('getWorkspaceInfo', { id: 1 })) as unknown[])[2];
  expect(owner).toMatch(/^ann~[0-9a-f]{8}$/);
  expect(await world.run('reclaim', { from: owner, to: 'ann' })).toMatchObject({ moved: 6, from: owner, to: 'ann' });
  expect((await stored(world)).get('ws1')).toMatchObject({ owners: ['ann-2'], grants: [] });
  expect(await world.run('reclaim', { from: 'id:ann', to: 'ann' })).toMatchObject({ total: 0 });
});

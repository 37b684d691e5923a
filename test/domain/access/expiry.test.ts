import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClockedWorld, openFilledWorld, thingsIn } from './expiring.ts';

/** The outcome of a call, so that calls that are refused compare too. */
const outcomeOf = (call: Promise<unknown>) =>
  call.then(
    (result) => JSON.stringify(result),
    (error) => `${error.reason}: ${error.message}`,
  );

type Ids = Awaited<ReturnType<typeof thingsIn>>;

/** Every way to read that depends on grants and memberships; as a method by the user, or as a command about them. */
const READS: Readonly<Record<string, (world: ClockedWorld, user: string, ids: Ids) => Promise<unknown>>> = {
  'info of a workspace': (w, user) => w.call(user, 'get_workspace_info', { id: 1 }),
  'old info of a workspace': (w, user) => w.call(user, 'get_workspacemeta', { id: 1 }),
  'its description': (w, user) => w.call(user, 'get_workspace_description', { id: 1 }),
  'its permissions': (w, user) => w.call(user, 'get_permissions', { id: 1 }),
  'permissions of many': (w, user) => w.call(user, 'get_permissions_mass', { workspaces: [{ id: 1 }] }),
  'the list of workspaces': (w, user) => w.call(user, 'list_workspace_info', {}),
  'the list of workspaces to write to': (w, user) => w.call(user, 'list_workspace_info', { perm: 'w' }),
  'the old list of workspaces': (w, user) => w.call(user, 'list_workspaces', {}),
  'the list of numbers': (w, user) => w.call(user, 'list_workspace_ids', {}),
  'the list of objects': (w, user) => w.call(user, 'list_objects', { ids: [1] }),
  'the old list of objects': (w, user) => w.call(user, 'list_workspace_objects', { workspace: 'ann:one' }),
  'names of objects': (w, user) => w.call(user, 'get_names_by_prefix', { workspaces: [{ id: 1 }], prefix: 'f' }),
  'an object': (w, user) => w.call(user, 'get_objects2', { objects: [{ ref: '1/1' }] }),
  'info of an object': (w, user) => w.call(user, 'get_object_info3', { objects: [{ ref: '1/1' }] }),
  'the history of an object': (w, user) => w.call(user, 'get_object_history', { ref: '1/1' }),
  'info of an object, leaving out what cannot be read': (w, user) =>
    w.call(user, 'get_object_info3', { objects: [{ ref: '1/1' }], ignoreErrors: 1 }),
  'a resource': (w, user, { plate }) => w.call(user, 'Resource.get', { id: plate }),
  'the rights on a resource': (w, user, { plate }) => w.call(user, 'Resource.get_acl', { id: plate }),
  'the list of resources': (w, user) => w.call(user, 'Resource.list', {}),
  'an item of the catalog': (w, user) => w.call(user, 'Catalog.get_item', { type: 'folders', id: '/@Catalog/things' }),
  'the rights on an item': (w, user) => w.call(user, 'Catalog.get_acl', { type: 'folders', id: '/@Catalog/things' }),
  'the list of the catalog': (w, user) => w.call(user, 'Catalog.list_items', {}),
  'the catalog by owner': (w, user) => w.call(user, 'Catalog.list_items', { sortBy: 'owner' }),
  'an object of the portal': (w, user, { segment }) =>
    w.call(user, 'Gnode.get_object', { type: 'segment', id: segment }),
  'its sharing': (w, user, { segment }) => w.call(user, 'Gnode.get_sharing', { type: 'segment', id: segment }),
  'the list of the portal': (w, user) => w.call(user, 'Gnode.list_objects', { type: 'segment', filters: {} }),
  'permissions, by command': (w, user) => w.run('getPermissions', { id: 1 }, user),
  'workspaces, by command': (w, user) => w.run('listWorkspaces', {}, user),
  'rights, by command': (w, user, { plate }) => w.run('getAcl', { id: plate }, user),
  'what they were granted': (w, user) => w.run('listOwned', { user, having: 'granted' }),
  'what they were granted of a type': (w, user) => w.run('listOwned', { user, having: 'granted', type: 'plate' }),
  'the roles of a user': (w, user) => w.run('listRoles', { member: user }),
};

/** Gives a user everything on everything for ten minutes, by themselves or through a role. */
const WAYS: Readonly<Record<string, (world: ClockedWorld, ids: Ids) => Promise<void>>> = {
  'by grants': async (world, ids) => {
    await world.run('setPermissions', { id: 1, new_permission: 'a', users: ['bea'], expires: world.at(10) });
    const grants = [{ accountType: 'User', account: 'bea', level: 'admin', expires: world.at(10) }];
    for (const id of Object.values(ids)) await world.run('setAcl', { id, mode: 'merge', grants });
    // Shown by one of the reads, which has no other reason to change.
    await world.run('createRole', { name: 'readers' });
    await world.run('addRoleMembers', { name: 'readers', members: ['bea'], expires: world.at(10) });
  },
  'through a role': async (world, ids) => {
    await world.run('createRole', { name: 'readers' });
    await world.run('addRoleMembers', { name: 'readers', members: ['bea'], expires: world.at(10) });
    await world.run('setPermissions', { id: 1, new_permission: 'a', users: ['role:readers'] });
    const grants = [{ accountType: 'ApplicationRole', account: 'readers', level: 'admin' }];
    for (const id of Object.values(ids)) await world.run('setAcl', { id, mode: 'merge', grants });
  },
};

describe.each(Object.keys(WAYS))('a right that expires, given %s', (way) => {
  let world: ClockedWorld;
  let ids: Ids;
  const read = async (user: string) => {
    const all: Record<string, string> = {};
    for (const [name, call] of Object.entries(READS)) {
      // What differs for each caller is their own name and id.
      all[name] = (await outcomeOf(call(world, user, ids))).replaceAll(
        /\b(bea|cec)\b|users?-[0-9a-f-]+|"id":"[^"]*"/g,
        '?',
      );
    }
    return all;
  };
  beforeAll(async () => {
    world = await openFilledWorld();
    ids = await thingsIn(world);
    await WAYS[way]?.(world, ids);
  });
  afterAll(() => world[Symbol.asyncDispose]());

  it('gives what it says until then, and from that instant on nothing, wherever rights are read', async () => {
    world.setClock(9.99);
    const [before, never] = [await read('bea'), await read('cec')];
    // Each read shows the right while it holds, or it could not show that it ended.
    for (const name of Object.keys(READS)) expect([name, before[name]]).not.toEqual([name, never[name]]);
    world.setClock(10);
    expect(await read('bea')).toEqual(await read('cec'));
  });

  it('gives nothing to write with either', async () => {
    world.setClock(10);
    const denied = { reason: 'permission_denied' };
    expect(await world.fails('bea', 'set_permissions', { id: 1, new_permission: 'r', users: ['cec'] })).toMatchObject(
      denied,
    );
    expect(await world.fails('bea', 'alter_workspace_metadata', { wsi: { id: 1 }, new: { a: 'b' } })).toMatchObject(
      denied,
    );
    expect(await world.fails('bea', 'rename_object', { obj: { ref: '1/1' }, new_name: 'x' })).toMatchObject(denied);
    expect(await world.fails('bea', 'Resource.set_acl', { id: ids.plate, visibility: 'public' })).toMatchObject(denied);
    // Not even to give it up, which would show who else has rights.
    const own = [{ accountType: 'User', account: 'bea' }];
    expect(await world.fails('bea', 'Resource.set_acl', { id: ids.plate, mode: 'remove', grants: own })).toMatchObject(
      denied,
    );
  });

  it('is not shown to others any more, and cannot come back once it was removed', async () => {
    const seen = async () =>
      JSON.stringify([
        await world.run('getPermissions', { id: 1 }),
        await world.run('getPermissionsMass', { workspaces: [{ id: 1 }] }),
        await world.run('getAcl', { id: ids.plate }),
        await world.run('listRoles', { name: 'readers' }),
        await world.call('ann', 'Gnode.get_sharing', { type: 'segment', id: ids.segment }),
        await world.call('ann', 'Gnode.get_object', { type: 'segment', id: ids.segment }),
      ]);
    world.setClock(9.99);
    expect(await seen()).toContain('"bea"');
    world.setClock(10);
    expect(await seen()).not.toContain('"bea"');
    expect(await world.run('listRoles')).toMatchObject({ roles: [{ name: 'readers', size: 0 }] });
    // Before it is removed, it follows the clock.
    world.setClock(5);
    expect(await outcomeOf(world.call('bea', 'get_workspace_info', { id: 1 }))).toContain('ann:one');
    world.setClock(10);
    await world.sweep();
    world.setClock(5);
    expect(await outcomeOf(world.call('bea', 'get_workspace_info', { id: 1 }))).toContain('permission_denied');
    expect(await world.run('listRoles')).toMatchObject({ roles: [{ name: 'readers', size: 0 }] });
    expect(await seen()).not.toContain('"bea"');
  });
});

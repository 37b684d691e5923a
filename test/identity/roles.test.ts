import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResourceView } from '../../src/base/schemas/generated.ts';
import { allCommands } from '../../src/operations/index.ts';
import { openWorld, type World } from '../domain/workspaces/world.ts';
import { originOf } from '../support/house.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const role = (account: string, level: string) => ({ accountType: 'ApplicationRole', account, level });
const block = async (owner: string, more: object = {}) => {
  const owners = [{ accountType: 'User', owner }];
  return (await world.run('createResource', { type: 'block', name: 'b', owners, ...more })) as ResourceView;
};
const reads = async (user: string, id: string) =>
  world.call(user, 'Resource.get', { id }).then(
    () => true,
    (error) => (error.reason === 'permission_denied' ? false : Promise.reject(error)),
  );

describe('a role', () => {
  it('is made, shown, changed and deleted', async () => {
    const made = {
      name: 'Data Stewards',
      id: expect.stringMatching(/^role-[0-9a-f-]{36}$/),
      created: expect.any(String),
    };
    expect(await world.run('createRole', { name: 'Data Stewards', members: ['bea', 'ann', 'bea'] })).toEqual({
      ...made,
      size: 2,
    });
    expect(await world.run('addRoleMembers', { name: 'Data Stewards', members: ['ann', 'cec'] })).toMatchObject({
      size: 3,
    });
    expect(await world.run('removeRoleMembers', { name: 'Data Stewards', members: ['bea', 'dan'] })).toMatchObject({
      size: 2,
    });
    expect(await world.run('listRoles', { name: 'Data Stewards' })).toEqual({
      roles: [{ ...made, size: 2, members: ['ann', 'cec'] }],
    });
    expect(await world.run('listRoles', { member: 'ann' })).toMatchObject({ roles: [{ name: 'Data Stewards' }] });
    expect(await world.run('listRoles', { member: 'bea' })).toEqual({ roles: [] });
    expect(await world.message('createRole', { name: 'Data Stewards' })).toBe('Role Data Stewards already exists');
    await world.run('deleteRole', { name: 'Data Stewards' });
    expect(await world.message('addRoleMembers', { name: 'Data Stewards', members: ['ann'] })).toBe(
      'Role Data Stewards does not exist',
    );
    // The name is free again, for another role.
    expect(await world.run('createRole', { name: 'Data Stewards' })).toMatchObject({ size: 0 });
  });

  it('is made with members who leave it by themselves, as addRoleMembers adds them', async () => {
    const create = (params: object) => world.run('createRole', { name: 'Guests', ...params });
    const expires = '2099-12-31T23:59:59.900Z';
    expect(await create({ members: ['bea', 'cec'], expires })).toMatchObject({ size: 2 });
    await world.run('addRoleMembers', { name: 'Guests', members: ['cec'] });
    expect(await world.run('listRoles', { name: 'Guests' })).toMatchObject({
      roles: [{ members: ['bea', 'cec'], expiring: [{ user: 'bea', expires: '2099-12-31T23:59:59.000Z' }] }],
    });
    await world.run('deleteRole', { name: 'Guests' });
    for (const [params, message] of [
      [{ members: ['bea'], expires: '2001-01-01T00:00:00Z' }, 'expires must be in the future'],
      [{ members: ['bea'], expires: 'soon' }, 'expires must be an instant'],
      [{ expires }, 'expires is for members, and there are none'],
    ] as const) {
      expect(await world.message('createRole', { name: 'Guests', ...params })).toContain(message);
    }
    expect(await world.message('listRoles', { name: 'Guests' })).toContain('does not exist');
  });

  it.each([' blank', 'blank ', 'id:x', 'former~0123abcd'])('cannot be named %j', async (name) => {
    expect((await world.refused('boss', { command: 'createRole', params: { name } })).reason).toBe('invalid_params');
  });

  it('is listed by name, a page at a time', async () => {
    for (const name of ['p1', 'p2', 'p3', 'p4']) await world.run('createRole', { name, members: ['dan'] });
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const params = { member: 'dan', limit: 3, ...(cursor ? { cursor } : {}) };
      const page = (await world.run('listRoles', params)) as { roles: { name: string }[]; next?: string };
      names.push(...page.roles.map((r) => r.name));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(names).toEqual(['p1', 'p2', 'p3', 'p4']);
  });

  it('gives what it was granted to its members, and to nobody else', async () => {
    const { id } = await block('ann');
    await world.run('createRole', { name: 'readers', members: ['bea'] });
    await world.run('setAcl', { id, grants: [role('readers', 'read')] });
    expect([await reads('bea', id), await reads('cec', id)]).toEqual([true, false]);
    expect((await world.fails('bea', 'Resource.update', { id, name: 'x' })).reason).toBe('permission_denied');
    await world.run('setAcl', { id, mode: 'merge', grants: [{ accountType: 'User', account: 'bea', level: 'write' }] });
    await world.call('bea', 'Resource.update', { id, name: 'x' });
  });

  it('owns for its members, and cannot be deleted while it owns something', async () => {
    await world.run('createRole', { name: 'owners', members: ['bea'] });
    const owners = [{ accountType: 'ApplicationRole', owner: 'owners' }];
    const params = { type: 'workbooks', name: 'w', externalId: '/@Catalog/owned', owners };
    const { id } = (await world.run('createResource', params)) as ResourceView;
    expect(await world.call('bea', 'Resource.get', { id })).toMatchObject({ owners });
    expect(await world.message('deleteRole', { name: 'owners' })).toBe(
      'Role owners still owns workbooks /@Catalog/owned',
    );
    await world.call('bea', 'Resource.delete', { id });
    await world.run('deleteRole', { name: 'owners' });
  });

  it('that is deleted gives no rights any more, and its grants can still be withdrawn by its name', async () => {
    const { id } = await block('ann');
    await world.run('createRole', { name: 'gone', members: ['bea'] });
    await world.run('setAcl', { id, grants: [role('gone', 'read')] });
    await world.run('deleteRole', { name: 'gone' });
    await world.run('createRole', { name: 'gone', members: ['bea'] });
    expect(await reads('bea', id)).toBe(false);
    const { grants } = (await world.run('getAcl', { id })) as { grants: { account: string }[] };
    expect(grants).toMatchObject([
      { accountType: 'ApplicationRole', account: expect.stringMatching(/^gone~[0-9a-f]{8}$/) },
    ]);
    await world.run('setAcl', { id, mode: 'remove', grants });
    expect(await world.run('getAcl', { id })).toMatchObject({ grants: [] });
  });
});

describe('on the wire of KBase', () => {
  it('a role is role:NAME, when it is given something and when something is taken from it', async () => {
    await world.run('createRole', { name: 'kbase', members: ['bea'] });
    const { 0: id } = (await world.run('createWorkspace', { workspace: 'shared' }, 'ann')) as [number];
    await world.run('setPermissions', { id, new_permission: 'w', users: ['cec', 'role:kbase'] });
    expect(await world.run('getPermissions', { id })).toEqual({ ann: 'a', cec: 'w', 'role:kbase': 'w' });
    expect(((await world.call('bea', 'get_workspace_info', { id })) as string[])[5]).toBe('w');
    expect(await world.call('bea', 'list_workspace_ids', {})).toMatchObject({ workspaces: [id] });
    const infos = (await world.call('bea', 'list_workspace_info', { perm: 'w' })) as [number][];
    expect(infos.map(([number]) => number)).toEqual([id]);
    await world.call('ann', 'set_permissions', { id, new_permission: 'r', users: ['role:kbase'] });
    expect(((await world.call('bea', 'get_workspace_info', { id })) as string[])[5]).toBe('r');
    expect(await world.message('setPermissions', { id, new_permission: 'r', users: ['role:nobody'] })).toBe(
      'Role nobody does not exist',
    );
    await world.run('deleteRole', { name: 'kbase' });
    const [former] = Object.keys((await world.run('getPermissions', { id })) as object).filter((n) => n.includes('~'));
    expect(former).toMatch(/^role:kbase~[0-9a-f]{8}$/);
    await world.run('setPermissions', { id, new_permission: 'n', users: [former] });
    expect(await world.run('getPermissions', { id })).toEqual({ ann: 'a', cec: 'w' });
  });

  it('friendly workspaces are readable for friends, and listed to them', async () => {
    const { 0: id } = (await world.run('createWorkspace', { workspace: 'forfriends' }, 'ann')) as [number];
    await world.run('setAcl', { id: `ws${id}`, visibility: 'friendly' });
    expect((await world.fails('dan', 'get_workspace_info', { id })).reason).toBe('permission_denied');
    await world.run('addFriend', { friend: 'dan' }, 'ann');
    expect(((await world.call('dan', 'get_workspace_info', { id })) as string[])[5]).toBe('r');
    expect(await world.call('dan', 'list_workspace_ids', {})).toMatchObject({ workspaces: [id] });
    await world.run('removeFriend', { friend: 'ann' }, 'dan');
    expect(await world.call('dan', 'list_workspace_ids', {})).toEqual({ workspaces: [], pub: [] });
  });
});

describe('friends', () => {
  it('made by an administrator read each other’s friendly resources', async () => {
    const [anns, beas] = [
      await block('ann', { visibility: 'friendly' }),
      await block('bea', { visibility: 'friendly' }),
    ];
    expect(await world.run('addFriend', { friend: 'bea' }, 'ann')).toEqual({ friend: 'bea', agreed: 'both' });
    expect([await reads('bea', anns.id), await reads('ann', beas.id), await reads('cec', anns.id)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(await world.run('listFriends', {}, 'bea')).toEqual({ friends: [{ friend: 'ann', agreed: 'both' }] });
    await world.run('removeFriend', { friend: 'ann' }, 'bea');
    expect([await reads('bea', anns.id), await reads('ann', beas.id)]).toEqual([false, false]);
    // Friendship only gives the right to read.
    await world.run('addFriend', { friend: 'bea' }, 'ann');
    expect((await world.fails('bea', 'Resource.update', { id: anns.id, name: 'x' })).reason).toBe('permission_denied');
    await world.run('removeFriend', { friend: 'bea' }, 'ann');
  });

  it('added by a user themselves read that user’s friendly resources, and not the reverse', async () => {
    const [cecs, dans] = [
      await block('cec', { visibility: 'friendly' }),
      await block('dan', { visibility: 'friendly' }),
    ];
    expect(await world.call('cec', 'Friend.add', { friend: 'dan' })).toEqual({ friend: 'dan', agreed: 'user' });
    expect([await reads('dan', cecs.id), await reads('cec', dans.id)]).toEqual([true, false]);
    expect(await world.call('dan', 'Friend.list', {})).toEqual({ friends: [{ friend: 'cec', agreed: 'friend' }] });
    expect(await world.call('dan', 'Friend.add', { friend: 'cec' })).toEqual({ friend: 'cec', agreed: 'both' });
    expect(await reads('cec', dans.id)).toBe(true);
    await world.call('dan', 'Friend.remove', { friend: 'cec' });
    expect([await reads('dan', cecs.id), await reads('cec', dans.id)]).toEqual([false, false]);
    expect(await world.call('cec', 'Friend.list', {})).toEqual({ friends: [] });
  });

  it('must be two known users', async () => {
    expect((await world.fails('ann', 'Friend.add', { friend: 'ann' })).message).toBe(
      'A user cannot be their own friend',
    );
    expect((await world.fails('ann', 'Friend.add', { friend: 'nobody' })).reason).toBe('user_unknown');
    expect((await world.fails(null, 'Friend.add', { friend: 'ann' })).reason).toBe('token_missing');
    expect(await world.message('addFriend', { friend: 'nobody' }, 'ann')).toBe('User nobody is not a valid user');
    expect(await world.message('addFriend', { friend: 'ann' })).toBe('User may not be null');
  });
});

describe('a withdrawn right', () => {
  it('is gone here before the answer leaves, and on another instance within a second', async () => {
    await using second = await openWorld({ beside: world });
    const { id } = await block('ann');
    await world.run('createRole', { name: 'brief' });
    await world.run('setAcl', { id, grants: [role('brief', 'write')] });
    for (let i = 0; i < 3; i += 1) {
      await world.run('addRoleMembers', { name: 'brief', members: ['bea'] });
      expect(await reads('bea', id)).toBe(true);
      await expect.poll(() => second.call('bea', 'Resource.get', { id }).catch(() => null)).not.toBeNull();
      await world.run('removeRoleMembers', { name: 'brief', members: ['bea'] });
      expect(await reads('bea', id)).toBe(false);
      const gone = () =>
        second.call('bea', 'Resource.update', { id, name: 'x' }).then(
          () => 'done',
          (e) => e.reason,
        );
      await expect.poll(gone).toBe('permission_denied');
    }
  });

  it('ends with the account: a new one of the same name is in no role and has no friends', async () => {
    const { id } = await block('ann', { visibility: 'friendly' });
    await world.run('createRole', { name: 'team', members: ['dan'] });
    await world.run('addFriend', { friend: 'dan' }, 'ann');
    await world.run('setAcl', { id, grants: [role('team', 'read')] });
    expect(await reads('dan', id)).toBe(true);
    await world.run('deleteUser', undefined, 'dan');
    await world.signIn({ sub: 'another', name: 'dan' });
    const origin = originOf({ sub: 'another', name: 'dan' });
    const get = world.gate.method('Resource.get');
    if (get === undefined) throw new Error('there is no Resource.get');
    const caller = await world.gate.identify(get, origin);
    await expect(world.gate.call(get, { caller, params: [{ id }], origin })).rejects.toMatchObject({
      reason: 'permission_denied',
    });
    expect(await world.run('listRoles', { name: 'team' })).toMatchObject({ roles: [{ size: 0, members: [] }] });
    expect(await world.run('listFriends', {}, 'ann')).toEqual({ friends: [] });
    expect(JSON.stringify([await world.contents('roles'), await world.contents('friends')])).not.toContain('"dan"');
  });

  it('is not regained by a token whose subject looks like the id of a role', async () => {
    const made = (await world.run('createRole', { name: 'target', members: ['bea'] })) as { id: string };
    const { id } = await block('ann');
    await world.run('setAcl', { id, grants: [role('target', 'admin')] });
    const origin = originOf({ sub: made.id, name: 'mallory' });
    const get = world.gate.method('Resource.get');
    if (get === undefined) throw new Error('there is no Resource.get');
    const caller = await world.gate.identify(get, origin);
    await expect(world.gate.call(get, { caller, params: [{ id }], origin })).rejects.toMatchObject({
      reason: 'permission_denied',
    });
  });
});

it('every command of roles and friends leaves its record, and a dry run changes nothing', async () => {
  const commands = allCommands.filter((c) => c.effect === 'write' && /Role|Friend/.test(c.name)).map((c) => c.name);
  await world.run('createRole', { name: 'dry', members: ['bea'] });
  const params: Record<string, object> = {
    ...{ createRole: { name: 'new', members: ['ann'] }, addRoleMembers: { name: 'dry', members: ['ann'] } },
    ...{ removeRoleMembers: { name: 'dry', members: ['bea'] }, deleteRole: { name: 'dry' } },
    ...{ addFriend: { friend: 'cec' }, removeFriend: { friend: 'bea' } },
  };
  await world.run('addFriend', { friend: 'bea' }, 'ann');
  expect(Object.keys(params).sort()).toEqual(commands.sort());
  for (const command of Object.keys(params)) {
    const call = { command, params: params[command], ...(/Friend/.test(command) ? { user: 'ann' } : {}) };
    const before = [await world.contents('roles'), await world.contents('friends'), await world.contents('roster')];
    const { result } = await world.administer('boss', { ...call, dryRun: true });
    const { changes, plan } = result as { changes: unknown[]; plan: string };
    expect([await world.contents('roles'), await world.contents('friends'), await world.contents('roster')]).toEqual(
      before,
    );
    await world.administer('boss', { ...call, plan });
    const record = (await world.records()).at(-1) as { changes?: { op: string; collection: string }[] };
    expect(record).toMatchObject({ command, outcome: 'success' });
    expect(record.changes?.map((c) => [c.op, c.collection])).toEqual(
      (changes as { op: string; collection: string }[]).map((c) => [c.op, c.collection]),
    );
  }
});

import { describe, expect, it } from 'vitest';
import { openWorld } from './world.ts';

describe('setPermissions', () => {
  it('skips the owner, with a remark in the audit', async () => {
    await using world = await openWorld();
    await world.run('createWorkspace', { workspace: 'w' }, 'ann');
    expect(await world.run('setPermissions', { id: 1, new_permission: 'r', users: ['ann', 'bea'] })).toBeNull();
    expect(await world.run('getPermissions', { id: 1 })).toEqual({ ann: 'a', bea: 'r' });
    expect((await world.records()).filter((r) => r.command === 'setPermissions')).toMatchObject([
      { remarks: ['ann owns workspace 1: the permission stays'] },
    ]);
  });

  it('on many workspaces changes all or none', async () => {
    await using world = await openWorld();
    for (const name of ['a', 'b']) await world.run('createWorkspace', { workspace: name }, 'ann');
    const many = { workspaces: [{ id: 1 }, { workspace: 'b' }], new_permission: 'w', users: ['bea'] };
    expect(await world.run('setPermissions', many)).toEqual({
      outcomes: [
        { id: 1, changed: ['bea'] },
        { id: 2, changed: ['bea'] },
      ],
    });
    const broken = { ...many, workspaces: [{ id: 1 }, { id: 99 }], new_permission: 'n' };
    expect(await world.message('setPermissions', broken)).toBe('No workspace with id 99 exists');
    expect(await world.run('getPermissions', { id: 1 })).toEqual({ ann: 'a', bea: 'w' });
  });

  it('on many workspaces, on request, changes what it can and reports each outcome', async () => {
    await using world = await openWorld();
    for (const name of ['a', 'b']) await world.run('createWorkspace', { workspace: name }, 'ann');
    await world.run('deleteWorkspace', { id: 2 });
    const workspaces = [{ id: 1 }, { id: 2 }, { id: 99 }, {}, null];
    expect(
      await world.run('setPermissions', { workspaces, new_permission: 'r', users: ['bea'], ignoreErrors: 1 }),
    ).toEqual({
      outcomes: [
        { id: 1, changed: ['bea'] },
        { error: { reason: 'workspace_deleted', message: 'Workspace 2 is deleted' } },
        { error: { reason: 'workspace_missing', message: 'No workspace with id 99 exists' } },
        { error: { reason: 'workspace_not_named', message: expect.stringContaining('one and only one') } },
        { error: { reason: 'workspace_not_named', message: 'WorkspaceIdentifier cannot be null' } },
      ],
    });
  });

  it('on many workspaces accepts a user who never signed in', async () => {
    await using world = await openWorld();
    for (const name of ['a', 'b']) await world.run('createWorkspace', { workspace: name }, 'ann');
    await world.run('addUser', undefined, 'pen');
    const workspaces = [{ id: 1 }, { id: 2 }];
    await world.run('setPermissions', { workspaces, new_permission: 'r', users: ['pen'] });
    expect(await world.run('getPermissionsMass', { workspaces })).toEqual({
      perms: [
        { ann: 'a', pen: 'r' },
        { ann: 'a', pen: 'r' },
      ],
    });
  });

  it('removes rights of disabled and closed users, and gives them none', async () => {
    await using world = await openWorld();
    await world.run('createWorkspace', { workspace: 'w' }, 'ann');
    await world.run('setPermissions', { id: 1, new_permission: 'w', users: ['bea', 'cec'] });
    await world.run('disableUser', undefined, 'bea');
    const { user: former } = (await world.run('deleteUser', undefined, 'cec')) as { user: string };
    expect(former).toMatch(/^cec~[0-9a-f]{8}$/);
    expect(await world.run('getPermissions', { id: 1 })).toEqual({ ann: 'a', bea: 'w', [former]: 'w' });
    for (const user of ['bea', 'cec']) {
      const give = { id: 1, new_permission: 'a', users: [user] };
      expect(await world.message('setPermissions', give)).toBe(`User ${user} is not a valid user`);
    }
    await world.run('setPermissions', { id: 1, new_permission: 'n', users: ['bea', former] });
    expect(await world.run('getPermissions', { id: 1 })).toEqual({ ann: 'a' });
  });

  it('refuses more than 10,000 grants, and says what to do instead', async () => {
    await using world = await openWorld();
    await world.run('createWorkspace', { workspace: 'w' }, 'ann');
    const grants = Array.from({ length: 9_999 }, (_, i) => ({ principal: `p${i}`, level: 'read' }));
    await world.database.db.collection<{ _id: string }>('workspaces').updateOne({ _id: 'ws1' }, { $set: { grants } });
    await world.run('setPermissions', { id: 1, new_permission: 'w', users: ['bea'] });
    expect(await world.message('setPermissions', { id: 1, new_permission: 'w', users: ['cec'] })).toBe(
      'A resource can have at most 10000 grants',
    );
    await world.run('setPermissions', { id: 1, new_permission: 'r', users: ['bea'] });
    const many = { workspaces: [{ id: 1 }], new_permission: 'w', users: ['ann', 'cec'], ignoreErrors: 1 };
    expect(await world.run('setPermissions', many)).toMatchObject({ outcomes: [{ error: { reason: 'grants_full' } }] });
    // Nothing was done to this one, so that there is no remark about its owner either.
    expect((await world.records()).at(-1)).not.toHaveProperty('remarks');
  });

  it('by many callers at once loses no grant', async () => {
    await using world = await openWorld();
    await world.run('createWorkspace', { workspace: 'w' }, 'ann');
    await Promise.all(
      ['bea', 'cec', 'dan'].flatMap((user) =>
        ['r', 'w'].map((letter) => world.run('setPermissions', { id: 1, new_permission: letter, users: [user] })),
      ),
    );
    const [workspace] = await world.contents('workspaces');
    const { grants } = workspace as { grants: { principal: string }[] };
    expect(grants.map((g) => g.principal).sort()).toEqual(['bea', 'cec', 'dan']);
  });
});

describe('getPermissionsMass', () => {
  it('fails as a whole, or on request shows what it can', async () => {
    await using world = await openWorld();
    await world.run('createWorkspace', { workspace: 'w', globalread: 'r' }, 'ann');
    const workspaces = [{ id: 1 }, { id: 7 }, { workspace: 'w' }, { workspace: '5' }];
    expect(await world.message('getPermissionsMass', { workspaces })).toBe('Workspace names cannot be integers: 5');
    expect(await world.run('getPermissionsMass', { workspaces, ignoreErrors: 1 })).toEqual({
      perms: [{ ann: 'a', '*': 'r' }, null, { ann: 'a', '*': 'r' }, null],
      errors: [
        null,
        { reason: 'workspace_missing', message: 'No workspace with id 7 exists' },
        null,
        { reason: 'workspace_name_invalid', message: 'Workspace names cannot be integers: 5' },
      ],
    });
    const many = Array.from({ length: 1_001 }, () => ({ id: 1 }));
    expect(await world.message('getPermissionsMass', { workspaces: many })).toBe(
      'Maximum number of workspaces allowed for input is 1000',
    );
  });
});

describe('as oneself', () => {
  it('an owner shares, a writer sees and gives up permissions, others do neither', async () => {
    await using world = await openWorld();
    await world.call('ann', 'create_workspace', { workspace: 'w' });
    expect(await world.call('ann', 'set_permissions', { id: 1, new_permission: 'w', users: ['bea'] })).toBeDefined();
    expect(await world.call('bea', 'get_permissions', { id: 1 })).toEqual({ ann: 'a', bea: 'w' });
    await world.call('ann', 'set_permissions', { id: 1, new_permission: 'r', users: ['dan'] });
    expect(await world.call('dan', 'get_permissions', { id: 1 })).toEqual({ dan: 'r' });
    expect(await world.call('cec', 'get_permissions', { id: 1 })).toEqual({ cec: 'n' });
    expect(await world.call(null, 'get_permissions', { id: 1 })).toEqual({});
    for (const [user, users, said] of [
      ['bea', ['cec'], "User bea may not alter other user's permissions on workspace 1"],
      ['bea', ['bea'], 'User bea may only reduce their permission level on workspace 1'],
      ['cec', ['cec'], 'User cec may not set permissions on workspace 1'],
    ] as const) {
      expect((await world.fails(user, 'set_permissions', { id: 1, new_permission: 'a', users })).message).toBe(said);
    }
    await world.call('bea', 'set_permissions', { id: 1, new_permission: 'r', users: ['bea'] });
    expect(await world.call('bea', 'get_permissions', { id: 1 })).toEqual({ bea: 'r' });
  });

  it('every write leaves one record in its transaction, and what is refused changes nothing', async () => {
    await using world = await openWorld();
    await world.call('ann', 'create_workspace', { workspace: 'w' });
    const before = await world.contents('workspaces');
    for (const [method, params, said] of [
      ['delete_workspace', { id: 1 }, 'User bea may not delete workspace 1'],
      ['rename_workspace', { wsi: { id: 1 }, new_name: 'x' }, 'User bea may not rename workspace 1'],
      ['lock_workspace', { id: 1 }, 'User bea may not lock workspace 1'],
      ['set_workspace_description', { id: 1 }, 'User bea may not set description on workspace 1'],
      [
        'alter_workspace_metadata',
        { wsi: { id: 1 }, new: { a: 'b' } },
        'User bea may not alter metadata for workspace 1',
      ],
      [
        'set_global_permission',
        { id: 1, new_permission: 'r' },
        'User bea may not set global permission on workspace 1',
      ],
      ['clone_workspace', { wsi: { id: 1 }, workspace: 'c' }, 'User bea may not read workspace 1'],
    ] as const) {
      expect((await world.fails('bea', method, params)).message).toBe(said);
    }
    expect(await world.contents('workspaces')).toEqual(before);
    const written = (await world.records()).filter((r) => r.via === 'method');
    expect(written).toMatchObject([
      { command: 'Workspace.create_workspace', outcome: 'success', actor: { name: 'ann' } },
    ]);
  });

  it('an administrator has no more rights than anybody else', async () => {
    await using world = await openWorld();
    await world.call('ann', 'create_workspace', { workspace: 'w' });
    expect((await world.fails('boss', 'get_workspace_info', { id: 1 })).message).toBe(
      'User boss may not read workspace 1',
    );
  });

  it('a parameter of the wrong shape has another error than one with an unknown key', async () => {
    await using world = await openWorld();
    expect(await world.fails('ann', 'create_workspace', 'w')).toMatchObject({ reason: 'params_type', code: -32602 });
    expect(await world.fails('ann', 'create_workspace', { workspace: ['w'] })).toMatchObject({ reason: 'params_type' });
    expect((await world.fails('ann', 'create_workspace', { workspace: 'w', foo: 1 })).message).toBe(
      'Unexpected arguments in CreateWorkspaceParams: foo',
    );
  });
});

import { describe, expect, it } from 'vitest';
import { openWorld } from './world.ts';

describe('setWorkspaceOwner', () => {
  it('changes owner, name and permissions in one transaction with one record that names both owners', async () => {
    await using world = await openWorld();
    await world.run('createWorkspace', { workspace: 'ann:data', meta: { k: 'v' } }, 'ann');
    await world.run('setPermissions', { id: 1, new_permission: 'w', users: ['bea', 'cec'] });
    const before = await world.contents('audit');
    expect(await world.run('setWorkspaceOwner', { wsi: { id: 1 }, new_user: 'bea' })).toMatchObject({
      0: 1,
      1: 'bea:data',
      2: 'bea',
    });
    expect(await world.run('getPermissions', { id: 1 })).toEqual({ ann: 'a', bea: 'a', cec: 'w' });
    const [record] = (await world.contents('audit')).slice(before.length).flatMap((b) => b.records as object[]);
    expect(record).toMatchObject({
      command: 'setWorkspaceOwner',
      outcome: 'success',
      resources: expect.arrayContaining(['workspaces/ws1', 'principals/ann', 'principals/bea']),
    });
    const paths = (record as { changes: { fields: { path: string }[] }[] }).changes.flatMap((c) =>
      c.fields.map((f) => f.path),
    );
    expect(paths.sort()).toEqual(['grants[ann]', 'grants[bea]', 'modifiedAt', 'name', 'owners']);
  });

  it('shows in a dry run what it then does, and fails when the workspace has changed meanwhile', async () => {
    await using world = await openWorld();
    await world.run('createWorkspace', { workspace: 'ann:data' }, 'ann');
    const object = { command: 'setWorkspaceOwner', params: { wsi: { id: 1 }, new_user: 'bea' } };
    const { plan } = (await world.administer('boss', { ...object, dryRun: true })).result as { plan: string };
    await world.run('setWorkspaceDescription', { id: 1, description: 'moved on' });
    expect(await world.refusal('boss', { ...object, plan })).toBe('plan_stale');
    const { plan: fresh } = (await world.administer('boss', { ...object, dryRun: true })).result as { plan: string };
    expect((await world.administer('boss', { ...object, plan: fresh })).result).toMatchObject({
      0: 1,
      1: 'bea:data',
      2: 'bea',
    });
  });

  it('accepts a locked workspace, and refuses a deleted one', async () => {
    await using world = await openWorld();
    await world.run('createWorkspace', { workspace: 'plain' }, 'ann');
    await world.run('lockWorkspace', { id: 1 });
    expect(await world.run('setWorkspaceOwner', { wsi: { id: 1 }, new_user: 'bea' })).toMatchObject({
      0: 1,
      1: 'plain',
      2: 'bea',
    });
    await world.run('unlockWorkspace', { id: 1 });
    await world.run('deleteWorkspace', { id: 1 });
    expect(await world.message('setWorkspaceOwner', { wsi: { id: 1 }, new_user: 'ann' })).toBe(
      'Workspace 1 is deleted',
    );
  });

  it('by many callers at once leaves one owner, and every previous one administering', async () => {
    await using world = await openWorld();
    await world.run('createWorkspace', { workspace: 'hot' }, 'ann');
    const users = ['bea', 'cec', 'dan', 'bea', 'cec', 'dan'];
    const moves = await Promise.allSettled(
      users.map((user) => world.run('setWorkspaceOwner', { wsi: { id: 1 }, new_user: user })),
    );
    const moved = moves.filter((m) => m.status === 'fulfilled').length;
    expect(moved).toBeGreaterThan(0);
    const records = (await world.records()).filter((r) => r.command === 'setWorkspaceOwner' && r.outcome === 'success');
    expect(records).toHaveLength(moved);
    const [workspace] = await world.contents('workspaces');
    const { owners, grants } = workspace as { owners: string[]; grants: { principal: string }[] };
    expect(owners).toHaveLength(1);
    expect(grants.map((g) => g.principal)).not.toContain(owners[0]);
    expect(grants.map((g) => g.principal)).toContain('ann');
  });

  it("refuses a disabled user, and a name that is not the new owner's", async () => {
    await using world = await openWorld();
    await world.run('createWorkspace', { workspace: 'ann:data' }, 'ann');
    await world.run('disableUser', undefined, 'bea');
    const wsi = { id: 1 };
    expect(await world.message('setWorkspaceOwner', { wsi, new_user: 'bea' })).toBe('User bea is not a valid user');
    expect(await world.message('setWorkspaceOwner', { wsi, new_user: 'cec', new_name: 'ann:data' })).toBe(
      'Workspace name ann:data must only contain the user name cec prior to the : delimiter',
    );
    expect(await world.message('setWorkspaceOwner', { wsi, new_user: 'ann' })).toBe(
      'ann already owns workspace ann:data',
    );
  });
});

describe('renameWorkspace', () => {
  it('renames as administrator, keeping the owner', async () => {
    await using world = await openWorld();
    await world.run('createWorkspace', { workspace: 'ann:data' }, 'ann');
    expect(await world.run('renameWorkspace', { wsi: { id: 1 }, new_name: 'ann:better' })).toMatchObject({
      0: 1,
      1: 'ann:better',
      2: 'ann',
    });
    expect(await world.message('renameWorkspace', { wsi: { id: 1 }, new_name: 'bea:worse' })).toBe(
      'Workspace name bea:worse must only contain the user name ann prior to the : delimiter',
    );
    await world.run('lockWorkspace', { id: 1 });
    expect(await world.message('renameWorkspace', { wsi: { id: 1 }, new_name: 'other' })).toBe(
      'The workspace with id 1, name ann:better, is locked and may not be modified',
    );
  });
});

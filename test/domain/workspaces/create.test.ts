import { describe, expect, it } from 'vitest';
import { openWorld } from './world.ts';

describe('createWorkspace', () => {
  it('numbers workspaces without gaps, whatever was refused in between', async () => {
    await using world = await openWorld();
    await world.run('createWorkspace', { workspace: 'one' }, 'ann');
    for (const params of [{ workspace: 'one' }, { workspace: '5' }, { workspace: 'x', globalread: 'w' }, {}]) {
      await world.message('createWorkspace', params, 'bea');
    }
    await world.administer('boss', {
      command: 'createWorkspace',
      user: 'ann',
      params: { workspace: 'dry' },
      dryRun: true,
    });
    expect(await world.run('createWorkspace', { workspace: 'two' }, 'bea')).toMatchObject({ 0: 2, 1: 'two', 2: 'bea' });
  });

  it('by many callers at once gives unique numbers, and a name to only one of them', async () => {
    await using world = await openWorld();
    const made = await Promise.allSettled(
      Array.from({ length: 40 }, (_, i) =>
        world.run('createWorkspace', { workspace: i % 4 === 0 ? 'same' : `w${i}` }, 'ann'),
      ),
    );
    const infos = made.flatMap((m) => (m.status === 'fulfilled' ? [m.value as [number, string]] : []));
    expect(infos).toHaveLength(31);
    expect(new Set(infos.map(([id]) => id)).size).toBe(31);
    expect(infos.filter(([, name]) => name === 'same')).toHaveLength(1);
    const losers = made.flatMap((m) => (m.status === 'rejected' ? [m.reason.message] : []));
    expect(new Set(losers)).toEqual(new Set(['Workspace name same is already in use']));
  });

  it('shows in a dry run the workspace that it then makes, with placeholders for number and times', async () => {
    await using world = await openWorld();
    const object = { command: 'createWorkspace', user: 'ann', params: { workspace: 'ann:data', globalread: 'r' } };
    const dry = (await world.administer('boss', { ...object, dryRun: true })).result as {
      plan: string;
      changes: { id: string; after: object }[];
    };
    expect(dry.changes).toMatchObject([
      {
        collection: 'workspaces',
        op: 'insert',
        id: '<id>',
        after: { number: '<id>', name: 'ann:data', visibility: 'public' },
      },
    ]);
    expect((await world.administer('boss', { ...object, plan: dry.plan })).result).toMatchObject({
      0: 1,
      1: 'ann:data',
      2: 'ann',
    });
  });

  it('keeps metadata with any keys as text', async () => {
    await using world = await openWorld();
    const meta = JSON.parse('{"$where": "sleep(1)", "a.b": "1", "__proto__": "p", "constructor": "c", "": "e"}');
    expect(await world.run('createWorkspace', { workspace: 'odd', meta }, 'ann')).toMatchObject({ 8: meta });
    expect(await world.call('ann', 'list_workspace_info', { meta: { $where: 'sleep(1)' } })).toMatchObject([
      { 1: 'odd' },
    ]);
    expect(await world.call('ann', 'list_workspace_info', { meta: { $where: 'other' } })).toEqual([]);
    expect(Object.hasOwn(((await world.run('getWorkspaceInfo', { id: 1 })) as object[])[8] ?? {}, '__proto__')).toBe(
      true,
    );
  });

  it('counts metadata in bytes', async () => {
    await using world = await openWorld();
    await world.run('createWorkspace', { workspace: 'fits', meta: { k: 'ü'.repeat(449) } }, 'ann');
    expect(await world.message('createWorkspace', { workspace: 'not', meta: { k: 'ü'.repeat(450) } }, 'ann')).toBe(
      'Total size of metadata key + value exceeds maximum of 900B for key k',
    );
  });

  it('by a pending user at the same time as their deletion leaves no workspace without an owner', async () => {
    await using world = await openWorld();
    for (let i = 0; i < 10; i += 1) {
      const user = `new${i}`;
      await world.run('addUser', undefined, user);
      await world.run('createWorkspace', { workspace: `of${i}` }, 'ann');
      await Promise.allSettled([
        world.run('setWorkspaceOwner', { wsi: { workspace: `of${i}` }, new_user: user }),
        world.run('deleteUser', undefined, user),
      ]);
    }
    const known = new Set((await world.contents('principals')).map((p) => p._id));
    for (const { owners, grants } of (await world.contents('workspaces')) as unknown as {
      owners: string[];
      grants: { principal: string }[];
    }[]) {
      for (const id of [...owners, ...grants.map((g) => g.principal)]) expect(known).toContain(id);
    }
  });
});

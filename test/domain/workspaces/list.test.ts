import { describe, expect, it } from 'vitest';
import { forgetPlans } from '../../support/profile.ts';
import { openWorld, type World } from './world.ts';

const ids = (infos: unknown) => (infos as [number][]).map(([id]) => id);

/** 1: ann's; 2: ann's, public; 3: bea's, ann may write; 4: bea's, public, ann may read; 5: bea's; 6: ann's, deleted. */
async function populated(): Promise<World> {
  const world = await openWorld();
  for (const [workspace, owner, globalread] of [
    ['ann:own', 'ann', 'n'],
    ['ann:open', 'ann', 'r'],
    ['bea:shared', 'bea', 'n'],
    ['bea:open', 'bea', 'r'],
    ['bea:private', 'bea', 'n'],
    ['ann:gone', 'ann', 'n'],
  ]) {
    await world.run('createWorkspace', { workspace, globalread }, owner);
  }
  await world.run('setPermissions', { id: 3, new_permission: 'w', users: ['ann'] });
  await world.run('setPermissions', { id: 4, new_permission: 'r', users: ['ann'] });
  await world.run('deleteWorkspace', { id: 6 });
  return world;
}

describe('listWorkspaces', () => {
  it('shows what the user owns, shares or can read, and only their own deleted ones', async () => {
    await using world = await populated();
    for (const [user, params, expected] of [
      ['ann', {}, [1, 2, 3, 4]],
      ['ann', { excludeGlobal: 1 }, [1, 2, 3, 4]],
      ['ann', { perm: 'w' }, [1, 2, 3]],
      ['ann', { perm: 'a' }, [1, 2]],
      ['ann', { owners: ['bea'] }, [3, 4]],
      ['ann', { showDeleted: 1 }, [1, 2, 3, 4, 6]],
      ['ann', { showOnlyDeleted: 1 }, [6]],
      ['bea', { showOnlyDeleted: 1 }, []],
      ['cec', {}, [2, 4]],
      ['cec', { excludeGlobal: 1 }, []],
      ['cec', { perm: 'w' }, []],
    ] as const) {
      expect([user, params, ids(await world.run('listWorkspaces', params, user))]).toEqual([user, params, expected]);
    }
    expect(ids(await world.call(null, 'list_workspace_info', {}))).toEqual([2, 4]);
  });

  it('filters by the last change, with exclusive bounds', async () => {
    await using world = await populated();
    const stored = await world.contents('workspaces');
    const third = Number(stored.find((w) => w.number === 3)?.modifiedAt);
    expect(ids(await world.run('listWorkspaces', { after_epoch: third }, 'ann'))).not.toContain(3);
    expect(ids(await world.run('listWorkspaces', { after_epoch: third - 1 }, 'ann'))).toContain(3);
    expect(ids(await world.run('listWorkspaces', { before: '2020-01-01T00:00:00Z' }, 'ann'))).toEqual([]);
    for (const [text, said] of [
      ['2020-01-01', "Unparseable date: Text '2020-01-01' could not be parsed at index 10"],
      ['2020-01-01T00:00:00', "Date '2020-01-01T00:00:00' does not have time zone information"],
    ]) {
      expect(await world.message('listWorkspaces', { after: text }, 'ann')).toBe(said);
    }
  });
});

describe('listWorkspaceIDs', () => {
  it('distinguishes what the user has rights on from what everybody can read', async () => {
    await using world = await populated();
    for (const [params, workspaces, pub] of [
      [{}, [1, 2, 3, 4], []],
      [{ excludeGlobal: 0 }, [1, 2, 3, 4], []],
      [{ onlyGlobal: 1 }, [], [2, 4]],
      [{ perm: 'w' }, [1, 2, 3], []],
    ]) {
      expect(await world.run('listWorkspaceIDs', params, 'ann')).toEqual({ workspaces, pub });
    }
    expect(await world.run('listWorkspaceIDs', { excludeGlobal: 0 }, 'cec')).toEqual({ workspaces: [], pub: [2, 4] });
    expect(await world.call(null, 'list_workspace_ids', {})).toEqual({ workspaces: [], pub: [] });
  });
});

interface Page {
  readonly workspaces: { id: number; name: string }[];
  readonly next?: string;
}

async function pages(world: World, query: object): Promise<number[][]> {
  const found: number[][] = [];
  let cursor: string | undefined;
  do {
    const page = (await world.run('listAllWorkspaces', {
      ...query,
      ...(cursor === undefined ? {} : { cursor }),
    })) as Page;
    found.push(page.workspaces.map((w) => w.id));
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}

describe('listAllWorkspaces', () => {
  it('lists everything, a page at a time, filtered by owner, name, date and state', async () => {
    await using world = await populated();
    expect(await pages(world, { limit: 4 })).toEqual([
      [1, 2, 3, 4],
      [5, 6],
    ]);
    expect(await pages(world, { owner: 'bea', limit: 2 })).toEqual([[3, 4], [5]]);
    expect(await pages(world, { prefix: 'ann:o', limit: 1 })).toEqual([[2], [1]]);
    expect(await pages(world, { state: 'deleted' })).toEqual([[6]]);
    expect(await pages(world, { state: 'public' })).toEqual([[2, 4]]);
    expect(await pages(world, { state: 'active', owner: 'ann' })).toEqual([[1, 2]]);
    expect((await pages(world, { after: '2020-01-01T00:00:00Z', limit: 4 })).flat().sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await pages(world, { before: '2020-01-01T00:00:00Z' })).toEqual([[]]);
    expect(await world.message('listAllWorkspaces', { cursor: 'bm8' })).toContain(
      'cursor must be the `next` of a page',
    );
  });

  it('shows each once, though workspaces are made between the pages', async () => {
    await using world = await populated();
    const first = (await world.run('listAllWorkspaces', { limit: 3 })) as Page;
    await world.run('createWorkspace', { workspace: 'a-new-one' }, 'ann');
    const second = (await world.run('listAllWorkspaces', { limit: 10, cursor: first.next })) as Page;
    expect([...first.workspaces, ...second.workspaces].map((w) => w.id)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('reads through an index what it returns, and little more', async () => {
    await using world = await populated();
    const made = Array.from({ length: 300 }, (_, i) => ({ number: 100 + i, name: `x${i}` }));
    await world.database.db.collection<{ _id: string }>('workspaces').insertMany(
      made.map(({ number, name }) => ({
        ...{ _id: `ws${number}`, revision: 1, type: 'workspace', number, name, owners: ['dan'], grants: [], meta: [] },
        ...{ visibility: 'private', deleted: false, locked: false, createdAt: new Date(), modifiedAt: new Date() },
      })),
    );
    await forgetPlans(world.database.db);
    await world.database.db.command({ profile: 2 });
    await world.run('listWorkspaces', { excludeGlobal: 1 }, 'ann');
    await world.run('listAllWorkspaces', { limit: 5 });
    await world.run('listAllWorkspaces', { limit: 5, prefix: 'ann:' });
    await world.run('listAllWorkspaces', { limit: 5, owner: 'ann' });
    await world.run('listAllWorkspaces', { limit: 5, state: 'deleted' });
    await world.run('listAllWorkspaces', { limit: 5, after: '2020-01-01T00:00:00Z' });
    await world.run('getWorkspaceInfo', { workspace: 'ann:own' });
    await world.run('getPermissionsMass', { workspaces: [{ id: 1 }, { workspace: 'ann:open' }] });
    await world.database.db.command({ profile: 0 });
    const seen = await world.database.db
      .collection('system.profile')
      .find({ ns: `${world.database.db.databaseName}.workspaces` })
      .toArray();
    expect(seen.length).toBeGreaterThan(7);
    const wasteful = seen.filter((s) => s.planSummary === 'COLLSCAN' || s.docsExamined > 12 || s.keysExamined > 24);
    expect(
      wasteful.map((s) => [
        JSON.stringify(s.command.filter ?? s.command.query),
        s.planSummary,
        s.docsExamined,
        s.keysExamined,
      ]),
    ).toEqual([]);
  });
});

describe('delete and undelete', () => {
  it('hide a workspace from everything but undeletion, which restores it as it was', async () => {
    await using world = await populated();
    for (const [command, params] of [
      ['getWorkspaceInfo', { id: 6 }],
      ['getPermissions', { id: 6 }],
      ['setWorkspaceDescription', { id: 6, description: 'x' }],
      ['lockWorkspace', { id: 6 }],
      ['deleteWorkspace', { id: 6 }],
    ] as const) {
      expect(await world.message(command, params)).toBe('Workspace 6 is deleted');
    }
    expect(await world.message('createWorkspace', { workspace: 'ann:gone' }, 'ann')).toBe(
      'Workspace name ann:gone is already in use by a deleted workspace',
    );
    await world.run('undeleteWorkspace', { workspace: 'ann:gone' });
    expect(await world.run('getWorkspaceInfo', { id: 6 })).toMatchObject({ 0: 6, 1: 'ann:gone', 2: 'ann' });
    expect(await world.run('undeleteWorkspace', { id: 6 })).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { openWorld, type World } from '../workspaces/world.ts';
import { put, stored } from './things.ts';

async function withCatalog(): Promise<World> {
  const world = await openWorld();
  await world.database.db.collection('roles').insertOne({
    ...{ _id: 'role-1' as never, revision: 1, name: 'curators', living: true, members: [], createdAt: new Date() },
  });
  await put(world, 4, (i) => ({
    ...[
      { _id: 'res-w', type: 'workbooks' as const, externalId: '/@Catalog/shared/Q4' },
      { _id: 'res-d', type: 'analysis' as const, externalId: '/@default/old' },
      { _id: 'res-s', type: 'datasets' as const, externalId: "'ann@x.org'.'Sales'" },
      {
        _id: 'res-m',
        type: 'manifest' as const,
        owners: ['cec', 'dan'],
        grants: [{ principal: 'bea', level: 'read' as const }],
      },
    ][i],
  }));
  await world.call('ann', 'create_workspace', { workspace: 'ann:genomes' });
  return world;
}
const item = (id: string, type: string, accountType: string, owner: string) => ({ type, id, accountType, owner });
const W = '/@Catalog/shared/Q4';

it.each([
  [item(W, 'workbooks', 'User', 'bea'), ['bea']],
  [item('res-w', 'workbooks', 'User', 'id:bea'), ['bea']],
  [item(W, 'workbooks', 'ApplicationRole', 'curators'), ['role-1']],
  [item('/@default/old', 'analysis', 'User', 'bea'), ['bea']],
  [item("'ann@x.org'.'Sales'", 'datasets', 'User', 'bea'), ['bea']],
  [item('res-m', 'manifest', 'User', 'bea'), ['bea']],
])('%j gives it to %j, whose grant is removed, and the previous owner keeps nothing', async (params, owners) => {
  await using world = await withCatalog();
  expect(await world.run('changeOwnership', params)).toMatchObject({ changed: true, accountType: params.accountType });
  const found = [...(await stored(world)).values()].find((r) => r._id === params.id || r.externalId === params.id);
  expect(found).toMatchObject({ owners, grants: [] });
});

it.each([[W], ['/@default/old']])('gives %s to whom the id is, not to who took the id for a name', async (id) => {
  await using world = await withCatalog();
  await world.run('addUser', { id: 'subject-9' }, 'victim');
  const [victim] = (await world.contents('principals')).filter((p) => p.username === 'victim');
  await world.run('addUser', undefined, String(victim?._id));
  const type = id === W ? 'workbooks' : 'analysis';
  await world.run('changeOwnership', item(id, type, 'User', String(victim?._id)));
  const found = [...(await stored(world)).values()].find((r) => r.externalId === id);
  expect(found?.owners).toEqual([victim?._id]);
});

it('renames a workspace, whose previous owner keeps the right to administer it', async () => {
  await using world = await withCatalog();
  await world.run('changeOwnership', item('ws1', 'workspace', 'User', 'bea'));
  const grants = [{ principal: 'ann', level: 'admin' }];
  expect((await stored(world)).get('ws1')).toMatchObject({ owners: ['bea'], name: 'bea:genomes', grants });
});

it('to the same owner changes nothing, and records no change', async () => {
  await using world = await withCatalog();
  await world.run('changeOwnership', item(W, 'workbooks', 'User', 'bea'));
  const before = await stored(world);
  const { result, receipt } = await world.administer('boss', {
    command: 'changeOwnership',
    params: item(W, 'workbooks', 'User', 'bea'),
  });
  expect(result).toMatchObject({ changed: false, owner: 'bea' });
  expect(await stored(world)).toEqual(before);
  expect((await world.records()).find((r) => r.id === receipt?.record)?.changes).toEqual([]);
});

it.each([
  [item('/@Catalog/none', 'workbooks', 'User', 'bea'), 'resource_missing'],
  [item(W, 'folders', 'User', 'bea'), 'resource_missing'],
  [item('res-w', 'folders', 'User', 'bea'), 'resource_missing'],
  [item(W, 'gadgets', 'User', 'bea'), 'invalid_params'],
  [item(W, 'workbooks', 'Group', 'bea'), 'invalid_params'],
  [item(W, 'workbooks', 'User', 'nobody'), 'user_unknown'],
  [item(W, 'workbooks', 'User', 'role:curators'), 'user_unknown'],
  [item(W, 'workbooks', 'ApplicationRole', 'none'), 'role_unknown'],
  [item(W, 'workbooks', 'ApplicationRole', 'bea'), 'role_unknown'],
  [item(W, 'workbooks', 'User', 'dan'), 'recipient_unfit'],
  [item('/@default/old', 'analysis', 'ApplicationRole', 'curators'), 'owner_kind_not_allowed'],
  [item('ws1', 'workspace', 'ApplicationRole', 'curators'), 'owner_kind_not_allowed'],
])('%j is refused as %s, and nothing changes', async (params, reason) => {
  await using world = await withCatalog();
  await world.run('disableUser', undefined, 'dan');
  const before = await stored(world);
  expect(await world.refusal('boss', { command: 'changeOwnership', params })).toBe(reason);
  expect(await stored(world)).toEqual(before);
});

it('tells the old and the new owner, with its new name', async () => {
  await using world = await withCatalog();
  const noticesOf = async () => {
    const { notices = [] } = (await world.records()).at(-1) as { notices?: { to: string; text: string }[] };
    return Object.fromEntries(notices.map(({ to, text }) => [to, text]));
  };
  await world.run('changeOwnership', item('ws1', 'workspace', 'User', 'bea'));
  const told = await noticesOf();
  expect(Object.keys(told).sort()).toEqual(['ann', 'bea']);
  for (const text of Object.values(told)) expect(text).toContain('workspace bea:genomes');
  // One of several who owned it goes on owning it, and is not told that it was given away.
  await world.run('changeOwnership', item('res-m', 'manifest', 'User', 'cec'));
  expect(Object.keys(await noticesOf()).sort()).toEqual(['cec', 'dan']);
});

describe('the name of a workspace', () => {
  const give = { ...item('ws1', 'workspace', 'User', 'bea'), new_name: 'bea:other' };

  it('is another where one is given, which must be one of the new owner', async () => {
    await using world = await withCatalog();
    expect(await world.message('changeOwnership', { ...give, new_name: 'ann:other' })).toBe(
      'Workspace name ann:other must only contain the user name bea prior to the : delimiter',
    );
    expect(await world.message('changeOwnership', { ...give, new_name: 'a b' })).toMatch(/Illegal character/);
    await world.run('changeOwnership', give);
    expect((await stored(world)).get('ws1')).toMatchObject({ owners: ['bea'], name: 'bea:other' });
  });

  it('is refused where another workspace has it, given or not', async () => {
    await using world = await withCatalog();
    await world.call('bea', 'create_workspace', { workspace: 'bea:other' });
    expect(await world.message('changeOwnership', give)).toBe('There is already a workspace named bea:other');
    await world.call('bea', 'create_workspace', { workspace: 'bea:genomes' });
    const { new_name: _, ...same } = give;
    expect(await world.refusal('boss', { command: 'changeOwnership', params: same })).toBe('workspace_name_taken');
    expect((await stored(world)).get('ws1')).toMatchObject({ owners: ['ann'], name: 'ann:genomes' });
  });

  it('is none of what has no name by its owner', async () => {
    await using world = await withCatalog();
    const params = { ...item(W, 'workbooks', 'User', 'bea'), new_name: 'x' };
    expect(await world.message('changeOwnership', params)).toBe(
      'new_name is only for workspaces: the name of workbooks does not depend on the owner',
    );
  });
});

it('leaves a closed account nothing, and an open one what is asked for', async () => {
  await using world = await withCatalog();
  const params = { ...item('res-m', 'manifest', 'User', 'bea'), previousOwner: 'read' };
  await world.run('deleteUser', undefined, 'cec');
  await world.run('changeOwnership', params);
  expect((await stored(world)).get('res-m')).toMatchObject({
    ...{ owners: ['bea'], grants: [{ principal: 'dan', level: 'read' }] },
  });
});

it('of several owners makes one', async () => {
  await using world = await withCatalog();
  expect(await world.run('changeOwnership', item('res-m', 'manifest', 'User', 'cec'))).toEqual({
    ...{ id: 'res-m', type: 'manifest', accountType: 'User', owner: 'cec', changed: true },
  });
  expect((await stored(world)).get('res-m')?.owners).toEqual(['cec']);
});

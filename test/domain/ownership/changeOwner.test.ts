import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DryRun, JobView, JobWithItems } from '../../../src/base/schemas/generated.ts';
import type { World } from '../workspaces/world.ts';
import { MANY, openWorld, put, settle, standing, stored } from './things.ts';

const change = (world: World, params: object) => world.run('changeOwner', params) as Promise<JobView>;
const job = (world: World, id: string, items?: object) =>
  world.run('getJob', { id, ...(items === undefined ? {} : { items }) }) as Promise<JobWithItems>;
const dry = async (world: World, params: object) =>
  (await world.administer('boss', { command: 'changeOwner', params, dryRun: true })).result as DryRun;

describe('a small transfer', () => {
  it('is done within the call, by the rule of each type, with one record that names each item', async () => {
    await using world = await openWorld();
    await world.call('ann', 'create_workspace', { workspace: 'ann:genomes' });
    const plates = await put(world, 3, () => ({}));
    const [workbook] = await put(world, 1, () => ({ type: 'workbooks', externalId: '/@Catalog/w' }));
    const [theirs] = await put(world, 1, () => ({ owners: ['cec'] }));
    const done = await change(world, { from: 'ann', to: 'bea' });
    expect(done).toMatchObject({ state: 'done', total: 5, moved: 5, failed: 0, skipped: 0, from: 'ann', to: 'bea' });
    const now = await stored(world);
    for (const { _id } of plates) expect(now.get(_id)).toMatchObject({ owners: ['bea'], grants: [], revision: 2 });
    expect(now.get(workbook?._id ?? '')).toMatchObject({ owners: ['bea'], grants: [] });
    expect(now.get(theirs?._id ?? '')).toMatchObject({ owners: ['cec'], revision: 1 });
    expect(now.get('ws1')).toMatchObject({
      owners: ['bea'],
      name: 'bea:genomes',
      grants: [{ principal: 'ann', level: 'admin' }],
    });
    const record = (await world.records()).find((r) => r.command === 'changeOwner');
    const moved = ((record?.changes ?? []) as { id: string }[]).map((c) => c.id);
    expect(moved).toEqual(expect.arrayContaining(['ws1', workbook?._id, ...plates.map((p) => p._id)]));
    const { items } = await job(world, done.job, {});
    expect(items?.map((i) => i.outcome)).toEqual(Array(5).fill('moved'));
  });

  it("gives the previous owner the requested right, and removes the new owner's grant", async () => {
    await using world = await openWorld();
    await put(world, 1, () => ({ grants: [{ principal: 'bea', level: 'write' }] }));
    await change(world, { from: 'ann', to: 'bea', previousOwner: 'read' });
    const [plate] = (await stored(world)).values();
    expect(plate).toMatchObject({ owners: ['bea'], grants: [{ principal: 'ann', level: 'read' }] });
    await change(world, { from: 'bea', to: 'ann', previousOwner: 'keep' });
    const [again] = (await stored(world)).values();
    expect(again).toMatchObject({ owners: ['ann'], grants: [{ principal: 'bea', level: 'admin' }] });
  });

  it('replaces one of several owners at the same position, and lists none twice', async () => {
    await using world = await openWorld();
    await put(world, 2, (i) => ({ type: 'manifest', owners: i === 0 ? ['cec', 'ann', 'dan'] : ['bea', 'ann'] }));
    await change(world, { from: 'ann', to: 'bea' });
    const owners = [...(await stored(world)).values()].map((r) => r.owners);
    expect(owners).toEqual(expect.arrayContaining([['cec', 'bea', 'dan'], ['bea']]));
  });

  it('also moves a deleted workspace, which the new owner then owns when it is restored', async () => {
    await using world = await openWorld();
    await world.call('ann', 'create_workspace', { workspace: 'gone' });
    await world.run('deleteWorkspace', { id: 1 });
    expect(await change(world, { from: 'ann', to: 'bea' })).toMatchObject({ moved: 1 });
    await world.run('undeleteWorkspace', { id: 1 });
    expect((await stored(world)).get('ws1')?.owners).toEqual(['bea']);
  });
});

describe('a selection', () => {
  it.each([
    [{ types: ['plate'] }, ['plate a', 'plate b']],
    [{ name: 'plate *' }, ['plate a', 'plate b']],
    [{ name: '*b' }, ['plate b']],
    [{ name: '.*' }, []],
    [{ types: ['screen'], name: '*' }, ['screen']],
    [{ under: 'res-screen' }, ['plate a', 'screen', 'well']],
    [{ ids: ['res-a', 'ext'] }, ['plate a', 'plate b']],
  ])('%j selects %j', async (selection, expected) => {
    await using world = await openWorld();
    await put(world, 5, (i) => ({
      ...[
        { _id: 'res-screen', type: 'screen' as const, name: 'screen', parents: ['res-well'] },
        { _id: 'res-a', name: 'plate a', parents: ['res-screen'] },
        { _id: 'res-well', type: 'measurement' as const, name: 'well', parents: ['res-a'] },
        { _id: 'res-b', name: 'plate b', externalId: 'ext' },
        { _id: 'res-other', name: 'plate c', owners: ['cec'], parents: ['res-screen'] },
      ][i],
    }));
    await change(world, { from: 'ann', to: 'bea', ...selection });
    const moved = [...(await stored(world)).values()].filter((r) => r.owners[0] === 'bea').map((r) => r.name);
    expect(moved.sort()).toEqual(expected);
  });

  it('under a missing resource is refused', async () => {
    await using world = await openWorld();
    expect(
      await world.refusal('boss', { command: 'changeOwner', params: { from: 'ann', to: 'bea', under: 'x' } }),
    ).toBe('resource_missing');
  });
});

describe('an item that cannot be moved', () => {
  it('is reported, and the others move', async () => {
    await using world = await openWorld();
    await world.call('ann', 'create_workspace', { workspace: 'ann:one' });
    await world.call('ann', 'create_workspace', { workspace: 'ann:two' });
    await world.call('bea', 'create_workspace', { workspace: 'bea:one' });
    const done = await change(world, { from: 'ann', to: 'bea' });
    expect(done).toMatchObject({ state: 'done', moved: 1, failed: 1, skipped: 0 });
    const { items } = await job(world, done.job, { outcome: 'failed' });
    expect(items).toEqual([{ id: 'ws1', type: 'workspace', outcome: 'failed', reason: 'workspace_name_taken' }]);
    expect((await stored(world)).get('ws1')).toMatchObject({ owners: ['ann'], name: 'ann:one' });
    expect((await stored(world)).get('ws2')).toMatchObject({ owners: ['bea'], name: 'bea:two' });
  });

  it('is one that a role may not own', async () => {
    await using world = await openWorld();
    await world.database.db.collection('roles').insertOne({
      _id: 'role-1' as never,
      revision: 1,
      name: 'curators',
      living: true,
      members: [],
      createdAt: new Date(),
    });
    await put(
      world,
      3,
      (i) =>
        [
          { type: 'workbooks' as const, externalId: '/@Catalog/a' },
          { type: 'analysis' as const, externalId: '/@default/b' },
          {},
        ][i] ?? {},
    );
    const done = await change(world, { from: 'ann', to: 'role:curators' });
    expect(done).toMatchObject({ moved: 1, failed: 2 });
    const { items } = await job(world, done.job, { outcome: 'failed' });
    expect(items?.map((i) => i.reason)).toEqual(['owner_kind_not_allowed', 'owner_kind_not_allowed']);
    expect(await change(world, { from: 'role:curators', to: 'ann' })).toMatchObject({ moved: 1, failed: 0 });
  });
});

describe('a receiver', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
    await put(world, 2, () => ({}));
    await world.run('disableUser', undefined, 'dan');
    await world.run('deleteUser', undefined, 'cec');
  });
  afterAll(() => world[Symbol.asyncDispose]());

  it.each([
    [{ from: 'ann', to: 'nobody' }, 'user_unknown'],
    [{ from: 'nobody', to: 'ann' }, 'user_unknown'],
    [{ from: 'ann', to: 'role:none' }, 'role_unknown'],
    [{ from: 'ann', to: 'ann' }, 'same_owner'],
    [{ from: 'ann', to: 'id:nobody' }, 'user_unknown'],
    [{ from: 'ann', to: 'dan' }, 'recipient_unfit'],
    [{ from: 'ann', to: 'id:cec' }, 'recipient_unfit'],
    [{ from: 'ann', to: 'bea', previousOwner: 'share' }, 'invalid_params'],
    [{ from: 'ann', to: 'bea', types: ['gadget'] }, 'invalid_params'],
    [{ from: 'ann', to: 'bea', name: { $regex: '.' } }, 'invalid_params'],
    [{ from: 'ann', to: 'bea', ids: [{ $ne: 1 }] }, 'invalid_params'],
  ])('%j is refused as %s, and nothing moves', async (params, reason) => {
    expect(await world.refusal('boss', { command: 'changeOwner', params })).toBe(reason);
    expect([...(await stored(world)).values()].map((r) => r.owners)).toEqual([['ann'], ['ann']]);
    expect(await world.contents('jobs')).toEqual([]);
  });

  it('may be a pending user, whose account then stays when it is deleted', async () => {
    await using world = await openWorld();
    await put(world, 1, () => ({}));
    await world.run('addUser', undefined, 'newcomer');
    expect(await change(world, { from: 'ann', to: 'newcomer' })).toMatchObject({ moved: 1 });
    await world.run('deleteUser', undefined, 'newcomer');
    const [plate] = (await stored(world)).values();
    const principals = await world.contents('principals');
    expect(principals.find((p) => p._id === plate?.owners[0])).toMatchObject({ state: 'former' });
  });
});

describe('a large transfer', () => {
  it('goes on in the background, part by part, and answers with the job', async () => {
    await using world = await openWorld();
    const plates = await put(world, MANY, () => ({}));
    const begun = await change(world, { from: 'ann', to: 'bea' });
    expect(begun).toMatchObject({ state: 'running', total: MANY, moved: 0 });
    await settle(world);
    expect(await job(world, begun.job)).toMatchObject({ state: 'done', moved: MANY, failed: 0, skipped: 0 });
    const now = await stored(world);
    expect([...now.values()].every((r) => r.owners[0] === 'bea' && r.revision === 2)).toBe(true);
    const records = (await world.records()).filter((r) => r.via === 'job' && r.command !== 'start');
    expect(records.map((r) => [r.command, (r.actor as { name: string }).name])).toEqual([
      ['changeOwner', 'boss'],
      ['changeOwner', 'boss'],
    ]);
    const named = records.flatMap((r) => (r.changes as { id: string }[]).map((c) => c.id)).filter((id) => now.has(id));
    expect(named.sort()).toEqual(plates.map((p) => p._id).sort());
    const pages = [];
    for (let cursor: string | undefined; ; ) {
      const { items = [], next } = await job(world, begun.job, {
        limit: 1_000,
        ...(cursor === undefined ? {} : { cursor }),
      });
      pages.push(...items.map((i) => i.id));
      if (next === undefined) break;
      cursor = next;
    }
    expect(pages.sort()).toEqual(plates.map((p) => p._id).sort());
  });

  it('gives rights only to the new owner, and takes them only from the previous one', async () => {
    await using world = await openWorld();
    await world.database.db.collection('friends').insertMany([
      { _id: 'f1' as never, revision: 1, pair: ['ann', 'cec'], agreed: ['ann', 'cec'] },
      { _id: 'f2' as never, revision: 1, pair: ['bea', 'dan'], agreed: ['bea', 'dan'] },
    ]);
    const blocks = await put(world, 1, () => ({ type: 'block', visibility: 'friendly' }));
    await change(world, { from: 'ann', to: 'bea' });
    const [block] = (await stored(world)).values();
    expect(standing(block ?? (blocks[0] as never))).toMatchObject({
      owners: ['bea'],
      visibility: 'private',
      grants: [{ principal: 'cec', level: 'read' }],
    });
  });

  it('skips items that were deleted or given away before their turn', async () => {
    await using world = await openWorld();
    const plates = await put(world, MANY, () => ({}));
    const begun = await change(world, { from: 'ann', to: 'bea' });
    const things = world.database.db.collection('resources');
    await things.deleteOne({ _id: plates[0]?._id as never });
    await things.updateOne({ _id: plates[1]?._id as never }, { $set: { owners: ['cec'] }, $inc: { revision: 1 } });
    await settle(world);
    expect(await job(world, begun.job)).toMatchObject({ state: 'done', moved: MANY - 2, skipped: 2 });
    const { items } = await job(world, begun.job, { outcome: 'skipped' });
    expect(new Set(items?.map((i) => i.reason))).toEqual(new Set(['resource_missing', 'changed_meanwhile']));
    expect((await stored(world)).get(plates[1]?._id ?? '')?.owners).toEqual(['cec']);
  });
});

describe('a dry run', () => {
  it('counts, shows the outcome of each item a page at a time, and leaves only its record', async () => {
    await using world = await openWorld();
    const count = Math.max(MANY, 120);
    await put(world, count, (i) => (i < 5 ? { type: 'screen' } : {}));
    const before = await stored(world);
    const params = { from: 'ann', to: 'bea' };
    const first = await dry(world, params);
    expect(first).toMatchObject({ total: count, next: expect.any(String) });
    expect(first.types).toEqual(
      expect.arrayContaining([
        { type: 'screen', total: 5 },
        { type: 'plate', total: count - 5 },
      ]),
    );
    expect(first.items).toHaveLength(100);
    expect(first.changes[0]?.fields).toEqual([{ path: 'owners', before: ['ann'], after: ['bea'] }]);
    const second = await dry(world, { ...params, page: { cursor: first.next, limit: 10 } });
    expect(second.plan).toBe(first.plan);
    expect(first.items?.map((i) => i.id)).not.toContain(second.items?.[0]?.id);
    expect(await stored(world)).toEqual(before);
    expect(await world.contents('jobs')).toEqual([]);
    expect(await world.contents('jobParts')).toEqual([]);
  });

  it.each([3, MANY])('of %d items makes a plan that is refused once anything changed in between', async (count) => {
    await using world = await openWorld();
    const [one] = await put(world, count, () => ({}));
    const params = { from: 'ann', to: 'bea' };
    const { plan } = await dry(world, params);
    const things = world.database.db.collection('resources');
    await things.updateOne({ _id: one?._id as never }, { $set: { name: 'other' }, $inc: { revision: 1 } });
    const object = { command: 'changeOwner', params };
    expect(await world.refusal('boss', { ...object, plan })).toBe('plan_stale');
    expect(await world.contents('jobs')).toEqual([]);
    const fresh = (await dry(world, params)).plan;
    expect((await world.administer('boss', { ...object, plan: fresh })).result).toMatchObject({ total: count });
  });

  it('shows which names would clash', async () => {
    await using world = await openWorld();
    await world.call('ann', 'create_workspace', { workspace: 'ann:one' });
    await world.call('bea', 'create_workspace', { workspace: 'bea:one' });
    const { items } = await dry(world, { from: 'ann', to: 'bea' });
    expect(items).toEqual([{ id: 'ws1', type: 'workspace', outcome: 'wouldFail', reason: 'workspace_name_taken' }]);
  });
});

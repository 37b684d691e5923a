import { describe, expect, it } from 'vitest';
import type { DryRun, JobView, JobWithItems } from '../../../src/base/schemas/generated.ts';
import type { World } from '../workspaces/world.ts';
import { MANY, openWorld, PART, put, settle, stored } from './things.ts';

const change = (world: World, params: object) => world.run('changeOwner', params) as Promise<JobView>;
const getJob = (world: World, id: string, items?: object) =>
  world.run('getJob', { id, ...(items === undefined ? {} : { items }) }) as Promise<JobWithItems>;
const dry = async (world: World, command: string, params: object, user?: string) =>
  (await world.administer('boss', { command, params, dryRun: true, ...(user === undefined ? {} : { user }) }))
    .result as DryRun;

/** Workspaces with names that their owners could not give them, since they were renamed or came from others. */
async function putWorkspaces(world: World, names: readonly string[], owner = 'ann') {
  return put(world, names.length, (i) => ({
    ...({ _id: `ws${i + 1}`, number: i + 1, type: 'workspace', deleted: false, locked: false, meta: [] } as object),
    name: names[i] ?? '',
    owners: [owner],
  }));
}

const namesOf = async (world: World) =>
  [...(await stored(world)).values()].map(({ name, owners }) => `${owners} ${name}`).sort();

describe('names of workspaces', () => {
  it.each([
    [['bea:x', 'ann:x'], ['ann ann:x', 'bea bea:x'], 1],
    [['ann:x', 'bea:x'], ['ann ann:x', 'bea bea:x'], 1],
    [['ann:x', 'old:x', 'x'], ['ann old:x', 'bea bea:x', 'bea x'], 1],
    [['ann:x', 'old:y'], ['bea bea:x', 'bea bea:y'], 0],
  ])(
    '%j become %j: a clash within the selection is one failed item, also in the plan',
    async (names, after, failed) => {
      await using world = await openWorld();
      await putWorkspaces(world, names);
      const plan = await dry(world, 'changeOwner', { from: 'ann', to: 'bea' });
      const previewed = (plan.items ?? []).filter((i) => i.reason === 'workspace_name_taken').map((i) => i.id);
      const done = await change(world, { from: 'ann', to: 'bea' });
      expect(done).toMatchObject({ state: 'done', total: names.length, moved: names.length - failed, failed });
      const { items } = await getJob(world, done.job, { outcome: 'failed' });
      expect(items?.map(({ id }) => id)).toEqual(previewed);
      expect(await namesOf(world)).toEqual(after);
    },
  );

  it('clash over parts of a large selection as the plan said', async () => {
    await using world = await openWorld();
    const names = Array.from({ length: PART + 2 }, (_, i) => `w${i}`);
    await putWorkspaces(world, ['ann:x', ...names, 'old:x']);
    const params = { from: 'ann', to: 'bea' };
    const { next } = await dry(world, 'changeOwner', { ...params, page: { limit: PART / 2 } });
    const second = await dry(world, 'changeOwner', { ...params, page: { cursor: next, limit: PART / 2 } });
    const plan = await dry(world, 'changeOwner', { ...params, page: { cursor: second.next } });
    expect(plan.items?.at(-1)).toMatchObject({ id: `ws${PART + 4}`, reason: 'workspace_name_taken' });
    const { job } = await change(world, params);
    await settle(world);
    expect(await getJob(world, job)).toMatchObject({ state: 'done', moved: PART + 3, failed: 1 });
  });

  it('do not stop an off-boarding: the others move, and the job names the one that clashes', async () => {
    await using world = await openWorld();
    await putWorkspaces(world, ['bea:x', 'ann:x', 'ann:y']);
    const { job } = (await world.run('offboard', { to: 'bea' }, 'ann')) as JobView;
    await settle(world);
    expect(await getJob(world, job)).toMatchObject({
      ...{ state: 'failed', error: { reason: 'items_left' }, total: 3, moved: 2, failed: 1 },
    });
    const { items } = await getJob(world, job, {});
    expect(items?.map(({ id }) => id).sort()).toEqual(['ws1', 'ws2', 'ws3']);
    await world.run('renameWorkspace', { wsi: { workspace: 'ann:x' }, new_name: 'xx' });
    await world.run('resumeJob', { id: job });
    await settle(world);
    expect(await getJob(world, job)).toMatchObject({ state: 'done', total: 3, moved: 3, failed: 0 });
    expect((await getJob(world, job, {})).items).toHaveLength(3);
  });

  it.each(['setWorkspaceOwner', 'changeOwnership', 'changeOwner'])('keep to 255 characters in %s', async (command) => {
    await using world = await openWorld();
    await putWorkspaces(world, [`a:${'x'.repeat(253)}`, `bea:${'y'.repeat(251)}`]);
    const [text, reason] = ['Workspace name exceeds the maximum length of 255', 'workspace_name_invalid'];
    if (command === 'changeOwner') {
      const { job } = await change(world, { from: 'ann', to: 'bea' });
      const { items = [] } = await getJob(world, job, {});
      expect(items[0]).toMatchObject({ id: 'ws1', outcome: 'failed', reason });
      expect(items[0]?.message).toContain(text);
      expect(items[1]).toEqual({ id: 'ws2', type: 'workspace', outcome: 'moved' });
    } else {
      const params = (id: number) =>
        command === 'setWorkspaceOwner'
          ? { wsi: { id }, new_user: 'bea' }
          : { type: 'workspace', id: `ws${id}`, accountType: 'User', owner: 'bea' };
      expect(await world.message(command, params(1))).toContain(text);
      await world.run(command, params(2));
    }
    expect((await namesOf(world)).map((name) => name.slice(0, 6))).toEqual(['ann a:', 'bea be']);
  });
});

describe('what one transaction changes', () => {
  it('is bounded by bytes: friendly items with many friends move in several steps', async () => {
    // All of them are in one part.
    await using world = await openWorld({ limits: { perPart: 200 } });
    const friends = Array.from({ length: 120 }, (_, i) => `friend-${i}-${'x'.repeat(300)}`);
    await world.database.db.collection('friends').insertMany(
      friends.map((friend) => ({
        ...{ _id: JSON.stringify(['ann', friend]) as never, revision: 1, pair: ['ann', friend], agreed: ['ann'] },
      })),
    );
    await put(world, 200, (i) => (i % 2 === 0 ? { type: 'block', visibility: 'friendly' } : {}));
    const plan = await dry(world, 'changeOwner', { from: 'ann', to: 'bea', page: { limit: 5 } });
    expect(plan.total).toBe(200);
    const { job } = await change(world, { from: 'ann', to: 'bea' });
    await settle(world);
    const done = await getJob(world, job, { limit: 1_000 });
    expect(done).toMatchObject({ state: 'done', total: 200, moved: 200, failed: 0, skipped: 0 });
    expect(done.items?.map((i) => i.outcome)).toEqual(Array(200).fill('moved'));
    const records = (await world.records()).filter((r) => r.via === 'job' && r.command === 'changeOwner');
    expect(records.length).toBeGreaterThan(1);
    for (const thing of (await stored(world)).values()) {
      expect(thing).toMatchObject({ owners: ['bea'], revision: 2, visibility: 'private' });
      expect(thing.grants).toHaveLength(thing.type === 'block' ? friends.length : 0);
    }
    const reverted = (await world.run('revertJob', { id: job })) as JobView;
    await settle(world);
    expect(await getJob(world, reverted.job)).toMatchObject({ state: 'done', total: 200, moved: 200 });
    for (const { grants, owners } of (await stored(world)).values()) expect([owners, grants]).toEqual([['ann'], []]);
  });

  it('gives no resource more grants than it may have', async () => {
    await using world = await openWorld();
    const grants = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ principal: `p${i}`, level: 'read' as const }));
    await put(world, 2, (i) => ({ type: 'plate', grants: grants(i === 0 ? 10_000 : 9_999) }));
    const { job } = await change(world, { from: 'ann', to: 'bea', previousOwner: 'read' });
    expect(await getJob(world, job, { outcome: 'failed' })).toMatchObject({
      ...{ state: 'done', moved: 1, failed: 1, items: [{ reason: 'grants_full' }] },
    });
    const full = [...(await stored(world)).values()].find((r) => r.owners[0] === 'ann');
    const params = { type: 'plate', id: full?._id, accountType: 'User', owner: 'bea', previousOwner: 'keep' };
    expect(await world.refusal('boss', { command: 'changeOwnership', params })).toBe('grants_full');
  });
});

describe('a receiver', () => {
  it('who is off-boarded meanwhile keeps nothing, in any order of the steps', async () => {
    await using world = await openWorld();
    await using other = await openWorld({ beside: world });
    await put(world, 2 * MANY, () => ({}));
    const given = await change(world, { from: 'ann', to: 'bea' });
    await Promise.all([settle(world), world.run('offboard', { to: 'cec' }, 'bea').then(() => settle(other))]);
    await settle(other);
    const [bea] = (await world.contents('principals')).filter((p) => p._id === 'bea');
    expect(bea).toMatchObject({ state: 'former' });
    const view = await getJob(world, given.job);
    if (view.state !== 'done') expect(view).toMatchObject({ state: 'failed', error: { reason: 'recipient_unfit' } });
    for (const { owners } of (await stored(world)).values()) expect(['ann', 'cec']).toContain(owners[0]);
  });

  it.each([
    ['changeOwner', { from: 'ann', to: 'pat' }],
    ['changeOwnership', { type: 'plate', id: 'res-it', accountType: 'User', owner: 'pat' }],
    ['setWorkspaceOwner', { wsi: { id: 1 }, new_user: 'pat' }],
    ['setOwnedBy', { type: 'manifest', object: 'https://x.org/b/manifest', ownedBy: ['pat'] }],
    ['updateStaffPermissions', { manifests: ['https://x.org/b/manifest'], username: 'pat', action: 'ADD' }],
    ['createResource', { type: 'plate', name: 'p', owners: [{ accountType: 'User', owner: 'pat' }] }],
  ])(
    'of %s and is pending keeps a name when the account is deleted, by which the thing can be moved',
    async (command, params) => {
      await using world = await openWorld();
      await put(world, 2, (i) =>
        i === 0 ? { _id: 'res-it' } : { type: 'manifest', externalId: 'https://x.org/b/manifest' },
      );
      await world.call('ann', 'create_workspace', { workspace: 'w' });
      const { id } = (await world.run('addUser', undefined, 'pat')) as { id: string };
      await Promise.allSettled([world.run(command, params), world.run('deleteUser', undefined, 'pat')]);
      const owned = [...(await stored(world)).values()].filter((r) => r.owners.includes(id));
      const [account] = (await world.contents('principals')).filter((p) => p._id === id);
      // If the receiver was deleted before, there is no such user, and nothing is theirs.
      if (owned.length > 0) expect(account).toMatchObject({ state: 'former' });
      if (account === undefined) return;
      const { users } = (await world.run('listUsers', { state: 'former' })) as {
        users: { user: string; id: string }[];
      };
      const name = users.find((u) => u.id === id)?.user ?? '';
      expect(await world.run('reclaim', { from: name, to: 'cec' })).toMatchObject({ moved: owned.length });
    },
  );
});

describe('a plan', () => {
  const befriend = (world: World, by: string, letsIn: string) => {
    const pair = [by, letsIn].sort();
    const doc = { _id: JSON.stringify(pair) as never, revision: 1, pair, agreed: [by] };
    return world.database.db.collection('friends').insertOne(doc);
  };

  it.each(['changeOwner', 'offboard'])('of %s is stale once it would change something else', async (command) => {
    await using world = await openWorld();
    await put(world, 3, () => ({ type: 'block', visibility: 'friendly' }));
    const params = command === 'offboard' ? { to: 'bea' } : { from: 'ann', to: 'bea' };
    const object = { command, params, ...(command === 'offboard' ? { user: 'ann' } : {}) };
    const plan = async () =>
      ((await world.administer('boss', { ...object, dryRun: true })).result as { plan: string }).plan;
    const first = await plan();
    expect(await plan()).toBe(first);
    await befriend(world, 'ann', 'cec');
    expect(await world.refusal('boss', { ...object, plan: first })).toBe('plan_stale');
    expect((await world.administer('boss', { ...object, plan: await plan() })).result).toMatchObject({ total: 3 });
  });

  it('stays valid if nothing that it is about has changed, such as by another gift to the same user', async () => {
    await using world = await openWorld();
    const [, one] = await put(world, 2, (i) => ({ owners: [i === 0 ? 'ann' : 'cec'] }));
    const params = { from: 'ann', to: 'bea' };
    const { plan } = await dry(world, 'changeOwner', params);
    const single = { type: 'plate', id: one?._id, accountType: 'User', owner: 'bea' };
    const other = await dry(world, 'changeOwnership', single);
    await world.run('createResource', { type: 'plate', name: 'p', owners: [{ accountType: 'User', owner: 'bea' }] });
    expect((await world.administer('boss', { command: 'changeOwner', params, plan })).result).toMatchObject({
      moved: 1,
    });
    const object = { command: 'changeOwnership', params: single, plan: other.plan };
    expect((await world.administer('boss', object)).result).toMatchObject({ changed: true });
  });
});

describe('an id in a selection', () => {
  it('that names nothing, or nothing of theirs, is in the plan and in the job', async () => {
    await using world = await openWorld();
    const [own, theirs] = await put(world, 2, (i) => ({ owners: [i === 0 ? 'ann' : 'cec'] }));
    const params = { from: 'ann', to: 'bea', ids: [own?._id, 'res-none', theirs?._id] };
    const plan = await dry(world, 'changeOwner', params);
    expect(plan.total).toBe(3);
    expect(plan.items?.map((i) => i.reason ?? 'none')).toEqual(['none', 'not_the_owner', 'resource_missing']);
    const done = await change(world, params);
    expect(done).toMatchObject({ state: 'done', total: 3, moved: 1, skipped: 2, failed: 0 });
    const { items } = await getJob(world, done.job, {});
    expect(items).toEqual([
      { id: own?._id, type: 'plate', outcome: 'moved' },
      { id: theirs?._id, type: 'plate', outcome: 'skipped', reason: 'not_the_owner' },
      { id: 'res-none', type: 'unknown', outcome: 'skipped', reason: 'resource_missing' },
    ]);
    const reverted = (await world.run('revertJob', { id: done.job })) as JobView;
    expect(reverted).toMatchObject({ state: 'done', total: 1, moved: 1 });
  });

  it('that is unknown and the only one makes a job with one skipped item', async () => {
    await using world = await openWorld();
    expect(await change(world, { from: 'ann', to: 'bea', ids: ['nothing'] })).toMatchObject({ total: 1, skipped: 1 });
  });
});

it('a role that can own none of the selected types is refused at once', async () => {
  await using world = await openWorld();
  await world.run('createRole', { name: 'curators', members: [] });
  const object = { command: 'changeOwner', params: { from: 'ann', to: 'role:curators', types: ['plate', 'screen'] } };
  expect(await world.refusal('boss', object)).toBe('owner_kind_not_allowed');
  expect(await world.contents('jobs')).toEqual([]);
});

describe('a user whose name is not valid in KBase', () => {
  const NAME = 'user.name@oracle.com';

  it('is acted as in the commands of other systems, and not in those of KBase', async () => {
    await using world = await openWorld();
    await world.run('addUser', undefined, NAME);
    const params = { type: 'plate', name: 'p' };
    expect(await world.run('createResource', params, NAME)).toMatchObject({ owners: [{ owner: NAME }] });
    expect(await world.refusal('boss', { command: 'listResources', params: {}, user: 'nobody@x.org' })).toBe(
      'user_unknown',
    );
    expect(await world.refusal('boss', { command: 'listWorkspaces', params: {}, user: NAME })).toBe('username_invalid');
  });

  it('gets workspaces, but those with a prefix only under another name', async () => {
    await using world = await openWorld();
    await world.run('addUser', undefined, NAME);
    await putWorkspaces(world, ['ann:x', 'y']);
    const { job } = await change(world, { from: 'ann', to: NAME });
    const { items } = await getJob(world, job, { outcome: 'failed' });
    expect(items).toMatchObject([{ id: 'ws1', reason: 'workspace_name_invalid' }]);
    expect(items?.[0]?.message).toContain('new_name');
    const single = { type: 'workspace', id: 'ws1', accountType: 'User', owner: NAME };
    expect(await world.refusal('boss', { command: 'changeOwnership', params: single })).toBe('workspace_name_invalid');
    await world.run('changeOwnership', { ...single, new_name: 'x' });
    expect([...(await stored(world)).values()].map((r) => r.name).sort()).toEqual(['x', 'y']);
  });
});

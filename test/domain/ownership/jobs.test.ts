import { describe, expect, it } from 'vitest';
import type { JobView, JobWithItems } from '../../../src/base/schemas/generated.ts';
import { LONG } from '../../support/long.ts';
import type { World } from '../workspaces/world.ts';
import { MANY, openWorld, PART, put, settle, standing, stored } from './things.ts';

const begin = async (world: World, user = 'boss', params: object = { from: 'ann', to: 'bea' }) =>
  (await world.administer(user, { command: 'changeOwner', params })).result as JobView;
const run = (world: World, command: string, id: string, more: object = {}) =>
  world.run(command, { id, ...more }) as Promise<JobWithItems>;
const owners = async (world: World) => {
  const counts: Record<string, number> = {};
  for (const { owners: of } of (await stored(world)).values()) counts[of.join()] = (counts[of.join()] ?? 0) + 1;
  return counts;
};

describe('a job', () => {
  it('stops when it is paused, goes on when it is resumed, and ends when it is cancelled', async () => {
    await using world = await openWorld();
    await put(world, MANY, () => ({}));
    const { job } = await begin(world);
    expect(await run(world, 'pauseJob', job)).toMatchObject({ state: 'paused', moved: 0 });
    await settle(world);
    expect(await owners(world)).toEqual({ ann: MANY });
    expect(await world.refusal('boss', { command: 'pauseJob', params: { id: job } })).toBe('job_state');
    await run(world, 'resumeJob', job);
    await settle(world);
    expect(await run(world, 'getJob', job)).toMatchObject({ state: 'done', moved: MANY });
    expect(await owners(world)).toEqual({ bea: MANY });
    expect(await world.refusal('boss', { command: 'cancelJob', params: { id: job } })).toBe('job_state');
    const other = await begin(world, 'boss', { from: 'bea', to: 'cec' });
    expect(await run(world, 'cancelJob', other.job)).toMatchObject({ state: 'cancelled' });
    await settle(world);
    expect(await owners(world)).toEqual({ bea: MANY });
    expect(await world.refusal('boss', { command: 'resumeJob', params: { id: other.job } })).toBe('job_state');
    const { items } = await run(world, 'getJob', other.job, { items: { outcome: 'open', limit: 1 } });
    expect(items).toHaveLength(1);
  });

  it('fails when its initiator is no longer an administrator, and can be resumed by another', async () => {
    await using world = await openWorld();
    await world.run('addAdmin', undefined, 'dan');
    await put(world, MANY, () => ({}));
    const { job } = await begin(world, 'dan');
    await world.run('removeAdmin', undefined, 'dan');
    await settle(world);
    expect(await owners(world)).toEqual({ ann: MANY });
    const failed = await run(world, 'getJob', job);
    expect(failed).toMatchObject({ state: 'failed', by: 'dan', moved: 0, error: { reason: 'not_admin' } });
    const denied = (await world.records()).filter((r) => r.command === 'changeOwner' && r.outcome === 'denied');
    expect(denied).toMatchObject([{ error: 'not_admin', via: 'job', actor: { id: 'dan' } }]);
    expect(await run(world, 'resumeJob', job)).toMatchObject({ state: 'running', by: 'boss' });
    await settle(world);
    expect(await run(world, 'getJob', job)).toMatchObject({ state: 'done', moved: MANY });
  });

  it('does no further part once the right of its initiator has ended, whenever that is', async () => {
    const start = Math.floor(Date.now() / 1000) * 1000;
    const expires = new Date(start + 1000);
    let readings = Number.POSITIVE_INFINITY;
    // The clock passes the end after so many readings.
    await using world = await openWorld({ now: () => (readings-- > 0 ? new Date(start) : expires) });
    const moved = new Set<number>();
    for (let before = 1; before < 16; before += 1) {
      readings = Number.POSITIVE_INFINITY;
      await world.run('addAdmin', { expires: expires.toISOString() }, 'dan');
      await put(world, MANY, () => ({}));
      const { job } = await begin(world, 'dan');
      readings = before;
      await settle(world);
      const view = await run(world, 'getJob', job);
      expect(view).toMatchObject(view.moved < MANY ? { state: 'failed', error: { reason: 'not_admin' } } : {});
      moved.add(view.moved);
      readings = Number.POSITIVE_INFINITY;
      await world.run('changeOwner', { from: 'ann', to: 'cec' });
      await settle(world);
    }
    const parts = (await world.records()).filter((r) => r.via === 'job' && (r.actor as { id: string }).id === 'dan');
    const late = parts.filter(({ at }) => (at as Date).getTime() >= expires.getTime());
    expect(late.map(({ outcome }) => outcome)).toEqual(late.map(() => 'denied'));
    expect(moved).toContain(PART);
  });

  it('stops when its receiver can no longer be given anything', async () => {
    await using world = await openWorld();
    await put(world, MANY, () => ({}));
    const { job } = await begin(world);
    await world.run('disableUser', undefined, 'bea');
    await settle(world);
    expect(await run(world, 'getJob', job)).toMatchObject({ state: 'failed', error: { reason: 'recipient_unfit' } });
    await world.run('enableUser', undefined, 'bea');
    await run(world, 'resumeJob', job);
    await settle(world);
    expect(await owners(world)).toEqual({ bea: MANY });
  });

  it('is begun only by administrators, and once for an idempotency key', async () => {
    await using world = await openWorld();
    await put(world, MANY, () => ({}));
    const params = { from: 'ann', to: 'bea' };
    expect(await world.refusal('ann', { command: 'changeOwner', params })).toBe('not_admin');
    const object = { command: 'changeOwner', params, idempotencyKey: 'k' };
    const first = (await world.administer('boss', object)).result as JobView;
    const again = (await world.administer('boss', object)).result as JobView;
    expect(again.job).toBe(first.job);
    expect(await world.contents('jobs')).toHaveLength(1);
  });

  it('is carried on by another instance, and two instances together move each item once', async () => {
    await using first = await openWorld();
    await using second = await openWorld({ beside: first });
    const plates = await put(first, 3 * MANY, () => ({}));
    const { job } = await begin(first);
    await Promise.all([settle(first), settle(second)]);
    await settle(second);
    expect(await run(second, 'getJob', job)).toMatchObject({ state: 'done', moved: plates.length, skipped: 0 });
    expect([...(await stored(first)).values()].every((r) => r.revision === 2)).toBe(true);
  });

  it('is listed, the newest first, and an unknown one is refused', async () => {
    await using world = await openWorld();
    const one = await begin(world);
    const two = await begin(world, 'boss', { from: 'bea', to: 'ann' });
    const listed = (await world.run('listJobs', { limit: 1 })) as { jobs: JobView[]; next: string };
    expect(listed.jobs.map((j) => j.job)).toEqual([two.job]);
    expect(await world.run('listJobs', { cursor: listed.next, state: 'done' })).toMatchObject({
      jobs: [{ job: one.job }],
    });
    expect(await world.refusal('boss', { command: 'getJob', params: { id: '0'.repeat(24) } })).toBe('job_unknown');
  });
});

describe('a change while a job waits', () => {
  it('by one of two overlapping transfers moves each item once', async () => {
    await using world = await openWorld();
    const all = await put(world, MANY, (i) => ({ owners: i % 2 === 0 ? ['ann'] : ['ann', 'cec'], type: 'manifest' }));
    const jobs = [
      await begin(world),
      await begin(world, 'boss', { from: 'ann', to: 'dan' }),
      await begin(world, 'boss', { from: 'cec', to: 'dan', name: '*1' }),
    ];
    await settle(world);
    const views = await Promise.all(jobs.map(({ job }) => run(world, 'getJob', job)));
    expect(views.map((v) => v.state)).toEqual(['done', 'done', 'done']);
    for (const view of views) expect(view.moved + view.failed + view.skipped).toBe(view.total);
    const [toBea, toDan] = views;
    expect((toBea?.moved ?? 0) + (toDan?.moved ?? 0)).toBe(all.length);
    const changes = (await world.records())
      .filter((r) => r.outcome === 'success')
      .flatMap((r) => r.changes as { id: string; collection: string }[])
      .filter((c) => ['workspaces', 'resources'].includes(c.collection));
    const revisions = [...(await stored(world)).values()].reduce((sum, r) => sum + r.revision - 1, 0);
    expect(changes).toHaveLength(revisions);
  });

  it('of the same resource is done by whoever comes first: setWorkspaceOwner, a deletion or the transfer', async () => {
    await using world = await openWorld();
    for (let i = 1; i <= 20; i += 1) await world.call('ann', 'create_workspace', { workspace: `ann:w${i}` });
    await put(world, MANY, () => ({}));
    const { job } = await begin(world);
    await Promise.all([
      settle(world),
      ...Array.from({ length: 10 }, (_, i) =>
        world.run('setWorkspaceOwner', { wsi: { id: i + 1 }, new_user: 'cec' }).catch(() => 0),
      ),
      ...Array.from({ length: 10 }, (_, i) => world.run('deleteWorkspace', { id: i + 11 }).catch(() => 0)),
    ]);
    const view = await run(world, 'getJob', job);
    expect(view).toMatchObject({ state: 'done', failed: 0 });
    expect(view.moved + view.skipped).toBe(view.total);
    for (const { owners: of, name, type } of (await stored(world)).values()) {
      if (type === 'workspace') expect(name.split(':')[0]).toBe(of[0]);
    }
  });
});

describe('a revert', () => {
  it.each([LONG ? 20 : 10, MANY])('of %d items restores owners, names and grants exactly', async (count) => {
    await using world = await openWorld();
    for (let i = 1; i <= 5; i += 1) await world.call('ann', 'create_workspace', { workspace: `ann:w${i}` });
    await world.run('setPermissions', { id: 1, new_permission: 'w', users: ['bea', 'cec'] });
    await put(world, count, (i) => ({
      type: i % 2 === 0 ? 'block' : 'manifest',
      owners: i % 2 === 0 ? ['ann'] : ['cec', 'ann'],
      visibility: i % 3 === 0 && i % 2 === 0 ? 'friendly' : 'private',
      grants:
        i % 5 === 0
          ? [
              { principal: 'bea', level: 'write' },
              { principal: 'dan', level: 'read' },
            ]
          : [],
    }));
    const before = new Map([...(await stored(world))].map(([id, r]) => [id, standing(r)]));
    const { job } = await begin(world, 'boss', { from: 'ann', to: 'bea', previousOwner: 'read' });
    await settle(world);
    const reverted = await run(world, 'revertJob', job);
    await settle(world);
    expect(await run(world, 'getJob', reverted.job)).toMatchObject({
      ...{ kind: 'revertJob', state: 'done', reverts: job, total: count + 5, moved: count + 5, skipped: 0 },
    });
    expect(new Map([...(await stored(world))].map(([id, r]) => [id, standing(r)]))).toEqual(before);
    expect(await run(world, 'getJob', job)).toMatchObject({ revertedBy: reverted.job });
    const { items } = await run(world, 'getJob', reverted.job, { items: { limit: 10 } });
    expect(items?.map((i) => i.outcome)).toEqual(Array(10).fill('moved'));
    const again = await run(world, 'revertJob', reverted.job);
    await settle(world);
    expect(await run(world, 'getJob', again.job)).toMatchObject({ moved: count + 5 });
  });

  it('leaves what changed meanwhile, and reports the outcome of each item', async () => {
    await using world = await openWorld();
    await world.call('ann', 'create_workspace', { workspace: 'ann:w' });
    const [gone, given, shared] = await put(world, 4, (i) => ({ name: `p${i}` }));
    const { job } = await begin(world);
    await begin(world, 'boss', { from: 'bea', to: 'dan', ids: [given?._id] });
    const things = world.database.db.collection('resources');
    await things.deleteOne({ _id: gone?._id as never });
    const share = { $push: { grants: { principal: 'cec', level: 'read' } as never }, $inc: { revision: 1 } };
    await things.updateOne({ _id: shared?._id as never }, share);
    await world.call('cec', 'create_workspace', { workspace: 'free' });
    await world.database.db.collection('workspaces').updateOne({ number: 2 }, { $set: { name: 'ann:w' } });
    const reverted = await run(world, 'revertJob', job);
    expect(reverted).toMatchObject({ state: 'done', total: 5, moved: 2, skipped: 2, failed: 1 });
    const now = await stored(world);
    expect(now.get(given?._id ?? '')?.owners).toEqual(['dan']);
    expect(now.get(shared?._id ?? '')).toMatchObject({
      owners: ['ann'],
      grants: [{ principal: 'cec', level: 'read' }],
    });
    const { items = [] } = await run(world, 'getJob', reverted.job, { items: {} });
    expect(items.map((i) => i.reason ?? i.outcome).sort()).toEqual(
      ['changed_meanwhile', 'moved', 'moved', 'resource_missing', 'workspace_name_taken'].sort(),
    );
  });

  it('of a running job is refused; of one that was cancelled half-way it restores what was moved', async () => {
    await using world = await openWorld();
    await put(world, 2 * MANY, () => ({}));
    const { job } = await begin(world);
    expect(await world.refusal('boss', { command: 'revertJob', params: { id: job } })).toBe('job_state');
    const progress = { parts: 3, next: 0 };
    await world.database.db
      .collection('jobs')
      .updateOne({ _id: job as never }, { $set: { progress: { ...progress, parts: 1 } } });
    await settle(world);
    expect(await owners(world)).toEqual({ ann: 2 * MANY - PART, bea: PART });
    const reverted = await run(world, 'revertJob', job);
    await settle(world);
    expect(await run(world, 'getJob', reverted.job)).toMatchObject({ state: 'done', moved: PART });
    expect(await owners(world)).toEqual({ ann: 2 * MANY });
  });

  it('shows in a dry run what it would restore', async () => {
    await using world = await openWorld();
    await put(world, 3, () => ({}));
    const { job } = await begin(world);
    const { result } = await world.administer('boss', { command: 'revertJob', params: { id: job }, dryRun: true });
    expect(result).toMatchObject({ total: 3, types: [{ type: 'plate', total: 3 }] });
    expect(await owners(world)).toEqual({ bea: 3 });
  });
});

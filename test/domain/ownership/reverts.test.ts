import { describe, expect, it } from 'vitest';
import type { JobView } from '../../../src/base/schemas/generated.ts';
import type { World } from '../workspaces/world.ts';
import { MANY, openWorld, put, settle, stored } from './things.ts';

const change = (world: World, params: object) => world.run('changeOwner', params) as Promise<JobView>;
const revert = (world: World, id: string, more: object = {}) =>
  world.run('revertJob', { id, ...more }) as Promise<JobView>;
const getJob = (world: World, id: string) => world.run('getJob', { id }) as Promise<JobView>;
const sum = ({ moved, failed, skipped }: JobView) => moved + failed + skipped;
const ownersOf = async (world: World) => [...new Set([...(await stored(world)).values()].map((r) => r.owners.join()))];

describe('a reverted job', () => {
  it.each([3, MANY])(
    'of %d items is not reverted again: the error names the record of the first revert',
    async (count) => {
      await using world = await openWorld();
      await put(world, count, () => ({}));
      const { job } = await change(world, { from: 'ann', to: 'bea' });
      await settle(world);
      const first = await revert(world, job);
      await settle(world);
      const done = await getJob(world, first.job);
      expect(done).toMatchObject({ state: 'done', total: count, moved: count });
      expect(sum(done)).toBe(done.total);
      const record = (await world.records()).find((r) => r.command === 'revertJob' && r.via === 'command');
      const message = await world.message('revertJob', { id: job });
      expect(message).toContain(first.job);
      expect(message).toContain(String(record?.id));
      expect(await world.refusal('boss', { command: 'revertJob', params: { id: job }, dryRun: true })).toBe(
        'already_reverted',
      );
      expect(await ownersOf(world)).toEqual(['ann']);
      expect(await getJob(world, job)).toMatchObject({ revertedBy: first.job });
      expect(await world.contents('jobs')).toHaveLength(2);
    },
  );

  it('is reverted by only one of two administrators at the same time', async () => {
    await using world = await openWorld();
    await world.run('addAdmin', undefined, 'dan');
    await put(world, 5, () => ({}));
    for (let round = 0; round < 5; round += 1) {
      const { job } = await change(world, { from: 'ann', to: 'bea' });
      const object = { command: 'revertJob', params: { id: job } };
      const tried = await Promise.allSettled(
        ['boss', 'dan', 'boss', 'dan'].map((user) => world.administer(user, object)),
      );
      const done = tried.flatMap((t) => (t.status === 'fulfilled' ? [t.value.result as JobView] : []));
      expect(done).toMatchObject([{ total: 5, moved: 5, failed: 0, skipped: 0 }]);
      const refused = tried.flatMap((t) => (t.status === 'rejected' ? [t.reason.reason] : []));
      expect(refused).toEqual(Array(3).fill('already_reverted'));
      expect(await ownersOf(world)).toEqual(['ann']);
    }
  });

  it('can be done again by reverting the revert, once each time', async () => {
    await using world = await openWorld();
    await put(world, 2, () => ({}));
    let { job } = await change(world, { from: 'ann', to: 'bea' });
    for (const owner of ['ann', 'bea', 'ann']) {
      const next = await revert(world, job);
      expect(next).toMatchObject({ total: 2, moved: 2, skipped: 0 });
      expect(await ownersOf(world)).toEqual([owner]);
      expect(await world.refusal('boss', { command: 'revertJob', params: { id: job } })).toBe('already_reverted');
      job = next.job;
    }
  });
});

describe('what was moved from a former user', () => {
  async function withLeaver(count: number) {
    const world = await openWorld();
    await world.call('ann', 'create_workspace', { workspace: 'ann:w' });
    await put(world, count, () => ({ grants: [{ principal: 'cec', level: 'read' }] }));
    const { job } = (await world.run('offboard', { to: 'bea' }, 'ann')) as JobView;
    await settle(world);
    return { world, job };
  }

  it.each([2, MANY])(
    'is not given back to a closed account (%d items), but to the user whom the call names',
    async (count) => {
      const { world, job } = await withLeaver(count);
      await using _ = world;
      const before = await stored(world);
      expect(await world.refusal('boss', { command: 'revertJob', params: { id: job } })).toBe('recipient_unfit');
      expect(await world.message('revertJob', { id: job })).toMatch(/ann~.*closed.*"to"/);
      expect(await stored(world)).toEqual(before);
      expect(await world.refusal('boss', { command: 'revertJob', params: { id: job, to: 'bea' } })).toBe('same_owner');
      const reverted = await revert(world, job, { to: 'dan' });
      await settle(world);
      const done = await getJob(world, reverted.job);
      expect(done).toMatchObject({ state: 'done', to: 'dan', total: count + 1, moved: count + 1 });
      expect(await ownersOf(world)).toEqual(['dan']);
      expect((await stored(world)).get('ws1')).toMatchObject({ name: 'dan:w', grants: [] });
      for (const { type, grants } of (await stored(world)).values()) {
        if (type === 'plate') expect(grants).toEqual([{ principal: 'cec', level: 'read' }]);
      }
    },
  );

  it('by any other job, or from a deleted role, is not given back either', async () => {
    await using world = await openWorld();
    await world.run('createRole', { name: 'curators', members: ['bea'] });
    await put(world, 1, () => ({ type: 'workbooks', externalId: '/@Catalog/w' }));
    await change(world, { from: 'ann', to: 'role:curators' });
    const { job } = await change(world, { from: 'role:curators', to: 'cec' });
    await world.run('deleteRole', { name: 'curators' });
    expect(await world.refusal('boss', { command: 'revertJob', params: { id: job } })).toBe('recipient_unfit');
    const other = await change(world, { from: 'cec', to: 'dan' });
    await world.run('disableUser', undefined, 'cec');
    expect(await world.message('revertJob', { id: other.job })).toMatch(/cec.*disabled/);
    await world.run('enableUser', undefined, 'cec');
    expect(await revert(world, other.job)).toMatchObject({ moved: 1 });
  });
});

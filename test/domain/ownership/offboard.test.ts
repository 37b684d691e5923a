import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RawJson } from '../../../src/base/json/rawJson.ts';
import type { DryRun, JobView, JobWithItems, OwnedListing } from '../../../src/base/schemas/generated.ts';
import { traceKinds } from '../../../src/domain/ownership/traces.ts';
import { openSession } from '../../../src/identity/sessions.ts';
import { callerNamed, requestWith, storeRequests } from '../../support/approvalRequests.ts';
import type { TestHouseOptions } from '../../support/house.ts';
import { transactRecorded } from '../../support/recorded.ts';
import { register, spec } from '../modules/spec.ts';
import type { World } from '../workspaces/world.ts';
import { openWorld, put, settle, stored } from './things.ts';
import { traces, untouched } from './traces.ts';

const PATIENCE = { timeout: 180_000, interval: 20 };

/** Ann, who owns and was granted resources of every kind. */
async function withAnn(options: TestHouseOptions = {}): Promise<World> {
  const world = await openWorld({ rules: { configured: ['boss'] }, ...options });
  await world.call('ann', 'create_workspace', { workspace: 'ann:genomes' });
  await world.call('cec', 'create_workspace', { workspace: 'shared' });
  await world.run('setPermissions', { id: 2, new_permission: 'w', users: ['ann', 'dan'] });
  await put(
    world,
    30,
    (i) =>
      ({
        ...(i < 10 ? { type: 'manifest', owners: ['cec', 'ann'] } : {}),
        ...(i >= 20
          ? {
              owners: ['dan'],
              grants: [
                { principal: 'ann', level: 'read' },
                { principal: 'bea', level: 'read' },
              ],
            }
          : {}),
        stamp: { id: 'ann', name: 'ann' },
      }) as never,
  );
  await world.run('createRole', { name: 'curators', members: ['ann', 'bea'] });
  await world.run('addFriend', { user: 'ann', friend: 'bea' });
  await world.run('addAdmin', undefined, 'ann');
  await world.administer('ann', { command: 'addAdmin', user: 'dan', params: { as: ['ann', 'bea'] } });
  return world;
}

/** Ann, whom every collection names that can name a user. */
async function withAnnEverywhere(): Promise<World> {
  const world = await withAnn({ sendMail: async () => undefined });
  for (const module of ['Mod', 'Shared']) {
    await world.call('ann', 'request_module_ownership', module);
    await world.run('approveModRequest', { module });
  }
  await world.run('grantModuleOwnership', { mod: 'Shared', new_owner: 'cec', with_grant_option: 1 });
  await register(world, spec('typedef structure { int a; } T;'), { new_types: ['T'] });
  await world.call('ann', 'release_module', 'Mod');
  await world.call('ann', 'request_module_ownership', 'Wanted');
  const object = { type: 'Mod.T', data: new RawJson(Buffer.from('{"a":1}')), name: 'one' };
  for (const id of [1, 2]) await world.run('saveObjects', { id, objects: [object] }, 'ann');
  await world.run('setPassword', { password: 'a password' }, 'ann');
  await transactRecorded(world.database, { now: () => new Date() }, (tx) => openSession(tx, 'ann'));
  const [at, revision] = [new Date(), 1];
  const ticket = {
    principal: 'ann',
    credential: 'c',
    stamp: 's',
    provedBy: 'totp',
    provedAt: at,
    openedAt: at,
    minutes: 9,
  };
  await world.database.db.collection('tickets').insertOne({ _id: 'ticket-1', revision, ...ticket } as never);
  await world.database.db.collection('passkeys').insertOne({ _id: 'ann', revision, keys: [] } as never);
  await world.database.db.collection('totp').insertOne({ _id: 'ann', revision, secret: 'SECRET' } as never);
  for (const workspace of ['ann:given', 'ann:gone']) await world.run('createWorkspace', { workspace }, 'ann');
  await world.run('changeOwner', { from: 'ann', to: 'dan', types: ['workspace'], name: 'ann:given' });
  await world.run('deleteWorkspace', { workspace: 'ann:gone' }, 'ann');
  const approval = { by: callerNamed('ann'), at: new Date(), reason: 'it is right' };
  await storeRequests(
    world.database,
    requestWith(),
    requestWith({ _id: '2'.repeat(24), requester: callerNamed('dan'), approvals: [approval], deciders: ['ann'] }),
  );
  const glass = { principal: 'ann', id: 'glass-1', reason: 'at night', at: new Date(), until: new Date() };
  await world.database.db
    .collection<{ _id: string }>('roster')
    .updateOne({ _id: 'roster' }, { $set: { broken: [glass] }, $inc: { revision: 1 } });
  return world;
}

const offboard = (world: World, user: string, params: object) =>
  world.run('offboard', params, user) as Promise<JobView>;
const getJob = (world: World, id: string, items?: object) =>
  world.run('getJob', { id, items }) as Promise<JobWithItems>;

describe('a user who is off-boarded', () => {
  it('is disabled at once, and afterwards named only by the audit, jobs, stamps and the closed account', async () => {
    await using world = await withAnnEverywhere();
    expect((await traces(world, 'ann')).length).toBeGreaterThan(20);
    expect(await untouched(world, 'ann')).toEqual([]);
    const { job } = await offboard(world, 'ann', { to: 'bea' });
    expect(await world.signIn('ann').catch((error) => error.reason)).toBe('account_disabled');
    await settle(world);
    expect(await getJob(world, job)).toMatchObject({
      state: 'done',
      total: 22,
      moved: 22,
      failed: 0,
      from: 'ann',
      to: 'bea',
    });
    expect(await traces(world, 'ann')).toEqual([]);
    const [account] = (await world.contents('principals')).filter((p) => p._id === 'ann');
    expect(account).toMatchObject({ state: 'former', living: false });
    const now = await stored(world);
    expect(now.get('ws1')).toMatchObject({ owners: ['bea'], name: 'bea:genomes', grants: [] });
    expect(now.get('ws2')?.grants).toEqual([{ principal: 'dan', level: 'write' }]);
    expect(await world.contents('roles')).toMatchObject([{ members: [{ principal: 'bea' }] }]);
    expect(await world.contents('friends')).toEqual([]);
    expect(await world.contents('approvalRequests')).toMatchObject([{ _id: '2'.repeat(24), approvals: [] }]);
    expect(await world.run('listAdmins')).toEqual(['boss', 'dan']);
    const [bea, cec] = ['bea', 'cec'].map((principal) => ({ principal, canGrant: true }));
    expect((await world.contents('modules')).map((m) => m.owners)).toEqual([[bea], [bea, cec]]);
    expect(await world.run('listModRequests')).toEqual([]);
    expect((await world.contents('versions')).map((v) => v.savedBy)).toEqual(['ann', 'ann']);
  });

  it('whose resources cannot all move keeps the account until they can', async () => {
    await using world = await withAnn();
    await world.call('bea', 'create_workspace', { workspace: 'bea:genomes' });
    const { job } = await offboard(world, 'ann', { to: 'bea' });
    await settle(world);
    expect(await getJob(world, job)).toMatchObject({
      state: 'failed',
      error: { reason: 'items_left' },
      moved: 20,
      failed: 1,
    });
    const { items } = await getJob(world, job, { outcome: 'failed' });
    expect(items?.[0]).toMatchObject({ id: 'ws1', reason: 'workspace_name_taken' });
    await world.run('renameWorkspace', { wsi: { workspace: 'bea:genomes' }, new_name: 'bea:old' });
    await world.run('resumeJob', { id: job });
    await settle(world);
    expect(await getJob(world, job)).toMatchObject({ state: 'done', total: 21, moved: 21, failed: 0 });
    expect(await traces(world, 'ann')).toEqual([]);
  });

  it('who was given something at the last moment leaves no traces', async () => {
    await using world = await withAnn();
    const { job } = await offboard(world, 'ann', { to: 'bea' });
    const settled = settle(world);
    await world.database.db
      .collection('workspaces')
      .updateOne(
        { number: 2 },
        { $push: { grants: { principal: 'ann', level: 'admin' } as never }, $inc: { revision: 1 } },
      );
    await put(world, 1, () => ({}));
    await settled;
    expect(await getJob(world, job)).toMatchObject({ state: 'done', failed: 0 });
    expect(await traces(world, 'ann')).toEqual([]);
  });

  it('keeps the account until all instances know that it is disabled; their grants are not restored by a revert', async () => {
    const clock = new Date();
    let looked = 0;
    const now = () => {
      looked += 1;
      return clock;
    };
    await using world = await withAnn({ now });
    const { job } = await offboard(world, 'ann', { to: 'bea' });
    const turn = settle(world);
    await vi.waitFor(async () => {
      for (const kind of traceKinds) expect(await kind.present(world.database, 'ann')).toBe(false);
    }, PATIENCE);
    const then = looked;
    // The clock does not move, so that each further step is too early.
    await vi.waitFor(() => expect(looked).toBeGreaterThan(then + 1), PATIENCE);
    expect(await getJob(world, job)).toMatchObject({ state: 'running', moved: 21 });
    await world.run('cancelJob', { id: job });
    await turn;
    // A revert finds what a step did by the record, which names the job.
    await world.database.db
      .collection('audit')
      .updateMany(
        { 'records.params.job': job },
        { $addToSet: { 'records.$[own].resources': `jobs/${job}` } },
        { arrayFilters: [{ 'own.params.job': job }] },
      );
    await world.run('enableUser', undefined, 'ann');
    const reverted = (await world.run('revertJob', { id: job })) as JobView;
    await settle(world);
    expect(await getJob(world, reverted.job)).toMatchObject({ state: 'done', total: 21, moved: 21, skipped: 0 });
    const after = await stored(world);
    expect(after.get('ws1')?.owners).toEqual(['ann']);
    expect(after.get('ws2')?.grants).toEqual([{ principal: 'dan', level: 'write' }]);
  });

  it('whose module would be left without an owner who can grant is refused, unless a user replaces them', async () => {
    await using world = await withAnn();
    await world.call('ann', 'request_module_ownership', 'Mod');
    await world.run('approveModRequest', { module: 'Mod' });
    const object = { command: 'offboard', user: 'ann', params: { to: 'role:curators' } };
    expect(await world.refusal('boss', object)).toBe('last_module_owner');
    await world.run('grantModuleOwnership', { mod: 'Mod', new_owner: 'cec' });
    expect(await world.refusal('boss', object)).toBe('last_module_owner');
    await offboard(world, 'ann', { to: 'cec' });
    await settle(world);
    expect((await world.contents('modules'))[0]?.owners).toEqual([{ principal: 'cec', canGrant: true }]);
  });

  describe('is refused up front:', () => {
    let world: World;
    beforeAll(async () => {
      world = await withAnn();
    });
    afterAll(() => world[Symbol.asyncDispose]());

    it.each([
      ['boss', { to: 'bea' }, 'protected_admin'],
      ['ann', { to: 'ann' }, 'same_owner'],
      ['ann', { to: 'nobody' }, 'user_unknown'],
      ['nobody', { to: 'bea' }, 'user_unknown'],
      ['ann', { to: 'bea', previousOwner: 'keep' }, 'invalid_params'],
      ['ann', {}, 'invalid_params'],
    ])('%s with %j, as %s', async (user, params, reason) => {
      expect(await world.refusal('ann', { command: 'offboard', user, params })).toBe(reason);
      expect(await world.contents('jobs')).toEqual([]);
      expect(await world.signIn('ann')).toBeDefined();
    });
  });

  it('is neither the caller nor somebody with more rights', async () => {
    await using world = await openWorld();
    await world.run('addAdmin', undefined, 'ann');
    await world.run('addAdmin', { commands: ['offboard', 'disableUser'] }, 'bea');
    const object = { command: 'offboard', user: 'ann', params: { to: 'cec' } };
    expect(await world.refusal('ann', object)).toBe('invalid_params');
    expect(await world.refusal('bea', object)).toBe('exceeds_own_rights');
    expect(await world.signIn('ann')).toBeDefined();
  });

  it('is shown in a dry run, with a plan, and nothing changes', async () => {
    await using world = await withAnn();
    const object = { command: 'offboard', user: 'ann', params: { to: 'bea' } };
    const { result } = await world.administer('boss', { ...object, dryRun: true });
    expect(result).toMatchObject({ total: 21, plan: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await world.contents('jobs')).toEqual([]);
    const { effects, items } = result as DryRun;
    expect(effects).toEqual([
      'Would disable the account ann at once',
      'Would give everything that ann owns to bea',
      'Would take the write right on the workspace shared from ann',
      ...Array.from({ length: 10 }, () =>
        expect.stringMatching(/^Would take the read right on the plate .* from ann$/),
      ),
      'Would take ann out of the role curators',
      'Would end the friendship of ann and bea',
      'Would take ann from those as whom the administrator dan may act',
      'Would take the rights of an administrator from ann',
      'Would close the account ann',
    ]);
    expect(new Set(items?.map(({ outcome }) => outcome))).toEqual(new Set(['wouldMove']));
    await put(world, 1, () => ({}));
    const { plan } = result as { plan: string };
    expect(await world.refusal('boss', { ...object, plan })).toBe('plan_stale');
    const again = async () =>
      ((await world.administer('boss', { ...object, dryRun: true })).result as { plan: string }).plan;
    const fresh = await again();
    await world.run('createRole', { name: 'others', members: ['ann'] });
    expect(await world.refusal('boss', { ...object, plan: fresh })).toBe('plan_stale');
    await world.administer('boss', { ...object, plan: await again() });
    await settle(world);
    const roles = await world.contents('roles');
    const sizes = roles.map(({ name, size, members }) => [name, size, (members as unknown[]).length]);
    expect(new Map(sizes.map(([name, ...counts]) => [name, counts]))).toEqual(
      new Map([
        ['curators', [1, 1]],
        ['others', [0, 0]],
      ]),
    );
  });
});

describe('listOwned', () => {
  it('shows by type and count what a user owns and was granted, with examples, and pages of one type', async () => {
    await using world = await withAnn();
    const all = (await world.run('listOwned', { user: 'ann' })) as OwnedListing;
    expect(all.roles).toEqual(['role:curators']);
    expect(all.types.map(({ type, having, count }) => [type, having, count])).toEqual([
      ['workspace', 'owned', 1],
      ['workspace', 'granted', 1],
      ['manifest', 'owned', 10],
      ['plate', 'owned', 10],
      ['plate', 'granted', 10],
    ]);
    expect(all.types[0]?.examples).toEqual([{ id: 'ws1', name: 'ann:genomes', level: 'owner' }]);
    const page = (await world.run('listOwned', { user: 'ann', type: 'plate', limit: 6 })) as OwnedListing;
    const rest = (await world.run('listOwned', {
      user: 'ann',
      type: 'plate',
      limit: 6,
      cursor: page.next,
    })) as OwnedListing;
    expect([page.items?.length, rest.items?.length, rest.next]).toEqual([6, 4, undefined]);
    expect(await world.run('listOwned', { role: 'curators' })).toMatchObject({ who: 'role:curators', types: [] });
    expect(await world.refusal('boss', { command: 'listOwned', params: {} })).toBe('invalid_params');
  });
});

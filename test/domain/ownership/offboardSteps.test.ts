import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { modules } from '../../../src/domain/modules/module.ts';
import { type Offboard, offboard, offboardWork } from '../../../src/domain/ownership/offboard.ts';
import { mintAdmin, mintUser } from '../../../src/identity/mintAuthority.ts';
import { type Principal, principals } from '../../../src/identity/principal.ts';
import { roles } from '../../../src/identity/roles.ts';
import type { AdminRules } from '../../../src/identity/roster.ts';
import type { Job } from '../../../src/jobs/job.ts';
import { itemsOf, jobParts } from '../../../src/jobs/parts.ts';
import type { Step } from '../../../src/jobs/runner.ts';
import { entry, NOW, person } from '../../support/people.ts';
import { type Estate, INITIATOR, openEstate, refusal, role, thing, workspace } from './estate.ts';

const RULES: AdminRules = { configured: ['boss'], issuers: ['jwt'] };
const boss = person('boss', { issuer: 'jwt', subject: 'boss' });
const PEOPLE = [boss, ...['ann', 'bea', 'cec'].map((id) => person(id, { issuer: 'jwt', subject: id }))];

let estate: Estate;
beforeAll(async () => {
  estate = await openEstate();
});
afterAll(() => estate[Symbol.asyncDispose]());
beforeEach(() => estate.reset(PEOPLE, { bindings: [{ entry: 'boss', principal: 'boss' }] }));

interface By {
  readonly rules?: AdminRules;
  readonly actor?: Principal;
  readonly planned?: boolean;
}
const begin = (wanted: Offboard, { rules = RULES, actor = boss, planned = false }: By = {}) =>
  estate.within(async (tx) => {
    const rank = { role: 'full', source: 'config' } as const;
    const start = {
      rules,
      actor: { principal: actor, rank },
      initiator: INITIATOR,
      authority: mintAdmin(new Date(0)),
      planned,
    };
    const job = await offboard(tx, start, wanted);
    return { job, laterWork: tx.laterWork };
  });
const begun = async (wanted: Offboard = { user: 'ann', to: 'bea' }) => (await begin(wanted)).job;
const step = (job: Job, now = NOW, rules = RULES) =>
  estate.within((tx) => offboardWork(rules).step(tx, job, mintAdmin(new Date(0))), now);
const next = (job: Job, { waitMs: _, ...done }: Step): Job => ({ ...job, ...done });
const later = (milliseconds: number) => new Date(NOW.getTime() + milliseconds);
const account = (id = 'ann') => estate.database.get(principals, id);
const parts = async () => (await estate.database.find(jobParts, {}, { sort: { _id: 1 } })).map(itemsOf);

/** Takes steps until one says that the job waits or has ended. */
async function finish(job: Job): Promise<{ readonly job: Job; readonly last: Step }> {
  for (let present = job; ; ) {
    const last = await step(present);
    present = next(present, last);
    if (last.waitMs !== undefined || present.state !== 'running') return { job: present, last };
  }
}

describe('the beginning of an off-boarding', () => {
  it('disables the account, and stores what is to be moved in parts', async () => {
    await estate.put('resources', thing('r1'), thing('r2'), thing('r3', { owners: ['cec'] }));
    await estate.put('workspaces', workspace(1, 'w'));
    const job = await begun();
    expect(job).toEqual({
      ...{ _id: expect.any(String), revision: 1, kind: 'offboard', state: 'running', initiator: INITIATOR },
      ...{ from: { id: 'ann', name: 'ann' }, to: { id: 'bea', name: 'bea' }, createdAt: NOW },
      task: { from: 'ann', to: 'bea', previousOwner: 'drop' },
      progress: { parts: 2, next: 0, again: false },
      types: [
        { type: 'workspace', total: 1, moved: 0, failed: 0, skipped: 0 },
        { type: 'plate', total: 2, moved: 0, failed: 0, skipped: 0 },
      ],
    });
    expect((await account())?.state).toBe('disabled');
    expect(await parts()).toEqual([
      [
        { id: 'ws1', type: 'workspace' },
        { id: 'r1', type: 'plate' },
      ],
      [{ id: 'r2', type: 'plate' }],
    ]);
  });

  it.each<[string, Partial<Offboard>, By, RegExp]>([
    [
      'whose previous owner would keep',
      { previousOwner: 'keep' },
      {},
      /^invalid_params: previousOwner can only be drop: /,
    ],
    ['whose previous owner would read', { previousOwner: 'read' }, {}, /^invalid_params: /],
    ['to the leaver', { to: 'ann' }, {}, /^same_owner: .*ann/],
    ['of the caller', {}, { actor: person('ann') }, /^invalid_params: administrators cannot off-board themselves/],
    ['of a configured administrator', { user: 'boss' }, { actor: person('cec') }, /^protected_admin: /],
    ['of the last administrator', {}, { rules: { ...RULES, configured: [] } }, /^last_admin: /],
  ])('is refused for one %s, and nothing changes', async (_, wanted, by, refused) => {
    await estate.put('roster', { ...(await estate.roster()), admins: [entry('ann')] });
    expect(await refusal(begin({ user: 'ann', to: 'bea', ...wanted }, by))).toMatch(refused);
    expect((await account())?.state).toBe('active');
  });

  it('is refused where a module would be left without an owner', async () => {
    const owners = [{ principal: 'ann', canGrant: true }];
    await estate.put('roles', role('role-a', 'A'));
    await estate.put('modules', { _id: 'M', revision: 1, owners, createdAt: NOW, releasedTypes: [] });
    expect(await refusal(begin({ user: 'ann', to: 'role:A' }))).toMatch(/^last_module_owner: /);
    expect((await begun()).state).toBe('running');
    expect((await estate.database.get(modules, 'M'))?.owners).toEqual(owners);
  });

  it('needs all rights', async () => {
    const authority = mintUser(boss, { roles: [], friends: [] }, new Date(0));
    const rank = { role: 'full', source: 'config' } as const;
    const start = { rules: RULES, actor: { principal: boss, rank }, initiator: INITIATOR, authority, planned: false };
    await expect(estate.within((tx) => offboard(tx, start, { user: 'ann', to: 'bea' }))).rejects.toThrow(
      'this operation needs all rights',
    );
    const job = await begun();
    await expect(estate.within((tx) => offboardWork(RULES).step(tx, job, authority))).rejects.toThrow(
      'this operation needs all rights',
    );
  });

  it('can be planned: the plan shows all that it does, and depends on it', async () => {
    const plan = async (more: By = {}, wanted: Partial<Offboard> = {}) => {
      const { laterWork } = await begin({ user: 'ann', to: 'bea', ...wanted }, { planned: true, ...more });
      await estate.put('principals', ...PEOPLE);
      return laterWork;
    };
    await estate.put('resources', thing('r1'), thing('r2'));
    await estate.put('roles', role('role-a', 'A', { members: [{ principal: 'ann' }], size: 1 }));
    await estate.put('friends', { _id: 'f', revision: 1, pair: ['ann', 'cec'], agreed: [] });
    await estate.put('roster', { ...(await estate.roster()), admins: [entry('cec')] });
    const first = await plan();
    expect(first?.shown).toMatchObject({
      ...{ total: 2, types: [{ type: 'plate', total: 2 }] },
      effects: [
        'Would disable the account ann at once',
        'Would give everything that ann owns to bea',
        'Would take ann out of the role A',
        'Would end the friendship of ann and cec',
        'Would close the account ann',
      ],
      items: ['r1', 'r2'].map((id) => ({ id, outcome: 'wouldMove' })),
    });
    expect((await plan({}, { page: { limit: 1 } }))?.shown).toMatchObject({ total: 2, items: [{ id: 'r1' }] });
    expect((await plan())?.sealed).toBe(first?.sealed);
    expect((await plan({}, { to: 'cec' }))?.sealed).not.toBe(first?.sealed);
    await estate.put('roster', { ...(await estate.roster()), admins: [entry('cec'), entry('ann')] });
    const ofAdmin = await plan();
    expect(ofAdmin?.shown.effects).toContain('Would take the rights of an administrator from ann');
    expect(ofAdmin?.sealed).not.toBe(first?.sealed);
    expect(await begin({ user: 'ann', to: 'bea' })).toMatchObject({ laterWork: undefined });
  });

  it('is planned for the receiver, and not for who has the name by then', async () => {
    const seal = async () => (await begin({ user: 'ann', to: 'bea' }, { planned: true })).laterWork?.sealed;
    const first = await seal();
    const others = PEOPLE.filter(({ _id }) => _id !== 'bea');
    await estate.put('principals', ...others, person('p-bea', { username: 'bea' }));
    expect(await seal()).not.toBe(first);
    await estate.put('principals', ...PEOPLE.map((user) => ({ ...user, revision: user._id === 'ann' ? 7 : 1 })));
    expect(await seal()).not.toBe(first);
  });
});

describe('the steps of an off-boarding', () => {
  it('move what the user owns, then remove one kind of trace each, and close the account', async () => {
    await estate.put('resources', ...['r1', 'r2', 'r3'].map((id) => thing(id)));
    await estate.put('roles', role('role-a', 'A', { members: [{ principal: 'ann' }], size: 1 }));
    await estate.put('friends', { _id: 'f', revision: 1, pair: ['ann', 'cec'], agreed: [] });
    await estate.put('passwords', { _id: 'ann', revision: 1, hash: 'x' });
    await estate.put('roster', { ...(await estate.roster()), admins: [entry('ann'), entry('cec')] });
    let job = await begun();
    for (const [owned, taken] of [
      [['bea', 'bea', 'ann'], 1],
      [['bea', 'bea', 'bea'], 2],
    ] as const) {
      job = next(job, await step(job));
      expect(Object.values(await estate.owners()).flat()).toEqual(owned);
      expect(job.progress).toEqual({ parts: 2, next: taken, again: false });
    }
    expect(job).toMatchObject({ state: 'running', types: [{ type: 'plate', total: 3, moved: 3 }] });
    expect(await step(job)).toEqual({});
    expect((await estate.database.get(roles, 'role-a'))?.size).toBe(0);
    expect(await estate.database.db.collection('friends').countDocuments()).toBe(1);
    expect(await step(job)).toEqual({});
    expect(await estate.database.db.collection('friends').countDocuments()).toBe(0);
    // Every instance has learnt by then that the user can be given nothing.
    expect(await step(job)).toEqual({ waitMs: 1_500 });
    expect(await step(job, later(1_499))).toEqual({ waitMs: 1 });
    expect((await account())?.state).toBe('disabled');
    const { epoch } = await estate.roster();
    expect(await step(job, later(1_500))).toEqual({ state: 'done' });
    expect(await account()).toMatchObject({ state: 'former', living: false, closedAt: later(1_500) });
    expect(await estate.database.db.collection('passwords').countDocuments()).toBe(0);
    const roster = await estate.roster();
    expect(roster.admins).toEqual([entry('cec')]);
    expect(roster.epoch).toBeGreaterThan(epoch);
    // An account that is closed already, or gone, stays so.
    const closed = await account();
    expect(await step(job, later(9_000))).toEqual({ state: 'done' });
    expect(await account()).toEqual(closed);
    await estate.put('principals', ...PEOPLE.slice(2));
    expect(await step(job, later(9_000))).toEqual({ state: 'done' });
    expect(await estate.roster()).toEqual(roster);
  });

  it('take once more what could not be moved, count it once, and then say what is left', async () => {
    await estate.put(
      'workspaces',
      workspace(1, 'ann:a'),
      workspace(2, 'b'),
      workspace(3, 'bea:a', { owners: ['bea'] }),
    );
    const first = await begun();
    const moved = next(first, await step(first));
    const workspaces = { type: 'workspace', total: 2 };
    expect(moved.types).toEqual([{ ...workspaces, moved: 1, failed: 1, skipped: 0 }]);
    // Given to the leaver meanwhile.
    await estate.put('resources', thing('r1'));
    const again = next(moved, await step(moved));
    expect(again.progress).toEqual({ parts: 2, next: 1, again: true });
    expect(again.retries).toEqual([1]);
    expect(again.types).toEqual([
      { ...workspaces, moved: 1, failed: 0, skipped: 0 },
      { type: 'plate', total: 1, moved: 0, failed: 0, skipped: 0 },
    ]);
    const retried = next(again, await step(again));
    expect(retried.types).toEqual([
      { ...workspaces, moved: 1, failed: 1, skipped: 0 },
      { type: 'plate', total: 1, moved: 1, failed: 0, skipped: 0 },
    ]);
    const stuck = await step(retried);
    expect(stuck).toEqual({
      state: 'failed',
      error: { reason: 'items_left', message: expect.stringMatching(/^1 .*ann/) },
      progress: { parts: 2, next: 2, again: false },
    });
    const { from: _, ...nameless } = retried;
    expect((await step(nameless)).error?.message).toMatch(/ann/);
    // Resumed once the name is free, it takes the item a third time.
    await estate.put('workspaces', workspace(1, 'ann:a'), workspace(2, 'b', { owners: ['bea'] }));
    const { job } = await finish({ ...next(retried, stuck), state: 'running' });
    expect(job.retries).toEqual([1, 2]);
    expect(job.types).toMatchObject([
      { total: 2, moved: 2, failed: 0 },
      { total: 1, moved: 1 },
    ]);
    expect(await estate.owners()).toEqual({ ws1: ['bea'], ws2: ['bea'], r1: ['bea'] });
  });

  it('do not close the account of an administrator of the configuration, unless roles come from tokens', async () => {
    const job = { ...(await begun()), progress: { parts: 0, next: 0, again: false } };
    await estate.put('roster', { ...(await estate.roster()), bindings: [{ entry: 'boss', principal: 'ann' }] });
    expect(await refusal(step(job, later(2_000)))).toMatch(/^protected_admin: .*ann/);
    expect((await account())?.living).toBe(true);
    const rules = { ...RULES, tokenRoles: { full: [], readOnly: [] } };
    expect(await step(job, later(2_000), rules)).toEqual({ state: 'done' });
    expect((await account())?.living).toBe(false);
  });

  it('do not close the account of the last administrator', async () => {
    const job = { ...(await begun()), progress: { parts: 0, next: 0, again: false } };
    await estate.put('roster', { ...(await estate.roster()), admins: [entry('ann')] });
    expect(await refusal(step(job, later(2_000), { ...RULES, configured: [] }))).toMatch(/^last_admin: /);
    expect((await account())?.living).toBe(true);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type ChangeOwner,
  changeOwner,
  type JobStart,
  reclaim,
  transferWork,
} from '../../../src/domain/ownership/changeOwner.ts';
import { mintAdmin, mintUser } from '../../../src/identity/mintAuthority.ts';
import type { Job } from '../../../src/jobs/job.ts';
import { itemsOf, jobOutcomes, jobParts } from '../../../src/jobs/parts.ts';
import { Transaction } from '../../../src/store/transaction.ts';
import { NOW, person } from '../../support/people.ts';
import { conflict, type Estate, INITIATOR, openEstate, refusal, role, thing, workspace } from './estate.ts';

const PEOPLE = [
  ...['ann', 'bea', 'cec'].map((id) => person(id)),
  person('dan', { state: 'disabled' }),
  person('gus', { state: 'former', living: false }),
];

let estate: Estate;
beforeAll(async () => {
  estate = await openEstate();
});
afterAll(() => estate[Symbol.asyncDispose]());
beforeEach(() => estate.reset(PEOPLE));

const START: JobStart = { initiator: INITIATOR, authority: mintAdmin(new Date(0)), planned: false };
const begin = (wanted: Partial<ChangeOwner> = {}, start: Partial<JobStart> = {}) =>
  estate.within(async (tx) => {
    const job = await changeOwner(tx, { ...START, ...start }, { from: 'ann', to: 'bea', ...wanted });
    return { job, laterWork: tx.laterWork, notices: tx.notices };
  });
const begun = async (wanted: Partial<ChangeOwner> = {}) => (await begin(wanted)).job;
/** Takes a step of the job, which it changes. */
const step = async (job: Job): Promise<Job> => {
  const { waitMs: _, ...done } = await estate.within((tx) => transferWork.step(tx, job, mintAdmin(new Date(0))));
  return { ...job, ...done };
};
const parts = async () => (await estate.database.find(jobParts, {}, { sort: { _id: 1 } })).map(itemsOf);
const outcomes = async () => {
  const found = await estate.database.find(jobOutcomes, {}, { sort: { _id: 1 } });
  return found.map(({ _id, upTo, exceptions }) => [_id.slice(_id.indexOf(':')), upTo, exceptions]);
};
const plates = (...ids: string[]) => estate.put('resources', ...ids.map((id) => thing(id)));
const plate = (total: number, moved = 0, failed = 0, skipped = 0) => ({ type: 'plate', total, moved, failed, skipped });

describe('a transfer that fits into the call', () => {
  it('is done in it, and says so', async () => {
    await plates('r1', 'r2');
    const { job, laterWork, notices } = await begin();
    expect(job).toEqual({
      ...{ _id: expect.any(String), revision: 1, kind: 'changeOwner', state: 'done', initiator: INITIATOR },
      ...{ from: { id: 'ann', name: 'ann' }, to: { id: 'bea', name: 'bea' }, createdAt: NOW, finishedAt: NOW },
      ...{ task: { from: 'ann', to: 'bea' }, progress: { parts: 1, next: 1 }, types: [plate(2, 2)] },
    });
    expect(await estate.owners()).toEqual({ r1: ['bea'], r2: ['bea'] });
    expect(laterWork).toBeUndefined();
    expect(notices.map(({ to, text }) => [to, text])).toEqual([
      ['bea', 'You are given 2 resources of ann.'],
      ['ann', 'bea is given 2 resources of yours.'],
    ]);
  });

  it('tells of one resource as one, and of none nothing', async () => {
    await plates('r1');
    expect((await begin()).notices[0]?.text).toBe('You are given one resource of ann.');
    const { job, notices } = await begin();
    expect(notices).toEqual([]);
    expect(job).toMatchObject({ state: 'done', types: [], progress: { parts: 0, next: 0 } });
  });

  it('leaves the previous owner what is asked for, and a closed account nothing', async () => {
    await plates('r1');
    const { task } = await begun({ previousOwner: 'read' });
    expect(task).toEqual({ from: 'ann', to: 'bea', previousOwner: 'read' });
    const grantsOf = async () => (await estate.database.db.collection('resources').findOne())?.grants;
    expect(await grantsOf()).toEqual([{ principal: 'ann', level: 'read' }]);
    await estate.put('resources', thing('r1', { owners: ['gus'] }));
    await begun({ from: 'id:gus', previousOwner: 'read' });
    expect(await grantsOf()).toEqual([]);
  });

  it('names ids of the selection that cannot be moved, in parts of their own that are done', async () => {
    await estate.put('resources', thing('r1'), thing('r2', { owners: ['cec'] }), thing('r3'));
    const job = await begun({ ids: ['r1', 'r2', 'x', 'y'] });
    expect(job).toMatchObject({ state: 'running', progress: { parts: 1, next: 0 } });
    const left = ['r2', 'x', 'y'];
    expect(job.types).toEqual([plate(2, 0, 0, 1), { type: 'unknown', total: 2, moved: 0, failed: 0, skipped: 2 }]);
    expect((await parts()).map((part) => part.map(({ id }) => id))).toEqual([['r1'], left.slice(0, 2), left.slice(2)]);
    const skipped = (id: string, reason: string) => ({ id, outcome: 'skipped', reason });
    expect(await outcomes()).toEqual([
      [':00000001', undefined, [skipped('r2', 'not_the_owner'), skipped('x', 'resource_missing')]],
      [':00000002', undefined, [skipped('y', 'resource_missing')]],
    ]);
    expect(await step(job)).toMatchObject({ state: 'done', types: [plate(2, 1, 0, 1), { skipped: 2 }] });
    expect(await estate.owners()).toEqual({ r1: ['bea'], r2: ['cec'], r3: ['ann'] });
  });

  it.each<[string, Partial<ChangeOwner>, RegExp]>([
    ['to the same user', { to: 'id:ann' }, /^same_owner: .*ann/],
    ['to somebody disabled', { to: 'dan' }, /^recipient_unfit: /],
    ['from nobody', { from: 'x' }, /^user_unknown: /],
    [
      'of types that a role cannot own',
      { to: 'role:A', types: ['plate', 'workspace'] },
      /^owner_kind_not_allowed: A role cannot own a resource of type plate or workspace/,
    ],
  ])('%s is refused', async (_, wanted, refused) => {
    await plates('r1');
    await estate.put('roles', role('role-a', 'A'));
    expect(await refusal(begin(wanted))).toMatch(refused);
    expect(await estate.owners()).toEqual({ r1: ['ann'] });
  });

  it('of types of which a role can own one is not refused', async () => {
    await estate.put('roles', role('role-a', 'A'));
    expect((await begin({ to: 'role:A', types: ['plate', 'workbooks'] })).job.state).toBe('done');
    expect((await begin({ types: ['plate'] })).job.state).toBe('done');
  });
});

describe('a plan of a transfer', () => {
  const plan = async (wanted: Partial<ChangeOwner> = {}) => {
    const { laterWork } = await begin(wanted, { planned: true });
    await estate.database.db.collection('resources').updateMany({}, { $set: { owners: ['ann'], revision: 1 } });
    return laterWork;
  };

  it('shows each move over all parts and each id that cannot be moved, a page at a time', async () => {
    await plates('r1', 'r2', 'r3');
    const first = await plan({ ids: ['r1', 'r2', 'r3', 'x'] });
    expect(first?.shown).toMatchObject({
      total: 4,
      types: [
        { type: 'plate', total: 3 },
        { type: 'unknown', total: 1 },
      ],
      items: [
        ...['r1', 'r2', 'r3'].map((id) => ({ id, type: 'plate', name: `name of ${id}`, outcome: 'wouldMove' })),
        { id: 'x', type: 'unknown', outcome: 'wouldSkip', reason: 'resource_missing' },
      ],
    });
    expect(first?.shown).not.toHaveProperty('effects');
    const page = await plan({ ids: ['r1', 'r2', 'r3', 'x'], page: { limit: 2 } });
    expect(page?.sealed).toBe(first?.sealed);
    expect(page?.shown).toMatchObject({ total: 4, items: [{ id: 'r1' }, { id: 'r2' }], next: expect.any(String) });
    expect(page?.shown.changes).toHaveLength(2);
  });

  it('depends on the receiver, on what the previous owner keeps, and on each item', async () => {
    await plates('r1');
    const seals = [
      ...[await plan(), await plan({ to: 'cec' }), await plan({ previousOwner: 'read' })],
      await plan({ ids: ['r1', 'x'] }),
    ].map((laterWork) => laterWork?.sealed);
    expect(new Set(seals).size).toBe(4);
  });

  it('is for one receiver and giver also where nothing moves', async () => {
    const seals = [await plan(), await plan({ to: 'cec' }), await plan({ from: 'cec' })];
    expect(new Set(seals.map((laterWork) => laterWork?.sealed)).size).toBe(3);
    expect((await plan())?.sealed).toBe(seals[0]?.sealed);
  });

  it('foresees that two parts would give one name', async () => {
    await estate.put('workspaces', workspace(1, 'ann:a'), workspace(2, 'b'), workspace(3, 'cec:a'));
    expect((await plan())?.shown).toMatchObject({
      items: [
        { id: 'ws1', outcome: 'wouldMove' },
        { id: 'ws2', outcome: 'wouldMove' },
        { id: 'ws3', outcome: 'wouldFail', reason: 'workspace_name_taken' },
      ],
    });
  });

  it('shows each move once, also where one transaction cannot hold a part', async () => {
    // Each friend gets a grant, whose ids take more than half of what one transaction may change.
    const friends = 'defghijklmn'.split('').map((letter) => letter.repeat(100_000));
    const friendships = friends.map((id, i) => ({ _id: `f${i}`, revision: 1, pair: ['ann', id], agreed: ['ann'] }));
    await estate.put('friends', ...friendships);
    const ids = ['r1', 'r2'];
    await estate.put('resources', ...ids.map((id) => thing(id, { visibility: 'friendly' })));
    expect((await plan())?.shown).toMatchObject({ total: 2, items: ids.map((id) => ({ id, outcome: 'wouldMove' })) });
  });

  it('says that a closed account keeps nothing', async () => {
    await estate.put('resources', thing('r1', { owners: ['gus'] }));
    const { laterWork } = await begin({ from: 'id:gus', previousOwner: 'keep' }, { planned: true });
    expect(laterWork?.shown.changes).toEqual([
      expect.objectContaining({ fields: [{ path: 'owners', before: ['gus'], after: ['bea'] }] }),
    ]);
  });
});

describe('a transfer in parts', () => {
  it('moves one part a step, and is done with the last', async () => {
    await plates('r1', 'r2', 'r3');
    const job = await begun();
    expect(job).toMatchObject({ state: 'running', types: [plate(3)], progress: { parts: 2, next: 0 } });
    expect(job).not.toHaveProperty('finishedAt');
    const first = await step(job);
    expect(first).toMatchObject({ state: 'running', types: [plate(3, 2)], progress: { parts: 2, next: 1 } });
    expect(await estate.owners()).toEqual({ r1: ['bea'], r2: ['bea'], r3: ['ann'] });
    const second = await step(first);
    expect(second).toMatchObject({ state: 'done', types: [plate(3, 3)], progress: { parts: 2, next: 2 } });
    expect(await outcomes()).toEqual([
      [':00000000', undefined, []],
      [':00000001', undefined, []],
    ]);
    expect(await step({ ...second, state: 'running' })).toMatchObject({ state: 'done', types: [plate(3, 3)] });
  });

  it('keeps which items were not moved, and why', async () => {
    await estate.put(
      'workspaces',
      workspace(1, 'ann:a'),
      workspace(2, 'ann:7'),
      workspace(3, 'bea:a', { owners: ['bea'] }),
    );
    await plates('r1', 'r2');
    const job = await begun();
    await estate.put('resources', thing('r2', { owners: ['cec'] }));
    const done = await step(await step(job));
    expect(done.types).toEqual([{ type: 'workspace', total: 2, moved: 0, failed: 2, skipped: 0 }, plate(2, 0, 0, 2)]);
    expect(await outcomes()).toEqual([
      [
        ':00000000',
        undefined,
        [
          { id: 'ws1', outcome: 'failed', reason: 'workspace_name_taken' },
          { id: 'ws2', outcome: 'failed', reason: 'workspace_name_invalid', message: expect.any(String) },
        ],
      ],
      [
        ':00000001',
        undefined,
        [
          { id: 'r1', outcome: 'skipped', reason: 'resource_missing' },
          { id: 'r2', outcome: 'skipped', reason: 'changed_meanwhile' },
        ],
      ],
    ]);
  });

  it('moves as much of a part as one transaction can rewrite, and goes on behind it', async () => {
    estate.setPart(4);
    await plates('r1', 'r2', 'r3', 'r4', 'r5', 'r6');
    const job = await begun();
    const bytesOf = vi.spyOn(Transaction.prototype, 'bytesOf');
    // The grants of each take 15 MB, of which two fit.
    bytesOf.mockImplementation(async (_, { _id }) => _id.$in.length * 15_000_000);
    const first = await step(job);
    expect(first).toMatchObject({ state: 'running', types: [plate(6, 2)], progress: { parts: 2, next: 0, offset: 2 } });
    expect(await estate.owners()).toEqual({
      r1: ['bea'],
      r2: ['bea'],
      r3: ['ann'],
      r4: ['ann'],
      r5: ['ann'],
      r6: ['ann'],
    });
    // One that is too large by itself is moved alone.
    bytesOf.mockImplementation(async (_, { _id }) => _id.$in.length * 40_000_000);
    const second = await step(first);
    expect(second).toMatchObject({ types: [plate(6, 3)], progress: { parts: 2, next: 0, offset: 3 } });
    bytesOf.mockImplementation(async () => 32_000_000);
    const third = await step(second);
    expect(third.progress).toEqual({ parts: 2, next: 1 });
    expect(await outcomes()).toEqual([
      [':00000000', 2, []],
      [':00000000.000002', 3, []],
      [':00000000.000003', undefined, []],
    ]);
    expect(await step(third)).toMatchObject({ state: 'done', types: [plate(6, 6)] });
  });

  it('stops where the receiver can be given nothing any more, or a part is lost', async () => {
    await plates('r1', 'r2', 'r3');
    const job = await begun();
    await estate.put('principals', ...PEOPLE.filter(({ _id }) => _id !== 'bea'), person('bea', { state: 'disabled' }));
    expect(await refusal(step(job))).toMatch(/^recipient_unfit: .*bea/);
    await estate.put('principals', ...PEOPLE);
    await estate.put('jobParts');
    expect(await refusal(step(job))).toMatch(/the part 0 of the job .* is missing/);
    expect(await estate.owners()).toEqual({ r1: ['ann'], r2: ['ann'], r3: ['ann'] });
  });

  it('needs all rights', async () => {
    const job = await begun();
    const authority = mintUser(person('ann'), { roles: [], friends: [] }, new Date(0));
    await expect(estate.within((tx) => transferWork.step(tx, job, authority))).rejects.toThrow('needs all rights');
  });
});

describe('reclaim', () => {
  const reclaimed = (from: string, to = 'bea', page?: { readonly limit: number }) =>
    estate.within(async (tx) => {
      const planned = page !== undefined;
      const job = await reclaim(tx, { ...START, planned }, { from, to, ...(page === undefined ? {} : { page }) });
      return { job, laterWork: tx.laterWork };
    });

  it('gives what a closed account owns to another user, and nothing to the account', async () => {
    await estate.put('resources', thing('r1', { owners: ['gus'] }), thing('r2'));
    const { job } = await reclaimed('id:gus');
    expect(job).toMatchObject({ kind: 'reclaim', state: 'done', types: [plate(1, 1)] });
    expect(job.task).toEqual({ from: 'gus', to: 'bea', previousOwner: 'drop' });
    expect(await estate.owners()).toEqual({ r1: ['bea'], r2: ['ann'] });
  });

  it('is shown a page at a time', async () => {
    await estate.put('resources', thing('r1', { owners: ['gus'] }), thing('r2', { owners: ['gus'] }));
    expect((await reclaimed('id:gus', 'bea', { limit: 1 })).laterWork?.shown.items).toMatchObject([{ id: 'r1' }]);
  });

  it('takes nothing from a user whose account is open', async () => {
    expect(await refusal(reclaimed('ann'))).toMatch(/^invalid_params: ann is not a former user: use changeOwner for /);
  });
});

it('a step that conflicts takes a smaller piece of its part the next time, and the step after it the rest', async () => {
  await plates('r1', 'r2', 'r3');
  const job = await begun();
  expect(job.progress).toEqual({ parts: 2, next: 0 });
  vi.spyOn(estate.database, 'confirmCommit').mockRejectedValueOnce(conflict());
  const first = await step(job);
  expect(first.progress).toEqual({ parts: 2, next: 0, offset: 1 });
  expect((await step(first)).progress).toEqual({ parts: 2, next: 1 });
  expect(Object.values(await estate.owners())).toEqual([['bea'], ['bea'], ['ann']]);
});

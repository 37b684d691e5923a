import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { auditCollection, type RecordDraft } from '../../../src/audit/record.ts';
import { type ChangeOwner, changeOwner, transferWork } from '../../../src/domain/ownership/changeOwner.ts';
import { type RevertJob, revertJob, revertWork } from '../../../src/domain/ownership/revert.ts';
import { type Resource, resources } from '../../../src/domain/resources/resource.ts';
import { mintAdmin, mintUser } from '../../../src/identity/mintAuthority.ts';
import { type Job, type JobState, jobs } from '../../../src/jobs/job.ts';
import { itemsOf, jobOutcomes, jobParts } from '../../../src/jobs/parts.ts';
import { draftOf } from '../../../src/jobs/runner.ts';
import { person } from '../../support/people.ts';
import { conflict, type Estate, INITIATOR, openEstate, refusal, role, thing, workspace } from './estate.ts';

const PEOPLE = ['ann', 'bea', 'cec'].map((id) => person(id));

let estate: Estate;
beforeAll(async () => {
  estate = await openEstate();
});
afterAll(() => estate[Symbol.asyncDispose]());
beforeEach(() => estate.reset(PEOPLE));

const START = { initiator: INITIATOR, authority: mintAdmin(new Date(0)), planned: false };
const change = (wanted: Partial<ChangeOwner> = {}) =>
  estate.command(async (tx) => [await changeOwner(tx, START, { from: 'ann', to: 'bea', ...wanted }), {}]);
const revert = (wanted: RevertJob, planned = false) =>
  estate.command(async (tx) => {
    const job = await revertJob(tx, { ...START, planned }, wanted);
    return [{ job, laterWork: tx.laterWork }, {}];
  });
const present = async (id: string) => (await estate.database.get(jobs, id)) as Job;
/** Takes the next step of a job, with its record. */
const step = (id: string) =>
  estate.command(async (tx) => {
    const job = (await tx.get(jobs, id)) as Job;
    const work = job.kind === 'revertJob' ? revertWork : transferWork;
    const { waitMs: _, ...fields } = await work.step(tx, job, mintAdmin(new Date(0)));
    return [await tx.update(jobs, job, { ...job, ...fields }), draftOf(job, tx)];
  });
async function finish(id: string): Promise<Job> {
  let job = await present(id);
  while (job.state === 'running') job = await step(id);
  return job;
}
const set = (id: string, fields: object) =>
  estate.database.db
    .collection<{ _id: string }>('jobs')
    .updateOne({ _id: id }, { $set: fields, $inc: { revision: 1 } });
const plates = (...ids: string[]) => estate.put('resources', ...ids.map((id) => thing(id)));
const plate = (total: number, moved = 0, failed = 0, skipped = 0) => ({ type: 'plate', total, moved, failed, skipped });
const grantsOf = async (id: string) => {
  const found = await estate.database.db.collection<{ _id: string; grants: unknown }>('resources').findOne({ _id: id });
  return found?.grants;
};

describe('a job that is reverted', () => {
  it('gives back what it moved, and names the other in both', async () => {
    await plates('r1', 'r2');
    const done = await change({ previousOwner: 'read' });
    const { job } = await revert({ id: done._id });
    expect(job).toMatchObject({
      ...{ kind: 'revertJob', state: 'done', reverts: done._id, initiator: INITIATOR, task: { job: done._id } },
      ...{ from: { id: 'bea', name: 'bea' }, to: { id: 'ann', name: 'ann' }, types: [plate(2, 2)] },
    });
    expect(job.task).toEqual({ job: done._id });
    expect(await present(done._id)).toMatchObject({ state: 'done', revertedBy: job._id });
    expect(await estate.owners()).toEqual({ r1: ['ann'], r2: ['ann'] });
    expect(await grantsOf('r1')).toEqual([]);
  });

  it('is reverted record after record, each in a part of its own, whatever it skipped', async () => {
    await estate.put('resources', ...['r1', 'r2', 'r3', 'r4', 'r5'].map((id) => thing(id)));
    const begun = await change({ ids: ['r1', 'r2', 'r3', 'r4', 'r5', 'x'] });
    await estate.database.db.collection<{ _id: string }>('resources').deleteOne({ _id: 'r4' });
    const done = await finish(begun._id);
    expect(done.types).toEqual([plate(5, 4, 0, 1), expect.objectContaining({ type: 'unknown', skipped: 1 })]);
    // Somebody else has it by now.
    await estate.database.db
      .collection<{ _id: string }>('resources')
      .updateOne({ _id: 'r2' }, { $set: { owners: ['cec'] }, $inc: { revision: 1 } });
    const { job } = await revert({ id: done._id });
    expect(job).toMatchObject({ state: 'running', types: [plate(4)], progress: { after: '', next: 0 } });
    const first = await step(job._id);
    expect(first).toMatchObject({ state: 'running', types: [plate(4, 1, 0, 1)], progress: { next: 1 } });
    expect(first.progress).not.toHaveProperty('offset');
    const last = await finish(job._id);
    expect(last.types).toEqual([plate(4, 3, 0, 1)]);
    expect(last.progress).toMatchObject({ next: 3, after: expect.stringMatching(/./) });
    expect(await estate.owners()).toEqual({ r1: ['ann'], r2: ['cec'], r3: ['ann'], r5: ['ann'] });
    const ofRevert = { _id: { $gt: `${job._id}:`, $lt: `${job._id};` } };
    const parts = await estate.database.find(jobParts, ofRevert, { sort: { _id: 1 } });
    expect(parts.map((part) => itemsOf(part).map(({ id }) => id))).toEqual([['r1', 'r2'], ['r3'], ['r5']]);
    const outcomes = await estate.database.find(jobOutcomes, ofRevert, { sort: { _id: 1 } });
    expect(outcomes.map(({ exceptions }) => exceptions)).toEqual([
      [{ id: 'r2', outcome: 'skipped', reason: 'changed_meanwhile' }],
      [],
      [],
    ]);
    expect((await step(job._id)).state).toBe('done');
  });

  it('is reverted in steps as large as fit into one transaction', async () => {
    estate.setPart(3);
    // Their ids take most of what one transaction may change, since each friend gets a grant, and loses it again.
    const friends = ['d', 'e', 'f', 'g', 'h', 'i'].map((letter) => letter.repeat(50_000));
    const friendships = friends.map((id, i) => ({ _id: `f${i}`, revision: 1, pair: ['ann', id], agreed: ['ann'] }));
    await estate.put('friends', ...friendships);
    const ids = ['r1', 'r2', 'r3'];
    await estate.put('resources', ...ids.map((id) => thing(id, { visibility: 'friendly' })));
    const done = await change();
    expect(done).toMatchObject({ state: 'done', progress: { parts: 1, next: 1 } });
    estate.setPart(1);
    const planned = await revert({ id: done._id }, true);
    expect(planned.laterWork?.shown.items).toMatchObject(ids.map((id) => ({ id, outcome: 'wouldMove' })));
    await estate.put('jobs', done);
    const { job } = await revert({ id: done._id });
    const first = await step(job._id);
    expect(first).toMatchObject({ types: [plate(3, 1)], progress: { after: '', next: 1, offset: 1 } });
    const second = await step(job._id);
    expect(second).toMatchObject({ types: [plate(3, 2)], progress: { after: '', next: 2, offset: 2 } });
    const last = await finish(job._id);
    expect(last).toMatchObject({ state: 'done', types: [plate(3, 3)], progress: { next: 3 } });
    expect(last.progress).not.toHaveProperty('offset');
    expect(await estate.owners()).toEqual({ r1: ['ann'], r2: ['ann'], r3: ['ann'] });
  });

  it('gives what it moved to another who is named, and what only the receiver still has', async () => {
    await estate.put('workspaces', workspace(1, 'ann:a'));
    await plates('r1', 'r2', 'r3');
    estate.setPart(4);
    const done = await change({ previousOwner: 'keep' });
    const things = estate.database.db.collection<{ _id: string }>('resources');
    await things.updateOne({ _id: 'r2' }, { $set: { owners: ['cec'] }, $inc: { revision: 1 } });
    await things.deleteOne({ _id: 'r3' });
    const { job } = await revert({ id: done._id, to: 'cec' });
    expect(job).toMatchObject({ state: 'done', task: { job: done._id, to: 'cec' }, to: { id: 'cec', name: 'cec' } });
    expect(job.types).toEqual([{ type: 'workspace', total: 1, moved: 1, failed: 0, skipped: 0 }, plate(3, 1, 0, 2)]);
    expect(await estate.owners()).toEqual({ ws1: ['cec'], r1: ['cec'], r2: ['cec'] });
    expect(await grantsOf('r1')).toEqual([{ principal: 'ann', level: 'admin' }]);
    const [outcome] = await estate.database.find(jobOutcomes, { _id: `${job._id}:00000000` });
    expect(outcome?.exceptions.map(({ id, reason }) => [id, reason])).toEqual([
      ['r2', 'changed_meanwhile'],
      ['r3', 'resource_missing'],
    ]);
  });

  it('given to the owner before, by name, is given back as it was', async () => {
    await plates('r1');
    const done = await change({ previousOwner: 'keep' });
    const { job } = await revert({ id: done._id, to: 'ann' });
    expect(job.task).toEqual({ job: done._id });
    expect(await grantsOf('r1')).toEqual([]);
  });

  it('is not reverted again unless the revert was cancelled', async () => {
    await plates('r1');
    const done = await change();
    const { job } = await revert({ id: done._id });
    const batches = await estate.database.find(auditCollection, {});
    const record = batches.flatMap(({ records }) => records);
    const beginning = record.find(({ changes }) => changes.some(({ id }) => id === job._id));
    expect(await refusal(revert({ id: done._id }))).toBe(
      `already_reverted: The job ${done._id} was already reverted by the job ${job._id} (audit record ${beginning?.id})`,
    );
    await estate.put('audit');
    expect(await refusal(revert({ id: done._id }))).toMatch(/unknown/);
    await set(job._id, { state: 'cancelled' });
    expect(await refusal(revert({ id: done._id }))).toMatch(/^record_pruned: /);
    await estate.put('audit', ...batches);
    expect((await revert({ id: done._id })).job.state).toBe('done');
  });

  it.each<[JobState, JobState]>([
    ['done', 'done'],
    ['cancelled', 'cancelled'],
    // It could be resumed, and would then repeat what is being reverted.
    ['failed', 'cancelled'],
  ])('was %s, and is %s afterwards', async (state, afterwards) => {
    await plates('r1');
    const done = await change();
    await set(done._id, { state });
    await revert({ id: done._id });
    expect((await present(done._id)).state).toBe(afterwards);
  });

  it('is none that still runs, or that nobody knows', async () => {
    await plates('r1', 'r2', 'r3');
    const running = await change();
    expect(await refusal(revert({ id: running._id }))).toMatch(/^job_state: .*running.*reverted/);
    expect(await refusal(revert({ id: 'x' }))).toMatch(/^job_unknown: /);
  });

  it('that moved nothing of a type counts none of it', async () => {
    await estate.put('workspaces', workspace(1, 'ann:a'), workspace(2, 'bea:a', { owners: ['bea'] }));
    await plates('r1');
    const done = await change();
    expect(done.types).toMatchObject([
      { type: 'workspace', failed: 1 },
      { type: 'plate', moved: 1 },
    ]);
    expect((await revert({ id: done._id })).job.types).toEqual([plate(1, 1)]);
  });
});

describe('the receiver of what is reverted', () => {
  it.each([
    ['disabled', { state: 'disabled' }, 'the account is disabled'],
    ['closed', { state: 'former', living: false }, 'the account is closed'],
  ] as const)('whose account is %s gets nothing: the refusal says how to name another', async (_, more, why) => {
    await plates('r1', 'r2', 'r3');
    const done = await change();
    await finish(done._id);
    await estate.put('principals', ...PEOPLE.slice(1), person('ann', more));
    expect(await refusal(revert({ id: done._id }))).toMatch(
      new RegExp(`^recipient_unfit: .*ann.*${why}. Use "to" to give the resources to somebody else`),
    );
    // Nor does a revert that began before.
    await estate.put('principals', ...PEOPLE);
    const { job } = await revert({ id: done._id });
    await estate.put('principals', ...PEOPLE.slice(1), person('ann', more));
    expect(await refusal(step(job._id))).toMatch(/^recipient_unfit: /);
    expect(await revert({ id: job._id }).catch(({ reason }) => reason)).toBe('job_state');
    expect(Object.values(await estate.owners())).toEqual([['bea'], ['bea'], ['bea']]);
  });

  it('is no deleted role, and nobody who is gone', async () => {
    await estate.put('roles', role('role-a', 'A'));
    await estate.put('resources', thing('r1', { type: 'workbooks', externalId: '/@Catalog/w', owners: ['role-a'] }));
    const done = await change({ from: 'role:A' });
    await estate.put('roles', role('role-a', 'A', { living: false }));
    expect(await refusal(revert({ id: done._id }))).toMatch(/^recipient_unfit: .*the role was deleted\. Use "to"/);
    await estate.put('roles');
    expect(await refusal(revert({ id: done._id }))).toMatch(/^role_unknown: /);
  });

  it('is not who has it', async () => {
    await plates('r1');
    const done = await change();
    expect(await refusal(revert({ id: done._id, to: 'bea' }))).toMatch(/^same_owner: .*bea/);
    expect(await refusal(revert({ id: done._id, to: 'x' }))).toMatch(/^user_unknown: /);
  });

  it('is each owner before, where the job does not name one', async () => {
    await estate.put('resources', thing('r1'), thing('r2', { owners: ['cec'] }));
    const done = await change();
    await estate.database.db.collection<{ _id: string }>('jobs').updateOne({ _id: done._id }, { $unset: { from: 1 } });
    const { job, laterWork } = await revert({ id: done._id }, true);
    expect(laterWork?.shown.items).toMatchObject([{ id: 'r1', outcome: 'wouldMove' }]);
    expect(job).not.toHaveProperty('to');
    expect(job).toMatchObject({ from: { id: 'bea' }, state: 'done', types: [plate(1, 1)] });
    expect(await estate.owners()).toEqual({ r1: ['ann'], r2: ['cec'] });
  });

  it('may be named where the job names no owner before', async () => {
    await plates('r1');
    const done = await change();
    await estate.database.db.collection<{ _id: string }>('jobs').updateOne({ _id: done._id }, { $unset: { from: 1 } });
    expect((await revert({ id: done._id, to: 'cec' })).job).toMatchObject({ state: 'done', to: { id: 'cec' } });
    expect(await estate.owners()).toEqual({ r1: ['cec'] });
  });
});

describe('a plan of a revert', () => {
  it('shows what would be given back, over all records, a page at a time, and depends on the receiver', async () => {
    await plates('r1', 'r2', 'r3');
    const done = await finish((await change())._id);
    const plan = async (more: Partial<RevertJob> = {}) => {
      const { laterWork } = await revert({ id: done._id, ...more }, true);
      await estate.put('jobs', done);
      return laterWork;
    };
    const whole = await plan();
    expect(whole?.shown).toMatchObject({
      ...{ total: 3, types: [{ type: 'plate', total: 3 }] },
      items: ['r1', 'r2', 'r3'].map((id) => ({ id, outcome: 'wouldMove' })),
    });
    const page = await plan({ page: { limit: 1 } });
    expect(page?.shown.items).toHaveLength(1);
    expect(page?.sealed).toBe(whole?.sealed);
    expect((await plan({ to: 'cec' }))?.sealed).not.toBe(whole?.sealed);
    expect((await revert({ id: done._id })).laterWork).toBeUndefined();
  });

  it('is of one job and for one receiver also where nothing moves', async () => {
    const [one, another] = [await change(), await change()];
    const seal = async (wanted: RevertJob) => {
      const { laterWork } = await revert(wanted, true);
      await estate.put('jobs', one, another);
      return laterWork?.sealed;
    };
    const seals = [
      ...[await seal({ id: one._id }), await seal({ id: another._id }), await seal({ id: one._id, to: 'cec' })],
      await seal({ id: one._id, to: 'ann' }),
    ];
    expect(new Set(seals).size).toBe(3);
    expect(seals[3]).toBe(seals[0]);
  });

  it('foresees that two of its moves would give one name', async () => {
    await estate.put(
      'workspaces',
      workspace(1, 'ann:a'),
      workspace(2, 'x'),
      workspace(3, 'cec:a', { owners: ['cec'] }),
    );
    const done = await finish((await change())._id);
    const { laterWork } = await revert({ id: done._id, to: 'cec' }, true);
    expect(laterWork?.shown.items).toMatchObject([
      { id: 'ws1', outcome: 'wouldFail', reason: 'workspace_name_taken' },
      { id: 'ws2', outcome: 'wouldMove' },
    ]);
  });
});

describe('what a job did', () => {
  it('is what its own records say, and not what else is recorded about it', async () => {
    await plates('r1', 'r2', 'r3', 'r4');
    const begun = await change({ ids: ['r1', 'r2', 'r3'] });
    const done = await finish(begun._id);
    /** Changes the job and gives r4 to somebody, in a record of this kind. */
    const beside = (to: string, more: Partial<RecordDraft>) =>
      estate.command(async (tx) => {
        const [job, r4] = [(await tx.get(jobs, done._id)) as Job, (await tx.get(resources, 'r4')) as Resource];
        await tx.update(jobs, job, { ...job, requestId: to } as Job);
        await tx.update(resources, r4, { ...r4, owners: [to] });
        return [undefined, more];
      });
    await beside('a', { command: 'pauseJob', params: { id: done._id } });
    await beside('b', { command: 'another', params: { job: done._id } });
    await beside('c', { via: 'job', command: 'revertJob', params: { job: 'another' } });
    await beside('d', { via: 'job', command: 'start' });
    // A step that failed has changed nothing, although its record might say so.
    await beside('e', { via: 'job', outcome: 'failed', params: { job: done._id } });
    const { job } = await revert({ id: done._id });
    expect((await finish(job._id)).types).toEqual([plate(3, 3)]);
    expect(await estate.owners()).toEqual({ r1: ['ann'], r2: ['ann'], r3: ['ann'], r4: ['e'] });
  });

  it('is not what a revert of it did', async () => {
    await plates('r1');
    const done = await change();
    const first = await revert({ id: done._id });
    await set(first.job._id, { state: 'cancelled' });
    expect((await revert({ id: done._id })).job.types).toEqual([plate(1, 0, 0, 1)]);
    expect(await estate.owners()).toEqual({ r1: ['ann'] });
  });

  it('to grants is not taken back, since the account that had them is closed', async () => {
    await plates('r1', 'r2', 'r3');
    const done = await finish((await change())._id);
    await estate.command(async (tx) => {
      const [job, r1] = [(await tx.get(jobs, done._id)) as Job, (await tx.get(resources, 'r1')) as Resource];
      await tx.update(jobs, job, { ...job, requestId: 'x' } as Job);
      await tx.update(resources, r1, { ...r1, grants: [{ principal: 'cec', level: 'read' }] });
      return [undefined, { via: 'job', params: { job: done._id } }];
    });
    const { job } = await revert({ id: done._id });
    expect((await finish(job._id)).types).toEqual([plate(3, 3)]);
    expect(await grantsOf('r1')).toEqual([{ principal: 'cec', level: 'read' }]);
  });

  it('to a resource that is gone by then is left out, with the type that the job knew', async () => {
    await plates('r1', 'r2');
    const done = await change();
    await estate.database.db.collection<{ _id: string }>('resources').deleteOne({ _id: 'r1' });
    const { job } = await revert({ id: done._id });
    expect(job.types).toEqual([plate(2, 1, 0, 1)]);
  });
});

it('to revert needs all rights', async () => {
  await plates('r1', 'r2', 'r3');
  const done = await finish((await change())._id);
  const { job } = await revert({ id: done._id });
  const authority = mintUser(person('ann'), { roles: [], friends: [] }, new Date(0));
  await expect(estate.within((tx) => revertWork.step(tx, job, authority))).rejects.toThrow('needs all rights');
});

it('a step that conflicts reverts a smaller piece of its record the next time, and the step after it the rest', async () => {
  await plates('r1', 'r2', 'r3');
  const { _id } = await change();
  await finish(_id);
  const { job } = await revert({ id: _id });
  vi.spyOn(estate.database, 'confirmCommit').mockRejectedValueOnce(conflict());
  expect((await step(job._id)).types).toEqual([plate(3, 1)]);
  expect(Object.values(await estate.owners())).toEqual([['ann'], ['bea'], ['bea']]);
  expect(await finish(job._id)).toMatchObject({ state: 'done', types: [plate(3, 3)] });
  expect(Object.values(await estate.owners())).toEqual([['ann'], ['ann'], ['ann']]);
});

import { MongoNetworkError } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Journal } from '../../src/audit/journal.ts';
import { refuse } from '../../src/base/errors.ts';
import { mintService } from '../../src/identity/mintAuthority.ts';
import { beginJob, newJobId } from '../../src/jobs/begin.ts';
import { cancelJob, pauseJob, resumeJob } from '../../src/jobs/control.ts';
import { type Initiator, type Job, type JobState, jobs } from '../../src/jobs/job.ts';
import { JobRunner, type JobWork, type RunnerParts } from '../../src/jobs/runner.ts';
import { isUnavailable } from '../../src/store/database.ts';
import { ITEM_LIMITS } from '../../src/store/size.ts';
import type { Transaction } from '../../src/store/transaction.ts';
import { openHouse, type TestHouse } from '../support/house.ts';
import { transactRecorded } from '../support/recorded.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house[Symbol.asyncDispose]());
beforeEach(async () => {
  await house.database.db.collection('jobs').deleteMany({});
});

const NOW = new Date('2024-06-01T00:00:00Z');
const initiator: Initiator = {
  ...{ actor: { id: 'b', name: 'boss' }, authority: 'admin', roles: [], requestId: 'r', address: '192.0.2.1' },
};
const job = (fields: Partial<Job> = {}): Job => ({
  ...{ _id: 'j', revision: 1, kind: 'changeOwner', state: 'running', task: {}, progress: 0, types: [] },
  ...{ initiator, createdAt: NOW },
  ...fields,
});
const insert = (...docs: Job[]) => house.database.db.collection('jobs').insertMany(docs as never[]);
const stored = async (id = 'j') => (await house.database.get(jobs, id)) as Job;
const within = <R>(body: (tx: Transaction) => Promise<R>) => transactRecorded(house.database, { now: () => NOW }, body);

function runnerWith(step: JobWork['step'], more: Partial<RunnerParts> = {}) {
  const errors: unknown[] = [];
  const work = { step };
  const runner = new JobRunner({
    database: house.database,
    journal: new Journal(house.database, (error) => errors.push(error)),
    now: () => NOW,
    works: {
      changeOwner: work,
      reclaim: work,
      changedUserIds: work,
      offboard: work,
      revertJob: work,
      verifyAudit: work,
      verifyState: work,
      pruneAudit: work,
    },
    committed: () => undefined,
    authorityOf: async () => mintService(new Date(0)),
    onError: (error) => errors.push(error),
    ...more,
  });
  const run = async (stop = new AbortController()) => {
    await runner.begin(stop.signal);
    await runner.ended();
  };
  return { runner, run, errors };
}

describe('a job in the background', () => {
  it('is taken step after step until it is done, each with its record', async () => {
    await insert(job());
    const committed = vi.fn();
    const skip = (await house.records()).length;
    const { run, errors } = runnerWith(
      async (_, { progress }) => (progress === 2 ? { state: 'done' } : { progress: Number(progress) + 1 }),
      { committed },
    );
    await run();
    expect(await stored()).toMatchObject({ state: 'done', progress: 2, finishedAt: NOW });
    const record = { via: 'job', command: 'changeOwner', outcome: 'success', params: { job: 'j' } };
    expect(await house.records(skip)).toMatchObject([record, record, record]);
    expect((await house.records(skip))[0]).toMatchObject({ actor: { name: 'boss' }, authority: 'admin' });
    expect(committed.mock.calls.map(([changes]) => changes.length)).toEqual([1, 1, 1]);
    expect(errors).toEqual([]);
  });

  it('has in its records the person, the reason and the rule, where it has them', async () => {
    const onBehalfOf = { id: 'a', name: 'ann' };
    await insert(job({ initiator: { ...initiator, onBehalfOf, reason: 'they left', rule: 'default:full' } }));
    const skip = (await house.records()).length;
    await runnerWith(async () => ({ state: 'done' })).run();
    expect(await house.records(skip)).toMatchObject([
      { onBehalfOf, reason: 'they left', rule: 'default:full', requestId: 'r', address: '192.0.2.1' },
    ]);
  });

  it('that is not running is left alone', async () => {
    await insert(
      ...(['paused', 'done', 'failed', 'cancelled'] as const).map((state) => job({ _id: `j-${state}`, state })),
    );
    const step = vi.fn(async () => ({}));
    await runnerWith(step).run();
    expect(step).not.toHaveBeenCalled();
  });

  it('takes its next step under the authority that its initiator has at that time', async () => {
    await insert(job());
    const authorityOf = vi.fn(async () => mintService(new Date(0)));
    const step = vi.fn(async () => ({ state: 'done' as const }));
    await runnerWith(step, { authorityOf }).run();
    expect(authorityOf).toHaveBeenCalledWith(expect.anything(), expect.objectContaining({ _id: 'j' }));
    expect(step).toHaveBeenCalledWith(
      expect.anything(),
      expect.objectContaining({ _id: 'j' }),
      mintService(new Date(0)),
    );
  });

  it('fails with the reason for which its step is refused, and that is recorded', async () => {
    await insert(job());
    const skip = (await house.records()).length;
    const { run, errors } = runnerWith(async () => ({ state: 'done' }), {
      authorityOf: () => Promise.reject(refuse('not_admin', 'boss')),
    });
    await run();
    const failed = await stored();
    expect(failed).toMatchObject({
      state: 'failed',
      error: { reason: 'not_admin', message: 'User boss is not an admin' },
    });
    expect(failed).not.toHaveProperty('finishedAt');
    expect(await house.records(skip)).toMatchObject([{ outcome: 'denied', error: 'not_admin' }]);
    expect(errors).toEqual([]);
  });

  it('fails at a bug, of which the operator is told and nobody else', async () => {
    await insert(job());
    const bug = new Error('a bug');
    const skip = (await house.records()).length;
    const { run, errors } = runnerWith(() => Promise.reject(bug));
    await run();
    const { error } = await stored();
    expect(error?.reason).toBe('internal');
    expect(error?.message).not.toContain('a bug');
    expect(await house.records(skip)).toMatchObject([{ outcome: 'failed', error: 'internal' }]);
    expect(errors).toEqual([bug]);
  });

  it.each(['conflict_busy', 'outcome_unknown', 'database_unavailable', 'format_changed'] as const)(
    'goes on running, and is taken up by a later turn, after %s, of which the operator is told',
    async (reason) => {
      await insert(job());
      const { run, errors } = runnerWith(() => Promise.reject(refuse(reason)));
      await run();
      expect(errors).toMatchObject([{ reason }]);
      expect(await stored()).toEqual(job());
      await runnerWith(async () => ({ state: 'done' })).run();
      expect((await stored()).state).toBe('done');
    },
  );

  it('tells nobody that the database is away', async () => {
    await insert(job());
    const away = new MongoNetworkError('gone');
    expect(isUnavailable(away)).toBe(true);
    const { run, errors } = runnerWith(() => Promise.reject(away));
    await run();
    expect(errors).toEqual([]);
    expect((await stored()).state).toBe('running');
  });

  it('waits before its next step as long as the step says, or until it is to end', async () => {
    await insert(job());
    const stop = new AbortController();
    let steps = 0;
    const step = async () => {
      steps += 1;
      return { progress: steps, waitMs: 3_600_000 };
    };
    // A step that did not wait would be taken while the database answers so often.
    const committed = async () => {
      for (let i = 0; i < 20; i += 1) await house.database.db.command({ ping: 1 });
      stop.abort();
    };
    const { run } = runnerWith(step, { committed });
    await run(stop);
    expect(steps).toBe(1);
    expect(await stored()).toMatchObject({ state: 'running', progress: 1 });
    expect(await stored()).not.toHaveProperty('waitMs');
  });

  it('leaves no record of a step that changes nothing', async () => {
    await insert(job());
    const skip = (await house.records()).length;
    let steps = 0;
    await runnerWith(async () => {
      steps += 1;
      return steps < 3 ? {} : { state: 'done' };
    }).run();
    expect(await house.records(skip)).toHaveLength(1);
  });

  it('is begun once, and no more than four run at a time', async () => {
    await insert(...Array.from({ length: 6 }, (_, i) => job({ _id: `j${i}` })));
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const begun: string[] = [];
    const { runner } = runnerWith(async (_, { _id }) => {
      begun.push(_id);
      await gate;
      return { state: 'done' };
    });
    const { signal } = new AbortController();
    await runner.begin(signal);
    await vi.waitFor(() => expect(begun).toHaveLength(4), { timeout: 180_000, interval: 5 });
    await runner.begin(signal);
    open();
    await runner.ended();
    expect(new Set(begun).size).toBe(4);
    await runner.begin(signal);
    await runner.ended();
    expect(new Set(begun).size).toBe(6);
    expect(begun).toHaveLength(6);
  });

  it('is waited for until it ends, also where it was to be begun once more meanwhile', async () => {
    await insert(job());
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const step = vi.fn(() => gate.then(() => ({ state: 'done' as const })));
    const { runner } = runnerWith(step);
    const { signal } = new AbortController();
    await runner.begin(signal);
    await vi.waitFor(() => expect(step).toHaveBeenCalled(), { timeout: 180_000, interval: 5 });
    await runner.begin(signal);
    let ended = false;
    const ending = runner.ended().then(() => {
      ended = true;
    });
    for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
    expect(ended).toBe(false);
    open();
    await ending;
    expect((await stored()).state).toBe('done');
  });

  it.each(['paused', 'gone'])('that is %s by the time at which it is held is left alone', async (how) => {
    await insert(job());
    const collection = house.database.db.collection<{ _id: string }>('jobs');
    const { leases } = house.database;
    const take = leases.take.bind(leases);
    vi.spyOn(leases, 'take').mockImplementationOnce(async (...lease) => {
      if (how === 'gone') await collection.deleteOne({ _id: 'j' });
      else await collection.updateOne({ _id: 'j' }, { $set: { state: 'paused' } });
      return take(...lease);
    });
    const step = vi.fn(async () => ({ state: 'done' as const }));
    const committed = vi.fn();
    const { run, errors } = runnerWith(step, { committed });
    await run();
    expect(step).not.toHaveBeenCalled();
    expect(committed).toHaveBeenCalledWith([]);
    expect(errors).toEqual([]);
  });

  it('is not begun once the work is to end', async () => {
    await insert(job());
    const step = vi.fn(async () => ({ state: 'done' as const }));
    const { runner } = runnerWith(step);
    await runner.begin(AbortSignal.abort());
    await runner.ended();
    expect(step).not.toHaveBeenCalled();
  });
});

describe('a call begins a job', () => {
  const begin = (
    total: number,
    step: JobWork['step'],
    types = [{ type: 'plate', total, moved: 0, failed: 0, skipped: 0 }],
  ) =>
    within((tx) => {
      const { revision: _, state: __, createdAt: ___, ...fields } = job({ _id: newJobId(), types });
      return beginJob(tx, { ...fields, who: mintService(new Date(0)) }, { step });
    });

  it('and does all of it where it fits into one part', async () => {
    const begun = await begin(ITEM_LIMITS.perPart, async (_, { progress }) =>
      progress === 1 ? { state: 'done', waitMs: 5 } : { progress: 1 },
    );
    expect(begun).toMatchObject({ state: 'done', progress: 1, createdAt: NOW, finishedAt: NOW });
    expect(begun).not.toHaveProperty('waitMs');
    expect(await stored(begun._id)).toEqual(begun);
  });

  it('and leaves a larger one to the background', async () => {
    const step = vi.fn(async () => ({ state: 'done' as const }));
    const begun = await begin(ITEM_LIMITS.perPart + 1, step);
    expect(step).not.toHaveBeenCalled();
    expect(begun).toMatchObject({ state: 'running', progress: 0 });
    expect(begun).not.toHaveProperty('finishedAt');
    const half = { type: 'plate', total: ITEM_LIMITS.perPart / 2, moved: 0, failed: 0, skipped: 0 };
    const two = [half, { ...half, type: 'block', total: ITEM_LIMITS.perPart / 2 + 1 }];
    expect((await begin(0, step, two)).state).toBe('running');
  });

  it('and leaves to the background what is left once it has changed two megabytes', async () => {
    let steps = 0;
    const begun = await begin(1, async (tx) => {
      steps += 1;
      await tx.insert(jobs, job({ _id: newJobId(), state: 'done', task: 'x'.repeat(1_100_000) }));
      return { progress: steps };
    });
    expect(steps).toBe(2);
    expect(begun).toMatchObject({ state: 'running', progress: 2 });
    expect(begun).not.toHaveProperty('finishedAt');
  });
});

describe('a job is', () => {
  const STATES: readonly JobState[] = ['running', 'paused', 'done', 'failed', 'cancelled'];
  const error = { reason: 'not_admin', message: 'User boss is not an admin' } as const;
  it.each<[string, (tx: Transaction) => Promise<Job>, readonly JobState[], Partial<Job>]>([
    ['paused', (tx) => pauseJob(tx, 'j'), ['running'], { state: 'paused' }],
    ['cancelled', (tx) => cancelJob(tx, 'j'), ['running', 'paused', 'failed'], { state: 'cancelled', finishedAt: NOW }],
    ['resumed', (tx) => resumeJob(tx, initiator, 'j'), ['paused', 'failed'], { state: 'running' }],
  ])('%s in certain states and refused in the others', async (verb, change, states, expected) => {
    for (const state of STATES) {
      await house.database.db.collection('jobs').deleteMany({});
      await insert(job({ state, ...(state === 'failed' ? { error } : {}) }));
      if (states.includes(state)) {
        await within(change);
        expect(await stored()).toMatchObject(expected);
      } else {
        const said = { reason: 'job_state', message: expect.stringContaining(verb) };
        await expect(within(change)).rejects.toMatchObject(said);
        expect((await stored()).state).toBe(state);
      }
    }
  });

  it('resumed in the name of who resumes it, and no longer says why it failed', async () => {
    await insert(job({ state: 'failed', error, progress: 7 }));
    const other: Initiator = { ...initiator, actor: { id: 'c', name: 'cec' } };
    await within((tx) => resumeJob(tx, other, 'j'));
    const resumed = await stored();
    expect(resumed).toMatchObject({ state: 'running', progress: 7, initiator: other });
    expect(resumed).not.toHaveProperty('error');
  });
});

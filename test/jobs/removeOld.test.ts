import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../../src/jobs/job.ts';
import { partId } from '../../src/jobs/parts.ts';
import { jobById } from '../../src/jobs/view.ts';
import { openHouse, type TestHouse } from '../support/house.ts';

const NOW = new Date('2030-06-01T00:00:00Z');
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 24 * 3_600_000);
const OLD = { finishedAt: daysAgo(31) };

let house: TestHouse;
beforeEach(async () => {
  house = await openHouse({ now: () => NOW, jobDays: 30 });
});
afterEach(() => house[Symbol.asyncDispose]());

async function insert(collection: string, ...docs: object[]): Promise<void> {
  await house.database.db.collection(collection).insertMany(docs as never[]);
}

const job = (_id: string, fields: Partial<Job>): Job => ({
  ...{ _id, revision: 1, kind: 'changeOwner', state: 'done', task: {}, progress: {}, types: [], createdAt: NOW },
  initiator: { actor: { id: 'b', name: 'boss' }, authority: 'admin', roles: [], requestId: 'r', address: '::1' },
  ...fields,
});

const ids = async (collection: string) => (await house.contents(collection)).map(({ _id }) => _id);

describe('jobs that ended longer ago than jobs are kept', () => {
  it('are removed with their items; all others stay', async () => {
    await insert(
      'jobs',
      job('done', OLD),
      job('cancelled', { ...OLD, state: 'cancelled' }),
      job('young', { finishedAt: daysAgo(29) }),
      job('paused', { createdAt: daysAgo(400), state: 'paused' }),
      job('failed', { createdAt: daysAgo(400), state: 'failed' }),
    );
    const parts = ['done', 'cancelled', 'young', 'paused'].map((name) => ({ _id: partId(name, 0), revision: 1 }));
    // More than one page of them.
    const many = Array.from({ length: 250 }, (_, i) => ({ _id: partId('done', i + 1), revision: 1 }));
    await insert('jobParts', ...parts, ...many);
    await insert('jobOutcomes', ...parts);
    await house.worker.turn('remove old jobs');
    expect(await ids('jobs')).toEqual(['failed', 'paused', 'young']);
    expect(await ids('jobParts')).toEqual([partId('paused', 0), partId('young', 0)]);
    expect(await ids('jobOutcomes')).toEqual([partId('paused', 0), partId('young', 0)]);
  });

  it('leave a record each, of the service itself', async () => {
    await insert('jobs', job('one', OLD), job('two', OLD));
    await house.worker.turn('remove old jobs');
    await house.worker.turn('remove old jobs');
    const removed = (await house.records()).filter(({ command }) => command === 'removeOldJobs');
    expect(removed).toMatchObject(
      ['one', 'two'].map((id) => ({
        ...{ via: 'job', authority: 'service', actor: { name: 'steward' }, outcome: 'success' },
        changes: [{ collection: 'jobs', id, op: 'remove' }],
      })),
    );
    await expect(jobById(house.database, 'one')).rejects.toMatchObject({ reason: 'job_unknown' });
  });
});

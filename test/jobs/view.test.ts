import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Job } from '../../src/jobs/job.ts';
import { jobOutcomes, jobParts, partId } from '../../src/jobs/parts.ts';
import { type ItemQuery, jobById, jobItems, jobView, listJobs } from '../../src/jobs/view.ts';
import { openHouse, type TestHouse } from '../support/house.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house[Symbol.asyncDispose]());

const AT = new Date('2024-06-01T00:00:00Z');
const job = (fields: Partial<Job> = {}): Job => ({
  ...{ _id: 'j', revision: 1, kind: 'changeOwner', state: 'running', task: {}, progress: {}, types: [], createdAt: AT },
  initiator: { actor: { id: 'b', name: 'boss' }, authority: 'admin', roles: [], requestId: 'r', address: '::1' },
  ...fields,
});
const insert = (collection: string, ...docs: object[]) =>
  house.database.db.collection(collection).insertMany(docs as never[]);

describe('a job is shown', () => {
  it('with its counts summed over the types, and without what it does not have', () => {
    const types = [
      { type: 'plate', total: 10, moved: 1, failed: 2, skipped: 3 },
      { type: 'block', total: 200, moved: 20, failed: 30, skipped: 40 },
    ];
    expect(jobView(job({ types }))).toStrictEqual({
      ...{ job: 'j', kind: 'changeOwner', state: 'running', by: 'boss', started: '2024-06-01T00:00:00.000Z' },
      ...{ total: 210, moved: 21, failed: 32, skipped: 43, types },
    });
  });

  it('with everything that it has', () => {
    const { initiator } = job();
    const full = job({
      initiator: { ...initiator, onBehalfOf: { id: 'a', name: 'ann' }, reason: 'they left' },
      from: { id: 'f', name: 'from' },
      to: { id: 't', name: 'to' },
      error: { reason: 'internal', message: 'm' },
      reverts: 'before',
      revertedBy: 'after',
      finishedAt: new Date('2024-06-02T00:00:00Z'),
    });
    expect(jobView(full)).toMatchObject({
      ...{
        by: 'boss',
        for: 'ann',
        reason: 'they left',
        from: 'from',
        to: 'to',
        reverts: 'before',
        revertedBy: 'after',
      },
      ...{ error: { reason: 'internal', message: 'm' }, finished: '2024-06-02T00:00:00.000Z' },
    });
  });
});

describe('jobs are listed', () => {
  beforeAll(async () => {
    const states = ['done', 'running', 'done', 'failed', 'done'] as const;
    await insert(
      'jobs',
      ...states.map((state, i) => job({ _id: `l${i}`, state, kind: i === 4 ? 'offboard' : 'changeOwner' })),
    );
  });
  const ids = async (query: Parameters<typeof listJobs>[1]) => {
    const { jobs, next } = await listJobs(house.database, query);
    return { ids: jobs.map((j) => j.job), next };
  };

  it('the newest first, all of them or those of a state or kind', async () => {
    expect(await ids({})).toEqual({ ids: ['l4', 'l3', 'l2', 'l1', 'l0'], next: undefined });
    expect(await ids({ state: 'done' })).toMatchObject({ ids: ['l4', 'l2', 'l0'] });
    expect(await ids({ kind: 'changeOwner' })).toMatchObject({ ids: ['l3', 'l2', 'l1', 'l0'] });
    expect(await ids({ kind: 'changeOwner', state: 'done' })).toMatchObject({ ids: ['l2', 'l0'] });
  });

  it('a page at a time, each once', async () => {
    const first = await ids({ limit: 2 });
    expect(first.ids).toEqual(['l4', 'l3']);
    const second = await ids({ limit: 2, cursor: first.next ?? '' });
    expect(second.ids).toEqual(['l2', 'l1']);
    expect(await ids({ limit: 1, cursor: second.next ?? '' })).toEqual({ ids: ['l0'], next: undefined });
  });

  it('a hundred to a page unless another number is asked for', async () => {
    await insert('jobs', ...Array.from({ length: 97 }, (_, i) => job({ _id: `m${i}` })));
    const { jobs, next } = await listJobs(house.database, {});
    expect([jobs.length, next]).toEqual([100, expect.any(String)]);
  });

  it('and one that is not there is unknown', async () => {
    await expect(jobById(house.database, 'none')).rejects.toMatchObject({ reason: 'job_unknown' });
    expect((await jobById(house.database, 'l1'))._id).toBe('l1');
  });
});

describe('the items of a job are shown', () => {
  beforeAll(async () => {
    const part = (number: number, ids: readonly string[]) => ({
      ...{ _id: partId('i', number), revision: 1, job: 'i', groups: [{ type: 'plate', ids }] },
    });
    await insert(jobParts.name, part(0, ['a', 'b', 'c']), part(1, ['d', 'e']), part(2, ['b', 'a']), part(3, ['c']));
    await insert(
      jobOutcomes.name,
      {
        _id: partId('i', 0),
        revision: 1,
        exceptions: [
          { id: 'b', outcome: 'failed', reason: 'grants_full', message: 'too many' },
          { id: 'c', outcome: 'skipped', reason: 'changed_meanwhile' },
        ],
      },
      { _id: partId('i', 1), revision: 1, exceptions: [], upTo: 1 },
    );
  });
  const page = (query: ItemQuery, retries?: readonly number[]) =>
    jobItems(house.database, { _id: 'i', ...(retries === undefined ? {} : { retries }) }, query);
  const shown = async (...args: Parameters<typeof page>) =>
    (await page(...args)).items.map(({ id, outcome }) => `${id} ${outcome}`);

  it('with what became of each, and why', async () => {
    expect(await page({ limit: 4 })).toStrictEqual({
      items: [
        { id: 'a', type: 'plate', outcome: 'moved' },
        { id: 'b', type: 'plate', outcome: 'failed', reason: 'grants_full', message: 'too many' },
        { id: 'c', type: 'plate', outcome: 'skipped', reason: 'changed_meanwhile' },
        { id: 'd', type: 'plate', outcome: 'moved' },
      ],
      next: expect.any(String),
    });
  });

  it('each once: what a later part takes once more, with what became of it there', async () => {
    const all = ['a moved', 'b failed', 'c skipped', 'd moved', 'e open', 'b open', 'a open', 'c open'];
    expect(await shown({})).toEqual(all);
    // What was moved and came back is shown twice: it is counted twice.
    expect(await shown({}, [2])).toEqual(['a moved', 'd moved', 'e open', 'b open', 'a open', 'c open']);
    // Of the parts with which items were taken once more, those after this one count.
    expect(await shown({}, [3])).toEqual(['a moved', 'b failed', 'd moved', 'e open', 'b open', 'a open', 'c open']);
    expect(await shown({}, [0])).toEqual(all);
  });

  it('of one outcome alone, where that is asked for', async () => {
    expect(await shown({ outcome: 'moved' })).toEqual(['a moved', 'd moved']);
    expect(await shown({ outcome: 'failed' })).toEqual(['b failed']);
    expect(await shown({ outcome: 'open' })).toEqual(['e open', 'b open', 'a open', 'c open']);
  });

  it('a page at a time, over the ends of parts', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { items, next } = await page({ limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      expect(items.length).toBeLessThanOrEqual(2);
      seen.push(...items.map((item) => item.id));
      cursor = next;
    } while (cursor !== undefined);
    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e', 'b', 'a', 'c']);
  });

  it('a hundred to a page unless another number is asked for', async () => {
    const ids = Array.from({ length: 101 }, (_, i) => `k${i}`);
    await insert(jobParts.name, { _id: partId('k', 0), revision: 1, job: 'k', groups: [{ type: 'plate', ids }] });
    const { items, next } = await jobItems(house.database, { _id: 'k' }, {});
    expect([items.length, next]).toEqual([100, expect.any(String)]);
  });
});

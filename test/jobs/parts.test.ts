import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  forThisAttempt,
  type ItemException,
  inParts,
  itemsOf,
  jobOutcomes,
  jobParts,
  outcomesOf,
  partId,
  type StepPlace,
  storeOutcome,
  storePart,
  typesOf,
} from '../../src/jobs/parts.ts';
import { ITEM_LIMITS } from '../../src/store/size.ts';
import type { Transaction } from '../../src/store/transaction.ts';
import { openHouse, type TestHouse } from '../support/house.ts';
import { transactRecorded } from '../support/recorded.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house[Symbol.asyncDispose]());

const within = (work: (tx: Transaction) => void) =>
  transactRecorded(house.database, { now: () => new Date() }, async (tx) => {
    // A record has an id only once the transaction has begun.
    await tx.get(jobParts, 'none');
    work(tx);
  });
const items = (count: number, type = 'plate') => Array.from({ length: count }, (_, i) => ({ id: `${type}${i}`, type }));
const failed = (id: string): ItemException => ({ id, outcome: 'failed', reason: 'grants_full' });

describe('the items of a job', () => {
  it.each([
    [0, []],
    [1, [1]],
    [100, [100]],
    [101, [100, 1]],
    [200, [100, 100]],
  ])('are divided into parts in their order: %i', (count, lengths) => {
    const all = items(count);
    const parts = inParts({ limits: { ...ITEM_LIMITS, perPart: 100 } }, all);
    expect(parts.map((part) => part.length)).toEqual(lengths);
    expect(parts.flat()).toEqual(all);
  });

  it('are stored by type in the order in which each type comes first, and read back in that order', async () => {
    const [one, two] = [items(2), items(2, 'block')] as const;
    await within((tx) => storePart(tx, { job: 'mixed', number: 3 }, [...one.slice(0, 1), ...two, ...one.slice(1)]));
    const part = await house.database.get(jobParts, partId('mixed', 3));
    expect(part).toEqual({
      _id: 'mixed:00000003',
      revision: 1,
      job: 'mixed',
      groups: [
        { type: 'plate', ids: ['plate0', 'plate1'] },
        { type: 'block', ids: ['block0', 'block1'] },
      ],
    });
    if (part === null) throw new Error('there is no part');
    expect(itemsOf(part)).toEqual([...one, ...two]);
  });

  it('have the types that the plan names, in whichever part they are', async () => {
    await within((tx) => {
      storePart(tx, { job: 'typed', number: 0 }, items(2));
      storePart(tx, { job: 'typed', number: 1 }, items(2, 'block'));
      // A part of another job.
      storePart(tx, { job: 'typed2', number: 2 }, items(2, 'segment'));
    });
    const found = await typesOf(house.database, 'typed', ['plate1', 'block0', 'segment0', 'none']);
    expect(Object.fromEntries(found)).toEqual({ plate1: 'plate', block0: 'block' });
    expect((await typesOf(house.database, 'typed', [])).size).toBe(0);
  });
});

describe('the outcomes of a part', () => {
  const keep = (job: string, place: Omit<StepPlace, 'job'> & { upTo?: number }, ...exceptions: ItemException[]) =>
    within((tx) => storeOutcome(tx, { job, ...place }, exceptions));

  it('are none before the first step', async () => {
    expect(await outcomesOf(house.database, 'unbegun', 0)).toEqual({ upTo: 0, exceptions: new Map() });
  });

  it('of a step that took all of it are those of the whole part', async () => {
    await keep('whole', { number: 0, offset: 0 }, failed('a'));
    expect(await house.database.get(jobOutcomes, 'whole:00000000')).toEqual({
      ...{ _id: 'whole:00000000', revision: 1, exceptions: [failed('a')] },
    });
    const { upTo, exceptions } = await outcomesOf(house.database, 'whole', 0);
    expect(upTo).toBe(Number.POSITIVE_INFINITY);
    expect([...exceptions]).toEqual([['a', failed('a')]]);
  });

  it('of several steps say how far these came, and what the last of them said of an item', async () => {
    await keep('steps', { number: 1, offset: 0, upTo: 5 }, failed('a'));
    expect((await outcomesOf(house.database, 'steps', 1)).upTo).toBe(5);
    await keep('steps', { number: 1, offset: 5, upTo: 12 }, failed('b'));
    await keep('steps', { number: 1, offset: 12, upTo: 100 }, { ...failed('a'), outcome: 'skipped' });
    expect(await house.database.get(jobOutcomes, 'steps:00000001.000012')).toMatchObject({ upTo: 100 });
    const { upTo, exceptions } = await outcomesOf(house.database, 'steps', 1);
    expect(upTo).toBe(100);
    expect(exceptions.get('a')?.outcome).toBe('skipped');
    expect([...exceptions.keys()].sort()).toEqual(['a', 'b']);
  });

  it('are not those of the next part, or of another job', async () => {
    await keep('next', { number: 1, offset: 0, upTo: 3 });
    await keep('next', { number: 2, offset: 0, upTo: 7 }, failed('c'));
    await keep('next', { number: 2, offset: 7 }, failed('d'));
    expect(await outcomesOf(house.database, 'next', 1)).toEqual({ upTo: 3, exceptions: new Map() });
    expect((await outcomesOf(house.database, 'nex', 1)).upTo).toBe(0);
  });
});

it('a step takes a quarter of the items of the attempt before, and at least one', () => {
  const taken = [1, 2, 3, 7].map((attempt) => forThisAttempt({ attempt }, items(2_000)));
  expect(taken.map((some) => some.length)).toEqual([2_000, 500, 125, 1]);
  expect(taken[1]).toEqual(items(500));
  expect(forThisAttempt({ attempt: 2 }, [])).toEqual([]);
});

import { describe, expect, it, vi } from 'vitest';
import { Assignments, type DrawnNumbers } from '../../src/store/assignments.ts';
import type { Counter, Counters } from '../../src/store/counters.ts';

const counter: Counter = { collection: 'counters', id: 'workspaces', field: 'next' };

function assigning(drawn: DrawnNumbers = [], more: { readonly dryRun?: boolean; readonly batchSize?: number } = {}) {
  let next = 100;
  const draw = vi.fn(async (_: Counter, { count }: { readonly count: number }) => {
    next += count;
    return next - count;
  });
  const giveBackAll = vi.fn();
  const counters = { draw, giveBackAll } as unknown as Counters;
  const assignments = new Assignments({ counters, dryRun: false, drawn, batchSize: 1, ...more });
  return { assignments, draw, giveBackAll, drawn };
}

describe('ids', () => {
  it('are random, after a prefix, and remembered as assigned here', () => {
    const { assignments } = assigning();
    const id = assignments.newId('job-');
    expect(id).toMatch(/^job-[0-9a-f-]{36}$/);
    expect(assignments.newId('job-')).not.toBe(id);
    expect(assignments.assign('ws7')).toBe('ws7');
    expect(assignments.all.ids.size).toBe(3);
    expect(assignments.all.ids.has('ws7')).toBe(true);
  });
});

describe('numbers', () => {
  it('are drawn in a row, and remembered by the field in which they stand', async () => {
    const { assignments, draw, drawn } = assigning([], { batchSize: 7 });
    expect(await assignments.newNumbers(counter, { count: 2, field: 'number' })).toEqual([100, 101]);
    expect(await assignments.newNumbers(counter, { count: 1, field: 'number', raise: { objects: 5 } })).toEqual([102]);
    expect(await assignments.newNumbers(counter, { count: 1, field: 'version' })).toEqual([103]);
    expect(draw.mock.calls.slice(0, 2)).toEqual([
      [counter, { count: 2, raise: {}, batchSize: 7 }],
      [counter, { count: 1, raise: { objects: 5 }, batchSize: 7 }],
    ]);
    expect([...assignments.all.numbers].map(([field, numbers]) => [field, [...numbers]])).toEqual([
      ['number', [100, 101, 102]],
      ['version', [103]],
    ]);
    // What also raised something else cannot be given back.
    expect(drawn).toEqual([
      { counter, count: 2, number: 100, spare: true },
      { counter, count: 1, number: 102, spare: false },
      { counter, count: 1, number: 103, spare: true },
    ]);
  });

  it('of a dry run are numbers that nobody has, and draw nothing', async () => {
    const { assignments, draw, drawn } = assigning([], { dryRun: true });
    expect(await assignments.newNumbers(counter, { count: 2, field: 'number' })).toEqual([-2, -1]);
    expect(draw).not.toHaveBeenCalled();
    expect(drawn).toEqual([]);
  });

  it('that an earlier attempt drew are used again, in their order', async () => {
    const before = [5, 9].map((number) => ({ counter, count: 1, number, spare: true }));
    const { assignments, draw, giveBackAll } = assigning(before);
    expect(assignments.unused).toEqual(before);
    expect(await assignments.newNumbers(counter, { count: 1, field: 'number' })).toEqual([5]);
    expect(assignments.unused).toEqual(before.slice(1));
    expect(await assignments.newNumbers(counter, { count: 1, field: 'number' })).toEqual([9]);
    expect([draw.mock.calls.length, giveBackAll.mock.calls.length]).toEqual([0, 0]);
    expect(await assignments.newNumbers(counter, { count: 1, field: 'number' })).toEqual([100]);
    expect(giveBackAll).not.toHaveBeenCalled();
  });

  it('that an earlier attempt drew are used again, and other fields are raised to what this attempt has', async () => {
    const before = { counter, count: 2, number: 5, spare: false };
    const { assignments, draw } = assigning([before]);
    const raise = { objects: 7 };
    expect(await assignments.newNumbers(counter, { count: 2, field: 'number', raise })).toEqual([5, 6]);
    expect(draw.mock.calls).toEqual([[counter, { count: 0, raise }]]);
  });

  it.each<[string, Counter, number]>([
    ['another counter', { ...counter, id: 'others' }, 1],
    ['a counter of another collection', { ...counter, collection: 'others' }, 1],
    ['so many', counter, 2],
  ])('that an earlier attempt drew and that are not of %s are given back', async (_, wanted, count) => {
    const before = { counter, count: 1, number: 5, spare: true };
    const { assignments, giveBackAll, drawn } = assigning([before]);
    expect((await assignments.newNumbers(wanted, { count, field: 'number' }))[0]).toBe(100);
    expect(giveBackAll).toHaveBeenCalledExactlyOnceWith([before]);
    expect(drawn).toEqual([{ counter: wanted, count, number: 100, spare: true }]);
    expect(assignments.unused).toEqual([]);
  });
});

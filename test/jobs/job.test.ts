import { expect, it } from 'vitest';
import { countsOf, type ItemOutcome, withOutcomes } from '../../src/jobs/job.ts';

it('items are counted by type, with nothing done yet', () => {
  expect(countsOf([])).toEqual([]);
  expect(countsOf([{ type: 'plate' }, { type: 'block' }, { type: 'plate' }])).toEqual([
    { type: 'plate', total: 2, moved: 0, failed: 0, skipped: 0 },
    { type: 'block', total: 1, moved: 0, failed: 0, skipped: 0 },
  ]);
});

it('outcomes are added to the counts of their types, which stay what they were', () => {
  const before = [
    { type: 'plate', total: 5, moved: 1, failed: 0, skipped: 0 },
    { type: 'block', total: 1, moved: 0, failed: 0, skipped: 0 },
  ];
  const outcome = (type: string, became: ItemOutcome) => ({ type, outcome: became });
  const outcomes = [
    ...[outcome('plate', 'moved'), outcome('plate', 'moved'), outcome('plate', 'failed')],
    ...[outcome('block', 'skipped'), outcome('another', 'moved')],
  ];
  expect(withOutcomes(before, outcomes)).toEqual([
    { type: 'plate', total: 5, moved: 3, failed: 1, skipped: 0 },
    { type: 'block', total: 1, moved: 0, failed: 0, skipped: 1 },
  ]);
  expect(before[0]).toEqual({ type: 'plate', total: 5, moved: 1, failed: 0, skipped: 0 });
});

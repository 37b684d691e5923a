import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { collection, type Stored } from '../../src/store/collection.ts';
import { MAX_RIGHTS_AGE_MS } from '../../src/store/instant.ts';
import { Reliance } from '../../src/store/reliance.ts';
import { RevisionConflict } from '../../src/store/writes.ts';

const things = collection<Stored>('things');

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
});
afterEach(() => vi.useRealTimers());

/** Reads the documents of these revisions, each of which takes so long. */
function readerOf(revisions: Record<string, number>, takesMs = 0) {
  return {
    get: vi.fn(async (_: unknown, id: string) => {
      vi.advanceTimersByTime(takesMs);
      return id in revisions ? ({ _id: id, revision: revisions[id] } as never) : null;
    }),
  };
}
const relying = (found: Record<string, number | null>) => {
  const reliance = new Reliance();
  for (const [id, revision] of Object.entries(found)) {
    reliance.on(things, id, revision === null ? null : { _id: id, revision });
  }
  return reliance;
};
const NONE = new Set<string>();

describe('what a decision rests on', () => {
  it('is read again only once it is too old to be relied on', async () => {
    const reliance = relying({ a: 1 });
    const reader = readerOf({ a: 1 });
    vi.advanceTimersByTime(MAX_RIGHTS_AGE_MS - 1);
    await reliance.confirm(reader, NONE);
    expect(reader.get).not.toHaveBeenCalled();
    vi.advanceTimersByTime(2);
    await reliance.confirm(reader, NONE);
    expect(reader.get).toHaveBeenCalledExactlyOnceWith(things, 'a');
    // From then on it is as fresh as that.
    await reliance.confirm(reader, NONE);
    expect(reader.get).toHaveBeenCalledTimes(1);
  });

  it.each<[string, Record<string, number | null>, Record<string, number>]>([
    ['has changed', { a: 1, b: 2 }, { a: 1, b: 3 }],
    ['is gone', { a: 1 }, {}],
    ['is there by now', { a: null }, { a: 1 }],
  ])('conflicts where it %s', async (_, found, now) => {
    const reliance = relying(found);
    vi.advanceTimersByTime(MAX_RIGHTS_AGE_MS + 1);
    const confirming = reliance.confirm(readerOf(now), NONE);
    await expect(confirming).rejects.toBeInstanceOf(RevisionConflict);
    await expect(confirming).rejects.toThrow(/^things\/[ab] changed/);
  });

  it('stays where nothing was there and nothing is', async () => {
    const reliance = relying({ a: null });
    vi.advanceTimersByTime(MAX_RIGHTS_AGE_MS + 1);
    await reliance.confirm(readerOf({}), NONE);
  });

  it('is not read again where the transaction writes it: the server tells of conflicts over that', async () => {
    const reliance = relying({ a: 1, b: 1 });
    const reader = readerOf({ a: 2, b: 1 });
    vi.advanceTimersByTime(MAX_RIGHTS_AGE_MS + 1);
    await reliance.confirm(reader, new Set(['things/a']));
    expect(reader.get.mock.calls.map(([, id]) => id)).toEqual(['b']);
  });

  it('is what was read first', async () => {
    const reliance = relying({ a: 1 });
    reliance.on(things, 'a', { _id: 'a', revision: 2 });
    vi.advanceTimersByTime(MAX_RIGHTS_AGE_MS + 1);
    await expect(reliance.confirm(readerOf({ a: 2 }), NONE)).rejects.toBeInstanceOf(RevisionConflict);
  });

  it('is read again while it takes too long, at most five times', async () => {
    const reliance = relying({ a: 1 });
    const slow = readerOf({ a: 1 }, MAX_RIGHTS_AGE_MS + 1);
    vi.advanceTimersByTime(MAX_RIGHTS_AGE_MS + 1);
    await expect(reliance.confirm(slow, NONE)).rejects.toBeInstanceOf(RevisionConflict);
    expect(slow.get).toHaveBeenCalledTimes(6);
    const other = relying({ a: 1 });
    vi.advanceTimersByTime(MAX_RIGHTS_AGE_MS + 1);
    let reads = 0;
    await other.confirm(
      {
        get: (async () => {
          reads += 1;
          vi.advanceTimersByTime(reads < 5 ? MAX_RIGHTS_AGE_MS + 1 : 0);
          return { _id: 'a', revision: 1 };
        }) as never,
      },
      NONE,
    );
    expect(reads).toBe(5);
  });
});

import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Principal } from '../../src/identity/principal.ts';
import { hasNewName, requireActive } from '../../src/identity/recognise.ts';
import { RightsCache } from '../../src/identity/rightsCache.ts';
import { emptyRoster, ROSTER_ID, type Roster, rosters } from '../../src/identity/roster.ts';
import type { Change } from '../../src/store/changes.ts';
import type { Database } from '../../src/store/database.ts';

afterEach(() => vi.useRealTimers());

const principal = (more: Partial<Principal> = {}): Principal => ({
  ...{
    _id: 'ann',
    revision: 1,
    username: 'ann',
    kind: 'person',
    state: 'active',
    living: true,
    createdAt: new Date(0),
  },
  ...more,
});

/** A cache over a database whose roster can be set. */
function cached() {
  const state = { roster: { ...emptyRoster(), revision: 1, epoch: 1 } as Roster | null };
  const get = vi.fn(async (_: unknown, __: string) => state.roster);
  return { state, get, cache: new RightsCache({ get } as unknown as Database) };
}
const change = (collection: string) => [{ collection, id: 'x', op: 'insert' }] as unknown as Change[];

describe('what an instance knows of the roster', () => {
  it('is read at first, and again once it is older than half a second', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    const { cache, get, state } = cached();
    const first = await cache.known();
    expect(first.roster).toBe(state.roster);
    expect(get).toHaveBeenCalledWith(rosters, ROSTER_ID);
    vi.advanceTimersByTime(500);
    await cache.roster();
    expect(get).toHaveBeenCalledTimes(1);
    state.roster = { ...emptyRoster(), revision: 2, epoch: 1 };
    vi.advanceTimersByTime(1);
    expect((await cache.roster()).revision).toBe(2);
    expect((await cache.known()).at.monotonic).toBe(first.at.monotonic + 501);
    expect(get).toHaveBeenCalledTimes(2);
  });

  it('is that it is empty where there is none', async () => {
    const { cache, state } = cached();
    state.roster = null;
    expect(await cache.roster()).toEqual(emptyRoster());
  });

  it('is as of the moment before it was read, not after', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    const { cache, get, state } = cached();
    get.mockImplementationOnce(async () => {
      vi.advanceTimersByTime(300);
      return state.roster;
    });
    const before = performance.now();
    expect((await cache.known()).at.monotonic).toBe(before);
  });

  it('is read again after a commit that changed it or a principal, and after no other', async () => {
    const { cache, get } = cached();
    await cache.known();
    cache.committed(change('workspaces'));
    cache.committed([]);
    await cache.known();
    expect(get).toHaveBeenCalledTimes(1);
    for (const collection of ['roster', 'principals']) {
      cache.committed([...change('workspaces'), ...change(collection)]);
      await cache.known();
    }
    expect(get).toHaveBeenCalledTimes(3);
  });

  it('is not what was read before a right was withdrawn, also where the reading ended after that', async () => {
    const { cache, get, state } = cached();
    get.mockImplementationOnce(async () => {
      const read = state.roster;
      state.roster = { ...emptyRoster(), revision: 2, epoch: 2 };
      cache.invalidate();
      return read;
    });
    expect((await cache.roster()).revision).toBe(2);
    expect(get).toHaveBeenCalledTimes(2);
  });
});

describe('a principal', () => {
  it('is kept while the epoch under which it was read lasts', async () => {
    const { cache, state } = cached();
    await cache.known();
    cache.keep('i', principal(), 1);
    expect(cache.cached('i')).toEqual(principal());
    expect(cache.cached('j')).toBeUndefined();
    state.roster = { ...emptyRoster(), revision: 2, epoch: 1 };
    cache.invalidate();
    await cache.known();
    expect(cache.cached('i')).toEqual(principal());
    state.roster = { ...emptyRoster(), revision: 3, epoch: 2 };
    cache.invalidate();
    await cache.known();
    expect(cache.cached('i')).toBeUndefined();
  });

  it('is not kept where it is not active, or was read under another epoch', async () => {
    const { cache } = cached();
    await cache.known();
    cache.keep('i', principal({ state: 'disabled' }), 1);
    cache.keep('j', principal(), 0);
    cache.keep('k', principal(), 2);
    expect(['i', 'j', 'k'].map((key) => cache.cached(key))).toEqual([undefined, undefined, undefined]);
  });
});

describe('a token', () => {
  const bearer = (username: string | undefined, issuedAt: number) => ({
    ...{ issuer: 'i', subject: 's', issuedAt: new Date(issuedAt) },
    ...(username === undefined ? {} : { username }),
  });
  const known = principal({ tokenName: 'ann', tokenNameAt: new Date(1_000) });

  it('brings a new name where it is newer than the one that brought the last', () => {
    expect(hasNewName(known, bearer('anna', 1_001))).toBe(true);
    expect(hasNewName(known, bearer('anna', 1_000))).toBe(false);
    expect(hasNewName(known, bearer('anna', 999))).toBe(false);
    expect(hasNewName(known, bearer('ann', 1_001))).toBe(false);
    expect(hasNewName(known, bearer(undefined, 1_001))).toBe(false);
    expect(hasNewName(principal(), bearer('anna', 0))).toBe(true);
    // It is the name in the tokens that counts, not one that an administrator gave.
    expect(hasNewName({ ...known, username: 'anna' }, bearer('ann', 2_000))).toBe(false);
  });

  it('lets in an active user only', () => {
    expect(requireActive(known)).toBe(known);
    const refused = (state: Principal['state'], reason: string) =>
      expect(() => requireActive(principal({ state }))).toThrow(expect.objectContaining({ reason }));
    refused('disabled', 'account_disabled');
    refused('former', 'account_closed');
    refused('pending', 'account_closed');
  });
});

import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Caller } from '../../src/gate/callContext.ts';
import { callerUnder, knownIn, knownNow, readUnderCurrentRights } from '../../src/gate/knowledge.ts';
import { principals } from '../../src/identity/principal.ts';
import type { Known } from '../../src/identity/rightsCache.ts';
import { emptyRoster, ROSTER_ID, rosters } from '../../src/identity/roster.ts';
import type { Reader } from '../../src/store/collection.ts';
import { type Instant, instant, LONG_AGO } from '../../src/store/instant.ts';
import type { Transaction } from '../../src/store/transaction.ts';
import { person } from '../support/people.ts';

describe('the caller, once rights were withdrawn from somebody', () => {
  const stored = [person('ann', { state: 'disabled' }), person('portal', { username: 'renamed' })];
  const get = vi.fn(async (_: unknown, id: string) => stored.find((p) => p._id === id) ?? null);
  const under = (caller: Partial<Caller>, epoch: number) =>
    callerUnder(get as unknown as Reader['get'], caller as Caller, { ...emptyRoster(), epoch });

  it('is as the database has them by now, and so is the service that acts for them', async () => {
    const delegate = { principal: person('portal'), roles: ['r'] };
    expect(await under({ principal: person('ann'), delegate, epoch: 1 }, 2)).toEqual({
      epoch: 2,
      principal: stored[0],
      delegate: { principal: stored[1], roles: ['r'] },
    });
    expect(await under({ principal: person('ann'), epoch: 2 }, 1)).toEqual({ epoch: 1, principal: stored[0] });
  });

  it('counts as closed where there is no such account any more', async () => {
    expect(await under({ principal: person('gone'), epoch: 1 }, 2)).toEqual({
      epoch: 2,
      principal: person('gone', { state: 'former', living: false }),
    });
  });

  it('is not read again where nothing was withdrawn, or where it is the holder of the secret key', async () => {
    get.mockClear();
    for (const caller of [
      { principal: person('ann'), epoch: 2 },
      { principal: person('ann'), epoch: 1, bootstrap: true } as const,
    ]) {
      expect(await under(caller, 2)).toBe(caller);
    }
    expect(get).not.toHaveBeenCalled();
  });
});

describe('what a call is allowed by', () => {
  const now = { ...emptyRoster(), epoch: 2 };
  const reading = (roster: unknown) =>
    vi.fn(async (from: unknown, _id: string) => (from === rosters ? roster : person('ann', { state: 'disabled' })));
  const callerBefore = (confirm: Caller['confirm']) =>
    ({ principal: person('ann'), epoch: 1, confirm }) as unknown as Caller;

  it('is read again in the transaction, which relies on all of it', async () => {
    const rely = reading(now);
    const confirm = vi.fn((get: Reader['get']) => get(principals, 'credential').then(() => undefined));
    const { roster, caller } = await knownIn({ rely } as unknown as Transaction, callerBefore(confirm));
    expect(roster).toBe(now);
    expect(caller).toMatchObject({ epoch: 2, principal: { _id: 'ann', state: 'disabled' } });
    expect(rely.mock.calls).toEqual([
      [rosters, ROSTER_ID],
      [principals, 'credential'],
      [principals, 'ann'],
    ]);
  });

  it('is nothing without a roster, or once the credential is refused', async () => {
    const confirm = async () => undefined;
    await expect(knownIn({ rely: reading(null) } as unknown as Transaction, callerBefore(confirm))).rejects.toThrow(
      'the roster is missing: the database was not prepared',
    );
    const refused = () => Promise.reject(new Error('the token was withdrawn'));
    const parts = { database: { get: reading(now) }, rights: { known: async () => ({ roster: now }) } };
    const before = callerBefore(refused);
    await expect(knownIn({ rely: reading(now) } as unknown as Transaction, before)).rejects.toThrow('withdrawn');
    await expect(knownNow(parts as never, before)).rejects.toThrow('withdrawn');
  });

  it('is read again for a read too', async () => {
    const known = { roster: now, at: LONG_AGO };
    const get = reading(now);
    const confirm = vi.fn((read: Reader['get']) => read(principals, 'credential').then(() => undefined));
    const parts = { database: { get }, rights: { known: async () => known } };
    const renewed = await knownNow(parts as never, callerBefore(confirm));
    expect(renewed.known).toBe(known);
    expect(renewed.caller).toMatchObject({ epoch: 2, principal: { _id: 'ann', state: 'disabled' } });
    expect(get.mock.calls.map(([, id]) => id)).toEqual(['credential', 'ann']);
  });
});

describe('a read', () => {
  const known = (at: Instant): Known => ({ roster: emptyRoster(), at });
  const stale = (name: string) => ({ name, known: known(LONG_AGO) });
  const fresh = (name: string) => ({ name, known: known(instant()) });
  type Allowed = ReturnType<typeof stale>;
  const run = vi.fn(async ({ name }: Allowed) => `read under ${name}`);
  const same = (one: Allowed, other: Allowed) => one.name === other.name;

  it('is done once where what allows it is fresh', async () => {
    run.mockClear();
    const again = vi.fn();
    const allowed = fresh('a');
    expect(await readUnderCurrentRights(allowed, { run, again, same })).toEqual({ result: 'read under a', allowed });
    expect(again).not.toHaveBeenCalled();
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('is decided again where that is older than a second, and done again where the decision is another', async () => {
    run.mockClear();
    const alike = fresh('a');
    expect(await readUnderCurrentRights(stale('a'), { run, again: async () => alike, same })).toEqual({
      ...{ result: 'read under a', allowed: alike },
    });
    expect(run).toHaveBeenCalledTimes(1);
    const other = fresh('b');
    expect(await readUnderCurrentRights(stale('a'), { run, again: async () => other, same })).toEqual({
      ...{ result: 'read under b', allowed: other },
    });
    expect(run).toHaveBeenCalledTimes(3);
  });

  it('is compared with the last decision, not with the first', async () => {
    const decisions = [stale('b'), fresh('a')];
    const { result } = await readUnderCurrentRights(stale('a'), {
      run,
      again: async () => decisions.shift() as Allowed,
      same,
    });
    expect(result).toBe('read under a');
  });

  it('is refused where it is not allowed any more', async () => {
    const refused = Promise.reject(new Error('refused'));
    await expect(readUnderCurrentRights(stale('a'), { run, again: () => refused, same })).rejects.toThrow('refused');
  });

  it.each([
    { seconds: 2, times: 8, why: 'for at least 15 seconds' },
    { seconds: 10, times: 5, why: 'at least five times' },
  ])('is decided again $why where each decision is too old once it is made', async ({ seconds, times }) => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
    onTestFinished(() => clock.mockRestore());
    const again = vi.fn(async () => {
      clock.mockReturnValue(performance.now() + seconds * 1000);
      return stale('a');
    });
    const busy = { reason: 'conflict_busy' };
    await expect(readUnderCurrentRights(stale('a'), { run, again, same })).rejects.toMatchObject(busy);
    expect(again).toHaveBeenCalledTimes(times);
  });
});

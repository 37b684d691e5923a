import { describe, expect, it, vi } from 'vitest';
import { isNewcomer, newcomer, register } from '../../src/identity/newcomers.ts';
import type { Principal } from '../../src/identity/principal.ts';
import { emptyRoster } from '../../src/identity/roster.ts';
import type { Filter } from '../../src/store/collection.ts';
import type { Transaction } from '../../src/store/transaction.ts';
import { NOW, person } from '../support/people.ts';

const identity = { issuer: 'jwt', subject: 's1', username: 'ann' };
const closed = person('p0', { ...identity, state: 'former', living: false });

/** A transaction on a directory with these users. */
function within(...present: readonly Principal[]) {
  const isOf = (user: object, filter: Filter) =>
    Object.entries(filter).every(([field, value]) => Reflect.get(user, field) === (value.$eq ?? value));
  return {
    now: NOW,
    find: async (_: unknown, filter: Filter) => present.filter((user) => isOf(user, filter)),
    get: async (_: unknown, id: string) => (id === 'roster' ? emptyRoster() : null),
    insert: vi.fn(async (_: unknown, made: object) => ({ revision: 1, ...made })),
  } as unknown as Transaction & { readonly insert: ReturnType<typeof vi.fn> };
}
const rules = { configured: [], issuers: ['jwt'] };

describe('a user whom only the issuer knows', () => {
  it('is stored as one who has the name from now on', async () => {
    const stored = await register(within({ ...closed, subject: 's2' }), rules, identity);
    expect(stored).toEqual({
      ...person('s1', identity),
      ...{ tokenName: 'ann', tokenNameAt: NOW },
    });
  });

  it('is who holds the name by now', async () => {
    const holder = person('p1', { username: 'ann' });
    const tx = within(holder, closed);
    expect(await register(tx, rules, identity)).toBe(holder);
    expect(tx.insert).not.toHaveBeenCalled();
  });

  it('has an id of their own before they are stored, and the revision of nobody', async () => {
    const unstored = await newcomer(within(), identity, NOW);
    expect(unstored).toEqual(person('["jwt","s1"]', { ...identity, revision: 0 }));
    expect(isNewcomer(unstored)).toBe(true);
    expect(isNewcomer(person('s1'))).toBe(false);
  });

  it('does not come back once their account was closed', async () => {
    const refused = { reason: 'account_is_closed', message: expect.stringContaining('ann') };
    await expect(register(within(closed), rules, identity)).rejects.toMatchObject(refused);
    await expect(newcomer(within(closed), identity, NOW)).rejects.toMatchObject(refused);
    const others = [
      { ...closed, issuer: 'another' },
      { ...closed, living: true, username: 'bea' },
    ];
    expect(await newcomer(within(...others), identity, NOW)).toMatchObject(identity);
  });
});

import type { Document } from 'mongodb';
import { expect, it } from 'vitest';
import { openHouse, type TestHouse } from '../support/house.ts';
import { LONG } from '../support/long.ts';

const ROUNDS = LONG ? 600 : 5;
const FORESEEN = ['last_admin', 'username_conflict', 'not_admin', 'rights_required', 'command_not_allowed'].concat([
  'account_disabled',
  'account_closed',
  'user_unknown',
  'exceeds_own_rights',
  'conflict_busy',
]);

/** The full, unlimited, active administrators whose right does not expire, in one snapshot of the database. */
async function lastingAdmins({ database }: TestHouse): Promise<string[]> {
  return database.client.withSession({ snapshot: true }, async (session) => {
    const roster = await database.db.collection('roster').findOne({}, { session });
    const active = await database.db.collection('principals').find({ state: 'active' }, { session }).toArray();
    const ids = new Set(active.map((p) => String(p._id)));
    return ((roster?.admins ?? []) as Document[])
      .filter((a) => a.role === 'full' && !a.commands && !a.as && !a.expires && !a.scope && ids.has(a.principal))
      .map((a) => String(a.principal));
  });
}

/** All ways to take somebody's admin right away. */
const WITHDRAWALS: readonly ((house: TestHouse, actor: string, victim: string) => Promise<unknown>)[] = [
  (house, actor, user) => house.administer(actor, { command: 'removeAdmin', user }),
  (house, actor, user) => house.administer(actor, { command: 'disableUser', user }),
  (house, actor, user) => house.administer(actor, { command: 'deleteUser', user }),
  (house, actor, user) => house.administer(actor, { command: 'addAdmin', user, params: { role: 'readOnly' } }),
  (house, actor, user) => house.administer(actor, { command: 'addAdmin', user, params: { commands: ['addAdmin'] } }),
  (house, actor, user) => house.administer(actor, { command: 'addAdmin', user, params: { as: [actor] } }),
  (house, actor, user) =>
    house.administer(actor, { command: 'addAdmin', user, params: { expires: '2099-01-01T00:00:00Z' } }),
  (house, actor, user) => house.signIn({ sub: `${actor}-takes-${user}`, name: user }),
];

const any = <T>(list: readonly T[]): T => {
  const found = list[Math.floor(Math.random() * list.length)];
  if (found === undefined) throw new Error('nothing to choose from');
  return found;
};

it(`however the last administrators take each other's right away, in ${ROUNDS} rounds on two instances, one remains`, async () => {
  // Only here `boss` is configured, by subject; they prepare each round.
  await using stage = await openHouse({ rules: { configured: ['id:boss'] } });
  await stage.meet('boss', 'first');
  await stage.administer('boss', { command: 'addAdmin', user: 'first' });
  const rules = { configured: [] };
  await using one = await openHouse({ beside: stage, rules });
  await using two = await openHouse({ beside: stage, rules });

  const tally: Record<string, number> = {};
  let survivors = ['first'];
  // The rounds were contested if some calls were refused.
  const stopped = () => (tally.last_admin ?? 0) + (tally.username_conflict ?? 0);
  for (let round = 0; round < ROUNDS || stopped() === 0; round += 1) {
    const admins = ['a', 'b', 'c'].map((letter) => `r${round}${letter}`);
    await stage.meet(...admins);
    for (const user of admins) await stage.administer('boss', { command: 'addAdmin', user });
    for (const user of survivors) await stage.administer('boss', { command: 'removeAdmin', user });

    // Each targets the next one, and sometimes themselves.
    const attempts = admins.map((actor, i) => {
      const victim = Math.random() < 0.2 ? actor : (admins[(i + 1) % admins.length] ?? actor);
      return any(WITHDRAWALS)(i % 2 ? one : two, actor, victim);
    });
    for (const attempt of await Promise.allSettled(attempts)) {
      const outcome = attempt.status === 'fulfilled' ? 'done' : String(attempt.reason.reason ?? attempt.reason);
      tally[outcome] = (tally[outcome] ?? 0) + 1;
    }
    survivors = await lastingAdmins(stage);
    expect(survivors).not.toEqual([]);
  }
  expect(Object.keys(tally).filter((o) => o !== 'done' && !FORESEEN.includes(o))).toEqual([]);
  expect(tally.done).toBeGreaterThan(ROUNDS / 2);
}, 600_000);

import { describe, expect, it, vi } from 'vitest';
import type { Caller } from '../../src/gate/callContext.ts';
import type { Origin } from '../../src/gate/door.ts';
import {
  administers,
  administratorOf,
  anonymousStanding,
  rankIn,
  standingIn,
  standingNow,
  standingOf,
} from '../../src/gate/methodStanding.ts';
import type { GateParts } from '../../src/gate/parts.ts';
import { PolicyHolder } from '../../src/gate/policy/policyHolder.ts';
import { mintAdmin, mintAnonymous } from '../../src/identity/mintAuthority.ts';
import { type Principal, principals } from '../../src/identity/principal.ts';
import { NO_RANK } from '../../src/identity/rank.ts';
import { emptyRoster, type Roster, type RosterEntry } from '../../src/identity/roster.ts';
import type { Method } from '../../src/operations/operation.ts';
import { type Instant, instant, LONG_AGO } from '../../src/store/instant.ts';
import type { Transaction } from '../../src/store/transaction.ts';
import { acting } from '../support/acting.ts';
import { entry, NOW, person } from '../support/people.ts';

const method = (more: object = {}) => ({ name: 'M.m', ...more }) as unknown as Method;

/** The gate over a database with these principals and administrators, at a later epoch than the callers know. */
function gate({ people = [], admins = [] }: { people?: Principal[]; admins?: RosterEntry[] } = {}) {
  const roster: Roster = { ...emptyRoster(), admins, epoch: 2 };
  const known = { roster, at: LONG_AGO };
  const get = vi.fn(async (from: unknown, id: string) =>
    from === principals ? (people.find((p) => p._id === id) ?? null) : roster,
  );
  const rolesAndFriends = { roles: ['r'], friends: ['f'] };
  const rolesAndFriendsIn = vi.fn(async () => rolesAndFriends);
  const parts = {
    database: { get },
    rights: { known: async () => known, roster: async () => roster },
    dependencies: {
      rules: { configured: [], issuers: [] },
      people: { rolesAndFriends: async () => rolesAndFriends, rolesAndFriendsIn },
    },
    policy: new PolicyHolder(),
    boundNames: { of: async () => [] },
    now: () => NOW,
  } as unknown as GateParts;
  return { parts, roster, tx: { rely: get, now: NOW } as unknown as Transaction, rolesAndFriendsIn, get };
}

interface CallerParts {
  readonly principal?: Principal;
  readonly delegate?: Principal;
  readonly epoch?: number;
  readonly at?: Instant;
  readonly confirm?: Caller['confirm'];
}
const caller = ({ principal = person('ann'), delegate, epoch = 2, ...more }: CallerParts = {}) =>
  ({
    ...{ principal, epoch, at: LONG_AGO, confirm: async () => undefined, roles: async () => ['r'] },
    ...(delegate === undefined ? {} : { delegate: { principal: delegate, roles: [] } }),
    ...more,
  }) as unknown as Caller;

it('nobody known has the authority of an anonymous caller, and no rank', async () => {
  const { parts, roster } = gate();
  const standing = anonymousStanding({ roster, at: LONG_AGO }, new Date(0));
  expect(standing).toEqual({
    known: { roster, at: LONG_AGO },
    caller: undefined,
    authority: mintAnonymous(new Date(0)),
  });
  expect(await rankIn(parts, standing)).toBe(NO_RANK);
});

describe('the standing of a caller', () => {
  it('is their authority with the roles and friends that they have, since they signed in', async () => {
    const { parts, roster } = gate();
    const at = instant();
    const standing = await standingOf(parts, method(), caller({ at }));
    expect(standing.known).toEqual({ roster, at });
    expect(standing.authority).toMatchObject({ as: 'user', principal: { _id: 'ann' }, roles: ['r'], friends: ['f'] });
  });

  it('is that of the transaction, where it is taken in one', async () => {
    const { parts, roster, tx, rolesAndFriendsIn } = gate();
    const before = await standingOf(parts, method(), caller());
    const old = { ...before, known: { ...before.known, roster: { ...roster, epoch: 1 } } };
    const standing = await standingIn(parts, { method: method(), standing: old }, tx);
    expect(standing.known).toEqual({ roster, at: before.known.at });
    expect(standing.authority).toMatchObject({ as: 'user', principal: { _id: 'ann' }, roles: ['r'] });
    expect(rolesAndFriendsIn).toHaveBeenCalledWith(tx, 2, 'ann');
  });

  const ways = [
    ['before a call', (g: ReturnType<typeof gate>, who: Caller, m = method()) => standingOf(g.parts, m, who)],
    ['after it', (g: ReturnType<typeof gate>, who: Caller, m = method()) => standingNow(g.parts, m, who)],
    [
      'in a transaction',
      (g: ReturnType<typeof gate>, who: Caller, m = method()) =>
        standingIn(
          g.parts,
          { method: m, standing: { known: { roster: g.roster, at: LONG_AGO }, caller: who } as never },
          g.tx,
        ),
    ],
  ] as const;

  it.each(ways)('is refused once they or the service were disabled or closed: %s', async (_, stand) => {
    const old = { epoch: 1 };
    const active = gate({ people: [person('ann'), person('portal')], admins: [entry('portal')] });
    expect((await stand(active, caller(old))).caller.epoch).toBe(2);
    expect((await stand(active, caller({ ...old, delegate: person('portal') }))).authority.principal._id).toBe('ann');
    const disabled = gate({ people: [person('ann', { state: 'disabled' })] });
    await expect(stand(disabled, caller(old))).rejects.toMatchObject({ reason: 'account_disabled' });
    await expect(stand(gate(), caller(old))).rejects.toMatchObject({ reason: 'account_closed' });
    const service = { people: [person('ann'), person('portal', { state: 'disabled' })], admins: [entry('portal')] };
    const through = caller({ ...old, delegate: person('portal') });
    await expect(stand(gate(service), through)).rejects.toMatchObject({ reason: 'account_disabled' });
  });

  it.each(ways)('is refused through a service that may not call the method: %s', async (_, stand) => {
    const through = caller({ delegate: person('portal') });
    const refused = { reason: 'delegation_refused', message: 'The service portal may not act for ann' };
    await expect(stand(gate(), through)).rejects.toMatchObject(refused);
    for (const limit of [{ role: 'readOnly' as const }, { commands: ['x'] }, { as: ['bea'] }]) {
      await expect(stand(gate({ admins: [entry('portal', limit)] }), through)).rejects.toMatchObject(refused);
    }
    await stand(gate({ admins: [entry('portal', { as: ['ann'] })] }), through);
    // What is open shows nothing but the caller's own rights.
    await stand(gate({ admins: [entry('portal', { commands: ['x'] })] }), through, method({ open: true }));
  });

  it.each(ways.slice(1))('is refused once the credential is: %s', async (_, stand) => {
    const who = caller({ confirm: () => Promise.reject(new Error('it was withdrawn')) });
    await expect(stand(gate(), who)).rejects.toThrow('it was withdrawn');
  });
});

describe('the rank of a caller of methods', () => {
  it('is that of the roster, by what the database has now where that is asked for', async () => {
    const { parts } = gate({ people: [person('ann')], admins: [entry('ann', { role: 'readOnly' })] });
    expect((await rankIn(parts, await standingOf(parts, method(), caller()))).role).toBe('readOnly');
    const command = (effect: 'read' | 'write') => ({ ...acting, name: 'x', effect, user: 'ignored' }) as const;
    const asking = { caller: caller({ epoch: 1 }), address: '::1' };
    expect(await administers(parts, asking, command('read'))).toBe(true);
    expect(await administers(parts, asking, command('write'))).toBe(false);
    const disabled = gate({ people: [person('ann', { state: 'disabled' })], admins: [entry('ann')] });
    expect(await administers(disabled.parts, asking, command('read'))).toBe(false);
    expect(disabled.get).toHaveBeenCalledWith(principals, 'ann');
  });

  it('is full for what only administrators do', async () => {
    const { parts } = gate({ admins: [entry('ann'), entry('bea', { role: 'readOnly' })] });
    const standing = (who: string) => standingOf(parts, method(), caller({ principal: person(who) }));
    const asked = { method: method(), params: {}, origin: { address: '::1' } as Origin };
    expect(await administratorOf(parts, await standing('ann'), asked)).toEqual({
      authority: mintAdmin(NOW),
      ruling: { rule: 'default:full' },
    });
    for (const who of ['bea', 'cec']) {
      await expect(administratorOf(parts, await standing(who), asked)).rejects.toMatchObject({
        reason: 'full_rights_required',
      });
    }
  });
});

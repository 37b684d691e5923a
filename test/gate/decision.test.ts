import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { CallContext, Caller, Validated } from '../../src/gate/callContext.ts';
import {
  AlreadyRecorded,
  callOf,
  confirm,
  type Decided,
  decided,
  decisionOf,
  refuseRecorded,
  renewDecision,
  sameDecision,
} from '../../src/gate/decision.ts';
import type { GateParts } from '../../src/gate/parts.ts';
import { PolicyHolder } from '../../src/gate/policy/policyHolder.ts';
import { assertRank } from '../../src/gate/rights.ts';
import { mintAdmin, mintUser } from '../../src/identity/mintAuthority.ts';
import { type Principal, principals } from '../../src/identity/principal.ts';
import { NO_RANK, type Rank } from '../../src/identity/rank.ts';
import { emptyRoster, type Roster, type RosterEntry } from '../../src/identity/roster.ts';
import type { Command } from '../../src/operations/operation.ts';
import { type Instant, instant, LONG_AGO } from '../../src/store/instant.ts';
import type { Transaction } from '../../src/store/transaction.ts';
import { acting } from '../support/acting.ts';
import { entry, NOW, person } from '../support/people.ts';

const command = (more: object = {}) =>
  ({ ...acting, name: 'x', effect: 'write', user: 'optionalSubject', ...more }) as unknown as Command;
const full: Rank = { role: 'full', source: 'roster' };

/** The gate over a database with these principals and administrators, at a later epoch than the callers know. */
function gate(
  { people = [], admins = [] }: { people?: Principal[]; admins?: RosterEntry[] } = {},
  at: Instant = LONG_AGO,
) {
  const roster: Roster = { ...emptyRoster(), revision: 7, admins, epoch: 2 };
  const known = vi.fn(async () => ({ roster, at }));
  const get = vi.fn(async (from: unknown, id: string) =>
    from === principals ? (people.find((p) => p._id === id) ?? null) : roster,
  );
  const rolesAndFriends = { roles: ['r'], friends: ['f'] };
  const parts = {
    database: { get },
    rights: { known },
    dependencies: {
      rules: { configured: [], issuers: [] },
      people: { rolesAndFriends: async () => rolesAndFriends, rolesAndFriendsIn: async () => rolesAndFriends },
    },
    policy: new PolicyHolder(),
    boundNames: { of: async () => [] },
    now: () => NOW,
  } as unknown as GateParts;
  return { parts, roster, known, tx: { rely: get, now: NOW } as unknown as Transaction, get };
}

const contextOf = (more: object = {}, at: Instant = LONG_AGO): CallContext =>
  ({
    caller: { principal: person('ann'), epoch: 2, confirm: async () => undefined },
    roles: [],
    rank: NO_RANK,
    known: { roster: emptyRoster(), at },
    decoded: { user: 'u' },
    origin: { requestId: 'r' },
    ...more,
  }) as unknown as CallContext;
const validated = (more: object = {}): Validated =>
  ({ params: {}, options: {}, subject: undefined, ...more }) as Validated;

describe('a decision', () => {
  const ann = person('ann');
  const authority = (friends: readonly string[] = []) => mintUser(ann, { roles: [], friends }, new Date(0));
  const decision = (more: Partial<Decided> = {}): Decided =>
    ({
      known: { roster: emptyRoster(), at: LONG_AGO },
      rank: full,
      authority: authority(),
      own: false,
      ...more,
    }) as Decided;
  const later = { known: { roster: { ...emptyRoster(), revision: 9 }, at: LONG_AGO } };

  it('is the same where rank and authority are, and the roster where more rests on it', () => {
    expect(sameDecision(decision(), decision())).toBe(true);
    expect(sameDecision(decision(), decision(later))).toBe(true);
    expect(sameDecision(decision({ own: true }), decision())).toBe(true);
    expect(sameDecision(decision({ own: true }), decision(later))).toBe(false);
    expect(sameDecision(decision(), decision({ rank: { ...full, commands: ['x'] } }))).toBe(false);
    expect(sameDecision(decision(), decision({ authority: authority(['f']) }))).toBe(false);
    expect(sameDecision(decision(), decision({ authority: mintAdmin(NOW) }))).toBe(false);
  });

  it('has the authority of the subject, or all rights, and says when it rests on the own one of the actor', async () => {
    const { parts } = gate();
    const context = contextOf({ rank: full });
    expect((await decisionOf(parts, context, validated())).authority).toEqual(mintAdmin(NOW));
    const made = await decisionOf(parts, context, validated({ subject: person('bea') }));
    expect(made).toMatchObject({ rank: full, own: false, authority: { as: 'user', principal: { _id: 'bea' } } });
    expect(made.decoded).toBe(context.decoded);
    expect(await made.ownAuthority()).toMatchObject({ as: 'user', principal: { _id: 'ann' }, friends: ['f'] });
    expect(made.own).toBe(true);
  });
});

const ways = [
  [
    'with current data',
    (g: ReturnType<typeof gate>, context: CallContext, of: Command, v: Validated) =>
      decided(g.parts, { context, command: of, validated: v }),
  ],
  [
    'in a transaction',
    (g: ReturnType<typeof gate>, context: CallContext, of: Command, v: Validated) =>
      confirm(g.parts, { context, command: of, validated: v }, g.tx),
  ],
] as const;

describe.each(ways)('a call that is decided once more %s', (way, decide) => {
  const old = (more: object = {}) =>
    contextOf({ caller: { principal: person('ann'), epoch: 1, confirm: async () => undefined, ...more } });

  it('is allowed by what its actor may now', async () => {
    const world = gate({ people: [person('ann')], admins: [entry('ann', { commands: ['x'] })] });
    const context = old();
    const made = await decide(world, context, command(), validated());
    expect(made).toMatchObject({ rank: { role: 'full', commands: ['x'] }, caller: { epoch: 2 }, own: false });
    expect(made.authority).toEqual(mintAdmin(NOW));
    expect(made.decoded).toBe(context.decoded);
    expect(context).toMatchObject({ rank: { commands: ['x'] }, rule: 'default:full:limited' });
    expect(await made.ownAuthority()).toMatchObject({ as: 'user', principal: { _id: 'ann' } });
    if (way === 'with current data') expect(context.known.roster).toBe(world.roster);
    const as = await decide(world, old(), command(), validated({ subject: person('bea'), epoch: 2 }));
    expect(as.authority).toMatchObject({ as: 'user', principal: { _id: 'bea' }, roles: ['r'] });
  });

  it.each<[string, Parameters<typeof gate>[0], object, object, string]>([
    ['whose actor is no administrator any more', { people: [person('ann')] }, {}, {}, 'not_admin'],
    [
      'whose actor is disabled',
      { people: [person('ann', { state: 'disabled' })], admins: [entry('ann')] },
      {},
      {},
      'not_admin',
    ],
    ['whose actor is gone', { admins: [entry('ann')] }, {}, {}, 'not_admin'],
    [
      'of one who may only read',
      { people: [person('ann')], admins: [entry('ann', { role: 'readOnly' })] },
      {},
      {},
      'rights_required',
    ],
    [
      'of one limited to others',
      { people: [person('ann')], admins: [entry('ann', { commands: ['y'] })] },
      {},
      {},
      'command_not_allowed',
    ],
    [
      'as one whom they may not act as',
      { people: [person('ann')], admins: [entry('ann', { as: ['cec'] })] },
      { subject: person('bea'), epoch: 2 },
      {},
      'subject_not_allowed',
    ],
    [
      'as one who was disabled meanwhile',
      { people: [person('ann'), person('bea', { state: 'disabled' })], admins: [entry('ann')] },
      { subject: person('bea'), epoch: 1 },
      {},
      'user_unknown',
    ],
    [
      'through a service that may not act any more',
      { people: [person('ann'), person('portal')], admins: [entry('ann')] },
      {},
      { delegate: { principal: person('portal'), roles: [] } },
      'delegation_refused',
    ],
  ])('is refused %s', async (_, world, subject, caller, reason) => {
    await expect(decide(gate(world), old(caller), command(), validated(subject))).rejects.toMatchObject({ reason });
  });

  it('is judged by the roles in the token where these decide', async () => {
    const world = gate({ people: [person('ann')] });
    const rules = { configured: [], issuers: [], tokenRoles: { full: ['F'], readOnly: ['R'] } };
    Object.assign(world.parts.dependencies, { rules });
    const context = old();
    context.roles = ['F'];
    expect((await decide(world, context, command(), validated())).rank).toMatchObject({
      role: 'full',
      source: 'token',
    });
    context.roles = ['R'];
    await expect(decide(world, context, command(), validated())).rejects.toMatchObject({ reason: 'rights_required' });
  });
});

describe('a decision that is to be fresh', () => {
  it('is made again only where it is older than a second', async () => {
    const world = gate({ admins: [entry('ann')] });
    await renewDecision(world.parts, { context: contextOf({}, instant()), command: command(), validated: validated() });
    expect(world.known).not.toHaveBeenCalled();
  });

  it('is made again until it is, but not forever', async () => {
    const fresh = gate({ admins: [entry('ann')] }, instant());
    await renewDecision(fresh.parts, { context: contextOf(), command: command(), validated: validated() });
    expect(fresh.known).toHaveBeenCalledTimes(1);
    const stale = gate({ admins: [entry('ann')] });
    const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
    onTestFinished(() => clock.mockRestore());
    stale.known.mockImplementation(async () => {
      clock.mockReturnValue(performance.now() + 10_000);
      return { roster: stale.roster, at: LONG_AGO };
    });
    await expect(
      renewDecision(stale.parts, { context: contextOf(), command: command(), validated: validated() }),
    ).rejects.toMatchObject({ reason: 'conflict_busy' });
    expect(stale.known).toHaveBeenCalledTimes(5);
    await expect(
      renewDecision(gate().parts, { context: contextOf(), command: command(), validated: validated() }),
    ).rejects.toMatchObject({
      ...{ reason: 'not_admin' },
    });
  });
});

it('a command gets the actor, the service, the subject and the authority of its call', () => {
  const { parts } = gate();
  const [ann, bea, portal] = ['ann', 'bea', 'portal'].map((id) => person(id)) as [Principal, Principal, Principal];
  const ownAuthority = async () => mintUser(ann, { roles: [], friends: [] }, new Date(0));
  const base = {
    rank: full,
    decoded: { user: 'u' },
    authority: mintAdmin(NOW),
    ownAuthority,
  } as never as Decided;
  const origin = { requestId: 'r', address: '192.0.2.1' } as CallContext['origin'];
  const call = (caller: object, subject?: Principal) =>
    callOf(
      parts,
      { origin, roles: [] },
      { ...base, caller: caller as Caller, subject, run: { reader: parts.database, now: NOW } },
    );
  const holder = { principal: ann, rank: full, tokenRoles: [], credential: 'c', address: '192.0.2.1' };
  const actor = { principal: ann, rank: full, tokenRoles: [] };
  const own = call({ principal: ann, credential: 'c' });
  expect(Object.getPrototypeOf(own)).toBe(parts.dependencies);
  expect({ ...own }).toEqual({
    ...{ holder, reader: parts.database, actor, user: 'u', principal: ann, authority: mintAdmin(NOW), ownAuthority },
    ...{ now: NOW, requestId: 'r', privileges: expect.anything() },
  });
  const through = call({ principal: ann, delegate: { principal: portal, roles: [] } }, bea);
  expect(through).toMatchObject({ actor: { principal: ann, delegate: portal }, principal: bea });
});

it('who has no rank is refused by name', async () => {
  const { parts, roster } = gate({});
  const caller = { principal: person('ann') };
  const view = { roster, reader: parts.database };
  await expect(assertRank(parts, { caller, rank: NO_RANK, roles: [] }, view)).rejects.toThrow(
    'User ann is not an admin',
  );
  await assertRank(parts, { caller, rank: full, roles: [] }, view);
});

it('a result that is withheld says why to nobody but the log', () => {
  const cause = new Error('a right was withdrawn');
  expect(() => refuseRecorded(cause)).toThrow(AlreadyRecorded);
  expect(() => refuseRecorded(cause)).toThrow(expect.objectContaining({ message: 'the answer was withheld', cause }));
});

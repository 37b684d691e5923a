import { describe, expect, it, vi } from 'vitest';
import {
  bindConfigured,
  bindName,
  bindsByName,
  configuredWarnings,
  isConfigured,
  isSubject,
  subjectIn,
  withoutIdleEntries,
} from '../../src/identity/configuredAdmins.ts';
import type { Principal } from '../../src/identity/principal.ts';
import {
  type AdminRules,
  advanceEpoch,
  assertAdminRemains,
  dropFromRoster,
  emptyRoster,
  hasLastingAdmin,
  ROSTER_ID,
  type Roster,
  type RosterEntry,
  rosterIn,
} from '../../src/identity/roster.ts';
import { KBASE_ISSUER } from '../../src/identity/token.ts';
import type { Reader } from '../../src/store/collection.ts';
import type { Transaction } from '../../src/store/transaction.ts';

const rules = (...configured: string[]): AdminRules => ({ configured, issuers: ['jwt'] });
const principal = (more: Partial<Principal> = {}): Principal => ({
  ...{ _id: 'p1', revision: 1, username: 'ann', kind: 'person', state: 'active', living: true, createdAt: new Date(0) },
  ...{ issuer: 'jwt', subject: 's1' },
  ...more,
});
const bound = (entry: string, id: string): Roster => ({ ...emptyRoster(), bindings: [{ entry, principal: id }] });
const staff = { issuer: 'steward', kind: 'staff' } as const;

describe('an entry id:SUBJECT of ws-admin', () => {
  it('names a subject, and any other entry a user', () => {
    expect(['id:s1', 'id:', 'ann', 'xid:s1'].map(subjectIn)).toEqual(['s1', '', undefined, undefined]);
  });

  it('means this subject of the issuer of signed tokens, and no account of staff', () => {
    const means = (more: Partial<Principal>, of = rules('id:s1')) => isSubject(of, 'id:s1', principal(more));
    expect(means({})).toBe(true);
    expect(means({ username: 'another' })).toBe(true);
    expect(means({ subject: 's2' })).toBe(false);
    expect(means({ issuer: 'another' })).toBe(false);
    expect(means({ kind: 'staff' })).toBe(false);
    expect(isSubject(rules('s1'), 's1', principal())).toBe(false);
    // KBase's tokens carry no id.
    expect(means({ issuer: KBASE_ISSUER }, { ...rules('id:s1'), issuers: [KBASE_ISSUER] })).toBe(false);
    expect(means({}, { ...rules('id:s1'), issuers: [KBASE_ISSUER, 'jwt'] })).toBe(true);
  });

  it('is left out where no token has a subject', () => {
    const both = rules('id:s1', 'ann');
    expect(withoutIdleEntries(both)).toBe(both);
    const idle = { ...both, issuers: [KBASE_ISSUER] };
    expect(withoutIdleEntries(idle)).toEqual({ ...idle, configured: ['ann'] });
  });
});

describe('whether a principal is an administrator by the configuration', () => {
  const none = emptyRoster();

  it.each<[string, boolean, AdminRules, Roster, Principal]>([
    ['bound to an entry', true, rules('boss'), bound('boss', 'p1'), principal()],
    ['bound to an entry that is no longer there', false, rules('another'), bound('boss', 'p1'), principal()],
    ['while another is bound', false, rules('ann'), bound('ann', 'p2'), principal()],
    ['of the name, and not bound', false, rules('ann'), none, principal()],
    ['of the subject', true, rules('id:s1'), none, principal()],
    ['of one of the subjects', true, rules('id:s2', 'id:s1'), none, principal()],
    ['of another subject', false, rules('id:s2'), none, principal()],
    ['pending under the name', true, rules('ann'), none, principal({ subject: undefined } as never)],
    [
      'pending under a name that is bound',
      false,
      rules('ann'),
      bound('ann', 'p2'),
      principal({ subject: undefined } as never),
    ],
    ['pending under another name', false, rules('bea'), none, principal({ subject: undefined } as never)],
    [
      'closed before they ever signed in',
      false,
      rules('ann'),
      none,
      principal({ subject: undefined, living: false } as never),
    ],
    ['an account of staff, bound', false, rules('ann'), bound('ann', 'p1'), principal({ kind: 'staff' })],
    ['an account of staff, of the subject', false, rules('id:s1'), none, principal({ kind: 'staff' })],
  ])('%s: %s', (_, configured, of, roster, who) => {
    expect(isConfigured(of, roster, who)).toBe(configured);
  });

  it('the next holder of a name becomes one if it is configured and nobody is bound to it', () => {
    expect(bindsByName(rules('ann'), none, 'ann')).toBe(true);
    expect(bindsByName(rules('ann'), none, 'bea')).toBe(false);
    expect(bindsByName(rules('ann'), bound('ann', 'p2'), 'ann')).toBe(false);
    expect(bindsByName(rules('ann'), bound('bea', 'p2'), 'ann')).toBe(true);
  });

  it('a name is bound to the first who has it in a token of a configured issuer, and to no account of staff', async () => {
    const bind = async (of: AdminRules, who: Principal, roster: Roster = none) => {
      const update = vi.fn(async (_: unknown, __: unknown, after: Roster) => after);
      await bindName({ get: async () => roster, update } as unknown as Transaction, of, who);
      return update.mock.calls.map(([, , after]) => after.bindings);
    };
    expect(await bind(rules('ann'), principal())).toEqual([[{ entry: 'ann', principal: 'p1' }]]);
    expect(await bind(rules('ann', 'bea'), principal(), bound('bea', 'p2'))).toEqual([
      [...bound('bea', 'p2').bindings, { entry: 'ann', principal: 'p1' }],
    ]);
    expect(await bind(rules('ann'), principal(), bound('ann', 'p2'))).toEqual([]);
    expect(await bind(rules('bea'), principal())).toEqual([]);
    expect(await bind(rules('ann'), principal({ issuer: 'another' }))).toEqual([]);
    expect(await bind(rules('ann'), principal({ issuer: undefined } as never))).toEqual([]);
    expect(await bind(rules('ann'), principal({ kind: 'staff' }))).toEqual([]);
    expect(await bind({ ...rules('ann'), tokenRoles: { full: [], readOnly: [] } }, principal())).toEqual([]);
  });
});

it('at start each free name is bound to who holds it, and names that are gone and accounts of staff are free again', async () => {
  const people = [
    principal({ _id: 'p-boss', username: 'boss' }),
    principal({ _id: 'p-old', username: 'renamed' }),
    principal({ _id: 'p-staff', username: 'curator', kind: 'staff' }),
    principal({ _id: 'p-ann', username: 'ann' }),
    principal({ _id: 'p-other', username: 'other', issuer: 'another' }),
    principal({ _id: 'p-clerk', username: 'clerk', kind: 'staff' }),
    principal({ _id: 's9', username: 'id:s9' }),
  ];
  const bind = async (of: AdminRules, bindings: Roster['bindings']) => {
    const update = vi.fn(async (_: unknown, __: unknown, after: Roster) => after);
    const find = async (
      _: unknown,
      filter: { _id?: { $in: string[] }; username?: { $eq: string }; living?: boolean },
    ) =>
      people.filter((p) =>
        filter._id === undefined
          ? p.username === filter.username?.$eq && filter.living === true
          : filter._id.$in.includes(p._id),
      );
    await bindConfigured(
      { get: async () => ({ ...emptyRoster(), bindings }), find, update } as unknown as Transaction,
      of,
    );
    return update.mock.calls.map(([, , after]) => after.bindings);
  };
  const to = (entry: string, id: string) => ({ entry, principal: id });
  // Who is bound stays so under any name.
  const kept = [to('boss', 'p-old'), to('chief', 'p-boss')];
  const present = [...kept, to('gone', 'p-ann'), to('curator', 'p-staff')];
  const named = rules('boss', 'chief', 'curator', 'ann', 'other', 'clerk', 'nobody', 'id:s9');
  expect(await bind(named, present)).toEqual([[...kept, to('ann', 'p-ann')]]);
  expect(await bind({ ...named, tokenRoles: { full: [], readOnly: [] } }, present)).toEqual([]);
});

describe('the roster', () => {
  const admins = ['ann', 'bea'].map((who) => ({
    principal: who,
    role: 'full' as const,
    addedAt: new Date(0),
    addedBy: 'x',
  }));
  const roster: Roster = { ...emptyRoster(), admins, epoch: 4 };

  it('begins empty, and cannot be missing in a transaction', async () => {
    expect(emptyRoster()).toEqual({ _id: ROSTER_ID, revision: 0, admins: [], bindings: [], epoch: 0 });
    expect(await rosterIn({ get: async () => roster } as unknown as Transaction)).toBe(roster);
    await expect(rosterIn({ get: async () => null } as unknown as Transaction)).rejects.toThrow(
      'the roster is missing: the database was not prepared',
    );
  });

  it('loses one administrator, or tells every instance that rights may have gone', async () => {
    const update = vi.fn(async (_: unknown, __: unknown, after: Roster) => after);
    const tx = { get: async () => roster, update } as unknown as Transaction;
    await dropFromRoster(tx, roster, 'ann');
    await advanceEpoch(tx);
    expect(update.mock.calls.map(([, , after]) => after)).toEqual([
      { ...roster, admins: admins.slice(1) },
      { ...roster, epoch: 5 },
    ]);
  });
});

it('the operator is told which names in ws-admin make nobody an administrator', async () => {
  const closed = principal({ _id: 'p2', username: 'gone', living: false, state: 'former' });
  const reader = (living: Principal[]) =>
    ({
      find: async (_: unknown, filter: { _id?: { $in: string[] }; username?: { $in: string[] } }) =>
        filter._id === undefined
          ? living.filter((p) => filter.username?.$in.includes(p.username))
          : [closed, principal()].filter((p) => filter._id?.$in.includes(p._id)),
    }) as unknown as Reader;
  const roster = {
    ...bound('gone', 'p2'),
    bindings: [...bound('gone', 'p2').bindings, { entry: 'ann', principal: 'p1' }],
  };
  expect(await configuredWarnings(reader([]), rules('gone', 'ann'), roster)).toEqual([
    expect.stringMatching(/^ws-admin names gone, which is the closed account gone~\w+: name another, or id:<subject>$/),
  ]);
  const warned = (holder: Principal) => configuredWarnings(reader([holder]), rules('ann'), emptyRoster());
  expect(await warned(principal())).toEqual([]);
  // Nobody is warned of a name that is bound.
  const old = principal({ issuer: 'old' });
  expect(await configuredWarnings(reader([old]), rules('ann'), bound('ann', 'p1'))).toEqual([]);
  expect(await warned(principal({ issuer: undefined } as never))).toEqual([]);
  const said = (what: string) =>
    `ws-admin names ann, but the user of this name is ${what}, which cannot be an administrator by ws-admin. Nobody else can ` +
    'sign in under the name meanwhile. Have an administrator rename or delete the account (renameUser, updateStaff, ' +
    'deleteUser); if there is none, name another user in ws-admin until that is done';
  expect(await warned(principal({ ...staff }))).toEqual([said('a staff account or a local account')]);
  expect(await warned(principal({ issuer: 'old' }))).toEqual([
    said('an account of the issuer old, whose tokens are not taken any more'),
  ]);
});

describe('an administrator remains', () => {
  const entry = (more: Partial<RosterEntry> = {}): RosterEntry => ({
    ...{ principal: 'ann', role: 'full', addedAt: new Date(0), addedBy: 'boss' },
    ...more,
  });
  const active = (...ids: string[]) =>
    ({
      get: async () => ({ ...emptyRoster(), admins: [entry()] }),
      find: async (_: unknown, filter: { _id: { $in: string[] }; state: string }) =>
        ids.filter((id) => filter._id.$in.includes(id) && filter.state === 'active'),
    }) as unknown as Transaction;
  const remains = (reader: Reader, ...admins: RosterEntry[]) => hasLastingAdmin(reader, { ...emptyRoster(), admins });

  it('where one is full, active, lasting and without a limit', async () => {
    expect(await remains(active('ann'), entry())).toBe(true);
    expect(await remains(active('bea'), entry({ role: 'readOnly' }), entry({ principal: 'bea' }))).toBe(true);
    expect(await remains(active('bea'), entry())).toBe(false);
    expect(await remains(active('ann'))).toBe(false);
  });

  it.each<Partial<RosterEntry>>([
    { role: 'readOnly' },
    { commands: [] },
    { as: [] },
    { delegatedOnly: true },
    { expires: new Date('2099-01-01') },
    { scope: 'iiif' },
  ])('but not where all that is left has a limit: %j', async (more) => {
    expect(await remains(active('ann'), entry(more))).toBe(false);
  });

  it('by the configuration, or by the roles in tokens, always', async () => {
    await assertAdminRemains(active(), rules('boss'));
    await assertAdminRemains(active(), { ...rules(), tokenRoles: { full: [], readOnly: [] } });
    await assertAdminRemains(active('ann'), rules());
    await expect(assertAdminRemains(active(), rules())).rejects.toMatchObject({ reason: 'last_admin' });
  });
});

import { describe, expect, it } from 'vitest';
import type { Principal } from '../../src/identity/principal.ts';
import {
  BOOTSTRAP_RANK,
  covers,
  delegated,
  type Limits,
  mayActFor,
  NO_RANK,
  ownRank,
  type Rank,
  rankOf,
} from '../../src/identity/rank.ts';
import { type AdminRules, emptyRoster, type Roster, type RosterEntry } from '../../src/identity/roster.ts';

const NOW = new Date('2024-06-01T00:00:00Z');
const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

const principal = (more: Partial<Principal> = {}): Principal => ({
  ...{ _id: 'ann', revision: 1, username: 'ann', kind: 'person', state: 'active', living: true, createdAt: NOW },
  ...more,
});
const roster = (...admins: Partial<RosterEntry>[]): Roster => ({
  ...emptyRoster(),
  admins: admins.map((entry) => ({ principal: 'ann', role: 'full', addedAt: NOW, addedBy: 'boss', ...entry })),
});
const RULES: AdminRules = { configured: [], issuers: [] };
const TOKEN_RULES: AdminRules = { ...RULES, tokenRoles: { full: ['F'], readOnly: ['R'] } };

describe('the rank of a principal', () => {
  const of = (who: Principal, roles: readonly string[], admins: Roster, rules: AdminRules = RULES) =>
    rankOf(who, roles, { rules, roster: admins, now: NOW });

  it.each(['pending', 'disabled', 'former'] as const)(
    'is none in the state %s, wherever it would come from',
    (state) => {
      const who = principal({ state });
      expect(of(who, [], roster({}))).toEqual(NO_RANK);
      expect(of(who, ['F'], roster(), TOKEN_RULES)).toEqual(NO_RANK);
      expect(of(who, [], { ...roster(), bindings: [{ entry: 'ann', principal: 'ann' }] }, CONFIGURED)).toEqual(NO_RANK);
    },
  );

  const CONFIGURED: AdminRules = { ...RULES, configured: ['ann'] };

  it('is that of its own entry in the roster, with every limit of it', () => {
    const limits: Partial<RosterEntry> = {
      ...{ role: 'readOnly', commands: ['listUsers'], as: ['bea'], asRoles: ['curators'] },
      ...{ delegatedOnly: true, expires: at(1), scope: 'iiif' },
    };
    expect(of(principal(), [], roster({ principal: 'bea' }, limits))).toEqual({ ...limits, source: 'roster' });
    expect(of(principal(), [], roster({}))).toStrictEqual({ role: 'full', source: 'roster' });
    expect(of(principal(), [], roster({ principal: 'bea' }))).toEqual(NO_RANK);
  });

  it('ends at the instant at which its entry expires', () => {
    expect(of(principal(), [], roster({ expires: at(0.001) })).role).toBe('full');
    expect(of(principal(), [], roster({ expires: NOW }))).toEqual(NO_RANK);
    expect(of(principal(), [], roster({ expires: at(-1), scope: 'iiif' }), TOKEN_RULES)).toEqual(NO_RANK);
  });

  it('comes from the configuration before it comes from the roster', () => {
    const bound = { ...roster({ role: 'readOnly' }), bindings: [{ entry: 'ann', principal: 'ann' }] };
    expect(of(principal(), [], bound, CONFIGURED)).toEqual({ role: 'full', source: 'config' });
  });

  it('comes from the roles in the token alone where these are configured', () => {
    const both = { ...CONFIGURED, ...TOKEN_RULES, configured: ['ann'] };
    const bound = { ...roster({}), bindings: [{ entry: 'ann', principal: 'ann' }] };
    expect(of(principal(), [], bound, both)).toEqual(NO_RANK);
    expect(of(principal(), ['x'], bound, both)).toEqual(NO_RANK);
    expect(of(principal(), ['x', 'R'], bound, both)).toEqual({ role: 'readOnly', source: 'token' });
    expect(of(principal(), ['R', 'F'], bound, both)).toEqual({ role: 'full', source: 'token' });
  });

  it('of an administrator of one system comes from the roster also where roles come from the token', () => {
    const scoped = roster({ scope: 'iiif' });
    expect(of(principal(), ['F'], scoped, TOKEN_RULES)).toEqual({ role: 'full', source: 'roster', scope: 'iiif' });
  });
});

it('a right only to act for others gives none to act by oneself', () => {
  const rank: Rank = { role: 'full', source: 'roster' };
  expect(ownRank(rank)).toBe(rank);
  expect(ownRank({ ...rank, delegatedOnly: true })).toEqual(NO_RANK);
});

describe('a service may act', () => {
  const service = (more: Partial<Rank>): Rank => ({ role: 'full', source: 'roster', ...more });

  it('for nobody if it has no right of its own', () => {
    expect(mayActFor(NO_RANK, principal(), [])).toBe(false);
    expect(mayActFor({ ...NO_RANK, as: ['ann'] }, principal(), [])).toBe(false);
  });

  it('for anybody without a limit', () => {
    expect(mayActFor(service({}), principal(), [])).toBe(true);
    expect(mayActFor(service({ role: 'readOnly' }), principal(), [])).toBe(true);
  });

  it('within its limit for those named in it, and for those with a role that is named in it', () => {
    expect(mayActFor(service({ as: [] }), principal(), ['curators'])).toBe(false);
    expect(mayActFor(service({ as: ['bea'] }), principal(), ['bea'])).toBe(false);
    expect(mayActFor(service({ as: ['bea', 'ann'] }), principal(), [])).toBe(true);
    const ofRoles = service({ as: [], asRoles: ['curators'] });
    expect(mayActFor(ofRoles, principal(), ['x', 'curators'])).toBe(true);
    expect(mayActFor(ofRoles, principal(), ['x'])).toBe(false);
    expect(mayActFor(ofRoles, principal({ _id: 'curators' }), [])).toBe(false);
  });
});

describe('the rank of a person through a service', () => {
  it.each([
    ['full', 'full', 'full'],
    ['full', 'readOnly', 'readOnly'],
    ['readOnly', 'full', 'readOnly'],
    ['readOnly', 'readOnly', 'readOnly'],
    ['none', 'full', 'none'],
    ['full', 'none', 'none'],
    ['bootstrap', 'full', 'none'],
    ['full', 'bootstrap', 'none'],
  ] as const)('of %s and %s is %s', (own, service, both) => {
    const through: Rank = { role: service, source: 'roster' };
    expect(delegated({ role: own, source: 'config' }, through)).toEqual({ role: both, source: 'config', through });
  });

  it("ends at the earlier end, and has the limits of the person beside the service's", () => {
    const rank = (expires?: Date): Rank => ({ role: 'full', source: 'roster', ...(expires ? { expires } : {}) });
    expect(delegated(rank(at(1)), rank(at(2))).expires).toEqual(at(1));
    expect(delegated(rank(at(2)), rank(at(1))).expires).toEqual(at(1));
    expect(delegated(rank(), rank(at(2))).expires).toEqual(at(2));
    expect(delegated(rank(at(3)), rank()).expires).toEqual(at(3));
    expect(delegated(rank(), rank())).not.toHaveProperty('expires');
    const limited = { ...rank(), commands: ['listUsers'] };
    expect(delegated(limited, { ...rank(), as: ['ann'] })).toEqual({
      ...limited,
      through: { ...rank(), as: ['ann'] },
    });
  });
});

describe('whether rights may be handed on', () => {
  const full: Rank = { role: 'full', source: 'roster' };
  const rights: Limits = { role: 'full' };

  it.each<[string, string, boolean, Rank, Limits]>([
    ['a full administrator', 'all rights', true, full, rights],
    ['a full administrator', 'some', true, full, { ...rights, commands: ['x'], as: ['ann'], expires: at(1) }],
    ['a full administrator', 'a right to act for others', true, full, { ...rights, delegatedOnly: true }],
    ['a full administrator', 'a right to IIIF', true, full, { ...rights, scope: 'iiif' }],
    ['a full administrator', 'a right for roles', true, full, { ...rights, as: [], asRoles: ['r'] }],
    ['somebody without a right', 'all rights', false, NO_RANK, rights],
    ['a read-only administrator', 'the same', false, { ...full, role: 'readOnly' }, { role: 'readOnly' }],
    ['the holder of the secret key', 'a right to IIIF', true, BOOTSTRAP_RANK, { ...rights, scope: 'iiif' }],
    ['the holder of the secret key', 'all rights', false, BOOTSTRAP_RANK, rights],
    ['an administrator of IIIF', 'the same', true, { ...full, scope: 'iiif' }, { ...rights, scope: 'iiif' }],
    ['an administrator of IIIF', 'all rights', false, { ...full, scope: 'iiif' }, rights],
    ['one with two limits', 'one of them', false, { ...full, scope: 'iiif', as: [] }, { ...rights, scope: 'iiif' }],
    ['one limited to commands', 'more', false, { ...full, commands: ['a'] }, { ...rights, commands: ['a', 'b'] }],
    ['one limited to commands', 'all', false, { ...full, commands: ['a'] }, rights],
    ['one limited to commands', 'some', true, { ...full, commands: ['a', 'b'] }, { ...rights, commands: ['b'] }],
    ['one limited to users', 'more', false, { ...full, as: ['a'] }, { ...rights, as: ['a', 'b'] }],
    ['one limited to users', 'all', false, { ...full, as: ['a'] }, rights],
    ['one limited to users', 'some', true, { ...full, as: ['a', 'b'] }, { ...rights, as: ['b'] }],
    ['one limited to users', 'roles', false, { ...full, as: ['a'] }, { ...rights, as: ['a'], asRoles: ['r'] }],
    [
      'one limited to roles',
      'others',
      false,
      { ...full, as: [], asRoles: ['q'] },
      { ...rights, as: [], asRoles: ['r'] },
    ],
    [
      'one limited to roles',
      'the same',
      true,
      { ...full, as: [], asRoles: ['r'] },
      { ...rights, as: [], asRoles: ['r'] },
    ],
    ['one with an end', 'a later one', false, { ...full, expires: at(1) }, { ...rights, expires: at(2) }],
    ['one with an end', 'none', false, { ...full, expires: at(1) }, rights],
    ['one with an end', 'the same', true, { ...full, expires: at(1) }, { ...rights, expires: at(1) }],
    ['one who may only act for others', 'more', false, { ...full, delegatedOnly: true }, rights],
    [
      'one who may only act for others',
      'that',
      true,
      { ...full, delegatedOnly: true },
      { ...rights, delegatedOnly: true },
    ],
    ['one through a service', 'what both have', true, { ...full, through: full }, rights],
    ['one through a limited service', 'more', false, { ...full, through: { ...full, commands: ['a'] } }, rights],
    ['one through a service that reads', 'all', false, { ...full, through: { ...full, role: 'readOnly' } }, rights],
  ])('by %s, %s: %s', (_who, _what, allowed, rank, wanted) => {
    expect(covers(rank, wanted)).toBe(allowed);
  });
});

import { describe, expect, it, vi } from 'vitest';
import { NO_RULES } from '../../src/gate/policy/policy.ts';
import { rankOfCaller, rolesFor } from '../../src/gate/ranking.ts';
import type { Principal } from '../../src/identity/principal.ts';
import { BOOTSTRAP_RANK, NO_RANK } from '../../src/identity/rank.ts';
import { type AdminRules, emptyRoster, type RosterEntry } from '../../src/identity/roster.ts';
import type { SignedIn } from '../../src/identity/signIn.ts';
import { entry, NOW } from '../support/people.ts';

const RULES: AdminRules = { configured: [], issuers: [] };
const TOKEN_RULES: AdminRules = { ...RULES, tokenRoles: { full: ['F'], readOnly: ['R'] } };

const person = (_id: string): Principal => ({
  ...{ _id, revision: 1, username: _id, kind: 'person', state: 'active', living: true, createdAt: NOW },
});
const basis = (rules: AdminRules, ...admins: RosterEntry[]) => ({
  rules,
  roster: { ...emptyRoster(), admins },
  now: NOW,
});
const through = (service: string, roles: readonly string[] = []) => ({ principal: person(service), roles });

describe('the rank of a caller', () => {
  it('is that of the secret key for its holder', () => {
    const holder = { principal: person('ann'), bootstrap: true } as const;
    expect(rankOfCaller(holder, [], basis(RULES, entry('ann')))).toBe(BOOTSTRAP_RANK);
  });

  it('is their own where nobody acts for them, and none where it is for acting for others only', () => {
    const ann = { principal: person('ann') };
    expect(rankOfCaller(ann, [], basis(RULES, entry('ann')))).toEqual({ role: 'full', source: 'roster' });
    expect(rankOfCaller(ann, [], basis(RULES, entry('ann', { delegatedOnly: true })))).toEqual(NO_RANK);
    expect(rankOfCaller(ann, ['R'], basis(TOKEN_RULES))).toEqual({ role: 'readOnly', source: 'token' });
  });

  it('through a service is what both have', () => {
    const caller = { principal: person('ann'), delegate: through('portal') };
    const service = entry('portal', { as: ['ann'], delegatedOnly: true });
    expect(rankOfCaller(caller, [], basis(RULES, entry('ann', { role: 'readOnly' }), service))).toEqual({
      ...{ role: 'readOnly', source: 'roster' },
      through: { role: 'full', source: 'roster', as: ['ann'], delegatedOnly: true },
    });
    expect(rankOfCaller(caller, [], basis(RULES, service)).role).toBe('none');
    const own = entry('ann', { delegatedOnly: true });
    expect(rankOfCaller(caller, [], basis(RULES, own, service)).role).toBe('none');
  });

  it('through a service that may not act for them is refused, whatever their own', () => {
    const caller = { principal: person('ann'), delegate: through('portal') };
    for (const service of [[], [entry('portal', { as: ['bea'] })]]) {
      expect(() => rankOfCaller(caller, [], basis(RULES, entry('ann'), ...service))).toThrow(
        expect.objectContaining({ reason: 'delegation_refused', message: 'The service portal may not act for ann' }),
      );
    }
  });

  it('comes from the roles of each in the token, where roles come from there', () => {
    const rank = (roles: readonly string[], ofService: readonly string[]) =>
      rankOfCaller({ principal: person('ann'), delegate: through('portal', ofService) }, roles, basis(TOKEN_RULES))
        .role;
    expect(rank(['F'], ['F'])).toBe('full');
    expect(rank(['F'], ['R'])).toBe('readOnly');
    expect(rank([], ['F'])).toBe('none');
    expect(() => rank(['F'], [])).toThrow(expect.objectContaining({ reason: 'delegation_refused' }));
  });
});

it('the roles of a caller are asked for only where a right can depend on them', async () => {
  const roles = vi.fn(async () => ['r']);
  const caller = (more: Partial<SignedIn>) => ({ principal: person('ann'), roles, ...more }) as unknown as SignedIn;
  expect(await rolesFor(caller({}), RULES, NO_RULES.needs)).toEqual([]);
  expect(roles).not.toHaveBeenCalled();
  expect(await rolesFor(caller({}), TOKEN_RULES, NO_RULES.needs)).toEqual(['r']);
  expect(await rolesFor(caller({ delegate: through('portal') }), RULES, NO_RULES.needs)).toEqual(['r']);
  expect(await rolesFor(caller({}), RULES, { tokenRoles: true })).toEqual(['r']);
});

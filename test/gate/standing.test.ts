import { describe, expect, it, vi } from 'vitest';
import type { CallContext, Validated } from '../../src/gate/callContext.ts';
import { PolicyHolder } from '../../src/gate/policy/policyHolder.ts';
import { authorityOfJob, initiatorOf } from '../../src/gate/standing.ts';
import type { BoundNames } from '../../src/identity/boundNames.ts';
import { mintAdmin, mintService } from '../../src/identity/mintAuthority.ts';
import type { People } from '../../src/identity/people.ts';
import { type Principal, principals } from '../../src/identity/principal.ts';
import { type AdminRules, emptyRoster, type RosterEntry, rosters } from '../../src/identity/roster.ts';
import type { Initiator } from '../../src/jobs/job.ts';
import type { Command } from '../../src/operations/operation.ts';
import type { Transaction } from '../../src/store/transaction.ts';
import { acting } from '../support/acting.ts';
import { entry, NOW, person } from '../support/people.ts';

const RULES: AdminRules = { configured: [], issuers: [] };

interface World {
  readonly people?: readonly Principal[];
  readonly admins?: readonly RosterEntry[];
  readonly roster?: null;
  readonly rules?: AdminRules;
  readonly kind?: string;
}

const ann = { id: 'ann', name: 'ann' };
const portal = { id: 'portal', name: 'portal' };
const by = (more: Partial<Initiator> = {}): Initiator => ({
  ...{ actor: ann, authority: 'admin', roles: [], requestId: 'r', address: '::1' },
  ...more,
});

const command = { ...acting, name: 'changeOwner', effect: 'write', user: 'ignored' } as unknown as Command;

/** The authority of a job's next step in a database that holds this. */
function authority(initiator: Initiator, { people: known = [], admins = [], rules = RULES, ...world }: World = {}) {
  const roster = world.roster === null ? null : { ...emptyRoster(), admins };
  const rely = vi.fn(async (from: unknown, id: string) => {
    if (from === rosters) return roster;
    return from === principals ? (known.find((p) => p._id === id) ?? null) : null;
  });
  const people = {} as People;
  const parts = {
    dependencies: { rules, people },
    policy: new PolicyHolder(),
    boundNames: { of: async () => [] } as unknown as BoundNames,
    commands: new Map([[command.name, command]]),
    now: () => NOW,
  };
  const job = { initiator, kind: world.kind ?? 'changeOwner' } as never;
  return authorityOfJob(parts, { rely } as unknown as Transaction, job);
}

describe('the next step of a job', () => {
  it('is taken with all rights while its initiator is an administrator who may begin it', async () => {
    const allowed = { people: [person('ann')], admins: [entry('ann')] };
    expect(await authority(by(), allowed)).toEqual(mintAdmin(NOW));
    const limited = { ...allowed, admins: [entry('ann', { commands: ['changeOwner'] })] };
    expect(await authority(by(), limited)).toEqual(mintAdmin(NOW));
  });

  it('is taken by the service for itself', async () => {
    expect(await authority(by({ authority: 'service' }))).toEqual(mintService(NOW));
  });

  it.each<[string, World, string]>([
    ['has no rights any more', { people: [person('ann')] }, 'not_admin'],
    ['is disabled', { people: [person('ann', { state: 'disabled' })], admins: [entry('ann')] }, 'not_admin'],
    ['is no longer there', { admins: [entry('ann')] }, 'not_admin'],
    ['has rights that ended', { people: [person('ann')], admins: [entry('ann', { expires: NOW })] }, 'not_admin'],
    [
      'may only read by now',
      { people: [person('ann')], admins: [entry('ann', { role: 'readOnly' })] },
      'rights_required',
    ],
    [
      'is limited to other commands',
      { people: [person('ann')], admins: [entry('ann', { commands: ['listUsers'] })] },
      'command_not_allowed',
    ],
    ['cannot be judged without a roster', { people: [person('ann')], roster: null }, 'not_admin'],
    ['began what is no command', { people: [person('ann')], admins: [entry('ann')], kind: 'x' }, 'command_unknown'],
  ])('is refused once its initiator %s', async (_, world, reason) => {
    await expect(authority(by(), world)).rejects.toMatchObject({ reason });
  });

  it('is taken by the roles that the initiator had where roles come from the token', async () => {
    const world = { people: [person('ann')], rules: { ...RULES, tokenRoles: { full: ['F'], readOnly: ['R'] } } };
    expect(await authority(by({ roles: ['F'] }), world)).toEqual(mintAdmin(NOW));
    await expect(authority(by({ roles: ['R'] }), world)).rejects.toMatchObject({ reason: 'rights_required' });
    await expect(authority(by(), world)).rejects.toMatchObject({
      reason: 'not_admin',
      message: expect.stringContaining('ann'),
    });
  });

  it('of one begun through a service is taken while both may', async () => {
    const initiator = by({ actor: portal, onBehalfOf: ann });
    const people = [person('ann'), person('portal')];
    const service = entry('portal', { as: ['ann'], commands: ['changeOwner'] });
    expect(await authority(initiator, { people, admins: [entry('ann'), service] })).toEqual(mintAdmin(NOW));
    const refused = (world: World, reason: string, said: string) =>
      expect(authority(initiator, world)).rejects.toMatchObject({ reason, message: expect.stringContaining(said) });
    await refused({ people, admins: [service] }, 'not_admin', 'ann');
    await refused({ people, admins: [entry('ann')] }, 'delegation_refused', 'The service portal may not act for ann');
    await refused({ people: [person('ann')], admins: [entry('ann'), service] }, 'delegation_refused', 'portal');
    await refused({ people: [person('portal')], admins: [entry('ann'), service] }, 'not_admin', 'ann');
    const other = entry('portal', { as: ['ann'], commands: ['listUsers'] });
    await refused({ people, admins: [entry('ann'), other] }, 'command_not_allowed', 'portal');
  });

  it("of one begun through a service is judged by the service's roles in the token", async () => {
    const rules = { ...RULES, tokenRoles: { full: ['F'], readOnly: ['R'] } };
    const world = { people: [person('ann'), person('portal')], rules };
    const both = { actor: portal, onBehalfOf: ann, roles: ['F'] };
    expect(await authority(by({ ...both, delegateRoles: ['F'] }), world)).toEqual(mintAdmin(NOW));
    await expect(authority(by({ ...both, delegateRoles: ['R'] }), world)).rejects.toMatchObject({
      reason: 'rights_required',
    });
    await expect(authority(by(both), world)).rejects.toMatchObject({ reason: 'delegation_refused' });
  });
});

describe('the initiator of a job', () => {
  const context = (more: object = {}) =>
    ({
      caller: { principal: person('ann') },
      origin: { requestId: 'r', address: '::1' },
      roles: ['R'],
      ...more,
    }) as unknown as CallContext;
  const validated = (options: object = {}) => ({ options }) as unknown as Validated;

  it('is who called, with what the call had', () => {
    expect(initiatorOf(context(), validated())).toStrictEqual({
      ...{ actor: ann, authority: 'admin', roles: ['R'], requestId: 'r', address: '::1' },
    });
    const delegate = { principal: person('portal'), roles: ['S'] };
    const full = context({ caller: { principal: person('ann'), delegate }, rule: 'default:full' });
    expect(initiatorOf(full, validated({ reason: 'they left' }))).toStrictEqual({
      ...{ actor: portal, onBehalfOf: ann, authority: 'admin', roles: ['R'], delegateRoles: ['S'] },
      ...{ reason: 'they left', rule: 'default:full', requestId: 'r', address: '::1' },
    });
  });
});

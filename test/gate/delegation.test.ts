import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { User } from '../../src/base/schemas/generated.ts';
import { mayCallMethods } from '../../src/gate/policy/defaultPolicy.ts';
import { allCommands } from '../../src/operations/index.ts';
import type { Command } from '../../src/operations/operation.ts';
import { acting, command, nameIn } from '../support/acting.ts';
import { openHouse, originOf, type RawToken, SECRET, type TestHouse } from '../support/house.ts';
import { houseWith } from '../support/houseWith.ts';
import { spread } from '../support/long.ts';

const sayAs = command({
  ...acting,
  name: 'sayAs',
  effect: 'read',
  user: 'subject',
  run: async ({ authority }) => nameIn(authority),
});
const sayAsOrAll = command({
  ...acting,
  name: 'sayAsOrAll',
  effect: 'read',
  user: 'optionalSubject',
  run: async ({ authority }) => nameIn(authority),
});
const commands: readonly Command[] = [...allCommands, sayAs, sayAsOrAll];

interface More {
  readonly sub?: string;
  readonly name?: string | undefined;
  readonly roles?: readonly string[];
  /** The content of `act`, instead of or beside the service's subject. */
  readonly act?: object;
}

/** A token with which this service acts for this user. */
function through(service: string, person: string, { sub = person, roles = [], act = {} }: More = {}): RawToken {
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub, preferred_username: person, roles, iat: now, exp: now + 3600 };
  return { token: jwt.sign({ ...claims, act: { sub: service, preferred_username: service, ...act } }, SECRET) };
}

async function makePeople({ meet, administer }: TestHouse): Promise<void> {
  await meet('boss', 'cec', 'reader', 'ann');
  await administer('boss', { command: 'addAdmin', user: 'cec' });
  await administer('boss', { command: 'addAdmin', user: 'reader', params: { role: 'readOnly' } });
}

/** A house with the admins `boss` (configured), `cec` (full) and `reader`, the user `ann`, and these services. */
async function withServices(services: Readonly<Record<string, object | undefined>>): Promise<TestHouse> {
  const house = await houseWith(makePeople, { commands });
  for (const [user, params] of Object.entries(services)) {
    await house.administer('boss', { command: 'addUser', user, params: { kind: 'service' } });
    if (params !== undefined) await house.administer('boss', { command: 'addAdmin', user, params });
  }
  return house;
}

const lastRecord = async (house: TestHouse) => (await house.records()).at(-1);

describe('a service that acts for a user', () => {
  let house: TestHouse;
  beforeAll(async () => {
    house = await withServices({
      portal: { commands: ['listUsers', 'addUser', 'sayAs', 'sayAsOrAll'], as: ['cec', 'reader', 'ann'] },
      looker: { role: 'readOnly', as: ['cec'], commands: ['listUsers', 'addUser'] },
      anyone: { commands: ['listUsers'] },
      self: { as: ['cec'] },
      stranger: undefined,
    });
  });
  afterAll(() => house[Symbol.asyncDispose]());

  it('does what both may, and both are in the record', async () => {
    const { receipt } = await house.administer(through('portal', 'cec'), {
      command: 'addUser',
      user: 'eve',
      reason: 'asked by mail',
    });
    const portal = { id: expect.any(String), name: 'portal' };
    expect(await lastRecord(house)).toMatchObject({
      id: receipt?.record,
      command: 'addUser',
      outcome: 'success',
      actor: portal,
      onBehalfOf: { id: 'cec', name: 'cec' },
      authority: 'admin',
      rule: 'default:full through default:full:limited',
    });
    await house.administer(through('portal', 'cec'), { command: 'addUser', user: 'eva', dryRun: true });
    expect(await lastRecord(house)).toMatchObject({ outcome: 'dryRun', actor: portal, onBehalfOf: { name: 'cec' } });
  });

  it('is found in the audit by either of them', async () => {
    await house.administer(through('portal', 'cec'), { command: 'listUsers' });
    const search = async (params: object) => {
      const { result } = await house.administer('boss', {
        command: 'getAudit',
        params: { command: 'listUsers', ...params },
      });
      return (result as { records: { actor: object; onBehalfOf?: object }[] }).records;
    };
    const found = await search({ onBehalfOf: 'cec' });
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toMatchObject({ actor: { name: 'portal' }, onBehalfOf: { id: 'cec', name: 'cec' } });
    expect(await search({ actor: 'portal', onBehalfOf: 'cec' })).toEqual(found);
    expect(await search({ actor: 'cec' })).toEqual([]);
    expect(await search({ onBehalfOf: 'ann' })).toEqual([]);
  });

  it.each<[string, RawToken, object, string, string]>([
    [
      'for whom it may not act for',
      through('portal', 'boss'),
      { command: 'listUsers' },
      'delegation_refused',
      'denied',
    ],
    [
      'without a right of its own',
      through('stranger', 'cec'),
      { command: 'listUsers' },
      'delegation_refused',
      'denied',
    ],
    [
      'that nobody has seen before',
      through('newcomer', 'cec'),
      { command: 'listUsers' },
      'delegation_refused',
      'denied',
    ],
    ['for who is no admin', through('portal', 'ann'), { command: 'listUsers' }, 'not_admin', 'denied'],
    [
      'that may not run the command',
      through('portal', 'cec'),
      { command: 'getAudit' },
      'command_not_allowed',
      'denied',
    ],
    [
      'for who may only read',
      through('portal', 'reader'),
      { command: 'addUser', user: 'x' },
      'rights_required',
      'denied',
    ],
    ['that may only read', through('looker', 'cec'), { command: 'addUser', user: 'x' }, 'rights_required', 'denied'],
    [
      'without a named command that acts as admin',
      through('self', 'cec'),
      { command: 'listUsers' },
      'command_not_allowed',
      'denied',
    ],
    ['as yet another user', through('portal', 'cec'), { command: 'sayAs', user: 'ann' }, 'delegation_chain', 'denied'],
    [
      'as another admin',
      through('portal', 'cec'),
      { command: 'sayAsOrAll', user: 'boss' },
      'delegation_chain',
      'denied',
    ],
    ['with all rights', through('portal', 'cec'), { command: 'sayAsOrAll' }, 'subject_not_allowed', 'denied'],
  ])('is refused %s, recorded with both', async (_, who, call, reason, outcome) => {
    const { act, preferred_username: person } = jwt.decode(who.token) as {
      act: { sub: string };
      preferred_username: string;
    };
    expect(await house.refusal(who, call)).toBe(reason);
    expect(await lastRecord(house)).toMatchObject({
      outcome,
      error: reason,
      actor: { name: act.sub },
      onBehalfOf: { name: person },
    });
  });

  it('acts as the user in commands that act as a user', async () => {
    expect((await house.administer(through('portal', 'cec'), { command: 'sayAs', user: 'cec' })).result).toBe('cec');
    expect((await house.administer(through('self', 'cec'), { command: 'sayAs', user: 'cec' })).result).toBe('cec');
  });

  it('acts for anybody if its right is not limited to certain users', async () => {
    for (const person of ['cec', 'boss', 'reader']) {
      expect((await house.administer(through('anyone', person), { command: 'listUsers' })).result).toBeDefined();
    }
  });

  it('is shown what both may', async () => {
    const OWN = ['openTicket', 'dropTickets', 'listMyTickets'].concat([
      ...['confirmTotp', 'enrolTotp', 'regenerateRecoveryCodes', 'removeTotp'],
      ...['challengePasskey', 'confirmPasskey', 'enrolPasskey', 'removePasskey'],
      ...['listApprovals', 'getApproval', 'cancelApproval', 'runApproved'],
    ]);
    const privileges = async (who: RawToken) =>
      (await house.administer(who, { command: 'listMyPrivileges' })).result as Record<string, unknown>;
    expect(await privileges(through('portal', 'cec'))).toEqual({
      user: 'cec',
      id: 'cec',
      through: { id: expect.any(String), name: 'portal' },
      role: 'full',
      source: 'roster',
      commands: ['explain', 'listMyPrivileges', ...OWN, 'addUser', 'listUsers', 'listCommands', 'sayAs', 'sayAsOrAll'],
      as: ['cec'],
    });
    expect(await privileges(through('portal', 'reader'))).toMatchObject({ role: 'readOnly' });
    expect((await privileges(through('looker', 'cec'))).commands).not.toContain('addUser');
  });

  it('gets the weaker role from get_admin_role, or none if it may not act for the user', async () => {
    const method = house.gate.method('Workspace.get_admin_role');
    if (method === undefined) throw new Error('there is no get_admin_role');
    const roleOf = async (who: RawToken) => {
      const origin = originOf(who);
      return (await house.gate.call(method, { caller: await house.gate.identify(method, origin), params: [], origin }))
        .result;
    };
    expect(await roleOf(through('portal', 'cec'))).toEqual({ adminrole: 'full' });
    expect(await roleOf(through('looker', 'cec'))).toEqual({ adminrole: 'read' });
    expect(await roleOf(through('portal', 'ann'))).toEqual({ adminrole: 'none' });
    await expect(roleOf(through('stranger', 'cec'))).rejects.toMatchObject({ reason: 'delegation_refused' });
  });

  it('is named with the user in the log', async () => {
    expect((await house.signIn(through('portal', 'cec'))).name).toBe('portal for cec');
  });

  it('leaves a record of a refused notification that names both', async () => {
    const method = house.gate.method('Workspace.administer');
    if (method === undefined) throw new Error('there is no administer');
    const origin = originOf(through('portal', 'cec'));
    await house.gate.refuseNotification(method, await house.gate.identify(method, origin), origin);
    expect(await lastRecord(house)).toMatchObject({
      error: 'invalid_request',
      actor: { name: 'portal' },
      onBehalfOf: { name: 'cec' },
    });
  });
});

describe('a service limited to users of a role', () => {
  it('acts for users whose token has the role, and as nobody', async () => {
    await using house = await withServices({
      portal: { commands: ['listUsers', 'sayAs'], as: ['role:curators', 'ann'] },
    });
    const call = { command: 'listUsers' };
    expect((await house.administer(through('portal', 'cec', { roles: ['x', 'curators'] }), call)).result).toBeDefined();
    expect(await house.refusal(through('portal', 'cec', { roles: ['Curators'] }), call)).toBe('delegation_refused');
    expect(await house.refusal(through('portal', 'cec', { act: { roles: ['curators'] } }), call)).toBe(
      'delegation_refused',
    );
    expect(await house.refusal('portal', { command: 'sayAs', user: 'cec' })).toBe('subject_not_allowed');
    expect((await house.administer('portal', { command: 'sayAs', user: 'ann' })).result).toBe('ann');
    const { result } = await house.administer('boss', { command: 'listAdmins', params: { detail: true } });
    expect(result).toContainEqual(expect.objectContaining({ user: 'portal', as: ['ann', 'role:curators'] }));
    expect((await house.administer('portal', { command: 'listMyPrivileges' })).result).toMatchObject({
      as: ['ann', 'role:curators'],
    });
  });

  it('is not confused with a user whose id looks like the role', async () => {
    await using house = await withServices({ portal: { commands: ['listUsers'], as: ['role:curators'] } });
    const who = through('portal', 'dan', { sub: 'role:curators' });
    expect(await house.refusal(who, { command: 'listUsers' })).toBe('delegation_refused');
  });

  it.each(['role:', 'role: ', 'role:\u0000'])('is not made with %j', async (entry) => {
    await using house = await withServices({});
    expect(await house.refusal('boss', { command: 'addAdmin', user: 'ann', params: { as: [entry] } })).toBe(
      'invalid_params',
    );
  });
});

describe('a service that only ever acts for others', () => {
  it('has no rights of its own, and its rights only when it acts for a user', async () => {
    await using house = await withServices({ portal: { commands: ['listUsers'], delegatedOnly: true } });
    expect(await house.refusal('portal', { command: 'listUsers' })).toBe('not_admin');
    expect((await house.administer(through('portal', 'cec'), { command: 'listUsers' })).result).toBeDefined();
    expect(await house.refusal(through('stranger', 'portal'), { command: 'listUsers' })).toBe('delegation_refused');
    const { result } = await house.administer('boss', { command: 'listAdmins', params: { detail: true } });
    expect(result).toContainEqual(expect.objectContaining({ user: 'portal', delegatedOnly: true }));
  });

  it('does not count as a lasting administrator', async () => {
    await using house = await withServices({});
    await house.administer('boss', { command: 'addAdmin', user: 'ann', params: { delegatedOnly: true } });
    await using second = await openHouse({ beside: house, rules: { configured: [] } });
    await second.administer('cec', { command: 'listAdmins' });
    expect(await second.refusal('cec', { command: 'removeAdmin', user: 'cec' })).toBe('last_admin');
  });

  it('cannot give a right of another kind', async () => {
    await using house = await withServices({ portal: { delegatedOnly: true } });
    const give = (params: object) => ({ command: 'addAdmin', user: 'ann', params });
    expect(await house.refusal(through('portal', 'cec'), give({}))).toBe('exceeds_own_rights');
    await house.administer(through('portal', 'cec'), give({ delegatedOnly: true }));
  });
});

describe('through a user no service', () => {
  const limited = { commands: ['addAdmin', 'removeAdmin', 'addUser', 'disableUser', 'renameUser', 'listUsers'] };

  let limitedHouse: TestHouse;
  beforeAll(async () => {
    limitedHouse = await withServices({ portal: limited });
  });
  afterAll(() => limitedHouse[Symbol.asyncDispose]());

  it.each<[string, object]>([
    ['gives itself more', { command: 'addAdmin', user: 'portal' }],
    ['gives another more than it has', { command: 'addAdmin', user: 'ann', params: { commands: ['getAudit'] } }],
    ['takes the right of who has more', { command: 'removeAdmin', user: 'cec' }],
    ['disables who has more, be it the person itself', { command: 'disableUser', user: 'cec' }],
    ['renames who has more', { command: 'renameUser', user: 'cec', params: { newName: 'x' } }],
  ])('%s', async (_, call) => {
    expect(await limitedHouse.refusal(through('portal', 'cec'), call)).toBe('exceeds_own_rights');
  });

  it('gives rights that the user does not have', async () => {
    await using house = await withServices({ portal: {} });
    await house.administer('boss', {
      command: 'addAdmin',
      user: 'ann',
      params: { commands: ['addAdmin', 'listUsers'] },
    });
    const give = (params: object) => ({ command: 'addAdmin', user: 'reader', params });
    expect(await house.refusal(through('portal', 'ann'), give({}))).toBe('exceeds_own_rights');
    expect(await house.refusal(through('portal', 'ann'), { command: 'getAudit' })).toBe('command_not_allowed');
    await house.meet('bea');
    const within = { command: 'addAdmin', user: 'bea', params: { commands: ['listUsers'] } };
    expect((await house.administer(through('portal', 'ann'), within)).result).toBeNull();
  });

  it('gets an answer that the user, or another service, got under the same idempotency key', async () => {
    await using house = await withServices({ portal: limited, other: limited });
    const call = { command: 'addUser', user: 'eve', idempotencyKey: 'k' };
    const first = await house.administer(through('portal', 'cec'), call);
    expect(await house.administer(through('portal', 'cec'), call)).toEqual(first);
    expect(await house.refusal('cec', call)).toBe('username_taken');
    expect(await house.refusal(through('other', 'cec'), call)).toBe('username_taken');
    expect(await house.refusal(through('portal', 'boss'), call)).toBe('username_taken');
  });

  it('calls an ordinary method that may write, unless its right is full and names no commands', () => {
    const rank = { role: 'full', source: 'roster' } as const;
    expect(mayCallMethods(rank, {})).toBe(true);
    expect(mayCallMethods({ ...rank, as: ['ann'] }, {})).toBe(true);
    expect(mayCallMethods({ ...rank, commands: ['listUsers'] }, {})).toBe(false);
    expect(mayCallMethods({ ...rank, role: 'readOnly' }, {})).toBe(false);
    expect(mayCallMethods({ ...rank, commands: ['listUsers'] }, { open: true })).toBe(true);
  });
});

describe('the right to act for a user ends', () => {
  const call = { command: 'listUsers' };
  const limits = { commands: ['listUsers'], as: ['cec'] };

  const ENDS: readonly (readonly [end: string, withdrawal: object, reason: string])[] = [
    ['with the right of the service', { command: 'removeAdmin', user: 'portal' }, 'delegation_refused'],
    ['with the right of the person', { command: 'removeAdmin', user: 'cec' }, 'not_admin'],
    [
      'when the person is taken out',
      { command: 'addAdmin', user: 'portal', params: { ...limits, as: ['ann'] } },
      'delegation_refused',
    ],
    ['when the service is disabled', { command: 'disableUser', user: 'portal' }, 'account_disabled'],
    ['when the person is disabled', { command: 'disableUser', user: 'cec' }, 'account_disabled'],
    ['when the service is closed', { command: 'deleteUser', user: 'portal' }, 'account_closed'],
    ['when the person is closed', { command: 'deleteUser', user: 'cec' }, 'account_closed'],
  ];
  // One with each reason outside of the long run.
  it.each(spread(ENDS, 4))('%s, at once and on every instance', async (_, withdrawal, reason) => {
    await using house = await withServices({ portal: limits });
    await using second = await openHouse({ beside: house, commands });
    expect((await house.administer(through('portal', 'cec'), call)).result).toBeDefined();
    expect((await second.administer(through('portal', 'cec'), call)).result).toBeDefined();
    await house.administer('boss', withdrawal);
    const refusalOf = (h: TestHouse) =>
      h.administer(through('portal', 'cec'), call).then(
        () => 'allowed',
        (error) => error.reason,
      );
    expect(await refusalOf(house)).toBe(reason);
    await expect.poll(() => refusalOf(second), { timeout: 180_000 }).toBe(reason);
  });

  it('by the expiry of either of them', async () => {
    let clock = new Date();
    await using house = await openHouse({ commands, now: () => clock });
    await house.meet('boss', 'cec', 'ann', 'portal', 'other');
    const soon = new Date(clock.getTime() + 60_000).toISOString();
    await house.administer('boss', { command: 'addAdmin', user: 'cec' });
    await house.administer('boss', { command: 'addAdmin', user: 'ann', params: { expires: soon } });
    await house.administer('boss', { command: 'addAdmin', user: 'portal', params: { expires: soon } });
    await house.administer('boss', { command: 'addAdmin', user: 'other' });
    const mine = { command: 'listMyPrivileges' };
    for (const who of [through('portal', 'cec'), through('other', 'ann')]) {
      expect((await house.administer(who, mine)).result).toMatchObject({ expires: soon });
    }
    clock = new Date(clock.getTime() + 60_000);
    expect(await house.refusal(through('portal', 'cec'), mine)).toBe('delegation_refused');
    expect(await house.refusal(through('other', 'ann'), mine)).toBe('not_admin');
  });

  it.each<[string, object, string[]]>([
    ['the right of the service', { command: 'removeAdmin', user: 'portal' }, ['delegation_refused']],
    ['the right of the person', { command: 'removeAdmin', user: 'cec' }, ['not_admin']],
    [
      'the account of the service',
      { command: 'disableUser', user: 'portal' },
      ['delegation_refused', 'account_disabled'],
    ],
    ['the account of the person', { command: 'disableUser', user: 'cec' }, ['not_admin', 'account_disabled']],
  ])('with %s, also for a write on an instance that does not know of it yet', async (_, withdrawal, reasons) => {
    await using house = await withServices({ portal: { commands: ['addUser'], as: ['cec'] } });
    await using second = await openHouse({ beside: house, commands });
    await second.administer(through('portal', 'cec'), { command: 'addUser', user: 'eve' });
    await house.administer('boss', withdrawal);
    const late = second.administer(through('portal', 'cec'), { command: 'addUser', user: 'eva' });
    expect(reasons).toContain(
      await late.then(
        () => 'allowed',
        (error) => error.reason,
      ),
    );
  });
});

describe('a token that was passed on twice', () => {
  const nested = (more: object = {}) => through('portal', 'cec', { act: { act: { sub: 'other' }, ...more } });

  it('is refused and recorded, and registers nobody', async () => {
    await using house = await withServices({ portal: {}, other: {} });
    const before = await house.contents('principals');
    const error = await house.refused(nested(), { command: 'listUsers' });
    expect([error.reason, error.code]).toEqual(['delegation_nested', -32400]);
    expect(error.message).toMatch(/^Token validation failed: a service may act for a user, but not through another/);
    expect(await lastRecord(house)).toMatchObject({
      via: 'signIn',
      command: 'signIn',
      outcome: 'denied',
      error: 'delegation_nested',
      actor: { id: '["local","portal"]', name: 'portal' },
      onBehalfOf: { id: 'cec', name: 'cec' },
      changes: [],
      address: '192.0.2.1',
    });
    await house.meet('portal');
    await expect(house.signIn(nested())).rejects.toMatchObject({ reason: 'delegation_nested' });
    expect((await lastRecord(house))?.actor).toMatchObject({ name: 'portal' });
    expect((await lastRecord(house))?.actor).not.toMatchObject({ id: '["local","portal"]' });
    await expect(house.signIn(through('nobody', 'eve', { act: { act: null } }))).rejects.toMatchObject({
      reason: 'delegation_nested',
    });
    expect((await house.contents('principals')).map((p) => p.username)).toEqual(before.map((p) => p.username));
  });
});

describe('the act of a token', () => {
  let house: TestHouse;
  beforeAll(async () => {
    house = await withServices({});
  });
  afterAll(() => house[Symbol.asyncDispose]());

  it.each<[string, object | string | null | number]>([
    ['that is null', null],
    ['that is a text', 'portal'],
    ['that is a list', [{ sub: 'portal' }]],
    ['without a subject', {}],
    ['with an empty subject', { sub: '' }],
    ['with a subject that is no text', { sub: { $ne: null } }],
    ['with a subject of control characters', { sub: 'a\u0000b' }],
    ['with a name that is none', { sub: 'portal', preferred_username: 'a b' }],
    ['with a name that is no text', { sub: 'portal', preferred_username: 7 }],
    ['with roles that are no list', { sub: 'portal', roles: 'full' }],
    ['of another issuer', { sub: 'portal', iss: 'https://other.example.org' }],
    ['with the name of the person', { sub: 's-portal', preferred_username: 'cec' }],
    ['of a subject that is no name, and none beside it', { sub: 'a service with spaces' }],
  ])('%s makes it invalid', async (_, act) => {
    const exp = Math.floor(Date.now() / 1000) + 60;
    const token = jwt.sign({ sub: 'cec', preferred_username: 'cec', exp, act }, SECRET);
    await expect(house.signIn({ token })).rejects.toMatchObject({ reason: 'token_invalid' });
  });

  it('registers a service, or claims the account that was made for it, and may then leave out its name', async () => {
    await using house = await withServices({ portal: { commands: ['listUsers'] } });
    const users = async () =>
      ((await house.administer('boss', { command: 'listUsers' })).result as { users: User[] }).users.map((u) => [
        u.user,
        u.state,
        u.subject,
      ]);
    expect(await users()).toContainEqual(['portal', 'pending', undefined]);
    await house.administer(through('s-portal', 'cec', { act: { preferred_username: 'portal' } }), {
      command: 'listUsers',
    });
    expect(await users()).toContainEqual(['portal', 'active', 's-portal']);
    const nameless = through('s-portal', 'cec', { act: { preferred_username: undefined } });
    expect((await house.administer(nameless, { command: 'listUsers' })).result).toBeDefined();
    await house.signIn(through('plain', 'cec', { act: { preferred_username: undefined } }));
    expect(await users()).toContainEqual(['portal', 'active', 's-portal']);
    expect(await users()).toContainEqual(['plain', 'active', 'plain']);
  });
});

describe('with admin roles from the token', () => {
  const rules = { configured: [], tokenRoles: { full: ['FULL'], readOnly: ['READ'] } };

  it('the service has those in its part of it', async () => {
    await using house = await openHouse({ rules });
    const read = { command: 'getConfig' };
    const write = { command: 'setConfig', params: { set: {} } };
    const both = (person: string[], service: string[]) =>
      through('portal', 'cec', { roles: person, act: { roles: service } });
    expect((await house.administer(both(['FULL'], ['FULL']), write)).result).toBeNull();
    expect((await house.administer(both(['FULL'], ['READ']), read)).result).toBeDefined();
    expect(await house.refusal(both(['FULL'], ['READ']), write)).toBe('rights_required');
    expect(await house.refusal(both(['READ'], ['FULL']), write)).toBe('rights_required');
    expect(await house.refusal(both(['FULL'], []), read)).toBe('delegation_refused');
    expect(await house.refusal(both([], ['FULL']), read)).toBe('not_admin');
  });
});

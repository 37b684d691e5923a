import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHouse, originOf, type TestHouse } from '../../support/house.ts';
import { POLICY as PEOPLED, peopledHouse } from '../calls.ts';

const POLICY = `
rules:
  - name: librarian
    who: [carol]
    commands: [createWorkspace, listAdmins]
    as: ['*']
    allow: true
  - name: no-locks
    who: [dora]
    commands: [lockWorkspace, Workspace.alter_admin_object_metadata]
    deny: true
  - name: say-why
    who: [anybody]
    commands: [disableUser]
    require: {reason: '^[A-Z]+-[0-9]+'}
  - name: curators
    who: ['role:curators']
    commands: [setGlobalPermission]
    allow: true
`;

/** A policy that a test replaces as the file would be. */
function policyFile(text: string) {
  const file = { text };
  return { file, source: { file: 'policy.yaml', read: async () => file.text } };
}

const run = (house: TestHouse, who: string, command: string, more: object = {}) =>
  house.administer(who, { command, ...more });

/** For tests that go with each other. */
let shared: TestHouse;
beforeAll(async () => {
  shared = await openHouse({ policy: POLICY });
});
afterAll(() => shared[Symbol.asyncDispose]());

describe('a rule', () => {
  it('gives a command to somebody who is no administrator, and to nobody else', async () => {
    const house = shared;
    await house.meet('ann', 'eve', 'boss');
    const create = { command: 'createWorkspace', user: 'ann', params: { workspace: 'shelf' } };
    expect(await house.refusal('eve', create)).toBe('not_admin');
    expect((await house.administer('carol', create)).result).toEqual(expect.arrayContaining(['shelf', 'ann']));
    expect(await house.refusal('carol', { ...create, user: 'boss' })).toBe('command_not_allowed');
    expect(await house.refusal('carol', { command: 'lockWorkspace', params: { id: 1 } })).toBe('rights_required');
    expect(await house.refusal('carol', { command: 'listUsers' })).toBe('command_not_allowed');
    const records = (await house.records()).filter((r) => r.command === 'createWorkspace');
    const policy = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(records.map(({ outcome, rule }) => [outcome, rule])).toEqual([
      ['denied', undefined],
      ['success', 'policy:librarian'],
      ['denied', 'default:none'],
    ]);
    expect(records[1]).toMatchObject({ policy });
  });

  it('gives to the members of a role as long as they are members', async () => {
    await using house = await openHouse({ policy: POLICY });
    await house.meet('ann', 'eve');
    await run(house, 'boss', 'createWorkspace', { user: 'ann', params: { workspace: 'shelf' } });
    await run(house, 'boss', 'createRole', { params: { name: 'curators', members: ['eve'] } });
    const share = { user: 'ann', params: { id: 1, new_permission: 'r' } };
    await run(house, 'eve', 'setGlobalPermission', share);
    await run(house, 'boss', 'removeRoleMembers', { params: { name: 'curators', members: ['eve'] } });
    expect(await house.refusal('eve', { command: 'setGlobalPermission', ...share })).toBe('not_admin');
  });

  it('denies, whatever rank somebody has, and the record names it', async () => {
    const house = shared;
    await house.meet('dora');
    await run(house, 'boss', 'addAdmin', { user: 'dora' });
    const error = await house.refused('dora', { command: 'lockWorkspace', params: { id: 1 } });
    expect(error.message).toBe('The policy does not let dora run lockWorkspace in this way (rule no-locks)');
    expect((await house.records()).at(-1)).toMatchObject({ error: 'policy_denied', rule: 'policy:no-locks' });
  });

  it('holds for a method that only administrators may call', async () => {
    const house = shared;
    await house.meet('dora');
    await run(house, 'boss', 'addAdmin', { user: 'dora' });
    const method = house.gate.method('Workspace.alter_admin_object_metadata');
    if (method === undefined) throw new Error('there is no such method');
    const call = async (who: string) => {
      const origin = originOf(who);
      const caller = await house.gate.identify(method, origin);
      return house.gate.call(method, { caller, params: [{ updates: [] }], origin }).catch(({ reason }) => reason);
    };
    expect(await call('dora')).toBe('policy_denied');
    expect(await call('boss')).not.toBe('policy_denied');
  });

  it('is named in the records of methods that only administrators may call, with the digest of the file', async () => {
    const name = 'Workspace.alter_admin_object_metadata';
    const given = `${PEOPLED}  - {name: metadata, who: [cec], commands: [${name}], allow: true}\n`;
    await using house = await peopledHouse({ policy: given });
    const method = house.gate.method(name);
    if (method === undefined) throw new Error('there is no such method');
    for (const who of ['cec', 'boss']) {
      const origin = originOf(who);
      const caller = await house.gate.identify(method, origin);
      const params = [{ updates: [{ oi: { ref: '1/kept' }, new: { by: who } }] }];
      await house.gate.call(method, { caller, params, origin });
    }
    const policy = expect.stringMatching(/^[0-9a-f]{64}$/);
    const records = (await house.records()).filter(({ via, command }) => via === 'method' && command === name);
    expect(records).toMatchObject([
      { rule: 'policy:metadata', policy },
      { rule: 'default:full', policy },
    ]);
  });

  it('asks for a reason that matches', async () => {
    const house = shared;
    await house.meet('leaver');
    const disable = { command: 'disableUser', user: 'leaver' };
    expect(await house.refusal('boss', disable)).toBe('reason_required');
    expect(await house.refusal('boss', { ...disable, reason: 'left' })).toBe('reason_required');
    await house.administer('boss', { ...disable, reason: 'OPS-1 left' });
    // The pattern takes linear time on any reason.
    await using slow = await openHouse({ policy: POLICY.replace('^[A-Z]+-[0-9]+', '^(([a-z])+.)+[A-Z]([a-z])+$') });
    await slow.meet('leaver');
    expect(await slow.refusal('boss', { ...disable, reason: 'a'.repeat(1000) })).toBe('reason_required');
  });
});

describe('nobody hands on more than the policy gives', () => {
  it('by making an administrator whom their own limits do not hold', async () => {
    await using house = await openHouse({ policy: POLICY });
    await house.meet('dora', 'eve');
    await run(house, 'boss', 'addAdmin', { user: 'dora' });
    expect(await house.refusal('dora', { command: 'addAdmin', user: 'eve' })).toBe('exceeds_own_rights');
    const params = { commands: ['listUsers'] };
    await run(house, 'dora', 'addAdmin', { user: 'eve', params });
    await run(house, 'boss', 'addAdmin', { user: 'eve' });
  });

  it('by joining a role to which a rule gives something', async () => {
    await using house = await openHouse({ policy: POLICY });
    await house.meet('lim', 'eve');
    const commands = ['createRole', 'addRoleMembers', 'removeRoleMembers', 'deleteRole'];
    await run(house, 'boss', 'addAdmin', { user: 'lim', params: { commands } });
    const create = (name: string) => ({ command: 'createRole', params: { name, members: ['eve'] } });
    expect(await house.refusal('lim', create('curators'))).toBe('exceeds_own_rights');
    await house.administer('lim', create('others'));
    await house.administer('boss', create('curators'));
    const members = { params: { name: 'curators', members: ['lim'] } };
    expect(await house.refusal('lim', { command: 'addRoleMembers', ...members })).toBe('exceeds_own_rights');
    expect(await house.refusal('lim', { command: 'deleteRole', params: { name: 'curators' } })).toBe(
      'exceeds_own_rights',
    );
    await house.administer('boss', { command: 'addRoleMembers', ...members });
  });
});

it('a name in a rule means the first user who has it, also when another gets the name', async () => {
  await using house = await openHouse({ policy: POLICY });
  const create = (n: number) => ({ command: 'createWorkspace', user: 'ann', params: { workspace: `shelf${n}` } });
  await house.meet('ann');
  await house.administer({ sub: 's1', name: 'carol', age: 100 }, create(1));
  // The issuer gives the name to another subject: the account that had it is closed.
  const second = { sub: 's2', name: 'carol' };
  expect(await house.refusal(second, create(2))).toBe('not_admin');
  expect(await house.contents('boundNames')).toMatchObject([{ _id: 'carol', principal: 's1' }]);
});

it('a rule that is withdrawn stops a job at its next part', async () => {
  const { file, source } = policyFile('rules: []');
  await using house = await openHouse({ policy: source, limits: { perPart: 2 } });
  await house.meet('ann', 'ben', 'dora');
  await run(house, 'boss', 'addAdmin', { user: 'dora' });
  for (let n = 0; n < 5; n += 1)
    await run(house, 'boss', 'createWorkspace', { user: 'ann', params: { workspace: `w${n}` } });
  const { result } = await run(house, 'dora', 'changeOwner', { params: { from: 'ann', to: 'ben' } });
  const { job: id } = result as { job: string };
  file.text = 'rules: [{name: no-gifts, who: [dora], commands: [changeOwner], where: {required: [from]}, deny: true}]';
  await house.policy?.check();
  house.worker.start();
  await expect
    .poll(async () => (await run(house, 'boss', 'getJob', { params: { id } })).result, { timeout: 60_000 })
    .toMatchObject({ state: 'failed', error: { reason: 'policy_denied' } });
  await house.worker.stop();
});

it('a rule gives nothing to an account that is disabled, also to a job that it began before', async () => {
  const given = 'rules: [{name: movers, who: [carol], commands: [changeOwner], allow: true}]';
  await using house = await openHouse({ policy: given, limits: { perPart: 2 } });
  await house.meet('ann', 'ben', 'carol');
  for (let n = 0; n < 5; n += 1) {
    await run(house, 'boss', 'createWorkspace', { user: 'ann', params: { workspace: `w${n}` } });
  }
  const { result } = await run(house, 'carol', 'changeOwner', { params: { from: 'ann', to: 'ben' } });
  const { job: id } = result as { job: string };
  await run(house, 'boss', 'disableUser', { user: 'carol' });
  house.worker.start();
  await expect
    .poll(async () => (await run(house, 'boss', 'getJob', { params: { id } })).result, { timeout: 60_000 })
    .toMatchObject({ state: 'failed', error: { reason: 'not_admin' } });
  await house.worker.stop();
});

describe('the policy file', () => {
  it('is enforced again when it changes, and kept when the new one is bad', async () => {
    const said: string[] = [];
    const { file, source } = policyFile('rules: []');
    await using house = await openHouse({ policy: source, warn: (sentence) => said.push(sentence) });
    await house.meet('ann', 'ben');
    await run(house, 'boss', 'disableUser', { user: 'ben' });
    file.text = POLICY;
    await house.policy?.check();
    expect(await house.refusal('boss', { command: 'disableUser', user: 'ann' })).toBe('reason_required');
    file.text = 'rules: [{name: x}]';
    await house.policy?.check();
    await house.policy?.check();
    expect(house.policy?.trouble).toBe('refused');
    expect(said.filter((s) => s.includes('cannot be used'))).toEqual([
      expect.stringContaining('policy.yaml:1:9: rules[0] lacks'),
    ]);
    expect(await house.refusal('boss', { command: 'disableUser', user: 'ann' })).toBe('reason_required');
    file.text = 'rules: []';
    await house.policy?.check();
    expect(house.policy?.trouble).toBeUndefined();
    await run(house, 'boss', 'disableUser', { user: 'ann' });
    const loads = (await house.records()).filter(({ command }) => command === 'loadPolicy');
    expect(loads).toHaveLength(3);
  });

  it('that locks everybody out is refused with who would be left', async () => {
    const locked = 'rules: [{name: x, who: [boss], commands: [removeAdmin], deny: true}]';
    await expect(openHouse({ policy: locked })).rejects.toThrow(
      /no full administrator could run addAdmin, removeAdmin/,
    );
    await using house = await openHouse({ policy: 'rules: []' });
    await house.meet('ann');
    await run(house, 'boss', 'addAdmin', { user: 'ann' });
    await using second = await openHouse({ policy: locked, beside: house });
    expect(await second.refusal('boss', { command: 'removeAdmin', user: 'ann' })).toBe('policy_denied');
  });

  it('that needs more approvals for the roster than there are administrators is refused', async () => {
    const two = 'rules: [{name: x, who: [anybody], commands: [addAdmin], require: {approvals: {count: 1}}}]';
    await expect(openHouse({ policy: two })).rejects.toThrow(/no full administrator could run addAdmin/);
  });

  it('of another instance is noticed, and each enforces its own', async () => {
    const said: string[] = [];
    await using house = await openHouse({ policy: 'rules: []', warn: (sentence) => said.push(sentence) });
    await house.meet('ann');
    await using other = await openHouse({ policy: POLICY, beside: house });
    await house.policy?.check();
    expect(house.policy?.trouble).toBe('differs');
    expect(said.at(-1)).toMatch(
      /^another instance loaded the policy [0-9a-f]{12} last, and this one enforces [0-9a-f]{12}/,
    );
    expect(await other.refusal('boss', { command: 'disableUser', user: 'ann' })).toBe('reason_required');
    await run(house, 'boss', 'disableUser', { user: 'ann' });
  });
});

describe('explain', () => {
  const explain = async (house: TestHouse, who: string, params: object) =>
    (await run(house, who, 'explain', { params })).result;

  it('names the rule with its line, what is needed, and what depends on what was left out', async () => {
    const house = shared;
    await house.meet('ann', 'carol', 'boss');
    expect(await explain(house, 'boss', { command: 'disableUser' })).toMatchObject({
      verdict: 'allow',
      rule: 'default:full',
      requires: [{ kind: 'reason', rule: 'say-why', pattern: '^[A-Z]+-[0-9]+' }],
      depends: [],
    });
    expect(await explain(house, 'carol', { command: 'createWorkspace' })).toMatchObject({
      verdict: 'allow',
      depends: [{ name: 'librarian', line: 3, effect: 'allow' }],
    });
    const about = { command: 'createWorkspace', params: { workspace: 'x' } };
    expect(await explain(house, 'carol', { ...about, user: 'ann' })).toMatchObject({
      rule: 'policy:librarian',
      line: 3,
    });
    expect(await explain(house, 'carol', { ...about, user: 'boss' })).toMatchObject({
      verdict: 'deny',
      refusal: { reason: 'command_not_allowed' },
    });
    expect(await explain(house, 'boss', { ...about, user: 'ann', for: 'carol' })).toMatchObject({
      rule: 'policy:librarian',
    });
    expect(await house.refusal('carol', { command: 'explain', params: { ...about, for: 'boss' } })).toBe(
      'rights_required',
    );
  });

  it('says what the user acted as may do with the resource, and why', async () => {
    await using house = await openHouse({ policy: POLICY });
    await house.meet('ann', 'ben', 'cec');
    await run(house, 'boss', 'createWorkspace', { user: 'ann', params: { workspace: 'shelf' } });
    await run(house, 'boss', 'setPermissions', {
      user: 'ann',
      params: { id: 1, new_permission: 'w', users: ['ben'] },
    });
    const access = async (user: string, params: object) =>
      ((await explain(house, 'boss', { command: 'setGlobalPermission', user, params })) as { access: unknown }).access;
    const params = { id: 1, new_permission: 'r' };
    expect(await access('ann', params)).toEqual({ resource: 'ws1', level: 'owner', reason: 'owner' });
    expect(await access('ben', { workspace: 'shelf', new_permission: 'r' })).toMatchObject({
      level: 'write',
      reason: 'grant',
    });
    expect(await access('cec', params)).toMatchObject({ level: 'none', reason: 'nothing' });
    expect(await access('cec', { ...params, id: 99 })).toBeUndefined();
  });
});

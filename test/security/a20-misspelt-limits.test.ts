import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allCommands } from '../../src/operations/index.ts';
import { openHouse, type TestHouse } from '../support/house.ts';

const SOON = '2098-01-01T00:00:00Z';

/** For calls that are refused, and leave it as it is. */
let unchanged: TestHouse;
beforeAll(async () => {
  unchanged = await openHouse();
  await unchanged.meet('boss', 'eve', 'cec');
  await unchanged.administer('boss', { command: 'addAdmin', user: 'cec' });
});
afterAll(() => unchanged[Symbol.asyncDispose]());

describe('A20: addAdmin', () => {
  it.each([
    [{ comands: ['listUsers'] }, 'the unknown key comands (did you mean commands?)'],
    [{ commands: ['listUsers'], expire: SOON }, 'the unknown key expire (did you mean expires?)'],
    [{ Role: 'readOnly' }, 'the unknown key Role (did you mean role?)'],
    [{ delegated_only: true }, 'the unknown key delegated_only (did you mean delegatedOnly?)'],
    [{ limits: { role: 'readOnly' } }, 'the unknown key limits (there are role, expires, commands, delegatedOnly, as)'],
    [['listUsers'], 'params must be an object'],
    [[], 'params must be an object'],
    ['readOnly', 'params must be an object'],
    ['', 'params must be an object'],
    [false, 'params must be an object'],
    [0, 'params must be an object'],
  ])('makes nobody an administrator by %j', async (params, said) => {
    const house = unchanged;
    const before = await house.contents('roster');
    for (const user of ['eve', 'boss']) {
      const error = await house.refused('boss', { command: 'addAdmin', user, params });
      expect(error.reason).toBe('invalid_params');
      expect(error.message).toContain(said);
    }
    expect(await house.contents('roster')).toEqual(before);
    // What was sent is kept, if not readably: it was never validated.
    const record = (await house.records()).at(-1);
    expect(record).toMatchObject({ command: 'addAdmin', outcome: 'failed', paramsDigest: expect.any(String) });
  });

  it.each([
    ['none', {}],
    ['null', { params: null }],
    ['empty', { params: {} }],
  ])("makes a full one without params, as KBase's clients call it: %s", async (_, call) => {
    await using house = await openHouse();
    await house.meet('boss', 'eve');
    await house.administer('boss', { command: 'addAdmin', user: 'eve', module: 'ignored', ...call });
    expect((await house.administer('eve', { command: 'listMyPrivileges' })).result).toMatchObject({ role: 'full' });
  });

  it('takes the user among the parameters, as all commands about a user do', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'eve');
    await house.administer('boss', { command: 'addAdmin', params: { user: 'eve', role: 'readOnly' } });
    expect((await house.administer('eve', { command: 'listMyPrivileges' })).result).toMatchObject({ role: 'readOnly' });
  });
});

describe('A20: what a command does not know', () => {
  /** KBase's own commands that take no parameters, or more than they know: there it ignores them. */
  const KBASE = [
    ...['listAdmins', 'removeAdmin', 'getTypeDelegationTarget', 'listModRequests', 'approveModRequest'],
    ...['denyModRequest', 'getConfig', 'listWorkspaceOwners', 'getWorkspaceInfo', 'setWorkspaceDescription'],
    'getPermissionsMass',
  ];

  it('is ignored where KBase ignores it, and nowhere else', () => {
    const ignoring = allCommands.filter((c) => ['ignored', 'extension', 'tolerant', 'module'].includes(c.takes));
    expect(ignoring.map((c) => c.name).sort()).toEqual(KBASE.sort());
  });

  it.each([
    ['deleteUser', { to: 'boss' }],
    ['deleteUser', ['eve']],
    ['disableUser', { until: SOON }],
    ['enableUser', { role: 'readOnly' }],
    ['listMyPrivileges', { as: 'eve' }],
    ['listCommands', { name: 'addAdmin' }],
  ])('is refused by %s %j', async (command, params) => {
    await using house = await openHouse();
    await house.meet('boss', 'eve');
    const user = command.endsWith('User') ? { user: 'eve' } : {};
    const before = await house.contents('principals');
    expect(await house.refusal('boss', { command, ...user, params })).toBe('invalid_params');
    expect(await house.contents('principals')).toEqual(before);
    await house.administer('boss', { command, ...user, params: {} });
  });

  it('is ignored by listAdmins, as by KBase, unless it is nearly what we take', async () => {
    await using house = await openHouse();
    await house.meet('boss');
    for (const params of [{ a: 1 }, [], 'detail', 5, { a: { detail: true } }]) {
      expect((await house.administer('boss', { command: 'listAdmins', user: 'bob', params })).result).toEqual(['boss']);
      const record = (await house.records()).at(-1);
      expect(record).toMatchObject({ params: {}, paramsDigest: expect.any(String) });
    }
    const error = await house.refused('boss', { command: 'listAdmins', params: { detial: true } });
    expect(error.message).toContain('did you mean detail?');
  });

  it('leaves a digest in the record of what KBase ignores, and none where nothing was ignored', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'eve');
    const digests: unknown[] = [];
    for (const params of [{ commands: ['listUsers'] }, { commands: ['getAudit'] }, {}, null, undefined]) {
      await house.administer('boss', { command: 'removeAdmin', user: 'eve', params });
      digests.push((await house.records()).at(-1)?.paramsDigest);
    }
    expect(digests).toEqual([expect.any(String), expect.any(String), undefined, undefined, undefined]);
    expect(digests[0]).not.toBe(digests[1]);
  });

  it.each([
    ['removeAdmin', { user: 'cec' }, { dryRun: true }],
    ['removeAdmin', { user: 'cec' }, { idempotencyKey: 'k' }],
    ['listAdmins', {}, { reason: 'because' }],
    ['setWorkspaceDescription', {}, { id: 1, description: 'x', dryRun: true }],
    ['approveModRequest', { module: 'M' }, { dryRun: true }],
    ['deleteUser', { user: 'cec' }, { dryRun: true }],
    ['addAdmin', { user: 'eve' }, { plan: 'x' }],
  ])('%s %j does not run as if an option among its parameters were not there: %j', async (command, call, params) => {
    const house = unchanged;
    const before = [await house.contents('roster'), await house.contents('principals')];
    const error = await house.refused('boss', { command, ...call, params });
    expect(error.reason).toBe('option_invalid');
    expect(error.message).toMatch(/^(dryRun|idempotencyKey|reason|plan) belongs in the command object, beside params/);
    expect([await house.contents('roster'), await house.contents('principals')]).toEqual(before);
  });
});

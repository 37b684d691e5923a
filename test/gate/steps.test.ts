import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHouse, type TestHouse } from '../support/house.ts';
import { peopledHouse } from './calls.ts';

const FULL = { sub: 'fay', roles: ['F'] };
const READER = { sub: 'rea', roles: ['R'] };

describe("the order of the gate's checks", () => {
  let house: TestHouse;
  beforeAll(async () => {
    house = await openHouse({ rules: { configured: [], tokenRoles: { full: ['F'], readOnly: ['R'] } } });
    await house.meet('ann');
  });
  afterAll(() => house[Symbol.asyncDispose]());

  it.each([
    [null],
    [undefined],
    [5],
    ['listAdmins'],
    [[]],
    [{}],
    [{ command: 'noSuchCommand' }],
    [{ command: 'listAdmins' }],
    [{ command: 'listMyPrivileges' }],
    [{ command: {}, user: [], params: 5, extra: 1 }],
    [{ command: 'addAdmin', user: 'nobody', dryRun: 'yes' }],
  ])('a caller who is no administrator is refused before anything is read: %j', async (object) => {
    expect((await house.refused('ann', object)).message).toBe('User ann is not an admin');
  });

  it.each([
    ['a command object that is none', null, 'command_malformed'],
    ['a key too many, before the command', { command: 'noSuchCommand', foo: 1 }, 'command_malformed'],
    ['an unknown command, before its rights', { command: 'noSuchCommand', user: null }, 'command_unknown'],
    ['a write, before its parameters', { command: 'addUser', user: 'x', params: { foo: 1 } }, 'rights_required'],
    ['a write, before its user', { command: 'addAdmin', user: null }, 'rights_required'],
    ['a write, before its options', { command: 'setConfig', dryRun: 'yes', plan: 5 }, 'rights_required'],
    ['a write, before its roles are found delegated', { command: 'removeAdmin', user: 'ann' }, 'rights_required'],
    ['a read with bad parameters, by these', { command: 'listUsers', params: { foo: 1 }, dryRun: 5 }, 'invalid_params'],
    ['a read with a bad option, by this', { command: 'listUsers', params: {}, dryRun: 5 }, 'option_invalid'],
  ])('a read-only administrator is refused %s', async (_, object, reason) => {
    expect(await house.refusal(READER, object)).toBe(reason);
  });

  it.each([
    ['its parameters before its options', { command: 'listUsers', params: { limit: 0 }, reason: '' }, 'invalid_params'],
    ['its options before the user of an addAdmin', { command: 'addAdmin', user: null, reason: '' }, 'option_invalid'],
    ['its user before the roles are found delegated', { command: 'addAdmin', user: 'nobody' }, 'user_unknown'],
    [
      'a plan for a read last',
      { command: 'getAudit', params: { actor: 'nobody' }, plan: '0'.repeat(64) },
      'option_invalid',
    ],
  ])('a full administrator is refused %s', async (_, object, reason) => {
    expect(await house.refusal(FULL, object)).toBe(reason);
  });
});

describe('what KBase answers', () => {
  let house: TestHouse;
  beforeAll(async () => {
    house = await peopledHouse();
  });
  afterAll(() => house[Symbol.asyncDispose]());

  const MALFORMED = 'Unable to deserialize a workspace admin command from the input: ';
  const CLASS = 'us.kbase.workspace.kbase.admin.AdminCommand';
  const UNKNOWN = "I don't know how to process the command: ";

  it.each([
    [
      'listAdmins',
      `Cannot construct instance of \`${CLASS}\` (although at least one Creator exists): no String-argument constructor/factory method to deserialize from String value ('listAdmins')`,
    ],
    [[], `Cannot deserialize instance of \`${CLASS}\` out of START_ARRAY token`],
    [{ command: 'listAdmins', foo: 1 }, `Unrecognized field "foo" (class ${CLASS}), not marked as ignorable (`],
    [{ command: [] }, 'Cannot deserialize instance of `java.lang.String` out of START_ARRAY token'],
    [{ command: {} }, 'Cannot deserialize instance of `java.lang.String` out of START_OBJECT token'],
    [{ command: 'listAdmins', user: [] }, 'Cannot deserialize instance of `java.lang.String` out of START_ARRAY token'],
    [
      { command: 'listAdmins', module: {} },
      'Cannot deserialize instance of `java.lang.String` out of START_OBJECT token',
    ],
  ])('to a command object like %j', async (object, message) => {
    const error = await house.refused('boss', object);
    expect(error.message.startsWith(MALFORMED + message)).toBe(true);
    expect(error.code).toBe(-32500);
  });

  it.each([
    [{}, 'null'],
    [{ command: null }, 'null'],
    [{ command: 5 }, '5'],
    [{ command: 1.5 }, '1.5'],
    [{ command: true }, 'true'],
    [{ command: '' }, ''],
    [{ command: 'listadmins' }, 'listadmins'],
    [{ command: ' listAdmins' }, ' listAdmins'],
    [{ command: 'listAdmins\u0000' }, 'listAdmins\u0000'],
    [{ command: 'cloneWorkspace' }, 'cloneWorkspace'],
    [{ command: 'getAdminRole' }, 'getAdminRole'],
    [{ command: '__proto__' }, '__proto__'],
    [{ command: 'constructor' }, 'constructor'],
    [{ command: 'toString' }, 'toString'],
    [{ command: 'hasOwnProperty' }, 'hasOwnProperty'],
  ])('to the command in %j', async (object, shown) => {
    expect((await house.refused('boss', object)).message).toBe(UNKNOWN + shown);
  });

  it.each([
    [undefined, 'User may not be null'],
    [null, 'User may not be null'],
    ['', 'Username cannot be null or the empty string'],
    ['a'.repeat(101), 'Username exceeds the maximum length of 100'],
    ['a*b', 'Illegal character in user name a*b: *'],
    [' ann', 'Illegal character in user name  ann:  '],
    ['ann ', 'Illegal character in user name ann :  '],
    ['ann@x', 'Illegal character in user name ann@x: @'],
    ['Ann', 'username Ann has invalid character: A'],
    ['an-n', 'username an-n has invalid character: -'],
    [
      '5ann',
      'Auth service returned an error: 30010 Illegal user name: Illegal user name [5ann]: 30010 Illegal user name: Username must start with a letter',
    ],
    [
      5,
      'Auth service returned an error: 30010 Illegal user name: Illegal user name [5]: 30010 Illegal user name: Username must start with a letter',
    ],
    [1.5, 'Illegal character in user name 1.5: .'],
    [true, 'User true is not a valid user'],
    ['a'.repeat(100), `User ${'a'.repeat(100)} is not a valid user`],
    ['nobody', 'User nobody is not a valid user'],
  ])('to addAdmin and removeAdmin of the user %j', async (user, message) => {
    const before = await house.contents('roster');
    for (const command of ['addAdmin', 'removeAdmin']) {
      const error = await house.refused('boss', { command, ...(user === undefined ? {} : { user }) });
      expect([error.message, error.code]).toEqual([message, -32500]);
    }
    expect(await house.contents('roster')).toEqual(before);
  });

  const PARAMS = 'Unable to deserialize SetConfigParams out of params field: ';
  it.each([
    [undefined, 'Method parameters SetConfigParams may not be null'],
    [null, 'Method parameters SetConfigParams may not be null'],
    [{}, 'configItems'],
    [{ set: null }, 'configItems'],
    [{ set: { b: 1, a: 1 } }, 'Unexpected key in configuration map: a'],
    [{ set: { 'backend-file-retrieval-scaling': 3, x: 1 } }, 'Unexpected key in configuration map: x'],
    ...[0, -1, '3', 1.5, null, 3_000_000_000, true, [1], { $gt: 0 }].map((value) => [
      { set: { 'backend-file-retrieval-scaling': value } },
      'backend-file-retrieval-scaling must be an integer > 0',
    ]),
  ] as [unknown, string][])('to setConfig with %j', async (params, message) => {
    expect((await house.refused('boss', { command: 'setConfig', params })).message).toBe(message);
    expect((await house.administer('boss', { command: 'getConfig' })).result).toEqual({
      config: { 'backend-file-retrieval-scaling': 1 },
    });
  });

  it.each([[[]], ['set'], [5], [true], [{ set: [] }], [{ set: 'x' }], [{ set: {}, foo: 1 }]])(
    'to setConfig with the wrong shape %j',
    async (params) => {
      const { message } = await house.refused('boss', { command: 'setConfig', params });
      expect(message.startsWith(PARAMS)).toBe(true);
    },
  );

  it.each([
    { command: 'listAdmins', user: 'nobody', module: 'none', params: { foo: 1 } },
    { command: 'listAdmins', user: 5, module: true, params: null },
    { command: 'listAdmins', params: 'none' },
    { command: 'listAdmins', params: [1] },
    { command: 'listAdmins', user: '', module: '' },
    { command: 'listAdmins', user: null, module: null, params: null },
  ])('without reading what it does not need: %j', async (object) => {
    expect((await house.administer('boss', object)).result).toEqual(['boss', 'cec', 'limited', 'reader']);
  });

  it('to addAdmin and removeAdmin that change nothing: null; removeAdmin takes any parameters, as in KBase', async () => {
    for (const [command, user] of [
      ['addAdmin', 'cec'],
      ['addAdmin', 'boss'],
      ['removeAdmin', 'ann'],
    ]) {
      const ignored = command === 'removeAdmin' ? [{ foo: 1 }, 'x', []] : [];
      for (const params of [undefined, null, {}, ...ignored]) {
        const { result, receipt } = await house.administer('boss', { command, user, params });
        expect(result).toBeNull();
        expect((await house.records()).find((r) => r.id === receipt?.record)?.changes).toEqual([]);
      }
    }
  });
});

describe('the options of the command object', () => {
  let house: TestHouse;
  beforeAll(async () => {
    house = await peopledHouse();
  });
  afterAll(() => house[Symbol.asyncDispose]());

  it.each([
    ...[1, 0, 'true', 'false', null, [], {}].map((dryRun) => ({ dryRun })),
    ...[null, '', '  ', 5, 'x'.repeat(1001), {}, []].map((reason) => ({ reason })),
    ...[null, '', 5, 'x'.repeat(256), { $ne: 1 }].map((idempotencyKey) => ({ idempotencyKey })),
    ...[null, '', 'x'.repeat(64), 'A'.repeat(64), '0'.repeat(63), 5].map((plan) => ({ plan })),
    { dryRun: true, plan: '0'.repeat(64) },
  ])('are refused in another form, and nothing is done: %j', async (options) => {
    const before = await house.contents('principals');
    expect(await house.refusal('boss', { command: 'addUser', user: 'eve', ...options })).toBe('option_invalid');
    expect(await house.contents('principals')).toEqual(before);
  });

  it('make a dry run only if dryRun is true', async () => {
    await house.administer('boss', { command: 'addUser', user: 'fay', dryRun: false });
    expect((await house.contents('principals')).filter((p) => p.username === 'fay')).toHaveLength(1);
  });
});

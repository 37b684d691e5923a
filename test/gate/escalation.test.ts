import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StewardError } from '../../src/base/errors.ts';
import { schemaOf } from '../../src/base/schemas/validator.ts';
import { allCommands } from '../../src/operations/index.ts';
import { openHouse, type TestHouse } from '../support/house.ts';
import { inTurn, LONG } from '../support/long.ts';
import { bytesOf, calls, peopledHouse } from './calls.ts';

const DIRECTORY = ['addUser', 'deleteUser', 'disableUser', 'enableUser', 'renameUser'];
const ADMINS = ['addAdmin', 'removeAdmin', 'listAdmins'];
const COMMANDS = [...ADMINS, ...DIRECTORY];
const SOON = '2098-01-01T00:00:00Z';
const LATER = '2099-01-01T00:00:00Z';

/**
 * Beside `boss`: `peer` (full, these commands), `peer2` (the same), `agent` (the same, as ann alone), `guest` (the
 * same, until SOON), `cec` (full), `rea` (read-only), `small` (one command), and the users ann, bea, dan and eve.
 */
async function staffed(): Promise<TestHouse> {
  const house = await openHouse({ rules: { configured: ['boss', 'vacant'] } });
  await house.meet('boss', 'ann', 'bea', 'dan', 'eve');
  for (const [user, params] of [
    ['peer', { commands: COMMANDS }],
    ['peer2', { commands: COMMANDS }],
    ['agent', { commands: COMMANDS, as: ['ann'] }],
    ['guest', { commands: COMMANDS, expires: SOON }],
    ['cec', {}],
    ['rea', { role: 'readOnly' }],
    ['small', { commands: ['listAdmins'] }],
  ] as const) {
    await house.meet(user);
    await house.administer('boss', { command: 'addAdmin', user, params });
  }
  return house;
}

describe('a limited administrator', () => {
  let house: TestHouse;
  beforeAll(async () => {
    house = await staffed();
  });
  afterAll(() => house[Symbol.asyncDispose]());

  /** The call is refused, as a dry run too, and changes nothing. */
  async function exceeds(actor: string, command: object): Promise<void> {
    const before = await bytesOf(house);
    expect(await house.refusal(actor, { ...command, dryRun: true })).toBe('exceeds_own_rights');
    expect(await house.refusal(actor, command)).toBe('exceeds_own_rights');
    expect(await bytesOf(house)).toEqual(before);
  }

  it.each([
    ['a full administrator', 'peer', undefined],
    ['a full administrator, by parameters that are none', 'peer', {}],
    ['a read-only administrator without its limits', 'peer', { role: 'readOnly' }],
    ['one with a command that it lacks', 'peer', { commands: ['setConfig'] }],
    ['one with a command more than it has', 'peer', { commands: [...COMMANDS, 'getAudit'] }],
    ['one limited to subjects but not to commands', 'peer', { as: ['ann'] }],
    ['one who may act as anybody', 'agent', { commands: ['listAdmins'] }],
    ['one who may act as somebody else', 'agent', { commands: ['listAdmins'], as: ['bea'] }],
    ['one who may act as one more', 'agent', { commands: ['listAdmins'], as: ['ann', 'bea'] }],
    ['one whose right does not expire', 'guest', { commands: ['listAdmins'] }],
    ['one whose right expires later', 'guest', { commands: ['listAdmins'], expires: LATER }],
  ])('does not make %s', async (_, actor, params) => {
    for (const user of ['eve', actor]) {
      await exceeds(actor, { command: 'addAdmin', user, ...(params === undefined ? {} : { params }) });
    }
  });

  it.each([
    ['peer', { commands: ['listAdmins'] }],
    ['peer', { commands: COMMANDS, as: ['ann'] }],
    ['peer', { commands: COMMANDS, role: 'readOnly', expires: LATER }],
    ['agent', { commands: ['addUser'], as: ['ann'] }],
    ['guest', { commands: ['addUser'], expires: SOON }],
  ])('makes administrators with its own rights or fewer: %s, %j', async (actor, params) => {
    await house.administer(actor, { command: 'addAdmin', user: 'bea', params });
    const { result } = await house.administer('boss', { command: 'listAdmins', params: { detail: true } });
    expect(result).toContainEqual(expect.objectContaining({ user: 'bea', addedBy: actor }));
    await house.administer('boss', { command: 'removeAdmin', user: 'bea' });
  });

  it.each(['cec', 'rea', 'boss'])(
    'does not remove, demote, disable, close or rename who has more: %s',
    async (user) => {
      const isProtected = user === 'boss';
      for (const command of [
        { command: 'removeAdmin', user },
        { command: 'disableUser', user },
        { command: 'deleteUser', user },
        { command: 'addAdmin', user, params: { commands: ['listAdmins'] } },
      ]) {
        if (isProtected) expect(await house.refusal('peer', command)).toBe('protected_admin');
        else await exceeds('peer', command);
      }
      await exceeds('peer', { command: 'renameUser', user, params: { newName: 'someoneelse' } });
    },
  );

  it('does not change a peer who may act as more users, or for longer', async () => {
    for (const actor of ['agent', 'guest']) {
      for (const command of ['removeAdmin', 'disableUser', 'deleteUser'])
        await exceeds(actor, { command, user: 'peer2' });
    }
  });

  it('does not enable a user with more rights', async () => {
    await house.administer('boss', { command: 'disableUser', user: 'cec' });
    await exceeds('peer', { command: 'enableUser', user: 'cec' });
    await house.administer('boss', { command: 'enableUser', user: 'cec' });
  });

  it('removes, disables and enables users with no more rights than their own', async () => {
    await house.administer('peer', { command: 'removeAdmin', user: 'small' });
    await house.administer('boss', { command: 'addAdmin', user: 'small', params: { commands: ['listAdmins'] } });
    await house.administer('peer', { command: 'disableUser', user: 'peer2' });
    await house.administer('peer', { command: 'enableUser', user: 'peer2' });
    await house.administer('peer', { command: 'disableUser', user: 'eve' });
    await house.administer('peer', { command: 'enableUser', user: 'eve' });
  });

  it('does not give a free name of ws-admin to anybody', async () => {
    await exceeds('peer', { command: 'addUser', user: 'vacant' });
    await exceeds('peer', { command: 'addUser', user: 'vacant', params: { id: 'eve2' } });
    await exceeds('peer', { command: 'renameUser', user: 'eve', params: { newName: 'vacant' } });
    await exceeds('peer', { command: 'renameUser', user: 'peer', params: { newName: 'vacant' } });
  });

  it('does not get the rights of a pending account by renaming it', async () => {
    await house.administer('boss', { command: 'addUser', user: 'pat' });
    await house.administer('boss', { command: 'addAdmin', user: 'pat' });
    await exceeds('peer', { command: 'renameUser', user: 'pat', params: { newName: 'accomplice' } });
    expect(await house.refusal('accomplice', { command: 'listAdmins' })).toBe('not_admin');
  });

  it('gains nothing by the former name of an administrator', async () => {
    await house.administer('boss', { command: 'renameUser', user: 'boss', params: { newName: 'chief' } });
    await house.administer('peer', { command: 'addUser', user: 'boss' });
    expect(await house.refusal({ sub: 's-new', name: 'boss' }, { command: 'listAdmins' })).toBe('not_admin');
    await house.administer('boss', { command: 'renameUser', user: 'cec', params: { newName: 'cecilia' } });
    await house.administer('peer', { command: 'renameUser', user: 'eve', params: { newName: 'cec' } });
    expect(await house.refusal('eve', { command: 'listAdmins' })).toBe('not_admin');
    await house.administer('boss', { command: 'renameUser', user: 'cec', params: { newName: 'eve' } });
    await house.administer('boss', { command: 'renameUser', user: 'cecilia', params: { newName: 'cec' } });
  });

  it('may give up their own rights', async () => {
    await house.administer('peer2', { command: 'addAdmin', user: 'peer2', params: { commands: ['removeAdmin'] } });
    expect(await house.refusal('peer2', { command: 'listAdmins' })).toBe('command_not_allowed');
    await house.administer('peer2', { command: 'removeAdmin', user: 'peer2' });
    expect(await house.refusal('peer2', { command: 'listAdmins' })).toBe('not_admin');
  });
});

describe('administrators are not made', () => {
  it('with unknown commands or subjects, or invalid lists', async () => {
    await using house = await staffed();
    const before = await house.contents('roster');
    for (const [params, reason] of [
      [{ commands: ['noSuchCommand'] }, 'command_unknown'],
      [{ commands: ['__proto__'] }, 'command_unknown'],
      [{ commands: ['*'] }, 'command_unknown'],
      [{ commands: [] }, 'invalid_params'],
      [{ commands: 'listAdmins' }, 'invalid_params'],
      [{ commands: [['listAdmins']] }, 'invalid_params'],
      [{ as: ['nobody'] }, 'user_unknown'],
      [{ as: ['*'] }, 'user_unknown'],
      [{ as: [] }, 'invalid_params'],
      [{ as: [{ $ne: 1 }] }, 'invalid_params'],
      [{ role: 'FULL' }, 'invalid_params'],
      [{ role: 'none' }, 'invalid_params'],
      [{ role: null }, 'invalid_params'],
      [{ expires: 'never' }, 'invalid_params'],
      [{ expires: 4102444800 }, 'invalid_params'],
      [{ role: 'readOnly', exipres: LATER }, 'invalid_params'],
    ] as const) {
      expect(await house.refusal('boss', { command: 'addAdmin', user: 'eve', params })).toBe(reason);
    }
    expect(await house.contents('roster')).toEqual(before);
  });
});

describe('fields that only the service writes', () => {
  const FIELDS = [
    ...[
      '_id',
      'id',
      'revision',
      'username',
      'name',
      'state',
      'living',
      'issuer',
      'subject',
      'tokenName',
      'tokenNameAt',
    ],
    ...[
      'createdAt',
      'closedAt',
      'kind',
      'email',
      'principal',
      'role',
      'commands',
      'as',
      'expires',
      'addedAt',
      'addedBy',
    ],
    ...['admins', 'bindings', 'epoch', 'entry', 'protected', 'source', 'rank', 'owner', 'owners', 'scope', 'actor'],
    ...[
      'authority',
      'rule',
      'outcome',
      'record',
      'hash',
      'key',
      'request',
      'result',
      'receipt',
      'at',
      'dryRun',
      'user',
    ],
  ];
  const fields = inTurn(FIELDS, 1);
  let house: TestHouse;
  let before: Awaited<ReturnType<typeof bytesOf>>;
  beforeAll(async () => {
    house = await peopledHouse();
    before = await bytesOf(house);
  });
  afterAll(async () => {
    expect(await bytesOf(house)).toEqual(before);
    await house[Symbol.asyncDispose]();
  });

  it.each(allCommands.map((c) => [c.name, c] as const))(
    'are refused or ignored among the parameters of %s',
    async (name, command) => {
      const plan = async (params: object | undefined) => {
        const call = { command: name, ...calls[name], ...(params === undefined ? {} : { params }), dryRun: true };
        return house.administer('boss', call).then(
          ({ result }) => (result as { changes: unknown[] }).changes,
          (error) => (error instanceof StewardError ? error.reason : Promise.reject(error)),
        );
      };
      const known = Object.keys((schemaOf(command.params).properties as object | undefined) ?? {});
      let usual: string | undefined;
      for (const field of fields().filter((f) => !known.includes(f))) {
        const found = await plan({ ...calls[name]?.params, [field]: 'full' });
        // Options are refused in any place but their own.
        const isOption = field === 'dryRun' && !['struct', 'strict'].includes(command.takes);
        const ignores =
          ['ignored', 'tolerant', 'module'].includes(command.takes) ||
          (command.takes === 'extension' && calls[name]?.params === undefined);
        if (isOption) expect(found).toBe('option_invalid');
        else if (ignores) {
          usual ??= JSON.stringify(await plan(calls[name]?.params));
          expect(JSON.stringify(found)).toBe(usual);
        } else expect(found).toBe('invalid_params');
      }
      if (LONG) expect(await bytesOf(house)).toEqual(before);
    },
  );

  it('are refused in the command object', async () => {
    for (const field of FIELDS.filter((f) => f !== 'dryRun' && f !== 'user')) {
      expect(await house.refusal('boss', { command: 'listAdmins', [field]: 'full' })).toBe('command_malformed');
    }
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StewardError } from '../../src/base/errors.ts';
import type { Origin } from '../../src/gate/door.ts';
import { allCommands } from '../../src/operations/index.ts';
import type { TestHouse } from '../support/house.ts';
import { LONG, spread } from '../support/long.ts';
import { calls, POLICY, peopledHouse } from './calls.ts';

const KEY = 'the secret key of the tests';

type Credential = NonNullable<Origin['credential']>;

let house: TestHouse;
beforeAll(async () => {
  house = await peopledHouse({ secretKey: KEY });
});
afterAll(() => house[Symbol.asyncDispose]());

/** Step 1 for this credential. */
function identified(credential: Credential, on: TestHouse) {
  const method = on.gate.method('Workspace.administer');
  if (method === undefined) throw new Error('there is no administer');
  const origin: Origin = {
    requestId: randomUUID(),
    authorization: undefined,
    credential,
    address: randomUUID(),
    socketAddress: '127.0.0.1',
  };
  return { method, origin, caller: on.gate.identify(method, origin) };
}

/** The administrator of staff, who is identified once: to check a password takes long, by intention. */
let staff: ReturnType<typeof identified> | undefined;

/** Calls `administer` with this credential instead of a token. */
async function administer(credential: Credential, command: string, call: object = {}, on: TestHouse = house) {
  if (credential === password) staff ??= identified(password, house);
  const { method, origin, caller } = credential === password && staff ? staff : identified(credential, on);
  return on.gate.call(method, { caller: await caller, params: [{ command, ...call }], origin });
}

const reasonOf = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    (error) => (error instanceof StewardError ? error.reason : Promise.reject(error)),
  );

const secretKey: Credential = { kind: 'secretKey', key: KEY, applicant: {} };
const password: Credential = { kind: 'password', of: 'staff', username: 'adm', password: 'a password' };

const all = allCommands.map((c) => [c.name, c] as const);
const others = all.filter(([name]) => name !== 'createAdmin');

const principals = async (of: TestHouse = house) => JSON.stringify(await of.contents('principals'));

describe('the holder of the secret key', () => {
  let before: string;

  it('makes administrators of staff', async () => {
    const { result } = await administer(secretKey, 'createAdmin', {
      params: { username: 'adm', password: 'a password' },
    });
    expect(result).toMatchObject({ username: 'adm', is_superuser: true });
    before = await principals();
  });

  it.each(others)('may not run %s', async (name) => {
    expect(await reasonOf(administer(secretKey, name, calls[name]))).toMatch(/^(rights_required|command_not_allowed)$/);
    if (LONG) expect(await principals()).toBe(before);
  });

  afterAll(async () => expect(await principals()).toBe(before));
});

it('no rule gives the holder of the secret key anything', async () => {
  const everything = [
    ['anybody', 'all'],
    ['boss', 'of-boss'],
    ['admins', 'of-admins'],
  ].map(([who, name]) => `  - {name: ${name}, who: [${who}], commands: ['*', breakGlass], as: ['*'], allow: true}\n`);
  await using given = await peopledHouse({ secretKey: KEY, policy: `${POLICY}${everything.join('')}` });
  const before = await principals(given);
  for (const [name] of spread(others, 40)) {
    expect(await reasonOf(administer(secretKey, name, calls[name], given)), name).toMatch(
      /^(rights_required|command_not_allowed|policy_denied)$/,
    );
    if (LONG) expect(await principals(given)).toBe(before);
  }
  expect(await principals(given)).toBe(before);
});

describe('an administrator of staff', () => {
  it.each(all.filter(([, c]) => c.scope === undefined && !c.open))('may not run %s', async (name) => {
    expect(await reasonOf(administer(password, name, calls[name]))).toBe('command_not_allowed');
  });

  it('sees that it may run what belongs to IIIF', async () => {
    const { result } = await administer(password, 'listMyPrivileges');
    const own = allCommands.filter((c) => c.scope === 'iiif' || c.open).map((c) => c.name);
    expect((result as { commands: string[] }).commands.sort()).toEqual(own.sort());
  });

  it('does not count as the full administrator who must remain', async () => {
    const { result } = await house.administer('boss', { command: 'listAdmins' });
    expect(result).not.toContain('adm');
  });

  it('changes nobody with more rights', async () => {
    await house.administer('boss', { command: 'createStaff', params: { username: 'al', password: 'x' } });
    await house.meet('carla');
    await house.administer('boss', { command: 'addAdmin', user: 'al' });
    const users = (await house.administer('boss', { command: 'listUsers', params: { prefix: 'al' } })).result;
    const [{ id }] = (users as { users: { id: string }[] }).users as [{ id: string }];
    for (const [command, params] of [
      ['updateStaff', { id, username: 'x' }],
      ['deleteStaff', { id }],
    ] as const) {
      expect(await reasonOf(administer(password, command, { params }))).toBe('exceeds_own_rights');
    }
  });
});

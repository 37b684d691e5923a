import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StewardError } from '../../src/base/errors.ts';
import type { JobView } from '../../src/base/schemas/generated.ts';
import { commands } from '../../src/base/schemas/generated.ts';
import type { Credential } from '../../src/identity/credential.ts';
import { allCommands } from '../../src/operations/index.ts';
import { collection } from '../../src/store/collection.ts';
import { openSavingWorld, type SavingWorld, saveParams, simple } from '../domain/objects/savingWorld.ts';
import { openWorld, type World } from '../domain/workspaces/world.ts';
import { command } from '../support/acting.ts';
import { originOf, type TestHouse } from '../support/house.ts';

/**
 * A process that is stopped goes on where it was, and for it no time has passed but on the monotonic clock. Here the clock
 * is set ahead, in the middle of a call, while another instance withdraws the right to it.
 */

/** What is done in the middle of the next call, once. */
let meanwhile: (() => Promise<void>) | undefined;

async function stop(): Promise<void> {
  const what = meanwhile;
  meanwhile = undefined;
  await what?.();
}

const clock = performance.now.bind(performance);
let stoppedMs = 0;

/** The process was stopped for so long. */
function pass(ms: number): void {
  stoppedMs += ms;
}

beforeEach(() => {
  vi.spyOn(performance, 'now').mockImplementation(() => clock() + stoppedMs);
});
afterEach(() => {
  meanwhile = undefined;
  vi.restoreAllMocks();
});

const things = collection<{ readonly _id: string; readonly revision: number }>('things');

const declared = {
  summary: 'A command of this test.',
  user: 'optionalSubject',
  order: 'userFirst',
  takes: 'ignored',
  params: commands.listAdmins.params,
  result: commands.listAdmins.result,
  examples: [],
} as const;

/** Reads and writes that take as long as it takes. */
const slow = [
  command({
    ...declared,
    name: 'slowRead',
    effect: 'read',
    run: async () => {
      await stop();
      return 'read' as never;
    },
  }),
  command({
    ...declared,
    name: 'slowWrite',
    effect: 'write',
    run: async ({ tx }) => {
      await tx.insert(things, { _id: tx.newId() });
      await stop();
      return 'written' as never;
    },
  }),
];

/** Two instances on one database: the one is stopped in the middle of a call, the other goes on. */
let one: SavingWorld;
let other: World;
beforeAll(async () => {
  one = await openSavingWorld({ commands: [...allCommands, ...slow] });
  await one.database.prepare([things]);
  other = await openWorld({ beside: one });
});
afterAll(async () => {
  await other[Symbol.asyncDispose]();
  await one[Symbol.asyncDispose]();
});

let count = 0;

/** Somebody known to both instances, of whom no other test takes anything away. */
async function somebody(): Promise<string> {
  const name = `user${++count}`;
  await one.meet(name);
  return name;
}

/** The same as an administrator. */
async function someAdmin(): Promise<string> {
  const name = await somebody();
  await one.run('addAdmin', {}, name);
  return name;
}

const records = async (command: string, user: string) =>
  (await one.records()).filter((r) => r.command === command && (r.actor as { name: string }).name.startsWith(user));

/** What these documents are, but for those that were there before. */
async function made(name: string, before: readonly Record<string, unknown>[]) {
  const ids = new Set(before.map((document) => document._id));
  return (await one.contents(name)).filter((document) => !ids.has(document._id));
}

/** Stops this instance before its next commit. */
function stopBeforeCommit(house: TestHouse): void {
  const confirm = house.database.confirmCommit.bind(house.database);
  vi.spyOn(house.database, 'confirmCommit').mockImplementation(async () => {
    await stop();
    await confirm();
  });
}

/** Stops this instance when a read of it has what it looked for. */
function stopAfterReading(house: TestHouse, from: string): void {
  const parts = house.database.parts.bind(house.database);
  vi.spyOn(house.database, 'parts').mockImplementation((async (...args: Parameters<typeof parts>) => {
    const found = await parts(...args);
    if (args[0].name === from) await stop();
    return found;
  }) as never);
}

const reasonOf = (call: Promise<unknown>) =>
  call.then(
    (answer) => Promise.reject(new Error(`not refused: ${JSON.stringify(answer)}`)),
    (error: StewardError) => error.reason,
  );

describe('A18: an administrator whose right is withdrawn elsewhere while the process is stopped', () => {
  const ways = [
    ['removeAdmin', {}, 'not_admin'],
    ['disableUser', {}, 'not_admin'],
    ['addAdmin', { role: 'readOnly' }, 'rights_required'],
    ['addAdmin', { commands: ['listUsers'] }, 'command_not_allowed'],
    ['deleteUser', {}, 'not_admin'],
  ] as const;

  it.each(ways)('by %s %j writes nothing: %s', async (name, params, reason) => {
    const admin = await someAdmin();
    const before = await one.contents('things');
    stopBeforeCommit(one);
    meanwhile = async () => {
      await other.run(name, params, admin);
      pass(1_001);
    };
    expect(await reasonOf(one.administer(admin, { command: 'slowWrite' }))).toBe(reason);
    expect(await made('things', before)).toEqual([]);
    const left = await records('slowWrite', admin);
    expect(left.map(({ outcome, error }) => [outcome, error])).toEqual([['denied', reason]]);
  });

  /** Takes the right of this administrator away while the process is stopped. */
  const removing = (admin: string) => async () => {
    await other.run('removeAdmin', {}, admin);
    pass(1_001);
  };

  it('is shown nothing, and the call has one record', async () => {
    const admin = await someAdmin();
    meanwhile = removing(admin);
    expect(await reasonOf(one.administer(admin, { command: 'slowRead' }))).toBe('not_admin');
    const left = await records('slowRead', admin);
    expect(left.map(({ outcome, error }) => [outcome, error])).toEqual([['denied', 'not_admin']]);
  });

  it('is shown nothing where the process is stopped while the record is stored, which says that it was read', async () => {
    const admin = await someAdmin();
    const append = one.database.appendOne.bind(one.database);
    vi.spyOn(one.database, 'appendOne').mockImplementation(async (...args) => {
      await append(...args);
      await stop();
    });
    meanwhile = removing(admin);
    expect(await reasonOf(one.administer(admin, { command: 'listAdmins' }))).toBe('not_admin');
    expect((await records('listAdmins', admin)).map(({ outcome }) => outcome)).toEqual(['success']);
  });

  it('sees no plan', async () => {
    const admin = await someAdmin();
    meanwhile = removing(admin);
    expect(await reasonOf(one.administer(admin, { command: 'slowWrite', dryRun: true }))).toBe('not_admin');
  });

  it('is not answered again what was answered before', async () => {
    const admin = await someAdmin();
    const write = { command: 'slowWrite', idempotencyKey: 'once' };
    await one.administer(admin, write);
    const get = one.database.get.bind(one.database);
    vi.spyOn(one.database, 'get').mockImplementation((async (...args: Parameters<typeof get>) => {
      const found = await get(...args);
      if (args[0].name === 'idempotency') await stop();
      return found;
    }) as never);
    meanwhile = removing(admin);
    expect(await reasonOf(one.administer(admin, write))).toBe('not_admin');
  });

  it('has no job go on', async () => {
    const [admin, leaver, heir] = [await someAdmin(), await somebody(), await somebody()];
    await one.call(leaver, 'create_workspace', { workspace: `${leaver}:w` });
    const { result } = await one.administer(admin, { command: 'offboard', user: leaver, params: { to: heir } });
    const { job } = result as JobView;
    stopBeforeCommit(one);
    meanwhile = removing(admin);
    const view = async () => (await other.run('getJob', { id: job })) as JobView;
    // Other work in the background would commit while this instance is stopped.
    while ((await view()).state === 'running') await one.worker.turn('jobs');
    expect(await view()).toMatchObject({ state: 'failed', error: { reason: 'not_admin' } });
    expect(await other.run('listOwned', { user: leaver })).toMatchObject({ types: [{ type: 'workspace', count: 1 }] });
  });

  it('acts as nobody who was cut off meanwhile', async () => {
    const before = await one.contents('things');
    stopBeforeCommit(one);
    for (const [call, withdraw] of [
      ['slowWrite', 'disableUser'],
      ['slowWrite', 'deleteUser'],
      ['slowRead', 'disableUser'],
    ] as const) {
      const user = await somebody();
      meanwhile = async () => {
        await other.run(withdraw, {}, user);
        pass(1_001);
      };
      expect(await reasonOf(one.administer('boss', { command: call, user }))).toBe('user_unknown');
    }
    expect(await made('things', before)).toEqual([]);
  });
});

describe('A18: a user whose right is withdrawn elsewhere', () => {
  const cutOff =
    (user: string, by: 'disableUser' | 'deleteUser' = 'disableUser') =>
    async () => {
      await other.run(by, {}, user);
      pass(1_001);
    };

  it('writes nothing from then on, without any delay, though this instance remembers them as active', async () => {
    const user = await somebody();
    await one.call(user, 'create_workspace', { workspace: `${user}:first` });
    const before = await one.contents('workspaces');
    await other.run('disableUser', {}, user);
    // By the clock of this instance no time passes in which it might look.
    vi.spyOn(performance, 'now').mockReturnValue(performance.now());
    vi.spyOn(Date, 'now').mockReturnValue(Date.now());
    expect(await reasonOf(one.call(user, 'create_workspace', { workspace: `${user}:second` }))).toBe(
      'account_disabled',
    );
    expect(await made('workspaces', before)).toEqual([]);
  });

  it('writes nothing where the process was stopped before the commit', async () => {
    const before = await one.contents('workspaces');
    stopBeforeCommit(one);
    for (const [withdraw, reason] of [
      ['disableUser', 'account_disabled'],
      ['deleteUser', 'account_closed'],
    ] as const) {
      const user = await somebody();
      meanwhile = cutOff(user, withdraw);
      expect(await reasonOf(one.call(user, 'create_workspace', { workspace: `${user}:w` }))).toBe(reason);
    }
    expect(await made('workspaces', before)).toEqual([]);
  });

  it('is shown nothing where the process was stopped while it read', async () => {
    const user = await somebody();
    await one.call(user, 'create_workspace', { workspace: `${user}:w` });
    stopAfterReading(one, 'workspaces');
    meanwhile = cutOff(user);
    expect(await reasonOf(one.call(user, 'get_workspace_info', { workspace: `${user}:w` }))).toBe('account_disabled');
  });

  it('is not let in by step 1 from before the stop', async () => {
    const user = await somebody();
    const method = one.gate.method('Workspace.list_workspace_info');
    if (method === undefined) throw new Error('no method');
    const origin = originOf(user);
    const caller = await one.gate.identify(method, origin);
    await cutOff(user)();
    expect(await reasonOf(one.gate.call(method, { caller, params: [{}], origin }))).toBe('account_disabled');
  });

  it('reads and writes by no role that they were taken out of meanwhile', async () => {
    const [owner, member] = [await somebody(), await somebody()];
    const shared = { workspace: `${owner}:shared` };
    await one.run('createRole', { name: `team-${member}`, members: [member] });
    await one.call(owner, 'create_workspace', shared);
    await one.call(owner, 'set_permissions', { ...shared, new_permission: 'a', users: [`role:team-${member}`] });
    const role = { name: `team-${member}`, members: [member] };
    stopBeforeCommit(one);
    stopAfterReading(one, 'workspaces');
    for (const call of [
      () => one.call(member, 'get_workspace_info', shared),
      () => one.call(member, 'set_workspace_description', { ...shared, description: 'by a member' }),
    ]) {
      await one.call(member, 'get_workspace_info', shared);
      meanwhile = async () => {
        await other.run('removeRoleMembers', role);
        pass(1_001);
      };
      expect(await reasonOf(call())).toBe('permission_denied');
      await other.run('addRoleMembers', role);
      pass(1_001);
    }
    expect(await one.call(owner, 'get_workspace_description', shared)).toBe(null);
  });

  it('writes where the right of somebody else was withdrawn, and once', async () => {
    const [user, another] = [await somebody(), await somebody()];
    const own = { workspace: `${user}:w` };
    await one.call(user, 'create_workspace', own);
    stopBeforeCommit(one);
    meanwhile = cutOff(another);
    await one.call(user, 'set_workspace_description', { ...own, description: 'theirs' });
    expect(await other.call(user, 'get_workspace_description', own)).toBe('theirs');
    expect(await records('Workspace.set_workspace_description', user)).toHaveLength(1);
  });

  it('saves no reference to what they may not read any more', async () => {
    const owner = await somebody();
    const source = { workspace: `${owner}:source` };
    await one.call(owner, 'create_workspace', source);
    await one.call(owner, 'save_objects', saveParams([{ ...simple(), name: 'theirs' }], source));
    const permit = (letter: string) =>
      other.call(owner, 'set_permissions', { ...source, new_permission: letter, users: ['ann'] });
    const upsertEach = one.database.upsertEach.bind(one.database);
    vi.spyOn(one.database, 'upsertEach').mockImplementation(async (...args) => {
      const kept = await upsertEach(...args);
      await stop();
      return kept;
    });
    const provenance = [{ input_ws_objects: [`${source.workspace}/theirs`] }];
    const saving = (num: number) => {
      const data = { name: 'hers', num, nums: [] };
      return one.call('ann', 'save_objects', saveParams([{ ...simple({ data }), name: 'hers', provenance }]));
    };
    await permit('r');
    meanwhile = async () => {
      await permit('n');
      pass(1_001);
    };
    expect(await reasonOf(saving(1))).toBe('object_reference_invalid');
    await permit('r');
    meanwhile = async () => pass(1_001);
    await saving(2);
  });
});

describe('A18: a credential that is withdrawn elsewhere while the process is stopped', () => {
  const PASSWORD = 'a password of the tests';

  async function identified(name: string, credential: Credential) {
    const method = one.gate.method(name);
    if (method === undefined) throw new Error(`there is no ${name}`);
    const origin = { ...originOf('nobody'), authorization: undefined, credential };
    const caller = await one.gate.identify(method, origin);
    return async (params?: unknown) =>
      (await one.gate.call(method, { caller, params: params === undefined ? [] : [params], origin })).result;
  }

  /** Calls an ordinary method with a credential of this service's own accounts. */
  const callWith = async (name: string, credential: Credential, params?: unknown): Promise<unknown> =>
    (await identified(name, credential))(params);

  const login = (of: 'staff' | 'others', username: string): Credential => {
    return { kind: 'password', of, username, password: PASSWORD };
  };

  async function staff(): Promise<string> {
    const username = `staff${++count}`;
    await one.run('createStaff', { username, email: `${username}@example.org`, password: PASSWORD });
    return username;
  }

  async function withPassword(): Promise<string> {
    const user = await somebody();
    await one.run('setPassword', { password: PASSWORD }, user);
    return user;
  }

  const replaced = (user: string) => async () => {
    await other.run('setPassword', { password: 'another password of theirs' }, user);
    pass(1_001);
  };

  it('neither reads nor writes by a session', async () => {
    const before = await one.contents('resources');
    stopBeforeCommit(one);
    stopAfterReading(one, 'workspaces');
    for (const [call, params] of [
      ['Resource.list', {}],
      ['Resource.create', { type: 'section', name: 'another' }],
    ] as const) {
      const user = await withPassword();
      const { session } = (await callWith('Accounts.open_session', login('others', user))) as { session: string };
      meanwhile = replaced(user);
      expect(await reasonOf(callWith(call, { kind: 'session', id: session }, params))).toBe('session_missing');
    }
    expect(await made('resources', before)).toEqual([]);
  });

  it("neither reads nor writes by a staff account's token", async () => {
    const before = await one.contents('resources');
    const collection = { base: 'https://iiif.example.org', type: 'collection', name: 'c', object: {} };
    stopBeforeCommit(one);
    stopAfterReading(one, 'workspaces');
    for (const [call, params] of [
      ['Resource.list', {}],
      ['Iiif.create_object', collection],
    ] as const) {
      const user = await staff();
      const { token } = (await callWith('Accounts.create_token', login('staff', user))) as { token: string };
      meanwhile = replaced(user);
      expect(await reasonOf(callWith(call, { kind: 'staffToken', token }, params))).toBe('token_outdated');
    }
    expect(await made('resources', before)).toEqual([]);
  });

  it('is not exchanged for a token or a session of the new password', async () => {
    const before = await one.contents('sessions');
    for (const [name, of, user] of [
      ['Accounts.create_token', 'staff', await staff()],
      ['Accounts.open_session', 'others', await withPassword()],
    ] as const) {
      const call = await identified(name, login(of, user));
      // Without any stop: the password was right when it was looked at.
      await other.run('setPassword', { password: 'another password of theirs' }, user);
      expect(await reasonOf(call())).toBe('login_refused');
    }
    expect(await made('sessions', before)).toEqual([]);
  });
});

it('A18: nothing is read again for a call within a second', async () => {
  await one.administer('boss', { command: 'slowRead' });
  vi.spyOn(performance, 'now').mockReturnValue(performance.now());
  vi.spyOn(Date, 'now').mockReturnValue(Date.now());
  const get = vi.spyOn(one.database, 'get');
  await one.administer('boss', { command: 'slowRead' });
  expect(get.mock.calls).toEqual([]);
});

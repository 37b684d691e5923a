import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { User } from '../../src/base/schemas/generated.ts';
import { shortId } from '../../src/identity/principal.ts';
import { openHouse, type TestHouse } from '../support/house.ts';
import { LONG } from '../support/long.ts';

/** Calls at the same time. */
const MANY = LONG ? 20 : 5;

interface Page {
  readonly users: User[];
  readonly next?: string;
}

async function listed(house: TestHouse, params: object = {}): Promise<Page> {
  return (await house.administer('boss', { command: 'listUsers', params })).result as Page;
}

const former = (name: string, id: string) => `${name}~${shortId(id)}`;

/** How many of these calls succeeded, and the reasons of the others. */
async function outcomes(calls: Promise<unknown>[]): Promise<{ done: number; reasons: unknown[] }> {
  const settled = await Promise.allSettled(calls);
  const failed = settled.filter((s) => s.status === 'rejected');
  return {
    done: settled.length - failed.length,
    reasons: [...new Set(failed.map((f) => f.reason.reason ?? f.reason))],
  };
}

describe('addUser', () => {
  let shared: TestHouse;
  beforeAll(async () => {
    shared = await openHouse();
  });
  afterAll(() => shared[Symbol.asyncDispose]());

  it('accepts 1 to 100 characters of A-Z a-z 0-9 _ . @ -', async () => {
    await using house = await openHouse();
    await house.meet('boss');
    for (const user of ['a', 'A.b-C_d@example.org', '5', '-', '...', 'x'.repeat(100), '__proto__', 'constructor']) {
      expect((await house.administer('boss', { command: 'addUser', user })).result).toMatchObject({
        user,
        state: 'pending',
        kind: 'person',
      });
    }
    for (const [user, message] of [
      [undefined, 'User may not be null'],
      [null, 'User may not be null'],
      ['', 'Username cannot be null or the empty string'],
      ['x'.repeat(101), 'Username exceeds the maximum length of 100'],
      ['a b', 'Illegal character in user name a b:  '],
      ['a~00000000', 'Illegal character in user name a~00000000: ~'],
      ['id:a', 'Illegal character in user name id:a: :'],
      ['ａ', 'Illegal character in user name ａ: ａ'],
      ['a\n', 'Illegal character in user name a\n: \n'],
      ['$ne', 'Illegal character in user name $ne: $'],
    ]) {
      expect((await house.refused('boss', { command: 'addUser', user })).message).toBe(message);
    }
    expect((await listed(house)).users).toHaveLength(9);
  });

  it('takes the user from the parameters if the command object has none, and records them in the same way', async () => {
    const house = shared;
    await house.meet('boss');
    const flat = { command: 'addUser', params: { user: 'flat', email: 'flat@example.org' } };
    expect((await house.administer('boss', flat)).result).toMatchObject({ user: 'flat', email: 'flat@example.org' });
    expect((await house.records()).at(-1)).toMatchObject({
      params: { user: 'flat', email: expect.stringMatching(/^hmac:/) },
    });
    expect((await house.administer('boss', { command: 'disableUser', params: { user: 'flat' } })).result).toMatchObject(
      {
        state: 'disabled',
      },
    );
    const both = { command: 'addUser', user: 'bob', params: { user: 'cec' } };
    expect(await house.refusal('boss', both)).toBe('invalid_params');
    expect(await house.refusal('boss', { command: 'addAdmin', params: {} })).toBe('user_null');
  });

  it('refuses a name or an id that a living user has', async () => {
    const house = shared;
    await house.meet('boss', 'ann');
    await house.administer('boss', { command: 'addUser', user: 'bea', params: { id: 's1' } });
    expect(await house.refusal('boss', { command: 'addUser', user: 'ann' })).toBe('username_taken');
    expect(await house.refusal('boss', { command: 'addUser', user: 'bea' })).toBe('username_taken');
    expect(await house.refusal('boss', { command: 'addUser', user: 'cec', params: { id: 's1' } })).toBe('id_taken');
    expect(await house.refusal('boss', { command: 'addUser', user: 'cec', params: { id: 'ann' } })).toBe('id_taken');
    await house.administer('boss', { command: 'deleteUser', user: 'bea' });
    await house.administer('boss', { command: 'addUser', user: 'bea', params: { id: 's1' } });
  });

  it('refuses an invalid email, kind or id', async () => {
    const house = shared;
    await house.meet('boss');
    const before = await listed(house);
    for (const params of [
      { email: 'nonsense' },
      { email: `${'a'.repeat(250)}@example.org` },
      { kind: 'robot' },
      { kind: null },
      { id: '' },
      { id: 'a\u0000' },
      { id: 'a'.repeat(256) },
      { id: 5 },
      [],
      'id',
    ]) {
      expect(await house.refusal('boss', { command: 'addUser', user: 'invalid', params })).toBe('invalid_params');
    }
    expect(await listed(house)).toEqual(before);
  });

  it('makes one user when called many times at once with one name', async () => {
    await using house = await openHouse();
    await using second = await openHouse({ beside: house });
    await house.meet('boss');
    const add = (i: number) => (i % 2 ? house : second).administer('boss', { command: 'addUser', user: 'ann' });
    expect(await outcomes(Array.from({ length: MANY }, (_, i) => add(i)))).toEqual({
      done: 1,
      reasons: ['username_taken'],
    });
    expect((await house.contents('principals')).filter((p) => p.username === 'ann')).toHaveLength(1);
    expect((await house.records()).filter((r) => r.command === 'addUser' && r.outcome === 'success')).toHaveLength(1);
  });

  it('makes one user when called at once with one id and many names', async () => {
    const house = shared;
    await house.meet('boss');
    const add = (i: number) =>
      house.administer('boss', { command: 'addUser', user: `ann${i}`, params: { id: 'at once' } });
    expect(await outcomes(Array.from({ length: MANY }, (_, i) => add(i)))).toEqual({ done: 1, reasons: ['id_taken'] });
    expect((await house.contents('principals')).filter((p) => p.subject === 'at once')).toHaveLength(1);
  });

  it('makes one user or none when called during the first sign-in', async () => {
    const house = shared;
    await house.meet('boss');
    for (const user of ['u1', 'u2', 'u3', 'u4', 'u5', 'u6', 'u7', 'u8']) {
      await Promise.allSettled([house.administer('boss', { command: 'addUser', user }), house.signIn(user)]);
      const found = (await house.contents('principals')).filter((p) => p.username === user);
      expect(found).toMatchObject([{ living: true }]);
      expect((await house.signIn(user)).name).toBe(user);
    }
  });
});

describe('renameUser', () => {
  it('changes the name and nothing else: rights and id stay', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'ann');
    await house.administer('boss', { command: 'addAdmin', user: 'ann' });
    const rename = { command: 'renameUser', user: 'ann', params: { newName: 'Ann.B@example.org' } };
    expect((await house.administer('boss', rename)).result).toMatchObject({ user: 'Ann.B@example.org', id: 'ann' });
    expect((await house.administer('ann', { command: 'listAdmins' })).result).toEqual(['boss', 'Ann.B@example.org']);
  });

  it('refuses a name that is taken or invalid, and an unknown or closed user', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'ann', 'bea', 'cec');
    await house.administer('boss', { command: 'deleteUser', user: 'cec' });
    const rename = (user: string, newName: unknown) =>
      house.refusal('boss', { command: 'renameUser', user, params: { newName } });
    expect(await rename('ann', 'bea')).toBe('username_taken');
    expect(await rename('ann', 'b a')).toBe('username_invalid');
    expect(await rename('ann', 'bea~12345678')).toBe('username_invalid');
    expect(await rename('ann', '')).toBe('invalid_params');
    expect(await rename('ann', null)).toBe('invalid_params');
    expect(await rename('nobody', 'x')).toBe('user_unknown');
    expect(await rename(former('cec', 'cec'), 'x')).toBe('account_is_closed');
    expect(await house.refusal('boss', { command: 'renameUser', user: 'ann' })).toBe('invalid_params');
  });

  it('succeeds once for two users who get one name at once', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'ann', 'bea');
    const to = (user: string) => house.administer('boss', { command: 'renameUser', user, params: { newName: 'new' } });
    expect(await outcomes([to('ann'), to('bea')])).toEqual({ done: 1, reasons: ['username_taken'] });
    expect((await listed(house, { prefix: 'new' })).users).toHaveLength(1);
  });
});

describe('disableUser and enableUser', () => {
  it('disable and enable a user; a repetition is no error and changes nothing', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'ann');
    await house.administer('boss', { command: 'addAdmin', user: 'ann' });
    await house.administer('ann', { command: 'listAdmins' });
    for (const [command, state] of [
      ['disableUser', 'disabled'],
      ['enableUser', 'active'],
    ] as const) {
      expect((await house.administer('boss', { command, user: 'ann' })).result).toMatchObject({ state });
      expect((await house.administer('boss', { command, user: 'ann' })).result).toMatchObject({ state });
      expect((await house.records()).at(-1)).toMatchObject({ command, outcome: 'success', changes: [] });
      const call = house.administer('ann', { command: 'listAdmins' });
      if (state === 'disabled') await expect(call).rejects.toMatchObject({ reason: 'account_disabled' });
      else expect((await call).result).toEqual(['boss', 'ann']);
    }
  });

  it('keep a pending user pending', async () => {
    await using house = await openHouse();
    await house.meet('boss');
    await house.administer('boss', { command: 'addUser', user: 'ann' });
    await house.administer('boss', { command: 'disableUser', user: 'ann' });
    const { result } = await house.administer('boss', { command: 'enableUser', user: 'ann' });
    expect(result).toMatchObject({ state: 'pending' });
  });
});

describe('deleteUser', () => {
  it('leaves a former user, shown as such, who can be named and not changed', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'ann');
    await house.administer('boss', { command: 'addAdmin', user: 'ann' });
    const name = former('ann', 'ann');
    const { result } = await house.administer('boss', { command: 'deleteUser', user: 'ann' });
    expect(result).toMatchObject({ user: name, id: 'ann', state: 'former', closed: expect.any(String) });
    expect((await house.administer('boss', { command: 'listAdmins' })).result).toEqual(['boss']);
    expect((await listed(house, { state: 'former' })).users).toMatchObject([{ user: name }]);
    for (const command of ['disableUser', 'enableUser', 'deleteUser', 'renameUser']) {
      const call = { command, user: name, ...(command === 'renameUser' ? { params: { newName: 'x' } } : {}) };
      expect(await house.refusal('boss', call)).toBe('account_is_closed');
    }
    expect(await house.refusal('boss', { command: 'addAdmin', user: name })).toBe('user_unknown');
    expect((await house.administer('boss', { command: 'removeAdmin', user: name })).result).toBeNull();
    const { result: audit } = await house.administer('boss', { command: 'getAudit', params: { actor: name } });
    expect((audit as { records: unknown[] }).records).not.toEqual([]);
  });

  it('distinguishes several former users of one name', async () => {
    await using house = await openHouse();
    await house.meet('boss');
    for (const sub of ['s1', 's2', 's3']) {
      await house.signIn({ sub, name: 'ann' });
      await house.administer('boss', { command: 'deleteUser', user: 'ann' });
    }
    const names = (await listed(house, { prefix: 'ann' })).users.map((u) => u.user);
    expect(names.sort()).toEqual(['s1', 's2', 's3'].map((id) => former('ann', id)).sort());
    expect(await house.refusal('boss', { command: 'deleteUser', user: 'ann~00000000' })).toBe('user_unknown');
  });

  it('leaves nothing of a user who never signed in', async () => {
    await using house = await openHouse();
    await house.meet('boss');
    await house.administer('boss', { command: 'addUser', user: 'ann' });
    await house.administer('boss', { command: 'deleteUser', user: 'ann' });
    expect((await listed(house)).users.map((u) => u.user)).toEqual(['boss']);
  });

  it('keeps a pending user as a former one while an administrator may act as them', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'bea');
    const { id } = (await house.administer('boss', { command: 'addUser', user: 'ann' })).result as User;
    await house.administer('boss', { command: 'addAdmin', user: 'bea', params: { as: ['ann'] } });
    await house.administer('boss', { command: 'deleteUser', user: 'ann' });
    const { result } = await house.administer('bea', { command: 'listMyPrivileges' });
    expect(result).toMatchObject({ as: [former('ann', id)] });
  });

  it('leaves no right behind when called during a sign-in', async () => {
    await using house = await openHouse();
    await house.meet('boss');
    for (const user of ['u1', 'u2', 'u3', 'u4', 'u5']) {
      await house.meet(user);
      await house.administer('boss', { command: 'addAdmin', user });
      const [deleted] = await Promise.allSettled([
        house.administer('boss', { command: 'deleteUser', user }),
        house.administer(user, { command: 'addUser', user: `${user}x` }),
        house.signIn({ sub: user, name: `${user}new`, age: -5 }),
      ]);
      // If the sign-in came first, nobody has the old name any more.
      if (deleted.status === 'rejected') {
        await house.administer('boss', { command: 'deleteUser', user: `${user}new` });
      }
      await expect(house.administer(user, { command: 'listAdmins' })).rejects.toMatchObject({
        reason: 'account_closed',
      });
    }
    expect((await house.administer('boss', { command: 'listAdmins' })).result).toEqual(['boss']);
  });
});

describe('listUsers', () => {
  async function full(): Promise<TestHouse> {
    const house = await openHouse();
    await house.meet('boss');
    for (const [user, kind] of [
      ['ann', 'person'],
      ['ann.b', 'staff'],
      ['bea', 'person'],
      ['bot', 'service'],
      ['Zoe', 'person'],
    ]) {
      await house.administer('boss', { command: 'addUser', user, params: { kind } });
    }
    await house.meet('ann');
    await house.administer('boss', { command: 'disableUser', user: 'bea' });
    return house;
  }

  it('finds by state, kind and the beginning of the name', async () => {
    await using house = await full();
    const names = async (params: object) => (await listed(house, params)).users.map((u) => u.user);
    expect(await names({})).toEqual(['Zoe', 'ann', 'ann.b', 'bea', 'boss', 'bot']);
    expect(await names({ state: 'pending' })).toEqual(['Zoe', 'ann.b', 'bot']);
    expect(await names({ state: 'disabled' })).toEqual(['bea']);
    expect(await names({ kind: 'service' })).toEqual(['bot']);
    expect(await names({ kind: 'person', state: 'active' })).toEqual(['ann', 'boss']);
    expect(await names({ prefix: 'ann' })).toEqual(['ann', 'ann.b']);
    expect(await names({ prefix: 'z' })).toEqual([]);
    expect(await names({ prefix: '.*' })).toEqual([]);
  });

  it('pages by name, through users of one name as well, without loss or repetition', async () => {
    await using house = await full();
    for (const sub of ['s1', 's2', 's3', 's4']) {
      await house.signIn({ sub, name: 'many' });
      await house.administer('boss', { command: 'deleteUser', user: 'many' });
    }
    await house.meet('many');
    const all = (await listed(house)).users;
    expect(all).toHaveLength(11);
    for (const limit of [1, 2, 3, 10, 11, 12]) {
      const found: User[] = [];
      let cursor: string | undefined;
      do {
        const page = await listed(house, { limit, ...(cursor === undefined ? {} : { cursor }) });
        expect(page.users.length).toBeLessThanOrEqual(limit);
        found.push(...page.users);
        cursor = page.next;
      } while (cursor !== undefined);
      expect(found).toEqual(all);
    }
  });

  it('refuses invalid parameters', async () => {
    await using house = await openHouse();
    for (const params of [
      { cursor: 'x' },
      { cursor: ':x' },
      { limit: 0 },
      { limit: 1001 },
      { state: 'gone' },
      { prefix: '' },
      { user: 'boss' },
    ]) {
      expect(await house.refusal('boss', { command: 'listUsers', params })).toBe('invalid_params');
    }
  });
});

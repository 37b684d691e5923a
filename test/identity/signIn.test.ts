import { describe, expect, it } from 'vitest';
import type { User } from '../../src/base/schemas/generated.ts';
import { shortId } from '../../src/identity/principal.ts';
import { type Bearer, openHouse, originOf, type TestHouse } from '../support/house.ts';

async function users(house: TestHouse): Promise<User[]> {
  const { result } = await house.administer('boss', { command: 'listUsers', params: { limit: 1000 } });
  return (result as { users: User[] }).users;
}

async function userOf(house: TestHouse, name: string): Promise<User | undefined> {
  return (await users(house)).find((u) => u.user === name);
}

/** The reason why this bearer is refused; fails if they are not. */
async function turnedAway(house: TestHouse, bearer: string | Bearer): Promise<string> {
  return house.signIn(bearer).then(
    (caller) => Promise.reject(new Error(`let in: ${caller.name}`)),
    (error) => error.reason ?? Promise.reject(error),
  );
}

const signIns = async (house: TestHouse) => (await house.records()).filter((r) => r.command === 'signIn');
const former = (name: string, id: string) => `${name}~${shortId(id)}`;

describe('the first valid token', () => {
  it('stores its bearer, with a record, and later ones change nothing', async () => {
    await using house = await openHouse();
    await house.meet('boss');
    const caller = await house.signIn({ sub: 's-ann', name: 'ann' });
    expect(caller.name).toBe('ann');
    expect(await userOf(house, 'ann')).toMatchObject({
      id: 's-ann',
      subject: 's-ann',
      kind: 'person',
      state: 'active',
    });
    const [, record] = await signIns(house);
    expect(record).toMatchObject({
      via: 'signIn',
      outcome: 'success',
      actor: { id: 's-ann', name: 'ann' },
      authority: 'service',
      changes: [{ collection: 'principals', id: 's-ann', op: 'insert', after: { username: 'ann' } }],
      resources: ['principals/s-ann'],
      address: '192.0.2.1',
    });
    await house.signIn({ sub: 's-ann', name: 'ann' });
    await house.signIn({ sub: 's-ann', name: 'ann', age: -5 });
    expect(await signIns(house)).toHaveLength(2);
  });

  it('makes one principal, however many requests come at once and on however many instances', async () => {
    await using house = await openHouse();
    await using second = await openHouse({ beside: house });
    await house.meet('boss');
    const arrivals = Array.from({ length: 24 }, (_, i) =>
      (i % 2 ? house : second).signIn({ sub: 's-ann', name: 'ann' }),
    );
    expect(new Set((await Promise.all(arrivals)).map((c) => c.name))).toEqual(new Set(['ann']));
    expect((await users(house)).map((u) => u.user)).toEqual(['ann', 'boss']);
    expect((await signIns(house)).map((r) => r.actor)).toEqual([
      { id: 'boss', name: 'boss' },
      { id: 's-ann', name: 'ann' },
    ]);
  });

  it('of a configured administrator gives the right on every instance at once', async () => {
    await using house = await openHouse();
    await using other = await openHouse({ beside: house });
    // This instance has just read the roster, and caches it for a while.
    await other.meet('ann');
    expect(await other.refusal('ann', { command: 'listAdmins' })).toBe('not_admin');
    await house.signIn('boss');
    expect((await other.administer('boss', { command: 'listAdmins' })).result).toEqual(['boss']);
  });

  it('may be bare or follow Bearer, and nothing else', async () => {
    await using house = await openHouse();
    const method = house.gate.method('Workspace.administer');
    if (method === undefined) throw new Error('there is no administer');
    const origin = originOf('boss');
    const arrive = async (authorization: string | undefined) =>
      house.gate.identify(method, { ...origin, authorization }).then(
        (caller) => caller?.name,
        (error) => error.reason,
      );
    const token = origin.authorization ?? '';
    for (const taken of [token, `Bearer ${token}`, `bearer   ${token}`, ` ${token} `]) {
      expect(await arrive(taken)).toBe('boss');
    }
    for (const [refused, reason] of [
      [`Basic ${token}`, 'token_invalid'],
      [`Bearer ${token} ${token}`, 'token_invalid'],
      [`${token}, ${token}`, 'token_invalid'],
      ['Bearer', 'token_invalid'],
      ['Bearer ', 'token_blank'],
      ['  ', 'token_blank'],
      ['', 'token_missing'],
      [undefined, 'token_missing'],
    ] as const) {
      expect(await arrive(refused)).toBe(reason);
    }
  });
});

describe('a user added before the first sign-in', () => {
  it('is claimed once, by the first token with their name, and keeps their id and their rights', async () => {
    await using house = await openHouse();
    await house.meet('boss');
    const { result } = await house.administer('boss', { command: 'addUser', user: 'ann', params: { kind: 'staff' } });
    const { id } = result as User;
    expect(result).toMatchObject({ state: 'pending', kind: 'staff' });
    await house.administer('boss', { command: 'addAdmin', user: 'ann' });
    const ann = { sub: 's-ann', name: 'ann' };
    expect((await house.administer(ann, { command: 'listAdmins' })).result).toEqual(['boss', 'ann']);
    expect(await userOf(house, 'ann')).toMatchObject({ id, subject: 's-ann', state: 'active', kind: 'staff' });
    expect(await signIns(house)).toHaveLength(2);

    expect(await house.refusal({ sub: 's-other', name: 'ann' }, { command: 'listAdmins' })).toBe('not_admin');
    expect(await userOf(house, 'ann')).toMatchObject({ subject: 's-other', kind: 'person' });
    expect(await turnedAway(house, ann)).toBe('account_closed');
  });

  it('is claimed by one of several concurrent tokens', async () => {
    await using house = await openHouse();
    await house.meet('boss');
    await house.administer('boss', { command: 'addUser', user: 'ann' });
    await Promise.allSettled(Array.from({ length: 8 }, (_, i) => house.signIn({ sub: `s${i}`, name: 'ann' })));
    const living = (await users(house)).filter((u) => u.user === 'ann');
    expect(living).toHaveLength(1);
    const subjects = (await users(house)).flatMap((u) => u.subject ?? []);
    expect(new Set(subjects).size).toBe(subjects.length);
  });

  it('with an id is only the bearer of this id, and their token has the name', async () => {
    await using house = await openHouse();
    await house.meet('boss');
    await house.administer('boss', { command: 'addUser', user: 'ann', params: { id: 's-ann' } });
    expect(await userOf(house, 'ann')).toMatchObject({ state: 'active', subject: 's-ann', issuer: 'local' });
    await house.signIn({ sub: 's-ann', name: 'anna' });
    expect((await users(house)).map((u) => [u.user, u.subject])).toEqual([
      ['anna', 's-ann'],
      ['boss', 'boss'],
    ]);
  });

  it('and disabled before they were claimed stays disabled', async () => {
    await using house = await openHouse();
    await house.meet('boss');
    await house.administer('boss', { command: 'addUser', user: 'ann' });
    await house.administer('boss', { command: 'disableUser', user: 'ann' });
    expect(await turnedAway(house, 'ann')).toBe('account_disabled');
    await house.administer('boss', { command: 'enableUser', user: 'ann' });
    expect((await house.signIn('ann')).name).toBe('ann');
  });
});

describe('a name that its issuer changes', () => {
  it('is taken from the newest token; an older one changes nothing', async () => {
    await using house = await openHouse();
    await house.meet('boss');
    await house.signIn({ sub: 's1', name: 'ann', age: 100 });
    await house.administer('boss', { command: 'addAdmin', user: 'ann' });
    expect((await house.signIn({ sub: 's1', name: 'anna', age: 50 })).name).toBe('anna');
    expect((await house.signIn({ sub: 's1', name: 'ann', age: 80 })).name).toBe('anna');
    expect((await house.signIn({ sub: 's1', name: 'anne', age: 60 })).name).toBe('anna');
    expect((await house.administer('boss', { command: 'listAdmins' })).result).toEqual(['boss', 'anna']);
    expect((await signIns(house)).at(-1)).toMatchObject({
      actor: { id: 's1', name: 'anna' },
      changes: expect.arrayContaining([
        expect.objectContaining({
          id: 's1',
          fields: expect.arrayContaining([{ path: 'username', before: 'ann', after: 'anna' }]),
        }),
      ]),
    });
  });

  it('is replaced by renameUser until a token brings another one', async () => {
    await using house = await openHouse();
    await house.meet('boss');
    await house.signIn({ sub: 's1', name: 'ann', age: 100 });
    await house.administer('boss', { command: 'renameUser', user: 'ann', params: { newName: 'annie' } });
    expect((await house.signIn({ sub: 's1', name: 'ann', age: 50 })).name).toBe('annie');
    expect((await house.signIn({ sub: 's1', name: 'ann' })).name).toBe('annie');
    expect((await house.signIn({ sub: 's1', name: 'anna', age: -1 })).name).toBe('anna');
  });

  it('may be swapped between two users', async () => {
    await using house = await openHouse();
    await house.meet('boss');
    await house.signIn({ sub: 's1', name: 'ann', age: 100 });
    await house.signIn({ sub: 's2', name: 'bea', age: 100 });
    await house.signIn({ sub: 's1', name: 'cec', age: 90 });
    await house.signIn({ sub: 's2', name: 'ann', age: 80 });
    await house.signIn({ sub: 's1', name: 'bea', age: 70 });
    expect((await users(house)).map((u) => [u.user, u.id])).toEqual([
      ['ann', 's2'],
      ['bea', 's1'],
      ['boss', 'boss'],
    ]);
  });
});

describe('a name that returns with another subject', () => {
  it('means somebody else: the old holder becomes a former user, and the new one inherits nothing', async () => {
    await using house = await openHouse();
    await house.meet('boss');
    const old = { sub: 's1', name: 'ann' };
    await house.signIn(old);
    await house.administer('boss', { command: 'addAdmin', user: 'ann' });
    await house.administer(old, { command: 'listAdmins' });
    expect(await house.refusal({ sub: 's2', name: 'ann' }, { command: 'listAdmins' })).toBe('not_admin');
    expect(await turnedAway(house, old)).toBe('account_closed');
    expect((await users(house)).map((u) => [u.user, u.id, u.state])).toEqual([
      [former('ann', 's1'), 's1', 'former'],
      ['ann', 's2', 'active'],
      ['boss', 'boss', 'active'],
    ]);
    expect((await house.administer('boss', { command: 'listAdmins' })).result).toEqual(['boss']);
    const record = (await signIns(house)).at(-1);
    expect(record?.actor).toEqual({ id: 's2', name: 'ann' });
    expect(record?.resources).toEqual(expect.arrayContaining(['roster/roster', 'principals/s1', 'principals/s2']));
  });

  it("is refused if it is the configured administrator's, and changes nothing", async () => {
    await using house = await openHouse();
    await house.meet('boss', 'ann');
    const before = await house.contents('principals');
    expect(await turnedAway(house, { sub: 'evil', name: 'boss' })).toBe('username_conflict');
    expect(await turnedAway(house, { sub: 'ann', name: 'boss', age: -5 })).toBe('username_conflict');
    expect(await house.contents('principals')).toEqual(before);
    expect((await house.administer('boss', { command: 'listAdmins' })).result).toEqual(['boss']);
  });

  it('is refused if it would leave no administrator', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'ann');
    await house.administer('boss', { command: 'addAdmin', user: 'ann' });
    await using second = await openHouse({ beside: house, rules: { configured: [] } });
    const before = [await house.contents('principals'), await house.contents('roster')];
    expect(await turnedAway(second, { sub: 'evil', name: 'ann' })).toBe('username_conflict');
    expect([await house.contents('principals'), await house.contents('roster')]).toEqual(before);
  });

  it('is refused if an administrator gave the name, and no token yet', async () => {
    await using house = await openHouse();
    await house.meet('boss');
    await house.administer('boss', { command: 'addUser', user: 'ann', params: { id: 's1' } });
    const before = await house.contents('principals');
    expect(await turnedAway(house, { sub: 's2', name: 'ann' })).toBe('username_conflict');
    expect(await house.contents('principals')).toEqual(before);
    await house.signIn({ sub: 's1', name: 'ann' });
  });

  it('is refused if another issuer gave the name', async () => {
    await using house = await openHouse();
    await house.meet('boss');
    await house.database.db.collection<{ _id: string }>('principals').insertOne({
      _id: 'theirs',
      revision: 1,
      username: 'ann',
      kind: 'person',
      state: 'active',
      living: true,
      issuer: 'https://elsewhere.example.org',
      subject: 'ann',
      createdAt: new Date(),
    } as { _id: string });
    expect(await turnedAway(house, 'ann')).toBe('username_conflict');
    expect(await userOf(house, 'ann')).toMatchObject({ id: 'theirs', state: 'active' });
  });
});

describe('a closed account', () => {
  it('stays closed: its tokens are refused, also when its name is used again', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'ann');
    await house.administer('boss', { command: 'addAdmin', user: 'ann' });
    await house.administer('ann', { command: 'listAdmins' });
    await house.administer('boss', { command: 'deleteUser', user: 'ann' });
    expect(await turnedAway(house, 'ann')).toBe('account_closed');
    await house.administer('boss', { command: 'addUser', user: 'ann', params: { id: 's-new' } });
    expect(await turnedAway(house, 'ann')).toBe('account_closed');
    expect(await house.refusal({ sub: 's-new', name: 'ann' }, { command: 'listAdmins' })).toBe('not_admin');
  });

  it('gives no rights to a new account that an administrator makes for the same person', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'ann');
    await house.administer('boss', { command: 'addAdmin', user: 'ann' });
    await house.administer('boss', { command: 'deleteUser', user: 'ann' });
    await house.administer('boss', { command: 'addUser', user: 'ann' });
    expect(await house.refusal('ann', { command: 'listAdmins' })).toBe('not_admin');
    const [old, fresh] = (await users(house)).filter((u) => u.subject === 'ann').sort((a) => (a.closed ? -1 : 1));
    expect(old).toMatchObject({ user: former('ann', 'ann'), id: 'ann', state: 'former' });
    expect(fresh).toMatchObject({ user: 'ann', state: 'active' });
    expect(fresh?.id).not.toBe('ann');
  });
});

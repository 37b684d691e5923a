import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { User } from '../../src/base/schemas/generated.ts';
import { openHouse, type TestHouse } from '../support/house.ts';
import { houseWith } from '../support/houseWith.ts';

const KEY_HOLDER = JSON.stringify(['steward', 'secret-key']);
const UNSTORED = JSON.stringify(['local', 'ann']);
const RESERVED = ['steward', KEY_HOLDER, UNSTORED, JSON.stringify(['kbase', 'boss']), 'role-x', '[]'];
/** Near them, and nobody else's. */
const FREE = ['Steward', 'steward2', 'start', '[steward', '["steward"', 'secret-key', 'a-role-x'];

const meetEve = (house: TestHouse) => house.meet('boss', 'eve');

/** For calls that are refused, and leave it as it is. */
let unchanged: TestHouse;
beforeAll(async () => {
  unchanged = await openHouse();
  await unchanged.meet('boss');
});
afterAll(() => unchanged[Symbol.asyncDispose]());

describe('A14: the ids under which the service acts', () => {
  it.each(RESERVED)('are given to nobody by addUser: %s', async (id) => {
    const add = { command: 'addUser', user: 'eve', params: { id } };
    expect(await unchanged.refusal('boss', add)).toBe('id_reserved');
    expect((await unchanged.contents('principals')).map((p) => p._id)).toEqual(['boss']);
  });

  describe('are not taken by who is called so where tokens come from', () => {
    let house: TestHouse;
    beforeAll(async () => {
      house = await openHouse({ rules: { configured: ['boss', ...RESERVED.map((id) => `id:${id}`)] } });
      await house.meet('boss');
    });
    afterAll(() => house[Symbol.asyncDispose]());

    it.each(RESERVED.map((sub, i) => [sub, `eve${i}`] as const))('%s', async (sub, name) => {
      const eve = { sub, name };
      await house.signIn(eve);
      const { result } = await house.administer(eve, { command: 'listMyPrivileges' });
      expect(result).toMatchObject({ user: name, role: 'full', source: 'config' });
      const [user] = (await house.contents('principals')).filter((p) => p.username === name);
      expect(user).toMatchObject({ subject: sub });
      expect(user?._id).not.toBe(sub);
      // The records of the start are the service's.
      const page = await house.administer('boss', { command: 'getAudit', params: { actor: name } });
      const { records } = page.result as { records: { command: string }[] };
      expect(records.map((r) => r.command)).toEqual(['signIn', 'listMyPrivileges']);
    });
  });

  it('leave all others free', async () => {
    await using house = await openHouse();
    await house.meet('boss');
    for (const [i, id] of FREE.entries()) {
      const { result } = await house.administer('boss', { command: 'addUser', user: `u${i}`, params: { id } });
      expect((result as User).id).toBe(id);
    }
  });

  it.each(['steward', 'secret-key'])('have names that no administrator gives to anybody: %s', async (name) => {
    await using house = await houseWith(meetEve);
    for (const call of [
      { command: 'addUser', user: name },
      { command: 'addUser', user: name, params: { id: 's1', kind: 'service' } },
      { command: 'renameUser', user: 'eve', params: { newName: name } },
      { command: 'createStaff', params: { username: name, password: 'a password' } },
    ]) {
      expect(await house.refusal('boss', call)).toBe('name_reserved');
    }
    // A token's issuer gives names as it likes; the id tells.
    expect((await house.signIn({ sub: 's1', name })).name).toBe(name);
    await house.administer('boss', { command: 'addUser', user: `${name}2` });
  });

  it('are said at start to be held, where an earlier version let somebody have one', async () => {
    await using house = await houseWith(meetEve);
    const principals = house.database.db.collection<{ _id: string }>('principals');
    const eve = await principals.findOne({ _id: 'eve' });
    await principals.deleteOne({ _id: 'eve' });
    await principals.insertOne({ ...eve, _id: 'steward' });
    const warnings: string[] = [];
    await using second = await openHouse({ beside: house, warn: (sentence) => warnings.push(sentence) });
    expect(warnings).toEqual([expect.stringMatching(/^the user eve has the id steward, .*deleteUser/)]);
    await second.meet('boss');
  });
});

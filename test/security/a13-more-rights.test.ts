import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jwt, newAdmin, newStaff } from '../server/dialects/iiifStaff.ts';
import { openPortal, type Portal } from '../server/dialects/portal.ts';
import { openHouse } from '../support/house.ts';

describe('A13: the account of whoever has more rights', () => {
  let portal: Portal;
  let ids: Record<string, string>;
  let headers: Record<string, string>;
  beforeAll(async () => {
    portal = await openPortal();
    await portal.meet('boss');
    const admin = await newAdmin(portal, 'librarian');
    headers = jwt(admin.token).headers;
    const [more, plain, peer] = [
      await newStaff(portal, admin, 'director'),
      await newStaff(portal, admin, 'plain'),
      await newAdmin(portal, 'peer'),
    ];
    await portal.administer('boss', { command: 'addAdmin', user: 'director', params: {} });
    ids = { more: more.id, plain: plain.id, peer: peer.id, self: admin.id };
  });
  afterAll(() => portal[Symbol.asyncDispose]());

  const accounts = async () => JSON.stringify([await portal.contents('principals'), await portal.contents('roster')]);
  const put = (id: string | undefined, body: object) => portal.ask('PUT', `/auth/staff/${id}`, { body, headers });

  it.each([
    { email: 'mine@example.org' },
    { username: 'other' },
    { username: 'director', email: 'mine@example.org' },
    { is_superuser: true },
    { is_superuser: false },
    {},
  ])('is changed in nothing by an administrator of staff: %j', async (change) => {
    const before = await accounts();
    const reply = await put(ids.more, change);
    expect(reply.status).toBe(403);
    expect(reply.body.detail).toMatch(/may not give, change or take away rights beyond/);
    expect(await accounts()).toBe(before);
  });

  it('is not deleted either', async () => {
    const before = await accounts();
    expect((await portal.ask('DELETE', `/auth/staff/${ids.more}`, { headers })).status).toBe(403);
    expect(await accounts()).toBe(before);
  });

  it('is another matter than those who have no more, and than one’s own', async () => {
    for (const [who, id] of Object.entries(ids).filter(([name]) => name !== 'more')) {
      const email = `${who}-new@example.org`;
      expect(await put(id, { email })).toMatchObject({ status: 200, body: { email } });
    }
  });

  it('is not touched by any command that changes an account, when a limited administrator runs it', async () => {
    const commands = ['updateStaff', 'deleteStaff', 'setPassword', 'renameUser', 'disableUser', 'enableUser'];
    await portal.meet('limited', 'eve');
    await portal.administer('boss', { command: 'addAdmin', user: 'limited', params: { commands } });
    const before = await accounts();
    for (const call of [
      { command: 'updateStaff', params: { id: ids.more, email: 'mine@example.org' } },
      { command: 'updateStaff', params: { id: ids.peer, email: 'mine@example.org' } },
      { command: 'deleteStaff', params: { id: ids.more } },
      { command: 'setPassword', user: 'director', params: { password: 'mine' } },
      { command: 'renameUser', user: 'director', params: { newName: 'director' } },
      { command: 'disableUser', user: 'director' },
      { command: 'enableUser', user: 'director' },
      { command: 'setPassword', user: 'boss', params: { password: 'mine' } },
    ]) {
      expect(await portal.refusal('limited', call)).toBe('exceeds_own_rights');
    }
    expect(await accounts()).toBe(before);
    await portal.administer('limited', { command: 'setPassword', user: 'eve', params: { password: 'hers' } });
  });
});

describe('A13: where roles come from tokens', () => {
  it('an administrator of staff changes no account whose token may bring more', async () => {
    const rules = { configured: [], tokenRoles: { full: ['F'], readOnly: [] } };
    await using house = await openHouse({ rules });
    const full = { sub: 'ann', roles: ['F'] };
    await house.administer(full, { command: 'addUser', user: 'stan', params: { kind: 'staff', id: 's-stan' } });
    for (const params of [
      { username: 'plain', password: 'a password' },
      { username: 'librarian', password: 'a password' },
    ]) {
      const command = params.username === 'plain' ? 'createStaff' : 'createAdmin';
      await house.administer(full, { command, params });
    }
    const credential = { kind: 'password', of: 'staff', username: 'librarian', password: 'a password' } as const;
    const origin = { requestId: 'r', authorization: undefined, credential, address: 'a', socketAddress: '127.0.0.1' };
    const method = house.gate.method('Workspace.administer');
    if (method === undefined) throw new Error('there is no administer');
    const caller = await house.gate.identify(method, origin);
    const update = (id: unknown) =>
      house.gate.call(method, {
        caller,
        params: [{ command: 'updateStaff', params: { id, email: 'x@example.org' } }],
        origin,
      });
    await expect(update('s-stan')).rejects.toMatchObject({ reason: 'exceeds_own_rights' });
    const plain = (await house.contents('principals')).find((p) => p.username === 'plain');
    await update(plain?._id);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Account, jwt, newAdmin, newStaff } from '../server/dialects/iiifStaff.ts';
import { openPortal, type Portal, SECRET_KEY } from '../server/dialects/portal.ts';
import { openHouse, type TestHouse } from '../support/house.ts';

/** `chief` is at work; the others of ws-admin have not signed in, or did and were renamed since. */
const rules = { configured: ['chief', 'vacant', 'bound', 'moved', 'id:s-late'] };
const PASSWORD = 'a password';

async function peopled(): Promise<Portal & { admin: Account; stan: Account }> {
  const portal = await openPortal({ rules });
  await portal.meet('chief', 'bound', 'moved', 'eve');
  await portal.administer('chief', { command: 'renameUser', user: 'moved', params: { newName: 'elsewhere' } });
  const admin = await newAdmin(portal, 'librarian');
  const stan = await newStaff(portal, admin, 'stan');
  return { ...portal, admin, stan };
}

async function privileges(house: TestHouse, sub: string) {
  return (await house.administer(sub, { command: 'listMyPrivileges' })).result;
}

const bindings = async (house: TestHouse) => {
  const [roster] = (await house.contents('roster')) as [{ bindings: { entry: string; principal: string }[] }?];
  return roster?.bindings ?? [];
};

describe('A4: a name of ws-admin', () => {
  let portal: Awaited<ReturnType<typeof peopled>>;
  beforeAll(async () => {
    portal = await peopled();
  });
  afterAll(() => portal[Symbol.asyncDispose]());

  /** Whoever holds these names now, and who is bound. */
  const standing = async () => JSON.stringify([await portal.contents('principals'), await bindings(portal)]);

  const asAdmin = () => jwt(portal.admin.token).headers;
  const account = (username: string) => ({ username, password: PASSWORD });

  it.each(['vacant', 'va ca nt', 'moved', ' moved '])('is not made an account by IIIF: %j', async (username) => {
    const before = await standing();
    const withKey = await portal.ask('POST', '/auth/admin', { body: { ...account(username), secretKey: SECRET_KEY } });
    const byAdmin = await portal.ask('POST', '/auth/staff', { body: account(username), headers: asAdmin() });
    const renamed = await portal.ask('PUT', `/auth/staff/${portal.stan.id}`, {
      body: { username },
      headers: asAdmin(),
    });
    for (const reply of [withKey, byAdmin, renamed]) {
      expect(reply.status).toBe(422);
      expect(reply.body.username).toEqual([expect.stringContaining('is reserved for an administrator')]);
    }
    expect(await standing()).toBe(before);
  });

  it('is not made an account while its administrator has it', async () => {
    const body = { ...account('bound'), secretKey: SECRET_KEY };
    expect(await portal.ask('POST', '/auth/admin', { body })).toMatchObject({ status: 422 });
  });

  it.each([
    ['createAdmin', undefined, account('vacant')],
    ['createStaff', undefined, account('moved')],
    ['addUser', 'vacant', { kind: 'staff' }],
    ['addUser', 'moved', { kind: 'staff' }],
    ['addUser', 'vacant', { kind: 'staff', id: 's-other' }],
    ['addUser', 'vacant', { kind: 'service', id: 's-other' }],
    ['addUser', 'vacant', { id: 's-other' }],
    ['addUser', 'anybody', { kind: 'staff', id: 's-late' }],
    ['renameUser', 'stan', { newName: 'vacant' }],
    ['renameUser', 'stan', { newName: 'moved' }],
    ['renameUser', 'eve', { newName: 'vacant' }],
  ])('is not given away by a full administrator either: %s %s %j', async (command, user, params) => {
    const before = await standing();
    expect(await portal.refusal('chief', { command, user, params })).toBe('name_reserved');
    expect(await portal.refusal('chief', { command, user, params, dryRun: true })).toBe('name_reserved');
    expect(await standing()).toBe(before);
  });

  it('stays what it was: names near it are free, and the one whom it means is a full administrator', async () => {
    for (const name of ['Vacant', 'vacant2', 'vacan']) await newStaff(portal, portal.admin, name);
    for (const sub of ['vacant', 'bound', 'moved', 's-late']) {
      expect(await privileges(portal, sub)).toMatchObject({ role: 'full', source: 'config' });
    }
    expect((await bindings(portal)).map((b) => b.principal).sort()).toEqual(['bound', 'chief', 'moved', 'vacant']);
  });
});

describe('A4: before the first sign-in', () => {
  it('a user made known under the name is claimed by its token, which binds it; no password gets between', async () => {
    await using house = await openHouse({ rules });
    await house.meet('chief');
    await house.administer('chief', { command: 'addUser', user: 'vacant', params: { kind: 'service' } });
    expect(await bindings(house)).toEqual([{ entry: 'chief', principal: 'chief' }]);
    const password = { command: 'setPassword', user: 'vacant', params: { password: PASSWORD } };
    expect(await house.refusal('chief', password)).toBe('name_reserved');
    for (const command of ['disableUser', 'deleteUser', 'removeAdmin']) {
      expect(await house.refusal('chief', { command, user: 'vacant' })).toBe('protected_admin');
    }
    expect(await privileges(house, 'vacant')).toMatchObject({ role: 'full', source: 'config' });
  });

  it('a user made known under the name and renamed takes no right along', async () => {
    await using house = await openHouse({ rules });
    await house.meet('chief');
    await house.administer('chief', { command: 'addUser', user: 'vacant' });
    await house.administer('chief', { command: 'renameUser', user: 'vacant', params: { newName: 'accomplice' } });
    expect(await house.refusal('accomplice', { command: 'listAdmins' })).toBe('not_admin');
    expect(await privileges(house, 'vacant')).toMatchObject({ role: 'full', source: 'config' });
  });

  it('whoever tries to take the name at that moment gets nothing, and the operator is let in', async () => {
    const names = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'];
    await using portal = await openPortal({ rules: { configured: ['chief', ...names] } });
    await portal.meet('chief', 'eve');
    await using second = await openHouse({ beside: portal, rules: { configured: ['chief', ...names] } });
    for (const name of names) {
      const body = { username: name, password: PASSWORD, secretKey: SECRET_KEY };
      const [made, , added] = await Promise.allSettled([
        portal.ask('POST', '/auth/admin', { body }),
        second.signIn({ sub: `s-${name}`, name }),
        second.administer('chief', { command: 'addUser', user: name, params: { kind: 'staff' } }),
        portal.administer('chief', { command: 'renameUser', user: 'eve', params: { newName: name } }),
      ]);
      expect(made).toMatchObject({ value: { status: 422 } });
      expect(added.status).toBe('rejected');
      const { result } = await second.administer({ sub: `s-${name}`, name }, { command: 'listMyPrivileges' });
      expect(result).toMatchObject({ user: name, role: 'full', source: 'config' });
    }
  });

  it('a token gives the name to no account of staff', async () => {
    await using house = await openHouse({ rules });
    await house.meet('chief');
    await house.administer('chief', { command: 'addUser', user: 'stan', params: { kind: 'staff' } });
    await house.signIn({ sub: 's-stan', name: 'stan', age: 60 });
    const renamed = house.signIn({ sub: 's-stan', name: 'vacant' });
    await expect(renamed).rejects.toMatchObject({ reason: 'username_conflict' });
    expect(await privileges(house, 'vacant')).toMatchObject({ role: 'full', source: 'config' });
  });
});

describe('A4: a database in which an account of staff took the name', () => {
  it('is mended at the next start, with a record; the operator is told how to get the name back', async () => {
    await using house = await openHouse({ rules: { configured: ['chief'] } });
    await house.meet('chief');
    const params = { username: 'boss', password: PASSWORD };
    const { id } = (await house.administer('chief', { command: 'createStaff', params })).result as { id: string };
    const roster = house.database.db.collection<{ _id: string; bindings: unknown[] }>('roster');
    await roster.updateOne({ _id: 'roster' }, { $push: { bindings: { entry: 'boss', principal: id } } });

    const warnings: string[] = [];
    const both = { configured: ['chief', 'boss'] };
    await using second = await openHouse({ beside: house, rules: both, warn: (sentence) => warnings.push(sentence) });
    expect(await bindings(second)).toEqual([{ entry: 'chief', principal: 'chief' }]);
    expect((await second.records()).at(-1)).toMatchObject({
      ...{ via: 'job', command: 'start', outcome: 'success' },
      changes: [{ collection: 'roster', fields: [{ before: { entry: 'boss', principal: id } }] }],
    });
    expect(warnings).toEqual([
      expect.stringMatching(/^ws-admin names boss, but .* a staff account .*rename or delete/),
    ]);
    const detail = { command: 'listAdmins', params: { detail: true } };
    expect((await second.administer('chief', detail)).result).toMatchObject([
      { user: 'chief', state: 'active' },
      { user: 'boss', source: 'config', state: 'unknown' },
    ]);
    await expect(second.signIn({ sub: 's-boss', name: 'boss' })).rejects.toMatchObject({ reason: 'username_conflict' });

    await second.administer('chief', { command: 'updateStaff', params: { id, username: 'cataloguer' } });
    const { result } = await second.administer({ sub: 's-boss', name: 'boss' }, { command: 'listMyPrivileges' });
    expect(result).toMatchObject({ role: 'full', source: 'config' });
  });

  it('gives the account no right even while it is bound', async () => {
    await using portal = await openPortal({ rules: { configured: ['chief'] } });
    await portal.meet('chief');
    const stan = await newStaff(portal, await newAdmin(portal, 'librarian'), 'stan');
    const roster = portal.database.db.collection<{ _id: string; bindings: unknown[] }>('roster');
    await using second = await openHouse({ beside: portal, rules: { configured: ['chief', 'stan'] } });
    // As an instance of the version before would, which goes on beside this one.
    const binding = { entry: 'stan', principal: stan.id };
    await roster.updateOne({ _id: 'roster' }, { $push: { bindings: binding }, $inc: { revision: 1, epoch: 1 } });
    const credential = { kind: 'password', of: 'staff', username: 'stan', password: PASSWORD } as const;
    const origin = { requestId: 'r', authorization: undefined, credential, address: 'a', socketAddress: '127.0.0.1' };
    const method = second.gate.method('Workspace.administer');
    if (method === undefined) throw new Error('there is no administer');
    const caller = await second.gate.identify(method, origin);
    const call = second.gate.call(method, { caller, params: [{ command: 'listUsers' }], origin });
    await expect(call).rejects.toMatchObject({ reason: 'not_admin' });
  });
});

import { describe, expect, it } from 'vitest';
import { jwt, newAdmin, newStaff } from '../server/dialects/iiifStaff.ts';
import { openPortal } from '../server/dialects/portal.ts';
import { openHouse } from '../support/house.ts';

describe('A21: whoever is disabled', () => {
  it('is given no right meanwhile, and can be once let in again', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'eve', 'ann');
    await house.administer('boss', { command: 'createRole', params: { name: 'curators', members: ['ann'] } });
    await house.administer('boss', { command: 'disableUser', user: 'eve' });
    // In KBase's words, whoever is disabled is no valid user.
    const kbase = 'User eve is not a valid user';
    const unfit = 'eve cannot be given anything: the account is disabled';
    const given = [
      [{ command: 'addAdmin', user: 'eve' }, kbase],
      [{ command: 'addAdmin', user: 'eve', params: { commands: ['listUsers'] } }, kbase],
      [{ command: 'addRoleMembers', params: { name: 'curators', members: ['boss', 'eve'] } }, unfit],
      [{ command: 'createRole', params: { name: 'readers', members: ['eve'] } }, unfit],
      [{ command: 'addFriend', user: 'ann', params: { friend: 'eve' } }, unfit],
    ] as const;
    const state = async () => JSON.stringify([await house.contents('roster'), await house.contents('roles')]);
    const before = await state();
    for (const [call, message] of given) {
      expect((await house.refused('boss', call)).message).toBe(message);
      expect((await house.refused('boss', { ...call, dryRun: true })).message).toBe(message);
    }
    expect(await state()).toBe(before);
    await house.administer('boss', { command: 'enableUser', user: 'eve' });
    for (const [call] of given) await house.administer('boss', call);
    expect((await house.administer('eve', { command: 'listMyPrivileges' })).result).toMatchObject({
      commands: expect.arrayContaining(['listUsers']),
    });
  });

  it('loses what it has all the same', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'eve');
    await house.administer('boss', { command: 'addAdmin', user: 'eve' });
    await house.administer('boss', { command: 'createRole', params: { name: 'curators', members: ['eve'] } });
    await house.administer('boss', { command: 'disableUser', user: 'eve' });
    await house.administer('boss', { command: 'removeAdmin', user: 'eve' });
    const params = { name: 'curators', members: ['eve'] };
    await house.administer('boss', { command: 'removeRoleMembers', params });
    expect((await house.administer('boss', { command: 'listAdmins' })).result).toEqual(['boss']);
  });

  it('is not the same as who is pending or closed', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'gus');
    await house.administer('boss', { command: 'addUser', user: 'pat' });
    await house.administer('boss', { command: 'addAdmin', user: 'pat' });
    await house.administer('boss', { command: 'deleteUser', user: 'gus' });
    expect(await house.refusal('boss', { command: 'addAdmin', user: 'gus' })).toBe('user_unknown');
  });

  it('is not made an administrator of staff', async () => {
    await using portal = await openPortal();
    await portal.meet('boss');
    const admin = await newAdmin(portal, 'librarian');
    const { headers } = jwt(admin.token);
    const stan = await newStaff(portal, admin, 'stan');
    const promote = () => portal.ask('PUT', `/auth/staff/${stan.id}`, { body: { is_superuser: true }, headers });
    await portal.administer('boss', { command: 'disableUser', user: 'stan' });
    expect(await promote()).toMatchObject({ status: 409, body: { error: expect.stringContaining('is disabled') } });
    await portal.administer('boss', { command: 'enableUser', user: 'stan' });
    expect(await promote()).toMatchObject({ status: 200, body: { is_superuser: true } });
  });
});

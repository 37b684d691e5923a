import { describe, expect, it } from 'vitest';
import type { AdminListing } from '../../src/base/schemas/generated.ts';
import { NoAdministratorError } from '../../src/server/assemble.ts';
import { openHouse, type TestHouse } from '../support/house.ts';

const admins = async (house: TestHouse, by: string) => (await house.administer(by, { command: 'listAdmins' })).result;

describe('a name in ws-admin', () => {
  it('binds once, to the first user who has it, and follows them through a rename', async () => {
    await using house = await openHouse();
    const boss = { sub: 's-boss', name: 'boss' };
    await house.signIn(boss);
    await house.administer(boss, { command: 'renameUser', user: 'boss', params: { newName: 'chief' } });
    expect((await house.administer(boss, { command: 'listAdmins' })).result).toEqual(['chief']);
    expect(await house.refusal({ sub: 's-other', name: 'boss' }, { command: 'listAdmins' })).toBe('not_admin');
    expect(await house.refusal(boss, { command: 'removeAdmin', user: 'chief' })).toBe('protected_admin');
    const bound = (await house.records()).filter((r) => JSON.stringify(r.changes).includes('bindings['));
    expect(bound).toHaveLength(1);
    expect(bound[0]).toMatchObject({ command: 'signIn', actor: { id: 's-boss' } });
  });

  it('is listed before anybody has it', async () => {
    await using house = await openHouse({ rules: { configured: ['boss', 'later', 'id:s9'] } });
    const { result } = await house.administer('boss', { command: 'listAdmins', params: { detail: true } });
    expect(result).toMatchObject([
      { user: 'boss', id: 'boss', role: 'full', source: 'config', state: 'active' },
      { user: 'later', source: 'config', state: 'unknown' },
      { user: 'id:s9', source: 'config', state: 'unknown' },
    ]);
    expect(await admins(house, 'later')).toEqual(['boss', 'later', 'id:s9']);
  });

  it('of the form id:<subject> means this subject whatever their name, and no user with that name', async () => {
    await using house = await openHouse({ rules: { configured: ['id:s-boss'] } });
    expect((await house.administer({ sub: 's-boss', name: 'anything' }, { command: 'listAdmins' })).result).toEqual([
      'anything',
    ]);
    expect(await house.refusal({ sub: 's2', name: 's-boss' }, { command: 'listAdmins' })).toBe('not_admin');
    for (const command of ['removeAdmin', 'disableUser', 'deleteUser']) {
      expect(await house.refusal({ sub: 's-boss', name: 'anything' }, { command, user: 'anything' })).toBe(
        'protected_admin',
      );
    }
  });

  it('of the form id:<subject> is listed as the living user, and not as a closed account of the same subject', async () => {
    await using house = await openHouse();
    await house.meet('boss');
    await house.administer('boss', { command: 'addUser', user: 'ann', params: { id: 's1' } });
    await house.administer('boss', { command: 'deleteUser', user: 'ann' });
    await house.administer('boss', { command: 'addUser', user: 'ann', params: { id: 's1' } });
    await using second = await openHouse({ beside: house, rules: { configured: ['id:s1'] } });
    const { result } = await second.administer(
      { sub: 's1', name: 'ann' },
      { command: 'listAdmins', params: { detail: true } },
    );
    expect(result as AdminListing[]).toMatchObject([{ user: 'ann', state: 'active', source: 'config' }]);
  });

  it('counts from the next start on: its holder is bound then, and users whose names were removed are not administrators any more', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'ann');
    await using second = await openHouse({ beside: house, rules: { configured: ['ann'] } });
    expect(await admins(second, 'ann')).toEqual(['ann']);
    expect(await second.refusal('boss', { command: 'listAdmins' })).toBe('not_admin');
    expect((await house.records()).at(-3)).toMatchObject({ command: 'start', via: 'job', outcome: 'success' });
  });
});

/** An administrator of IIIF only. */
const IIIF_ADMIN = { username: 'curator', password: 'a password' };

describe('an empty ws-admin', () => {
  const none = { configured: [] };

  it('is refused at the first start', async () => {
    await expect(openHouse({ rules: none })).rejects.toThrow(NoAdministratorError);
    await expect(openHouse({ rules: none })).rejects.toThrow('Name one in ws-admin');
  });

  it.each([
    ['a read-only administrator', { role: 'readOnly' }],
    ['one whose right expires', { expires: '2099-01-01T00:00:00Z' }],
    ['one limited to commands', { commands: ['addAdmin'] }],
    ['one limited to subjects', { as: ['boss'] }],
  ])('is refused with only %s', async (_, params) => {
    await using house = await openHouse();
    await house.meet('boss', 'ann');
    await house.administer('boss', { command: 'addAdmin', user: 'ann', params });
    await expect(openHouse({ beside: house, rules: none })).rejects.toThrow(NoAdministratorError);
  });

  it('is refused with only an administrator of IIIF', async () => {
    await using house = await openHouse();
    await house.administer('boss', { command: 'createAdmin', params: IIIF_ADMIN });
    await expect(openHouse({ beside: house, rules: none })).rejects.toThrow(NoAdministratorError);
  });

  it('is refused with only an administrator who is disabled, or never signed in', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'ann');
    await house.administer('boss', { command: 'addAdmin', user: 'ann' });
    await house.administer('boss', { command: 'disableUser', user: 'ann' });
    await house.administer('boss', { command: 'addUser', user: 'pat' });
    await house.administer('boss', { command: 'addAdmin', user: 'pat' });
    await expect(openHouse({ beside: house, rules: none })).rejects.toThrow(NoAdministratorError);
  });

  it('is accepted once the roster has a full, active administrator whose right does not expire', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'ann');
    await house.administer('boss', { command: 'addAdmin', user: 'ann' });
    await house.administer('boss', { command: 'createAdmin', params: IIIF_ADMIN });
    await using second = await openHouse({ beside: house, rules: none });
    expect(await admins(second, 'ann')).toEqual(['ann']);
    expect(await second.refusal('boss', { command: 'listAdmins' })).toBe('not_admin');
    for (const command of [
      { command: 'removeAdmin', user: 'ann' },
      { command: 'disableUser', user: 'ann' },
      { command: 'deleteUser', user: 'ann' },
      { command: 'addAdmin', user: 'ann', params: { role: 'readOnly' } },
      { command: 'addAdmin', user: 'ann', params: { expires: '2099-01-01T00:00:00Z' } },
      { command: 'addAdmin', user: 'ann', params: { commands: ['addAdmin'] } },
    ]) {
      expect(await second.refusal('ann', command)).toBe('last_admin');
      expect(await second.refusal('ann', { ...command, dryRun: true })).toBe('last_admin');
    }
    expect(await admins(second, 'ann')).toEqual(['ann']);
  });
});

describe('admin roles from the token', () => {
  const rules = { configured: ['boss'], tokenRoles: { full: ['F', 'G'], readOnly: ['R'] } };
  const full = { sub: 'ann', roles: ['x', 'G'] };
  const reader = { sub: 'rea', roles: ['R'] };

  it('decide alone: ws-admin and the roster are ignored', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'cec');
    await house.administer('boss', { command: 'addAdmin', user: 'cec' });
    await using second = await openHouse({ beside: house, rules });
    expect(await second.refusal('boss', { command: 'listMyPrivileges' })).toBe('not_admin');
    expect(await second.refusal('cec', { command: 'listMyPrivileges' })).toBe('not_admin');
    expect((await second.administer(full, { command: 'listMyPrivileges' })).result).toMatchObject({
      role: 'full',
      source: 'token',
    });
    expect((await second.administer(reader, { command: 'listMyPrivileges' })).result).toMatchObject({
      role: 'readOnly',
      source: 'token',
    });
    expect(await second.refusal(reader, { command: 'addUser', user: 'x' })).toBe('rights_required');
    expect(await second.refusal({ sub: 'eve', roles: ['f', 'full', 'R '] }, { command: 'getConfig' })).toBe(
      'not_admin',
    );
  });

  it('are those of the token of each call', async () => {
    await using house = await openHouse({ rules });
    await house.administer(full, { command: 'getConfig' });
    expect(await house.refusal({ sub: 'ann', roles: [] }, { command: 'getConfig' })).toBe('not_admin');
    expect(await house.refusal({ sub: 'ann', roles: ['R'] }, { command: 'addUser', user: 'x' })).toBe(
      'rights_required',
    );
    await house.administer(full, { command: 'addUser', user: 'x' });
  });

  it('make addAdmin, removeAdmin and listAdmins refuse', async () => {
    await using house = await openHouse({ rules });
    await house.meet('cec');
    const said = 'This operation is delegated to the KBase Authentication service';
    for (const command of [
      { command: 'addAdmin', user: 'cec' },
      { command: 'removeAdmin', user: 'cec' },
      { command: 'listAdmins' },
      { command: 'listAdmins', params: { detail: true } },
    ]) {
      expect((await house.refused(full, command)).message).toBe(said);
    }
    // KBase checks the user first.
    expect((await house.refused(full, { command: 'addAdmin', user: 'nobody' })).message).toBe(
      'User nobody is not a valid user',
    );
  });

  it('do not protect a disabled user, even if ws-admin names them', async () => {
    await using house = await openHouse({ rules });
    await house.meet('boss', 'rea');
    for (const user of ['rea', 'boss']) await house.administer(full, { command: 'disableUser', user });
    await expect(house.administer(reader, { command: 'getConfig' })).rejects.toMatchObject({
      reason: 'account_disabled',
    });
    await house.administer(full, { command: 'disableUser', user: 'ann' });
    await expect(house.administer(full, { command: 'getConfig' })).rejects.toMatchObject({
      reason: 'account_disabled',
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHouse, type TestHouse } from '../support/house.ts';

/** KBase's page about `administer`, from "Managing workspaces" on, as its clients run it. */

const INSTANT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/);

let house: TestHouse;
const wsadmin = { administer: async (command: unknown) => (await house.administer('boss', command)).result };

beforeAll(async () => {
  house = await openHouse();
  await house.meet('boss', 'someuser', 'jkbaumohl', 'superadminman');
  await wsadmin.administer({ command: 'createWorkspace', params: { workspace: 'someuser:lolcats' }, user: 'someuser' });
});
afterAll(() => house[Symbol.asyncDispose]());

describe('Managing workspaces', () => {
  it('Change the owner of a workspace', async () => {
    expect(
      await wsadmin.administer({
        command: 'setWorkspaceOwner',
        params: { wsi: { workspace: 'someuser:lolcats' }, new_user: 'jkbaumohl' },
      }),
    ).toEqual([1, 'jkbaumohl:lolcats', 'jkbaumohl', INSTANT, 0, 'a', 'n', 'unlocked', {}]);
  });

  it('List all workspace owners', async () => {
    expect(await wsadmin.administer({ command: 'listWorkspaceOwners' })).toEqual(['jkbaumohl']);
  });
});

describe('General workspace commands', () => {
  it('run as the user that they name', async () => {
    expect(
      await wsadmin.administer({
        command: 'createWorkspace',
        params: { workspace: 'morelolcats', description: 'Golly, I really love lolcats.' },
        user: 'jkbaumohl',
      }),
    ).toEqual([2, 'morelolcats', 'jkbaumohl', INSTANT, 0, 'a', 'n', 'unlocked', {}]);
    const asSuperadminman = { command: 'getPermissions', params: { id: 2 }, user: 'superadminman' };
    expect(await wsadmin.administer(asSuperadminman)).toEqual({ superadminman: 'n' });
    const share = {
      command: 'setPermissions',
      params: { id: 2, new_permission: 'w', users: ['superadminman'] },
    };
    expect(await wsadmin.administer(share)).toBeNull();
    expect(await wsadmin.administer(asSuperadminman)).toEqual({ jkbaumohl: 'a', superadminman: 'w' });
  });

  it.each([
    ['createWorkspace', { workspace: 'x' }],
    ['setGlobalPermission', { id: 2, new_permission: 'r' }],
    ['listWorkspaces', {}],
    ['listWorkspaceIDs', {}],
  ])('%s requires a user', async (command, params) => {
    expect(await house.refusal('boss', { command, params })).toBe('user_null');
    await wsadmin.administer({ command, params, user: 'jkbaumohl' });
  });

  it('the others require none; getPermissions then shows what an administrator of the workspace sees', async () => {
    const id = 2;
    expect(await wsadmin.administer({ command: 'getPermissions', params: { id } })).toMatchObject({ jkbaumohl: 'a' });
    expect(await wsadmin.administer({ command: 'getPermissionsMass', params: { workspaces: [{ id }] } })).toMatchObject(
      { perms: [{ jkbaumohl: 'a', superadminman: 'w' }] },
    );
    await wsadmin.administer({ command: 'setWorkspaceDescription', params: { id, description: 'Golly.' } });
    expect(await wsadmin.administer({ command: 'getWorkspaceDescription', params: { id } })).toBe('Golly.');
  });

  it('getWorkspaceInfo always returns the user permission as none', async () => {
    for (const who of ['boss', 'jkbaumohl']) {
      await wsadmin.administer({ command: 'addAdmin', user: 'jkbaumohl' });
      const { result } = await house.administer(who, { command: 'getWorkspaceInfo', params: { id: 2 } });
      expect(result).toMatchObject({ 0: 2, 1: 'morelolcats', 5: 'n' });
    }
  });

  it('undeleteWorkspace takes the parameters of deleteWorkspace', async () => {
    const params = { workspace: 'morelolcats' };
    await wsadmin.administer({ command: 'deleteWorkspace', params });
    expect(await house.refusal('boss', { command: 'getWorkspaceInfo', params })).toBe('workspace_deleted');
    await wsadmin.administer({ command: 'undeleteWorkspace', params });
    expect(await wsadmin.administer({ command: 'getWorkspaceInfo', params })).toMatchObject({ 1: 'morelolcats' });
  });
});

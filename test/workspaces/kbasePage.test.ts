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
});

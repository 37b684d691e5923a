import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allCommands } from '../../src/operations/index.ts';
import { reasonsOfCommands } from '../../src/operations/reasons.ts';
import { openHouse, type TestHouse } from '../support/house.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openHouse();
  for (const user of ['ann', 'bea']) await house.administer('boss', { command: 'addUser', user });
  await house.administer('boss', { command: 'createRole', params: { name: 'curators' } });
  await house.administer('boss', { command: 'createWorkspace', user: 'ann', params: { workspace: 'ann:maps' } });
});
afterAll(() => house[Symbol.asyncDispose]());

const MAPS = { workspace: 'ann:maps' };

describe('the reasons that a command is said to have', () => {
  it('are there for every command', () => {
    expect(Object.keys(reasonsOfCommands).sort()).toEqual(allCommands.map(({ name }) => name).sort());
  });

  it('are also those of code that is only called through an interface', () => {
    const ofTypes = ['module_missing', 'type_missing', 'type_not_storable', 'type_service_refused'];
    expect(reasonsOfCommands.saveObjects).toEqual(expect.arrayContaining(ofTypes));
  });

  it('are no others than its own', () => {
    expect(reasonsOfCommands.getJob).toEqual(['job_unknown']);
    expect(reasonsOfCommands.listMyTickets).toEqual([]);
  });

  it.each([
    ['addUser', { user: 'ann' }, 'username_taken'],
    ['renameUser', { user: 'ann', params: { newName: 'bea' } }, 'username_taken'],
    ['removeAdmin', { user: 'boss' }, 'protected_admin'],
    ['createRole', { params: { name: 'curators' } }, 'role_name_taken'],
    ['addRoleMembers', { params: { name: 'nobodies', members: ['ann'] } }, 'role_unknown'],
    ['changeOwner', { params: { from: 'ann', to: 'ann' } }, 'same_owner'],
    ['setWorkspaceOwner', { params: { wsi: MAPS, new_user: 'ann' } }, 'already_owner'],
    ['renameWorkspace', { params: { wsi: MAPS, new_name: 'bea:maps' } }, 'workspace_name_invalid'],
    ['setPermissions', { params: { ...MAPS, users: ['bea'], new_permission: 'x' } }, 'permission_unknown'],
    ['getJob', { params: { id: '6b04e15c3413ffb9138e1bc4' } }, 'job_unknown'],
    ['approveModRequest', { module: 'Birds' }, 'module_not_requested'],
  ])('have that for which %s is refused: %j', async (command, call, reason) => {
    expect(await house.refusal('boss', { command, ...call })).toBe(reason);
    expect(reasonsOfCommands[command]).toContain(reason);
  });
});

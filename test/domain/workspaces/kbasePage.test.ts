import { afterAll, beforeAll, expect, it } from 'vitest';
import { saveParams } from '../objects/savingWorld.ts';
import { openWorld, type World } from './world.ts';

/**
 * KBase's page about `administer`, from top to bottom, as its clients run it. What the page assumes is made
 * first: the users that it names, an administrator besides the configured one, requests for modules, a workspace.
 */

const INSTANT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/);

/** A result as its client reads it. */
const asRead = (result: unknown) => JSON.parse(JSON.stringify(result));

let world: World;
const wsadmin = {
  administer: (object: { readonly command: string; readonly params?: unknown; readonly user?: string }) =>
    world.administer('superadminman', object).then(({ result }) => asRead(result)),
};

beforeAll(async () => {
  world = await openWorld({ rules: { configured: ['superadminman'] } });
  await world.meet('superadminman', 'lolcats', 'someuser', 'jkbaumohl', 'auser');
  await world.call('jkbaumohl', 'request_module_ownership', 'KBaseLolCats');
  await world.call('someuser', 'create_workspace', { workspace: 'someuser:lolcats' });
  await world.call('auser', 'create_workspace', { workspace: 'auser:stuff' });
});
afterAll(() => world[Symbol.asyncDispose]());

it('Managing administrators', async () => {
  await wsadmin.administer({ command: 'addAdmin', user: 'lolcats' });
  const admins = (await wsadmin.administer({ command: 'listAdmins' })) as string[];
  expect(admins.toSorted()).toEqual(['lolcats', 'superadminman']);
  await wsadmin.administer({ command: 'removeAdmin', user: 'lolcats' });
  // The administrator specified in the deploy.cfg file cannot be removed by this method.
  expect(await world.refusal('superadminman', { command: 'removeAdmin', user: 'superadminman' })).toBe(
    'protected_admin',
  );
  expect(await wsadmin.administer({ command: 'listAdmins' })).toEqual(['superadminman']);
});

it('Managing module ownership requests', async () => {
  const decide = (command: string) => world.administer('superadminman', { command, module: 'KBaseLolCats' });
  expect(await wsadmin.administer({ command: 'listModRequests' })).toEqual([
    { moduleName: 'KBaseLolCats', ownerUserId: 'jkbaumohl', withChangeOwnersPrivilege: true },
  ]);
  await decide('approveModRequest');
  await world.call('jkbaumohl', 'register_typespec', {
    spec: 'module KBaseLolCats { typedef structure { string name; list<int> lives; } Cat; };',
    new_types: ['Cat'],
    dryrun: 0,
  });
  await world.call('jkbaumohl', 'release_module', 'KBaseLolCats');
  await world.call('auser', 'request_module_ownership', 'KBaseLolDogs');
  await world.administer('superadminman', { command: 'denyModRequest', module: 'KBaseLolDogs' });
  expect(await wsadmin.administer({ command: 'listModRequests' })).toEqual([]);
});

it('Managing workspaces', async () => {
  const lolcats = [1, 'jkbaumohl:lolcats', 'jkbaumohl', INSTANT, 0, 'a', 'n', 'unlocked', {}];
  expect(
    await wsadmin.administer({
      command: 'setWorkspaceOwner',
      params: { wsi: { workspace: 'someuser:lolcats' }, new_user: 'jkbaumohl' },
    }),
  ).toEqual(lolcats);
  expect(await wsadmin.administer({ command: 'listWorkspaceOwners' })).toEqual(['auser', 'jkbaumohl']);
});

it('General workspace commands', async () => {
  expect(
    await wsadmin.administer({
      command: 'createWorkspace',
      params: { workspace: 'morelolcats', description: 'Golly, I really love lolcats.' },
      user: 'jkbaumohl',
    }),
  ).toEqual([3, 'morelolcats', 'jkbaumohl', INSTANT, 0, 'a', 'n', 'unlocked', {}]);
  const asSuperadminman = { command: 'getPermissions', params: { id: 3 }, user: 'superadminman' };
  expect(await wsadmin.administer(asSuperadminman)).toEqual({ superadminman: 'n' });
  expect(
    await wsadmin.administer({
      command: 'setPermissions',
      params: { id: 3, new_permission: 'w', users: ['superadminman'] },
    }),
  ).toBeNull();
  expect(await wsadmin.administer(asSuperadminman)).toEqual({ jkbaumohl: 'a', superadminman: 'w' });
});

it('The methods currently available: those of workspaces', async () => {
  const id = { id: 3 };
  expect(await wsadmin.administer({ command: 'getPermissions', params: id })).toEqual({
    jkbaumohl: 'a',
    superadminman: 'w',
  });
  expect(await wsadmin.administer({ command: 'getPermissionsMass', params: { workspaces: [{ id: 2 }, id] } })).toEqual({
    perms: [{ auser: 'a' }, { jkbaumohl: 'a', superadminman: 'w' }],
  });
  await wsadmin.administer({ command: 'setWorkspaceDescription', params: { ...id, description: 'Cats.' } });
  expect(await wsadmin.administer({ command: 'getWorkspaceDescription', params: id })).toBe('Cats.');
  // The user permission is always returned as 'none'.
  expect(await wsadmin.administer({ command: 'getWorkspaceInfo', params: id })).toMatchObject({ 5: 'n' });
  const globally = { command: 'setGlobalPermission', params: { ...id, new_permission: 'r' }, user: 'jkbaumohl' };
  expect(await wsadmin.administer(globally)).toBeNull();
  const listed = await wsadmin.administer({ command: 'listWorkspaces', params: {}, user: 'auser' });
  expect(listed).toMatchObject([{ 1: 'auser:stuff' }, { 1: 'morelolcats', 5: 'n', 6: 'r' }]);
  const ids = { command: 'listWorkspaceIDs', params: { excludeGlobal: 0 }, user: 'auser' };
  expect(await wsadmin.administer(ids)).toEqual({ workspaces: [2], pub: [3] });
});

it('The methods currently available: those of objects', async () => {
  const cat = { type: 'KBaseLolCats.Cat', name: 'tom', data: { name: 'Tom', lives: [7, 8, 9] } };
  const saved = await wsadmin.administer({
    command: 'saveObjects',
    params: saveParams([cat, { ...cat, name: 'secret', hidden: 1 }], { id: 3 }),
    user: 'jkbaumohl',
  });
  const tom = [1, 'tom', 'KBaseLolCats.Cat-1.0', INSTANT, 1, 'jkbaumohl', 3, 'morelolcats', expect.any(String), 30];
  expect(saved).toEqual([[...tom, {}], expect.anything()]);
  // Parameters are as get_object_info3.
  const objects = [{ ref: 'morelolcats/tom' }];
  expect(await wsadmin.administer({ command: 'getObjectInfo', params: { objects } })).toEqual({
    infos: [[...tom, null]],
    paths: [['3/1/1']],
  });
  expect(await wsadmin.administer({ command: 'getObjectHistory', params: { wsid: 3, objid: 1 } })).toEqual([
    [...tom, {}],
  ]);
  // Parameters are as get_objects2.
  expect(await wsadmin.administer({ command: 'getObjects', params: { objects } })).toMatchObject({
    data: [{ data: { lives: [7, 8, 9], name: 'Tom' }, creator: 'jkbaumohl', path: ['3/1/1'] }],
  });
  // If omitted, returns all objects requested.
  const list = { command: 'listObjects', params: { ids: [2, 3] } };
  expect(await wsadmin.administer(list)).toEqual([[...tom, null]]);
  const refused = await world.refused('superadminman', { ...list, user: 'auser', params: { ids: [1] } });
  expect(refused.message).toBe('User auser may not read workspace 1');
  await wsadmin.administer({ command: 'deleteWorkspace', params: { id: 3 } });
  expect((await world.refused('superadminman', list)).message).toBe('Workspace 3 is deleted');
  // Parameters are as delete_workspace.
  await wsadmin.administer({ command: 'undeleteWorkspace', params: { workspace: 'morelolcats' } });
  expect(await wsadmin.administer(list)).toEqual([[...tom, null]]);
});

it('The methods currently available: those of modules', async () => {
  const owners = async () =>
    ((await world.call('auser', 'get_module_info', { mod: 'KBaseLolCats' })) as { owners: string[] }).owners;
  const grant = { mod: 'KBaseLolCats', new_owner: 'auser', with_grant_option: 1 };
  expect(await wsadmin.administer({ command: 'grantModuleOwnership', params: grant })).toBeNull();
  expect((await owners()).sort()).toEqual(['auser', 'jkbaumohl']);
  const remove = { mod: 'KBaseLolCats', old_owner: 'jkbaumohl' };
  expect(await wsadmin.administer({ command: 'removeModuleOwnership', params: remove })).toBeNull();
  expect(await owners()).toEqual(['auser']);
});

it.each([
  ['createWorkspace', { workspace: 'x' }],
  ['setGlobalPermission', { id: 3, new_permission: 'r' }],
  ['saveObjects', { id: 3, objects: [] }],
  ['listWorkspaces', {}],
  ['listWorkspaceIDs', {}],
])('The methods currently available: %s requires a user', async (command, params) => {
  expect(await world.refusal('superadminman', { command, params })).toBe('user_null');
});

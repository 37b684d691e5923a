import { describe, expect, it } from 'vitest';
import { peopledHouse } from '../../gate/calls.ts';
import type { TestHouse } from '../../support/house.ts';

const recordOf = ({ receipt }: { receipt?: { record: string } }) => receipt?.record ?? '';

/** The parts of every document that a revert brings back. */
export async function stateOf({ database: { db } }: TestHouse): Promise<Record<string, unknown>> {
  const left = ['audit', 'attempts', 'tickets', 'sessions', 'usedTokens', 'instances', 'leases', 'counters', 'heads'];
  const names = (await db.listCollections().toArray()).map(({ name }) => name).filter((name) => !left.includes(name));
  const state: Record<string, unknown> = {};
  for (const name of names.sort()) {
    for (const { _id, ...doc } of await db.collection(name).find().sort({ _id: 1 }).toArray()) {
      const { revision: _r, modifiedAt: _m, epoch: _e, named: _n, ...fields } = doc;
      for (const [field, value] of Object.entries(fields)) {
        const isKeyed = Array.isArray(value) && value.every((item) => item !== null && typeof item === 'object');
        if (isKeyed) fields[field] = value.map((item) => JSON.stringify(item)).sort();
      }
      state[`${name}/${_id}`] = fields;
    }
  }
  return state;
}

const act = async (house: TestHouse, command: object) => recordOf((await house.administer('boss', command)) as never);

describe('revert', () => {
  it.each<object>([
    { command: 'addAdmin', user: 'ann' },
    { command: 'addAdmin', user: 'limited', params: { role: 'readOnly' } },
    { command: 'removeAdmin', user: 'cec' },
    { command: 'addUser', user: 'eve', params: { email: 'eve@example.org' } },
    { command: 'disableUser', user: 'bea' },
    { command: 'enableUser', user: 'dan' },
    { command: 'renameUser', user: 'bea', params: { newName: 'beatrice' } },
    { command: 'createRole', params: { name: 'readers', members: ['ann'] } },
    { command: 'deleteRole', params: { name: 'curators' } },
    { command: 'addRoleMembers', params: { name: 'curators', members: ['cec'], expires: '2099-01-01T00:00:00Z' } },
    { command: 'removeRoleMembers', params: { name: 'curators', members: ['bea'] } },
    { command: 'addFriend', user: 'ann', params: { friend: 'cec' } },
    { command: 'removeFriend', user: 'ann', params: { friend: 'bea' } },
    { command: 'setWorkspaceOwner', params: { wsi: { id: 1 }, new_user: 'bea', new_name: 'bea:data' } },
    { command: 'changeOwnership', params: { type: 'workspace', id: 'ws1', accountType: 'User', owner: 'bea' } },
    { command: 'setPermissions', params: { id: 1, new_permission: 'w', users: ['bea', 'cec'] } },
    { command: 'setGlobalPermission', user: 'ann', params: { id: 1, new_permission: 'r' } },
    { command: 'renameWorkspace', params: { wsi: { id: 1 }, new_name: 'ann:renamed' } },
    { command: 'setWorkspaceDescription', params: { id: 1, description: 'words' } },
    { command: 'lockWorkspace', params: { id: 1 } },
    { command: 'unlockWorkspace', params: { id: 2 } },
    { command: 'deleteWorkspace', params: { id: 1 } },
    { command: 'undeleteWorkspace', params: { id: 3 } },
    { command: 'renameObject', params: { obj: { ref: '1/1' }, new_name: 'renamed' } },
    { command: 'deleteObjects', params: { objects: [{ ref: '1/1' }] } },
    { command: 'undeleteObjects', params: { objects: [{ ref: '1/2' }] } },
    { command: 'grantModuleOwnership', params: { mod: 'Owned', new_owner: 'cec' } },
    { command: 'removeModuleOwnership', params: { mod: 'Owned', old_owner: 'ann' } },
    { command: 'setConfig', params: { set: { 'backend-file-retrieval-scaling': 7 } } },
    { command: 'createResource', params: { type: 'plate', name: 'new', owners: [{ accountType: 'User', owner: 'ann' }] } },
    { command: 'deleteResource', params: { type: 'folders', externalId: '/@Catalog/shared', recursive: true } },
    { command: 'setAclMass', params: { resources: [{ type: 'workbooks', externalId: '/@Catalog/shared/book' }], visibility: 'public' } },
    { command: 'moveResource', params: { type: 'workbooks', externalId: '/@Catalog/shared/book', parents: [] } },
    { command: 'updateResource', params: { type: 'workbooks', externalId: '/@Catalog/shared/book', name: 'renamed' } },
  ])('takes back %j, and can be reverted itself', async (command) => {
    await using house = await peopledHouse();
    const before = await stateOf(house);
    const record = await act(house, command);
    const after = await stateOf(house);
    expect(after).not.toEqual(before);
    const dry = await house.administer('boss', { command: 'revert', params: { record }, dryRun: true });
    expect((dry.result as { changes: unknown[] }).changes).not.toEqual([]);
    expect(await stateOf(house)).toEqual(after);
    const { plan } = dry.result as { plan: string };
    const reverted = await act(house, { command: 'revert', params: { record }, plan });
    expect(await stateOf(house)).toEqual(before);
    await act(house, { command: 'revert', params: { record: reverted } });
    expect(await stateOf(house)).toEqual(after);
  });
});

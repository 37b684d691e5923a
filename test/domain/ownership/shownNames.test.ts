import { afterAll, beforeAll, expect, it } from 'vitest';
import { readableChanges } from '../../../src/base/readableChanges.ts';
import type { DryRun, GetApproval, GetAudit } from '../../../src/base/schemas/generated.ts';
import { requestIn } from '../../gate/approvals/approvingHouse.ts';
import { type Call, call } from '../../gate/calls.ts';
import { openHouse, type TestHouse } from '../../support/house.ts';
import { saveParams } from '../objects/savingWorld.ts';

const PLATE = { type: 'plate', externalId: 'plates/1' };

const POLICY = `
rules:
  - { name: friends, who: [anybody], commands: [removeFriend], require: { approvals: { count: 1 } } }
`;

let house: TestHouse;
/** The names of users and roles, by id. */
let ids: ReadonlyMap<string, string>;
beforeAll(async () => {
  house = await openHouse({ policy: POLICY });
  // Users whom an administrator adds have ids that say nothing; those of a token are what it calls them.
  for (const user of ['ann', 'bea', 'cec']) await house.administer('boss', { command: 'addUser', user });
  await house.signIn({ sub: 'subject of eve', name: 'eve' });
  for (const command of [
    { command: 'addAdmin', user: 'bea' },
    { command: 'addAdmin', user: 'eve' },
    { command: 'addUser', user: 'stan', params: { id: 'stan', kind: 'staff' } },
    { command: 'createRole', params: { name: 'curators', members: ['bea'] } },
    { command: 'addFriend', user: 'ann', params: { friend: 'bea' } },
    { command: 'createWorkspace', user: 'ann', params: { workspace: 'ann:data' } },
    { command: 'createResource', params: { ...PLATE, name: 'yeast', owners: [{ accountType: 'User', owner: 'ann' }] } },
  ]) {
    await house.administer('boss', command);
  }
  await call(house, 'boss', 'request_module_ownership', 'Owned');
  await house.administer('boss', { command: 'approveModRequest', module: 'Owned' });
  await call(house, 'boss', 'register_typespec', {
    spec: 'module Owned { typedef structure { int n; } Thing; };',
    new_types: ['Thing'],
    dryrun: 0,
  });
  await call(house, 'boss', 'release_module', 'Owned');
  const objects = saveParams([{ type: 'Owned.Thing', data: { n: 1 }, name: 'reads' }]);
  await house.administer('boss', { command: 'saveObjects', user: 'ann', params: objects });
  const users = (await house.contents('principals')).map(
    ({ _id, username }) => [String(_id), String(username)] as const,
  );
  const roles = (await house.contents('roles')).map(({ _id, name }) => [String(_id), `role:${name}`] as const);
  // The id of staff is the name that they were given.
  ids = new Map([...users, ...roles].filter(([id, name]) => id !== name));
});
afterAll(() => house[Symbol.asyncDispose]());

const idOf = (name: string) => [...ids].find(([, each]) => each === name)?.[0] ?? '';

const dryRun = async (command: object): Promise<DryRun> =>
  (await house.administer('boss', { ...command, dryRun: true })).result as DryRun;

const bea = [{ accountType: 'User', account: 'bea', level: 'write' }];

/** Calls, and whom and what their changes name. */
const CALLS: readonly (readonly [command: Call & { readonly command: string }, named: readonly string[]])[] = [
  [{ command: 'removeAdmin', user: 'bea' }, ['bea']],
  [{ command: 'removeAdmin', user: 'eve' }, ['eve']],
  [{ command: 'renameUser', user: 'ann', params: { newName: 'anna' } }, ['ann']],
  [{ command: 'deleteUser', user: 'cec' }, ['cec']],
  [{ command: 'deleteStaff', params: { id: 'stan' } }, []],
  [{ command: 'removeFriend', user: 'ann', params: { friend: 'bea' } }, ['ann', 'bea']],
  [{ command: 'addRoleMembers', params: { name: 'curators', members: ['cec'] } }, ['cec', 'role:curators']],
  [{ command: 'deleteRole', params: { name: 'curators' } }, ['bea', 'role:curators']],
  [{ command: 'setAcl', params: { ...PLATE, grants: bea } }, ['bea', 'yeast']],
  [
    {
      command: 'changeOwnership',
      params: { type: PLATE.type, id: PLATE.externalId, accountType: 'User', owner: 'cec' },
    },
    ['ann', 'cec', 'yeast'],
  ],
  [{ command: 'setWorkspaceOwner', params: { wsi: { id: 1 }, new_user: 'bea' } }, ['ann', 'ann:data', 'bea']],
  [{ command: 'lockWorkspace', params: { id: 1 } }, ['ann:data']],
  [{ command: 'deleteObjects', params: { objects: [{ ref: '1/1' }] } }, ['ann:data', 'reads']],
  [{ command: 'addUser', user: 'new' }, []],
];

it.each(CALLS)('the dry run %j names whom and what it would change', async (command, named) => {
  const { changes, names = {} } = await dryRun(command);
  expect(Object.values(names).sort()).toEqual(named);
  const shown = readableChanges(changes, names);
  const texts = JSON.stringify(shown, (key, value) => (['_id', 'id'].includes(key) ? undefined : value));
  expect([...ids.keys()].filter((id) => texts.includes(id))).toEqual([]);
  expect(shown.filter(({ id, name }) => id in names && name !== names[id])).toEqual([]);
});

it('a dry run names documents as they are called now, and the plan does not depend on it', async () => {
  const command = { command: 'renameUser', user: 'ann', params: { newName: 'anna' } };
  const { names, plan } = await dryRun(command);
  expect(names).toEqual({ [idOf('ann')]: 'ann' });
  expect((await dryRun(command)).plan).toBe(plan);
});

it('the audit names whom and what changes are of if it is asked for, as they are called now', async () => {
  const search = { command: 'addFriend', limit: 1 };
  const audit = async (params: object) => (await house.administer('boss', { command: 'getAudit', params })).result;
  expect(await audit(search)).not.toHaveProperty('names');
  const { names } = (await audit({ ...search, withNames: true })) as GetAudit['result'];
  expect(Object.values(names ?? {}).sort()).toEqual(['ann', 'bea']);
});

it('a request for approval names whom and what it would change', async () => {
  const refused = await house.refused('bea', { command: 'removeFriend', user: 'ann', params: { friend: 'bea' } });
  const request = requestIn(refused);
  const show = { command: 'getApproval', params: { request } };
  const { names } = (await house.administer('boss', show)).result as GetApproval['result'];
  expect(Object.values(names ?? {}).sort()).toEqual(['ann', 'bea']);
});

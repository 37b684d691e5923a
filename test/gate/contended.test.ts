import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveParams } from '../domain/objects/savingWorld.ts';
import { openHouse, originOf, type TestHouse } from '../support/house.ts';
import { LONG } from '../support/long.ts';
import { peopledHouse } from './calls.ts';

/**
 * Many small writes of the same document at the same time: all of them succeed. None is refused because of others in
 * between, on one instance of the service or on two.
 */

const ALL = { calls: 120, atATime: 40 };
const MANY = LONG ? ALL : { calls: 24, atATime: 24 };
const SOME = LONG ? ALL : { calls: 4, atATime: 4 };

const IIIF = 'https://iiif.example.org';
const BOOK = { type: 'workbooks', externalId: '/@Catalog/shared/book' } as const;
const even = (n: number) => n % 2 === 0;
const grant = (n: number) => [{ accountType: 'User', account: 'bea', level: even(n) ? 'read' : 'write' }];

/** A command of the administrator's or, where its name has a dot, a method that `ann` calls. */
interface Write {
  readonly name: string;
  readonly user?: string;
  readonly params: unknown;
}

/** What the document is, and the n-th of many writes to it. */
const WRITES: readonly (readonly [document: string, write: (n: number) => Write, how?: typeof MANY])[] = [
  [
    'a workspace and its permissions',
    (n) => ({ name: 'setPermissions', params: { id: 1, new_permission: even(n) ? 'r' : 'w', users: ['bea'] } }),
    MANY,
  ],
  [
    'a workspace and its description',
    (n) => ({ name: 'setWorkspaceDescription', params: { workspace: 'ann:data', description: `${n}` } }),
    MANY,
  ],
  [
    'a workspace, by name and by number',
    (n) => ({
      name: 'setWorkspaceDescription',
      params: { ...(even(n) ? { id: 1 } : { workspace: 'ann:data' }), description: `${n}` },
    }),
  ],
  [
    'a workspace and its global permission',
    (n) => ({ name: 'setGlobalPermission', user: 'ann', params: { id: 1, new_permission: even(n) ? 'r' : 'n' } }),
  ],
  [
    'a workspace and its metadata',
    (n) => ({ name: 'Workspace.alter_workspace_metadata', params: { wsi: { id: 1 }, new: { [`k${n}`]: 'v' } } }),
  ],
  [
    'a workspace and its owner',
    (n) => ({
      name: 'changeOwnership',
      params: { type: 'workspace', id: 'ws4', accountType: 'User', owner: even(n) ? 'cec' : 'bea' },
    }),
  ],
  ['a friendship', (n) => ({ name: even(n) ? 'addFriend' : 'removeFriend', user: 'ann', params: { friend: 'cec' } })],
  ['a friendship of ones own', (n) => ({ name: even(n) ? 'Friend.add' : 'Friend.remove', params: { friend: 'cec' } })],
  [
    'a role',
    (n) => ({ name: even(n) ? 'addRoleMembers' : 'removeRoleMembers', params: { name: 'curators', members: ['cec'] } }),
  ],
  ['the roster', (n) => ({ name: even(n) ? 'addAdmin' : 'removeAdmin', user: 'bea', params: undefined })],
  ['an account', (n) => ({ name: even(n) ? 'disableUser' : 'enableUser', user: 'dan', params: undefined })],
  ['an account of staff', (n) => ({ name: 'updateStaff', params: { id: 'stan', email: `stan${n}@example.org` } })],
  ['a resource', (n) => ({ name: 'updateResource', params: { ...BOOK, name: `book ${n}` } })],
  ['a resource of ones own', (n) => ({ name: 'Resource.update', params: { ...BOOK, name: `book ${n}` } })],
  ['a resource and its grants', (n) => ({ name: 'setAcl', params: { ...BOOK, grants: grant(n) } })],
  [
    'a resource and its grants, of many',
    (n) => ({ name: 'setAclMass', params: { resources: [BOOK], grants: grant(n) } }),
  ],
  [
    'a resource and its owner',
    (n) => ({
      name: 'changeOwnership',
      params: { type: BOOK.type, id: BOOK.externalId, accountType: 'User', owner: even(n) ? 'bea' : 'cec' },
    }),
  ],
  [
    'the receiver of many things',
    (n) => ({
      name: 'createResource',
      params: { type: 'workbooks', name: `n${n}`, owners: [{ accountType: 'User', owner: 'cec' }] },
    }),
  ],
  [
    'the receiver of transfers',
    (n) => ({ name: 'changeOwner', params: { from: 'id:gus', to: 'cec', name: `no ${n}` } }),
  ],
  [
    'a folder, in which things are made',
    () => ({ name: 'createFolder', params: { name: `folder-${randomUUID()}`, parentId: '/@Catalog/shared' } }),
  ],
  [
    'an object that IIIF publishes',
    (n) => ({
      name: 'setOwnedBy',
      params: { base: IIIF, type: 'manifest', object: `${IIIF}/b1/manifest`, ownedBy: even(n) ? ['stan'] : [] },
    }),
  ],
  [
    'the owners of what IIIF publishes',
    (n) => ({
      name: 'updateStaffPermissions',
      params: { manifests: [`${IIIF}/b1/manifest`], username: 'stan', action: even(n) ? 'ADD' : 'REMOVE' },
    }),
  ],
  [
    'what G-Node shares',
    (n) => ({ name: 'Gnode.set_sharing', params: { type: 'block', id: 'B1', safety_level: 1 + (n % 3) } }),
  ],
  [
    'what IIIF publishes, which becomes more',
    () => ({
      name: 'createIiifObject',
      params: { base: IIIF, type: 'manifest', identifier: `m${randomUUID()}`, object: { label: 'Book' } },
    }),
  ],
  [
    'a manifest',
    (n) => ({
      name: 'updateIiifObject',
      params: { base: IIIF, type: 'manifest', identifier: 'b1', object: { label: `Book ${n}` } },
    }),
  ],
  [
    'an object and its name',
    () => ({ name: 'renameObject', params: { obj: { ref: '1/1' }, new_name: `name-${randomUUID()}` } }),
  ],
  [
    'a module of types',
    (n) => ({ name: 'grantModuleOwnership', params: { mod: 'Owned', new_owner: 'cec', with_grant_option: n % 2 } }),
  ],
  [
    'a module of ones own',
    (n) => ({
      name: 'Workspace.grant_module_ownership',
      params: { mod: 'Owned', new_owner: 'cec', with_grant_option: n % 2 },
    }),
  ],
  [
    'an object',
    (n) => ({ name: even(n) ? 'Workspace.hide_objects' : 'Workspace.unhide_objects', params: [{ ref: '1/1' }] }),
  ],
  [
    'an object and its versions',
    (n) => ({
      name: 'Workspace.save_objects',
      params: saveParams([{ type: 'Owned.Thing', name: 'kept', data: { n } }]),
    }),
  ],
  ['the configuration', (n) => ({ name: 'setConfig', params: { set: { 'backend-file-retrieval-scaling': 1 + n } } })],
];

let house: TestHouse;
let beside: TestHouse;
beforeAll(async () => {
  house = await peopledHouse();
  beside = await openHouse({ beside: house });
  const ofAnn = [{ accountType: 'User', owner: 'ann' }];
  for (const command of [
    { command: 'createResource', params: { type: 'block', name: 'B1', externalId: 'B1', owners: ofAnn } },
    { command: 'createWorkspace', user: 'bea', params: { workspace: 'passedaround' } },
  ]) {
    await house.administer('boss', command);
  }
}, 600_000);
afterAll(async () => {
  await beside[Symbol.asyncDispose]();
  await house[Symbol.asyncDispose]();
});

async function made(on: TestHouse, { name, ...call }: Write): Promise<void> {
  if (!name.includes('.')) {
    await on.administer('boss', { command: name, ...call });
    return;
  }
  const method = on.gate.method(name);
  if (method === undefined) throw new Error(`there is no method ${name}`);
  const origin = originOf('ann');
  await on.gate.call(method, { caller: await on.gate.identify(method, origin), params: [call.params], origin });
}

/** The reasons of all refused calls, which go to these instances in turn. */
async function refusals(
  instances: readonly TestHouse[],
  write: (n: number) => Write,
  { calls, atATime }: typeof MANY,
): Promise<string[]> {
  const left = Array.from({ length: calls }, (_, n) => n);
  const refused: string[] = [];
  const client = async () => {
    for (let n = left.pop(); n !== undefined; n = left.pop()) {
      const on = instances[n % instances.length] ?? house;
      await made(on, write(n)).catch((error) => refused.push(String(error)));
    }
  };
  await Promise.all(Array.from({ length: atATime }, client));
  return refused;
}

const rows = WRITES.map(([document, write, how = SOME]) => [document, write, how] as const);

describe.each(rows)('many writes at once to %s', (_, write, how) => {
  // With two instances, too, calls meet on one.
  it.runIf(LONG)('all succeed on one instance', { timeout: 600_000 }, async () => {
    expect(await refusals([house], write, how)).toEqual([]);
  });

  it('all succeed on two instances', { timeout: 600_000 }, async () => {
    // Pairs of calls go to one instance, so that both do everything.
    expect(await refusals([house, house, beside, beside], write, how)).toEqual([]);
  });
});

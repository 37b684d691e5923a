import fc from 'fast-check';
import { saveParams } from '../domain/objects/savingWorld.ts';

/** Commands for a `peopledHouse`, of which many do something, and some are refused. */

const BOOK = '/@Catalog/shared/book';
const USERS = ['ann', 'bea', 'cec', 'dan', 'eve', 'fay'];
const user = fc.constantFrom(...USERS);
const role = fc.constantFrom('curators', 'readers', 'writers');
const id = fc.integer({ min: 1, max: 4 });
const expires = fc.option(fc.constantFrom('2098-01-01T00:00:00Z', '2099-01-01T00:00:00Z'), { nil: undefined });
const visibility = fc.constantFrom('public', 'friendly', 'private');
const book = fc.constantFrom('book', 'draft', 'new').map((name) => ({
  type: 'workbooks',
  externalId: `/@Catalog/shared/${name}`,
}));
const ref = fc.constantFrom('1/1', '1/2', '1/3').map((text) => ({ ref: text }));
const word = fc.constantFrom('one', 'two', 'three');
const grant = fc.record(
  {
    accountType: fc.constant('User'),
    account: user,
    level: fc.constantFrom('read', 'write', 'admin'),
    expires,
  },
  { requiredKeys: ['accountType', 'account', 'level'] },
);

type Params = Readonly<Record<string, fc.Arbitrary<unknown>>>;

interface Shape {
  readonly user?: fc.Arbitrary<string>;
  readonly params?: Params;
}

const COMMANDS: Readonly<Record<string, Shape>> = {
  addAdmin: {
    user,
    params: { role: fc.constantFrom('full', 'readOnly'), expires, delegatedOnly: fc.boolean() },
  },
  removeAdmin: { user },
  addUser: { user },
  deleteUser: { user: fc.constantFrom('eve', 'fay') },
  disableUser: { user },
  enableUser: { user },
  renameUser: { user, params: { newName: user } },
  createRole: { params: { name: role, members: fc.uniqueArray(user, { maxLength: 3 }) } },
  deleteRole: { params: { name: role } },
  addRoleMembers: { params: { name: role, members: fc.uniqueArray(user, { minLength: 1, maxLength: 3 }), expires } },
  removeRoleMembers: { params: { name: role, members: fc.uniqueArray(user, { minLength: 1, maxLength: 3 }) } },
  addFriend: { user, params: { friend: user } },
  removeFriend: { user, params: { friend: user } },
  createWorkspace: { user, params: { workspace: word, globalread: fc.constantFrom('n', 'r') } },
  renameWorkspace: { params: { wsi: fc.record({ id }), new_name: word } },
  setWorkspaceOwner: { params: { wsi: fc.record({ id }), new_user: user } },
  setPermissions: {
    params: {
      id,
      new_permission: fc.constantFrom('n', 'r', 'w', 'a'),
      users: fc.uniqueArray(user, { minLength: 1, maxLength: 3 }),
    },
  },
  setGlobalPermission: { user, params: { id, new_permission: fc.constantFrom('n', 'r') } },
  setWorkspaceDescription: { params: { id, description: word } },
  alterWorkspaceMetadata: {
    params: {
      wsi: fc.record({ id }),
      new: fc.dictionary(word, word, { maxKeys: 2 }),
      remove: fc.array(word, { maxLength: 2 }),
    },
  },
  lockWorkspace: { params: { id } },
  unlockWorkspace: { params: { id } },
  deleteWorkspace: { params: { id } },
  undeleteWorkspace: { params: { id } },
  saveObjects: {
    user: fc.constant('ann'),
    params: {
      objects: word.map((name) => saveParams([{ type: 'Owned.Thing', data: { n: 1 }, name }]).objects),
      id: fc.constant(1),
    },
  },
  renameObject: { params: { obj: ref, new_name: word } },
  deleteObjects: { params: { objects: fc.tuple(ref) } },
  undeleteObjects: { params: { objects: fc.tuple(ref) } },
  hideObjects: { params: { objects: fc.tuple(ref) } },
  unhideObjects: { params: { objects: fc.tuple(ref) } },
  grantModuleOwnership: {
    params: { mod: fc.constant('Owned'), new_owner: user, with_grant_option: fc.constantFrom(0, 1) },
  },
  removeModuleOwnership: { params: { mod: fc.constant('Owned'), old_owner: user } },
  createResource: {
    params: {
      type: fc.constantFrom('plate', 'block'),
      name: word,
      externalId: word,
      owners: user.map((owner) => [{ accountType: 'User', owner }]),
    },
  },
  deleteResource: { params: { type: fc.constantFrom('plate', 'block'), externalId: word } },
  updateResource: { params: { type: fc.constantFrom('plate', 'block'), externalId: word, name: word } },
  setAcl: {
    params: {
      type: fc.constantFrom('plate', 'block'),
      externalId: word,
      visibility,
      grants: fc.uniqueArray(grant, { maxLength: 3, selector: ({ account }) => account }),
    },
  },
  setAclMass: { params: { resources: fc.tuple(book), visibility } },
  moveResource: { params: { type: fc.constant('workbooks'), externalId: fc.constant(BOOK), parents: fc.constant([]) } },
  changeOwnership: {
    params: {
      type: fc.constant('workbooks'),
      id: fc.constant(BOOK),
      accountType: fc.constant('User'),
      owner: user,
      previousOwner: fc.constantFrom('keep', 'read', 'drop'),
    },
  },
  changeOwner: { params: { from: user, to: user } },
  setConfig: { params: { set: fc.record({ 'backend-file-retrieval-scaling': fc.integer({ min: 1, max: 5 }) }) } },
  setPassword: { user, params: { password: fc.constant('a password') } },
};

const optional = (name: string) => (name === 'expires' || name === 'delegatedOnly' ? [] : [name]);

/** Any of the commands, with generated parameters. */
export const randomCommand: fc.Arbitrary<object> = fc.oneof(
  ...Object.entries(COMMANDS).map(([command, { user: who, params }]) =>
    fc.record({
      command: fc.constant(command),
      ...(who === undefined ? {} : { user: who }),
      ...(params === undefined
        ? {}
        : { params: fc.record(params, { requiredKeys: Object.keys(params).flatMap(optional) as never }) }),
    }),
  ),
);

import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import type { Expiring } from '../../base/expiry.ts';
import { partyById } from '../../identity/party.ts';
import { pinReceivers } from '../../identity/receivers.ts';
import type { Reader } from '../../store/collection.ts';
import { assertRoom } from '../access/grants.ts';
import { letterOf } from '../access/kbase.ts';
import { objects } from '../objects/object.ts';
import { assertOwners } from '../resources/owners.ts';
import { labelOf, readChildren } from '../resources/reference.ts';
import {
  type Grant,
  type MetaItem,
  type Resource,
  resources,
  type Workspace,
  workspaces,
} from '../resources/resource.ts';
import { assertExternalIdFree } from '../tree/create.ts';
import { guardNewParents, readParents, touchParents } from '../tree/parents.ts';
import { assertUnlocked } from '../workspaces/identity.ts';
import { assertMetaSize } from '../workspaces/meta.ts';
import { assertUntaken } from '../workspaces/taken.ts';
import { holding, visibilityAfter } from './inverse.ts';
import { accountOf, nameOf, namesOf } from './inverseNames.ts';
import {
  type Calls,
  type ImpliedCall,
  type InverseRule,
  KEPT,
  type Reversal,
  type Reverting,
  rule,
  type Update,
} from './inverseRules.ts';
import { placeOf } from './undo.ts';

const unlessEnded = (item: unknown, now: Date) => holding(item as Expiring | undefined, now);

const changes = ({ fields }: Pick<Reversal, 'fields'>, name: string) =>
  fields.some(({ path }) => placeOf(path).field === name);

async function givingTo(
  { type, _id: id }: Pick<Resource, 'type' | '_id'>,
  owners: readonly string[],
  reader: Reader,
): Promise<ImpliedCall> {
  const [owner] = owners;
  if (owner === undefined || owners.length > 1) {
    return { command: 'setOwnedBy', params: { type, object: id, ownedBy: await namesOf(reader, owners) } };
  }
  const { accountType, account } = await accountOf(reader, owner);
  return { command: 'changeOwnership', params: { type, id, accountType, owner: account } };
}

const workspaceOwners: Calls<Workspace> = async (_, { present, before }, reader) => {
  const [owner] = before.owners;
  const named = before.name === present.name ? {} : { new_name: before.name };
  const party = owner === undefined ? undefined : await partyById(reader, owner);
  if (party?.kind !== 'user') return [await givingTo(before, before.owners, reader)];
  return [{ command: 'setWorkspaceOwner', params: { wsi: { id: present.number }, new_user: party.wire, ...named } }];
};

const onWorkspace =
  (command: string, more: (workspace: Workspace) => object = () => ({})): Calls<Workspace> =>
  async (_, { present, before }) => [{ command, params: { id: present.number, ...more(before) } }];

const visibilityCall: Calls<Resource> = async ({ after }, { id }) => [
  { command: 'setAcl', params: { id, visibility: after } },
];

const metaChange = (key: string, after: unknown) =>
  after === undefined ? { remove: [key] } : { new: { [key]: (after as MetaItem).value } };

const workspaceRule = rule({
  of: workspaces,
  fields: {
    owners: workspaceOwners,
    name: async (_, { present, before }) =>
      // A new owner may come with a new name.
      before.owners[0] === present.owners[0]
        ? [{ command: 'renameWorkspace', params: { wsi: { id: present.number }, new_name: before.name } }]
        : [],
    visibility: visibilityCall as never,
    grants: async ({ key = '', after }, { present }, reader) => {
      const grant = after as Grant | undefined;
      const params = { id: present.number, new_permission: letterOf(grant?.level ?? 'none') };
      const expires = grant?.expires?.toISOString();
      return [
        {
          command: 'setPermissions',
          params: { ...params, users: [await nameOf(reader, key)], ...defined({ expires }) },
        },
      ];
    },
    locked: async ({ after }, { present }) => [
      { command: after === true ? 'lockWorkspace' : 'unlockWorkspace', params: { id: present.number } },
    ],
    deleted: async ({ after }, { present }) => [
      { command: after === true ? 'deleteWorkspace' : 'undeleteWorkspace', params: { id: present.number } },
    ],
    undeletions: onWorkspace('undeleteWorkspace'),
    description: onWorkspace('setWorkspaceDescription', ({ description = '' }) => ({ description })),
    meta: async ({ key = '', after }, { present }) => [
      { command: 'alterWorkspaceMetadata', params: { wsi: { id: present.number }, ...metaChange(key, after) } },
    ],
    modifiedAt: KEPT,
  },
  inserted: async ({ number }) => [{ command: 'deleteWorkspace', params: { id: number } }],
  removed: { never: 'workspaces are never removed' },
  counting: unlessEnded,
  adapt: (update) => ({
    ...update.before,
    visibility: changes(update, 'owners') ? visibilityAfter(update.present, update.before) : update.before.visibility,
  }),
  // A new workspace is deleted, which can be reverted too: its number and its name stay taken.
  apply: async ({ tx }, { present, before }) => {
    if (present === null) return;
    await tx.update(workspaces, present, before ?? { ...present, deleted: true, modifiedAt: tx.now });
  },
  check: async (reverting, reversal) => {
    const { present, before } = reversal;
    const { tx, cannot } = reverting;
    if (present === null) return;
    if (before === null) {
      assertUnlocked(present);
      const [saved] = await tx.parts(objects, { ws: { $eq: present.number } }, { fields: [], limit: 1 });
      if (saved !== undefined) throw cannot(`workspace ${present.number} has objects`);
      return;
    }
    const isClosed = before.visibility === 'private' && present.visibility !== 'private';
    // A change of owner may come with a new name, also of a locked workspace.
    const named = changes(reversal, 'owners') ? ['name'] : [];
    const whileLocked = ['owners', 'grants', 'locked', ...named, ...(isClosed ? [] : ['visibility'])];
    if (reversal.fields.some(({ path }) => !whileLocked.includes(placeOf(path).field))) assertUnlocked(present);
    if (present.deleted && before.deleted) throw cannot(`workspace ${present.number} is deleted; restore it first`);
    if (present.undeletions !== before.undeletions) {
      const since = { ws: { $eq: present.number }, deleted: true, deletedIn: present.undeletions ?? 0 };
      const [deleted] = await tx.parts(objects, since, { fields: [], limit: 1 });
      if (deleted !== undefined) throw cannot(`objects of workspace ${present.number} were deleted since`);
    }
    if (changes(reversal, 'meta')) assertMetaSize(before.meta, 'Reverted metadata exceeds allowed size of 16000B');
    if (present.name !== before.name) await assertUntaken(tx, before.name);
    await checkRights(reverting, { present, before });
  },
});

/** @throws owner_kind_not_allowed, recipient_unfit, grants_full */
async function checkRights({ tx }: Reverting, { present, before }: Both): Promise<void> {
  const held = new Set([...present.owners, ...present.grants.map(({ principal }) => principal)]);
  const comeToOwn = before.owners.filter((id) => !present.owners.includes(id));
  const granted = before.grants.filter(({ principal }) => !held.has(principal));
  if (comeToOwn.length > 0 || before.owners.length !== present.owners.length) {
    assertOwners(before.type, before.externalId, before.owners);
  }
  await pinReceivers(tx, [...comeToOwn, ...granted.map(({ principal }) => principal)]);
  const more = before.grants.length - present.grants.length;
  if (more > 0) await assertRoom(tx, before._id, more);
}

type Both = Pick<Update<Resource>, 'present' | 'before'>;

const updating: Calls<Resource> = async ({ path, after }, { id }) => {
  const params = path === 'name' || path === 'data' ? { [path]: path === 'data' ? dataOf(after) : after } : {};
  return [{ command: 'updateResource', params: { id, ...params } }];
};

const dataOf = (text: unknown): unknown => (typeof text === 'string' ? JSON.parse(text) : {});

const resourceRule = rule({
  of: resources,
  fields: {
    owners: async (_, { before }, reader) => [await givingTo(before, before.owners, reader)],
    visibility: visibilityCall,
    grants: async ({ key = '', after }, { id }, reader) => {
      const { level, expires } = (after ?? {}) as Partial<Grant>;
      const grant = { ...(await accountOf(reader, key)), ...defined({ level, expires: expires?.toISOString() }) };
      return [{ command: 'setAcl', params: { id, grants: [grant], mode: after === undefined ? 'remove' : 'merge' } }];
    },
    name: updating,
    data: updating,
    caption: updating,
    source: updating,
    externalId: async ({ after }, { id }) => [{ command: 'updateResource', params: { id, newExternalId: after } }],
    parents: async ({ after }, { id }) => [{ command: 'moveResource', params: { id, parents: after } }],
    order: async (_, { id, before }) => [{ command: 'moveResource', params: { id, parents: before.parents ?? [] } }],
    modifiedAt: KEPT,
  },
  inserted: async ({ _id: id }) => [{ command: 'deleteResource', params: { id } }],
  removed: async (before, reader) => {
    const { type, name, externalId, parents } = before;
    const owners: unknown[] = [];
    for (const id of before.owners) {
      const { accountType, account } = await accountOf(reader, id);
      owners.push({ accountType, owner: account });
    }
    return [{ command: 'createResource', params: { type, name, owners, ...defined({ externalId, parents }) } }];
  },
  counting: unlessEnded,
  adapt: (update) => ({
    ...update.before,
    visibility: changes(update, 'owners') ? visibilityAfter(update.present, update.before) : update.before.visibility,
  }),
  check: async (reverting, { present, before }) => {
    const { tx, authority, removes, makes } = reverting;
    if (before === null) {
      if (present !== null) await assertNothingBelow(reverting, present);
      return;
    }
    const { externalId, type, parents = [] } = before;
    if (externalId !== undefined && externalId !== present?.externalId)
      await assertExternalIdFree(tx, type, externalId);
    const come = parents.filter((id) => !(present?.parents ?? []).includes(id) && !makes.has(id));
    if (come.some((id) => removes.has(id))) throw refuse('resource_missing', `resource ${come[0]}`);
    if (come.length > 0) {
      const found = await readParents({ reader: tx, authority }, type, come);
      await (present === null ? touchParents(tx, found) : guardNewParents(tx, present, found));
    }
    await checkRights(reverting, { before, present: present ?? { ...before, owners: [], grants: [] } });
  },
});

/** @throws resource_not_empty */
async function assertNothingBelow({ tx, removes }: Reverting, present: Resource): Promise<void> {
  const limit = tx.limits.perDeletion;
  const children = await readChildren(tx, [present], { fields: [], limit });
  const others = children.filter(({ _id }) => !removes.has(_id)).length;
  if (others > 0) throw refuse('resource_not_empty', labelOf(present), String(others));
}

export const resourceInverses: readonly InverseRule[] = [workspaceRule, resourceRule];

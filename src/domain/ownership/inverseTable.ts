import { auditSnapshots } from '../../audit/log/snapshots.ts';
import { refuse } from '../../base/errors.ts';
import { pinReceivers } from '../../identity/receivers.ts';
import { jobs } from '../../jobs/job.ts';
import { outbox } from '../../notices/outbox.ts';
import type { AnyCollection } from '../../store/collection.ts';
import { approvalRequests } from '../approvals/request.ts';
import { dynamicConfigs, type StoredConfig } from '../dynamicConfig.ts';
import { functions, type ModuleOwner, moduleRequests, modules, moduleVersions, types } from '../modules/module.ts';
import { isDeleted } from '../objects/deleted.ts';
import { objects, type StoredObject, versions } from '../objects/object.ts';
import { collectionOf, workspaceId } from '../resources/collections.ts';
import { resources, workspaces } from '../resources/resource.ts';
import { assertUnlocked } from '../workspaces/identity.ts';
import { identityInverses } from './identityInverses.ts';
import { nameOf } from './inverseNames.ts';
import { type Calls, type InverseRule, KEPT, kept, never, rule } from './inverseRules.ts';
import { resourceInverses } from './resourceInverses.ts';

const SAVED = 'saved versions are never removed';
const REGISTERED = 'registered types are never removed';

const config: Calls<StoredConfig> = async ({ path, after }) => [
  { command: 'setConfig', params: { set: { [path]: after } } },
];

const configRule = rule({
  of: dynamicConfigs,
  fields: { 'backend-file-retrieval-scaling': config },
  inserted: async () => [{ command: 'setConfig', params: { set: {} } }],
  removed: async ({ _id, revision: _, ...set }) => [{ command: 'setConfig', params: { set } }],
});

const referenceOf = ({ ws, id }: StoredObject) => ({ ref: `${ws}/${id}` });

const deletion: Calls<StoredObject> = async (_, { present, before }) => {
  // Of two deletions, the earlier one was ended by restoring the workspace.
  const isRestored = present.deleted && (present.deletedIn ?? 0) > (before.deletedIn ?? 0);
  const command = before.deleted && !isRestored ? 'deleteObjects' : 'undeleteObjects';
  return [{ command, params: { objects: [referenceOf(before)] } }];
};

const objectRule = rule({
  of: objects,
  fields: {
    name: async ({ after }, { before }) => [
      { command: 'renameObject', params: { obj: referenceOf(before), new_name: after } },
    ],
    deleted: deletion,
    deletedIn: deletion,
    hidden: async ({ after }, { before }) => [
      { command: after === true ? 'hideObjects' : 'unhideObjects', params: { objects: [referenceOf(before)] } },
    ],
    latest: { never: SAVED },
    modifiedAt: KEPT,
  },
  inserted: { never: SAVED },
  removed: { never: 'objects are never removed' },
  check: async ({ tx, cannot }, { present, before, fields }) => {
    if (present === null || before === null) return;
    const workspace = await tx.get(workspaces, workspaceId(before.ws));
    if (workspace === null) throw cannot(`the workspace of object ${before._id} is missing`);
    const { deleted, undeletions = 0 } = workspace;
    if (deleted) throw cannot(`workspace ${before.ws} is deleted; restore it first`);
    assertUnlocked(workspace);
    const deletes = fields.some(({ path }) => path === 'deleted' || path === 'deletedIn');
    const isEnded = before.deleted && (before.deletedIn ?? 0) !== undeletions;
    if (deletes && isEnded && !isDeleted(present, workspace)) {
      throw cannot(`workspace ${before.ws} was restored since, and with it all of its objects`);
    }
    if (before.hidden !== present.hidden && isDeleted(before, workspace) && isDeleted(present, workspace)) {
      throw cannot(`object ${before._id} is deleted; restore it first`);
    }
    // So that the workspace is neither locked nor deleted meanwhile.
    await tx.touch(workspaces, workspace);
    if (before.name === present.name) return;
    const holders = await tx.parts(objects, { ws: before.ws, name: { $eq: before.name } }, { fields: [] });
    if (holders.length > 0) {
      throw refuse('object_name_taken', `There is already an object in the workspace named ${before.name}`);
    }
  },
});

const moduleRule = rule({
  of: modules,
  fields: {
    owners: async ({ key = '', after }, { id }, reader) => {
      const user = await nameOf(reader, key);
      if (after === undefined) return [{ command: 'removeModuleOwnership', params: { mod: id, old_owner: user } }];
      const option = (after as ModuleOwner).canGrant ? 1 : 0;
      return [{ command: 'grantModuleOwnership', params: { mod: id, new_owner: user, with_grant_option: option } }];
    },
  },
  inserted: { never: 'a module that was approved stays' },
  removed: { never: 'modules are never removed' },
  otherwise: REGISTERED,
  check: async ({ tx }, { id, present, before }) => {
    if (present === null || before === null) return;
    if (!before.owners.some((owner) => owner.canGrant)) throw refuse('last_module_owner', id);
    const held = new Set(present.owners.map(({ principal }) => principal));
    await pinReceivers(
      tx,
      before.owners.map(({ principal }) => principal).filter((owner) => !held.has(owner)),
    );
  },
});

const requestRule = rule({
  of: moduleRequests,
  fields: {},
  inserted: async ({ _id: module }) => [{ command: 'denyModRequest', params: { module } }],
  removed: { never: 'a denied request is not made again; whoever wants the module can request it again' },
});

/**
 * How changes of each collection are reverted: for each field, the commands that would bring the change about, whose rules a
 * revert obeys. A collection that is missing here, or a field that its rule does not name, is not reverted.
 */
export const INVERSES: readonly InverseRule[] = [
  ...identityInverses,
  ...resourceInverses,
  objectRule,
  moduleRule,
  requestRule,
  configRule,
  never(versions, SAVED),
  never(moduleVersions, REGISTERED),
  never(types, REGISTERED),
  never(functions, REGISTERED),
  never(jobs, 'what a job did is reverted with revertJob'),
  never(auditSnapshots, 'what was removed from the records cannot be brought back'),
  kept(approvalRequests, 'requests for approval, and their use, are never reverted'),
  kept(outbox, 'e-mails that were sent cannot be taken back'),
];

/** The rule for a document under the collection name that a record has, which may be an earlier one. */
export function inverseOf(collection: string, id: string): InverseRule | undefined {
  const of: AnyCollection | undefined = collection === resources.name ? collectionOf(id) : undefined;
  return INVERSES.find((one) => one.of.name === (of?.name ?? collection));
}

import { type AuditBatch, auditCollection, batchOf } from '../../src/audit/record.ts';
import { sealedSecret } from '../../src/identity/totp.ts';
import type { Database } from '../../src/store/database.ts';
import { saveParams } from '../domain/objects/savingWorld.ts';
import { originOf, type TestHouse, type TestHouseOptions } from '../support/house.ts';
import { houseWith } from '../support/houseWith.ts';
import { codeOf, signedInToken } from '../support/proofs.ts';
import { softAuthenticator } from '../support/softAuthenticator.ts';

/** A call of a command, as in the command object. */
export interface Call {
  readonly user?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

const IIIF = 'https://iiif.example.org';
const THING = { type: 'Owned.Thing', data: { n: 1 } };
/** Jobs: one that runs, one that is paused, one that is done. */
const [RUNNING, PAUSED, DONE] = ['1', '2', '3'].map((digit) => digit.repeat(24));
/** The secret of an authenticator app that boss has begun to set up. */
const APP = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
/** The domain of passkeys, the device on which boss is making another one, and what it has to sign. */
export const PARTY = { id: 'steward.example.org', origins: ['https://steward.example.org'] };
const DEVICE = softAuthenticator('https://steward.example.org', PARTY.id);
const CHALLENGE = 'c'.repeat(43);
/** A session of bea's. */
const SESSION = `session-${'5'.repeat(32)}`;
/** Requests for approval: two of cec's, one of boss's, and one of boss's that cec has approved. */
const [WANTED, UNWANTED, WITHDRAWN, APPROVED] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(24));
/** The record of how the role `spare` was made. */
const SPARE = `${'0'.repeat(23)}1`;
const BOOK = { type: 'workbooks', externalId: '/@Catalog/shared/book' } as const;

/** For every command a call that does something in a {@link peopledHouse}, when a full administrator makes it. */
export const calls: Readonly<Record<string, Call>> = {
  addAdmin: { user: 'ann' },
  listAdmins: { params: { detail: true } },
  listMyPrivileges: {},
  explain: { params: { command: 'lockWorkspace' } },
  removeAdmin: { user: 'cec' },
  get openTicket() {
    return { params: { proof: { token: signedInToken('boss') }, uses: 3 } };
  },
  dropTickets: {},
  listMyTickets: {},
  get confirmTotp() {
    return { params: { proof: { totp: codeOf(APP) } } };
  },
  get enrolTotp() {
    return { params: { proof: { token: signedInToken('boss') } } };
  },
  get regenerateRecoveryCodes() {
    return { params: { proof: { token: signedInToken('boss') } } };
  },
  get removeTotp() {
    return { params: { proof: { token: signedInToken('boss') } } };
  },
  resetTotp: { user: 'bea' },
  challengePasskey: {},
  get confirmPasskey() {
    return { params: { name: 'Phone', answer: DEVICE.create({ challenge: CHALLENGE }) } };
  },
  get enrolPasskey() {
    return { params: { proof: { token: signedInToken('boss') } } };
  },
  get removePasskey() {
    return { params: { passkey: 'key-1', proof: { token: signedInToken('boss') } } };
  },
  endSession: { user: 'bea', params: { session: SESSION } },
  listSessions: { user: 'bea' },
  listApprovals: {},
  getApproval: { params: { request: WITHDRAWN } },
  approve: { params: { request: WANTED, reason: 'it is right' } },
  denyApproval: { params: { request: UNWANTED, reason: 'it is wrong' } },
  cancelApproval: { params: { request: WITHDRAWN } },
  runApproved: { params: { request: APPROVED } },
  breakGlass: { params: { reason: 'nobody answers' } },
  reviewBreakGlass: { user: 'dan', params: { verdict: 'justified', comment: 'as it was' } },
  addUser: { user: 'eve', params: { kind: 'service', email: 'eve@example.org' } },
  deleteUser: { user: 'bea' },
  disableUser: { user: 'bea' },
  enableUser: { user: 'dan' },
  listUsers: { params: { limit: 10 } },
  renameUser: { user: 'bea', params: { newName: 'beatrice' } },
  addRoleMembers: { params: { name: 'curators', members: ['cec'] } },
  createRole: { params: { name: 'readers', members: ['ann'] } },
  deleteRole: { params: { name: 'curators' } },
  listRoles: { params: { limit: 10 } },
  removeRoleMembers: { params: { name: 'curators', members: ['bea'] } },
  addFriend: { user: 'ann', params: { friend: 'cec' } },
  listFriends: { user: 'ann' },
  removeFriend: { user: 'ann', params: { friend: 'bea' } },
  createResource: { params: { type: 'workbooks', name: 'new', owners: [{ accountType: 'User', owner: 'ann' }] } },
  deleteResource: { params: { ...BOOK } },
  getAcl: { params: { ...BOOK } },
  getResource: { params: { ...BOOK } },
  listResources: { params: { limit: 10 } },
  moveResource: { params: { ...BOOK, parents: [] } },
  setAcl: { params: { ...BOOK, grants: [{ accountType: 'User', account: 'bea', level: 'write' }] } },
  setAclMass: { params: { resources: [BOOK], visibility: 'public' } },
  updateResource: { params: { ...BOOK, name: 'renamed' } },
  createAdmin: { params: { username: 'newadmin', password: 'a password' } },
  createStaff: { params: { username: 'newstaff', password: 'a password' } },
  deleteStaff: { params: { id: 'stan' } },
  listStaff: {},
  setOwnedBy: { params: { type: 'manifest', object: `${IIIF}/b1/manifest`, ownedBy: ['stan'] } },
  setPassword: { user: 'bea', params: { password: 'a password' } },
  updateStaff: { params: { id: 'stan', username: 'stanley' } },
  updateStaffPermissions: { params: { manifests: [`${IIIF}/b1/manifest`], username: 'stan', action: 'ADD' } },
  copyCatalogItem: { params: { type: BOOK.type, id: BOOK.externalId, newItemName: 'copy' } },
  createFolder: { params: { name: 'new', parentId: '/@Catalog/shared' } },
  getCatalogAcl: { params: { type: BOOK.type, id: BOOK.externalId } },
  getCatalogItem: { params: { type: 'workbooks', id: BOOK.externalId } },
  listCatalog: { params: { limit: 10 } },
  moveCatalogItem: { params: { type: BOOK.type, id: '/@Catalog/shared/draft', newItemName: 'moved' } },
  updateCatalogAcl: {
    params: {
      type: BOOK.type,
      id: BOOK.externalId,
      aclList: [{ accountGuid: 'bea', accountType: 'User', permissions: { read: true } }],
    },
  },
  createIiifObject: { params: { base: IIIF, type: 'manifest', identifier: 'b2', object: { label: 'Book 2' } } },
  deleteIiifObject: { params: { base: IIIF, type: 'manifest', identifier: 'b1' } },
  updateIiifObject: { params: { base: IIIF, type: 'manifest', identifier: 'b1', object: { label: 'Book' } } },
  changeOwner: { params: { from: 'ann', to: 'bea' } },
  changeOwnership: { params: { type: BOOK.type, id: BOOK.externalId, accountType: 'User', owner: 'bea' } },
  listExpiring: { params: { within: 7 } },
  listOwned: { params: { user: 'ann' } },
  offboard: { user: 'bea', params: { to: 'ann' } },
  reclaim: { params: { from: 'id:gus', to: 'ann' } },
  cancelJob: { params: { id: RUNNING } },
  getJob: { params: { id: DONE } },
  listJobs: { params: { limit: 10 } },
  pauseJob: { params: { id: RUNNING } },
  resumeJob: { params: { id: PAUSED } },
  revertJob: { params: { id: DONE } },
  auditHash: { params: { value: 'a password' } },
  revert: { params: { record: `${SPARE}-0` } },
  verifyState: { params: {} },
  pruneAudit: { params: { before: '2026-02-01T00:00:00Z' } },
  getAudit: { params: { limit: 5 } },
  verifyAudit: { params: {} },
  // There is no such record.
  proveRecord: { params: { record: `${'0'.repeat(24)}-0`, hash: '0'.repeat(64) } },
  proveConsistency: { params: { from: 0 } },
  exportAudit: { params: { limit: 5 } },
  getConfig: {},
  getTypeDelegationTarget: {},
  listCommands: {},
  createWorkspace: { user: 'ann', params: { workspace: 'ann:new', globalread: 'r', meta: { k: 'v' } } },
  deleteWorkspace: { params: { id: 1 } },
  getPermissions: { user: 'ann', params: { id: 1 } },
  getPermissionsMass: { params: { workspaces: [{ id: 1 }, { workspace: 'beaplain' }], ignoreErrors: 1 } },
  getWorkspaceDescription: { params: { workspace: 'ann:data' } },
  getWorkspaceInfo: { params: { id: 1 } },
  listAllWorkspaces: { params: { limit: 2 } },
  listWorkspaceIDs: { user: 'ann', params: {} },
  listWorkspaceOwners: {},
  listWorkspaces: { user: 'ann', params: { excludeGlobal: 1 } },
  lockWorkspace: { params: { id: 1 } },
  renameWorkspace: { params: { wsi: { id: 1 }, new_name: 'ann:renamed' } },
  setGlobalPermission: { user: 'ann', params: { id: 1, new_permission: 'r' } },
  setPermissions: { params: { workspaces: [{ id: 1 }, { id: 2 }], new_permission: 'w', users: ['cec'] } },
  alterWorkspaceMetadata: { params: { wsi: { id: 1 }, new: { organism: 'yeast' } } },
  setWorkspaceDescription: { params: { id: 1, description: 'words' } },
  setWorkspaceOwner: { params: { wsi: { id: 1 }, new_user: 'bea', new_name: 'bea:data' } },
  undeleteWorkspace: { params: { id: 3 } },
  unlockWorkspace: { params: { workspace: 'beaplain' } },
  approveModRequest: { params: { module: 'Wanted' } },
  denyModRequest: { params: { module: 'Unwanted' } },
  grantModuleOwnership: { params: { mod: 'Owned', new_owner: 'cec' } },
  listModRequests: {},
  removeModuleOwnership: { params: { mod: 'Owned', old_owner: 'ann' } },
  deleteObjects: { params: { objects: [{ ref: '1/1' }] } },
  hideObjects: { params: { objects: [{ ref: '1/1' }] } },
  unhideObjects: { params: { objects: [{ ref: '1/3' }] } },
  getObjectHistory: { params: { ref: '1/1' } },
  getObjectInfo: { params: { objects: [{ ref: '1/1' }], includeMetadata: 1 } },
  getObjects: { params: { objects: [{ ref: '1/1' }] } },
  listObjects: { params: { ids: [1] } },
  renameObject: { params: { obj: { ref: '1/1' }, new_name: 'renamed' } },
  saveObjects: { user: 'ann', params: saveParams([{ ...THING, name: 'new' }]) },
  undeleteObjects: { params: { objects: [{ ref: '1/2' }] } },
  setConfig: { params: { set: { 'backend-file-retrieval-scaling': 7 } } },
};

/**
 * A house with the configured admin `boss`, the full admin `cec`, the read-only admin `reader`, the admin `limited`
 * (two reading commands, as `ann` alone), the users `ann` and `bea`, and `dan`, who is disabled. Workspace 1 is ann's,
 * 2 is bea's and locked, 3 is bea's and deleted. The module Owned is ann's and bea's; Wanted and Unwanted are requested
 * by ann. Of Owned's type there are three objects in workspace 1, the second of them deleted, the third hidden. In a folder of ann's is a
 * workbook of hers, and a draft of boss's; bea is in the role `curators`, and a friend of ann's;
 * nobody is in `spare`. `stan` is an account
 * of staff; nobody owns the manifest b1. `gus` is closed and owns a workbook; of three jobs one runs, one is paused,
 * one done. boss and bea have authenticator apps, boss has a ticket and a passkey, and
 * bea a session. Roles whose names begin with `asked` need
 * approval; `dan` has broken the glass, and `boss` may.
 */
export async function peopledHouse(options: TestHouseOptions = {}): Promise<TestHouse> {
  const house = await houseWith(people, { policy: POLICY, relyingParty: PARTY, ...options });
  // Where the contents were copied, this instance has not yet seen the one who calls most.
  await house.meet('boss');
  await sealed(house);
  return house;
}

/** Makes what is in a {@link peopledHouse}, but does not seal its records. */
async function people(house: TestHouse): Promise<void> {
  await house.meet('boss', 'ann', 'bea', 'cec', 'dan', 'reader', 'limited');
  const asAnn = (method: string, params: unknown) => call(house, 'ann', method, params);
  for (const module of ['Owned', 'Wanted', 'Unwanted']) await asAnn('request_module_ownership', module);
  for (const command of [
    { command: 'approveModRequest', module: 'Owned' },
    { command: 'grantModuleOwnership', params: { mod: 'Owned', new_owner: 'bea', with_grant_option: 1 } },
    { command: 'addAdmin', user: 'cec' },
    { command: 'addAdmin', user: 'reader', params: { role: 'readOnly' } },
    { command: 'addAdmin', user: 'limited', params: { commands: ['listAdmins', 'getConfig'], as: ['ann'] } },
    { command: 'disableUser', user: 'dan' },
    { command: 'createWorkspace', user: 'ann', params: { workspace: 'ann:data', description: 'about' } },
    { command: 'createWorkspace', user: 'bea', params: { workspace: 'beaplain' } },
    { command: 'lockWorkspace', params: { id: 2 } },
    { command: 'createWorkspace', user: 'bea', params: { workspace: 'bea:gone' } },
    { command: 'deleteWorkspace', params: { id: 3 } },
    { command: 'createRole', params: { name: 'curators', members: ['bea'] } },
    { command: 'addFriend', user: 'ann', params: { friend: 'bea' } },
    { command: 'addUser', user: 'stan', params: { id: 'stan', kind: 'staff' } },
    { command: 'createIiifObject', params: { base: IIIF, type: 'manifest', identifier: 'b1', object: {} } },
  ]) {
    await house.administer('boss', command);
  }
  const spec = 'module Owned { typedef structure { int n; } Thing; };';
  await asAnn('register_typespec', { spec, new_types: ['Thing'], dryrun: 0 });
  await asAnn('release_module', 'Owned');
  await asAnn(
    'save_objects',
    saveParams([
      { ...THING, name: 'kept' },
      { ...THING, name: 'gone' },
      { ...THING, name: 'veiled', hidden: 1 },
    ]),
  );
  await asAnn('delete_objects', [{ ref: '1/gone' }]);
  const owners = [{ accountType: 'User', owner: 'ann' }];
  const folder = { type: 'folders', name: 'shared', externalId: '/@Catalog/shared', owners };
  const { result } = await house.administer('boss', { command: 'createResource', params: folder });
  const parents = [(result as { id: string }).id];
  await house.administer('boss', { command: 'createResource', params: { ...BOOK, name: 'book', parents, owners } });
  const draft = { type: BOOK.type, name: 'draft', externalId: '/@Catalog/shared/draft', parents };
  await house.administer('boss', { command: 'createResource', params: draft });
  await house.meet('gus');
  for (const owner of ['gus', 'stan', 'stan', 'stan']) {
    const params = { type: 'workbooks', name: `of ${owner}`, owners: [{ accountType: 'User', owner }] };
    await house.administer('boss', { command: 'createResource', params });
  }
  await house.administer('boss', { command: 'deleteUser', user: 'gus' });
  await house.administer('boss', { command: 'createRole', params: { name: 'spare', members: [] } });
  await copyRecord(house.database, { command: 'createRole', params: { name: 'spare', members: [] } }, SPARE);
  await withJobs(house);
  await withProofs(house);
  await withRequests(house);
}

/** Seals all records, as if long ago. */
async function sealed({ sealer, database: { db } }: TestHouse): Promise<void> {
  await sealer.seal();
  await db.collection('auditSegments').updateMany({}, { $set: { at: new Date('2026-01-01') } });
}

/**
 * Authenticator apps of boss and bea, of which boss's is to be replaced, a ticket of boss's with an earlier token, a
 * passkey of boss's, who is making another one, and a session of bea's.
 */
async function withProofs({ database: { db, sealer } }: TestHouse): Promise<void> {
  const at = new Date();
  const appOf = (id: string) => ({
    ...{ _id: id, revision: 1, confirmedAt: at, recoveryCodes: [] },
    secret: sealedSecret(sealer, id, 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'),
  });
  const pending = { secret: sealedSecret(sealer, 'boss', APP), until: new Date(at.getTime() + 86_400_000) };
  await db.collection<{ _id: string }>('totp').insertMany([{ ...appOf('boss'), pending }, appOf('bea')] as never[]);
  const ticket = { revision: 1, principal: 'boss', credential: 'of before', stamp: 'of before', provedBy: 'token' };
  await db
    .collection<{ _id: string }>('tickets')
    .insertOne({ _id: 'ticket-1', ...ticket, provedAt: at, openedAt: at, minutes: 10 } as never);
  const key = { id: 'key-1', name: 'Laptop', publicKey: 'unused', counter: 0, addedAt: at };
  const made = { challenge: CHALLENGE, until: new Date(at.getTime() + 86_400_000) };
  await db
    .collection<{ _id: string }>('passkeys')
    .insertOne({ _id: 'boss', revision: 1, keys: [key], pending: made } as never);
  const session = { revision: 1, principal: 'bea', startedAt: at, address: '192.0.2.5', withCode: false };
  await db
    .collection<{ _id: string }>('sessions')
    .insertOne({ _id: SESSION, ...session, expiresAt: new Date(at.getTime() + 86_400_000) } as never);
}

/** The policy of a {@link peopledHouse}. */
export const POLICY = `
rules:
  - name: asked-roles
    who: [anybody]
    commands: [createRole]
    where: { properties: { name: { type: string, pattern: "^asked" } }, required: [name] }
    require: { approvals: { count: 1 } }
  - { name: emergencies, who: [boss], commands: [breakGlass], allow: true }
`;

/** Requests for approval with fixed ids, and a use of break-glass. */
async function withRequests({ administer, database }: TestHouse): Promise<void> {
  const { db } = database;
  const callers = ['cec', 'cec', 'boss', 'boss'];
  for (const [i, id] of [WANTED, UNWANTED, WITHDRAWN, APPROVED].entries()) {
    const call = { command: 'createRole', params: { name: `asked ${i}` } };
    await administer(callers[i] ?? '', call).catch(() => undefined);
    const requests = db.collection<{ _id: string; params: string }>('approvalRequests');
    const made = await requests.findOneAndDelete({ params: JSON.stringify(call.params) });
    if (made !== null) await requests.insertOne({ ...made, _id: id ?? '' });
  }
  await administer('cec', { command: 'approve', params: { request: APPROVED, reason: 'it is right' } });
  const [at, until] = [new Date(), new Date(Date.now() + 3_600_000)];
  await db.collection<{ _id: string }>('roster').updateOne(
    { _id: 'roster' },
    {
      $set: { broken: [{ principal: 'dan', id: 'glass-1', reason: 'at night', at, until }] },
      $inc: { revision: 1 },
    },
  );
}

/** Three finished transfers with fixed ids, two of which are set back to an earlier state. */
async function withJobs({ administer, database }: TestHouse): Promise<void> {
  const { db } = database;
  const people = ['stan', 'ann', 'bea', 'cec'];
  for (const [i, id] of [RUNNING, PAUSED, DONE].entries()) {
    const params = { from: people[i], to: people[i + 1], types: ['workbooks'], name: 'of stan' };
    const { result } = await administer('boss', { command: 'changeOwner', params });
    const { job } = result as { job: string };
    await recordOf(database, job, id ?? '');
    for (const name of ['jobs', 'jobParts', 'jobOutcomes']) {
      const collection = db.collection<{ _id: string; job?: string }>(name);
      for (const doc of await collection.find({ _id: new RegExp(`^${job}`) }).toArray()) {
        await collection.deleteOne({ _id: doc._id });
        await collection.insertOne({
          ...doc,
          _id: doc._id.replace(job, id ?? ''),
          ...(doc.job === undefined ? {} : { job: id ?? '' }),
        });
      }
    }
  }
  const set = (id: string | undefined, state: string) =>
    db
      .collection<{ _id: string }>('jobs')
      .updateOne({ _id: id ?? '' }, { $set: { state }, $unset: { finishedAt: '' } });
  await set(RUNNING, 'running');
  await set(PAUSED, 'paused');
}

/** A revert uses the job's records: adds one like that of this job, under the other id. */
async function recordOf({ db, clock }: Database, job: string, id: string): Promise<void> {
  const audit = db.collection<AuditBatch>(auditCollection.name);
  const found = await audit.findOne({ 'records.resources': `jobs/${job}` });
  const drafts = (found?.records ?? []).map(({ id: _, hash: __, ...draft }) => ({
    ...draft,
    changes: draft.changes.map((change) => (change.id === job ? { ...change, id } : change)),
    resources: draft.resources.map((place) => (place === `jobs/${job}` ? `jobs/${id}` : place)),
  }));
  await audit.insertOne(batchOf(await clock.newId(), drafts));
}

/** A record like that of this call, under another id. */
async function copyRecord(
  { db }: Database,
  { command, params }: { command: string } & Call,
  id: string,
): Promise<void> {
  const audit = db.collection<AuditBatch>(auditCollection.name);
  const found = await audit.findOne({ records: { $elemMatch: { command, params } } });
  const drafts = (found?.records ?? []).map(({ id: _, hash: __, ...draft }) => draft);
  await audit.insertOne(batchOf(id, drafts));
}

export async function call({ gate }: TestHouse, user: string, name: string, params: unknown): Promise<void> {
  const method = gate.method(`Workspace.${name}`);
  if (method === undefined) throw new Error(`there is no method ${name}`);
  const origin = originOf(user);
  await gate.call(method, { caller: await gate.identify(method, origin), params: [params], origin });
}

/** A hash of every byte of each collection but the audit and the counts of guesses. */
export async function bytesOf(
  { database }: TestHouse,
  except: readonly string[] = [],
): Promise<Record<string, string>> {
  const { collections } = await database.db.command({ dbHash: 1 });
  const hashes = Object.entries<string>(collections);
  return Object.fromEntries(hashes.filter(([name]) => !['audit', 'attempts'].includes(name) && !except.includes(name)));
}

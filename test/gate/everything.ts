import { vi } from 'vitest';
import { Journal } from '../../src/audit/journal.ts';
import { Witnesses } from '../../src/audit/log/cosigning.ts';
import { AuditLog } from '../../src/audit/log/log.ts';
import { logHead } from '../../src/audit/log/segments.ts';
import { verifierKeyText } from '../../src/audit/log/signedNote.ts';
import { signerOf, storedSigningKey } from '../../src/audit/log/signer.ts';
import { SWEEP_START, sweepContents } from '../../src/domain/objects/sweep.ts';
import { removeOldJobs } from '../../src/jobs/removeOld.ts';
import { allCommands } from '../../src/operations/index.ts';
import { witnessesOf } from '../../src/server/witnesses.ts';
import type { Database } from '../../src/store/database.ts';
import { registerInstance, removeInstance } from '../../src/store/migrations/instances.ts';
import { migrate } from '../../src/store/migrations/migrate.ts';
import { witnessSigner } from '../audit/log/generatedLog.ts';
import { witnessOn } from '../audit/log/runningWitness.ts';
import { saveParams } from '../domain/objects/savingWorld.ts';
import { openHouse, originOf, type TestHouse } from '../support/house.ts';
import { temporaryFolder } from '../support/running.ts';
import { type SentWrites, watchWrites } from '../support/writes.ts';
import { type Call, calls, PARTY, POLICY, peopledHouse } from './calls.ts';

const IIIF = 'https://iiif.example.org';
const OWNERS = [{ accountType: 'User', owner: 'ann' }];
const SHELF = { type: 'collection', name: 'shelf' };
const oi = { ref: '1/made' };

/** For every method that writes, its parameter, in an order in which all succeed; `ann` calls. */
export const METHODS: readonly (readonly [method: string, params: unknown])[] = [
  ['Accounts.create_token', undefined],
  ['Accounts.open_session', undefined],
  ['Accounts.close_session', { session: 'none' }],
  ['Session.sign_in', { name: 'sam', password: 'a password' }],
  ['Session.sign_out', { all: true }],
  ['Friend.add', { friend: 'cec' }],
  ['Friend.remove', { friend: 'cec' }],
  ['Resource.create', { type: 'block', name: 'block', externalId: 'B1', owners: OWNERS }],
  ['Resource.update', { type: 'block', externalId: 'B1', name: 'a block' }],
  [
    'Resource.set_acl',
    { type: 'block', externalId: 'B1', grants: [{ accountType: 'User', account: 'bea', level: 'read' }] },
  ],
  ['Resource.move', { type: 'block', externalId: 'B1', parents: [] }],
  ['Gnode.set_sharing', { type: 'block', id: 'B1', safety_level: 2 }],
  ['Gnode.set_sharing_mass', { type: 'block', ids: ['B1'], safety_level: 3 }],
  ['Gnode.update_object', { type: 'block', id: 'B1', fields: { name: 'the block' } }],
  ['Gnode.create_object', { type: 'block', fields: { name: 'another block', index: 1 } }],
  ['Resource.create', { type: 'block', name: 'one more', externalId: 'B2' }],
  ['Gnode.delete_object', { type: 'block', id: 'B2' }],
  ['Resource.delete', { type: 'block', externalId: 'B1' }],
  ['Catalog.create_folder', { name: 'folder', parentId: '/@Catalog/shared' }],
  [
    'Catalog.update_acl',
    {
      type: 'folders',
      id: '/@Catalog/shared/folder',
      aclList: [{ accountGuid: 'bea', accountType: 'User', permissions: { read: true } }],
    },
  ],
  ['Catalog.copy_item', { type: 'folders', id: '/@Catalog/shared/folder', newItemName: 'copy' }],
  ['Catalog.move_item', { type: 'folders', id: '/@Catalog/shared/copy', newItemName: 'moved' }],
  ['Workspace.create_workspace', { workspace: 'ann:second' }],
  ['Workspace.set_permissions', { id: 1, new_permission: 'w', users: ['bea'] }],
  ['Workspace.set_global_permission', { id: 1, new_permission: 'r' }],
  ['Workspace.set_workspace_description', { id: 1, description: 'words' }],
  ['Workspace.alter_workspace_metadata', { wsi: { id: 1 }, new: { k: 'v' } }],
  ['Workspace.save_objects', saveParams([{ type: 'Owned.Thing', name: 'made', data: { n: 1 } }])],
  [
    'Workspace.save_objects',
    saveParams([{ type: 'Owned.Thing', name: 'large', data: { n: 1, s: 'x'.repeat(400_000) } }]),
  ],
  [
    'Workspace.save_object',
    { id: 'single', type: 'Owned.Thing', workspace: 'ann:data', ...saveParams([{ data: { n: 2 } }]).objects[0] },
  ],
  ['Workspace.rename_object', { obj: { ref: '1/single' }, new_name: 'alone' }],
  ['Workspace.copy_object', { from: oi, to: { wsid: 1, name: 'copy' } }],
  ['Workspace.save_objects', saveParams([{ type: 'Owned.Thing', name: 'made', data: { n: 3 } }])],
  ['Workspace.revert_object', { ref: '1/made/1' }],
  ['Workspace.hide_objects', [oi]],
  ['Workspace.unhide_objects', [oi]],
  ['Workspace.delete_objects', [oi]],
  ['Workspace.undelete_objects', [oi]],
  ['Workspace.clone_workspace', { wsi: { id: 1 }, workspace: 'ann:clone' }],
  ['Workspace.rename_workspace', { wsi: { workspace: 'ann:clone' }, new_name: 'ann:other' }],
  ['Workspace.delete_workspace', { workspace: 'ann:other' }],
  ['Workspace.lock_workspace', { workspace: 'ann:second' }],
  ['Workspace.request_module_ownership', 'Mine'],
  [
    'Workspace.register_typespec',
    {
      spec: 'module Owned { typedef structure { int n; } Thing; typedef structure { int m; } More; };',
      new_types: ['More'],
      dryrun: 0,
    },
  ],
  ['Workspace.release_module', 'Owned'],
  ['Workspace.grant_module_ownership', { mod: 'Owned', new_owner: 'cec', with_grant_option: 0 }],
  ['Workspace.remove_module_ownership', { mod: 'Owned', old_owner: 'cec' }],
];

/** Methods that others than `ann` call. */
export const OTHERS: readonly (readonly [user: string, method: string, params: unknown])[] = [
  ['boss', 'Workspace.alter_admin_object_metadata', { updates: [{ oi, new: { k: 'v' } }] }],
  ['ann', 'Iiif.create_object', { base: IIIF, ...SHELF, object: { label: 'Shelf' } }],
  ['ann', 'Iiif.update_object', { base: IIIF, ...SHELF, object: { label: 'The shelf' } }],
  ['ann', 'Iiif.delete_object', { base: IIIF, ...SHELF }],
];

/** Not called here. */
export const LEFT_OUT = new Map([
  ['Workspace.register_typespec_copy', 'It asks another service, and then writes as register_typespec does.'],
]);

/** Commands that remove what others need come last, in this order; all others in their own. */
const LAST = [
  ...['lockWorkspace', 'cancelJob', 'renameObject', 'deleteObjects', 'undeleteObjects', 'renameWorkspace'],
  ...[
    'setWorkspaceOwner',
    'changeOwner',
    'deleteWorkspace',
    'removeModuleOwnership',
    'deleteIiifObject',
    'updateStaff',
    'deleteStaff',
  ],
  ...['deleteResource', 'removeRoleMembers', 'deleteRole', 'reviewBreakGlass', 'breakGlass'],
  ...['removeAdmin', 'disableUser', 'deleteUser', 'offboard'],
];

/** Calls of commands that would get in each other's way. */
export const INSTEAD: Readonly<Record<string, Call>> = {
  lockWorkspace: { params: { id: 2 } },
  renameUser: { user: 'pat', params: { newName: 'patricia' } },
  disableUser: { user: 'somebody' },
  deleteUser: { user: 'somebody' },
};

export interface Range {
  readonly house: TestHouse;
  readonly writes: SentWrites;
  /** What was refused, by the name of the command or method. */
  readonly refused: Map<string, unknown>;
}

/** Has the newest checkpoint cosigned. */
async function askWitness(on: Database): Promise<void> {
  const own = signerOf(await storedSigningKey(on), (await logHead(on)).origin);
  const cosigner = witnessSigner('w.example');
  await using folder = await temporaryFolder();
  await using witness = await witnessOn(folder.path, [own.key], cosigner);
  const config = { 'audit-witness-urls': [witness.url], 'audit-witness-keys': [verifierKeyText(cosigner.key)] };
  const asked = witnessesOf(config as Parameters<typeof witnessesOf>[0]);
  if (asked === undefined) throw new Error('there are no witnesses');
  const warn = (sentence: string) => {
    throw new Error(sentence);
  };
  const options = { ...asked, database: on, log: new AuditLog(on, own), now: () => new Date(), warn };
  await new Witnesses(options).turn(new AbortController().signal);
}

/**
 * Calls every command, and every method that writes, on this database, and watches what is written.
 *
 * @param preparing a connection to it that may prepare what the calls need
 * @param pruning a connection to it that may remove records which are pruned
 */
export async function runEverything(on: Database, preparing = on, pruning = preparing): Promise<Range> {
  const all: SentWrites = { outside: [], committed: [] };
  const refused = new Map<string, unknown>();
  /** Watches what the work writes, without what the test itself writes. */
  const watched = async (work: () => Promise<unknown>) => {
    const writes = watchWrites(on.client);
    await work();
    writes.stop();
    all.outside.push(...writes.outside);
    all.committed.push(...writes.committed);
  };
  const attempt = async (name: string, work: () => Promise<unknown>) => {
    await work().catch((error) => refused.set(name, error));
  };
  const signal = new AbortController().signal;
  const sent: string[] = [];
  const policy = `${POLICY}budgets: [{name: reads, who: [anybody], owners: 1000, require: {reason: true}}]\n`;
  const pruner = { open: async () => ({ database: pruning, close: async () => undefined }) };
  const options = {
    on,
    policy,
    pruner,
    relyingParty: PARTY,
    sendMail: async ({ id }: { id: string }) => void sent.push(id),
  };

  await watched(async () => {
    await migrate({ database: on, program: 'test', signal, report: () => undefined });
    await registerInstance(on, { program: 'test', format: 1, sessions: [] });
    const first = await openHouse(options);
    await first.meet('boss', 'somebody');
    await first.settled();
  });
  const peopled = await peopledHouse({ ...options, on: preparing });
  const house = preparing === on ? peopled : await openHouse(options);
  await house.administer('boss', { command: 'setPassword', user: 'ann', params: { password: 'a password' } });
  await house.administer('boss', { command: 'createStaff', params: { username: 'sam', password: 'a password' } });
  await house.administer('boss', { command: 'addUser', user: 'pat', params: { email: 'pat@example.org' } });
  const many = Array.from({ length: on.limits.perPart + 100 }, (_, i) => ({
    ...{ _id: `res-${i}`, revision: 1, type: 'plate', name: `plate ${i}`, owners: ['cec'], grants: [], parents: [] },
    ...{ visibility: 'private', createdAt: new Date(), modifiedAt: new Date() },
  }));
  await preparing.db.collection('resources').insertMany(many as never[]);

  await watched(async () => {
    await attempt('log in', async () => logIn(house));
    await attempt('a session', async () => useSession(house));
    for (const [method, params] of METHODS) await attempt(method, () => callMethod(house, ['ann', method, params]));
    for (const call of OTHERS) await attempt(call[1], () => callMethod(house, call));
    const share = { id: 1, new_permission: 'r', users: ['pat'] };
    await attempt('an e-mail', () => house.administer('boss', { command: 'setPermissions', params: share }));
    await attempt('a job of parts', () =>
      house.administer('boss', { command: 'changeOwner', params: { from: 'cec', to: 'ann', types: ['plate'] } }),
    );
    await attempt('the sealer', () => house.sealer.seal());
    await attempt('a witness', () => askWitness(on));
    const [sealed] = await house.records();
    const receipt = { record: sealed?.id, hash: sealed?.hash };
    const instead: Readonly<Record<string, Call>> = { ...INSTEAD, proveRecord: { params: receipt } };
    const ordered = allCommands.toSorted((a, b) => LAST.indexOf(a.name) - LAST.indexOf(b.name));
    for (const { name } of ordered) {
      const call = { command: name, ...(instead[name] ?? calls[name]) };
      const key = { idempotencyKey: `key of ${name}` };
      await attempt(name, () => house.administer('boss', { ...call, ...key }));
    }
    house.worker.start();
    await vi.waitFor(
      async () => {
        const left = { jobs: await jobsThatRun(house), mail: sent.length === 0 };
        if (left.jobs > 0 || left.mail) throw new Error(`the background work is not done: ${JSON.stringify(left)}`);
      },
      { timeout: 180_000, interval: 100 },
    );
    await house.worker.stop();
    await sweepContents(on, SWEEP_START, { now: new Date(Date.now() + 2 * 3_600_000), signal });
    await removeEndedJobs(on, signal);
    await house.settled();
    await removeInstance(on);
  });
  return { house, writes: all, refused };
}

async function logIn({ gate }: TestHouse): Promise<void> {
  const method = gate.method('Accounts.open_session');
  if (method === undefined) throw new Error('there is no session to open');
  const credential = { kind: 'password', of: 'others', username: 'ann', password: 'a password' } as const;
  const origin = { ...originOf('ann'), authorization: undefined, credential };
  await gate.call(method, { caller: await gate.identify(method, origin), params: [], origin });
}

/** Signs in with a name and a password, and calls with the token. */
async function useSession(house: TestHouse): Promise<void> {
  const method = house.gate.method('Session.sign_in');
  if (method === undefined) throw new Error('there is no way to sign in');
  const params = [{ name: 'sam', password: 'a password' }];
  const { result } = await house.gate.call(method, { caller: undefined, params, origin: originOf('nobody') });
  await house.signIn(result as { token: string });
}

async function callMethod(
  { gate }: TestHouse,
  [user, name, params]: readonly [user: string, method: string, params: unknown],
): Promise<void> {
  const method = gate.method(name);
  if (method === undefined) throw new Error(`there is no method ${name}`);
  const origin = originOf(user);
  await gate.call(method, {
    caller: await gate.identify(method, origin),
    params: params === undefined ? [] : [params],
    origin,
  });
}

/** As if all jobs had ended long ago. */
async function removeEndedJobs(database: Database, signal: AbortSignal): Promise<void> {
  const fail = (error: unknown) => {
    throw error;
  };
  const later = new Date(Date.now() + 24 * 3_600_000);
  const journal = new Journal(database, fail);
  await removeOldJobs({ database, journal, now: () => later, committed: () => undefined, days: 0 }, signal);
}

const jobsThatRun = ({ database: { db } }: TestHouse) => db.collection('jobs').countDocuments({ state: 'running' });

import { afterAll, beforeAll, expect, it } from 'vitest';
import { sweepContents } from '../../src/domain/objects/sweep.ts';
import { GNODE_USERS } from '../../src/identity/nameRules.ts';
import { resolveToShow } from '../../src/identity/resolver.ts';
import { runningJobs } from '../../src/jobs/job.ts';
import { deliverDue } from '../../src/notices/deliver.ts';
import { AttemptCounter } from '../../src/store/attempts.ts';
import { openSavingWorld, type SavingWorld, simple } from '../domain/objects/savingWorld.ts';
import { callerNamed, requestWith, storeRequests } from '../support/approvalRequests.ts';
import { forgetPlans } from '../support/profile.ts';

/** Indexes that no query reads: MongoDB itself uses them, or what counts is that they are there. */
const WITHOUT_QUERIES: Readonly<Record<string, string>> = {
  'approvalRequests.open_call': 'keeps out a second request for the same call',
  'approvalRequests.purgeAt_1': 'the time to live of requests for approval',
  'idempotency.at_1': 'the time to live of stored answers',
  'instances.expiresAt_1': 'the time to live of instances',
  'sessions.expiresAt_1': 'the time to live of sessions',
  'sessionUses.at_1': 'the time to live of when sessions were used',
  'tickets.openedAt_1': 'the time to live of tickets',
  'usedTokens.usedAt_1': 'the time to live of used tokens',
  'jobs.pruning': 'keeps out a second job that prunes the audit',
  'attempts.expire_-1': 'the time to live of counted attempts',
  'seenOwners.at_1': 'the time to live of owners whose data was read',
  'contents.content_created': 'keeps out programs that are too old for the database',
};

/** Under it, whose data is read is counted. */
const BUDGET = 'budgets: [{name: reads, who: [anybody], owners: 1000, require: {reason: true}}]';

type Query = (world: SavingWorld) => Promise<unknown>;

const BASE = 'https://iiif.example.org';
const PASSWORD = 'correct horse battery staple';
const command =
  (name: string, params: object = {}, user?: string): Query =>
  (world) =>
    world.run(name, params, user);
const method =
  (name: string, params?: unknown): Query =>
  (world) =>
    world.call('ann', name, params);
const listObjects = (params: object) => command('listObjects', { ids: [1], ...params });
const listAll = (params: object) => command('listAllWorkspaces', params);
const audit = (params: object) => command('getAudit', params);
const search = (query: object) => method('Iiif.search', { base: BASE, type: 'manifest', query });
/** The id of the folder, once it is made. */
let folder: string;
const never = () => new AbortController().signal;
const sweep: Query = ({ database }) => {
  const since = new Date(0);
  return sweepContents(
    database,
    { contents: since, files: since },
    { now: new Date(Date.now() + 86_400_000), signal: never() },
  );
};

/** For each other index, something that is asked of the service and read through it. */
const QUERIES: Readonly<Record<string, Query>> = {
  'principals.living_username': command('getPermissions', { id: 1 }, 'bea'),
  'principals.living_identity': (world) => world.signIn('newcomer'),
  'principals.username': command('listUsers', { prefix: 'an' }),
  'principals.subject': command('listAdmins'),
  'principals.account_email': command('createStaff', { username: 'e', email: 'e@example.org', password: PASSWORD }),
  'principals.staff': command('listStaff'),
  'passwords.profile_1': ({ database }) => resolveToShow(database, ['1234'], GNODE_USERS),
  'sessions.principal_1': command('deleteUser', undefined, 'gone'),
  'tickets.principal_1': command('dropTickets'),
  'tickets.delegate_1': command('disableUser', undefined, 'leaving'),
  'auditSegments.batches': (world) =>
    world.refused('boss', {
      command: 'proveRecord',
      params: { record: `${'0'.repeat(24)}-0`, hash: '0'.repeat(64) },
    }),
  'seenOwners.reader_1_at_1': command('getPermissions', { id: 1 }, 'ann'),
  'attempts.key_1': ({ database }) => new AttemptCounter(database, 'guess', 60).add('somebody'),
  'roles.living_name': command('addRoleMembers', { name: 'curators', members: ['ann'] }),
  'roles.name': (world) => world.refused('boss', { command: 'listOwned', user: 'role:curators~00000000' }),
  'roles.members': command('listOwned', undefined, 'ann'),
  'roles.members_expiring': ({ worker }) => worker.turn('sweep expired rights'),
  'friends.pair': command('listFriends', undefined, 'ann'),
  'approvalRequests.state': ({ worker }) => worker.turn('approvals'),
  'approvalRequests.runs_itself': ({ worker }) => worker.turn('approvals'),
  'approvalRequests.names': (world) =>
    world.administer('boss', { command: 'offboard', user: 'ann', params: { to: 'bea' }, dryRun: true }),
  'approvalRequests.deciders': (world) =>
    world.administer('boss', { command: 'offboard', user: 'ann', params: { to: 'bea' }, dryRun: true }),
  'jobs.running': ({ database }) => runningJobs(database),
  'jobs.finished': ({ worker }) => worker.turn('remove old jobs'),
  'jobs.from': ({ worker }) => worker.turn('changed user ids'),
  'audit.records.actor.id_1__id_1': audit({ actor: 'boss' }),
  'audit.onBehalfOf.id': audit({ onBehalfOf: 'ann' }),
  'audit.subject.id': audit({ subject: 'ann' }),
  'audit.concerns.id': method('list_admin_actions', {}),
  'audit.hmacs': audit({ contains: `hmac:${'0'.repeat(64)}` }),
  'audit.records.command_1__id_1': audit({ command: 'setWorkspaceOwner' }),
  'audit.records.outcome_1__id_1': audit({ outcome: 'denied' }),
  'audit.records.resources_1__id_1': audit({ resource: 'workspaces/ws1' }),
  'audit.records.notices.to_1__id_1': method('list_notices', {}),
  'outbox.dueAt_1': ({ database }) =>
    deliverDue({ database, send: async () => undefined, now: () => new Date(), onError: () => undefined }, never()),
  'moduleRequests.requester': method('request_module_ownership', 'Another'),
  'modules.owner': (world) =>
    world.administer('boss', { command: 'offboard', user: 'ann', params: { to: 'bea' }, dryRun: true }),
  'moduleVersions.module': method('list_module_versions', { mod: 'PeerTest' }),
  'types.name': method('get_type_info', 'PeerTest.SimpleType'),
  'types.uses': method('get_type_info', 'PeerTest.SimpleType-1.0'),
  'functions.name': method('get_func_info', 'Funcs.f'),
  'functions.uses': method('get_type_info', 'Funcs.T-1.0'),
  'heads.head_saved': listAll({ after: '2020-01-01T00:00:00Z' }),
  'workspaces.workspace_modified': listAll({ after: '2020-01-01T00:00:00Z' }),
  'workspaces.workspace_owners': listAll({ owner: 'ann' }),
  'workspaces.workspace_grants': command('listOwned', { having: 'granted' }, 'bea'),
  'workspaces.workspace_expiring': ({ worker }) => worker.turn('sweep expired rights'),
  'workspaces.workspace_public': listAll({ state: 'public' }),
  'workspaces.workspace_name': listAll({ prefix: 'ann' }),
  'workspaces.workspace_number': listAll({}),
  'workspaces.workspace_deleted': listAll({ state: 'deleted' }),
  'workspaces.workspace_locked': listAll({ state: 'locked' }),
  'objects.object_id': listObjects({}),
  'objects.object_name': command('getObjects', { objects: [{ ref: '1/first' }] }),
  'versions.version': command('getObjectHistory', { ref: '1/1' }),
  'versions.version_type': listObjects({ type: 'PeerTest.AnyType' }),
  'versions.version_saved_by': listObjects({ savedby: ['bea'] }),
  'versions.version_saved_at': listObjects({ after: '2999-01-01T00:00:00+0000' }),
  'versions.version_meta': listObjects({ meta: { colour: 'red' } }),
  'versions.version_refs': method('list_referencing_objects', [{ ref: '1/1' }]),
  'versions.version_provenance_refs': method('list_referencing_objects', [{ ref: '1/1' }]),
  'versions.version_checksum': sweep,
  'contents.content_age': sweep,
  'files.files.filename_1_uploadDate_1': async ({ database }) =>
    expect(database.files.read('none')).rejects.toThrow('there is no file none'),
  'files.files.file_written': sweep,
  'files.chunks.files_id_1_n_1': sweep,
  'resources.external': command('getResource', { externalId: 'P-1', type: 'plate' }),
  'resources.tree_below': (world) => world.run('listResources', { parent: folder }),
  'resources.tree_owned': command('listResources', { owner: 'ann' }),
  'resources.tree_order': method('Iiif.get_object', { base: BASE, type: 'collection', name: 'top' }),
  'resources.tree_type': command('listResources', { type: 'plate' }),
  'resources.tree_name': command('listCatalog', { search: '*' }),
  'resources.tree_grants': command('listOwned', { having: 'granted' }, 'bea'),
  'resources.tree_expiring': ({ worker }) => worker.turn('sweep expired rights'),
  'resources.public_made': search({ label: 'Book' }),
  'resources.public_owned': search({ ownedBy: 'keeper' }),
  'resources.tree_public': (world) => world.call('dan', 'Resource.list', {}),
};

let world: SavingWorld;
/** Entries of the profiler that earlier queries have left. */
let seen = 0;
interface Index {
  readonly collection: string;
  readonly key: Readonly<Record<string, unknown>>;
}

/** Each index, by the names of its collection and of itself. */
let indexes: ReadonlyMap<string, Index>;

beforeAll(async () => {
  world = await openSavingWorld({ movesToChangedIds: true, policy: BUDGET });
  await forgetPlans(world.database.db);
  await world.meet('gone', 'leaving', 'bob');
  await fill(world);
  const { db } = world.database;
  const all = await db.listCollections({}, { nameOnly: true }).toArray();
  const collections = all.map(({ name }) => name).filter((name) => !name.startsWith('system.'));
  const found: [string, Index][] = [];
  for (const collection of collections) {
    for (const { name, key } of await db.collection(collection).indexes())
      if (name !== '_id_') found.push([`${collection}.${name}`, { collection, key }]);
  }
  indexes = new Map(found);
  await db.command({ profile: 0 });
  await db.collection('system.profile').drop();
  // Large enough for all queries of these tests.
  await db.createCollection('system.profile', { capped: true, size: 64_000_000 });
});
afterAll(async () => {
  await world.database.db.command({ profile: 0 });
  await world[Symbol.asyncDispose]();
});

/** The plans of what the query asks of a collection. */
async function plansOf(collection: string, query: Query): Promise<string[]> {
  const { db } = world.database;
  await db.command({ profile: 2 });
  try {
    await query(world);
  } finally {
    await db.command({ profile: 0 });
  }
  const entries = await db.collection('system.profile').find().sort({ $natural: 1 }).skip(seen).toArray();
  seen += entries.length;
  const ns = `${db.databaseName}.${collection}`;
  return entries
    .filter((entry) => entry.ns === ns && ['query', 'command', 'getmore'].includes(entry.op))
    .map(({ planSummary }) => planSummary ?? '');
}

/** So much that a query which goes through another index reads more. */
async function fill({ run, call, save, database }: SavingWorld): Promise<void> {
  await run('createRole', { name: 'curators', members: ['bob'] });
  const ids = Array.from({ length: 30 }, (_, i) => i.toString(16).padStart(24, '0'));
  const closed = ids.map((_id) => requestWith({ _id, state: 'denied', requester: callerNamed('boss') }));
  await storeRequests(database, ...closed);
  await save('ann', simple({ name: 'first' }), ...Array.from({ length: 40 }, (_, i) => simple({ name: `n${i}` })));
  const provenance = [{ input_ws_objects: ['1/1'] }];
  await save('ann', { type: 'PeerTest.RefType', name: 'refers', data: { refs: ['1/1'] }, provenance });
  await run('setPermissions', { id: 1, new_permission: 'w', users: ['bea'] });
  await save('bea', { type: 'PeerTest.AnyType', name: 'rare', data: { any: {} }, meta: { colour: 'red' } });
  await call('ann', 'request_module_ownership', 'Funcs');
  await run('approveModRequest', { module: 'Funcs' });
  const spec = 'module Funcs { typedef structure { int n; } T; funcdef f(T t) returns (int) authentication none; };';
  await call('ann', 'register_typespec', { spec, new_types: ['T'], dryrun: 0 });
  await call('ann', 'release_module', 'Funcs');
  for (let i = 0; i < 20; i += 1)
    await run('createResource', { type: 'plate', name: `p${i}`, externalId: `P-${i}` }, 'ann');
  await run('createIiifObject', { base: BASE, type: 'collection', name: 'top', object: { label: 'Top' } });
  await run('createStaff', { username: 'keeper', email: 'keeper@example.org', password: PASSWORD });
  const book = { label: 'Book 1', within: `${BASE}/collections/top`, ownedBy: ['keeper'] };
  await run('createIiifObject', { base: BASE, type: 'manifest', identifier: 'b1', object: book });
  ({ id: folder } = (await run('createResource', { type: 'folders', name: 'F', externalId: '/@Catalog/F' }, 'ann')) as {
    id: string;
  });
  await run('createWorkspace', { workspace: 'cec:one' }, 'cec');
  await run('deleteUser', undefined, 'cec');
  await run('addUser', { id: 'cec-2' }, 'cec');
}

it('every index has a query that needs it, or another reason to be there', () => {
  expect([...indexes.keys()].sort()).toEqual([...Object.keys(QUERIES), ...Object.keys(WITHOUT_QUERIES)].sort());
});

it.each(Object.entries(QUERIES))('%s is read through', async (index, query) => {
  const { collection = '', key = {} } = indexes.get(index) ?? {};
  const plans = await plansOf(collection, query);
  expect(plans.join('\n')).toContain(shownInPlans(key));
});

/** The key as plans show it; of an index over all fields of an object, its beginning. */
function shownInPlans(key: Readonly<Record<string, unknown>>): string {
  if (Object.keys(key).some((field) => field.endsWith('.$**'))) return '{ $_path: 1, ';
  return `{ ${Object.entries(key)
    .map(([field, direction]) => `${field}: ${direction}`)
    .join(', ')} }`;
}

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { loadConfig } from '../../../src/base/config/load.ts';
import { createLogger } from '../../../src/base/log.ts';
import type { Service } from '../../../src/server/composition.ts';
import { startService } from '../../../src/server/service.ts';
import { type AuthServer, startAuthServer } from '../../support/kbaseAuth.ts';
import { type RestoredDatabase, restoreKbase } from '../../support/kbaseDatabase.ts';
import { inTurn, LONG } from '../../support/long.ts';
import { writeAsKbase } from './asKbase.ts';
import { ACCOUNTS, runImport } from './importing.ts';

const PEOPLE = ['alice', 'bob', 'carol', 'dave', 'heidi', 'wsadmin'];
/** The first workspace that is not in the recorded database. */
const FIRST = 33;

const name = `alike_${randomUUID().replaceAll('-', '')}`;
const databases = { called: `${name}_called`, imported: `${name}_imported` };
let client: MongoClient;
let auth: AuthServer;
let kbase: RestoredDatabase;
let folder: string;
let called: Service;
let imported: Service;

beforeAll(async () => {
  client = await MongoClient.connect(inject('mongoUri'));
  folder = await mkdtemp(join(tmpdir(), 'steward-alike-'));
  auth = await startAuthServer(Object.fromEntries(PEOPLE.map((person) => [person, []])));
  kbase = await restoreKbase(inject('mongoUri'), `${name}_kbase`);
  called = await houseWith(databases.called);
  await fill();
  await writeAsKbase(client.db(databases.called), kbase.workspace, FIRST);
  imported = await houseWith(databases.imported);
}, 120_000);

afterAll(async () => {
  for (const service of [called, imported]) await service?.stop();
  await kbase?.[Symbol.asyncDispose]();
  await auth?.[Symbol.asyncDispose]();
  for (const database of Object.values(databases)) await client.db(database).dropDatabase();
  await client.close();
  await rm(folder, { recursive: true });
});

/** A service on a house that KBase's database is imported into as it is now. */
async function houseWith(database: string): Promise<Service> {
  const settings = { STEWARD_AUTH2_SERVICE_URL: auth.url };
  const { findings, progress } = await runImport({ kbase, into: database, accounts: ACCOUNTS, settings });
  expect(findings.listed).toEqual([]);
  expect(progress).toMatchObject({ state: 'done' });
  const env = {
    ...{ STEWARD_MONGODB_HOST: inject('mongoUri'), STEWARD_MONGODB_DATABASE: database, STEWARD_PORT: '0' },
    ...{ STEWARD_WS_ADMIN: 'wsadmin', STEWARD_LOG_LEVEL: 'error', STEWARD_DATA_DIR: join(folder, database) },
    ...settings,
  };
  return startService(loadConfig({ env }), createLogger({ level: 'error' }));
}

type Call = readonly [as: string | null, method: string, ...params: unknown[]];

async function answerOf({ url }: Service, [as, method, ...params]: Call): Promise<string> {
  const body = JSON.stringify({ version: '1.1', method: `Workspace.${method}`, params, id: '1' });
  const headers: Record<string, string> = as === null ? {} : { authorization: `tok-${as}` };
  return (await fetch(url, { method: 'POST', headers, body })).text();
}

const FORMER = ['former1'];

/** The same text for the same answer: order of keys, receipts and the ids of former users mean nothing. */
function comparable(text: string): string {
  const sorted = (value: unknown, key = ''): unknown => {
    if (Array.isArray(value)) {
      const items = value.map((item) => sorted(item));
      return ['owners', 'refs'].includes(key) ? items.map((item) => JSON.stringify(item)).sort() : items;
    }
    if (value === null || typeof value !== 'object') return value;
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(members.map(([member, inner]) => [member, sorted(inner, member)]));
  };
  const { receipt: _, ...answer } = JSON.parse(text) as Record<string, unknown>;
  return JSON.stringify(sorted(answer)).replaceAll(new RegExp(`(${FORMER.join('|')})~[0-9a-f]{8}`, 'g'), '$1');
}

async function done(...call: Call): Promise<unknown> {
  const { result, error } = JSON.parse(await answerOf(called, call)) as { result?: unknown[]; error?: unknown };
  if (error !== undefined && error !== null) throw new Error(`${JSON.stringify(call)}: ${JSON.stringify(error)}`);
  return result?.[0];
}

const object = (name: string, data: object, more: object = {}) => ({ name, type: 'KBaseDemo.Any', data, ...more });
/** An object that links may refer to. */
const linked = (data: object, meta: object) => ({
  name: 'one',
  type: 'KBaseDemo.Rec-1.0',
  data: { name: 'x', ...data },
  meta,
});

/** Changes of every kind, of which everything that a method answers is made. */
async function fill(): Promise<void> {
  await done('alice', 'create_workspace', {
    workspace: 'alice:lab',
    description: 'a lab',
    meta: { a: '1', 'b.c': '2' },
  });
  await done('bob', 'create_workspace', { workspace: 'bob_open', globalread: 'r' });
  await done('alice', 'create_workspace', { workspace: 'later_deleted' });
  await done('carol', 'create_workspace', { workspace: 'carol_locked' });
  await done('alice', 'set_permissions', { id: 33, new_permission: 'w', users: ['bob'] });
  await done('alice', 'set_permissions', { id: 33, new_permission: 'r', users: ['dave', 'heidi'] });
  await done('alice', 'set_permissions', { id: 33, new_permission: 'n', users: ['heidi'] });
  await done('bob', 'set_permissions', { id: 34, new_permission: 'a', users: ['alice'] });
  const meta = { kind: 'first', 'dotted.key': 'yes', $dollar: 'sign' };
  await done('alice', 'save_objects', {
    id: 33,
    objects: [linked({ b: 1, a: [1, 2.5, 1e-7, { x: null }] }, meta)],
  });
  await done('bob', 'save_objects', {
    id: 33,
    objects: [linked({ second: true }, { kind: 'second' })],
  });
  await done('alice', 'save_objects', {
    id: 33,
    objects: [
      { name: 'link', type: 'KBaseLinks.Link', data: { target: '33/one/1' } },
      object('hidden', { h: 'ü 𝄞' }, { hidden: 1 }),
      object('gone', { g: 1 }),
      object('auto', {}, { provenance: [PROVENANCE] }),
    ],
  });
  await done('alice', 'save_objects', {
    id: 33,
    objects: [
      object('made', { m: 1 }, { provenance: [{ input_ws_objects: ['33/one', 'alice:lab/link/1', '33/1/1'] }, {}] }),
    ],
  });
  await done('bob', 'save_objects', {
    id: 34,
    objects: [{ name: 'link', type: 'KBaseLinks.Link', data: { target: '33/1/2' } }],
  });
  await done('alice', 'save_objects', { id: 35, objects: [object('kept', { k: 1 }), object('dropped', { d: 1 })] });
  await done('carol', 'save_objects', { id: 36, objects: [object('fixed', { f: 1 })] });
  await done('alice', 'copy_object', { from: { ref: '33/one/1' }, to: { ref: '34/copied' } });
  await done('alice', 'copy_object', { from: { ref: '33/one' }, to: { ref: '33/all' } });
  await done('alice', 'revert_object', { ref: '33/one/1' });
  await done('alice', 'rename_object', { obj: { ref: '33/auto' }, new_name: 'renamed' });
  await done('alice', 'delete_objects', [{ ref: '33/gone' }]);
  await done('alice', 'delete_objects', [{ ref: '35/dropped' }]);
  await done('alice', 'delete_workspace', { id: 35 });
  await done('wsadmin', 'administer', { command: 'undeleteWorkspace', params: { id: 35 } });
  await done('bob', 'clone_workspace', {
    wsi: { id: 33 },
    workspace: 'bob_clone',
    meta: { of: '33' },
    globalread: 'r',
  });
  await done('alice', 'alter_workspace_metadata', { wsi: { id: 33 }, new: { c: '3' }, remove: ['a'] });
  await done('alice', 'rename_workspace', { wsi: { id: 35 }, new_name: 'renamed_ws' });
  await done('alice', 'delete_objects', [{ ref: '35/kept' }]);
  await done('alice', 'delete_workspace', { id: 35 });
  await done('bob', 'set_workspace_description', { id: 34, description: 'open\nto all' });
  await done('wsadmin', 'alter_admin_object_metadata', {
    updates: [{ oi: { ref: '33/1/1' }, new: { checked: 'yes', empty: '' } }],
  });
  await done('carol', 'lock_workspace', { id: 36 });
  await done('wsadmin', 'administer', {
    command: 'setWorkspaceOwner',
    params: { wsi: { id: 34 }, new_user: 'heidi', new_name: 'heidi_open' },
  });
}

const PROVENANCE = {
  ...{ time: '2020-01-02T03:04:05+0200', caller: 'caller', service: 'serv', service_ver: '0.1', method: 'meth' },
  ...{ method_params: [1, 2.5, 'three', { four: [5, null, true] }], script: 'script', script_ver: '2' },
  ...{ script_command_line: 'script --do', input_ws_objects: ['33/1/2'], intermediate_incoming: ['in'] },
  ...{ intermediate_outgoing: ['out'], custom: { 'dotted.key': 'value' }, description: 'described' },
  external_data: [
    {
      ...{ resource_name: 'JGI', resource_url: 'http://jgi.doe.gov', resource_version: '1' },
      ...{ resource_release_epoch: 1577934245000, data_url: 'http://data.org/x', data_id: 'x', description: 'data' },
    },
  ],
  subactions: [{ name: 'sub', ver: '1', code_url: 'https://code.org', commit: 'abc', endpoint_url: 'https://end.org' }],
};

const numbers = [1, 2, 3, 4, 5, 6, 7, 8];
const spaces = [33, 34, 35, 36, 37];
const references = spaces.flatMap((ws) => numbers.flatMap((id) => [`${ws}/${id}`, `${ws}/${id}/1`, `${ws}/${id}/2`]));
/**
 * Those that methods of one object are asked for: with versions, referring, hidden, deleted, with provenance, copied,
 * public, in a deleted, a locked and a cloned workspace, without that version, and missing. In the long run all.
 */
const ofOne = LONG
  ? references
  : [
      ...['33/1', '33/1/1', '33/1/2', '33/2/1', '33/3', '33/4', '33/5', '33/6/1', '33/7', '33/7/2'],
      ...['34/1', '34/2/1', '35/1', '36/1', '37/1/1', '37/2', '34/1/2', '33/8'],
    ];

/** The last but one instant of the changes, by which lists are cut. */
const EPOCH = async () => {
  const [found] = await client
    .db(databases.called)
    .collection('versions')
    .find({ ws: FIRST })
    .sort({ savedAt: 1 })
    .skip(2)
    .limit(1)
    .toArray();
  return Number(found?.savedAt);
};

/** Calls of every method that reads workspaces and objects, in many shapes. */
function reads(epoch: number): Call[] {
  const all = { ids: spaces };
  const time = new Date(epoch).toISOString().replace('Z', '+0000');
  const asked = ofOne.map((ref) => ({ ref }));
  const flags = ['showDeleted', 'showOnlyDeleted', 'showHidden', 'showAllVersions', 'includeMetadata', 'excludeGlobal'];
  const ofOnePerson = (as: string | null): Call[] => [
    ...[...spaces, 99].flatMap((id): Call[] => [
      [as, 'get_workspace_info', { id }],
      [as, 'get_workspace_description', { id }],
      [as, 'get_permissions', { id }],
      [as, 'list_objects', { ids: [id] }],
      [as, 'list_objects', { ids: [id], showHidden: 1, showDeleted: 1, showAllVersions: 1, includeMetadata: 1 }],
      [as, 'get_names_by_prefix', { workspaces: [{ id }], prefix: '', includeHidden: 1 }],
    ]),
    [as, 'get_workspacemeta', { id: 34 }],
    [as, 'get_permissions_mass', { workspaces: [{ id: 33 }, { workspace: 'heidi_open' }] }],
    [as, 'list_workspaces', {}],
    [as, 'list_workspaces', { excludeGlobal: 1 }],
    [as, 'list_workspace_ids', {}],
    [as, 'list_workspace_ids', { perm: 'w', onlyGlobal: 0 }],
    [as, 'list_workspace_ids', { onlyGlobal: 1 }],
    [as, 'list_workspace_ids', { excludeGlobal: 0 }],
    [as, 'list_workspace_info', {}],
    ...['r', 'w', 'a'].map((perm): Call => [as, 'list_workspace_info', { perm }]),
    ...[{ c: '3' }, { 'b.c': '2' }, { a: '1' }, { of: '33' }].map(
      (meta): Call => [as, 'list_workspace_info', { meta }],
    ),
    [as, 'list_workspace_info', { owners: ['heidi', 'carol'], excludeGlobal: 1 }],
    [as, 'list_workspace_info', { showDeleted: 1 }],
    [as, 'list_workspace_info', { showOnlyDeleted: 1 }],
    [as, 'list_workspace_info', { after: time }],
    [as, 'list_workspace_info', { before_epoch: epoch }],
    [as, 'get_object_info3', { objects: asked, ignoreErrors: 1, includeMetadata: 1 }],
    [as, 'get_object_info3', { objects: asked, ignoreErrors: 1, infostruct: 1, includeMetadata: 1 }],
    [as, 'get_objects2', { objects: asked, ignoreErrors: 1 }],
    [as, 'list_objects', { ...all, type: 'KBaseDemo' }],
    [as, 'list_objects', { ids: [33], minObjectID: 2, maxObjectID: 3 }],
    [as, 'list_objects', { ids: [33, 34], startafter: '33/2' }],
    [as, 'list_objects', {}],
  ];
  // What the owner sees, and each call by one other than the owner, in turn. In the long run by all of them.
  const others = ['dave', 'heidi', null].map(ofOnePerson);
  const asking = inTurn(others, 1);
  const ofOthers = ofOnePerson('alice').flatMap((_, i) => asking().map((calls) => calls[i] as Call));
  const ofAlice: Call[] = [
    ...flags.map((flag): Call => ['alice', 'list_objects', { ids: [33, 34, 37], [flag]: 1 }]),
    ...['KBaseDemo.Any', 'KBaseDemo.Any-1', 'KBaseLinks.Link-1.0'].map(
      (type): Call => ['alice', 'list_objects', { ids: [33, 34], type, showAllVersions: 1 }],
    ),
    ['alice', 'list_objects', { ids: [33], savedby: ['bob'], showAllVersions: 1 }],
    ['alice', 'list_objects', { ids: [33], meta: { 'dotted.key': 'yes' }, showAllVersions: 1 }],
    ['alice', 'list_objects', { ids: [33], meta: { $dollar: 'sign' } }],
    ['alice', 'list_objects', { ids: [33, 37], after_epoch: epoch, showAllVersions: 1 }],
    ['alice', 'list_objects', { ids: [33, 37], before: time, showAllVersions: 1 }],
    ['alice', 'list_objects', { ids: [33], perm: 'a', limit: 2 }],
    ['alice', 'list_workspace_objects', { workspace: 'alice:lab', showDeletedObject: 1, type: 'KBaseDemo.Any' }],
    ...ofOne.flatMap((ref): Call[] => [
      ['alice', 'get_object_history', { ref }],
      ['alice', 'list_referencing_objects', [{ ref }]],
      ['alice', 'list_referencing_object_counts', [{ ref }]],
      ['alice', 'get_objects2', { objects: [{ ref }], infostruct: 1, skip_external_system_updates: 1 }],
      ['dave', 'get_object_info3', { objects: [{ ref, find_reference_path: 1 }] }],
      ['alice', 'get_object_provenance', [{ ref }]],
      ['alice', 'get_object_info', [{ ref }], 1],
    ]),
    [
      'alice',
      'get_objects2',
      {
        objects: [
          { ref: '33/1', included: ['/a/2', '/b'] },
          { ref: '33/1', strict_maps: 1 },
        ],
      },
    ],
    ['alice', 'get_objects2', { objects: [{ ref: '33/1', included: ['nothere'] }] }],
    ['alice', 'get_objects2', { objects: [{ ref: '34/link', obj_path: [{ ref: '33/1/2' }] }], no_data: 1 }],
    ['dave', 'get_objects2', { objects: [{ ref: '34/1;33/1/2' }] }],
    ['dave', 'get_objects2', { objects: [{ ref: '33/1/2', to_obj_path: [{ ref: '34/1' }] }] }],
    ['alice', 'get_object_subset', [{ ref: '33/one/1', included: ['/a/[*]', '/b'] }]],
    ['alice', 'get_referenced_objects', [[{ ref: '33/link' }, { ref: '33/1/1' }]]],
    ['alice', 'get_object', { workspace: 'alice:lab', id: 'one', instance: 2 }],
    ['alice', 'get_objectmeta', { workspace: 'alice:lab', id: 'link' }],
    ['alice', 'get_objects', [{ ref: '33/one/3' }]],
    [
      'alice',
      'get_object_info_new',
      { objects: [{ ref: '33/1' }, { ref: '33/99' }], ignoreErrors: 1, includeMetadata: 1 },
    ],
    ['alice', 'get_names_by_prefix', { workspaces: [{ id: 33 }, { workspace: 'heidi_open' }], prefix: 'l' }],
  ];
  const commands: [command: string, more: object][] = [
    ...spaces.flatMap((id): [string, object][] => [
      ['getWorkspaceInfo', { params: { id } }],
      ['getWorkspaceDescription', { params: { id } }],
      ['getPermissions', { params: { id } }],
      ['listObjects', { params: { ids: [id], showHidden: 1, showDeleted: 1, showAllVersions: 1, includeMetadata: 1 } }],
      ['listWorkspaces', { user: 'heidi', params: { showDeleted: 1 } }],
      ['listWorkspaceIDs', { user: 'bob', params: { perm: 'a', excludeGlobal: 0 } }],
    ]),
    ['getObjectInfo', { params: { objects: asked, ignoreErrors: 1, includeMetadata: 1, infostruct: 1 } }],
    ['getObjects', { params: { objects: asked, ignoreErrors: 1 } }],
    ['getObjectHistory', { params: { ref: '33/one' } }],
    ['getPermissionsMass', { params: { workspaces: spaces.map((id) => ({ id })) } }],
    ['listWorkspaceOwners', {}],
  ];
  const ofAdmin = commands.map(([command, more]): Call => ['wsadmin', 'administer', { command, ...more }]);
  return [...ofOnePerson('alice'), ...ofOthers, ...ofAlice, ...ofAdmin];
}

it('what was imported is answered as what came by calls, in every shape of the parameters', async () => {
  const different: string[] = [];
  let answered = 0;
  for (const call of reads(await EPOCH())) {
    const [here, there] = [comparable(await answerOf(called, call)), comparable(await answerOf(imported, call))];
    if (here.includes('"result"')) answered += 1;
    if (here !== there) different.push([JSON.stringify(call), here.slice(0, 3000), there.slice(0, 3000)].join('\n  '));
  }
  expect(different).toEqual([]);
  expect(answered).toBeGreaterThan(LONG ? 300 : 180);
}, 120_000);

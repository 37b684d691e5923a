import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { loadConfig } from '../../../src/base/config/load.ts';
import { createLogger } from '../../../src/base/log.ts';
import { Spool } from '../../../src/base/spool/spool.ts';
import { Findings } from '../../../src/domain/imports/findings.ts';
import { importKbase } from '../../../src/domain/imports/importKbase.ts';
import { inspect } from '../../../src/domain/imports/inspect.ts';
import { verifyState } from '../../../src/domain/state/verifyState.ts';
import type { Service } from '../../../src/server/composition.ts';
import { kbaseAccounts, openImport, openSources } from '../../../src/server/importing.ts';
import { startService } from '../../../src/server/service.ts';
import { Database } from '../../../src/store/database.ts';
import { type AuthServer, startAuthServer } from '../../support/kbaseAuth.ts';
import { type RecordedRead, type RestoredDatabase, recordedReads, restoreKbase } from '../../support/kbaseDatabase.ts';

/** Reads that are answered otherwise here, as the documentation says, and what is the same nevertheless. */
const DEPARTURES: Readonly<Record<number, (result: Result) => unknown>> = {
  // A former user is no administrator.
  283: ([admins]) => (admins as string[]).filter((name) => name !== 'former1').toSorted(),
  287: ([admins]) => (admins as string[]).filter((name) => name !== 'former1').toSorted(),
  // KBase lists filtered objects in no particular order.
  358: ([objects]) => (objects as unknown[][]).map((info) => JSON.stringify(info)).toSorted(),
  361: ([objects]) => (objects as unknown[][]).map((info) => JSON.stringify(info)).toSorted(),
  368: ([objects]) => (objects as unknown[][]).map((info) => JSON.stringify(info)).toSorted(),
  // Several paths of the same length lead to the object.
  623: ([found]) => (found as FoundObjects).data.map(({ path, ...object }) => [path.length, path.at(-1), object]),
};

type Result = readonly unknown[];

interface FoundObjects {
  readonly data: readonly { readonly path: readonly string[] }[];
}

const PEOPLE = [
  ...['alice', 'bob', 'carol', 'dave', 'eve', 'frank', 'grace', 'heidi', 'ivan', 'judy', 'z9_x'],
  ...['wsadmin', 'wsadmin2', 'typeadmin'],
];

const name = `import_${randomUUID().replaceAll('-', '')}`;
let auth: AuthServer;
let kbase: RestoredDatabase;
let service: Service;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-import-'));
  auth = await startAuthServer(Object.fromEntries(PEOPLE.map((person) => [person, []])));
  kbase = await restoreKbase(inject('mongoUri'), `${name}_kbase`);
  const env = {
    STEWARD_MONGODB_HOST: inject('mongoUri'),
    STEWARD_MONGODB_DATABASE: name,
    STEWARD_AUTH2_SERVICE_URL: auth.url,
    STEWARD_WS_ADMIN: 'wsadmin',
    STEWARD_PORT: '0',
    STEWARD_LOG_LEVEL: 'error',
    STEWARD_DATA_DIR: folder,
  };
  const loaded = loadConfig({ env });
  const log = createLogger({ level: 'error' });
  const started: (() => Promise<void>)[] = [];
  const { signal } = new AbortController();
  const database = await Database.connect({ uri: inject('mongoUri'), database: name });
  const sources = await openSources({ from: kbase.from, types: kbase.typesFrom, blobs: 'gridfs' }, started);
  const findings = new Findings();
  await inspect({ sources, findings, signal, checksData: false, report: () => undefined });
  expect(findings.listed).toEqual([]);
  const opened = await openImport(
    { loaded, database, log, signal, started },
    sources,
    kbaseAccounts(auth.url, 'tok-alice'),
  );
  await importKbase({ ...opened, now: () => new Date(), signal, report: () => undefined });
  for (const stop of started.toReversed()) await stop();
  await database.close();
  service = await startService(loaded, log);
});

afterAll(async () => {
  await service?.stop();
  await kbase?.[Symbol.asyncDispose]();
  await auth?.[Symbol.asyncDispose]();
  const client = await MongoClient.connect(inject('mongoUri'));
  await client.db(name).dropDatabase();
  await client.close();
  await rm(folder, { recursive: true });
});

async function answerTo({ as, method, params }: RecordedRead) {
  const response = await fetch(service.url, {
    method: 'POST',
    headers: as === null ? {} : { authorization: `tok-${as}` },
    body: JSON.stringify({ version: '1.1', method, params, id: '1' }),
  });
  return { status: response.status, text: await response.text() };
}

describe('a house that a KBase Workspace database was imported into', () => {
  it('answers every read as the KBase Workspace Service did', async () => {
    const wrong: string[] = [];
    const all = recordedReads();
    expect(all.length).toBe(699);
    for (const read of all) {
      const { text } = await answerTo(read);
      const shown = DEPARTURES[read.n] ?? ((result: Result) => result);
      const [is, shouldBe] = [JSON.parse(text), read.response].map(({ result, ...answer }) =>
        comparable(result === undefined ? answer : { ...answer, result: shown(result) }, read),
      );
      if (is === shouldBe) continue;
      wrong.push([`${read.n} ${read.as} ${read.method} ${JSON.stringify(read.params)}`, is, shouldBe].join('\n  '));
    }
    expect(wrong).toEqual([]);
  }, 300_000);

  it('counts the references to every version as KBase did', async () => {
    const [spaces, objects] = [
      kbase.workspace.collection('workspaces'),
      kbase.workspace.collection('workspaceObjects'),
    ];
    let counted = 0;
    for (const owner of await spaces.distinct('owner', { del: false, owner: { $in: PEOPLE } })) {
      const own = await spaces.distinct('ws', { owner, del: false, cloning: { $exists: false } });
      const found = await objects.find({ ws: { $in: own }, del: false, numver: { $gt: 0 } }).toArray();
      const references = found.flatMap(({ ws, id, refcnt }) =>
        (refcnt as number[]).map((count, i) => ({ ref: `${ws}/${id}/${i + 1}`, count })),
      );
      if (references.length === 0) continue;
      const asked = references.map(({ ref }) => ({ ref }));
      const counts = await call(owner, 'list_referencing_object_counts', [asked]);
      expect(references.map(({ ref }, i) => ({ ref, count: counts[i] }))).toEqual(references);
      counted += references.filter(({ count }) => count > 0).length;
    }
    expect(counted).toBeGreaterThan(10);
  });

  it('takes new versions, objects and workspaces, with the numbers that KBase would have given', async () => {
    const objects = [
      { objid: 1, type: 'KBaseDemo.Rec-1.0', data: { name: 'a new version' } },
      { name: 'a_new_object', type: 'KBaseLinks.Link', data: { target: '1/2/1' } },
    ].map((object) => ({ ...object, provenance: [{ input_ws_objects: ['genomes/ecoli/1'] }] }));
    const [version, object] = await call('alice', 'save_objects', [{ id: 1, objects: [objects[0], objects[1]] }]);
    expect([version.slice(0, 2), version[4]]).toEqual([[1, 'ecoli'], 7]);
    expect([object[0], object[4]]).toEqual([19, 1]);
    const [saved] = (await call('alice', 'get_objects2', [{ objects: [{ ref: '1/1' }] }])).data;
    expect(saved).toMatchObject({ data: { name: 'a new version' }, creator: 'alice', orig_wsid: 1 });
    expect(saved.provenance[0].resolved_ws_objects).toEqual(['1/1/1']);
    const copy = { from: { ref: '1/1/5' }, to: { ref: '2/copied' } };
    expect((await call('alice', 'copy_object', [copy])).slice(0, 2)).toEqual([5, 'copied']);
    const reverted = await call('alice', 'revert_object', [{ ref: '1/1/1' }]);
    expect([reverted[0], reverted[4], reverted[8]]).toEqual([1, 8, '9790b6369e63aa07948d1fc11b01029e']);
    expect((await call('ivan', 'create_workspace', [{ workspace: 'ivan:new' }]))[0]).toBe(33);
    expect((await call('dave', 'clone_workspace', [{ wsi: { id: 7 }, workspace: 'dave_clone' }]))[0]).toBe(34);
  });

  it('changes owners, and gives what a former user owned to somebody else', async () => {
    const params = { wsi: { id: 3 }, new_user: 'eve', new_name: 'eve_lab' };
    await call('wsadmin', 'administer', [{ command: 'setWorkspaceOwner', params }]);
    expect(await call('eve', 'get_permissions', [{ id: 3 }])).toMatchObject({ eve: 'a', bob: 'a', dave: 'w' });
    expect((await call('eve', 'get_workspace_info', [{ id: 3 }])).slice(0, 3)).toEqual([3, 'eve_lab', 'eve']);
    const [, , former] = await call('judy', 'get_workspace_info', [{ id: 8 }]);
    expect(former).toMatch(/^former1~/);
    const command = { command: 'reclaim', params: { from: former, to: 'heidi' } };
    const begun = await call('wsadmin', 'administer', [command]);
    const job = () => call('wsadmin', 'administer', [{ command: 'getJob', params: { id: begun.job } }]);
    await expect.poll(job, { timeout: 60_000 }).toMatchObject({ state: 'done', total: 1, moved: 1, failed: 0 });
    expect((await call('judy', 'get_workspace_info', [{ id: 8 }]))[2]).toBe('heidi');
    await call('heidi', 'save_objects', [{ id: 8, objects: [{ name: 'mine', type: 'KBaseDemo.Any', data: {} }] }]);
    expect((await call('judy', 'list_objects', [{ ids: [8] }])).map((info: unknown[]) => info[1])).toContain('mine');
  });

  it('registers and releases new versions of imported modules', async () => {
    const { spec } = await call('alice', 'get_module_info', [{ mod: 'KBaseDemo' }]);
    const changed = spec.replace('string name;', 'string name;\n\t\tint newer;');
    const types = await call('alice', 'register_typespec', [{ spec: changed, dryrun: 0 }]);
    expect(Object.keys(types)).toContain('KBaseDemo.Rec-4.0');
    await call('alice', 'release_module', ['KBaseDemo']);
    const object = { name: 'newest', type: 'KBaseDemo.Rec', data: { name: 'x', other: 1, weight: '1.5', newer: 1 } };
    const [[, , type]] = await call('alice', 'save_objects', [{ id: 1, objects: [object] }]);
    expect(type).toBe('KBaseDemo.Rec-4.0');
  });

  it('has records of what was done since, which agree with the data', async () => {
    const database = await Database.connect({ uri: inject('mongoUri'), database: name });
    const spool = new Spool({ dir: folder, maxBytes: 1e9, maxBytesPerHolder: 1e9, longFrom: 1e6 });
    const steps = verifyState({ database, spool, trusted: [] });
    let step = await steps.next();
    while (!step.done) step = await steps.next();
    await database.close();
    expect(step.value).toMatchObject({ ok: true, findings: [] });
  });
});

/** The first result of a call. */
async function call(as: string, method: string, params: unknown) {
  const body = JSON.stringify({ version: '1.1', method: `Workspace.${method}`, params, id: '1' });
  const response = await fetch(service.url, { method: 'POST', headers: { authorization: `tok-${as}` }, body });
  const { result, error } = (await response.json()) as { result?: Answered[]; error?: unknown };
  if (result === undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
  return result[0];
}

// biome-ignore lint/suspicious/noExplicitAny: the answers of many methods, of which the tests look at some members
type Answered = any;

/** The members of an answer whose order means nothing. */
const UNORDERED = ['owners', 'refs'];
/** Calls that answer a list whose order means nothing. */
const UNORDERED_ANSWERS = [
  'Workspace.list_modules',
  'Workspace.list_referencing_objects',
  'listAdmins',
  'listWorkspaceOwners',
];

/**
 * An answer in a form that is equal for equal answers: with sorted keys, without the stable reason of an error, which
 * only Steward has, and without the class of the exception, which only KBase has.
 */
function comparable(answer: unknown, { method, params }: RecordedRead): string {
  const [first] = params as readonly { readonly command?: string }[];
  const isUnordered = UNORDERED_ANSWERS.some((name) => name === method || name === first?.command);
  const sortedKeys = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) {
      const items = value.map((item) => sortedKeys(item, ''));
      const sorts = UNORDERED.includes(key) || (isUnordered && value.length > 1);
      return sorts ? items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items;
    }
    if (value === null || typeof value !== 'object') return value;
    const members = Object.entries(value).filter(([name]) => !('code' in value && ['data', 'error'].includes(name)));
    members.sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(members.map(([name, inner]) => [name, sortedKeys(inner, name)]));
  };
  const { id: _, version: __, receipt: ___, ...shown } = answer as Record<string, unknown>;
  return JSON.stringify(sortedKeys(shown, '')).replaceAll(/former1~[0-9a-f]{8}/g, 'former1');
}

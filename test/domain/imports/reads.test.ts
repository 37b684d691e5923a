import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { loadConfig } from '../../../src/base/config/load.ts';
import { createLogger } from '../../../src/base/log.ts';
import { Findings } from '../../../src/domain/imports/findings.ts';
import { importKbase } from '../../../src/domain/imports/importKbase.ts';
import { inspect } from '../../../src/domain/imports/inspect.ts';
import type { Service } from '../../../src/server/composition.ts';
import { kbaseAccounts, openImport, openSources } from '../../../src/server/importing.ts';
import { startService } from '../../../src/server/service.ts';
import { Database } from '../../../src/store/database.ts';
import { type AuthServer, startAuthServer } from '../../support/kbaseAuth.ts';
import { type RecordedRead, type RestoredDatabase, recordedReads, restoreKbase } from '../../support/kbaseDatabase.ts';

/** Reads that are answered otherwise here, each for a reason that the documentation gives. */
const DEPARTURES: Readonly<Record<number, string>> = {
  283: 'a former user is no administrator',
  287: 'a former user is no administrator',
  358: 'KBase lists filtered objects in no particular order',
  361: 'KBase lists filtered objects in no particular order',
  368: 'KBase lists filtered objects in no particular order',
  623: 'several paths of the same length lead to the object',
};

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
  await inspect({ sources, findings, signal, report: () => undefined });
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
    for (const read of all.filter(({ n }) => !(n in DEPARTURES))) {
      const { text } = await answerTo(read);
      const is = comparable(JSON.parse(text), read);
      const shouldBe = comparable(read.response, read);
      if (is === shouldBe) continue;
      wrong.push([`${read.n} ${read.as} ${read.method} ${JSON.stringify(read.params)}`, is, shouldBe].join('\n  '));
    }
    expect(wrong).toEqual([]);
  }, 300_000);
});

/** The members of an answer whose order means nothing. */
const UNORDERED = ['owners', 'refs', 'used_type_defs'];
/** Calls that answer a list whose order means nothing. */
const UNORDERED_ANSWERS = [
  'Workspace.list_modules',
  'Workspace.get_all_type_info',
  'Workspace.get_all_func_info',
  'Workspace.list_referencing_objects',
  'listAdmins',
  'listWorkspaceOwners',
  'listModRequests',
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

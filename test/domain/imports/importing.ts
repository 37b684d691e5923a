import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Db, Document } from 'mongodb';
import { inject } from 'vitest';
import { loadConfig } from '../../../src/base/config/load.ts';
import { createLogger } from '../../../src/base/log.ts';
import { Exclusions } from '../../../src/domain/imports/exclusions.ts';
import { Findings } from '../../../src/domain/imports/findings.ts';
import type { Accounts } from '../../../src/domain/imports/importedUsers.ts';
import { importKbase } from '../../../src/domain/imports/importKbase.ts';
import { inspect } from '../../../src/domain/imports/inspect.ts';
import type { ImportProgress } from '../../../src/domain/imports/progress.ts';
import type { VerifyReport } from '../../../src/domain/imports/verify/comparison.ts';
import { verifyImport } from '../../../src/domain/imports/verify/verifyImport.ts';
import { openImport, openSources } from '../../../src/server/importing.ts';
import { Database } from '../../../src/store/database.ts';
import type { RestoredDatabase } from '../../support/kbaseDatabase.ts';

export interface ImportRun {
  readonly findings: Findings;
  /** Undefined if something was found, and nothing written. */
  readonly progress: ImportProgress | undefined;
}

interface Importing {
  readonly kbase: RestoredDatabase;
  /** The name of the database to import into. */
  readonly into: string;
  readonly accounts: Accounts;
  readonly settings?: Readonly<Record<string, string>>;
  readonly keepGoing?: true;
  readonly checksData?: boolean;
  /** The folder with the data; by default it is in GridFS. */
  readonly blobs?: string;
  /** Called after each transaction; an error ends the import there. */
  readonly report?: (progress: ImportProgress) => void;
}

/** Every user has an account but `former1`. */
export const ACCOUNTS: Accounts = {
  identitiesOf: async (names) =>
    new Map(names.filter((name) => name !== 'former1').map((name) => [name, { issuer: 'kbase', subject: name }])),
};

/** Imports as the command line does. */
export async function runImport(importing: Importing): Promise<ImportRun> {
  const { kbase, into, accounts, settings, keepGoing, checksData = false, blobs = 'gridfs', report } = importing;
  const folder = await mkdtemp(join(tmpdir(), 'steward-import-'));
  const env = {
    STEWARD_MONGODB_HOST: inject('mongoUri'),
    STEWARD_MONGODB_DATABASE: into,
    STEWARD_WS_ADMIN: 'wsadmin',
    STEWARD_DATA_DIR: folder,
    ...settings,
  };
  const started: (() => Promise<void>)[] = [];
  const { signal } = new AbortController();
  const database = await Database.connect({ uri: inject('mongoUri'), database: into });
  started.push(() => database.close());
  try {
    const sources = await openSources({ from: kbase.from, types: kbase.typesFrom, blobs }, started);
    const findings = new Findings();
    await inspect({ sources, findings, signal, checksData, report: () => undefined });
    if (findings.total > 0 && !keepGoing) return { findings, progress: undefined };
    const opening = { loaded: loadConfig({ env }), log: createLogger({ level: 'error' }), database, signal, started };
    const opened = await openImport(opening, sources, accounts);
    const progress = await importKbase({
      ...opened,
      now: () => new Date(),
      signal,
      report: (progress) => report?.(progress),
    });
    return { findings, progress };
  } finally {
    for (const stop of started.toReversed()) await stop();
    await rm(folder, { recursive: true });
  }
}

/** Compares as the command line does. */
export async function runVerify(
  { kbase, into }: Pick<Importing, 'kbase' | 'into'>,
  excluded = new Exclusions(),
): Promise<VerifyReport> {
  const started: (() => Promise<void>)[] = [];
  const database = await Database.connect({ uri: inject('mongoUri'), database: into });
  started.push(() => database.close());
  try {
    const from = { from: kbase.from, types: kbase.typesFrom, blobs: 'gridfs' };
    const sources = { ...(await openSources(from, started)), excluded };
    const { signal } = new AbortController();
    return await verifyImport({ sources, database, signal, report: () => undefined });
  } finally {
    for (const stop of started.toReversed()) await stop();
  }
}

/** What an import writes, without what differs from run to run: when users were made, and when data was stored. */
export async function contentOfImport(db: Db): Promise<Record<string, Document[]>> {
  const content: Record<string, Document[]> = {};
  for (const collection of [
    ...['workspaces', 'heads', 'objects', 'versions', 'principals', 'contents', 'counters'],
    ...['modules', 'moduleVersions', 'types', 'functions', 'moduleRequests', 'dynamicConfig', 'roster'],
  ]) {
    const found = await db
      .collection(collection)
      .find({}, { sort: { _id: 1 } })
      .toArray();
    content[collection] = found.map(({ revision: _, ...document }) =>
      ['principals', 'contents'].includes(collection)
        ? { ...document, createdAt: undefined, closedAt: undefined }
        : document,
    );
  }
  return content;
}

import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import type { TestProject } from 'vitest/node';
import { findMongod } from '../../src/store/embedded/binary.ts';
import { startEmbedded } from '../../src/store/embedded/server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The one MongoDB of the test run. Every test takes a database of its own in it. */
    mongoUri: string;
    /** The path of the mongod that was found, for tests that start their own. */
    mongodBinary: string;
    /** Its process. */
    mongodPid: number;
  }
}

// Vitest keeps the modules that this file loads as bytes, in which its lookup of source maps then fails: any error made
// while MongoDB starts, such as a connection that is refused on a busy machine, would end the run before its first test.
Reflect.deleteProperty(Error, 'prepareStackTrace');

/** Starts one MongoDB for the whole test run, in a folder that goes away with it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const report: string[] = [];
  const folder = await mkdtemp(join(await fastFolder(), 'steward-test-'));
  try {
    const mongod = await findMongod({ report: (line) => report.push(line) });
    // What tests start finds it at once.
    process.env.MONGOMS_SYSTEM_BINARY = mongod.path;
    const embedded = await startEmbedded({ dataDir: folder, report: (line) => report.push(line) });
    await spareWork(embedded.uri);
    project.provide('mongoUri', embedded.uri);
    project.provide('mongodBinary', mongod.path);
    project.provide('mongodPid', embedded.pid() ?? 0);
    return async () => {
      await embedded.stop();
      await rm(folder, { recursive: true, force: true });
    };
  } catch (error) {
    console.error(report.join('\n'));
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** How far back tests may read: as long as one of them takes on the slowest machine. */
const HISTORY_SECONDS = 30;

/** Spares MongoDB work that no test needs. */
async function spareWork(uri: string): Promise<void> {
  const client = await MongoClient.connect(uri);
  try {
    const admin = client.db('admin');
    // What tests have removed is in the way of reads for that long, by default five minutes.
    await admin.command({ setParameter: 1, minSnapshotHistoryWindowInSeconds: HISTORY_SECONDS });
    // Statistics of all collections, every second.
    await admin.command({ setParameter: 1, diagnosticDataCollectionEnabled: false });
    // That of a service is small, and would be full here.
    await admin.command({ setParameter: 1, wiredTigerEngineRuntimeConfig: 'cache_size=1GB' });
    // This MongoDB never crashes, so that commits need not wait for its journal.
    const { config } = await admin.command({ replSetGetConfig: 1 });
    const next = { ...config, version: config.version + 1, writeConcernMajorityJournalDefault: false };
    await admin.command({ replSetReconfig: next });
  } finally {
    await client.close();
  }
}

/** The test run's database takes less than a gigabyte. */
const ROOM_BYTES = 4 * 1024 ** 3;

/** In memory, where the system has a folder for that with room enough: every commit waits for the disk otherwise. */
async function fastFolder(): Promise<string> {
  const memory = '/dev/shm';
  const room = await statfs(memory).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  );
  return room < ROOM_BYTES ? tmpdir() : memory;
}

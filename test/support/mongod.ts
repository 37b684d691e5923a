import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

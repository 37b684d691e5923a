import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Db, MongoClient } from 'mongodb';
import { type Running, temporaryFolder } from './running.ts';

/**
 * An empty folder for services to run in. When it is disposed of, whatever still runs in it (a failed test leaves a
 * service and its mongod behind) is killed, and it goes away.
 */
export async function serviceFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const folder = await temporaryFolder();
  return {
    path: folder.path,
    [Symbol.asyncDispose]: async () => {
      await killAllIn(folder.path);
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Until there is none: a service that is killed late may just have started its mongod again. */
async function killAllIn(folder: string): Promise<void> {
  for (let pids = await processesIn(folder); pids.length > 0; pids = await processesIn(folder)) {
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    await sleep(20);
  }
}

/** The processes whose working directory is this folder: services started in it, and what these started. */
async function processesIn(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const directories = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => undefined)));
  return pids.filter((_, i) => directories[i] === folder).map(Number);
}

/** Runs the work on a direct connection to the service's own mongod. */
export async function withOwnMongod<R>(service: Running, work: (client: MongoClient) => Promise<R>): Promise<R> {
  const { host } = JSON.parse(await readFile(join(service.folder, 'data', 'mongod.json'), 'utf8'));
  const client = await MongoClient.connect(`mongodb://${encodeURIComponent(host)}/?directConnection=true`);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** Runs the work on the database of a service on the test run's mongod ({@link onSharedMongod}). */
export async function withSharedDatabase<R>(
  { STEWARD_MONGODB_HOST: uri = '', STEWARD_MONGODB_DATABASE: name }: Readonly<Record<string, string>>,
  work: (db: Db) => Promise<R>,
): Promise<R> {
  const client = await MongoClient.connect(uri);
  try {
    return await work(client.db(name));
  } finally {
    await client.close();
  }
}

/** How many calls the service is working on now, as it says itself. */
export async function callsInFlight(service: Running): Promise<number> {
  const response = await fetch(`${service.url}/metrics`);
  return Number(/^steward_in_flight (\d+)$/m.exec(await response.text())?.[1]);
}

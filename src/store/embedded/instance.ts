import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoNetworkError } from 'mongodb';
import { setupClient } from './account.ts';
import type { Mongod } from './candidate.ts';
import { type Endpoint, REPLICA_SET } from './endpoint.ts';

export interface LaunchOptions {
  readonly mongod: Mongod;
  readonly dbPath: string;
  readonly endpoint: Endpoint;
  /** Called once its process is there, and starting. */
  readonly onSpawn?: (() => void) | undefined;
}

/** One running mongod process. */
export interface Instance {
  readonly pid: number;
  /** Resolves when the process has ended, with what is known of it, such as `ended by SIGKILL`. */
  readonly ended: Promise<string>;
  /** Ends it cleanly: what was written is on the disk. */
  stop(): Promise<void>;
  /** Ends it at once. What is in its journal stays. */
  kill(): Promise<void>;
}

/** The arguments by which a mongod of ours on this folder is known in the list of processes. */
export const marks = (dbPath: string) => ({ '--dbpath': dbPath, '--replSet': REPLICA_SET });

/**
 * The cache is small, and one transaction may save a book with thousands of pages: what it changed has to stay in the
 * cache until the commit. By default only a fifth of the cache may be changed.
 */
const EVICTION = [
  ...['eviction_dirty_target=50', 'eviction_dirty_trigger=80'],
  ...['eviction_updates_target=40', 'eviction_updates_trigger=70'],
].join();
const ENGINE_ARGS = [
  ...['--storageEngine', 'wiredTiger', '--wiredTigerCacheSizeGB', '0.25', '--oplogSize', '256'],
  ...['--wiredTigerEngineConfigString', EVICTION],
  // Whoever reads the audit goes on from what they have seen, however much was written in these fifteen minutes.
  ...['--oplogMinRetentionHours', '0.25'],
];

/** Recovery after a crash reads the journal, which may take its time on a slow disk. */
const LAUNCH_TIMEOUT_MS = 120_000;

/** What is still to be written when mongod is told to end may take its time on a slow disk. */
const STOP_PATIENCE_MS = 60_000;

/** Thrown when mongod does not come up; the message is mongod's own reason where it gave one. */
export class LaunchError extends Error {}

/**
 * Starts a mongod through mongodb-memory-server, at the endpoint alone, and waits until it takes connections. It leads a
 * session of its own, so that Ctrl-C in the terminal reaches the service only; a helper process of
 * mongodb-memory-server ends it within seconds after this process has died.
 *
 * @throws LaunchError
 */
export async function launch({ mongod, dbPath, endpoint, onSpawn }: LaunchOptions): Promise<Instance> {
  const { MongoInstance } = await import('mongodb-memory-server');
  let reason: string | undefined;
  let markEnded = (_how: string) => {};
  const ended = new Promise<string>((resolve) => {
    markEnded = resolve;
  });

  class Mongod extends MongoInstance {
    /** All of them: the memory server's own always name a TCP port. */
    override prepareCommandArgs(): string[] {
      const own = Object.entries(marks(dbPath)).flat();
      return [...own, ...ENGINE_ARGS, ...endpoint.args];
    }

    override _launchMongod(binary: string): ChildProcess {
      const child = super._launchMongod(binary);
      onSpawn?.();
      return child;
    }

    /**
     * The memory server's own check would take every line of the log that holds certain words for a failure and stop
     * the server, and mongod logs slow commands with what callers put into them.
     */
    protected override checkErrorInLine(text: string): void {
      reason = fatalReason(text) ?? reason;
    }

    override closeHandler(code: number | null, signal: string | null): void {
      super.closeHandler(code, signal);
      const how = signal === null ? `ended with code ${code}` : `ended by ${signal}`;
      markEnded(reason === undefined ? how : `${how}: ${reason}`);
    }
  }

  const instance = new Mongod({
    instance: { launchTimeout: LAUNCH_TIMEOUT_MS },
    binary: { systemBinary: mongod.path, version: mongod.version },
    spawn: { detached: true },
  });
  try {
    await withBinary(mongod.path, () => instance.start());
  } catch (error) {
    await instance.stop();
    throw new LaunchError(reason ?? (error as Error).message);
  }
  const pid = instance.mongodProcess?.pid;
  if (pid === undefined) throw new LaunchError(await ended);
  return {
    pid,
    ended,
    async stop() {
      const asked = await Promise.race([ended, shutDown(endpoint)]);
      if (asked) await Promise.race([ended, sleep(STOP_PATIENCE_MS, undefined, { ref: false })]);
      await instance.stop();
    },
    async kill() {
      instance.mongodProcess?.kill('SIGKILL');
      await ended;
      await instance.stop();
    },
  };
}

/**
 * Asks mongod to end. A signal alone would not do: on it, mongod first waits a while for others to take over, and
 * Windows has no signals.
 *
 * @returns whether it could be asked
 */
async function shutDown(endpoint: Endpoint): Promise<boolean> {
  const client = setupClient(endpoint);
  try {
    await client.db('admin').command({ shutdown: 1, force: true, timeoutSecs: 1 });
    return true;
  } catch (error) {
    // It answers by closing the connection.
    return error instanceof MongoNetworkError;
  } finally {
    await client.close();
  }
}

/** The reason in mongod's log lines (JSON, one a line) of severity fatal or error, if there is one. */
function fatalReason(text: string): string | undefined {
  let found: string | undefined;
  for (const line of text.split('\n')) {
    if (!/"s":"[FE]"/.test(line)) continue;
    try {
      const { msg, attr } = JSON.parse(line) as { msg?: string; attr?: { error?: unknown; reason?: unknown } };
      const detail = attr?.error ?? attr?.reason;
      if (detail !== undefined) found = `${msg}: ${typeof detail === 'string' ? detail : JSON.stringify(detail)}`;
    } catch {
      // A line cut in two: the process may say more in the next one.
    }
  }
  return found;
}

let turn: Promise<unknown> = Promise.resolve();

/**
 * The memory server believes its environment variables before its options, so the binary that was chosen is set there
 * for the time of the start, one start at a time, and the old values come back after it.
 */
function withBinary<T>(path: string, work: () => Promise<T>): Promise<T> {
  const wanted = { MONGOMS_SYSTEM_BINARY: path, MONGOMS_SYSTEM_BINARY_VERSION_CHECK: 'false' };
  const result = turn.then(async () => {
    const before = Object.keys(wanted).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, wanted);
    try {
      return await work();
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });
  turn = result.catch(() => undefined);
  return result;
}

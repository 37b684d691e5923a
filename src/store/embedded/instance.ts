import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MongoInstance } from 'mongodb-memory-server';
import type { Mongod } from './candidate.ts';
import { type Endpoint, REPLICA_SET } from './endpoint.ts';
import { FatalReason } from './fatalReason.ts';

export interface LaunchOptions {
  readonly mongod: Mongod;
  readonly dbPath: string;
  readonly endpoint: Endpoint;
  /** Called once the process was spawned. */
  readonly onSpawn?: (() => void) | undefined;
}

/** One running mongod process. */
export interface Instance {
  readonly pid: number;
  /** Resolves when the process has ended, with how, such as `ended by SIGKILL`. */
  readonly ended: Promise<string>;
  /** Ends it cleanly, with all data on the disk. */
  stop(): Promise<void>;
  /** Ends it at once. The journal is kept. */
  kill(): Promise<void>;
}

/** The arguments that identify an embedded mongod on this folder in the list of processes. */
export const identifyingArgs = (dbPath: string) => ({ '--dbpath': dbPath, '--replSet': REPLICA_SET });

/**
 * The cache is small, and the changes of a transaction, such as saving a book with thousands of pages, must stay in it until
 * the commit. By default only a fifth of the cache may hold changes.
 */
const EVICTION = [
  ...['eviction_dirty_target=50', 'eviction_dirty_trigger=80'],
  ...['eviction_updates_target=40', 'eviction_updates_trigger=70'],
].join();
/** Each start reads a file of the journal to its end, which takes a quarter of a second with the default of 100 MB. */
const JOURNAL = 'log=(file_max=32MB)';
const ENGINE_ARGS = [
  ...['--storageEngine', 'wiredTiger', '--wiredTigerCacheSizeGB', '0.25', '--oplogSize', '256'],
  ...['--wiredTigerEngineConfigString', `${EVICTION},${JOURNAL}`],
  // Readers of the audit can continue from a cursor for fifteen minutes, regardless of the volume of writes.
  ...['--oplogMinRetentionHours', '0.25'],
];

/** Recovery after a crash reads the journal, which may take long on a slow disk. */
const LAUNCH_TIMEOUT_MS = 120_000;

/** Writing the remaining data at shutdown may take long on a slow disk. */
const STOP_PATIENCE_MS = 60_000;

/** Thrown if mongod does not start. The message is mongod's own reason, if it gave one. */
export class LaunchError extends Error {}

/**
 * Starts a mongod through mongodb-memory-server, listening only at the endpoint, and waits until it accepts connections. It
 * runs in its own process session, so that Ctrl-C in the terminal reaches only the service. A helper process of
 * mongodb-memory-server ends it within seconds after this process has died.
 *
 * @throws LaunchError
 */
export async function launch({ mongod, dbPath, endpoint, onSpawn }: LaunchOptions): Promise<Instance> {
  // The process starts while the memory server is loaded. The memory server's own arguments would include a TCP port.
  const own = Object.entries(identifyingArgs(dbPath)).flat();
  const child = spawn(mongod.path, [...own, ...ENGINE_ARGS, ...endpoint.args], { detached: true });
  const events = eventsOf(child);
  onSpawn?.();
  const { MongoInstance } = await import('mongodb-memory-server');
  const reason = new FatalReason();
  let markEnded = (_how: string) => {};
  const ended = new Promise<string>((resolve) => {
    markEnded = resolve;
  });

  class Mongod extends MongoInstance {
    override _launchMongod(binary: string): ChildProcess {
      if (child.pid === undefined) throw new LaunchError(`${binary} cannot be run`);
      child.unref();
      setImmediate(() => events.passTo(this));
      return child;
    }

    /**
     * The memory server's check would stop the server for log lines with certain words, but mongod logs slow commands with
     * callers' values.
     */
    protected override checkErrorInLine(text: string): void {
      reason.read(text);
    }

    override closeHandler(code: number | null, signal: string | null): void {
      super.closeHandler(code, signal);
      const how = signal === null ? `ended with code ${code}` : `ended by ${signal}`;
      markEnded(reason.text === undefined ? how : `${how}: ${reason.text}`);
    }
  }

  const instance = new Mongod({
    instance: { launchTimeout: LAUNCH_TIMEOUT_MS },
    binary: { systemBinary: mongod.path, version: mongod.version },
  });
  try {
    await withBinary(mongod.path, () => instance.start());
  } catch (error) {
    child.kill('SIGKILL');
    await instance.stop();
    throw new LaunchError(reason.text ?? (error as Error).message);
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

type Handlers = Pick<MongoInstance, 'stdoutHandler' | 'stderrHandler' | 'closeHandler' | 'errorHandler'>;

/** Keeps the events of a process until there is somebody to handle them. */
function eventsOf(child: ChildProcessWithoutNullStreams) {
  let handlers: Handlers | undefined;
  const kept: ((to: Handlers) => void)[] = [];
  const handle = (event: (to: Handlers) => void) => void (handlers === undefined ? kept.push(event) : event(handlers));
  child.stdout.on('data', (data) => handle((to) => to.stdoutHandler(data)));
  child.stderr.on('data', (data) => handle((to) => to.stderrHandler(data)));
  child.on('close', (code, signal) => handle((to) => to.closeHandler(code, signal)));
  child.on('error', (error) => handle((to) => to.errorHandler(error.message)));
  return {
    passTo(target: Handlers): void {
      handlers = target;
      for (const event of kept) event(target);
    },
  };
}

/**
 * Sends the shutdown command. On a signal, mongod would first wait for another member to take over, and Windows has no
 * signals.
 *
 * @returns whether mongod received the command
 */
async function shutDown(endpoint: Endpoint): Promise<boolean> {
  const { setupClient } = await import('./account.ts');
  const client = setupClient(endpoint);
  try {
    await client.db('admin').command({ shutdown: 1, force: true, timeoutSecs: 1 });
    return true;
  } catch (error) {
    // mongod answers by closing the connection.
    return error instanceof Error && error.name === 'MongoNetworkError';
  } finally {
    await client.close();
  }
}

let turn: Promise<unknown> = Promise.resolve();

/**
 * The memory server prefers its environment variables to its options, so they name the chosen binary during the start. One
 * start runs at a time, and the old values are restored after it.
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

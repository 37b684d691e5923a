import { UnfitDatabaseError } from '../unfitDatabase.ts';
import { findMongod } from './binary.ts';
import { fileIdentity, type KnownMongod } from './candidate.ts';
import {
  defaultReach,
  type Endpoint,
  loopbackEndpoint,
  prepareSocketFolder,
  type Reach,
  removeSocketFolder,
  replicaSetUri,
  socketEndpoint,
} from './endpoint.ts';
import { type DataFolder, openFolder } from './folder.ts';
import { type Instance, identifyingArgs, LaunchError, launch } from './instance.ts';
import { freePort, isFree } from './port.ts';
import { endProcess, processesWith } from './processes.ts';
import { type Report, supervise } from './supervise.ts';

export interface EmbeddedOptions {
  /** The service's data folder, which is created with owner-only permissions if missing. */
  readonly dataDir: string;
  /** Receives progress lines for the log. */
  readonly report: Report;
  /** Called after mongod was restarted. */
  readonly onRestart?: () => void;
  /** How mongod is reached; {@link defaultReach} by default. */
  readonly reach?: Reach;
  /** Called when only mongod is waited for, so that other work can be done meanwhile. */
  readonly onSpawn?: (() => void) | undefined;
}

/**
 * The embedded mongod: a replica set with one member and its files under the data folder, which other users of the host
 * cannot reach.
 */
export interface EmbeddedMongod {
  /**
   * Stays the same while the service runs, so that the driver reconnects after a restart of mongod. It contains the password
   * if there is an account.
   */
  readonly uri: string;
  /** Such as `6.0.5`. */
  readonly version: string;
  /** The path of its socket, or `127.0.0.1:PORT` on systems without such sockets. */
  readonly host: string;
  /** The pid of mongod, or undefined while it is down. */
  pid(): number | undefined;
  /** How often mongod was started again because it had ended. */
  restarts(): number;
  /** Ends mongod cleanly, with all data on the disk, and unlocks the data folder. */
  stop(): Promise<void>;
}

/** A mongod may have much to write before it ends. */
const ORPHAN_PATIENCE_MS = 30_000;

/**
 * Starts the embedded MongoDB and keeps it running: if mongod dies, it is restarted at the same endpoint with the same data.
 * Data survive crashes of mongod and of this process.
 *
 * @throws UnfitDatabaseError with a message for the operator, if the folder is in use by another service, no mongod was found
 *   that can open the data, or mongod does not start
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedMongod> {
  const { dataDir, report, onRestart, reach = defaultReach } = options;
  const folder = await openFolder(dataDir);
  try {
    await endOrphans(folder.dbPath, report);
    const { mongod, endpoint, first } = await launchFound(folder, { ...options, reach });
    const start = async () => {
      if (reach === 'socket') await prepareSocketFolder(endpoint.host);
      return launch({ mongod, dbPath: folder.dbPath, endpoint });
    };
    const { instance, featureCompatibility } = await makePrimary(first, endpoint, start);
    const supervised = supervise({
      first: instance,
      start: async () => (await makePrimary(await start(), endpoint, start)).instance,
      report,
      onRestart,
    });
    const { host } = endpoint;
    const stop = async () => {
      await supervised.stop();
      if (reach === 'socket') await removeSocketFolder(folder.root, host);
      await folder.release();
    };
    let stopped: Promise<void> | undefined;
    const binary = { ...mongod, file: await fileIdentity(mongod.path) };
    await folder.save({ mongodb: folder.record?.mongodb ?? mongod.version, featureCompatibility, host, binary });
    return {
      uri: replicaSetUri(endpoint),
      version: mongod.version,
      host,
      pid: supervised.pid,
      restarts: supervised.restarts,
      stop() {
        stopped ??= stop();
        return stopped;
      },
    };
  } catch (error) {
    await folder.release();
    if (!(error instanceof LaunchError)) throw error;
    throw new UnfitDatabaseError(`The embedded MongoDB on ${folder.dbPath} does not start: ${error.message}`);
  }
}

/** Ends a mongod that outlived its service. Nobody uses it, since this process holds the lock of the folder. */
async function endOrphans(dbPath: string, report: (line: string) => void): Promise<void> {
  for (const pid of await processesWith(identifyingArgs(dbPath))) {
    report(`ending the mongod that an earlier run left behind (process ${pid})`);
    if (await endProcess(pid, ORPHAN_PATIENCE_MS)) report(`it did not end by itself (process ${pid}) and was killed`);
  }
}

/** Finds and starts a mongod. The one from an earlier start may no longer run; then another one is searched for. */
async function launchFound(folder: DataFolder, { report, reach, onSpawn }: EmbeddedOptions) {
  const launchOne = async (known: KnownMongod | undefined) => {
    const mongod = await findMongod({ report, data: folder.record, known });
    const start = (endpoint: Endpoint) => launch({ mongod, dbPath: folder.dbPath, endpoint, onSpawn });
    const launched = reach === 'socket' ? launchOnSocket(start, folder) : launchOnSomePort(start, folder, report);
    return { mongod, ...(await launched) };
  };
  const known = folder.record?.binary;
  try {
    return await launchOne(known);
  } catch (error) {
    if (!(error instanceof LaunchError) || known === undefined) throw error;
    report(`${known.path} does not start any more: ${error.message}`);
    return launchOne(undefined);
  }
}

type Start = (endpoint: Endpoint) => Promise<Instance>;

async function launchOnSocket(start: Start, { root }: DataFolder) {
  const endpoint = await socketEndpoint(root);
  return { endpoint, first: await start(endpoint) };
}

/** Uses the stored port, or a new one if the folder is new or another program has the port. */
async function launchOnSomePort(
  start: Start,
  { root, record }: DataFolder,
  report: (line: string) => void,
): Promise<{ endpoint: Endpoint; first: Instance }> {
  const remembered = /^127\.0\.0\.1:(\d+)$/.exec(record?.host ?? '')?.[1];
  let port = remembered === undefined ? await freePort() : Number(remembered);
  for (let tries = 1; ; tries++) {
    if (await isFree(port)) {
      const endpoint = await loopbackEndpoint(root, port);
      try {
        return { endpoint, first: await start(endpoint) };
      } catch (error) {
        // Another program may have taken the port between the check and the start.
        if (tries === 5 || (await isFree(port))) throw error;
      }
    }
    const taken = port;
    port = await freePort();
    report(`port ${taken} is taken by another program: MongoDB moves to port ${port}`);
  }
}

/** Makes the instance primary. If its host has changed, the instance is restarted for that. */
async function makePrimary(first: Instance, endpoint: Endpoint, start: () => Promise<Instance>) {
  const { formReplicaSet } = await import('./replicaSet.ts');
  let instance = first;
  try {
    let formed = await formReplicaSet(endpoint);
    if (formed === 'moved') {
      await instance.kill();
      instance = await start();
      formed = await formReplicaSet(endpoint);
    }
    if (formed === 'moved') throw new LaunchError('the replica set does not keep its new address');
    return { instance, featureCompatibility: formed.featureCompatibility };
  } catch (error) {
    await instance.stop();
    throw error;
  }
}

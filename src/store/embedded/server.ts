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
import { type Instance, LaunchError, launch, marks } from './instance.ts';
import { freePort, isFree } from './port.ts';
import { endProcess, processesWith } from './processes.ts';
import { formReplicaSet } from './replicaSet.ts';
import { supervise } from './supervise.ts';

export interface EmbeddedOptions {
  /** The service's data folder; made where it is missing, with owner-only rights. */
  readonly dataDir: string;
  /** Told what happens, one line at a time, for the log. */
  readonly report: (line: string) => void;
  /** Called after mongod died and is there again. */
  readonly onRestart?: () => void;
  /** How mongod is reached; what suits the system by default. */
  readonly reach?: Reach;
  /** Called when there is nothing to do but to wait for mongod, which takes most of the time. */
  readonly onSpawn?: (() => void) | undefined;
}

/**
 * A mongod of our own: a replica set of one with its files under the data folder, which other users of the host cannot
 * reach.
 */
export interface EmbeddedMongod {
  /**
   * Stays the same as long as the service runs, so that the driver finds its way back after a restart of mongod. It holds
   * a password where mongod asks for one.
   */
  readonly uri: string;
  /** Such as `6.0.5`. */
  readonly version: string;
  /** The path of its socket, or `127.0.0.1:PORT` on systems without such sockets. */
  readonly host: string;
  /** The pid of mongod, or undefined while it is down. */
  pid(): number | undefined;
  /** Ends mongod cleanly, with all data on the disk, and gives the data folder free. */
  stop(): Promise<void>;
}

/** An orphan may have much to write before it ends. */
const ORPHAN_PATIENCE_MS = 30_000;

/**
 * Starts the embedded MongoDB and keeps it running: when mongod dies it is started again, at the same place and on the same data.
 * The data are there again after every kind of end, of mongod or of this process.
 *
 * @throws UnfitDatabaseError with a sentence for the operator: the folder is in use by another service, no mongod was
 *   found that can open the data, or mongod does not come up.
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

/** A mongod that outlived its service. We hold the folder's lock, so it serves nobody. */
async function endOrphans(dbPath: string, report: (line: string) => void): Promise<void> {
  for (const pid of await processesWith(marks(dbPath))) {
    report(`ending the mongod that an earlier run left behind (process ${pid})`);
    if (await endProcess(pid, ORPHAN_PATIENCE_MS)) report(`it did not end by itself (process ${pid}) and was killed`);
  }
}

/** Finds a mongod and starts it. One that was found before may have lost a library since: then it is looked for anew. */
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

/** On the port that the folder remembers, else, when it is new or a stranger has the port, on a new one. */
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
        // Somebody was quicker between the look and the start.
        if (tries === 5 || (await isFree(port))) throw error;
      }
    }
    const taken = port;
    port = await freePort();
    report(`port ${taken} is taken by another program: MongoDB moves to port ${port}`);
  }
}

/** Brings up the replica set on this instance, or on the one that has to follow it when the host is another. */
async function makePrimary(first: Instance, endpoint: Endpoint, start: () => Promise<Instance>) {
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

import { chmod, mkdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UnfitDatabaseError } from '../unfitDatabase.ts';
import type { KnownMongod } from './candidate.ts';
import { writeWhole } from './files.ts';
import { type Release, tryLock } from './lock.ts';
import { identityOf } from './processes.ts';
import type { DataVersion } from './version.ts';

/** The stored description of the data in the folder. */
export interface FolderRecord extends DataVersion {
  /** Where mongod listens: the path of its socket, or `127.0.0.1:PORT`. */
  readonly host: string;
  /** The mongod that opened the data last. */
  readonly binary?: KnownMongod | undefined;
}

/** A data folder that this process has locked. */
export interface DataFolder {
  /** Its absolute path, without symbolic links. */
  readonly root: string;
  /** The absolute path of mongod's own files, without symbolic links. */
  readonly dbPath: string;
  /** Undefined if there are no data yet. */
  readonly record: FolderRecord | undefined;
  save(record: FolderRecord): Promise<void>;
  release(): Promise<void>;
}

const RECORD = 'mongod.json';
const OWNER = 'service.lock';

/**
 * Opens and locks the data folder. A new one gets owner-only permissions.
 *
 * @throws UnfitDatabaseError if another service has locked it (naming its pid) or it cannot be used
 */
export async function openFolder(dataDir: string): Promise<DataFolder> {
  const root = await prepare(dataDir);
  const release = await take(root);
  try {
    return {
      root,
      dbPath: join(root, 'db'),
      record: await readRecord(join(root, RECORD)),
      save: (record) => writeWhole(join(root, RECORD), JSON.stringify(record, null, 2)),
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

async function prepare(dataDir: string): Promise<string> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const root = await realpath(dataDir);
    await mkdir(join(root, 'db'), { recursive: true, mode: 0o700 });
    await chmod(join(root, 'db'), 0o700);
    return root;
  } catch (error) {
    throw new UnfitDatabaseError(`The data folder ${dataDir} cannot be used: ${(error as Error).message}.`);
  }
}

/**
 * Locks the folder. The kernel's lock does not work across network namespaces of the host, so the owner's file is also
 * checked against the running processes. It names the owner in the error message too.
 */
async function take(root: string): Promise<Release> {
  const path = join(root, OWNER);
  const release = await tryLock(root);
  const { dev, ino } = await stat(root, { bigint: true });
  const folder = `${dev}-${ino}`;
  const owner = await liveOwner(path, folder, release === undefined ? 50 : 1);
  if (release === undefined || owner !== undefined) {
    await release?.();
    const who = owner === undefined ? 'another service' : `another service (process ${owner})`;
    throw new UnfitDatabaseError(
      `The data folder ${root} is in use by ${who}. Stop it first, or set another data-dir.`,
    );
  }
  await writeWhole(path, JSON.stringify({ pid: process.pid, started: await identityOf(process.pid), folder }));
  return async () => {
    await rm(path, { force: true });
    await release();
  };
}

/**
 * The pid of the running process that the owner's file names. The holder of the lock may not have written it yet. The file
 * also names the folder, since it may be in a copy of the folder, which the owner of the original does not use.
 */
async function liveOwner(path: string, folder: string, tries: number): Promise<number | undefined> {
  for (let i = 0; i < tries; i++) {
    if (i > 0) await sleep(20);
    const { pid, started, folder: owned = folder } = parse(await readFile(path, 'utf8').catch(() => ''));
    if (owned !== folder) continue;
    if (typeof pid === 'number' && started !== undefined && (await identityOf(pid)) === started) return pid;
  }
  return undefined;
}

async function readRecord(path: string): Promise<FolderRecord | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const { mongodb, featureCompatibility, binary, ...where } = parse(text);
  // Earlier versions had a port of the loopback address.
  const host = typeof where.port === 'number' ? `127.0.0.1:${where.port}` : where.host;
  if (typeof mongodb !== 'string' || typeof featureCompatibility !== 'string' || typeof host !== 'string') {
    throw new UnfitDatabaseError(`${path} is damaged. Remove it: it is written anew from the data themselves.`);
  }
  return { mongodb, featureCompatibility, host, binary: isKnown(binary) ? binary : undefined };
}

function isKnown(value: unknown): value is KnownMongod {
  const { path, version, file } = (value ?? {}) as Record<string, unknown>;
  return [path, version, file].every((text) => typeof text === 'string');
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

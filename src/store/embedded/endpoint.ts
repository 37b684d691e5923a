import { hash, randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readFile, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { UnfitDatabaseError } from '../unfitDatabase.ts';
import { writeWhole } from './files.ts';

/** The name of the replica set. */
export const REPLICA_SET = 'steward';

/** Where the embedded mongod listens and how clients reach it. */
export interface Endpoint {
  /** The path of the socket, or `127.0.0.1:PORT`: the host of the replica set's only member. */
  readonly host: string;
  /** The arguments that make mongod listen only here. */
  readonly args: readonly string[];
  /** The account that mongod requires; undefined for a socket, which only this user can reach. */
  readonly account: Account | undefined;
}

/** An account of mongod, in the database `admin`. */
export interface Account {
  readonly user: string;
  readonly password: string;
}

/** How the embedded mongod is reached: by a Unix domain socket, if the system has them. */
export type Reach = 'socket' | 'loopback';

export const defaultReach: Reach = process.platform === 'win32' ? 'loopback' : 'socket';

/** Socket addresses have 108 bytes on Linux and 104 on macOS, with a terminating zero. */
const MAX_SOCKET_PATH = 100;

/**
 * The driver converts the replica set's host to lower case, mongod separates addresses by commas, and other characters are
 * special in a URI.
 */
const PLAIN_PATH = /^[a-z0-9_./-]+$/;

const SOCKET = 'mongod.sock';

/**
 * A socket in the folder `run` of the data folder. If that path is too long for a socket, or has capital letters or unusual
 * characters, the socket is in a temporary folder instead. Only this user may enter either folder.
 */
export async function socketEndpoint(root: string): Promise<Endpoint> {
  const inside = join(root, 'run', SOCKET);
  const path = isFit(inside) ? inside : join(await folderElsewhere(root), SOCKET);
  await prepareSocketFolder(path);
  return {
    host: path,
    // Without --nounixsocket mongod opens a second socket in /tmp.
    args: ['--bind_ip', path, '--nounixsocket', '--filePermissions', '0700', '--noauth'],
    account: undefined,
  };
}

/** Creates the socket's folder if it is missing; a cleanup of temporary folders may have removed it. */
export async function prepareSocketFolder(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await chmod(dirname(path), 0o700);
}

/** Removes the socket's folder if it is outside of the data folder. */
export async function removeSocketFolder(root: string, path: string): Promise<void> {
  if (path.startsWith(join(root, 'run'))) return;
  await rm(path, { force: true });
  await rmdir(dirname(path)).catch(() => undefined);
}

const isFit = (path: string) => PLAIN_PATH.test(path) && Buffer.byteLength(path) <= MAX_SOCKET_PATH;

/**
 * The name is derived from device and inode of the data folder, so that it stays the same over restarts and differs for a
 * copy of the folder. If somebody else has taken it, the name is random.
 */
async function folderElsewhere(root: string): Promise<string> {
  const { dev, ino } = await lstat(root, { bigint: true });
  const digest = hash('sha256', `${dev}-${ino}`, 'hex').slice(0, 16);
  // XDG_RUNTIME_DIR comes last because it is removed when the user logs out.
  for (const parent of [tmpdir(), '/tmp', '/var/tmp', process.env.XDG_RUNTIME_DIR]) {
    if (parent === undefined || !isFit(join(parent, `steward-${digest}`, SOCKET))) continue;
    const path = join(parent, `steward-${digest}`);
    try {
      await mkdir(path, { mode: 0o700 });
      return path;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      if (error.code !== 'EEXIST') continue;
      if (await isOurs(path)) return path;
      const other = join(parent, `steward-${randomBytes(8).toString('hex')}`);
      await mkdir(other, { mode: 0o700 });
      return other;
    }
  }
  throw new UnfitDatabaseError(
    'There is no folder for the socket of the embedded MongoDB: the path of data-dir is too long, or has capital ' +
      'letters or unusual characters, and no temporary folder can be used. Set a data-dir with a short path.',
  );
}

/** True for a folder, not a link to one, that only this user may enter. */
async function isOurs(path: string): Promise<boolean> {
  const entry = await lstat(path);
  return entry.isDirectory() && entry.uid === process.getuid?.() && (entry.mode & 0o077) === 0;
}

const KEY_FILE = 'mongod.key';
const USER = 'steward';

/**
 * A port of the loopback address, for systems without Unix domain sockets. mongod requires an account, whose password is in
 * the data folder.
 */
export async function loopbackEndpoint(root: string, port: number): Promise<Endpoint> {
  const path = join(root, KEY_FILE);
  const password = await keyIn(path);
  return {
    host: `127.0.0.1:${port}`,
    // Without the parameter, any local user could create the first account.
    args: [
      ...['--bind_ip', '127.0.0.1', '--port', String(port), '--auth', '--keyFile', path],
      ...['--setParameter', 'enableLocalhostAuthBypass=false'],
    ],
    account: { user: USER, password },
  };
}

/** The content of the key file, which is created if missing: 6 to 1024 characters of base64. */
async function keyIn(path: string): Promise<string> {
  const present = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (present !== undefined && present.trim() !== '') return present.trim();
  const made = randomBytes(48).toString('base64');
  await writeWhole(path, made);
  return made;
}

/** The URI for clients of the replica set, with the password if there is an account. */
export function replicaSetUri({ host, account }: Endpoint): string {
  const credentials = account && `${encodeURIComponent(account.user)}:${encodeURIComponent(account.password)}@`;
  const source = account && '&authSource=admin';
  return `mongodb://${credentials ?? ''}${inUri(host)}/?replicaSet=${REPLICA_SET}${source ?? ''}`;
}

/** The URI of this mongod without the account, which also works before the replica set is initiated. */
export const directUri = ({ host }: Pick<Endpoint, 'host'>): string =>
  `mongodb://${inUri(host)}/?directConnection=true`;

const inUri = (host: string) => (host.startsWith('/') ? encodeURIComponent(host) : host);

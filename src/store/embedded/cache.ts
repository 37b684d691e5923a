import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isExecutable } from './candidate.ts';
import { WHEEL_BINARY } from './wheel.ts';

/**
 * The folders in which mongodb-memory-server keeps its binaries. The first is its download folder: MONGOMS_DOWNLOAD_DIR, or
 * ~/.cache/mongodb-binaries.
 */
export async function cacheFolders(): Promise<string[]> {
  const { DryMongoBinary } = await import('mongodb-memory-server');
  const options = await DryMongoBinary.generateOptions();
  const paths = await DryMongoBinary.generatePaths(options);
  const found = [paths.resolveConfig, paths.homeCache, paths.modulesCache, paths.relative];
  return [...new Set(found.filter((path) => path !== '').map((path) => dirname(path)))];
}

/** All complete mongods in these folders. Partly extracted ones have no checksum file yet. */
export async function cachedBinaries(folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of folders) {
    const names = await readdir(folder).catch((): string[] => []);
    for (const name of names) {
      const complete = name === WHEEL_BINARY || (/^mongod-/.test(name) && names.includes(`${name}.md5`));
      if (complete && !name.endsWith('.md5') && (await isExecutable(join(folder, name))))
        found.push(join(folder, name));
    }
  }
  return found;
}

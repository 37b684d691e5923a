import { hash, randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../../base/errorCode.ts';
import { syncFolder, writeSynced } from '../durableFile.ts';

/** A cosigned checkpoint, and its number among those of its log, from 1. */
export interface Kept {
  readonly note: string;
  readonly generation: number;
}

/** Earlier files are kept for a while, so that a slow process finds that the next one is there already. */
const KEPT = 8;

export const originHash = (origin: string): string => hash('sha256', origin, 'hex');

/**
 * The newest checkpoint of each log that a witness has cosigned, in a folder. Each is a new file with the next number, which
 * only one process can create: of two that would go on from the same checkpoint, one fails.
 */
export class KeptCheckpoints {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  ofOrigin(origin: string): Promise<Kept | undefined> {
    return this.read(originHash(origin));
  }

  async read(originHash: string): Promise<Kept | undefined> {
    if (!/^[0-9a-f]{64}$/.test(originHash)) return undefined;
    const folder = join(this.#folder, originHash);
    for (;;) {
      const generation = (await generationsIn(folder)).at(-1);
      if (generation === undefined) return undefined;
      try {
        return { note: await readFile(join(folder, String(generation)), 'utf8'), generation };
      } catch (error) {
        // Newer ones were added meanwhile.
        if (errorCode(error) !== 'ENOENT') throw error;
      }
    }
  }

  /** Keeps it, durably. @returns false if there is another one of this generation, or a newer one */
  async write(origin: string, { note, generation }: Kept): Promise<boolean> {
    const folder = join(this.#folder, originHash(origin));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, String(generation));
    const temporary = join(folder, `${generation}.${randomUUID()}`);
    await writeSynced(temporary, note);
    try {
      await link(temporary, file);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(temporary, { force: true });
    }
    await syncFolder(folder);
    await syncFolder(this.#folder);
    const generations = await generationsIn(folder);
    if (generations.at(-1) !== generation) {
      await rm(file, { force: true });
      return false;
    }
    for (const old of generations.slice(0, -KEPT)) await rm(join(folder, String(old)), { force: true });
    return true;
  }
}

/** In ascending order. */
async function generationsIn(folder: string): Promise<number[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => /^[1-9][0-9]*$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

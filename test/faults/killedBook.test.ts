import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Document } from 'mongodb';
import { expect, inject, it } from 'vitest';
import { openHouse, SECRET, type TestHouse } from '../support/house.ts';
import { LONG } from '../support/long.ts';

const CHILD = fileURLToPath(new URL('bookChild.mjs', import.meta.url));
const AT_ONCE = 2;

type Work = 'create' | 'change' | 'share' | 'delete';

/** Does it in a process of its own that is killed before that write; how many writes there were, where it is not. */
async function killedBefore(house: TestHouse, write: number, name: string, work: Work): Promise<number> {
  const args = [CHILD, inject('mongoUri'), house.database.db.databaseName, SECRET, String(write), name, work];
  try {
    return Number((await promisify(execFile)('node', args)).stdout);
  } catch (error) {
    expect(error).toMatchObject({ signal: 'SIGKILL' });
    return 0;
  }
}

const documents = ({ database }: TestHouse, name: string): Promise<Document[]> =>
  database.db
    .collection('resources')
    .find({ externalId: { $gte: `/${name}/`, $lt: `/${name}0` } })
    .toArray();

const storedParts = async (house: TestHouse) =>
  (await house.contents('audit')).filter(({ changes }) => changes !== undefined);

/** What the records say is there of a book: how many objects were made, less those that were deleted. */
async function recorded(house: TestHouse, name: string): Promise<number> {
  const parts = new Map((await storedParts(house)).map((part) => [String(part._id), part]));
  let count = 0;
  for (const { outcome, changes, changeParts } of await house.records()) {
    const inParts = ((changeParts ?? []) as Document[]).flatMap(({ id }) => parts.get(id)?.changes as Document[]);
    for (const change of [...(changes as Document[]), ...inParts]) {
      const externalId = String((change.after ?? change.before)?.externalId);
      if (outcome !== 'success' || !externalId.startsWith(`/${name}/`)) continue;
      count += change.op === 'insert' ? 1 : -1;
    }
  }
  return count;
}

it.runIf(LONG)(
  'what is done with a book and killed before one of its writes is not done at all, and not recorded',
  async () => {
    await using house = await openHouse();
    const writes = await killedBefore(house, 0, 'whole', 'create');
    const whole = (await documents(house, 'whole')).length;
    expect(await recorded(house, 'whole')).toBe(whole);
    // The objects in slices, the changes in parts, the record and the commit.
    expect(writes).toBeGreaterThan(6);
    expect((await storedParts(house)).length).toBeGreaterThan(1);

    const each = (['create', 'change', 'share', 'delete'] as const).flatMap((work) =>
      Array.from({ length: writes - 3 }, (_, i): [number, Work] => [i + 2, work]),
    );
    for (let i = 0; i < each.length; i += AT_ONCE) {
      await Promise.all(
        each.slice(i, i + AT_ONCE).map(([write, work]) => killedBefore(house, write, `${work}${write}`, work)),
      );
    }
    for (const [write, work] of each) {
      const name = `${work}${write}`;
      const found = await documents(house, name);
      expect([name, found.length]).toEqual([name, await recorded(house, name)]);
      if (work === 'create') expect([name, found]).toEqual([name, []]);
      const owned = found.filter(({ owners }) => owners.length > 0).length;
      expect([0, found.length]).toContain(owned);
      const changed = found.filter((object) => object.type === 'canvas' && object.name.startsWith('Folio')).length;
      expect([0, found.filter(({ type }) => type === 'canvas').length]).toContain(changed);
    }
  },
  1_800_000,
);

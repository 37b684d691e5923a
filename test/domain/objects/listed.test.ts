import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSavingWorld, type SavingWorld, saveParams, simple } from './savingWorld.ts';

let world: SavingWorld;
/** The last change of each workspace, by its number: its own, or that of a save. */
const changes = new Map<number, { own: Date; saved?: Date }>();
const day = (n: number) => new Date(Date.UTC(2030, 0, n));

beforeAll(async () => {
  world = await openSavingWorld();
  const { db } = world.database;
  for (let n = 1; n <= 12; n += 1) {
    if (n > 1) await world.run('createWorkspace', { workspace: `ann:w${n}` }, 'ann');
    const own = day((n * 5) % 13);
    await db.collection('workspaces').updateOne({ number: n }, { $set: { modifiedAt: own } });
    changes.set(n, { own });
    if (n % 3 === 0) continue;
    await world.run('saveObjects', saveParams([simple({ name: 'x' })], { id: n }), 'ann');
    // Some were saved into before their own last change, some after it, several at the same time.
    const saved = day(n % 2 === 0 ? 7 : (n * 4) % 13);
    await db.collection('heads').updateOne({ ws: n }, { $set: { savedAt: saved } });
    changes.set(n, { own, saved });
  }
});
afterAll(() => world[Symbol.asyncDispose]());

const changedAt = (n: number) => {
  const { own, saved = own } = changes.get(n) ?? { own: day(1) };
  return new Date(Math.max(own.getTime(), saved.getTime()));
};

/** The numbers of all that changed within these days, ordered by their last change. */
const withPrefix = (from: number, to: number) =>
  [...changes.keys()]
    .filter((n) => changedAt(n) >= day(from) && changedAt(n) < day(to))
    .sort((a, b) => changedAt(a).getTime() - changedAt(b).getTime() || a - b);

describe('workspaces that were saved into', () => {
  it.each([1, 2, 3, 5, 100])('are listed by their last change of any kind, in pages of %i', async (limit) => {
    for (const [from, to] of [
      [1, 14],
      [4, 9],
      [7, 8],
    ] as const) {
      const found: number[] = [];
      let cursor: string | undefined;
      do {
        const query = { after: day(from).toISOString(), before: day(to).toISOString(), limit };
        const page = (await world.run('listAllWorkspaces', {
          ...query,
          ...(cursor === undefined ? {} : { cursor }),
        })) as {
          workspaces: { id: number; max_objid: number }[];
          next?: string;
        };
        for (const { id, max_objid } of page.workspaces) {
          expect(max_objid).toBe(changes.get(id)?.saved === undefined ? 0 : 1);
          found.push(id);
        }
        cursor = page.next;
      } while (cursor !== undefined);
      expect(found).toEqual(withPrefix(from, to));
    }
  });

  it.each([1, 4, 100])('are found by owner and time, in pages of %i', async (limit) => {
    const found: number[] = [];
    let cursor: string | undefined;
    do {
      const query = { owner: 'ann', after: day(5).toISOString(), before: day(10).toISOString(), limit };
      const page = (await world.run('listAllWorkspaces', {
        ...query,
        ...(cursor === undefined ? {} : { cursor }),
      })) as {
        workspaces: { id: number }[];
        next?: string;
      };
      found.push(...page.workspaces.map((w) => w.id));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(found).toEqual(withPrefix(5, 10).sort((a, b) => a - b));
  });

  it('are listed for their user within strict bounds', async () => {
    const epochs = { after_epoch: day(5).getTime(), before_epoch: day(10).getTime() };
    const infos = (await world.run('listWorkspaces', epochs, 'ann')) as unknown[][];
    const expected = withPrefix(5, 10).filter((n) => changedAt(n) > day(5));
    expect(infos.map((info) => info[0])).toEqual(expected.sort((a, b) => a - b));
  });
});

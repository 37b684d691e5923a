import { randomUUID } from 'node:crypto';
import { collectionOf, resourceCollections } from '../../../src/domain/resources/collections.ts';
import type { Resource } from '../../../src/domain/resources/resource.ts';
import { ITEM_LIMITS } from '../../../src/store/size.ts';
import type { TestHouseOptions } from '../../support/house.ts';
import { LONG } from '../../support/long.ts';
import { openWorld as openDefaultWorld, type World } from '../workspaces/world.ts';

export type Thing = Pick<Resource, '_id' | 'type' | 'name' | 'owners' | 'grants' | 'visibility' | 'revision'> &
  Pick<Resource, 'parents' | 'externalId'>;

const AT = new Date('2026-01-01T00:00:00Z');

/** Resources as they are stored, with these fields of their own. */
export async function put(world: World, count: number, fields: (i: number) => Partial<Thing>): Promise<Thing[]> {
  const docs: Thing[] = Array.from({ length: count }, (_, i) => ({
    _id: `res-${randomUUID()}`,
    revision: 1,
    type: 'plate' as const,
    name: `plate ${i}`,
    owners: ['ann'],
    grants: [],
    visibility: 'private' as const,
    parents: [],
    createdAt: AT,
    modifiedAt: AT,
    ...fields(i),
  }));
  for (const { name } of resourceCollections) {
    // A workspace has no parents.
    const some = docs.flatMap(({ parents, ...doc }) => {
      if (collectionOf(doc._id).name !== name) return [];
      return [doc.type === 'workspace' ? doc : { ...doc, parents }];
    });
    if (some.length > 0) await world.database.db.collection(name).insertMany(some as never[]);
  }
  return docs;
}

/** What the database holds, by id. */
export async function stored(world: World): Promise<Map<string, Thing>> {
  const found: unknown[] = [];
  for (const { name } of resourceCollections) found.push(...(await world.contents(name)));
  return new Map((found as Thing[]).map((thing) => [thing._id, thing]));
}

/** The rights on it, which a transfer must not change for anybody else. */
export const standing = ({ owners, grants, visibility, name }: Thing) => ({
  owners,
  grants: [...grants].sort((a, b) => (a.principal < b.principal ? -1 : 1)),
  visibility,
  name,
});

/** The part size of jobs in these tests, small enough that a few dozen items make several parts. */
export const PART = LONG ? ITEM_LIMITS.perPart : 20;

/** More items than one part has: their transfer is a job in the background. */
export const MANY = PART + PART / 2;

/** A world in which jobs have such parts. */
export const openWorld = (options: TestHouseOptions = {}) =>
  openDefaultWorld({ limits: { perPart: PART }, ...options });

/** Waits until the background has nothing more to do. */
export const settle = (world: World) => world.worker.turn('jobs');

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResourceView } from '../../../src/base/schemas/generated.ts';
import { openWorld, type World } from '../workspaces/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const make = async (type: string, more: object = {}) =>
  (await world.run('createResource', { type, name: type, ...more })) as ResourceView;
const stored = async () =>
  (await world.contents('resources')) as { _id: string; parents: string[]; owners: string[] }[];

/** Runs both calls at the same time. @returns the outcome of each */
async function race(...calls: [command: string, params: object][]): Promise<string[]> {
  const settled = await Promise.allSettled(calls.map(([command, params]) => world.run(command, params)));
  return settled.map((s) => (s.status === 'fulfilled' ? 'done' : s.reason.reason));
}

/** All resources with a missing parent. */
async function orphans(): Promise<string[]> {
  const all = await stored();
  const ids = new Set(all.map((r) => r._id));
  return all.filter((r) => r.parents.some((id) => !ids.has(id))).map((r) => r._id);
}

const ROUNDS = 15;

describe('at the same time', () => {
  it('a deletion and new children leave nothing below a deleted parent', async () => {
    const seen = new Set<string>();
    for (let i = 0; i < ROUNDS; i += 1) {
      const folder = await make('folders');
      const book = await make('workbooks');
      const outcome = await race(
        ['deleteResource', { id: folder.id }],
        ['createResource', { type: 'workbooks', name: 'new', parents: [folder.id] }],
        ['moveResource', { id: book.id, parents: [folder.id] }],
      );
      seen.add(outcome.join());
      for (const one of outcome) expect(['done', 'resource_missing', 'resource_not_empty']).toContain(one);
      expect(await orphans()).toEqual([]);
    }
    expect(seen.size).toBeGreaterThan(0);
  });

  it('two moves that only together close a cycle do not both happen', async () => {
    for (let i = 0; i < ROUNDS; i += 1) {
      // x > y and p > q: each of x below q and p below y alone makes no cycle.
      const [x, p] = [await make('folders'), await make('folders')];
      const [y, q] = [await make('folders', { parents: [x.id] }), await make('folders', { parents: [p.id] })];
      const outcome = await race(
        ['moveResource', { id: x.id, parents: [q.id] }],
        ['moveResource', { id: p.id, parents: [y.id] }],
      );
      expect(outcome.toSorted()).toEqual(['done', 'resource_cycle']);
    }
  });

  it('two resources with the same external id cannot both be made', async () => {
    for (let i = 0; i < ROUNDS; i += 1) {
      const params = { type: 'block', name: 'b', externalId: `twice-${i}` };
      const outcome = await race(['createResource', params], ['createResource', params]);
      expect(outcome.toSorted()).toEqual(['done', 'external_id_taken']);
    }
  });

  it('granting and removing lose no grant of others', async () => {
    const { id } = await make('block');
    const to = (account: string, level: string) => [{ accountType: 'User', account, level }];
    for (let i = 0; i < ROUNDS; i += 1) {
      const outcome = await race(
        ['setAcl', { id, mode: 'merge', grants: to('ann', 'write') }],
        ['setAcl', { id, mode: i % 2 === 0 ? 'remove' : 'merge', grants: to('bea', 'read') }],
        ['setAcl', { id, mode: 'merge', grants: to('cec', 'admin') }],
        ['setAcl', { id, visibility: i % 2 === 0 ? 'public' : 'private' }],
      );
      expect(outcome).toEqual(['done', 'done', 'done', 'done']);
      const { grants } = (await world.run('getAcl', { id })) as { grants: { id: string }[] };
      expect(grants.map((g) => g.id).sort()).toEqual(i % 2 === 0 ? ['ann', 'cec'] : ['ann', 'bea', 'cec']);
    }
  });

  it('a role is not deleted while it becomes an owner', async () => {
    for (let i = 0; i < ROUNDS; i += 1) {
      const name = `r${i}`;
      await world.run('createRole', { name });
      const owners = [{ accountType: 'ApplicationRole', owner: name }];
      const book = { type: 'workbooks', name: 'b', externalId: `/@Catalog/${name}`, owners };
      const outcome = await race(['deleteRole', { name }], ['createResource', book]);
      expect([
        ['done', 'role_unknown'],
        ['role_owns', 'done'],
      ]).toContainEqual(outcome);
    }
  });

  it('many resources can be made below one folder', async () => {
    const folder = await make('folders');
    const calls = Array.from({ length: 24 }, (): [string, object] => [
      'createResource',
      { type: 'workbooks', name: 'b', parents: [folder.id] },
    ]);
    expect(new Set(await race(...calls))).toEqual(new Set(['done']));
  });
});

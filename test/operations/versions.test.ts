import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWorld, type World } from '../domain/workspaces/world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

it("is of the version of the interface that KBase's clients ask for", async () => {
  expect(await world.call('ann', 'ver')).toBe('0.15.0');
  const { version, steward } = (await world.call('ann', 'status')) as { version: string; steward: string };
  expect(version).toBe('0.15.0');
  expect(steward).toMatch(/\S/);
  expect(steward).not.toBe(version);
});

it('shows its state with the keys that KBase shows', async () => {
  const { dependencies, ...state } = (await world.call('ann', 'status')) as {
    readonly dependencies: readonly { readonly name: string; readonly state: string }[];
  };
  expect(dependencies.map(({ name, state: each }) => [name, each])).toEqual([
    ['MongoDB', 'OK'],
    ['GridFS', 'OK'],
  ]);
  expect(state).toEqual({
    ...{ state: 'OK', message: 'OK', version: '0.15.0', steward: expect.any(String) },
    ...{ git_url: 'unknown', git_commit: 'unknown' },
    ...{ freemem: expect.any(Number), totalmem: expect.any(Number), maxmem: expect.any(Number) },
  });
});

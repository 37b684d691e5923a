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

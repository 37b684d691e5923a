import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allCommands } from '../../src/operations/index.ts';
import type { TestHouse } from '../support/house.ts';
import { callerWith } from '../support/proofs.ts';
import { calls, peopledHouse } from './calls.ts';

// A plan to open a ticket names the token, and another second makes another token.
const boss = callerWith('boss');

const writing = allCommands.filter(({ effect }) => effect === 'write').map(({ name }) => name);
const planOf = async (house: TestHouse, call: object) =>
  ((await house.administer(boss, { ...call, dryRun: true })).result as { plan: string }).plan;

describe('while nothing else changes, the plan', () => {
  let house: TestHouse;
  beforeAll(async () => {
    house = await peopledHouse();
  });
  afterAll(() => house[Symbol.asyncDispose]());

  it.each(writing)('of %s stays the same', async (command) => {
    const call = { command, ...calls[command] };
    expect(await planOf(house, call)).toBe(await planOf(house, call));
  });
});

// Those that assign more than an id: keys, places, instants, numbers derived from an id, jobs.
it.each(
  ['createAdmin', 'createStaff', 'createFolder', 'copyCatalogItem', 'breakGlass', 'resumeJob'].concat([
    'verifyState',
    'verifyAudit',
  ]),
)('%s can be applied exactly as planned', async (command) => {
  await using house = await peopledHouse();
  const call = { command, ...calls[command] };
  await house.administer(boss, { ...call, plan: await planOf(house, call) });
});

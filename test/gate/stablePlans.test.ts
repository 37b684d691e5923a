import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allCommands } from '../../src/operations/index.ts';
import type { TestHouse } from '../support/house.ts';
import { spread } from '../support/long.ts';
import { callerWith } from '../support/proofs.ts';
import { calls, peopledHouse } from './calls.ts';

// A plan to open a ticket names the token, and another second makes another token.
const boss = callerWith('boss');

const writing = allCommands.filter(({ effect }) => effect === 'write').map(({ name }) => name);
const planOf = async (call: object) =>
  ((await house.administer(boss, { ...call, dryRun: true })).result as { plan: string }).plan;

let house: TestHouse;
beforeAll(async () => {
  house = await peopledHouse();
});
afterAll(() => house[Symbol.asyncDispose]());

describe('while nothing else changes, the plan', () => {
  it.each(spread(writing, 25))('of %s stays the same', async (command) => {
    const call = { command, ...calls[command] };
    expect(await planOf(call)).toBe(await planOf(call));
  });
});

// Those that assign more than an id: keys, places, instants, numbers derived from an id, jobs.
it.each(
  ['createAdmin', 'createStaff', 'createFolder', 'copyCatalogItem', 'breakGlass', 'resumeJob'].concat([
    'verifyState',
    'verifyAudit',
  ]),
)('%s can be applied exactly as planned', async (command) => {
  const call = { command, ...calls[command] };
  await house.administer(boss, { ...call, plan: await planOf(call) });
});

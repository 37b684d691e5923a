import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serviceDatabase } from '../support/serviceDatabases.ts';
import { Replays, ROLES, SECOND } from './replaying.ts';

const databases = { first: serviceDatabase(), second: serviceDatabase() };
let replays: Replays;

beforeAll(async () => {
  replays = await Replays.open();
});

afterAll(() => replays[Symbol.asyncDispose]());

describe('a recorded conversation with the KBase Workspace Service', () => {
  it('goes the same way here, and after a restart with roles from the token', async () => {
    const first = await replays.replay(databases.first, {}, []);
    expect(first, first).toMatch(/^399 passed, 0 failed, \d+ skipped$/m);
    const second = await replays.replay(databases.first, ROLES, ['--phase', 'B']);
    expect(second, second).toMatch(/^24 passed, 0 failed, \d+ skipped$/m);
  });

  it('goes the same way a second time, with other calls', async () => {
    const printed = await replays.replay(databases.second, {}, ['--file', SECOND, '--phase', 'A']);
    expect(printed, printed).toMatch(/^470 passed, 0 failed, \d+ skipped$/m);
  });
});

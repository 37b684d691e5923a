import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Replays, ROLES, SECOND } from './replaying.ts';

const name = () => `conformance_${randomUUID().replaceAll('-', '')}`;
const databases = { first: name(), second: name() };
let replays: Replays;

beforeAll(async () => {
  replays = await Replays.open();
});

afterAll(async () => {
  const client = await MongoClient.connect(inject('mongoUri'));
  for (const database of Object.values(databases)) await client.db(database).dropDatabase();
  await client.close();
  await replays[Symbol.asyncDispose]();
});

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

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Document } from 'mongodb';
import { expect, inject, it } from 'vitest';
import { openHouse, SECRET, type TestHouse } from '../support/house.ts';

const CALLS = process.env['STEWARD_TEST_LONG'] === undefined ? 400 : 4_000;
const ADMINS = ['ann', 'bea', 'cec', 'dot', 'eve', 'fay'];
const CHILD = fileURLToPath(new URL('rosterChild.mjs', import.meta.url));

it(`two processes that take each other's admins away ${CALLS} times each never leave none`, async () => {
  await using house = await openHouse();
  await house.meet('boss', ...ADMINS);
  for (const user of ADMINS) await house.administer('boss', { command: 'addAdmin', user });

  const child = () =>
    promisify(execFile)('node', [CHILD, inject('mongoUri'), house.database.db.databaseName, SECRET, String(CALLS)]);
  let running = true;
  const children = Promise.all([child(), child()]).finally(() => {
    running = false;
  });
  let looks = 0;
  while (running) {
    expect(await lastingAdmins(house)).not.toEqual([]);
    looks += 1;
  }
  const results = (await children).map(({ stdout }) => JSON.parse(stdout));
  expect(results.map((r) => r.strange)).toEqual([[], []]);
  expect(looks).toBeGreaterThan(20);
  expect(await lastingAdmins(house)).not.toEqual([]);
  // It was really contested: many went through, and some had to be stopped.
  expect(results[0].outcomes.ok).toBeGreaterThan(CALLS / 20);
  const stopped = (await house.records()).filter((r) => r.error === 'last_admin');
  expect(stopped.length).toBeGreaterThan(0);
}, 600_000);

/** Full, unlimited, active admins whose right does not expire, as one snapshot of the database has them. */
async function lastingAdmins({ database }: TestHouse): Promise<string[]> {
  return database.client.withSession({ snapshot: true }, async (session) => {
    const roster = await database.db.collection('roster').findOne({}, { session });
    const active = await database.db.collection('principals').find({ state: 'active' }, { session }).toArray();
    const ids = new Set(active.map((p) => p['_id'] as unknown));
    return ((roster?.['admins'] ?? []) as Document[])
      .filter((a) => a['role'] === 'full' && !a['commands'] && !a['as'] && !a['expires'] && ids.has(a['principal']))
      .map((a) => a['principal']);
  });
}

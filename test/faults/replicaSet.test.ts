import { once } from 'node:events';
import type { Db } from 'mongodb';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { LONG } from '../support/long.ts';
import { type Running, spawnSteward, startRunning } from '../support/running.ts';
import { serviceFolder } from '../support/service.ts';
import { readBooks } from './books.ts';
import { ADMINS, type Attempt, expectNothingLost, load, repeatUnanswered } from './load.ts';
import { openReplicaSet, type ReplicaSet } from './replicaSet.ts';
import {
  addOwners,
  CLASHES,
  ended,
  expectEachRecordedOnce,
  fill,
  progress,
  recorded,
  result,
  standings,
  withoutRevisions,
} from './transfers.ts';

/** In each round two instances are under load; the faults come in turn. */
const FAULTS = ['killPrimary', 'stepDown', 'stopPrimary', 'killInstance'] as const;
const ROUNDS = 40;

/** Three parts of a job, of which the fault comes after the first. */
const ITEMS = 4_100;

/** What a call may be answered with while there is no primary, besides success: each says whether to repeat it. */
const PASSING = ['conflict_busy', 'outcome_unknown', 'deadline_exceeded', 'database_unavailable', 'audit_unavailable'];
/** A gift of a workspace whose creation was answered with one of these. */
const FOLLOWING = 'workspace_missing';

let set: ReplicaSet;
beforeAll(async () => {
  set = await openReplicaSet();
});
afterAll(() => set[Symbol.asyncDispose]());

const settingsOf = (database: string) => ({
  STEWARD_MONGODB_HOST: set.uri,
  STEWARD_MONGODB_DATABASE: database,
  STEWARD_WS_ADMIN: 'admin',
});

it.runIf(LONG)(
  `faults of a replica set or an instance (${ROUNDS}) leave every acknowledged write and each part of a job, once, with one record of each effect`,
  async () => {
    await using folder = await serviceFolder();
    const start = () => startRunning(folder.path, settingsOf('faults'));
    const services: Running[] = [await start()];
    services.push(await start());
    const [one, other] = services as [Running, Running];
    for (const user of ADMINS) await one.administer('admin', { command: 'addUser', user });
    const attempts: Attempt[] = [];
    const db = set.client.db('faults');
    const ids = await addOwners(one);
    await fill(db, ids, ITEMS);
    const put = await standings(db);
    let job = '';
    let killed = other;
    for (let round = 0; round < ROUNDS; round += 1) {
      const fault = FAULTS[round % FAULTS.length] ?? 'killPrimary';
      const made = [load(one, 2 * round), load(killed, 2 * round + 1)];
      await Promise.all(made.map((each) => each.answered(10)));
      // Each second job takes back what the one before has moved.
      const isBack = round % 2 === 1;
      const transfer = isBack
        ? { command: 'revertJob', params: { id: job } }
        : { command: 'changeOwner', params: { from: 'old', to: 'fresh' } };
      ({ job } = await result(one, transfer, `transfer ${round}`));
      await progress(one, job);
      if (fault === 'killInstance') {
        await killed.end('SIGKILL');
        await made[1]?.stop();
      } else {
        await set[fault]();
      }
      await made[0]?.answered(fault === 'killInstance' ? 40 : 30);
      for (const each of made) attempts.push(...(await each.stop()));
      if (fault === 'killInstance') killed = await start();
      attempts.push(...(await repeatUnanswered(one, attempts)));
      const view = await ended(one, job);
      const done = { state: 'done', moved: ITEMS, failed: isBack ? 0 : CLASHES };
      expect(view, JSON.stringify(view)).toMatchObject(done);
      expectEachRecordedOnce(put, await recorded(db, job), ids);
      if (isBack) expect(withoutRevisions(await transferred(db, put))).toEqual(withoutRevisions(put));
    }
    expect(await one.end('SIGTERM')).toBe(0);
    expect(await killed.end('SIGTERM')).toBe(0);
    const books = { ...(await readBooks(db)), put: new Set(put.keys()) };

    const refused = attempts.flatMap(({ reply }) => (reply === undefined || reply.status === 200 ? [] : [reply.error]));
    expect(refused.filter((error) => ![...PASSING, FOLLOWING].includes(error?.data ?? ''))).toEqual([]);
    expectNothingLost(attempts, books);
  },
  ROUNDS * 240_000,
);

/** What the job is about; the load makes workspaces besides. */
async function transferred(db: Db, put: ReadonlyMap<string, unknown>) {
  return new Map([...(await standings(db))].filter(([id]) => put.has(id)));
}

it.runIf(LONG)('calls that wait for an election are carried out after it, within their deadline', async () => {
  await using folder = await serviceFolder();
  const service = await startRunning(folder.path, settingsOf('elections'));
  await service.administer('admin', { command: 'addUser', user: 'ann' });
  let isElected = false;
  const fault = set.killPrimary().then(() => {
    isElected = true;
  });
  const answers: unknown[] = [];
  for (let i = 0; !isElected; i += 1) {
    const calls = [
      { command: 'listAdmins' },
      { command: 'addUser', user: `user${i}`, idempotencyKey: `key${i}` },
      { command: 'createWorkspace', user: 'ann', params: { workspace: `w${i}` }, idempotencyKey: `w${i}` },
    ];
    const replies = await Promise.all(calls.map((call) => service.administer('admin', call)));
    answers.push(...replies.map(({ status, error }) => error?.data ?? status));
  }
  await fault;
  expect(new Set(answers)).toEqual(new Set([200]));
  expect(await service.end('SIGTERM')).toBe(0);
});

it.runIf(LONG)(
  'a service that starts while the set elects another primary starts, or says in a sentence why not',
  async () => {
    await using folder = await serviceFolder();
    const { child, output } = spawnSteward(['serve'], folder.path, { ...settingsOf('starts'), STEWARD_PORT: '0' });
    const exited = once(child, 'exit');
    const collections = async () => (await set.client.db('starts').listCollections().toArray()).length;
    await vi.waitFor(async () => expect(await collections()).toBeGreaterThan(0), { timeout: 120_000, interval: 1 });
    await set.stepDown();
    await vi.waitFor(() => expect(child.exitCode !== null || output.stdout.includes('curl')).toBe(true), {
      timeout: 120_000,
      interval: 50,
    });
    if (child.exitCode !== null) {
      expect(output.stderr).toMatch(
        /^steward: MongoDB went away, or elected another primary, while the service started/m,
      );
    }
    expect(output.stderr).not.toMatch(/^ +at /m);
    child.kill('SIGTERM');
    await exited;
  },
);

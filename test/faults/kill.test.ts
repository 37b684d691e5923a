import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Document, MongoClient } from 'mongodb';
import { expect, it } from 'vitest';
import { recordHash } from '../../src/audit/record.ts';
import { type Reply, type Running, startRunning, temporaryFolder } from '../support/running.ts';

const ROUNDS = process.env['STEWARD_TEST_LONG'] === undefined ? 20 : 200;
const CLIENTS = 16;
const ADMINS = ['ann', 'bea', 'cec', 'dot'];

/** What is killed in each round in turn, always with SIGKILL and in the middle of the load. */
const VICTIMS = ['service', 'service and mongod', 'service', 'mongod'] as const;

interface Attempt {
  readonly command: { readonly command: string; readonly user: string; readonly idempotencyKey?: string };
  /** Undefined when no answer came. */
  readonly reply: Reply | undefined;
}

it(
  `${ROUNDS} kills in mid-commit leave no effect without its record and no record without its effect`,
  async () => {
    await using folder = await temporaryFolder();
    const attempts: Attempt[] = [];
    let service = await startRunning(folder.path);
    for (const user of ADMINS) await service.administer('admin', { command: 'addUser', user });
    for (let round = 0; round < ROUNDS; round += 1) {
      const victim = VICTIMS[round % VICTIMS.length] ?? 'service';
      const made = load(service, round);
      await sleep(150 + Math.random() * 450);
      const mongod = await service.mongodPid();
      if (victim !== 'mongod') service.process.kill('SIGKILL');
      if (victim !== 'service') process.kill(mongod, 'SIGKILL');
      attempts.push(...(await made.stop()));
      if (victim !== 'mongod') {
        await service.end('SIGKILL');
        service = await startRunning(folder.path);
      }
      attempts.push(...(await repeatUnanswered(service, attempts)));
    }
    const state = await stateOf(folder.path);
    await service.end('SIGTERM');

    expect(attempts.filter((a) => a.reply?.status === 200).length).toBeGreaterThan(ROUNDS * 10);
    expectOneRecordAnEffect(state);
    expectAnswersKept(attempts, state);
    expectRosterIsWhatTheRecordsSay(state);
  },
  ROUNDS * 15_000,
);

/** Clients that add users, and make and unmake admins, until they are stopped; each call's outcome is kept. */
function load(service: Running, round: number): { stop(): Promise<Attempt[]> } {
  const attempts: Attempt[] = [];
  let stopped = false;
  const clients = Array.from({ length: CLIENTS }, async (_, client) => {
    for (let n = 0; !stopped; n += 1) {
      const command = commandOf(round, client, n);
      const reply = await service.administer('admin', command).catch(() => undefined);
      attempts.push({ command, reply });
      if (reply === undefined || reply.status !== 200) await sleep(20);
    }
  });
  return {
    stop: async () => {
      stopped = true;
      await Promise.all(clients);
      return attempts;
    },
  };
}

function commandOf(round: number, client: number, n: number): Attempt['command'] {
  if (client < 4) {
    const user = ADMINS[(client + n) % ADMINS.length] ?? 'ann';
    return { command: n % 2 === 0 ? 'addAdmin' : 'removeAdmin', user };
  }
  const user = `u-${round}-${client}-${n}`;
  return { command: 'addUser', user, ...(client % 2 === 0 ? { idempotencyKey: user } : {}) };
}

/** Repeats what has an idempotency key and was not answered with success; each must succeed now. */
async function repeatUnanswered(service: Running, attempts: readonly Attempt[]): Promise<Attempt[]> {
  const answered = new Set(attempts.filter((a) => a.reply?.status === 200).map((a) => a.command.idempotencyKey));
  const open = attempts.filter(({ command: { idempotencyKey: key } }) => key !== undefined && !answered.has(key));
  return Promise.all(
    open.map(async ({ command }) => {
      for (;;) {
        const reply = await service.administer('admin', command);
        if (reply.status === 200) return { command, reply };
        // mongod is on its way back; anything but "not now" is an answer, and the wrong one.
        expect(reply.error?.data).toMatch(/^(database_unavailable|audit_unavailable|outcome_unknown|conflict_busy)$/);
        await sleep(100);
      }
    }),
  );
}

interface State {
  readonly principals: Document[];
  readonly records: Document[];
  readonly roster: Document;
}

/** What the database holds, read past the service. */
async function stateOf(folder: string): Promise<State> {
  const { port } = JSON.parse(await readFile(join(folder, 'data', 'mongod.json'), 'utf8'));
  const client = await MongoClient.connect(`mongodb://127.0.0.1:${port}/?directConnection=true`);
  try {
    const db = client.db('steward');
    const batches = await db.collection('audit').find().sort({ _id: 1 }).toArray();
    return {
      principals: await db.collection('principals').find().toArray(),
      records: batches.flatMap((b) => b['records'] as Document[]),
      roster: (await db.collection('roster').findOne()) ?? {},
    };
  } finally {
    await client.close();
  }
}

function expectOneRecordAnEffect({ principals, records }: State): void {
  const inserts = records
    .filter((r) => r['outcome'] === 'success')
    .flatMap((r) =>
      (r['changes'] as Document[]).filter((c) => c['collection'] === 'principals' && c['op'] === 'insert'),
    )
    .map((c) => c['id']);
  expect(new Set(inserts).size).toBe(inserts.length);
  expect(principals.map((p) => p['_id']).sort()).toEqual(inserts.sort());
  const names = principals.map((p) => p['username']);
  expect(new Set(names).size).toBe(names.length);
}

function expectAnswersKept(attempts: readonly Attempt[], { principals, records }: State): void {
  const byId = new Map(records.map((r) => [r['id'], r]));
  const names = new Set(principals.map((p) => p['username']));
  for (const { command, reply } of attempts) {
    if (reply?.status !== 200) continue;
    const record = byId.get(reply.receipt?.record);
    expect(record?.['hash']).toBe(reply.receipt?.hash);
    expect(record?.['hash']).toBe(recordHash(withoutHash(record ?? {})));
    if (command.command === 'addUser') expect(names).toContain(command.user);
  }
}

function withoutHash({ hash: _, ...record }: Document): Parameters<typeof recordHash>[0] {
  return record as Parameters<typeof recordHash>[0];
}

function expectRosterIsWhatTheRecordsSay({ records, roster }: State): void {
  const admins = new Map<string, unknown>();
  for (const change of records.filter((r) => r['outcome'] === 'success').flatMap((r) => r['changes'] as Document[])) {
    if (change['collection'] !== 'roster' || change['op'] !== 'update') continue;
    for (const { path, before, after } of change['fields'] as Document[]) {
      if (!String(path).startsWith('admins[')) continue;
      expect(admins.get(path)).toEqual(before);
      if (after === undefined) admins.delete(path);
      else admins.set(path, after);
    }
  }
  const live = new Map((roster['admins'] as Document[]).map((a) => [`admins[${a['principal']}]`, a]));
  expect(live).toEqual(admins);
}

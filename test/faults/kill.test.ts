import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { LONG } from '../support/long.ts';
import { type Reply, type Running, startRunning } from '../support/running.ts';
import { serviceFolder, withOwnMongod } from '../support/service.ts';
import { type Books, expectBalance, expectOneRecordACall, expectReceiptsKept, readBooks } from './books.ts';

const ROUNDS = LONG ? 200 : 3;
const CLIENTS = 16;
const ADMINS = ['ann', 'bea', 'cec', 'dot'];

/** What is killed in each round in turn, always with SIGKILL and in the middle of the load. */
const VICTIMS = ['service and mongod', 'service', 'mongod', 'service'] as const;

interface Attempt {
  readonly command: {
    readonly command: string;
    readonly user: string;
    readonly params?: object;
    readonly idempotencyKey?: string;
  };
  /** Undefined when no answer came. */
  readonly reply: Reply | undefined;
}

it(
  `${ROUNDS} kills in mid-commit leave no effect without its record and no record without its effect`,
  async () => {
    await using folder = await serviceFolder();
    const attempts: Attempt[] = [];
    let service = await startRunning(folder.path);
    for (const user of ADMINS) await service.administer('admin', { command: 'addUser', user });
    for (let round = 0; round < ROUNDS; round += 1) {
      const victim = VICTIMS[round % VICTIMS.length] ?? 'service';
      const made = load(service, round);
      await made.answered(10 + Math.random() * 100);
      // Answers come right after commits: this spreads the kills over what lies between.
      await sleep(Math.random() * 20);
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
    const books = await withOwnMongod(service, (client) => readBooks(client.db('steward')));
    expect(await service.end('SIGTERM')).toBe(0);

    // At each kill of the service every client was waiting for an answer.
    expect(attempts.filter((a) => a.reply === undefined).length).toBeGreaterThan(ROUNDS);
    expectBalance(books);
    expectOneRecordACall(books);
    expectReceiptsKept(
      attempts.flatMap(({ reply }) => (reply?.status === 200 ? [reply] : [])),
      books,
    );
    expectEachOnce(attempts, books, 'addUser', 'principals', ({ user }) => user, 'username');
    expectEachOnce(attempts, books, 'createWorkspace', 'workspaces', ({ idempotencyKey }) => idempotencyKey, 'name');
  },
  ROUNDS * 60_000,
);

/**
 * Clients that add users, make and unmake admins, and make workspaces and give them away, until they are stopped; each
 * call's outcome is kept.
 */
function load(service: Running, round: number): { answered(calls: number): Promise<void>; stop(): Promise<Attempt[]> } {
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
    answered: (calls) =>
      vi.waitFor(() => expect(attempts.filter((a) => a.reply?.status === 200).length).toBeGreaterThanOrEqual(calls), {
        timeout: 180_000,
        interval: 2,
      }),
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
  if (client >= 10) {
    const [owner = '', next = ''] = [ADMINS[client % ADMINS.length], ADMINS[(client + 1) % ADMINS.length]];
    const name = (count: number) => `w_${round}_${client}_${count}`;
    return n % 3 === 2
      ? { command: 'setWorkspaceOwner', user: owner, params: { wsi: { workspace: name(n - 1) }, new_user: next } }
      : { command: 'createWorkspace', user: owner, params: { workspace: name(n) }, idempotencyKey: name(n) };
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

/** Every name was given at most once, and surely where the call, or its repetition, was answered with success. */
function expectEachOnce(
  attempts: readonly Attempt[],
  { documents }: Books,
  command: string,
  collection: string,
  nameIn: (command: Attempt['command']) => string | undefined,
  field: string,
): void {
  const names = documents.filter((d) => d.collection === collection).map((d) => d[field]);
  const present = new Set(names);
  expect(present.size).toBe(names.length);
  const made = attempts.filter((a) => a.command.command === command && a.reply?.status === 200);
  expect(made.length).toBeGreaterThan(0);
  expect(made.filter((a) => !present.has(nameIn(a.command)))).toEqual([]);
}

import { once } from 'node:events';
import { expect, it, vi } from 'vitest';
import { spread } from '../support/long.ts';
import { type Reply, type Running, startRunning } from '../support/running.ts';
import { callsInFlight, serviceFolder, withOwnMongod } from '../support/service.ts';
import { expectBalance, expectReceiptsKept, readBooks } from './books.ts';

const CALLS = 16;

it.each(spread(['SIGTERM', 'SIGINT'] as const, 1))(
  '%s lets every call in flight finish, and ends with 0',
  async (signal) => {
    await using folder = await serviceFolder();
    const first = await startRunning(folder.path);
    const mongod = await first.mongodPid();
    const exited = once(first.process, 'exit');
    // So that there are connections enough, and none has to be made with a mongod that says nothing.
    await Promise.all(Array.from({ length: CALLS }, (_, i) => add(first, `warm${i}`)));
    // While mongod stands still, nothing can be answered.
    process.kill(mongod, 'SIGSTOP');
    let pending: Promise<Reply>[];
    try {
      pending = Array.from({ length: CALLS }, (_, i) => add(first, `u${i}`));
      await vi.waitFor(async () => expect(await callsInFlight(first)).toBe(CALLS), { timeout: 180_000, interval: 10 });
      first.process.kill(signal);
      await vi.waitFor(() => expect(first.stderr()).toContain('"stopping"'), { timeout: 180_000, interval: 5 });
    } finally {
      process.kill(mongod, 'SIGCONT');
    }
    const replies = await Promise.all(pending);
    expect(replies.map((r) => r.status)).toEqual(replies.map(() => 200));
    expect(await exited).toEqual([0, null]);

    const second = await startRunning(folder.path);
    const books = await withOwnMongod(second, (client) => readBooks(client.db('steward')));
    expectBalance(books);
    expectReceiptsKept(replies, books);
    for (let i = 0; i < CALLS; i += 1) expect((await add(second, `u${i}`)).error?.data).toBe('username_taken');
    expect(await second.end(signal)).toBe(0);
  },
);

it('SIGTERM under load leaves no call half done: what was not answered was never begun', async () => {
  await using folder = await serviceFolder();
  const first = await startRunning(folder.path);
  const answered: { user: string; reply: Reply }[] = [];
  const unanswered: string[] = [];
  let stopped = false;
  const clients = Array.from({ length: CALLS }, async (_, client) => {
    for (let n = 0; !stopped; n += 1) {
      const user = `u-${client}-${n}`;
      const reply = await add(first, user).catch(() => undefined);
      if (reply === undefined) {
        unanswered.push(user);
        return;
      }
      answered.push({ user, reply });
    }
  });
  await vi.waitFor(() => expect(answered.length).toBeGreaterThan(50), { timeout: 180_000, interval: 2 });
  expect(await first.end('SIGTERM')).toBe(0);
  stopped = true;
  await Promise.all(clients);

  const second = await startRunning(folder.path);
  const books = await withOwnMongod(second, (client) => readBooks(client.db('steward')));
  expect(await second.end('SIGINT')).toBe(0);
  expectBalance(books);
  const names = new Set(books.documents.filter((d) => d.collection === 'principals').map((p) => p.username));
  expect(answered.filter(({ user, reply }) => reply.status !== 200 || !names.has(user))).toEqual([]);
  expect(unanswered.filter((user) => names.has(user))).toEqual([]);
});

const add = (service: Running, user: string) => service.administer('admin', { command: 'addUser', user });

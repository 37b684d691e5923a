import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LONG } from '../support/long.ts';
import { type Reply, type Running, startRunning } from '../support/running.ts';
import { callsInFlight, serviceFolder } from '../support/service.ts';
import { type Books, booksOfStopped, expectBalance, expectReceiptsKept } from './books.ts';

const CALLS = 16;
/** The other one ends the service under load. */
const SIGNALS: readonly NodeJS.Signals[] = LONG ? ['SIGTERM', 'SIGINT'] : ['SIGTERM'];

describe('a service that is told to end', () => {
  let folder: Awaited<ReturnType<typeof serviceFolder>>;
  let service: Running;
  beforeEach(async () => {
    folder = await serviceFolder();
    service = await startRunning(folder.path);
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  const usersIn = ({ documents }: Books) =>
    new Set(documents.filter((d) => d.collection === 'principals').map((d) => d.username));

  it.each(SIGNALS)('by %s lets every call in flight finish, and ends with 0', async (signal) => {
    const name = (i: number) => `${signal}${i}`;
    const mongod = await service.mongodPid();
    const exited = once(service.process, 'exit');
    // So that there are connections enough, and none has to be made with a mongod that says nothing.
    await Promise.all(Array.from({ length: CALLS }, (_, i) => add(service, `warm${name(i)}`)));
    // While mongod stands still, nothing can be answered.
    process.kill(mongod, 'SIGSTOP');
    let pending: Promise<Reply>[];
    try {
      pending = Array.from({ length: CALLS }, (_, i) => add(service, name(i)));
      await vi.waitFor(async () => expect(await callsInFlight(service)).toBe(CALLS), {
        timeout: 180_000,
        interval: 10,
      });
      service.process.kill(signal);
      await vi.waitFor(() => expect(service.stderr()).toContain('"stopping"'), { timeout: 180_000, interval: 5 });
    } finally {
      process.kill(mongod, 'SIGCONT');
    }
    const replies = await Promise.all(pending);
    expect(replies.map((r) => r.status)).toEqual(replies.map(() => 200));
    expect(await exited).toEqual([0, null]);

    const kept = await booksOfStopped(service);
    expectBalance(kept);
    expectReceiptsKept(replies, kept);
    const users = usersIn(kept);
    expect(replies.filter((_, i) => !users.has(name(i)))).toEqual([]);
  });

  it.runIf(LONG)('under load leaves no call half done: what was not answered was never begun', async () => {
    const answered: { user: string; reply: Reply }[] = [];
    const unanswered: string[] = [];
    let stopped = false;
    const clients = Array.from({ length: CALLS }, async (_, client) => {
      for (let n = 0; !stopped; n += 1) {
        const user = `u-${client}-${n}`;
        const reply = await add(service, user).catch(() => undefined);
        if (reply === undefined) {
          unanswered.push(user);
          return;
        }
        answered.push({ user, reply });
      }
    });
    await vi.waitFor(() => expect(answered.length).toBeGreaterThan(50), { timeout: 180_000, interval: 2 });
    expect(await service.end('SIGINT')).toBe(0);
    stopped = true;
    await Promise.all(clients);

    const kept = await booksOfStopped(service);
    expectBalance(kept);
    const users = usersIn(kept);
    expect(answered.filter(({ user, reply }) => reply.status !== 200 || !users.has(user))).toEqual([]);
    expect(unanswered.filter((user) => users.has(user))).toEqual([]);
  });
});

const add = (service: Running, user: string) => service.administer('admin', { command: 'addUser', user });

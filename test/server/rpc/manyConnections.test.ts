import { expect, it } from 'vitest';
import { CallLimits } from '../../../src/server/rpc/callLimits.ts';
import { LONG } from '../../support/long.ts';
import { type Bare, type OpenDoor, openDoor, until } from './fakeDoor.ts';
import { heldMegabytes } from './memory.ts';

const BODY = '{"method":"slow_mine","params":[]}';
const [IDLE, CALLING] = LONG ? [2_000, 500] : [400, 100];
const callOf = (caller: string) =>
  `POST / HTTP/1.1\r\nHost: x\r\nAuthorization: ${caller}\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

/** So many connections, opened some at a time, since the system queues only so many. */
async function connections(open: OpenDoor, count: number): Promise<Bare[]> {
  const all: Bare[] = [];
  while (all.length < count) {
    const some = Array.from({ length: Math.min(100, count - all.length) }, () => open.connect());
    all.push(...(await Promise.all(some)));
  }
  return all;
}

const limits = () =>
  new CallLimits({
    ...{ maxCalls: 8, maxCallsPerCaller: 4, maxWritesPerCaller: 4 },
    ...{ maxAnonymousCalls: 4, maxAnonymousCallsPerAddress: 4 },
  });

it('calls of more callers than can wait are refused at once, while health, sign-in and those that wait are answered', async () => {
  await using open = await openDoor({ limits: limits() });
  const callers = await connections(open, 600);
  for (const [i, caller] of callers.entries()) caller.send(callOf(`caller${i}`));
  const refused = () => callers.filter(({ received }) => received.includes('server_busy'));
  // Eight are worked on, and 512 wait.
  await until(() => refused().length === 80);
  expect(open.door.waiting).toBe(8);
  for (const { received } of refused()) expect(received).toMatch(/\r\nRetry-After: 2\r\n/);
  const health = await open.ask({ method: 'GET', path: '/healthz' });
  const anonymous = await open.post('{"method":"ver","params":[]}', {});
  expect([health.status, anonymous.status]).toEqual([200, 200]);
  expect(await open.metric('steward_calls_waiting')).toEqual(['steward_calls_waiting 512']);

  const served = () => callers.filter(({ received }) => received.includes('at last'));
  await until(() => {
    open.door.release();
    // On a busy machine, some are refused because others take too long.
    return served().length + refused().length === 600;
  });
  expect(served().length).toBeGreaterThan(8);
  for (const { received } of refused()) expect(received).toMatch(/\r\nRetry-After: \d+\r\n/);
  for (const { socket } of callers) socket.destroy();
});

it(`${IDLE} idle connections and ${CALLING} that call keep nobody from an answer, and cost little memory`, async () => {
  await using open = await openDoor();
  const before = heldMegabytes();
  const idle = await connections(open, IDLE);
  const callers = await connections(open, CALLING);
  for (const caller of callers) caller.send(callOf('ann'));
  await until(() => open.door.waiting === CALLING);
  expect((await open.ask({ method: 'GET', path: '/healthz' })).status).toBe(200);
  // Both ends of each connection are in this process.
  expect(heldMegabytes() - before).toBeLessThan(100);
  open.door.release();
  await until(() => callers.every(({ received }) => received.includes('at last')));
  expect(idle.filter(({ closed }) => closed)).toEqual([]);
  for (const { socket } of [...idle, ...callers]) socket.destroy();
});

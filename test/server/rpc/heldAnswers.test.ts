import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Spool } from '../../../src/base/spool/spool.ts';
import { LONG } from '../../support/long.ts';
import { type Bare, type OpenDoor, openDoor, until } from './fakeDoor.ts';
import { heldMegabytes } from './memory.ts';

const MB = 1024 * 1024;
/** All their answers together exceed what may be held in memory below. */
const READERS = LONG ? 20 : 12;
const BODY = '{"method":"result","params":[]}';
const POST = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

/** What a slow client reads at a time. */
const STEP = (LONG ? 10 : 4) * MB;

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'steward-answers-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const spoolOf = (maxBytes: number) => new Spool({ dir, maxBytes, maxBytesPerHolder: maxBytes, longFrom: MB });

const gaugeOf = async (open: OpenDoor, metric: string) => Number((await open.metric(metric))[0]?.split(' ')[1]);

/** A client that asks for the result and reads nothing of the answer. */
async function pausedReader(open: OpenDoor): Promise<Bare> {
  const bare = await open.connect();
  bare.socket.pause();
  bare.send(POST);
  return bare;
}

const calls = (open: OpenDoor) => open.entries.filter((e) => e.message === 'call').length;

describe('answers that nobody reads', () => {
  it('take bounded memory: further ones wait in files, and each arrives whole once it is read', async () => {
    const spool = spoolOf(1_000 * MB);
    await using open = await openDoor({
      bodies: { files: { spool, fromBytes: MB } },
      maxHeldAnswerBytes: 16 * MB,
    });
    // A text of its own for each reader, as different objects would be.
    let next = 0;
    open.door.result = () => {
      next += 1;
      return String(next).padEnd(5 * MB, 'x');
    };
    const before = heldMegabytes();
    const readers: Bare[] = [];
    for (let i = 0; i < READERS; i += 1) {
      readers.push(await pausedReader(open));
      await until(() => calls(open) === i + 1);
    }
    await until(() => spool.held > (READERS - 4) * 5 * MB);
    expect(await gaugeOf(open, 'steward_answer_bytes')).toBeLessThanOrEqual(16 * MB);
    await until(() => heldMegabytes() - before < 40);

    for (const { socket } of readers) socket.resume();
    for (const [i, reader] of readers.entries()) {
      const text = String(i + 1).padEnd(5 * MB, 'x');
      await until(() => reader.received.endsWith('"]}'));
      expect(reader.received.endsWith(`\r\n\r\n{"version":"1.1","result":["${text}"]}`)).toBe(true);
    }
    await until(async () => (await gaugeOf(open, 'steward_answer_bytes')) === 0 && spool.held === 0);
  });

  it('are given up when the client leaves, in memory and in files', async () => {
    const spool = spoolOf(1_000 * MB);
    await using open = await openDoor({ bodies: { files: { spool, fromBytes: MB } }, maxHeldAnswerBytes: 8 * MB });
    open.door.result = () => 'x'.repeat(5 * MB);
    const readers = [await pausedReader(open), await pausedReader(open)];
    await until(async () => (await gaugeOf(open, 'steward_answer_bytes')) > 5 * MB && spool.held > 5 * MB);
    for (const { socket } of readers) socket.destroy();
    await until(async () => (await gaugeOf(open, 'steward_answer_bytes')) === 0 && spool.held === 0);
  });

  it('are refused with when to try again if there is no room in files either', async () => {
    const spool = spoolOf(MB);
    await using open = await openDoor({ bodies: { files: { spool, fromBytes: MB } }, maxHeldAnswerBytes: 8 * MB });
    open.door.result = () => 'x'.repeat(5 * MB);
    const reader = await pausedReader(open);
    await until(async () => (await gaugeOf(open, 'steward_answer_bytes')) > 5 * MB);
    const refused = await open.post(BODY);
    expect(JSON.parse(refused.body).error.data).toBe('rate_limited');
    expect(refused.headers['retry-after']).toBe('5');
    expect(spool.held).toBe(0);
    reader.socket.destroy();
    await until(async () => (await open.post(BODY)).status === 200);
  });

  it('are cut off once nothing is read for a while', async () => {
    await using open = await openDoor({ stallMs: 200 });
    open.door.result = () => 'x'.repeat(20 * MB);
    const stalled = await pausedReader(open);
    await until(() => calls(open) === 1);
    await until(async () => (await gaugeOf(open, 'steward_answer_bytes')) === 0);
    stalled.socket.resume();
    await until(() => stalled.closed);
    expect(stalled.received.length).toBeLessThan(20 * MB);
  });

  it('are not cut off while something is read now and then', async () => {
    await using open = await openDoor({ stallMs: 1_000 });
    open.door.result = () => 'x'.repeat(6 * STEP);
    const slow = await pausedReader(open);
    for (let read = STEP; read <= 4 * STEP; read += STEP) {
      await sleep(400);
      slow.socket.resume();
      await until(() => slow.received.length >= read);
      slow.socket.pause();
    }
    slow.socket.resume();
    await until(() => slow.received.endsWith('x"]}'));
    expect(slow.received.length).toBeGreaterThan(6 * STEP);
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { CallLimits } from '../../../src/server/rpc/callLimits.ts';
import { CallRates } from '../../../src/server/rpc/callRates.ts';
import { attempts } from '../../../src/store/attempts.ts';
import { Database } from '../../../src/store/database.ts';
import { wideBounds } from './bounds.ts';
import { type HttpReply, type OpenDoor, openDoor, until } from './fakeDoor.ts';

const mine = '{"method":"slow_mine","params":[],"id":"1"}';
const open20 = { jsonrpc: '2.0', method: 'slow', id: 1 };
const ver = '{"method":"ver","params":[]}';
const as = (authorization: string) => ({ authorization });

const limits = () =>
  new CallLimits({
    maxCalls: 3,
    maxCallsPerCaller: 2,
    maxWritesPerCaller: 1,
    maxAnonymousCalls: 3,
    maxAnonymousCallsPerAddress: 2,
  });
/** How many calls may wait, of a caller and of an address. */
const [WAITING, WAITING_ANONYMOUS] = [64, 16];

/** Sends the call several times, and releases the waiting calls until all are answered; returns the answers in order. */
async function all(open: OpenDoor, times: number, send: () => Promise<HttpReply>): Promise<HttpReply[]> {
  const replies: HttpReply[] = [];
  const before = open.door.waiting;
  const sent = Array.from({ length: times }, async () => replies.push(await send()));
  const waiting = async () => Number((await open.metric('steward_calls_waiting'))[0]?.split(' ')[1]);
  await until(async () => replies.length > 0 || open.door.waiting - before + (await waiting()) >= times);
  await until(() => {
    open.door.release();
    return replies.length === times;
  });
  await Promise.all(sent);
  return replies;
}

describe('calls of one caller', () => {
  it('run a few at a time; more of them wait, and even more are refused with the time of a retry', async () => {
    await using open = await openDoor({ limits: limits() });
    const flood = Array.from({ length: 70 }, () => open.post(mine, as('ann')));
    await until(async () => (await open.metric('steward_calls_waiting'))[0] === `steward_calls_waiting ${WAITING}`);
    expect(open.door.waiting).toBe(2);
    // Another caller is answered meanwhile.
    expect((await open.post({ method: 'administer', params: [{}] }, as('bob'))).status).toBe(200);
    expect(open.door.waiting).toBe(2);
    let ended = 0;
    for (const sent of flood) void sent.then(() => (ended += 1));
    await until(() => {
      open.door.release();
      return ended === 70;
    });
    const replies = await Promise.all(flood);
    const refused = replies.filter((r) => r.status !== 200);
    expect(refused).toHaveLength(4);
    for (const { status, headers, body } of refused) {
      expect([status, headers['retry-after']]).toEqual([500, '2']);
      expect(JSON.parse(body)).toMatchObject({
        version: '1.1',
        error: { data: 'rate_limited', code: -32500 },
        id: '1',
      });
    }
    expect(await open.metric('steward_refused_total')).toContain('steward_refused_total{reason="rate_limited"} 4');
  });

  it('are refused with another reason than if others take all the room', async () => {
    await using open = await openDoor({ limits: limits() });
    const running = [open.post(mine, as('ann')), open.post(mine, as('ann'))];
    await until(() => open.door.waiting === 2);
    const [refused, ...replies] = await all(open, WAITING + 2, () => open.post(mine, as('bob')));
    expect(JSON.parse(refused?.body ?? '').error.data).toBe('server_busy');
    expect(new Set(replies.map((r) => r.status))).toEqual(new Set([200]));
    await Promise.all(running);
  });

  it('have a lower limit for writes that can take long', async () => {
    await using open = await openDoor({ limits: limits() });
    const heavy = '{"method":"slow_write","params":[]}';
    const writes = [open.post(heavy, as('ann')), open.post(heavy, as('ann'))];
    await until(async () => (await open.metric('steward_calls_waiting'))[0] === 'steward_calls_waiting 1');
    expect(open.door.waiting).toBe(1);
    const read = open.post(mine, as('ann'));
    await until(() => open.door.waiting === 2);
    open.door.release();
    expect((await read).status).toBe(200);
    await until(() => open.door.waiting === 1);
    open.door.release();
    expect((await Promise.all(writes)).map((r) => r.status)).toEqual([200, 200]);
  });

  it('count once for each item of a batch, one after the other', async () => {
    await using open = await openDoor({ limits: limits() });
    const batch = Array.from({ length: 9 }, (_, id) => ({ jsonrpc: '2.0', method: 'slow_mine', id }));
    const [reply] = await all(open, 1, () => open.post(batch, as('ann')));
    expect(JSON.parse(reply?.body ?? '')).toHaveLength(9);
    expect(reply?.body).not.toContain('error');
  });
});

describe('calls without a token', () => {
  it('are limited by address, in JSON-RPC 2.0 with the retry time in the data', async () => {
    await using open = await openDoor({ limits: limits() });
    const post = (address: string) => open.post(open20, { 'x-forwarded-for': address });
    const flood = Array.from({ length: WAITING_ANONYMOUS + 3 }, () => post('192.0.2.7'));
    await until(
      async () => (await open.metric('steward_calls_waiting'))[0] === `steward_calls_waiting ${WAITING_ANONYMOUS}`,
    );
    const other = post('192.0.2.8');
    await until(() => open.door.waiting === 3);
    let ended = 0;
    for (const sent of [...flood, other]) void sent.then(() => (ended += 1));
    await until(() => {
      open.door.release();
      return ended === flood.length + 1;
    });
    const refused = (await Promise.all(flood)).map((r) => [r, JSON.parse(r.body).error] as const).filter(([, e]) => e);
    expect(refused).toHaveLength(1);
    const [[reply, error] = []] = refused;
    expect([reply?.status, reply?.headers['retry-after']]).toEqual([200, '2']);
    expect(error.data).toMatchObject({ reason: 'rate_limited', kind: 'busy', retryAfterSeconds: 2 });
    expect(JSON.parse((await other).body).result).toBe('at last');
  });
});

describe('a caller who disconnects', () => {
  it('while the call waits ends it before it begins', async () => {
    await using open = await openDoor({ limits: limits() });
    const running = [open.post(mine, as('ann')), open.post(mine, as('ann'))];
    await until(() => open.door.waiting === 2);
    const bare = await open.connect();
    bare.send(`POST / HTTP/1.1\r\nHost: x\r\nAuthorization: ann\r\nContent-Length: ${mine.length}\r\n\r\n${mine}`);
    await until(async () => (await open.metric('steward_calls_waiting'))[0] === 'steward_calls_waiting 1');
    bare.socket.destroy();
    await until(async () => (await open.metric('steward_calls_waiting'))[0] === 'steward_calls_waiting 0');
    open.door.release();
    await Promise.all(running);
    expect(open.door.calls).toHaveLength(2);
    expect(open.entries.filter((e) => e.message === 'call').map((e) => e.outcome)).toContain('caller_gone');
  });

  it('during the call aborts its signal, also behind another call on the connection', async () => {
    await using open = await openDoor();
    const bare = await open.connect();
    const slow = '{"method":"slow","params":[]}';
    const request = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${slow.length}\r\n\r\n${slow}`;
    bare.send(request + request);
    await until(() => open.door.waiting === 2);
    const signals = open.door.calls.map(({ origin }) => origin.signal);
    expect(signals.map((s) => s?.aborted)).toEqual([false, false]);
    bare.socket.destroy();
    await until(() => signals.every((s) => s?.aborted));
    open.door.release();
  });

  it('after the answer does not abort the signal', async () => {
    await using open = await openDoor();
    const bare = await open.connect();
    bare.send(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${ver.length}\r\n\r\n${ver}`);
    await until(() => bare.received.includes('1.2.3'));
    bare.socket.destroy();
    await until(() => bare.closed);
    expect(open.door.calls[0]?.origin.signal?.aborted).toBe(false);
  });
});

describe('readiness', () => {
  it('is denied within a second if the check does not answer', async () => {
    await using open = await openDoor({ ready: () => new Promise(() => {}) });
    const began = performance.now();
    expect((await open.ask({ method: 'GET', path: '/readyz' })).status).toBe(503);
    // A safety net, far longer than it takes.
    expect(performance.now() - began).toBeLessThan(60_000);
  });
});

describe('with limits on calls in a minute', () => {
  let database: Database;
  beforeAll(async () => {
    const uri = inject('mongoUri');
    database = await Database.connect({ uri, database: `test_${randomUUID().replaceAll('-', '')}` });
    await database.prepare([attempts]);
  });
  afterAll(async () => {
    await database.db.dropDatabase();
    await database.close();
  });

  it('a caller, and an address without a token, who call more often are refused with the time of a retry', async () => {
    const rates = new CallRates(database, { maxCallsPerMinute: 3, maxAnonymousCallsPerMinute: 2 });
    await using open = await openDoor({ limits: new CallLimits(wideBounds, rates) });
    const call = '{"method":"administer","params":[{}],"id":"1"}';
    for (let i = 0; i < 3; i += 1) expect((await open.post(call, as('ann'))).status).toBe(200);
    const refused = await open.post(call, as('ann'));
    expect(JSON.parse(refused.body).error.data).toBe('rate_limited');
    const wait = Number(refused.headers['retry-after']);
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    expect((await open.post(call, as('bob'))).status).toBe(200);
    for (let i = 0; i < 2; i += 1) expect((await open.post(ver)).status).toBe(200);
    expect(JSON.parse((await open.post(ver)).body).error.data).toBe('rate_limited');
    expect((await open.ask({ method: 'GET', path: '/healthz' })).status).toBe(200);
  });
});

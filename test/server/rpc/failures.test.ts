import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refuse } from '../../../src/base/errors.ts';
import { LONG } from '../../support/long.ts';
import { type OpenDoor, openDoor, until } from './fakeDoor.ts';
import { collect, heldMegabytes } from './memory.ts';

/** How many batches are sent between two looks at the memory, of how many calls, and how long each answer is. */
const [BATCHES, CALLS, ANSWER] = LONG ? [20, 50, 10_000] : [5, 10, 100_000];
const CANARY = 'canary-4711';
const throws11 = { method: 'throws', params: [], id: '1' };
const throws20 = { jsonrpc: '2.0', method: 'throws', id: 1 };
const result11 = { method: 'result', params: [], id: '1' };
const result20 = { jsonrpc: '2.0', method: 'result', id: 1 };

let open: OpenDoor;
let seen = 0;
beforeAll(async () => {
  open = await openDoor();
});
beforeEach(() => {
  seen = open.entries.length;
});
afterAll(() => open[Symbol.asyncDispose]());

class MongoServerError extends Error {
  code = 11_000;
  keyValue = { secret: CANARY };
  errorResponse = { errmsg: CANARY };
  data = { reason: CANARY };
}

const circular: Record<string, unknown> = { name: 'circle', canary: CANARY };
circular.error = circular;
circular.data = circular;
const causedByItself = new Error(CANARY);
causedByItself.cause = causedByItself;
const unshowable = Object.create(null, {
  message: {
    enumerable: true,
    get: () => {
      throw new Error(CANARY);
    },
  },
});
const unreadable = new Proxy(new Error(CANARY), {
  get: () => {
    throw new Error(CANARY);
  },
});

const thrown: [string, unknown][] = [
  ['an Error', new Error(CANARY)],
  ['an error of the database', new MongoServerError(CANARY)],
  [
    'an object that looks like one',
    { name: 'MongoServerError', code: 11_000, message: CANARY, keyValue: { a: CANARY } },
  ],
  [
    'an object that looks like an answer',
    { error: { code: -32_000, message: CANARY, data: refuse('not_admin', CANARY) } },
  ],
  ['an error of jayson', { code: -32_000, message: CANARY, data: CANARY }],
  ['what looks like our own', { ...refuse('not_admin', CANARY), message: CANARY }],
  ['undefined', undefined],
  ['null', null],
  ['false', false],
  ['a number', 0],
  ['a text', CANARY],
  ['a symbol', Symbol(CANARY)],
  ['a function', () => CANARY],
  ['a circular object', circular],
  ['an error that is its own cause', causedByItself],
  ['an object that cannot be read', unshowable],
  ['an error that cannot be read', unreadable],
  ['a promise', Promise.resolve(CANARY)],
];

describe('an unexpected error', () => {
  it.each(thrown)('is sent as internal, with a request id and nothing else: %s', async (_, error) => {
    open.door.thrown = error;
    const old = await open.post(throws11);
    const { error: sent, ...rest } = JSON.parse(old.body);
    expect([old.status, rest]).toEqual([500, expect.objectContaining({ version: '1.1' })]);
    expect(sent).toEqual({
      name: 'JSONRPCError',
      code: -32400,
      message: expect.stringMatching(/^Unexpected internal error \(request [0-9a-f-]{36}\)$/),
      data: 'internal',
      error: null,
    });
    const fresh = await open.post(throws20);
    expect(old.body + fresh.body).not.toContain(CANARY);
    expect(JSON.parse(fresh.body)).toMatchObject({
      error: { code: -32400, data: { reason: 'internal', kind: 'internal', requestId: expect.any(String) } },
      id: 1,
    });
  });

  it.each(thrown)('is logged once, with the id that was sent: %s', async (_, error) => {
    open.door.thrown = error;
    const { body } = await open.post(throws11);
    const id = /request ([0-9a-f-]{36})/.exec(body)?.[1];
    const entries = open.entries.slice(seen);
    expect(entries.filter((e) => e.level === 'error')).toMatchObject([{ message: 'unexpected error', requestId: id }]);
    expect(entries.filter((e) => e.message === 'call')).toMatchObject([{ outcome: 'internal', requestId: id }]);
    const logged = entries.find((e) => e.level === 'error')?.error as { stack?: string; message?: string };
    if (error instanceof MongoServerError) {
      expect(logged).toMatchObject({
        message: CANARY,
        code: 11_000,
        stack: expect.stringContaining('failures.test.ts'),
      });
      expect(JSON.stringify(entries)).not.toContain('keyValue');
    }
  });

  it('leaves no call in flight', async () => {
    expect(await open.metric('steward_in_flight')).toEqual(['steward_in_flight 0']);
  });
});

describe('an expected error', () => {
  it('is sent with its reason, and logged with it, without a stack', async () => {
    open.door.thrown = refuse('user_unknown', 'bob').because('nobody of that name');
    expect(JSON.parse((await open.post(throws11)).body)).toEqual({
      version: '1.1',
      error: {
        name: 'JSONRPCError',
        code: -32500,
        message: 'User bob is not a valid user',
        data: 'user_unknown',
        error: null,
      },
      id: '1',
    });
    expect(JSON.parse((await open.post(throws20)).body).error.data).toEqual({
      reason: 'user_unknown',
      kind: 'notFound',
      requestId: expect.any(String),
      advice: expect.any(String),
      detail: 'nobody of that name',
    });
    expect(open.entries.slice(seen)).toMatchObject([
      { level: 'info', outcome: 'user_unknown', detail: 'nobody of that name' },
      { level: 'info', outcome: 'user_unknown' },
    ]);
  });
});

describe('a result that cannot be serialised', () => {
  const loop: unknown[] = [];
  loop.push(loop);
  it.each([
    ['a bigint', () => ({ n: 1n })],
    ['a circle', () => loop],
    [
      'one that throws',
      () => ({
        toJSON: () => {
          throw new Error(CANARY);
        },
      }),
    ],
    [
      'one that throws nothing',
      () => ({
        toJSON: () => {
          throw undefined;
        },
      }),
    ],
    [
      'a depth beyond the stack',
      () => {
        let deep: unknown = 0;
        for (let i = 0; i < 1e5; i += 1) deep = [deep];
        return deep;
      },
    ],
  ])('is sent as internal, and the connection stays open: %s', async (_, result) => {
    open.door.result = result;
    const old = await open.post(result11);
    expect([old.status, JSON.parse(old.body)]).toMatchObject([
      500,
      { error: { code: -32400, data: 'internal' }, id: '1' },
    ]);
    const fresh = await open.post([{ ...result20, method: 'ver', id: 0 }, result20]);
    expect(JSON.parse(fresh.body)).toMatchObject([
      { result: '1.2.3', id: 0 },
      { error: { data: { reason: 'internal' } }, id: 1 },
    ]);
    expect(old.body + fresh.body).not.toContain(CANARY);
    const entries = open.entries.slice(seen);
    expect(entries.filter((e) => e.message === 'unexpected error')).toHaveLength(2);
    expect(entries.filter((e) => e.message === 'call').map((e) => e.outcome)).toEqual(['internal', 'ok', 'internal']);
  });

  it.each([
    ['nothing', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['NaN', Number.NaN],
  ])('is null if JSON has no other value for it: %s', async (_, result) => {
    open.door.result = () => result;
    expect((await open.post(result11)).body).toBe('{"version":"1.1","result":[null]}');
    expect((await open.post(result20)).body).toBe('{"jsonrpc":"2.0","result":null,"id":1}');
  });

  it('does not mix keys of a result with those of the envelope', async () => {
    const odd = { error: { code: 1, message: 'x' }, jsonrpc: '1.0', id: 9, result: 2, receipt: 3 };
    open.door.result = () => odd;
    expect(JSON.parse((await open.post(result20)).body)).toEqual({ jsonrpc: '2.0', result: odd, id: 1 });
    expect(JSON.parse((await open.post(result11)).body)).toEqual({ version: '1.1', result: [odd] });
  });
});

describe('many calls', () => {
  it('do not leak memory', async () => {
    open.door.result = () => 'x'.repeat(ANSWER);
    const batch = JSON.stringify(Array.from({ length: CALLS }, (_, id) => ({ ...result20, id })));
    const held: WeakRef<object>[] = [];
    open.door.thrown = new Error('again');
    const round = async () => {
      for (let i = 0; i < BATCHES; i += 1) await open.post(batch);
      for (let i = 0; i < 50; i += 1) {
        open.door.result = () => {
          const result = { some: 'thing' };
          held.push(new WeakRef(result));
          return result;
        };
        await open.post(result11);
      }
      open.door.result = () => 'x'.repeat(ANSWER);
    };
    await round();
    const before = heldMegabytes();
    for (let i = 0; i < 3; i += 1) await round();
    await until(() => heldMegabytes() - before < 10);
    expect(held).toHaveLength(200);
    await until(() => {
      collect();
      return held.filter((ref) => ref.deref() !== undefined).length < 2;
    });
  });
});

import { execFile } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refuse } from '../../src/base/errors.ts';
import { createLogger, errorFields, type LogFields, type LogLevel } from '../../src/base/log.ts';
import { mintToken } from '../../src/identity/mint.ts';

type Entry = Record<string, unknown>;

/** A logger, and the text it has written. */
function logger(level: LogLevel = 'debug') {
  const stream = new PassThrough();
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { log: createLogger({ level, stream }), text: () => text };
}

function written(fields: LogFields, message = 'a message'): Entry {
  const { log, text } = logger();
  log.info(message, fields);
  expect(text().endsWith('\n')).toBe(true);
  expect(text().slice(0, -1)).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
  return JSON.parse(text());
}

/** The fields of an entry, without those that every entry has. */
function fieldsOf(fields: LogFields): Entry {
  const { time, level, message, ...rest } = written(fields);
  expect([typeof time, level, message]).toEqual(['string', 'info', 'a message']);
  return rest;
}

const TOKEN = mintToken({
  secret: 'a secret of the tests, long enough',
  username: 'ann',
  lifetimeSeconds: 60,
  roles: [],
});

describe('a log entry', () => {
  it('is one line of JSON with time, level and message first', () => {
    const { log, text } = logger();
    log.warn('careful', { a: 1 });
    expect(text()).toMatch(
      /^\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","level":"warn","message":"careful","a":1\}\n$/,
    );
  });

  it('is one line, whatever its fields contain', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.dictionary(fc.string({ unit: 'binary' }), fc.anything()),
        (message, fields) => {
          written(fields, message);
        },
      ),
      { numRuns: 300 },
    );
    for (const code of [...Array(32).keys(), 0x7f, 0x80, 0x85, 0x9b, 0x9f, 0x2028, 0x2029]) {
      const hostile = `x${String.fromCharCode(code)}{"level":"error"}`;
      const entry = written({ [hostile]: hostile }, hostile);
      expect(entry).toMatchObject({ level: 'info', message: hostile, [hostile]: hostile });
    }
  });

  it('is written at its level and above', () => {
    const levels = ['error', 'warn', 'info', 'debug'] as const;
    for (const [shown, level] of levels.entries()) {
      const { log, text } = logger(level);
      for (const at of levels) log[at](at);
      expect(
        text()
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line).level),
      ).toEqual(levels.slice(0, shown + 1));
    }
  });
});

describe('a secret', () => {
  it('is masked by the name of its key, at any depth', () => {
    for (const key of [
      'authorization',
      'Authorization',
      'cookie',
      'set-cookie',
      'token',
      'accessToken',
      'refresh_token',
      'password',
      'mongodb-pwd',
      'oldPasswd',
      'passphrase',
      'secret',
      'client_secret',
      'secretKey',
      'secret-key',
      'apiKey',
      'api_key',
      'x-api-key',
      'privateKey',
      'signing_key',
      'credentials',
      'jwt',
    ]) {
      expect(fieldsOf({ [key]: 'canary', a: { b: [{ [key]: { deep: 'canary' } }] } }), key).toEqual({
        [key]: '[secret]',
        a: { b: [{ [key]: '[secret]' }] },
      });
    }
  });

  it('is not assumed in keys with similar names', () => {
    const fields = { requestId: 'a', key: 'b', tokens: 3, outcome: 'token_invalid', actor: 'secretary', monkey: 1 };
    expect(fieldsOf(fields)).toEqual(fields);
  });

  it('that is a signed token is masked everywhere, complete or cut', () => {
    const [header, payload] = TOKEN.split('.');
    for (const around of ['', 'Bearer ', 'x', '_', '/?token=', '"', '%22']) {
      for (const token of [TOKEN, `${header}.${payload}`, `${header}.${payload?.slice(0, 20)}`, `${TOKEN}.abc.def`]) {
        const text = `${around}${token} and more`;
        const entry = written({ a: text, [text.slice(0, 90)]: 1, list: [text], error: new Error(text) }, text);
        expect(JSON.stringify(entry)).not.toContain('eyJ');
        expect(entry).toMatchObject({ message: `${around}[token] and more`, a: `${around}[token] and more` });
      }
    }
  });

  it('that is the token of a session is masked everywhere', () => {
    for (const token of [`steward-session-${'x'.repeat(43)}`, 'steward-session-Ab_-']) {
      const entry = written({ a: `Bearer ${token} and more`, error: new Error(token) }, token);
      expect(JSON.stringify(entry)).not.toContain('steward-session-');
      expect(entry).toMatchObject({ message: '[token]', a: 'Bearer [token] and more' });
    }
  });

  it('does not leak where a long text is cut', () => {
    for (let before = 1_960; before < 2_000; before += 1) {
      const entry = JSON.stringify(fieldsOf({ a: `${'.'.repeat(before)}${TOKEN}` }));
      expect(entry).not.toContain(TOKEN.slice(0, 20));
      expect(entry).not.toContain(TOKEN.split('.')[1]?.slice(0, 10));
    }
  });
});

describe('a large value', () => {
  it('is cut: texts, lists, objects, depth', () => {
    const entry = fieldsOf({
      text: 'x'.repeat(1_000_000),
      list: Array(1_000_000).fill(0),
      bytes: Buffer.alloc(1_000_000),
      ...{ a: { b: { c: { d: { e: { f: { g: 1 } } } } } } },
    });
    expect(entry.text).toMatch(/^x{2000}… \(1000000 bytes\)$/);
    expect(entry.list).toHaveLength(50);
    expect(entry.bytes).toBe('[1000000 bytes]');
    expect(JSON.stringify(entry.a)).toBe('{"b":{"c":{"d":{"e":{"f":"[deeper]"}}}}}');
    expect(
      Object.keys(fieldsOf(Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`k${i}`, i])))),
    ).toHaveLength(50);
  });

  it('is cut if it contains itself many times', () => {
    const knot: unknown[] = [];
    for (let i = 0; i < 50; i += 1) knot.push({ knot });
    expect(JSON.stringify(fieldsOf({ knot })).length).toBeLessThan(20_000);
  });

  it('keeps more of a stack than of other texts', () => {
    const error = new Error('deep');
    error.stack = 's'.repeat(10_000);
    const logged = fieldsOf(errorFields(error)).error as Entry;
    expect(String(logged.stack).length).toBeGreaterThan(8_000);
    expect(String(logged.stack).length).toBeLessThan(8_100);
  });
});

it('what many logs are told right before the process ends is written, with no warning of too many listeners', async () => {
  const script = `
    const { createLogger } = await import(${JSON.stringify(new URL('../../dist/base/log.js', import.meta.url))});
    for (let i = 0; i < 20; i += 1) createLogger({ level: 'info' }).info('line ' + i);
    process.exit(0);`;
  const args = ['--input-type=module', '--eval', script];
  const { stderr } = await promisify(execFile)(process.execPath, args);
  const messages = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).message);
  expect(messages).toEqual(Array.from({ length: 20 }, (_, i) => `line ${i}`));
});

describe('an error', () => {
  it('is written with its stack, its code and its causes', () => {
    const cause = Object.assign(new TypeError('below'), { code: 'ECONNREFUSED' });
    expect(fieldsOf(errorFields(new Error('above', { cause })))).toEqual({
      error: {
        name: 'Error',
        message: 'above',
        stack: expect.stringMatching(/^Error: above\n {4}at .*log\.test\.ts/),
        cause: {
          name: 'TypeError',
          message: 'below',
          code: 'ECONNREFUSED',
          stack: expect.stringContaining('log.test.ts'),
        },
      },
    });
  });

  it('of the catalogue is written with its reason and detail', () => {
    expect(fieldsOf(errorFields(refuse('user_unknown', 'bob').because('no such name'))).error).toMatchObject({
      name: 'StewardError',
      reason: 'user_unknown',
      message: 'User bob is not a valid user',
      detail: 'no such name',
      stack: expect.any(String),
    });
  });

  it('is written the same way as any field', () => {
    const error = new Error('inside');
    expect(fieldsOf({ failed: [error] })).toEqual({ failed: [errorFields(error).error] });
  });

  it('is written without the fields that a driver adds', () => {
    const error = Object.assign(new Error('E11000'), { keyValue: { email: 'canary' }, errorResponse: { x: 'canary' } });
    expect(JSON.stringify(fieldsOf(errorFields(error)))).not.toContain('canary');
  });

  it('is written without the values of a duplicate key', () => {
    const error = new Error('E11000 duplicate key error index: account_email dup key: { email: "canary" }');
    expect(fieldsOf(errorFields(error)).error).toMatchObject({
      message: 'E11000 duplicate key error index: account_email dup key',
      stack: expect.not.stringContaining('canary'),
    });
  });

  it.each([
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a text', 'oh', 'oh'],
    ['a number', 0, '0'],
    ['a bigint', 1n, '1'],
    ['a symbol', Symbol('oh'), 'Symbol(oh)'],
    ['an object without a prototype', Object.create(null), {}],
    ['an object', { message: 'oh', code: 3, params: { a: 'canary' } }, { message: 'oh', code: 3 }],
    ['an odd error', Object.assign(new Error('oh'), { name: {}, stack: [], code: {} }), { message: 'oh' }],
  ])('may be any value: %s', (_, thrown, shown) => {
    expect(fieldsOf(errorFields(thrown))).toEqual({ error: shown });
  });

  it('that is its own cause, or cannot be read, is still written', () => {
    const own = new Error('own');
    own.cause = own;
    expect(JSON.stringify(fieldsOf(errorFields(own))).match(/"message":"own"/g)?.length).toBeLessThan(6);
    const broken = {
      get message() {
        throw new Error('not even that');
      },
    };
    expect(fieldsOf(errorFields(broken))).toEqual({ error: 'an error that cannot be shown' });
    expect(fieldsOf({ broken })).toEqual({ broken: { unreadable: true } });
  });

  it('is not serialised by methods of the object itself', () => {
    expect(
      fieldsOf({ a: { toJSON: () => 'spoken', b: 1n, c: () => 1, d: Symbol('d'), e: new Date(Number.NaN) } }),
    ).toEqual({
      a: { b: '1', e: null },
    });
  });
});

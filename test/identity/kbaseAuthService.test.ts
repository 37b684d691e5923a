import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { StewardError } from '../../src/base/errors.ts';
import { KbaseAuthService, UnfitAuthServiceError } from '../../src/identity/kbaseAuthService.ts';
import { type AuthServer, errorAnswer, json, startAuthServer, text } from '../support/kbaseAuth.ts';
import type { Answer } from '../support/loopback.ts';

const CANARY = 'tok-canary';

let auth: AuthServer;
beforeAll(async () => {
  auth = await startAuthServer({ ann: ['WS_ADMIN'], bea: [], canary: [] });
});
afterAll(() => auth[Symbol.asyncDispose]());
afterEach(() => {
  for (const path of ['/', '/api']) auth.answer(path, undefined);
});

const service = (options: { timeoutMs?: number; maxBytes?: number } = {}) =>
  new KbaseAuthService(auth.url, { timeoutMs: 5_000, ...options });

/** The error of a call; fails if there is none. */
async function refused(call: Promise<unknown>): Promise<StewardError> {
  const error = await call.then(
    (value) => new Error(`not refused: ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (error instanceof StewardError) return error;
  throw error;
}

const hang: Answer = () => undefined;
const cutOff: Answer = (_request, response) => {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('{"user":');
  setImmediate(() => response.destroy());
};
const slowly: Answer = (_request, response) => {
  response.writeHead(200);
  response.write('{"user": ');
};
const endless: Answer = (_request, response) => {
  response.writeHead(200);
  const more = () => {
    while (response.write('x'.repeat(10_000)));
  };
  response.on('drain', more);
  more();
};

/** How the service can fail, and the message of a token check then, after `Token validation failed: `. */
const FAILURES: readonly [string, Answer, string | RegExp][] = [
  ['answers with HTML', text(200, '<html>hello</html>'), /code 200 - response is not JSON: <html>hello<\/html>$/],
  ['answers with a list', json(200, []), /response is not JSON: \[\]$/],
  ['answers with null', text(200, 'null'), /response is not JSON: null$/],
  ['answers with nothing', text(200, ''), /response is not JSON: $/],
  [
    'is behind a gateway that fails',
    text(502, 'Bad Gateway'),
    /response code 502 - response is not JSON: Bad Gateway$/,
  ],
  [
    'fails',
    errorAnswer(500, undefined, 'Internal Server Error'),
    'Auth service returned an error: Internal Server Error',
  ],
  ['is asked too often', errorAnswer(429, undefined, 'Slow down'), 'Auth service returned an error: Slow down'],
  ['is at another path', errorAnswer(404, undefined, 'HTTP 404 Not Found'), /an error: HTTP 404 Not Found$/],
  ['fails in JSON of its own', json(500, { oops: 1 }), /^Unexpected error response from .* code 500: {"oops":1}$/],
  ['names nobody', json(200, { type: 'Login' }), /^The answer of auth url .* names no user$/],
  ['names somebody with a number', json(200, { user: 7 }), /names no user$/],
  ['answers with too much', text(200, 'x'.repeat(2_000)), /: the answer is larger than 1000 bytes$/],
  ['answers without end', endless, /: the answer is larger than 1000 bytes$/],
  ['never answers', hang, /: no answer within 0.2 seconds$/],
  ['never ends its answer', slowly, /: no answer within 0.2 seconds$/],
  ['breaks off', cutOff, /: the connection was closed before the answer was whole$/],
];

describe('a token whose check fails, because the auth service', () => {
  it.each(FAILURES)('%s, is refused with the reason', async (_, answer, why) => {
    auth.answer('/api', answer);
    // Only those that are to take too long have little time, which a slow machine would take for any answer.
    const timeoutMs = String(why).includes('within 0.2 seconds') ? 200 : 60_000;
    const error = await refused(service({ timeoutMs, maxBytes: 1_000 }).token(CANARY));
    expect(error).toMatchObject({ reason: 'auth_unavailable', code: -32400, kind: 'busy' });
    const [, said] = /^Token validation failed: (.*)$/s.exec(error.message) ?? [];
    if (typeof why === 'string') expect(said).toBe(why);
    else expect(said).toMatch(why);
  });

  it('is down, is refused with the reason', async () => {
    await auth.stop();
    const error = await refused(service().token(CANARY));
    await auth.start();
    expect(error.reason).toBe('auth_unavailable');
    expect(error.message).toBe(
      `Token validation failed: Could not contact the auth service at ${auth.url}/: the connection was refused`,
    );
  });

  it("rejects it, is refused with KBase's message", async () => {
    const rejected = await refused(service().token('tok-nobody'));
    expect(rejected.reason).toBe('token_invalid');
    expect(rejected.message).toBe('Token validation failed: Auth service returned an error: 10020 Invalid token');

    auth.answer('/api', errorAnswer(400, 10010, 'No authentication token'));
    const other = await refused(service().token(CANARY));
    expect(other).toMatchObject({ reason: 'auth_refused', kind: 'unauthenticated' });
    expect(other.message).toBe(
      'Token validation failed: Auth service returned an error: 10010 No authentication token',
    );
  });

  it('says that it is invalid with an unrelated status, does not count as invalid', async () => {
    auth.answer('/api', errorAnswer(503, 10020, 'Invalid token'));
    expect((await refused(service().token(CANARY))).reason).toBe('auth_unavailable');
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])(
    'of status %i is never followed, so that the token goes nowhere else',
    async (status) => {
      const visitors: string[] = [];
      const elsewhere = createServer((request, response) => {
        visitors.push(request.url ?? '');
        json(200, { user: 'ann' })(request, response);
      }).listen(0, '127.0.0.1');
      await new Promise((resolve) => elsewhere.once('listening', resolve));
      const { port } = elsewhere.address() as AddressInfo;
      auth.answer('/api', (_request, response) => {
        response.writeHead(status, { location: `http://127.0.0.1:${port}/api/V2/token` });
        response.end('moved');
      });
      for (const call of [
        service().token(CANARY),
        service().customRoles(CANARY, 'ann'),
        service().existing(CANARY, ['ann']),
      ]) {
        expect((await refused(call)).message).toMatch(new RegExp(`\\b${status}\\b`));
      }
      expect(visitors).toEqual([]);
      elsewhere.close();
      elsewhere.closeAllConnections();
    },
  );
});

describe('an answer', () => {
  it('is shown shortened, on one line, and without the token that it repeats', async () => {
    const long = `<p>${CANARY}\n\u0085\u001b[31m${'x'.repeat(300)}${CANARY}</p>`;
    auth.answer('/api', text(500, long));
    const calls = [service().token(CANARY), service().customRoles(CANARY, 'ann'), service().existing(CANARY, ['ann'])];
    for (const call of calls) {
      const { message } = await refused(call);
      expect(message).not.toContain(CANARY);
      expect(message).toContain('[token]');
      expect(message).toMatch(/^[\x20-\x7e]*$/);
      expect(message.length).toBeLessThan(350);
    }
    auth.answer('/api', errorAnswer(401, 10030, `${CANARY} is wrong\n${CANARY}`));
    for (const call of [service().token(CANARY), service().customRoles(CANARY, 'ann')]) {
      expect((await refused(call)).message).toMatch(/10030 \[token\] is wrong\\u000a\[token\]$/);
    }
  });

  it('for a valid token has its user and its expiry', async () => {
    auth.answer('/api', json(200, { user: 'ann', created: 1000, expires: 2000, cachefor: 3000, other: [] }));
    expect(await service().token('tok-ann')).toEqual({
      user: 'ann',
      created: new Date(1000),
      expires: new Date(2000),
      cacheForMs: 3000,
    });
    auth.answer('/api', json(200, { user: 'ann', created: 'x', expires: 1e300, cachefor: -1 }));
    const nothing = { created: undefined, expires: undefined, cacheForMs: undefined };
    expect(await service().token('tok-ann')).toEqual({ user: 'ann', ...nothing });
  });
});

describe('the roles of a user', () => {
  it('are the custom roles in the answer, requested with the token', async () => {
    expect(await service().customRoles('tok-ann', 'ann')).toEqual(['WS_ADMIN']);
    expect(auth.asked.at(-1)).toBe('GET /api/V2/me tok-ann');
  });

  it.each<[string, Answer, string | RegExp]>([
    [
      'HTML',
      text(200, '<html>'),
      /^Invalid KBase .* Server said 200 OK\. JSON parser said it is no JSON object: <html>$/,
    ],
    ['an error', errorAnswer(500, 1, 'x'), 'KBase authentication service reported an error: 1 x'],
    ['no roles', json(200, { user: 'ann' }), 'Invalid KBase authentication server response. Server said 200 OK.'],
    ['roles that are no list', json(200, { user: 'ann', customroles: 'WS_ADMIN' }), /Server said 200 OK\.$/],
    ['roles that are not texts', json(200, { user: 'ann', customroles: ['WS_ADMIN', 1] }), /Server said 200 OK\.$/],
    ['the roles of another user', json(200, { user: 'bea', customroles: ['WS_ADMIN'] }), /Server said 200 OK\.$/],
    [
      'roles with a bad status',
      json(500, { user: 'ann', customroles: ['WS_ADMIN'] }),
      /Server said 500 Internal .*\.$/,
    ],
    ['nothing', hang, 'Unable to contact the KBase Authentication server: no answer within 0.2 seconds'],
  ])('are unknown when the answer is %s', async (_, answer, message) => {
    auth.answer('/api', answer);
    const error = await refused(service({ timeoutMs: 200 }).customRoles('tok-ann', 'ann'));
    expect(error).toMatchObject({ reason: 'roles_unavailable', code: -32500 });
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
  });
});

describe('the names that have users', () => {
  it('are those in the answer that were asked for', async () => {
    expect(await service().existing('tok-ann', ['bea', 'nobody'])).toEqual(new Set(['bea']));
    expect(auth.asked.at(-1)).toBe('GET /api/V2/users/?list=bea,nobody tok-ann');
    auth.answer('/api', json(200, { bea: 'Bea', eve: 'Eve', toString: 'x' }));
    expect(await service().existing('tok-ann', ['bea', 'constructor'])).toEqual(new Set(['bea']));
  });

  it('are requested a few at a time', async () => {
    const names = Array.from({ length: 120 }, (_, i) => `user${i}`);
    for (const name of names) auth.users.set(name, []);
    const before = auth.count('/api/V2/users/');
    expect((await service().existing('tok-ann', names)).size).toBe(120);
    expect(auth.count('/api/V2/users/') - before).toBe(3);
  });

  it.each<[string, Answer, string, RegExp]>([
    ['is HTML', text(200, '<html>'), 'users_unavailable', /^Could not contact Auth.* names: Failed reading .* <html>$/],
    ['is an error', errorAnswer(500, 1, 'x'), 'users_unavailable', /names: Auth service returned an error: 1 x$/],
    ['never comes', hang, 'users_unavailable', /names: no answer within 0.2 seconds$/],
    ['is that the token is invalid', errorAnswer(401, 10020, 'Invalid token'), 'token_invalid', /10020 Invalid token$/],
  ])('are unknown when the answer %s', async (_, answer, reason, message) => {
    auth.answer('/api', answer);
    const error = await refused(service({ timeoutMs: 200 }).existing('tok-ann', ['bea']));
    expect(error.reason).toBe(reason);
    expect(error.message).toMatch(message);
  });
});

describe('at start', () => {
  it.each(['', '/'])(
    'the root of the service is requested once, whether or not the URL ends in a slash',
    async (end) => {
      const before = auth.count('/');
      expect(await new KbaseAuthService(`${auth.url}${end}`).probe()).toBe('Authentication Service');
      expect(auth.count('/') - before).toBe(1);
      expect(await new KbaseAuthService(`${auth.url}${end}`).token('tok-ann')).toMatchObject({ user: 'ann' });
    },
  );

  it.each<[string, Answer, RegExp]>([
    ['HTML', text(404, '<html>'), /Invalid KBase authentication server response\. Server said 404 Not Found\./],
    ['an error', errorAnswer(500, 1, 'x'), /KBase authentication service reported an error: 1 x/],
    ['nothing', hang, /Unable to contact the KBase Authentication server: no answer within 0.2 seconds/],
  ])('an answer of %s is an error for the operator', async (_, answer, message) => {
    auth.answer('/', answer);
    const probe = service({ timeoutMs: 200 }).probe();
    await expect(probe).rejects.toThrow(UnfitAuthServiceError);
    await expect(probe).rejects.toThrow(message);
    await expect(probe).rejects.toThrow(/^auth2-service-url: http:.*start again when it answers\.$/);
  });
});

it('no call fails because the service closes a kept connection just as it is used again', async () => {
  const used = new WeakSet<object>();
  const seen: boolean[] = [];
  auth.answer('/api', (request, response) => {
    seen.push(used.has(request.socket));
    if (used.has(request.socket)) {
      request.socket.destroy();
      return;
    }
    used.add(request.socket);
    json(200, { user: 'ann' })(request, response);
  });
  const one = service();
  await one.token('tok-ann');
  expect(await one.token('tok-ann')).toMatchObject({ user: 'ann' });
  expect(seen).toEqual([false, true, false]);
});

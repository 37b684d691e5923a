import { createHmac, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StewardError } from '../../src/base/errors.ts';
import { Jwks, UnfitKeySetError } from '../../src/identity/jwks.ts';
import { JwtSource } from '../../src/identity/jwt.ts';
import { openHouse } from '../support/house.ts';
import { json, text } from '../support/kbaseAuth.ts';
import { jwkOf, type KeyServer, type Kind, namedKey, signedBy, startKeyServer } from '../support/keyServer.ts';
import type { Answer } from '../support/loopback.ts';

const SECONDS = 1_000;
const MINUTES = 60 * SECONDS;
const ISSUER = 'https://issuer.example.org';
const KINDS: readonly Kind[] = ['RS256', 'ES256', 'EdDSA'];

const keys = Object.fromEntries(KINDS.map((kind) => [kind, namedKey(kind.toLowerCase(), kind)]));
const [first, second] = [namedKey('first'), namedKey('second')];
const keyOf = (kind: Kind) => keys[kind] ?? first;

let server: KeyServer;
let clock: Date;
beforeEach(async () => {
  server = await startKeyServer(jwkOf(first));
  clock = new Date('2026-06-01T12:00:00Z');
});
afterEach(() => server[Symbol.asyncDispose]());

const later = (milliseconds: number) => {
  clock = new Date(clock.getTime() + milliseconds);
};
const open = () =>
  new JwtSource({ keys: new Jwks(server.url, { timeoutMs: 500 }), issuer: ISSUER, audience: 'steward' });

/** Valid for a day. */
const claims = (more: object = {}) => {
  const now = Math.floor(clock.getTime() / 1000);
  return { sub: 'ann', iss: ISSUER, aud: 'steward', iat: now, exp: now + 24 * 3600, ...more };
};

async function refused(source: JwtSource, token: string): Promise<StewardError> {
  const error = await source.verify(token, clock).then(
    (accepted) => new Error(`accepted: ${JSON.stringify(accepted)}`),
    (thrown: unknown) => thrown,
  );
  if (error instanceof StewardError) return error;
  throw error;
}
const subjectOf = async (source: JwtSource, token: string) => (await source.verify(token, clock)).subject;

describe('published keys', () => {
  it.each(KINDS)('check tokens of %s', async (kind) => {
    server.publish(...KINDS.map((k) => jwkOf(keyOf(k))));
    const source = open();
    expect(await subjectOf(source, signedBy(keyOf(kind), claims()))).toBe('ann');
    // Without a key id, there is one key of each algorithm.
    expect(await subjectOf(source, signedBy(keyOf(kind), claims(), { kid: undefined }))).toBe('ann');
    expect(server.asked).toBe(1);
    const other = signedBy({ ...namedKey('other', kind), kid: keyOf(kind).kid }, claims());
    expect((await refused(source, other)).reason).toBe('token_invalid');
  });

  it('are fetched once for many concurrent calls, and not at all if none needs them', async () => {
    const source = open();
    expect(server.asked).toBe(0);
    await Promise.all(Array.from({ length: 20 }, () => source.verify(signedBy(first, claims()), clock)));
    expect(server.asked).toBe(1);
  });

  it('do not change the checks of issuer, audience, expiry and subject', async () => {
    const source = open();
    for (const [spoilt, detail] of [
      [{ iss: 'https://other.example.org' }, 'its issuer is not the one trusted here'],
      [{ iss: undefined }, 'its issuer is not the one trusted here'],
      [{ aud: 'other' }, 'it was issued for another audience'],
      [{ exp: Math.floor(clock.getTime() / 1000) - 31 }, 'it has expired'],
      [{ exp: undefined }, 'it has no expiry'],
      [{ sub: '' }, expect.stringContaining('its sub must be')],
    ] as const) {
      expect(await refused(source, signedBy(first, claims(spoilt)))).toMatchObject({ reason: 'token_invalid', detail });
    }
  });

  it.each<[string, object]>([
    ['is for encryption', { use: 'enc' }],
    ['is for signing alone', { use: undefined, key_ops: ['sign'] }],
    ['has operations that are no list', { key_ops: 'verify' }],
    ['is of another algorithm', { alg: 'ES384' }],
    ['says HS256', { alg: 'HS256' }],
    ['has no point on the curve', { x: 'AAAA' }],
    ['is published with its private part', first.privateKey.export({ format: 'jwk' })],
    ['is of no kind', { kty: undefined }],
    ['is called a shared secret', { kty: 'oct', k: Buffer.from('secret').toString('base64url') }],
  ])('are ignored if one %s', async (_, more) => {
    server.publish(jwkOf(first, more), null as never, 5 as never, jwkOf(second));
    const source = open();
    expect((await refused(source, signedBy(first, claims()))).reason).toBe('token_invalid');
    expect(await subjectOf(source, signedBy(second, claims()))).toBe('ann');
  });

  it('are ignored if one is too short, or on another curve', async () => {
    const short = { ...namedKey('short', 'RS256'), ...generateKeyPairSync('rsa', { modulusLength: 1024 }) };
    const curve = { ...namedKey('curve'), ...generateKeyPairSync('ec', { namedCurve: 'P-384' }) };
    server.publish(jwkOf(short), jwkOf(curve, { alg: undefined }), jwkOf(first));
    expect((await refused(open(), signedBy(short, claims()))).reason).toBe('token_invalid');
    expect(await subjectOf(open(), signedBy(first, claims()))).toBe('ann');
  });

  it.each(['EdDSA', 'Ed25519', undefined])('may call the algorithm of an Ed25519 key %s', async (alg) => {
    server.publish(jwkOf(keyOf('EdDSA'), { alg, use: undefined, key_ops: ['verify'] }));
    expect(await subjectOf(open(), signedBy(keyOf('EdDSA'), claims()))).toBe('ann');
  });
});

describe('a forged token', () => {
  const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const hmac = (secret: string, header: object) => {
    const input = `${base64(header)}.${base64(claims())}`;
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  };
  const spki = first.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const jwk = JSON.stringify(jwkOf(first));

  it.each<[string, () => string]>([
    ['HS256 with the published key in PEM as its secret', () => hmac(spki, { alg: 'HS256', kid: 'first' })],
    ['HS256 with the published key as its secret', () => hmac(jwk, { alg: 'HS256', kid: 'first' })],
    ['none', () => `${base64({ alg: 'none', kid: 'first' })}.${base64(claims())}.`],
    ['no algorithm', () => signedBy(first, claims(), { alg: undefined })],
    ['an algorithm in a list', () => signedBy(first, claims(), { alg: ['ES256'] })],
    ['a hash that its key is not for', () => signedBy(first, claims(), { alg: 'ES512' })],
  ])('that says %s is refused, without fetching the keys', async (_, forge) => {
    const source = open();
    expect((await refused(source, forge())).reason).toBe('token_invalid');
    expect(server.asked).toBe(0);
  });

  it.each<[string, object]>([
    ['the algorithm of another key', { alg: 'RS256' }],
    ['a kid that is no text', { kid: { $ne: null } }],
    ['a kid of null', { kid: null }],
    ['an extension that nobody here knows', { crit: ['x'], x: 1 }],
  ])('with %s is refused', async (_, header) => {
    server.publish(jwkOf(first), jwkOf(keyOf('RS256')));
    expect((await refused(open(), signedBy(first, claims(), header))).reason).toBe('token_invalid');
  });

  it('cannot bring or name a key of its own', async () => {
    const visitors: string[] = [];
    const elsewhere = createServer((request, response) => {
      visitors.push(request.url ?? '');
      json(200, { keys: [jwkOf(second)] })(request, response);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => elsewhere.once('listening', resolve));
    const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/keys`;
    const own = { ...second, kid: 'first' };
    for (const header of [{ jwk: jwkOf(second) }, { jku: url }, { x5u: url }]) {
      expect((await refused(open(), signedBy(own, claims(), header))).reason).toBe('token_invalid');
    }
    expect(visitors).toEqual([]);
    elsewhere.close();
    elsewhere.closeAllConnections();
  });

  it('without a key id is refused if several keys could have signed it', async () => {
    server.publish(jwkOf(first), jwkOf(second));
    const error = await refused(open(), signedBy(first, claims(), { kid: undefined }));
    expect(error.detail).toBe('it does not say with which of several keys it is signed');
  });
});

describe('a rotation', () => {
  it('is noticed by the first token of the new key', async () => {
    const source = open();
    await source.verify(signedBy(first, claims()), clock);
    server.publish(jwkOf(first), jwkOf(second));
    later(30 * SECONDS);
    expect(await subjectOf(source, signedBy(second, claims()))).toBe('ann');
    expect(await subjectOf(source, signedBy(first, claims()))).toBe('ann');
    expect(server.asked).toBe(2);
  });

  it('fetches the keys at most every 30 seconds, whatever key ids tokens have', async () => {
    const source = open();
    await source.verify(signedBy(first, claims()), clock);
    later(29 * SECONDS);
    server.publish(jwkOf(first), jwkOf(second));
    for (let i = 0; i < 20; i += 1) {
      const error = await refused(source, signedBy(first, claims(), { kid: `made-up-${i}` }));
      expect(error.detail).toContain('by a key that is not published');
    }
    expect((await refused(source, signedBy(second, claims()))).reason).toBe('token_invalid');
    expect(server.asked).toBe(1);
    later(1 * SECONDS);
    await Promise.all(Array.from({ length: 20 }, () => source.verify(signedBy(second, claims()), clock)));
    expect(server.asked).toBe(2);
  });

  it('ends the trust in a withdrawn key within five minutes, also for tokens that were checked before', async () => {
    const tokens = open();
    await using house = await openHouse({ tokens, issuer: ISSUER, now: () => clock });
    const token = signedBy(first, claims());
    await house.signIn({ token: signedBy(first, claims({ sub: 'boss' })) });
    later(5 * MINUTES - 1);
    await house.signIn({ token });
    server.publish(jwkOf(second));
    expect((await house.signIn({ token })).name).toBe('ann');
    later(1);
    await expect(house.signIn({ token })).rejects.toMatchObject({ reason: 'token_invalid' });
    expect((await house.signIn({ token: signedBy(second, claims()) })).name).toBe('ann');
  });

  it('to no key at all makes every token refused', async () => {
    const source = open();
    await source.verify(signedBy(first, claims()), clock);
    server.publish();
    later(5 * MINUTES);
    expect((await refused(source, signedBy(first, claims()))).reason).toBe('token_invalid');
  });
});

const hang: Answer = () => undefined;
const huge: Answer = text(200, JSON.stringify({ keys: [], filler: 'x'.repeat(300_000) }), 'application/json');
const FAILURES: readonly [string, Answer, string][] = [
  ['a status of its own', json(503, { keys: [jwkOf(first)] }), 'it answered with status 503'],
  ['HTML', text(200, '<html>'), 'its answer is not JSON'],
  ['a list', json(200, [jwkOf(first)]), 'its answer is no JWK Set: it has no list of keys'],
  ['null', json(200, null), 'its answer is no JWK Set: it has no list of keys'],
  ['keys that are no list', json(200, { keys: jwkOf(first) }), 'its answer is no JWK Set: it has no list of keys'],
  [
    'too many keys',
    json(200, { keys: Array.from({ length: 101 }, () => jwkOf(first)) }),
    'it holds more than 100 keys',
  ],
  ['too much', huge, 'the answer is larger than 262144 bytes'],
  ['nothing', hang, 'no answer within 0.5 seconds'],
  [
    'a redirect',
    (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/keys' }).end(),
    'it answered with status 302',
  ],
];

describe('while the URL answers with', () => {
  it.each(FAILURES)('%s, the keys at hand are trusted for an hour, and then none', async (_, answer, why) => {
    const source = open();
    const token = signedBy(first, claims());
    await source.verify(token, clock);
    server.answer(answer);
    later(60 * MINUTES - 1);
    expect(await subjectOf(source, token)).toBe('ann');
    // A new key may be published by now: the token may be valid.
    expect((await refused(source, signedBy(second, claims()))).reason).toBe('auth_unavailable');
    later(1);
    const error = await refused(source, token);
    expect(error).toMatchObject({ reason: 'auth_unavailable', code: -32400, kind: 'busy' });
    expect(error.message).toBe(
      `Token validation failed: Could not get the keys that check tokens from ${server.url}: ${why}`,
    );
    server.publish(jwkOf(first));
    later(30 * SECONDS);
    expect(await subjectOf(source, token)).toBe('ann');
  });
});

describe('while the URL is down', () => {
  it('it is requested again every 30 seconds, and no call waits for it in between', async () => {
    const source = open();
    const token = signedBy(first, claims());
    await source.verify(token, clock);
    server.answer(text(503, 'away'));
    later(5 * MINUTES);
    for (let i = 0; i < 10; i += 1) expect(await subjectOf(source, token)).toBe('ann');
    expect(server.asked).toBe(2);
    later(30 * SECONDS);
    expect(await subjectOf(source, token)).toBe('ann');
    expect(server.asked).toBe(3);
  });

  it('keys that were never seen are not trusted', async () => {
    await server.stop();
    const error = await refused(open(), signedBy(first, claims()));
    expect(error.message).toContain('the connection was refused');
    expect(error.reason).toBe('auth_unavailable');
  });

  it('a clock that was set back does not renew old keys', async () => {
    const source = open();
    const token = signedBy(first, claims({ iat: 0 }));
    await source.verify(token, clock);
    await server.stop();
    later(-61 * MINUTES);
    expect((await refused(source, token)).reason).toBe('auth_unavailable');
  });
});

describe('at start', () => {
  const probe = () => new Jwks(server.url, { timeoutMs: 500 }).probe(clock);

  it('the keys are fetched once, and then cached', async () => {
    const jwks = new Jwks(server.url);
    await jwks.probe(clock);
    await new JwtSource({ keys: jwks }).verify(signedBy(first, claims()), clock);
    expect(server.asked).toBe(1);
  });

  it.each([...FAILURES, ['no key that can be used', json(200, { keys: [{ kty: 'oct', k: 'x' }] }), 'holds no key']])(
    'an answer of %s is an error for the operator',
    async (_, answer, why) => {
      server.answer(answer as Answer);
      await expect(probe()).rejects.toThrow(UnfitKeySetError);
      await expect(probe()).rejects.toThrow(/^auth-jwks-url: http:.* is not usable: .*start again when it answers\.$/);
      await expect(probe()).rejects.toThrow(why as string);
    },
  );
});

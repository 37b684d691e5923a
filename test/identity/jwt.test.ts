import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { StewardError } from '../../src/base/errors.ts';
import { JwtSource } from '../../src/identity/jwt.ts';
import { mintToken } from '../../src/identity/mint.ts';
import { secretKey } from '../../src/identity/verificationKey.ts';

const ISSUER = 'https://issuer.example.org';
const AUDIENCE = 'steward';
const SECRET = 'a secret that is long enough for HS256 to be taken seriously';
const NOW = new Date('2026-06-01T12:00:00Z');
const SECONDS = NOW.getTime() / 1000;
const CANARY = 'canary-3b9d';

type Signer = (input: string) => Buffer;
type Algorithm = 'HS256' | 'RS256' | 'ES256' | 'EdDSA';

const hmac = (secret: string, hash = 'sha256') =>
  ((input) => createHmac(hash, secret).update(input).digest()) as Signer;
const rsa = (key: KeyObject) => ((input) => sign('sha256', Buffer.from(input), key)) as Signer;
const ec = (key: KeyObject) =>
  ((input) => sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })) as Signer;
const ed = (key: KeyObject) => ((input) => sign(null, Buffer.from(input), key)) as Signer;

const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
const rsaPair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const ecPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

const [rsaKeys, ecKeys, edKeys, otherRsa] = [rsaPair(), ecPair(), generateKeyPairSync('ed25519'), rsaPair()];

interface Trusted {
  readonly source: JwtSource;
  readonly algorithm: Algorithm;
  readonly signer: Signer;
  /** Signs with the same algorithm and a key that is not trusted. */
  readonly stranger: Signer;
  /** What an attacker knows: the public key; nothing about a secret. */
  readonly publicKey: string;
}

const trust = { issuer: ISSUER, audience: AUDIENCE };
const SOURCES: readonly Trusted[] = [
  {
    source: new JwtSource({ secret: SECRET, ...trust }),
    algorithm: 'HS256',
    signer: hmac(SECRET),
    stranger: hmac('another secret, of about the same length, nobody trusts'),
    publicKey: '',
  },
  {
    source: new JwtSource({ publicKeyPem: pem(rsaKeys.publicKey), ...trust }),
    algorithm: 'RS256',
    signer: rsa(rsaKeys.privateKey),
    stranger: rsa(otherRsa.privateKey),
    publicKey: pem(rsaKeys.publicKey),
  },
  {
    source: new JwtSource({ publicKeyPem: pem(ecKeys.publicKey), ...trust }),
    algorithm: 'ES256',
    signer: ec(ecKeys.privateKey),
    stranger: ec(ecPair().privateKey),
    publicKey: pem(ecKeys.publicKey),
  },
  {
    source: new JwtSource({ publicKeyPem: pem(edKeys.publicKey), ...trust }),
    algorithm: 'EdDSA',
    signer: ed(edKeys.privateKey),
    stranger: ed(generateKeyPairSync('ed25519').privateKey),
    publicKey: pem(edKeys.publicKey),
  },
];

const GOOD = { sub: CANARY, iss: ISSUER, aud: AUDIENCE, iat: SECONDS - 10, exp: SECONDS + 600 };
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token of these parts; undefined in the payload removes a claim. */
function token(header: object, payload: unknown, signer: Signer): string {
  const input = `${base64({ typ: 'JWT', ...header })}.${base64(payload)}`;
  return `${input}.${signer(input).toString('base64url')}`;
}

/** A valid token, except for these changes. */
const spoilt =
  (by: object, header: object = {}) =>
  (t: Trusted) =>
    token({ alg: t.algorithm, ...header }, { ...GOOD, ...by }, t.signer);
const good = spoilt({});

const unsigned: Signer = () => Buffer.alloc(0);
const stolen = (header: object) => (t: Trusted) => token({ alg: t.algorithm, ...header }, GOOD, t.stranger);
const jwk = otherRsa.publicKey.export({ format: 'jwk' });

const FORGED: readonly [string, (t: Trusted) => string][] = [
  ['alg none without a signature', () => token({ alg: 'none' }, GOOD, unsigned)],
  ['alg nOnE without a signature', () => token({ alg: 'nOnE' }, GOOD, unsigned)],
  ['alg none with a good signature', (t) => token({ alg: 'none' }, GOOD, t.signer)],
  ['no alg', (t) => token({}, GOOD, t.signer)],
  ['HS256 with the public key as the secret', (t) => token({ alg: 'HS256' }, GOOD, hmac(t.publicKey || 'x'))],
  [
    'HS256 with the public key without line breaks',
    (t) => token({ alg: 'HS256' }, GOOD, hmac(t.publicKey.trim() || 'x')),
  ],
  ['HS256 with an empty secret', () => token({ alg: 'HS256' }, GOOD, hmac(''))],
  ['HS512 with the right secret', () => token({ alg: 'HS512' }, GOOD, hmac(SECRET, 'sha512'))],
  ['RS256 by a stranger', () => token({ alg: 'RS256' }, GOOD, rsa(otherRsa.privateKey))],
  ['PS256, which the key could have made', (t) => token({ alg: 'PS256' }, GOOD, t.signer)],
  ['a stranger of the same algorithm', (t) => token({ alg: t.algorithm }, GOOD, t.stranger)],
  ['no signature', (t) => token({ alg: t.algorithm }, GOOD, unsigned)],
  ['a kid that names another key', stolen({ kid: '../../dev/null' })],
  ['a jku that leads to another key', stolen({ jku: 'http://127.0.0.1:9/keys' })],
  ['an x5u that leads to another key', stolen({ x5u: 'http://127.0.0.1:9/cert' })],
  ['a key of its own in jwk', () => token({ alg: 'RS256', jwk }, GOOD, rsa(otherRsa.privateKey))],
  ['crit, which nobody here understands', spoilt({}, { crit: ['http://example.org/x'], 'http://example.org/x': 1 })],
  ['no exp', spoilt({ exp: undefined })],
  ['an exp of text', spoilt({ exp: String(SECONDS + 600) })],
  ['an exp of null', spoilt({ exp: null })],
  ['an expiry long past', spoilt({ exp: SECONDS - 3600 })],
  ['an expiry just past the tolerance', spoilt({ exp: SECONDS - 31 })],
  ['a time before which it does not hold', spoilt({ nbf: SECONDS + 3600 })],
  ['another issuer', spoilt({ iss: 'https://issuer.example.org.evil.example' })],
  ['no issuer', spoilt({ iss: undefined })],
  ['another audience', spoilt({ aud: 'another-service' })],
  ['no audience', spoilt({ aud: undefined })],
  ['no sub', spoilt({ sub: undefined })],
  ['an empty sub', spoilt({ sub: '' })],
  ['a sub that is no text', spoilt({ sub: { $ne: null } })],
  ['a sub too long', spoilt({ sub: 'a'.repeat(256), preferred_username: 'a' })],
  ['a sub with control characters', spoilt({ sub: 'a\u0000b', preferred_username: 'a' })],
  ['a sub with a line break', spoilt({ sub: 'a\nb', preferred_username: 'a' })],
  ['half a character in its sub', spoilt({ sub: 'a\ud800', preferred_username: 'a' })],
  ['a user name with a space', spoilt({ preferred_username: 'a b' })],
  ['an empty user name', spoilt({ preferred_username: '' })],
  ['a user name too long', spoilt({ preferred_username: 'a'.repeat(101) })],
  ['a user name that is no text', spoilt({ preferred_username: ['a'] })],
  ['a user name with other letters', spoilt({ preferred_username: '\uff41nn' })],
  ['the mark of a former user in its name', spoilt({ preferred_username: 'ann~00000000' })],
  ['the mark of a role in its name', spoilt({ preferred_username: 'role:admins' })],
  ['roles that are no list', spoilt({ roles: 'admin' })],
  ['roles that are not all texts', spoilt({ roles: ['admin', 1] })],
  ['a payload that is a text', (t) => token({ alg: t.algorithm }, 'payload', t.signer)],
  ['a payload that is a list', (t) => token({ alg: t.algorithm }, [GOOD], t.signer)],
  ['a payload that is null', (t) => token({ alg: t.algorithm }, null, t.signer)],
  ['a payload that is a number', (t) => token({ alg: t.algorithm }, 5, t.signer)],
  ['a changed payload', (t) => good(t).replace(/\.[^.]+\./, `.${base64({ ...GOOD, sub: 'boss' })}.`)],
  ['its end cut off', (t) => good(t).slice(0, -3)],
  ['its signature cut off', (t) => good(t).split('.').slice(0, 2).join('.')],
  ['a part too many', (t) => `${good(t)}.${good(t)}`],
  ['a line break in it', (t) => good(t).replace('.', '.\n')],
  ['nothing but dots', () => '..'],
  ['no dots', () => CANARY],
  ['a header that is no JSON', (t) => good(t).replace(/^[^.]+/, Buffer.from(CANARY).toString('base64url'))],
];

describe.each(SOURCES.map((s) => [s.algorithm, s] as const))('tokens signed with %s', (algorithm, trusted) => {
  it.each(FORGED)('are refused with %s', async (_, forge) => {
    const forged = forge(trusted);
    const error = await trusted.source.verify(forged, NOW).then(
      (claims) => Promise.reject(new Error(`accepted: ${JSON.stringify(claims)}`)),
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(StewardError);
    if (!(error instanceof StewardError)) return;
    expect(error.reason).toBe('token_invalid');
    const said = `${error.message} ${error.detail ?? ''} ${error.stack ?? ''}`;
    expect(said).not.toContain(CANARY);
    for (const part of forged.split(/[.\n]/).filter((p) => p.length > 3)) expect(said).not.toContain(part);
  });

  it('are accepted if they are valid', async () => {
    const claims = { ...GOOD, preferred_username: 'ann', roles: ['a', 'b'], nbf: SECONDS - 5 };
    expect(await trusted.source.verify(token({ alg: algorithm }, claims, trusted.signer), NOW)).toEqual({
      issuer: ISSUER,
      subject: CANARY,
      username: 'ann',
      roles: ['a', 'b'],
      issuedAt: new Date((SECONDS - 10) * 1000),
      expiresAt: new Date((SECONDS + 630) * 1000),
      tokenExpiresAt: new Date((SECONDS + 600) * 1000),
    });
  });

  it('are accepted without a name, roles and time of issue: the subject is the name', async () => {
    const claims = await trusted.source.verify(spoilt({ iat: undefined })(trusted), NOW);
    expect(claims).toMatchObject({ username: CANARY, subject: CANARY, roles: [], issuedAt: new Date(0) });
  });

  it('are accepted for one of several audiences, and with a superfluous kid', async () => {
    expect(await trusted.source.verify(spoilt({ aud: ['x', AUDIENCE] }, { kid: 'k1' })(trusted), NOW)).toBeDefined();
  });

  it('are accepted if clocks differ by at most half a minute', async () => {
    const late = spoilt({ exp: SECONDS - 20 })(trusted);
    const early = spoilt({ nbf: SECONDS + 20 })(trusted);
    expect(await trusted.source.verify(late, NOW)).toBeDefined();
    expect(await trusted.source.verify(early, NOW)).toBeDefined();
    await expect(trusted.source.verify(late, new Date(NOW.getTime() + 11_000))).rejects.toThrow(StewardError);
  });
});

describe.each(SOURCES.map((s) => [s.algorithm, s] as const))(
  'the reason in the log for refusing a token signed with %s',
  (_, t) => {
    it.each<[string, string]>([
      ['it has expired', spoilt({ exp: SECONDS - 3600 })(t)],
      ['it is not valid yet', spoilt({ nbf: SECONDS + 3600 })(t)],
      ['its issuer is not the one trusted here', spoilt({ iss: 'another' })(t)],
      ['its issuer is not the one trusted here', spoilt({ iss: undefined })(t)],
      ['it was issued for another audience', spoilt({ aud: 'another' })(t)],
      ['it is malformed or not signed by the key trusted here', stolen({})(t)],
      ['it is malformed or not signed by the key trusted here', CANARY],
      ['it has no expiry', spoilt({ exp: undefined })(t)],
    ])('is that %s', async (detail, refused) => {
      await expect(t.source.verify(refused, NOW)).rejects.toMatchObject({ reason: 'token_invalid', detail });
    });
  },
);

it('a token with an unknown extension, or a text for its payload, is refused for that reason', async () => {
  const [hs] = SOURCES as [Trusted];
  await expect(hs.source.verify(spoilt({}, { crit: ['x'], x: 1 })(hs), NOW)).rejects.toMatchObject({
    ...{ reason: 'token_invalid', detail: 'its header asks for an extension unknown here' },
  });
  const open = new JwtSource({ secret: SECRET });
  await expect(open.verify(token({ alg: 'HS256' }, 'payload', hs.signer), NOW)).rejects.toMatchObject({
    ...{ reason: 'token_invalid', detail: 'its payload is not an object' },
  });
});

it.each([SOURCES[0] as Trusted, SOURCES[3] as Trusted])(
  'issuer and audience are checked only where they are configured',
  async (t) => {
    const options = t.publicKey === '' ? { secret: SECRET } : { publicKeyPem: t.publicKey };
    const any = await new JwtSource(options).verify(spoilt({ iss: 'another', aud: undefined })(t), NOW);
    expect(any.issuer).toBe('local');
    const ofIssuer = new JwtSource({ ...options, issuer: ISSUER });
    expect((await ofIssuer.verify(spoilt({ aud: 'another' })(t), NOW)).issuer).toBe(ISSUER);
    await expect(ofIssuer.verify(spoilt({ iss: 'another' })(t), NOW)).rejects.toThrow(StewardError);
  },
);

it('a token is remembered until it expires, or as long as its key may be, whichever is earlier', async () => {
  const [hs] = SOURCES as [Trusted];
  const until = async (rememberUntil: Date | undefined) => {
    const found = { ...secretKey(SECRET), ...(rememberUntil === undefined ? {} : { rememberUntil }) };
    const source = new JwtSource({ keys: { keyFor: async () => found } });
    return (await source.verify(good(hs), NOW)).expiresAt;
  };
  const expiry = new Date((GOOD.exp + 30) * 1000);
  const sooner = new Date(expiry.getTime() - 1);
  const later = new Date(expiry.getTime() + 1);
  expect(await Promise.all([undefined, sooner, later].map(until))).toEqual([expiry, sooner, expiry]);
});

it('a token without a header that can be read is refused before a key is looked for', async () => {
  const source = new JwtSource({ keys: { keyFor: async ({ kid }) => Promise.reject(new Error(`no key ${kid}`)) } });
  await expect(source.verify('no.header.there', NOW)).rejects.toMatchObject({ reason: 'token_invalid' });
});

describe('the key that checks tokens', () => {
  it.each([
    ['a curve that ES256 is not for', pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey)],
    ['a kind of key that is not for signing', pem(generateKeyPairSync('x25519').publicKey)],
    ['no key at all', 'nonsense'],
  ])('is refused at once when it is %s', (_, publicKeyPem) => {
    expect(() => new JwtSource({ publicKeyPem })).toThrow();
  });
});

describe('a minted token', () => {
  it('is accepted by the service', async () => {
    const minted = mintToken({
      secret: SECRET,
      username: 'ann',
      subject: 's1',
      roles: ['r'],
      lifetimeSeconds: 60,
      ...trust,
    });
    const claims = await new JwtSource({ secret: SECRET, ...trust }).verify(minted, new Date());
    expect(claims).toMatchObject({ issuer: ISSUER, subject: 's1', username: 'ann', roles: ['r'] });
  });
});

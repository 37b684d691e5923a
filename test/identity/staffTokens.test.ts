import { createHmac } from 'node:crypto';
import jwt, { type SignOptions } from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';
import { CLOCK_SKEW_SECONDS } from '../../src/identity/jwtClaims.ts';
import { passwords } from '../../src/identity/passwords.ts';
import { ACCOUNTS_ISSUER, type Principal, principals } from '../../src/identity/principal.ts';
import { StaffTokens } from '../../src/identity/staffTokens.ts';
import type { Reader } from '../../src/store/collection.ts';
import { NOW, person } from '../support/people.ts';

const SECONDS = NOW.getTime() / 1000;
const DAY = 86_400;
const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const curator = person('p1', { username: 'curator', kind: 'staff', email: 'c@example.org' });

/** Tokens of this account, which has this password's hash. */
function tokensOf(account: Principal | null = curator, hash: string | null = 'h1', key = 'the key of the service') {
  const get = (async (from: { readonly name: string }, id: string) => {
    if (id !== 'p1') return null;
    if (from.name === principals.name) return account;
    return from.name === passwords.name && hash !== null ? { _id: id, hash } : null;
  }) as Reader['get'];
  const tokens = new StaffTokens(Buffer.from(key));
  return {
    issue: (of = curator) => tokens.issue(of, NOW, get),
    bearerOf: (token: string, now = NOW) => tokens.bearerOf(token, now, get),
    reasonOf: (token: string, now = NOW) =>
      tokens.bearerOf(token, now, get).then(
        () => 'taken',
        ({ reason }) => reason,
      ),
  };
}

describe('a token of a staff account', () => {
  it('says whose it is, and is valid for a day', async () => {
    const tokens = tokensOf();
    const token = await tokens.issue();
    expect(jwt.decode(token, { complete: true })).toMatchObject({
      header: { alg: 'HS256' },
      payload: {
        ...{ username: 'curator', user_id: 'p1', email: 'c@example.org', iat: SECONDS, exp: SECONDS + DAY },
        ...{ iss: ACCOUNTS_ISSUER, aud: 'iiif' },
      },
    });
    expect(await tokens.bearerOf(token)).toBe(curator);
    const end = DAY + CLOCK_SKEW_SECONDS;
    expect(await tokens.reasonOf(token, at(end - 1))).toBe('taken');
    expect(await tokens.reasonOf(token, at(end))).toBe('token_expired');
  });

  it('has no address where the account has none', async () => {
    const { email: _, ...account } = curator;
    expect(jwt.decode(await tokensOf(account).issue(account))).not.toHaveProperty('email');
  });

  it.each<[string, ReturnType<typeof tokensOf>]>([
    ['a new name', tokensOf({ ...curator, username: 'keeper' })],
    ['a new password', tokensOf(curator, 'h2')],
    ['no password', tokensOf(curator, null)],
    ['been disabled, and enabled again', tokensOf({ ...curator, disabledAt: NOW })],
    ['been closed', tokensOf({ ...curator, living: false })],
    ['been erased', tokensOf(null)],
    ['another service', tokensOf(curator, 'h1', 'another key')],
  ])('is outdated once the account has %s', async (_, later) => {
    const token = await tokensOf().issue();
    expect(await later.reasonOf(token)).toBe('token_outdated');
  });

  it('is no longer one of another account with the same key', async () => {
    const token = await tokensOf().issue(person('p2', { username: 'curator' }));
    expect(await tokensOf().reasonOf(token)).toBe('token_outdated');
  });

  it('is refused where it is no token, or names no account', async () => {
    for (const token of ['', 'x', 'x.y.z', jwt.sign('p1', 'k'), jwt.sign({}, 'k'), jwt.sign({ user_id: 1 }, 'k')]) {
      expect(await tokensOf().reasonOf(token)).toBe('token_invalid');
    }
  });

  it('is refused with another algorithm, issuer or audience, although the key is right', async () => {
    const key = createHmac('sha256', 'the key of the service')
      .update(JSON.stringify(['p1', 'curator', 'h1']))
      .digest();
    const good: SignOptions = { algorithm: 'HS256', issuer: ACCOUNTS_ISSUER, audience: 'iiif' };
    const claims = { user_id: 'p1', iat: SECONDS, exp: SECONDS + DAY };
    const reason = (options: SignOptions) =>
      tokensOf().reasonOf(jwt.sign(claims, key, { ...good, ...options, allowInsecureKeySizes: true }));
    expect(await reason({})).toBe('taken');
    expect(await reason({ algorithm: 'HS512' })).toBe('token_invalid');
    expect(await reason({ issuer: 'another' })).toBe('token_invalid');
    expect(await reason({ audience: 'another' })).toBe('token_invalid');
    expect(await reason({ notBefore: '2h' })).toBe('token_invalid');
  });
});

import { describe, expect, it, vi } from 'vitest';
import { refuse } from '../../src/base/errors.ts';
import type { KbaseAuthService, TokenAnswer } from '../../src/identity/kbaseAuthService.ts';
import { KbaseSource } from '../../src/identity/kbaseSource.ts';
import { type Claims, KBASE_ISSUER } from '../../src/identity/token.ts';

const MINUTES = 60_000;

/** The source alone, with answers of the auth service, at this clock. */
function sourceWith(service: Partial<KbaseAuthService>) {
  const source = new KbaseSource(service as KbaseAuthService);
  const rejected = vi.fn();
  const claims = { username: 'ann' } as Claims;
  return { source, rejected, ask: (now: Date, token = 't') => source.inquiry(token, claims, { now, rejected }) };
}
const answer = (user: string, more: Partial<TokenAnswer> = {}): TokenAnswer => ({
  ...{ user, expires: undefined, created: undefined, cacheForMs: undefined },
  ...more,
});
const INVALID_TOKEN = refuse('token_invalid');
const NOW = new Date('2024-06-01T00:00:00Z');
const at = (milliseconds: number) => new Date(NOW.getTime() + milliseconds);

describe('what a token proves', () => {
  const proved = (more: Partial<TokenAnswer>) =>
    sourceWith({ token: async () => answer('ann', more) }).source.verify('t', NOW);

  it('is the user, since the token was made, and for five minutes, where nothing is said of its end', async () => {
    expect(await proved({ created: at(-5) })).toEqual({
      ...{ issuer: KBASE_ISSUER, subject: 'ann', username: 'ann', roles: [], issuedAt: at(-5) },
      expiresAt: at(5 * MINUTES),
    });
    expect((await proved({})).issuedAt).toEqual(new Date(0));
  });

  it.each<[Partial<TokenAnswer>, number]>([
    [{ cacheForMs: 1_000 }, 1_000],
    [{ cacheForMs: 10 * MINUTES }, 5 * MINUTES],
    [{ expires: at(2_000) }, 2_000],
    [{ expires: at(2_000), cacheForMs: 1_000 }, 1_000],
    [{ expires: at(10 * MINUTES) }, 5 * MINUTES],
  ])('holds no longer than the service says, and never longer than five minutes: %j', async (more, milliseconds) => {
    const { expiresAt, tokenExpiresAt } = await proved(more);
    expect([expiresAt, tokenExpiresAt]).toEqual([at(milliseconds), more.expires]);
  });

  it('is not asked for where no token has such characters', async () => {
    const token = vi.fn(async () => answer('ann'));
    const { source } = sourceWith({ token });
    for (const bad of ['', 'a b', 'a\n', '\u007f', '\u00e4', 'x'.repeat(4_097)]) {
      await expect(source.verify(bad, NOW)).rejects.toMatchObject({
        ...{ reason: 'token_invalid', detail: 'it has characters that no token has, or too many' },
      });
    }
    expect(token).not.toHaveBeenCalled();
    for (const good of ['!', '~', 'x'.repeat(4_096)]) await source.verify(good, NOW);
    expect(token).toHaveBeenCalledTimes(3);
  });

  it('is asked for once by calls with one token at a time, and again by the next', async () => {
    const token = vi.fn(async (user: string) => answer(user));
    const { source } = sourceWith({ token });
    const names = await Promise.all(['a', 'b', 'a'].map((t) => source.verify(t, NOW)));
    expect(names.map(({ username }) => username)).toEqual(['a', 'b', 'a']);
    expect(token).toHaveBeenCalledTimes(2);
    token.mockRejectedValueOnce(refuse('auth_unavailable', 'x'));
    await expect(source.verify('a', NOW)).rejects.toMatchObject({ reason: 'auth_unavailable' });
    await source.verify('a', NOW);
    expect(token).toHaveBeenCalledTimes(4);
  });

  it('is nothing where the user cannot have the name', async () => {
    await expect(proved({ user: 'no name' })).rejects.toMatchObject({
      ...{ reason: 'auth_unavailable', args: ['The auth service answered with a user name that is not valid here'] },
    });
  });
});

describe('what the issuer is asked with a token', () => {
  it('are the roles, of a user and not of a token, once in five minutes', async () => {
    const customRoles = vi.fn(async () => ['R']);
    const { ask } = sourceWith({ customRoles });
    expect(await ask(NOW).roles()).toEqual(['R']);
    expect(await ask(at(5 * MINUTES - 1), 'another').roles()).toEqual(['R']);
    expect(customRoles).toHaveBeenCalledExactlyOnceWith('t', 'ann');
    await ask(at(5 * MINUTES)).roles();
    await ask(at(-1)).roles();
    expect(customRoles).toHaveBeenCalledTimes(3);
  });

  it('are the names that have users, only those that can have one, and of each that has one once in five minutes', async () => {
    const existing = vi.fn(async (_: string, names: readonly string[]) => new Set(names.filter((n) => n !== 'bea')));
    const { ask } = sourceWith({ existing });
    const of = (...names: string[]) => names.map((n) => ({ issuer: KBASE_ISSUER, subject: n, username: n }));
    expect(await ask(NOW).identities(['ann', 'bea', 'No name', 'cec'])).toEqual(of('ann', 'cec'));
    expect(existing).toHaveBeenLastCalledWith('t', ['ann', 'bea', 'cec']);
    expect(await ask(at(1)).identities(['ann', 'bea', 'dan'])).toEqual(of('ann', 'dan'));
    expect(existing).toHaveBeenLastCalledWith('t', ['bea', 'dan']);
    expect(await ask(at(1)).identities(['ann', 'cec'])).toEqual(of('ann', 'cec'));
    expect(await ask(at(1)).identities(['No name'])).toEqual([]);
    expect(existing).toHaveBeenCalledTimes(2);
    await ask(at(5 * MINUTES)).identities(['ann']);
    expect(existing).toHaveBeenCalledTimes(3);
  });

  it('ends the use of a token that the issuer no longer takes', async () => {
    const fails = (error: Error) => {
      const reject = vi.fn(async () => Promise.reject(error));
      return sourceWith({ customRoles: reject, existing: reject });
    };
    const revoked = fails(INVALID_TOKEN);
    await expect(revoked.ask(NOW).roles()).rejects.toMatchObject({
      reason: 'roles_unavailable',
      args: ['KBase authentication service reported an error: 10020 Invalid token'],
    });
    expect(revoked.rejected).toHaveBeenCalledTimes(1);
    await expect(revoked.ask(NOW).identities(['ann'])).rejects.toBe(INVALID_TOKEN);
    expect(revoked.rejected).toHaveBeenCalledTimes(2);
    for (const error of [refuse('roles_unavailable', 'down'), new Error('a bug')]) {
      const down = fails(error);
      await expect(down.ask(NOW).roles()).rejects.toBe(error);
      await expect(down.ask(NOW).identities(['ann'])).rejects.toBe(error);
      expect(down.rejected).not.toHaveBeenCalled();
    }
  });
});

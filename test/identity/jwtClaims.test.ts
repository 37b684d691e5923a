import { describe, expect, it } from 'vitest';
import type { StewardError } from '../../src/base/errors.ts';
import { claimsIn } from '../../src/identity/jwtClaims.ts';

const good = { sub: 's', preferred_username: 'ann', iss: 'i', exp: 2_000, iat: 1_000, roles: ['r', 'q'] };
const claims = (more: object) => claimsIn({ ...good, ...more }, 'issuer');
const because = (more: object): string => {
  try {
    claims(more);
  } catch (error) {
    expect((error as StewardError).reason).toBe('token_invalid');
    return String((error as StewardError).detail);
  }
  throw new Error('it was taken');
};

describe('the claims of a token', () => {
  it('are what its payload says', () => {
    expect(claims({})).toStrictEqual({
      ...{ issuer: 'issuer', subject: 's', username: 'ann', roles: ['r', 'q'] },
      issuedAt: new Date(1_000_000),
      // Clocks may differ by half a minute.
      expiresAt: new Date(2_030_000),
      tokenExpiresAt: new Date(2_000_000),
    });
  });

  it('may be without a name, roles and an instant of issue', () => {
    const { sub, exp } = good;
    expect(claimsIn({ sub, exp }, 'issuer')).toStrictEqual({
      ...{ issuer: 'issuer', subject: 's', username: 's', roles: [] },
      issuedAt: new Date(0),
      expiresAt: new Date(2_030_000),
      tokenExpiresAt: new Date(2_000_000),
    });
    expect(claims({ exp: 1e300 })).not.toHaveProperty('tokenExpiresAt');
    expect(claims({ iat: '1000' }).issuedAt).toEqual(new Date(0));
  });

  it('have a subject of up to 255 characters, each of which may be any that is printed', () => {
    for (const sub of ['x', '\u{1F600}'.repeat(255), "o'ne two"]) expect(claims({ sub }).subject).toBe(sub);
  });

  const SUB = 'its sub must be a text of 1 to 255 printable characters';
  const NAME = 'its user name must be 1 to 100 characters of A-Z a-z 0-9 _ . @ -';
  it.each<[object, string]>([
    [{ exp: undefined }, 'it has no expiry'],
    [{ exp: '2000' }, 'it has no expiry'],
    [{ sub: undefined }, SUB],
    [{ sub: 5 }, SUB],
    [{ sub: '' }, SUB],
    [{ sub: 'x'.repeat(256) }, SUB],
    [{ sub: 'a\nb' }, SUB],
    [{ sub: 'a\ud800' }, SUB],
    [{ preferred_username: 5 }, 'its preferred_username is not a text'],
    [{ preferred_username: null }, 'its preferred_username is not a text'],
    [{ preferred_username: 'a b' }, NAME],
    [{ preferred_username: '' }, NAME],
    [{ roles: 'r' }, 'its roles are not a list of texts'],
    [{ roles: null }, 'its roles are not a list of texts'],
    [{ roles: ['r', 5] }, 'its roles are not a list of texts'],
  ])('are refused where one is not in its form: %j', (more, why) => {
    expect(because(more)).toBe(why);
  });
});

describe('the service that acts for the subject', () => {
  const act = (more: object = {}) => ({ act: { sub: 'p', ...more } });

  it('is who the token says', () => {
    expect(claims(act()).actor).toStrictEqual({ subject: 'p', roles: [], nested: false });
    expect(claims(act({ preferred_username: 'portal', roles: ['a'], iss: 'i', act: {} })).actor).toStrictEqual({
      ...{ subject: 'p', username: 'portal', roles: ['a'], nested: true },
    });
    expect(claims({})).not.toHaveProperty('actor');
  });

  it('may be the subject itself, and has otherwise a name of its own', () => {
    expect(claims(act({ sub: 's', preferred_username: 'ann' })).actor).toMatchObject({ subject: 's' });
    const two = 'its act and its sub are two identities with one name';
    expect(because(act({ preferred_username: 'ann' }))).toBe(two);
    expect(because(act({ sub: 'ann' }))).toBe(two);
    expect(claims(act({ sub: 'ann', preferred_username: 'portal' })).actor).toMatchObject({ subject: 'ann' });
  });

  it.each<[object, string]>([
    [{ act: null }, 'its act is not an object'],
    [{ act: 'p' }, 'its act is not an object'],
    [{ act: ['p'] }, 'its act is not an object'],
    [{ act: {} }, 'the sub of its act must be a text of 1 to 255 printable characters'],
    [act({ iss: 'another' }), 'its act names another issuer'],
    [{ ...act({ iss: 'i' }), iss: undefined }, 'its act names another issuer'],
    [act({ preferred_username: 5 }), "its act's preferred_username is not a text"],
    [act({ preferred_username: 'a b' }), "its act's user name must be 1 to 100 characters of A-Z a-z 0-9 _ . @ -"],
    [act({ roles: 'r' }), 'the roles of its act are not a list of texts'],
  ])('is refused where it is not in its form: %j', (more, why) => {
    expect(because(more)).toBe(why);
  });
});

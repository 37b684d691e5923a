import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/base/config/load.ts';
import { EitherSource } from '../../src/identity/eitherSource.ts';
import { JwtSource, LOCAL_ISSUER } from '../../src/identity/jwt.ts';
import { KBASE_ISSUER, type TokenSource } from '../../src/identity/token.ts';
import { NoAdministratorError } from '../../src/server/assemble.ts';
import { temporaryFiles } from '../base/config/files.ts';
import { openHouse, SECRET } from '../support/house.ts';

const write = temporaryFiles();

function load(lines: string) {
  const file = write('deploy.cfg', `[Workspace]\n${lines}\n`);
  return { ...loadConfig({ file, env: {} }), source: file };
}

/** As KBase's: the token says nothing, and the name is the subject. Here it is the token too. */
const opaque: TokenSource = {
  verify: async (token, now) => ({
    ...{ issuer: KBASE_ISSUER, subject: token, username: token, roles: [] },
    issuedAt: new Date(0),
    expiresAt: new Date(now.getTime() + 60_000),
  }),
};

const both = {
  tokens: new EitherSource({ signed: new JwtSource({ secret: SECRET }), opaque }),
  issuers: [LOCAL_ISSUER, KBASE_ISSUER],
};
const kbase = (token: string) => ({ token });
const detail = { command: 'listAdmins', params: { detail: true } };

describe('A10: id:SUBJECT in ws-admin', () => {
  it("means the issuer of signed tokens, and not KBase's user of this name", async () => {
    await using house = await openHouse({ ...both, rules: { configured: ['id:boss', 'chief'] } });
    const boss = { sub: 'boss', name: 'robert' };
    await house.signIn(kbase('boss'));
    expect(await house.refusal(kbase('boss'), { command: 'listAdmins' })).toBe('not_admin');
    expect((await house.administer('chief', detail)).result).toMatchObject([
      { user: 'id:boss', state: 'unknown' },
      { user: 'chief', state: 'active' },
    ]);
    expect((await house.administer(boss, { command: 'listMyPrivileges' })).result).toMatchObject({
      ...{ user: 'robert', role: 'full', source: 'config' },
    });
    expect((await house.administer(boss, { command: 'listAdmins' })).result).toEqual(['robert', 'chief']);
    expect(await house.refusal('chief', { command: 'disableUser', user: 'robert' })).toBe('protected_admin');
    // The one from KBase is a user like any other.
    await house.administer('chief', { command: 'disableUser', user: 'boss' });
    await expect(house.signIn(kbase('boss'))).rejects.toMatchObject({ reason: 'account_disabled' });
    await house.administer(boss, { command: 'listAdmins' });
  });

  it('beside it a name binds to whom it means, from either source, and then to nobody of the other', async () => {
    await using house = await openHouse({ ...both, rules: { configured: ['kim'] } });
    await house.administer(kbase('kim'), { command: 'listAdmins' });
    await expect(house.signIn('kim')).rejects.toMatchObject({ reason: 'username_conflict' });
  });

  it('is nobody where no token has a subject: it keeps no last administrator from being needed', async () => {
    const alone = { tokens: opaque, issuer: KBASE_ISSUER };
    await expect(openHouse({ ...alone, rules: { configured: ['id:boss'] } })).rejects.toThrow(NoAdministratorError);
    await using house = await openHouse({ ...alone, rules: { configured: ['chief', 'id:boss'] } });
    await house.administer(kbase('chief'), { command: 'addUser', user: 'boss' });
    expect(await house.refusal(kbase('boss'), { command: 'listAdmins' })).toBe('not_admin');
    expect((await house.administer(kbase('chief'), { command: 'listAdmins' })).result).toEqual(['chief']);
    await house.administer(kbase('chief'), { command: 'addAdmin', user: 'boss' });
    await using second = await openHouse({ ...alone, beside: house, rules: { configured: ['id:chief'] } });
    expect(await second.refusal(kbase('boss'), { command: 'removeAdmin', user: 'boss' })).toBe('last_admin');
  });

  it('is said to be nobody by check-config', () => {
    const auth = 'auth2-service-url = https://x';
    const { warnings, source } = load(`${auth}\nws-admin = kim, id:boss, id:kim`);
    expect(warnings).toEqual([
      expect.stringMatching(
        `^${source}:3: ws-admin: id:boss, id:kim can never be anybody: .*Write the user name alone$`,
      ),
    ]);
    const key = write('secret', randomBytes(32).toString('base64'));
    for (const good of [`${auth}\nws-admin = kim`, `ws-admin = id:boss`]) expect(load(good).warnings).toEqual([]);
    expect(load(`${auth}\nauth-jwt-secret-file = ${key}\nws-admin = id:boss`).warnings).toEqual([]);
  });
});

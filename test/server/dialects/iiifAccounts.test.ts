import argon2 from '@node-rs/argon2';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LONG } from '../../support/long.ts';
import { withApp } from './authenticator.ts';
import { openPortal, type Portal, type PortalReply, SECRET_KEY } from './portal.ts';

/**
 * Accounts, logins and the secret key, as https://github.com/utlib/utl_iiif_api/wiki describes them and as its server
 * answers.
 */

const NO_CREDENTIALS = 'Authentication credentials were not provided.';
const NO_PERMISSION = "You don't have the necessary permission to perform this action. Please contact your admin.";

let portal: Portal;
beforeAll(async () => {
  portal = await openPortal();
});
afterAll(() => portal[Symbol.asyncDispose]());

let count = 0;
/** A name that nobody has yet. */
const fresh = (name: string) => `${name}${++count}`;
const jwt = (token: string) => ({ headers: { authorization: `JWT ${token}` } });
const login = (username: string, password: string, headers = {}) =>
  portal.ask('POST', '/login', { body: { username, password }, headers });

async function tokenOf(username: string, password: string): Promise<string> {
  const { status, body } = await login(username, password);
  expect(status).toBe(200);
  return body.token;
}

async function newAdmin(): Promise<{ name: string; token: string }> {
  const name = fresh('adm');
  const body = { username: name, email: `${name}@example.org`, password: 'admin pass', secretKey: SECRET_KEY };
  expect((await portal.ask('POST', '/auth/admin', { body })).status).toBe(200);
  return { name, token: await tokenOf(name, 'admin pass') };
}

async function newStaff(admin: string, name = fresh('al')): Promise<{ name: string; id: string; token: string }> {
  const body = { username: name, email: `${name}@example.org`, password: 'staff pass' };
  const made = await portal.ask('POST', '/auth/staff', { body, ...jwt(admin) });
  expect(made.status).toBe(200);
  return { name, id: made.body.id, token: await tokenOf(name, 'staff pass') };
}

function expectAnonymous({ status, headers, body }: PortalReply): void {
  expect([status, body]).toEqual([401, { detail: NO_CREDENTIALS }]);
  expect(headers.get('www-authenticate')).toBe('JWT realm="api"');
}

describe('POST /auth/admin', () => {
  it('makes an administrator with the secret key, and answers without the password', async () => {
    const body = { username: 'user2', email: 'u2@example.org', password: 'user2password', secretKey: SECRET_KEY };
    const reply = await portal.ask('POST', '/auth/admin', { body });
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({
      id: expect.any(String),
      username: 'user2',
      email: 'u2@example.org',
      is_staff: true,
      is_active: true,
      is_superuser: true,
      date_joined: expect.any(String),
      last_login: reply.body.date_joined,
    });
    expect(Object.keys(reply.body)).toEqual(Object.keys(reply.body).sort());
  });

  it('says that the key is missing, or wrong', async () => {
    const body = { username: fresh('u'), password: 'x' };
    const missing = await portal.ask('POST', '/auth/admin', { body });
    expect([missing.status, missing.body]).toEqual([422, { error: 'Param secretKey is required.' }]);
    for (const secretKey of ['somethingInvalid', '', `${SECRET_KEY} `, 7, null, { $ne: '' }, [SECRET_KEY]]) {
      const wrong = await portal.ask('POST', '/auth/admin', { body: { ...body, secretKey } });
      expect([wrong.status, wrong.body]).toEqual([422, { error: 'Invalid secretKey provided.' }]);
    }
  });

  it('reports first a taken name, and then a taken address, as upstream does', async () => {
    const { name } = await newAdmin();
    const taken = await portal.ask('POST', '/auth/admin', { body: { username: name, email: `${name}@example.org` } });
    expect([taken.status, taken.body]).toEqual([422, { error: 'User with username already exists.' }]);
    const body = { username: fresh('u'), email: `${name}@example.org`, password: 'x' };
    for (const secretKey of [undefined, 'wrong', SECRET_KEY]) {
      const reply = await portal.ask('POST', '/auth/admin', { body: { ...body, secretKey } });
      expect([reply.status, reply.body]).toEqual([422, { error: 'User with email already exists.' }]);
    }
  });

  it('reports the fault of each field', async () => {
    const email = await portal.ask('POST', '/auth/admin', {
      body: { username: fresh('u'), email: 'not an address', password: 'x', secretKey: SECRET_KEY },
    });
    expect([email.status, email.body]).toEqual([422, { email: ['Enter a valid email address.'] }]);
    const none = await portal.ask('POST', '/auth/admin', { body: { secretKey: SECRET_KEY } });
    expect([none.status, none.body]).toEqual([
      422,
      { username: ['This field is required.'], password: ['This field is required.'] },
    ]);
  });

  it('leaves a record of each use, without the key and the password', async () => {
    const body = { username: fresh('adm'), password: 'canary-password', secretKey: SECRET_KEY };
    await portal.ask('POST', '/auth/admin', { body });
    await portal.ask('POST', '/auth/admin', { body: { ...body, username: fresh('adm'), secretKey: 'canary-key' } });
    const records = (await portal.records()).filter((r) => r.command === 'createAdmin').slice(-2);
    expect(records).toMatchObject([
      { via: 'command', outcome: 'success', actor: { name: 'secret-key' }, params: { username: body.username } },
      { via: 'signIn', outcome: 'denied', error: 'secret_key_wrong', actor: { name: 'secret-key' } },
    ]);
    for (const collection of await portal.database.db.collections()) {
      const text = JSON.stringify(await collection.find().toArray());
      for (const canary of ['canary-password', 'canary-key', SECRET_KEY]) expect(text).not.toContain(canary);
    }
    for (const canary of ['canary-password', 'canary-key', SECRET_KEY]) expect(portal.logged()).not.toContain(canary);
  });
});

describe('the secret key', () => {
  it('is never accepted if none is configured', async () => {
    await using house = await openPortal({ secretKey: undefined } as never);
    const reply = await house.ask('POST', '/auth/admin', { body: { username: 'x', password: 'x', secretKey: '' } });
    expect([reply.status, reply.body]).toEqual([422, { error: 'Invalid secretKey provided.' }]);
  });

  it('can be guessed ten times from one address, which then has to wait', async () => {
    await using house = await openPortal();
    const guess = (from: string, secretKey = 'wrong') =>
      house.ask('POST', '/auth/admin', {
        body: { username: 'x', password: 'x', secretKey },
        headers: { 'x-forwarded-for': from },
      });
    const statuses = (await Promise.all(Array.from({ length: LONG ? 40 : 16 }, () => guess('192.0.2.7')))).map(
      (r) => r.status,
    );
    expect(new Set(statuses)).toEqual(new Set([422, 429]));
    // One more may have been made after a pause.
    expect(statuses.filter((s) => s === 422).length).toBeLessThanOrEqual(12);
    await vi.waitFor(
      async () => {
        const right = await guess('192.0.2.7', SECRET_KEY);
        expect(right.status).toBe(429);
        expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0);
        expect(right.body.detail).toMatch(/^Request was throttled\. Expected available in \d+ seconds\.$/);
      },
      { timeout: 180_000 },
    );
  });

  it('makes administrators of staff, and gives no other rights', async () => {
    const { token, name } = await newAdmin();
    const rpc = await portal.ask('POST', '/', {
      body: { jsonrpc: '2.0', method: 'administer', params: { command: 'listAdmins' }, id: 1 },
      headers: { authorization: token },
    });
    expect(rpc.body.error.data.reason).toBe('token_invalid');
    expect(await portal.run('listAdmins')).toEqual(['boss']);
    const detail = await portal.run('listAdmins', { detail: true });
    expect(detail.find((a: { user: string }) => a.user === name)).toMatchObject({ role: 'full', scope: 'iiif' });
  });
});

describe('accounts of staff', () => {
  let admin: string;
  beforeAll(async () => {
    admin = (await newAdmin()).token;
  });

  it('are made by an administrator, without is_superuser and without the password', async () => {
    const name = fresh('user');
    const reply = await portal.ask('POST', '/auth/staff', {
      body: {
        username: name,
        email: `${name}@example.org`,
        password: 'x',
        is_superuser: true,
        id: 'mine',
        kind: 'service',
      },
      ...jwt(admin),
    });
    expect(reply.status).toBe(200);
    const keys = ['date_joined', 'email', 'id', 'is_active', 'is_staff', 'last_login', 'username'];
    expect(Object.keys(reply.body)).toEqual(keys);
    expect(reply.body.id).not.toBe('mine');
  });

  it('lose the spaces in their names', async () => {
    const name = fresh('ab');
    const body = { username: ` ${name[0]} ${name.slice(1)}`, email: `${name} @example.org`, password: 'x' };
    const reply = await portal.ask('POST', '/auth/staff', { body, ...jwt(admin) });
    expect([reply.status, reply.body.username, reply.body.email]).toEqual([200, name, `${name}@example.org`]);
    const again = await portal.ask('POST', '/auth/staff', { body, ...jwt(admin) });
    expect([again.status, again.body]).toEqual([422, { error: 'User with username already exists.' }]);
  });

  it('have unique addresses, also in a race', async () => {
    const email = `${fresh('same')}@example.org`;
    const make = () =>
      portal.ask('POST', '/auth/staff', { body: { username: fresh('racer'), email, password: 'x' }, ...jwt(admin) });
    const statuses = (await Promise.all([make(), make(), make(), make()])).map((r) => r.status);
    expect(statuses.sort()).toEqual([200, 422, 422, 422]);
  });

  it('are visible for administrators only', async () => {
    const al = await newStaff(admin);
    for (const [verb, path, body] of [
      ['POST', '/auth/staff', { username: 'x', password: 'x' }],
      ['GET', '/auth/staff'],
      ['PUT', `/auth/staff/${al.id}`, { username: 'x' }],
      ['DELETE', `/auth/staff/${al.id}`],
      // Upstream lets everybody in who adds a query.
      ['POST', '/auth/staff?x=1', { username: 'x', password: 'x' }],
    ] as const) {
      expectAnonymous(await portal.ask(verb, path, { body }));
      const own = await portal.ask(verb, path, { body, ...jwt(al.token) });
      expect([own.status, own.body]).toEqual([403, { detail: NO_PERMISSION }]);
    }
  });

  it('are listed without the administrators', async () => {
    const al = await newStaff(admin);
    const { status, body } = await portal.ask('GET', '/auth/staff', jwt(admin));
    expect(status).toBe(200);
    expect(body.map((a: { username: string }) => a.username)).toContain(al.name);
    expect(body.every((a: object) => !('is_superuser' in a))).toBe(true);
  });

  it('are reported as not found if there are none', async () => {
    await using house = await openPortal();
    const body = { username: 'adm', password: 'x', secretKey: SECRET_KEY };
    await house.ask('POST', '/auth/admin', { body });
    const { token } = (await house.ask('POST', '/login', { body })).body;
    const { status, body: none } = await house.ask('GET', '/auth/staff', jwt(token));
    expect([status, none]).toEqual([404, { error: 'No staff users found.' }]);
  });

  it('can get another name, which invalidates the tokens of the old one', async () => {
    const al = await newStaff(admin);
    const name = fresh('newUserName');
    const reply = await portal.ask('PUT', `/auth/staff/${al.id}`, { body: { username: name }, ...jwt(admin) });
    expect([reply.status, reply.body.username, reply.body.id]).toEqual([200, name, al.id]);
    const old = await portal.ask('GET', '/auth/staff', jwt(al.token));
    expect([old.status, old.body]).toEqual([401, { detail: 'Invalid signature.' }]);
    expect((await login(al.name, 'staff pass')).status).toBe(400);
    await tokenOf(name, 'staff pass');
  });

  it('keep their passwords, and cannot change fields that are not theirs', async () => {
    const al = await newStaff(admin);
    const body = { password: 'other', is_staff: false, state: 'former', _id: 'x', email: 'al@new.example.org' };
    const reply = await portal.ask('PUT', `/auth/staff/${al.id}`, { body, ...jwt(admin) });
    expect([reply.status, reply.body.email, reply.body.is_staff]).toEqual([200, 'al@new.example.org', true]);
    await tokenOf(al.name, 'staff pass');
  });

  it('refuse an invalid address, and a taken name', async () => {
    const [al, bo] = [await newStaff(admin), await newStaff(admin)];
    const put = (body: unknown) => portal.ask('PUT', `/auth/staff/${al.id}`, { body, ...jwt(admin) });
    const email = await put({ email: 'nonsense' });
    expect([email.status, email.body]).toEqual([422, { email: ['Enter a valid email address.'] }]);
    const name = await put({ username: bo.name });
    expect([name.status, name.body]).toEqual([422, { error: 'User with username already exists.' }]);
    const same = await put({ email: `${bo.name}@example.org` });
    expect([same.status, same.body]).toEqual([422, { error: 'User with email already exists.' }]);
  });

  it('can be made administrators, and stop being administrators', async () => {
    const al = await newStaff(admin);
    const put = (is_superuser: boolean) =>
      portal.ask('PUT', `/auth/staff/${al.id}`, { body: { is_superuser }, ...jwt(admin) });
    expect((await put(true)).body.is_superuser).toBe(true);
    expect((await portal.ask('GET', '/auth/staff', jwt(al.token))).status).toBe(200);
    expect((await put(false)).body).not.toHaveProperty('is_superuser');
    expect((await portal.ask('GET', '/auth/staff', jwt(al.token))).status).toBe(403);
  });

  it('are closed for ever, and their names are free for somebody else', async () => {
    const al = await newStaff(admin);
    const remove = () => portal.ask('DELETE', `/auth/staff/${al.id}`, jwt(admin));
    const first = await remove();
    expect([first.status, first.body]).toEqual([200, { message: `Successfully deleted user with id '${al.id}'.` }]);
    const second = await remove();
    expect([second.status, second.body]).toEqual([404, { error: `User with id '${al.id}' does not exist.` }]);
    const gone = await portal.ask('PUT', `/auth/staff/${al.id}`, { body: { username: 'x' }, ...jwt(admin) });
    expect([gone.status, gone.body]).toEqual([404, { error: `User with id '${al.id}' does not exist.` }]);
    expect((await login(al.name, 'staff pass')).status).toBe(400);
    const old = await portal.ask('GET', '/auth/staff', jwt(al.token));
    expect([old.status, old.body]).toEqual([401, { detail: 'Invalid signature.' }]);
    expect((await newStaff(admin, al.name)).id).not.toBe(al.id);
    expect((await portal.contents('passwords')).map((p) => p._id)).not.toContain(al.id);
  });

  it('are those of IIIF only: administrators of other systems cannot be changed', async () => {
    await portal.meet('boss', 'carla');
    const users = (await portal.run('listUsers', { prefix: 'carla' })).users;
    for (const verb of ['PUT', 'DELETE']) {
      const reply = await portal.ask(verb, `/auth/staff/${users[0].id}`, { body: { username: 'x' }, ...jwt(admin) });
      expect(reply.status).toBe(404);
    }
  });
});

describe('POST /login and /verifyToken', () => {
  it('give a token for the right password, and the same answer whatever is wrong', async () => {
    const admin = await newAdmin();
    const al = await newStaff(admin.token);
    await portal.run('disableUser', undefined, (await newStaff(admin.token)).name);
    const bad = await login(al.name, 'bad password');
    expect([bad.status, bad.body]).toEqual([
      400,
      { non_field_errors: ['Unable to log in with provided credentials.'] },
    ]);
    for (const name of ['nobody', 'boss', al.name.toUpperCase(), '$ne', '__proto__']) {
      expect((await login(name, 'staff pass')).text).toBe(bad.text);
    }
    const missing = await portal.ask('POST', '/login', { body: { password: { $gt: '' } } });
    expect([missing.status, missing.body]).toEqual([
      400,
      { username: ['This field is required.'], password: ['Not a valid string.'] },
    ]);
  });

  it('need the code of an authenticator app too if the account has one, which is good once', async () => {
    const admin = await newAdmin();
    const { name } = await newStaff(admin.token);
    const { code, recoveryCode } = await withApp(portal, name, 'staff pass');
    const withCode = (more: object) =>
      portal.ask('POST', '/login', { body: { username: name, password: 'staff pass', ...more } });
    const missing = await login(name, 'staff pass');
    expect([missing.status, missing.body]).toEqual([
      400,
      { totp: ['This account has an authenticator app: its code is needed too, or a recoveryCode.'] },
    ]);
    expect((await withCode({ totp: '' })).text).toBe(missing.text);
    expect((await login(name, 'bad password')).body).toEqual((await login('nobody', 'x')).body);
    const wrong = await withCode({ totp: '000000' });
    expect([wrong.status, Object.keys(wrong.body)]).toEqual([400, ['non_field_errors']]);
    const totp = code();
    expect([(await withCode({ totp })).status, (await withCode({ totp })).status]).toEqual([200, 400]);
    expect([(await withCode({ recoveryCode })).status, (await withCode({ recoveryCode })).status]).toEqual([200, 400]);
  });

  it('give no token that is accepted again after the account was disabled and enabled', async () => {
    const admin = await newAdmin();
    const { name, token } = await newStaff(admin.token);
    expect((await portal.ask('GET', '/auth/staff', jwt(token))).status).toBe(403);
    await portal.run('disableUser', undefined, name);
    await portal.run('enableUser', undefined, name);
    const outdated = await portal.ask('GET', '/auth/staff', jwt(token));
    expect([outdated.status, outdated.body]).toEqual([401, { detail: 'Invalid signature.' }]);
    const again = await portal.ask('GET', '/auth/staff', jwt(await tokenOf(name, 'staff pass')));
    expect(again.status).toBe(403);
  });

  it('accept a name with spaces, and a form as well as JSON', async () => {
    const admin = await newAdmin();
    const made = { username: 'NEW STAFF', email: 'new staff@example.org', password: 'with a space' };
    const { body: account } = await portal.ask('POST', '/auth/staff', { body: made, ...jwt(admin.token) });
    expect([account.username, account.email]).toEqual(['NEWSTAFF', 'newstaff@example.org']);
    const fields = { username: 'NEW STAFF', password: 'with a space' };
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    const multipart = new Response(form);
    const sent: readonly (readonly [string, string])[] = [
      ['application/json', JSON.stringify(fields)],
      ['application/x-www-form-urlencoded', String(new URLSearchParams(fields))],
      ['application/x-www-form-urlencoded', JSON.stringify(fields)],
      [multipart.headers.get('content-type') ?? '', await multipart.text()],
    ];
    for (const [type, body] of sent) {
      const reply = await portal.ask('POST', '/login', { body, headers: { 'content-type': type } });
      expect([type, reply.status, typeof reply.body.token]).toEqual([type, 200, 'string']);
    }
    const empty = await portal.ask('POST', '/login', {
      body: 'username=al',
      headers: { 'content-type': sent[1]?.[0] ?? '' },
    });
    expect([empty.status, empty.body]).toEqual([400, { password: ['This field is required.'] }]);
    const broken = await portal.ask('POST', '/login', {
      body: 'x',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
    });
    expect([broken.status, broken.body.detail]).toEqual([400, expect.stringMatching(/^JSON parse error - .* form/)]);
  });

  it('tell whether a token is valid', async () => {
    const { token } = await newAdmin();
    const verify = (value: unknown) => portal.ask('POST', '/verifyToken', { body: { token: value } });
    expect(await verify(token)).toMatchObject({ status: 200, body: { token } });
    const [head, , signature] = token.split('.');
    const forged = [head, Buffer.from('{"user_id":"boss","username":"boss"}').toString('base64url'), signature].join(
      '.',
    );
    for (const junk of ['junk', 'a.b.c', forged, portal.tokenOf('boss')]) {
      expect(await verify(junk)).toMatchObject({
        status: 400,
        body: { non_field_errors: ['Error decoding signature.'] },
      });
    }
    expect(await verify(undefined)).toMatchObject({ status: 400, body: { token: ['This field is required.'] } });
  });

  it('invalidate all tokens when the password changes', async () => {
    const admin = await newAdmin();
    await portal.run('setPassword', { password: 'another' }, admin.name);
    const old = await portal.ask('GET', '/auth/staff', jwt(admin.token));
    expect([old.status, old.body]).toEqual([401, { detail: 'Invalid signature.' }]);
    await tokenOf(admin.name, 'another');
  });

  it('accept ten attempts for a name from one address, which then has to wait, and others do not', async () => {
    await using house = await openPortal();
    const body = { username: 'adm', password: 'right', secretKey: SECRET_KEY };
    await house.ask('POST', '/auth/admin', { body });
    const attempt = (from: string, password = 'wrong') =>
      house.ask('POST', '/login', { body: { username: 'adm', password }, headers: { 'x-forwarded-for': from } });
    const here = (await Promise.all(Array.from({ length: LONG ? 30 : 16 }, () => attempt('192.0.2.7')))).map(
      (r) => r.status,
    );
    expect(new Set(here)).toEqual(new Set([400, 429]));
    expect(here.filter((status) => status === 400).length).toBeLessThanOrEqual(12);
    expect((await attempt('192.0.2.8', 'right')).status).toBe(200);
  });

  it('hash a password also for an unknown user, as for a wrong password', async () => {
    const { name } = await newAdmin();
    const verify = vi.spyOn(argon2, 'verify');
    const hashed = async (username: string) => {
      verify.mockClear();
      await login(username, 'wrong', { 'x-forwarded-for': `192.0.2.${++count}` });
      return verify.mock.calls.length;
    };
    expect(await hashed(name)).toBe(1);
    expect(await hashed('nobody')).toBe(1);
  });
});

describe('the scheme of a header', () => {
  it('is JWT, and an invalid token is refused as such', async () => {
    const { token } = await newAdmin();
    for (const authorization of [`Bearer ${token}`, token, `jwt ${token}`, `Basic ${token}`]) {
      expectAnonymous(await portal.ask('GET', '/auth/staff', { headers: { authorization } }));
    }
    expect(await portal.ask('GET', '/auth/staff', jwt('junk'))).toMatchObject({
      status: 401,
      body: { detail: 'Error decoding signature.' },
    });
    for (const foreign of ['boss', 'x']) {
      expect((await portal.ask('GET', '/auth/staff', jwt(portal.tokenOf(foreign)))).status).toBe(401);
    }
  });
});

describe('bad input', () => {
  let token: string;
  beforeAll(async () => {
    token = (await newAdmin()).token;
  });

  it.each(['{bad', '[]', '"x"', '', '{"username":1,"username":2}', '{"__proto__":1}'])(
    'is refused in the format of the API: %s',
    async (body) => {
      const reply = await portal.ask('POST', '/auth/staff', { body, ...jwt(token) });
      expect(reply.status).toBe(400);
      expect(reply.body.detail).toMatch(/^JSON parse error - /);
    },
  );

  it('of the wrong type is reported for each field', async () => {
    const body = { username: 5, email: [], password: null };
    const reply = await portal.ask('POST', '/auth/staff', { body, ...jwt(token) });
    expect([reply.status, reply.body]).toEqual([
      422,
      { username: ['Not a valid string.'], email: ['Not a valid string.'], password: ['This field may not be null.'] },
    ]);
    const { id } = await newStaff(token);
    const flag = await portal.ask('PUT', `/auth/staff/${id}`, { body: { is_superuser: 'perhaps' }, ...jwt(token) });
    expect([flag.status, flag.body]).toEqual([422, { is_superuser: ['"perhaps" is not a valid boolean.'] }]);
    const form = {
      body: 'is_superuser=true',
      headers: { ...jwt(token).headers, 'content-type': 'application/x-www-form-urlencoded' },
    };
    expect((await portal.ask('PUT', `/auth/staff/${id}`, form)).body.is_superuser).toBe(true);
  });

  it('is refused if it is too long', async () => {
    const reply = await portal.ask('POST', '/login', { body: { username: 'x'.repeat(1_100_000), password: 'x' } });
    expect(reply.status).toBe(413);
  });

  it('includes unsupported verbs and unknown paths', async () => {
    expect(await portal.ask('PATCH', '/auth/staff')).toMatchObject({
      status: 405,
      body: { detail: 'Method "PATCH" not allowed.' },
    });
    for (const [verb, path] of [
      ['GET', '/someInvalidURL'],
      ['PUT', '/auth/nothing'],
      ['DELETE', '/x/y/z'],
    ] as const) {
      expect(await portal.ask(verb, path)).toMatchObject({
        status: 405,
        body: { error: 'This API endpoint is invalid.' },
      });
    }
  });
});

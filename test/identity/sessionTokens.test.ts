import argon2 from '@node-rs/argon2';
import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StewardError } from '../../src/base/errors.ts';
import type { ListSessions, SessionSignInMethod } from '../../src/base/schemas/generated.ts';
import type { Origin } from '../../src/gate/door.ts';
import type { Credential } from '../../src/identity/credential.ts';
import { openHouse, originOf, SECRET, type TestHouse, type Who } from '../support/house.ts';
import { codeOf, ticketsFor } from '../support/proofs.ts';

const PASSWORD = 'correct horse battery staple';
const HOUR = 3_600_000;

let house: TestHouse;
/** How far the clock of the house is ahead, in ms. */
let ahead = 0;
let accounts = 0;

const now = () => new Date(Date.now() + ahead);

beforeAll(async () => {
  house = await openHouse({ policy: ticketsFor(['listUsers']), now });
});
afterAll(() => house[Symbol.asyncDispose]());

/** A local account with admin rights. */
async function account(): Promise<string> {
  accounts += 1;
  const username = `local${accounts}`;
  await house.administer('boss', { command: 'createStaff', params: { username, password: PASSWORD } });
  await house.administer('boss', { command: 'addAdmin', user: username });
  return username;
}

/** Calls a method, as the bearer of a token, or as nobody. */
async function call(name: string, params: unknown, { token, ...more }: Partial<Origin> & { token?: string } = {}) {
  const method = house.gate.method(name);
  if (method === undefined) throw new Error(`there is no ${name}`);
  const origin = { ...originOf({ token: token ?? '' }), ...more };
  const sent = method.paramCount === 0 ? [] : [params];
  return (await house.gate.call(method, { caller: await house.gate.identify(method, origin), params: sent, origin }))
    .result;
}

const reasonOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    (result) => Promise.reject(new Error(`not refused: ${JSON.stringify(result)}`)),
    (error: StewardError) => error.reason,
  );

type SignedIn = SessionSignInMethod['result'];

/** Signs in, by default with the right password. */
const signIn = (name: string, more: object = {}, address = '192.0.2.1') =>
  call('Session.sign_in', { name, password: PASSWORD, ...more }, { address }) as Promise<SignedIn>;

const sessionsOf = async (token: string) =>
  ((await call('Session.list', {}, { token })) as ListSessions['result']).sessions;
const whoAmI = (token: string) => call('Session.who_am_i', {}, { token });
const whoIs = (who: Who) => house.administer(who, { command: 'listMyPrivileges' });

describe('signing in with the name and the password of a local account', () => {
  it('gives a token for every call, with the rights of the account', async () => {
    const name = await account();
    const { token, user, expires } = await signIn(name);
    expect([user, Date.parse(expires) > Date.now() + 11 * HOUR]).toEqual([name, true]);
    expect((await whoIs({ token })).result).toMatchObject({ user: name, role: 'full', source: 'roster' });
    await call('Workspace.create_workspace', { workspace: `${name}_data` }, { token });
    await house.administer('boss', { command: 'removeAdmin', user: name });
    expect(await house.refusal({ token }, { command: 'listAdmins' })).toBe('not_admin');
    await call('Workspace.get_workspace_info', { workspace: `${name}_data` }, { token });
  });

  it('is recorded, without the password and without the token, which is stored nowhere', async () => {
    const name = await account();
    const { token, session } = await signIn(name, { client: 'a program' });
    const record = (await house.records()).findLast(({ command }) => command === 'Session.sign_in');
    expect(record).toMatchObject({
      ...{ via: 'method', outcome: 'success', actor: { name }, address: '192.0.2.1' },
      params: { name, password: expect.stringMatching(/^hmac:/), client: 'a program' },
      resources: expect.arrayContaining([`sessions/${session}`]),
    });
    for (const { name: collection } of await house.database.db.listCollections().toArray()) {
      const stored = JSON.stringify(await house.contents(collection));
      for (const secret of [PASSWORD, token, token.replace('steward-session-', '')])
        expect(stored).not.toContain(secret);
    }
  });

  it('has the password hashed at the cost that OWASP recommends', async () => {
    await account();
    const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
    expect(argon2.hash).toHaveBeenCalledWith(PASSWORD, cost);
  });

  it('answers the same whatever is wrong, so that nobody finds out which accounts there are', async () => {
    const name = await account();
    const disabled = await account();
    await house.administer('boss', { command: 'disableUser', user: disabled });
    await house.meet('withtoken');
    await house.administer('boss', { command: 'setPassword', user: 'withtoken', params: { password: PASSWORD } });
    const refused = async (who: string, more: object = {}) =>
      signIn(who, more, '192.0.2.7').then(
        () => 'not refused',
        ({ reason, message }: StewardError) => [reason, message],
      );
    const wrong = ['login_refused', 'Unable to log in with provided credentials.'];
    expect(await refused(name, { password: 'wrong' })).toEqual(wrong);
    expect(await refused('nobody')).toEqual(wrong);
    expect(await refused(disabled)).toEqual(wrong);
    // Users who come with tokens sign in where these come from.
    expect(await refused('withtoken')).toEqual(wrong);
  });

  it('says what is wrong with what was sent', async () => {
    const message = (params: object) =>
      call('Session.sign_in', params).catch(({ reason, message }: StewardError) => `${reason}: ${message}`);
    expect(await message({ name: 'ann' })).toMatch(/^invalid_params: .*password/);
    expect(await message({ name: 'ann', password: 'p', colour: 'red' })).toMatch(/^invalid_params: .*colour/);
  });

  it('slows down guesses at a password, whichever way is tried', async () => {
    const name = await account();
    const address = '192.0.2.8';
    const guess = () => reasonOf(signIn(name, { password: 'wrong' }, address));
    const atIiif = () => {
      const credential = { kind: 'password', of: 'staff', username: name, password: 'wrong' } as const;
      return reasonOf(call('Accounts.create_token', undefined, { credential, address }));
    };
    const reasons: string[] = [];
    for (let n = 0; n < 6; n += 1) reasons.push(await guess(), await atIiif());
    expect(reasons.slice(0, 10)).toEqual(Array(10).fill('login_refused'));
    expect(reasons.at(-1)).toBe('too_many_attempts');
    expect(await reasonOf(signIn(name, {}, address))).toBe('too_many_attempts');
    await signIn(name, {}, '198.51.100.1');
  });

  it('ends the oldest of a hundred sessions', async () => {
    const name = await account();
    const first = await signIn(name);
    const begun = (await house.contents('sessions')).find(({ _id }) => _id === first.session);
    const others = Array.from({ length: 99 }, (_, n) => ({
      _id: `session-${n.toString(16).padStart(32, '0')}` as never,
      ...{ principal: begun?.principal, expiresAt: begun?.expiresAt, startedAt: new Date(), revision: 1 },
    }));
    await house.database.db.collection('sessions').insertMany(others);
    await whoIs({ token: first.token });
    const last = await signIn(name);
    expect(await reasonOf(whoIs({ token: first.token }))).toBe('session_missing');
    expect(await sessionsOf(last.token)).toHaveLength(100);
  });
});

describe('Session.who_am_i', () => {
  const role = { command: 'createRole', params: { name: 'Data Stewards', members: ['pat'] } };

  it('says who the caller of any kind is, their roles and rights, and when the token expires, without a record', async () => {
    await house.meet('boss', 'pat');
    await house.administer('boss', role);
    const name = await account();
    const { token, expires } = await signIn(name);
    const before = (await house.records()).length;
    const local = { user: name, kind: 'staff', roles: [], role: 'full', mayAdminister: true, expires };
    expect(await whoAmI(token)).toEqual({ id: expect.any(String), ...local });
    const exp = new Date(Math.floor(now().getTime() / 1000) * 1000 + HOUR);
    const signed = jwt.sign({ sub: 'pat', preferred_username: 'pat', exp: exp.getTime() / 1000 }, SECRET);
    const person = { user: 'pat', id: 'pat', kind: 'person', roles: ['Data Stewards'], role: 'none' };
    expect(await whoAmI(signed)).toEqual({ ...person, mayAdminister: false, expires: exp.toISOString() });
    expect((await house.records()).length).toBe(before);
  });

  it('is not answered without a token, and not while the account is disabled', async () => {
    await house.meet('dis');
    await house.administer('boss', { command: 'disableUser', user: 'dis' });
    const { authorization = '' } = originOf('dis');
    expect(await reasonOf(whoAmI(authorization))).toBe('account_disabled');
    expect(await reasonOf(whoAmI(''))).toBe('token_missing');
  });
});

describe('a session', () => {
  it('is listed to its holder and to administrators, with where it began and when it was used', async () => {
    const name = await account();
    const { token, session } = await signIn(name, { client: 'steward on gauss' }, '198.51.100.2');
    const other = await signIn(name);
    const listed = {
      ...{ id: session, kind: 'token', client: 'steward on gauss', address: '198.51.100.2', withCode: false },
      ...{ started: expect.any(String), expires: expect.any(String) },
    };
    expect(await sessionsOf(token)).toEqual([
      { ...listed, lastUsed: expect.any(String), current: true },
      expect.objectContaining({ id: other.session }),
    ]);
    const { result } = await house.administer('boss', { command: 'listSessions', user: name });
    expect(result).toMatchObject({ sessions: [listed, { id: other.session }] });
    expect(JSON.stringify(result)).not.toContain('current');
  });

  it.each<[string, (holder: string, signedIn: SignedIn) => Promise<unknown>]>([
    ['its holder signs out', (_, { token }) => call('Session.sign_out', {}, { token })],
    [
      'its holder ends it from another one',
      async (name, { session }) => call('Session.sign_out', { session }, { token: (await signIn(name)).token }),
    ],
    [
      'its holder ends all of theirs',
      async (name) => call('Session.sign_out', { all: true }, { token: (await signIn(name)).token }),
    ],
    [
      'an administrator ends it',
      (name, { session }) => house.administer('boss', { command: 'endSession', user: name, params: { session } }),
    ],
    ['an administrator ends all', (name) => house.administer('boss', { command: 'endSession', user: name })],
    [
      'the password is changed',
      (name) => house.administer('boss', { command: 'setPassword', user: name, params: { password: PASSWORD } }),
    ],
    ['the account is closed', (name) => house.administer('boss', { command: 'deleteUser', user: name })],
  ])('is over once %s, also for calls that have begun', async (_, end) => {
    const name = await account();
    const signedIn = await signIn(name);
    const method = house.gate.method('Workspace.create_workspace');
    if (method === undefined) throw new Error('there is no such method');
    const origin = originOf({ token: signedIn.token });
    const caller = await house.gate.identify(method, origin);
    await end(name, signedIn);
    const params = [{ workspace: `${name}_late` }];
    expect(['session_missing', 'account_closed']).toContain(
      await reasonOf(house.gate.call(method, { caller, params, origin })),
    );
    expect(await reasonOf(whoIs({ token: signedIn.token }))).toBe('session_missing');
  });

  it('ends when the account is disabled, and is worth nothing after it was enabled again', async () => {
    const name = await account();
    const { token } = await signIn(name);
    await house.administer('boss', { command: 'disableUser', user: name });
    expect(await reasonOf(whoIs({ token }))).toBe('session_missing');
    await house.administer('boss', { command: 'enableUser', user: name });
    expect(await reasonOf(whoIs({ token }))).toBe('session_missing');
    expect(await reasonOf(call('Workspace.list_workspace_info', {}, { token }))).toBe('session_missing');
    // The password and the right of an administrator are as they were.
    expect((await whoIs({ token: (await signIn(name)).token })).result).toMatchObject({ role: 'full' });
  });

  it('ends by itself, and is not accepted before its beginning by a clock that was set back', async () => {
    const name = await account();
    ahead = 2 * HOUR;
    const { token } = await signIn(name);
    await whoIs({ token });
    ahead = 0;
    expect(await reasonOf(whoIs({ token }))).toBe('session_missing');
    ahead = 13 * HOUR;
    await whoIs({ token });
    ahead = 14 * HOUR + 1_000;
    expect(await reasonOf(whoIs({ token }))).toBe('session_missing');
    ahead = 0;
  });

  it('of somebody else cannot be ended by a user, nor by an administrator with fewer rights', async () => {
    const [name, other] = [await account(), await account()];
    const [mine, theirs] = [await signIn(name), await signIn(other)];
    const { session } = theirs;
    expect(await reasonOf(call('Session.sign_out', { session }, { token: mine.token }))).toBe('session_unknown');
    await house.administer('boss', { command: 'addAdmin', user: name, params: { commands: ['endSession'] } });
    expect(await house.refusal({ token: mine.token }, { command: 'endSession', user: other })).toBe(
      'exceeds_own_rights',
    );
    await whoIs({ token: theirs.token });
  });

  it('is none of a caller with another token', async () => {
    expect(await reasonOf(house.signIn('ann').then(() => call('Session.sign_out', {}, originOf('ann'))))).toBe(
      'session_unknown',
    );
  });
});

describe('no session is begun by', () => {
  let signedIn: SignedIn;
  beforeAll(async () => {
    signedIn = await signIn(await account());
    await whoIs({ token: signedIn.token });
  });

  it.each<[string, (signedIn: SignedIn) => string]>([
    ['a token that differs in a character', ({ token }) => `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`],
    ['a longer token', ({ token }) => `${token}A`],
    ['the id of a session', ({ session }) => session],
    ['the id in the form of a token', ({ session }) => session.replace('session-', 'steward-session-')],
    ['the beginning of all tokens', () => 'steward-session-'],
    ['a token without its beginning', ({ token }) => token.replace('steward-session-', '')],
  ])('%s', async (_, forge) => {
    expect(['session_missing', 'token_invalid']).toContain(await reasonOf(whoIs({ token: forge(signedIn) })));
  });

  it('a credential of another audience', async () => {
    const name = await account();
    const login = { kind: 'password', of: 'staff', username: name, password: PASSWORD } as const;
    const iiif = (await call('Accounts.create_token', undefined, { credential: login })) as { token: string };
    expect(await reasonOf(whoIs({ token: iiif.token }))).toBe('token_invalid');
    await house.administer('boss', { command: 'addUser', user: 'gnoder' });
    await house.administer('boss', { command: 'setPassword', user: 'gnoder', params: { password: PASSWORD } });
    const portal = { kind: 'password', of: 'others', username: 'gnoder', password: PASSWORD } as const;
    const { session } = (await call('Accounts.open_session', undefined, { credential: portal })) as { session: string };
    for (const token of [session, `steward-session-${session}`]) {
      expect(['session_missing', 'token_invalid']).toContain(await reasonOf(whoIs({ token })));
    }
    const { token } = await signIn('gnoder');
    const asOther: Credential[] = [
      { kind: 'session', id: token },
      { kind: 'staffToken', token },
    ];
    for (const credential of asOther) {
      const reason = await reasonOf(call('Accounts.who_am_i', undefined, { credential }));
      expect(['session_missing', 'token_invalid']).toContain(reason);
    }
  });
});

describe('an account with an authenticator app', () => {
  /** An account with an app, the secret of which and the recovery codes it returns. */
  async function withApp() {
    const name = await account();
    const { token } = await signIn(name);
    const { result } = await house.administer(
      { token },
      { command: 'enrolTotp', params: { proof: { password: PASSWORD } } },
    );
    const { secret } = result as { secret: string };
    const proof = { totp: codeOf(secret, now()) };
    const confirmed = await house.administer({ token }, { command: 'confirmTotp', params: { proof } });
    const { recoveryCodes } = confirmed.result as { recoveryCodes: string[] };
    ahead += 60_000;
    return { name, before: token, recoveryCodes, code: () => codeOf(secret, now()) };
  }

  it('needs a code too, which is good once', async () => {
    const { name, code } = await withApp();
    expect(await reasonOf(signIn(name))).toBe('totp_required');
    expect(await reasonOf(signIn(name, { totp: '000000' }))).toBe('proof_refused');
    const used = code();
    const { token } = await signIn(name, { totp: used });
    expect((await sessionsOf(token)).find(({ current }) => current)).toMatchObject({ withCode: true });
    expect(await reasonOf(signIn(name, { totp: used }))).toBe('proof_refused');
  });

  it('can be signed in to with a recovery code, which is good once', async () => {
    const { name, recoveryCodes } = await withApp();
    const recoveryCode = recoveryCodes[0]?.toUpperCase();
    await signIn(name, { recoveryCode });
    expect(await reasonOf(signIn(name, { recoveryCode }))).toBe('proof_refused');
  });

  it('does not tell without the password that it has one, and slows down guesses at the code alone', async () => {
    const { name } = await withApp();
    const address = '192.0.2.9';
    expect(await reasonOf(signIn(name, { password: 'wrong' }, address))).toBe('login_refused');
    // A missing code is no guess.
    for (let n = 0; n < 12; n += 1) expect(await reasonOf(signIn(name, {}, address))).toBe('totp_required');
    const reasons: string[] = [];
    for (let n = 0; n < 11; n += 1) reasons.push(await reasonOf(signIn(name, { totp: '000000' }, address)));
    expect(reasons[0]).toBe('proof_refused');
    expect(reasons.at(-1)).toBe('too_many_attempts');
  });

  it('gets no ticket with a session that began without the code', async () => {
    const { name, before, code } = await withApp();
    const { token } = await signIn(name, { totp: code() });
    const opened = (proof: string) =>
      house.refused({ token }, { command: 'openTicket', params: { proof: { token: proof } } });
    expect((await opened(before)).message).toContain('without a code of your authenticator app');
  });
});

describe('for a command that needs a ticket', () => {
  it('a session is no proof, and another one of a new sign-in is one, once', async () => {
    const name = await account();
    const { token } = await signIn(name);
    const listUsers = { command: 'listUsers' };
    const open = (proof: string) => ({ command: 'openTicket', params: { proof: { token: proof } } });
    expect(await house.refusal({ token }, listUsers)).toBe('ticket_required');
    expect((await house.refused({ token }, open(token))).message).toContain('the token of the call itself');
    const fresh = await signIn(name);
    await house.administer({ token }, open(fresh.token));
    await house.administer({ token }, listUsers);
    expect((await house.refused({ token }, open(fresh.token))).message).toContain('used as a proof already');
    const stale = await signIn(name);
    ahead += 301_000;
    expect((await house.refused({ token }, open(stale.token))).message).toContain('a sign-in 301 seconds ago');
    ahead -= 301_000;
    const ended = await signIn(name);
    await call('Session.sign_out', {}, { token: ended.token });
    expect((await house.refused({ token }, open(ended.token))).message).toContain('the token is not valid');
    const theirs = await signIn(await account());
    expect((await house.refused({ token }, open(theirs.token))).message).toContain('the token is not yours');
  });
});

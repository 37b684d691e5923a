import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { User } from '../../src/base/schemas/generated.ts';
import { EitherSource } from '../../src/identity/eitherSource.ts';
import { JwtSource, LOCAL_ISSUER } from '../../src/identity/jwt.ts';
import { KbaseAuthService } from '../../src/identity/kbaseAuthService.ts';
import { KbaseSource } from '../../src/identity/kbaseSource.ts';
import { shortId } from '../../src/identity/principal.ts';
import { KBASE_ISSUER } from '../../src/identity/token.ts';
import { allCommands } from '../../src/operations/index.ts';
import type { Command } from '../../src/operations/operation.ts';
import { acting, command } from '../support/acting.ts';
import { openHouse, originOf, SECRET, type TestHouse, type TestHouseOptions } from '../support/house.ts';
import { type AuthServer, errorAnswer, json, startAuthServer, text } from '../support/kbaseAuth.ts';

const MINUTES = 60_000;
const INVALID = 'Token validation failed: Auth service returned an error: 10020 Invalid token';

const actingAsSubject = { ...acting, user: 'subject' } as const;
/** Commands that act as a user, and return as whom. */
const actingCommands: readonly Command[] = [
  command({ ...actingAsSubject, name: 'readAs', effect: 'read', run: async ({ principal }) => principal._id }),
  command({ ...actingAsSubject, name: 'writeAs', effect: 'write', run: async ({ principal }) => principal._id }),
];

let auth: AuthServer;
let clock: Date;
beforeEach(async () => {
  auth = await startAuthServer({ boss: [], ann: [], bea: [], cec: [], eve: [] });
  clock = new Date();
});
afterEach(() => auth[Symbol.asyncDispose]());

const later = (milliseconds: number) => {
  clock = new Date(clock.getTime() + milliseconds);
};
const as = (user: string) => ({ token: `tok-${user}` });

/** A house whose tokens come from the auth service, with a fake clock. */
function openKbaseHouse(options: TestHouseOptions = {}): Promise<TestHouse> {
  const tokens = new KbaseSource(new KbaseAuthService(auth.url, { timeoutMs: 2_000 }));
  return openHouse({
    tokens,
    issuer: KBASE_ISSUER,
    issuers: [KBASE_ISSUER, LOCAL_ISSUER],
    now: () => clock,
    commands: [...allCommands, ...actingCommands],
    ...options,
  });
}

const adminsOf = async (house: TestHouse) => (await house.administer(as('boss'), { command: 'listAdmins' })).result;
const usersOf = async (house: TestHouse) =>
  ((await house.administer(as('boss'), { command: 'listUsers' })).result as { users: User[] }).users;
const tokenChecks = () => auth.count('/api/V2/token');

describe('a token of the auth service', () => {
  it('stores its bearer under the name, which is the id', async () => {
    await using house = await openKbaseHouse();
    expect((await house.signIn(as('ann'))).name).toBe('ann');
    const origin = originOf(as('ann'));
    const method = house.gate.method('Workspace.administer');
    if (method === undefined) throw new Error('there is no administer');
    const bearer = { ...origin, authorization: `Bearer ${origin.authorization}` };
    expect((await house.gate.identify(method, bearer))?.name).toBe('ann');
    expect((await usersOf(house)).find((u) => u.user === 'ann')).toMatchObject({
      id: 'ann',
      subject: 'ann',
      issuer: 'kbase',
      state: 'active',
    });
    expect(auth.asked[0]).toBe('GET /api/V2/token tok-ann');
  });

  it('is checked once in five minutes, and then again', async () => {
    await using house = await openKbaseHouse();
    await house.signIn(as('ann'));
    later(5 * MINUTES - 1);
    await house.signIn(as('ann'));
    expect(tokenChecks()).toBe(1);
    later(1);
    await house.signIn(as('ann'));
    expect(tokenChecks()).toBe(2);
  });

  it('is checked once for many concurrent calls', async () => {
    await using house = await openKbaseHouse();
    await Promise.all(Array.from({ length: 20 }, () => house.signIn(as('ann'))));
    expect(tokenChecks()).toBe(1);
  });

  it('is cached no longer than its issuer allows, or it is valid', async () => {
    await using house = await openKbaseHouse();
    auth.answer('/api/V2/token', json(200, { user: 'ann', cachefor: 1_000 }));
    await house.signIn(as('ann'));
    later(1_000);
    auth.answer('/api/V2/token', json(200, { user: 'ann', expires: clock.getTime() + 2_000 }));
    await house.signIn(as('ann'));
    later(2_000);
    auth.answer('/api/V2/token', undefined);
    auth.tokens.delete('tok-ann');
    await expect(house.signIn(as('ann'))).rejects.toThrow(INVALID);
  });

  it('is not cached if the clock was set back', async () => {
    await using house = await openKbaseHouse();
    await house.signIn(as('ann'));
    later(-60 * MINUTES);
    auth.tokens.delete('tok-ann');
    await expect(house.signIn(as('ann'))).rejects.toThrow(INVALID);
  });

  it('that was refused is checked each time, so that a new one works at once', async () => {
    await using house = await openKbaseHouse();
    await expect(house.signIn(as('dan'))).rejects.toThrow(INVALID);
    auth.tokens.set('tok-dan', 'dan');
    expect((await house.signIn(as('dan'))).name).toBe('dan');
  });

  it('is refused without a request if it has what no token has', async () => {
    await using house = await openKbaseHouse();
    for (const [what, token] of [
      ['a space', 'tok ann'],
      ['a line break', 'tok\r\nx-evil: 1'],
      ['a letter that no header has', 'tok-\u00e4'],
      ['more characters than a token has', 'x'.repeat(4_097)],
    ] as const) {
      await expect(house.signIn({ token }), what).rejects.toThrow(INVALID);
      expect(auth.asked, what).toEqual([]);
    }
  });

  it('is refused if its user has a name that nobody may have', async () => {
    await using house = await openKbaseHouse();
    for (const user of ['***ROOT***', 'a b', '', 'x'.repeat(101), 'ann~00000000']) {
      auth.answer('/api/V2/token', json(200, { user }));
      await expect(house.signIn(as('ann')), user).rejects.toMatchObject({ reason: 'auth_unavailable' });
      expect(await house.contents('principals'), user).toEqual([]);
    }
  });
});

describe('while the auth service is down', () => {
  it('an admin can continue for five minutes, and is then refused for this reason', async () => {
    await using house = await openKbaseHouse();
    await house.signIn(as('boss'));
    await auth.stop();
    later(5 * MINUTES - 1);
    expect(await adminsOf(house)).toEqual(['boss']);
    later(1);
    const error = await house.refused(as('boss'), { command: 'listAdmins' });
    expect(error.message).toBe(
      `Token validation failed: Could not contact the auth service at ${auth.url}/: the connection was refused`,
    );
    await auth.start();
    expect(await adminsOf(house)).toEqual(['boss']);
  });

  it('an admin who is removed, disabled or closed is refused at once', async () => {
    await using house = await openKbaseHouse();
    await house.signIn(as('boss'));
    for (const user of ['ann', 'bea', 'cec']) {
      await house.administer(as('boss'), { command: 'addAdmin', user });
      expect((await house.administer(as(user), { command: 'getConfig' })).result).toBeDefined();
    }
    await auth.stop();
    await house.administer(as('boss'), { command: 'removeAdmin', user: 'ann' });
    await house.administer(as('boss'), { command: 'disableUser', user: 'bea' });
    await house.administer(as('boss'), { command: 'deleteUser', user: 'cec' });
    expect(await house.refusal(as('ann'), { command: 'getConfig' })).toBe('not_admin');
    await expect(house.signIn(as('bea'))).rejects.toThrow('Token validation failed: the account bea is disabled');
    await expect(house.signIn(as('cec'))).rejects.toThrow('Token validation failed: the account cec is closed');
  });

  it('nobody new is let in, and nobody counts as unknown', async () => {
    await using house = await openKbaseHouse();
    await auth.stop();
    await expect(house.signIn(as('boss'))).rejects.toMatchObject({ reason: 'auth_unavailable', code: -32400 });
    expect((await house.records()).map((r) => r.command)).toEqual(['start']);
  });
});

describe('roles from the auth service', () => {
  const rules = { configured: ['boss'], tokenRoles: { full: ['WS_FULL'], readOnly: ['WS_READ', 'WS_LOOK'] } };
  const open = async () => {
    auth.users.set('ann', ['WS_READ', 'OTHER']);
    auth.users.set('bea', ['WS_READ', 'WS_FULL']);
    return openKbaseHouse({ rules });
  };
  const roleOf = async (house: TestHouse, user: string) => {
    const method = house.gate.method('Workspace.get_admin_role');
    if (method === undefined) throw new Error('there is no get_admin_role');
    const caller = await house.gate.identify(method, originOf(as(user)));
    return (
      (await house.gate.call(method, { caller, params: [], origin: originOf(as(user)) })).result as {
        adminrole: string;
      }
    ).adminrole;
  };

  it('make admins; ws-admin and the roster are ignored', async () => {
    await using house = await open();
    expect([await roleOf(house, 'boss'), await roleOf(house, 'ann'), await roleOf(house, 'bea')]).toEqual([
      'none',
      'read',
      'full',
    ]);
    expect(await house.refusal(as('boss'), { command: 'getConfig' })).toBe('not_admin');
    expect((await house.administer(as('ann'), { command: 'getConfig' })).result).toBeDefined();
    expect(await house.refusal(as('ann'), { command: 'setConfig' })).toBe('rights_required');
    expect(await house.refusal(as('bea'), { command: 'listAdmins' })).toBe('roles_delegated');
    expect(await house.refusal(as('bea'), { command: 'addAdmin', user: 'ann' })).toBe('roles_delegated');
    expect(await house.refusal(as('bea'), { command: 'addAdmin', user: 'eve' })).toBe('roles_delegated');
    expect(await house.refusal(as('bea'), { command: 'addAdmin', user: 'nobody' })).toBe('user_unknown');
    expect((await house.contents('principals')).map((p) => p._id)).toEqual(['ann', 'bea', 'boss']);
  });

  it('are requested only if they matter, once in five minutes for a user with any token', async () => {
    await using house = await open();
    auth.tokens.set('tok-ann-2', 'ann');
    await house.signIn(as('ann'));
    expect(auth.count('/api/V2/me')).toBe(0);
    expect(await roleOf(house, 'ann')).toBe('read');
    auth.users.set('ann', ['WS_FULL']);
    later(5 * MINUTES - 1);
    expect(await roleOf(house, 'ann-2')).toBe('read');
    expect(auth.count('/api/V2/me')).toBe(1);
    later(1);
    expect(await roleOf(house, 'ann')).toBe('full');
    auth.users.set('ann', []);
    later(5 * MINUTES);
    expect(await house.refusal(as('ann'), { command: 'getConfig' })).toBe('not_admin');
    auth.users.set('ann', ['WS_FULL']);
    expect(await house.refusal(as('ann'), { command: 'getConfig' })).toBe('not_admin');
  });

  it("that are not available make the call fail with KBase's message, recorded, and are requested again", async () => {
    await using house = await open();
    await house.signIn(as('bea'));
    await auth.stop();
    const error = await house.refused(as('bea'), { command: 'getConfig' });
    expect(error.message).toBe('Unable to contact the KBase Authentication server: the connection was refused');
    expect(error.code).toBe(-32500);
    expect((await house.records()).at(-1)).toMatchObject({
      command: 'getConfig',
      outcome: 'failed',
      error: 'roles_unavailable',
      actor: { id: 'bea', name: 'bea' },
    });
    await auth.start();
    auth.answer('/api/V2/me', text(200, '<html>'));
    expect(await house.refusal(as('bea'), { command: 'getConfig' })).toBe('roles_unavailable');
    auth.answer('/api/V2/me', undefined);
    expect((await house.administer(as('bea'), { command: 'getConfig' })).result).toBeDefined();
  });

  it('hold through an outage as long as they are cached, and a disabled admin is refused at once', async () => {
    await using house = await open();
    auth.users.set('cec', ['WS_FULL']);
    for (const user of ['bea', 'cec']) await house.administer(as(user), { command: 'getConfig' });
    await auth.stop();
    later(5 * MINUTES - 1);
    await house.administer(as('bea'), { command: 'disableUser', user: 'cec' });
    await expect(house.signIn(as('cec'))).rejects.toMatchObject({ reason: 'account_disabled' });
    later(1);
    expect(await house.refusal(as('bea'), { command: 'getConfig' }).catch((e) => e.reason)).toBe('auth_unavailable');
  });

  it('refused because the token was revoked end the use of the token at once', async () => {
    await using house = await open();
    await house.signIn(as('bea'));
    auth.tokens.delete('tok-bea');
    const error = await house.refused(as('bea'), { command: 'getConfig' });
    expect(error.message).toBe('KBase authentication service reported an error: 10020 Invalid token');
    await expect(house.signIn(as('bea'))).rejects.toThrow(INVALID);
  });
});

describe('a user who never signed in here', () => {
  it('is made an admin and stored in one recorded transaction', async () => {
    await using house = await openKbaseHouse();
    await house.administer(as('boss'), { command: 'addAdmin', user: 'ann', reason: 'on call' });
    const record = (await house.records()).at(-1);
    expect(record).toMatchObject({
      command: 'addAdmin',
      outcome: 'success',
      changes: [
        { collection: 'principals', id: 'ann', op: 'insert', after: { username: 'ann', issuer: 'kbase' } },
        { collection: 'roster', op: 'update' },
      ],
    });
    expect(auth.asked.at(-1)).toBe('GET /api/V2/users/?list=ann tok-boss');
    const before = (await house.records()).length;
    expect((await house.administer(as('ann'), { command: 'listAdmins' })).result).toEqual(['boss', 'ann']);
    expect(await house.records()).toHaveLength(before + 1);
  });

  it('is stored only if the command succeeds, and not by a dry run', async () => {
    await using house = await openKbaseHouse();
    const dry = await house.administer(as('boss'), { command: 'addAdmin', user: 'ann', dryRun: true });
    expect(dry.result).toMatchObject({ changes: [{ collection: 'principals', id: 'ann' }, { collection: 'roster' }] });
    const failing = { command: 'addAdmin', user: 'ann', params: { as: ['bea', 'nobody', 'eve'] } };
    expect(await house.refusal(as('boss'), failing)).toBe('user_unknown');
    const stale = { command: 'addAdmin', user: 'ann', plan: '0'.repeat(64) };
    expect(await house.refusal(as('boss'), stale)).toBe('plan_stale');
    expect((await house.contents('principals')).map((p) => p._id)).toEqual(['boss']);
    const { plan } = dry.result as { plan: string };
    await house.administer(as('boss'), { command: 'addAdmin', user: 'ann', plan });
    expect(await adminsOf(house)).toEqual(['boss', 'ann']);
  });

  it('is accepted wherever a command names users, with one request for many', async () => {
    await using house = await openKbaseHouse();
    const params = { as: ['bea', 'cec', 'eve'], commands: ['getConfig'] };
    await house.administer(as('boss'), { command: 'addAdmin', user: 'ann', params });
    expect(auth.asked.filter((line) => line.includes('/users/'))).toEqual([
      'GET /api/V2/users/?list=ann tok-boss',
      'GET /api/V2/users/?list=bea,cec,eve tok-boss',
    ]);
    expect((await usersOf(house)).map((u) => u.user)).toEqual(['ann', 'bea', 'boss', 'cec', 'eve']);
  });

  it('can be disabled before the first sign-in, and removed as an admin without having been one', async () => {
    await using house = await openKbaseHouse();
    await house.administer(as('boss'), { command: 'disableUser', user: 'ann' });
    await expect(house.signIn(as('ann'))).rejects.toMatchObject({ reason: 'account_disabled' });
    expect((await house.administer(as('boss'), { command: 'removeAdmin', user: 'bea' })).result).toBeNull();
  });

  it('is refused if the auth service does not know the name, or the name is not valid there', async () => {
    await using house = await openKbaseHouse();
    await house.signIn(as('boss'));
    const error = await house.refused(as('boss'), { command: 'addAdmin', user: 'nobody' });
    expect(error.message).toBe('User nobody is not a valid user');
    const asked = auth.asked.length;
    expect(await house.refusal(as('boss'), { command: 'disableUser', user: 'No.Body@x' })).toBe('user_unknown');
    expect(await house.refusal(as('boss'), { command: 'disableUser', user: 'ann~00000000' })).toBe('user_unknown');
    expect(auth.asked).toHaveLength(asked);
  });

  it('is neither accepted nor called unknown while the auth service is down', async () => {
    await using house = await openKbaseHouse();
    await house.signIn(as('boss'));
    await auth.stop();
    const error = await house.refused(as('boss'), { command: 'addAdmin', user: 'ann' });
    expect(error.message).toBe(
      'Could not contact Authorization Service host to validate user names: the connection was refused',
    );
    expect((await house.records()).at(-1)).toMatchObject({ outcome: 'failed', error: 'users_unavailable' });
    await house.administer(as('boss'), { command: 'addAdmin', user: 'boss' });
  });

  it('is looked up once in five minutes, and each time while unknown', async () => {
    await using house = await openKbaseHouse();
    const questions = () => auth.count('/api/V2/users/');
    const dry = { command: 'addAdmin', user: 'ann', dryRun: true };
    await house.administer(as('boss'), dry);
    later(5 * MINUTES - 1);
    await house.administer(as('boss'), dry);
    expect(questions()).toBe(1);
    later(1);
    await house.administer(as('boss'), dry);
    expect(questions()).toBe(2);
    expect(await house.refusal(as('boss'), { ...dry, user: 'dan' })).toBe('user_unknown');
    auth.users.set('dan', []);
    await house.administer(as('boss'), { ...dry, user: 'dan' });
    expect(questions()).toBe(4);
  });

  it('whose account here was closed does not come back because the auth service knows them', async () => {
    await using house = await openKbaseHouse();
    await house.signIn(as('ann'));
    await house.administer(as('boss'), { command: 'deleteUser', user: 'ann' });
    for (const name of ['addAdmin', 'writeAs', 'readAs']) {
      const error = await house.refused(as('boss'), { command: name, user: 'ann' });
      expect([name, error.reason, error.message]).toEqual([name, 'account_is_closed', 'The account ann is closed']);
    }
    await expect(house.signIn(as('ann'))).rejects.toMatchObject({ reason: 'account_closed' });
    expect((await usersOf(house)).map((u) => u.user)).toEqual([`ann~${shortId('ann')}`, 'boss']);
  });

  it('whom ws-admin names is protected as soon as they are stored', async () => {
    await using house = await openKbaseHouse({ rules: { configured: ['boss', 'ann'] } });
    expect(await house.refusal(as('boss'), { command: 'disableUser', user: 'ann' })).toBe('protected_admin');
    expect((await house.administer(as('ann'), { command: 'listAdmins' })).result).toEqual(['boss', 'ann']);
  });

  it('can be acted as: a write stores them in its own transaction, a read in one before', async () => {
    await using house = await openKbaseHouse();
    expect((await house.administer(as('boss'), { command: 'writeAs', user: 'ann' })).result).toBe('ann');
    expect((await house.administer(as('boss'), { command: 'readAs', user: 'bea' })).result).toBe('bea');
    const records = (await house.records()).map(({ command: name, outcome, subject, changes }) => [
      name,
      outcome,
      (subject as { id: string } | undefined)?.id,
      (changes as { id: string }[]).map((c) => c.id).filter((id) => id !== 'roster'),
    ]);
    expect(records.slice(-3)).toEqual([
      ['writeAs', 'success', 'ann', ['ann']],
      ['introduce', 'success', undefined, ['bea']],
      ['readAs', 'success', 'bea', []],
    ]);
    const made = (await house.records()).find((r) => r.command === 'introduce');
    expect(made).toMatchObject({ via: 'command', authority: 'service', actor: { name: 'boss' }, address: '192.0.2.1' });
  });

  it('is not stored by a call that may not act as them, or by a dry run', async () => {
    await using house = await openKbaseHouse();
    await house.administer(as('boss'), { command: 'addAdmin', user: 'ann', params: { as: ['boss'] } });
    expect(await house.refusal(as('ann'), { command: 'writeAs', user: 'bea' })).toBe('subject_not_allowed');
    expect(await house.refusal(as('ann'), { command: 'readAs', user: 'bea' })).toBe('subject_not_allowed');
    for (const name of ['writeAs', 'readAs']) {
      await house.administer(as('boss'), { command: name, user: 'bea', dryRun: true });
    }
    expect((await house.contents('principals')).map((p) => p._id)).toEqual(['ann', 'boss']);
    expect((await house.records()).at(-1)).toMatchObject({ subject: { id: '["kbase","bea"]', name: 'bea' } });
  });

  it('is replayed by an idempotency key like any other', async () => {
    await using house = await openKbaseHouse();
    const call = { command: 'writeAs', user: 'ann', idempotencyKey: 'k' };
    const first = await house.administer(as('boss'), call);
    expect(await house.administer(as('boss'), call)).toEqual(first);
    expect((await house.contents('principals')).map((p) => p._id)).toEqual(['ann', 'boss']);
  });
});

describe('an account of the auth service', () => {
  it('that an administrator renamed keeps its new name, and nobody else can have the old one', async () => {
    await using house = await openKbaseHouse();
    await house.signIn(as('ann'));
    await house.administer(as('boss'), { command: 'renameUser', user: 'ann', params: { newName: 'bea' } });
    expect((await house.signIn(as('ann'))).name).toBe('bea');
    await expect(house.signIn(as('bea'))).rejects.toMatchObject({ reason: 'username_conflict' });
    expect((await house.signIn(as('ann'))).name).toBe('bea');
  });

  it('has no id but its name', async () => {
    await using house = await openKbaseHouse();
    const add = (params: object) => ({ command: 'addUser', user: 'ann', params });
    expect(await house.refusal(as('boss'), add({ id: 's-ann' }))).toBe('invalid_params');
    await house.administer(as('boss'), add({ id: 'ann', kind: 'staff' }));
    await house.signIn(as('ann'));
    expect((await usersOf(house))[0]).toMatchObject({ user: 'ann', kind: 'staff', state: 'active' });
  });
});

describe('beside a key for signed tokens', () => {
  const open = () =>
    openKbaseHouse({
      tokens: new EitherSource({
        signed: new JwtSource({ secret: SECRET }),
        opaque: new KbaseSource(new KbaseAuthService(auth.url)),
      }),
    });

  it('the form of the token decides which source sees it', async () => {
    await using house = await open();
    expect((await house.signIn('boss')).name).toBe('boss');
    expect(auth.asked).toEqual([]);
    const forged = originOf('boss').authorization?.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')) ?? '';
    await expect(house.signIn({ token: forged.slice(0, -2) })).rejects.toMatchObject({ reason: 'token_invalid' });
    await expect(house.signIn({ token: 'a.b.c' })).rejects.toMatchObject({ reason: 'token_invalid' });
    expect(auth.asked).toEqual([]);
    expect((await house.signIn(as('ann'))).name).toBe('ann');
    expect(auth.asked).toEqual(['GET /api/V2/token tok-ann']);
  });

  it('one name is one account: the second user, from the other issuer, is refused', async () => {
    await using house = await open();
    await house.signIn('boss');
    await expect(house.signIn(as('boss'))).rejects.toMatchObject({ reason: 'username_conflict' });
    await house.signIn(as('ann'));
    await expect(house.signIn('ann')).rejects.toMatchObject({ reason: 'username_conflict' });
  });

  it('names cannot be looked up with a signed token: those unknown here stay unknown', async () => {
    await using house = await open();
    expect(await house.refusal('boss', { command: 'addAdmin', user: 'ann' })).toBe('user_unknown');
    expect(auth.asked).toEqual([]);
  });
});

it('an error of the auth service that contains the token does not reach the caller or the audit', async () => {
  await using house = await openKbaseHouse();
  await house.signIn(as('boss'));
  auth.answer('/api/V2/users', errorAnswer(500, 1, 'tok-boss is bad'));
  const error = await house.refused(as('boss'), { command: 'addAdmin', user: 'ann' });
  expect(error.message).not.toContain('tok-boss');
  expect(JSON.stringify(await house.records())).not.toContain('tok-');
});

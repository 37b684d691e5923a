import { generateKeyPairSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';
import { EitherSource } from '../../src/identity/eitherSource.ts';
import { JwtSource, LOCAL_ISSUER } from '../../src/identity/jwt.ts';
import { KbaseAuthService } from '../../src/identity/kbaseAuthService.ts';
import { KbaseSource } from '../../src/identity/kbaseSource.ts';
import { TICKET_RULES } from '../../src/identity/proofs.ts';
import { KBASE_ISSUER } from '../../src/identity/token.ts';
import { openHouse, originOf, SECRET, type TestHouse, type TestHouseOptions, type Who } from '../support/house.ts';
import { houseWith } from '../support/houseWith.ts';
import { json, startAuthServer } from '../support/kbaseAuth.ts';
import { LONG } from '../support/long.ts';
import { callerWith, codeOf, type SignedInToken, signedInToken, ticketsFor } from '../support/proofs.ts';

/** Tickets that are opened at the same time. */
const MANY = LONG ? 20 : 5;
const PASSWORD = 'correct horse battery staple';

async function house(options: TestHouseOptions = {}, open: typeof openHouse = openHouse) {
  const clock = { now: new Date() };
  const opened = await open({ policy: ticketsFor(['listUsers']), now: () => clock.now, ...options });
  const later = (seconds: number) => {
    clock.now = new Date(clock.now.getTime() + seconds * 1_000);
  };
  /** A token from a sign-in, by the clock of the house. */
  const token = (sub: string, more: SignedInToken = {}) => signedInToken(sub, { now: clock.now, ...more });
  return { ...opened, clock, later, token };
}

const openWith = (proof: object) => ({ command: 'openTicket', params: { proof } });

async function makeStan({ administer }: TestHouse): Promise<void> {
  await administer('boss', { command: 'createStaff', params: { username: 'stan', password: PASSWORD } });
  await administer('boss', { command: 'addAdmin', user: 'stan' });
}

/** A staff account with admin rights, and a call of `administer` with a token of this service for it. */
async function withLocalAccount(options: TestHouseOptions = {}) {
  const the = await house(options, (all) => houseWith(makeStan, all));
  return { ...the, ...(await callsOf(the, 'stan')) };
}

/** Calls with a session token of a local account. */
async function callsOf({ gate }: TestHouse, username: string, password = PASSWORD) {
  const credential = { kind: 'password', of: 'staff', username, password } as const;
  const login = { ...originOf('nobody'), authorization: undefined, credential };
  const method = gate.method('Accounts.create_token');
  const administer = gate.method('Workspace.administer');
  if (method === undefined || administer === undefined) throw new Error('a method is missing');
  const caller = await gate.identify(method, login);
  const { token } = (await gate.call(method, { caller, params: [], origin: login })).result as { token: string };
  const asLocal = async (command: object, address = '192.0.2.1') => {
    const origin = {
      ...{ ...originOf('nobody'), authorization: undefined, address },
      credential: { kind: 'staffToken', token } as const,
    };
    return gate.call(administer, { caller: await gate.identify(administer, origin), params: [command], origin });
  };
  const refusalOf = (command: object, address?: string) =>
    asLocal(command, address).then(
      ({ result }) => Promise.reject(new Error(`not refused: ${JSON.stringify(result)}`)),
      (error: { reason: string }) => error.reason,
    );
  return { asLocal, refusalOf };
}

/** Sets an authenticator app up. */
async function enrol(call: (command: object) => Promise<{ result: unknown }>, proof: object, now: () => Date) {
  const { result } = await call({ command: 'enrolTotp', params: { proof } });
  const { secret, uri, qrCode } = result as { secret: string; uri: string; qrCode: string };
  const confirmed = await call({ command: 'confirmTotp', params: { proof: { totp: codeOf(secret, now()) } } });
  const { recoveryCodes } = confirmed.result as { recoveryCodes: string[] };
  return { secret, uri, qrCode, recoveryCodes };
}

type Signing = Awaited<ReturnType<typeof house>>['token'];

describe('a token as a proof', () => {
  it.each([
    [
      'that is the token of the call',
      'it is the token of the call itself',
      async (caller: { token: string }) => caller.token,
    ],
    ['of somebody else', 'the token is not yours', async (_: unknown, token: Signing) => token('ann')],
    [
      'of a sign-in too long ago',
      'a sign-in 301 seconds ago',
      async (_: unknown, token: Signing) => token('boss', { age: 301 }),
    ],
    [
      'of a sign-in in the future',
      'a sign-in in the future',
      async (_: unknown, token: Signing) => token('boss', { age: -40 }),
    ],
    [
      'that does not say when its bearer signed in',
      'does not say when you signed in (auth_time)',
      async (_: unknown, token: Signing) => token('boss', { claims: { auth_time: undefined } }),
    ],
    [
      'that is expired',
      'the token is not valid',
      async (_: unknown, token: Signing) => token('boss', { claims: { exp: 1 } }),
    ],
    ['that is none', 'the token is not valid', async () => 'abc'],
  ])('%s is refused', async (_, why, token) => {
    await using the = await house();
    const boss = callerWith('boss');
    const error = await the.refused(boss, openWith({ token: await token(boss, the.token) }));
    expect([error.reason, error.message]).toEqual(['proof_refused', expect.stringContaining(why)]);
    expect(await the.refusal(boss, { command: 'listUsers' })).toBe('ticket_required');
  });

  it('is good for one ticket only, with any credential', async () => {
    await using the = await house();
    const token = the.token('boss');
    await the.administer(callerWith('boss'), openWith({ token }));
    const error = await the.refused(callerWith('boss'), openWith({ token: `Bearer ${token}` }));
    expect(error.message).toContain('used as a proof already');
  });

  it('is good for one of many tickets that are opened at once', async () => {
    await using the = await house();
    const token = the.token('boss');
    const calls = Array.from({ length: MANY }, () =>
      the.administer(callerWith('boss'), openWith({ token })).then(
        () => 'done',
        (error) => error.reason,
      ),
    );
    expect((await Promise.all(calls)).toSorted()).toEqual(['done', ...Array(MANY - 1).fill('proof_refused')]);
  });

  it('must have the acr and the amr that the operator wants', async () => {
    const ticketRules = { ...TICKET_RULES, acr: ['gold', 'silver'], amr: ['otp', 'hwk'] };
    await using the = await house({ ticketRules });
    const boss = callerWith('boss');
    for (const claims of [
      {},
      { acr: 'gold' },
      { amr: ['otp'] },
      { acr: 'iron', amr: ['otp'] },
      { acr: 'gold', amr: 'otp' },
    ]) {
      const error = await the.refused(boss, openWith({ token: the.token('boss', { claims }) }));
      expect(error.message).toContain(
        'needed is another token, of a sign-in in the last 300 seconds with acr gold or silver',
      );
    }
    const token = the.token('boss', { claims: { acr: 'silver', amr: ['pwd', 'hwk'] } });
    await the.administer(boss, openWith({ token }));
  });

  it('of the KBase auth service comes from a new login, about which the service is asked again', async () => {
    await using auth = await startAuthServer({ boss: [] });
    auth.tokens.set('tok-new', 'boss');
    auth.tokens.set('tok-agent', 'boss');
    const sources = {
      signed: new JwtSource({ secret: SECRET }),
      opaque: new KbaseSource(new KbaseAuthService(auth.url)),
    };
    await using the = await openHouse({
      policy: ticketsFor(['listUsers']),
      tokens: new EitherSource(sources),
      issuer: LOCAL_ISSUER,
      issuers: [LOCAL_ISSUER, KBASE_ISSUER],
    });
    const boss = { token: 'tok-boss' };
    const answer = (more: object) =>
      auth.answer('/api/V2/token', json(200, { user: 'boss', cachefor: 300_000, ...more }));
    const refused = async () => (await the.refused(boss, openWith({ token: 'tok-new' }))).message;
    answer({ type: 'Login', created: Date.now() - 400_000 });
    expect(await refused()).toMatch(/of a sign-in 4\d\d seconds ago/);
    answer({ type: 'Agent', created: Date.now() });
    expect(await refused()).toContain('does not say when you signed in');
    answer({ type: 'Login', created: Date.now() });
    await the.administer(boss, openWith({ token: 'tok-new' }));
    await the.administer(boss, { command: 'listUsers' });
    auth.answer('/api/V2/token', json(503, {}));
    expect(await the.refusal(boss, openWith({ token: 'tok-another' }))).toBe('auth_unavailable');
  });
});

describe('a token that is written in another way', () => {
  /** The same signature: the last character has bits that mean nothing. */
  const rewritten = (token: string) => {
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    return token.slice(0, -1) + digits[digits.indexOf(token.at(-1) ?? '') ^ 1];
  };
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const tokenOf = (jti: string) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: 'boss', preferred_username: 'boss', jti, auth_time: now, exp: now + 600 };
    return jwt.sign(claims, privateKey, { algorithm: 'ES256' });
  };

  it('is the same token: no second proof, and none that was not used', async () => {
    await using the = await openHouse({ policy: ticketsFor(['listUsers']), tokens: new JwtSource({ publicKeyPem }) });
    const [stolen, proof] = [tokenOf('1'), tokenOf('2')];
    await the.administer({ token: rewritten(stolen) }, { command: 'listAdmins' });
    const refused = async (token: string) => (await the.refused({ token: stolen }, openWith({ token }))).message;
    expect(await refused(rewritten(stolen))).toContain('it is the token of the call itself');
    await the.administer({ token: stolen }, openWith({ token: proof }));
    expect(await refused(rewritten(proof))).toContain('used as a proof already');
  });
});

describe('a password as a proof', () => {
  it('is that of a local account', async () => {
    await using the = await withLocalAccount();
    expect(await the.refusalOf({ command: 'listUsers' })).toBe('ticket_required');
    expect(await the.refusalOf(openWith({ password: 'wrong' }))).toBe('proof_refused');
    expect(await the.refusalOf(openWith({ token: the.token('stan') }))).toBe('proof_refused');
    await the.asLocal(openWith({ password: PASSWORD }));
    await the.asLocal({ command: 'listUsers' });
  });

  it('is none for those who come with tokens, who could give themselves one with a stolen token', async () => {
    await using the = await house();
    const boss = callerWith('boss');
    await the.administer(boss, { command: 'setPassword', user: 'boss', params: { password: PASSWORD } });
    expect((await the.refused(boss, openWith({ password: PASSWORD }))).message).toBe(
      'You cannot prove your identity with a password here: you have another token, of a sign-in in the last 300 seconds',
    );
  });

  it('is none any more once an authenticator app is set up', async () => {
    await using the = await withLocalAccount();
    await enrol(the.asLocal, { password: PASSWORD }, () => the.clock.now);
    expect(await the.refusalOf(openWith({ password: PASSWORD }))).toBe('proof_unsupported');
    expect(await the.refusalOf({ command: 'removeTotp', params: { proof: { password: PASSWORD } } })).toBe(
      'proof_unsupported',
    );
  });

  it('ends tickets when it is changed', async () => {
    await using the = await withLocalAccount();
    await the.asLocal(openWith({ password: PASSWORD }));
    await the.administer(callerWith('boss'), { command: 'setPassword', user: 'stan', params: { password: 'another' } });
    expect(await the.refusalOf({ command: 'listUsers' })).toBe('token_outdated');
    const again = await callsOf(the, 'stan', 'another');
    expect(await again.refusalOf({ command: 'listUsers' })).toBe('ticket_required');
  });

  it('that is wrong is counted, whatever the kind of proof, and guessing is slowed down', async () => {
    await using the = await withLocalAccount();
    await enrol(the.asLocal, { password: PASSWORD }, () => the.clock.now);
    const reasons: string[] = [];
    for (let n = 0; n < 12; n += 1) {
      const proof = n % 2 === 0 ? { totp: '000000' } : { recoveryCode: 'not one' };
      reasons.push(await the.refusalOf(openWith(proof)));
    }
    expect(reasons.slice(0, 10)).toEqual(Array(10).fill('proof_refused'));
    expect(reasons.at(-1)).toBe('too_many_attempts');
  });
});

describe('an authenticator app', () => {
  it('is set up with a proof, and confirmed with a code', async () => {
    await using the = await withLocalAccount();
    expect(await the.refusalOf({ command: 'enrolTotp', params: { proof: { password: 'wrong' } } })).toBe(
      'proof_refused',
    );
    const app = await enrol(the.asLocal, { password: PASSWORD }, () => the.clock.now);
    expect(app.uri).toBe(
      `otpauth://totp/Steward:stan?issuer=Steward&secret=${app.secret}&algorithm=SHA1&digits=6&period=30`,
    );
    expect(app.secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(app.qrCode.split('\n').length).toBeGreaterThan(15);
    expect(app.recoveryCodes).toHaveLength(10);
    expect(new Set(app.recoveryCodes).size).toBe(10);
    const mine = await the.asLocal({ command: 'listMyTickets' });
    expect(mine.result).toEqual({ proofs: ['totp', 'recoveryCode', 'token'], recoveryCodesLeft: 10, tickets: [] });
  });

  it('is of no use before it is confirmed, which a wrong code, a late one and one without a beginning do not', async () => {
    await using the = await withLocalAccount();
    const confirm = (totp: string) => the.refusalOf({ command: 'confirmTotp', params: { proof: { totp } } });
    expect(await confirm('123456')).toBe('totp_not_begun');
    const { result } = await the.asLocal({ command: 'enrolTotp', params: { proof: { password: PASSWORD } } });
    const { secret } = result as { secret: string };
    expect(await the.refusalOf(openWith({ totp: codeOf(secret, the.clock.now) }))).toBe('proof_unsupported');
    expect(await confirm(codeOf(secret, new Date(the.clock.now.getTime() - 90_000)))).toBe('proof_refused');
    the.later(601);
    expect(await confirm(codeOf(secret, the.clock.now))).toBe('totp_not_begun');
  });

  it('gives codes that are valid once, also at once, and half a minute around their time', async () => {
    await using the = await withLocalAccount();
    const { secret } = await enrol(the.asLocal, { password: PASSWORD }, () => the.clock.now);
    const code = (seconds: number) => ({ totp: codeOf(secret, new Date(the.clock.now.getTime() + seconds * 1_000)) });
    expect(await the.refusalOf(openWith(code(0)))).toBe('proof_refused');
    the.later(120);
    expect(await the.refusalOf(openWith(code(-60)))).toBe('proof_refused');
    expect(await the.refusalOf(openWith(code(60)))).toBe('proof_refused');
    await the.asLocal(openWith(code(-30)));
    const calls = Array.from({ length: LONG ? 8 : 3 }, () =>
      the.asLocal(openWith(code(0))).then(
        () => 'done',
        (error) => error.reason,
      ),
    );
    expect((await Promise.all(calls)).filter((end) => end === 'done')).toEqual(['done']);
    expect(await the.refusalOf(openWith(code(0)))).not.toBe('done');
  });

  it('gives no code twice if the clock is set back', async () => {
    await using the = await withLocalAccount();
    const { secret } = await enrol(the.asLocal, { password: PASSWORD }, () => the.clock.now);
    the.later(60);
    const totp = codeOf(secret, the.clock.now);
    await the.asLocal(openWith({ totp }));
    the.later(-30);
    expect(await the.refusalOf(openWith({ totp }))).toBe('proof_refused');
    expect(await the.refusalOf(openWith({ totp: codeOf(secret, the.clock.now) }))).toBe('proof_refused');
  });

  it('has recovery codes, in any writing, that are valid once and can be replaced', async () => {
    await using the = await withLocalAccount();
    const { recoveryCodes } = await enrol(the.asLocal, { password: PASSWORD }, () => the.clock.now);
    const [first = '', second = ''] = recoveryCodes;
    await the.asLocal(openWith({ recoveryCode: ` ${first.toUpperCase().replaceAll('-', ' ')}` }));
    expect(await the.refusalOf(openWith({ recoveryCode: first }))).toBe('proof_refused');
    const renewed = await the.asLocal({
      command: 'regenerateRecoveryCodes',
      params: { proof: { recoveryCode: second } },
    });
    const [fresh] = (renewed.result as { recoveryCodes: string[] }).recoveryCodes;
    expect(await the.refusalOf(openWith({ recoveryCode: recoveryCodes[2] }))).toBe('proof_refused');
    await the.asLocal(openWith({ recoveryCode: fresh }));
  });

  it('is replaced and removed only with a proof, and its tickets end', async () => {
    await using the = await withLocalAccount();
    const { recoveryCodes } = await enrol(the.asLocal, { password: PASSWORD }, () => the.clock.now);
    await the.asLocal(openWith({ recoveryCode: recoveryCodes[0] }));
    await the.asLocal({ command: 'listUsers' });
    for (const command of ['removeTotp', 'enrolTotp', 'regenerateRecoveryCodes']) {
      expect(await the.refusalOf({ command })).toBe('invalid_params');
      expect(await the.refusalOf({ command, params: { proof: { recoveryCode: 'none' } } })).toBe('proof_refused');
    }
    await the.asLocal({ command: 'removeTotp', params: { proof: { recoveryCode: recoveryCodes[1] } } });
    expect(await the.refusalOf({ command: 'listUsers' })).toBe('ticket_required');
    await the.asLocal(openWith({ password: PASSWORD }));
  });

  it('is reset by another administrator, and by nobody for themself', async () => {
    await using the = await withLocalAccount();
    const { recoveryCodes } = await enrol(the.asLocal, { password: PASSWORD }, () => the.clock.now);
    await the.asLocal(openWith({ recoveryCode: recoveryCodes[0] }));
    expect(await the.refusalOf({ command: 'resetTotp', user: 'stan' })).toBe('reset_own_totp');
    await the.administer('boss', { command: 'resetTotp', user: 'stan' });
    expect(await the.contents('totp')).toEqual([]);
    expect(await the.contents('tickets')).toEqual([]);
    const notices = (await the.records()).flatMap((record) => record.notices ?? []);
    expect(notices).toMatchObject([{ about: 'proofsReset', text: expect.stringContaining('were removed') }]);
    await the.administer('boss', { command: 'addAdmin', user: 'stan', params: { role: 'readOnly' } });
    expect(await the.refusalOf({ command: 'resetTotp', user: 'boss' })).toBe('rights_required');
  });

  it('is told again to whoever repeats the call under its idempotency key, and is kept encrypted for that', async () => {
    await using the = await withLocalAccount();
    const keyed = (command: string, proof: object) =>
      the.asLocal({ command, params: { proof }, idempotencyKey: `key of ${command}` });
    const app = (await keyed('enrolTotp', { password: PASSWORD })).result as { secret: string };
    expect((await keyed('enrolTotp', { password: PASSWORD })).result).toEqual(app);
    const first = { totp: codeOf(app.secret, the.clock.now) };
    const confirmed = (await keyed('confirmTotp', first)).result as { recoveryCodes: string[] };
    expect((await keyed('confirmTotp', first)).result).toEqual(confirmed);
    const proof = { recoveryCode: confirmed.recoveryCodes[0] };
    const renewed = (await keyed('regenerateRecoveryCodes', proof)).result as { recoveryCodes: string[] };
    expect((await keyed('regenerateRecoveryCodes', proof)).result).toEqual(renewed);
    const stored = await the.contents('idempotency');
    expect(stored).toMatchObject([{ sealed: true }, { sealed: true }, { sealed: true }]);
    for (const canary of [app.secret, ...confirmed.recoveryCodes, ...renewed.recoveryCodes]) {
      expect(JSON.stringify(stored)).not.toContain(canary);
    }
  });

  it('goes with the account', async () => {
    await using the = await withLocalAccount();
    await enrol(the.asLocal, { password: PASSWORD }, () => the.clock.now);
    await the.administer('boss', { command: 'deleteUser', user: 'stan' });
    expect(await the.contents('totp')).toEqual([]);
  });
});

it('secrets of proofs stand in no record, dry run or refusal', async () => {
  await using the = await withLocalAccount();
  const { secret, recoveryCodes } = await enrol(the.asLocal, { password: PASSWORD }, () => the.clock.now);
  const token = the.token('boss');
  const boss: Who = callerWith('boss');
  await the.administer(boss, openWith({ token }));
  await the.refused(boss, openWith({ token }));
  const dry = await the.asLocal({ ...openWith({ recoveryCode: recoveryCodes[0] }), dryRun: true });
  await the.asLocal(openWith({ recoveryCode: recoveryCodes[0] }));
  const told = JSON.stringify([await the.records(), dry.result, await the.contents('tickets')]);
  for (const canary of [secret, PASSWORD, token, boss.token, ...recoveryCodes]) expect(told).not.toContain(canary);
  const stored = JSON.stringify([await the.contents('totp'), await the.contents('usedTokens')]);
  for (const canary of [secret, PASSWORD, token, ...recoveryCodes]) expect(stored).not.toContain(canary);
});

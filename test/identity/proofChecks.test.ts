import { expect, it } from 'vitest';
import type { StewardError } from '../../src/base/errors.ts';
import type { Holder } from '../../src/identity/holder.ts';
import { JwtSource } from '../../src/identity/jwt.ts';
import type { Principal } from '../../src/identity/principal.ts';
import { type Proof, Proofs, TICKET_RULES } from '../../src/identity/proofs.ts';
import { sealedSecret } from '../../src/identity/totp.ts';
import { WebAuthn } from '../../src/identity/webauthn.ts';
import { openHouse, SECRET, type TestHouse } from '../support/house.ts';
import { codeOf } from '../support/proofs.ts';
import { transactRecorded } from '../support/recorded.ts';

const APP = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const [NOW, ADDRESS] = [new Date('2026-11-01T12:00:00Z'), '192.0.2.7'];

/** A local account, the checks of its proofs, and the reason and words with which a proof is refused. */
async function localAccount(house: TestHouse) {
  const { database } = house;
  const params = { username: 'stan', password: 'a password' };
  await house.administer('boss', { command: 'createStaff', params });
  const [principal] = (await house.contents('principals')).filter(({ username }) => username === 'stan');
  const stan = principal as unknown as Principal;
  const source = new JwtSource({ secret: SECRET });
  const webauthn = new WebAuthn(undefined);
  const proofs = new Proofs({ database, source, webauthn, rules: TICKET_RULES, now: () => NOW });
  const holder: Holder = {
    ...{ principal: stan, rank: { role: 'full', source: 'roster' }, credential: 'a credential', address: ADDRESS },
  };
  const told = (work: Promise<unknown>) =>
    work.then(
      () => Promise.reject(new Error('not refused')),
      ({ reason, message }: StewardError) => `${reason}: ${message}`,
    );
  const refused = (proof: Proof, of = holder) => told(proofs.check(of, proof));
  const setApp = (fields: object) =>
    database.db.collection<{ _id: string }>('totp').insertOne({ _id: stan._id, revision: 1, ...fields } as never);
  const sealed = sealedSecret(database.sealer, stan._id, APP);
  return { stan, proofs, holder, told, refused, setApp, sealed };
}

it('proofs are named in words, all that there are, or that there is none', async () => {
  await using house = await openHouse();
  const { stan, proofs, setApp, sealed } = await localAccount(house);
  expect(await proofs.named(house.database, stan)).toBe(
    'a password or another token, of a sign-in in the last 300 seconds',
  );
  await house.database.db.collection('passwords').deleteMany({});
  expect(await proofs.named(house.database, stan)).toBe('no proof: your account has no password');
  await setApp({ secret: sealed, recoveryCodes: ['one'] });
  expect(await proofs.named(house.database, stan)).toBe('a code of an authenticator app or a recovery code');
});

it('whoever calls without a credential, as with the secret key, has nothing that a proof could belong to', async () => {
  await using house = await openHouse();
  const { refused, holder } = await localAccount(house);
  expect(await refused({ password: 'a password' }, { ...holder, credential: undefined })).toBe(
    'proof_unsupported: You cannot prove your identity with a password here: the secret key is nobody in particular',
  );
});

it('a password is refused when it is wrong, and when it was changed after it was checked', async () => {
  await using house = await openHouse();
  const { proofs, holder, told, refused } = await localAccount(house);
  expect(await refused({ password: 'wrong' })).toContain('the password is wrong');
  const { kind, use } = await proofs.check(holder, { password: 'a password' });
  expect(kind).toBe('password');
  const now = () => NOW;
  await transactRecorded(house.database, { now }, use);
  await house.administer('boss', { command: 'setPassword', user: 'stan', params: { password: 'another' } });
  expect(await told(transactRecorded(house.database, { now }, use))).toContain('the password was changed');
  await house.database.db.collection('passwords').deleteMany({});
  expect(await told(transactRecorded(house.database, { now }, use))).toContain('the password was changed');
});

it('the first code of an app is refused when it is wrong or no code, and guesses at it are counted', async () => {
  await using house = await openHouse();
  const { proofs, holder, told, setApp, sealed } = await localAccount(house);
  await setApp({ pending: { secret: sealed, until: new Date(NOW.getTime() + 60_000) } });
  expect(await told(proofs.checkPending(holder, { password: 'a password' }))).toBe(
    'proof_unsupported: You cannot prove your identity with anything else here: confirm the app with a code of an ' +
      'authenticator app',
  );
  const right = codeOf(APP, NOW);
  expect(await proofs.checkPending(holder, { totp: right })).toBe(right);
  const wrong = right === '000000' ? '000001' : '000000';
  const ends: string[] = [];
  for (let n = 0; n < 12; n += 1) ends.push(await told(proofs.checkPending(holder, { totp: wrong })));
  expect(ends[0]).toContain('the code is wrong');
  expect(ends.slice(0, 10).every((end) => end.startsWith('proof_refused'))).toBe(true);
  expect(ends.at(-1)).toMatch(/^too_many_attempts/);
});

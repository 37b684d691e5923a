import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHouse, type TestHouse } from '../support/house.ts';
import { callerWith, signedInToken, ticketsFor } from '../support/proofs.ts';
import { softAuthenticator } from '../support/softAuthenticator.ts';

const ORIGIN = 'https://steward.example.org';
const DOMAIN = 'steward.example.org';
const LIST_USERS = { command: 'listUsers' };

let house: TestHouse;
let ahead = 0;
let people = 0;
const now = () => new Date(Date.now() + ahead);

beforeAll(async () => {
  const relyingParty = { id: DOMAIN, origins: [ORIGIN] };
  house = await openHouse({ policy: ticketsFor(['listUsers']), now, relyingParty });
});
afterAll(() => house[Symbol.asyncDispose]());

/** An administrator who comes with tokens, and calls with one. */
async function administrator() {
  people += 1;
  const sub = `ann${people}`;
  await house.meet(sub);
  await house.administer('boss', { command: 'addAdmin', user: sub });
  const who = callerWith(sub, { now: now() });
  const call = async (command: string, params: object = {}) =>
    (await house.administer(who, { command, params })).result;
  const refused = (command: string, params: object = {}) => house.refused(who, { command, params });
  const token = () => ({ token: signedInToken(sub, { now: now() }) });
  return { sub, who, call, refused, token };
}

interface Options {
  readonly options: object;
}

/** An administrator with a passkey. */
async function withPasskey() {
  const ann = await administrator();
  const device = softAuthenticator(ORIGIN, DOMAIN);
  const { options } = (await ann.call('enrolPasskey', { proof: ann.token() })) as Options;
  const { id } = (await ann.call('confirmPasskey', { name: 'Laptop', answer: device.create(options) })) as {
    id: string;
  };
  const challenge = async () => ((await ann.call('challengePasskey')) as Options).options;
  const open = (passkey: string) => ann.call('openTicket', { proof: { passkey } });
  const message = async (passkey: string) =>
    (await ann.refused('openTicket', { proof: { passkey } })).message.replace('The proof was refused: ', '');
  return { ...ann, device, id, challenge, open, message };
}

describe('a passkey', () => {
  it('is added with another proof, and opens tickets from then on', async () => {
    const ann = await withPasskey();
    expect(await ann.call('listMyTickets')).toMatchObject({
      proofs: ['passkey', 'token'],
      passkeys: [{ id: ann.id, name: 'Laptop' }],
    });
    expect((await house.refused(ann.who, LIST_USERS)).reason).toBe('ticket_required');
    expect(await ann.open(ann.device.get(await ann.challenge()))).toMatchObject({ provedBy: 'passkey' });
    await house.administer(ann.who, LIST_USERS);
  });

  it('is neither added nor removed without a proof', async () => {
    const ann = await withPasskey();
    const proof = { token: 'not a token' };
    expect((await ann.refused('enrolPasskey', { proof })).reason).toBe('proof_refused');
    expect((await ann.refused('removePasskey', { passkey: ann.id, proof })).reason).toBe('proof_refused');
    expect((await ann.refused('removePasskey', { passkey: 'other', proof: ann.token() })).reason).toBe(
      'passkey_unknown',
    );
    const passkey = ann.device.get(await ann.challenge());
    await ann.call('removePasskey', { passkey: ann.id, proof: { passkey } });
    expect((await ann.refused('challengePasskey')).reason).toBe('proof_unsupported');
  });

  it('signs each challenge once', async () => {
    const ann = await withPasskey();
    const options = await ann.challenge();
    await ann.open(ann.device.get(options));
    expect(await ann.message(ann.device.get(options))).toContain('its challenge was used already');
  });

  it('signs a challenge once, also if it is sent twice at once', async () => {
    const ann = await withPasskey();
    const options = await ann.challenge();
    const sent = [ann.device.get(options), ann.device.get(options)].map((passkey) => ann.open(passkey));
    const ends = (await Promise.allSettled(sent)).map(({ status }) => status);
    expect(ends.toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  it('signs the newest challenge, and only for some minutes', async () => {
    const ann = await withPasskey();
    const earlier = await ann.challenge();
    const later = await ann.challenge();
    expect(await ann.message(ann.device.get(earlier))).toBe('the answer of the passkey is to another challenge');
    ahead += 5 * 60_000;
    expect(await ann.message(ann.device.get(later))).toContain('its challenge was used already, or is too old');
    ahead -= 5 * 60_000;
    await ann.open(ann.device.get(later));
  });

  it.each<[string, object, string]>([
    ['for a page of another origin', { origin: 'https://evil.example.org' }, 'from a page of another origin'],
    ['for another domain', { rpId: 'evil.example.org' }, 'the passkey is of another domain'],
    ['without its user being verified', { isVerified: false }, 'the authenticator has not verified its user'],
    ['for a challenge of somebody else', { challenge: 'AAAA' }, 'is to another challenge'],
  ])('is refused if it signs %s', async (_, more, why) => {
    const ann = await withPasskey();
    expect(await ann.message(ann.device.get(await ann.challenge(), more))).toContain(why);
    expect((await house.refused(ann.who, LIST_USERS)).reason).toBe('ticket_required');
  });

  it('is refused if there may be a copy of it, since its count does not rise', async () => {
    const ann = await withPasskey();
    await ann.open(ann.device.get(await ann.challenge()));
    ann.device.counter -= 1;
    expect(await ann.message(ann.device.get(await ann.challenge()))).toContain('there may be a copy of it');
  });

  it('is refused if somebody else has it, or its signature is wrong', async () => {
    const [ann, bea] = [await withPasskey(), await withPasskey()];
    expect(await ann.message(bea.device.get(await ann.challenge()))).toBe('it is of no passkey of yours');
    const answer = JSON.parse(ann.device.get(await ann.challenge()));
    const other = JSON.parse(bea.device.get(await bea.challenge()));
    answer.response.signature = other.response.signature;
    expect((await ann.refused('openTicket', { proof: { passkey: JSON.stringify(answer) } })).reason).toBe(
      'proof_refused',
    );
    expect(await ann.message('no JSON')).toBe('it is not the answer of a passkey');
    expect(await ann.message('{}')).toBe('it is of no passkey of yours');
  });

  it('is added once, for the options that were asked for', async () => {
    const ann = await administrator();
    const device = softAuthenticator(ORIGIN, DOMAIN);
    const made = { name: 'Phone', answer: device.create({ challenge: 'AAAA' }) };
    expect((await ann.refused('confirmPasskey', made)).reason).toBe('passkey_not_begun');
    const { options } = (await ann.call('enrolPasskey', { proof: ann.token() })) as Options;
    expect((await ann.refused('confirmPasskey', made)).message).toContain('is to another challenge');
    const answer = device.create(options);
    await ann.call('confirmPasskey', { name: 'Phone', answer });
    expect((await ann.refused('confirmPasskey', { name: 'Phone', answer })).reason).toBe('passkey_not_begun');
    const again = (await ann.call('enrolPasskey', { proof: ann.token() })) as Options;
    const twice = { name: 'Phone', answer: device.create(again.options) };
    expect((await ann.refused('confirmPasskey', twice)).reason).toBe('passkey_taken');
  });

  it('goes with the account, and when an administrator resets the proofs of its user', async () => {
    const [ann, bea] = [await withPasskey(), await withPasskey()];
    await house.administer('boss', { command: 'resetTotp', user: ann.sub });
    expect(await ann.call('listMyTickets')).toMatchObject({ proofs: ['token'] });
    await house.administer('boss', { command: 'deleteUser', user: bea.sub });
    expect((await house.contents('passkeys')).map(({ _id }) => _id)).not.toContain(bea.sub);
  });
});

it('without a relying party there are no passkeys', async () => {
  await using other = await openHouse();
  await other.meet('boss');
  const proof = { token: signedInToken('boss') };
  expect(await other.refusal(callerWith('boss'), { command: 'enrolPasskey', params: { proof } })).toBe(
    'passkeys_not_configured',
  );
});

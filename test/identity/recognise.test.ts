import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { passwords } from '../../src/identity/passwords.ts';
import { ACCOUNTS_ISSUER, type Principal, principals } from '../../src/identity/principal.ts';
import { type Bearer, introduce } from '../../src/identity/recognise.ts';
import { type AdminRules, emptyRoster, ROSTER_ID, type Roster, rosters } from '../../src/identity/roster.ts';
import { sessions } from '../../src/identity/sessions.ts';
import type { Database } from '../../src/store/database.ts';
import { openDatabase } from '../support/database.ts';
import { entry, NOW, person } from '../support/people.ts';
import { transactRecorded } from '../support/recorded.ts';

const RULES: AdminRules = { configured: ['boss'], issuers: ['jwt'] };
const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

/** A user who came with a token. */
const known = (subject: string, more: Partial<Principal> = {}): Principal =>
  person(subject, { issuer: 'jwt', subject, tokenName: subject, tokenNameAt: NOW, ...more });

let database: Database;
beforeAll(async () => {
  database = await openDatabase([principals, rosters, passwords, sessions]);
});
afterAll(async () => {
  await database.db.dropDatabase();
  await database.close();
});

async function stored(collection: string, ...documents: readonly object[]): Promise<void> {
  await database.db.collection(collection).deleteMany({});
  if (documents.length > 0) await database.db.collection(collection).insertMany([...documents]);
}
const roster = (more: Partial<Roster> = {}) => stored('roster', { ...emptyRoster(), revision: 1, ...more });
const presentRoster = () => database.get(rosters, ROSTER_ID);
beforeEach(async () => {
  await stored('principals');
  await roster();
});

const token = (subject: string, more: Partial<Bearer> = {}): Bearer => ({
  ...{ issuer: 'jwt', subject, username: subject, issuedAt: at(1) },
  ...more,
});
const arrive = (bearer: Bearer, rules = RULES) =>
  transactRecorded(database, { now: () => NOW }, (tx) => introduce(tx, rules, bearer));
const refusal = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    ({ reason, message }) => `${reason}: ${message}`,
  );
const conflict = expect.stringMatching(/^username_conflict: .*\bann\b/);
const all = async () => (await database.find(principals, {})).sort((a, b) => (a._id < b._id ? -1 : 1));

describe('a bearer who is new', () => {
  it('is stored as an active person under the name, with the subject as the id', async () => {
    const made = await arrive(token('s1', { username: 'ann' }));
    expect(made).toEqual({
      ...{ _id: 's1', revision: 1, username: 'ann', kind: 'person', state: 'active', living: true, createdAt: NOW },
      ...{ issuer: 'jwt', subject: 's1', tokenName: 'ann', tokenNameAt: at(1) },
    });
    expect(await all()).toEqual([made]);
  });

  it.each(['steward', '["a","b"]', 'role-00000000-0000-4000-8000-000000000000', 'used'])(
    'gets another id than the subject %s',
    async (subject) => {
      await stored('principals', person('used', { username: 'another' }));
      const made = await arrive(token(subject, { username: 'ann' }));
      expect(made).toMatchObject({ username: 'ann', subject });
      expect(made._id).not.toBe(subject);
    },
  );

  it('has the subject as their name where the token has none, if it can be one', async () => {
    const { username: _, ...nameless } = token('s1');
    expect(await arrive(nameless)).toMatchObject({ username: 's1' });
    await expect(arrive({ ...nameless, subject: 'no name' })).rejects.toMatchObject({
      ...{
        reason: 'token_invalid',
        detail: expect.stringContaining('a service unknown here without a preferred_username'),
      },
    });
  });

  it('claims the account that was added under the name, and only one without a subject', async () => {
    const pending = person('p1', { username: 'ann', state: 'pending', kind: 'staff' });
    await stored('principals', pending);
    expect(await arrive(token('s1', { username: 'ann' }))).toEqual({
      ...{ ...pending, revision: 2, state: 'active', issuer: 'jwt', subject: 's1' },
      ...{ tokenName: 'ann', tokenNameAt: at(1) },
    });
  });

  it('claims an account that was disabled, which stays so', async () => {
    await stored('principals', person('p1', { username: 'ann', state: 'disabled' }));
    expect(await arrive(token('s1', { username: 'ann' }))).toMatchObject({ _id: 'p1', state: 'disabled' });
  });

  it('is bound to the name in ws-admin', async () => {
    await arrive(token('s1', { username: 'boss' }));
    await arrive(token('s2', { username: 'ann' }));
    expect((await presentRoster())?.bindings).toEqual([{ entry: 'boss', principal: 's1' }]);
  });

  it('is bound to the name of the account that they claim', async () => {
    await stored('principals', person('p1', { username: 'boss', state: 'pending' }));
    await arrive(token('s1', { username: 'boss' }));
    expect((await presentRoster())?.bindings).toEqual([{ entry: 'boss', principal: 'p1' }]);
  });

  it('is the closed account of the subject, if there is one, which takes the name from nobody', async () => {
    const closed = known('s1', { state: 'former', living: false });
    const holder = known('s2', { username: 'ann', tokenName: 'ann' });
    await stored('principals', closed, holder);
    expect(await arrive(token('s1', { username: 'ann' }))).toEqual(closed);
    expect(await all()).toEqual([closed, holder]);
  });
});

describe('a bearer who is known', () => {
  it('stays as they are, whatever an older token says', async () => {
    const ann = known('s1');
    await stored('principals', ann);
    const { username: _, ...nameless } = token('s1');
    for (const bearer of [
      ...[token('s1'), nameless, token('s1', { username: 'b', issuedAt: NOW })],
      token('s1', { username: 'b', issuedAt: at(-1) }),
    ]) {
      expect(await arrive(bearer)).toEqual(ann);
    }
    expect(await all()).toEqual([ann]);
  });

  it('is known by issuer and subject together', async () => {
    await stored('principals', known('s1', { issuer: 'another' }));
    expect((await arrive(token('s1', { username: 'b' }))).issuer).toBe('jwt');
  });

  it('gets the name in a newer token, and rights are read again by every instance', async () => {
    await stored('principals', known('s1'));
    await roster({ admins: [entry('s1')], epoch: 4 });
    expect(await arrive(token('s1', { username: 'boss' }))).toEqual(
      known('s1', { revision: 2, username: 'boss', tokenName: 'boss', tokenNameAt: at(1) }),
    );
    expect(await presentRoster()).toMatchObject({
      ...{ admins: [entry('s1')], epoch: 5, bindings: [{ entry: 'boss', principal: 's1' }] },
    });
  });

  it('keeps the name that an administrator gave, once a token has it too, as one of the issuer', async () => {
    await stored('principals', known('s1', { username: 'ann' }));
    await arrive(token('s1', { username: 'ann' }));
    expect(await all()).toEqual([known('s1', { revision: 2, username: 'ann', tokenName: 'ann', tokenNameAt: at(1) })]);
    expect((await presentRoster())?.epoch).toBe(0);
  });

  it('gets the name of a token if they had none yet', async () => {
    await stored('principals', person('s1', { issuer: 'jwt', subject: 's1' }));
    expect(await arrive(token('s1', { username: 'b', issuedAt: at(-100) }))).toMatchObject({ username: 'b' });
  });
});

describe('a name that somebody else holds', () => {
  const holder = known('s1', { username: 'ann', tokenName: 'ann' });
  const both: [string, () => Promise<void>, Bearer][] = [
    ['by a new bearer', () => stored('principals', holder), token('s2', { username: 'ann' })],
    ['by a known one', () => stored('principals', holder, known('s2')), token('s2', { username: 'ann' })],
  ];

  it.each(both)('is taken %s from who got it from the same issuer, whose account is closed', async (_, put, bearer) => {
    await put();
    await roster({ admins: [entry('s1'), entry('s3')], epoch: 1 });
    await stored('passwords', { _id: 's1', revision: 1, hash: 'x' });
    expect(await arrive(bearer)).toMatchObject({ _id: 's2', username: 'ann' });
    expect((await all())[0]).toMatchObject({ _id: 's1', state: 'former', living: false, closedAt: NOW });
    const { admins, epoch } = (await presentRoster()) ?? emptyRoster();
    expect(admins).toEqual([entry('s3')]);
    expect(epoch).toBeGreaterThan(1);
    expect(await database.get(passwords, 's1')).toBeNull();
  });

  it.each<[string, Partial<Principal>]>([
    ['another issuer gave it', { issuer: 'another' }],
    ['an administrator gave it', { tokenName: 'another' }],
    ['it is the name of a local account', { issuer: ACCOUNTS_ISSUER }],
  ])('is refused if %s', async (_, more) => {
    for (const [, put, bearer] of both) {
      await put();
      await database.db.collection<{ _id: string }>('principals').updateOne({ _id: 's1' }, { $set: more });
      const before = await all();
      expect(await refusal(arrive(bearer))).toEqual(conflict);
      expect(await all()).toEqual(before);
    }
  });

  it('is refused if its holder is a configured administrator, unless roles come from tokens', async () => {
    await stored('principals', holder);
    const bindings = [{ entry: 'boss', principal: 's1' }];
    await roster({ bindings });
    const bearer = token('s2', { username: 'ann' });
    expect(await refusal(arrive(bearer))).toEqual(conflict);
    await arrive(bearer, { ...RULES, tokenRoles: { full: [], readOnly: [] } });
    expect((await all()).map(({ state }) => state)).toEqual(['former', 'active']);
  });

  it('is refused if no administrator would be left', async () => {
    await stored('principals', holder);
    await roster({ admins: [entry('s1')] });
    expect(await refusal(arrive(token('s2', { username: 'ann' }), { ...RULES, configured: [] }))).toEqual(conflict);
    expect(await all()).toEqual([holder]);
  });

  it('is free where only closed accounts had it', async () => {
    await stored('principals', { ...holder, state: 'former', living: false });
    expect(await arrive(token('s2', { username: 'ann' }))).toMatchObject({ _id: 's2', username: 'ann' });
  });
});

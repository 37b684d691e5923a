import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Journal } from '../../src/audit/journal.ts';
import { auditCollection } from '../../src/audit/record.ts';
import { passwords } from '../../src/identity/passwords.ts';
import { principals } from '../../src/identity/principal.ts';
import { RightsCache } from '../../src/identity/rightsCache.ts';
import { emptyRoster, ROSTER_ID, rosters } from '../../src/identity/roster.ts';
import { sessions } from '../../src/identity/sessions.ts';
import { SignIn } from '../../src/identity/signIn.ts';
import type { ActorClaims, Claims, Inquiry, TokenSource } from '../../src/identity/token.ts';
import type { Database } from '../../src/store/database.ts';
import { openDatabase } from '../support/database.ts';
import { NOW, person } from '../support/people.ts';

const ORIGIN = { requestId: 'r1', address: '192.0.2.1' };
const RULES = { configured: ['boss'], issuers: ['jwt'] };
const robot: ActorClaims = { subject: 's-robot', username: 'robot', roles: ['R'], nested: false };
const claims = (more: Partial<Claims> = {}): Claims => ({
  ...{ issuer: 'jwt', subject: 's-ann', username: 'ann', roles: ['A'], issuedAt: NOW, expiresAt: later(60_000) },
  ...more,
});
function later(milliseconds: number): Date {
  return new Date(NOW.getTime() + milliseconds);
}

let database: Database;
beforeAll(async () => {
  database = await openDatabase([principals, rosters, auditCollection, passwords, sessions]);
});
afterAll(async () => {
  await database.db.dropDatabase();
  await database.close();
});
beforeEach(async () => {
  for (const { name } of [principals, rosters, auditCollection]) await database.db.collection(name).deleteMany({});
  await database.db.collection<{ _id: string }>('roster').insertOne({ ...emptyRoster() });
});
const put = (...people: object[]) => database.db.collection('principals').insertMany(people);
const records = async () => (await database.find(auditCollection, {})).flatMap((batch) => batch.records);
const ann = person('p1', { username: 'ann', issuer: 'jwt', subject: 's-ann', tokenName: 'ann', tokenNameAt: NOW });

/** The first step of a service whose tokens have these claims, at a clock that can be set. */
function stepOf(of: Claims, inquiry?: TokenSource['inquiry']) {
  const clock = { now: NOW };
  const verify = vi.fn(async (_token: string) => of);
  const rights = new RightsCache(database);
  const signIn = new SignIn({
    source: { verify, ...(inquiry === undefined ? {} : { inquiry }) },
    ...{ database, rights, rules: RULES, now: () => clock.now },
    journal: new Journal(database, (error) => console.error(error)),
  });
  return { clock, verify, rights, signIn: (token = 't') => signIn.signIn(token, ORIGIN) };
}

describe('a token', () => {
  it('is verified once until it expires, bare or after Bearer', async () => {
    await put(ann);
    const { clock, verify, signIn } = stepOf(claims());
    const { confirm } = await signIn();
    expect(verify).toHaveBeenCalledExactlyOnceWith('t', NOW);
    clock.now = later(59_999);
    await signIn('Bearer t');
    await confirm(database.get);
    expect(verify).toHaveBeenCalledTimes(1);
    await signIn('another');
    expect(verify).toHaveBeenCalledTimes(2);
    clock.now = later(60_000);
    await confirm(database.get);
    expect(verify).toHaveBeenCalledTimes(3);
    expect(verify).toHaveBeenLastCalledWith('t', later(60_000));
  });

  it('that is blank is refused, and that the source refuses stores nobody', async () => {
    const { verify, signIn } = stepOf(claims());
    await expect(signIn(' ')).rejects.toMatchObject({ reason: 'token_blank' });
    expect(verify).not.toHaveBeenCalled();
    verify.mockRejectedValue(new Error('refused'));
    await expect(signIn()).rejects.toThrow('refused');
    expect(await database.find(principals, {})).toEqual([]);
  });

  it('says the roles, and names nobody else, where its source cannot be asked', async () => {
    await put(ann);
    const caller = await stepOf(claims()).signIn();
    expect(caller).toMatchObject({ principal: { _id: 'p1' }, epoch: 0 });
    expect(caller).not.toHaveProperty('delegate');
    expect(await caller.roles()).toEqual(['A']);
    expect(await caller.identities(['bea'])).toEqual([]);
  });

  it('has what its source is asked, and is verified again once that refuses it', async () => {
    await put(ann);
    const of = claims();
    const bea = { issuer: 'jwt', subject: 's-bea', username: 'bea' };
    const asked: Inquiry = { roles: async () => ['X'], identities: vi.fn(async () => [bea]) };
    const inquiry = vi.fn((_token: string, _claims: Claims, _options: { readonly rejected: () => void }) => asked);
    const { verify, signIn } = stepOf(of, inquiry);
    const caller = await signIn();
    expect(await caller.roles()).toEqual(['X']);
    expect(await caller.identities(['bea', 'x'])).toEqual([bea]);
    expect(asked.identities).toHaveBeenCalledWith(['bea', 'x']);
    expect(inquiry).toHaveBeenCalledExactlyOnceWith('t', of, { now: NOW, rejected: expect.any(Function) });
    inquiry.mock.calls[0]?.[2].rejected();
    await signIn();
    expect(verify).toHaveBeenCalledTimes(2);
  });
});

describe('a bearer', () => {
  it('who is new is stored with a record, and rights are read again', async () => {
    const { rights, signIn } = stepOf(claims());
    const invalidate = vi.spyOn(rights, 'invalidate');
    const { principal } = await signIn();
    expect(principal).toMatchObject({ _id: 's-ann', username: 'ann', state: 'active' });
    expect(invalidate).toHaveBeenCalledTimes(1);
    expect(await records()).toEqual([
      expect.objectContaining({
        ...{ at: NOW, via: 'signIn', command: 'signIn', outcome: 'success', authority: 'service', ...ORIGIN },
        ...{ actor: { id: 's-ann', name: 'ann' }, resources: ['principals/s-ann'] },
        changes: [expect.objectContaining({ collection: 'principals', id: 's-ann', op: 'insert' })],
      }),
    ]);
  });

  it('who is known leaves no record, and is not read again while rights stay as they are', async () => {
    await put(ann);
    const { rights, signIn } = stepOf(claims());
    const invalidate = vi.spyOn(rights, 'invalidate');
    const find = vi.spyOn(database, 'find');
    expect((await signIn()).principal._id).toBe('p1');
    const reads = find.mock.calls.length;
    expect((await signIn('another')).principal._id).toBe('p1');
    expect(find.mock.calls.length).toBe(reads);
    expect(invalidate).not.toHaveBeenCalled();
    expect(await records()).toEqual([]);
  });

  it('who comes with another name has it, although they were just remembered', async () => {
    await put(ann);
    const step = stepOf(claims());
    await step.signIn();
    step.verify.mockResolvedValueOnce(claims({ username: 'anna', issuedAt: later(1) }));
    expect((await step.signIn('newer')).principal.username).toBe('anna');
    expect(await records()).toHaveLength(1);
  });

  it.each([
    ['disabled', 'account_disabled'],
    ['former', 'account_closed'],
  ] as const)('whose account is %s is refused as %s, with or without a new name', async (state, reason) => {
    await put({ ...ann, state, living: state !== 'former' });
    for (const more of [{}, { username: 'anna', issuedAt: later(1) }]) {
      await expect(stepOf(claims(more)).signIn()).rejects.toMatchObject({ reason });
    }
    expect(await records()).toHaveLength(state === 'former' ? 0 : 1);
  });

  it('who has a name of ws-admin has the rights of its holder at once', async () => {
    const boss = person('boss', { issuer: 'jwt', subject: 's-boss', tokenName: 'boss', tokenNameAt: NOW });
    await put(boss);
    const { rights, signIn } = stepOf(claims({ subject: 's-boss', username: 'boss' }));
    await rights.roster();
    const bindings = [{ entry: 'boss', principal: 'boss' }];
    await database.db.collection<{ _id: string }>('roster').updateOne({ _id: ROSTER_ID }, { $set: { bindings } });
    await signIn();
    expect((await rights.roster()).bindings).toEqual(bindings);
  });

  it('who is somebody else is not held for the one before', async () => {
    const bea = { ...ann, _id: 'p2', username: 'bea', subject: 's-bea', tokenName: 'bea' };
    await put(ann, bea);
    const step = stepOf(claims());
    await step.signIn();
    step.verify.mockResolvedValueOnce(claims({ subject: 's-bea', username: 'bea' }));
    expect((await step.signIn('of bea')).principal._id).toBe('p2');
  });
});

describe('a token with which a service acts for somebody', () => {
  it('names both, of one issuer, and each has the roles in the token', async () => {
    const caller = await stepOf(claims({ actor: robot })).signIn();
    expect(caller.principal).toMatchObject({ username: 'ann', issuer: 'jwt', subject: 's-ann' });
    expect(caller.delegate).toMatchObject({
      ...{ principal: { username: 'robot', issuer: 'jwt', subject: 's-robot', tokenNameAt: NOW }, roles: ['R'] },
    });
    expect(await caller.roles()).toEqual(['A']);
    expect((await records()).map(({ actor }) => actor.name)).toEqual(['robot', 'ann']);
  });

  it('is refused where the service acts through another one: nobody is stored, and the refusal is recorded', async () => {
    const step = stepOf(claims({ actor: { ...robot, nested: true } }));
    await expect(step.signIn()).rejects.toMatchObject({ reason: 'delegation_nested' });
    expect(await database.find(principals, {})).toEqual([]);
    const { username: _, ...nameless } = robot;
    step.verify.mockResolvedValueOnce(claims({ actor: { ...nameless, nested: true } }));
    await put({ ...ann, username: 'present' });
    await expect(step.signIn('another')).rejects.toMatchObject({ reason: 'delegation_nested' });
    const denied = {
      ...{ at: NOW, via: 'signIn', command: 'signIn', outcome: 'denied', error: 'delegation_nested' },
      ...{ authority: 'service', changes: [], resources: [], ...ORIGIN },
      actor: { id: '["jwt","s-robot"]', name: 'robot' },
      onBehalfOf: { id: '["jwt","s-ann"]', name: 'ann' },
    };
    expect(await records()).toEqual([
      expect.objectContaining(denied),
      expect.objectContaining({
        ...denied,
        actor: { id: '["jwt","s-robot"]', name: 's-robot' },
        onBehalfOf: { id: 'p1', name: 'present' },
      }),
    ]);
  });
});

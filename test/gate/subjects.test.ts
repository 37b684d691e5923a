import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Journal } from '../../src/audit/journal.ts';
import { auditCollection } from '../../src/audit/record.ts';
import type { CallContext, Validated } from '../../src/gate/callContext.ts';
import type { GateParts } from '../../src/gate/parts.ts';
import { assertSubjectStays, introduceForRead, presentSubject } from '../../src/gate/subjects.ts';
import { type Principal, principals } from '../../src/identity/principal.ts';
import { emptyRoster, rosters } from '../../src/identity/roster.ts';
import { allCommands } from '../../src/operations/index.ts';
import type { Command } from '../../src/operations/operation.ts';
import { collection, type Stored } from '../../src/store/collection.ts';
import type { Database } from '../../src/store/database.ts';
import type { Transaction } from '../../src/store/transaction.ts';
import { acting, command, nameIn } from '../support/acting.ts';
import { openDatabase } from '../support/database.ts';
import type { TestHouse } from '../support/house.ts';
import { peopledHouse } from './calls.ts';

interface Mark extends Stored {
  readonly by: string;
}
const marks = collection<Mark>('marks');

/** Commands that act as a user, and show as whom. */
const actingCommands: readonly Command[] = [
  command({
    ...acting,
    name: 'sayAs',
    effect: 'read',
    user: 'subject',
    run: async ({ authority }) => nameIn(authority),
  }),
  command({
    ...acting,
    name: 'sayAsNamed',
    takes: 'closed',
    effect: 'read',
    user: 'subject',
    run: async ({ authority }) => nameIn(authority),
  }),
  command({
    ...acting,
    name: 'sayAsOrAll',
    effect: 'read',
    user: 'optionalSubject',
    run: async ({ authority }) => nameIn(authority),
  }),
  command({
    ...acting,
    name: 'markAs',
    effect: 'write',
    user: 'subject',
    run: async ({ tx, authority }) => {
      await tx.insert(marks, { _id: tx.newId(), by: nameIn(authority) });
      return null;
    },
  }),
];

let house: TestHouse;
beforeAll(async () => {
  house = await peopledHouse({ commands: [...allCommands, ...actingCommands] });
  await house.meet('admin');
  const named = { commands: ['sayAs', 'sayAsOrAll', 'markAs'] };
  for (const [user, params] of [
    ['asann', { as: ['ann'] }],
    ['asannsaying', { as: ['ann'], commands: ['sayAs'] }],
    ['asanybody', named],
    ['readingasann', { as: ['ann'], role: 'readOnly' }],
  ] as const) {
    await house.meet(user);
    await house.administer('boss', { command: 'addAdmin', user, params });
  }
});
afterAll(() => house[Symbol.asyncDispose]());

describe('an administrator limited to one subject', () => {
  it('acts as this subject', async () => {
    expect((await house.administer('asann', { command: 'sayAs', user: 'ann' })).result).toBe('ann');
    expect((await house.administer('asann', { command: 'sayAsOrAll', user: 'ann' })).result).toBe('ann');
    await house.administer('asann', { command: 'markAs', user: 'ann' });
    expect(await house.contents('marks')).toMatchObject([{ by: 'ann' }]);
  });

  it.each(['sayAs', 'sayAsOrAll', 'markAs'])('is refused %s as anybody else, also as a dry run', async (name) => {
    const before = await house.contents('marks');
    for (const user of ['bea', 'boss', 'asann', 'cec']) {
      expect(await house.refusal('asann', { command: name, user })).toBe('subject_not_allowed');
      expect(await house.refusal('asann', { command: name, user, dryRun: true })).toBe('subject_not_allowed');
    }
    expect(await house.contents('marks')).toEqual(before);
  });

  it('is refused commands that without a subject have all rights', async () => {
    expect(await house.refusal('asann', { command: 'sayAsOrAll' })).toBe('subject_not_allowed');
    expect((await house.administer('boss', { command: 'sayAsOrAll' })).result).toBe('all rights');
  });

  it('is refused commands that do not act as a user', async () => {
    for (const name of ['listAdmins', 'addUser', 'getAudit']) {
      expect(await house.refusal('asann', { command: name, user: 'ann' })).toBe('command_not_allowed');
    }
  });

  it('also stays within their commands and role', async () => {
    expect((await house.administer('asannsaying', { command: 'sayAs', user: 'ann' })).result).toBe('ann');
    expect(await house.refusal('asannsaying', { command: 'markAs', user: 'ann' })).toBe('command_not_allowed');
    expect(await house.refusal('readingasann', { command: 'markAs', user: 'ann' })).toBe('rights_required');
    expect(await house.refusal('readingasann', { command: 'sayAs', user: 'bea' })).toBe('subject_not_allowed');
  });

  it('keeps their subject when that is renamed, and does not get a user who takes the name', async () => {
    await house.meet('gil');
    await house.meet('asgil');
    await house.administer('boss', { command: 'addAdmin', user: 'asgil', params: { as: ['gil'] } });
    await house.administer('boss', { command: 'renameUser', user: 'gil', params: { newName: 'gilbert' } });
    await house.administer('boss', { command: 'addUser', user: 'gil' });
    expect((await house.administer('asgil', { command: 'sayAs', user: 'gilbert' })).result).toBe('gilbert');
    expect(await house.refusal('asgil', { command: 'sayAs', user: 'gil' })).toBe('subject_not_allowed');
  });
});

describe('a call that acts as a user', () => {
  it('is recorded with the user acted as, under the authority of a user', async () => {
    const { receipt } = await house.administer('asanybody', { command: 'sayAs', user: 'bea' });
    const record = (await house.records()).find((r) => r.id === receipt?.record);
    expect(record).toMatchObject({
      actor: { name: 'asanybody' },
      subject: { id: 'bea', name: 'bea' },
      authority: 'user',
      rule: 'default:full:limited',
    });
  });

  it('is recorded as that of an administrator if it acts as nobody', async () => {
    const { receipt } = await house.administer('boss', { command: 'sayAsOrAll' });
    const record = (await house.records()).find((r) => r.id === receipt?.record);
    expect(record).toMatchObject({ authority: 'admin' });
    expect(record).not.toHaveProperty('subject');
  });

  it.each([
    ['a disabled user', 'dan', 'user_unknown'],
    ['an unknown one', 'nobody', 'user_unknown'],
    ['null', null, 'user_null'],
  ])('is refused as %s', async (_, user, reason) => {
    expect(await house.refusal('boss', { command: 'sayAs', user })).toBe(reason);
    expect(await house.refusal('boss', { command: 'markAs', user })).toBe(reason);
  });

  it('is refused without a user', async () => {
    expect(await house.refusal('boss', { command: 'sayAs' })).toBe('user_null');
    expect(await house.refusal('boss', { command: 'markAs' })).toBe('user_null');
  });
});

it('a user whose name is none of KBase is acted as in other commands than those of KBase', async () => {
  await house.meet('odd@name');
  expect(await house.refusal('boss', { command: 'sayAs', user: 'odd@name' })).toBe('username_invalid');
  expect((await house.administer('boss', { command: 'sayAsNamed', user: 'odd@name', params: {} })).result).toBe(
    'odd@name',
  );
});

it('a pending user who was acted as in a write is not erased with the account', async () => {
  const left = async (name: string) => {
    await house.administer('boss', { command: 'deleteUser', user: name });
    return (await house.contents('principals')).filter((p) => p.username === name).map((p) => p.state);
  };
  for (const user of ['pen', 'pia']) await house.administer('boss', { command: 'addUser', user });
  await house.administer('boss', { command: 'markAs', user: 'pen' });
  expect(await left('pen')).toEqual(['former']);
  expect(await left('pia')).toEqual([]);
});

describe('a text that only looks like a user (sudo took -1 for root)', () => {
  it.each([
    -1,
    0,
    4_294_967_295,
    '-1',
    '#-1',
    'root',
    'ROOT',
    'ADMIN',
    'Admin',
    'ad\u0000min',
    'admin\u0000',
    '\uff41\uff44\uff4d\uff49\uff4e',
    'a\u0301dmin',
    'admin ',
    ' admin',
    'admin\n',
    'admin\u200b',
    '\ufeffadmin',
    'a'.repeat(10_240),
    '',
    ' ',
    {},
    [],
    ['admin'],
    { $ne: null },
    true,
    'null',
    'undefined',
    '*',
    '%',
    '.*',
    '__proto__',
    'constructor',
  ])('is never a user: %j', async (user) => {
    const before = await house.contents('marks');
    for (const name of ['sayAs', 'sayAsOrAll', 'markAs', 'addAdmin', 'removeAdmin']) {
      const reason = await house.refusal('boss', { command: name, user });
      expect(['username_invalid', 'user_unknown', 'command_malformed']).toContain(reason);
    }
    expect(await house.contents('marks')).toEqual(before);
  });
});

describe('a subject that was found before rights were withdrawn', () => {
  const bea: Principal = {
    ...{ _id: 'bea', revision: 1, username: 'bea', kind: 'person', state: 'active', living: true },
    createdAt: new Date(0),
  };
  const stays = async (present: Principal | null, found: Partial<Validated> = { subject: bea, epoch: 1 }) => {
    const get = vi.fn(async () => present);
    await assertSubjectStays(get as never, found as Validated, { ...emptyRoster(), epoch: 2 });
    return get;
  };

  it.each<[string, Partial<Principal> | null]>([
    ['disabled', { state: 'disabled' }],
    ['closed', { state: 'former', living: false }],
    ['gone', null],
  ])('is refused once the account is %s', async (_, more) => {
    const present = more === null ? null : { ...bea, ...more };
    await expect(stays(present)).rejects.toMatchObject({
      ...{ reason: 'user_unknown', message: 'User bea is not a valid user' },
    });
  });

  it('stays while the account is open, also where nobody has signed in to it yet', async () => {
    expect(await stays(bea)).toHaveBeenCalledWith(principals, 'bea');
    await stays({ ...bea, state: 'pending' });
  });

  it('is not read again where nothing was withdrawn, or there is none', async () => {
    for (const found of [{ subject: bea, epoch: 2 }, { subject: bea }, { epoch: 1 }]) {
      expect(await stays(null, found)).not.toHaveBeenCalled();
    }
  });
});

it('the subject of a call that is answered again is the user who was made known since, if any', async () => {
  const tx = { untracked: house.database } as unknown as Transaction;
  const subject: Principal = {
    ...{ _id: 'unstored', revision: 0, username: 'bea', kind: 'person', state: 'active', living: true },
    createdAt: new Date(0),
  };
  const present = (validated: object) => presentSubject(validated as Validated, tx);
  expect((await present({ subject, params: 5 })).subject?._id).toBe('bea');
  expect((await present({ subject, params: 5 })).params).toBe(5);
  const unknown = { ...subject, username: 'never.here' };
  expect((await present({ subject: unknown })).subject).toBe(unknown);
  for (const validated of [{ subject: { ...subject, revision: 1 } }, {}]) {
    expect(await present(validated)).toBe(validated);
  }
});

describe('a subject whom only the issuer knows, in a read', () => {
  const AT = new Date('2024-06-01T00:00:00Z');
  const bea = { issuer: 'jwt', subject: 's-bea', username: 'bea' };
  const unstored: Principal = {
    ...{ _id: 'unstored', revision: 0, username: 'bea', kind: 'person', state: 'active', living: true },
    createdAt: AT,
  };
  const caller = { principal: { ...unstored, _id: 'boss', revision: 1, username: 'boss' } };
  const context = { caller, origin: { requestId: 'r1', address: '192.0.2.1' } } as unknown as CallContext;
  const call = (more: Partial<Validated> = {}): Validated => ({
    ...{ params: 5, options: { dryRun: false } as Validated['options'], subject: unstored, newcomer: bea },
    ...more,
  });

  let database: Database;
  beforeAll(async () => {
    database = await openDatabase([principals, rosters, auditCollection]);
    await database.db.collection('roster').insertOne({ ...emptyRoster() } as never);
  });
  afterAll(async () => {
    await database.db.dropDatabase();
    await database.close();
  });
  const introduce = async (validated: Validated) => {
    const invalidate = vi.fn();
    const parts = {
      ...{ database, journal: new Journal(database, (error) => console.error(error)), rights: { invalidate } },
      ...{ now: () => AT, dependencies: { rules: { configured: [], issuers: ['jwt'] } } },
    } as unknown as GateParts;
    const introduced = await introduceForRead(parts, context, validated);
    const records = (await database.find(auditCollection, {})).flatMap((batch) => batch.records);
    return { introduced, records, invalidated: invalidate.mock.calls.length };
  };

  it('is not stored by a dry run, and nobody is where the subject is known', async () => {
    const dry = call({ options: { dryRun: true } as Validated['options'] });
    const { newcomer: _, ...known } = call();
    for (const validated of [dry, known]) {
      expect(await introduce(validated)).toEqual({ introduced: validated, records: [], invalidated: 0 });
    }
    expect(await database.find(principals, {})).toEqual([]);
  });

  it('is stored before it, once, with a record', async () => {
    const { introduced, records, invalidated } = await introduce(call());
    expect(introduced).toMatchObject({ params: 5, subject: { _id: 's-bea', revision: 1, username: 'bea' } });
    expect(invalidated).toBe(1);
    const { id: _, hash: __, ...record } = records[0] ?? { id: '', hash: '' };
    expect(record).toMatchObject({
      ...{ at: AT, via: 'command', command: 'introduce', outcome: 'success', authority: 'service' },
      ...{ actor: { id: 'boss', name: 'boss' }, resources: ['principals/s-bea'] },
      ...{ requestId: 'r1', address: '192.0.2.1', changes: [{ collection: 'principals', id: 's-bea', op: 'insert' }] },
    });
    // Somebody who was stored meanwhile is who is meant.
    const again = await introduce(call());
    expect(again.introduced.subject?._id).toBe('s-bea');
    expect(again.records).toHaveLength(1);
    expect(await database.find(principals, {})).toHaveLength(1);
  });

  it('is as they were found where they are stored already', async () => {
    const stored = { ...unstored, revision: 3 };
    expect((await introduce(call({ subject: stored }))).introduced.subject).toBe(stored);
  });
});

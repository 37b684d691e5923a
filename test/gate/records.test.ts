import { MongoNetworkError } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AuditRecord, recordHash } from '../../src/audit/record.ts';
import type { Answer } from '../../src/gate/door.ts';
import { bsonSize } from '../../src/store/size.ts';
import { openHouse, type StoredRecord, type TestHouse } from '../support/house.ts';
import { LONG } from '../support/long.ts';
import { bytesOf, peopledHouse } from './calls.ts';

/** From now on the database refuses every audit record. */
async function refuseRecords({ database }: TestHouse): Promise<void> {
  await database.db.command({ collMod: 'audit', validator: { nothing: 'fits' }, validationAction: 'error' });
}

async function acceptRecords({ database }: TestHouse): Promise<void> {
  await database.db.command({ collMod: 'audit', validator: {} });
}

/** The records that the work leaves. */
async function recordsOf(house: TestHouse, work: () => Promise<unknown>): Promise<StoredRecord[]> {
  const before = (await house.records()).length;
  await work();
  return (await house.records()).slice(before);
}

describe('no record, no effect', () => {
  it('a write whose record cannot be stored is undone and answered with an error', async () => {
    await using house = await peopledHouse({ onError: () => undefined });
    const before = await bytesOf(house);
    await refuseRecords(house);
    for (const command of [
      { command: 'addAdmin', user: 'ann' },
      { command: 'addUser', user: 'eve', idempotencyKey: 'k' },
      { command: 'disableUser', user: 'bea' },
      { command: 'setConfig', params: { set: { 'backend-file-retrieval-scaling': 3 } } },
    ]) {
      expect(await house.refusal('boss', command)).toBe('audit_unavailable');
    }
    expect(await bytesOf(house)).toEqual(before);
    await acceptRecords(house);
    await house.administer('boss', { command: 'addAdmin', user: 'ann' });
    expect((await house.administer('ann', { command: 'listAdmins' })).result).toContain('ann');
  });

  it('many writes at once whose records cannot be stored are all undone', async () => {
    await using house = await peopledHouse({ onError: () => undefined });
    const before = await bytesOf(house);
    await refuseRecords(house);
    const refusals = ['ann', 'bea'].flatMap((user) => [
      house.refusal('boss', { command: 'addAdmin', user }),
      house.refusal('cec', { command: 'disableUser', user }),
    ]);
    expect(new Set(await Promise.all(refusals))).toEqual(new Set(['audit_unavailable']));
    expect(await bytesOf(house)).toEqual(before);
  });

  it('a read whose record may be stored or not is not answered, and the error says both', async () => {
    await using house = await peopledHouse({ onError: () => undefined });
    const { database } = house;
    const store = database.appendOne.bind(database);
    vi.spyOn(database, 'appendOne').mockImplementation(async (...args) => {
      await store(...args);
      throw new MongoNetworkError('the connection broke before the answer');
    });
    const stored = await recordsOf(house, async () => {
      const { reason, message } = await house.refused('boss', { command: 'listAdmins' });
      expect(reason).toBe('audit_unavailable');
      expect(message).toContain('nothing was changed and no result is given, but a record of the call may exist');
    });
    expect(stored.map(({ command, outcome }) => [command, outcome])).toEqual([['listAdmins', 'success']]);
  });

  it('a read whose record cannot be stored is not answered, nor is a dry run', async () => {
    await using house = await peopledHouse({ onError: () => undefined });
    await refuseRecords(house);
    expect(await house.refusal('boss', { command: 'listAdmins' })).toBe('audit_unavailable');
    expect(await house.refusal('boss', { command: 'addAdmin', user: 'ann', dryRun: true })).toBe('audit_unavailable');
  });

  it('a sign-in whose record cannot be stored registers nobody', async () => {
    await using house = await openHouse();
    await house.meet('boss');
    const before = await bytesOf(house);
    await refuseRecords(house);
    await expect(house.signIn('ann')).rejects.toThrow();
    expect(await bytesOf(house)).toEqual(before);
  });
});

describe('every call leaves exactly one record', () => {
  it('whatever its outcome', async () => {
    await using house = await peopledHouse();
    const addEve = { command: 'addUser', user: 'eve', idempotencyKey: 'k' };
    const left: [unknown, unknown][] = [];
    for (const [user, command] of [
      ['ann', { command: 'listAdmins' }],
      ['boss', null],
      ['boss', { command: 'listAdmins', foo: 1 }],
      ['boss', { command: 'noSuchCommand' }],
      ['reader', { command: 'addAdmin', user: 'bea' }],
      ['limited', { command: 'listUsers' }],
      ['boss', { command: 'addAdmin', user: 'nobody' }],
      ['boss', { command: 'listUsers', params: { foo: 1 } }],
      ['boss', { command: 'listUsers', reason: '' }],
      ['boss', { command: 'listUsers', reason: 'half a character: \ud800' }],
      ['boss', { command: 'addUser', user: 'eve', dryRun: true }],
      ['boss', addEve],
      ['boss', addEve],
      ['boss', { ...addEve, user: 'fay' }],
      ['boss', { command: 'addUser', user: 'gil', plan: '0'.repeat(64) }],
      ['boss', { command: 'listUsers', dryRun: true }],
      ['boss', { command: 'removeAdmin', user: 'boss' }],
    ] as const) {
      const records = await recordsOf(house, () => house.administer(user, command).catch(() => undefined));
      expect(records).toHaveLength(1);
      left.push([records[0]?.outcome, records[0]?.error]);
    }
    expect(left).toEqual([
      ['denied', 'not_admin'],
      ['failed', 'command_malformed'],
      ['failed', 'command_malformed'],
      ['failed', 'command_unknown'],
      ['denied', 'rights_required'],
      ['denied', 'command_not_allowed'],
      ['failed', 'user_unknown'],
      ['failed', 'invalid_params'],
      ['failed', 'option_invalid'],
      ['failed', 'option_invalid'],
      ['dryRun', undefined],
      ['success', undefined],
      ['replayed', undefined],
      ['failed', 'idempotency_key_reused'],
      ['failed', 'plan_stale'],
      ['dryRun', undefined],
      ['denied', 'protected_admin'],
    ]);
  });

  it('also when many come at the same time', async () => {
    const each = LONG ? 50 : 12;
    const users = 10;
    await using house = await peopledHouse();
    const before = (await house.contents('principals')).length;
    const call = (_: unknown, i: number) => {
      if (i % 4 === 0) return house.administer('boss', { command: 'addUser', user: `u${i % (4 * users)}` });
      if (i % 4 === 1) return house.administer('reader', { command: 'removeAdmin', user: 'cec' });
      if (i % 4 === 2) return house.administer('cec', { command: 'addAdmin', user: 'bea', dryRun: true });
      return house.administer('boss', { command: 'listAdmins' });
    };
    const calls = () => Array.from({ length: 4 * each }, call);
    const records = await recordsOf(house, () => Promise.allSettled(calls()));
    const made = (await house.contents('principals')).length - before;
    const tally: Record<string, number> = {};
    for (const { command, outcome } of records) {
      tally[`${command} ${outcome}`] = (tally[`${command} ${outcome}`] ?? 0) + 1;
    }
    expect(tally).toEqual({
      'addUser success': made,
      'addUser failed': each - made,
      'removeAdmin denied': each,
      'addAdmin dryRun': each,
      'listAdmins success': each,
    });
    expect(made).toBe(users);
    expect(new Set(records.map((r) => r.requestId)).size).toBe(4 * each);
  });
});

describe('a call that is refused before its parameters are validated', () => {
  const CANARY = 'canary-7f3a';
  let house: TestHouse;
  beforeAll(async () => {
    house = await peopledHouse();
  });
  afterAll(() => house[Symbol.asyncDispose]());

  it.each([
    ['ann', { command: 'addUser', user: CANARY, params: { email: CANARY }, reason: CANARY, idempotencyKey: CANARY }],
    ['boss', { command: 'addUser', user: CANARY, params: { secret: CANARY } }],
    ['boss', { command: 'noSuchCommand', user: CANARY, params: CANARY, module: CANARY }],
    ['boss', { command: 'listUsers', [CANARY]: CANARY }],
    ['boss', { command: 'listUsers', params: { [CANARY]: CANARY } }],
    ['boss', { command: 'listUsers', reason: [CANARY] }],
    ['boss', { command: ['listUsers', CANARY] }],
    ['boss', `listUsers ${CANARY}`],
    ['boss', [CANARY]],
    ['reader', { command: 'setConfig', params: { set: { [CANARY]: CANARY } }, reason: CANARY }],
    ['reader', { command: 'addUser', user: CANARY, idempotencyKey: CANARY }],
  ])('has only a digest of its parameters: %s, %j', async (user, command) => {
    const [record] = await recordsOf(house, () => house.administer(user, command).catch(() => undefined));
    expect(record?.outcome).not.toBe('success');
    expect(record?.paramsDigest).toMatch(/^hmac:[0-9a-f]{64}$/);
    expect(record).not.toHaveProperty('params');
    const { db } = house.database;
    for (const { name } of await db.listCollections().toArray()) {
      expect(JSON.stringify(await db.collection(name).find().toArray())).not.toContain(CANARY);
    }
  });

  it('has its command in its record, at most 64 characters, escaped', async () => {
    const sent = [
      'x'.repeat(1000),
      'admin\r\n{"seq":1}',
      '\u001b[2J\u0085\u2028\u2029\u0000',
      `${'y'.repeat(63)}\u{1f600}`,
      `\u{1f600}`.repeat(40),
      '$where',
    ];
    for (const command of sent) {
      for (const user of ['boss', 'ann']) {
        const [record] = await recordsOf(house, () => house.refusal(user, { command }));
        expect(record?.command.length).toBeLessThanOrEqual(64);
        expect(record?.command).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\ufffd]/u);
        expect(hashOf(record)).toBe(record?.hash);
      }
    }
    const records = (await house.records()).map((r) => r.command);
    expect(records).toContain('x'.repeat(64));
    expect(records).toContain('admin\\u000d\\u000a{"seq":1}');
  });
});

/** The hash that a receipt must carry, from the record as it came back from the database. */
function hashOf(record: StoredRecord | undefined): string {
  const { hash: _, ...rest } = record as unknown as AuditRecord;
  return recordHash(rest);
}

describe('a record', () => {
  it('has actor, authority, command, reason, rule, changes with before and after, time and address', async () => {
    await using house = await peopledHouse();
    const { receipt } = await house.administer('boss', {
      command: 'addAdmin',
      user: 'ann',
      params: { role: 'readOnly' },
      reason: 'she asked',
    });
    await house.administer('boss', { command: 'addAdmin', user: 'ann', params: { role: 'full' } });
    const [first, second] = (await house.records()).slice(-2);
    expect(first?.id).toBe(receipt?.record);
    expect(first).toMatchObject({
      via: 'command',
      command: 'addAdmin',
      outcome: 'success',
      actor: { id: 'boss', name: 'boss' },
      authority: 'admin',
      params: { user: 'ann', role: 'readOnly' },
      reason: 'she asked',
      rule: 'default:full',
      resources: ['roster/roster', 'principals/ann'],
      address: '192.0.2.1',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      at: expect.any(Date),
    });
    const before = { principal: 'ann', role: 'readOnly' };
    expect(first?.changes).toMatchObject([{ op: 'update', fields: [{ path: 'admins[ann]', after: before }] }]);
    expect(second?.changes).toMatchObject([{ fields: [{ path: 'admins[ann]', before, after: { role: 'full' } }] }]);
  });

  it('still has the hash of its receipt after it was read from the database', async () => {
    await using house = await peopledHouse();
    const answers: Answer[] = [];
    for (const [user, command] of [
      ['boss', { command: 'listAdmins', reason: 'Grüße, 日本 \u{1f600} "quoted" \\ \u0007' }],
      ['boss', { command: 'addUser', user: 'eve', params: { email: 'eve@example.org' } }],
      ['boss', { command: 'addAdmin', user: 'eve', params: { expires: '2099-01-01T00:00:00.123+02:00' } }],
      ['boss', { command: 'setConfig', params: { set: { 'backend-file-retrieval-scaling': 2147483647 } } }],
      ['boss', { command: 'getAudit', params: { limit: 3, newestFirst: true } }],
      ['boss', { command: 'deleteUser', user: 'bea' }],
      ['boss', { command: 'listUsers', params: { prefix: '日本\u0000$where' } }],
      ['boss', { command: 'addAdmin', user: 'ann', dryRun: true }],
    ] as const) {
      answers.push(await house.administer(user, command));
    }
    const records = new Map((await house.records()).map((r) => [r.id, r]));
    for (const { receipt } of answers) expect(hashOf(records.get(receipt?.record ?? ''))).toBe(receipt?.hash);
    for (const record of records.values()) expect(hashOf(record)).toBe(record.hash);
  });

  it('can be stored whatever the refused parameters are, without affecting other records', async () => {
    await using house = await peopledHouse();
    let deep: unknown = 1;
    for (let i = 0; i < 900; i += 1) deep = { a: deep };
    const set = [
      JSON.parse('{"__proto__": {"x": 1}}'),
      { $set: { a: 1 }, 'a.b': 2, '': 3 },
      { 'a\u0000b': 1 },
      { meta: deep },
      { x: { _bsontype: 'ObjectId', id: 1 } },
      { x: '\ud800' },
      { x: [1e308, -0, 0.1, 2 ** 53, null] },
      { x: 'z'.repeat(100_000) },
    ];
    const records = await recordsOf(house, () =>
      Promise.all([
        ...set.map((s) => house.refused('boss', { command: 'setConfig', params: { set: s } })),
        ...Array.from({ length: 20 }, () => house.administer('cec', { command: 'listAdmins' })),
      ]),
    );
    expect(records.filter((r) => r.error === 'invalid_params')).toHaveLength(set.length);
    expect(records.filter((r) => r.outcome === 'success')).toHaveLength(20);
    for (const record of records) expect(hashOf(record)).toBe(record.hash);
  });

  it('shares a document with others when many are waiting, and has its own receipt', async () => {
    await using house = await peopledHouse();
    const batches = await house.database.db.collection('audit').countDocuments();
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => house.administer('reader', { command: 'listAdmins' })),
    );
    const receipts = answers.map((a) => a.receipt);
    expect(new Set(receipts.map((r) => r?.record)).size).toBe(100);
    const stored = new Map((await house.records()).map((r) => [r.id, r.hash]));
    for (const receipt of receipts) expect(stored.get(receipt?.record ?? '')).toBe(receipt?.hash);
    expect((await house.database.db.collection('audit').countDocuments()) - batches).toBeLessThan(50);
  });
});

it('a record holds parameters of at most 32,768 bytes, and a digest of longer ones', async () => {
  await using house = await peopledHouse();
  const listed = (last: number, letter: string) => ({
    workspaces: Array.from({ length: 500 }, (_, i) => ({ workspace: letter.repeat(i === 0 ? last : 6) })),
  });
  for (const letter of ['x', '\u20ac']) {
    const rest = 32_768 - bsonSize(listed(0, letter));
    const longest = listed(Math.floor(rest / Buffer.byteLength(letter)), letter);
    const longer = listed(Math.floor(rest / Buffer.byteLength(letter)) + 1, letter);
    expect(bsonSize(longest)).toBeLessThanOrEqual(32_768);
    expect(bsonSize(longer)).toBeGreaterThan(32_768);
    const [kept] = await recordsOf(house, () =>
      house.refusal('boss', { command: 'getPermissionsMass', params: longest }),
    );
    expect(kept?.params).toEqual(longest);
    const [cut] = await recordsOf(house, () =>
      house.refusal('boss', { command: 'getPermissionsMass', params: longer }),
    );
    expect(cut).not.toHaveProperty('params');
    expect(cut?.paramsDigest).toMatch(/^hmac:[0-9a-f]{64}$/);
  }
});

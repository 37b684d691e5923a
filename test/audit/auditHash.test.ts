import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchOf, type RecordDraft } from '../../src/audit/record.ts';
import type { AuditEntry } from '../../src/base/schemas/generated.ts';
import { peopledHouse } from '../gate/calls.ts';
import { openHouse, type StoredRecord, type TestHouse, type Who } from '../support/house.ts';

const PASSWORD = 'a password that has leaked';
const EMAIL = 'staff@example.org';

let house: TestHouse;
beforeAll(async () => {
  house = await peopledHouse();
  await house.administer('boss', { command: 'setPassword', user: 'bea', params: { password: PASSWORD } });
  await house.administer('boss', {
    command: 'createStaff',
    params: { username: 's1', password: PASSWORD, email: EMAIL },
  });
  await house.administer('boss', { command: 'setPassword', user: 'bea', params: { password: 'another' } });
});
afterAll(() => house[Symbol.asyncDispose]());

const hashOf = async (value: string, user: Who = 'boss') =>
  ((await house.administer(user, { command: 'auditHash', params: { value } })).result as { hash: string }).hash;

async function found(params: object, user: Who = 'boss'): Promise<AuditEntry[]> {
  const { result } = await house.administer(user, { command: 'getAudit', params });
  return (result as { records: AuditEntry[] }).records;
}

const commandsOf = (records: readonly AuditEntry[]) => records.map((r) => r.command);
const lastRecord = async () => (await house.records()).at(-1) as StoredRecord;

describe('auditHash', () => {
  it('finds the records that contain a password, and no others', async () => {
    const contains = await hashOf(PASSWORD);
    expect(commandsOf(await found({ contains })).filter((name) => name !== 'auditHash')).toEqual([
      'setPassword',
      'createStaff',
    ]);
    expect(commandsOf(await found({ contains, command: 'createStaff' }))).toEqual(['createStaff']);
    expect(await found({ contains: await hashOf('never used'), command: 'setPassword' })).toEqual([]);
  });

  it('finds who was given an e-mail address, and where it was replaced', async () => {
    const [staff] = await house.database.db.collection('principals').find({ email: EMAIL }).toArray();
    await house.administer('boss', { command: 'updateStaff', params: { id: staff?._id, email: 'new@example.org' } });
    const contains = await hashOf(EMAIL);
    const commands = commandsOf(await found({ contains })).filter((name) => name !== 'auditHash');
    expect(commands).toEqual(['createStaff', 'updateStaff']);
  });

  it('finds records of earlier versions, which have no list of HMACs, together with the command', async () => {
    const contains = await hashOf('of long ago');
    const draft: RecordDraft = {
      ...{ at: new Date(), via: 'command', command: 'setPassword', outcome: 'success', authority: 'admin' },
      ...{ actor: { id: 'boss', name: 'boss' }, changes: [], resources: [], requestId: 'r', address: '-' },
      params: { user: 'bea', password: contains },
    };
    const batch = batchOf(await house.database.clock.newId(), [draft]);
    await house.database.db.collection('audit').insertOne(batch as never);
    expect(await found({ contains, command: 'setPassword' })).toMatchObject([{ record: `${batch._id}-0` }]);
  });

  it('leaves no trace of the value, not even where it is refused', async () => {
    const value = 'canary of auditHash';
    await hashOf(value);
    expect(await lastRecord()).toMatchObject({
      command: 'auditHash',
      params: { value: expect.stringMatching(/^hmac:/) },
    });
    await house.refusal('boss', { command: 'auditHash', params: { value: [value] } });
    await house.refusal('boss', { command: 'auditHash', params: { value, [value]: 1 } });
    await house.administer('boss', { command: 'auditHash', params: { value }, dryRun: true });
    expect(JSON.stringify(await house.records())).not.toContain(value);
  });

  it('is for full administrators: others could compare guesses with what records show', async () => {
    const call = { command: 'auditHash', params: { value: PASSWORD } };
    expect(await house.refusal('reader', call)).toBe('rights_required');
    expect(await house.refusal('limited', call)).toBe('command_not_allowed');
    expect(await house.refusal('ann', call)).toBe('not_admin');
    const listed = (await house.administer('reader', { command: 'listCommands' })).result as {
      name: string;
      allowed: boolean;
    }[];
    expect(JSON.stringify(listed)).toContain('auditHash');
    await house.administer('boss', {
      command: 'addAdmin',
      user: 'ann',
      params: { role: 'full', commands: ['auditHash'] },
    });
    expect(await hashOf(PASSWORD, 'ann')).toBe(await hashOf(PASSWORD));
    await house.administer('boss', { command: 'removeAdmin', user: 'ann' });
  });

  it('shows in refused calls and dry runs nothing that a guess could be compared with', async () => {
    const contains = await hashOf(PASSWORD);
    const params = { password: PASSWORD };
    await house.administer('boss', { command: 'setPassword', user: 'bea', params, dryRun: true });
    const dryRun = await lastRecord();
    await house.refusal('boss', { command: 'setPassword', user: 'bea', params, plan: '0'.repeat(64) });
    const stale = await lastRecord();
    await house.administer('boss', { command: 'auditHash', params: { value: PASSWORD }, dryRun: true });
    const asked = await lastRecord();
    for (const record of [dryRun, stale, asked]) {
      expect(JSON.stringify(record)).toMatch(/hmac:[0-9a-f]{64}/);
      expect(JSON.stringify(record)).not.toContain(contains);
    }
    // The same actor's attempts are still comparable with each other.
    expect((dryRun.params as { password: string }).password).toBe((stale.params as { password: string }).password);
    await house.administer('cec', { command: 'setPassword', user: 'bea', params, dryRun: true });
    expect((await lastRecord()).params).not.toEqual(dryRun.params);
  });

  it('shows in dry runs no HMAC of an address, and a plan holds for that address alone', async () => {
    const { result } = await house.administer('boss', {
      command: 'addUser',
      user: 'newcomer',
      params: { email: 'new2@example.org' },
      dryRun: true,
    });
    expect(JSON.stringify(result)).toContain('"email":"<sensitive>"');
    expect(JSON.stringify(result)).not.toMatch(/hmac:|new2@/);
    const { plan } = result as { plan: string };
    const call = { command: 'addUser', user: 'newcomer', plan };
    expect(await house.refusal('boss', { ...call, params: { email: 'new3@example.org' } })).toBe('plan_stale');
    await house.administer('boss', { ...call, params: { email: 'new2@example.org' } });
  });
});

it('auditHash counts what is asked at once, of two instances together', async () => {
  await using one = await openHouse();
  await using two = await openHouse({ beside: one });
  await one.meet('boss');
  const ask = (i: number) => {
    const call = { command: 'auditHash', params: { value: `guess ${i}` } };
    return (i % 2 === 0 ? one : two).administer('boss', call).then(
      () => 'answered',
      (error) => error.reason,
    );
  };
  const outcomes = await Promise.all(Array.from({ length: 100 }, (_, i) => ask(i)));
  const answered = outcomes.filter((outcome) => outcome === 'answered').length;
  // One more may be answered at the beginning of the first pause.
  expect(answered).toBeLessThanOrEqual(61);
  expect(answered).toBeGreaterThan(50);
  expect(new Set(outcomes)).toEqual(new Set(['answered', 'too_many_attempts']));
});

it('auditHash slows down whoever tries out many values, and nobody else', async () => {
  await using other = await openHouse();
  await other.meet('boss', 'ann');
  await other.administer('boss', { command: 'addAdmin', user: 'ann' });
  const ask = (user: string, value: string) => other.administer(user, { command: 'auditHash', params: { value } });
  await Promise.all(Array.from({ length: 60 }, (_, i) => ask('boss', `guess ${i}`)));
  expect(await other.refusal('boss', { command: 'auditHash', params: { value: 'x' } })).toBe('too_many_attempts');
  const last = (await other.records()).at(-1);
  const { hash } = (await ask('ann', 'x')).result as { hash: string };
  expect(last).toMatchObject({ outcome: 'failed', error: 'too_many_attempts' });
  expect(JSON.stringify(last)).not.toContain(hash);
});

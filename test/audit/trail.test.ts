import { expect, it, vi } from 'vitest';
import { auditCollection, batchOf, type RecordDraft } from '../../src/audit/record.ts';
import { refuse } from '../../src/base/errors.ts';
import type { AuditEntry } from '../../src/base/schemas/generated.ts';
import { firstIdOf } from '../../src/store/clusterClock.ts';
import { cursorOf } from '../../src/store/cursor.ts';
import { openHouse, type TestHouse } from '../support/house.ts';

interface Page {
  readonly records: AuditEntry[];
  readonly next?: string;
  readonly follow?: string;
}

const pageOf = async (house: TestHouse, params: object): Promise<Page> =>
  (await house.administer('boss', { command: 'getAudit', params })).result as Page;

/** Follows from this cursor until nothing new is there; what it found, and where to go on. */
async function followed(house: TestHouse, params: object, start: string | undefined) {
  const records: AuditEntry[] = [];
  let cursor = start;
  for (;;) {
    const page: Page = await pageOf(house, { ...params, ...(cursor === undefined ? {} : { cursor }) });
    records.push(...page.records);
    cursor = page.next ?? page.follow;
    if (page.next === undefined) return { records, cursor };
  }
}

const ids = (records: readonly AuditEntry[]) => records.map((r) => r.record);

const draft = (command: string): RecordDraft => ({
  ...{ at: new Date(), via: 'command', command, outcome: 'success', actor: { id: 'x', name: 'x' } },
  ...{ authority: 'admin', changes: [], resources: [], requestId: 'r', address: '-' },
});

/** Stores records under an id that was made so many seconds ago. @returns their ids */
async function storedLate(house: TestHouse, command: string, ago: number, count = 1): Promise<string[]> {
  const { t } = await house.database.clock.now();
  const id = `${firstIdOf(t - ago).slice(0, 8)}${Math.random().toString(16).slice(2, 10).padEnd(8, '0')}00000000`;
  const batch = batchOf(
    id,
    Array.from({ length: count }, () => draft(command)),
  );
  await house.database.appendOne(auditCollection, batch);
  return batch.records.map((r) => r.id);
}

const AGES = [0, 1, 30, 119, 121, 3_600, 1_000_000] as const;

it('shows what is committed after a page, once and in that order, however old its ids are', async () => {
  await using house = await openHouse();
  await house.meet('boss');
  const { follow } = await pageOf(house, { command: 'late', newestFirst: true, limit: 5 });
  const expected: string[] = [];
  let [shown, cursor]: [string[], string | undefined] = [[], follow];
  for (let round = 0; round < 3; round += 1) {
    for (const ago of AGES) expected.push(...(await storedLate(house, 'late', ago, 3)));
    const found = await followed(house, { command: 'late', limit: 4 }, cursor);
    [shown, cursor] = [[...shown, ...ids(found.records)], found.cursor];
  }
  expect(shown).toEqual(expected);
});

it('shows everything once from the beginning on, also what comes between two pages', async () => {
  await using house = await openHouse();
  await house.meet('boss');
  const expected: string[] = [];
  for (const ago of AGES) expected.push(...(await storedLate(house, 'old', ago, 3)));
  const found: string[] = [];
  let cursor: string | undefined;
  for (let pages = 0; ; pages += 1) {
    const page: Page = await pageOf(house, { command: 'old', limit: 2, ...(cursor === undefined ? {} : { cursor }) });
    found.push(...ids(page.records));
    // Below the place that the paging has reached, and above it.
    if (pages < 4) for (const ago of [2_000_000, 500, 10]) expected.push(...(await storedLate(house, 'old', ago)));
    cursor = page.next;
    if (cursor === undefined) break;
  }
  expect([...found].sort()).toEqual([...expected].sort());
});

it('loses nothing and repeats nothing while two instances write', async () => {
  await using house = await openHouse();
  await using other = await openHouse({ beside: house });
  await house.meet('boss');
  const { follow } = await pageOf(house, { newestFirst: true, limit: 1 });
  const begun = await house.database.clock.now();
  let writing = true;
  const write = async (at: TestHouse, name: string) => {
    for (let n = 0; n < 40; n += 1) {
      await Promise.all([
        at.administer('boss', { command: 'addUser', user: `${name}${n}` }),
        at.administer('boss', { command: 'listAdmins' }),
        at.refusal('boss', { command: 'removeAdmin', user: 'boss' }),
      ]);
    }
  };
  const writers = Promise.all([write(house, 'a'), write(other, 'b')]).finally(() => {
    writing = false;
  });
  const seen: string[] = [];
  let cursor = follow;
  for (let last = false; !last; ) {
    last = !writing;
    const found = await followed(house, { limit: 7 }, cursor);
    seen.push(...ids(found.records.filter((r) => r.command !== 'getAudit')));
    cursor = found.cursor;
  }
  await writers;
  const batches: string[] = [];
  for await (const { id } of house.database.insertedSince(auditCollection, { at: begun })) batches.push(id);
  const stored = (await house.records()).filter((r) => r.command !== 'getAudit' && batches.includes(batchIdOf(r.id)));
  expect(new Set(seen).size).toBe(seen.length);
  expect([...seen].sort()).toEqual(stored.map((r) => r.id).sort());
  expect([...new Set(seen.map(batchIdOf))]).toEqual(batches.filter((b) => seen.some((r) => batchIdOf(r) === b)));
});

it('says that a cursor is too old where the database no longer knows what came since', async () => {
  await using house = await openHouse();
  await house.meet('boss');
  const cursor = cursorOf('audit', 'commits', 1, 0, 'g', 0, '82');
  expect(await house.refusal('boss', { command: 'getAudit', params: { cursor } })).toBe('cursor_outdated');
});

it('has ids in order within a process', async () => {
  await using house = await openHouse();
  await house.meet('boss');
  for (let n = 0; n < 20; n += 1) {
    await house.administer('boss', { command: 'addUser', user: `u${n}` });
    await house.administer('boss', { command: 'listAdmins' });
  }
  const commands = (await house.records()).map((r) => r.command).filter((c) => c !== 'signIn' && c !== 'start');
  expect(commands).toEqual(Array.from({ length: 20 }, () => ['addUser', 'listAdmins']).flat());
});

const batchIdOf = (record: string) => record.slice(0, 24);

it('shows everything from the start although the database keeps commits for seconds only', async () => {
  await using house = await openHouse();
  await house.meet('boss');
  const expected: string[] = [];
  for (const ago of [...AGES].reverse()) expected.push(...(await storedLate(house, 'kept', ago, 2)));
  const { t } = await house.database.clock.now();
  const { insertedSince } = house.database;
  vi.spyOn(house.database, 'insertedSince').mockImplementation((of, from, which) => {
    if ('at' in from && from.at.t < t) throw refuse('cursor_outdated');
    return insertedSince.call(house.database, of, from, which);
  });
  const { records, cursor } = await followed(house, { command: 'kept', limit: 3 }, undefined);
  expect(ids(records)).toEqual(expected);
  const later = await storedLate(house, 'kept', 60);
  expect(ids((await followed(house, { command: 'kept', limit: 3 }, cursor)).records)).toEqual(later);
});

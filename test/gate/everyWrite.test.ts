import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type AuditRecord, recordHash } from '../../src/audit/record.ts';
import { allCommands, allMethods } from '../../src/operations/index.ts';
import { BOOKKEEPING, type BookkeepingKind, isBookkeeping } from '../../src/store/bookkeeping.ts';
import { Database } from '../../src/store/database.ts';
import type { TestHouse } from '../support/house.ts';
import { inTurn } from '../support/long.ts';
import type { SentWrites } from '../support/writes.ts';
import { calls } from './calls.ts';
import { INSTEAD, LEFT_OUT, METHODS, OTHERS, type Range, runEverything } from './everything.ts';

/**
 * Everything that the service does, with the commands that it sends to the database: what is written outside of
 * a transaction, or committed without a record, must be listed as bookkeeping.
 */

let range: Range;
let database: Database;
beforeAll(async () => {
  const uri = new URL(inject('mongoUri'));
  uri.searchParams.set('monitorCommands', 'true');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  // Small parts, of which a job has several with few things.
  database = await Database.connect({ uri: uri.href, database: name, limits: { perPart: 100 } });
  range = await runEverything(database);
}, 300_000);
afterAll(async () => {
  await database.db.dropDatabase();
  await database.close();
});

const ODD = { half: '\ud800', 'a.b': 1, $c: [null, undefined, 0.1, -0, 1e300], '': {} };

/** How a call may end, each with a record: who makes it, and with which other parts. */
const WAYS: readonly (readonly [user: string, parts: (command: string) => object])[] = [
  ['stranger', () => ({})],
  ['boss', () => ({ params: ODD })],
  ['boss', () => ({ dryRun: true })],
  // With this key it was carried out already.
  ['boss', (command) => ({ idempotencyKey: `key of ${command}` })],
  ['boss', () => ({ reason: 'it says so' })],
];
const waysInTurn = inTurn(WAYS, 1);

async function endInSeveralWays(house: TestHouse, command: string): Promise<void> {
  const call = { command, ...(INSTEAD[command] ?? calls[command]) };
  for (const [user, parts] of waysInTurn()) {
    await house.administer(user, { ...call, ...parts(command) }).catch(() => undefined);
  }
}

describe('everything that the service writes', () => {
  it('is covered: every command and every method that writes succeeds once', () => {
    expect([...range.refused].map(([name, error]) => `${name}: ${error}`)).toEqual([]);
    const called = [...METHODS.map(([name]) => name), ...OTHERS.map(([, name]) => name), ...LEFT_OUT.keys()];
    const writing = allMethods.filter((m) => m.effect === 'write').map((m) => m.name);
    expect([...new Set(called)].toSorted()).toEqual(writing.toSorted());
    expect(Object.keys(calls).toSorted()).toEqual(allCommands.map((c) => c.name).toSorted());
  });

  it('outside of a transaction is bookkeeping', () => {
    const { outside } = range.writes;
    const wrong = outside.filter(({ collection }) => !isBookkeeping(collection, 'outside'));
    expect(wrong).toEqual([]);
    expect(outside.length).toBeGreaterThan(50);
  });

  it('in a transaction commits with a record, or only touches documents, or is bookkeeping', () => {
    const { committed } = range.writes;
    const isRecorded = (writes: SentWrites['outside']) =>
      writes.some(({ collection, operation }) => collection === 'audit' && operation === 'insert');
    const unrecorded = committed.filter(
      (writes) => !isRecorded(writes) && !writes.every((w) => w.isTouch || isBookkeeping(w.collection, 'inside')),
    );
    expect(unrecorded).toEqual([]);
    expect(committed.filter(isRecorded).length).toBeGreaterThan(METHODS.length);
  });

  it('needs every line of the list of bookkeeping', () => {
    const { outside, committed } = range.writes;
    const written: Record<BookkeepingKind, ReadonlySet<string>> = {
      outside: new Set(outside.map((w) => w.collection)),
      inside: new Set(committed.filter((c) => c.every((w) => w.collection !== 'audit')).flatMap(collectionsOf)),
      attached: new Set(committed.filter((c) => c.some((w) => w.collection === 'audit')).flatMap(collectionsOf)),
    };
    expect(BOOKKEEPING.filter(({ collection, stored }) => !written[stored].has(collection))).toEqual([]);
  });

  it('that leaves a record leaves one with the hash of what is stored, however it ends', async () => {
    for (const { name } of allCommands) await endInSeveralWays(range.house, name);
    const records = await range.house.records();
    const hashes = records.map(({ hash: _, ...record }) => recordHash(record as unknown as Omit<AuditRecord, 'hash'>));
    expect(records.filter((record, i) => record.hash !== hashes[i]).map((r) => `${r.via} ${r.command}`)).toEqual([]);
    expect(new Set(records.map((r) => r.via))).toEqual(new Set(['command', 'method', 'job', 'signIn']));
    const outcomes = ['success', 'denied', 'failed', 'dryRun', 'replayed'];
    expect(new Set(records.map((r) => r.outcome))).toEqual(new Set(outcomes));
    const named = new Set(records.map((r) => r.command));
    expect(allCommands.filter(({ name }) => !named.has(name))).toEqual([]);
  });
});

const collectionsOf = (writes: SentWrites['outside']) => writes.map((w) => w.collection);

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, inject, it } from 'vitest';
import { openHouse, SECRET, type TestHouse } from '../support/house.ts';
import { LONG } from '../support/long.ts';
import { expectBalance, expectOneRecordACall, readBooks } from './books.ts';

const CALLS = 4_000;
const ADMINS = ['ann', 'bea', 'cec', 'dot', 'eve', 'fay'];
const CHILD = fileURLToPath(new URL('rosterChild.mjs', import.meta.url));

/** What one process saw: how often its calls ended how, which ends were strange, and when nobody could administer. */
interface Seen {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly strange: readonly string[];
  readonly bare: readonly string[];
}

it.runIf(LONG)(
  `two processes that take each other's admins away ${CALLS} times each never leave none`,
  async () => {
    await using house = await openHouse();
    await house.meet('boss', ...ADMINS);
    for (const user of ADMINS) await house.administer('boss', { command: 'addAdmin', user });
    const before = await callsRecorded(house);

    const child = async (): Promise<Seen> => {
      const args = [CHILD, inject('mongoUri'), house.database.db.databaseName, SECRET, String(CALLS)];
      return JSON.parse((await promisify(execFile)('node', args)).stdout);
    };
    const seen = await Promise.all([child(), child()]);

    // Each looked at the database after each of its calls.
    expect(seen.map((s) => s.bare)).toEqual([[], []]);
    expect(seen.map((s) => s.strange)).toEqual([[], []]);
    const total = (outcome: string) => seen.reduce((sum, { outcomes }) => sum + (outcomes[outcome] ?? 0), 0);
    // It was really contested: many went through, and some had to be stopped.
    expect(total('ok')).toBeGreaterThan(CALLS / 10);
    expect(total('last_admin')).toBeGreaterThan(0);

    const books = await readBooks(house.database.db);
    expectBalance(books);
    expectOneRecordACall(books);
    // All but those that were turned away at the door left their record.
    expect((await callsRecorded(house)) - before).toBe(2 * CALLS - total('account_disabled'));
  },
  600_000,
);

const callsRecorded = async (house: TestHouse) => (await house.records()).filter((r) => r.via === 'command').length;

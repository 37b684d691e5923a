import { expect, it } from 'vitest';
import type { Reply } from '../support/running.ts';
import { serviceFolder } from '../support/service.ts';
import { expectBalance, expectOneRecordACall, expectReceiptsKept, readBooks } from './books.ts';
import { emptyDatabase, everythingSealed, openWire, startOver } from './wire.ts';

const DATABASE = `test_lost_answer_${process.pid}`;

const CALLS: [what: string, calls: object[]][] = [
  // Those that come in one turn share the first transaction, the others the second.
  ['calls that share a transaction', ['ann', 'bea', 'cec'].map((user) => ({ command: 'addAdmin', user }))],
  ['a call of its own', [{ command: 'addUser', user: 'gil' }]],
];

it('a commit whose answer is lost, with the database gone after it, happens once', async () => {
  await using folder = await serviceFolder();
  await using database = await emptyDatabase(DATABASE);
  await using wire = await openWire();
  const service = await startOver(wire, { folder: folder.path, database: DATABASE, outlasted: true });

  const replies: Reply[] = [];
  for (const [what, calls] of CALLS) {
    // So that the next commit is that of the calls.
    await everythingSealed(database.db);
    wire.cutAfterCommit(1);
    const own = await Promise.all(calls.map((command) => service.administer('admin', command)));
    expect([what, wire.wasCut()]).toEqual([what, true]);
    expect([what, ...own.map((r) => r.error?.data ?? r.status)]).toEqual([what, ...calls.map(() => 200)]);
    replies.push(...own);
  }
  expect(await service.end('SIGTERM')).toBe(0);

  const books = await readBooks(database.db);
  expectBalance(books);
  expectOneRecordACall(books);
  expectReceiptsKept(replies, books);
});

import { expect, it } from 'vitest';
import { LONG } from '../support/long.ts';
import type { Reply } from '../support/running.ts';
import { serviceFolder } from '../support/service.ts';
import { expectBalance, expectOneRecordACall, readBooks } from './books.ts';
import { emptyDatabase, everythingSealed, openWire, startOver } from './wire.ts';

const DATABASE = `test_call_deadline_${process.pid}`;
const reasonOf = ({ error, status }: Reply) => error?.data ?? status;

it.runIf(LONG)(
  'every call is answered within its deadline while the database stands still, and says what became of it',
  async () => {
    await using folder = await serviceFolder();
    await using database = await emptyDatabase(DATABASE);
    await using wire = await openWire();
    const deadline = { STEWARD_CALL_DEADLINE_SECONDS: '2' };
    const service = await startOver(wire, { folder: folder.path, database: DATABASE, settings: deadline });
    const admins = async () => (await service.administer('admin', { command: 'listAdmins' })).result;
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);

    await everythingSealed(database.db);
    wire.hold();
    // Some wait for the database, and the others for these.
    const calls = [
      ...Array.from({ length: 40 }, () => ({ command: 'addAdmin', user: 'ann' })),
      { command: 'listAdmins' },
      { command: 'createWorkspace', user: 'bea', params: { workspace: 'bea:new' } },
    ];
    const held = await Promise.all(calls.map((command) => service.administer('admin', command)));
    expect(new Set(held.map(reasonOf))).toEqual(new Set(['deadline_exceeded']));
    expect(wire.isHeld()).toBe(true);
    await expect.poll(async () => (await fetch(`${service.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);

    wire.release();
    await expect.poll(async () => (await fetch(`${service.url}/readyz`)).status).toBe(200);
    await expect.poll(admins).toEqual([['admin']]);
    expect((await database.db.collection('workspaces').find().toArray()).length).toBe(0);

    await everythingSealed(database.db);
    wire.holdAfterCommit();
    expect(reasonOf(await service.administer('admin', { command: 'addAdmin', user: 'bea' }))).toBe('outcome_unknown');
    expect(wire.isHeld()).toBe(true);
    wire.release();
    await expect.poll(admins).toEqual([['admin', 'bea']]);
    expect(reasonOf(await service.administer('admin', { command: 'addAdmin', user: 'cec' }))).toBe(200);
    expect(await service.end('SIGTERM')).toBe(0);

    const books = await readBooks(database.db);
    expectBalance(books);
    expectOneRecordACall(books);
  },
);

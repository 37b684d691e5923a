import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { MongoError } from 'mongodb';
import { expect, inject, it } from 'vitest';
import { Database } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrations/migrate.ts';
import { FormatWatch } from '../../src/store/migrations/watch.ts';
import { openHouse } from '../support/house.ts';

const CHILD = fileURLToPath(new URL('openTransactionChild.mjs', import.meta.url));

it('what an instance that is killed leaves open keeps nobody else from writing for long', async () => {
  // Migration steps drop indexes, so the database is not kept for other tests.
  await using own = await ownDatabase();
  const { database } = own;
  await using house = await openHouse({ on: database });
  await house.meet('boss', 'ann');
  const signal = new AbortController().signal;
  await migrate({ database, program: 'test', signal, report: () => undefined });
  const watch = await FormatWatch.begin(database, 'test');
  const child = spawn(process.execPath, [CHILD, inject('mongoUri'), database.db.databaseName], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await exited;
  // A call waits for a third of the time after which the server ends the transaction by itself.
  expect(await conflicting(database)).toBe(true);
  await house.administer('boss', { command: 'addAdmin', user: 'ann' });
  expect((await house.administer('boss', { command: 'listAdmins' })).result).toEqual(['boss', 'ann']);
  await watch.stop();
}, 120_000);

/** Whether a transaction that changes the roster conflicts with another. */
async function conflicting({ client, db }: Database): Promise<boolean> {
  const session = client.startSession();
  session.startTransaction();
  try {
    await db.collection('roster').updateOne({}, { $inc: { epoch: 1 } }, { session });
    return false;
  } catch (error) {
    return error instanceof MongoError && error.hasErrorLabel('TransientTransactionError');
  } finally {
    await session.abortTransaction();
    await session.endSession();
  }
}

async function ownDatabase() {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const database = await Database.connect({ uri: inject('mongoUri'), database: name });
  return {
    database,
    [Symbol.asyncDispose]: async () => {
      await database.db.dropDatabase();
      await database.close();
    },
  };
}

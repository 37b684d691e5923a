import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { Database } from '../../../src/store/database.ts';
import { migrations } from '../../../src/store/migrations/index.ts';
import { keyedRequestDigests } from '../../../src/store/migrations/keyedRequestDigests.ts';
import { migrate } from '../../../src/store/migrations/migrate.ts';
import { openHouse, type TestHouse } from '../../support/house.ts';
import { restoreFixture } from './fixture.ts';

const answers = ({ db }: Database) => db.collection('idempotency').find().sort({ _id: 1 }).toArray();

let open: Database[] = [];
beforeEach(() => {
  open = [];
});
afterEach(async () => {
  await open[0]?.db.dropDatabase();
  for (const database of open) await database.close();
});

/** The fixture of format 1, for a program that knows these steps. */
async function fixtureFor(steps: typeof migrations): Promise<Database> {
  const name = `test_keyed_${process.pid}`;
  const database = await Database.connect({ uri: inject('mongoUri'), database: name, migrations: steps });
  open.push(database);
  await restoreFixture(database.db, 1);
  return database;
}

const migrated = (database: Database) =>
  migrate({
    database,
    program: 'test',
    signal: new AbortController().signal,
    report: () => undefined,
    ignoreLiveInstances: true,
  });

describe('the step that keys the digests of calls', () => {
  it('makes of each digest its HMAC with the audit key, and changes nothing else', async () => {
    const database = await fixtureFor([keyedRequestDigests]);
    const before = await answers(database);
    const stored = await database.db.collection('auditKey').findOne();
    const hmac = (text: string) => createHmac('sha256', Buffer.from(stored?.key, 'base64')).update(text).digest('hex');
    expect(before.length).toBeGreaterThan(1);
    await migrated(database);
    expect(await answers(database)).toEqual(
      before.map((b) => ({ ...b, request: `hmac:${hmac(b.request)}`, revision: b.revision + 1 })),
    );
  });

  it('leaves a repeated call to be answered as the first time, and another under its key to be refused', async () => {
    const database = await fixtureFor(migrations);
    await database.db.collection('idempotency').updateMany({}, { $set: { at: new Date() } });
    await migrated(database);
    await using house = await openHouse({
      beside: { database } as TestHouse,
      rules: { configured: ['admin', 'operator'] },
    });
    const call = (password: string) => ({
      ...{ command: 'setPassword', user: 'key1', idempotencyKey: 'password-key1' },
      params: { password },
    });
    const { receipt } = await house.administer('admin', call('correct horse battery staple'));
    expect((await house.records()).at(-1)).toMatchObject({ outcome: 'replayed', original: receipt?.record });
    expect(await house.refusal('admin', call('another password'))).toBe('idempotency_key_reused');
  });
});

import { expect, inject, it } from 'vitest';
import { Database } from '../../src/store/database.ts';
import { sharedClient } from '../support/sharedClient.ts';

const uri = new URL(inject('mongoUri'));

it.each([
  ['by default', undefined, 15_000],
  ['as the URI says', '1234', 1_234],
])('a connection looks for a server for a limited time: %s', async (_, given, milliseconds) => {
  if (given !== undefined) uri.searchParams.set('serverSelectionTimeoutMS', given);
  const database = await Database.connect({ uri: uri.href, database: 'unused' });
  expect(database.client.options.serverSelectionTimeoutMS).toBe(milliseconds);
  await database.close();
});

it('a client that is given stays open when the database is closed', async () => {
  const client = await sharedClient();
  const database = await Database.connect({ uri: uri.href, database: 'unused', client });
  await database.close();
  expect(await client.db('unused').command({ ping: 1 })).toMatchObject({ ok: 1 });
});

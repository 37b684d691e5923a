import type { MongoClient } from 'mongodb';
import { inject } from 'vitest';
import { Database } from '../../src/store/database.ts';

let connected: Promise<Database> | undefined;

/** The client that all tests of this process share: to connect takes longer than what many a test does. */
export async function sharedClient(): Promise<MongoClient> {
  connected ??= Database.connect({ uri: inject('mongoUri'), database: 'unused' });
  return (await connected).client;
}

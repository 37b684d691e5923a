import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import type { AnyCollection } from '../../src/store/collection.ts';
import { Database } from '../../src/store/database.ts';

/** A database of its own with these collections, for what needs no house. */
export async function openDatabase(collections: readonly AnyCollection[]) {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const database = await Database.connect({ uri: inject('mongoUri'), database: name });
  await database.prepare([...collections]);
  return database;
}

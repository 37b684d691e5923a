import { randomUUID } from 'node:crypto';
import type { Document } from 'mongodb';
import { inject } from 'vitest';
import { Database } from '../../../src/store/database.ts';
import { migrate } from '../../../src/store/migrations/migrate.ts';
import type { Migration } from '../../../src/store/migrations/migration.ts';
import { restoreFixture } from './fixture.ts';

export const never = new AbortController().signal;

/** A database of its own that goes away with the test, and further connections to it. */
export interface Scratch extends AsyncDisposable {
  readonly name: string;
  /** A connection of a program that knows these steps. */
  connect(
    migrations?: readonly Migration[],
    more?: { readonly user?: string; readonly password?: string },
  ): Promise<Database>;
}

export async function scratchDatabase(uri = inject('mongoUri')): Promise<Scratch> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const open: Database[] = [];
  const first = await Database.connect({ uri, database: name });
  open.push(first);
  return {
    name,
    connect: async (migrations, more) => {
      const database = await Database.connect({ uri, database: name, ...(migrations && { migrations }), ...more });
      open.push(database);
      return database;
    },
    [Symbol.asyncDispose]: async () => {
      await first.db.dropDatabase();
      for (const database of open) await database.close();
    },
  };
}

/** As {@link scratchDatabase}, with what the code of format 1 wrote. */
export async function scratchFixture(format = 1): Promise<Scratch> {
  const scratch = await scratchDatabase();
  await restoreFixture((await scratch.connect()).db, format);
  return scratch;
}

/** Migrates to the end, and tells what it reported. */
export async function migrated(database: Database, program = '2.0.0-test'): Promise<string[]> {
  const lines: string[] = [];
  await migrate({ database, program, signal: never, report: (line) => lines.push(line) });
  return lines;
}

export const formatDocument = ({ db }: Database) => db.collection<Document>('meta').findOne();

/** The content of every collection but what only says who runs or holds what now, and every index. */
export async function contentOf({ db }: Database): Promise<unknown> {
  const collections: Record<string, unknown> = {};
  for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) {
    const indexes = (await db.collection(name).indexes()).map((i) => i.name).sort();
    collections[name] = { indexes, documents: await db.collection(name).find().sort({ _id: 1 }).toArray() };
  }
  return collections;
}

/** A step that counts in every thing how often it was changed: anything but idempotent. */
export function counting(
  name: string,
  field: string,
  change: (thing: Document) => unknown = () => undefined,
): Migration {
  return {
    name,
    summary: `Counts in ${field}.`,
    run: async ({ changeEach }) => {
      await changeEach({ name: 'count', collection: 'things' }, async (thing) => {
        await change(thing);
        const update = { $inc: { [field]: 1, revision: 1 } };
        return [{ collection: 'things', operation: { updateOne: { filter: { _id: thing._id }, update } } }];
      });
    },
  };
}

/** A database of format 1 with so many things. */
export async function fillThings({ db }: Database, count: number): Promise<void> {
  await db.createCollection('roster');
  const things = Array.from({ length: count }, (_, i) => ({ _id: String(i).padStart(6, '0') as never, revision: 1 }));
  await db.collection('things').insertMany(things);
}

/** How many things there are of each state. */
export async function thingsBy({ db }: Database, ...fields: string[]): Promise<Document[]> {
  const id = Object.fromEntries(fields.map((field) => [field, `$${field}`]));
  const groups = await db
    .collection('things')
    .aggregate([{ $group: { _id: id, count: { $sum: 1 } } }])
    .toArray();
  return groups.map(({ _id, count }) => ({ ..._id, count }));
}

import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { BSON, type Db, type Document, type IndexDescription } from 'mongodb';

type Line =
  | { readonly made: Date }
  | { readonly collection: string; readonly indexes: readonly IndexDescription[] }
  | { readonly document: Document };

/** Puts the fixture of this format (fixtures/README.md) into an empty database: collections, indexes and documents. */
export async function restoreFixture(db: Db, format: number): Promise<void> {
  const packed = await readFile(new URL(`fixtures/format-${format}.json.gz`, import.meta.url));
  const lines = gunzipSync(packed).toString('utf8').trim().split('\n');
  let age = 0;
  const restored: { name: string; indexes: readonly IndexDescription[]; documents: Document[] }[] = [];
  for (const text of lines) {
    const line: Line = BSON.EJSON.parse(text, { relaxed: false, useBigInt64: false });
    if ('made' in line) age = Date.now() - line.made.getTime();
    else if ('document' in line) restored.at(-1)?.documents.push(plain(line.document) as Document);
    else restored.push({ name: line.collection, indexes: plain(line.indexes) as IndexDescription[], documents: [] });
  }
  await Promise.all(
    restored.map(async ({ name, indexes, documents }) => {
      await db.createCollection(name);
      if (indexes.length > 0) await db.collection(name).createIndexes([...indexes]);
      for (const document of documents) keepFromExpiring(document, indexes, age);
      if (documents.length > 0) await db.collection(name).insertMany(documents);
    }),
  );
}

/** The server removes what has expired within a minute: it expires as late after now as it did after the fixture was made. */
function keepFromExpiring(document: Document, indexes: readonly IndexDescription[], age: number): void {
  for (const { key, expireAfterSeconds } of indexes) {
    const field = Object.keys(key)[0] ?? '';
    const at: unknown = document[field];
    if (expireAfterSeconds !== undefined && at instanceof Date) document[field] = new Date(at.getTime() + age);
  }
}

/** Numbers as the driver gives them: canonical EJSON brings each in a class that tells its BSON type. */
function plain(value: unknown): unknown {
  if (value instanceof BSON.Int32 || value instanceof BSON.Double) return value.valueOf();
  if (Array.isArray(value)) return value.map(plain);
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  }
  return value;
}

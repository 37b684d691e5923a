import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { BSON, type Db, type Document, type IndexDescription } from 'mongodb';

type Line =
  | { readonly collection: string; readonly indexes: readonly IndexDescription[] }
  | { readonly document: Document };

/** Puts the fixture of this format (fixtures/README.md) into an empty database: collections, indexes and documents. */
export async function restoreFixture(db: Db, format: number): Promise<void> {
  const packed = await readFile(new URL(`fixtures/format-${format}.json.gz`, import.meta.url));
  const lines = gunzipSync(packed).toString('utf8').trim().split('\n');
  let current: { readonly name: string; readonly documents: Document[] } | undefined;
  const store = async () => {
    if (current !== undefined && current.documents.length > 0) {
      await db.collection(current.name).insertMany(current.documents);
    }
  };
  for (const text of lines) {
    const line: Line = BSON.EJSON.parse(text, { relaxed: false, useBigInt64: false });
    if ('document' in line) {
      current?.documents.push(plain(line.document) as Document);
      continue;
    }
    await store();
    current = { name: line.collection, documents: [] };
    await db.createCollection(line.collection);
    if (line.indexes.length > 0) {
      await db.collection(line.collection).createIndexes(line.indexes.map((index) => plain(index) as IndexDescription));
    }
  }
  await store();
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

import { join } from 'node:path';
import { type Db, type Document, MongoClient } from 'mongodb';
import { expect } from 'vitest';
import { recordHash } from '../../src/audit/record.ts';
import { startEmbedded } from '../../src/store/embedded/server.ts';
import type { Reply, Running } from '../support/running.ts';
import { withOwnMongod } from '../support/service.ts';

/** What the database holds: the effects, and the records of them. */
export interface Books {
  readonly documents: readonly (Document & { readonly collection: string })[];
  readonly records: readonly Document[];
  /** The ids of what a test has put into the database itself, which has no records. */
  readonly put?: ReadonlySet<string>;
}

/** Which field holds the key of a list whose items are recorded one by one. */
const KEYED_LISTS: Readonly<Record<string, string>> = {
  admins: 'principal',
  bindings: 'entry',
  grants: 'principal',
  meta: 'key',
};

const COLLECTIONS = ['principals', 'roster', 'resources', 'workspaces'];

export async function readBooks(db: Db): Promise<Books> {
  const all = (name: string) => db.collection(name).find().toArray();
  const documents = await Promise.all(
    COLLECTIONS.map(async (name) => (await all(name)).map((d) => ({ ...d, collection: name }))),
  );
  return { documents: documents.flat(), records: (await all('audit')).flatMap((b) => b.records as Document[]) };
}

/** The books of a service with a mongod of its own. */
export const books = (service: Running): Promise<Books> =>
  withOwnMongod(service, (client) => readBooks(client.db('steward')));

/** The books of a service with a mongod of its own that has ended: mongod alone starts again for them. */
export async function booksOfStopped({ folder }: Running): Promise<Books> {
  const embedded = await startEmbedded({ dataDir: join(folder, 'data'), report: () => undefined });
  const client = await MongoClient.connect(embedded.uri);
  try {
    return await readBooks(client.db('steward'));
  } finally {
    await client.close();
    await embedded.stop();
  }
}

/**
 * Effects and success records match one to one, in whichever order they committed: every document has one record of its
 * insert and one of each change since, and what the records say each field was and became leads to what it is now.
 */
export function expectBalance({ documents, records, put }: Books): void {
  const changes = grouped(
    records
      .filter((r) => r.outcome === 'success')
      .flatMap((r) => r.changes as Document[])
      .filter((c) => COLLECTIONS.includes(c.collection) && !put?.has(c.id)),
    (c) => `${c.collection}/${c.id}`,
  );
  const made = documents.filter((d) => !put?.has(String(d._id)));
  const present = new Map(made.map((d) => [`${d.collection}/${d._id}`, d]));
  expect([...changes.keys()].sort()).toEqual([...present.keys()].sort());
  for (const [place, document] of present) expectHistory(place, document, changes.get(place) ?? []);
}

function expectHistory(place: string, document: Document, changes: readonly Document[]): void {
  const inserts = changes.filter((c) => c.op === 'insert');
  const updates = changes.filter((c) => c.op === 'update');
  expect([place, inserts.length, changes.length]).toEqual([place, 1, updates.length + 1]);
  // Whoever is given something is touched, so that they are not closed meanwhile: that raises the revision alone.
  if (place.startsWith('principals/')) expect(document.revision, place).toBeGreaterThanOrEqual(changes.length);
  else expect([place, document.revision]).toEqual([place, changes.length]);
  const fields = grouped(
    updates.flatMap((u) => u.fields as Document[]),
    (f) => String(f.path),
  );
  const first = inserts[0]?.after ?? {};
  for (const path of new Set([...pathsOf(first), ...pathsOf(document), ...fields.keys()])) {
    const steps = fields.get(path) ?? [];
    const became = [valueAt(first, path), ...steps.map((s) => s.after)];
    const was = [...steps.map((s) => s.before), valueAt(document, path)];
    expect([place, path, ...was.map(text).sort()]).toEqual([place, path, ...became.map(text).sort()]);
  }
}

function pathsOf(document: Document): string[] {
  return Object.entries(document).flatMap(([field, value]) => {
    if (['_id', 'revision', 'collection'].includes(field)) return [];
    const key = KEYED_LISTS[field];
    return key === undefined ? [field] : (value as Document[]).map((item) => `${field}[${item[key]}]`);
  });
}

function valueAt(document: Document, path: string): unknown {
  const [, list = '', key] = /^(.+)\[(.*)\]$/s.exec(path) ?? [];
  const keyField = KEYED_LISTS[list];
  if (keyField === undefined) return document[path];
  return (document[list] as Document[] | undefined)?.find((item) => item[keyField] === key);
}

function grouped(items: readonly Document[], by: (item: Document) => string): Map<string, Document[]> {
  const groups = new Map<string, Document[]>();
  for (const item of items) groups.set(by(item), [...(groups.get(by(item)) ?? []), item]);
  return groups;
}

const text = (value: unknown) => JSON.stringify(value) ?? 'absent';

/** No call has two records, whatever became of it; a sign-in on its way has its own. */
export function expectOneRecordACall({ records }: Books): void {
  const calls = records.filter((r) => r.via === 'command').map((r) => r.requestId);
  expect(calls.length).toBe(new Set(calls).size);
}

/** What was answered with a receipt is in the audit, as it was when it was answered. */
export function expectReceiptsKept(replies: readonly Reply[], { records }: Books): void {
  const byId = new Map(records.map((r) => [r.id, r]));
  for (const { receipt } of replies) {
    const { hash, ...record } = byId.get(receipt?.record) ?? {};
    expect(hash).toBe(receipt?.hash);
    expect(hash).toBe(recordHash(record as Parameters<typeof recordHash>[0]));
  }
}

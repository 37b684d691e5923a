import { MongoClient } from 'mongodb';

const CHUNK = 5_000;
/** The user of the lists: owns so many workspaces, the first ones. */
export const LISTED = 100;

/**
 * Puts workspaces of many owners into the service's database, each with three grants, as the service itself would keep
 * them: `lister` owns the first hundred, `owner0`, `owner1`, … the others.
 *
 * @param {{ uri: string, database: string, workspaces: number, owners: number }} options
 */
export async function fill({ uri, database, workspaces, owners }) {
  const client = await MongoClient.connect(uri);
  const db = client.db(database);
  const at = new Date();
  const people = ['lister', ...Array.from({ length: owners }, (_, i) => `owner${i}`)];
  await inChunks(people.length, (from, to) =>
    db.collection('principals').insertMany(
      people.slice(from, to).map((name) => ({
        ...{ _id: name, revision: 1, username: name, kind: 'person', state: 'active', living: true, createdAt: at },
        ...{ issuer: 'bench', subject: name },
      })),
    ),
  );
  await inChunks(workspaces, (from, to) =>
    db.collection('workspaces').insertMany(
      Array.from({ length: to - from }, (_, i) => workspace(from + i + 1, owners, at)),
      { ordered: false },
    ),
  );
  await db
    .collection('counters')
    .updateOne({ _id: 'workspace' }, { $set: { last: workspaces, revision: 1 } }, { upsert: true });
  await client.close();
}

function workspace(number, owners, at) {
  const owner = number <= LISTED ? 'lister' : `owner${number % owners}`;
  const others = new Set([1, 2, 3].map((i) => `owner${(number * 7 + i * 13) % owners}`).filter((o) => o !== owner));
  return {
    ...{ _id: `ws${number}`, revision: 1, type: 'workspace', number, name: `bench:w${number}` },
    owners: [owner],
    grants: [...others].map((principal, i) => ({ principal, level: ['read', 'write', 'admin'][i] })),
    ...{ visibility: 'private', deleted: false, locked: false, meta: [{ key: 'project', value: `p${number % 97}` }] },
    createdAt: at,
    modifiedAt: new Date(at.getTime() - number * 1000),
  };
}

async function inChunks(count, work) {
  for (let from = 0; from < count; from += CHUNK) await work(from, Math.min(from + CHUNK, count));
}

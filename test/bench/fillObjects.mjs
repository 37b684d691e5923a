import { createHash } from 'node:crypto';
import { MongoClient } from 'mongodb';

/** So many objects stand in workspace 1, each with one version of small data. */
export const OBJECTS = 10_000;

/** Puts the objects into the service's database as a save would keep them. */
export async function fillObjects({ uri, database }) {
  const client = await MongoClient.connect(uri);
  const db = client.db(database);
  const at = new Date();
  const all = Array.from({ length: OBJECTS }, (_, i) => smallObject(i + 1, at));
  for (const collection of ['contents', 'versions', 'objects']) {
    await db.collection(collection).insertMany(all.map((one) => one[collection]));
  }
  await db.collection('heads').insertOne({ _id: 'ws1', revision: OBJECTS, lastObject: OBJECTS, savedAt: at });
  await client.close();
}

function smallObject(id, at) {
  const data = Buffer.from(`{"name":"n${id}","num":${id},"nums":[1,2,3]}`);
  const checksum = createHash('md5').update(data).digest('hex');
  const one = { revision: 1, ws: 1, id };
  return {
    contents: { _id: checksum, revision: 1, size: data.length, inline: data, createdAt: at },
    versions: {
      ...{ ...one, _id: `ws1/${id}/1`, version: 1, type: 'Bench.Type-1.0', typeName: 'Bench.Type', typeMajor: 1 },
      ...{ typeMinor: 0, savedBy: 'lister', savedAt: at, checksum, size: data.length, adminMeta: [], extractedIds: [] },
      ...{ meta: [{ key: 'project', value: `p${id % 97}` }], provenance: '[]' },
    },
    objects: {
      ...{ ...one, _id: `ws1/${id}`, name: `o${id}`, latest: 1, deleted: false, hidden: false },
      ...{ createdAt: at, modifiedAt: at },
    },
  };
}

// node test/bench/sizes.mjs [--count 200000]
//
// How much room a million documents of each large collection take, with each index: the service makes one of a kind, as its
// callers would; copies of it with ids, names and times of their own are put beside it, and MongoDB tells the sizes.
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MongoClient, ObjectId } from 'mongodb';
import { prepareObjects } from './objects.mjs';
import { administer, call, post, startService, stop } from './service.mjs';

const CHUNK = 2_000;
const MILLION = 1_000_000;
const { values: options } = parseArgs({ options: { count: { type: 'string', default: '200000' } } });
const count = Number(options.count);
const folder = await mkdtemp(join(tmpdir(), 'steward-sizes-'));
const service = await startService(folder);

try {
  await makeOneOfAKind();
  const client = await MongoClient.connect(service.uri);
  const db = client.db('steward');
  console.log(`sizes of a million documents, in MB, from ${count} of each`);
  for (const [name, copyOf] of Object.entries(KINDS())) await measure(db, name, copyOf);
  await client.close();
} finally {
  await stop(service.child);
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

/** One of each kind that grows, made by calls. */
async function makeOneOfAKind() {
  const headers = { authorization: service.tokenOf('admin') };
  const ask = async (body) => JSON.parse(await post(service.url, headers, body));
  const run = async (command) => (await ask(administer(command))).result[0];
  for (const user of ['ann', 'bea', 'cec', 'dan']) await run({ command: 'addUser', user, params: { id: user } });
  const id = await prepareObjects({ ask, call, administer, owner: 'ann' });
  await run({ command: 'setPermissions', params: { id, new_permission: 'w', users: ['bea', 'cec', 'dan'] } });
  const objects = [
    { type: 'Bench.Small-1.0', name: 'first', data: { name: 'n1', num: 1, nums: [1] } },
    {
      ...{ type: 'Bench.Small-1.0', name: 'second', data: { name: 'n2', num: 2, nums: [1, 2, 3] } },
      provenance: [{ service: 'import', description: 'from a file', input_ws_objects: [`${id}/1`] }],
    },
  ];
  for (const object of objects) await run({ command: 'saveObjects', user: 'ann', params: { id, objects: [object] } });
  await run({
    command: 'createResource',
    user: 'ann',
    params: { type: 'plate', name: 'HeLa 17', externalId: 'FIRST' },
  });
  const grants = [{ accountType: 'User', account: 'bea', level: 'read' }];
  await run({ command: 'setAcl', params: { type: 'plate', externalId: 'FIRST', mode: 'merge', grants } });
  await run({ command: 'setWorkspaceOwner', params: { wsi: { id }, new_user: 'bea' } });
}

/** How the copy of this number is made of the last document of a kind. */
function KINDS() {
  const at = (i) => new Date(Date.UTC(2020, 0, 1) + i * 60_000);
  return {
    principals: (doc, i) => ({
      ...doc,
      _id: `user-${i}`,
      username: `user${i}`,
      subject: `user-${i}`,
      createdAt: at(i),
    }),
    workspaces: (doc, i) => ({
      ...{ ...doc, _id: `ws${i + 100}`, number: i + 100, name: `ann:workspace${i}`, modifiedAt: at(i) },
      owners: [`user-${i % 10_000}`],
      grants: doc.grants.map((grant, k) => ({ ...grant, principal: `user-${(i * 7 + k * 13) % 10_000}` })),
    }),
    heads: (doc, i) => ({ ...doc, _id: `ws${i + 100}`, ws: i + 100, savedAt: at(i) }),
    objects: (doc, i) => ({ ...doc, ...placeOf(i), _id: idOf(i), name: `object${i}` }),
    versions: (doc, i) => ({
      ...{ ...doc, ...placeOf(i), _id: `${idOf(i)}/1`, savedAt: at(i), checksum: digest(i) },
      ...(doc.provenanceRefs === undefined ? {} : { provenanceRefs: [`${placeOf(i).ws}/1/1`] }),
    }),
    contents: (doc, i) => ({ ...doc, _id: digest(i), createdAt: at(i) }),
    resources: (doc, i) => ({
      ...{ ...doc, _id: `res-${crypto.randomUUID()}`, externalId: `P-${i}`, name: `plate ${i}`, createdAt: at(i) },
      owners: [`user-${i % 10_000}`],
    }),
    audit: (doc, i) => {
      const id = new ObjectId().toHexString();
      const records = doc.records.map((record, k) => ({
        ...record,
        id: `${id}-${k}`,
        resources: [`workspaces/ws${i}`],
      }));
      return { ...doc, _id: id, records };
    },
  };
}

/** A hundred objects stand in each workspace. */
function placeOf(i) {
  return { ws: 100 + Math.floor(i / 100), id: (i % 100) + 1 };
}

function idOf(i) {
  return `ws${placeOf(i).ws}/${placeOf(i).id}`;
}

/** Sixteen bytes that are spread, as a digest is. */
function digest(i) {
  return createHash('md5').update(String(i)).digest('hex');
}

async function measure(db, name, copyOf) {
  const collection = db.collection(name);
  const [model] = await collection.find().sort({ $natural: -1 }).limit(1).toArray();
  for (let from = 0; from < count; from += CHUNK) {
    const copies = Array.from({ length: Math.min(CHUNK, count - from) }, (_, k) => copyOf(model, from + k));
    await collection.insertMany(copies, { ordered: false });
  }
  await db.admin().command({ fsync: 1 });
  const [{ storageStats }] = await collection.aggregate([{ $collStats: { storageStats: {} } }]).toArray();
  const perMillion = (bytes) => ((bytes / storageStats.count) * MILLION) / 1e6;
  const indexes = Object.entries(storageStats.indexSizes).map(
    ([index, bytes]) => `${index} ${perMillion(bytes).toFixed(0)}`,
  );
  const [data, stored, all] = [storageStats.size, storageStats.storageSize, storageStats.totalIndexSize];
  console.log(
    `${name}: data ${perMillion(data).toFixed(0)}, on disk ${perMillion(stored).toFixed(0)}, indexes ${perMillion(all).toFixed(0)}`,
  );
  console.log(`  ${indexes.join(', ')}`);
}

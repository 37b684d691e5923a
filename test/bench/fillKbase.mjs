import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { BSON, Long, MongoClient, ObjectId } from 'mongodb';

const CHUNK = 1_000;
/** Each workspace has so many versions: two of each of its objects. */
const VERSIONS_A_WORKSPACE = 10;
const TYPES = new URL('../domain/imports/kbase-database/types/', import.meta.url);
const START = Date.UTC(2015, 0, 1);

/**
 * Makes the two databases of a KBase Workspace Service with so many versions of objects, in workspaces of ten versions each,
 * with its indexes. Every workspace has three permissions, every version its own data and provenance, and every fourth a
 * reference. The types are those of a real service.
 *
 * @param {{ uri: string, database: string, versions: number }} options
 */
export async function fillKbase({ uri, database, versions }) {
  const client = await MongoClient.connect(uri);
  const db = client.db(database);
  try {
    await fillTypes(client.db(`${database}_types`));
    await makeIndexes(db);
    const workspaces = Math.ceil(versions / VERSIONS_A_WORKSPACE);
    for (let from = 0; from < workspaces; from += CHUNK / 10) {
      await fillWorkspaces(db, from, Math.min(from + CHUNK / 10, workspaces));
    }
    await db.collection('workspaceCounter').insertOne({ id: 'wscounter', num: Long.fromNumber(workspaces) });
    await db.collection('config').insertOne({ config: 'config', inupdate: false, schemaver: 2 });
  } finally {
    await client.close();
  }
}

async function fillTypes(db) {
  for (const file of await readdir(TYPES)) {
    const lines = gunzipSync(await readFile(new URL(file, TYPES)))
      .toString('utf8')
      .split('\n')
      .filter(Boolean);
    const documents = lines.map((line) => BSON.EJSON.parse(line, { relaxed: false }));
    await db.collection(file.replace('.jsonl.gz', '')).insertMany(documents);
  }
}

/** The indexes that an import reads by. */
async function makeIndexes(db) {
  const unique = { unique: true };
  await db.collection('workspaces').createIndex({ ws: 1 }, unique);
  await db.collection('workspaces').createIndex({ name: 1 }, { ...unique, sparse: true });
  await db.collection('workspaceACLs').createIndex({ id: 1, user: 1 }, unique);
  await db.collection('workspaceObjects').createIndex({ ws: 1, id: 1 }, unique);
  await db.collection('workspaceObjects').createIndex({ ws: 1, name: 1 }, unique);
  await db.collection('workspaceObjVersions').createIndex({ ws: 1, id: 1, ver: 1 }, unique);
  await db.collection('fs.chunks').createIndex({ files_id: 1, n: 1 }, unique);
}

async function fillWorkspaces(db, from, to) {
  const made = { workspaces: [], workspaceACLs: [], workspaceObjects: [], workspaceObjVersions: [] };
  Object.assign(made, { provenance: [], 'fs.files': [], 'fs.chunks': [] });
  for (let ws = from + 1; ws <= to; ws += 1) addWorkspace(made, ws);
  for (const [name, documents] of Object.entries(made)) {
    await db.collection(name).insertMany(documents, { ordered: false });
  }
}

function addWorkspace(made, ws) {
  const owner = `user${ws % 5_000}`;
  const date = new Date(START + ws * 60_000);
  const number = Long.fromNumber(ws);
  const objects = VERSIONS_A_WORKSPACE / 2;
  made.workspaces.push({
    ...{ ws: number, moddate: date, owner, name: `${owner}:w${ws}`, del: false, numObj: Long.fromNumber(objects) },
    ...{ desc: `workspace ${ws}`, lock: false, meta: [{ k: 'project', v: `p${ws % 97}` }] },
  });
  made.workspaceACLs.push(
    { id: number, user: owner, perm: 40 },
    { id: number, user: `user${(ws + 1) % 5_000}`, perm: 20 },
    { id: number, user: ws % 10 === 0 ? '*' : `user${(ws + 2) % 5_000}`, perm: 10 },
  );
  for (let id = 1; id <= objects; id += 1) {
    const object = { ws: number, id: Long.fromNumber(id) };
    made.workspaceObjects.push({
      ...{ ...object, numver: 2, refcnt: [0, 0], name: `object${id}`, latest: null, del: false, hide: false },
      moddate: date,
    });
    for (const ver of [1, 2]) addVersion(made, { object, ver, owner, date });
  }
}

function addVersion(made, { object, ver, owner, date }) {
  const data = `{"name":"object ${object.id}","of":${object.ws},"ver":${ver},"text":"${'x'.repeat(200)}"}`;
  const bytes = Buffer.from(data);
  const checksum = createHash('md5').update(bytes).digest('hex');
  const provenance = new ObjectId();
  const refs = Number(object.id) % 2 === 0 && ver === 2 ? [`${object.ws}/1/1`] : [];
  made.workspaceObjVersions.push({
    ...{ ...object, ver, tyname: 'KBaseDemo.Any', tymaj: 1, tymin: 0, type: 'KBaseDemo.Any-1.0', savedby: owner },
    ...{ savedate: date, chksum: checksum, size: Long.fromNumber(bytes.length), meta: [{ k: 'n', v: String(ver) }] },
    ...{ refs, provrefs: [], provenance, extids: {}, copied: null, revert: null },
  });
  made.provenance.push({ _id: provenance, user: owner, date, wsid: object.ws, actions: [actionOf(object)] });
  made['fs.files'].push({
    ...{ _id: checksum, filename: checksum, length: Long.fromNumber(bytes.length), chunkSize: 261_120 },
    ...{ uploadDate: date, metadata: { sorted: true } },
  });
  made['fs.chunks'].push({ files_id: checksum, n: 0, data: bytes });
}

function actionOf(object) {
  const texts = ['caller', 'script', 'scriptVersion', 'commandLine'];
  return {
    ...Object.fromEntries(texts.map((name) => [name, null])),
    ...{ time: null, service: 'assembler', serviceVersion: '1.2', method: 'assemble', methodParameters: [object.ws] },
    ...{ wsobjs: [], incomingArgs: [], outgoingArgs: [], externalData: [], subActions: [], custom: { run: '7' } },
    description: `made of object ${object.id}`,
  };
}

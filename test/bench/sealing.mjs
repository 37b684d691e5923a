import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { batchOf } from '../../dist/audit/record.js';
import { administer, post, startService } from './service.mjs';

/** Whoever has this lease seals. */
const LEASE = 'task:seal';
const PER_BATCH = 4;
const BATCHES_AT_ONCE = 1_000;

/**
 * What sealing costs: CPU time of the service and of mongod a request, in microseconds, with the sealer and without it, in
 * turn, on a service of its own. And how fast `records` more records, each of which makes a resource, are sealed, verified and
 * compared with the resources, and in how much memory.
 */
export async function costOfSealing({ folder, records, rounds, measure, children }) {
  const service = await startService(folder);
  children.push(service.child);
  const client = await MongoClient.connect(service.uri);
  try {
    const db = client.db('steward');
    const headers = { authorization: service.tokenOf('admin') };
    const ask = async (command) => JSON.parse(await post(service.url, headers, administer(command))).result[0];
    const rows = await costs({ db, service, headers, ask, rounds, measure });
    return { rows, ...(await verification({ db, service, ask, records })) };
  } finally {
    await client.close();
  }
}

async function costs({ db, service, headers, ask, rounds, measure }) {
  for (const user of ['one', 'other']) await ask({ command: 'addUser', user, params: { id: user } });
  await ask({ command: 'createWorkspace', user: 'one', params: { workspace: 'benched' } });
  let turn = 0;
  const give = () => {
    turn += 1;
    const params = { wsi: { id: 1 }, new_user: turn % 2 === 0 ? 'one' : 'other' };
    return [{ body: administer({ command: 'setWorkspaceOwner', params }) }];
  };
  const row = { url: service.url, pid: service.pid, right: (body) => body.includes('"result":') };
  const rows = [
    { ...row, name: 'listAdmins', connections: 32, requests: () => [{ body: administer({ command: 'listAdmins' }) }] },
    { ...row, name: 'setWorkspaceOwner', connections: 16, requests: give },
  ];
  const found = new Map(rows.map(({ name }) => [name, { off: [], on: [] }]));
  for (const each of rows) await measure(each, service, headers);
  for (let round = 0; round < rounds; round += 1) {
    // What is measured second is faster for a while.
    for (const which of round % 2 === 0 ? ['off', 'on'] : ['on', 'off']) {
      await (which === 'off' ? takeLease(db) : giveLease(db));
      if (which === 'on') await sealed(db);
      for (const each of rows) found.get(each.name)[which].push(await measure(each, service, headers));
    }
  }
  return [...found].map(([name, runs]) => ({ name, ...runs }));
}

/** From now on nothing is sealed. */
async function takeLease(db) {
  const held = { holder: 'bench', expiresAt: new Date(Date.now() + 86_400_000) };
  await db.collection('leases').updateOne({ _id: LEASE }, { $set: held, $inc: { revision: 1 } }, { upsert: true });
  // The service notices within a heartbeat.
  await sleep(2_000);
}

const giveLease = (db) => db.collection('leases').deleteOne({ _id: LEASE });

async function countOf(db) {
  const [{ count } = { count: 0 }] = await db
    .collection('audit')
    .aggregate([{ $group: { _id: null, count: { $sum: { $size: '$records' } } } }])
    .toArray();
  return count;
}

/** Waits until all records are sealed, and returns how many there are. */
async function sealed(db) {
  const count = await countOf(db);
  while ((await db.collection('auditHead').findOne()).size < count) await sleep(100);
  return count;
}

async function verification({ db, service, ask, records }) {
  await sealed(db);
  await takeLease(db);
  await fill(db, records);
  const before = (await db.collection('auditHead').findOne()).size;
  await giveLease(db);
  let startedAt;
  const total = await countOf(db);
  for (;;) {
    const { size } = await db.collection('auditHead').findOne();
    if (size > before) startedAt ??= performance.now();
    if (size >= total) break;
    await sleep(20);
  }
  const sealing = performance.now() - startedAt;
  const audit = await verified({ service, ask, command: 'verifyAudit' });
  const { to } = audit.job.verification.checked;
  const state = await verified({ service, ask, command: 'verifyState' });
  const { documents } = state.job.stateVerification;
  return {
    sealedASecond: Math.round(records / (sealing / 1000)),
    verifyAudit: { ...audit.cost, records: to, aSecond: Math.round(to / audit.seconds) },
    verifyState: { ...state.cost, documents, aSecond: Math.round(documents / state.seconds) },
  };
}

/** Runs a job that verifies something: its view at the end, how long it took, and the memory of the service meanwhile. */
async function verified({ service, ask, command }) {
  const restMb = await residentMb(service.pid);
  const samples = [restMb];
  const since = performance.now();
  let job = await ask({ command, params: {} });
  while (job.state === 'running') {
    await sleep(200);
    samples.push(await residentMb(service.pid));
    job = await ask({ command: 'getJob', params: { id: job.job } });
  }
  const report = job.verification ?? job.stateVerification;
  if (report?.ok !== true) throw new Error(`${command} found something: ${JSON.stringify(job).slice(0, 2_000)}`);
  const early = samples.slice(0, Math.ceil(samples.length / 5));
  const cost = { restMb, earlyMb: Math.max(...early), mostMb: Math.max(...samples) };
  return { job, seconds: (performance.now() - since) / 1000, cost };
}

/** Records like those of the service, as many as that, each of a new resource, and these resources. */
async function fill(db, count) {
  const [template] = (
    await db.collection('audit').find({ 'records.command': 'setWorkspaceOwner' }).limit(1).toArray()
  )[0].records;
  const { id: _id, hash: _hash, format: _format, salt: _salt, ...draft } = template;
  const second = Math.floor(Date.now() / 1000).toString(16);
  for (let made = 0; made < count; ) {
    const [batches, resources] = [[], []];
    for (let i = 0; i < BATCHES_AT_ONCE && made < count; i += 1, made += PER_BATCH) {
      const drafts = Array.from({ length: Math.min(PER_BATCH, count - made) }, (_, j) => makingOf(draft, made + j));
      resources.push(...drafts.map(({ changes: [{ after }] }) => after));
      batches.push(batchOf(`${second}${made.toString(16).padStart(16, '0')}`, drafts));
    }
    await db.collection('audit').insertMany(batches);
    await db.collection('resources').insertMany(resources);
  }
}

/** A record of the creation of a resource. */
function makingOf(draft, number) {
  const _id = `plate${number}`;
  const after = {
    ...{ _id, type: 'plate', name: `Plate ${number}`, owners: ['one'], parents: [], revision: 1 },
    ...{ grants: [{ principal: 'other', level: 'read' }], visibility: 'private' },
  };
  const changes = [{ collection: 'resources', id: _id, op: 'insert', after }];
  return { ...draft, command: 'createResource', changes, resources: [`resources/${_id}`] };
}

async function residentMb(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

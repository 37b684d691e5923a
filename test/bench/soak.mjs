// node test/bench/soak.mjs [--minutes 30 --clients 8 --workers 1]
//
// Loads the service on its embedded MongoDB with reads, writes, refused calls and logins that leave the data as large as it
// was, and prints after each sixth of the time what it takes: memory, documents, latency. Ends with status 1 unless memory,
// documents and latency are flat after the first sixth, in which the service warms up. The audit and what is made of it
// grow with every call, and MongoDB keeps what it has written last in its cache, up to a limit: these are shown but not compared.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { MongoClient } from 'mongodb';
import { fill } from './fill.mjs';
import { administer, call, post, startService, stop } from './service.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    clients: { type: 'string', default: '8' },
    workers: { type: 'string', default: '1' },
  },
});
const minutes = Math.min(Number(values.minutes), 24 * 60);
const clients = Number(values.clients);
if (!(minutes > 0 && clients >= 1)) throw new Error('--minutes and --clients are numbers above 0');

const PERIODS = 6;
const WORKSPACES = 1_000;
const USERS = 100;
/** What grows with every call. */
const GROWING = new Set(['audit', 'auditSegments']);
/** What a call is refused with that may be repeated, as on a machine that has other work. */
const BUSY = /"(server_busy|rate_limited|deadline_exceeded|conflict_busy|outcome_unknown)"/;
/** How many times what it was after the first period a value may be at the end. */
const FLAT = { memory: 1.3, documents: 1.02, latency: 2 };

const folder = await mkdtemp(join(tmpdir(), 'steward-soak-'));
const service = await startService(folder, [], { STEWARD_SERVER_WORKERS: values.workers });
const mongo = await MongoClient.connect(service.uri);
let rows = [];
try {
  await fill({ uri: service.uri, database: 'steward', workspaces: WORKSPACES, owners: USERS });
  rows = await soak();
} finally {
  await mongo.close();
  await stop(service.child);
  await rm(folder, { recursive: true, force: true });
}
const uneven = unevenIn(rows);
console.log(uneven.length === 0 ? 'flat' : `not flat: ${uneven.join('; ')}`);
process.exitCode = uneven.length === 0 ? 0 : 1;

async function soak() {
  const took = [];
  let busy = 0;
  let isOver = false;
  const loads = Array.from({ length: clients }, async (_, client) => {
    for (let n = 0; !isOver; n += 1) {
      const startedAt = performance.now();
      await callOf(client, n)().catch((error) => {
        if (!BUSY.test(error.message)) throw error;
        busy += 1;
      });
      took.push(performance.now() - startedAt);
    }
  });
  // A load that fails ends the soak.
  const failed = Promise.all(loads).then(() => undefined);
  failed.catch(() => undefined);
  const found = [];
  for (let period = 1; period <= PERIODS; period += 1) {
    await Promise.race([sleep((minutes * 60_000) / PERIODS), failed]);
    found.push({ ...(await measured(period, took.splice(0))), busy });
    busy = 0;
    print(found.at(-1));
  }
  isOver = true;
  await failed;
  return found;
}

/** Each client has workspaces and a user of its own, so that it knows what it is answered. */
function callOf(client, n) {
  const id = 1 + ((client * 7_919 + n * 104_729) % WORKSPACES);
  const mine = 1 + client;
  const as = (user) => ({ authorization: service.tokenOf(user) });
  const admin = (command) => () => post(service.url, as('admin'), administer(command));
  const refused = (user, body) => async () => {
    const response = await fetch(service.url, { method: 'POST', headers: as(user), body });
    await response.text();
    if (response.status === 200) throw new Error(`this was not refused: ${body}`);
  };
  const toggle = n % 24 < 12;
  const calls = [
    () => post(service.url, {}, call('Workspace.ver', [])),
    admin({ command: 'getWorkspaceInfo', params: { id } }),
    admin({ command: 'listWorkspaces', user: `owner${client}`, params: { excludeGlobal: 1 } }),
    admin({ command: 'getPermissionsMass', params: { workspaces: [{ id }] } }),
    admin({ command: toggle ? 'addAdmin' : 'removeAdmin', user: `owner${client}` }),
    admin({
      command: 'setPermissions',
      params: { id: mine, new_permission: toggle ? 'w' : 'n', users: [`owner${50 + client}`] },
    }),
    admin({ command: 'setWorkspaceOwner', dryRun: true, params: { wsi: { id: mine }, new_user: `owner${client}` } }),
    admin({ command: 'getAudit', params: { newestFirst: true, limit: 10 } }),
    () => post(service.url, as(`caller${client}`), call('Workspace.list_workspace_info', [{}])),
    refused(`caller${client}`, administer({ command: 'listAdmins' })),
    refused('admin', administer({ command: 'getWorkspaceInfo', params: { id: WORKSPACES + 1 } })),
    refused(`caller${client}`, call('Workspace.delete_workspace', [{ id }])),
  ];
  return calls[n % calls.length];
}

async function measured(period, took) {
  const sorted = took.toSorted((a, b) => a - b);
  const at = (part) => sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN;
  return {
    minute: (period * minutes) / PERIODS,
    calls: sorted.length,
    latency: { p50: at(0.5), p99: at(0.99) },
    memory: { service: await memoryOf(service.pid), mongod: await allocatedByMongod() },
    residentMongod: await memoryOf(service.mongodPid),
    documents: await documents(),
  };
}

/** Of the process and its children of the same program, in MB. */
async function memoryOf(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const own = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024;
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean);
  const workers = children.filter((child) => Number(child) !== service.mongodPid);
  return (await Promise.all(workers.map(memoryOf))).reduce((sum, more) => sum + more, own);
}

/** What MongoDB has allocated outside of its cache, in MB. Its process keeps some of what it no longer needs. */
async function allocatedByMongod() {
  const { tcmalloc, wiredTiger } = await mongo.db('admin').command({ serverStatus: 1 });
  const cached = Number(wiredTiger.cache['bytes currently in the cache']);
  return (Number(tcmalloc.generic.current_allocated_bytes) - cached) / 2 ** 20;
}

async function documents() {
  const db = mongo.db('steward');
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name).sort();
  const counts = await Promise.all(names.map((name) => db.collection(name).estimatedDocumentCount()));
  return Object.fromEntries(names.map((name, i) => [name, counts[i]]).filter(([, count]) => count > 0));
}

function print({ minute, calls, busy, latency, memory, residentMongod, documents: counts }) {
  const total = ([, count]) => count;
  const kept = Object.entries(counts).filter(([name]) => !GROWING.has(name));
  const sum = kept.map(total).reduce((all, count) => all + count, 0);
  const grown = Object.entries(counts).filter(([name]) => GROWING.has(name));
  console.log(
    [
      `minute ${minute.toFixed(1)}`,
      `${calls} calls`,
      ...(busy > 0 ? [`${busy} refused for now`] : []),
      `p50 ${latency.p50.toFixed(1)} ms`,
      `p99 ${latency.p99.toFixed(1)} ms`,
      `service ${memory.service.toFixed(0)} MB`,
      `mongod ${residentMongod.toFixed(0)} MB, of which ${memory.mongod.toFixed(0)} MB are used outside of its cache`,
      `${sum} documents`,
      ...grown.map(([name, count]) => `${name} ${count}`),
    ].join(', '),
  );
}

/** What grew too much from the end of the first period to the end of the last, as sentences. */
function unevenIn(found) {
  const [first, last] = [found[0], found.at(-1)];
  const grew = [];
  const compare = (name, before, after, times) => {
    if (after > before * times) grew.push(`${name} went from ${before.toFixed(1)} to ${after.toFixed(1)}`);
  };
  for (const part of ['service', 'mongod'])
    compare(`memory of ${part}`, first.memory[part], last.memory[part], FLAT.memory);
  for (const part of ['p50', 'p99']) compare(part, first.latency[part], last.latency[part], FLAT.latency);
  for (const [name, count] of Object.entries(last.documents)) {
    // A few documents more or fewer are work in progress.
    if (!GROWING.has(name)) compare(name, (first.documents[name] ?? 0) + 20, count, FLAT.documents);
  }
  return grew;
}

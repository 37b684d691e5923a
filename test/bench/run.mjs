// npm run bench [-- --rounds 3 --seconds 4 --json]
//
// The service on its embedded MongoDB, and the floor (floor.mjs) on the same mongod, loaded in turn; figures are medians of
// the rounds. A ratio is the service's throughput over that of the floor's matching request in the same round.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { mintToken } from '../../dist/identity/mint.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
const folder = await mkdtemp(join(tmpdir(), 'steward-bench-'));
const children = [];

try {
  const report = await bench();
  if (options.json) console.log(JSON.stringify(report, null, 2));
  else print(report);
} finally {
  for (const child of children.toReversed()) {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

async function bench() {
  const { url, pid, readyMs } = await startService();
  const { port } = JSON.parse(await readFile(join(folder, 'data', 'mongod.json'), 'utf8'));
  const floor = await startFloor(`mongodb://127.0.0.1:${port}/?replicaSet=${await replicaSet(port)}`);
  const secret = (await readFile(join(folder, 'data', 'signing-key'), 'utf8')).trim();
  const headers = { authorization: mintToken({ secret, username: 'admin', lifetimeSeconds: 3600 }) };
  const call = (method, params) => JSON.stringify({ version: '1.1', method, params, id: '1' });
  const administer = (command) => call('administer', [command]);

  const users = Array.from({ length: 16 }, (_, i) => `bench${i}`);
  for (const user of users) await post(url, headers, administer({ command: 'addUser', user }));
  const find = { name: 'floor: findOne', url: floor, connections: 32, requests: [{ body: '{"id":1}' }] };
  const insert = { name: 'floor: insert', url: `${floor}/insert`, connections: 16, requests: [{ body: '{"id":1}' }] };
  const rows = [
    { name: 'ver', floor: find, url, connections: 32, requests: [{ body: call('Workspace.ver', []) }] },
    {
      name: 'listAdmins',
      floor: find,
      url,
      connections: 32,
      requests: [{ body: administer({ command: 'listAdmins' }) }],
    },
    {
      name: 'addAdmin/removeAdmin',
      floor: insert,
      url,
      connections: 16,
      perConnection: (i) =>
        ['addAdmin', 'removeAdmin'].map((command) => ({ body: administer({ command, user: users[i] }) })),
    },
  ];
  const restMb = await residentMb(pid);
  const runs = new Map([find, insert, ...rows].map((row) => [row.name, []]));
  for (const row of [find, insert, ...rows]) await load(row, headers, 1);
  for (let round = 0; round < rounds; round += 1) {
    for (const row of [find, insert, ...rows]) runs.get(row.name).push(await load(row, headers, seconds));
  }
  return {
    rounds,
    seconds,
    readyMs,
    memoryMb: { atRest: restMb, afterLoad: await residentMb(pid) },
    rows: [find, insert, ...rows].map(({ name, connections, floor: against }) => {
      const mine = runs.get(name);
      const ratios =
        against === undefined ? [] : mine.map((run, i) => run.throughput / runs.get(against.name)[i].throughput);
      return {
        name,
        connections,
        throughput: median(mine.map((run) => run.throughput)),
        p50: median(mine.map((run) => run.p50)),
        p99: median(mine.map((run) => run.p99)),
        errors: mine.reduce((sum, run) => sum + run.errors, 0),
        ...(against === undefined ? {} : { against: against.name, ratio: median(ratios) }),
      };
    }),
  };
}

/** Loads one row for some seconds; requests a second, latencies in milliseconds, and how many answers were not 200. */
async function load({ url, connections, requests, perConnection }, headers, duration) {
  let next = 0;
  const instance = autocannon({
    url,
    connections,
    duration,
    method: 'POST',
    headers,
    requests: requests ?? [{ body: '{}' }],
    setupClient: (client) => {
      if (perConnection !== undefined)
        client.setRequests(perConnection(next).map((r) => ({ ...r, method: 'POST', headers })));
      next += 1;
    },
  });
  const result = await instance;
  return {
    throughput: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
    errors: result.non2xx + result.errors + result.timeouts,
  };
}

async function startService() {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [fileURLToPath(new URL('../../dist/main.js', import.meta.url)), 'serve'], {
    cwd: folder,
    env: { ...process.env, STEWARD_PORT: '0' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  let printed = '';
  for await (const chunk of child.stdout) {
    printed += chunk;
    const url = /answers at (\S+)\n/.exec(printed)?.[1];
    if (url !== undefined) return { url, pid: child.pid, readyMs: Math.round(performance.now() - startedAt) };
  }
  throw new Error(`the service did not start: ${printed}`);
}

async function startFloor(uri) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('floor.mjs', import.meta.url)), uri], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [port] = await once(child.stdout, 'data');
  return `http://127.0.0.1:${String(port).trim()}`;
}

async function replicaSet(port) {
  const { MongoClient } = await import('mongodb');
  const client = await MongoClient.connect(`mongodb://127.0.0.1:${port}/?directConnection=true`);
  const { setName } = await client.db('admin').command({ hello: 1 });
  await client.close();
  return setName;
}

async function post(url, headers, body) {
  const response = await fetch(url, { method: 'POST', headers, body });
  if (response.status !== 200) throw new Error(await response.text());
}

async function residentMb(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function print({ rows, readyMs, memoryMb }) {
  const line = (cells) => console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(22) : cell.padStart(12))).join(''));
  line(['', 'connections', 'requests/s', 'p50 ms', 'p99 ms', 'not 200', 'ratio']);
  for (const row of rows) {
    const ratio = row.ratio === undefined ? '' : row.ratio.toFixed(2);
    line([
      row.name,
      String(row.connections),
      row.throughput.toFixed(0),
      String(row.p50),
      String(row.p99),
      String(row.errors),
      ratio,
    ]);
  }
  console.log(`\nmemory of the service: ${memoryMb.atRest} MB at rest, ${memoryMb.afterLoad} MB after the load`);
  console.log(`ready ${readyMs} ms after its start`);
}

// npm run bench [-- --rounds 3 --seconds 4 --workspaces 1000 --only NAME,… --profile FOLDER --json]
//
// --only runs the rows whose names begin so; --profile writes a CPU profile of the service, for Chrome's tools.
//
// --items is how many things are transferred; 0 leaves the transfer out.
//
// --pages is how many pages the book has that is made, read, shared, changed and deleted; 0 leaves it out.
//
// --megabytes is the size of the one large object that is saved and read, at most 990; 0 leaves it out. 300 MB take one or
// two minutes.
//
// --rules is of how many rules the policy is whose cost is measured; 0 leaves it out.
//
// --records is how many audit records are sealed and verified besides those of the rows; 0 leaves out what sealing costs. A
// million takes some minutes.
//
// --imported is of how many versions of objects the database of KBase is that is imported and compared; 0 leaves it out.
//
// --starts is how often the command line and a second `npm start` are measured; 0 leaves them out.
//
// --workspaces 1000,1000000 measures with a thousand of them and then with a million, of ten thousand owners and with three
// million grants, which takes minutes; --plot FILE draws the costs against the sizes as SVG.
//
// The service on its embedded MongoDB, and the floor (floor.mjs) on the same mongod, loaded in turn; figures are medians of
// the rounds. A ratio is the service's throughput over that of the floor's matching request in the same round.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { books } from './books.mjs';
import { cpuMicros } from './cpu.mjs';
import { fill, LISTED } from './fill.mjs';
import { fillBook, fillManifests } from './fillIiif.mjs';
import { fillObjects } from './fillObjects.mjs';
import { imports, printImports } from './imports.mjs';
import { largeObject, prepareObjects, saveRow } from './objects.mjs';
import { plotOf } from './plot.mjs';
import { costOfPolicy } from './policy.mjs';
import { CANVASES, floorsOf, MANIFESTS, rowsOf } from './rows.mjs';
import { costOfSealing } from './sealing.mjs';
import { administer, call, post, startService, stop } from './service.mjs';
import { starts } from './starts.mjs';
import { systemRows } from './systems.mjs';
import { transfer } from './transfer.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    workspaces: { type: 'string', default: '1000' },
    plot: { type: 'string' },
    only: { type: 'string', default: '' },
    profile: { type: 'string' },
    items: { type: 'string', default: '100000' },
    megabytes: { type: 'string', default: '300' },
    pages: { type: 'string', default: '5000' },
    starts: { type: 'string', default: '5' },
    rules: { type: 'string', default: '200' },
    records: { type: 'string', default: '20000' },
    imported: { type: 'string', default: '20000' },
    json: { type: 'boolean', default: false },
  },
});
const rounds = wholeNumber('rounds');
const seconds = wholeNumber('seconds');
const sizes = options.workspaces.split(',').map((size) => wholeIn('workspaces', size, 200, 2_000_000));
/** The KBase Workspace Service 0.15 on two cores, as ratios to the same floors. */
const KBASE = {
  getWorkspaceInfo: 0.28,
  'getObjects of one': 0.1,
  [`listWorkspaces of ${LISTED}`]: 0.028,
  [`getPermissionsMass of ${LISTED}`]: 0.19,
  createWorkspace: 0.21,
  setWorkspaceOwner: 0.11,
  saveObjects: 0.07,
};
/** Calls that a row leaves under way have ended by then. */
const PAUSE_MS = 500;
const root = await mkdtemp(join(tmpdir(), 'steward-bench-'));
const children = [];
const closing = [];

try {
  const reports = [];
  for (const workspaces of sizes) {
    const folder = join(root, String(workspaces));
    await mkdir(folder);
    const report = await bench(folder, workspaces);
    await stopAll();
    reports.push(report);
    if (!options.json) print(report);
  }
  if (options.json) console.log(JSON.stringify(reports, null, 2));
  else if (reports.length > 1) printGrowth(reports);
  if (options.plot !== undefined) await writeFile(options.plot, plotOf(reports));
} finally {
  await stopAll();
  await rm(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

async function stopAll() {
  for (const close of closing.splice(0)) await close();
  for (const child of children.splice(0).toReversed()) await stop(child);
}

function wholeNumber(option, min = 1, max = 1000) {
  return wholeIn(option, options[option], min, max);
}

function wholeIn(option, text, min, max) {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`--${option} must be a whole number from ${min} to ${max}`);
}

async function bench(folder, workspaces) {
  const times = wholeNumber('starts', 0);
  const ofStarts = times === 0 ? [] : await starts(times);
  const profile = options.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(options.profile)}`];
  const service = await startService(folder, profile);
  children.push(service.child);
  const { url, pid, readyMs, uri } = service;
  const { floor, floorPid } = await startFloor(uri);
  const headers = { authorization: service.tokenOf('admin') };
  const owned = { authorization: service.tokenOf('lister2') };

  const users = Array.from({ length: 16 }, (_, i) => `bench${i}`);
  for (const user of [...users, 'lister2']) {
    await post(url, headers, administer({ command: 'addUser', user, params: { id: user } }));
  }
  const ask = async (body) => JSON.parse(await post(url, headers, body));
  const owners = Math.min(10_000, workspaces / 10);
  await fill({ uri, database: 'steward', workspaces, owners });
  await fillObjects({ uri, database: 'steward' });
  await withDatabase(uri, async (db) => {
    await fillManifests(db, { count: MANIFESTS, bytes: 20_000 });
    await fillBook(db, { book: 'book', canvases: CANVASES });
  });
  const savedInto = await prepareObjects({ ask, call, administer, owner: 'lister2' });
  const { find, insert, book, top } = floorsOf({ floor, floorPid });
  const run = async (command) => JSON.parse(await post(url, headers, administer(command))).result[0];
  const common = { url, pid, find, insert };
  const all = [
    ...rowsOf({ ...common, administer, call, users, workspaces, book, top }),
    saveRow({ url, pid, insert, administer, owner: 'lister2', id: savedInto }),
    ...(await systemRows({ ...common, run, token: headers.authorization })),
  ];
  const rows = all.filter(({ name }) => options.only.split(',').some((begin) => name.startsWith(begin)));
  const floors = [find, insert, ...[book, top].filter((floor) => rows.some((row) => row.floor === floor))];
  const restMb = await residentMb(pid);
  const runs = new Map([...floors, ...rows].map((row) => [row.name, []]));
  const mongod = { pid: service.mongodPid, commands: await commandCounter(uri) };
  for (const row of [...floors, ...rows]) await load(row, mongod, headers, 1);
  for (let round = 0; round < rounds; round += 1) {
    for (const row of [...floors, ...rows]) runs.get(row.name).push(await load(row, mongod, headers, seconds));
  }
  const megabytes = wholeNumber('megabytes', 0, 990);
  const items = wholeNumber('items', 0, 1_000_000);
  const large =
    megabytes === 0
      ? undefined
      : await largeObject({ url, headers: owned, floor, floorPid, id: savedInto, pid, megabytes });
  const pages = wholeNumber('pages', 0, 20_000);
  const ofBook = pages === 0 ? [] : await books({ uri, url, pid, administer: run, rounds, pages });
  const rules = wholeNumber('rules', 0);
  const records = wholeNumber('records', 0, 10_000_000);
  const imported = wholeNumber('imported', 0, 10_000_000);
  return {
    workspaces,
    ofSealing: records === 0 ? undefined : await sealingCosts(join(folder, 'sealing'), records),
    ofPolicy: rules === 0 ? undefined : await policyCosts(join(folder, 'policy'), rules),
    ofImport: imported === 0 ? undefined : await importCosts(join(folder, 'import'), imported),
    large,
    ofBook,
    ofStarts,
    rounds,
    seconds,
    readyMs,
    transfers:
      items === 0
        ? []
        : await transfer({
            ...{ uri, administer: run, rounds, items },
            cpuMicros: async () => (await cpuMicros(pid)) + (await cpuMicros(mongod.pid)),
          }),
    memoryMb: { atRest: restMb, afterLoad: await residentMb(pid) },
    rows: [...floors, ...rows].map(({ name, connections, floor: against }) => {
      const mine = runs.get(name);
      const ratios =
        against === undefined ? [] : mine.map((run, i) => run.throughput / runs.get(against.name)[i].throughput);
      return {
        name,
        connections,
        throughput: median(mine.map((run) => run.throughput)),
        p50: median(mine.map((run) => run.p50)),
        p99: median(mine.map((run) => run.p99)),
        nodeMicros: median(mine.map((run) => run.nodeMicros)),
        mongodMicros: median(mine.map((run) => run.mongodMicros)),
        commands: median(mine.map((run) => run.commands)),
        errors: mine.reduce((sum, run) => sum + run.errors, 0),
        wrong: mine.reduce((sum, run) => sum + run.wrong, 0),
        ...(against === undefined ? {} : { against: against.name, ratio: median(ratios) }),
      };
    }),
  };
}

/** What a request costs with and without the sealer, and how fast records are sealed and verified. */
async function sealingCosts(folder, records) {
  await mkdir(folder);
  const measure = async (row, { mongodPid }, headers) => {
    const mongod = { pid: mongodPid, commands: async () => 0 };
    return load(row, mongod, headers, seconds);
  };
  const { rows, ...verified } = await costOfSealing({ folder, records, rounds, measure, children });
  const medians = (runs) => ({
    node: median(runs.map(({ nodeMicros }) => nodeMicros)),
    mongod: median(runs.map(({ mongodMicros }) => mongodMicros)),
  });
  return { ...verified, rows: rows.map(({ name, off, on }) => ({ name, off: medians(off), on: medians(on) })) };
}

/** What it costs to import a database of KBase. */
async function importCosts(folder, versions) {
  await mkdir(folder);
  return imports({ folder, versions });
}

/** What a request costs with a policy of so many rules, and with an empty one. */
async function policyCosts(folder, rules) {
  await mkdir(folder);
  const measure = async (row, { uri, mongodPid }, headers) => {
    const mongod = { pid: mongodPid, commands: async () => 0 };
    return load({ ...row, uri }, mongod, headers, seconds);
  };
  const costs = await costOfPolicy({ folder, rules, rounds, measure, children });
  return {
    rules,
    rows: costs.map((cost) => ({ name: cost.name, without: median(cost.without), with: median(cost.with) })),
  };
}

/**
 * Loads one row for some seconds: requests a second, latencies in milliseconds, the CPU time that a request took of the
 * Node process and of mongod in microseconds, how many commands were sent to mongod, how many answers were not 200, and how
 * many were not what they should be.
 */
async function load(
  { url, pid, connections, method = 'POST', requests, right, ...row },
  mongod,
  administrators,
  duration,
) {
  let next = 0;
  // Who reads what is open to all needs no token.
  const headers = row.headers ?? (method === 'GET' ? {} : administrators);
  await sleep(PAUSE_MS);
  const commandsBefore = await mongod.commands();
  const [nodeBefore, mongodBefore] = [await cpuMicros(pid), await cpuMicros(mongod.pid)];
  const result = await autocannon({
    url,
    connections,
    duration,
    method,
    headers,
    verifyBody: right,
    setupClient: (client) => {
      client.setRequests(requests(next).map((request) => ({ ...request, method, headers })));
      next += 1;
    },
  });
  return {
    throughput: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
    nodeMicros: Math.round(((await cpuMicros(pid)) - nodeBefore) / result.requests.total),
    mongodMicros: Math.round(((await cpuMicros(mongod.pid)) - mongodBefore) / result.requests.total),
    commands: ((await mongod.commands()) - commandsBefore) / result.requests.total,
    errors: result.non2xx + result.errors + result.timeouts,
    wrong: result.mismatches,
  };
}

async function startFloor(uri) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('floor.mjs', import.meta.url)), uri], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the floor did not start')));
  const [port] = await Promise.race([once(child.stdout, 'data'), ended]);
  ended.catch(() => undefined);
  return { floor: `http://127.0.0.1:${String(port).trim()}`, floorPid: child.pid };
}

async function withDatabase(uri, work) {
  const { MongoClient } = await import('mongodb');
  const client = await MongoClient.connect(uri);
  await work(client.db('steward'));
  await client.close();
}

/** Counts the commands that read, write or commit. */
async function commandCounter(uri) {
  const { MongoClient } = await import('mongodb');
  const client = await MongoClient.connect(uri);
  closing.push(() => client.close());
  const counted = ['find', 'getMore', 'aggregate', 'insert', 'update', 'delete', 'findAndModify', 'commitTransaction'];
  return async () => {
    const { metrics } = await client.db('admin').command({ serverStatus: 1 });
    return counted.reduce((sum, name) => sum + Number(metrics.commands[name].total), 0);
  };
}

async function residentMb(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** What each call costs with the most workspaces, as a multiple of what it costs with the fewest. */
function printGrowth(reports) {
  const [few, many] = [reports[0], reports.at(-1)];
  console.log(`\ncosts with ${many.workspaces} workspaces, as multiples of those with ${few.workspaces}:`);
  for (const { name, ratio } of few.rows) {
    const later = many.rows.find((row) => row.name === name);
    if (ratio !== undefined) console.log(`${name.padEnd(28)}${(ratio / later.ratio).toFixed(2)}`);
  }
}

function print(report) {
  const { workspaces, rows, readyMs, memoryMb, large, transfers, ofBook, ofStarts, ofPolicy, ofSealing } = report;
  console.log(`\n${workspaces} workspaces`);
  const line = ([first, ...rest]) =>
    console.log(first.padEnd(28) + rest.map((cell) => String(cell).padStart(12)).join(''));
  line([
    '',
    'connections',
    'requests/s',
    'p50 ms',
    'p99 ms',
    'node µs',
    'mongod µs',
    'commands',
    'not 200',
    'wrong',
    'ratio',
    'KBase',
  ]);
  for (const {
    name,
    connections,
    throughput,
    p50,
    p99,
    nodeMicros,
    mongodMicros,
    commands,
    errors,
    wrong,
    ratio,
  } of rows) {
    const figures = [
      connections,
      throughput.toFixed(0),
      p50,
      p99,
      nodeMicros,
      mongodMicros,
      commands.toFixed(1),
      errors,
      wrong,
    ];
    line([name, ...figures, ratio?.toFixed(2) ?? '', KBASE[name] ?? '']);
  }
  for (const { name, ms, floorMs, ratio, cpuRatio } of transfers) {
    const times = `${ms} ms, ${ratio.toFixed(2)} times the bare updates (${floorMs} ms)`;
    console.log(`${name}: ${times}, ${cpuRatio.toFixed(2)} times their CPU`);
  }
  for (const { name, ms, floorMs, ratio, toWriting, peakMb } of ofBook) {
    const times = `${ms} ms, ${ratio.toFixed(2)} times the bare driver (${floorMs} ms)`;
    console.log(
      `${name}: ${times}, ${toWriting.toFixed(2)} times its ${name.startsWith('read') ? 'reading' : 'writing'}; ${peakMb} MB`,
    );
  }
  if (ofSealing !== undefined) {
    console.log('\nnode µs and mongod µs a request without the sealer and with it, and the ratio of the sums:');
    for (const { name, off, on } of ofSealing.rows) {
      const ratio = (on.node + on.mongod) / (off.node + off.mongod);
      line([name, off.node, off.mongod, on.node, on.mongod, ratio.toFixed(2)]);
    }
    const { sealedASecond, verifyAudit, verifyState } = ofSealing;
    console.log(`sealed ${sealedASecond} records/s`);
    const memory = ({ restMb, earlyMb, mostMb }) =>
      `  in ${mostMb} MB of memory (${restMb} MB before, ${earlyMb} MB in the first fifth of the time)`;
    console.log(`verifyAudit: ${verifyAudit.records} records at ${verifyAudit.aSecond}/s,\n${memory(verifyAudit)}`);
    console.log(`verifyState: ${verifyState.documents} documents at ${verifyState.aSecond}/s,\n${memory(verifyState)}`);
  }
  if (ofPolicy !== undefined) {
    console.log(`\nnode µs a request with an empty policy, with ${ofPolicy.rules} rules, and the ratio:`);
    for (const { name, without, with: cost } of ofPolicy.rows) {
      line([name, without, cost, (cost / without).toFixed(2)]);
    }
  }
  if (report.ofImport !== undefined) printImports(report.ofImport);
  console.log(`memory of the service: ${memoryMb.atRest} MB at rest, ${memoryMb.afterLoad} MB after the load`);
  if (large !== undefined) {
    console.log(`an object of ${large.megabytes} MB:`);
    for (const { what, seconds, megabytesMore } of large.rows)
      console.log(`  ${what} in ${seconds} s, with ${megabytesMore} MB of memory more than at rest`);
  }
  for (const { name, wallMs, cpuMs, wallRatio, cpuRatio } of ofStarts) {
    const cpu = cpuMs === undefined ? '' : `, ${cpuMs.toFixed(0)} ms of CPU`;
    const ratios = [wallRatio, cpuRatio].filter((ratio) => ratio > 0).map((ratio) => ratio.toFixed(1));
    const times = ratios.length === 0 ? '' : `; ${ratios.join(' and ')} times node -e 0`;
    console.log(`${name}: ${wallMs.toFixed(0)} ms${cpu}${times}`);
  }
  console.log(`ready ${readyMs} ms after its start`);
}

// node test/bench/imports.mjs [--versions 10000,100000]
//
// How long an import from KBase, a second one and a comparison take beside a bare copy of the same collections by the driver,
// how much CPU of Node and of mongod, and how much memory: both databases are on one mongod, and the source is made by
// fillKbase.mjs. Several sizes are measured one after the other. --runs import measures only the first import.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MongoClient } from 'mongodb';
import { startEmbedded } from '../../dist/store/embedded/server.js';
import { cpuMicros } from './cpu.mjs';
import { fillKbase } from './fillKbase.mjs';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const CHUNK = 1_000;
const MEASURE_MS = 200;
const SOURCE = 'kbase';
const RUNS = ['import', 'import again', 'verify'];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { versions: { type: 'string', default: '100000' }, runs: { type: 'string', default: RUNS.join() } },
  });
  const folder = await mkdtemp(join(tmpdir(), 'steward-imports-'));
  try {
    for (const versions of values.versions.split(',').map(Number)) {
      const place = await mkdtemp(join(folder, 'size-'));
      printImports(await imports({ folder: place, versions, runs: values.runs.split(',') }));
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

/**
 * On an embedded mongod without a service, which would follow all that is written.
 *
 * @param {{ folder: string, versions: number, runs?: string[] }} options
 */
export async function imports({ folder, versions, runs = RUNS }) {
  const mongod = await startEmbedded({ dataDir: join(folder, 'data'), report: () => undefined });
  try {
    return await importsOn(mongod, { folder, versions, runs });
  } finally {
    await mongod.stop();
  }
}

async function importsOn(mongod, { folder, versions, runs }) {
  await fillKbase({ uri: mongod.uri, database: SOURCE, versions });
  const copy = await costOf(mongod, () => bareCopy(mongod.uri));
  const addressOf = (database) => mongod.uri.replace('/?', `/${database}?`);
  const from = ['--from', addressOf(SOURCE), '--types', addressOf(`${SOURCE}_types`)];
  const env = { STEWARD_MONGODB_HOST: mongod.uri, STEWARD_MONGODB_DATABASE: 'imported', STEWARD_WS_ADMIN: 'admin' };
  const rows = [];
  for (const name of runs) {
    const words = ['import', name === 'verify' ? 'verify' : 'kbase', ...from];
    const cost = await costOf(mongod, () => run(words, { folder, env }));
    rows.push({ name, ...cost, ratio: cost.ms / copy.ms, cpuRatio: cpuOf(cost) / cpuOf(copy) });
  }
  return { versions, copy, rows };
}

function cpuOf({ nodeMs, mongodMs }) {
  return nodeMs + mongodMs;
}

export function printImports({ versions, copy, rows }) {
  console.log(`\nfrom KBase, ${versions} versions; a bare copy of the collections: ${costText(copy, versions)}`);
  for (const { name, ratio, cpuRatio, peakMb, ...cost } of rows) {
    const times = `${ratio.toFixed(2)} times the bare copy, ${cpuRatio.toFixed(2)} times its CPU`;
    console.log(`${name.padEnd(16)}${costText(cost, versions)}; ${times}; ${peakMb} MB at most`);
  }
}

function costText({ ms, nodeMs, mongodMs }, versions) {
  const rate = Math.round(versions / (ms / 1000));
  return `${Math.round(ms)} ms (${rate}/s), CPU ${Math.round(nodeMs)} ms of Node and ${Math.round(mongodMs)} ms of mongod`;
}

/** Wall and CPU time in milliseconds, with what the work gives back. Without a CPU time of its own, it is in this process. */
async function costOf(mongod, work) {
  const [startedAt, own, before] = [performance.now(), process.cpuUsage(), await cpuMicros(mongod.pid())];
  const result = (await work()) ?? {};
  const { user, system } = process.cpuUsage(own);
  return {
    ms: performance.now() - startedAt,
    nodeMs: (user + system) / 1000,
    mongodMs: ((await cpuMicros(mongod.pid())) - before) / 1000,
    ...result,
  };
}

/** Copies every collection, without its indexes. */
async function bareCopy(uri) {
  const client = await MongoClient.connect(uri);
  try {
    for (const name of [SOURCE, `${SOURCE}_types`]) {
      for (const { name: collection } of await client.db(name).listCollections({}, { nameOnly: true }).toArray()) {
        await copyOf(client.db(name).collection(collection), client.db(`${name}_copy`).collection(collection));
      }
    }
  } finally {
    await client.close();
  }
}

async function copyOf(from, to) {
  let page = [];
  for await (const document of from.find({}, { batchSize: CHUNK })) {
    page.push(document);
    if (page.length < CHUNK) continue;
    await to.insertMany(page, { ordered: false });
    page = [];
  }
  if (page.length > 0) await to.insertMany(page, { ordered: false });
}

/** Runs the command line to its end. @throws with what it printed if it fails */
async function run(words, { folder, env }) {
  const child = spawn(process.execPath, [MAIN, ...words], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  const exited = once(child, 'exit');
  let [peakMb, nodeMs] = [0, 0];
  while (child.exitCode === null) {
    peakMb = Math.max(peakMb, await peakOf(child.pid));
    nodeMs = Math.max(nodeMs, (await cpuMicros(child.pid)) / 1000);
    await Promise.race([sleep(MEASURE_MS), exited]);
  }
  if (child.exitCode !== 0) throw new Error(`steward ${words.join(' ')} failed: ${printed}`);
  return { peakMb, nodeMs };
}

/** The most memory that a process has had, in megabytes (Linux; elsewhere 0). */
async function peakOf(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

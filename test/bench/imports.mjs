// node test/bench/imports.mjs [--versions 100000]
//
// How long an import from KBase, a second one and a comparison take beside a bare copy of the same collections by the driver,
// and how much memory they need: both databases are on one mongod, and the source is made by fillKbase.mjs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MongoClient } from 'mongodb';
import { fillKbase } from './fillKbase.mjs';
import { startService, stop } from './service.mjs';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const CHUNK = 1_000;
const MEASURE_MS = 200;
const SOURCE = 'kbase';

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { versions: { type: 'string', default: '100000' } } });
  const folder = await mkdtemp(join(tmpdir(), 'steward-imports-'));
  const children = [];
  try {
    printImports(await imports({ folder, versions: Number(values.versions), children }));
  } finally {
    for (const child of children) await stop(child);
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

/**
 * @param {{ folder: string, versions: number, children: import('node:child_process').ChildProcess[] }} options `children`
 *   receives the service whose mongod is used
 */
export async function imports({ folder, versions, children }) {
  const service = await startService(folder);
  children.push(service.child);
  await fillKbase({ uri: service.uri, database: SOURCE, versions });
  const copyMs = await timed(() => bareCopy(service.uri));
  const addressOf = (database) => service.uri.replace('/?', `/${database}?`);
  const from = ['--from', addressOf(SOURCE), '--types', addressOf(`${SOURCE}_types`)];
  const env = { STEWARD_MONGODB_HOST: service.uri, STEWARD_MONGODB_DATABASE: 'imported', STEWARD_WS_ADMIN: 'admin' };
  const rows = [];
  for (const [name, words] of [
    ['import', ['import', 'kbase', ...from]],
    ['import again', ['import', 'kbase', ...from]],
    ['verify', ['import', 'verify', ...from]],
  ]) {
    const { ms, peakMb } = await run(words, { folder, env });
    rows.push({ name, ms, peakMb, ratio: ms / copyMs });
  }
  return { versions, copyMs, rows };
}

export function printImports({ versions, copyMs, rows }) {
  console.log(`\nfrom KBase, ${versions} versions; a bare copy of the collections takes ${copyMs} ms:`);
  for (const { name, ms, peakMb, ratio } of rows) {
    console.log(`${name.padEnd(16)}${ms} ms, ${ratio.toFixed(2)} times the bare copy; ${peakMb} MB at most`);
  }
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
  const startedAt = performance.now();
  const child = spawn(process.execPath, [MAIN, ...words], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  const exited = once(child, 'exit');
  let peakMb = 0;
  while (child.exitCode === null) {
    peakMb = Math.max(peakMb, await peakOf(child.pid));
    await Promise.race([sleep(MEASURE_MS), exited]);
  }
  if (child.exitCode !== 0) throw new Error(`steward ${words.join(' ')} failed: ${printed}`);
  return { ms: Math.round(performance.now() - startedAt), peakMb };
}

/** The most memory that a process has had, in megabytes (Linux; elsewhere 0). */
async function peakOf(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

async function timed(work) {
  const startedAt = performance.now();
  await work();
  return Math.round(performance.now() - startedAt);
}

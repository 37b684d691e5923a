// Builds dist/ from src/: nothing where dist/ is what these sources make, else what changed, else all of it.
//
// dist/main.js is bundled with all that it loads; the other modules in dist/ are for those who import them. dist/console/ is
// what browsers load.
//
// A build is made in a folder of its own, dist.<pid>/, and takes the place of dist/ when it is whole: whenever a build is
// interrupted, dist/ is an earlier one or none. dist/build.json says what it was made of and what it must hold.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');
const STAMP = 'build.json';
const COMPILER_STATE = 'tsconfig.tsbuildinfo';

/** What a build depends on, beside the folders src and schemas. */
const OTHER_INPUTS = [
  ...[
    '.scripts/build.mjs',
    '.scripts/bundle.mjs',
    '.scripts/console.mjs',
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
  ],
  // What is installed: a pull may change package-lock.json some time before `npm ci`.
  'node_modules/.package-lock.json',
];

function filesIn(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name)).sort();
}

/** Of names and contents: the time of a file does not change when an older one is put in its place. */
function inputsDigest() {
  const hash = createHash('sha256');
  // What packClient.mjs makes for a moment is made of dist/.
  const made = join(ROOT, 'src', 'client', 'dist');
  const sources = ['src', 'schemas']
    .flatMap((folder) => filesIn(join(ROOT, folder)))
    .filter((file) => !file.startsWith(made));
  for (const file of [...sources, ...OTHER_INPUTS.map((name) => join(ROOT, name))]) {
    const content = existsSync(file) ? readFileSync(file) : '';
    hash.update(`${file.slice(ROOT.length)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Of names and sizes: nobody but a build writes here. */
function outputsDigest(folder) {
  const hash = createHash('sha256');
  for (const file of filesIn(folder)) {
    const name = file.slice(folder.length + 1);
    if (name !== STAMP) hash.update(`${name}\0${statSync(file).size}\0`);
  }
  return hash.digest('hex');
}

/** Of what dist/ was made; undefined where it is not as its build left it. */
function builtFrom() {
  try {
    const { inputs, outputs } = JSON.parse(readFileSync(join(DIST, STAMP), 'utf8'));
    return outputs === outputsDigest(DIST) ? inputs : undefined;
  } catch {
    return undefined;
  }
}

async function build(inputs) {
  for (const name of readdirSync(ROOT)) if (/^dist\.\d+$/.test(name)) remove(join(ROOT, name));
  const made = `${DIST}.${process.pid}`;
  // The compiler then makes only what changed.
  if (builtFrom() !== undefined) cpSync(DIST, made, { recursive: true });
  compile(made);
  removeOrphans(made);
  const { bundle } = await import('./bundle.mjs');
  const { buildConsole } = await import('./console.mjs');
  await Promise.all([bundle(ROOT, made), buildConsole(ROOT, made)]);
  // The command line reads which commands there are from a file: to load the commands themselves takes much longer.
  const { listAll } = await import(pathToFileURL(join(made, 'cli', 'listAll.js')).href);
  writeFileSync(join(made, 'cli', 'commands.json'), JSON.stringify(listAll()));
  writeFileSync(join(made, STAMP), JSON.stringify({ inputs, outputs: outputsDigest(made) }));
  const before = `${made}0`;
  if (existsSync(DIST)) renameSync(DIST, before);
  renameSync(made, DIST);
  remove(before);
}

function compile(outDir) {
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const state = ['--incremental', '--tsBuildInfoFile', join(outDir, COMPILER_STATE)];
  const args = [compiler, '-p', 'tsconfig.build.json', '--outDir', outDir, ...state];
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  if (status === 0) return;
  remove(outDir);
  process.exit(status ?? 1);
}

/** The compiler leaves what it made of sources that are gone. */
function removeOrphans(outDir) {
  for (const file of filesIn(outDir)) {
    if (file.startsWith(join(outDir, 'console'))) continue;
    const source = file.slice(outDir.length + 1).replace(/(\.d\.ts|\.js|\.js\.map)$/, '.ts');
    if (source !== COMPILER_STATE && !existsSync(join(ROOT, 'src', source))) rmSync(file);
  }
}

/** The compiler of a build that was killed may still write there. */
const remove = (folder) => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });

/** Waits for another build of this checkout. The kernel gives the lock free when its process ends, however it ends. */
async function lock() {
  if (process.platform !== 'linux') return;
  const { dev, ino } = statSync(ROOT, { bigint: true });
  const path = `\0steward-build-${dev}-${ino}`;
  while (!(await listens(path))) await sleep(50);
}

function listens(path) {
  return new Promise((resolve, reject) => {
    const server = createServer().unref();
    server.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error)));
    server.listen({ path, exclusive: true }, () => resolve(true));
  });
}

if (builtFrom() !== inputsDigest()) {
  await lock();
  const inputs = inputsDigest();
  if (builtFrom() !== inputs) await build(inputs);
}

// Changes the code of the rooms that matter most, one place at a time, and runs the room's tests on each change (with
// Stryker, https://stryker-mutator.io). A change that no test notices is a survivor: it is to be killed by a test, or to
// stand in survivors.json with a reason why it may live.
//
//   npm run test:mutation                         all of the rooms: hours
//   npm run test:mutation -- src/domain/access/decide.ts ...   these files, or FILE:FROM-TO for some lines of one
//   npm run test:mutation -- --since REV          the lines that changed since that revision
//
// With --tests PATTERN (again and again) only these tests run instead of all of the room's: quicker, while tests are
// written for one file. With --concurrency 1 one process runs them instead of two. Survivors are named as they are found.
//
// Ends with 1 where there are survivors that are not in the list, and where the list has a mutant of a file that was mutated
// which is gone, or which a test notices by now.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ROOMS } from './rooms.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const work = join(root, 'node_modules', '.cache', 'mutation');
const listed = JSON.parse(readFileSync(new URL('survivors.json', import.meta.url), 'utf8'));

const { values, positionals } = parseArgs({
  options: {
    since: { type: 'string' },
    tests: { type: 'string', multiple: true },
    concurrency: { type: 'string', default: '2' },
  },
  allowPositionals: true,
});

/** What is to be mutated, by room: files, or `file:from-to` where only some lines are. */
function selection() {
  const chosen = values.since === undefined ? named() : changedSince(values.since);
  const rooms = Object.keys(ROOMS).map((room) => [room, chosen.filter((path) => path.startsWith(`src/${room}/`))]);
  return rooms.filter(([, paths]) => paths.length > 0);
}

function named() {
  if (positionals.length > 0) return positionals.map((path) => relative(root, join(process.cwd(), path)));
  return Object.keys(ROOMS).map((room) => `src/${room}/**/*.ts`);
}

/** The lines of the rooms that are new or other than at that revision. */
function changedSince(revision) {
  const folders = Object.keys(ROOMS).map((room) => `src/${room}`);
  const args = ['diff', '--unified=0', '--diff-filter=AMR', '--no-color', revision, '--', ...folders];
  const chosen = [];
  let file;
  for (const line of execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1e9 }).split('\n')) {
    if (line.startsWith('+++ ')) file = line.slice('+++ b/'.length);
    const [, from, count = '1'] = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
    if (from !== undefined && count !== '0') chosen.push(`${file}:${from}-${Number(from) + Number(count) - 1}`);
  }
  return chosen;
}

/** Runs Stryker on these places of a room, and gives back its mutants. */
function mutantsOf(room, mutate) {
  const report = join(work, `${room}.json`);
  const config = join(work, `${room}.stryker.json`);
  mkdirSync(dirname(report), { recursive: true });
  rmSync(report, { force: true });
  writeFileSync(
    config,
    JSON.stringify({
      testRunner: 'vitest',
      vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
      mutate,
      // To rewrite it Stryker needs the API of the compiler, which TypeScript 7 does not have.
      tsconfigFile: 'none',
      ignorePatterns: ['dist', 'docs'],
      coverageAnalysis: 'perTest',
      // Code that runs once, when it is loaded, needs the whole process anew for each mutant.
      ignoreStatic: true,
      concurrency: Number(values.concurrency),
      timeoutMS: 10_000,
      plugins: ['@stryker-mutator/vitest-runner', fileURLToPath(new URL('progress.mjs', import.meta.url))],
      reporters: ['json', 'survivors'],
      jsonReporter: { fileName: report },
      tempDirName: join(work, 'sandboxes'),
      allowConsoleColors: false,
    }),
  );
  const tests = values.tests ?? ROOMS[room];
  const env = { ...process.env, STEWARD_MUTATION_TESTS: JSON.stringify(tests) };
  const { status } = spawnSync('npx', ['stryker', 'run', config], { cwd: root, env, stdio: 'inherit' });
  if (status !== 0 || !existsSync(report)) throw new Error(`Stryker did not finish with ${room}`);
  const { files } = JSON.parse(readFileSync(report, 'utf8'));
  return Object.entries(files).flatMap(([file, { source, mutants }]) => mutants.map((m) => described(file, source, m)));
}

/** A mutant as it stands in the list: by what the code says there, so that lines above it may come and go. */
function described(file, source, { location: { start, end }, mutatorName, replacement, status }) {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const within = lines[0].trim();
  const last = lines.length - 1;
  lines[last] = lines[last].slice(0, end.column - 1);
  lines[0] = lines[0].slice(start.column - 1);
  const code = lines.join('\n').replace(/\s+/g, ' ');
  const survives = status === 'Survived' || status === 'NoCoverage';
  return {
    file,
    survives,
    line: start.line,
    mutator: mutatorName,
    within,
    code,
    replacement: replacement.replace(/\s+/g, ' '),
  };
}

const FIELDS = ['file', 'mutator', 'within', 'code', 'replacement'];
const same = (a, b) => FIELDS.every((field) => a[field] === b[field]);

const chosen = selection();
const mutants = chosen.flatMap(([room, mutate]) => mutantsOf(room, mutate));
const survivors = mutants.filter(({ survives }) => survives);

/** Whether all lines of this file were mutated. */
function isWhole(file) {
  const ofLines = chosen.some(([, paths]) => paths.some((path) => path.startsWith(`${file}:`)));
  return !ofLines && mutants.some((mutant) => mutant.file === file);
}

/** Whether an entry of the list is of no use any more, as far as this run can tell. */
function isStale(entry) {
  if (survivors.some((survivor) => same(survivor, entry))) return false;
  if (mutants.some((mutant) => same(mutant, entry))) return true;
  if (isWhole(entry.file)) return true;
  const path = join(root, entry.file);
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  return !lines.some((line) => line.trim() === entry.within);
}

const unlisted = survivors.filter((survivor) => !listed.some((known) => same(known, survivor)));
for (const { file, line, code, replacement } of unlisted) {
  console.log(`survives: ${file}:${line}\n  - ${code}\n  + ${replacement}`);
}
const stale = listed.filter(isStale);
for (const { file, within, replacement } of stale) {
  console.log(`listed, but not a survivor any more: ${file} ${within}\n  + ${replacement}`);
}
writeFileSync(join(work, 'unlisted.json'), `${JSON.stringify(unlisted, null, 2)}\n`);
console.log(
  `${mutants.length} mutants, ${survivors.length} survivors, ${unlisted.length} of them without a reason in ` +
    `test/mutation/survivors.json, where ${stale.length} are out of date`,
);
process.exitCode = unlisted.length + stale.length === 0 ? 0 : 1;

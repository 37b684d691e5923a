import { appendFileSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { afterAll, expect, inject } from 'vitest';

/*
 * With TEST_COSTS=FILE, each test file adds a line to that file: the seconds of CPU that it took in this process, in
 * the processes that it started and that have ended, and in MongoDB, whose share is right with --maxWorkers=1 only.
 */

const FILE = process.env.TEST_COSTS;

/** Ticks of the clock that Linux counts the time of processes in. */
const TICKS = 100;

interface Spent {
  readonly own: number;
  readonly children: number;
  readonly mongod: number;
}

/** The fields of the line of `/proc` after the name of the process, which may have spaces. */
function timesOf(pid: number | 'self'): { readonly own: number; readonly children: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .map(Number);
  const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = fields.slice(11, 15);
  return { own: (user + system) / TICKS, children: (childrenUser + childrenSystem) / TICKS };
}

const spent = (): Spent => ({ ...timesOf('self'), mongod: timesOf(inject('mongodPid')).own });

if (FILE !== undefined) {
  const before = spent();
  const startedAt = Date.now();
  afterAll(() => {
    const after = spent();
    const seconds = (what: keyof Spent) => (after[what] - before[what]).toFixed(2);
    const file = relative(process.cwd(), expect.getState().testPath ?? '');
    const wall = ((Date.now() - startedAt) / 1000).toFixed(2);
    appendFileSync(FILE, `${[seconds('own'), seconds('children'), seconds('mongod'), wall, file].join('\t')}\n`);
  });
}

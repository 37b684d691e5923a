// How long the command line, a first and a second `npm start` take, beside `node -e 0`.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { mintToken } from '../../dist/identity/mint.js';
import { printedUrl } from './service.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = join(ROOT, 'dist', 'main.js');
const execute = promisify(execFile);

/**
 * Measured in turn, so that a ratio compares neighbours. Of each: wall time and CPU time in milliseconds, and their ratios
 * to those of `node -e 0`; of the start only wall time, until it answers.
 */
export async function starts(times) {
  const folder = await mkdtemp(join(tmpdir(), 'steward-bench-start-'));
  try {
    const rows = new Map();
    const keep = (name, run, floor) => {
      const ratios = floor && { wallRatio: run.wallMs / floor.wallMs, cpuRatio: run.cpuMs / floor.cpuMs };
      rows.set(name, [...(rows.get(name) ?? []), { ...run, ...ratios }]);
    };
    // The first start makes the database.
    for (let n = 0; n < times; n += 1) {
      const first = await npmStart(join(folder, String(n)));
      await first.stop();
      const started = await npmStart(join(folder, String(n)));
      const token = (await readFile(join(folder, String(n), 'data', 'signing-key'), 'utf8')).trim();
      const env = {
        STEWARD_SERVER: started.url,
        STEWARD_TOKEN: mintToken({ secret: token, username: 'admin', lifetimeSeconds: 3600 }),
      };
      const called = await node([MAIN, 'sudo', 'listAdmins'], env);
      await started.stop();
      const floor = await node(['-e', '0'], {});
      keep('node -e 0', floor);
      for (const words of [
        ['--version'],
        ['help'],
        ['sudo', '--help'],
        ['sudo', 'getAudit', '--help'],
        ['user', 'list', '--help'],
        ['completion', 'bash'],
      ]) {
        keep(`steward ${words.join(' ')}`, await node([MAIN, ...words], {}), floor);
      }
      keep('steward sudo listAdmins', called, floor);
      keep('first npm start', { wallMs: first.readyMs }, floor);
      keep('second npm start', { wallMs: started.readyMs }, floor);
    }
    return [...rows].map(([name, runs]) => ({ name, ...medians(runs) }));
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

async function npmStart(folder) {
  const startedAt = performance.now();
  const env = { ...process.env, STEWARD_PORT: '0', STEWARD_DATA_DIR: join(folder, 'data') };
  // A group of its own: npm and the service.
  const child = spawn('npm', ['start'], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  const stop = async () => {
    process.kill(-child.pid, 'SIGTERM');
    // npm may end before the service, which holds the data folder.
    while (isThere(-child.pid)) await sleep(20);
  };
  const url = await printedUrl(child);
  return { url, readyMs: Math.round(performance.now() - startedAt), stop };
}

/** Whether the process, or with a minus any of the group, is still there. */
function isThere(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Runs node to its end; the shell tells what it took. */
async function node(args, env) {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" > /dev/null';
  const options = { env: { ...process.env, ...env } };
  const { stderr } = await execute('bash', ['-c', script, 'bash', process.execPath, ...args], options);
  const [wall, user, system] = stderr.trim().split(/\s+/).slice(-3).map(Number);
  return { wallMs: wall * 1000, cpuMs: (user + system) * 1000 };
}

function medians(runs) {
  const middle = (key) => runs.map((run) => run[key]).sort((a, b) => a - b)[Math.floor(runs.length / 2)];
  return Object.fromEntries(Object.keys(runs[0]).map((key) => [key, middle(key)]));
}

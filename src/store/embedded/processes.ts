import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from './run.ts';

/**
 * Tells one process from every other, also from a later one with the same pid: when it started, and in which run of the
 * machine. Undefined for a process that has ended, also where nobody has collected it yet; but not as long as one of its
 * threads is still ending, which holds its files and ports.
 */
export async function identityOf(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') {
    const outcome = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      env: { ...process.env, LC_ALL: 'C' },
    });
    const [, state, started] = ('output' in outcome && /^\s*(\S+)\s+(.+?)\s*$/.exec(outcome.output)) || [];
    return state?.startsWith('Z') ? undefined : started;
  }
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'latin1');
    // After the program's name, which may hold anything: the state is field 3, the start in clock ticks field 22.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    if ((fields[0] === 'Z' || fields[0] === 'X') && (await readdir(`/proc/${pid}/task`)).length <= 1) return undefined;
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => '');
    return `${fields[19]}@${boot.trim()}`;
  } catch {
    return undefined;
  }
}

/** The pids of the processes whose arguments hold each of these options with its value. */
export async function processesWith(options: Readonly<Record<string, string>>): Promise<number[]> {
  const wanted = Object.entries(options);
  const found: number[] = [];
  for (const [pid, args] of await commandLines()) {
    if (wanted.every(([option, value]) => args.includes(`\0${option}\0${value}\0`))) found.push(pid);
  }
  return found;
}

/**
 * Ends a process cleanly with SIGTERM, and with SIGKILL when it is still there after `patienceMs`.
 *
 * @returns whether SIGKILL was needed.
 */
export async function endProcess(pid: number, patienceMs: number): Promise<boolean> {
  const identity = await identityOf(pid);
  if (identity === undefined) return false;
  const gone = async (withinMs: number) => {
    const deadline = performance.now() + withinMs;
    while ((await identityOf(pid)) === identity) {
      if (performance.now() > deadline) return false;
      await sleep(20);
    }
    return true;
  };
  signal(pid, 'SIGTERM');
  if (await gone(patienceMs)) return false;
  signal(pid, 'SIGKILL');
  if (await gone(10_000)) return true;
  throw new Error(`process ${pid} does not end, not even by SIGKILL`);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Each process's arguments, every one of them with a NUL before and after it. */
async function commandLines(): Promise<[number, string][]> {
  if (process.platform !== 'linux') {
    const outcome = await run('ps', ['-axww', '-o', 'pid=,command=']);
    const lines = 'output' in outcome ? outcome.output.split('\n') : [];
    return lines.map((line) => [Number.parseInt(line, 10), `\0${line.trim().replaceAll(' ', '\0')}\0`]);
  }
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return Promise.all(
    pids.map(async (pid): Promise<[number, string]> => {
      const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return [Number(pid), `\0${text}`];
    }),
  );
}

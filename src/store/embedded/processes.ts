import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from './run.ts';

/**
 * Identifies a process, even if its pid is reused later: its start time and the boot id. Undefined for a process that has
 * ended, including zombies, but not while one of its threads is still running and may hold files and ports.
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
    // The program's name may contain anything. After it, the state is field 3 and the start in clock ticks field 22.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    if ((fields[0] === 'Z' || fields[0] === 'X') && (await readdir(`/proc/${pid}/task`)).length <= 1) return undefined;
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => '');
    return `${fields[19]}@${boot.trim()}`;
  } catch {
    return undefined;
  }
}

/** The pids of the processes whose arguments contain all of these options with their values. */
export async function processesWith(options: Readonly<Record<string, string>>): Promise<number[]> {
  const wanted = Object.entries(options);
  const found: number[] = [];
  for (const [pid, args] of await commandLines()) {
    if (wanted.every(([option, value]) => args.includes(`\0${option}\0${value}\0`))) found.push(pid);
  }
  return found;
}

/**
 * Ends a process with SIGTERM, or with SIGKILL if it still runs after `patienceMs`.
 *
 * @returns whether SIGKILL was needed
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

/** The arguments of each process, with a NUL before and after each argument. */
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

import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance } from './instance.ts';

/** Receives lines for the log; `warn` for those about trouble. */
export type Report = (line: string, level?: 'info' | 'warn') => void;

export interface Supervision {
  /** The running instance. */
  readonly first: Instance;
  /** Starts another instance at the same endpoint with the same data. */
  readonly start: () => Promise<Instance>;
  readonly report: Report;
  readonly onRestart: (() => void) | undefined;
}

/** The pause before the next start, which grows if the previous start failed or did not last. */
const BACK_OFF_MS = [0, 500, 1_000, 2_000, 5_000, 10_000];

/** An instance that ran for this long counts as stable. */
const STABLE_AFTER_MS = 60_000;

/** Restarts mongod whenever it ends unexpectedly, and never gives up, since the data are nowhere else. */
export function supervise({ first, start, report, onRestart }: Supervision) {
  const stopping = new AbortController();
  let current: Instance | undefined = first;
  let restarts = 0;

  async function watch(): Promise<void> {
    let instance = first;
    let failures = 0;
    for (;;) {
      const since = performance.now();
      const how = await instance.ended;
      current = undefined;
      if (stopping.signal.aborted) return;
      report(`mongod (process ${instance.pid}) ${how}; starting it again`, 'warn');
      failures = performance.now() - since > STABLE_AFTER_MS ? 0 : failures;
      const next = await startAgain(() => BACK_OFF_MS[Math.min(failures++, BACK_OFF_MS.length - 1)]);
      if (next === undefined) return;
      instance = next;
    }
  }

  /** Tries until an instance runs. Returns undefined if stopped meanwhile. */
  async function startAgain(nextPause: () => number | undefined): Promise<Instance | undefined> {
    while (!stopping.signal.aborted) {
      await sleep(nextPause(), undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) break;
      try {
        const instance = await start();
        if (!stopping.signal.aborted) {
          current = instance;
          restarts += 1;
          report(`mongod runs again (process ${instance.pid})`);
          onRestart?.();
          return instance;
        }
        await instance.stop();
      } catch (error) {
        report(`mongod did not start: ${(error as Error).message}`, 'warn');
      }
    }
    return undefined;
  }

  const watching = watch();
  return {
    pid: () => current?.pid,
    restarts: () => restarts,
    async stop(): Promise<void> {
      stopping.abort();
      await current?.stop();
      await watching;
    },
  };
}

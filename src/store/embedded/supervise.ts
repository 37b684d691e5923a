import { setTimeout as sleep } from 'node:timers/promises';
import { BackOff } from '../../base/backOff.ts';
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

/** Restarts mongod whenever it ends unexpectedly, and never gives up, since the data are nowhere else. */
export function supervise({ first, start, report, onRestart }: Supervision) {
  const stopping = new AbortController();
  let current: Instance | undefined = first;
  let restarts = 0;

  async function watch(): Promise<void> {
    let instance = first;
    const backOff = new BackOff();
    for (;;) {
      const since = performance.now();
      const how = await instance.ended;
      current = undefined;
      if (stopping.signal.aborted) return;
      report(`mongod (process ${instance.pid}) ${how}; starting it again`, 'warn');
      const next = await startAgain(backOff, performance.now() - since);
      if (next === undefined) return;
      instance = next;
    }
  }

  /** Tries until an instance runs. Returns undefined if stopped meanwhile. */
  async function startAgain(backOff: BackOff, ranMs: number): Promise<Instance | undefined> {
    for (let pause = backOff.next(ranMs); !stopping.signal.aborted; pause = backOff.next(0)) {
      await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
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

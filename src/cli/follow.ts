import { setTimeout as sleep } from 'node:timers/promises';
import type { SingleBar } from 'cli-progress';
import type { JobView } from '../base/schemas/generated.ts';
import type { StewardClient } from '../client/client.ts';
import { BusyError, ConnectionError } from '../client/errors.ts';

const LOOK_MS = 500;
const INTERRUPTED = 130;

/**
 * Watches a job until it runs no more, with a bar on a terminal; Ctrl-C ends the watching alone. A service that restarts
 * is waited for: the job goes on when it is back.
 *
 * @returns the job as it ended; undefined when the watching was ended first
 */
export async function follow(client: StewardClient, begun: JobView): Promise<JobView | undefined> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once('SIGINT', onSignal);
  const bar = await barOf(begun);
  try {
    let job = begun;
    while (job.state === 'running' && !stop.signal.aborted) {
      await sleep(LOOK_MS, undefined, { signal: stop.signal }).catch(() => undefined);
      job = (await looked(client, job, stop.signal)) ?? job;
      bar?.update(done(job));
    }
    return job.state === 'running' ? undefined : job;
  } finally {
    bar?.stop();
    process.off('SIGINT', onSignal);
  }
}

/** Says that the job goes on without being watched, and how to get hold of it. */
export function leave({ job, moved, total }: JobView): void {
  console.error(`\nThe job ${job} goes on (${moved} of ${total} when it began to be watched).`);
  console.error(`  steward sudo getJob --id ${job}       how far it is`);
  console.error(`  steward sudo pauseJob --id ${job}     stop it for now; resumeJob has it go on`);
  console.error(`  steward sudo cancelJob --id ${job}    end it; revertJob takes back what it did`);
  process.exitCode = INTERRUPTED;
}

async function looked(client: StewardClient, { job }: JobView, signal: AbortSignal): Promise<JobView | undefined> {
  try {
    return (await client.administer.getJob({ id: job }, { signal })).result;
  } catch (error) {
    if (signal.aborted || error instanceof BusyError || error instanceof ConnectionError) return undefined;
    throw error;
  }
}

const done = ({ moved, failed, skipped }: JobView) => moved + failed + skipped;

async function barOf(job: JobView): Promise<SingleBar | undefined> {
  if (!process.stderr.isTTY) return undefined;
  const { Presets, SingleBar } = await import('cli-progress');
  const startedAt = Date.now();
  const first = done(job);
  const bar = new SingleBar(
    {
      stream: process.stderr,
      hideCursor: true,
      etaBuffer: 20,
      format: (_, { value, total, eta }) => {
        const seconds = Math.max((Date.now() - startedAt) / 1000, 0.1);
        const share = total === 0 ? 1 : value / total;
        const filled = '█'.repeat(Math.round(share * 30)).padEnd(30, '░');
        const rate = Math.round((value - first) / seconds);
        const left = Number.isFinite(eta) ? `${eta} s left` : '';
        return `${filled} ${Math.floor(share * 100)} %  ${value} of ${total}  ${rate}/s  ${left}`;
      },
    },
    Presets.shades_classic,
  );
  bar.start(job.total, first);
  return bar;
}

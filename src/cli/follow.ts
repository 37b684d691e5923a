import { setTimeout as sleep } from 'node:timers/promises';
import type { SingleBar } from 'cli-progress';
import type { JobView } from '../base/schemas/generated.ts';
import type { StewardClient } from '../client/client.ts';
import { BusyError, ConnectionError } from '../client/errors.ts';

const POLL_MS = 500;
const INTERRUPTED = 130;

/**
 * Polls a job until it has ended, with a progress bar on a terminal. Ctrl-C only ends the polling. If the service
 * restarts, polling continues, and so does the job.
 *
 * @returns the ended job; undefined if the polling was interrupted
 */
export async function follow(client: StewardClient, begun: JobView): Promise<JobView | undefined> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once('SIGINT', onSignal);
  const bar = await barOf(begun);
  try {
    let job = begun;
    while (job.state === 'running' && !stop.signal.aborted) {
      await sleep(POLL_MS, undefined, { signal: stop.signal }).catch(() => undefined);
      job = (await poll(client, job, stop.signal)) ?? job;
      bar?.update(done(job));
    }
    return job.state === 'running' ? undefined : job;
  } finally {
    bar?.stop();
    process.off('SIGINT', onSignal);
  }
}

/** Tells that the job continues, and how to control it. */
export function reportRunning({ job, moved, total }: JobView): void {
  console.error(`\nThe job ${job} goes on (${moved} of ${total} when it began to be watched).`);
  console.error(`  steward job watch ${job}     show its progress again`);
  console.error(`  steward job pause ${job}     pause it; steward job resume continues it`);
  console.error(`  steward job cancel ${job}    end it; steward job revert undoes what it did`);
  process.exitCode = INTERRUPTED;
}

/** The present state of a job; undefined if the service is not reached. */
async function poll(client: StewardClient, { job }: JobView, signal: AbortSignal): Promise<JobView | undefined> {
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
      // What the job came to is shown in its place.
      clearOnComplete: true,
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

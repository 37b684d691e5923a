import { randomBytes } from 'node:crypto';
import { UsageError } from './failure.ts';

/** The service keeps idempotency keys for a day; a run is resumed only while all of them are surely kept. */
const MAX_AGE_MS = 23 * 3_600_000;

/** A run of a batch, which can be resumed by its id. */
export interface BatchRun {
  readonly id: string;
  readonly begun: Date;
}

/** A new run. Its id has the time at which it begins. */
export function newRun(now: Date): BatchRun {
  return { id: `${now.getTime().toString(36)}-${randomBytes(5).toString('hex')}`, begun: now };
}

/** The run with this id. @throws UsageError if it is none, or began too long ago to be repeated safely */
export function resumedRun(id: string, now: Date): BatchRun {
  const [, time] = /^([0-9a-z]{8,9})-[0-9a-f]{10}$/.exec(id) ?? [];
  if (time === undefined)
    throw new UsageError(`--resume must be the id of a run, as the batch printed it (was: ${id})`);
  const begun = new Date(Number.parseInt(time, 36));
  if (now.getTime() - begun.getTime() > MAX_AGE_MS) {
    throw new UsageError(
      `the run ${id} began more than 23 hours ago: the service no longer knows all that was done. Look at the audit, ` +
        'and run what is left as a new batch',
    );
  }
  return { id, begun };
}

/** The idempotency key of a line in a run. */
export const keyOf = ({ id }: BatchRun, digest: string): string => `batch-${id}-${digest}`;

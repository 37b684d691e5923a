import type { Journal } from '../audit/journal.ts';
import { effectOf } from '../audit/record.ts';
import { STEWARD } from '../identity/serviceNames.ts';
import type { Change } from '../store/changes.ts';
import type { Collection, Stored } from '../store/collection.ts';
import type { Database } from '../store/database.ts';
import { transact } from '../store/transact.ts';
import { type Job, jobs } from './job.ts';
import { jobOutcomes, jobParts, partsOf } from './parts.ts';

const DAY_MS = 24 * 3_600_000;
/** How many jobs, or parts of one, are read at a time. */
const PAGE = 100;

export interface RemovalParts {
  readonly database: Database;
  readonly journal: Journal;
  readonly now: () => Date;
  /** Called with the changes of every commit. */
  readonly committed: (changes: readonly Change[]) => void;
  /** How long a job is kept after its end. */
  readonly days: number;
}

/** Removes jobs that ended long ago, each with a record. What they did stays in the audit. */
export async function removeOldJobs(parts: RemovalParts, signal: AbortSignal): Promise<void> {
  const { database, now, days } = parts;
  const old = {
    state: { $in: ['done', 'cancelled'] },
    finishedAt: { $lte: new Date(now().getTime() - days * DAY_MS) },
  };
  for (;;) {
    const found = await database.find(jobs, old, { sort: { finishedAt: 1 }, limit: PAGE });
    for (const job of found) {
      if (signal.aborted) return;
      // The items first: they are found by the job alone.
      await removeAll(database, jobParts, job);
      await removeAll(database, jobOutcomes, job);
      await removeJob(parts, job);
    }
    if (found.length < PAGE) return;
  }
}

async function removeAll<T extends Stored>(database: Database, from: Collection<T>, { _id }: Job): Promise<void> {
  for (;;) {
    const page = await database.parts(from, partsOf(_id), { fields: [], limit: PAGE });
    if (page.length === 0) return;
    await database.removeIds(
      from,
      page.map(({ _id: id }) => id),
    );
  }
}

async function removeJob({ database, journal, now, committed }: RemovalParts, job: Job): Promise<void> {
  const changes = await transact(database, { now }, async (tx) => {
    await tx.remove(jobs, job);
    await journal.appendIn(tx, {
      ...{ at: tx.now, via: 'job', command: 'removeOldJobs', outcome: 'success' },
      ...{ actor: STEWARD, authority: 'service', ...effectOf(tx), requestId: 'cycle', address: '-' },
    });
    return tx.changes;
  });
  committed(changes);
}

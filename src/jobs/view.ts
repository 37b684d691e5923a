import { defined } from '../base/defined.ts';
import { refuse } from '../base/errors.ts';
import type { JobItem, JobView } from '../base/schemas/generated.ts';
import type { Reader } from '../store/collection.ts';
import { cursorOf, cutPage, readCursor } from '../store/cursor.ts';
import { type ItemOutcome, type Job, type JobKind, type JobState, jobs } from './job.ts';
import { itemsOf, jobParts, outcomesOf, partId } from './parts.ts';
import { pruningIn, stateReportIn } from './progress.ts';
import { verificationIn } from './verifyAudit.ts';

/** A job as administrators see it. */
export function jobView(job: Job): JobView {
  const { initiator, types, error, reverts, revertedBy } = job;
  const sum = (field: 'total' | ItemOutcome) => types.reduce((all, count) => all + count[field], 0);
  return defined({
    job: job._id,
    kind: job.kind,
    state: job.state,
    by: initiator.actor.name,
    for: initiator.onBehalfOf?.name,
    reason: initiator.reason,
    from: job.from?.name,
    to: job.to?.name,
    total: sum('total'),
    moved: sum('moved'),
    failed: sum('failed'),
    skipped: sum('skipped'),
    types: types.slice(),
    error,
    verification: verificationIn(job),
    stateVerification: stateReportIn(job),
    pruning: pruningIn(job),
    reverts,
    revertedBy,
    started: job.createdAt.toISOString(),
    finished: job.finishedAt?.toISOString(),
  });
}

/** @throws job_unknown */
export async function jobById(reader: Reader, id: string): Promise<Job> {
  const job = await reader.get(jobs, id);
  if (job === null) throw refuse('job_unknown', id);
  return job;
}

export interface JobQuery {
  readonly state?: JobState;
  readonly kind?: JobKind;
  readonly cursor?: string;
  readonly limit?: number;
}

const PAGE = 100;
const LIST = 'jobs';
const ITEMS = 'items of a job';

/** The newest first, a page at a time. */
export async function listJobs(
  reader: Reader,
  { state, kind, cursor, limit = PAGE }: JobQuery,
): Promise<{ jobs: JobView[]; next?: string }> {
  const before = cursor === undefined ? undefined : { $lt: readCursor(LIST, cursor, ['text'])[0] };
  const found = await reader.find(jobs, defined({ state, kind, _id: before }), {
    sort: { _id: -1 },
    limit: limit + 1,
  });
  const { page, last } = cutPage(found, limit);
  return defined({ jobs: page.map(jobView), next: last && cursorOf(LIST, last._id) });
}

export interface ItemQuery {
  readonly outcome?: ItemOutcome | 'open';
  readonly cursor?: string;
  readonly limit?: number;
}

/** A page of a job's items, each once, in the order in which it takes them. */
export async function jobItems(
  reader: Reader,
  job: Pick<Job, '_id' | 'retries'>,
  { outcome, cursor, limit = PAGE }: ItemQuery,
): Promise<{ items: JobItem[]; next?: string }> {
  const [first, offset] = cursor === undefined ? [0, 0] : readCursor(ITEMS, cursor, ['count', 'count']);
  const items: JobItem[] = [];
  for (let number = first; ; number += 1) {
    const part = await reader.get(jobParts, partId(job._id, number));
    if (part === null) return { items };
    const { upTo, exceptions } = await outcomesOf(reader, job._id, number);
    const retried = exceptions.size === 0 ? new Set<string>() : await retriedAfter(reader, job, number);
    for (const [place, item] of itemsOf(part).entries()) {
      if (number === first && place < offset) continue;
      const exception = exceptions.get(item.id);
      if (exception !== undefined && retried.has(item.id)) continue;
      const became = place >= upTo ? 'open' : (exception?.outcome ?? 'moved');
      if (outcome !== undefined && outcome !== became) continue;
      if (items.length === limit) return { items, next: cursorOf(ITEMS, number, place) };
      items.push(defined({ ...item, outcome: became, reason: exception?.reason, message: exception?.message }));
    }
  }
}

/** The ids of the items that a later part repeats; their outcomes are in that part. */
async function retriedAfter(
  reader: Reader,
  { _id, retries = [] }: Pick<Job, '_id' | 'retries'>,
  number: number,
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  const from = retries.find((part) => part > number);
  for (let part = from; part !== undefined; part += 1) {
    const found = await reader.get(jobParts, partId(_id, part));
    if (found === null) break;
    for (const { id } of itemsOf(found)) ids.add(id);
  }
  return ids;
}

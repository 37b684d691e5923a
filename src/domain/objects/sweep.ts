import type { Database } from '../../store/database.ts';
import { contents, KEPT_MS } from './content.ts';
import { versions } from './object.ts';

const PAGE = 1_000;

/** How far contents and files were checked. One check is enough, since versions never give up their content. */
export interface SweepProgress {
  readonly contents: Date;
  readonly files: Date;
}

export const SWEEP_START: SweepProgress = { contents: new Date(0), files: new Date(0) };

/**
 * Removes what saves without a commit left behind, when it is older than an hour: contents that no version has, files
 * without a content, and pieces of files.
 *
 * @param since the progress of the last sweep
 * @returns the progress of this one
 */
export async function sweepContents(
  database: Database,
  since: SweepProgress,
  { now, signal }: { readonly now: Date; readonly signal: AbortSignal },
): Promise<SweepProgress> {
  const before = new Date(now.getTime() - KEPT_MS);
  const ofContents = await sweepPages(since.contents, signal, async (from) => {
    const filter = { createdAt: { $gte: from, $lt: before } };
    const options = { sort: { createdAt: 1 }, limit: PAGE } as const;
    const page = await database.parts(contents, filter, { fields: ['createdAt'], ...options });
    const used = new Set(await database.distinct(versions, 'checksum', { checksum: { $in: page.map((c) => c._id) } }));
    for (const { _id } of page.filter((c) => !used.has(c._id))) {
      // A save of the same data has meanwhile raised the time, and the content stays.
      await database.removeOne(contents, _id, { createdAt: { $lt: before } });
    }
    return page.map((c) => c.createdAt);
  });
  const ofFiles = await sweepPages(since.files, signal, async (from) => {
    const page = await database.files.written(from, before, PAGE);
    const names = page.map((f) => f.name);
    const known = new Set((await database.parts(contents, { _id: { $in: names } }, { fields: [] })).map((c) => c._id));
    for (const { id } of page.filter((f) => !known.has(f.name))) await database.files.remove(id);
    return page.map((f) => f.writtenAt);
  });
  if (!signal.aborted) await database.files.removeUnfinished(before);
  return { contents: ofContents, files: ofFiles };
}

/**
 * Sweeps pages until one is not full. The next page begins with the last time of the one before, so nothing is missed.
 */
async function sweepPages(since: Date, signal: AbortSignal, sweep: (from: Date) => Promise<Date[]>): Promise<Date> {
  let from = since;
  while (!signal.aborted) {
    const instants = await sweep(from);
    const last = instants.at(-1) ?? from;
    const stuck = last.getTime() === from.getTime();
    from = stuck && instants.length === PAGE ? new Date(last.getTime() + 1) : last;
    if (instants.length < PAGE) break;
  }
  return from;
}

import type { Database } from '../../store/database.ts';
import { contents, KEPT_MS } from './content.ts';
import { versions } from './object.ts';

const PAGE = 1_000;

/** How far contents and files were looked through: each is looked at once, since what a version has it has for ever. */
export interface Swept {
  readonly contents: Date;
  readonly files: Date;
}

export const NOTHING_SWEPT: Swept = { contents: new Date(0), files: new Date(0) };

/**
 * Removes what saves left behind that never came to their commit: contents that no version has, files without a content,
 * and pieces of files; all of them older than an hour.
 *
 * @param since how far an earlier sweep came
 * @returns how far this one came
 */
export async function sweepContents(database: Database, since: Swept, now: Date, signal: AbortSignal): Promise<Swept> {
  const before = new Date(now.getTime() - KEPT_MS);
  const ofContents = await sweepPages(since.contents, signal, async (from) => {
    const filter = { createdAt: { $gte: from, $lt: before } };
    const options = { sort: { createdAt: 1 }, limit: PAGE } as const;
    const page = await database.parts(contents, filter, { fields: ['createdAt'] }, options);
    const used = new Set(await database.distinct(versions, 'checksum', { checksum: { $in: page.map((c) => c._id) } }));
    for (const { _id } of page.filter((c) => !used.has(c._id))) {
      // Who saves the same data this very moment has raised the instant, and keeps it.
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

/** Pages by instant until one is not full. What has the last instant of a page is looked at again with the next. */
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

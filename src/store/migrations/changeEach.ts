import { BSON, type Document } from 'mongodb';
import { groupBy } from '../../base/groupBy.ts';
import type { Database } from '../database.ts';
import { keepPasses, type PassProgress } from './format.ts';
import { type MigrationContext, MigrationInterrupted, type Pass, type Write } from './migration.ts';

/** The limits of a batch, which keep its transaction short. */
const BATCH_DOCUMENTS = 500;
const BATCH_BYTES = 4 * 1024 * 1024;

type Change = Parameters<MigrationContext['changeEach']>[1];

interface Batch {
  readonly documents: readonly Document[];
  readonly isLast: boolean;
}

interface Planned {
  readonly writes: readonly Write[];
  readonly progress: PassProgress;
}

/** The state of a step while it runs. */
export interface Run {
  readonly database: Database;
  readonly signal: AbortSignal;
  /** Undefined in a dry run, which counts and writes nothing. */
  readonly holder: string | undefined;
  /** The progress of the step's passes so far. */
  passes: readonly PassProgress[];
}

/** @see MigrationContext.changeEach */
export async function changeEach(run: Run, pass: Pass, change: Change): Promise<number> {
  for (;;) {
    const known = run.passes.find((p) => p.name === pass.name);
    if (known?.done) return known.writes;
    if (run.signal.aborted) throw new MigrationInterrupted('the process is to end, or lost its lease');
    const begun: PassProgress = known ?? { name: pass.name, after: null, writes: 0, done: false };
    const batch = await read(run.database, pass, begun);
    const writes = await writesOf(batch, change);
    const progress = progressed(begun, batch, writes.length);
    const { holder } = run;
    if (holder !== undefined) await applied({ ...run, holder }, { writes, progress });
    run.passes = withPass(run.passes, progress);
  }
}

/** Writes a batch and the progress in one transaction. The documents can be read before it, since nobody else writes. */
async function applied({ database, holder, passes }: Run & { readonly holder: string }, batch: Planned): Promise<void> {
  const session = database.client.startSession();
  try {
    await session.withTransaction(
      async () => {
        for (const [name, group] of groupBy(batch.writes, ({ collection }) => collection)) {
          const operations = group.map(({ operation }) => operation);
          await database.db.collection<Document>(name).bulkWrite(operations, { session });
        }
        await keepPasses(database.db, { holder, passes: withPass(passes, batch.progress) }, session);
      },
      { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' }, readPreference: 'primary' },
    );
  } finally {
    await session.endSession();
  }
}

async function read(
  { db }: Database,
  { collection, filter = {}, projection }: Pass,
  { after }: PassProgress,
): Promise<Batch> {
  const rest = after === null ? filter : { $and: [{ _id: { $gt: after } }, filter] };
  const cursor = db.collection<Document>(collection).find(rest, {
    sort: { _id: 1 },
    batchSize: 100,
    readPreference: 'primary',
    ...(projection === undefined ? {} : { projection }),
  });
  const documents: Document[] = [];
  let bytes = 0;
  try {
    for await (const document of cursor) {
      documents.push(document);
      bytes += BSON.calculateObjectSize(document);
      if (documents.length >= BATCH_DOCUMENTS || bytes >= BATCH_BYTES) return { documents, isLast: false };
    }
  } finally {
    await cursor.close();
  }
  return { documents, isLast: true };
}

async function writesOf({ documents }: Batch, change: Change): Promise<Write[]> {
  const writes: Write[] = [];
  for (const document of documents) writes.push(...(await change(document)));
  return writes;
}

const progressed = (
  { name, after, writes }: PassProgress,
  { documents, isLast }: Batch,
  more: number,
): PassProgress => ({
  name,
  after: documents.at(-1)?._id ?? after,
  writes: writes + more,
  done: isLast,
});

const withPass = (passes: readonly PassProgress[], pass: PassProgress) => [
  ...passes.filter((p) => p.name !== pass.name),
  pass,
];

import { MongoServerError } from 'mongodb';
import { changeEach, type Run } from './changeEach.ts';
import { type Migration, MigrationInterrupted, type ObsoleteIndex } from './migration.ts';

/** MongoDB's codes for a missing collection or index. */
const MISSING: readonly unknown[] = [26, 27];

/** Runs a step, or counts its writes in a dry run. @returns the number of writes */
export async function runStep(step: Migration, run: Run, report: (line: string) => void): Promise<number> {
  const { database, signal } = run;
  const dryRun = run.holder === undefined;
  await step.run?.({
    db: database.db,
    dryRun,
    signal,
    report: (line) => report(`  ${line}`),
    changeEach: async (pass, change) => {
      const writes = await changeEach(run, pass, change);
      report(`  ${pass.name}: ${dryRun ? `${writes} to write` : `${writes} written`}`);
      return writes;
    },
  });
  for (const obsolete of step.obsoleteIndexes ?? []) {
    if (signal.aborted) throw new MigrationInterrupted('the process is to end, or lost its lease');
    if (await dropped(run, obsolete)) {
      report(`  index ${obsolete.index} of ${obsolete.collection}: ${dryRun ? 'to drop' : 'dropped'}`);
    }
  }
  return run.passes.reduce((sum, { writes }) => sum + writes, 0);
}

/** Drops the index unless it is a dry run. @returns whether it existed */
async function dropped({ database, holder }: Run, { collection, index }: ObsoleteIndex): Promise<boolean> {
  const on = database.db.collection(collection);
  try {
    if (holder === undefined) return (await on.indexes()).some(({ name }) => name === index);
    await on.dropIndex(index);
    return true;
  } catch (error) {
    if (error instanceof MongoServerError && MISSING.includes(error.code)) return false;
    throw error;
  }
}

import { type ClientSession, type Db, MongoServerError } from 'mongodb';
import { OperatorError } from '../../base/errors.ts';
import { collection, type Stored } from '../collection.ts';
import type { Transaction } from '../transaction.ts';
import { FIRST_FORMAT } from './index.ts';
import { MigrationInterrupted } from './migration.ts';

/** The progress of one pass of the current step. */
export interface PassProgress {
  readonly name: string;
  /** The id of the last document that was processed. */
  readonly after: unknown;
  readonly writes: number;
  readonly done: boolean;
}

/** The current migration. Only its holder may write documents meanwhile. */
interface Migrating {
  /** The target format. */
  readonly to: number;
  /** A process that takes over sets its own id, after which the previous one can commit nothing more. */
  readonly holder: string;
  /** The passes of the step from the current format. */
  readonly passes: readonly PassProgress[];
}

export interface AppliedStep {
  readonly step: string;
  /** The format after the step. */
  readonly format: number;
  readonly at: Date;
  /** The version of the program that applied it. */
  readonly program: string;
  readonly writes: number;
}

/** The version document, which holds the format of the database. Only databases of format 1 may lack it. */
export interface FormatDocument extends Stored {
  readonly format: number;
  /** The version of the program that created the database or applied the last step. */
  readonly program: string;
  readonly history: readonly AppliedStep[];
  /** The audit records all steps up to this format. */
  readonly recorded: number;
  readonly migrating?: Migrating;
}

export const meta = collection<FormatDocument>('meta');

const FORMAT_ID = 'format';

/** This collection exists in every database that was used before the version document was introduced. */
const FIRST_FORMAT_COLLECTION = 'roster';

const majority = { writeConcern: { w: 'majority' as const } };
const formats = (db: Db) => db.collection<FormatDocument>(meta.name);

/** Thrown if this program must not use the database. The message tells the operator why and what to do. */
export class FormatError extends OperatorError {}

export const readFormat = (db: Db, session?: ClientSession): Promise<FormatDocument | null> =>
  formats(db).findOne({ _id: FORMAT_ID }, session === undefined ? {} : { session });

/** The format of the database; undefined for a new one. */
export async function formatOf(db: Db): Promise<number | undefined> {
  const document = await readFormat(db);
  if (document !== null) return document.format;
  const old = await db.listCollections({ name: FIRST_FORMAT_COLLECTION }, { nameOnly: true }).toArray();
  return old.length > 0 ? FIRST_FORMAT : undefined;
}

/** The update that creates the version document if it is missing. */
export const stampOf = (format: number, program: string) => ({
  filter: { _id: FORMAT_ID },
  update: { $setOnInsert: { revision: 1, format, program, history: [], recorded: format } },
});

/** Creates the version document if it is missing. */
export async function stamp(db: Db, format: number, program: string): Promise<void> {
  const { filter, update } = stampOf(format, program);
  await formats(db)
    .updateOne(filter, update, { upsert: true, ...majority })
    .catch((error) => {
      // Another instance was first.
      if (!(error instanceof MongoServerError && error.code === 11000)) throw error;
    });
}

/** Marks the database as being migrated. From now on, instances stop and only this holder writes. */
export async function beginMigration(
  db: Db,
  { to, holder }: Pick<Migrating, 'to' | 'holder'>,
): Promise<FormatDocument> {
  const passes = { $ifNull: ['$migrating.passes', []] };
  const begun = await formats(db).findOneAndUpdate(
    { _id: FORMAT_ID },
    [{ $set: { migrating: { to, holder, passes }, revision: { $add: ['$revision', 1] } } }],
    { returnDocument: 'after', ...majority },
  );
  if (begun === null) throw new MigrationInterrupted('the version document was removed');
  return begun;
}

/** Undoes {@link beginMigration} before anything was changed. */
export async function giveUpMigration(db: Db, holder: string): Promise<void> {
  const held = { _id: FORMAT_ID, 'migrating.holder': holder };
  await formats(db).updateOne(held, { $unset: { migrating: '' }, $inc: { revision: 1 } }, majority);
}

/** Stores the progress of the passes in the transaction of a batch. @throws MigrationInterrupted */
export async function keepPasses(
  db: Db,
  { holder, passes }: Pick<Migrating, 'holder' | 'passes'>,
  session: ClientSession,
): Promise<void> {
  const held = { _id: FORMAT_ID, 'migrating.holder': holder };
  const update = { $set: { 'migrating.passes': passes }, $inc: { revision: 1 } };
  assertHeld(await formats(db).updateOne(held, update, { session }));
}

/** Sets the next format when a step is complete. @throws MigrationInterrupted */
export async function endStep(db: Db, holder: string, { isLast, ...step }: AppliedStep & { isLast: boolean }) {
  const held = { _id: FORMAT_ID, 'migrating.holder': holder, format: step.format - 1 };
  const next = isLast ? { $unset: { migrating: '' as const } } : {};
  const set = { format: step.format, program: step.program, ...(isLast ? {} : { 'migrating.passes': [] }) };
  const update = { $set: set, $push: { history: step }, $inc: { revision: 1 }, ...next };
  assertHeld(await formats(db).updateOne(held, update, majority));
}

/** Adds the steps that are in no audit record yet to the record of this transaction. */
export async function recordSteps(tx: Transaction): Promise<void> {
  const document = await tx.get(meta, FORMAT_ID);
  if (document === null || document.recorded === document.format) return;
  for (const { step, format, writes, program } of document.history.filter((h) => h.format > document.recorded)) {
    tx.remark(`Steward ${program} migrated the database to format ${format} by the step ${step}: ${writes} writes`);
  }
  await tx.update(meta, document, { ...document, recorded: document.format });
}

function assertHeld({ matchedCount }: { readonly matchedCount: number }): void {
  if (matchedCount !== 1) throw new MigrationInterrupted('another process took over');
}

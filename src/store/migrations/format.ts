import { type ClientSession, type Db, MongoServerError } from 'mongodb';
import { OperatorError } from '../../base/errors.ts';
import { collection, type Stored } from '../collection.ts';
import type { Transaction } from '../transaction.ts';
import { FIRST_FORMAT } from './index.ts';
import { MigrationInterrupted } from './migration.ts';

/** How far one pass of the step that is under way has come. */
export interface PassProgress {
  readonly name: string;
  /** The id of the last document that was dealt with. */
  readonly after: unknown;
  readonly writes: number;
  readonly done: boolean;
}

/** The migration that is under way. Only its holder may write documents meanwhile. */
interface Migrating {
  /** The format that it is to end in. */
  readonly to: number;
  /** Another process that takes over puts its own id here: the one before can commit nothing any more. */
  readonly holder: string;
  /** Of the step that leads on from the present format. */
  readonly passes: readonly PassProgress[];
}

/** A step that was applied. */
export interface AppliedStep {
  readonly step: string;
  /** The format that it ended in. */
  readonly format: number;
  readonly at: Date;
  /** The version of the program that applied it. */
  readonly program: string;
  readonly writes: number;
}

/** The version document: which format the database has. There is one, in every database but those of before it. */
export interface FormatDocument extends Stored {
  readonly format: number;
  /** The version of the program that made the database, or applied the last step. */
  readonly program: string;
  readonly history: readonly AppliedStep[];
  /** The audit has every step up to this format. */
  readonly recorded: number;
  readonly migrating?: Migrating;
}

export const meta = collection<FormatDocument>('meta');

const FORMAT_ID = 'format';

/** Every database that a service of before the version document had started on has this one. */
const FIRST_FORMAT_COLLECTION = 'roster';

const majority = { writeConcern: { w: 'majority' as const } };
const formats = (db: Db) => db.collection<FormatDocument>(meta.name);

/** Thrown where this program must not work on the database; the message tells the operator why and what to do. */
export class FormatError extends OperatorError {}

/** The version document; null where there is none. */
export const readFormat = (db: Db, session?: ClientSession): Promise<FormatDocument | null> =>
  formats(db).findOne({ _id: FORMAT_ID }, session === undefined ? {} : { session });

/** The format of the database; undefined for one that no Steward has used yet. */
export async function formatOf(db: Db): Promise<number | undefined> {
  const document = await readFormat(db);
  if (document !== null) return document.format;
  const old = await db.listCollections({ name: FIRST_FORMAT_COLLECTION }, { nameOnly: true }).toArray();
  return old.length > 0 ? FIRST_FORMAT : undefined;
}

/** Writes the version document of a database that has none. */
export async function stamp(db: Db, format: number, program: string): Promise<void> {
  const fields = { revision: 1, format, program, history: [], recorded: format };
  const options = { upsert: true, ...majority };
  await formats(db)
    .updateOne({ _id: FORMAT_ID }, { $setOnInsert: fields }, options)
    .catch((error) => {
      // Another instance was first.
      if (!(error instanceof MongoServerError && error.code === 11000)) throw error;
    });
}

/** Says that the database is being migrated: from now on instances stop, and only this holder writes. */
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

/** Takes {@link beginMigration} back, before anything was changed. */
export async function giveUpMigration(db: Db, holder: string): Promise<void> {
  const held = { _id: FORMAT_ID, 'migrating.holder': holder };
  await formats(db).updateOne(held, { $unset: { migrating: '' }, $inc: { revision: 1 } }, majority);
}

/** Keeps the progress of the passes, in the transaction of a batch. @throws MigrationInterrupted */
export async function keepPasses(
  db: Db,
  { holder, passes }: Pick<Migrating, 'holder' | 'passes'>,
  session: ClientSession,
): Promise<void> {
  const held = { _id: FORMAT_ID, 'migrating.holder': holder };
  const update = { $set: { 'migrating.passes': passes }, $inc: { revision: 1 } };
  assertHeld(await formats(db).updateOne(held, update, { session }));
}

/** The step is done: the database has the next format. @throws MigrationInterrupted */
export async function endStep(db: Db, holder: string, { isLast, ...step }: AppliedStep & { isLast: boolean }) {
  const held = { _id: FORMAT_ID, 'migrating.holder': holder, format: step.format - 1 };
  const next = isLast ? { $unset: { migrating: '' as const } } : {};
  const set = { format: step.format, program: step.program, ...(isLast ? {} : { 'migrating.passes': [] }) };
  const update = { $set: set, $push: { history: step }, $inc: { revision: 1 }, ...next };
  assertHeld(await formats(db).updateOne(held, update, majority));
}

/** Has the audit record of this transaction tell of the steps that no record tells of yet. */
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

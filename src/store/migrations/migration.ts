import type { AnyBulkWriteOperation, Db, Document } from 'mongodb';
import { OperatorError } from '../../base/errors.ts';

/**
 * A step from one format of the database to the next. Never change a released step. It names collections and fields
 * literally and imports no domain code, which changes later.
 */
export interface Migration {
  /** Unique, in kebab case, such as `keyed-request-digests`. Stored with the progress, so never rename it. */
  readonly name: string;
  /** One sentence for the operator: what the step changes, and why. */
  readonly summary: string;
  /**
   * Changes documents with `context.changeEach`. After an interruption it is called again and must make the same calls in
   * the same order: completed passes are skipped, and the interrupted one continues after its last committed batch. Absent
   * if the step only drops indexes or declares moves.
   */
  readonly run?: (context: MigrationContext) => Promise<void>;
  /** Indexes that are no longer declared, which are dropped after `run`. New ones are created at start. */
  readonly obsoleteIndexes?: readonly ObsoleteIndex[];
  /** The documents that this step moves to another collection, so that old audit records are still understood. */
  readonly moves?: readonly Move[];
}

export interface ObsoleteIndex {
  readonly collection: string;
  /** The name of the index, such as `owner_1_name_1`. */
  readonly index: string;
}

/**
 * A move of all or some documents of one collection to another; they keep their `_id`. An audit record that names one
 * collection may then mean a document of either.
 */
export interface Move {
  readonly from: string;
  readonly to: string;
}

/** What a step works with. In a dry run, its functions change nothing. */
export interface MigrationContext {
  /** For reads only; write through `changeEach`. */
  readonly db: Db;
  readonly dryRun: boolean;
  /** Aborts if the lease is lost or the process must end. `changeEach` checks it; long reads of a step should too. */
  readonly signal: AbortSignal;
  /** Reports a line to the operator, besides the counts. */
  readonly report: (line: string) => void;
  /**
   * Iterates over the documents of one collection in the order of their ids. Each batch of writes is in one transaction with
   * the progress, so each document is changed exactly once despite interruptions. Changes need not be idempotent.
   *
   * @param change returns the writes for one document, or none. After an interruption it is called again for documents
   *   whose batch was not committed
   * @returns the number of writes, including those before an interruption; in a dry run, of writes that would be made
   * @throws MigrationInterrupted if the signal aborts or another process took over
   */
  readonly changeEach: (
    pass: Pass,
    change: (document: Document) => readonly Write[] | Promise<readonly Write[]>,
  ) => Promise<number>;
}

export interface Pass {
  /** Unique within the step, such as `drop bindings`; shown to the operator with its count. */
  readonly name: string;
  readonly collection: string;
  /** The documents to read; all if absent. It is applied again after an interruption. */
  readonly filter?: Document;
  /** The fields to read; all if absent. */
  readonly projection?: Document;
}

/**
 * A write of one document. Filters must name `_id`; updates must raise `revision` by one (`$inc: { revision: 1 }`), and
 * inserts set it to 1.
 */
export interface Write {
  readonly collection: string;
  readonly operation: AnyBulkWriteOperation<Document>;
}

/** Thrown if the migration stops early, because the process must end or another took over. The next start continues it. */
export class MigrationInterrupted extends OperatorError {
  constructor(why: string) {
    super(`The migration was interrupted: ${why}. It goes on where it was at the next start.`);
  }
}

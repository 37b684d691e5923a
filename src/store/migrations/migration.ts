import type { AnyBulkWriteOperation, Db, Document } from 'mongodb';
import { OperatorError } from '../../base/errors.ts';

/**
 * One step from a format of the database to the next. A step is frozen once it is released: it names collections and
 * fields as they were in its time, literally, and imports nothing of the domain, whose code goes on changing.
 */
export interface Migration {
  /** Unique, in kebab case, such as `keyed-request-digests`. Stored with the checkpoint: never renamed. */
  readonly name: string;
  /** One sentence for the operator: what the step changes, and why. */
  readonly summary: string;
  /**
   * Changes the documents, by `context.changeEach`. It may be called again after it was interrupted anywhere, and then
   * makes the same calls in the same order: passes that were completed are skipped, the interrupted one goes on after its
   * last committed batch. A step that only drops indexes or declares moves has none.
   */
  readonly run?: (context: MigrationContext) => Promise<void>;
  /** Indexes that nothing declares any more: dropped after `run`, where they are there. New ones are made at start. */
  readonly obsoleteIndexes?: readonly ObsoleteIndex[];
  /** Documents that this step puts into another collection, so that old audit records are still understood. */
  readonly moves?: readonly Move[];
}

export interface ObsoleteIndex {
  readonly collection: string;
  /** The index's name, such as `owner_1_name_1`. */
  readonly index: string;
}

/**
 * Documents of one collection, all or some, that the step puts into another; they keep their `_id`. An audit record that
 * names the one collection is then taken to mean the document of that id in either.
 */
export interface Move {
  readonly from: string;
  readonly to: string;
}

/** What a step works with. It is the same in a dry run, in which nothing that a step calls here changes anything. */
export interface MigrationContext {
  /** To read with. Whatever is written goes through `changeEach`. */
  readonly db: Db;
  readonly dryRun: boolean;
  /** Aborts when the lease is lost or the process is to end. `changeEach` heeds it; long reads of a step should. */
  readonly signal: AbortSignal;
  /** Tells the operator something that counts do not, in one line. */
  readonly report: (line: string) => void;
  /**
   * Goes through the documents of one collection in the order of their ids. The writes of a batch of them and the
   * checkpoint are one transaction: each document is changed exactly once, however often the step is interrupted. A
   * change need not be idempotent.
   *
   * @param change the writes for one document; none where it stays as it is. It is called again, after an interruption,
   *   for a document whose batch was not committed
   * @returns the number of writes, those of before an interruption included; in a dry run those that would be made
   * @throws MigrationInterrupted when the signal aborts or another process took over
   */
  readonly changeEach: (
    pass: Pass,
    change: (document: Document) => readonly Write[] | Promise<readonly Write[]>,
  ) => Promise<number>;
}

export interface Pass {
  /** Tells the passes of one step apart, such as `drop bindings`; shown to the operator with its count. */
  readonly name: string;
  readonly collection: string;
  /** Which of the collection's documents to read; all where absent. It is applied anew after an interruption. */
  readonly filter?: Document;
  /** The fields to read; all where absent. */
  readonly projection?: Document;
}

/**
 * One write to one document. Filters name `_id`; updates raise `revision` by one, as every change of a document does
 * (`$inc: { revision: 1 }`), and inserts set it to 1.
 */
export interface Write {
  readonly collection: string;
  readonly operation: AnyBulkWriteOperation<Document>;
}

/** The migration ends here, and goes on at the next start: the process is to end, or another took over. */
export class MigrationInterrupted extends OperatorError {
  constructor(why: string) {
    super(`The migration was interrupted: ${why}. It goes on where it was at the next start.`);
  }
}

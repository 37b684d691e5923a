import { type ChangeStream, type Db, type Document, MongoServerError, Timestamp } from 'mongodb';
import { refuse } from '../base/errors.ts';
import type { ClusterTime } from './clusterClock.ts';
import type { AnyCollection } from './collection.ts';

/** Where reading of commits begins: at a cluster time, or after the event of a change stream's resume token. */
export type CommitPosition = { readonly at: ClusterTime } | { readonly after: string };

/** The insertion of a document. */
export interface Inserted {
  readonly id: string;
  readonly committed: ClusterTime;
  /** Reading from here begins with this document. */
  readonly from: CommitPosition;
  /** Reading from here begins with the next document. */
  readonly after: CommitPosition;
  /** The fields of the document that were asked for. */
  readonly fields: Document;
}

export interface InsertedFilter {
  /** Only documents with lower ids. */
  readonly below?: string;
  /** Only documents that lack this field. */
  readonly without?: string;
  /** The fields of the documents that are needed; none by default. */
  readonly fields?: readonly string[];
}

/** How many milliseconds the database waits for new events; 0 would mean its default of a second. */
const AWAIT_MS = 1;

/** How many events one answer has, at most. By default it has 16 MB of them, which take several times as much memory. */
const EVENTS = 500;

/** ChangeStreamFatalError, for a token that the oplog does not know, and ChangeStreamHistoryLost. */
const LOST = [280, 286];

/**
 * The documents of a collection in the order of their commits, up to now.
 *
 * @throws cursor_outdated if the oplog does not reach back that far, or for an unreadable resume token
 */
export async function* insertedSince(
  db: Db,
  of: AnyCollection,
  options: InsertedFilter & { readonly from: CommitPosition },
): AsyncGenerator<Inserted> {
  const insertions = new Insertions(db, of, options);
  try {
    for (let next = await insertions.next(); next !== undefined; next = await insertions.next()) yield next;
  } finally {
    await insertions.close();
  }
}

/** Follows the documents that are inserted into a collection, in the order of their commits. */
export class Insertions {
  readonly #stream: ChangeStream;
  readonly #from: CommitPosition;
  #before: CommitPosition;

  constructor(
    db: Db,
    of: AnyCollection,
    { from, below, without, fields = [] }: InsertedFilter & { readonly from: CommitPosition },
  ) {
    const lower = below === undefined ? {} : { 'documentKey._id': { $lt: below } };
    const lacking = without === undefined ? {} : { [`fullDocument.${without}`]: { $exists: false } };
    const wanted = Object.fromEntries(fields.map((field) => [`fullDocument.${field}`, 1]));
    this.#from = from;
    this.#before = from;
    this.#stream = db
      .collection(of.name)
      .watch(
        [
          { $match: { operationType: 'insert', ...lower, ...lacking } },
          { $project: { documentKey: 1, clusterTime: 1, ...wanted } },
        ],
        {
          ...('at' in from
            ? { startAtOperationTime: new Timestamp({ t: from.at.t, i: from.at.i }) }
            : { resumeAfter: { _data: from.after } }),
          maxAwaitTimeMS: AWAIT_MS,
          batchSize: EVENTS,
        },
      );
  }

  /**
   * The next document; undefined if there is none yet.
   *
   * @throws cursor_outdated
   */
  async next(): Promise<Inserted | undefined> {
    try {
      const event = await this.#stream.tryNext();
      if (event === null) return undefined;
      if (event.operationType === 'invalidate') throw refuse('cursor_outdated');
      const { documentKey, clusterTime, _id, fullDocument = {} } = event as unknown as InsertEvent;
      const after = { after: _id._data };
      const committed = { t: clusterTime.t, i: clusterTime.i };
      const inserted = { id: documentKey._id, committed, from: this.#before, after, fields: fullDocument };
      this.#before = after;
      return inserted;
    } catch (error) {
      throw isLost(error, this.#from) ? refuse('cursor_outdated') : error;
    }
  }

  /** Reading from here begins with the first document that is not read yet. It goes on even if nothing is inserted. */
  get position(): CommitPosition {
    const token = this.#stream.resumeToken as { readonly _data: string } | null | undefined;
    return token ? { after: token._data } : this.#before;
  }

  close(): Promise<void> {
    return this.#stream.close();
  }
}

/** The server has many errors for unreadable tokens; only errors of an unavailable server have a label. */
function isLost(error: unknown, from: CommitPosition): boolean {
  if (!(error instanceof MongoServerError)) return false;
  return LOST.includes(Number(error.code)) || ('after' in from && error.errorLabels.length === 0);
}

interface InsertEvent {
  readonly _id: { readonly _data: string };
  readonly documentKey: { readonly _id: string };
  readonly clusterTime: Timestamp;
  readonly fullDocument?: Document;
}

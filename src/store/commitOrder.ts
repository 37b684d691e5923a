import { type Db, MongoServerError, Timestamp } from 'mongodb';
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
}

export interface InsertedFilter {
  /** Only documents with lower ids. */
  readonly below?: string;
  /** Only documents that lack this field. */
  readonly without?: string;
}

/** How many milliseconds the database waits for new events; 0 would mean its default of a second. */
const AWAIT_MS = 1;

const CHANGE_STREAM_HISTORY_LOST = 286;

/**
 * The documents of a collection in the order of their commits, up to now.
 *
 * @throws cursor_outdated if the oplog does not reach back that far, or for an unreadable resume token
 */
export async function* insertedSince(
  db: Db,
  of: AnyCollection,
  { from, below, without }: InsertedFilter & { readonly from: CommitPosition },
): AsyncGenerator<Inserted> {
  const lower = below === undefined ? {} : { 'documentKey._id': { $lt: below } };
  const lacking = without === undefined ? {} : { [`fullDocument.${without}`]: { $exists: false } };
  const stream = db
    .collection(of.name)
    .watch(
      [{ $match: { operationType: 'insert', ...lower, ...lacking } }, { $project: { documentKey: 1, clusterTime: 1 } }],
      {
        ...('at' in from
          ? { startAtOperationTime: new Timestamp({ t: from.at.t, i: from.at.i }) }
          : { resumeAfter: { _data: from.after } }),
        maxAwaitTimeMS: AWAIT_MS,
      },
    );
  try {
    let before = from;
    for (;;) {
      const event = await stream.tryNext();
      if (event === null) return;
      if (event.operationType === 'invalidate') throw refuse('cursor_outdated');
      const { documentKey, clusterTime, _id } = event as unknown as InsertEvent;
      const after = { after: _id._data };
      yield { id: documentKey._id, committed: { t: clusterTime.t, i: clusterTime.i }, from: before, after };
      before = after;
    }
  } catch (error) {
    throw isLost(error, from) ? refuse('cursor_outdated') : error;
  } finally {
    await stream.close();
  }
}

/** The server has many errors for unreadable tokens; only errors of an unavailable server have a label. */
function isLost(error: unknown, from: CommitPosition): boolean {
  if (!(error instanceof MongoServerError)) return false;
  return error.code === CHANGE_STREAM_HISTORY_LOST || ('after' in from && error.errorLabels.length === 0);
}

interface InsertEvent {
  readonly _id: { readonly _data: string };
  readonly documentKey: { readonly _id: string };
  readonly clusterTime: Timestamp;
}

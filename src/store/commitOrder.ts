import { type Db, MongoServerError, Timestamp } from 'mongodb';
import { refuse } from '../base/errors.ts';
import type { ClusterTime } from './clusterClock.ts';
import type { AnyCollection } from './collection.ts';

/** Where a reading of commits begins: at a cluster time, or after what a token stands for. */
export type CommitPosition = { readonly at: ClusterTime } | { readonly after: string };

/** A document that was inserted. */
export interface Inserted {
  readonly id: string;
  readonly committed: ClusterTime;
  /** Begins with this document; */
  readonly from: CommitPosition;
  /** begins with the next. */
  readonly after: CommitPosition;
}

/** Which documents. */
export interface Which {
  readonly below?: string;
  readonly without?: string;
}

/** How long the database waits for what is not there yet, in milliseconds; 0 would mean its default, a second. */
const AWAIT_MS = 1;

const CHANGE_STREAM_HISTORY_LOST = 286;

/**
 * The documents of a collection in the order in which they were committed, up to those that are committed now.
 *
 * @param which only those whose ids are lower than `below`, and which lack the field `without`
 * @throws cursor_outdated where the database does not keep commits for so long, and for a token that it cannot read
 */
export async function* insertedSince(
  db: Db,
  of: AnyCollection,
  { from, below, without }: Which & { readonly from: CommitPosition },
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

/** The server has many errors for tokens that it cannot read; those of a server in trouble have a label. */
function isLost(error: unknown, from: CommitPosition): boolean {
  if (!(error instanceof MongoServerError)) return false;
  return error.code === CHANGE_STREAM_HISTORY_LOST || ('after' in from && error.errorLabels.length === 0);
}

interface InsertEvent {
  readonly _id: { readonly _data: string };
  readonly documentKey: { readonly _id: string };
  readonly clusterTime: Timestamp;
}

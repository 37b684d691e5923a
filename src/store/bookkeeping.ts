/**
 * How a document that no audit record lists may be stored:
 *
 * - `outside`: outside of any transaction
 * - `inside`: in a transaction, without a record
 * - `attached`: only in the transaction of a recorded change
 */
export type BookkeepingKind = 'outside' | 'inside' | 'attached';

export interface Bookkeeping {
  readonly collection: string;
  readonly stored: BookkeepingKind;
  readonly reason: string;
}

/**
 * Everything that the service stores without listing it in an audit record. Everything else is a change: a transaction
 * does not commit changes without a record of them, and no change is written outside of a transaction.
 */
export const BOOKKEEPING: readonly Bookkeeping[] = [
  { collection: 'audit', stored: 'outside', reason: 'Records of what had no effect: reads, refusals and dry runs.' },
  {
    collection: 'auditSnapshotParts',
    stored: 'outside',
    reason: 'What pruned records said, of no effect before a snapshot names it.',
  },
  { collection: 'counters', stored: 'outside', reason: 'The last number drawn: no effect before a change uses it.' },
  { collection: 'heads', stored: 'outside', reason: 'The last object number drawn in a workspace, and when.' },
  { collection: 'leases', stored: 'outside', reason: 'Which instance does a piece of background work.' },
  { collection: 'attempts', stored: 'outside', reason: 'Counts of attempts to log in and of calls, kept for minutes.' },
  { collection: 'sessionUses', stored: 'outside', reason: 'When a session was used last, to the nearest minutes.' },
  { collection: 'seenOwners', stored: 'outside', reason: 'Whose data somebody read by commands, kept for an hour.' },
  {
    collection: 'contents',
    stored: 'outside',
    reason: 'Data of objects, of no effect before a saved version names it.',
  },
  { collection: 'files.files', stored: 'outside', reason: 'Data of objects that is too large for a document.' },
  { collection: 'files.chunks', stored: 'outside', reason: 'Data of objects that is too large for a document.' },
  {
    collection: 'meta',
    stored: 'outside',
    reason: "The database's format; the steps to it stand in the record of start.",
  },
  { collection: 'instances', stored: 'outside', reason: 'Which instances of the service run.' },
  {
    collection: 'auditSegments',
    stored: 'inside',
    reason: 'The sealed log of the records: a record of it would have to be sealed itself.',
  },
  { collection: 'auditWitnesses', stored: 'inside', reason: 'What witnesses have cosigned of the log.' },
  { collection: 'auditHead', stored: 'inside', reason: 'How far the log is sealed, and its public keys.' },
  { collection: 'outbox', stored: 'inside', reason: 'The progress of sending e-mails.' },
  {
    collection: 'outbox',
    stored: 'attached',
    reason: 'E-mails to be sent: their text stands in the record as notices.',
  },
  { collection: 'idempotency', stored: 'attached', reason: 'The answer to an idempotency key; it names the record.' },
  { collection: 'jobParts', stored: 'outside', reason: 'Removed with a job that ended long ago.' },
  { collection: 'jobOutcomes', stored: 'outside', reason: 'Removed with a job that ended long ago.' },
  {
    collection: 'jobParts',
    stored: 'attached',
    reason: 'What a job will do: the record of each part says what it did.',
  },
  { collection: 'jobOutcomes', stored: 'attached', reason: 'What a part left out: its record has the counts.' },
];

const places = new Set(BOOKKEEPING.map(({ collection, stored }) => `${stored} ${collection}`));

/** Whether documents of the collection may be stored in this way without being listed in an audit record. */
export const isBookkeeping = (collection: string, stored: BookkeepingKind): boolean =>
  places.has(`${stored} ${collection}`);

/** @throws TypeError for a collection that may not be stored in this way */
export function assertBookkeeping(collection: string, stored: BookkeepingKind): void {
  if (isBookkeeping(collection, stored)) return;
  throw new TypeError(`${collection} is not bookkeeping (${stored}): its changes must stand in an audit record`);
}

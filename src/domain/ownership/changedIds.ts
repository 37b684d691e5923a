import type { Journal } from '../../audit/journal.ts';
import type { Authority } from '../../identity/authority.ts';
import { partyById } from '../../identity/party.ts';
import { livingByNames, type Principal, principals } from '../../identity/principal.ts';
import { STEWARD } from '../../identity/serviceNames.ts';
import { type Initiator, jobs } from '../../jobs/job.ts';
import { draftOf } from '../../jobs/runner.ts';
import type { Change } from '../../store/changes.ts';
import type { Database } from '../../store/database.ts';
import { transact } from '../../store/transact.ts';
import { resourceCollections } from '../resources/collections.ts';
import { beginTransfer } from './changeOwner.ts';

export interface ChangedIdsParts {
  readonly database: Database;
  readonly journal: Journal;
  readonly now: () => Date;
  /** That of the service itself. */
  readonly authority: Authority;
  readonly committed: (changes: readonly Change[]) => void;
}

const initiator: Initiator = {
  actor: STEWARD,
  authority: 'service',
  roles: [],
  reason: 'change-ownership-of-changed-user-ids',
  requestId: 'cycle',
  address: '-',
};

/**
 * Gives what each former user owned to the user whom the same issuer has since given the same name under another id.
 * Each transfer is a job that is begun once; administrators decide about transfers that failed or were reverted.
 */
export async function moveToChangedIds(parts: ChangedIdsParts, signal: AbortSignal): Promise<void> {
  const { database } = parts;
  const former = await database.find(principals, { living: false, subject: { $exists: true } });
  const living = await livingByNames(database, [...new Set(former.map((p) => p.username))]);
  for (const old of former) {
    if (signal.aborted) return;
    const successor = living.find((p) => succeeds(p, old));
    if (successor !== undefined && (await ownsAnything(database, old._id))) await begin(parts, old, successor);
  }
}

/** A user who existed before the old account was closed is somebody else, who was renamed. */
const succeeds = (successor: Principal, old: Principal) =>
  successor.username === old.username &&
  successor.issuer === old.issuer &&
  successor.state === 'active' &&
  old.closedAt !== undefined &&
  successor.createdAt >= old.closedAt;

async function ownsAnything(database: Database, id: string): Promise<boolean> {
  for (const from of resourceCollections) {
    const filter = { owners: { $eq: id } };
    if ((await database.parts(from, filter, { fields: [], limit: 1 })).length > 0) return true;
  }
  return false;
}

async function begin(parts: ChangedIdsParts, old: Principal, successor: Principal): Promise<void> {
  const { database, journal, now, authority, committed } = parts;
  const earlier = { kind: 'changedUserIds', 'from.id': { $eq: old._id } };
  const changes = await transact(database, { now }, async (tx) => {
    if ((await tx.find(jobs, earlier, { limit: 1 })).length > 0) return [];
    const from = await partyById(tx, old._id);
    const to = await partyById(tx, successor._id);
    const start = { initiator, authority, planned: false };
    const job = await beginTransfer(tx, start, { kind: 'changedUserIds', from, to, previousOwner: 'drop' });
    await journal.appendIn(tx, draftOf(job, tx));
    return tx.changes;
  });
  committed(changes);
}

import { MongoServerError } from 'mongodb';
import { Journal } from '../../../src/audit/journal.ts';
import { auditCollection, effectOf, type RecordDraft } from '../../../src/audit/record.ts';
import { moduleRequests, modules } from '../../../src/domain/modules/module.ts';
import { resourceCollections } from '../../../src/domain/resources/collections.ts';
import type { Resource } from '../../../src/domain/resources/resource.ts';
import { friendships } from '../../../src/identity/friends.ts';
import { passwords } from '../../../src/identity/passwords.ts';
import { type Principal, principals } from '../../../src/identity/principal.ts';
import { type Role, roles } from '../../../src/identity/roles.ts';
import { emptyRoster, ROSTER_ID, type Roster, rosters } from '../../../src/identity/roster.ts';
import { sessions } from '../../../src/identity/sessions.ts';
import { type Initiator, jobs } from '../../../src/jobs/job.ts';
import { jobOutcomes, jobParts } from '../../../src/jobs/parts.ts';
import { outbox } from '../../../src/notices/outbox.ts';
import { ITEM_LIMITS } from '../../../src/store/size.ts';
import { transact } from '../../../src/store/transact.ts';
import type { Transaction } from '../../../src/store/transaction.ts';
import { openDatabase } from '../../support/database.ts';
import { NOW } from '../../support/people.ts';
import { transactRecorded } from '../../support/recorded.ts';

const COLLECTIONS = [
  ...[
    ...resourceCollections,
    principals,
    roles,
    rosters,
    friendships,
    passwords,
    sessions,
    modules,
    moduleRequests,
    outbox,
  ],
  ...[jobs, jobParts, jobOutcomes, auditCollection],
];

/** As whom the service begins jobs in these tests. */
export const INITIATOR: Initiator = {
  ...{ actor: { id: 'boss', name: 'boss' }, authority: 'admin', roles: [], requestId: 'r1', address: '192.0.2.1' },
};

/** A plate of ann's, or another resource. */
export const thing = (_id: string, more: Partial<Resource> = {}): Resource => ({
  ...{ _id, revision: 1, type: 'plate', name: `name of ${_id}`, owners: ['ann'], grants: [], visibility: 'private' },
  ...{ createdAt: NOW, modifiedAt: NOW },
  ...more,
});

export const workspace = (number: number, name: string, more: Partial<Resource> = {}): Resource => ({
  ...thing(`ws${number}`, { type: 'workspace', name, ...more }),
  ...{ number, deleted: false, locked: false, meta: [] },
});

export const role = (_id: string, name: string, more: Partial<Role> = {}): Role => ({
  ...{ _id, revision: 1, name, living: true, members: [], size: 0, createdAt: NOW },
  ...more,
});

/** The part size of jobs, unless a test sets another. */
const PART = 2;

/** A database with what a change of owners can touch, and no service around it. */
/** An error of the server that makes a transaction run again. */
export function conflict(): MongoServerError {
  const error = new MongoServerError({ message: 'conflict', code: 112 });
  error.addErrorLabel('TransientTransactionError');
  return error;
}

export async function openEstate() {
  const database = await openDatabase(COLLECTIONS);
  const put = async (collection: string, ...documents: readonly object[]) => {
    await database.db.collection(collection).deleteMany({});
    if (documents.length > 0) await database.db.collection(collection).insertMany(documents.map((doc) => ({ ...doc })));
  };
  /** Sets how many items a step of a job takes. */
  const setPart = (perPart: number) => Object.assign(database, { limits: { ...ITEM_LIMITS, perPart } });
  const journal = new Journal(database, (error) => console.error(error));
  return {
    database,
    put,
    setPart,
    /** As `within`, with the record of a command, or what the body says besides. */
    command: <R>(body: (tx: Transaction) => Promise<readonly [R, Partial<RecordDraft>]>) =>
      transact(database, { now: () => NOW }, async (tx) => {
        const [result, more] = await body(tx);
        const { actor, authority, requestId, address } = INITIATOR;
        const draft = { at: tx.now, via: 'command', outcome: 'success', actor, authority, requestId, address } as const;
        if (tx.touched) await journal.appendIn(tx, { ...draft, command: 'a command', ...effectOf(tx), ...more });
        return result;
      }),
    /** Puts these people, with an empty roster, and nothing else. */
    reset: async (people: readonly Principal[], roster: Partial<Roster> = {}) => {
      setPart(PART);
      for (const { name } of COLLECTIONS) await put(name);
      await put('principals', ...people);
      await put('roster', { ...emptyRoster(), revision: 1, ...roster });
    },
    roster: async () => (await database.get(rosters, ROSTER_ID)) ?? emptyRoster(),
    within: <R>(body: (tx: Transaction) => Promise<R>, now = NOW) =>
      transactRecorded(database, { now: () => now }, body),
    /** The owners of everything that there is, by id. */
    owners: async () => {
      const found = await Promise.all(resourceCollections.map((of) => database.find(of, {}, { sort: { _id: 1 } })));
      return Object.fromEntries(found.flat().map(({ _id, owners }) => [_id, owners]));
    },
    [Symbol.asyncDispose]: async () => {
      await database.db.dropDatabase();
      await database.close();
    },
  };
}

export type Estate = Awaited<ReturnType<typeof openEstate>>;

/** The reason and message that a call is refused with. */
export const refusal = (call: Promise<unknown>): Promise<string> =>
  call.then(
    (done) => Promise.reject(new Error(`not refused: ${JSON.stringify(done)}`)),
    ({ reason, message }) => `${reason}: ${message}`,
  );

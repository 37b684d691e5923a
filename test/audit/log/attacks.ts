import { Binary, type Db, type Document } from 'mongodb';
import type { AuditFinding } from '../../../src/base/schemas/generated.ts';
import { bytesOf, type StoredBytes } from '../../../src/store/bytes.ts';
import { LONG } from '../../support/long.ts';

/** A batch as it is stored. */
interface StoredBatch {
  readonly _id: string;
  readonly revision: number;
  records: (Document & { id: string; hash: string })[];
}

/** A segment as it is stored. */
interface StoredSegment {
  _id: string;
  first: number;
  size: number;
  batches: { id: string; count: number }[];
  leaves: StoredBytes;
  roots: { level: number; hash: string }[];
  checkpoint: string;
}

interface Finding extends Partial<Pick<AuditFinding, 'seq'>> {
  readonly kind: AuditFinding['kind'];
}

/** What somebody with write access to the database does to a log of at least {@link ATTACKED} records in two segments. */
export interface Attack {
  readonly name: string;
  readonly apply: (db: Db) => Promise<void>;
  /** What a verification in the database must find. */
  readonly found: Finding;
  /** What a verification of an export must find. Absent if an export has nothing of it. */
  readonly inExport?: Finding;
}

/** The second segment begins here, and has at least 6 records in batches of one. */
export const SECOND = 6;
export const ATTACKED = 12;

/** The sequence number of the record that is attacked, in the second segment. */
const VICTIM = SECOND + 2;

const batches = (db: Db) => db.collection<StoredBatch>('audit');
const segments = (db: Db) => db.collection<StoredSegment>('auditSegments');
const heads = (db: Db) => db.collection<Document & { _id: string }>('auditHead');

async function second(db: Db): Promise<StoredSegment> {
  const segment = await segments(db).findOne({ first: SECOND });
  if (segment === null) throw new Error('there is no second segment');
  return segment;
}

/** The batch of a record of the second segment, all of whose batches have one record. */
async function batchOf(db: Db, seq: number): Promise<StoredBatch> {
  const { batches: sealed, first } = await second(db);
  const { id = '', count } = sealed[seq - first] ?? {};
  const batch = await batches(db).findOne({ _id: id });
  if (count !== 1 || batch === null) throw new Error(`record ${seq} is not alone in a batch`);
  return batch;
}

const replace = (db: Db, batch: StoredBatch) => batches(db).replaceOne({ _id: batch._id }, batch);

/** Exchanges what is stored under the ids of two batches. */
async function exchange(db: Db, one: number, other: number): Promise<void> {
  const [a, b] = [await batchOf(db, one), await batchOf(db, other)];
  await replace(db, { ...a, records: b.records });
  await replace(db, { ...b, records: a.records });
}

function swapped<T>(list: readonly T[], one: number, other: number): T[] {
  const copy = [...list];
  [copy[one], copy[other]] = [list[other] as T, list[one] as T];
  return copy;
}

async function withLeaves(db: Db, change: (leaves: Buffer) => void): Promise<void> {
  const segment = await second(db);
  const leaves = Buffer.from(bytesOf(segment.leaves));
  change(leaves);
  await segments(db).updateOne({ _id: segment._id }, { $set: { leaves: new Binary(leaves) } });
}

/** The note with another character in its second to last line: the root or a signature. */
const changed = (note: string, at: number) => {
  const other = note[at] === 'A' ? 'B' : 'A';
  return note.slice(0, at) + other + note.slice(at + 1);
};

export const ATTACKS: readonly Attack[] = [
  {
    name: 'a record is edited',
    apply: async (db) => {
      const batch = await batchOf(db, VICTIM);
      await batches(db).updateOne({ _id: batch._id }, { $set: { 'records.0.reason': 'nothing happened' } });
    },
    found: { kind: 'edited', seq: VICTIM },
    inExport: { kind: 'edited', seq: VICTIM },
  },
  {
    name: 'a record is edited, and gets the hash of what it is now',
    apply: async (db) => {
      const { recordHash } = await import('../../../src/audit/record.ts');
      const batch = await batchOf(db, VICTIM);
      const [record] = batch.records;
      if (record === undefined) throw new Error('there is no record');
      const { hash: _, ...edited } = { ...record, reason: 'nothing happened' };
      await replace(db, { ...batch, records: [{ ...edited, id: record.id, hash: recordHash(edited as never) }] });
    },
    found: { kind: 'edited', seq: VICTIM },
    inExport: { kind: 'edited', seq: VICTIM },
  },
  {
    name: 'only the hash of a record is edited',
    apply: async (db) => {
      const batch = await batchOf(db, VICTIM);
      await batches(db).updateOne({ _id: batch._id }, { $set: { 'records.0.hash': '0'.repeat(64) } });
    },
    found: { kind: 'edited', seq: VICTIM },
  },
  {
    name: 'a batch is deleted',
    apply: async (db) => {
      await batches(db).deleteOne({ _id: (await batchOf(db, VICTIM))._id });
    },
    found: { kind: 'missing', seq: VICTIM },
    inExport: { kind: 'missing', seq: VICTIM },
  },
  {
    name: 'a record is deleted from its batch',
    apply: async (db) => {
      const batch = await batchOf(db, VICTIM);
      await replace(db, { ...batch, records: [] });
    },
    found: { kind: 'missing', seq: VICTIM },
    inExport: { kind: 'missing', seq: VICTIM },
  },
  {
    name: 'a record is added to a sealed batch',
    apply: async (db) => {
      const batch = await batchOf(db, VICTIM);
      const [record] = batch.records;
      if (record === undefined) throw new Error('there is no record');
      await replace(db, { ...batch, records: [record, { ...record, id: `${batch._id}-1`, command: 'addAdmin' }] });
    },
    found: { kind: 'inserted', seq: VICTIM },
    inExport: { kind: 'inserted' },
  },
  {
    name: 'a batch is inserted as if it were of a time that is sealed',
    apply: async (db) => {
      const batch = await batchOf(db, VICTIM);
      const id = `${(Number.parseInt(batch._id.slice(0, 8), 16) - 3_600).toString(16)}${'0'.repeat(16)}`;
      const records = batch.records.map((record, i) => ({ ...record, id: `${id}-${i}` }));
      await batches(db).insertOne({ ...batch, _id: id, records });
    },
    found: { kind: 'inserted' },
    inExport: { kind: 'inserted' },
  },
  {
    name: 'two batches are exchanged',
    apply: (db) => exchange(db, VICTIM, VICTIM + 1),
    found: { kind: 'reordered', seq: VICTIM },
    inExport: { kind: 'reordered', seq: VICTIM },
  },
  {
    name: 'two batches change places in the log',
    apply: async (db) => {
      const segment = await second(db);
      const list = swapped(segment.batches, VICTIM - SECOND, VICTIM - SECOND + 1);
      await segments(db).updateOne({ _id: segment._id }, { $set: { batches: list } });
    },
    found: { kind: 'reordered', seq: VICTIM },
    inExport: { kind: 'reordered', seq: VICTIM },
  },
  {
    name: 'the leaf of a record is edited in the log',
    apply: (db) =>
      withLeaves(db, (leaves) => {
        leaves[(VICTIM - SECOND) * 32] = (leaves[(VICTIM - SECOND) * 32] ?? 0) ^ 1;
      }),
    found: { kind: 'seal_edited', seq: VICTIM },
    inExport: { kind: 'seal_edited', seq: VICTIM },
  },
  {
    name: 'a record is edited, and its leaf in the log too',
    apply: async (db) => {
      const { recordHash } = await import('../../../src/audit/record.ts');
      const batch = await batchOf(db, VICTIM);
      const [record] = batch.records;
      if (record === undefined) throw new Error('there is no record');
      const { hash: _, ...edited } = { ...record, reason: 'nothing happened' };
      const hash = recordHash(edited as never);
      await replace(db, { ...batch, records: [{ ...edited, id: record.id, hash }] });
      await withLeaves(db, (leaves) => {
        leaves.set(Buffer.from(hash, 'hex'), (VICTIM - SECOND) * 32);
      });
    },
    found: { kind: 'seal_edited', seq: SECOND },
    inExport: { kind: 'seal_edited' },
  },
  {
    name: 'a node of the tree is edited',
    apply: async (db) => {
      const segment = await second(db);
      const [root, ...roots] = segment.roots;
      if (root === undefined) throw new Error('the segment has no nodes');
      const hash = Buffer.alloc(32).toString('base64');
      await segments(db).updateOne({ _id: segment._id }, { $set: { roots: [{ ...root, hash }, ...roots] } });
    },
    found: { kind: 'seal_edited', seq: SECOND },
  },
  {
    name: 'a segment is there twice, with other records in the second',
    apply: async (db) => {
      const segment = await second(db);
      const first = SECOND + 1;
      const list = segment.batches.slice(1).map(({ count }, i) => ({ id: `forked${i}`, count }));
      const leaves = new Binary(Buffer.alloc(32 * (segment.size - first)));
      const forked = { ...segment, _id: String(first).padStart(12, '0'), first, batches: list, leaves };
      await segments(db).insertOne(forked);
    },
    found: { kind: 'fork', seq: SECOND + 1 },
  },
  {
    name: 'the last segment is deleted',
    apply: async (db) => {
      await segments(db).deleteOne({ _id: (await second(db))._id });
    },
    found: { kind: 'truncated', seq: SECOND },
    inExport: { kind: 'truncated', seq: SECOND },
  },
  {
    name: 'the first segment is deleted',
    apply: async (db) => {
      await segments(db).deleteOne({ first: 0 });
    },
    found: { kind: 'missing', seq: 0 },
    inExport: { kind: 'gap', seq: 0 },
  },
  {
    name: 'the root in the checkpoint of a segment is edited',
    apply: async (db) => {
      const { _id, checkpoint } = await second(db);
      const at = checkpoint.indexOf('\n', checkpoint.indexOf('\n') + 1) + 5;
      await segments(db).updateOne({ _id }, { $set: { checkpoint: changed(checkpoint, at) } });
    },
    found: { kind: 'signature_invalid', seq: SECOND },
  },
  {
    name: 'the checkpoint of a segment is no checkpoint any more',
    apply: async (db) => {
      const { _id } = await second(db);
      await segments(db).updateOne({ _id }, { $set: { checkpoint: 'nothing' } });
    },
    found: { kind: 'checkpoint_invalid', seq: SECOND },
  },
  {
    name: 'the newest checkpoint is edited',
    apply: async (db) => {
      const head = await heads(db).findOne({});
      const note = String(head?.checkpoint);
      const at = note.indexOf('\n', note.indexOf('\n') + 1) + 5;
      await heads(db).updateOne({}, { $set: { checkpoint: changed(note, at) } });
    },
    found: { kind: 'signature_invalid' },
    inExport: { kind: 'signature_invalid' },
  },
  {
    name: 'the head of the log is set back',
    apply: async (db) => {
      const first = await segments(db).findOne({ first: 0 });
      await heads(db).updateOne({}, { $set: { size: SECOND, checkpoint: first?.checkpoint } });
    },
    found: { kind: 'fork', seq: SECOND },
  },
];

/** The first of these for each kind of finding, in the long run all; without those that nothing is found of. */
export function firstOfEachKind<T>(all: readonly T[], kindOf: (one: T) => AuditFinding['kind'] | undefined): T[] {
  const found = all.filter((one) => kindOf(one) !== undefined);
  return LONG ? found : found.filter((one, i) => found.findIndex((other) => kindOf(other) === kindOf(one)) === i);
}

import { logHead } from '../../../src/audit/log/segments.ts';
import { recordHash } from '../../../src/audit/record.ts';
import type { AuditFinding } from '../../../src/base/schemas/generated.ts';
import type { TestHouse, TestHouseOptions } from '../../support/house.ts';
import { houseWith } from '../../support/houseWith.ts';
import { ATTACKED, SECOND } from './attacks.ts';

/** A house whose log has {@link ATTACKED} records in two segments, the second of which begins with {@link SECOND}. */
export async function sealedHouse(options: TestHouseOptions = {}): Promise<TestHouse> {
  const house = await houseWith(withFirstRecords, options);
  await house.sealer.seal();
  await withRecords(house, ATTACKED);
  await house.sealer.seal();
  const { size } = await logHead(house.database);
  if (size !== ATTACKED) throw new Error(`the log has ${size} records instead of ${ATTACKED}`);
  return house;
}

/** Makes the records of the first segment, but does not seal them. */
async function withFirstRecords(house: TestHouse): Promise<void> {
  await house.meet('boss');
  await withRecords(house, SECOND);
}

/** Adds records until there are so many. */
async function withRecords(house: TestHouse, count: number): Promise<void> {
  const begun = (await house.records()).length;
  for (let n = begun; n < count; n += 1) {
    await house.administer('boss', { command: 'addUser', params: { user: `user${n}` } });
  }
}

/** What somebody does who has the key of the log too: the log is whole again afterwards, and another one. */
export interface Rewrite {
  readonly name: string;
  readonly apply: (house: TestHouse) => Promise<void>;
  /** What is found with a checkpoint of {@link ATTACKED} records that was kept. */
  readonly byCheckpoint: AuditFinding['kind'];
  /** What is found with the receipt of {@link REWRITTEN}. */
  readonly byReceipt: AuditFinding['kind'];
}

/** The sequence number of the record that a rewrite changes or removes. */
export const REWRITTEN = SECOND + 3;

const batchOf = (house: TestHouse, seq: number) =>
  house.database.db
    .collection<{ _id: string; records: Record<string, unknown>[] }>('audit')
    .find()
    .sort({ _id: 1 })
    .skip(seq)
    .limit(1);

/** Seals everything anew. */
async function sealAgain({ database, sealer }: TestHouse): Promise<void> {
  await database.db.collection('auditSegments').deleteMany({});
  await database.db
    .collection('auditHead')
    .updateOne({}, { $set: { size: 0, peaks: [] }, $unset: { position: 1, overlap: 1, checkpoint: 1, through: 1 } });
  await sealer.seal();
}

export const REWRITES: readonly Rewrite[] = [
  {
    name: 'a record is edited, and the log is sealed again',
    apply: async (house) => {
      const [batch] = await batchOf(house, REWRITTEN).toArray();
      const { hash: _, ...record } = { ...batch?.records[0], reason: 'nothing happened' } as Record<string, unknown>;
      const edited = { ...record, hash: recordHash(record as never) };
      const _id = batch?._id ?? '';
      await house.database.db.collection<{ _id: string }>('audit').updateOne({ _id }, { $set: { records: [edited] } });
      await sealAgain(house);
    },
    byCheckpoint: 'rewritten',
    byReceipt: 'receipt_differs',
  },
  {
    name: 'a record is removed, and the log is sealed again',
    apply: async (house) => {
      const [batch] = await batchOf(house, REWRITTEN).toArray();
      await house.database.db.collection<{ _id: string }>('audit').deleteOne({ _id: batch?._id ?? '' });
      await sealAgain(house);
    },
    byCheckpoint: 'truncated',
    byReceipt: 'receipt_not_found',
  },
  {
    name: 'the database is set back to an earlier state',
    apply: async (house) => {
      const later = await house.database.db
        .collection<{ _id: string }>('audit')
        .find()
        .sort({ _id: 1 })
        .skip(SECOND)
        .toArray();
      await house.database.db
        .collection<{ _id: string }>('audit')
        .deleteMany({ _id: { $in: later.map(({ _id }) => _id) } });
      await sealAgain(house);
    },
    byCheckpoint: 'truncated',
    byReceipt: 'receipt_not_found',
  },
];

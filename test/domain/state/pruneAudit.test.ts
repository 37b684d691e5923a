import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { logHead } from '../../../src/audit/log/segments.ts';
import { type VerifierKey, verifierKeyText } from '../../../src/audit/log/signedNote.ts';
import { signerOf, storedSigningKey } from '../../../src/audit/log/signer.ts';
import { prunedBelow, snapshotId, snapshotNote } from '../../../src/audit/log/snapshots.ts';
import type { JobView } from '../../../src/base/schemas/generated.ts';
import { signer } from '../../audit/log/generatedLog.ts';
import { peopledHouse } from '../../gate/calls.ts';
import { openHouse, type TestHouse, type TestHouseOptions } from '../../support/house.ts';

/** A house whose records are sealed, and where what the preparation put past the gate is taken away again. */
async function sealedHouse(options: TestHouseOptions = {}): Promise<TestHouse> {
  const house = await peopledHouse(options);
  await documents(house, 'roster').updateOne({ _id: 'roster' }, { $unset: { broken: '' } });
  await house.sealer.seal();
  return house;
}

const documents = ({ database }: TestHouse, name: string) => database.db.collection<{ _id: string }>(name);

/** The key with which the house signs its log. */
const ownKey = async ({ database }: TestHouse): Promise<VerifierKey[]> => [
  signerOf(await storedSigningKey(database), (await logHead(database)).origin).key,
];

const prune = (more: object = {}) => ({ command: 'pruneAudit', params: { before: new Date().toISOString() }, ...more });

const jobOf = async (house: TestHouse, id: string): Promise<JobView> =>
  (await house.administer('boss', { command: 'getJob', params: { id } })).result as JobView;

const begin = async (house: TestHouse, more: object = {}): Promise<JobView> =>
  (await house.administer('boss', prune(more))).result as JobView;

/** Prunes, and returns the job when it has ended. */
async function pruned(house: TestHouse): Promise<JobView> {
  const { job } = await begin(house);
  await house.worker.turn('jobs');
  return jobOf(house, job);
}

const stateJob = async (house: TestHouse): Promise<JobView> => {
  const { job } = (await house.administer('boss', { command: 'verifyState' })).result as JobView;
  await house.worker.turn('jobs');
  return jobOf(house, job);
};

const verify = async (house: TestHouse) => (await stateJob(house)).stateVerification;

const idsIn = (segments: readonly { readonly batches: readonly { readonly id: string }[] }[]) =>
  segments.flatMap(({ batches }) => batches.map(({ id }) => id));

type Segment = { readonly size: number; readonly batches: readonly { readonly id: string }[] };

describe('pruneAudit', () => {
  it('does exactly what its dry run shows: a signed snapshot, and then the records are removed', async () => {
    await using house = await sealedHouse();
    const before = new Date().toISOString();
    const call = { command: 'pruneAudit', params: { before } };
    const segments = (await house.contents('auditSegments')) as unknown as Segment[];
    const dry = (await house.administer('boss', { ...call, dryRun: true })).result as { plan: string };
    // What is recorded and sealed meanwhile does not make the plan stale.
    await house.administer('boss', { command: 'listAdmins' });
    await house.sealer.seal();
    const begun = (await house.administer('boss', { ...call, plan: dry.plan })).result as JobView;
    const size = segments.at(-1)?.size ?? 0;
    expect(begun).toMatchObject({ kind: 'pruneAudit', state: 'running', pruning: { size, removed: 0 } });
    expect(await house.contents('auditSnapshots')).toEqual([]);
    expect(await documents(house, 'audit').countDocuments()).toBeGreaterThan(size - 1);
    await house.worker.turn('jobs');
    const [snapshot] = await house.contents('auditSnapshots');
    const done = await jobOf(house, begun.job);
    expect(done).toMatchObject({ state: 'done', pruning: { size, removed: size, snapshot: snapshot?._id } });
    for (const { total, moved } of done.types) expect(moved).toBe(total);
    expect(await documents(house, 'audit').countDocuments({ _id: { $in: idsIn(segments) } })).toBe(0);
    expect((await house.contents('auditSegments')).slice(0, segments.length)).toEqual(segments);
    expect(await house.refusal('boss', call)).toBe('nothing_to_prune');
    expect(await house.refusal('boss', { command: 'revertJob', params: { id: begun.job } })).toBe('invalid_params');
  });

  it('leaves a state that is verified from the snapshot, and finds edits made later', async () => {
    await using house = await sealedHouse();
    await pruned(house);
    const report = await verify(house);
    expect(report).toMatchObject({ ok: true, findings: [], missingRecords: 0 });
    expect(report?.from).toBeGreaterThan(10);
    await house.administer('boss', { command: 'lockWorkspace', params: { id: 1 } });
    await house.sealer.seal();
    await pruned(house);
    expect(await house.contents('auditSnapshots')).toHaveLength(2);
    expect(await verify(house)).toMatchObject({ ok: true });
    await documents(house, 'workspaces').updateOne({ _id: 'ws1' }, { $set: { owners: ['bea'], locked: false } });
    expect(await verify(house)).toMatchObject({
      ok: false,
      findings: [
        { collection: 'workspaces', id: 'ws1', field: 'owners', expected: ['ann'], actual: ['bea'] },
        { collection: 'workspaces', id: 'ws1', field: 'locked', expected: true, actual: false },
      ],
    });
  });

  it('makes a snapshot that nobody can change', async () => {
    await using house = await sealedHouse();
    await pruned(house);
    for (const $set of [{ size: 3 }, { note: 'none' }, { hash: '0'.repeat(64) }]) {
      const before = await documents(house, 'auditSnapshots').findOneAndUpdate({}, { $set });
      expect([$set, await house.refusal('boss', { command: 'verifyState' })]).toEqual([$set, 'snapshot_changed']);
      await documents(house, 'auditSnapshots').replaceOne({}, before as object);
    }
    expect(await verify(house)).toMatchObject({ ok: true });
    const lines = '{"place":"workspaces/ws1","state":{}}';
    await documents(house, 'auditSnapshotParts').updateOne({}, { $set: { lines } });
    await using small = await openHouse({ beside: house, limits: { perPart: 1, perDeletion: 1 } });
    expect(await stateJob(small)).toMatchObject({ state: 'failed', error: { reason: 'snapshot_changed' } });
  });

  it('is continued where it was interrupted, by another instance too', async () => {
    await using house = await sealedHouse();
    await house.administer('boss', { command: 'lockWorkspace', params: { id: 1 } });
    await house.sealer.seal();
    const { job } = await pruned(house);
    const [segment] = (await house.contents('auditSegments')) as unknown as Segment[];
    const records = await documents(house, 'audit').find({}).toArray();
    // As if the instance had been killed between the removal of the records and the record of that step.
    await documents(house, 'jobs').updateOne(
      { _id: job },
      { $set: { state: 'running', 'progress.next': segment?.size ?? 0 } },
    );
    await using other = await openHouse({ beside: house });
    await other.worker.turn('jobs');
    const done = await jobOf(house, job);
    expect(done).toMatchObject({ state: 'done', pruning: { removed: done.pruning?.size } });
    const left = (await documents(house, 'audit').find({}).toArray()).map(({ _id }) => _id);
    expect(left).toEqual(expect.arrayContaining(records.map(({ _id }) => _id)));
    expect(await verify(house)).toMatchObject({ ok: true });
  });

  it('is one at a time, also if two begin at the same moment; another can begin when the first has ended', async () => {
    await using house = await sealedHouse();
    await using other = await openHouse({ beside: house });
    const begun = await Promise.allSettled([house, other].map((each) => begin(each)));
    const jobs = begun.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const refused = begun.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(jobs).toHaveLength(1);
    expect(refused).toMatchObject([{ reason: 'prune_running' }]);
    const [first] = jobs;
    await house.administer('boss', { command: 'cancelJob', params: { id: first?.job } });
    expect(await pruned(other)).toMatchObject({ state: 'done' });
    expect(await house.contents('auditSnapshots')).toHaveLength(1);
    expect(await verify(house)).toMatchObject({ ok: true });
  });

  it('removes what a cancelled job has left', async () => {
    await using house = await sealedHouse();
    const records = await documents(house, 'audit').find({}).toArray();
    const { job, pruning } = await pruned(house);
    // As if it had been cancelled after the snapshot.
    await documents(house, 'audit').insertMany(records);
    await documents(house, 'jobs').updateOne({ _id: job }, { $set: { state: 'cancelled' } });
    expect(await pruned(house)).toMatchObject({ state: 'done', pruning: { size: pruning?.size } });
    const ids = idsIn((await house.contents('auditSegments')) as unknown as Segment[]);
    const left = await documents(house, 'audit').countDocuments({ _id: { $in: ids.slice(0, pruning?.size) } });
    expect(left).toBe(0);
    expect(await house.refusal('boss', { ...prune() })).toBe('nothing_to_prune');
    expect(await house.contents('auditSnapshots')).toHaveLength(1);
  });

  it('leaves the sealer going', async () => {
    const problems: unknown[] = [];
    await using house = await sealedHouse({ onError: (error) => problems.push(error) });
    await Promise.all([
      pruned(house),
      ...Array.from({ length: 10 }, async (_, i) => {
        await house.administer('boss', { command: 'addUser', params: { user: `during${i}` } });
        await house.sealer.seal();
      }),
    ]);
    await house.sealer.seal();
    expect(problems).toEqual([]);
    expect(house.sealer.failures).toBe(0);
  });

  it('makes other commands say that a record was pruned', async () => {
    await using house = await sealedHouse();
    const [first] = await house.records();
    const job = { command: 'changeOwner', params: { from: 'ann', to: 'bea', types: ['workspace'] } };
    const { result } = await house.administer('boss', job);
    await house.sealer.seal();
    await pruned(house);
    const params = { record: first?.id };
    expect(await house.refusal('boss', { command: 'getAudit', params })).toBe('record_pruned');
    expect(await house.refusal('boss', { command: 'revert', params })).toBe('record_pruned');
    const { job: id } = result as { job: string };
    expect(await house.refusal('boss', { command: 'revertJob', params: { id } })).toBe('record_pruned');
    const page = (await house.administer('boss', { command: 'getAudit', params: { limit: 10 } })).result;
    expect((page as { records: { command: string }[] }).records.map(({ command }) => command)).toContain('pruneAudit');
  });

  it('is for full administrators, with what the policy requires of it', async () => {
    const policy = `
rules:
  - { name: two, who: [anybody], commands: [pruneAudit], require: { approvals: { count: 1 }, reason: true } }
`;
    await using house = await sealedHouse();
    await using strict = await openHouse({ beside: house, policy });
    expect(await house.refusal('reader', prune())).toBe('rights_required');
    expect(await strict.refusal('boss', prune())).toBe('reason_required');
    expect(await strict.refusal('boss', prune({ reason: 'retention' }))).toBe('approval_needed');
    const future = { before: new Date(Date.now() + 60_000).toISOString() };
    expect(await house.refusal('boss', { command: 'pruneAudit', params: future })).toBe('invalid_params');
    expect(await house.refusal('boss', { command: 'pruneAudit', params: { before: '2020-01-01T00:00:00Z' } })).toBe(
      'nothing_to_prune',
    );
  });

  it('leaves a log that verifies, in which a receipt still proves that its record was there', async () => {
    await using house = await sealedHouse();
    const { receipt } = (await house.administer('boss', {
      command: 'lockWorkspace',
      params: { id: 1 },
    })) as unknown as {
      receipt: { record: string; hash: string };
    };
    await house.sealer.seal();
    const size = (await pruned(house)).pruning?.size ?? 0;
    const audit = async () => {
      const params = { receipts: [receipt] };
      const job = (await house.administer('boss', { command: 'verifyAudit', params })).result as { audit?: unknown };
      return JSON.stringify(job);
    };
    expect(await audit()).toContain(`"pruned":${size}`);
    expect(await audit()).toContain('"ok":true');
    expect((await house.administer('boss', { command: 'proveRecord', params: receipt })).result).toMatchObject({
      seq: size - 1,
    });
    await documents(house, 'auditSnapshots').deleteMany({});
    expect(await audit()).toContain('"missing"');
  });

  it('believes no size without a signed snapshot', async () => {
    await using house = await sealedHouse();
    await documents(house, 'auditHead').updateOne({}, { $set: { pruned: 1_000 } });
    expect(await prunedBelow(house.database, await ownKey(house))).toBe(0);
    await documents(house, 'auditHead').updateOne({}, { $unset: { pruned: '' } });
    expect(await verify(house)).toMatchObject({ ok: true, missingRecords: 0 });
    const { job, pruning } = await pruned(house);
    expect(await prunedBelow(house.database, await ownKey(house))).toBe(pruning?.size);
    await documents(house, 'auditSnapshots').updateOne({}, { $inc: { size: 1 } });
    expect(await prunedBelow(house.database, await ownKey(house))).toBe(0);
    // Nor does a job remove anything then, whatever is written into it.
    await documents(house, 'jobs').updateOne({ _id: job }, { $set: { state: 'running', 'task.size': 10_000 } });
    await house.worker.turn('jobs');
    expect(await jobOf(house, job)).toMatchObject({ state: 'failed', error: { reason: 'snapshot_changed' } });
  });

  it('believes no snapshot that is signed with a key which only the database names', async () => {
    await using house = await sealedHouse();
    const { origin, size } = await logHead(house.database);
    const forger = signer(origin);
    const hash = createHash('sha256').digest('hex');
    const forged = { size, hash, note: snapshotNote({ size, hash }, forger), parts: 0, documents: 0, at: new Date() };
    await documents(house, 'auditSnapshots').insertOne({ _id: snapshotId(size), revision: 1, ...forged } as never);
    const key = { key: verifierKeyText(forger.key), from: 0 };
    await documents(house, 'auditHead').updateOne({}, { $set: { pruned: size }, $push: { keys: key } as never });
    expect(await prunedBelow(house.database, await ownKey(house))).toBe(0);
    expect(await house.refused('boss', { command: 'verifyState' })).toMatchObject({
      reason: 'snapshot_changed',
      message: expect.stringContaining('audit-earlier-keys'),
    });
    expect(await house.refusal('boss', prune())).toBe('snapshot_changed');
    await using knowing = await openHouse({ beside: house, auditEarlierKeys: [forger.key] });
    expect((await stateJob(knowing)).stateVerification).toMatchObject({ ok: false, from: size });
  });

  it('refuses where a record is missing already, which a snapshot would hide', async () => {
    await using house = await sealedHouse();
    const batch = await documents(house, 'audit').findOne({ 'records.command': 'lockWorkspace' });
    await documents(house, 'audit').deleteOne({ _id: batch?._id ?? '' });
    expect(await pruned(house)).toMatchObject({ state: 'failed', error: { reason: 'record_missing' } });
    expect(await house.contents('auditSnapshots')).toEqual([]);
  });
});

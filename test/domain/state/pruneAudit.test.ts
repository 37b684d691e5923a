import { describe, expect, it } from 'vitest';
import { removePruned } from '../../../src/audit/log/removal.ts';
import { prunedBelow } from '../../../src/audit/log/snapshots.ts';
import { peopledHouse } from '../../gate/calls.ts';
import { openHouse, type TestHouse, type TestHouseOptions } from '../../support/house.ts';

const NEVER = new AbortController().signal;
const own = ({ database }: TestHouse) => ({ open: async () => ({ database, close: async () => undefined }) });

/** A house whose records are sealed, and where what the preparation put past the gate is taken away again. */
async function sealedHouse(options: TestHouseOptions = {}): Promise<TestHouse> {
  const house = await peopledHouse(options);
  await documents(house, 'roster').updateOne({ _id: 'roster' }, { $unset: { broken: '' } });
  await house.sealer.turn(NEVER);
  return house;
}

const documents = ({ database }: TestHouse, name: string) => database.db.collection<{ _id: string }>(name);

const prune = (more: object = {}) => ({ command: 'pruneAudit', params: { before: new Date().toISOString() }, ...more });

const verify = async ({ administer }: TestHouse) =>
  (await administer('boss', { command: 'verifyState' })).result as Record<string, unknown>;

describe('pruneAudit', () => {
  it('does exactly what its dry run shows: a signed snapshot, and then the records are removed', async () => {
    await using house = await sealedHouse();
    const before = new Date().toISOString();
    const call = { command: 'pruneAudit', params: { before } };
    const dry = (await house.administer('boss', { ...call, dryRun: true })).result as { plan: string };
    expect(await house.contents('auditSnapshots')).toEqual([]);
    expect(await house.contents('auditSnapshotParts')).toEqual([]);
    const segments = (await house.contents('auditSegments')) as { size: number; batches: { id: string }[] }[];
    const { result } = await house.administer('boss', { ...call, plan: dry.plan });
    const size = segments.at(-1)?.size;
    expect(result).toMatchObject({ size, pruned: size });
    expect(await documents(house, 'audit').countDocuments()).toBeGreaterThan(size ?? 0);
    await house.worker.turn('prune');
    const ids = segments.flatMap(({ batches }) => batches.map(({ id }) => id));
    expect(await documents(house, 'audit').countDocuments({ _id: { $in: ids } })).toBe(0);
    expect(await house.contents('auditSegments')).toEqual(segments);
    expect(await house.refusal('boss', call)).toBe('nothing_to_prune');
  });

  it('leaves a state that is verified from the snapshot, and finds edits made later', async () => {
    await using house = await sealedHouse();
    await house.administer('boss', prune());
    await house.worker.turn('prune');
    const report = await verify(house);
    expect(report).toMatchObject({ ok: true, findings: [], missingRecords: 0 });
    expect(report.from).toBeGreaterThan(10);
    await house.administer('boss', { command: 'lockWorkspace', params: { id: 1 } });
    await house.sealer.turn(NEVER);
    await house.administer('boss', prune());
    await house.worker.turn('prune');
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

  it.each([
    ['its size', 'auditSnapshots', { $set: { size: 3 } }],
    ['its note', 'auditSnapshots', { $set: { note: 'none' } }],
    ['its hash', 'auditSnapshots', { $set: { hash: '0'.repeat(64) } }],
    ['one of its parts', 'auditSnapshotParts', { $set: { lines: '{"place":"workspaces/ws1","state":{}}' } }],
  ])('makes a snapshot that nobody can change: %s', async (_, collection, update) => {
    const problems: unknown[] = [];
    await using house = await sealedHouse({ onError: (error) => problems.push(error) });
    await house.administer('boss', prune());
    await documents(house, collection).updateOne({}, update);
    expect(await verify(house)).toMatchObject({ state: 'failed', problem: expect.stringContaining('was changed') });
    expect(problems).toHaveLength(1);
  });

  it('is continued where it was interrupted', async () => {
    await using house = await sealedHouse();
    await house.administer('boss', { command: 'lockWorkspace', params: { id: 1 } });
    await house.sealer.turn(NEVER);
    await house.administer('boss', prune());
    const kept = await documents(house, 'audit').countDocuments();
    const stop = new AbortController();
    stop.abort();
    await removePruned(house.database, own(house), stop.signal);
    expect(await documents(house, 'audit').countDocuments()).toBe(kept);
    // As if it had been killed after some of the batches of a segment.
    const [segment] = (await house.contents('auditSegments')) as { batches: { id: string }[] }[];
    await documents(house, 'audit').deleteOne({ _id: segment?.batches[2]?.id ?? '' });
    await removePruned(house.database, own(house), NEVER);
    expect(
      (await house.contents('audit')).map(({ records }) => (records as { command: string }[])[0]?.command),
    ).toEqual(['pruneAudit']);
    expect(await removePruned(house.database, own(house), NEVER)).toBe(0);
    expect(await verify(house)).toMatchObject({ ok: true });
  });

  it('makes other commands say that a record was pruned', async () => {
    await using house = await sealedHouse();
    const [first] = await house.records();
    const job = { command: 'changeOwner', params: { from: 'ann', to: 'bea', types: ['workspace'] } };
    const { result } = await house.administer('boss', job);
    await house.sealer.turn(NEVER);
    await house.administer('boss', prune());
    await house.worker.turn('prune');
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
    await house.sealer.turn(NEVER);
    const { result } = await house.administer('boss', prune());
    await house.worker.turn('prune');
    const { size } = result as { size: number };
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
    expect(await prunedBelow(house.database)).toBe(0);
    await removePruned(house.database, own(house), NEVER);
    await documents(house, 'auditHead').updateOne({}, { $unset: { pruned: '' } });
    expect(await verify(house)).toMatchObject({ ok: true, missingRecords: 0 });
    const { result } = await house.administer('boss', prune());
    expect(await prunedBelow(house.database)).toBe((result as { size: number }).size);
    await documents(house, 'auditSnapshots').updateOne({}, { $inc: { size: 1 } });
    expect(await prunedBelow(house.database)).toBe(0);
  });

  it('refuses where a record is missing already, which a snapshot would hide', async () => {
    await using house = await sealedHouse();
    const batch = await documents(house, 'audit').findOne({ 'records.command': 'lockWorkspace' });
    await documents(house, 'audit').deleteOne({ _id: batch?._id ?? '' });
    expect(await house.refusal('boss', prune())).toBe('record_missing');
    expect(await house.contents('auditSnapshots')).toEqual([]);
  });
});

import { describe, expect, it, vi } from 'vitest';
import { cosignatureOf, parseCheckpoint, signedCheckpoint, withSignatures } from '../../../src/audit/log/checkpoint.ts';
import { leavesBetween } from '../../../src/audit/log/nodes.ts';
import { logHead, segmentWith } from '../../../src/audit/log/segments.ts';
import { parseNote, parseVerifierKey, verifierKeyText } from '../../../src/audit/log/signedNote.ts';
import { signerOf, storedSigningKey } from '../../../src/audit/log/signer.ts';
import { CompactRange } from '../../../src/audit/log/tree.ts';
import { refuse } from '../../../src/base/errors.ts';
import type { AuditReport, JobView } from '../../../src/base/schemas/generated.ts';
import { openHouse, type TestHouse } from '../../support/house.ts';
import { REWRITES, REWRITTEN, sealedHouse } from './attackedHouse.ts';
import { ATTACKED, ATTACKS, firstOfEachKind, SECOND } from './attacks.ts';
import { signer, witnessSigner } from './generatedLog.ts';

/** What verifyAudit reports. */
async function verified(house: TestHouse, params: object = {}): Promise<AuditReport> {
  const { result } = await house.administer('boss', { command: 'verifyAudit', params });
  const { job, state, verification } = result as JobView;
  expect(state).toBe('done');
  const shown = await house.administer('boss', { command: 'getJob', params: { id: job } });
  expect((shown.result as JobView).verification).toEqual(verification);
  return verification as AuditReport;
}

describe('verifyAudit', () => {
  it('passes a log that nobody touched, and says what it covered', async () => {
    await using house = await sealedHouse();
    const report = await verified(house);
    expect(report).toMatchObject({ ok: true, findings: [], checked: { from: 0, to: ATTACKED }, checkpoints: 1 });
    expect(await verified(house, { from: SECOND })).toMatchObject({
      ok: true,
      checked: { from: SECOND, to: ATTACKED },
    });
    expect(await verified(house, { to: SECOND })).toMatchObject({ ok: true, checked: { from: 0, to: SECOND } });
    // Segments are checked as a whole.
    expect(await verified(house, { from: 2, to: 4 })).toMatchObject({ ok: true, checked: { from: 0, to: SECOND } });
  });

  it.each(ATTACKS.map((attack) => [attack.name, attack] as const))('finds where %s', async (_, { apply, found }) => {
    await using house = await sealedHouse();
    await apply(house.database.db);
    const report = await verified(house);
    expect(report.ok).toBe(false);
    expect(report.findings).toContainEqual(expect.objectContaining(found));
  });
});

const receiptOf = async (house: TestHouse, seq: number) => {
  const record = (await house.records())[seq];
  return { record: record?.id ?? '', hash: String(record?.hash) };
};

/** The checkpoint of another log. */
const OTHER = { origin: 'other.example', size: 1, root: Buffer.alloc(32) };

const checkpointOf = async ({ database }: TestHouse) => String((await logHead(database)).checkpoint);

/** A record and a segment more. */
async function goOn(house: TestHouse): Promise<void> {
  await house.administer('boss', { command: 'addUser', params: { user: 'later' } });
  await house.sealer.seal();
}

describe('a key that the database names', () => {
  /** Whoever has the database, and not the key in a file, signs the whole log with another key. */
  const signAgain = async (house: TestHouse) => {
    const forger = signer((await logHead(house.database)).origin);
    const key = verifierKeyText(forger.key);
    const again = (note: string) => signedCheckpoint(parseCheckpoint(parseNote(note).text), forger);
    const segments = house.database.db.collection('auditSegments');
    for (const { _id, checkpoint } of await segments.find().toArray()) {
      await segments.updateOne({ _id }, { $set: { checkpoint: again(checkpoint) } });
    }
    const heads = house.database.db.collection('auditHead');
    const head = await heads.findOne();
    await heads.updateOne(
      {},
      { $set: { checkpoint: again(head?.checkpoint), keys: [{ key, from: 0 }, ...(head?.keys ?? [])] } },
    );
    return key;
  };

  it('is reported unless it is the key of the service, or one that the configuration names', async () => {
    await using house = await sealedHouse();
    const key = await signAgain(house);
    const report = await verified(house);
    expect(report.ok).toBe(false);
    expect(report.findings).toMatchObject([
      { kind: 'signature_invalid', seq: 0, message: expect.stringContaining(`The log names the key ${key}`) },
    ]);
    await using knowing = await openHouse({ beside: house, auditEarlierKeys: [parseVerifierKey(key)] });
    expect(await verified(knowing)).toMatchObject({ ok: true, findings: [] });
  });
});

describe('with what was kept elsewhere, verifyAudit', () => {
  it('counts what witnesses have cosigned, whose keys are configured or given', async () => {
    const configured = witnessSigner('configured.example');
    const given = witnessSigner('given.example');
    const idle = witnessSigner('idle.example');
    const options = {
      witnesses: { urls: [], keys: [configured.key], post: async () => ({ trouble: 'none is asked' }) },
    };
    await using house = await sealedHouse(options);
    const note = await checkpointOf(house);
    const at = 1_800_000_000;
    const cosigned = withSignatures(note, [cosignatureOf(note, at, configured), cosignatureOf(note, at, given)]);
    const by = (...names: string[]) =>
      names.map((name) => ({ witness: `${name}.example`, size: ATTACKED, at: new Date(at * 1000).toISOString() }));
    await goOn(house);
    expect(await verified(house, { checkpoints: [cosigned] })).toMatchObject({ ok: true, cosigned: by('configured') });
    const witnessKeys = [verifierKeyText(given.key)];
    expect(await verified(house, { checkpoints: [cosigned], witnessKeys })).toMatchObject({
      ok: true,
      cosigned: by('configured', 'given'),
    });
    const others = { checkpoints: [cosigned], witnessKeys: [verifierKeyText(idle.key)] };
    expect(await verified(house, others)).toMatchObject({
      ok: false,
      findings: [{ kind: 'signature_invalid', message: expect.stringContaining('idle.example') }],
    });
    const forged = withSignatures(note, [cosignatureOf(signedCheckpoint(OTHER, given), at, given)]);
    const refused = await house.refused('boss', {
      command: 'verifyAudit',
      params: { checkpoints: [forged], witnessKeys },
    });
    expect(refused).toMatchObject({ reason: 'checkpoint_unfit', message: expect.stringContaining('given.example') });
    for (const key of ['no key', ...(await house.auditLog.keys())]) {
      const params = { checkpoints: [cosigned], witnessKeys: [key] };
      expect(await house.refusal('boss', { command: 'verifyAudit', params })).toBe('invalid_params');
    }
  });

  it('agrees where nothing was rewritten', async () => {
    await using house = await sealedHouse();
    const checkpoints = [await checkpointOf(house)];
    const receipts = [await receiptOf(house, 0), await receiptOf(house, REWRITTEN)];
    await goOn(house);
    const report = await verified(house, { checkpoints, receipts });
    expect(report).toMatchObject({ ok: true, findings: [], checkpoints: 2, receipts: 2 });
    // The same if the checkpoint is not of the range that is checked.
    expect(await verified(house, { to: SECOND, checkpoints, receipts })).toMatchObject({ ok: true, receipts: 2 });
  });

  it.each(
    firstOfEachKind(REWRITES, (rewrite) => rewrite.byCheckpoint).map((rewrite) => [rewrite.name, rewrite] as const),
  )('finds where %s with the real key', async (_, { apply, byCheckpoint, byReceipt }) => {
    await using house = await sealedHouse();
    const checkpoints = [await checkpointOf(house)];
    const receipts = [await receiptOf(house, REWRITTEN)];
    await apply(house);
    expect(await verified(house)).toMatchObject({ ok: true });
    const kinds = async (params: object) => (await verified(house, params)).findings.map(({ kind }) => kind);
    expect(await kinds({ checkpoints })).toContain(byCheckpoint);
    expect(await kinds({ receipts })).toEqual([byReceipt]);
    // The range does not matter.
    expect(await kinds({ checkpoints, to: 1 })).toContain(byCheckpoint);
  });

  it('refuses a checkpoint of another log, one that is not signed, and a size that the log has not', async () => {
    await using house = await sealedHouse();
    await using other = await openHouse();
    await other.meet('boss');
    await other.sealer.seal();
    const refusal = (params: object) => house.refused('boss', { command: 'verifyAudit', params });
    const foreign = await refusal({ checkpoints: [await checkpointOf(other)] });
    expect(foreign.reason).toBe('checkpoint_unfit');
    expect(foreign.message).toContain((await logHead(other.database)).origin);
    const note = await checkpointOf(house);
    const unsigned = note.slice(0, note.indexOf('\n\n') + 2);
    for (const broken of [unsigned, 'nothing', note.replace(`${ATTACKED}`, `${ATTACKED + 1}`)]) {
      expect((await refusal({ checkpoints: [broken] })).reason).toBe('checkpoint_unfit');
    }
    for (const range of [{ from: 100 }, { to: 100 }, { from: 4, to: 2 }]) {
      expect((await refusal(range)).reason).toBe('size_unknown');
    }
  });

  it('says that a record is not sealed yet', async () => {
    await using house = await sealedHouse();
    await house.administer('boss', { command: 'addUser', params: { user: 'later' } });
    const report = await verified(house, { receipts: [await receiptOf(house, ATTACKED)] });
    expect(report.findings).toEqual([
      { kind: 'receipt_not_found', record: expect.any(String), message: expect.stringContaining('not sealed yet') },
    ]);
  });
});

/** Exchanges two records of the second segment, and signs the log anew with its own key. */
async function signedInOtherOrder({ database }: TestHouse): Promise<void> {
  const head = await logHead(database);
  const signer = signerOf(await storedSigningKey(database), head.origin);
  const segment = await segmentWith(database, SECOND);
  const before = await segmentWith(database, 0);
  if (segment === undefined || before === undefined) throw new Error('there are no two segments');
  const swap = <T>([first, second, ...others]: readonly T[]) => [second, first, ...others] as T[];
  const batches = swap(segment.batches);
  const leaves = swap(leavesBetween(segment, segment.first, segment.size));
  const range = new CompactRange();
  for (const leaf of leavesBetween(before, 0, before.size)) range.append(leaf);
  const nodes = leaves.flatMap((leaf) => range.append(leaf)).filter(({ level, index }) => index * 2 ** level < SECOND);
  const roots = nodes.map(({ level, hash }) => ({ level, hash: hash.toString('base64') }));
  const checkpoint = signedCheckpoint({ origin: head.origin, size: range.size, root: range.root() }, signer);
  const changed = { batches, leaves: Buffer.concat(leaves), roots, checkpoint };
  await database.db.collection<{ _id: string }>('auditSegments').updateOne({ _id: segment._id }, { $set: changed });
  const peaks = range.peaks.map((peak) => peak.toString('base64'));
  await database.db
    .collection<{ _id: string }>('auditHead')
    .updateOne({ _id: 'head' }, { $set: { peaks, checkpoint } });
}

it('compares the order with that of the commits, as long as the oplog has them', async () => {
  await using house = await sealedHouse();
  await signedInOtherOrder(house);
  const order = [{ kind: 'reordered', seq: SECOND, record: expect.any(String), message: expect.any(String) }];
  expect(await verified(house)).toMatchObject({ ok: false, findings: order });
  expect(await verified(house, { from: SECOND })).toMatchObject({ ok: false, findings: order });
  const { insertedSince } = house.database;
  vi.spyOn(house.database, 'insertedSince').mockImplementation((...args) => {
    if ('at' in args[1]) throw refuse('cursor_outdated');
    return insertedSince.apply(house.database, args);
  });
  expect(await verified(house)).toMatchObject({ ok: true, findings: [] });
});

it('a job of it cannot be reverted', async () => {
  await using house = await sealedHouse();
  const { result } = await house.administer('boss', { command: 'verifyAudit', params: {} });
  const revert = { command: 'revertJob', params: { id: (result as JobView).job } };
  expect(await house.refusal('boss', revert)).toBe('invalid_params');
});

it('a long log is verified in the background, step by step', async () => {
  await using house = await sealedHouse({ limits: { perPart: 5 } });
  const { result } = await house.administer('boss', { command: 'verifyAudit', params: {} });
  const { job, state, total } = result as JobView;
  expect([state, total]).toEqual(['running', ATTACKED]);
  await house.worker.turn('jobs');
  const done = (await house.administer('boss', { command: 'getJob', params: { id: job } })).result as JobView;
  expect(done).toMatchObject({
    state: 'done',
    moved: ATTACKED,
    verification: { ok: true, checked: { from: 0, to: ATTACKED } },
  });
});

it('a read-only administrator may verify, prove and export, and change nothing else', async () => {
  await using house = await sealedHouse();
  await house.meet('reader');
  await house.administer('boss', { command: 'addAdmin', params: { user: 'reader', role: 'readOnly' } });
  const receipt = await receiptOf(house, 1);
  for (const [command, params] of [
    ['verifyAudit', {}],
    ['proveRecord', receipt],
    ['proveConsistency', { from: 1 }],
    ['exportAudit', {}],
  ] as const) {
    await house.administer('reader', { command, params });
  }
});

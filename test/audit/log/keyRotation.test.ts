import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseCheckpoint, signedCheckpoint } from '../../../src/audit/log/checkpoint.ts';
import { rotationNote, verifiedRotation, vouchedKeys } from '../../../src/audit/log/keyRotation.ts';
import { verifyExport } from '../../../src/audit/log/offline/verifyExport.ts';
import { verifyRecordProof } from '../../../src/audit/log/offline/verifyReceipt.ts';
import { logHead } from '../../../src/audit/log/segments.ts';
import { parseNote, parseVerifierKey, type VerifierKey, verifierKeyText } from '../../../src/audit/log/signedNote.ts';
import { signerOf, storedSigningKey } from '../../../src/audit/log/signer.ts';
import { auditSnapshots, newestSnapshot, snapshotId, snapshotNote } from '../../../src/audit/log/snapshots.ts';
import type { AuditReport, JobView, ProveRecord } from '../../../src/base/schemas/generated.ts';
import { openHouse, type TestHouse } from '../../support/house.ts';
import { temporaryFolder } from '../../support/running.ts';
import { exported } from './exported.ts';
import { ORIGIN, signer } from './generatedLog.ts';
import { pythonIn, verifiedByPython } from './pythonVerifier.ts';

const pem = () => generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const [SECOND, THIRD, FOURTH] = [pem(), pem(), pem()];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
/** The log of this house changes its key in the course of the tests. */
let house: TestHouse;
beforeAll(async () => {
  folder = await temporaryFolder();
  house = await openHouse();
  await house.sealer.seal();
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function verified(by: TestHouse): Promise<AuditReport> {
  const { result } = await by.administer('boss', { command: 'verifyAudit' });
  return (result as JobView).verification as AuditReport;
}

/** The key file of an auditor who has only the first key. */
async function firstKey(): Promise<string> {
  const file = join(folder.path, 'first.key');
  await writeFile(file, `${(await logHead(house.database)).keys[0]?.key}\n`);
  return file;
}

const rotations = async () => (await house.records()).filter(({ command }) => command === 'rotateSigningKey');

it('a change of the key is recorded in the log, and whoever has the key before can verify what follows', async () => {
  const warned: string[] = [];
  await using next = await openHouse({ beside: house, auditSigningKeyPem: SECOND, warn: (text) => warned.push(text) });
  expect(warned).toEqual([]);
  const { keys, size } = await logHead(house.database);
  expect(keys.map(({ from }) => from)).toEqual([0, size]);
  expect(await rotations()).toMatchObject([
    {
      via: 'job',
      outcome: 'success',
      params: { key: keys[1]?.key, previous: keys[0]?.key, rotation: keys[1]?.rotation },
    },
  ]);
  await next.sealer.seal();
  expect((await logHead(house.database)).size).toBeGreaterThan(size);
  // No configuration names the first key.
  expect(await verified(next)).toMatchObject({ ok: true, findings: [] });

  const to = join(folder.path, 'export');
  await exported(next, to);
  const key = await firstKey();
  const proven = { ok: true, findings: [], keyRotations: { signed: 1, recorded: 1 } };
  expect(await verifyExport({ folder: to, key })).toMatchObject(proven);
  const python = await pythonIn(folder.path);
  if (python === undefined) return;
  expect(await verifiedByPython(python, [to, '--key', key])).toMatchObject(proven);
});

it('the proof of a record leads whoever has the key before to the new one', async () => {
  await using next = await openHouse({ beside: house, auditSigningKeyPem: SECOND });
  await next.sealer.seal();
  const [record] = await rotations();
  if (record === undefined) throw new Error('there is no record of the change');
  const receipt = { record: record.id, hash: String(record.hash) };
  const { result } = await next.administer('boss', { command: 'proveRecord', params: receipt });
  const proof = result as ProveRecord['result'];
  const { keys } = await logHead(house.database);
  expect(proof.keyRotations).toEqual([keys[1]?.rotation]);
  for (const { key } of keys) {
    const report = verifyRecordProof(receipt, proof, [parseVerifierKey(key)]);
    expect(report).toMatchObject({ ok: true, keyRotations: { signed: 1 } });
  }
  const { result: continuation } = await next.administer('boss', { command: 'proveConsistency', params: { from: 1 } });
  expect(continuation).toMatchObject({ keyRotations: proof.keyRotations });
});

it('the file of keys has the newest one, and those that it replaced as comments', async () => {
  await using next = await openHouse({ beside: house, auditSigningKeyPem: SECOND });
  const [first, second] = (await logHead(house.database)).keys;
  expect(await next.auditLog.keyFile()).toBe(
    `${second?.key}\n# replaced after ${second?.from} records: ${first?.key}\n`,
  );
});

it('what is signed with a stolen key after it was replaced does not count', async () => {
  await using next = await openHouse({ beside: house, auditSigningKeyPem: SECOND });
  await next.sealer.seal();
  expect(await verified(next)).toMatchObject({ ok: true });
  const { checkpoint = '', size, origin, keys } = await logHead(house.database);
  const stolen = signerOf(await storedSigningKey(house.database), origin);
  expect(verifierKeyText(stolen.key)).toBe(keys[0]?.key);
  const forged = signedCheckpoint(parseCheckpoint(parseNote(checkpoint).text), stolen);
  const replaced = `signed with the key ${stolen.key.id}, which another one had replaced after ${keys[1]?.from} records`;
  const kept = { command: 'verifyAudit', params: { checkpoints: [forged] } };
  expect(await next.refused('boss', kept)).toMatchObject({
    reason: 'checkpoint_unfit',
    message: expect.stringContaining(replaced),
  });
  const heads = house.database.db.collection('auditHead');
  await heads.updateOne({ size }, { $set: { checkpoint: forged } });
  const { ok, findings } = await verified(next);
  expect(ok).toBe(false);
  expect(findings).toMatchObject([{ kind: 'signature_invalid', message: expect.stringContaining(replaced) }]);
  await heads.updateOne({ size }, { $set: { checkpoint } });
  expect(await verified(next)).toMatchObject({ ok: true });
});

it('a snapshot counts only if its key had not been replaced at its size', async () => {
  const { database } = house;
  const { origin, keys } = await logHead(database);
  const [stolen, until] = [signerOf(await storedSigningKey(database), origin), keys[1]?.from ?? 0];
  const trusted = [parseVerifierKey(keys[1]?.key ?? '')];
  const snapshots = database.db.collection<{ _id: string }>(auditSnapshots.name);
  const stored = async (size: number) => {
    const hash = '00'.repeat(32);
    const note = snapshotNote({ size, hash }, stolen);
    const snapshot = { _id: snapshotId(size), size, parts: 0, documents: 0, hash, note, at: new Date() };
    await snapshots.insertOne(snapshot);
    return newestSnapshot(database, trusted);
  };
  expect(await stored(until)).toMatchObject({ size: until });
  await expect(stored(until + 1)).rejects.toMatchObject({ reason: 'snapshot_changed' });
  await snapshots.deleteMany({});
});

it('a second statement of a key, which somebody has made who has stolen it, is found', async () => {
  await using next = await openHouse({ beside: house, auditSigningKeyPem: SECOND });
  const { origin, keys, size } = await logHead(house.database);
  const [stolen, thief] = [signerOf(await storedSigningKey(house.database), origin), signer(origin)];
  const added = { key: verifierKeyText(thief.key), from: 1, rotation: rotationNote(stolen, thief, 1) };
  const heads = house.database.db.collection<{ _id: string; keys: readonly unknown[] }>('auditHead');
  await heads.updateOne({ size }, { $set: { keys: [keys[0], added, ...keys.slice(1)] } });
  const { findings } = await verified(next);
  expect(findings).toMatchObject([
    { kind: 'signature_invalid', message: expect.stringContaining('do not follow from each other') },
    { kind: 'signature_invalid', message: expect.stringContaining(added.key) },
  ]);
  await heads.updateOne({ size }, { $set: { keys } });
  expect(await verified(next)).toMatchObject({ ok: true });
});

it('an instance whose key was replaced neither seals nor takes it back, and says so', async () => {
  const { size, keys } = await logHead(house.database);
  const warned: string[] = [];
  await using old = await openHouse({ beside: house, warn: (text) => warned.push(text) });
  expect(warned).toMatchObject([expect.stringContaining('does not seal')]);
  await old.administer('boss', { command: 'addUser', user: 'unsealed' });
  await old.sealer.seal();
  expect(await logHead(house.database)).toMatchObject({ size, keys });
  await using next = await openHouse({ beside: house, auditSigningKeyPem: SECOND });
  await next.sealer.seal();
  expect((await logHead(house.database)).size).toBeGreaterThan(size);
});

it('a key for which the one before does not vouch is reported, unless that is given', async () => {
  const warned: string[] = [];
  const warn = (text: string) => warned.push(text);
  await using third = await openHouse({
    ...{ beside: house, auditSigningKeyPem: THIRD, auditPreviousKeyPem: SECOND },
    ...{ auditOrigin: 'renamed.example', warn },
  });
  await third.sealer.seal();
  expect(warned).toEqual([]);
  expect(await verified(third)).toMatchObject({ ok: true, findings: [] });
  await using fourth = await openHouse({ beside: house, auditSigningKeyPem: FOURTH, warn });
  expect(warned).toMatchObject([expect.stringContaining('does not vouch')]);
  await fourth.sealer.seal();
  const { findings } = await verified(fourth);
  expect(findings.map(({ kind }) => kind)).toEqual(['signature_invalid', 'signature_invalid', 'signature_invalid']);
  expect(await rotations()).toHaveLength(3);
});

it('a statement counts only if both keys have signed exactly this one', () => {
  const [one, two, other] = [signer(ORIGIN), signer(ORIGIN), signer(ORIGIN)];
  const note = rotationNote(one, two, 7);
  const rotation = verifiedRotation(note);
  expect(rotation).toEqual({ from: one.key, to: two.key, size: 7 });
  const lines = note.trimEnd().split('\n');
  const without = (line: number) => `${lines.toSpliced(line, 1).join('\n')}\n`;
  for (const edited of [
    '',
    'x',
    note.replace('\n7\n', '\n8\n'),
    note.replace('/key', '/kez'),
    without(5),
    without(6),
  ]) {
    expect(verifiedRotation(edited)).toBeUndefined();
  }
  const next = verifiedRotation(rotationNote(two, other, 9));
  if (rotation === undefined || next === undefined) throw new Error('a statement was not verified');
  const keys = [{ ...one.key, until: 7 }, { ...two.key, until: 9 }, other.key];
  const sorted = (list: readonly VerifierKey[]) => list.map((key) => JSON.stringify(key)).sort();
  for (const given of [one, two, other]) {
    const found = vouchedKeys([given.key], [next, rotation, rotation]);
    expect(sorted(found.keys)).toEqual(sorted(keys));
    expect(found).toMatchObject({ rotations: [rotation, next], disputed: [] });
  }
  const stranger = signer(ORIGIN).key;
  expect(vouchedKeys([stranger], [rotation, next])).toEqual({ keys: [stranger], rotations: [], disputed: [] });
});

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rotationNote } from '../../../src/audit/log/keyRotation.ts';
import { type RecordProof, verifyRecordProof } from '../../../src/audit/log/offline/verifyReceipt.ts';
import { type Signer, verifierKeyText } from '../../../src/audit/log/signedNote.ts';
import type { AuditFinding } from '../../../src/base/schemas/generated.ts';
import { temporaryFolder } from '../../support/running.ts';
import { type Entry, entries, ORIGIN, proofOf, receiptOf, signer } from './generatedLog.ts';
import { pythonIn, verifiedByPython } from './pythonVerifier.ts';

const ALL = entries(13);
const [first, second, third, thief] = [signer(ORIGIN), signer(ORIGIN), signer('steward/renamed'), signer(ORIGIN)];
const [toSecond, toThird] = [rotationNote(first, second, 6), rotationNote(second, third, 9)];
const receipt = (seq: number) => receiptOf(ALL[seq] as Entry);
const proof = (seq: number, log: Signer, keyRotations: readonly string[] = []) => proofOf(ALL, seq, log, keyRotations);

/** The answer of proveRecord, what an auditor has, and what a verifier must find. */
interface ProofVector {
  readonly name: string;
  readonly proof: Promise<RecordProof>;
  readonly receipt?: ReturnType<typeof receiptOf>;
  readonly key: Signer;
  readonly findings: readonly AuditFinding['kind'][];
  /** How many changes of the key it relies on. */
  readonly signed?: number;
}

const VECTORS: readonly ProofVector[] = [
  { name: 'with the key of the log', proof: proof(4, first), key: first, findings: [] },
  { name: 'of a record of format 1', proof: proof(3, first), receipt: receipt(3), key: first, findings: [] },
  { name: 'of the last record', proof: proof(12, first), receipt: receipt(12), key: first, findings: [] },
  { name: 'with another key', proof: proof(4, first), key: thief, findings: ['signature_invalid'] },
  {
    name: 'of another record than that of the receipt',
    proof: proof(5, first),
    key: first,
    findings: ['receipt_differs'],
  },
  {
    name: 'of another place',
    proof: proof(4, first).then((whole) => ({ ...whole, seq: 5 })),
    key: first,
    findings: ['receipt_not_found'],
  },
  {
    name: 'of another size',
    proof: proof(4, first).then((whole) => ({ ...whole, size: 12 })),
    key: first,
    findings: ['checkpoint_invalid'],
  },
  {
    name: 'with too many hashes',
    proof: proof(4, first).then((whole) => ({ ...whole, proof: [...whole.proof, ...whole.proof] })),
    key: first,
    findings: ['receipt_not_found'],
  },
  {
    name: 'after a change of the key, with the key before',
    proof: proof(4, second, [toSecond]),
    key: first,
    findings: [],
    signed: 1,
  },
  {
    name: 'after two changes of the key, with the first one',
    proof: proof(4, third, [toSecond, toThird]),
    key: first,
    findings: [],
    signed: 2,
  },
  {
    name: 'after a change of the key, without its statement',
    proof: proof(4, second),
    key: first,
    findings: ['signature_invalid'],
  },
  {
    name: 'after a change of the key that only the new key has signed',
    proof: proof(4, second, [
      rotationNote(thief, second, 6).replaceAll(verifierKeyText(thief.key), verifierKeyText(first.key)),
    ]),
    key: first,
    findings: ['signature_invalid', 'signature_invalid'],
  },
  {
    name: 'signed with a stolen key that was replaced, with the new key',
    proof: proof(4, first, [toSecond]),
    key: second,
    findings: ['signature_invalid'],
    signed: 1,
  },
  {
    name: 'signed with a stolen key that was replaced, with that key',
    proof: proof(4, first, [toSecond]),
    key: first,
    findings: ['signature_invalid'],
    signed: 1,
  },
  {
    name: 'signed with a key for which a stolen one vouches, with the new key',
    proof: proof(4, thief, [toSecond, rotationNote(first, thief, 4)]),
    key: second,
    findings: ['signature_invalid', 'signature_invalid'],
    signed: 1,
  },
];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let python: string | undefined;
beforeAll(async () => {
  folder = await temporaryFolder();
  python = await pythonIn(folder.path);
});
afterAll(() => folder?.[Symbol.asyncDispose]());

it.each(VECTORS)('both verifiers find the same in a proof $name', async ({ findings, signed = 0, ...vector }) => {
  const [given, of] = [await vector.proof, vector.receipt ?? receipt(4)];
  const report = verifyRecordProof(of, given, [vector.key.key]);
  expect(report.findings.map(({ kind }) => kind).sort()).toEqual([...findings].sort());
  expect(report).toMatchObject({ ok: findings.length === 0, keyRotations: { signed } });
  if (python === undefined) return;
  const to = join(folder.path, vector.name.replaceAll(' ', '-'));
  await mkdir(to);
  const write = async (name: string, text: string) => {
    await writeFile(join(to, name), text);
    return join(to, name);
  };
  const byPython = await verifiedByPython(python, [
    ...['--proof', await write('proof', JSON.stringify(given))],
    ...['--receipts', await write('receipt', JSON.stringify(of))],
    ...['--key', await write('key', `${verifierKeyText(vector.key.key)}\n`)],
  ]);
  expect(byPython.findings.map(({ kind }) => kind).sort()).toEqual([...findings].sort());
  const { ok, checked, keyRotations } = report;
  expect(byPython).toMatchObject({ ok, checked, keyRotations });
});

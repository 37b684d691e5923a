import { OperatorError } from '../../../base/errors.ts';
import { verifiedCheckpoint } from '../checkpoint.ts';
import { disputeOf, type KeyRotation, verifiedRotation, vouchedKeys } from '../keyRotation.ts';
import { fromBase64, NoteError, SignatureError, type VerifierKey } from '../signedNote.ts';
import { provesInclusion } from '../tree.ts';
import { Findings, type Report } from './report.ts';
import { leavesOfReceipt, type Receipt } from './trusted.ts';

/** A proof that a record stands in the log, as `proveRecord` answers it. */
export interface RecordProof {
  readonly seq: number;
  /** Hexadecimal digits. */
  readonly leaf: string;
  readonly size: number;
  /** Base64. */
  readonly proof: readonly string[];
  readonly checkpoint: string;
  /** For each change of the key, the note that both keys have signed. Services of earlier versions answer none. */
  readonly keyRotations: readonly string[];
}

/** @throws OperatorError */
export function parseRecordProof(text: string, where: string): RecordProof {
  const { seq, leaf, size, proof, checkpoint, keyRotations = [] } = fieldsIn(text);
  const isProof =
    Number.isSafeInteger(seq) &&
    Number.isSafeInteger(size) &&
    typeof leaf === 'string' &&
    typeof checkpoint === 'string' &&
    Array.isArray(proof) &&
    proof.every((hash) => typeof hash === 'string' && fromBase64(hash) !== undefined) &&
    Array.isArray(keyRotations) &&
    keyRotations.every((note) => typeof note === 'string');
  if (!isProof) throw new OperatorError(`${where} is not the answer of proveRecord.`);
  return { seq: Number(seq), leaf, size: Number(size), proof, checkpoint, keyRotations };
}

/** The proof, or the answer that has it as `result`. */
function fieldsIn(text: string): { readonly [K in keyof RecordProof]?: unknown } {
  try {
    const value = JSON.parse(text);
    return value?.result ?? value ?? {};
  } catch {
    return {};
  }
}

/**
 * Verifies that the proof shows that the record of the receipt stands in the log that is signed with these keys, or with those
 * to which its rotations lead. A proof has only the hash of the record: nothing is said about what is stored of it now.
 */
export function verifyRecordProof(receipt: Receipt, proof: RecordProof, keys: readonly VerifierKey[]): Report {
  const findings = new Findings();
  const { seq, leaf } = proof;
  if (!leavesOfReceipt(receipt).includes(leaf)) {
    const message = `The proof is of the record with the leaf ${leaf}, which is not the one of the receipt for ${receipt.record}.`;
    findings.add({ kind: 'receipt_differs', seq, record: receipt.record, message });
  }
  const vouched = vouchedKeys(keys, rotationsIn(proof, findings));
  for (const disputed of vouched.disputed) findings.add({ kind: 'signature_invalid', message: disputeOf(disputed) });
  const checkpoint = checkpointOf(proof, vouched.keys, findings);
  if (checkpoint !== undefined && !isProven(proof, checkpoint)) {
    const message = `The proof does not lead from the record to the root of the checkpoint of ${checkpoint.origin}.`;
    findings.add({ kind: 'receipt_not_found', seq, record: receipt.record, message });
  }
  return {
    ok: findings.none,
    checked: { from: seq, to: seq + 1 },
    ...(checkpoint === undefined ? {} : { origin: checkpoint.origin, root: checkpoint.root.toString('base64') }),
    size: checkpoint?.size ?? 0,
    keys: 'given',
    keyRotations: { signed: vouched.rotations.length, recorded: 0 },
    pruned: 0,
    uncovered: 0,
    checkpoints: checkpoint === undefined ? 0 : 1,
    receipts: findings.none ? 1 : 0,
    receiptsWithoutText: 0,
    cosigned: [],
    ...findings.result(),
  };
}

/** The changes of the key that the proof names. What is not signed by both keys is a finding. */
function rotationsIn({ keyRotations }: RecordProof, findings: Findings): KeyRotation[] {
  return keyRotations.flatMap((note, i) => {
    const rotation = verifiedRotation(note);
    if (rotation !== undefined) return [rotation];
    const message = `The note ${i + 1} in keyRotations of the proof is not a change of the key that both keys have signed.`;
    findings.add({ kind: 'signature_invalid', message });
    return [];
  });
}

function checkpointOf({ checkpoint, size }: RecordProof, keys: readonly VerifierKey[], findings: Findings) {
  try {
    const signed = verifiedCheckpoint(checkpoint, keys);
    if (signed.size === size) return signed;
    const message = `The proof is for ${size} records, but its checkpoint for ${signed.size}.`;
    findings.add({ kind: 'checkpoint_invalid', message });
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    const kind = error instanceof SignatureError ? 'signature_invalid' : 'checkpoint_invalid';
    findings.add({ kind, message: error.message });
  }
  return undefined;
}

const isProven = (
  { seq, leaf, proof }: RecordProof,
  { size, root }: { readonly size: number; readonly root: Buffer },
) =>
  provesInclusion(
    { index: seq, size, leaf: Buffer.from(leaf, 'hex'), root },
    proof.map((hash) => Buffer.from(hash, 'base64')),
  );

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../../base/errorCode.ts';
import { OperatorError } from '../../../base/errors.ts';
import { type SignedCheckpoint, verifiedCheckpoint } from '../checkpoint.ts';
import { leafOfReceipt } from '../entry.ts';
import { disputeOf, type KeyRotation, verifiedRotation, vouchedKeys } from '../keyRotation.ts';
import { KEY_TYPES, NoteError, parseVerifierKey, SignatureError, type VerifierKey } from '../signedNote.ts';
import { EXPORT, namesIn, textIfThere } from './exportFiles.ts';
import type { Findings } from './report.ts';

/** What a caller got with the result of a call. */
export interface Receipt {
  readonly record: string;
  readonly hash: string;
}

/** A checkpoint whose signature is good. */
export interface KnownCheckpoint extends SignedCheckpoint {
  /** The file that it was read from. */
  readonly file: string;
  /** Whether it is the newest one of the export itself. */
  readonly isNewest: boolean;
}

/** A change of the key that both keys have signed. */
export interface KnownRotation extends KeyRotation {
  readonly note: string;
}

/** Where what the verifier relies on comes from. */
export interface TrustedFiles {
  readonly folder: string;
  /** Checkpoints that were kept outside of the export. */
  readonly checkpoints?: readonly string[];
  /** The file with the keys of the log; without one, those of the export are believed. */
  readonly key?: string;
  readonly witnessKeys?: readonly string[];
}

export interface Trusted {
  readonly keys: 'given' | 'own';
  /** The changes of the key by which others are trusted than those that were given. */
  readonly rotations: readonly KnownRotation[];
  readonly witnesses: readonly VerifierKey[];
  /** In ascending order of sizes. */
  readonly checkpoints: readonly KnownCheckpoint[];
}

/** Reads keys and checkpoints. What is wrong with a checkpoint is a finding. @throws OperatorError if a file cannot be read */
export async function readTrusted(files: TrustedFiles, findings: Findings): Promise<Trusted> {
  const { folder, key = join(folder, EXPORT.keys) } = files;
  const logKeys = (await keysIn(key)).filter(({ type }) => type === KEY_TYPES.ed25519);
  if (logKeys.length === 0) throw new OperatorError(`${key} has no key of a log.`);
  const witnesses = await witnessKeysIn(files.witnessKeys ?? []);
  const vouched = vouchedKeys(logKeys, await rotationsIn(folder, findings));
  for (const disputed of vouched.disputed) findings.add({ kind: 'signature_invalid', message: disputeOf(disputed) });
  const keys = [...vouched.keys, ...witnesses];
  const checkpoints: KnownCheckpoint[] = [];
  const newest = join(folder, EXPORT.checkpoint);
  const text = await textIfThere(newest);
  if (text === undefined) {
    findings.add({
      kind: 'torn',
      message: `The export has no file "${EXPORT.checkpoint}", so nothing in it is signed.`,
    });
  } else checkpoints.push(...checked({ file: newest, text, keys, isNewest: true }, findings));
  const origin = checkpoints[0]?.origin ?? logKeys[0]?.name ?? '';
  for (const file of [...(await earlier(folder)), ...(files.checkpoints ?? [])]) {
    const found = checked({ file, text: await mustRead(file), keys, isNewest: false }, findings);
    checkpoints.push(...found.filter((checkpoint) => isOf(origin, checkpoint, findings)));
  }
  checkpoints.sort((a, b) => a.size - b.size);
  const { rotations } = vouched;
  return { keys: files.key === undefined ? 'own' : 'given', rotations, witnesses, checkpoints };
}

/** The changes of the key that an export names. What is not signed by both keys is a finding. */
async function rotationsIn(folder: string, findings: Findings): Promise<KnownRotation[]> {
  const file = join(folder, EXPORT.keyRotations);
  const lines = ((await textIfThere(file)) ?? '').split('\n').filter((line) => line !== '');
  return lines.flatMap((line, i) => {
    const note = json(line);
    const rotation = typeof note === 'string' ? verifiedRotation(note) : undefined;
    if (typeof note === 'string' && rotation !== undefined) return [{ ...rotation, note }];
    const message = `${file}, line ${i + 1}, is not a change of the key that both keys have signed.`;
    findings.add({ kind: 'signature_invalid', message });
    return [];
  });
}

/** The keys of witnesses in these files. @throws OperatorError */
async function witnessKeysIn(files: readonly string[]): Promise<VerifierKey[]> {
  const keys: VerifierKey[] = [];
  for (const file of files) {
    const found = (await keysIn(file)).filter(({ type }) => type === KEY_TYPES.cosignature);
    if (found.length === 0) throw new OperatorError(`${file} has no key of a witness.`);
    keys.push(...found);
  }
  return keys;
}

/** The keys in a file, one a line. @throws OperatorError */
export async function keysIn(file: string): Promise<VerifierKey[]> {
  const lines = (await mustRead(file)).split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => keyIn(line, file));
}

function keyIn(line: string, file: string): VerifierKey {
  try {
    return parseVerifierKey(line);
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    throw new OperatorError(`${file}: ${error.message}`);
  }
}

interface CheckpointText {
  readonly file: string;
  readonly text: string;
  readonly keys: readonly VerifierKey[];
  readonly isNewest: boolean;
}

function checked({ file, text, keys, isNewest }: CheckpointText, findings: Findings): KnownCheckpoint[] {
  try {
    return [{ ...verifiedCheckpoint(text, keys), file, isNewest }];
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    const kind = error instanceof SignatureError ? 'signature_invalid' : 'checkpoint_invalid';
    findings.add({ kind, message: `${file}: ${error.message}` });
    return [];
  }
}

function isOf(origin: string, checkpoint: KnownCheckpoint, findings: Findings): boolean {
  if (checkpoint.origin === origin) return true;
  const message = `${checkpoint.file} is a checkpoint of the log ${checkpoint.origin}, but the export is of ${origin}.`;
  findings.add({ kind: 'checkpoint_invalid', message });
  return false;
}

async function earlier(folder: string): Promise<string[]> {
  const checkpoints = join(folder, EXPORT.checkpoints);
  const names = (await namesIn(checkpoints)) ?? [];
  return names.filter((name) => /^[0-9]+$/.test(name)).map((name) => join(checkpoints, name));
}

/** @throws OperatorError */
export async function mustRead(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new OperatorError(`${file} cannot be read (${errorCode(error) ?? error}).`);
  }
}

/** The receipts in a file: JSON objects with `record` and `hash`, one a line. @throws OperatorError */
export async function receiptsIn(file: string): Promise<Receipt[]> {
  const lines = (await mustRead(file)).split('\n');
  return lines.flatMap((line, i) => (line.trim() === '' ? [] : [parseReceipt(line, `${file}, line ${i + 1}`)]));
}

/** A receipt, or an answer with a receipt. @throws OperatorError */
export function parseReceipt(text: string, where: string): Receipt {
  const value = json(text);
  const { record, hash } = (isFields(value) && isFields(value.receipt) ? value.receipt : value) as Partial<Receipt>;
  if (typeof record !== 'string' || typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash)) {
    throw new OperatorError(`${where} is not a receipt: a JSON object with "record" and "hash".`);
  }
  return { record, hash };
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object';

function json(text: string): unknown {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

/** The leaves that the record of a receipt may have, in hexadecimal digits: the receipt does not say its format. */
export const leavesOfReceipt = ({ hash }: Receipt): string[] => [
  leafOfReceipt(2, hash).toString('hex'),
  leafOfReceipt(1, hash).toString('hex'),
];

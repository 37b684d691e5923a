import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../../../src/audit/log/canonical.ts';
import { cosignatureOf, signedCheckpoint, withSignatures } from '../../../src/audit/log/checkpoint.ts';
import { leafOf, type RecordFormat } from '../../../src/audit/log/entry.ts';
import type { RecordProof } from '../../../src/audit/log/offline/verifyReceipt.ts';
import { KEY_TYPES, type Signer, verifierKey, verifierKeyText } from '../../../src/audit/log/signedNote.ts';
import { CompactRange, inclusionProof, rootOf } from '../../../src/audit/log/tree.ts';

export const ORIGIN = 'steward/test';
const AT = Date.UTC(2026, 10, 30);

export function signer(name: string, type: Signer['key']['type'] = KEY_TYPES.ed25519): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { key: verifierKey(name, type, publicKey), privateKey };
}

export const witnessSigner = (name: string): Signer => signer(name, KEY_TYPES.cosignature);

interface Part {
  readonly id: string;
  /** Every second one has a salt, as those of this version. */
  readonly salt?: string;
  readonly text: string;
}

/** A record as the log has it. */
export interface Entry {
  readonly id: string;
  readonly format: RecordFormat;
  readonly text: string;
  readonly parts: readonly Part[];
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A record: every third of the old format, every fifth with its changes in parts. */
export function entry(n: number, more: object = {}): Entry {
  const id = `${(0x6b000000 + n).toString(16)}a1b2c3d4e5f60718-0`;
  const parts = n % 5 === 4 ? [part(n, 0), part(n, 1)] : [];
  const changeParts = parts.map((each) => ({
    ...{ id: each.id, hash: hashOfPart(each) },
    ...{ count: 1, characters: each.text.length },
  }));
  const at = new Date(AT + n * 1_000);
  const record = {
    at,
    via: 'command',
    command: 'addUser',
    outcome: 'success',
    actor: { id: 'ä', name: 'admin "the" first' },
    params: { user: `user${n}`, n: n / 3 },
    changes: [],
    ...(parts.length === 0 ? {} : { changeParts }),
    ...more,
    id,
  };
  return n % 3 === 0
    ? { id, format: 1, text: JSON.stringify(record), parts }
    : { id, format: 2, text: canonicalJson({ ...record, format: 2, salt: `salt${n}` }), parts };
}

function part(n: number, place: number): Part {
  const salt = place % 2 === 0 ? {} : { salt: `aB-_${n}`.padEnd(22, 'x') };
  const text = JSON.stringify([{ collection: 'principals', id: `p${n}`, op: 'insert', after: { n, place } }]);
  return { id: `${(0x7c000000 + 16 * n + place).toString(16)}a1b2c3d4e5f60718`, ...salt, text };
}

const hashOfPart = ({ salt = '', text }: Part) => sha256(salt + text);

export const entries = (count: number): Entry[] => Array.from({ length: count }, (_, n) => entry(n));

export const leafOfEntry = ({ format, text }: Entry): Buffer => leafOf(format, text);

/** The receipt that the caller got. */
export const receiptOf = ({ id, format, text }: Entry) => ({
  record: id,
  hash: format === 1 ? sha256(text) : leafOf(2, text).toString('hex'),
});

/** The lines of a record in an export, as the service gives them. */
export function linesOf(seq: number, entry: Entry, leaf: Buffer = leafOfEntry(entry)): string[] {
  const { id, format, text, parts } = entry;
  return [
    `{"seq":${seq},"id":"${id}","leaf":"${leaf.toString('hex')}","format":${format},"record":${text}}`,
    ...parts.map((part) => partLine(seq, part)),
  ];
}

function partLine(seq: number, part: Part): string {
  const salt = part.salt === undefined ? '' : `"salt":"${part.salt}",`;
  return `{"of":${seq},"part":"${part.id}","hash":"${hashOfPart(part)}",${salt}"changes":${part.text}}`;
}

export const allLines = (all: readonly Entry[]): string[] => all.flatMap((entry, seq) => linesOf(seq, entry));

/** The signed checkpoint over these records. */
export function checkpointOf(all: readonly Entry[], log: Signer, witness?: Signer): string {
  const note = signedCheckpoint({ origin: log.key.name, size: all.length, root: rootOf(all.map(leafOfEntry)) }, log);
  return witness === undefined ? note : withSignatures(note, [cosignatureOf(note, 1_800_000_000, witness)]);
}

/** The leaves and inner nodes of the tree over these leaves. */
export function nodesOf(leaves: readonly Buffer[]): (level: number, index: number) => Buffer {
  const nodes = new Map(leaves.map((leaf, index) => [`0/${index}`, leaf]));
  const range = new CompactRange();
  for (const leaf of leaves) {
    for (const { level, index, hash } of range.append(leaf)) nodes.set(`${level}/${index}`, hash);
  }
  return (level, index) => nodes.get(`${level}/${index}`) as Buffer;
}

/** What `proveRecord` answers. */
export async function proofOf(
  all: readonly Entry[],
  seq: number,
  log: Signer,
  keyRotations: readonly string[] = [],
): Promise<RecordProof> {
  const leaves = all.map(leafOfEntry);
  const proof = await inclusionProof({ index: seq, size: all.length }, nodesOf(leaves));
  return {
    seq,
    leaf: (leaves[seq] as Buffer).toString('hex'),
    size: all.length,
    proof: proof.map((hash) => hash.toString('base64')),
    checkpoint: checkpointOf(all, log),
    keyRotations,
  };
}

/** The files of an export. */
export interface ExportFiles {
  /** The lines of each file, by the number of its first record. */
  readonly records: Readonly<Record<number, readonly string[]>>;
  readonly checkpoint?: string;
  /** Earlier ones, by size. */
  readonly checkpoints?: Readonly<Record<number, string>>;
  readonly keys: readonly string[];
  /** The notes about changes of the key. */
  readonly keyRotations?: readonly string[];
  /** What the last file ends with, in place of a newline. */
  readonly tail?: string;
  /** The text of the file about what is stored beside the log. */
  readonly beside?: string;
}

export function exportOf(all: readonly Entry[], log: Signer, checkpoints: readonly number[] = []): ExportFiles {
  return {
    records: { 0: allLines(all) },
    checkpoint: checkpointOf(all, log),
    checkpoints: Object.fromEntries(checkpoints.map((size) => [size, checkpointOf(all.slice(0, size), log)])),
    keys: [verifierKeyText(log.key)],
  };
}

export async function writeExport(folder: string, files: ExportFiles): Promise<void> {
  await mkdir(join(folder, 'records'), { recursive: true });
  for (const [first, lines] of Object.entries(files.records)) {
    const text = lines.length === 0 ? '' : lines.join('\n') + (files.tail ?? '\n');
    await writeFile(join(folder, 'records', `${first.padStart(12, '0')}.jsonl`), text);
  }
  if (files.checkpoint !== undefined) await writeFile(join(folder, 'checkpoint'), files.checkpoint);
  await mkdir(join(folder, 'checkpoints'), { recursive: true });
  for (const [size, note] of Object.entries(files.checkpoints ?? {})) {
    await writeFile(join(folder, 'checkpoints', size), note);
  }
  if (files.keyRotations !== undefined) {
    const notes = files.keyRotations.map((note) => `${JSON.stringify(note)}\n`);
    await writeFile(join(folder, 'key-rotations'), notes.join(''));
  }
  if (files.beside !== undefined) await writeFile(join(folder, 'beside'), files.beside);
  await writeFile(join(folder, 'keys'), files.keys.map((key) => `${key}\n`).join(''));
}

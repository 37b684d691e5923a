import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cosignatureOf, signedCheckpoint, withSignatures } from '../../../src/audit/log/checkpoint.ts';
import { rotationNote } from '../../../src/audit/log/keyRotation.ts';
import type { TrustedFiles } from '../../../src/audit/log/offline/trusted.ts';
import { verifierKeyText } from '../../../src/audit/log/signedNote.ts';
import { rootOf } from '../../../src/audit/log/tree.ts';
import type { AuditFinding } from '../../../src/base/schemas/generated.ts';
import {
  allLines,
  checkpointOf,
  type Entry,
  type ExportFiles,
  entries,
  entry,
  exportOf,
  leafOfEntry,
  linesOf,
  ORIGIN,
  receiptOf,
  signer,
  witnessSigner,
  writeExport,
} from './generatedLog.ts';

type Receipt = ReturnType<typeof receiptOf>;

/** An export with what an auditor kept, and what a verifier must find. */
export interface Vector {
  readonly name: string;
  readonly files: ExportFiles;
  /** Checkpoints, keys and receipts that were kept elsewhere. */
  readonly kept?: {
    readonly checkpoints?: readonly string[];
    readonly key?: string;
    readonly witnessKeys?: readonly string[];
    readonly receipts?: readonly Receipt[];
  };
  readonly findings: readonly (readonly [AuditFinding['kind'], number?])[];
  /** How many records were compared with a checkpoint. */
  readonly checked: number;
}

const COUNT = 13;
const log = signer(ORIGIN);
const foreign = signer('steward/other');
const impostor = signer(ORIGIN);
const witness = witnessSigner('witness.example');
const other = witnessSigner('other.example');
const ALL = entries(COUNT);
const WHOLE = exportOf(ALL, log, [0, 4, 7]);
const key = verifierKeyText(log.key);
const witnessKey = verifierKeyText(witness.key);
const receipts = ALL.map(receiptOf);

/** The records with another in this place. */
const withOther = (seq: number, changed: Entry = entry(seq, { reason: 'changed' })) => ALL.with(seq, changed);
const textReplaced = (seq: number) => ({ ...(ALL[seq] as Entry), text: (withOther(seq)[seq] as Entry).text });
/** The whole export with other lines. */
const withLines = (lines: readonly string[], more: Partial<ExportFiles> = {}): ExportFiles => ({
  ...WHOLE,
  records: { 0: lines },
  ...more,
});
/** The lines of each record, some of them others. */
const lines = (changed: Readonly<Record<number, readonly string[]>> = {}): string[] =>
  ALL.flatMap((record, seq) => changed[seq] ?? linesOf(seq, record));
/** A record whose text is another, under the leaf that was sealed. */
const underLeafOf = (seq: number, record: Entry) => linesOf(seq, record, leafOfEntry(ALL[seq] as Entry));
const bare = (seq: number, why: string, withId = true) => {
  const { id, format } = ALL[seq] as Entry;
  const leaf = leafOfEntry(ALL[seq] as Entry).toString('hex');
  return [`{"seq":${seq},${withId ? `"id":"${id}",` : ''}"leaf":"${leaf}","format":${format},"${why}":true}`];
};
/** A line with one text replaced in it. */
const edited = (line: string, from: string, to: string) => {
  if (!line.includes(from)) throw new Error(`there is no ${from} in ${line}`);
  return line.replace(from, to);
};
const [record4 = '', part40 = '', part41 = ''] = linesOf(4, ALL[4] as Entry);
const WITHOUT_2 = ALL.toSpliced(2, 1);
const REWRITTEN = withOther(5);
const besideLine = `{"beside":${COUNT - 1},"id":"${'0'.repeat(24)}-0","record":{}}`;
const cosigned = checkpointOf(ALL, log, witness);
const anotherRoot = signedCheckpoint(
  { origin: ORIGIN, size: 7, root: rootOf(REWRITTEN.slice(0, 7).map(leafOfEntry)) },
  log,
);
const wrongCosignature = cosignatureOf(checkpointOf(ALL.slice(0, 3), log), 1_800_000_000, witness);

/** The log changed its key at record 6, and once more at record 9; the keys before vouch for the next. */
const second = signer(ORIGIN);
const third = signer('steward/renamed');
const [toSecond, toThird] = [rotationNote(log, second, 6), rotationNote(second, third, 9)];
const rotating = (rotation: string) => ({ command: 'rotateSigningKey', params: { rotation } });
const ROTATED = withOther(6, entry(6, rotating(toSecond)));
const ROTATED_TWICE = ROTATED.with(10, entry(10, rotating(toThird)));
const afterRotation: ExportFiles = {
  ...exportOf(ROTATED, second),
  checkpoints: { 4: checkpointOf(ROTATED.slice(0, 4), log) },
  keyRotations: [toSecond],
};
/** Somebody who has stolen the key before lets it vouch for a key of their own. */
const toImpostor = rotationNote(log, impostor, 4);
/** The log returned to its first key at record 9. */
const toFirst = rotationNote(second, log, 9);
const RETURNED = ROTATED.with(10, entry(10, rotating(toFirst)));
const afterReturn: ExportFiles = { ...exportOf(RETURNED, log), keyRotations: [toSecond, toFirst] };

export const VECTORS: readonly Vector[] = [
  { name: 'untouched', files: WHOLE, findings: [], checked: COUNT },
  {
    name: 'untouched, with all that can be kept',
    files: { ...WHOLE, checkpoint: cosigned },
    kept: {
      key,
      checkpoints: [checkpointOf(ALL.slice(0, 10), log, witness), checkpointOf(ALL.slice(0, 1), log)],
      witnessKeys: [witnessKey],
      receipts,
    },
    findings: [],
    checked: COUNT,
  },
  { name: 'empty', files: exportOf([], log), findings: [], checked: 0 },
  {
    name: 'untouched, with records that were not sealed yet',
    files: { ...WHOLE, beside: '{"unsealed":3}\n' },
    findings: [],
    checked: COUNT,
  },
  {
    name: 'with a record that is stored beside the log',
    files: { ...WHOLE, beside: `${besideLine}\n{"unsealed":0}\n` },
    findings: [['inserted', COUNT]],
    checked: COUNT,
  },
  {
    name: 'where the list of what is stored beside the log has no end',
    files: { ...WHOLE, beside: `${besideLine}\n` },
    findings: [['inserted', COUNT], ['torn']],
    checked: COUNT,
  },
  {
    name: 'where the list of what is stored beside the log goes on after its end, and has a line that is none',
    files: { ...WHOLE, beside: `x\n{"unsealed":0}\n${besideLine}` },
    findings: [['torn'], ['torn']],
    checked: COUNT,
  },
  {
    name: 'in several files',
    files: { ...WHOLE, records: { 0: allLines(ALL.slice(0, 5)), 5: lines().slice(allLines(ALL.slice(0, 5)).length) } },
    findings: [],
    checked: COUNT,
  },
  {
    name: 'longer than its checkpoint',
    files: { ...WHOLE, checkpoint: checkpointOf(ALL.slice(0, 10), log) },
    findings: [],
    checked: 10,
  },
  {
    name: 'with pruned records, and their receipts',
    files: withLines(lines({ 2: bare(2, 'pruned'), 4: bare(4, 'pruned', false), 6: bare(6, 'pruned', false) })),
    kept: { receipts },
    findings: [],
    checked: COUNT,
  },
  {
    name: 'edited record of format 1',
    files: withLines(lines({ 6: underLeafOf(6, textReplaced(6)) })),
    findings: [['edited', 6]],
    checked: COUNT,
  },
  {
    name: 'edited records of format 2',
    files: withLines(lines({ 1: underLeafOf(1, textReplaced(1)), 11: underLeafOf(11, textReplaced(11)) })),
    findings: [
      ['edited', 1],
      ['edited', 11],
    ],
    checked: COUNT,
  },
  {
    name: 'edited record after the checkpoint of the receipts',
    files: withLines(lines({ 8: underLeafOf(8, textReplaced(8)) })),
    kept: { receipts },
    findings: [['edited', 8]],
    checked: COUNT,
  },
  {
    name: 'edited record whose leaf was edited too',
    files: withLines(lines({ 8: linesOf(8, withOther(8)[8] as Entry) })),
    kept: { receipts },
    findings: [
      ['receipt_differs', 8],
      ['seal_edited', 7],
    ],
    checked: COUNT,
  },
  {
    name: 'other id in the line than in the record',
    files: withLines(lines({ 7: [edited(linesOf(7, ALL[7] as Entry)[0] ?? '', '6b000007', '6b000008')] })),
    findings: [['edited', 7]],
    checked: COUNT,
  },
  {
    name: 'removed record',
    files: withLines(lines({ 3: bare(3, 'missing') })),
    kept: { receipts },
    findings: [['missing', 3]],
    checked: COUNT,
  },
  {
    name: 'inserted record',
    files: withLines(lines({ 3: [...linesOf(3, ALL[3] as Entry), `{"beside":3,"id":"${entry(99).id}","record":{}}`] })),
    findings: [['inserted', 4]],
    checked: COUNT,
  },
  {
    name: 'swapped records',
    files: withLines(lines({ 7: underLeafOf(7, ALL[8] as Entry), 8: underLeafOf(8, ALL[7] as Entry) })),
    findings: [
      ['reordered', 7],
      ['reordered', 8],
    ],
    checked: COUNT,
  },
  {
    name: 'swapped lines',
    files: withLines(lines({ 7: linesOf(8, ALL[8] as Entry), 8: linesOf(7, ALL[7] as Entry) })),
    findings: [['reordered', 7]],
    checked: 7,
  },
  {
    name: 'repeated line',
    files: withLines(lines({ 7: [...linesOf(7, ALL[7] as Entry), ...linesOf(7, ALL[7] as Entry)] })),
    findings: [['inserted', 7]],
    checked: COUNT,
  },
  { name: 'gap', files: withLines(lines({ 5: [], 6: [] })), findings: [['gap', 5]], checked: 4 },
  { name: 'gap at the beginning', files: withLines(lines({ 0: [] })), findings: [['gap', 0]], checked: 0 },
  { name: 'cut tail', files: withLines(allLines(ALL.slice(0, 9))), findings: [['truncated', 9]], checked: 7 },
  {
    name: 'no records',
    files: { ...WHOLE, records: {} },
    findings: [
      ['truncated', 0],
      ['truncated', 0],
      ['truncated', 0],
    ],
    checked: 0,
  },
  {
    name: 'torn in its last line',
    files: withLines([...allLines(ALL.slice(0, 12)), (linesOf(12, ALL[12] as Entry)[0] ?? '').slice(0, 100)], {
      tail: '',
    }),
    findings: [['torn']],
    checked: 7,
  },
  {
    name: 'torn in its last line, complete but for the newline',
    files: withLines(lines(), { tail: '' }),
    findings: [['torn']],
    checked: 7,
  },
  {
    name: 'a line that is none',
    files: withLines(lines({ 7: ['{"seq":07}'] })),
    findings: [['torn'], ['gap', 7]],
    checked: 7,
  },
  { name: 'without a checkpoint', files: { records: { 0: lines() }, keys: [key] }, findings: [['torn']], checked: 0 },
  {
    name: 'edited changes in parts',
    files: withLines(lines({ 4: [record4, edited(part40, '"place":0', '"place":2'), part41] })),
    findings: [['part_edited', 4]],
    checked: COUNT,
  },
  {
    name: 'another salt of changes in parts',
    files: withLines(lines({ 4: [record4, part40, edited(part41, '"salt":"aB', '"salt":"bB')] })),
    findings: [['part_edited', 4]],
    checked: COUNT,
  },
  {
    name: 'missing changes in parts',
    files: withLines(lines({ 4: [record4, part41] })),
    findings: [['part_missing', 4]],
    checked: COUNT,
  },
  {
    name: 'changes in parts of another record',
    files: withLines(
      lines({ 4: [record4, part40, part41, (linesOf(9, ALL[9] as Entry)[1] ?? '').replace('"of":9', '"of":4')] }),
    ),
    findings: [['inserted', 4]],
    checked: COUNT,
  },
  {
    name: 'edited seal',
    files: withLines(lines({ 9: linesOf(9, ALL[9] as Entry, rootOf([])) })),
    findings: [['seal_edited', 9]],
    checked: COUNT,
  },
  {
    name: 'edited checkpoint',
    files: { ...WHOLE, checkpoint: edited(WHOLE.checkpoint ?? '', `\n${COUNT}\n`, '\n12\n') },
    findings: [['signature_invalid']],
    checked: 7,
  },
  {
    name: 'checkpoint that is none',
    files: { ...WHOLE, checkpoint: `${ORIGIN}\nthirteen\n` },
    findings: [['checkpoint_invalid']],
    checked: 7,
  },
  {
    name: 'fork',
    files: WHOLE,
    kept: { checkpoints: [anotherRoot] },
    findings: [
      ['fork', 7],
      ['rewritten', 4],
    ],
    checked: COUNT,
  },
  {
    name: 'rewritten with the real key, against a kept checkpoint',
    files: exportOf(REWRITTEN, log),
    kept: { checkpoints: [checkpointOf(ALL.slice(0, 8), log)] },
    findings: [['rewritten', 0]],
    checked: COUNT,
  },
  {
    name: 'rewritten with the real key, against an earlier export',
    files: { ...exportOf(REWRITTEN, log), checkpoints: WHOLE.checkpoints ?? {} },
    findings: [['rewritten', 4]],
    checked: COUNT,
  },
  {
    name: 'rewritten with the real key, against a cosignature',
    files: exportOf(REWRITTEN, log),
    kept: { key, checkpoints: [checkpointOf(ALL.slice(0, 8), log, witness)], witnessKeys: [witnessKey] },
    findings: [['rewritten', 0]],
    checked: COUNT,
  },
  {
    name: 'rewritten with the real key, against receipts',
    files: exportOf(WITHOUT_2, log),
    kept: { receipts: [receipts[1], receipts[2]] as Receipt[] },
    findings: [['receipt_not_found']],
    checked: COUNT - 1,
  },
  {
    name: 'rewritten record with the real key, against receipts',
    files: exportOf(REWRITTEN, log),
    kept: { receipts },
    findings: [['receipt_differs', 5]],
    checked: COUNT,
  },
  {
    name: 'rolled back, against a kept checkpoint',
    files: exportOf(ALL.slice(0, 9), log),
    kept: { checkpoints: [checkpointOf(ALL, log)] },
    findings: [['truncated', 9]],
    checked: 9,
  },
  {
    name: 'checkpoint of another log',
    files: WHOLE,
    kept: { checkpoints: [checkpointOf(ALL.slice(0, 8), foreign)] },
    findings: [['signature_invalid']],
    checked: COUNT,
  },
  {
    name: 'checkpoint of another log whose key is known',
    files: { ...WHOLE, keys: [key, verifierKeyText(foreign.key)] },
    kept: { checkpoints: [checkpointOf(ALL.slice(0, 8), foreign)] },
    findings: [['checkpoint_invalid']],
    checked: COUNT,
  },
  {
    name: 'wrong key',
    files: WHOLE,
    kept: { key: verifierKeyText(impostor.key) },
    findings: [['signature_invalid'], ['signature_invalid'], ['signature_invalid'], ['signature_invalid']],
    checked: 0,
  },
  {
    name: 'signed by an impostor who edited the keys',
    files: exportOf(REWRITTEN, impostor),
    kept: { key },
    findings: [['signature_invalid']],
    checked: 0,
  },
  {
    name: 'signed by an impostor, with the keys of the log',
    files: { ...exportOf(REWRITTEN, impostor), keys: [key] },
    findings: [['signature_invalid']],
    checked: 0,
  },
  {
    name: 'receipt of another service',
    files: WHOLE,
    kept: { receipts: [receiptOf(entry(99))] },
    findings: [['receipt_not_found']],
    checked: COUNT,
  },
  {
    name: 'receipt with another hash',
    files: WHOLE,
    kept: { receipts: [{ record: ALL[2]?.id ?? '', hash: receipts[3]?.hash ?? '' }] },
    findings: [['receipt_differs', 2]],
    checked: COUNT,
  },
  {
    name: 'after a change of the key, with the key before',
    files: afterRotation,
    kept: { key },
    findings: [],
    checked: COUNT,
  },
  {
    name: 'after a change of the key, with the new key',
    files: afterRotation,
    kept: { key: verifierKeyText(second.key) },
    findings: [],
    checked: COUNT,
  },
  {
    name: 'after two changes of the key, the second with another name',
    files: {
      records: { 0: allLines(ROTATED_TWICE) },
      checkpoint: checkpointOf(ROTATED_TWICE, third),
      keys: [key],
      keyRotations: [toThird, toSecond],
    },
    kept: { key },
    findings: [],
    checked: COUNT,
  },
  {
    name: 'after a change of the key that is not recorded in the log',
    files: { ...exportOf(ALL, second), keyRotations: [toSecond] },
    kept: { key },
    findings: [],
    checked: COUNT,
  },
  {
    name: 'after a change of the key, of which the statement is missing',
    files: { ...afterRotation, keyRotations: [] },
    kept: { key },
    findings: [['signature_invalid']],
    checked: 4,
  },
  {
    name: 'after a change of the key that only the new key has signed',
    files: { ...afterRotation, keyRotations: [`${toSecond.split('\n\n')[0]}\n\n${toSecond.split('\n').at(-2)}\n`] },
    kept: { key },
    findings: [['signature_invalid'], ['signature_invalid']],
    checked: 4,
  },
  {
    name: 'after a change of the key whose statement was edited',
    files: { ...afterRotation, keyRotations: [toSecond.replace('\n6\n', '\n5\n')] },
    kept: { key },
    findings: [['signature_invalid'], ['signature_invalid']],
    checked: 4,
  },
  {
    name: 'after a change of the key that an impostor signed as the key before',
    files: { ...afterRotation, keyRotations: [rotationNote(impostor, second, 6)] },
    kept: { key },
    findings: [['signature_invalid']],
    checked: 4,
  },
  {
    name: 'after a change of the key, against a checkpoint of the key before at that change',
    files: afterRotation,
    kept: { key: verifierKeyText(second.key), checkpoints: [checkpointOf(ROTATED.slice(0, 6), log)] },
    findings: [],
    checked: COUNT,
  },
  {
    name: 'after a change of the key, against a later checkpoint of the key before',
    files: afterRotation,
    kept: { key: verifierKeyText(second.key), checkpoints: [checkpointOf(ROTATED.slice(0, 7), log)] },
    findings: [['signature_invalid']],
    checked: COUNT,
  },
  {
    name: 'rewritten with a stolen key that was replaced, for whoever has the new key',
    files: { ...exportOf(REWRITTEN, log), keyRotations: [toSecond] },
    kept: { key: verifierKeyText(second.key) },
    findings: [['signature_invalid']],
    checked: 0,
  },
  {
    name: 'rewritten with a stolen key that was replaced, for whoever has that key',
    files: { ...exportOf(REWRITTEN, log), keyRotations: [toSecond] },
    kept: { key },
    findings: [['signature_invalid']],
    checked: 0,
  },
  {
    name: 'rewritten with a stolen key that was replaced, which vouches for a key of the thief, for whoever has the new key',
    files: { ...exportOf(REWRITTEN, impostor), keyRotations: [toSecond, toImpostor] },
    kept: { key: verifierKeyText(second.key) },
    findings: [['signature_invalid'], ['signature_invalid']],
    checked: 0,
  },
  {
    name: 'rewritten with a stolen key that was replaced, which vouches for a key of the thief, for whoever has that key',
    files: { ...exportOf(REWRITTEN, impostor), keyRotations: [toSecond, toImpostor] },
    kept: { key },
    findings: [['signature_invalid']],
    checked: COUNT,
  },
  {
    name: 'rewritten with a stolen key that was replaced, for which a key of the thief vouches later',
    files: { ...exportOf(REWRITTEN, log), keyRotations: [toSecond, rotationNote(impostor, log, 12)] },
    kept: { key },
    findings: [['signature_invalid'], ['signature_invalid']],
    checked: 0,
  },
  {
    name: 'after the log has returned to an earlier key',
    files: { ...afterReturn, checkpoints: { 8: checkpointOf(RETURNED.slice(0, 8), second) } },
    kept: { key: verifierKeyText(second.key) },
    findings: [],
    checked: COUNT,
  },
  {
    name: 'after the log has returned to an earlier key, against a later checkpoint of the key between',
    files: { ...afterReturn, checkpoints: { 10: checkpointOf(RETURNED.slice(0, 10), second) } },
    kept: { key },
    findings: [['signature_invalid']],
    checked: COUNT,
  },
  {
    name: 'without the cosignature of a witness',
    files: { ...WHOLE, checkpoint: cosigned },
    kept: { witnessKeys: [witnessKey, verifierKeyText(other.key)] },
    findings: [['signature_invalid']],
    checked: COUNT,
  },
  {
    name: 'wrong cosignature',
    files: { ...WHOLE, checkpoint: withSignatures(WHOLE.checkpoint ?? '', [wrongCosignature]) },
    kept: { witnessKeys: [witnessKey] },
    findings: [['signature_invalid'], ['signature_invalid']],
    checked: 7,
  },
  {
    name: 'wrong cosignature of a witness that nobody asks for',
    files: { ...WHOLE, checkpoint: withSignatures(WHOLE.checkpoint ?? '', [wrongCosignature]) },
    findings: [],
    checked: COUNT,
  },
];

/** The files that a verifier is given. */
export interface WrittenVector extends TrustedFiles {
  readonly checkpoints: readonly string[];
  readonly witnessKeys: readonly string[];
  readonly receipts?: string;
}

/** Writes a vector into the folder. */
export async function writeVector({ files, kept = {} }: Vector, folder: string): Promise<WrittenVector> {
  const to = join(folder, 'export');
  await writeExport(to, files);
  const keptFolder = join(folder, 'kept');
  await mkdir(keptFolder);
  const write = async (name: string, text: string) => {
    await writeFile(join(keptFolder, name), text);
    return join(keptFolder, name);
  };
  const checkpoints = await Promise.all((kept.checkpoints ?? []).map((note, i) => write(`checkpoint-${i}`, note)));
  const witnessKeys = await Promise.all((kept.witnessKeys ?? []).map((line, i) => write(`witness-${i}`, `${line}\n`)));
  const receiptLines = kept.receipts?.map((receipt) => `${JSON.stringify(receipt)}\n`).join('');
  return {
    folder: to,
    checkpoints,
    witnessKeys,
    ...(kept.key === undefined ? {} : { key: await write('key', `${kept.key}\n`) }),
    ...(receiptLines === undefined ? {} : { receipts: await write('receipts.jsonl', receiptLines) }),
  };
}

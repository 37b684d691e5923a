import type { Report } from '../audit/log/offline/report.ts';
import { keysIn, mustRead, parseReceipt, type Receipt, receiptsIn } from '../audit/log/offline/trusted.ts';
import { verifyExport } from '../audit/log/offline/verifyExport.ts';
import { parseRecordProof, verifyRecordProof } from '../audit/log/offline/verifyReceipt.ts';
import { defined } from '../base/defined.ts';
import { OperatorError } from '../base/errors.ts';
import { exitWith, INVALID } from './exitCodes.ts';
import { UsageError } from './failure.ts';
import { jsonLines, onOneLine } from './terminal.ts';

/** The exit status if something is wrong with the log. */
const FINDINGS = 1;
const COLUMN = 20;

interface Options {
  readonly key?: string;
  readonly json?: boolean;
}

interface VerifyOptions extends Options {
  readonly checkpoint?: readonly string[];
  readonly witnessKey?: readonly string[];
  readonly receipts?: string;
}

/** Verifies an export, prints what was found, and sets the exit status. */
export async function auditVerify(folder: string, options: VerifyOptions): Promise<void> {
  const { checkpoint: checkpoints, witnessKey: witnessKeys, key, receipts, json = false } = options;
  await reporting(json, async () => {
    const kept = receipts === undefined ? [] : await receiptsIn(receipts);
    return verifyExport({ folder, ...defined({ checkpoints, key, witnessKeys }), receipts: kept, progress });
  });
}

interface ReceiptOptions extends Options {
  /** The file with the receipt. */
  readonly receipt: string;
  readonly dir?: string;
  readonly proof?: string;
}

/** Verifies that the record of a receipt is in an export, or by a proof. @throws UsageError */
export async function auditVerifyReceipt(options: ReceiptOptions): Promise<void> {
  const { dir: folder, proof, key, json = false } = options;
  if ((folder === undefined) === (proof === undefined)) {
    throw new UsageError('give either the folder of an export, or the file of a proof (--proof)');
  }
  if (proof !== undefined && key === undefined) {
    throw new UsageError('a proof is verified with the key of the log: give --key FILE (GET /audit/key has it)');
  }
  await reporting(json, async () => {
    const receipt: Receipt = parseReceipt(await mustRead(options.receipt), options.receipt);
    const about = receipt.record;
    if (folder !== undefined) {
      return { about, ...(await verifyExport({ folder, ...defined({ key }), receipts: [receipt], progress })) };
    }
    const answer = parseRecordProof(await mustRead(proof ?? ''), proof ?? '');
    const report = verifyRecordProof(receipt, answer, await keysIn(key ?? ''));
    return { about, isProof: true, ...report };
  });
}

/** What was verified, if it is not a whole log. */
interface Verified {
  /** The record of the receipt. */
  readonly about?: string;
  /** Set if it was verified by a proof, which has only the hash of the record. */
  readonly isProof?: boolean;
}

async function reporting(json: boolean, verify: () => Promise<Report & Verified>): Promise<void> {
  let report: Report;
  let what: Verified;
  try {
    const { about, isProof, ...found } = await verify();
    report = found;
    what = defined({ about, isProof });
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    exitWith(INVALID, { message: error.message, reason: 'usage' }, json);
    return;
  }
  if (!report.ok) process.exitCode = FINDINGS;
  console.log(json ? jsonLines(report, 2) : textOf(report, what));
}

function progress(lines: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${lines} lines read\r`);
}

function textOf(report: Report, what: Verified): string {
  const { findings, more = 0 } = report;
  const wrong = findings.map(({ kind, record, message }) => {
    const named = record === undefined ? '' : ` [${record}]`;
    return `  ${kind.padEnd(COLUMN)}${onOneLine(message)}${onOneLine(named)}`;
  });
  if (more > 0) wrong.push(`  and ${more} more`);
  return [headline(report, what), ...wrong, ...detailsOf(report, what)].join('\n');
}

function headline(report: Report, { about, isProof }: Verified): string {
  const { ok, origin = 'without a name', checked, findings, more = 0, receiptsWithoutText } = report;
  const log = onOneLine(origin);
  if (!ok) {
    const count = findings.length + more;
    const what = about === undefined ? `The log ${log} is NOT as it was signed` : 'The receipt is NOT confirmed';
    return `${what}: ${count} ${count === 1 ? 'finding' : 'findings'}.`;
  }
  if (about !== undefined) {
    const isIn = `The record ${onOneLine(about)} is in the log ${log}`;
    if (isProof) return `${isIn}, with the hash of the receipt.`;
    return receiptsWithoutText > 0
      ? `${isIn}, with the hash of the receipt. Its text was pruned.`
      : `${isIn}, and its text in the export is as it was.`;
  }
  if (checked.to === 0) return `The log ${log} is signed, and empty.`;
  return `The log ${log} is as it was signed, as far as it was checked.`;
}

function detailsOf(report: Report, { about, isProof }: Verified): string[] {
  const { root, keys, pruned, uncovered, checkpoints, cosigned } = report;
  const rows: (readonly [string, string])[] = [
    ['checked', rangeOf(report)],
    ...(root === undefined ? [] : [['root', root] as const]),
    ['checkpoints', `${checkpoints} agreeing`],
    ['key', keys === 'given' ? 'given' : "the export's own, which proves nothing against whoever wrote the export"],
    ...(report.keyRotations.signed === 0 ? [] : [['key changes', keyChangesOf(report, isProof)] as const]),
    ...(report.receipts === 0 ? [] : [['receipts', receiptsOf(report)] as const]),
    ...(pruned === 0 ? [] : [['pruned', `${pruned} records, of which only the place was checked`] as const]),
    ...(uncovered === 0 ? [] : [['not checked', `${uncovered} records, which no checkpoint covers`] as const]),
    ...(about === undefined ? [['not checked', notCheckedOf(report)] as const] : []),
    ...(isProof ? [['not checked', 'what is stored of the record now, which a proof does not have'] as const] : []),
    ...cosigned.map(
      ({ witness, size, at }) => ['witness', `${onOneLine(witness)} cosigned ${size} records at ${at}`] as const,
    ),
  ];
  return rows.map(([name, value]) => `  ${name.padEnd(COLUMN)}${value}`);
}

function keyChangesOf({ keyRotations: { signed, recorded } }: Report, isProof = false): string {
  const all = `${signed} signed with both keys`;
  if (isProof) return all;
  return recorded === signed
    ? `${all}, and recorded in the log`
    : `${all}, of which ${recorded} recorded in this export`;
}

/** What is known of the records of the receipts. */
function receiptsOf({ receipts, receiptsWithoutText }: Report): string {
  const found = `${receipts} found with the hash of the receipt`;
  if (receiptsWithoutText === 0) return found;
  return `${found}; the text of ${receiptsWithoutText} was pruned, and so not checked`;
}

function notCheckedOf({ unsealed }: Report): string {
  if (unsealed === undefined) return 'what the database had beside the log: the export does not tell';
  return `${unsealed} records that were not sealed when the log was exported`;
}

function rangeOf({ checked: { from, to }, size, uncovered }: Report): string {
  const of = `of ${Math.max(size, to + uncovered)}`;
  if (to === from) return 'no record';
  return to === from + 1 ? `record ${from} ${of}` : `records ${from} to ${to - 1} ${of}`;
}

import { join } from 'node:path';
import { EXPORT, type FileLine, linesOf, namesIn, recordFiles } from './exportFiles.ts';
import { parseExportLine } from './exportLine.ts';
import { LogCheck } from './logCheck.ts';
import { Findings, type Report } from './report.ts';
import { type Receipt, readTrusted, type Trusted, type TrustedFiles } from './trusted.ts';

export interface VerifyOptions extends TrustedFiles {
  readonly receipts?: readonly Receipt[];
  /** Called with the number of lines now and then. */
  readonly progress?: (lines: number) => void;
}

const PROGRESS_LINES = 10_000;

/**
 * Verifies an export with nothing but its files: that the records are those of its checkpoint and of the checkpoints and
 * receipts that were kept elsewhere.
 *
 * @throws OperatorError if a file cannot be read
 */
export async function verifyExport(options: VerifyOptions): Promise<Report> {
  const findings = new Findings();
  const files = await recordFiles(options.folder);
  const trusted = await readTrusted(options, findings);
  const check = new LogCheck(trusted, options.receipts ?? [], findings);
  let lines = 0;
  let isTorn = false;
  for (const file of files) {
    isTorn = false;
    for await (const line of linesOf(file)) {
      if (!addLine(line, check)) {
        isTorn = !line.isWhole;
        findings.add({ kind: 'torn', message: tornMessage(file, line) });
      }
      lines += 1;
      if (lines % PROGRESS_LINES === 0) options.progress?.(lines);
    }
  }
  const result = check.finish(isTorn);
  const unsealed = await checkBeside(options.folder, check, findings);
  const cosigned = cosignedBy(trusted, findings);
  const origin = trusted.checkpoints[0]?.origin;
  return {
    ok: findings.none,
    checked: { from: 0, to: result.checked },
    ...(origin === undefined ? {} : { origin }),
    size: result.checked,
    ...(result.root === undefined ? {} : { root: result.root }),
    keys: trusted.keys,
    keyRotations: { signed: trusted.rotations.length, recorded: result.rotations },
    pruned: result.pruned,
    uncovered: result.records - result.checked,
    ...(unsealed === undefined ? {} : { unsealed }),
    checkpoints: result.checkpoints,
    receipts: result.receipts,
    receiptsWithoutText: result.receiptsWithoutText,
    cosigned,
    ...findings.result(),
  };
}

/**
 * Reports what was stored beside the log.
 *
 * @returns how many records were not sealed; undefined if the export does not say
 */
async function checkBeside(folder: string, check: LogCheck, findings: Findings): Promise<number | undefined> {
  const file = join(folder, EXPORT.beside);
  if ((await namesIn(folder))?.includes(EXPORT.beside) !== true) return undefined;
  let unsealed: number | undefined;
  for await (const found of linesOf(file)) {
    const line = found.isWhole && unsealed === undefined ? parseExportLine(found.bytes) : undefined;
    if (line?.type === 'beside') check.add(line);
    else if (line?.type === 'unsealed') unsealed = line.count;
    else findings.add({ kind: 'torn', message: tornMessage(file, found) });
  }
  if (unsealed === undefined) findings.add({ kind: 'torn', message: `${file} has no end.` });
  return unsealed;
}

function addLine({ bytes, isWhole }: FileLine, check: LogCheck): boolean {
  const line = isWhole ? parseExportLine(bytes) : undefined;
  if (line === undefined || line.type === 'unsealed') return false;
  check.add(line);
  return true;
}

const tornMessage = (file: string, { number, isWhole }: FileLine) =>
  isWhole ? `Line ${number} of ${file} is not a line of an export.` : `Line ${number} of ${file} is not complete.`;

/** How far each witness has cosigned. A witness that has cosigned nothing is a finding. */
function cosignedBy({ witnesses, checkpoints }: Trusted, findings: Findings): Report['cosigned'] {
  return witnesses.flatMap((witness) => {
    for (const { size, cosignatures } of checkpoints.toReversed()) {
      const found = cosignatures.find(({ key }) => key.name === witness.name && key.id === witness.id);
      if (found !== undefined) return [{ witness: witness.name, size, at: instantOf(found.seconds ?? 0) }];
    }
    const message = `The witness ${witness.name} (key ${witness.id}) has cosigned none of the checkpoints.`;
    findings.add({ kind: 'signature_invalid', message });
    return [];
  });
}

const instantOf = (seconds: number) => new Date(seconds * 1000).toISOString();

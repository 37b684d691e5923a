import { loadConfig } from '../base/config/load.ts';
import { defined } from '../base/defined.ts';
import { OperatorError } from '../base/errors.ts';
import { Findings } from '../domain/imports/findings.ts';
import { inspect } from '../domain/imports/inspect.ts';
import type { Check, VerifyReport } from '../domain/imports/verify/comparison.ts';
import { verifyImport } from '../domain/imports/verify/verifyImport.ts';
import { exitWith, INVALID } from './exitCodes.ts';
import { withImportDatabases } from './importDatabases.ts';
import { jsonLines, onOneLine } from './terminal.ts';

/** The exit status if something differs. */
const DIFFERENT = 1;
const COLUMN = 24;

interface VerifyOptions {
  readonly config?: string;
  readonly from: string;
  readonly types?: string;
  readonly blobs: string;
  readonly keepGoing?: true;
  readonly checkData?: true;
  readonly json?: true;
}

/** Compares an import with KBase's databases, prints the report, and sets the exit status. */
export async function verifyCommand(options: VerifyOptions): Promise<void> {
  const { json = false } = options;
  try {
    const report = await reportOf(options);
    if (!report.ok) process.exitCode = DIFFERENT;
    console.log(json ? jsonLines(report, 2) : textOf(report));
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    exitWith(INVALID, { message: error.message, reason: 'usage' }, json);
  }
}

/** @throws OperatorError */
async function reportOf(options: VerifyOptions): Promise<VerifyReport> {
  const loaded = loadConfig({ env: process.env, ...defined({ file: options.config }) });
  return withImportDatabases(loaded, options, async ({ sources, database, signal }) => {
    // What is excluded then is not missed here.
    if (options.keepGoing) {
      const checksData = options.checkData === true;
      await inspect({ sources, findings: new Findings(), checksData, signal, report: () => undefined });
    }
    const report = await verifyImport({ sources, database, signal, report: progress });
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    return report;
  });
}

function progress(checks: readonly Check[]): void {
  const last = checks.at(-1);
  if (last !== undefined && process.stderr.isTTY) process.stderr.write(`\r\u001b[K${last.check}: ${last.here}`);
}

function textOf({ ok, source, checks, differences, more }: VerifyReport): string {
  const lines = checks.map(({ check, inKbase, here, differences }) => {
    const counted = inKbase === undefined ? `${here} checked` : `${inKbase} in KBase, ${here} here`;
    return `${check.padEnd(COLUMN)}${counted}${differences === 0 ? '' : `, ${differences} DIFFERENT`}`;
  });
  const listed = differences.map(({ kind, id, why }) => onOneLine(`${kind} ${id}: ${why}`));
  if (more > 0) listed.push(`and ${more} more`);
  const total = differences.length + more;
  const said = ok
    ? `Everything is here as it is in ${source}.`
    : `${total} ${total === 1 ? 'difference' : 'differences'} from ${source}.`;
  return [...lines, ...listed, said].join('\n');
}

import { exportTo } from '../audit/log/offline/exportFolder.ts';
import { defined } from '../base/defined.ts';
import { StewardCallError } from '../client/errors.ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { exitWith, reportFailure } from './exitCodes.ts';
import { jsonLines, onOneLine } from './terminal.ts';

/** Writes the audit log of the service into a folder, or continues there. @throws OperatorError */
export async function auditExport(
  folder: string,
  options: ConnectionOptions & { readonly json?: boolean },
): Promise<void> {
  const { json = false } = options;
  try {
    const client = connect(options);
    const { from, to, missing, origin } = await exportTo(folder, {
      pages: async (after) => (await client.administer.exportAudit(defined({ after }))).result,
      continuation: async (from) => (await client.administer.proveConsistency({ from })).result,
      beside: async (beside) => (await client.administer.exportAudit({ beside })).result,
      progress,
    });
    const text =
      from === to
        ? `${folder} already had all ${to} records of the log ${onOneLine(origin)}.`
        : `${folder} now has records 0 to ${to - 1} of the log ${onOneLine(origin)}, ${to - from} of them new.`;
    console.log(json ? jsonLines({ origin, from, to, missing }) : text);
    if (missing > 0) warnOf(missing, json);
  } catch (error) {
    if (!(error instanceof StewardCallError)) throw error;
    reportFailure(error, { json });
  }
}

/** The log is damaged: the export is worth verifying, and not complete. */
function warnOf(missing: number, json: boolean): void {
  const message = `the log has ${missing} more records, which the service did not give: run steward audit verify`;
  exitWith(1, { message }, json);
}

function progress(records: number, size: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${records} of ${size} records\r`);
}

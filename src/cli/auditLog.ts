import { type Command, Option } from 'commander';
import { connectionOptions } from './connection.ts';
import { exitCodesHelp } from './exitCodes.ts';
import { helpExamples } from './helpExamples.ts';

const VERIFY_STATUS = `
Exit status:
  0  everything that was checked is as it was signed
  1  something is wrong: it is listed
  2  it could not be checked: a file is missing or is none, or the command line
     is wrong`;

const EXPORT_EXAMPLES = helpExamples(['Write all records, or those that are new', 'steward audit export audit-log']);

const VERIFY_EXAMPLES = helpExamples(
  ['By the key that you got from a source that you trust', 'steward audit verify audit-log --key log-keys'],
  ['Is everything still there of which you kept receipts?', 'steward audit verify audit-log --receipts receipts.jsonl'],
);

const RECEIPT_EXAMPLES = helpExamples(
  ['By an export', 'steward audit verify-receipt receipt.json audit-log'],
  ['By the answer of proveRecord', 'steward audit verify-receipt receipt.json --proof proof.json --key log-keys'],
);

const several = (value: string, before: readonly string[] = []) => [...before, value];

const keyOption = (): Option =>
  new Option('--key <file>', 'the keys of the log, one a line, from a source that you trust; else those of the export');

/** Adds the subcommands of `steward audit` for the sealed log. */
export function addLogCommands(audit: Command): void {
  audit.enablePositionalOptions();
  const exporting = audit
    .command('export')
    .description('write the audit log into a folder, or continue there')
    .argument('<dir>', 'the folder')
    .option('--json', 'print the result as JSON');
  for (const option of connectionOptions()) exporting.addOption(option);
  exporting
    .addHelpText('after', () => `${EXPORT_EXAMPLES}\n\n${exitCodesHelp}`)
    .action(async (dir, options) => (await import('./auditExport.ts')).auditExport(dir, options));

  audit
    .command('verify')
    .description('verify an exported log, without the service and its database')
    .argument('<dir>', 'the folder of the export')
    .option('--checkpoint <file>', 'a checkpoint that you kept, with which the log must agree; several times', several)
    .addOption(keyOption())
    .option('--witness-key <file>', 'the key of a witness that must have cosigned the log; several times', several)
    .option('--receipts <file>', 'receipts that you kept, one JSON object a line, whose records must be in the log')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', () => `${VERIFY_EXAMPLES}\n${VERIFY_STATUS}`)
    .action(async (dir, options) => (await import('./auditVerify.ts')).auditVerify(dir, options));

  audit
    .command('verify-receipt')
    .description('verify that the record of a receipt is in the log, with the hash of the receipt')
    .argument('<receipt>', 'a file with the receipt, or with the answer of a call')
    .argument('[dir]', 'the folder of an export')
    .option('--proof <file>', 'the answer of proveRecord, instead of an export; needs --key')
    .addOption(keyOption())
    .option('--json', 'print the report as JSON')
    .addHelpText('after', () => `${RECEIPT_EXAMPLES}\n${VERIFY_STATUS}`)
    .action(async (receipt, dir, options) =>
      (await import('./auditVerify.ts')).auditVerifyReceipt({ receipt, dir, ...options }),
    );
}

import type { Command } from 'commander';
import { CONFIG } from './configOption.ts';
import { helpExamples } from './helpExamples.ts';

const VERIFY_STATUS = `
Exit status:
  0  everything is here as it is in KBase
  1  something differs, as the report says
  2  the command line is wrong, or the comparison could not be made`;

/** Adds the commands of `steward import`. */
export function addImportCommands(group: Command): void {
  group
    .command('kbase')
    .description('import the database of a KBase Workspace Service 0.15, or continue that')
    .requiredOption('--from <uri>', "KBase's workspace database: mongodb://HOST:PORT/DATABASE")
    .option('--types <uri>', "KBase's database of types; by default the same")
    .option('--blobs <where>', 'gridfs, or the folder with the files of the data', 'gridfs')
    .option('--users <file>', 'the users who have an account: CSV or JSON lines with name, id and issuer')
    .option('--auth-token-file <file>', "a token for KBase's auth service, which is asked who has an account")
    .option('--dry-run', 'only read everything, and say what cannot be imported')
    .option('--keep-going', 'leave out what cannot be imported')
    .option('--check-data', 'also read all data before anything is written, to find what is damaged')
    .option(...CONFIG)
    .addHelpText('after', KBASE_EXAMPLES)
    .action(async (options) => (await import('./importKbase.ts')).importCommand(options));

  group
    .command('verify')
    .summary('compare what was imported with the database that it came from')
    .description('compare what was imported with the database of KBase that it came from, before users write here')
    .requiredOption('--from <uri>', "KBase's workspace database: mongodb://HOST:PORT/DATABASE")
    .option('--types <uri>', "KBase's database of types; by default the same")
    .option('--blobs <where>', 'where the data is, as for the import; only read with --keep-going', 'gridfs')
    .option('--keep-going', 'do not miss what cannot be imported and was left out')
    .option('--check-data', 'as for the import; only read with --keep-going')
    .option('--json', 'print the report as JSON')
    .option(...CONFIG)
    .addHelpText('after', () => `${VERIFY_EXAMPLES}\n${VERIFY_STATUS}`)
    .action(async (options) => (await import('./importVerify.ts')).verifyCommand(options));
}

const KBASE_EXAMPLES = helpExamples(
  [
    'Read everything, and say what cannot be imported',
    'steward import kbase --from mongodb://kbase/workspace --dry-run',
  ],
  ['Import it', 'steward import kbase --from mongodb://kbase/workspace --users users.csv'],
);

const VERIFY_EXAMPLES = helpExamples(['Is everything here?', 'steward import verify --from mongodb://kbase/workspace']);

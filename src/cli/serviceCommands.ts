import type { Command } from 'commander';
import { CONFIG } from './configOption.ts';
import { STEPS_PENDING } from './exitCodes.ts';
import { helpExamples } from './helpExamples.ts';
import { addImportCommands } from './importCommands.ts';

const MIGRATE_STATUS = `
Exit status:
  0  the database has the format of this version
  1  refused or failed, with a message; completed steps stay, and the next run
     continues after them
  2  the command line is wrong
  ${STEPS_PENDING}  with --dry-run: there are steps to apply`;

const OWNER_USER = "an account other than mongodb-user, such as the database's owner";
const OWNER_FILE = 'the file with the password of that account; - for the standard input';

/** Adds the commands that run the service, and those that work on its configuration and its database. */
export function addServiceCommands(steward: Command): void {
  steward
    .command('serve')
    .description('run the service until SIGTERM or SIGINT')
    .option(...CONFIG)
    .addHelpText('after', helpExamples(['With the settings of a file', 'steward serve --config deploy.cfg']))
    .action(async (options) => (await import('./serve.ts')).serve(options));

  steward
    .command('check-config')
    .summary('check the configuration and show its sources')
    .description('check the configuration and show where each setting comes from, without starting anything')
    .option(...CONFIG)
    .addHelpText(
      'after',
      helpExamples(['Would the service start with this file?', 'steward check-config --config deploy.cfg']),
    )
    .action(async (options) => (await import('./checkConfig.ts')).checkConfig(options));

  steward
    .command('migrate')
    .summary('bring the database to the format of this version')
    .description('bring the database to the format of this version; a service does the same when it starts')
    .option('--dry-run', 'only show the steps and count what they would write')
    .option('--mongodb-user <user>', OWNER_USER)
    .option('--mongodb-pwd-file <file>', OWNER_FILE)
    .option('--ignore-live-instances', 'migrate although an old Steward, without formats, may be running')
    .option(...CONFIG)
    .addHelpText('after', () => `${MIGRATE_EXAMPLES}\n${MIGRATE_STATUS}`)
    .action(async (options) => (await import('./migrate.ts')).migrateCommand(options));

  steward
    .command('setup-database')
    .summary('make collections, indexes, a role and an account')
    .description(
      "make collections, indexes, the role and the account of the service, with the database owner's account",
    )
    .option('--mongodb-user <user>', "the account of the database's owner")
    .option('--mongodb-pwd-file <file>', OWNER_FILE)
    .option('--print', 'only print the commands for mongosh that set up a new database')
    .option(...CONFIG)
    .addHelpText('after', SETUP_EXAMPLES)
    .action(async (options) => (await import('./setupDatabase.ts')).setupDatabase(options));

  steward
    .command('shard')
    .summary('print how to spread the database over shards')
    .description('print the commands for mongosh that spread the database over the shards of a cluster')
    .requiredOption('--print', 'only print them: Steward does not change the cluster')
    .option(...CONFIG)
    .addHelpText('after', SHARD_EXAMPLES)
    .action(async (options) => (await import('./shard.ts')).shard(options));

  addImportCommands(steward.command('import').description('import the data of another system'));

  steward
    .command('token')
    .summary('sign a token for a user')
    .description('sign a token for a user, with the configured secret or the key that the service made for itself')
    .argument('<user>', 'the user name')
    .option('--id <subject>', 'the sub of the token; the user name by default')
    .option('--roles <roles>', 'roles in the token, comma-separated')
    .option('--lifetime <seconds>', 'how long the token is valid, in seconds', '3600')
    .option(...CONFIG)
    .addHelpText('after', TOKEN_EXAMPLES)
    .action(async (user, options) => (await import('./token.ts')).token(user, options));
}

const MIGRATE_EXAMPLES = helpExamples(
  ['What would be done', 'steward migrate --config deploy.cfg --dry-run'],
  ['Do it', 'steward migrate --config deploy.cfg'],
);

const SETUP_EXAMPLES = helpExamples(
  ['See what has to be run, by whoever owns the database', 'steward setup-database --print'],
  [
    'Do it with the account of the owner',
    'steward setup-database --mongodb-user owner --mongodb-pwd-file owner-password',
  ],
);

const SHARD_EXAMPLES = helpExamples(['See what has to be run at a mongos', 'steward shard --print']);

const TOKEN_EXAMPLES = helpExamples(
  ['For an hour', 'steward token alice --config deploy.cfg'],
  [
    'For a day, in a variable that the other commands read',
    'export STEWARD_TOKEN=$(steward token admin --lifetime 86400)',
  ],
);

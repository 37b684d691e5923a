import type { Command } from 'commander';
import { VERSION } from '../base/version.ts';
import { addAccountCommands } from './accountCommands.ts';
import { completionCommand } from './completion.ts';
import { STEPS_PENDING } from './exitCodes.ts';
import { GROUPS } from './groups.ts';
import { listedCommand, listedCommands } from './listing.ts';
import { commandNamed } from './nameKinds.ts';
import { SuggestingCommand } from './suggest.ts';

const CONFIG = [
  '--config <file>',
  'the deploy.cfg to use (else STEWARD_CONFIG, else KB_DEPLOYMENT_CONFIG, else defaults)',
] as const;

const MIGRATE_STATUS = `
Exit status:
  0  the database has the format of this version
  1  refused or failed, with a message; completed steps stay, and the next run continues after them
  2  the command line is wrong
  ${STEPS_PENDING}  with --dry-run: there are steps to apply`;

const VERIFY_STATUS = `
Exit status:
  0  everything is here as it is in KBase
  1  something differs, as the report says
  2  the command line is wrong, or the comparison could not be made`;

const SERVICE = 'Run the service:';
const ADMINISTER = 'Administer it, by subject and verb:';
const MORE = 'More:';

/** What the program itself runs. */
const HIDDEN: readonly string[] = ['complete-names', 'serve-worker'];

/** The summary of a command, or else its description. */
const summaryOf = (command: Command) => command.summary() || command.description();

/**
 * The command line. Parsing a wrong one rejects with an error for failWith.
 *
 * To start fast, subcommands load what they need when they run, and the options of large subcommands are only added if
 * the words name them.
 *
 * @param words the arguments that will be parsed; without them, everything is added
 */
export async function program(words?: readonly string[]): Promise<Command> {
  const steward = new SuggestingCommand('steward')
    .description('One privileged JSON-RPC door to shared research data.')
    .version(VERSION)
    // Options that a command and its subcommand both have, such as --json, belong to the one after which they stand.
    .enablePositionalOptions()
    .commandsGroup(SERVICE)
    .configureHelp({
      visibleCommands: ({ commands }) => commands.filter((command) => !HIDDEN.includes(command.name())),
      subcommandTerm: (command) => command.name(),
      subcommandDescription: summaryOf,
    });

  steward
    .command('serve')
    .description('run the service until SIGTERM or SIGINT')
    .option(...CONFIG)
    .action(async (options) => (await import('./serve.ts')).serve(options));

  steward
    .command('check-config')
    .summary('check the configuration and show its sources')
    .description('check the configuration and show where each setting comes from, without starting anything')
    .option(...CONFIG)
    .action(async (options) => (await import('./checkConfig.ts')).checkConfig(options));

  steward
    .command('migrate')
    .summary('bring the database to the format of this version')
    .description('bring the database to the format of this version; a service does the same when it starts')
    .option('--dry-run', 'only show the steps and count what they would write')
    .option('--mongodb-user <user>', "an account other than mongodb-user, such as the database's owner")
    .option('--mongodb-pwd-file <file>', 'the file with the password of that account; - for the standard input')
    .option('--ignore-live-instances', 'migrate although an old Steward, without formats, may be running')
    .option(...CONFIG)
    .addHelpText('after', () => MIGRATE_STATUS)
    .action(async (options) => (await import('./migrate.ts')).migrateCommand(options));

  steward
    .command('setup-database')
    .summary('make collections, indexes, a role and an account')
    .description(
      "make collections, indexes, the role and the account of the service, with the database owner's account",
    )
    .option('--mongodb-user <user>', "the account of the database's owner")
    .option('--mongodb-pwd-file <file>', 'the file with the password of that account; - for the standard input')
    .option('--print', 'only print the commands for mongosh that set up a new database')
    .option(...CONFIG)
    .action(async (options) => (await import('./setupDatabase.ts')).setupDatabase(options));

  steward
    .command('shard')
    .summary('print how to spread the database over shards')
    .description('print the commands for mongosh that spread the database over the shards of a cluster')
    .requiredOption('--print', 'only print them: Steward does not change the cluster')
    .option(...CONFIG)
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
    .action(async (user, options) => (await import('./token.ts')).token(user, options));

  addAccountCommands(steward);

  // The words that are completed name commands, too.
  const naming = words?.[0] === 'complete-names' ? ['complete-names'] : words;
  const isNamed = (...names: string[]) => naming?.some((word) => names.includes(word)) ?? true;
  const sudo = steward.command('sudo').description('run a command of administer by its name').helpGroup(ADMINISTER);
  const audit = steward
    .command('audit')
    .description('show the newest audit records, and follow new ones')
    .helpGroup(ADMINISTER);
  const groups = GROUPS.map((group) => ({
    ...group,
    line: group.name === 'audit' ? audit : steward.command(group.name).description(group.summary).helpGroup(ADMINISTER),
  }));
  const named = groups.filter(({ name }) => isNamed(name, 'completion'));
  const all = isNamed('sudo', 'completion') || named.length > 0 ? await listedCommands() : [];
  // To make the options of all commands takes longer than all else.
  const only = commandNamed(words ?? [], all);
  if (isNamed('sudo', 'completion')) {
    const shown =
      words !== undefined && listsCommands(words) ? await (await import('./allowed.ts')).allowedAmong(all) : all;
    (await import('./sudo.ts')).addCommands(sudo, only !== undefined && words?.[0] === 'sudo' ? [only] : shown);
    (await import('./batch.ts')).addBatch(sudo, all, words?.[0] === 'sudo' && words[1]?.startsWith('-') === true);
  }
  // Help shows for each subcommand whether it has options.
  if (words?.length === 0 || isNamed('audit', 'completion', 'help', '--help', '-h')) {
    (await import('./audit.ts')).addAuditOptions(audit, await listedCommand('getAudit'));
    (await import('./auditLog.ts')).addLogCommands(audit);
  }
  const undo = steward
    .command('undo')
    .description('revert what you did, after showing what that would change')
    .helpGroup(ADMINISTER);
  if (isNamed('undo', 'completion')) (await import('./undo.ts')).addUndo(undo);
  for (const { name, line } of named) {
    (await import('./sudo.ts')).addGroup(line, name, only !== undefined && words?.[0] === name ? [only] : all);
    if (name === 'job') (await import('./jobWatch.ts')).addJobWatch(line);
  }
  steward
    .command('witness')
    .helpGroup(MORE)
    .summary('run a witness of the audit, on another host')
    .description(
      'run a witness, on another host: it cosigns checkpoints of the audit, each only if it continues the last',
    )
    .requiredOption('--name <name>', 'its name, such as witness.example.org; it never changes')
    .requiredOption('--logs <file>', 'the keys of the logs that it cosigns, one a line, as GET /audit/key answers them')
    .option('--dir <folder>', 'where its own key and the newest checkpoints are kept', 'witness')
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option('--port <port>', 'the port to listen on', '7059')
    .action(async (options) => (await import('./witness.ts')).witness(options));
  steward.addCommand(completionCommand(steward).helpGroup(MORE));

  steward
    .command('complete-names', { hidden: true })
    .description('print names for the scripts of steward completion')
    .argument('[words...]', 'the words after steward')
    .action(async (words) => (await import('./completeNames.ts')).completeNames(words));

  steward
    .command('serve-worker', { hidden: true })
    .description('answer calls as one of the workers of steward serve')
    .action(async () => (await import('./serveWorker.ts')).serveWorker());

  steward
    .command('docs')
    .helpGroup(MORE)
    .summary('write the reference pages of a checkout')
    .description('write the generated pages of a checkout (docs/reference) from the declarations')
    .option('--check', 'only compare, and fail if they differ')
    .action(async (options) => (await import('./docs/docs.ts')).docs(options));

  for (const command of allOf(steward))
    command
      .showSuggestionAfterError(false)
      .exitOverride()
      .configureOutput({ outputError: () => undefined });
  return steward;
}

function addImportCommands(group: Command): void {
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
    .option(...CONFIG)
    .action(async (options) => (await import('./importKbase.ts')).importCommand(options));

  group
    .command('verify')
    .summary('compare what was imported with the database that it came from')
    .description('compare what was imported with the database of KBase that it came from, before users write here')
    .requiredOption('--from <uri>', "KBase's workspace database: mongodb://HOST:PORT/DATABASE")
    .option('--types <uri>', "KBase's database of types; by default the same")
    .option('--blobs <where>', 'where the data is, as for the import; only read with --keep-going', 'gridfs')
    .option('--keep-going', 'do not miss what cannot be imported and was left out')
    .option('--json', 'print the report as JSON')
    .option(...CONFIG)
    .addHelpText('after', () => VERIFY_STATUS)
    .action(async (options) => (await import('./importVerify.ts')).verifyCommand(options));
}

/** Whether the words ask for the list of commands, or for a script that completes them. */
function listsCommands(words: readonly string[]): boolean {
  const [first, second] = words;
  if (first === 'completion') return true;
  return first === 'sudo'
    ? second === undefined || ['--help', '-h', 'help'].includes(second)
    : first === 'help' && second === 'sudo';
}

function allOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allOf)];
}

import type { Command } from 'commander';
import { VERSION } from '../base/version.ts';
import { addAccountCommands } from './accountCommands.ts';
import { completionCommand } from './completion.ts';
import { GROUPS } from './groups.ts';
import { helpExamples } from './helpExamples.ts';
import { listedCommand, listedCommands } from './listing.ts';
import { commandNamed } from './nameKinds.ts';
import { addServiceCommands } from './serviceCommands.ts';
import { SuggestingCommand } from './suggest.ts';

const SERVICE = 'Run the service:';
const ADMINISTER = 'Administer it, by subject and verb:';
const MORE = 'More:';

const WITNESS_EXAMPLES = helpExamples(
  ['The keys of a log, from where you trust them', 'curl -s http://127.0.0.1:7058/audit/key > log-keys'],
  ['Cosign its checkpoints', 'steward witness --name witness.example.org --logs log-keys'],
);

/** What the program itself runs. */
export const HIDDEN: readonly string[] = ['complete-names', 'serve-worker'];

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

  addServiceCommands(steward);
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
    .addHelpText('after', WITNESS_EXAMPLES)
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
    .addHelpText('after', helpExamples(['Are the pages what the declarations say?', 'steward docs --check']))
    .action(async (options) => (await import('./docs/docs.ts')).docs(options));

  for (const command of allOf(steward))
    command
      .showSuggestionAfterError(false)
      .exitOverride()
      .configureOutput({ outputError: () => undefined });
  return steward;
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

import type { Command } from 'commander';
import { StewardCallError } from '../client/errors.ts';
import { asksFirst, runConfirmed } from './confirmedCommand.ts';
import { connectionOf } from './connection.ts';
import { commandLine, examplesWith } from './examples.ts';
import { exitCodesHelp, exitCodesWith, reportFailure } from './exitCodes.ts';
import { UsageError } from './failure.ts';
import { argumentsOf, commandIn, GROUPS, type Place, SHOW, verbsOf } from './groups.ts';
import { helpExamples } from './helpExamples.ts';
import type { ListedCommand } from './listed.ts';
import { listedCommands } from './listing.ts';
import { formatted } from './output.ts';
import { page } from './pager.ts';
import { parametersOf } from './parameters.ts';
import { ProvingClient } from './proof.ts';
import { renderDryRun } from './render.ts';
import { type Request, requestLine, startOf } from './request.ts';
import { styleOf } from './style.ts';
import { jsonLines } from './terminal.ts';
import { watch } from './watch.ts';
import { WIDTH, wrapped } from './wrapped.ts';

/** Adds a subcommand of `steward sudo` for each command, whose options are the command's parameters. */
export function addCommands(sudo: Command, commands: readonly ListedCommand[]): void {
  sudo
    .usage('<command> [options]')
    .helpOption('-h, --help', 'show this, or after a command its parameters and examples')
    // The list below replaces the standard one.
    .configureHelp({ visibleCommands: () => [] });
  for (const command of commands) sudo.addCommand(commandLineOf(command));
  const names = new Set(commands.map(({ name }) => name));
  sudo.addHelpText('after', () => `\n${namesBySubject(names)}\n\n${MORE_HELP}\n${BATCH_EXAMPLES}\n\n${exitCodesHelp}`);
}

/** Adds a subcommand for each verb of the group: another name of a command of `steward sudo`. */
export function addGroup(line: Command, group: string, commands: readonly ListedCommand[]): void {
  line.configureHelp({
    subcommandTerm: (command) =>
      `${command.name()} ${command.usage().replace(' [options]', '').replace('[options]', '')}`.trimEnd(),
  });
  const found = GROUPS.find(({ name }) => name === group);
  for (const [verb, row] of Object.entries(found === undefined ? {} : verbsOf(found))) {
    const command = commands.find(({ name }) => name === commandIn(row));
    if (command !== undefined) line.addCommand(commandLineOf(command, { group, verb }));
  }
}

const MORE_HELP = `Each is also a verb of its subject, such as \`steward admin add\` for addAdmin.
\`steward admin --help\` lists these with what they do. \`--help\` after a command
shows its parameters and examples.`;

const BATCH_EXAMPLES = helpExamples(
  ['Run the commands in a file, one on each line', 'steward sudo --batch term.batch --reason "new term"'],
  ['The same for each line of a list', "sed 's/^/addUser /' people.txt | steward sudo --batch - --keep-going"],
);

/** The names of the commands by group, within the width of a terminal. */
function namesBySubject(names: ReadonlySet<string>): string {
  const label = Math.max(...GROUPS.map(({ name }) => name.length));
  return GROUPS.flatMap(({ name, verbs }) => {
    const shown = Object.values(verbs).map(commandIn);
    const lines = wrapped(
      shown.filter((command) => names.has(command)),
      WIDTH - label - 4,
    );
    return lines.map((line, i) => `  ${(i === 0 ? name : '').padEnd(label)}  ${line}`);
  }).join('\n');
}

function commandLineOf(command: ListedCommand, place?: Place): Command {
  const start = startOf(command, place);
  const words = argumentsOf(command.name, place);
  const examples = () =>
    examplesWith(command, place === undefined ? [] : words)
      .map((e) => `  # ${e.title}\n  ${commandLine(command, e, { start, words })}`)
      .join('\n');
  const line = requestLine(command, { run: runRequest, place, asks: true });
  return line.addHelpText('after', () => `\nExamples:\n${examples()}\n\n${exitCodesWith(command.reasons)}`);
}

async function runRequest({ command, parts, options, own, place }: Request): Promise<void> {
  const proof = parametersOf(command).find(({ isProof }) => isProof);
  const json = own('json') === true;
  const isOne = place?.verb === SHOW;
  const form = { format: own<string>('output'), headers: own<boolean>('headers'), isOne };
  const connection = connectionOf({ server: own('server'), token: own('token'), profile: own('profile') });
  const client = new ProvingClient(connection, own('proofFile'));
  try {
    const isDryRun = own('dryRun') === true;
    if (!isDryRun && (command.beginsJob || asksFirst({ command, parts }))) {
      await runConfirmed(client, { command, parts }, { yes: own('yes') === true, json, options, form });
      return;
    }
    const run = (more: object) =>
      client.command(command.name, { ...parts, params: { ...parts.params, ...more } }, options);
    const seconds = own<number>('watch');
    if (seconds !== undefined) {
      if (json) throw new UsageError('--watch has no --json: use -o json');
      await watch(seconds, async () => formatted(command, (await run({})).result, form));
      return;
    }
    const { result, receipt } =
      proof === undefined
        ? await run({})
        : await client.withProof(command.name, (given) => run({ [proof.name]: given }));
    if (json) console.log(jsonLines({ result, receipt }, 2));
    else if (isDryRun && own('output') === undefined) page(renderDryRun(result, styleOf()));
    else page(await formatted(isDryRun ? {} : command, result, form));
  } catch (error) {
    if (!(error instanceof StewardCallError)) throw error;
    const { hintsFor } = await import('./hints.ts');
    const words = process.argv.slice(2);
    const hints = await hintsFor(error, { client, call: { command, parts }, words, commands: await listedCommands() });
    reportFailure(error, { json, token: connection.token, hints });
  }
}

import type { Command } from 'commander';
import { StewardCallError } from '../client/errors.ts';
import { asksFirst, runConfirmed } from './confirmedCommand.ts';
import { connectionOf } from './connection.ts';
import { commandLine } from './examples.ts';
import { exitCodesHelp, reportFailure } from './exitCodes.ts';
import type { ListedCommand } from './listed.ts';
import { POSITIONAL, parametersOf, requestOf } from './parameters.ts';
import { ProvingClient } from './proof.ts';
import { renderDryRun, renderResult } from './render.ts';
import { type Request, requestLine } from './request.ts';
import { jsonLines } from './terminal.ts';

/** Adds a subcommand of `steward sudo` for each command, whose options are the command's parameters. */
export function addCommands(sudo: Command, commands: readonly ListedCommand[]): void {
  sudo
    .usage('<command> [options]')
    .helpOption('-h, --help', 'show this, or after a command its parameters and examples')
    // The list below replaces the standard one.
    .configureHelp({ visibleCommands: () => [] });
  for (const command of commands) sudo.addCommand(commandLineOf(command));
  sudo.addHelpText('after', () => `\n${summaries(commands)}\n\n${exitCodesHelp}`);
}

function summaries(commands: readonly ListedCommand[]): string {
  const subjects = [...new Set(commands.map(({ subject }) => subject))];
  const summariesOf = (of: string) => commands.filter(({ subject }) => subject === of).map(summaryOf);
  return subjects.map((subject) => `${subject}:\n${summariesOf(subject).join('\n')}`).join('\n\n');
}

/** A command in the list: its usage, its summary and one example. */
function summaryOf(command: ListedCommand): string {
  const [example] = command.examples;
  const request = requestOf(command) === undefined ? '' : ` <${POSITIONAL}>`;
  const subject = { ignored: '', target: ' <user>', subject: ' --as <user>', optionalSubject: ' [--as <user>]' };
  const options = parametersOf(command).length === 0 ? '' : ' [options]';
  return [
    `  ${command.name}${subject[command.user]}${request}${options}`,
    `      ${command.summary}`,
    ...(example === undefined ? [] : [`      $ ${commandLine(command, example)}`]),
  ].join('\n');
}

function commandLineOf(command: ListedCommand): Command {
  const examples = () => command.examples.map((e) => `  # ${e.title}\n  ${commandLine(command, e)}`).join('\n');
  return requestLine(command, runRequest).addHelpText('after', () => `\nExamples:\n${examples()}\n\n${exitCodesHelp}`);
}

async function runRequest({ command, parts, options, own }: Request): Promise<void> {
  const proof = parametersOf(command).find(({ isProof }) => isProof);
  const json = own('json') === true;
  try {
    const client = new ProvingClient(connectionOf({ server: own('server'), token: own('token') }), own('proofFile'));
    const isDryRun = own('dryRun') === true;
    if (!isDryRun && (command.beginsJob || asksFirst({ command, parts }))) {
      await runConfirmed(client, { command, parts }, { yes: own('yes') === true, json, options });
      return;
    }
    const run = (more: object) =>
      client.command(command.name, { ...parts, params: { ...parts.params, ...more } }, options);
    const { result, receipt } =
      proof === undefined
        ? await run({})
        : await client.withProof(command.name, (given) => run({ [proof.name]: given }));
    if (json) console.log(jsonLines({ result, receipt }, 2));
    else console.log(isDryRun ? renderDryRun(result) : renderResult(result));
  } catch (error) {
    if (!(error instanceof StewardCallError)) throw error;
    reportFailure(error, json);
  }
}

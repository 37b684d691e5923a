import { Command, Option } from 'commander';
import { defined } from '../base/defined.ts';
import { StewardCallError } from '../client/errors.ts';
import { connectionOf, connectionOptions } from './connection.ts';
import { commandLine } from './examples.ts';
import { exitCodesHelp, reportFailure } from './exitCodes.ts';
import { UsageError } from './failure.ts';
import { beginsJob, runJobCommand, YES } from './jobCommand.ts';
import type { ListedCommand } from './listed.ts';
import { jsonObjectOf, POSITIONAL, PROOF_FILE, parametersOf, requestOf } from './parameters.ts';
import { ProvingClient } from './proof.ts';
import { renderDryRun, renderResult } from './render.ts';
import { secretLine } from './secretLine.ts';
import { jsonLines } from './terminal.ts';

/** Options of all commands of `sudo`. A parameter of the command with the same name takes precedence. */
const COMMON = [
  new Option('--reason <text>', 'why; kept in the audit record'),
  new Option('--dry-run', 'show what would change, and its plan, and change nothing'),
  new Option('--plan <hash>', 'refuse unless it does exactly what the dry run with this plan showed'),
  new Option('--idempotency-key <key>', 'carry it out once, however often it is repeated'),
  new Option(PROOF_FILE, 'a second proof of your identity, if the policy asks for one; - for standard input'),
  new Option('--approval <request>', 'the approved request for exactly this call'),
  new Option('--run-when-approved', 'if it needs approval, let it run by itself after the last one'),
  new Option('--params <json>', 'more parameters, as JSON').argParser(jsonObjectOf('--params')),
  new Option('--json', 'print the answer, or the error, as JSON'),
  ...connectionOptions(),
];

const AS = {
  subject: () => new Option('--as <user>', 'the user to act as').makeOptionMandatory(),
  optionalSubject: () => new Option('--as <user>', 'the user to act as; without it, with all rights'),
} as const;

type Given = Readonly<Record<string, unknown>>;

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
  const line = new Command(command.name).description(command.summary);
  const parameters = parametersOf(command);
  const taken = new Set(parameters.map(({ option }) => option.long));
  if (command.user === 'target') line.argument('<user>', 'the user it is about');
  const request = requestOf(command);
  if (request !== undefined) line.argument(`<${POSITIONAL}>`, request.description);
  if (command.user === 'subject' || command.user === 'optionalSubject') line.addOption(AS[command.user]());
  for (const { option } of parameters) line.addOption(option);
  for (const option of COMMON) if (!taken.has(option.long)) line.addOption(option);
  if (beginsJob(command.name)) line.addOption(YES);
  const examples = () => command.examples.map((e) => `  # ${e.title}\n  ${commandLine(command, e)}`).join('\n');
  line.addHelpText('after', () => `\nExamples:\n${examples()}\n\n${exitCodesHelp}`);
  return line.action(async (...args) => {
    const user = command.user === 'target' ? String(args[0]) : undefined;
    const positional = request === undefined ? {} : { [POSITIONAL]: String(args[0]) };
    await runCommand(command, { user, request: positional }, line.opts<Given>());
  });
}

/** What stands on the command line without a flag. */
interface Positional {
  readonly user: string | undefined;
  readonly request: object;
}

async function runCommand(command: ListedCommand, { user, request }: Positional, given: Given): Promise<void> {
  const all = parametersOf(command);
  const proof = all.find(({ isProof }) => isProof);
  const parameters = all
    .filter(({ isProof }) => !isProof)
    .map(({ name, option, isSecret }) => ({ name, attribute: option.attributeName(), isSecret }));
  const taken = new Set(parameters.map(({ attribute }) => attribute));
  const params: [string, unknown][] = [];
  for (const { name, attribute, isSecret } of parameters) {
    const value = given[attribute];
    if (value !== undefined) params.push([name, isSecret && value === '-' ? await secretLine(name) : value]);
  }
  // A common option that has the name of a parameter does not exist.
  const common = <T>(name: string) => (taken.has(name) ? undefined : (given[name] as T | undefined));
  const more = common<object>('params') ?? {};
  // The service may ignore an unknown key, as KBase does, so that a misspelt limit would have no effect.
  const unknown = Object.keys(command.isClosed ? more : {}).find((key) => !parameters.some(({ name }) => name === key));
  if (unknown !== undefined) throw new UsageError(`${command.name} has no parameter ${unknown}`);
  const parts = { user: user ?? common<string>('as'), params: { ...more, ...request, ...Object.fromEntries(params) } };
  const options = defined({
    reason: common<string>('reason'),
    dryRun: common<boolean>('dryRun'),
    plan: common<string>('plan'),
    idempotencyKey: common<string>('idempotencyKey'),
    approval: common<string>('approval'),
    runWhenApproved: common<boolean>('runWhenApproved'),
  });
  const json = common('json') === true;
  try {
    const connection = connectionOf({ server: common('server'), token: common('token') });
    const client = new ProvingClient(connection, common('proofFile'));
    if (beginsJob(command.name) && !common('dryRun')) {
      await runJobCommand(client, { command: command.name, parts }, { yes: common('yes') === true, json, options });
      return;
    }
    const run = (more: object) =>
      client.command(command.name, { ...parts, params: { ...parts.params, ...more } }, options);
    const { result, receipt } =
      proof === undefined
        ? await run({})
        : await client.withProof(command.name, (given) => run({ [proof.name]: given }));
    if (json) console.log(jsonLines({ result, receipt }, 2));
    else console.log(common('dryRun') ? renderDryRun(result) : renderResult(result));
  } catch (error) {
    if (!(error instanceof StewardCallError)) throw error;
    reportFailure(error, json);
  }
}

import { Command, Option } from 'commander';
import { defined } from '../base/defined.ts';
import type { CommandOptions, CommandParts } from '../client/client.ts';
import { YES } from './confirmedCommand.ts';
import { connectionOptions } from './connection.ts';
import { UsageError } from './failure.ts';
import type { ListedCommand } from './listed.ts';
import { jsonObjectOf, POSITIONAL, PROOF_FILE, parametersOf, requestOf } from './parameters.ts';
import { secretLine } from './secretLine.ts';

/** Options of all commands of `sudo`. A parameter of the command with the same name takes precedence. */
const COMMON = [
  new Option('--reason <text>', 'why; kept in the audit record'),
  new Option('--dry-run', 'show what would change, and its plan, and change nothing'),
  new Option('--plan <hash>', 'refuse unless it does exactly what the dry run with this plan showed'),
  new Option('--idempotency-key <key>', 'carry it out once, however often it is repeated'),
  new Option(PROOF_FILE, 'a second proof of your identity, if the policy asks for one; - for standard input'),
  new Option('--approval <request>', 'the approved request for exactly this call'),
  new Option('--run-when-approved', 'if it needs approval, let it run by itself after the last one'),
  new Option('--params <json>', 'more parameters, as JSON; @FILE for those in a file').argParser(
    jsonObjectOf('--params'),
  ),
  new Option('--json', 'print the answer, or the error, as JSON'),
  ...connectionOptions(),
];

const AS = {
  subject: () => new Option('--as <user>', 'the user to act as').makeOptionMandatory(),
  optionalSubject: () => new Option('--as <user>', 'the user to act as; without it, with all rights'),
} as const;

type Given = Readonly<Record<string, unknown>>;

/** A command as it was written on the command line. */
export interface Request {
  readonly command: ListedCommand;
  readonly parts: CommandParts;
  readonly options: CommandOptions;
  /** The options that only the command line knows, such as `json`. */
  readonly own: <T>(name: string) => T | undefined;
}

/**
 * The command line of a command, with its parameters as options, which is handed to `run` as a request.
 *
 * @param now the time from which short times count
 */
export function requestLine(command: ListedCommand, run: (request: Request) => Promise<void>, now?: Date): Command {
  const line = new Command(command.name).description(command.summary);
  const parameters = parametersOf(command, now);
  const taken = new Set(parameters.map(({ option }) => option.long));
  if (command.user === 'target') line.argument('<user>', 'the user it is about');
  const request = requestOf(command);
  if (request !== undefined) line.argument(`<${POSITIONAL}>`, request.description);
  if (command.user === 'subject' || command.user === 'optionalSubject') line.addOption(AS[command.user]());
  for (const { option } of parameters) line.addOption(option);
  for (const option of COMMON) if (!taken.has(option.long)) line.addOption(option);
  if (command.confirm !== undefined) line.addOption(YES);
  return line.action(async (...args) => {
    const user = command.user === 'target' ? String(args[0]) : undefined;
    const positional = request === undefined ? {} : { [POSITIONAL]: String(args[0]) };
    await run(await requestFrom(command, { user, request: positional }, line.opts<Given>()));
  });
}

/** What stands on the command line without a flag. */
interface Positional {
  readonly user: string | undefined;
  readonly request: object;
}

/** @throws UsageError */
async function requestFrom(command: ListedCommand, { user, request }: Positional, given: Given): Promise<Request> {
  const parameters = parametersOf(command)
    .filter(({ isProof }) => !isProof)
    .map(({ name, option, isSecret }) => ({ name, attribute: option.attributeName(), isSecret }));
  const taken = new Set(parameters.map(({ attribute }) => attribute));
  const params: [string, unknown][] = [];
  for (const { name, attribute, isSecret } of parameters) {
    const value = given[attribute];
    if (value !== undefined) params.push([name, isSecret && value === '-' ? await secretLine(name) : value]);
  }
  // A common option that has the name of a parameter does not exist.
  const own = <T>(name: string) => (taken.has(name) ? undefined : (given[name] as T | undefined));
  const more = own<object>('params') ?? {};
  // The service may ignore an unknown key, as KBase does, so that a misspelt limit would have no effect.
  const unknown = Object.keys(command.isClosed ? more : {}).find((key) => !parameters.some(({ name }) => name === key));
  if (unknown !== undefined) throw new UsageError(`${command.name} has no parameter ${unknown}`);
  return {
    command,
    parts: { user: user ?? own<string>('as'), params: { ...more, ...request, ...Object.fromEntries(params) } },
    options: defined({
      reason: own<string>('reason'),
      dryRun: own<boolean>('dryRun'),
      plan: own<string>('plan'),
      idempotencyKey: own<string>('idempotencyKey'),
      approval: own<string>('approval'),
      runWhenApproved: own<boolean>('runWhenApproved'),
    }),
    own,
  };
}

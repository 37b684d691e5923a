import { Command, Option } from 'commander';
import { defined } from '../base/defined.ts';
import type { CommandOptions, CommandParts } from '../client/client.ts';
import { declarationOf, usageOf, withArguments } from './arguments.ts';
import { YES } from './confirmedCommand.ts';
import { connectionOptions } from './connection.ts';
import { UsageError } from './failure.ts';
import { argumentsOf, commandIn, GROUPS, type Place } from './groups.ts';
import type { ListedCommand } from './listed.ts';
import { outputOptions } from './output.ts';
import { jsonObjectOf, type Parameter, PROOF_FILE, parametersOf } from './parameters.ts';
import { secretLine } from './secretLine.ts';
import { watchOption } from './watch.ts';

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
  ...outputOptions(),
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
  /** The verb as which it was written, unless it is a command of `steward sudo`. */
  readonly place?: Place | undefined;
}

interface Called {
  /** What is done with the request. */
  readonly run: (request: Request) => Promise<void>;
  /** The words of its place: `sudo` and its own name, unless it is a verb of a group. */
  readonly place?: Place | undefined;
  /** The time from which short times count. */
  readonly now?: Date;
  /** Whether a secret that is missing is asked for at the terminal. */
  readonly asks?: boolean;
}

/** What was written, by the names of the options. */
interface Words {
  readonly all: readonly Parameter[];
  readonly asks: boolean;
  readonly given: Given;
}

/** The words with which the command line of a command begins. */
export const startOf = (command: ListedCommand, place?: Place): string =>
  place === undefined ? `steward sudo ${command.name}` : `steward ${place.group} ${place.verb}`;

/** The group and the verb of a command. */
export function placeOf({ name }: ListedCommand): Place | undefined {
  const places = GROUPS.flatMap((group) =>
    Object.entries(group.verbs).map(([verb, row]) => ({ group: group.name, verb, command: commandIn(row) })),
  );
  return places.find(({ command }) => command === name);
}

const ABOUT_USER = 'the user it is about';

/** The command line of a command, with its parameters as arguments and options, which is handed to `run` as a request. */
export function requestLine(command: ListedCommand, { run, place, now, asks = false }: Called): Command {
  const line = new Command(place?.verb ?? command.name)
    .summary(command.summary)
    .description(place === undefined ? command.summary : `${command.summary} (steward sudo ${command.name})`);
  const parameters = parametersOf(command, now);
  const taken = new Set(parameters.map(({ option }) => option.long));
  const words = argumentsOf(command.name, place);
  for (const word of words) {
    const parameter = parameters.find(({ name }) => name === word.name);
    line.argument(declarationOf(word), parameter?.option.description ?? ABOUT_USER);
  }
  line.usage([...words.map(usageOf), '[options]'].join(' '));
  if (command.user === 'subject' || command.user === 'optionalSubject') line.addOption(AS[command.user]());
  if (command.user === 'target' && !taken.has('--user'))
    line.addOption(new Option('--user <user>', ABOUT_USER).hideHelp());
  for (const { name, option } of parameters) {
    line.addOption(words.some((word) => word.name === name) ? option.hideHelp() : option);
  }
  for (const option of COMMON) if (!taken.has(option.long)) line.addOption(option);
  if (command.confirm !== undefined) line.addOption(YES);
  if (command.effect === 'read') line.addOption(watchOption());
  return line.action(async (...values) => {
    const written = { command, parameters, given: line.opts<Given>(), values, words, start: startOf(command, place) };
    const given = withArguments(written);
    await run({ ...(await requestFrom(command, { all: parameters, asks, given })), place });
  });
}

/** @throws UsageError */
async function requestFrom(command: ListedCommand, { all, asks, given }: Words): Promise<Request> {
  const parameters = all.filter(({ isProof }) => !isProof);
  const taken = new Set(parameters.map(({ option }) => option.attributeName()));
  const params: object[] = [];
  for (const { name, option, isSecret, paramsOf, ...parameter } of parameters) {
    const value = given[option.attributeName()];
    const isAsked = asks && parameter.isAsked && value === undefined && given.params === undefined;
    if (isAsked && !process.stdin.isTTY)
      throw new UsageError(`give ${option.long} -, and the ${name} on the standard input`);
    if (value === undefined && !isAsked) continue;
    params.push(paramsOf(isAsked || (isSecret && value === '-') ? await secretLine(name) : value));
  }
  // A common option that has the name of a parameter does not exist.
  const own = <T>(name: string) => (taken.has(name) ? undefined : (given[name] as T | undefined));
  const more = own<object>('params') ?? {};
  // The service may ignore an unknown key, as KBase does, so that a misspelt limit would have no effect.
  const unknown = Object.keys(command.isClosed ? more : {}).find(
    (key) => !command.parameters.some(({ name, type }) => name === key && type !== 'proof'),
  );
  if (unknown !== undefined) throw new UsageError(`${command.name} has no parameter ${unknown}`);
  const user = command.user === 'target' ? (given.user as string | undefined) : own<string>('as');
  return {
    command,
    parts: { user, params: Object.assign({}, more, ...params) as object },
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

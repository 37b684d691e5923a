import { Command, Option } from 'commander';
import { StewardCallError } from '../client/errors.ts';
import type { Command as Declaration } from '../commands/command.ts';
import { allCommands } from '../commands/index.ts';
import type { DryRun } from '../schemas/generated.ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { EXIT_CODES, reportFailure } from './exitCodes.ts';
import { jsonOf, parametersOf } from './parameters.ts';
import { renderChanges, renderResult } from './render.ts';

/** Options that every command of `sudo` takes. A parameter of the same name wins: it is what the command is about. */
const COMMON = [
  new Option('--reason <text>', 'why; kept in the audit record'),
  new Option('--dry-run', 'show what would change, and its plan, and change nothing'),
  new Option('--plan <hash>', 'refuse unless it does exactly what this plan of a dry run showed'),
  new Option('--idempotency-key <key>', 'carry it out once, however often it is repeated'),
  new Option('--params <json>', 'parameters as JSON, beside those given as options').argParser(jsonOf('--params')),
  new Option('--json', 'print the answer as JSON'),
  new Option('--server <url>', 'where the service answers'),
  new Option('--token <token>', 'the token to use; better in STEWARD_TOKEN'),
];

type Given = ConnectionOptions & Readonly<Record<string, unknown>>;

/** `steward sudo <command> …`: one subcommand a command, its options made from the command's schema. */
export function sudoCommand(): Command {
  const sudo = new Command('sudo').description('run a command of administer');
  for (const command of allCommands) sudo.addCommand(commandLineOf(command));
  const codes = EXIT_CODES.map(({ code, meaning }) => `  ${code}  ${meaning}`).join('\n');
  return sudo.addHelpText('after', `\nExit status:\n  0  done\n  1  any other failure\n${codes}`);
}

function commandLineOf(command: Declaration): Command {
  const line = new Command(command.name).description(command.summary);
  const parameters = parametersOf(command);
  const taken = new Set(parameters.map(({ option }) => option.long));
  if (command.user === 'target') line.argument('<user>', 'the user it is about');
  if (command.user === 'subject') line.addOption(new Option('--as <user>', 'the user to act as').makeOptionMandatory());
  if (command.user === 'optionalSubject') line.option('--as <user>', 'the user to act as; without it, with all rights');
  for (const { option } of parameters) line.addOption(option);
  for (const option of COMMON) if (!taken.has(option.long)) line.addOption(option);
  line.addHelpText('after', `\nExamples:\n${examplesOf(command).join('\n')}`);
  return line.action(async (...args) => {
    const user = command.user === 'target' ? String(args[0]) : undefined;
    await runCommand(command, user, line.opts<Given>());
  });
}

/** The declared examples as they are typed. */
function examplesOf(command: Declaration): string[] {
  const flags = new Map(parametersOf(command).map(({ name, option }) => [name, option.long ?? '']));
  return command.examples.map(({ title, user, params }) => {
    const words = Object.entries((params ?? {}) as object).map(([name, value]) =>
      optionWords(flags.get(name) ?? '', value),
    );
    const subject = user === undefined ? [] : [command.user === 'target' ? user : `--as ${user}`];
    return `  steward sudo ${[command.name, ...subject, ...words].join(' ')}    # ${title}`;
  });
}

function optionWords(flag: string, value: unknown): string {
  if (value === true) return flag;
  if (Array.isArray(value)) return `${flag} ${value.map(quoted).join(' ')}`;
  return `${flag} ${quoted(typeof value === 'string' ? value : JSON.stringify(value))}`;
}

const quoted = (word: unknown) => (/^[\w.:@/-]+$/.test(String(word)) ? String(word) : `'${String(word)}'`);

async function runCommand(command: Declaration, user: string | undefined, given: Given): Promise<void> {
  const { reason, dryRun, plan, idempotencyKey, json } = given;
  const names = parametersOf(command).map(({ name }) => name);
  const params = Object.fromEntries(names.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])));
  const as = names.includes('as') ? undefined : given.as;
  const args = {
    ...(given.params as object | undefined),
    ...params,
    ...(user === undefined && as === undefined ? {} : { user: user ?? as }),
  };
  const said = Object.fromEntries(
    Object.entries({ reason, dryRun, plan, idempotencyKey }).filter(
      ([name, value]) => value !== undefined && !names.includes(name),
    ),
  );
  try {
    const { result, receipt } = await connect(given).command(command.name, args, said);
    if (json) console.log(JSON.stringify({ result, receipt }, null, 2));
    else if (dryRun) console.log(`${renderChanges((result as DryRun).changes)}\nplan ${(result as DryRun).plan}`);
    else console.log(renderResult(result));
  } catch (error) {
    if (!(error instanceof StewardCallError)) throw error;
    reportFailure(error, json === true);
  }
}

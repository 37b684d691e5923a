import { Command, CommanderError } from 'commander';
import { nearest } from '../base/nearest.ts';
import { listedCommands } from './listing.ts';

/** What is said to be wrong with the arguments of a command, which are then shown. */
const MISWRITTEN: ReadonlySet<string> = new Set([
  'commander.excessArguments',
  'commander.missingArgument',
  'commander.missingMandatoryOptionValue',
]);

/** More verbs are not named in an error. */
const MANY = 20;

/** A command whose errors about unknown words say which was probably meant. */
export class SuggestingCommand extends Command {
  override async parseAsync(...args: Parameters<Command['parseAsync']>): Promise<this> {
    const [words = process.argv, options] = args;
    try {
      return await super.parseAsync(...args);
    } catch (error) {
      throw await withSuggestion(error, this, options?.from === 'user' ? words : words.slice(2));
    }
  }
}

async function withSuggestion(error: unknown, root: Command, words: readonly string[]): Promise<unknown> {
  if (!(error instanceof CommanderError)) return error;
  if (MISWRITTEN.has(error.code)) return withUsage(error, commandsNamed(root, words));
  const [, unknown] = /^error: unknown (?:command|option) '([^']*)'/.exec(error.message) ?? [];
  if (unknown === undefined) return error;
  const suggestion =
    error.code === 'commander.unknownOption'
      ? optionLike(unknown, commandsNamed(root, words))
      : await commandLike(unknown, commandsNamed(root, words));
  if (suggestion === undefined && error.code === 'commander.unknownCommand') {
    return withVerbs(error, commandsNamed(root, words));
  }
  if (suggestion === undefined) return error;
  return new CommanderError(error.exitCode, error.code, `${error.message}\nDid you mean: ${suggestion}`);
}

/** The error with the verbs that there are, unless that is a list of all commands. */
function withVerbs(error: CommanderError, path: readonly Command[]): CommanderError {
  const verbs = path.length === 1 ? [] : (path.at(-1)?.commands ?? []).map((command) => command.name());
  const start = path.map((command) => command.name()).join(' ');
  const there = verbs.length === 0 || verbs.length > MANY ? `See ${start} --help` : `${start} has ${verbs.join(', ')}`;
  return new CommanderError(error.exitCode, error.code, `${error.message}\n${there}`);
}

/** The error with how the command is written. */
function withUsage(error: CommanderError, path: readonly Command[]): CommanderError {
  const start = path.map((command) => command.name()).join(' ');
  return new CommanderError(error.exitCode, error.code, `${error.message}\nUsage: ${start} ${path.at(-1)?.usage()}`);
}

/** The commands that the words name, from `steward` down. */
function commandsNamed(root: Command, words: readonly string[]): Command[] {
  const path = [root];
  for (const word of words) {
    const next = path.at(-1)?.commands.find((command) => command.name() === word);
    if (next !== undefined) path.push(next);
  }
  return path;
}

function optionLike(unknown: string, path: readonly Command[]): string | undefined {
  const options = path.at(-1)?.options.filter(({ hidden }) => !hidden) ?? [];
  return nearest(
    unknown,
    options.flatMap(({ long }) => (long === undefined ? [] : [long])),
  );
}

/** A subcommand of where it was written, or a command of `steward sudo`. */
async function commandLike(unknown: string, path: readonly Command[]): Promise<string | undefined> {
  const start = path.map((command) => command.name()).join(' ');
  const below = path.at(-1)?.commands.map((command) => `${start} ${command.name()}`) ?? [];
  const flat = (await listedCommands()).map(({ name }) => `steward sudo ${name}`);
  const lines = new Map([...flat, ...below].map((line) => [line.split(' ').at(-1) ?? '', line]));
  const found = nearest(unknown, [...lines.keys()]);
  return found === undefined ? undefined : lines.get(found);
}

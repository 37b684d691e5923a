import type { Command, Option } from 'commander';
import type { ListedCommand } from './listed.ts';
import { commandNamed, isPermission, kindOf, PERMISSION_LETTERS, parameterNamed } from './nameKinds.ts';

/** What can follow a command on the command line. */
export interface Place {
  /** The command, such as `steward sudo addAdmin`. */
  readonly path: string;
  readonly commands: readonly Described[];
  readonly options: readonly CompletedOption[];
  /** The values of its first argument, if they are known. */
  readonly values: readonly string[];
  /** Whether an argument is a name that the service knows. */
  readonly hasNames: boolean;
}

export interface Described {
  readonly name: string;
  readonly description: string;
}

export interface CompletedOption extends Described {
  /** What its value is; undefined if it takes none. `names` are known to the service, and other values are not completed. */
  readonly value?: readonly string[] | 'file' | 'names' | 'other' | undefined;
}

interface At {
  readonly path: readonly string[];
  readonly commands: readonly ListedCommand[];
}

/** The places of a command and of all below it. */
export function placesOf(command: Command, { path, commands }: At): Place[] {
  const listed = commandNamed(path.slice(1), commands);
  const shown = command.commands.filter((each) => !isHidden(each));
  return [
    {
      path: path.join(' '),
      commands: shown.map((each) => ({ name: each.name(), description: each.summary() || each.description() })),
      options: command.options
        .filter(({ long, hidden }) => long !== undefined && !hidden)
        .map((option) => completed(option, listed)),
      values: command.registeredArguments[0]?.argChoices ?? [],
      hasNames: command.registeredArguments.some((each) => isNamed(listed, each.name())),
    },
    ...shown.flatMap((each) => placesOf(each, { path: [...path, each.name()], commands })),
  ];
}

/** Commander has no public way to tell. */
const isHidden = (command: Command) => (command as Command & { readonly _hidden?: boolean })._hidden === true;

function isNamed(listed: ListedCommand | undefined, written: string): boolean {
  return listed !== undefined && kindOf(listed, parameterNamed(listed, written)) !== undefined;
}

function completed(option: Option, listed: ListedCommand | undefined): CompletedOption {
  const { flags, long, description, argChoices, required, optional } = option;
  const about = { name: long ?? '', description };
  if (!required && !optional) return about;
  const written = option.attributeName();
  if (argChoices !== undefined) return { ...about, value: argChoices };
  if (listed !== undefined && isPermission(parameterNamed(listed, written)))
    return { ...about, value: PERMISSION_LETTERS };
  if (flags.includes('<file>')) return { ...about, value: 'file' };
  return { ...about, value: isNamed(listed, written) ? 'names' : 'other' };
}

/** All that can follow, but for values that only the service knows. */
export const wordsAt = ({ commands, options, values }: Place): Described[] => [
  ...commands,
  ...values.map((name) => ({ name, description: '' })),
  ...options,
  { name: '--help', description: 'show help' },
];

/** The patterns of a `case` in a shell for the paths of places. */
export const casesOf = (places: readonly Place[]): string => places.map(({ path }) => `    '${path}'`).join('|\\\n');

/** The places whose arguments are names. */
export const withNames = (places: readonly Place[]): Place[] => places.filter(({ hasNames }) => hasNames);

import { commandLine, examplesWith } from './examples.ts';
import { UsageError } from './failure.ts';
import type { CommandArgument } from './groups.ts';
import type { ListedCommand } from './listed.ts';
import { kebab, type Parameter, WORKSPACE } from './parameters.ts';

/** An argument as help shows it: in angle brackets if it must be given, as itself or as the option of the same meaning. */
export const usageOf = ({ name, isRequired, isVariadic }: CommandArgument): string => {
  const shown = `${kebab(name)}${isVariadic ? '...' : ''}`;
  return isRequired ? `<${shown}>` : `[${shown}]`;
};

/** An argument as it is declared: never required, since the option with the same meaning is accepted, too. */
export const declarationOf = (word: CommandArgument): string => usageOf({ ...word, isRequired: false });

interface Written {
  readonly command: ListedCommand;
  readonly parameters: readonly Parameter[];
  /** The options, by their attribute. */
  readonly given: Readonly<Record<string, unknown>>;
  /** The arguments, and what was written for each. */
  readonly words: readonly CommandArgument[];
  readonly values: readonly unknown[];
  /** How the command line begins, for an example. */
  readonly start: string;
}

/** The options with the arguments among them. @throws UsageError if an argument is missing, or given twice */
export function withArguments({ command, parameters, given, words, values, start }: Written): Record<string, unknown> {
  const all: Record<string, unknown> = { ...given };
  for (const [i, word] of words.entries()) {
    const { name, isRequired } = word;
    const value = values[i];
    const parameter = parameters.find((p) => p.name === name);
    const spellings = [parameter, ...parameters.filter((p) => p.isHidden && isSpellingOf(p, name))];
    const isGiven = spellings.some((p) => given[attributeOf(p)] !== undefined);
    if (value === undefined || (Array.isArray(value) && value.length === 0)) {
      if (!isRequired || isGiven || given.params !== undefined) continue;
      const [example] = examplesWith(command, words);
      const such = example === undefined ? '' : `, such as in: ${commandLine(command, example, { start, words })}`;
      throw new UsageError(`missing required argument '${kebab(name)}'${such}`);
    }
    if (isGiven) throw new UsageError(`${kebab(name)} is given twice: as an argument and as an option`);
    all[attributeOf(parameter)] = parsed(parameter, value);
  }
  return all;
}

const attributeOf = (parameter: Parameter | undefined) => parameter?.option.attributeName() ?? 'user';

/** The value as its option reads it; several words one after another. */
function parsed(parameter: Parameter | undefined, value: unknown): unknown {
  const parse = parameter?.option.parseArg;
  if (parse === undefined) return value;
  const words: readonly unknown[] = Array.isArray(value) ? value : [value];
  return words.reduce<unknown>((before, word) => parse(String(word), before), undefined);
}

/** Whether it is an earlier spelling of the option, or one of the keys of workspaces. */
const isSpellingOf = ({ name }: Parameter, of: string) =>
  name === of || (of === WORKSPACE && ['wsi', 'id', 'wsid', 'workspaces', 'ids'].includes(name));

import { Option } from 'commander';
import { isObject } from '../base/json/isObject.ts';
import { nearest } from '../base/nearest.ts';
import { shellQuoted } from '../base/text.ts';
import { UsageError } from './failure.ts';
import { contentOf, listIn, textsIn } from './inputFiles.ts';
import type { ListedCommand, ListedParameter } from './listed.ts';
import { instantOf } from './times.ts';

/** The option for the file with a proof of identity. */
export const PROOF_FILE = '--proof-file <file>';

/** One parameter of a command as an option of the command line. */
export interface Parameter {
  readonly name: string;
  readonly option: Option;
  /** Earlier spellings, which are still accepted and not shown. Each is a parameter of its own. */
  readonly isHidden: boolean;
  /** Whether it is a proof of identity, so that the option names its file. */
  readonly isProof: boolean;
  /** Whether `-` stands for a line of the standard input, so that it is in no list of processes and no history. */
  readonly isSecret: boolean;
  /** Whether a terminal is asked for it where it was not given. */
  readonly isAsked: boolean;
  /** The parameters of the call for a value of the option. */
  readonly paramsOf: (value: unknown) => object;
}

/**
 * The options for a command's parameters: texts, numbers, lists, flags, and JSON. A workspace has one option, which takes
 * its name or number. Hidden options with earlier spellings follow.
 *
 * @param now the time from which short times count
 */
export function parametersOf(command: ListedCommand, now: Date = new Date()): Parameter[] {
  const workspace = workspaceKeys(command);
  const shown = command.parameters.flatMap((parameter) => {
    if (workspace !== undefined && parameter.name === workspace.shownAt) return [workspaceParameter(workspace)];
    if (workspace !== undefined && parameter.name === workspace.hidden) return [];
    return [
      parameterOf(parameter, { flag: `--${kebab(parameter.name)}`, now, example: exampleOf(command, parameter) }),
    ];
  });
  const flags = new Set(shown.map(({ option }) => option.long));
  const earlier = command.parameters
    .map((parameter) => parameterOf(parameter, { flag: `--${earlierSpelling(parameter.name)}`, now, isHidden: true }))
    .filter(({ option }) => !flags.has(option.long));
  return [...shown, ...earlier];
}

/** The first value of a parameter in the examples of its command. */
const exampleOf = ({ examples }: ListedCommand, { name }: ListedParameter): unknown =>
  examples.map(({ params }) => (params as Readonly<Record<string, unknown>> | undefined)?.[name]).find(isGiven);

const isGiven = (value: unknown) => value !== undefined;

interface Spelling {
  readonly flag: string;
  readonly now: Date;
  readonly isHidden?: boolean;
  /** A value from the examples of the command. */
  readonly example?: unknown;
}

function parameterOf(parameter: ListedParameter, spelling: Spelling): Parameter {
  const { isHidden = false } = spelling;
  const { name, type, isSecret, isAsked } = parameter;
  const option = optionOf(parameter, spelling).helpGroup('Parameters:').hideHelp(isHidden);
  // The name of a parameter may begin with `no`, without denying another one.
  option.negate = false;
  return {
    name,
    isHidden,
    isProof: type === 'proof',
    option,
    isSecret: isSecret === true,
    isAsked: isAsked === true && !isHidden,
    paramsOf: (value) => ({ [name]: value }),
  };
}

/** The parameters with which a command names a workspace, or several. */
interface WorkspaceKeys {
  /** The parameter in whose place the option is shown, and the one that is left out. */
  readonly shownAt: string;
  readonly hidden?: string;
  /** The parameter with both keys, if they are not parameters themselves. */
  readonly within?: string;
  readonly idKey: string;
  /** The key of their names, if the command names several. */
  readonly namesKey?: string;
}

/** The name of the option for a workspace. */
export const WORKSPACE = 'workspace';

function workspaceKeys({ parameters }: ListedCommand): WorkspaceKeys | undefined {
  const has = (of: string, type: ListedParameter['type']) => parameters.some((p) => p.name === of && p.type === type);
  if (has('wsi', 'json')) return { shownAt: 'wsi', within: 'wsi', idKey: 'id' };
  if (has('workspaces', 'list') && has('ids', 'list'))
    return { shownAt: 'workspaces', hidden: 'ids', idKey: 'ids', namesKey: 'workspaces' };
  const idKey = ['id', 'wsid'].find((key) => has(key, 'number'));
  if (!has(WORKSPACE, 'text') || idKey === undefined) return undefined;
  return { shownAt: WORKSPACE, hidden: idKey, idKey };
}

function workspaceParameter({ within, idKey, namesKey }: WorkspaceKeys): Parameter {
  const flag = `--${WORKSPACE}`;
  const option =
    namesKey === undefined
      ? new Option(`${flag} <name|id>`, 'The name or the number of the workspace.')
      : new Option(`${flag} <name|id...>`, 'The names or numbers of workspaces.').argParser(textsOf(flag));
  return {
    name: WORKSPACE,
    isHidden: false,
    isProof: false,
    isSecret: false,
    isAsked: false,
    option: option.helpGroup('Parameters:'),
    paramsOf: (value) => {
      if (namesKey !== undefined) return workspacesOf(value as readonly string[], { idKey, namesKey });
      const identity = isNumber(value) ? { [idKey]: Number(value) } : { [WORKSPACE]: value };
      return within === undefined ? identity : { [within]: identity };
    },
  };
}

/** Whether it is the number of a workspace: no name of one is an integer. */
const isNumber = (value: unknown) => /^\d+$/.test(String(value));

function workspacesOf(
  given: readonly string[],
  { idKey, namesKey }: { readonly idKey: string; readonly namesKey: string },
): object {
  const ids = given.filter(isNumber).map(Number);
  const names = given.filter((value) => !isNumber(value));
  return { ...(ids.length === 0 ? {} : { [idKey]: ids }), ...(names.length === 0 ? {} : { [namesKey]: names }) };
}

/** The names or numbers of the workspaces that parameters of a call name, and the other parameters. */
export function splitWorkspace(
  command: ListedCommand,
  params: object,
): { readonly workspace?: string | readonly string[]; readonly others: object } {
  const keys = workspaceKeys(command);
  const given = params as Readonly<Record<string, unknown>>;
  if (keys === undefined) return { others: params };
  const { within, idKey, namesKey } = keys;
  const used = new Set(within === undefined ? [namesKey ?? WORKSPACE, idKey] : [within]);
  const others = Object.fromEntries(Object.entries(given).filter(([name]) => !used.has(name)));
  if (namesKey !== undefined) {
    const all = [given[idKey], given[namesKey]].flatMap((list) => (Array.isArray(list) ? list.map(String) : []));
    return all.length === 0 ? { others: params } : { workspace: all, others };
  }
  const identity = within === undefined ? given : ((given[within] ?? {}) as typeof given);
  const workspace = identity[WORKSPACE] ?? identity[idKey];
  return workspace === undefined || workspace === null ? { others: params } : { workspace: String(workspace), others };
}

function optionOf(parameter: ListedParameter, { flag, now, example }: Spelling): Option {
  const { description: said, type, choices, isSecret } = parameter;
  const description = isSecret ? `${said} - reads it from the standard input.` : said;
  switch (type) {
    case 'flag':
      return new Option(flag, description);
    case 'number':
      return new Option(`${flag} <number>`, description).argParser(numberOf(flag));
    case 'text': {
      const option = new Option(`${flag} <value>`, description);
      return choices === undefined ? option : option.choices(choices).argParser(choiceOf(flag, choices));
    }
    case 'time':
      return new Option(`${flag} <time>`, description).argParser(timeOf(flag, now));
    case 'texts':
      return new Option(`${flag} <value...>`, description).argParser(textsOf(flag));
    case 'list':
      return new Option(`${flag} <json>`, description).argParser(listOf(flag, example));
    case 'proof':
      return new Option(PROOF_FILE, `the file with it, or - for standard input. ${description}`);
    case 'json':
      return new Option(`${flag} <json>`, description).argParser(jsonOf(flag, example));
  }
}

/** A list that is longer is only shown if none of it is like what was written. */
const MANY = 10;

/** Takes one of these texts. @throws UsageError, with the one that was probably meant */
const choiceOf = (flag: string, choices: readonly string[]) => (text: string) => {
  if (choices.includes(text)) return text;
  const meant = nearest(text, choices);
  const allowed = meant !== undefined && choices.length > MANY ? '' : ` Allowed choices are ${choices.join(', ')}.`;
  throw new UsageError(`${flag} cannot be ${text}.${allowed}${meant === undefined ? '' : `\nDid you mean: ${meant}`}`);
};

/** Parses a number on the command line. @throws UsageError */
export const numberOf = (flag: string) => (text: string) => {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new UsageError(`${flag} must be a number (was: ${text})`);
  return value;
};

/** Reads a time as {@link instantOf} does; a length of time without a sign leads to the future only where something ends. */
const timeOf = (flag: string, now: Date) => (text: string) =>
  instantOf(text, { flag, now, unsigned: flag === '--expires' ? 'future' : 'past' });

/** Collects texts; `@FILE` and `-` stand for the lines of a file and of the standard input. */
const textsOf =
  (flag: string) =>
  (text: string, before: readonly string[] = []) => [...before, ...textsIn(text, flag)];

/** Parses a list as JSON, or as JSON on each line of a file. @throws UsageError */
const listOf = (flag: string, example: unknown) => (text: string) => {
  const content = contentOf(text);
  if (content !== undefined) return listIn(content, flag);
  const list = jsonOf(flag, example ?? ['text'])(text);
  if (Array.isArray(list)) return list;
  throw new UsageError(`${flag} must be a list, such as ${shellQuoted(JSON.stringify(example ?? ['text']))}`);
};

/** Parses a JSON object on the command line, which the error does not repeat: it may have secrets. @throws UsageError */
export const jsonObjectOf = (flag: string) => (text: string) => {
  const value = jsonOf(flag)(contentOf(text) ?? text);
  if (isObject(value)) return value;
  throw new UsageError(`${flag} must be a JSON object, such as '{"key": "value"}'`);
};

/** Parses JSON on the command line. @throws UsageError */
const jsonOf =
  (flag: string, example: unknown = { key: 'value' }) =>
  (text: string) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new UsageError(`${flag} must be JSON, such as ${shellQuoted(JSON.stringify(example))}`);
    }
  };

/** `newName` and `new_name` → `new-name`, `minObjectID` → `min-object-id`. */
export const kebab = (name: string): string =>
  name
    .replaceAll('_', '-')
    .replace(/(?<=[a-z0-9])[A-Z]+/g, (letters) => `-${letters}`)
    .toLowerCase();

/** The spelling of an option before underscores and runs of capitals were taken apart. */
const earlierSpelling = (name: string) => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

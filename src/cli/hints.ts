import { nearest } from '../base/nearest.ts';
import { shellQuoted } from '../base/text.ts';
import type { StewardClient } from '../client/client.ts';
import { NotFoundError, type StewardCallError } from '../client/errors.ts';
import type { CommandCall } from './confirmedCommand.ts';
import { commandLine } from './examples.ts';
import type { Hints } from './exitCodes.ts';
import { argumentsOf } from './groups.ts';
import type { ListedCommand } from './listed.ts';
import { splitWorkspace } from './parameters.ts';
import { placeOf, startOf } from './request.ts';
import { listedRoles, visibleNames, visibleTypes } from './visibleNames.ts';

interface Failed {
  readonly client: StewardClient;
  readonly call: CommandCall;
  /** What was written after `steward`; without it, no line says how to repeat the call. */
  readonly words: readonly string[];
  readonly commands: readonly ListedCommand[];
}

/**
 * What was probably meant, and what to run next. The names come from what the caller may see without another record, and
 * those of roles from `listRoles`, if the caller may run it.
 */
export async function hintsFor(error: StewardCallError, failed: Failed): Promise<Hints> {
  const unknown = error instanceof NotFoundError ? namedIn(error, failed.call) : undefined;
  const suggestion = unknown === undefined ? undefined : nearest(unknown, await namesLike(error, failed));
  const isSame = suggestion === unknown;
  const repeated = suggestion === undefined || isSame ? [] : repeatedWith(failed.words, unknown, suggestion);
  const next = [...repeated, ...advised(error, failed, unknown), ...exampleFor(error, failed)];
  return { ...(suggestion === undefined || isSame ? {} : { suggestion }), ...(next.length === 0 ? {} : { next }) };
}

/** An example of the command, if a parameter is missing. */
function exampleFor({ reason, message }: StewardCallError, { call: { command } }: Failed): string[] {
  const [example] = command.examples;
  if (reason !== 'invalid_params' || !message.includes('lacks the key') || example === undefined) return [];
  return [commandLine(command, example, { start: startOf(command, placeOf(command)) })];
}

/** What may stand before the name of a role. */
const ROLE = /^role:/;

/** The longest text of the call that the message repeats. */
function namedIn({ message }: StewardCallError, { parts }: CommandCall): string | undefined {
  return textsIn(parts)
    .map((text) => text.replace(ROLE, ''))
    .filter((text) => text !== '' && message.includes(text))
    .sort((a, b) => b.length - a.length)[0];
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

async function namesLike({ reason }: StewardCallError, { client, commands }: Failed): Promise<readonly string[]> {
  switch (reason) {
    case 'user_unknown':
    case 'staff_name_unknown':
      return (await visibleNames(client)).users;
    case 'workspace_missing':
      return (await visibleNames(client)).workspaces;
    case 'type_missing':
      return visibleTypes(client);
    case 'command_unknown':
      return commands.map(({ name }) => name);
    case 'role_unknown':
      return listedRoles(client);
    default:
      return [];
  }
}

/** The command line again, with the name that was probably meant; none with a token, which should be nowhere else. */
function repeatedWith(words: readonly string[], unknown: string | undefined, meant: string): string[] {
  if (words.some((word) => word.startsWith('--token'))) return [];
  const isNamed = (word: string) =>
    [unknown, `role:${unknown}`].some((name) => word === name || word.endsWith(`=${name}`));
  if (unknown === undefined || !words.some(isNamed)) return [];
  const replaced = words.map((word) => (isNamed(word) ? word.slice(0, -unknown.length) + meant : word));
  return [['steward', ...replaced.map(shellQuoted)].join(' ')];
}

/** The commands that the advice names, if all that they need is known from the failed call. */
function advised({ advice = '' }: StewardCallError, { call, commands }: Failed, unknown: string | undefined): string[] {
  const words = new Set(advice.match(/\b[a-z]+[A-Z]\w*/g));
  const { workspace, others } = splitWorkspace(call.command, call.parts.params ?? {});
  const known: Readonly<Record<string, unknown>> = { ...others, workspace, user: unknown ?? call.parts.user };
  return commands.flatMap((command) => {
    const needed = argumentsOf(command.name).filter(({ isRequired }) => isRequired);
    const isKnown = needed.every(({ name }) => typeof known[name] === 'string');
    if (!words.has(command.name) || command.name === call.command.name || !isKnown) return [];
    const { user, ...params } = Object.fromEntries(needed.map(({ name }) => [name, String(known[name])]));
    const example = { title: '', params, ...(user === undefined ? {} : { user }) };
    return [commandLine(command, example, { start: startOf(command, placeOf(command)) })];
  });
}

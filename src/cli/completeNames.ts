import type { StewardClient } from '../client/client.ts';
import { connect } from './connection.ts';
import { listedCommands } from './listing.ts';
import { commandNamed, kindOf, type NameKind, parameterNamed, placeNamed } from './nameKinds.ts';
import { requestLine } from './request.ts';
import { visibleNames } from './visibleNames.ts';

const TIMEOUT_MS = 10_000;
/** No more names are of use to somebody who completes one. */
const MAX_NAMES = 200;

/**
 * Prints the names with which the last of the words can go on, for the scripts of `steward completion`: what everybody may
 * see, and only with STEWARD_COMPLETE_ALL what takes a right of an administrator and leaves a record. Nothing if anything fails.
 *
 * @param written the words after `steward`, of which bash makes several at each `:` and `=`
 */
export async function completeNames(written: readonly string[]): Promise<void> {
  const { words, cut } = joined(written);
  const typed = words.at(-1) ?? '';
  try {
    const kind = await kindAt(words);
    if (kind === undefined) return;
    const names = await namesOf(connect(connectionIn(words)), kind, typed);
    const fitting = [...new Set(names)].filter((name) => name.startsWith(typed)).slice(0, MAX_NAMES);
    if (fitting.length > 0) console.log(fitting.map((name) => name.slice(cut)).join('\n'));
  } catch {
    // Whoever presses a key wants no error in the middle of the line.
  }
}

/** Puts words together that bash took apart; `cut` is how much of the last one it does not replace. */
function joined(written: readonly string[]): { readonly words: readonly string[]; readonly cut: number } {
  const words: string[] = [];
  for (const [i, word] of written.entries()) {
    if (word === '=' && words.at(-1)?.startsWith('--')) continue;
    if (words.length > 0 && (word === ':' || written[i - 1] === ':')) words[words.length - 1] += word;
    else words.push(word);
  }
  if (written.at(-1) === '=') words.push('');
  const isApart = written.at(-1) === ':' || written.at(-2) === ':';
  return { words, cut: isApart ? (words.at(-1) ?? '').lastIndexOf(':') + 1 : 0 };
}

/** What the last word names. */
async function kindAt(words: readonly string[]): Promise<NameKind | undefined> {
  const command = commandNamed(words, await listedCommands());
  if (command === undefined) return undefined;
  const line = requestLine(command, { run: async () => undefined, place: placeNamed(words) });
  const optionOf = (word: string) => line.options.find(({ long, short }) => long === word || short === word);
  let place = 0;
  let option: ReturnType<typeof optionOf>;
  for (const word of words.slice(2, -1)) {
    const isValue = option !== undefined && !word.startsWith('-');
    if (!isValue && !word.startsWith('-')) place += 1;
    if (!isValue || option?.variadic !== true) option = optionOf(word);
    if (option?.required !== true && option?.optional !== true) option = undefined;
  }
  const argument = line.registeredArguments[place] ?? line.registeredArguments.findLast(({ variadic }) => variadic);
  const name = option?.attributeName() ?? argument?.name();
  return name === undefined ? undefined : kindOf(command, parameterNamed(command, name));
}

function connectionIn(words: readonly string[]) {
  const after = (option: string) => words[words.indexOf(option) + 1];
  const given = (option: string) => (words.includes(option) ? after(option) : undefined);
  return { server: given('--server'), profile: given('--profile') };
}

async function namesOf(client: StewardClient, kind: NameKind, prefix: string): Promise<readonly string[]> {
  const isAsked = (process.env.STEWARD_COMPLETE_ALL ?? '') !== '';
  const seen = kind === 'user' || kind === 'workspace' ? await visibleNames(client) : undefined;
  const visible = seen === undefined ? [] : kind === 'user' ? seen.users : seen.workspaces;
  return isAsked ? [...visible, ...(await administered(client, kind, prefix))] : visible;
}

/** Names that an administrator may read. Each read leaves a record. */
async function administered(client: StewardClient, kind: NameKind, typed: string): Promise<readonly string[]> {
  const options = { signal: AbortSignal.timeout(TIMEOUT_MS) };
  const prefix = typed === '' ? {} : { prefix: typed };
  const limit = MAX_NAMES;
  switch (kind) {
    case 'user':
      return (await client.administer.listUsers({ ...prefix, limit }, options)).result.users.map(({ user }) => user);
    case 'workspace': {
      const { result } = await client.administer.listAllWorkspaces({ ...prefix, limit }, options);
      return result.workspaces.map(({ name }) => name);
    }
    case 'job':
      return (await client.administer.listJobs({ limit }, options)).result.jobs.map(({ job }) => job);
    case 'role':
      return (await client.administer.listRoles({ limit }, options)).result.roles.map(({ name }) => name);
  }
}

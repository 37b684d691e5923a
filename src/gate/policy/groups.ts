import type { DeclaredCommand, DeclaredMethod } from '../../operations/declared.ts';

const GROUP = 'group:';

/** The commands, and the groups by which a policy can name several of them. */
export interface CommandNames {
  readonly commands: ReadonlyMap<string, DeclaredCommand>;
  readonly groups: ReadonlyMap<string, ReadonlySet<string>>;
}

/**
 * The groups: `reads`, `writes`, and one for each subject of the reference, such as `roles-and-friends`.
 *
 * @param bySubject the commands by subject
 * @param methods all methods; those that only administrators may call are named by their full names
 */
export function commandNames(
  bySubject: ReadonlyMap<string, readonly DeclaredCommand[]>,
  methods: readonly DeclaredMethod[],
): CommandNames {
  const all = [...bySubject.values()].flat();
  const forAdministrators = methods.flatMap((method) =>
    method.authority === 'administrator' ? [asCommand(method)] : [],
  );
  const named = (commands: readonly DeclaredCommand[]) => new Set(commands.map(({ name }) => name));
  return {
    commands: new Map([...all, ...forAdministrators].map((command) => [command.name, command])),
    groups: new Map([
      ['reads', named(all.filter(({ effect }) => effect === 'read'))],
      ['writes', named(all.filter(({ effect }) => effect === 'write'))],
      ...[...bySubject].map(([subject, commands]) => [groupName(subject), named(commands)] as const),
    ]),
  };
}

/** Methods have no user and take parameters of their own. */
const asCommand = ({ name, summary, effect, params, result }: DeclaredMethod): DeclaredCommand => ({
  ...{ name, summary, effect, user: 'ignored', takes: 'closed', examples: [] },
  params: params ?? { ref: '' },
  result,
});

/** `The directory of users` is the group `directory-of-users`. */
const groupName = (subject: string): string =>
  subject.replace(/^The /, '').replaceAll("'", '').toLowerCase().replaceAll(' ', '-');

/** The commands that an entry of `commands` stands for; undefined for an unknown one. */
export function commandsOf(entry: string, { commands, groups }: CommandNames): ReadonlySet<string> | undefined {
  if (entry === '*') return new Set(commands.keys());
  if (entry.startsWith(GROUP)) return groups.get(entry.slice(GROUP.length));
  return commands.has(entry) ? new Set([entry]) : undefined;
}

/** All entries that `commands` can have. */
export const commandEntries = ({ commands, groups }: CommandNames): string[] => [
  ...commands.keys(),
  ...[...groups.keys()].map((name) => GROUP + name),
  '*',
];

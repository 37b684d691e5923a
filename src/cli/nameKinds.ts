import { argumentsOf, commandIn, GROUPS, type Place, verbsOf } from './groups.ts';
import type { ListedCommand } from './listed.ts';

/** What a parameter names, for completion. */
export type NameKind = 'user' | 'workspace' | 'job' | 'role';

const OF_USERS = ['user', 'to', 'from', 'users', 'members', 'member', 'friend', 'owner', 'owners', 'as', 'actor'];
const MORE_OF_USERS = ['subject', 'onBehalfOf', 'for', 'new_user', 'new_owner', 'old_owner', 'object'];
const USERS: ReadonlySet<string> = new Set([...OF_USERS, ...MORE_OF_USERS]);
const WORKSPACES: ReadonlySet<string> = new Set(['workspace', 'workspaces']);
/** Commands whose argument names what is not there yet. */
const NEW: ReadonlySet<string> = new Set(['addUser', 'createRole', 'createWorkspace']);

const PERMISSIONS: ReadonlySet<string> = new Set(['new_permission', 'perm', 'globalread']);
/** None, read, write and administer, as KBase has them. */
export const PERMISSION_LETTERS = ['n', 'r', 'w', 'a'] as const;

/** The command that words after `steward` name; `steward job watch` takes what `getJob` does. */
export function commandNamed(words: readonly string[], commands: readonly ListedCommand[]): ListedCommand | undefined {
  const [first, second = ''] = words;
  const group = GROUPS.find(({ name }) => name === first);
  const verbs = group === undefined ? {} : verbsOf(group);
  const row = Object.hasOwn(verbs, second) ? verbs[second] : undefined;
  const ofGroup = first === 'job' && second === 'watch' ? 'getJob' : row && commandIn(row);
  const name = first === 'sudo' ? second : ofGroup;
  return commands.find((command) => command.name === name);
}

/** The verb of a group that words after `steward` name. */
export function placeNamed([group = '', verb = '']: readonly string[]): Place | undefined {
  return GROUPS.some(({ name }) => name === group) ? { group, verb } : undefined;
}

/** What the parameter of a command names; undefined where nothing is completed. */
export function kindOf(command: ListedCommand, parameter: string): NameKind | undefined {
  const group = GROUPS.find(({ verbs }) => Object.values(verbs).map(commandIn).includes(command.name))?.name;
  const type = command.parameters.find(({ name }) => name === parameter)?.type;
  const isName = type === undefined || type === 'text' || type === 'texts';
  if (NEW.has(command.name) && argumentsOf(command.name)[0]?.name === parameter) return undefined;
  if (group === 'job' && parameter === 'id') return 'job';
  if (group === 'role' && parameter === 'name') return 'role';
  if (command.name === 'listUsers' && parameter === 'name') return 'user';
  if (WORKSPACES.has(parameter)) return 'workspace';
  return isName && USERS.has(parameter) ? 'user' : undefined;
}

/** Whether a parameter takes the letter of a permission. */
export const isPermission = (parameter: string): boolean => PERMISSIONS.has(parameter);

/** The name of the parameter that an option or argument writes in its own way. */
export function parameterNamed({ parameters }: ListedCommand, written: string): string {
  const plain = (name: string) => name.replace(/[-_]/g, '').toLowerCase();
  return parameters.find(({ name }) => plain(name) === plain(written))?.name ?? written;
}

import type { Command } from 'commander';
import { GROUPS, verbsOf } from '../../src/cli/groups.ts';
import { HIDDEN, program } from '../../src/cli/program.ts';

/** A command of the command line that has no subcommands, with the help that it shows. */
export interface Leaf {
  /** Its words after `steward`. */
  readonly path: string;
  readonly help: string;
  /** The command lines of its examples. */
  readonly examples: readonly string[];
}

/** Every command line that can be run, but for those that are hidden. */
export async function leaves(): Promise<readonly Leaf[]> {
  return leavesBelow(await program(), []).filter(({ path }) => !HIDDEN.includes(path));
}

function leavesBelow(command: Command, path: readonly string[]): Leaf[] {
  const below = command.commands.flatMap((each) => leavesBelow(each, [...path, each.name()]));
  // `steward audit` and `steward sudo` are command lines themselves, too.
  const runsItself = below.length === 0 || ['audit', 'sudo'].includes(path.join(' '));
  return runsItself ? [leafOf(command, path), ...below] : below;
}

function leafOf(command: Command, path: readonly string[]): Leaf {
  let help = '';
  command.configureOutput({ writeOut: (part) => (help += part) }).outputHelp();
  const [, shown = ''] = /^Examples:\n((?: {2}.*\n)+)/m.exec(help) ?? [];
  const examples = shown
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('# '));
  return { path: path.join(' '), help, examples };
}

/** Whether it runs one command of `administer`, whose examples are those of its declaration. */
export function isDeclared({ path }: Leaf): boolean {
  const [first = '', second = ''] = path.split(' ');
  if (first === 'sudo') return second !== '';
  const group = GROUPS.find(({ name }) => name === first);
  return group !== undefined && Object.hasOwn(verbsOf(group), second);
}

import { Argument, Command } from 'commander';
import { bashScript } from './completionBash.ts';
import { fishScript } from './completionFish.ts';
import { placesOf } from './completionPlaces.ts';
import { zshScript } from './completionZsh.ts';
import { helpExamples } from './helpExamples.ts';
import { listedCommands } from './listing.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
type Shell = keyof typeof SCRIPTS;

const HELP = `${helpExamples(
  ['In ~/.bashrc', 'source <(steward completion bash)'],
  ['In ~/.zshrc', 'source <(steward completion zsh)'],
  ['In ~/.config/fish/config.fish', 'steward completion fish | source'],
)}

Tab offers users and workspaces that you see without a right of an
administrator. Ctrl-X Tab also asks for those that administrators list, and for
jobs and roles, which leaves audit records.`;

/** `steward completion bash|zsh|fish`: prints a completion script for the commands of `program`. */
export function completionCommand(program: Command): Command {
  return new Command('completion')
    .description('print a script that completes steward, for bash, zsh or fish')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SCRIPTS)))
    .addHelpText('after', HELP)
    .action(async (shell: Shell) => {
      const places = placesOf(program, { path: [program.name()], commands: await listedCommands() });
      console.log(SCRIPTS[shell](places));
    });
}

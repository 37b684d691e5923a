import { Argument, Command, type Option } from 'commander';

/** `steward completion bash|zsh`: prints a completion script for the commands of `program`. */
export function completionCommand(program: Command): Command {
  return new Command('completion')
    .description('print a script that completes steward, for bash or zsh')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh']))
    .addHelpText('after', '\nExamples:\n  source <(steward completion bash)\n  source <(steward completion zsh)')
    .action((shell: 'bash' | 'zsh') => console.log(completionScript(program, shell)));
}

/** What can follow a command on the command line. */
interface Place {
  /** The command, such as `steward sudo addAdmin`. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly Option[];
  /** The values of its first argument, if they are known. */
  readonly values: readonly string[];
}

function completionScript(program: Command, shell: 'bash' | 'zsh'): string {
  const places = placesOf(program, program.name());
  return shell === 'bash' ? bash(places) : zsh(places);
}

function placesOf(command: Command, path: string): Place[] {
  const { commands, options, registeredArguments } = command;
  return [
    {
      path,
      commands: commands.map((c) => ({ name: c.name(), description: c.description() })),
      options: options.filter(({ long, hidden }) => long !== undefined && !hidden),
      values: registeredArguments[0]?.argChoices ?? [],
    },
    ...commands.flatMap((c) => placesOf(c, `${path} ${c.name()}`)),
  ];
}

/** The script for bash 3.2 or later, which splits `--role=full` at the `=`. */
function bash(places: readonly Place[]): string {
  return `# bash completion of steward: source <(steward completion bash)
_steward() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path=steward words= i
  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path \${COMP_WORDS[i]}" in
${pathsOf(places)}) path="$path \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path $prev" in
${valuesOf(places, {
  known: (words) => `COMPREPLY=($(compgen -W '${words}' -- "$cur")); return`,
  file: 'COMPREPLY=($(compgen -f -- "$cur")); return',
  other: 'COMPREPLY=(); return',
})}
  esac
  case "$path" in
${places.map((place) => `    '${place.path}') words='${wordsOf(place).join(' ')}' ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _steward steward`;
}

/** The script for zsh, to be sourced or stored as _steward in a folder of fpath. It shows descriptions. */
function zsh(places: readonly Place[]): string {
  return `#compdef steward
# zsh completion of steward: source <(steward completion zsh)
_steward() {
  local prev=\${words[CURRENT-1]} path_=steward i
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    case "$path_ \${words[i]}" in
${pathsOf(places)}) path_="$path_ \${words[i]}" ;;
    esac
  done
  case "$path_ $prev" in
${valuesOf(places, {
  known: (words) => `found=(${words}); _describe value found; return`,
  file: '_files; return',
  other: '_message value; return',
})}
  esac
  case "$path_" in
${places.map((place) => `    '${place.path}') found=(${described(place)}) ;;`).join('\n')}
  esac
  _describe word found
}
if [[ \${funcstack[1]} == _steward ]]; then _steward "$@"; else compdef _steward steward; fi`;
}

function pathsOf(places: readonly Place[]): string {
  return places
    .slice(1)
    .map(({ path }) => `    '${path}'`)
    .join('|\\\n');
}

/** How a shell completes the value of an option. */
interface ValueCompletion {
  readonly known: (words: string) => string;
  readonly file: string;
  readonly other: string;
}

function valuesOf(places: readonly Place[], { known, file, other }: ValueCompletion): string {
  return places
    .flatMap(({ path, options }) =>
      options.flatMap(({ flags, long, argChoices, required, optional }) => {
        if (!required && !optional) return [];
        const then = argChoices !== undefined ? known(argChoices.join(' ')) : flags.includes('<file>') ? file : other;
        return [`    '${path} ${long}') ${then} ;;`];
      }),
    )
    .join('\n');
}

function wordsOf({ commands, options, values }: Place): string[] {
  return [...commands.map(({ name }) => name), ...values, ...options.map(({ long }) => long ?? ''), '--help'];
}

/** The words for `_describe`: name and description, separated by a colon. */
function described({ commands, options, values }: Place): string {
  const words = [
    ...commands,
    ...values.map((name) => ({ name, description: '' })),
    ...options.map(({ long, description }) => ({ name: long ?? '', description })),
    { name: '--help', description: 'show help' },
  ];
  return words.map(({ name, description }) => `'${`${name}:${description}`.replaceAll("'", "'\\''")}'`).join(' ');
}

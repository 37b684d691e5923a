import { type CompletedOption, casesOf, type Place, withNames, wordsAt } from './completionPlaces.ts';

/** The script for bash 3.2 or later, which takes words apart at `=` and `:`. */
export function bashScript(places: readonly Place[]): string {
  return `# bash completion of steward: source <(steward completion bash)
_steward() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path=steward words= i
  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path \${COMP_WORDS[i]}" in
${casesOf(places.slice(1))}) path="$path \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path $prev" in
${places.flatMap((place) => place.options.flatMap((option) => completionOf(place, option))).join('\n')}
  esac
  case "$path" in
${places.map((place) => `    '${place.path}') words='${wordsIn(place)}' ;;`).join('\n')}
  esac
  # What follows a colon goes on with a name.
  if [[ $cur == : || $prev == : ]]; then words=; fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  case "$path" in
${casesOf(withNames(places))}) if [[ $cur != -* ]]; then _steward_names add; fi ;;
  esac
}
# Names that the service knows. Ctrl-X Tab marks the line for which all of them are wanted.
_steward_names() {
  local IFS=$'\\n' all=
  if [[ -n $_steward_all && $_steward_all == "$COMP_LINE" ]]; then all=1; fi
  local names=($(STEWARD_COMPLETE_ALL=\${STEWARD_COMPLETE_ALL:-$all} steward complete-names -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  if [[ $1 == add && \${#names[@]} -gt 0 ]]; then COMPREPLY+=("\${names[@]}"); elif [[ $1 != add ]]; then COMPREPLY=("\${names[@]}"); fi
}
complete -F _steward steward
if [[ $- == *i* ]]; then
  bind -x '"\\C-x\\C-a": _steward_all=$READLINE_LINE'
  bind '"\\C-x\\t": "\\C-x\\C-a\\t"'
fi`;
}

const wordsIn = (place: Place) =>
  wordsAt(place)
    .map(({ name }) => name)
    .join(' ');

function completionOf({ path }: Place, { name, value }: CompletedOption): string[] {
  if (value === undefined) return [];
  const then = { file: 'COMPREPLY=($(compgen -f -- "$cur"))', names: '_steward_names', other: 'COMPREPLY=()' };
  const reply = typeof value === 'string' ? then[value] : `COMPREPLY=($(compgen -W '${value.join(' ')}' -- "$cur"))`;
  return [`    '${path} ${name}') ${reply}; return ;;`];
}

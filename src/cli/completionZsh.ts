import { type CompletedOption, casesOf, type Place, withNames, wordsAt } from './completionPlaces.ts';

/** The script for zsh, to be sourced or stored as _steward in a folder of fpath. It shows descriptions. */
export function zshScript(places: readonly Place[]): string {
  return `#compdef steward
# zsh completion of steward: source <(steward completion zsh)
_steward() {
  local prev=\${words[CURRENT-1]} path_=steward i
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    case "$path_ \${words[i]}" in
${casesOf(places.slice(1))}) path_="$path_ \${words[i]}" ;;
    esac
  done
  case "$path_ $prev" in
${places.flatMap((place) => place.options.flatMap((option) => completionOf(place, option))).join('\n')}
  esac
  case "$path_" in
${places.map((place) => `    '${place.path}') found=(${described(place)}) ;;`).join('\n')}
  esac
  _describe word found
  case "$path_" in
${casesOf(withNames(places))}) if [[ \${words[CURRENT]} != -* ]]; then _steward_names; fi ;;
  esac
}
# Names that the service knows.
_steward_names() {
  local -a names
  names=(\${(f)"$(steward complete-names -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( \${#names} )); then compadd -a names; fi
}
# Ctrl-X Tab asks for all of them.
_steward_complete_all() {
  local -x STEWARD_COMPLETE_ALL=1
  zle complete-word
}
if [[ -o interactive ]]; then
  zle -N _steward_complete_all
  bindkey '^X^I' _steward_complete_all
fi
if [[ \${funcstack[1]} == _steward ]]; then _steward "$@"; else compdef _steward steward; fi`;
}

function completionOf({ path }: Place, { name, value }: CompletedOption): string[] {
  if (value === undefined) return [];
  const then = { file: '_files', names: '_steward_names', other: '_message value' };
  const reply = typeof value === 'string' ? then[value] : `found=(${value.join(' ')}); _describe value found`;
  return [`    '${path} ${name}') ${reply}; return ;;`];
}

/** The words for `_describe`: name and description, separated by a colon. */
const described = (place: Place) =>
  wordsAt(place)
    .map(({ name, description }) => `'${`${name}:${description}`.replaceAll("'", "'\\''")}'`)
    .join(' ');

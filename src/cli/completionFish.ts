import { type CompletedOption, type Place, withNames, wordsAt } from './completionPlaces.ts';

/** The script for fish 3 or later, which chooses among the words by itself. It shows descriptions. */
export function fishScript(places: readonly Place[]): string {
  return `# fish completion of steward: steward completion fish | source
function __steward_words
  set -l tokens (commandline -opc)
  set -l current (commandline -ct)
  set -l prev $tokens[-1]
  set -l path steward
  for word in $tokens[2..-1]
    switch "$path $word"
      case ${paths(places.slice(1))}
        set path "$path $word"
    end
  end
  switch "$path $prev"
${places.flatMap((place) => place.options.flatMap((option) => completionOf(place, option))).join('\n')}
  end
  switch "$path"
${places.map((place) => `    case ${quoted(place.path)}\n      printf '%s\\t%s\\n' ${described(place)}`).join('\n')}
  end
  switch "$path"
    case ${paths(withNames(places))}
      if not string match -q -- '-*' "$current"
        __steward_names $tokens[2..-1] "$current"
      end
  end
end
# Names that the service knows. Ctrl-X Tab marks the line for which all of them are wanted.
function __steward_names
  set -l all "$STEWARD_COMPLETE_ALL"
  if set -q __steward_all; and test "$__steward_all" = (commandline -b)
    set all 1
  end
  STEWARD_COMPLETE_ALL=$all steward complete-names -- $argv 2>/dev/null
end
function __steward_complete_all
  set -g __steward_all (commandline -b)
  commandline -f complete
end
complete -c steward -f -a '(__steward_words)'
if status is-interactive
  bind \\cx\\t __steward_complete_all
end`;
}

const paths = (places: readonly Place[]) => places.map(({ path }) => quoted(path)).join(' ');

const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;

function completionOf({ path }: Place, { name, value }: CompletedOption): string[] {
  if (value === undefined) return [];
  const then = {
    file: '__fish_complete_path "$current"',
    names: '__steward_names $tokens[2..-1] "$current"',
    other: 'true',
  };
  const reply = typeof value === 'string' ? then[value] : `printf '%s\\n' ${value.map(quoted).join(' ')}`;
  return [`    case ${quoted(`${path} ${name}`)}\n      ${reply}\n      return`];
}

const described = (place: Place) =>
  wordsAt(place)
    .map(({ name, description }) => `${quoted(name)} ${quoted(description.replace(/\s+/g, ' '))}`)
    .join(' ');

/*
 * The INI dialect of deploy.cfg, as KBase's services read it (ini4j 0.5 with its default settings):
 *
 * - `key = value` or `key : value`, split at the first `=` or `:`; both sides are trimmed;
 * - `[section]`; a repeated section continues the earlier one;
 * - a line that starts with `;` or `#` is a comment; inside a value these are ordinary characters, and so are quotes;
 * - `\t \n \f \b \r \\ \uXXXX` are escapes; a backslash before any other character is dropped;
 * - a line that ends in a backslash continues in the next one that is not blank;
 * - a repeated key replaces the earlier one.
 *
 * One difference: a backslash at the end of the file is a problem, where ini4j silently drops the line.
 */

export interface IniEntry {
  readonly value: string;
  /** The line in which the entry starts, from 1. */
  readonly line: number;
}

interface IniRemark {
  readonly line: number;
  /** Never quotes the line, which may contain a secret. */
  readonly text: string;
}

interface IniRepeat {
  readonly section: string;
  readonly key: string;
  readonly line: number;
  /** The line of the value that no longer counts. */
  readonly earlier: number;
}

export interface IniFile {
  readonly sections: ReadonlyMap<string, ReadonlyMap<string, IniEntry>>;
  readonly problems: readonly IniRemark[];
  readonly repeats: readonly IniRepeat[];
}

/** Parses an INI file. Never throws: everything that is wrong is in `problems`. */
export function parseIni(text: string): IniFile {
  const sections = new Map<string, Map<string, IniEntry>>();
  const problems: IniRemark[] = [];
  const repeats: IniRepeat[] = [];
  let section: string | undefined;
  // After a broken section line, entries go into a map of their own, so that one mistake is reported once.
  let entries: Map<string, IniEntry> | undefined;

  for (const { text: line, number, unfinished } of logicalLines(text)) {
    const problem = (what: string) => problems.push({ line: number, text: what });
    if (unfinished) {
      problem('the line ends in a backslash, which joins it to the next one, but the file ends here');
    } else if (line.startsWith('[')) {
      section = sectionName(line);
      entries = section === undefined ? new Map() : (sections.get(section) ?? new Map());
      if (section === undefined) problem('a section is written [Name], with nothing after it on its line');
      else sections.set(section, entries);
    } else {
      if (entries === undefined) {
        problem('a key stands before the first section: write [Workspace] above it');
        entries = new Map();
      }
      const option = keyAndValue(line);
      if (typeof option === 'string') {
        problem(option);
        continue;
      }
      const earlier = entries.get(option.key);
      if (earlier !== undefined && section !== undefined) {
        repeats.push({ section, key: option.key, line: number, earlier: earlier.line });
      }
      entries.set(option.key, { value: option.value, line: number });
    }
  }
  return { sections, problems, repeats };
}

interface LogicalLine {
  readonly text: string;
  readonly number: number;
  readonly unfinished: boolean;
}

/** The lines without blank ones and comments, with continued lines joined. */
function* logicalLines(text: string): Generator<LogicalLine> {
  let joined = '';
  let start: number | undefined;
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const line = trim(raw);
    if (line === '' || (joined === '' && (line.startsWith(';') || line.startsWith('#')))) continue;
    start ??= index + 1;
    if (endsInLoneBackslash(line)) {
      joined += line.slice(0, -1);
    } else {
      yield { text: joined + line, number: start, unfinished: false };
      joined = '';
      start = undefined;
    }
  }
  if (start !== undefined) yield { text: joined, number: start, unfinished: true };
}

function sectionName(line: string): string | undefined {
  if (!line.endsWith(']')) return undefined;
  return unescaped(trim(line.slice(1, -1))) || undefined;
}

/** The key and its value, or what is wrong with the line. */
function keyAndValue(line: string): { key: string; value: string } | string {
  const separator = line.search(/[=:]/);
  if (separator < 0) return 'the line is no comment and has no separator: write key = value';
  const key = unescaped(line.slice(0, separator));
  const value = unescaped(line.slice(separator + 1));
  if (key === undefined || value === undefined) {
    return 'a backslash starts an escape, and this one is broken: write \\\\ for a backslash, \\u and four hex digits';
  }
  return trim(key) === '' ? 'the line has no key: write key = value' : { key: trim(key), value: trim(value) };
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['t', '\t'],
  ['n', '\n'],
  ['f', '\f'],
  ['b', '\b'],
  ['r', '\r'],
]);

function unescaped(text: string): string | undefined {
  if (!text.includes('\\')) return text;
  let result = '';
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char !== '\\') {
      result += char;
      continue;
    }
    const letter = text.charAt(++i);
    if (letter === '') return undefined;
    if (letter === 'u') {
      const digits = text.slice(i + 1, i + 5);
      if (!/^[0-9A-Fa-f]{4}$/.test(digits)) return undefined;
      result += String.fromCharCode(Number.parseInt(digits, 16));
      i += 4;
    } else {
      result += ESCAPES.get(letter) ?? letter;
    }
  }
  return result;
}

function endsInLoneBackslash(line: string): boolean {
  let count = 0;
  while (count < line.length && line.charAt(line.length - 1 - count) === '\\') count++;
  return count % 2 === 1;
}

/** Trims as Java's String.trim: everything up to the ASCII space, and nothing else. */
function trim(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && text.charCodeAt(from) <= 0x20) from++;
  while (to > from && text.charCodeAt(to - 1) <= 0x20) to--;
  return text.slice(from, to);
}

import type { Filter } from '../../../store/collection.ts';

/**
 * The filter for a search by name, ignoring case: for names that contain the text or, if it has `*` (any characters) or
 * `?` (any one character), that match it as a whole. A backslash escapes the next character.
 *
 * @returns undefined for a search that finds everything
 */
export function nameFilter(search: string): Filter | undefined {
  const segments = segmentsOf(search);
  if (segments.every(({ pattern }) => pattern === '')) return undefined;
  const [first, ...others] = segments;
  const isPlain = others.length === 0 && first?.hasAnyOne === false;
  return { $regex: isPlain ? first.pattern : likeAll(segments), $options: 'is' };
}

interface Segment {
  /** A regular expression that matches a fixed number of characters. */
  readonly pattern: string;
  /** Whether it has a `?`. */
  readonly hasAnyOne: boolean;
}

/** The parts before, between and after the `*` of a search. */
function segmentsOf(search: string): Segment[] {
  const segments: { pattern: string; hasAnyOne: boolean }[] = [{ pattern: '', hasAnyOne: false }];
  for (const [token] of search.matchAll(/\\?./gsu)) {
    const last = segments.at(-1);
    if (last === undefined) break;
    if (token === '*') segments.push({ pattern: '', hasAnyOne: false });
    else if (token === '?') Object.assign(last, { pattern: `${last.pattern}.`, hasAnyOne: true });
    else last.pattern += escaped(token.length > 1 && token.startsWith('\\') ? token.slice(1) : token);
  }
  return segments;
}

/**
 * Each segment in the middle matches at its first occurrence and no other (`(?>…)`), so that the time is at most
 * proportional to the product of the lengths of pattern and name.
 */
function likeAll(segments: readonly Segment[]): string {
  const [first = '', ...others] = segments.map(({ pattern }) => pattern);
  const last = others.pop();
  if (last === undefined) return `^${first}\\z`;
  const between = others.filter((pattern) => pattern !== '').map((pattern) => `(?>.*?${pattern})`);
  return `^${first}${between.join('')}.*${last}\\z`;
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/#-]/g, '\\$&');

import type { Filter } from '../../../store/collection.ts';

/**
 * The names that a search finds, in whatever case: those that hold its text, or where `*` (any characters) or `?` (any
 * one) stands in it, those that are like it as a whole. A backslash takes the meaning away from what follows it.
 *
 * @returns a filter, or undefined where it finds everything
 */
export function nameFilter(search: string): Filter | undefined {
  const segments = segmentsOf(search);
  if (segments.every(({ pattern }) => pattern === '')) return undefined;
  const [first, ...others] = segments;
  const isPlain = others.length === 0 && first?.hasAnyOne === false;
  return { $regex: isPlain ? first.pattern : likeAll(segments), $options: 'is' };
}

interface Segment {
  /** A regular expression of fixed length in characters. */
  readonly pattern: string;
  /** Whether a `?` stands in it. */
  readonly hasAnyOne: boolean;
}

/** What stands before, between and after the `*` of a search. */
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
 * Each segment in the middle is taken where it stands first, and never again elsewhere (`(?>…)`): so the server takes at
 * most as long as pattern and name are long, multiplied, whatever a caller sends.
 */
function likeAll(segments: readonly Segment[]): string {
  const [first = '', ...others] = segments.map(({ pattern }) => pattern);
  const last = others.pop();
  if (last === undefined) return `^${first}\\z`;
  const between = others.filter((pattern) => pattern !== '').map((pattern) => `(?>.*?${pattern})`);
  return `^${first}${between.join('')}.*${last}\\z`;
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/#-]/g, '\\$&');

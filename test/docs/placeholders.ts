/**
 * What stands in a printed output for what differs from run to run: `‹id›`, `‹time›`, … The table in docs/README.md tells
 * readers of them. With a name after it, `‹id of ann›`, a placeholder stands for one and the same value wherever it
 * occurs on the page.
 */
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
/** An id that is cut off in a table on a terminal. */
const CUT_OFF = '[0-9a-f]{8}-[0-9a-f-]*…';
const AGE = '\\d+[smhdy] ago|in \\d+[smhdy]';
const INSTANT = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:Z|\\+0000)';
/** An instant on a terminal, with its age or at the beginning of a line. */
const LOCAL_TIME = `\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d [+-]\\d\\d:\\d\\d(?: \\((?:${AGE})\\))?`;
const KINDS = {
  id: `(?:res-)?(?:${UUID}|${CUT_OFF})|[0-9a-f]{24}`,
  'short id': '[0-9a-f]{8}',
  record: '[0-9a-f]{24}-\\d+',
  hash: '[0-9a-f]{64}',
  time: `${LOCAL_TIME}|${INSTANT}`,
  age: AGE,
  base64: '[A-Za-z0-9+/]{40,}={1,2}',
  cursor: '[\\w-]{8,}',
  number: '\\d+',
} as const;

type Kind = keyof typeof KINDS;

export const kinds = Object.keys(KINDS) as Kind[];

/** What each named placeholder of a page was found to stand for. */
export type Named = Map<string, string>;

const PLACEHOLDER = new RegExp(`‹(${kinds.join('|')})( of [^›]+)?›`, 'g');

/**
 * Whether the output is the printed one. Where two or more spaces are printed, there may be any number of them: columns are
 * as wide as what stands in them. Values of named placeholders that are new are added to `named`.
 */
export function matches(printed: string, output: string, named: Named): boolean {
  const fresh: string[] = [];
  const pattern = printed.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/(?<=\S) {2,}/g, ' {2,}');
  const source = pattern.replaceAll(PLACEHOLDER, (whole, kind: Kind, name?: string) => {
    if (name === undefined) return `(?:${KINDS[kind]})`;
    const known = named.get(whole);
    if (known !== undefined) return known.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    if (fresh.includes(whole)) return `\\k<n${fresh.indexOf(whole)}>`;
    fresh.push(whole);
    return `(?<n${fresh.length - 1}>${KINDS[kind]})`;
  });
  const found = new RegExp(`^${source}$`).exec(output);
  if (found === null) return false;
  for (const [n, name] of fresh.entries()) named.set(name, found.groups?.[`n${n}`] ?? '');
  return true;
}

/** The output as it could be printed: what is known by name and what looks as if it differed is replaced. */
export function withPlaceholders(output: string, named: Named): string {
  let text = output;
  for (const [name, value] of named) text = replacedIn(text, new RegExp(value, 'g'), name);
  text = replacedIn(text, new RegExp(`\\b${KINDS.record}\\b`, 'g'), '‹record›');
  text = replacedIn(text, new RegExp(`\\b${KINDS.hash}\\b`, 'g'), '‹hash›');
  text = replacedIn(text, new RegExp(LOCAL_TIME, 'g'), '‹time›');
  text = replacedIn(text, new RegExp(`\\b(?:${AGE})\\b`, 'g'), '‹age›');
  text = replacedIn(text, new RegExp(`(?:\\bres-)?\\b(?:${CUT_OFF}|${UUID}\\b)|\\b[0-9a-f]{24}\\b`, 'g'), '‹id›');
  text = replacedIn(text, new RegExp(`(?<![\\w+/])${KINDS.base64}`, 'g'), '‹base64›');
  text = replacedIn(text, new RegExp(`\\b20(?!99)\\d\\d${INSTANT.slice(5)}`, 'g'), '‹time›');
  text = replacedIn(text, /(?<=\w~)[0-9a-f]{8}\b/, '‹short id›');
  text = replacedIn(text, /(?<=\bws)\d+\b/, '‹number›');
  return text.replaceAll(/("(?:follow|next)": ?")[\w-]{8,}/g, '$1‹cursor›');
}

/** Replaces, and keeps the width where another column follows one that does not begin its line. */
function replacedIn(text: string, pattern: RegExp, placeholder: string): string {
  return text.replaceAll(
    new RegExp(`(^)?(${pattern.source})( {2,})?`, 'gm'),
    (_, begin: string | undefined, value: string, gap: string | undefined) => {
      if (gap === undefined) return placeholder;
      return begin === undefined ? placeholder.padEnd(value.length) + gap : `${placeholder}  `;
    },
  );
}

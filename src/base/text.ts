/**
 * The text with everything escaped that would break a line, take hold of a terminal or change the direction of writing:
 * controls, separators, half characters.
 */
export function escapeControls(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Bidi_Control}\p{Surrogate}\u2028\u2029]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The text as one word of a POSIX shell. */
export function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The size of a text in bytes of UTF-8, in which it is stored and sent. */
export const utf8Size = (text: string): number => Buffer.byteLength(text);

/** The beginning of a text: at most `max` bytes of UTF-8, and never half a character. */
export function cutToBytes(text: string, max: number): string {
  // No UTF-16 unit takes less than a byte.
  const most = cutUnits(text, max);
  if (utf8Size(most) <= max) return most;
  const bytes = Buffer.from(most);
  let end = max;
  // 10xxxxxx continues a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/**
 * The beginning of a text: at most `max` characters (code points, as JSON Schema's `maxLength` and KBase count them), and
 * never half of one.
 */
export function cutToCharacters(text: string, max: number): string {
  if (text.length <= max) return text;
  // No character takes more than two UTF-16 units.
  return [...text.slice(0, 2 * max)].slice(0, max).join('');
}

/** The text where it has at most `max` characters; else its beginning of so many, and a mark that it was cut. */
export function abbreviated(text: string, max: number, mark = '…'): string {
  const short = cutToCharacters(text, max);
  return short === text ? text : short + mark;
}

/** At most `max` UTF-16 units, without a first half of a pair at the end. */
function cutUnits(text: string, max: number): string {
  return text.length <= max ? text : text.slice(0, max).replace(/[\ud800-\udbff]$/, '');
}

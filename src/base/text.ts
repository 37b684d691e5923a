/**
 * Escapes everything that would break a line, control a terminal or change the direction of writing: controls,
 * separators, lone surrogates.
 */
export function escapeControls(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Bidi_Control}\p{Surrogate}\u2028\u2029]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Quotes a text as one word of a POSIX shell. */
export function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code < 0xdc00;

export const utf8Size = (text: string): number => Buffer.byteLength(text);

/** The beginning of a text: at most `max` bytes of UTF-8, and no partial character. */
export function cutToBytes(text: string, max: number): string {
  // Every UTF-16 unit takes at least a byte. A high surrogate at the end is dropped.
  const most = text.length <= max ? text : text.slice(0, max).replace(/[\ud800-\udbff]$/, '');
  if (utf8Size(most) <= max) return most;
  const bytes = Buffer.from(most);
  let end = max;
  // Bytes of the form 10xxxxxx continue a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/**
 * The beginning of a text: at most `max` characters (code points, as JSON Schema's `maxLength` and KBase count them).
 */
export function cutToCharacters(text: string, max: number): string {
  if (text.length <= max) return text;
  // A character takes at most two UTF-16 units.
  return [...text.slice(0, 2 * max)].slice(0, max).join('');
}

/** The text if it has at most `max` characters; else its beginning, and a mark. */
export function abbreviated(text: string, max: number, mark = '…'): string {
  const short = cutToCharacters(text, max);
  return short === text ? text : short + mark;
}

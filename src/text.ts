/** The text with everything escaped that would break a line or take hold of a terminal: controls, separators, half characters. */
export function escapeControls(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Surrogate}\u2028\u2029]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The text as one word of a POSIX shell. */
export function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

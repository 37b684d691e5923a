/**
 * The text of a comment, without its delimiters, the indentation of its second line, and white space around it. A tab
 * counts as eight columns, as in KBase's compiler.
 */
export function commentText(comment: string): string {
  const lines = comment
    .slice(2, -2)
    .replaceAll('\t', '        ')
    .split(/\r\n|\r|\n/);
  const indentation = /^ */.exec(lines[1] ?? '')?.[0].length ?? 0;
  const margin = ' '.repeat(indentation);
  return lines
    .map((line) => (line.startsWith(margin) ? line.slice(indentation) : line))
    .join('\n')
    .replace(/^[ \r\n]+/, '')
    .trimEnd();
}

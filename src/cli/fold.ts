import stringWidth from 'string-width';
import { widthOf } from './wrapped.ts';

const INDENT = '    ';

/**
 * Breaks a line between words where it is wider than the terminal; what follows is indented.
 *
 * @param indent what stands before what follows; without it, the line's own indentation and four blanks
 */
export function folded(line: string, columns: number, indent = `${/^ */.exec(line)?.[0]}${INDENT}`): string {
  const lines: string[] = [];
  let rest = '';
  for (const word of line.match(/ *\S+/g) ?? []) {
    const longer = rest + word;
    if (rest !== '' && stringWidth(longer) > columns) {
      lines.push(rest);
      rest = `${indent}${word.trimStart()}`;
    } else rest = longer;
  }
  return [...lines, rest].join('\n');
}

/** The same for each line of a text, for a stream: nothing is broken where it is no terminal. */
export const foldedFor = (stream: NodeJS.WriteStream, text: string): string =>
  stream.isTTY
    ? text
        .split('\n')
        .map((line) => folded(line, widthOf(stream)))
        .join('\n')
    : text;

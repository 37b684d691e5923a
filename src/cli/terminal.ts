import { escapeControls } from '../base/text.ts';

/**
 * The one place through which whatever comes from elsewhere reaches a terminal: line breaks stay or become a mark, and
 * what would take hold of the terminal, or change the direction of writing, is shown as `\u001b`.
 */

const BREAK = /\r?\n/;
const LINE_BREAK_MARK = '↵';

/** On one line: a line break becomes a mark, so that nothing looks like a line of its own. */
export function onOneLine(text: string): string {
  return text
    .split(BREAK)
    .map((line) => escapeControls(line.replaceAll('\t', ' ')))
    .join(LINE_BREAK_MARK);
}

/** With its line breaks: the second line and those after it are indented by so many spaces, to show that they belong to it. */
export function inLines(text: string, indent = 2): string {
  return text
    .split(BREAK)
    .map((line) => line.split('\t').map(escapeControls).join('\t'))
    .join(`\n${' '.repeat(indent)}`);
}

/** A value as JSON, for programs and people: it is read as what it was. */
export function jsonLines(value: unknown, spaces?: number): string {
  return (JSON.stringify(value, null, spaces) ?? 'null').split('\n').map(escapeControls).join('\n');
}

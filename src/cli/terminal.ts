import { escapeControls } from '../base/text.ts';

/*
 * Every text from elsewhere passes through here before it reaches a terminal: controls and marks of direction are shown
 * as `\u001b`, and line breaks are kept or replaced by a mark.
 */

const BREAK = /\r?\n/;
const LINE_BREAK_MARK = '↵';

/** Replaces line breaks by a mark, so that a text cannot fake a line of its own. */
export function onOneLine(text: string): string {
  return text
    .split(BREAK)
    .map((line) => escapeControls(line.replaceAll('\t', ' ')))
    .join(LINE_BREAK_MARK);
}

/** Keeps line breaks, and indents all lines but the first. */
export function inLines(text: string, indent = 2): string {
  return text
    .split(BREAK)
    .map((line) => line.split('\t').map(escapeControls).join('\t'))
    .join(`\n${' '.repeat(indent)}`);
}

/** A value as JSON, with the same meaning after the escaping. */
export function jsonLines(value: unknown, spaces?: number): string {
  return (JSON.stringify(value, null, spaces) ?? 'null').split('\n').map(escapeControls).join('\n');
}

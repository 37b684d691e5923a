import stringWidth from 'string-width';
import { isObject } from '../base/json/isObject.ts';
import { type ReadableChange, readableChanges } from '../base/readableChanges.ts';
import type { AuditEntry, DryRun, ShownNames } from '../base/schemas/generated.ts';
import { changeSummary, placeOf } from './changeSummary.ts';
import { folded } from './fold.ts';
import { isInstant, PLAIN, type Style } from './style.ts';
import { padded, table } from './table.ts';
import { inLines, jsonLines, onOneLine } from './terminal.ts';

const INDENT = '  ';
/** The value beside the name of a field is not broken into lines that are shorter than this. */
const NARROWEST_VALUE = 20;

/** What is shown for an empty list, and for a read that finds nothing. */
export const NONE = '(none)';

/** A command's result as text: a list as lines or columns, an object as its fields. */
export function renderResult(result: unknown, style: Style = PLAIN): string {
  if (result === null || result === undefined) return 'Done.';
  if (!Array.isArray(result)) {
    if (!isObject(result)) return inLines(plain(result), 0);
    const [only, ...others] = Object.values(result);
    const isBareList = !style.headers && others.length === 0 && Array.isArray(only) && only.length > 0;
    return isBareList ? renderResult(only, style) : renderFields(result, style);
  }
  if (result.length === 0) return NONE;
  return result.every(isObject) ? renderTable(result, style) : result.map((item) => inLines(plain(item))).join('\n');
}

export function renderDryRun(result: unknown, style: Style = PLAIN): string {
  const { changes, names, plan, notRevertible, ...rest } = result as Partial<DryRun> & object;
  const more = { ...rest, ...(notRevertible === undefined ? {} : { 'not revertible': notRevertible }) };
  const { columns } = style;
  return [
    ...(changes === undefined
      ? []
      : renderChanges(readableChanges(changes, names)).map((line) => foldedWithin(line, columns))),
    ...(Object.keys(more).length === 0 ? [] : [renderFields(more, style)]),
    `plan ${plan}`,
  ].join('\n');
}

const foldedWithin = (line: string, columns: number | undefined, indent?: string): string =>
  columns === undefined ? line : folded(line, columns, indent);

/** A line for each field: `+` added, `-` removed, `~` changed. */
function renderChanges(changes: readonly ReadableChange[]): string[] {
  if (changes.length === 0) return ['Nothing would change.'];
  return changes.flatMap((change) => [onOneLine(placeOf(change)), ...changeLines(change)]);
}

function changeLines(change: ReadableChange): string[] {
  switch (change.op) {
    case 'insert':
      return Object.entries(change.after ?? {}).flatMap(([field, value]) => fieldLines('+', field, value));
    case 'remove':
      return Object.entries(change.before ?? {}).flatMap(([field, value]) => fieldLines('-', field, value));
    case 'update':
      return (change.fields ?? []).flatMap(({ path, before, after }) => {
        if (before === undefined) return fieldLines('+', path, after);
        if (after === undefined) return fieldLines('-', path, before);
        return [`  ~ ${onOneLine(path)}: ${text(before)} → ${text(after)}`];
      });
  }
}

/** An added or removed field; an object has a line for each of its fields. */
function fieldLines(sign: '+' | '-', path: string, value: unknown): string[] {
  if (!isObject(value) || Object.keys(value).length === 0) return [`  ${sign} ${onOneLine(path)}: ${text(value)}`];
  const lines = Object.entries(value).map(([field, inner]) => `      ${onOneLine(field)}: ${text(inner)}`);
  return [`  ${sign} ${onOneLine(path)}:`, ...lines];
}

interface RecordStyle {
  readonly style?: Style;
  /** The names that stand for ids. */
  readonly names?: ShownNames;
}

/** A record on one line; where that is wider than the terminal, it goes on in lines that are indented. */
export function renderRecord(entry: AuditEntry, { style = PLAIN, names }: RecordStyle = {}): string {
  const { at, outcome, command, actor, onBehalfOf, subject, params, changes, reason, error, record, address } = entry;
  const summary = changeSummary(changes, names);
  const parts = [
    style.instantAtStart(at),
    (error === undefined ? outcome : `${outcome}:${error}`).padEnd(8),
    command,
    `by ${actor.name}`,
    ...(onBehalfOf === undefined ? [] : [`for ${onBehalfOf.name}`]),
    ...(subject === undefined ? [] : [`as ${subject.name}`]),
    ...(params === undefined || text(params) === '{}' ? [] : [text(params)]),
    ...(summary === '' ? [] : [summary]),
    ...(reason === undefined ? [] : [`because ${JSON.stringify(reason)}`]),
    `from ${address}`,
    `[${record}]`,
  ];
  return foldedWithin(onOneLine(parts.join('  ')), style.columns);
}

/** Whether a field that is an object has a line for each of its own fields, instead of being JSON. */
export const hasLines = (value: unknown): value is object => isObject(value) && Object.keys(value).length > 1;

function renderFields(fields: object, style: Style = PLAIN): string {
  const entries = Object.entries(fields).map(([key, value]) => [onOneLine(key), value] as const);
  const width = Math.max(...entries.map(([key]) => stringWidth(key)));
  return entries
    .map(([key, value]) => {
      if (Array.isArray(value) && value.length === 0) return `${style.heading(padded(key, width))}  ${NONE}`;
      const nested = Array.isArray(value) && value.every(isObject);
      if (nested) return `${style.heading(`${key}:`)}\n${renderTable(value, style)}`;
      if (hasLines(value)) return `${style.heading(`${key}:`)}\n${renderBlock(value, style)}`;
      const shown = typeof value === 'string' && isInstant(value) ? style.instantAlone(value) : fieldText(value);
      return `${style.heading(padded(key, width))}  ${besideName(shown, width + INDENT.length, style)}`;
    })
    .join('\n');
}

/** A value that begins in this column, in which its further lines begin, too. */
function besideName(value: string, column: number, { columns }: Style): string {
  const room = columns === undefined ? undefined : Math.max(columns - column, NARROWEST_VALUE);
  const lines = inLines(value, 0)
    .split('\n')
    .map((line) => foldedWithin(line, room, ''));
  return lines.join('\n').replaceAll('\n', `\n${' '.repeat(column)}`);
}

/** The fields of an object within a result, indented. */
function renderBlock(fields: object, style: Style): string {
  const columns = style.columns === undefined ? undefined : style.columns - INDENT.length;
  return renderFields(fields, { ...style, columns }).replace(/^/gm, INDENT);
}

function renderTable(rows: readonly object[], style: Style): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cellOf = (value: unknown) =>
    typeof value === 'string' && isInstant(value) ? style.instantInTable(value) : onOneLine(cellText(value));
  const cells = rows.map((row) => columns.map((c) => cellOf((row as Record<string, unknown>)[c] ?? '')));
  return table(columns.map(onOneLine), cells, style);
}

/** A field: a list of texts as these, with a line for each if they are sentences, and anything else as {@link plain} does. */
function fieldText(value: unknown): string {
  if (value === null) return NONE;
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) return plain(value);
  return value.join(value.some((item) => item.includes(' ')) ? '\n' : ', ');
}

/** A cell: a list as its texts or names, and an account as its name. */
function cellText(value: unknown): string {
  const named = Array.isArray(value) ? value.map(nameIn) : [nameIn(value)];
  return named.length > 0 && named.every((name) => name !== undefined) ? named.join(', ') : plain(value);
}

/** A text, or the name of an account, of a resource or of what else has an id; undefined for anything else. */
function nameIn(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!isObject(value) || !('id' in value || 'accountType' in value)) return undefined;
  const { name = value.owner } = value;
  return typeof name === 'string' ? name : undefined;
}

const text = (value: unknown): string => onOneLine(plain(value));

/** Texts as they are, anything else as JSON. */
const plain = (value: unknown): string => (typeof value === 'string' ? value : jsonLines(value));

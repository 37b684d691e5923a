import { Option } from 'commander';
import { isObject } from '../base/json/isObject.ts';
import { UsageError } from './failure.ts';
import type { Labels, ListedCommand } from './listed.ts';
import { hasLines, NONE, renderResult } from './render.ts';
import { styleOf } from './style.ts';
import { inLines, jsonLines } from './terminal.ts';

const FORMATS = ['table', 'wide', 'json', 'yaml', 'name'];
const JSONPATH = 'jsonpath=';

/** The options for the form of a result. */
export const outputOptions = (): Option[] => [
  new Option('-o, --output <format>', `${FORMATS.join(', ')}, or jsonpath=PATH`).argParser(checkedFormat),
  new Option('--no-headers', 'print no headings above tables'),
];

function checkedFormat(format: string): string {
  if (FORMATS.includes(format) || format.startsWith(JSONPATH)) return format;
  throw new UsageError(`--output must be ${FORMATS.join(', ')}, or jsonpath=PATH (was: ${format})`);
}

/** The form that was asked for. */
export interface OutputOptions {
  readonly format?: string | undefined;
  readonly headers?: boolean | undefined;
  /** Whether it is about one thing, so that a list of one is shown as the fields of that one. */
  readonly isOne?: boolean;
}

/** A result of a command in the form that was asked for. @throws UsageError */
export async function formatted(
  { labels, effect }: Partial<Pick<ListedCommand, 'labels' | 'effect'>>,
  result: unknown,
  { format = 'table', headers = true, isOne = false }: OutputOptions,
): Promise<string> {
  if (format === 'json') return jsonLines(result, 2);
  if (format === 'yaml') return inLines((await import('yaml')).stringify(result).trimEnd(), 0);
  if (format.startsWith(JSONPATH)) return atPath(result, format.slice(JSONPATH.length));
  const found = labelled(labels, result);
  const named = isOne ? (onlyIn(found) ?? found) : found;
  if (format === 'name') return namesIn(named).join('\n');
  if (named === null && effect === 'read') return NONE;
  return renderResult(named, styleOf({ wide: format === 'wide', headers }));
}

/** What is at a JSONPath (RFC 9535), one value a line; as in kubectl, it may stand in braces and without `$`. */
async function atPath(result: unknown, path: string): Promise<string> {
  const { jsonpath } = await import('json-p3');
  const bare = path.replace(/^\{(.*)\}$/, '$1');
  const query = bare.startsWith('$') ? bare : `$${bare.startsWith('.') || bare.startsWith('[') ? '' : '.'}${bare}`;
  let values: unknown[];
  try {
    values = jsonpath.query(query, result as Parameters<typeof jsonpath.query>[1]).values();
  } catch (error) {
    throw new UsageError(`--output: ${path} is no JSONPath, such as jsonpath=$.users[*].user: ${String(error)}`);
  }
  return values.map((value) => (typeof value === 'string' ? inLines(value, 0) : jsonLines(value))).join('\n');
}

/** A result with the headings of its keys, and lists of fixed length as objects with the names of their places. */
function labelled(labels: Labels | undefined, value: unknown, isField = false): unknown {
  if (labels === undefined) return value;
  const { columns, items, headings = {}, fields = {} } = labels;
  if (Array.isArray(value)) {
    return columns === undefined
      ? value.map((item) => labelled(items, item))
      : Object.fromEntries(columns.map((column, i) => [column, value[i] ?? '']));
  }
  if (!isObject(value) || (isField && !hasLines(value))) return value;
  // The keys may be names that users have chosen.
  const own = <T>(of: Readonly<Record<string, T>>, key: string) => (Object.hasOwn(of, key) ? of[key] : undefined);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [own(headings, key) ?? key, labelled(own(fields, key), inner, true)]),
  );
}

/** The one object of the one list that a result consists of. */
function onlyIn(result: unknown): object | undefined {
  const [list, ...others] = isObject(result) ? Object.values(result) : [];
  const [item, ...more] = Array.isArray(list) ? list : [];
  return others.length === 0 && more.length === 0 && isObject(item) ? item : undefined;
}

/** The keys that name a thing, the first that it has. */
const NAMING = ['request', 'job', 'record', 'name', 'user', 'module', 'id'];

function namesIn(result: unknown): string[] {
  const nested = isObject(result) ? Object.values(result).find(Array.isArray) : undefined;
  const items: readonly unknown[] = Array.isArray(result) ? result : (nested ?? [result]);
  return items.flatMap((item) => {
    if (!isObject(item)) return item === null ? [] : [inLines(String(item))];
    const key = NAMING.find((name) => item[name] !== undefined) ?? Object.keys(item)[0];
    return key === undefined ? [] : [inLines(String(item[key]))];
  });
}

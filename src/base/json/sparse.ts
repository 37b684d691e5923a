import { type Fields, isObject } from './isObject.ts';

/*
 * JSON as the University of Toronto's IIIF API writes it: at every depth without false, zero, null and empty values,
 * and with the keys of every object in order.
 */

/** A field of an object, with its value as JSON text. */
export type TextEntry = readonly [key: string, json: string];

/** The value in this form; undefined for one that is left out. */
export function sparse(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sparse).filter((item) => item !== undefined);
  if (!isObject(value)) return value === null || value === false || value === 0 || value === '' ? undefined : value;
  const fields = Object.entries(value)
    .map(([key, inner]) => [key, sparse(inner)] as const)
    .filter(([, inner]) => !isEmpty(inner))
    .sort(byKey);
  return Object.fromEntries(fields);
}

/** The fields of an object in JSON text, in this form and ordered by key; none for other values. */
export function sparseEntries(json: string): TextEntry[] {
  const entries = UNFIT.test(json) ? undefined : sliceEntries(json);
  if (entries !== undefined) return entries;
  const value: unknown = JSON.parse(json);
  if (!isObject(value)) return [];
  return Object.entries(sparse(value) as Fields).map(([key, inner]) => [key, JSON.stringify(inner)]);
}

export function objectText(entries: readonly TextEntry[]): string {
  const fields = entries.toSorted(byKey).map(([key, json]) => `${JSON.stringify(key)}:${json}`);
  return `{${fields.join()}}`;
}

/** The same value, with the keys of every object in order. */
export function withSortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSortedKeys);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, withSortedKeys(inner)] as const)
      .sort(byKey),
  );
}

export function byKey([a]: readonly [string, ...unknown[]], [b]: readonly [string, ...unknown[]]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/** Matches compact JSON text with values that must be left out; sometimes also without, inside strings. */
const UNFIT = /[:,[](?:null|false|0[,}\]]|""|\{\}|\[\])/;
const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * The fields of an object, as slices of its compact JSON text: most stored objects are in this form already, and
 * parsing and serialising takes ten times as long. Undefined if keys are out of order or escaped.
 */
function sliceEntries(json: string): TextEntry[] | undefined {
  if (json.charCodeAt(0) !== OPEN_OBJECT) return undefined;
  const entries: TextEntry[] = [];
  /** The last key of each open object; undefined for a list. */
  const open: (string | undefined)[] = [];
  let key = '';
  let valueStart = 0;
  for (let i = 0; i < json.length; i += 1) {
    const char = json.charCodeAt(i);
    switch (char) {
      case QUOTE: {
        const start = i + 1;
        let escaped = false;
        for (i = start; json.charCodeAt(i) !== QUOTE; i += 1) {
          if (json.charCodeAt(i) !== BACKSLASH) continue;
          escaped = true;
          i += 1;
        }
        if (json.charCodeAt(i + 1) !== COLON) break;
        const found = json.slice(start, i);
        const last = open.at(-1);
        if (escaped || last === undefined || (last !== '' && found <= last)) return undefined;
        open[open.length - 1] = found;
        i += 1;
        if (open.length > 1) break;
        key = found;
        valueStart = i + 1;
        break;
      }
      case OPEN_OBJECT:
        open.push('');
        break;
      case OPEN_LIST:
        open.push(undefined);
        break;
      case COMMA:
        if (open.length === 1) entries.push([key, json.slice(valueStart, i)]);
        break;
      case CLOSE_LIST:
        open.pop();
        break;
      case CLOSE_OBJECT:
        if (open.length === 1 && valueStart > 0) entries.push([key, json.slice(valueStart, i)]);
        open.pop();
        break;
    }
  }
  return entries;
}

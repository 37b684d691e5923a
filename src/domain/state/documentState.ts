import { canonicalJson } from '../../audit/log/canonical.ts';
import type { Change } from '../../store/changes.ts';
import { placeOf } from '../ownership/undo.ts';
import type { Covered } from './coverage.ts';

/**
 * The canonical JSON of a value, or of each item of a keyed list; null for an item that is removed. Keys have a dot in front, so
 * that none means anything to an object.
 */
type FieldText = string | Readonly<Record<string, string | null>>;

/** What the covered fields of a document are: a text for each, or for each item of a list. */
export type DocumentState = Readonly<Record<string, FieldText>>;

/** What a change does to the covered fields. A field of `merge` that is null is removed. */
export type StateChange =
  | { readonly op: 'set'; readonly state: DocumentState }
  | { readonly op: 'merge'; readonly state: Readonly<Record<string, FieldText | null>> }
  | { readonly op: 'remove' };

type Fields = Readonly<Record<string, unknown>>;

/** The covered fields of a whole document. */
export function stateOf({ of, fields }: Covered, document: object): DocumentState {
  const state: Record<string, FieldText> = {};
  for (const field of fields) {
    const value = (document as Fields)[field];
    if (value !== undefined) state[field] = textOf(of.keyedLists[field], value);
  }
  return state;
}

function textOf(key: string | undefined, value: unknown): FieldText {
  if (key === undefined || !Array.isArray(value)) return canonicalJson(value);
  return Object.fromEntries((value as readonly Fields[]).map((item) => [`.${item[key]}`, canonicalJson(item)]));
}

/** What a change does to the covered fields; undefined if it changes none of them. */
export function stateChange(covered: Covered, change: Change): StateChange | undefined {
  if (change.op === 'remove') return { op: 'remove' };
  if (change.op === 'insert') return { op: 'set', state: stateOf(covered, change.after as object) };
  const state: Record<string, FieldText | null> = {};
  for (const { path, after } of change.fields) {
    const { field, key } = placeOf(path);
    const by = covered.of.keyedLists[field];
    if (!covered.fields.includes(field)) continue;
    if (key === undefined || by === undefined) state[field] = after === undefined ? null : textOf(by, after);
    else state[field] = { ...itemsIn(state[field]), [`.${key}`]: after === undefined ? null : canonicalJson(after) };
  }
  return Object.keys(state).length === 0 ? undefined : { op: 'merge', state };
}

const itemsIn = (text: FieldText | null | undefined) => (typeof text === 'object' && text !== null ? text : {});

/** The document after a change. A whole list replaces the items; items are merged into it. */
export function changed(before: DocumentState | undefined, change: StateChange): DocumentState | undefined {
  switch (change.op) {
    case 'remove':
      return undefined;
    case 'set':
      return change.state;
    case 'merge': {
      const state: Record<string, FieldText> = { ...before };
      for (const [field, text] of Object.entries(change.state)) {
        if (text === null) delete state[field];
        else if (typeof text === 'string') state[field] = text;
        else state[field] = merged(state[field], text);
      }
      return state;
    }
  }
}

function merged(list: FieldText | undefined, items: Readonly<Record<string, string | null>>): FieldText {
  const all: Record<string, string | null> = { ...itemsIn(list) };
  for (const [key, text] of Object.entries(items)) {
    if (text === null) delete all[key];
    else all[key] = text;
  }
  return all;
}

/** A field, or an item of a list, that is not what the records say. */
export interface Difference {
  readonly field: string;
  readonly expected?: unknown;
  readonly actual?: unknown;
}

/** The fields in which two states differ; of lists, the items. */
export function differences(expected: DocumentState, actual: DocumentState): Difference[] {
  const found: Difference[] = [];
  for (const field of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    const [is, was] = [actual[field], expected[field]];
    if (typeof is === 'string' || typeof was === 'string') {
      if (is !== was) found.push(difference(field, was, is));
      continue;
    }
    for (const key of new Set([...Object.keys(was ?? {}), ...Object.keys(is ?? {})])) {
      if (was?.[key] !== is?.[key]) found.push(difference(`${field}[${key.slice(1)}]`, was?.[key], is?.[key]));
    }
  }
  return found;
}

export const sameState = (one: DocumentState | undefined, other: DocumentState | undefined): boolean =>
  one === undefined || other === undefined ? one === other : differences(one, other).length === 0;

function difference(field: string, was: FieldText | null | undefined, is: FieldText | null | undefined): Difference {
  const value = (text: FieldText) => (typeof text === 'string' ? JSON.parse(text) : text);
  return {
    field,
    ...(was === undefined || was === null ? {} : { expected: value(was) }),
    ...(is === undefined || is === null ? {} : { actual: value(is) }),
  };
}

import type { Document } from 'mongodb';
import type { FieldChange } from './changes.ts';
import type { AnyCollection } from './collection.ts';

export interface UpdateStep {
  readonly update: Document;
  readonly arrayFilters: Document[];
}

/**
 * The server scans the whole list for each item that is replaced in place. Further items are removed and appended
 * instead, which takes one scan for all of them.
 */
const MAX_REPLACED = 50;

/**
 * The updates that make the field changes. MongoDB allows one operator per path in an update, so adding, dropping and
 * replacing items of the same keyed list takes a step each.
 */
export function updateSteps(of: AnyCollection, fields: readonly FieldChange[]): UpdateStep[] {
  const set: Document = {};
  const unset: Document = {};
  const push: Document = {};
  const pull: Document = {};
  const arrayFilters: Document[] = [];
  const replace = ([list, keyField]: readonly [string, string], key: string | undefined, item: unknown) => {
    const name = `i${arrayFilters.length}`;
    set[`${list}.$[${name}]`] = item;
    arrayFilters.push({ [`${name}.${keyField}`]: key });
  };
  const addItem = (list: string, item: unknown) => {
    push[list] ??= { $each: [] };
    push[list].$each.push(item);
  };
  const dropItem = (list: string, keyField: string, key: string | undefined) => {
    pull[list] ??= { [keyField]: { $in: [] } };
    pull[list][keyField].$in.push(key);
  };
  for (const { path, before, after } of fields) {
    const item = /^([^[]+)\[(.*)\]$/s.exec(path);
    const [, list, key] = item ?? [];
    const keyField = list === undefined ? undefined : of.keyedLists[list];
    if (list === undefined || keyField === undefined) {
      if (after === undefined) unset[path] = '';
      else set[path] = after;
    } else if (before === undefined) {
      addItem(list, after);
    } else if (after === undefined) {
      dropItem(list, keyField, key);
    } else if (arrayFilters.length < MAX_REPLACED) {
      replace([list, keyField], key, after);
    } else {
      dropItem(list, keyField, key);
      addItem(list, after);
    }
  }
  // Added items replace dropped ones in place, as far as there are both.
  for (const list of Object.keys(push).filter((l) => pull[l] !== undefined)) {
    const keyField = of.keyedLists[list] ?? '';
    const { $each: added } = push[list];
    const { $in: gone } = pull[list][keyField];
    while (added.length > 0 && gone.length > 0 && arrayFilters.length < MAX_REPLACED)
      replace([list, keyField], gone.pop(), added.pop());
    if (added.length === 0) delete push[list];
    if (gone.length === 0) delete pull[list];
  }
  const steps: UpdateStep[] = [];
  const first: Document = {};
  if (Object.keys(set).length > 0) first.$set = set;
  if (Object.keys(unset).length > 0) first.$unset = unset;
  if (Object.keys(first).length > 0) steps.push({ update: first, arrayFilters });
  if (Object.keys(pull).length > 0) steps.push({ update: { $pull: pull }, arrayFilters: [] });
  if (Object.keys(push).length > 0) steps.push({ update: { $push: push }, arrayFilters: [] });
  return steps;
}

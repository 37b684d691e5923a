import { isDeepStrictEqual } from 'node:util';
import type { FieldChange } from '../../store/changes.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** A field that is no longer as a change left it. */
export interface Mismatch {
  readonly path: string;
  readonly expected: unknown;
  readonly found: unknown;
}

interface UndoOptions {
  /** Lists whose items have a key, as the collection declares them. */
  readonly keyedLists: Readonly<Record<string, string>>;
  /** What counts of an item of a list; undefined if it counts as absent, such as a right that has ended. */
  readonly counting?: (item: unknown) => unknown;
}

const ITEM = /^([^[\]]+)\[(.*)\]$/s;

/** A changed field: its name and, for an item of a keyed list, the key of the item. */
export function placeOf(path: string): { readonly field: string; readonly key?: string } {
  const [, field, key] = ITEM.exec(path) ?? [];
  return field === undefined || key === undefined ? { field: path } : { field, key };
}

/**
 * The document as it was before these changes of its fields, and the fields that are no longer as the changes left them,
 * which stay as they are. A document may have thousands of items, and all of them may have changed.
 */
export function undone<T extends object>(
  present: T,
  changes: readonly FieldChange[],
  { keyedLists, counting = (item) => item }: UndoOptions,
): { readonly before: T; readonly mismatches: readonly Mismatch[] } {
  const fields = { ...present } as Record<string, unknown>;
  const lists = new Map<string, Map<string, unknown>>();
  const mismatches: Mismatch[] = [];
  const itemsOf = (field: string, by: string) => {
    const known = lists.get(field);
    if (known !== undefined) return known;
    const list = (Array.isArray(fields[field]) ? fields[field] : []) as readonly Fields[];
    const items = new Map<string, unknown>(list.map((item) => [String(item[by]), item]));
    lists.set(field, items);
    return items;
  };
  for (const { path, before, after } of changes) {
    const { field, key } = placeOf(path);
    const by = keyedLists[field];
    if (key !== undefined && by !== undefined) {
      const items = itemsOf(field, by);
      const [found, expected] = [counting(items.get(key)), counting(after)];
      if (!isDeepStrictEqual(found, expected)) {
        mismatches.push({ path, expected, found });
        continue;
      }
      const earlier = counting(before);
      if (earlier === undefined) items.delete(key);
      else items.set(key, earlier);
    } else if (!isDeepStrictEqual(fields[field], after)) {
      mismatches.push({ path, expected: after, found: fields[field] });
    } else if (before === undefined) {
      delete fields[field];
    } else {
      fields[field] = before;
    }
  }
  for (const [field, items] of lists) fields[field] = [...items.values()];
  return { before: fields as T, mismatches };
}

import type { Document } from 'mongodb';
import { expect } from 'vitest';
import type { StoredRecord } from './house.ts';

type Fields = Record<string, unknown>;

/** Which field holds the key of a list whose items are recorded one by one. */
const KEYED_LISTS: Readonly<Record<string, string>> = {
  admins: 'principal',
  bindings: 'entry',
  grants: 'principal',
  meta: 'key',
};

/**
 * The documents of a collection as the records of the audit, in the order they were committed, say they must be. Each
 * change must find what it says it found.
 */
export function replayed(records: readonly StoredRecord[], collection: string): Document[] {
  const documents = new Map<string, Fields>();
  for (const record of records) {
    for (const change of (record.changes as Document[]).filter((c) => c.collection === collection)) {
      const { id, op, before, after, fields } = change;
      expect([record.outcome, id, documents.has(id)]).toEqual(['success', id, op !== 'insert']);
      if (op === 'insert') documents.set(id, structuredClone(after));
      else if (op === 'update') update(documents.get(id) ?? {}, fields);
      else {
        expect(documents.get(id)).toEqual(before);
        documents.delete(id);
      }
    }
  }
  return [...documents.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, document]) => withSortedLists(document));
}

function update(document: Fields, fields: readonly Document[]): void {
  for (const { path, before, after } of fields) {
    const [, list, key] = /^([^[]+)\[(.*)\]$/s.exec(path) ?? [];
    const keyField = list === undefined ? undefined : KEYED_LISTS[list];
    if (list === undefined || keyField === undefined) {
      expect([path, document[path]]).toEqual([path, before]);
      if (after === undefined) delete document[path];
      else document[path] = after;
      continue;
    }
    const items = document[list] as Fields[];
    expect([path, items.find((item) => item[keyField] === key)]).toEqual([path, before]);
    const others = items.filter((item) => item[keyField] !== key);
    document[list] = after === undefined ? others : [...others, after];
  }
  document.revision = Number(document.revision) + 1;
}

/** Keyed lists are sets: their order means nothing. */
export function withSortedLists(document: Document): Document {
  return Object.fromEntries(
    Object.entries(document).map(([field, value]) => {
      const key = KEYED_LISTS[field];
      return [
        field,
        key === undefined ? value : value.toSorted((a: Fields, b: Fields) => (`${a[key]}` < `${b[key]}` ? -1 : 1)),
      ];
    }),
  );
}

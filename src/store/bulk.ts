import type { AnyBulkWriteOperation, Document } from 'mongodb';
import { type Change, difference, type FieldChange } from './changes.ts';
import type { AnyCollection, Stored } from './collection.ts';
import { updateSteps } from './updateSteps.ts';

/** The change of one document; `before` is the document as it was read. */
export interface BeforeAfter<P> {
  readonly before: P;
  readonly after: Omit<P, 'revision'>;
}

interface SameChange {
  readonly fields: readonly FieldChange[];
  readonly revision: number;
  readonly ids: string[];
}

export interface Bulk {
  readonly operations: AnyBulkWriteOperation<Document>[];
  /** How many documents the operations must match in total. */
  readonly matching: number;
  /** The documents that change, each with its difference. */
  readonly noted: readonly (Change & { readonly op: 'update' })[];
}

/** One operation for all documents with the same difference and revision, which costs far less than guarding each one. */
export function bulkOf<P extends Stored>(of: AnyCollection, changes: readonly BeforeAfter<P>[]): Bulk {
  const groups = new Map<string, SameChange>();
  const noted: (Change & { readonly op: 'update' })[] = [];
  for (const { before, after } of changes) {
    const { _id: id, revision } = before;
    const fields = difference(of, before, { ...after, revision });
    if (fields.length === 0) continue;
    const key = `${revision} ${JSON.stringify(fields)}`;
    const same = groups.get(key);
    if (same === undefined) groups.set(key, { fields, revision, ids: [id] });
    else same.ids.push(id);
    noted.push({ collection: of.name, id, op: 'update', fields: same?.fields ?? fields });
  }
  const operations: AnyBulkWriteOperation<Document>[] = [];
  let matching = 0;
  for (const { fields, revision, ids } of groups.values()) {
    for (const [i, { update, arrayFilters }] of updateSteps(of, fields).entries()) {
      const filter = { _id: { $in: ids as never[] }, revision: i === 0 ? revision : revision + 1 };
      const raised = i === 0 ? { ...update, $inc: { revision: 1 } } : update;
      operations.push({ updateMany: { filter, update: raised, arrayFilters } });
      matching += ids.length;
    }
  }
  return { operations, matching, noted };
}

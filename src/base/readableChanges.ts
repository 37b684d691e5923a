import { internalFields } from './internalFields.ts';
import type { RecordedChange } from './schemas/generated.ts';

/** The changes for a person, without fields that only the service needs, and without documents of which nothing else changes. */
export function readableChanges(changes: readonly RecordedChange[]): readonly RecordedChange[] {
  return changes.flatMap((change) => {
    const internal = internalFields[change.collection];
    if (internal === undefined || change.fields === undefined) return [change];
    const fields = change.fields.filter(({ path }) => !internal.includes(path));
    return fields.length === 0 ? [] : [{ ...change, fields }];
  });
}

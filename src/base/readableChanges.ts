import type { RecordedChange } from './schemas/generated.ts';

/** Fields that only the service needs, such as counters and marks: they follow from what else is changed. */
const INTERNAL: Readonly<Record<string, readonly string[]>> = {
  roster: ['epoch'],
  roles: ['size'],
  principals: ['named', 'tokenName', 'tokenNameAt', 'disabledAt'],
};

/** The changes for a person, without fields that only the service needs, and without documents of which nothing else changes. */
export function readableChanges(changes: readonly RecordedChange[]): readonly RecordedChange[] {
  return changes.flatMap((change) => {
    const internal = INTERNAL[change.collection];
    if (internal === undefined || change.fields === undefined) return [change];
    const fields = change.fields.filter(({ path }) => !internal.includes(path));
    return fields.length === 0 ? [] : [{ ...change, fields }];
  });
}

import type { Change, Digester, FieldChange } from '../store/changes.ts';
import { bsonSize } from '../store/size.ts';
import type { RecordDraft } from './record.ts';

/** Larger parts of a record, in bytes of BSON, are replaced by their digests. */
const LONG_BYTES = 1_000;

/**
 * The draft with keyed digests instead of its long parts, for records that the database refuses. It still says who did what.
 *
 * @returns the same draft if nothing in it is long
 */
export function shortened(draft: RecordDraft, digestOf: Digester['digest']): RecordDraft {
  const short = (value: unknown) => (bsonSize(value) > LONG_BYTES ? `<${digestOf(value)}>` : value);
  if (bsonSize(draft) <= LONG_BYTES) return draft;
  const { params, ...rest } = draft;
  const shortRest = Object.fromEntries(
    Object.entries(rest).map(([field, value]) => [field, typeof value === 'string' ? short(value) : value]),
  ) as Omit<RecordDraft, 'params'>;
  const kept = bsonSize(params) > LONG_BYTES ? { paramsDigest: digestOf(params) } : { params };
  return {
    ...shortRest,
    ...(params === undefined ? {} : kept),
    changes: draft.changes.map((change) => shortChange(change, short)),
    ...(draft.remarks === undefined ? {} : { remarks: draft.remarks.map((remark) => String(short(remark))) }),
  };
}

function shortChange(change: Change, short: (value: unknown) => unknown): Change {
  switch (change.op) {
    case 'insert':
      return { ...change, after: short(change.after) };
    case 'remove':
      return { ...change, before: short(change.before) };
    case 'update':
      return { ...change, fields: change.fields.map((field) => shortField(field, short)) };
  }
}

function shortField({ path, ...sides }: FieldChange, short: (value: unknown) => unknown): FieldChange {
  return { path, ...Object.fromEntries(Object.entries(sides).map(([side, value]) => [side, short(value)])) };
}

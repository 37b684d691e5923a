import { defined } from './defined.ts';
import { internalFields } from './internalFields.ts';
import { ITEM_KEY } from './itemKey.ts';
import { isObject } from './json/isObject.ts';
import type { RecordedChange, ShownNames } from './schemas/generated.ts';

/** A change for a person. */
export interface ReadableChange extends RecordedChange {
  /** The name of the document, if it is known. */
  readonly name?: string;
}

/**
 * The changes for a person, without fields that only the service needs, and without documents of which nothing else changes.
 *
 * @param names of users and roles, which stand for their ids, and of documents; by id
 */
export function readableChanges(changes: readonly RecordedChange[], names: ShownNames = {}): readonly ReadableChange[] {
  return changes.flatMap((change) => {
    const named = withNames(change, names);
    const internal = internalFields[change.collection];
    if (internal === undefined || named.fields === undefined) return [named];
    const fields = named.fields.filter(({ path }) => !internal.includes(path));
    return fields.length === 0 ? [] : [{ ...named, fields }];
  });
}

function withNames(change: RecordedChange, names: ShownNames): ReadableChange {
  const nameOf = (id: string) => (Object.hasOwn(names, id) ? names[id] : undefined);
  const name = nameOf(change.id);
  const { before, after, fields, ...rest } = change;
  return {
    ...rest,
    ...(named(defined({ before, after, fields }), nameOf) as Partial<RecordedChange>),
    ...defined({ name }),
  };
}

/** A part of a change with names for ids; where these are keys, too, as in `admins[<id>]`. */
function named(value: unknown, nameOf: (id: string) => string | undefined): unknown {
  if (typeof value === 'string') return nameOf(value) ?? value.replace(ITEM_KEY, (_, id) => `[${nameOf(id) ?? id}]`);
  if (Array.isArray(value)) return value.map((item) => named(item, nameOf));
  if (!isObject(value)) return value;
  const fields = Object.entries(value).map(([key, inner]) =>
    key === '_id' ? [key, inner] : [nameOf(key) ?? key, named(inner, nameOf)],
  );
  return Object.fromEntries(fields);
}

import type { Reader } from './collection.ts';

/**
 * The documents that a call named, as `<collection>/<id>`, with the principals who own them; undefined where the owners were
 * not read.
 */
export type NamedDocuments = Map<string, readonly string[] | undefined>;

/** Notes that a call named a document. */
export function noteNamed(named: NamedDocuments, place: string, owners: readonly string[] | undefined): void {
  if (owners !== undefined || !named.has(place)) named.set(place, owners);
}

/** The reader, noting in `named` which documents the call names. */
export function witnessing(reader: Reader, named: NamedDocuments): Reader {
  return {
    wrapped: reader,
    witness: (place, owners) => noteNamed(named, place, owners),
    get: (from, id) => reader.get(from, id),
    find: (from, filter, options) => reader.find(from, filter, options),
    parts: (from, filter, wanted) => reader.parts(from, filter, wanted),
    count: (from, filter, limit) => reader.count(from, filter, limit),
    countBy: (from, field, filter) => reader.countBy(from, field, filter),
    distinct: (from, field, filter) => reader.distinct(from, field, filter),
    aliasesOf: (collection) => reader.aliasesOf(collection),
  };
}

/** The reader by which caches are kept. */
export const unwrapped = (reader: Reader): Reader => reader.wrapped ?? reader;

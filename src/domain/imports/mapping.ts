import { OperatorError } from '../../base/errors.ts';
import type { ForeignDocument } from '../../store/foreignDatabase.ts';

/**
 * How a field of another database's documents becomes one here. `from` is its name there; `to` where it goes here, by
 * the conversion that `as` names. A field without `to` is dropped, for the reason in `why`.
 */
export type FieldMapping = Kept | Dropped;

interface Kept {
  readonly from: string;
  readonly to: string;
  readonly as: ConversionName;
  /** The field may be missing or null. */
  readonly optional?: true;
}

interface Dropped {
  readonly from: string;
  readonly why: string;
}

/** How the documents of a collection become those of one here. */
export interface FieldsMapping {
  readonly collection: string;
  /** The collection here whose documents it becomes; absent if all of it is dropped. */
  readonly into?: string;
  readonly fields: readonly FieldMapping[];
}

export interface CollectionMapping extends FieldsMapping {
  /** Which of the two databases it is in. */
  readonly database: 'workspace' | 'types';
}

/** Something in the other database that cannot be imported. */
class UnexpectedContentError extends OperatorError {}

type Check = (value: unknown) => boolean;

const isNumber: Check = (value) => typeof value === 'number' && Number.isSafeInteger(value);
const isText: Check = (value) => typeof value === 'string';
const isList =
  (item: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(item);
const isMap =
  (item: Check): Check =>
  (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(item);
const isMeta = (item: unknown) => {
  const { k, v } = (item ?? {}) as { readonly k?: unknown; readonly v?: unknown };
  return isText(k) && isText(v);
};

/** The conversions: what they accept, and what they say about themselves in the documentation. */
export const conversions = {
  number: { accepts: isNumber, says: 'as it is' },
  text: { accepts: isText, says: 'as it is' },
  flag: { accepts: (value) => typeof value === 'boolean', says: 'as it is' },
  instant: { accepts: (value) => value instanceof Date, says: 'as it is' },
  timeOfId: {
    accepts: (value) => typeof value === 'object' && value !== null,
    says: 'the time at which the id was made',
  },
  user: { accepts: isText, says: 'the id of the user of this name' },
  meta: { accepts: isList(isMeta), says: 'a list of `{key, value}` instead of `{k, v}`' },
  references: { accepts: isList(isText), says: 'as it is; absent if empty' },
  resolved: { accepts: isList(isText), says: 'each once; in order in `resolved_ws_objects` of the provenance' },
  provenance: {
    accepts: (value) => typeof value === 'object' && value !== null,
    says: 'the document of this id, as it is answered',
  },
  extractedIds: { accepts: isMap(isList(isText)), says: 'a list of `{type, ids}`' },
  permission: { accepts: isNumber, says: '10, 20 and 30 are `read`, `write` and `admin`; 40 is the owner' },
  milliseconds: { accepts: isNumber, says: 'as it is' },
  versions: {
    accepts: isMap((value) => typeof value === 'object' && value !== null),
    says: 'a list of `{name, version, supported}`',
  },
  includes: { accepts: isMap(isNumber), says: 'a list of `{module, version}`' },
} as const satisfies Record<string, { readonly accepts: Check; readonly says: string }>;

type ConversionName = keyof typeof conversions;

/**
 * Checks that every field of the document is in the table and has a value that its conversion accepts.
 *
 * @throws UnexpectedContentError with the collection and the id of the document
 */
export function assertMapped(mapping: CollectionMapping, document: ForeignDocument): void {
  const known = mappingsOf(mapping);
  const unexpected = (what: string) => new UnexpectedContentError(`${mapping.collection}/${document._id}${what}`);
  for (const [field, value] of Object.entries(document)) {
    const row = known.get(field);
    if (row === undefined) {
      throw unexpected(` has the field ${field}, which this version of Steward does not know`);
    }
    if (!('as' in row) || (row.optional && (value === null || value === undefined))) continue;
    if (!conversions[row.as].accepts(value)) {
      throw unexpected(`: the field ${field} has an unexpected value`);
    }
  }
  for (const row of mapping.fields) {
    if ('as' in row && !row.optional && document[row.from] === undefined) {
      throw unexpected(` lacks the field ${row.from}`);
    }
  }
}

const byField = new WeakMap<CollectionMapping, ReadonlyMap<string, FieldMapping>>();

function mappingsOf(mapping: CollectionMapping): ReadonlyMap<string, FieldMapping> {
  const known = byField.get(mapping) ?? new Map(mapping.fields.map((row) => [row.from, row]));
  byField.set(mapping, known);
  return known;
}

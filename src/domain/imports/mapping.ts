import { OperatorError } from '../../base/errors.ts';
import { abbreviated } from '../../base/text.ts';
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
  /** The fields of each item, for a list of documents. */
  readonly items?: readonly FieldMapping[];
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
/** The driver reads a date that JavaScript cannot hold as an invalid one. */
const isInstant: Check = (value) => value instanceof Date && !Number.isNaN(value.getTime());
const isDocument: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isList =
  (item: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(item);
const isMap =
  (item: Check): Check =>
  (value) =>
    isDocument(value) && Object.values(value as object).every(item);
const hasOnly = (item: unknown, fields: readonly string[]) =>
  isDocument(item) && Object.keys(item as object).every((field) => fields.includes(field));
const isMeta = (item: unknown) => {
  const { k, v } = (item ?? {}) as { readonly k?: unknown; readonly v?: unknown };
  return isText(k) && isText(v) && hasOnly(item, ['k', 'v']);
};
const DEFINITION = ['typeName', 'typeVersion', 'funcName', 'funcVersion', 'supported'];

interface Conversion {
  readonly accepts: Check;
  /** What the value should be, for errors. */
  readonly wants: string;
  /** What becomes of it, for the documentation. */
  readonly says: string;
}

/** The conversions: what they accept, and what they say about themselves. */
export const conversions = {
  number: { accepts: isNumber, wants: 'a whole number', says: 'as it is' },
  text: { accepts: isText, wants: 'a text', says: 'as it is' },
  texts: { accepts: isList(isText), wants: 'a list of texts', says: 'as it is' },
  list: { accepts: Array.isArray, wants: 'a list', says: 'as it is' },
  document: { accepts: isDocument, wants: 'a document', says: 'as it is' },
  flag: { accepts: (value) => typeof value === 'boolean', wants: 'true or false', says: 'as it is' },
  instant: { accepts: isInstant, wants: 'a date', says: 'as it is' },
  time: { accepts: isInstant, wants: 'a date', says: 'as KBase answers it, and as milliseconds' },
  timeOfId: {
    accepts: (value) => typeof value === 'object' && value !== null,
    wants: 'an id that MongoDB made',
    says: 'the time at which the id was made',
  },
  user: { accepts: isText, wants: 'a name', says: 'the id of the user of this name' },
  meta: {
    accepts: isList(isMeta),
    wants: 'a list of {k, v} with texts',
    says: 'a list of `{key, value}` instead of `{k, v}`',
  },
  references: { accepts: isList(isText), wants: 'a list of texts', says: 'as it is; absent if empty' },
  resolved: {
    accepts: isList(isText),
    wants: 'a list of texts',
    says: 'each once; in order in `resolved_ws_objects` of the provenance',
  },
  provenance: {
    accepts: (value) => typeof value === 'object' && value !== null,
    wants: 'the id of a provenance',
    says: 'the document of this id, as it is answered',
  },
  documents: { accepts: isList(isDocument), wants: 'a list of documents', says: 'as its fields say, which follow' },
  extractedIds: {
    accepts: isMap(isList(isText)),
    wants: 'a document with lists of texts',
    says: 'a list of `{type, ids}`',
  },
  permission: {
    accepts: isNumber,
    wants: 'a whole number',
    says: '10, 20 and 30 are `read`, `write` and `admin`; 40 is the owner',
  },
  milliseconds: { accepts: isNumber, wants: 'a whole number', says: 'as it is' },
  versions: {
    accepts: isMap((value) => hasOnly(value, DEFINITION)),
    wants: 'a document of {name, version, supported}',
    says: 'a list of `{name, version, supported}`',
  },
  includes: {
    accepts: isMap(isNumber),
    wants: 'a document of whole numbers',
    says: 'a list of `{module, version}`',
  },
} as const satisfies Record<string, Conversion>;

type ConversionName = keyof typeof conversions;

/** How much of an unexpected value an error shows. */
const MAX_SHOWN = 100;

/**
 * Checks that every field of the document is in the table and has a value that its conversion accepts.
 *
 * @throws UnexpectedContentError with the collection, the id of the document and the field
 */
export function assertMapped(mapping: CollectionMapping, document: ForeignDocument): void {
  const problem = problemIn(mapping.fields, document, '');
  if (problem !== undefined) throw new UnexpectedContentError(`${mapping.collection}/${document._id}${problem}`);
}

/** @param within the path of the document, and a dot, if it stands in another one */
function problemIn(fields: readonly FieldMapping[], document: ForeignDocument, within: string): string | undefined {
  const known = rowsByField(fields);
  for (const field in document) {
    const [row, value] = [known.get(field), document[field]];
    if (row === undefined) return ` has the field ${within}${field}, which this version of Steward does not know`;
    if (!('as' in row) || (row.optional && (value === null || value === undefined))) continue;
    const { accepts, wants } = conversions[row.as];
    if (!accepts(value)) return `: the field ${within}${field} is ${shown(value)}, and should be ${wants}`;
    const items = row.items === undefined ? [] : (value as readonly ForeignDocument[]);
    for (const [i, item] of items.entries()) {
      const problem = problemIn(row.items ?? [], item, `${within}${field}[${i}].`);
      if (problem !== undefined) return problem;
    }
  }
  for (const row of fields) {
    if ('as' in row && !row.optional && document[row.from] === undefined) {
      return ` lacks the field ${within}${row.from}, which should be ${conversions[row.as].wants}`;
    }
  }
  return undefined;
}

function shown(value: unknown): string {
  if (value instanceof Date && Number.isNaN(value.getTime())) return 'a date that is out of range';
  const text = JSON.stringify(value) ?? String(value);
  return abbreviated(text, MAX_SHOWN);
}

const byField = new WeakMap<readonly FieldMapping[], ReadonlyMap<string, FieldMapping>>();

function rowsByField(fields: readonly FieldMapping[]): ReadonlyMap<string, FieldMapping> {
  const known = byField.get(fields) ?? new Map(fields.map((row) => [row.from, row]));
  byField.set(fields, known);
  return known;
}

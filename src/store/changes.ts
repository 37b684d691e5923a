import { createHash, createHmac } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { AnyCollection, Stored } from './collection.ts';
import { bsonSize } from './size.ts';

/** One field (or one item of a keyed list, `admins[<key>]`) of a changed document. An absent side was not there. */
export interface FieldChange {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** What a write did to one document: the unit that a dry run shows, the audit stores and a revert inverts. */
export type Change =
  | { readonly collection: string; readonly id: string; readonly op: 'insert'; readonly after: unknown }
  | { readonly collection: string; readonly id: string; readonly op: 'remove'; readonly before: unknown }
  | {
      readonly collection: string;
      readonly id: string;
      readonly op: 'update';
      readonly fields: readonly FieldChange[];
    };

type Fields = Readonly<Record<string, unknown>>;

/** The difference between two states of a document, field by field and, in keyed lists, item by item. */
export function difference(of: AnyCollection, before: Stored, after: Stored): FieldChange[] {
  const old = before as unknown as Fields;
  const fresh = after as unknown as Fields;
  const changes: FieldChange[] = [];
  for (const field of new Set([...Object.keys(old), ...Object.keys(fresh)])) {
    if (field === '_id' || field === 'revision') continue;
    const key = of.keyedLists[field];
    if (key !== undefined && Array.isArray(old[field]) && Array.isArray(fresh[field])) {
      changes.push(...itemDifference({ field, key }, old[field], fresh[field]));
    } else if (!isDeepStrictEqual(old[field], fresh[field])) {
      changes.push(fieldChange(field, old[field], fresh[field]));
    }
  }
  return changes;
}

function itemDifference(
  { field, key }: { readonly field: string; readonly key: string },
  before: readonly Fields[],
  after: readonly Fields[],
): FieldChange[] {
  const old = new Map(before.map((item) => [String(item[key]), item]));
  const fresh = new Map(after.map((item) => [String(item[key]), item]));
  const changes: FieldChange[] = [];
  for (const id of new Set([...old.keys(), ...fresh.keys()])) {
    if (!isDeepStrictEqual(old.get(id), fresh.get(id))) {
      changes.push(fieldChange(`${field}[${id}]`, old.get(id), fresh.get(id)));
    }
  }
  return changes;
}

function fieldChange(path: string, before: unknown, after: unknown): FieldChange {
  return { path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

/** Bytes of BSON that a field may have before its digest stands for it. */
const LONG_BYTES = 1_000;

/** The keyed digest of a value: see {@link keyedDigest}. */
export type Digester = (value: unknown) => string;

/**
 * The change as it is recorded: without the values of secret fields, and with keyed digests of long values and of digests
 * of stored content. Nobody can find such a value by guessing without the key.
 */
export function asRecorded(of: AnyCollection, change: Change, digester: Digester): Change {
  if (of.secrets.length + of.long.length + of.digests.length === 0) return change;
  const told = (doc: unknown) =>
    Object.fromEntries(
      Object.entries(doc as Fields).map(([field, value]) => [field, toldValue(of, [field, value], digester)]),
    );
  switch (change.op) {
    case 'insert':
      return { ...change, after: told(change.after) };
    case 'remove':
      return { ...change, before: told(change.before) };
    case 'update':
      return {
        ...change,
        fields: change.fields.map((f) =>
          of.secrets.includes(f.path) ? { path: f.path, before: '<secret>', after: '<secret>' } : f,
        ),
      };
  }
}

function toldValue(of: AnyCollection, [field, value]: readonly [string, unknown], digester: Digester): unknown {
  if (of.secrets.includes(field)) return '<secret>';
  if (of.digests.includes(field)) return digester(value);
  if (!of.long.includes(field) || bsonSize(value) <= LONG_BYTES) return value;
  return `<${digester(value)}>`;
}

const sizes = new WeakMap<readonly FieldChange[], number>();

/** The size of a change as BSON, in bytes. Documents that change alike share the list of their fields, measured once. */
export function changeSize(change: Change): number {
  if (change.op !== 'update') return bsonSize(change);
  const { fields, ...head } = change;
  const known = sizes.get(fields) ?? bsonSize(fields);
  sizes.set(fields, known);
  return bsonSize(head) + known + FIELDS_KEY_BYTES;
}

/** The type and the key that `fields` stands behind. */
const FIELDS_KEY_BYTES = 1 + 'fields'.length + 1;

/** What the server assigned itself in one transaction, and would assign differently in another. */
export interface Assigned {
  readonly instant: Date;
  readonly ids: ReadonlySet<unknown>;
  /** Numbers, by the name of the field that they stand in. */
  readonly numbers: ReadonlyMap<string, ReadonlySet<unknown>>;
}

/**
 * The changes with `<instant>` and `<id>` in place of what the server assigned: the same for a dry run and for the real
 * call that does what it showed.
 */
export function withPlaceholders(changes: readonly Change[], assigned: Assigned): unknown[] {
  const walk = (value: unknown, field?: string): unknown => {
    if (field !== undefined && assigned.numbers.get(field)?.has(value)) return '<id>';
    if (value instanceof Date) return value.getTime() === assigned.instant.getTime() ? '<instant>' : value;
    if (assigned.ids.has(value)) return '<id>';
    if (Array.isArray(value)) return value.map((item) => walk(item));
    if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
      // A key may be an assigned id too; several of them in one object are told apart by their order.
      let keys = 0;
      const keyOf = (k: string) => (assigned.ids.has(k) ? `<id>${keys++ === 0 ? '' : ` ${keys}`}` : k);
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [keyOf(k), walk(v, k)]));
    }
    return value;
  };
  return changes.map((change) => walk(change));
}

/** JSON with the keys of every object in order, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) =>
    v !== null && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : v,
  );
}

/** SHA-256 of the value's canonical JSON, hexadecimal. */
export function digest(value: unknown): string {
  return createHash('sha256')
    .update(canonicalJson(value) ?? 'undefined')
    .digest('hex');
}

/**
 * `hmac:` and the HMAC-SHA256, hexadecimal, of the value's {@link digest}: equal for equal values, and useless for guessing
 * the value without the key.
 */
export function keyedDigest(key: Buffer, value: unknown): string {
  return `hmac:${createHmac('sha256', key).update(digest(value)).digest('hex')}`;
}

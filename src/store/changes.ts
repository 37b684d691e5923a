import { createHmac, hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { AnyCollection, Stored } from './collection.ts';
import { bsonSize } from './size.ts';

/** A changed field, or a changed item of a keyed list (`admins[<key>]`). `before` or `after` is absent if there was none. */
export interface FieldChange {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** What a write did to one document. Dry runs show it, the audit stores it, and reverts invert it. */
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

/** The size, in bytes of BSON, above which a long field is replaced by its digest. */
const LONG_BYTES = 1_000;

/** Makes what replaces a value: see {@link keyedDigest} and {@link valueHmac}. */
export interface Digester {
  readonly digest: (value: unknown) => string;
  readonly hmac: (value: unknown) => string;
}

/**
 * The change as the audit records it: without secret values, with HMACs instead of sensitive ones, and with keyed digests
 * instead of long values and of digests of stored content, so that nobody without the key can check guesses.
 */
export function asRecorded(of: AnyCollection, change: Change, digester: Digester): Change {
  const concerned = [...of.secrets, ...of.sensitive, ...of.long, ...of.digests];
  if (concerned.length === 0) return change;
  const recorded = (doc: unknown) => {
    const copy: Record<string, unknown> = { ...(doc as Fields) };
    for (const field of concerned)
      if (Object.hasOwn(copy, field)) copy[field] = recordedValue(of, [field, copy[field]], digester);
    return copy;
  };
  switch (change.op) {
    case 'insert':
      return { ...change, after: recorded(change.after) };
    case 'remove':
      return { ...change, before: recorded(change.before) };
    case 'update':
      return {
        ...change,
        fields: change.fields.map((field) => recordedField(of, field, digester)),
      };
  }
}

function recordedValue(of: AnyCollection, [field, value]: readonly [string, unknown], digester: Digester): unknown {
  if (of.secrets.includes(field)) return '<secret>';
  if (of.sensitive.includes(field)) return digester.hmac(value);
  if (of.digests.includes(field)) return digester.digest(value);
  if (!isLong(value)) return value;
  return `<${digester.digest(value)}>`;
}

/** Measuring a list takes long, and most are empty. */
const isLong = (value: unknown): boolean =>
  !(Array.isArray(value) && value.length === 0) && bsonSize(value) > LONG_BYTES;

/** Long values and digests never change. */
function recordedField(of: AnyCollection, field: FieldChange, { hmac }: Digester): FieldChange {
  const { path, before, after } = field;
  if (of.secrets.includes(path)) return { path, before: '<secret>', after: '<secret>' };
  if (!of.sensitive.includes(path)) return field;
  const hidden = (value: unknown) => (value === undefined ? undefined : hmac(value));
  return fieldChange(path, hidden(before), hidden(after));
}

const sizes = new WeakMap<readonly FieldChange[], number>();

/** The size of a change in bytes of BSON. Equal changes share their list of fields, which is measured once. */
export function changeSize(change: Change): number {
  if (change.op !== 'update') return bsonSize(change);
  const { fields, ...head } = change;
  const known = sizes.get(fields) ?? bsonSize(fields);
  sizes.set(fields, known);
  return bsonSize(head) + known + FIELDS_KEY_BYTES;
}

/**
 * The size of a change whose recorded form has this size: only the fields that it replaces are measured. What an update
 * replaces is counted as it is recorded.
 */
export function sizeBefore(change: Change, recorded: Change, recordedSize: number): number {
  const [before, after] = [documentIn(change), documentIn(recorded)];
  let size = recordedSize;
  for (const field of Object.keys(before)) {
    if (before[field] !== after[field]) size += bsonSize(before[field]) - bsonSize(after[field]);
  }
  return size;
}

const documentIn = (change: Change): Fields =>
  (change.op === 'insert' ? change.after : change.op === 'remove' ? change.before : {}) as Fields;

/** The BSON type byte and key of `fields`. */
const FIELDS_KEY_BYTES = 1 + 'fields'.length + 1;

/** What the server assigned in one transaction, and would assign differently in another. */
export interface Assigned {
  readonly instant: Date;
  /** Instants that were derived from it, in milliseconds. */
  readonly instants: ReadonlySet<number>;
  readonly ids: ReadonlySet<unknown>;
  /** Numbers, by the name of the field that holds them. */
  readonly numbers: ReadonlyMap<string, ReadonlySet<unknown>>;
  /** What stands for sensitive values in records. A dry run does not show it, so that nobody tries guesses with dry runs. */
  readonly hidden: ReadonlySet<unknown>;
}

/**
 * The changes with `<instant>` and `<id>` in place of assigned values, so that a dry run and the real call give the same, and
 * `<sensitive>` in place of what is hidden.
 */
export function withPlaceholders(changes: readonly Change[], assigned: Assigned): unknown[] {
  const isAssignedInstant = (date: Date) =>
    date.getTime() === assigned.instant.getTime() || assigned.instants.has(date.getTime());
  const walk = (value: unknown, field?: string): unknown => {
    if (field !== undefined && assigned.numbers.get(field)?.has(value)) return '<id>';
    if (value instanceof Date) return isAssignedInstant(value) ? '<instant>' : value;
    if (assigned.ids.has(value)) return '<id>';
    if (assigned.hidden.has(value)) return '<sensitive>';
    if (field === 'path' && typeof value === 'string') return withoutIds(value, assigned.ids);
    if (Array.isArray(value)) return value.map((item) => walk(item));
    if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
      // A key may be an assigned id too; several in one object are numbered in order.
      let keys = 0;
      const keyOf = (k: string) => (assigned.ids.has(k) ? `<id>${keys++ === 0 ? '' : ` ${keys}`}` : k);
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [keyOf(k), walk(v, k)]));
    }
    return value;
  };
  return changes.map((change) => walk(change));
}

/** The path of a field, with `<id>` for the assigned key of an item. */
const withoutIds = (path: string, ids: Assigned['ids']): string =>
  path.replace(/\[([^\]]*)\]/g, (item, key: string) => (ids.has(key) ? '[<id>]' : item));

/** JSON with sorted keys, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) =>
    v !== null && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : v,
  );
}

/** SHA-256 of the value's canonical JSON, hexadecimal. */
export function digest(value: unknown): string {
  return hash('sha256', canonicalJson(value) ?? 'undefined', 'hex');
}

/**
 * `hmac:` and the hexadecimal HMAC-SHA256 of the value's {@link digest}. Equal values have equal digests; without the key,
 * guesses of the value cannot be checked.
 */
export function keyedDigest(key: Buffer, value: unknown): string {
  return `hmac:${createHmac('sha256', key).update(digest(value)).digest('hex')}`;
}

/**
 * `hmac:` and the hexadecimal HMAC-SHA256 of the value's JSON, which stands for a secret or sensitive value wherever that is
 * recorded. It is another one than the {@link keyedDigest} of the value.
 */
export function valueHmac(key: Buffer, value: unknown): string {
  return `hmac:${createHmac('sha256', key)
    .update(JSON.stringify(value) ?? '')
    .digest('hex')}`;
}

import { isDeepStrictEqual } from 'node:util';
import type { Document } from 'mongodb';
import { Coalescer, type Waiting } from './coalescer.ts';
import type { AnyCollection, Filter, FindOptions } from './collection.ts';

/** The largest number of values in one query. */
const MAX_VALUES = 1_000;

/** What all lookups of a group have in common. */
export interface Source {
  readonly collection: string;
  /** Conditions besides the one on the field. */
  readonly others: Filter;
  /** The field by which documents are looked up. */
  readonly field: string;
  readonly options: ReadOptions;
}

export interface ReadOptions extends FindOptions {
  readonly projection?: Document;
}

/** Documents whose field has one of these values. */
export interface Lookup {
  readonly source: Source;
  readonly values: readonly string[];
}

type Read = (source: Source, values: readonly string[]) => Promise<readonly Document[]>;
type Group = readonly Waiting<readonly string[], readonly Document[]>[];

/**
 * Gathers lookups into one query if they differ only in the values of one field, and begin in the same turn of the event
 * loop or while an earlier query is in flight. The query is sent after they began, so it finds everything committed before.
 * Several readers may get the same document, which must not be changed.
 */
export class GatheredReads {
  readonly #read: Read;
  readonly #queues = new Map<string, Coalescer<readonly string[], readonly Document[]>>();

  constructor(read: Read) {
    this.#read = read;
  }

  /** The documents that match, in no particular order. */
  find({ source, values }: Lookup): Promise<readonly Document[]> {
    const key = JSON.stringify(source);
    const queue = this.#queues.get(key) ?? this.#queueOf(source, key);
    return queue.join(values);
  }

  #queueOf(source: Source, key: string): Coalescer<readonly string[], readonly Document[]> {
    const queue = new Coalescer<readonly string[], readonly Document[]>({
      gather: true,
      take: howMany,
      write: async (group) => {
        const values = group.length === 1 ? group.flatMap(({ item }) => item) : union(group);
        answer(group, source.field, await this.#read(source, values));
        return undefined;
      },
      // Callers can request any fields, so the number of queues has no bound otherwise.
      onIdle: () => this.#queues.delete(key),
    });
    this.#queues.set(key, queue);
    return queue;
  }
}

const union = (group: Group) => [...new Set(group.flatMap(({ item }) => item))];

function howMany(waiting: Group): number {
  let values = 0;
  const tooMany = waiting.findIndex(({ item }, i) => {
    values += item.length;
    return i > 0 && values > MAX_VALUES;
  });
  return tooMany === -1 ? waiting.length : tooMany;
}

function answer(group: Group, field: string, found: readonly Document[]): void {
  const byValue = new Map(found.map((doc) => [String(doc[field]), doc]));
  for (const { item, resolve } of group) {
    resolve(group.length === 1 ? found : [...new Set(item)].flatMap((value) => byValue.get(value) ?? []));
  }
}

/** The filter as a lookup, if it selects documents by a unique field; otherwise undefined. */
export function lookupOf(
  from: AnyCollection,
  filter: Filter,
  { untracked: _, limit, ...options }: ReadOptions,
): Lookup | undefined {
  const { committed: __, projection, hint: ___, packed: ____, ...unfit } = options;
  const field = uniqueField(from, filter);
  if (field === undefined || Object.values(unfit).some((value) => value !== undefined)) return undefined;
  const { [field]: condition, ...others } = filter;
  const values = valuesOf(condition);
  if (values === undefined || values.length > Math.min(limit ?? MAX_VALUES, MAX_VALUES)) return undefined;
  // The result must contain the field, so that documents can be assigned to lookups.
  if (field !== '_id' && projection !== undefined && projection[field] !== 1) return undefined;
  if (!Object.values(others).every(isScalar)) return undefined;
  return { source: { collection: from.name, others, field, options }, values };
}

/** The field whose values are unique under the filter's other conditions, if there is one. */
function uniqueField({ indexes }: AnyCollection, filter: Filter): string | undefined {
  if (filter._id !== undefined) return '_id';
  for (const { unique, key, partialFilterExpression = {} } of indexes) {
    const keys = Object.keys(key);
    const field = keys.at(-1);
    if (!unique || field === undefined || filter[field] === undefined) continue;
    const isCovered = Object.entries(partialFilterExpression).every(([name, wanted]) => implies(filter[name], wanted));
    if (isCovered && keys.slice(0, -1).every((name) => isEquality(filter[name]))) return field;
  }
  return undefined;
}

/** Whether all documents that meet the condition also meet the wanted one of a partial index. */
function implies(condition: unknown, wanted: unknown): boolean {
  if (isDeepStrictEqual(wanted, { $exists: true })) return condition !== undefined;
  return isDeepStrictEqual(condition, wanted) || isDeepStrictEqual(condition, { $eq: wanted });
}

/** Whether the condition holds for exactly one value. */
function isEquality(condition: unknown): boolean {
  if (condition === null || typeof condition !== 'object') return SCALARS.includes(typeof condition);
  return isScalar(condition) && '$eq' in condition;
}

function valuesOf(condition: unknown): readonly string[] | undefined {
  if (typeof condition === 'string') return [condition];
  if (condition === null || typeof condition !== 'object' || Object.keys(condition).length !== 1) return undefined;
  const { $eq: value, $in: values = [value] } = condition as Document;
  return Array.isArray(values) && values.every((one) => typeof one === 'string') ? values : undefined;
}

const SCALARS = ['string', 'number', 'boolean'];

/** Whether conditions like this one are equal if and only if their JSON is equal. */
function isScalar(condition: unknown): boolean {
  if (condition === null || typeof condition !== 'object') return SCALARS.includes(typeof condition);
  const [operand, ...more] = Object.values(condition);
  return more.length === 0 && SCALARS.includes(typeof operand);
}

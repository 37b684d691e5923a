import type { Reason } from '../base/errors.ts';
import { groupBy } from '../base/groupBy.ts';
import { collection, type Reader, type Stored } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import type { ItemOutcome } from './job.ts';

/** An item as a plan names it. */
export interface Item {
  readonly id: string;
  readonly type: string;
}

/** The items of one part, by type. Written when the job is planned, and never changed. */
export interface Part extends Stored {
  readonly job: string;
  readonly groups: readonly { readonly type: string; readonly ids: readonly string[] }[];
}

/** The outcome of a step, which is stored if the step was carried out. Items without an exception were moved. */
export interface PartOutcome extends Stored {
  readonly exceptions: readonly ItemException[];
  /** How many items of the part are done after it; absent if all are. */
  readonly upTo?: number;
}

export interface ItemException {
  readonly id: string;
  readonly outcome: Exclude<ItemOutcome, 'moved'>;
  readonly reason: Reason;
  readonly message?: string;
}

/** Not recorded in the audit, since the record of each step lists its changes. */
export const jobParts = collection<Part>('jobParts');
export const jobOutcomes = collection<PartOutcome>('jobOutcomes');

/** In the order of their numbers. */
export const partId = (job: string, number: number): string => `${job}:${String(number).padStart(8, '0')}`;

/** The items in parts that each fit into one step. */
export function inParts(
  { limits: { perPart } }: Pick<Transaction, 'limits'>,
  items: readonly Item[],
): (readonly Item[])[] {
  const count = Math.ceil(items.length / perPart);
  return Array.from({ length: count }, (_, i) => items.slice(i * perPart, (i + 1) * perPart));
}

/** The filter of all parts of a job, and of their outcomes. */
export const partsOf = (job: string) => ({ _id: { $gte: `${job}:`, $lt: `${job};` } });

interface PartPlace {
  readonly job: string;
  readonly number: number;
}

/**
 * The items that one step handles: all of these at its first attempt, and a quarter as many at each further one. A long step
 * may conflict at every attempt, as while administrators change all the time; a short one gets through.
 */
export function forThisAttempt<T>({ attempt }: Pick<Transaction, 'attempt'>, all: readonly T[]): readonly T[] {
  return all.slice(0, Math.ceil(all.length / 4 ** (attempt - 1)));
}

/** Stores which items a part has. */
export function storePart(tx: Transaction, { job, number }: PartPlace, items: readonly Item[]): void {
  const byType = groupBy(items, ({ type }) => type);
  const groups = [...byType].map(([type, some]) => ({ type, ids: some.map(({ id }) => id) }));
  tx.append(jobParts, { _id: partId(job, number), revision: 1, job, groups });
}

/** Which items a step takes: those of the part from this place on. */
export interface StepPlace extends PartPlace {
  readonly offset: number;
}

/**
 * Stores the outcomes of the items of a step.
 *
 * @param upTo how many items of the part are done, if some are left for another step
 */
export function storeOutcome(
  tx: Transaction,
  { job, number, offset, upTo }: StepPlace & { readonly upTo?: number },
  exceptions: readonly ItemException[],
): void {
  const part = partId(job, number);
  const _id = offset === 0 ? part : `${part}.${String(offset).padStart(6, '0')}`;
  tx.append(jobOutcomes, { _id, revision: 1, exceptions, ...(upTo === undefined ? {} : { upTo }) });
}

/** The outcomes of a part's items so far, in their order. */
export async function outcomesOf(
  reader: Reader,
  job: string,
  number: number,
): Promise<{ readonly upTo: number; readonly exceptions: ReadonlyMap<string, ItemException> }> {
  const part = partId(job, number);
  // The outcomes of a part are those whose ids are its own, alone or before a dot.
  const steps = await reader.find(jobOutcomes, { _id: { $gte: part, $lt: `${part}/` } }, { sort: { _id: 1 } });
  const exceptions = new Map(steps.flatMap((step) => step.exceptions.map((e) => [e.id, e] as const)));
  return { upTo: Math.max(0, ...steps.map(({ upTo = Number.POSITIVE_INFINITY }) => upTo)), exceptions };
}

export const itemsOf = ({ groups }: Part): Item[] => groups.flatMap(({ type, ids }) => ids.map((id) => ({ id, type })));

/** The types of these items of a job, as its plan names them. */
export async function typesOf(reader: Reader, job: string, ids: readonly string[]): Promise<Map<string, string>> {
  const wanted = new Set(ids);
  const found = new Map<string, string>();
  for (let number = 0; found.size < wanted.size; number += 1) {
    const part = await reader.get(jobParts, partId(job, number));
    if (part === null) break;
    for (const { id, type } of itemsOf(part)) if (wanted.has(id)) found.set(id, type);
  }
  return found;
}

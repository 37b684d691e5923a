import type { Reason } from '../errors.ts';
import { collection, type Reader, type Stored } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import type { ItemOutcome } from './job.ts';

/** One transaction takes so many items. */
export const PART_SIZE = 2_000;

/** An item as a plan names it. */
export interface Item {
  readonly id: string;
  readonly type: string;
}

/** The items of one step, by type: written when the job is planned, and never changed. */
export interface Part extends Stored {
  readonly job: string;
  readonly groups: readonly { readonly type: string; readonly ids: readonly string[] }[];
}

/** What the step came to: all other items of the part were moved. Its being there says that the step was taken. */
export interface PartOutcome extends Stored {
  readonly exceptions: readonly ItemException[];
}

export interface ItemException {
  readonly id: string;
  readonly outcome: Exclude<ItemOutcome, 'moved'>;
  readonly reason: Reason;
}

/** Both are about changes rather than part of them: they stand in no record, whose own list says it all. */
export const jobParts = collection<Part>('jobParts');
export const jobOutcomes = collection<PartOutcome>('jobOutcomes');

/** In the order of their numbers. */
export const partId = (job: string, number: number): string => `${job}:${String(number).padStart(8, '0')}`;

export function inParts(items: readonly Item[]): (readonly Item[])[] {
  const count = Math.ceil(items.length / PART_SIZE);
  return Array.from({ length: count }, (_, i) => items.slice(i * PART_SIZE, (i + 1) * PART_SIZE));
}

/** Writes down which items a step takes. */
export function keepPart(tx: Transaction, job: string, number: number, items: readonly Item[]): void {
  const byType = new Map<string, string[]>();
  for (const { id, type } of items) {
    const ids = byType.get(type);
    if (ids === undefined) byType.set(type, [id]);
    else ids.push(id);
  }
  const groups = [...byType].map(([type, ids]) => ({ type, ids }));
  tx.append(jobParts, { _id: partId(job, number), revision: 1, job, groups });
}

/** Writes down what became of them. */
export function keepOutcome(tx: Transaction, job: string, number: number, exceptions: readonly ItemException[]): void {
  tx.append(jobOutcomes, { _id: partId(job, number), revision: 1, exceptions });
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

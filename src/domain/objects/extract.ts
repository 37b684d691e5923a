import type { Extraction } from '../modules/dataType.ts';

/** What of a value, and of the values in it, becomes metadata. */
export interface Extract {
  /** The keys of metadata that get the value itself. */
  readonly values: string[];
  /** The keys of metadata that get its length. */
  readonly lengths: string[];
  readonly inner: Map<string, Extract>;
}

const LENGTH = /^length\((.*)\)$/;

/** The extractions of a type as a tree with the shape of the data. */
export function extractsOf(extractions: readonly Extraction[]): Extract | undefined {
  if (extractions.length === 0) return undefined;
  const root = empty();
  for (const { expression, name } of extractions) {
    const measured = LENGTH.exec(expression)?.[1];
    let at = root;
    for (const field of (measured ?? expression).split('.')) {
      const next = at.inner.get(field) ?? empty();
      at.inner.set(field, next);
      at = next;
    }
    (measured === undefined ? at.values : at.lengths).push(name);
  }
  return root;
}

const empty = (): Extract => ({ values: [], lengths: [], inner: new Map() });

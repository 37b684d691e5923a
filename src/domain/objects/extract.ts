import type { Extraction } from '../modules/dataType.ts';

/** What of a value, and of what is in it, becomes metadata. */
export interface Extract {
  /** The names under which the value itself is kept. */
  readonly values: string[];
  /** The names under which its length is. */
  readonly lengths: string[];
  readonly inner: Map<string, Extract>;
}

const LENGTH = /^length\((.*)\)$/;

/** The extractions of a type as a tree, in the shape of the data. */
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

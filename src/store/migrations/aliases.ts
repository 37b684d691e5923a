import type { Migration } from './migration.ts';

/**
 * Every name under which old audit records may name documents that are in this collection now, and every collection in which
 * documents may be now that are recorded under this name; itself first. Ids never change and are unique among the
 * collections that documents moved between, so an id tells which of them a record means.
 */
export function aliasesOf(collection: string, steps: readonly Migration[]): readonly string[] {
  const moves = steps.flatMap(({ moves = [] }) => moves);
  const names = new Set([collection]);
  // A set takes in what is added while it is gone through.
  for (const name of names) {
    for (const { from, to } of moves) {
      if (from === name) names.add(to);
      if (to === name) names.add(from);
    }
  }
  return [...names];
}

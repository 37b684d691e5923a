import type { Migration } from './migration.ts';

/**
 * All collections that migrations moved documents from or to, starting with this one; itself first. Audit records may list
 * a document under any of these names. Ids never change and are unique among them, so an id identifies the document.
 */
export function aliasesOf(collection: string, steps: readonly Migration[]): readonly string[] {
  const moves = steps.flatMap(({ moves = [] }) => moves);
  const names = new Set([collection]);
  // The iteration includes names that are added during it.
  for (const name of names) {
    for (const { from, to } of moves) {
      if (from === name) names.add(to);
      if (to === name) names.add(from);
    }
  }
  return [...names];
}

import { expect, it } from 'vitest';
import { treeOf } from '../../../../src/domain/systems/iiif/tree.ts';

/** A small body may name very many objects: they are counted before any is looked up. */
it('a tree has a limited number of objects, also while it is not decided which ones it means', () => {
  const sequence = { type: 'sequence', identifier: 'b', name: 's' } as const;
  const canvases = Array.from({ length: 50_000 }, (_, i) => `other/canvas/${i}`);
  for (const isElsewhere of [undefined, () => false, () => true]) {
    const naming = { newName: () => 'n', isElsewhere };
    expect(() => treeOf(sequence, { canvases }, naming)).toThrow(/^Saving \d+ or more objects/);
    expect(treeOf(sequence, { canvases: canvases.slice(0, 10) }, naming).children).toHaveLength(10);
  }
});
